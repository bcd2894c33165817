"""Files that students still own, read by descriptor: no link is followed and no size is trusted.

Everything is read into memory within limits and written into files that we make, so that nobody can
change it afterwards by an open handle, a link or a second name.
"""

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath

from ..autograde.names import replace_surrogates, terminal_safe
from ..autograde.regular_files import InvalidSubmission, read_open_file
from ..autograde.submission import LONGEST_NAME, MOST_FILES, RAW_MB, within_limit
from ..sandbox.limits import Limits

DEEPEST = 5  # folders in folders
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class CollectedSubmission:
    """One submission as it was taken in."""

    student: str
    when: datetime | None  # in UTC, without a zone; None where the platform does not say
    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


@dataclass
class FileBudget:
    """Counts what one submission may still bring, and refuses the rest."""

    limits: Limits
    files: dict[str, bytes] = field(default_factory=dict)
    count: int = 0
    extra: int = 0

    def next_entry(self, name: str) -> None:
        """Count one more file or folder, and check its name."""
        self.count += 1
        if self.count > MOST_FILES or len(name) > LONGEST_NAME:
            raise InvalidSubmission(
                f"there are more than {MOST_FILES} files in it,"
                f" or names of more than {LONGEST_NAME} characters"
            )
        check_name(name)

    def most(self, name: str) -> int:
        """Return how many bytes a file may have."""
        if name.endswith(".ipynb"):
            return RAW_MB << 20
        return int(self.limits.extra_mb * (1 << 20)) - self.extra

    def add(self, name: str, content: bytes) -> None:
        """Keep the content of a file; notebooks are measured without their outputs."""
        if name in self.files:
            raise InvalidSubmission(f"{terminal_safe(name)} is in it twice")
        if name.endswith(".ipynb"):
            content = within_limit(content, name, int(self.limits.notebook_mb * (1 << 20)))
        else:
            self.extra += len(content)
        self.files[name] = content


def check_name(name: str) -> None:
    """InvalidSubmission for the name of a file that could leave its folder or cannot be written."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name != replace_surrogates(name) or "\0" in name or not name.strip():
        raise InvalidSubmission(f"the file name {terminal_safe(name)} is not valid UTF-8")
    if name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":"):
        raise InvalidSubmission(f"the file name {terminal_safe(name)} leads out of its folder")
    if not all(letter.isprintable() for letter in name):
        raise InvalidSubmission(
            f"the file name {terminal_safe(name)} contains control or format characters"
        )


def read_folder(handle: int, limits: Limits) -> tuple[dict[str, bytes], datetime]:
    """Return the files below an open folder, and when any of them last changed.

    The time is the file system's own (ctime), which its owner cannot set back.

    raises : InvalidSubmission for links, pipes, second names, files of another owner, and sizes
    """
    budget = FileBudget(limits)
    about = os.fstat(handle)
    newest = read_into(budget, handle, about.st_uid, "", about.st_ctime)
    return budget.files, datetime.fromtimestamp(newest, UTC).replace(tzinfo=None)


def read_into(budget: FileBudget, folder: int, owner: int, prefix: str, newest: float) -> float:
    """Read one folder and those in it; returns the latest change so far."""
    if prefix.count("/") > DEEPEST:
        raise InvalidSubmission(f"{terminal_safe(prefix)} is more than {DEEPEST} folders deep")
    with os.scandir(folder) as entries:
        names = []
        for entry in entries:
            names.append(entry.name)
            budget.next_entry(prefix + entry.name)
    for name in sorted(names):
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
        full = prefix + name
        if stat.S_ISDIR(about.st_mode):
            if name.startswith(".") or name == "__pycache__":
                continue
            inner = open_below(folder, name, FOLDER, full)
            try:
                changed = check_owner(inner, owner, full)
                newest = read_into(budget, inner, owner, f"{full}/", max(newest, changed))
            finally:
                os.close(inner)
        elif stat.S_ISLNK(about.st_mode):
            raise InvalidSubmission(f"{terminal_safe(full)} is a symbolic link")
        else:
            handle = open_below(folder, name, FILE, full)
            try:
                newest = max(newest, check_owner(handle, owner, full))
            except BaseException:
                os.close(handle)
                raise
            budget.add(full, read_open_file(handle, full, budget.most(full)))
    return newest


def open_below(folder: int, name: str, flags: int, full: str) -> int:
    """Open a name in a folder that is open already."""
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise InvalidSubmission(
            f"{terminal_safe(full)} cannot be read ({error.strerror})"
        ) from None


def check_owner(handle: int, owner: int, full: str) -> float:
    """Return when what is open was changed; InvalidSubmission where it is someone else's."""
    about = os.fstat(handle)
    if about.st_uid != owner:
        raise InvalidSubmission(f"{terminal_safe(full)} belongs to someone else")
    return about.st_ctime


def name_notebook(
    files: Mapping[str, bytes], wanted: Iterable[str]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files with the only notebook under the name of the assignment's only one.

    wanted  : names of the assignment's notebooks, without .ipynb
    returns : (files, notes); browsers and platforms rename what they save, as in "quiz (1).ipynb"
    """
    names = [f"{name}.ipynb" for name in wanted]
    notebooks = [name for name in files if name.endswith(".ipynb")]
    if len(names) != 1 or len(notebooks) != 1 or notebooks[0] == names[0]:
        return dict(files), ()
    renamed = {names[0] if name == notebooks[0] else name: data for name, data in files.items()}
    return renamed, (f"{terminal_safe(notebooks[0])} was taken for {names[0]}",)
