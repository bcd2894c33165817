"""Move submissions and feedback between each person's own folders and nbgrader's exchange.

A person's programs can write to their own inbound folder only, so no one can submit under another
name, and they can read only their own feedback. Each submission is moved by one rename, so nothing
is lost if the power fails.
"""

import datetime as dt
import hashlib
import os
import shutil
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ..settings import course_settings
from .participant.answered import Progress, progress_of

COURSE = course_settings().id
IN_TRANSIT = 0o750  # mode of a submission that is being moved; nbgrader never leaves one so
LARGEST_SECRET = 4096  # bytes; nbgrader writes some sixty
MAX_DEPTH = 5  # folders within folders of a submission


@dataclass(frozen=True)
class LatestSubmission:
    """A person's latest submission of a quiz.

    submitted : aware, in the local time of this machine
    progress  : answers in it, or None if it cannot be read
    """

    user: str
    quiz: str
    submitted: dt.datetime | None
    progress: Progress | None

    def when(self, now: dt.datetime | None = None) -> str:
        """Return the local time, with the day unless that is today."""
        if self.submitted is None:
            return "time unknown"
        now = now or dt.datetime.now().astimezone()
        same_day = now.date() == self.submitted.date()
        return self.submitted.strftime("%H:%M" if same_day else "%d %b %H:%M")


class SubmissionExchange:
    """nbgrader's exchange of a room, and the part of it that each person sees.

    folder : the room's folder
    """

    def __init__(self, folder: Path) -> None:
        self.user_folders = Path(folder) / "post"
        self.folder = Path(folder) / "exchange" / COURSE
        self._progress: dict[str, Progress | None] = {}

    def make(self) -> None:
        """Create the folders as nbgrader creates them at the first release."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # As nbgrader requires; the room's own folder is closed to other accounts.
        self.folder.parent.chmod(0o777)
        for name, mode in (("outbound", 0o755), ("inbound", 0o733), ("feedback", 0o711)):
            (self.folder / name).mkdir(exist_ok=True)
            (self.folder / name).chmod(mode)
        self.user_folders.mkdir(mode=0o700, exist_ok=True)

    def folders_of(self, name: str, account: int) -> tuple[Path, Path]:
        """Return the (inbound, feedback) folders of a person; created if absent."""
        inbound = self.user_folders / name / "inbound"
        feedback = self.user_folders / name / "feedback"
        for folder in (inbound, feedback):
            folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(inbound, account, account)
        inbound.chmod(0o700)
        feedback.chmod(0o755)
        return inbound, feedback

    def relay(self) -> list[str]:
        """Move new submissions and deliver new feedback; return the names of what was moved."""
        moved = []
        for inbound in sorted(self.user_folders.glob("*/inbound")):
            person = inbound.parent.name
            for submission in sorted(inbound.iterdir()):
                if is_complete(submission) and user_of(submission) == person:
                    take_ownership(submission)
                    target = self.folder / "inbound" / submission.name
                    submission.rename(target)
                    target.chmod(0o755)
                    moved.append(submission.name)
        for submission in self.submissions():
            self.deliver_feedback(submission)
        return moved

    def submissions(self) -> list[Path]:
        """Return the folders in the exchange, the oldest first."""
        return sorted(
            (self.folder / "inbound").glob("*+*+*+*"),
            key=lambda folder: folder.name.rsplit("+", 3)[2],
        )

    def submissions_by_user(self) -> dict[str, dict[str, LatestSubmission]]:
        """Return user -> quiz -> the latest submission."""
        latest: dict[str, dict[str, Path]] = {}
        for folder in self.submissions():
            user, quiz = folder.name.rsplit("+", 3)[:2]
            latest.setdefault(user, {})[quiz] = folder
        return {
            user: {quiz: self.read(folder) for quiz, folder in folders.items()}
            for user, folders in latest.items()
        }

    def read(self, folder: Path) -> LatestSubmission:
        """Return the record of one folder in the exchange; a submission never changes there."""
        user, quiz, when = folder.name.rsplit("+", 3)[:3]
        if folder.name not in self._progress:
            released = self.folder / "outbound" / quiz / f"{quiz}.ipynb"
            self._progress[folder.name] = progress_of(folder / f"{quiz}.ipynb", released)
        return LatestSubmission(user, quiz, local_time(when), self._progress[folder.name])

    def deliver_feedback(self, submission: Path) -> None:
        """Copy a submission's feedback into the folder that its author reads."""
        secret = read_secret(submission / "submission_secret.txt")
        if secret is None:
            return
        person = user_of(submission)
        for notebook in submission.glob("*.ipynb"):
            page = self.folder / "feedback" / feedback_page(secret, notebook.stem)
            own = self.user_folders / person / "feedback" / page.name
            if (
                page.is_file()
                and own.parent.is_dir()
                and (not own.exists() or own.stat().st_mtime < page.stat().st_mtime)
            ):
                beside = own.with_suffix(".tmp")
                beside.write_bytes(page.read_bytes())
                beside.chmod(0o644)
                beside.replace(own)


