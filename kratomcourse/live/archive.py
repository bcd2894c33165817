"""Everybody's work as one archive, for the leader to take along."""

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

LARGEST_FILE = 50_000_000  # bytes
LARGEST_ARCHIVE = 2_000_000_000  # bytes, before compression


def write_archive(homes: Path, people: list[str], to: IO[bytes]) -> list[str]:
    """Write the files in people's homes into a ZIP file, a folder for each.

    homes   : folder with a home for each person
    people  : their accounts
    to      : where the archive is written
    returns : what was left out and why, for the leader; hidden files and links are never read
    """
    left_out: list[str] = []
    total = 0
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for person in people:
            for name, handle, size in files_in(homes / person):
                with os.fdopen(handle, "rb") as file:
                    if size > LARGEST_FILE or total + size > LARGEST_ARCHIVE:
                        left_out.append(f"{person}/{name}: too large ({size / 1e6:.0f} MB)")
                        continue
                    total += size
                    with archive.open(f"{person}/{name}", "w") as target:
                        # It may grow while it's read.
                        while size > 0 and (block := file.read(min(size, 1 << 20))):
                            target.write(block)
                            size -= len(block)
        if left_out:
            archive.writestr("LEFT-OUT.txt", "\n".join(left_out) + "\n")
    return left_out


def files_in(home: Path) -> Iterator[tuple[str, int, int]]:
    """Yield (name below the home, open file, size) of regular files; links are not followed."""
    try:
        walk = os.fwalk(home, follow_symlinks=False)
        for folder, folders, files, at in walk:
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if name.startswith("."):
                    continue
                try:
                    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
                except OSError:
                    continue
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
                    os.close(handle)
                    continue
                path = (Path(folder) / name).relative_to(home)
                yield path.as_posix(), handle, status.st_size
    except OSError:
        return
