"""Move submissions and feedback between each person's own folders and nbgrader's exchange.

A person's programs can write to their own inbound folder only, so nobody can submit under another name, and they can
read only their own feedback. Each submission is moved by one rename, so nothing is lost if the power fails.
"""

import hashlib
import os
import re
import shutil
import stat
import sys
import time
from pathlib import Path

COURSE = "kratom-and-harm-reduction"
IN_TRANSIT = 0o750  # rights of what is on its way from a box to the exchange; nbgrader never leaves a folder so
MAX_DEPTH = 5  # folders in folders of something handed in


class SubmissionExchange:
    """nbgrader's exchange of a room, and the part of it that each person sees.

    folder : the room's folder
    """

    def __init__(self, folder):
        self.user_folders, self.folder = Path(folder) / "post", Path(folder) / "exchange" / COURSE

    def make(self):
        """Folders as nbgrader makes them at the first release."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.parent.chmod(
            0o777
        )  # as nbgrader wants it; the room's own folder is closed to other accounts
        for name, mode in (("outbound", 0o755), ("inbound", 0o733), ("feedback", 0o711)):
            (self.folder / name).mkdir(exist_ok=True)
            (self.folder / name).chmod(mode)
        self.user_folders.mkdir(mode=0o700, exist_ok=True)

    def folders_of(self, name, account):
        """(inbound, feedback) of a person, made where they are absent."""
        inbound, feedback = (
            self.user_folders / name / "inbound",
            self.user_folders / name / "feedback",
        )
        for folder in (inbound, feedback):
            folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(inbound, account, account)
        inbound.chmod(0o700)
        feedback.chmod(0o755)
        return inbound, feedback

    def relay(self):
        """Move new submissions to the exchange and deliver new feedback. Returns the names of the submissions moved."""
        moved = []
        for inbound in sorted(self.user_folders.glob("*/inbound")):
            person = inbound.parent.name
            for put in sorted(inbound.iterdir()):
                if is_complete(put) and user_of(put) == person:
                    take_ownership(put)
                    there = self.folder / "inbound" / put.name
                    os.rename(put, there)
                    there.chmod(0o755)
                    moved.append(put.name)
        for submission in self.submissions():
            self.deliver_feedback(submission)
        return moved

    def submissions(self):
        """Folders in the exchange, the oldest first."""
        return sorted(
            (self.folder / "inbound").glob("*+*+*+*"),
            key=lambda folder: folder.name.rsplit("+", 3)[2],
        )

    def submissions_by_user(self):
        """Person -> {quiz: day and time of the latest}."""
        found = {}
        for folder in self.submissions():
            person, quiz, when = folder.name.rsplit("+", 3)[:3]
            found.setdefault(person, {})[quiz] = re.sub(
                r"\.\d+", "", when
            )  # nobody reads parts of a second
        return found

    def deliver_feedback(self, submission):
        try:
            secret = (submission / "submission_secret.txt").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
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
                os.replace(beside, own)


def feedback_page(secret, notebook):
    """Name of a page in the exchange, as nbgrader gives it; made here, since nbgrader takes seconds to import."""
    return hashlib.md5((secret + notebook).encode(), usedforsecurity=False).hexdigest() + ".html"


def user_of(folder):
    """Who handed in, as the name says: person+quiz+time+chance."""
    parts = folder.name.rsplit("+", 3)
    return parts[0] if len(parts) == 4 else ""


def is_complete(folder):
    """nbgrader opens the folder to all as its last step; before that it is still writing. One that was taken over and then not moved, as the disk was full or the power went, is whole as well."""
    status = os.lstat(folder)
    return (
        stat.S_ISDIR(status.st_mode)
        and stat.S_IMODE(status.st_mode) & 0o777 in (0o777, IN_TRANSIT)
        and os.path.lexists(folder / "submission_secret.txt")
    )


def take_ownership(folder):
    """From now on it belongs to the room, and what is no plain file or folder is gone: a link could point anywhere."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        take_ownership_of_open(handle)
    finally:
        os.close(handle)


def take_ownership_of_open(handle, depth=0):
    # The folder first: once it is ours, nobody can put another thing in an entry's place while we look at it.
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


def main(folder):
    """Relay submissions and feedback of a folder forever; on a cluster this is a pod of its own."""
    exchange = SubmissionExchange(folder)
    exchange.make()
    while True:
        try:
            for name in exchange.relay():
                print(f"relayed {name}", flush=True)
        except OSError as error:  # a full disk: submissions wait in the person's folder
            print(f"the exchange is waiting: {error}", flush=True)
        time.sleep(2)


if __name__ == "__main__":
    main(sys.argv[1])
