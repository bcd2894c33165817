"""Back up and restore a folder of a room or a cluster, also while people work in it.

    python -m kratomcourse.live.backup save room > room.tar.gz
    python -m kratomcourse.live.backup restore room < room.tar.gz

Databases are copied as SQLite copies them, so a gradebook that is written to at the same moment
comes out whole. Only folders and regular files are kept, with their owners and modes.
"""

import contextlib
import gzip
import os
import shutil
import sqlite3
import stat
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from ..errors import CourseError, Diagnostic

# Folders of a room that people's programs write to: nothing there is opened as a database.
PEOPLES = ("homes", "post", "exchange")
SQLITE = b"SQLite format 3\x00"
BESIDE_DATABASE = ("-wal", "-shm", "-journal")  # what belongs to a database that is open
IN_MEMORY = 2**26  # bytes of a file that is copied without a temporary file


def save(folder: Path, to: IO[bytes]) -> list[str]:
    """Write everything below a folder into a compressed tar archive.

    returns : what was left out and why; links, sockets and the like are never followed or kept
    raises  : CourseError where there is no such folder
    """
    if not folder.is_dir():
        raise problem(f"{folder} is not a folder", "name the folder to back up")
    left_out: list[str] = []
    with tarfile.open(fileobj=to, mode="w|gz", format=tarfile.PAX_FORMAT) as archive:
        for name, status, handle in entries(folder, left_out):
            entry = tarfile.TarInfo(name)
            entry.uid, entry.gid, entry.mtime = status.st_uid, status.st_gid, status.st_mtime
            entry.mode = stat.S_IMODE(status.st_mode)
            if handle is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
                continue
            with os.fdopen(handle, "rb") as file, content_of(folder / name, name, file) as content:
                entry.size = content.seek(0, os.SEEK_END)
                content.seek(0)
                archive.addfile(entry, content)
    return left_out


def entries(folder: Path, left_out: list[str]) -> Iterator[tuple[str, os.stat_result, int | None]]:
    """Yield (name below the folder, status, open file or None for a folder)."""
    for here, folders, files, at in os.fwalk(folder, follow_symlinks=False):
        below = Path(here).relative_to(folder)
        if below != Path():
            yield below.as_posix(), os.fstat(at), None
        left_out += [
            f"{(below / name).as_posix()}: a link"
            for name in folders
            if stat.S_ISLNK(os.lstat(name, dir_fd=at).st_mode)
        ]
        folders.sort()
        for name in sorted(files):
            path = (below / name).as_posix()
            if name.endswith(BESIDE_DATABASE):
                continue
            try:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
            except FileNotFoundError:  # a temporary file that is gone
                continue
            except OSError as error:
                left_out.append(f"{path}: {error.strerror}")
                continue
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                os.close(handle)
                left_out.append(f"{path}: not a file")
                continue
            yield path, status, handle


@contextlib.contextmanager
def content_of(path: Path, name: str, file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield a copy of a file, which may change while it's read; of a database, a whole one."""
    with contextlib.ExitStack() as stack:
        is_database = PurePosixPath(name).parts[0] not in PEOPLES and file.read(16) == SQLITE
        file.seek(0)
        if is_database:
            copy = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "copy"
            source = stack.enter_context(
                contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True))
            )
            with contextlib.closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            yield stack.enter_context(copy.open("rb"))
        else:
            content = stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
            shutil.copyfileobj(file, content)
            yield content


def restore(folder: Path, archive: IO[bytes]) -> int:
    """Unpack what `save` wrote into a folder that is new or empty.

    returns : number of files
    raises  : CourseError where something is there already, or the archive is broken or not ours;
              then nothing is left behind
    """
    if folder.exists() and any(folder.iterdir()):
        raise problem(
            f"{folder} is not empty, and restoring would mix two states",
            "restore into a new folder, or move the old one away",
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # gzip knows its length and checksum; tarfile takes a cut archive for a shorter one.
        with gzip.GzipFile(fileobj=archive) as plain:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                files = unpack(tar, folder)
            while plain.read(2**20):
                pass
            return files
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise problem(f"the backup cannot be read whole ({error})", "take another one") from None


def unpack(tar: tarfile.TarFile, folder: Path) -> int:
    """Unpack plain files and folders; owners are kept where root restores."""
    files = 0
    modes: list[tuple[Path, int]] = []
    for entry in tar:
        parts = PurePosixPath(entry.name).parts
        if not (entry.isfile() or entry.isdir()) or ".." in parts or entry.name.startswith("/"):
            raise tarfile.TarError(f"{entry.name} is neither a folder nor a plain file below it")
        path = folder / entry.name
        if entry.isdir():
            path.mkdir()
            modes.append((path, entry.mode))
        else:
            content = tar.extractfile(entry)
            if content is None:
                raise tarfile.TarError(f"{entry.name} has no content")
            with path.open("xb") as target:
                shutil.copyfileobj(content, target)
            files += 1
        if os.geteuid() == 0:
            os.chown(path, entry.uid, entry.gid)
        if not entry.isdir():
            path.chmod(entry.mode)
            os.utime(path, (entry.mtime, entry.mtime))
    for path, mode in reversed(modes):  # at the end: a folder may be closed for writing
        path.chmod(mode)
    return files


def problem(message: str, fix: str) -> CourseError:
    """Return the error of a backup or of restoring one."""
    return CourseError(Diagnostic("backup", message, fix))


def main(arguments: list[str]) -> int:
    """Save a folder to standard output, or restore one from standard input."""
    if len(arguments) != 2 or arguments[0] not in ("save", "restore"):
        print(__doc__, file=sys.stderr)
        return 2
    what, folder = arguments[0], Path(arguments[1])
    try:
        if what == "save":
            for line in save(folder, sys.stdout.buffer):
                print(f"left out: {line}", file=sys.stderr)
        else:
            print(f"restored {restore(folder, sys.stdin.buffer)} files", file=sys.stderr)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
