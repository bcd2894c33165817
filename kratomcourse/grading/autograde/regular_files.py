"""Read a file that a student owns: no link followed, no pipe waited for, a bounded size."""

import os
import stat
from pathlib import Path

from .names import terminal_safe


class InvalidSubmission(Exception):
    """A submission that cannot be graded as it is; the text says why, and what would help."""


def read_file(path: str | Path, name: str, most: int) -> bytes:
    """Return the content of a regular file; never waits at a pipe, never follows a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name is not valid"
        raise InvalidSubmission(f"{terminal_safe(name)} cannot be read ({why})") from None
    return read_open_file(handle, name, most)


def read_open_file(handle: int, name: str, most: int) -> bytes:
    """Return the content of an open descriptor, which is closed, if it is a plain file."""
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):  # Python does not wrap a folder
        os.close(handle)
        raise InvalidSubmission(f"{terminal_safe(name)} is not an ordinary file")
    with os.fdopen(handle, "rb") as file:
        if about.st_nlink > 1:
            raise InvalidSubmission(
                f"{terminal_safe(name)} is a second name of a file that lies somewhere else"
            )
        content = file.read(most + 1)
    if len(content) > most:
        raise InvalidSubmission(f"{terminal_safe(name)} is larger than {most / (1 << 20):.3g} MB")
    return content
