"""Files and folders that are there whole or not at all."""

import os
import shutil
from pathlib import Path


def write_atomic(path: Path, data: str | bytes) -> bool:
    """Write a file beside its place, then rename it; nothing is written where it holds these bytes
    already.

    path    : its folder is made where it is absent
    data    : text is written as UTF-8
    returns : whether the file changed
    raises  : OSError, with the old file as it was and nothing left beside it
    """
    path = Path(path)
    content = data.encode() if isinstance(data, str) else data
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return True


def replace_folder(beside: Path, place: Path) -> None:
    """Put a folder into a place where an older one may be. The older one goes once the new one is
    there.

    beside : on the same file system as `place`
    """
    if place.exists():
        old = place.with_name(f".{place.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
        beside.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        beside.rename(place)