def read_secret(path: Path) -> str | None:
    """Return the secret of a submission; None for one that is larger than nbgrader's ever is."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        data = os.read(handle, LARGEST_SECRET + 1)
        return None if len(data) > LARGEST_SECRET else data.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    finally:
        os.close(handle)


def local_time(when: str) -> dt.datetime | None:
    """Return nbgrader's UTC timestamp, such as 2027-01-15 12:00:00.123 UTC, in local time."""
    text = when.removesuffix(" UTC")
    for form in ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).astimezone()
        except (ValueError, OverflowError):
            continue
    return None


def feedback_page(secret: str, notebook: str) -> str:
    """Return nbgrader's name of a feedback page; computed here because nbgrader imports slowly."""
    return hashlib.md5((secret + notebook).encode(), usedforsecurity=False).hexdigest() + ".html"


def user_of(folder: Path) -> str:
    """Return the user that a submission's folder names: user+quiz+time+random."""
    parts = folder.name.rsplit("+", 3)
    return parts[0] if len(parts) == 4 else ""


def is_complete(folder: Path) -> bool:
    """Return whether nbgrader has finished writing a submission.

    nbgrader opens the folder to everyone as its last step. A submission that was taken over but not
    moved, because the disk was full or the power failed, is complete as well.
    """
    status = os.lstat(folder)
    return (
        stat.S_ISDIR(status.st_mode)
        and stat.S_IMODE(status.st_mode) & 0o777 in (0o777, IN_TRANSIT)
        and os.path.lexists(folder / "submission_secret.txt")
    )


def take_ownership(folder: Path) -> None:
    """Give a submission to the room; remove links and special files, which could point anywhere."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        take_ownership_of_open(handle)
    finally:
        os.close(handle)


def take_ownership_of_open(handle: int, depth: int = 0) -> None:
    """Do the same for an open folder.

    The folder itself comes first: once it is ours, no one can replace an entry while we look at it.
    """
    os.fchmod(handle, 0o755 if depth else IN_TRANSIT)
    if os.geteuid() == 0:
        os.fchown(handle, 0, 0)
    for name in os.listdir(handle):
        status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode) and depth < MAX_DEPTH:
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            try:
                take_ownership_of_open(inner, depth + 1)
            finally:
                os.close(inner)
        elif stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            if os.geteuid() == 0:
                os.chown(name, 0, 0, dir_fd=handle, follow_symlinks=False)
            os.chmod(name, 0o644, dir_fd=handle)
        elif stat.S_ISDIR(status.st_mode):
            shutil.rmtree(name, ignore_errors=True, dir_fd=handle)
        else:
            os.unlink(name, dir_fd=handle)


def main(folder: str, beats: str | None = None) -> None:
    """Relay submissions and feedback of a folder forever; on a cluster this is a pod of its own.

    beats : folder whose files the pod's probes look at
    """
    exchange = SubmissionExchange(Path(folder))
    exchange.make()
    while True:
        relay_once(exchange, Path(beats) if beats else None)
        time.sleep(2)


def relay_once(exchange: SubmissionExchange, beats: Path | None = None) -> None:
    """Relay what is there. Touch `alive` in `beats`, and `relaying` unless something failed."""
    try:
        for name in exchange.relay():
            print(f"relayed {name}", flush=True)
    except OSError as error:  # a full disk: submissions wait in the person's folder
        print(f"the exchange is waiting: {error}", flush=True)
    else:
        if beats:
            (beats / "relaying").touch()
    if beats:
        (beats / "alive").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
