"""The post of a room: between each person's own box and nbgrader's exchange.

A person's programs can write into their own box alone, so nobody can hand in under another name, and read only the
feedback that is theirs. What was put in is moved on by one rename; nothing is lost when the power goes in between.
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
TAKEN = 0o750  # rights of what is on its way from a box to the exchange; nbgrader never leaves a folder so
DEEPEST = 5  # folders in folders of something handed in


class Post:
    """Boxes and exchange of a room.

    folder  : the room's folder
    returns : inbound(name) and feedback(name), the folders that a person's programs see
    """

    def __init__(self, folder):
        self.boxes, self.exchange = Path(folder) / "post", Path(folder) / "exchange" / COURSE

    def make(self):
        """Folders as nbgrader makes them at the first release."""
        self.exchange.mkdir(parents=True, exist_ok=True)
        self.exchange.parent.chmod(
            0o777
        )  # as nbgrader wants it; the room's own folder is closed to other accounts
        for name, mode in (("outbound", 0o755), ("inbound", 0o733), ("feedback", 0o711)):
            (self.exchange / name).mkdir(exist_ok=True)
            (self.exchange / name).chmod(mode)
        self.boxes.mkdir(mode=0o700, exist_ok=True)

    def box(self, name, account):
        """(inbound, feedback) of a person, made where they are absent."""
        inbound, feedback = self.boxes / name / "inbound", self.boxes / name / "feedback"
        for folder in (inbound, feedback):
            folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(inbound, account, account)
        inbound.chmod(0o700)
        feedback.chmod(0o755)
        return inbound, feedback

    def carry(self):
        """Move what was handed in, and lay out what was given back. Returns the names of what was moved."""
        moved = []
        for box in sorted(self.boxes.glob("*/inbound")):
            person = box.parent.name
            for put in sorted(box.iterdir()):
                if is_whole(put) and person_of(put) == person:
                    take_over(put)
                    there = self.exchange / "inbound" / put.name
                    os.rename(put, there)
                    there.chmod(0o755)
                    moved.append(put.name)
        for handed_in in self.handed_in():
            self.give_back(handed_in)
        return moved

    def handed_in(self):
        """Folders in the exchange, the oldest first."""
        return sorted(
            (self.exchange / "inbound").glob("*+*+*+*"),
            key=lambda folder: folder.name.rsplit("+", 3)[2],
        )

    def by_person(self):
        """Person -> {quiz: day and time of the latest}."""
        found = {}
        for folder in self.handed_in():
            person, quiz, when = folder.name.rsplit("+", 3)[:3]
            found.setdefault(person, {})[quiz] = re.sub(
                r"\.\d+", "", when
            )  # nobody reads parts of a second
        return found

    def give_back(self, handed_in):
        try:
            secret = (handed_in / "submission_secret.txt").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return
        person = person_of(handed_in)
        for notebook in handed_in.glob("*.ipynb"):
            page = self.exchange / "feedback" / feedback_page(secret, notebook.stem)
            own = self.boxes / person / "feedback" / page.name
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


def person_of(folder):
    """Who handed in, as the name says: person+quiz+time+chance."""
    parts = folder.name.rsplit("+", 3)
    return parts[0] if len(parts) == 4 else ""


def is_whole(folder):
    """nbgrader opens the folder to all as its last step; before that it is still writing. One that was taken over and then not moved, as the disk was full or the power went, is whole as well."""
    status = os.lstat(folder)
    return (
        stat.S_ISDIR(status.st_mode)
        and stat.S_IMODE(status.st_mode) & 0o777 in (0o777, TAKEN)
        and os.path.lexists(folder / "submission_secret.txt")
    )


def take_over(folder):
    """From now on it belongs to the room, and what is no plain file or folder is gone: a link could point anywhere."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        take_over_open(handle)
    finally:
        os.close(handle)


def take_over_open(handle, depth=0):
    # The folder first: once it is ours, nobody can put another thing in an entry's place while we look at it.
    os.fchmod(handle, 0o755 if depth else TAKEN)
    if os.geteuid() == 0:
        os.fchown(handle, 0, 0)
    for name in os.listdir(handle):
        status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode) and depth < DEEPEST:
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            try:
                take_over_open(inner, depth + 1)
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
    """Carry the post of a folder for ever; on a cluster this is a pod of its own."""
    post = Post(folder)
    post.make()
    while True:
        try:
            for name in post.carry():
                print(f"carried {name}", flush=True)
        except OSError as error:  # a full disk: what was put in waits in its box
            print(f"the post waits: {error}", flush=True)
        time.sleep(2)


if __name__ == "__main__":
    main(sys.argv[1])
