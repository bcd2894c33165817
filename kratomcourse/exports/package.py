"""Zip packages and single files, written next to their target and then renamed into place."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from ..errors import CourseError, Diagnostic, shown_path

Result = TypeVar("Result")
TIMESTAMP = (2026, 1, 1, 0, 0, 0)  # fixed, so that the same bank makes the same file


def write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a reproducible zip archive.

    files : {name in the archive: content}
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name, TIMESTAMP), content, zipfile.ZIP_DEFLATED)


def write_beside(target: Path, write: Callable[[Path], Result]) -> tuple[Path, Result]:
    """Write a file under a temporary name and rename it once it is complete.

    write   : called with the temporary path
    returns : (target, what `write` returned)
    raises  : CourseError if the folder can't be made; nothing is left behind if `write` fails
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise CourseError(
            Diagnostic(
                shown_path(target.parent),
                f"can't be used as the folder for the files ({error.strerror}).",
                "name another folder with --to",
            )
        ) from None
    beside = target.with_name(f".{target.name}.tmp")
    try:
        result = write(beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return target, result
