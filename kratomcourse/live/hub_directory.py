"""The folder that holds everything a workshop room needs. What people write is never overwritten.

room.json      settings of the last launch    homes/      each person's home
people.json    names, hashed passwords        post/       each person's part of nbgrader's exchange
leader/        the leader's home; its course/ holds gradebook and submissions
exchange/      nbgrader's exchange            library/    the course without its graded items
chapters/      plain notebooks to distribute  hub/        state of the hub
handed/        what each person was given     log/        logs of the hub and of each server
"""

import compileall
import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
from pathlib import Path
from typing import Any, Self

import yaml

from ..bubblewrap import font_lists
from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from .exchange import COURSE, SubmissionExchange
from .server_settings import (
    leader_nbgrader,
    make_world_readable,
    write_leader_settings,
    write_person_settings,
)
from .users import LEADER, Users

# The safe ones, in C where available: the banks are long.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
ENVIRONMENT = "KRATOM_ROOM"
MAX_NOTEBOOK = 50 * 2**20  # bytes of a notebook that is compared with what was distributed
NOT_IN_LIBRARY = (
    "__pycache__", "grading", "exports", "live", "site", "checks", "bank_data", "workshops",
    "assignment_data", "demo",
)  # fmt: skip


class HubDirectory:
    """The folder of a room.

    folder : created if absent
    course : the course's own folder
    """

    def __init__(self, folder: Path | str, course: Path | str) -> None:
        self.folder, self.course = Path(folder), Path(course)
        self.settings_file = self.folder / "room.json"
        self.homes = self.folder / "homes"
        self.chapters = self.folder / "chapters"
        self.library = self.folder / "library"
        self.leader, self.hub = self.folder / "leader", self.folder / "hub"
        self.exchange = SubmissionExchange(self.folder)
        self.settings: dict[str, Any] = {}

    @classmethod
    def of_environment(cls) -> Self:
        """Return the room that this process belongs to."""
        folder, course = json.loads(os.environ[ENVIRONMENT])
        return cls(folder, course).read()

    def read(self) -> Self:
        """Read the settings of the last launch."""
        if self.settings_file.exists():
            self.settings = json.loads(self.settings_file.read_text(encoding="utf-8"))
            if "walls" in self.settings:  # written by version 0.1
                self.settings.setdefault("sandbox", self.settings.pop("walls"))
        return self

    def write(self, **changes: Any) -> None:
        """Change settings; the file is written completely or not at all."""
        self.read()
        self.settings |= changes
        replace_file(self.settings_file, json.dumps(self.settings, indent=1), 0o600)

    def users(self) -> Users:
        """Return the users of the room, with its allow-list and invitation."""
        return Users(
            self.folder / "people.json",
            self.settings.get("allowed"),
            self.settings.get("invitation", ""),
        )

    def settings_of(self, role: str) -> Path:
        """Return the folder with the server settings of a role: person, leader or accounts."""
        return self.folder / "settings" / role

    def log(self, name: str) -> Path:
        """Return the log file of the hub or of a user's server."""
        return self.folder / "log" / f"{name}.log"

    def set_message(self, text: str, at: str) -> None:
        """Show a message in notebooks and on the room's page; an empty one removes the last."""
        message = {"text": text, "at": at} if text else {}
        self.write(message=message)
        person = self.settings_of("person")
        if person.is_dir():
            replace_file(person / "message.json", json.dumps(message), 0o644)

    # Created at each launch, from the course as it is

    def make(self) -> None:
        """Create folders, plain notebooks, library and settings; people's work stays as it is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # each person's sandbox mounts what they may see of it
        for folder, mode in (
            (self.homes, 0o700),
            (self.chapters, 0o755),
            (self.leader, 0o700),
            (self.hub, 0o700),
            (self.folder / "log", 0o700),
        ):
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)
        from ..chapters.plain import build_plain_notebooks  # slow to import, needed here only

        self.exchange.make()
        state = self.state_of_course()
        if self.settings.get("made_from") != state or not self.library.exists():
            build_plain_notebooks(self.chapters, self.course)
            self.make_library()
            self.write(made_from=state)
        self.make_settings()
        self.make_course()

    def state_of_course(self) -> str:
        """Return a digest of the names, sizes and times of what the room is made from."""
        files = [
            path
            for name in ("kratomcourse", "evidence", "notebooks", "quizzes/bank")
            for path in sorted((self.course / name).rglob("*"))
            if path.is_file() and path.suffix != ".pyc"
        ]
        states = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
        return hashlib.sha256("\n".join(states).encode()).hexdigest()

    def make_library(self) -> None:
        """Copy the package and its evidence as people import it; graded items are left out."""
        new = self.folder / "library.new"
        shutil.rmtree(new, ignore_errors=True)
        skip = shutil.ignore_patterns(*NOT_IN_LIBRARY)
        package = self.course / "kratomcourse"
        shutil.copytree(package, new / "kratomcourse", ignore=skip)
        for name in ("__init__.py", "participant"):
            copy_any(package / "live" / name, new / "kratomcourse" / "live" / name)
        shutil.copytree(self.course / "evidence", new / "evidence")
        bank = new / "quizzes" / "bank"
        bank.mkdir(parents=True)
        for path in sorted((self.course / "quizzes" / "bank").glob("*.yml")):
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
            data["items"] = [item for item in data["items"] if "graded" not in item["use"]]
            (bank / path.name).write_text(
                yaml.dump(data, Dumper=DUMPER, sort_keys=False, allow_unicode=True),
                encoding="utf-8",
            )
        compileall.compile_dir(
            new / "kratomcourse", quiet=2, stripdir=str(new), prependdir="/course"
        )
        old = self.folder / "library.old"
        shutil.rmtree(old, ignore_errors=True)
        if self.library.exists():
            self.library.replace(old)
        new.replace(self.library)
        shutil.rmtree(old, ignore_errors=True)
        make_world_readable(self.library)

    def make_settings(self) -> None:
        """Write the settings of everyone's servers."""
        sandboxed = self.settings["sandbox"]
        exchange = "/exchange" if sandboxed else str(self.exchange.folder.parent)
        write_person_settings(self.settings_of("person"), exchange, sandboxed)
        write_leader_settings(self.settings_of("leader"), self.leader_nbgrader())

    def leader_nbgrader(self) -> str:
        """Return the leader's nbgrader_config.py."""
        return leader_nbgrader(
            str(self.course / "quizzes" / "nbgrader_config.py"),
            str(self.leader / "course"),
            str(self.exchange.folder.parent),
        )

    def make_course(self) -> None:
        """Copy quizzes to the leader's nbgrader folder; submissions and gradebook stay."""
        course = self.leader / "course"
        (course / "source").mkdir(parents=True, exist_ok=True)
        (course / "nbgrader_config.py").write_text(self.leader_nbgrader())
        quizzes = self.course / "quizzes"
        # Grading reads what each quiz asks from its assignment and from banks beside it.
        described = (*quizzes.glob("assignments/*.yml"), *quizzes.glob("own-bank/*.yml"))
        for path in sorted((*quizzes.glob("source/*/*.ipynb"), *described)):
            target = course / path.relative_to(quizzes)
            if not target.exists() or target.read_bytes() != path.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)

    # What belongs to one person

    def home(self, name: str, account: int) -> Path:
        """Return the home of a person; created the first time."""
        home = self.homes / name
        if not home.exists():
            beside = self.homes / f".{name}.new"
            shutil.rmtree(beside, ignore_errors=True)
            fonts = beside / ".cache" / "matplotlib"
            fonts.mkdir(parents=True)
            # Without these the first plot of each person searches the system for some seconds.
            for path in font_lists():
                shutil.copyfile(path, fonts / path.name)
            if os.geteuid() == 0:
                for path in (beside, *beside.rglob("*")):
                    os.chown(path, account, account)
            beside.chmod(0o700)
            beside.replace(home)
        return home

    def sandbox_mounts(self, name: str, account: int) -> list[tuple[Path, str, str]]:
        """Return [(path outside, path inside, "ro" or "rw")] for the sandbox of a person."""
        inbound, feedback = self.exchange.folders_of(name, account)
        accounts = self.settings_of("accounts")
        accounts.mkdir(exist_ok=True)
        passwd, group = accounts / f"{name}.passwd", accounts / f"{name}.group"
        passwd.write_text(
            f"root:x:0:0::/:/bin/false\n{name}:x:{account}:{account}::/home/{name}:/bin/sh\n"
        )
        group.write_text(f"root:x:0:\n{name}:x:{account}:\n")
        ipython = self.settings_of("person") / "ipython"
        return [
            (self.homes / name, f"/home/{name}", "rw"),
            (self.library, "/course", "ro"),
            (self.settings_of("person"), "/etc/room", "ro"),
            *([(ipython, "/etc/ipython", "ro")] if ipython.is_dir() else []),
            (passwd, "/etc/passwd", "ro"),
            (group, "/etc/group", "ro"),
            (self.exchange.folder / "outbound", f"/exchange/{COURSE}/outbound", "ro"),
            (inbound, f"/exchange/{COURSE}/inbound", "rw"),
            (feedback, f"/exchange/{COURSE}/feedback", "ro"),
        ]

    # Chapters and parts

    def notebooks(self, named: str) -> list[str]:
        """Return the file names of the notebooks that a word names.

        named  : 4 or 04-risk for a chapter, 4.2 for a part, or a file's own name
        raises : CourseError if there is none
        """
        from ..chapters import load_chapters
        from ..chapters.plain import plain_names  # slow to import

        names = sorted(path.name for path in self.chapters.glob("*.ipynb"))
        chapters = load_chapters(self.course)
        names = names or [name for chapter in chapters for name in plain_names(chapter)]
        word = named.strip().removesuffix(".ipynb")
        if f"{word}.ipynb" in names:
            return [f"{word}.ipynb"]
        if found := re.fullmatch(r"(\d+)(?:\.(\d+))?", word):
            begin = f"{int(found[1]):02d}-" + (f"{int(found[2])}-" if found[2] else "")
        else:
            begin = next((f"{one.name[:2]}-" for one in chapters if one.name == word), "")
        if begin and (fitting := [name for name in names if name.startswith(begin)]):
            return fitting
        known = [chapter.name for chapter in chapters]
        hint = did_you_mean(word, [*known, *(name.removesuffix(".ipynb") for name in names)])
        raise CourseError(
            Diagnostic(
                "course live",
                f"there is no chapter or part '{named}'.",
                hint or f"one of {', '.join(known)}",
            )
        )

    def distributed(self) -> list[str]:
        """Return the notebooks distributed so far that still exist, the newest last."""
        return [
            name
            for name in self.read().settings.get("chapters", [])
            if (self.chapters / name).exists()
        ]

    def newest(self) -> str:
        """Return the notebook distributed last, or an empty string."""
        return self.distributed()[-1] if self.distributed() else ""

    def opens(self) -> str:
        """Return the notebook that people see first: the first of those distributed last."""
        name: str = self.read().settings.get("opens", "")
        return name if name in self.distributed() else self.newest()

    def distribute_to_all(self, named: str) -> tuple[list[str], list[str]]:
        """Copy a chapter or a part to everyone who has a home.

        returns : (accounts that have it now, accounts whose own version stays)
        """
        new = self.notebooks(named)
        handed = [name for name in self.distributed() if name not in new]
        self.write(chapters=[*handed, *new], opens=new[0])
        given: list[str] = []
        kept: list[str] = []
        for home in sorted(self.homes.iterdir()):
            if home.name.startswith("."):
                continue
            (kept if set(new) & set(self.distribute(home.name)) else given).append(home.name)
        self.distribute(LEADER)
        return given, kept

    def distribute(self, name: str) -> list[str]:
        """Copy notebooks into a home where absent or unchanged; return those the person changed."""
        home = self.leader if name == LEADER else self.homes / name
        record = self.folder / "handed" / f"{name}.json"
        record.parent.mkdir(mode=0o700, exist_ok=True)
        given = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
        changed = []
        handle = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            owner = os.fstat(handle)
            for chapter in self.distributed():
                data = (self.chapters / chapter).read_bytes()
                new, there = hashlib.sha256(data).hexdigest(), digest_in(handle, chapter)
                if there and there not in (new, given.get(chapter)):
                    changed.append(chapter)
                elif there != new:
                    put_in(handle, chapter, data, owner)
                given[chapter] = new if chapter not in changed else given.get(chapter)
        finally:
            os.close(handle)
        record.write_text(json.dumps(given, indent=1), encoding="utf-8")
        return changed


def digest_in(handle: int, name: str) -> str:
    """Return the SHA-256 of a file in an open folder whose owner may be hostile.

    returns : an empty string if the file is absent, "other" for what is not a regular file
    """
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
    except FileNotFoundError:
        return ""
    except OSError:
        return "other"
    with os.fdopen(file, "rb") as opened:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_NOTEBOOK:
            return "other"
        return hashlib.sha256(opened.read()).hexdigest()


def put_in(handle: int, name: str, data: bytes, owner: os.stat_result) -> None:
    """Write a file into an open folder by way of a new one beside it; no link is followed."""
    beside = f".{name}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(beside, dir_fd=handle)
    file = os.open(
        beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=handle
    )
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
            if os.geteuid() == 0:
                os.fchown(file, owner.st_uid, owner.st_gid)
        os.rename(beside, name, src_dir_fd=handle, dst_dir_fd=handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(beside, dir_fd=handle)
        raise


def replace_file(path: Path, text: str, mode: int) -> None:
    """Write a text file by way of a new one beside it."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(text, encoding="utf-8")
    beside.chmod(mode)
    beside.replace(path)


def copy_any(source: Path, target: Path) -> None:
    """Copy a file or a folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


def free_megabytes(folder: Path) -> int:
    """Return the free space of a disk in MB."""
    return shutil.disk_usage(folder).free // 2**20


def require_space(folder: Path, megabytes: int = 300) -> None:
    """Raise CourseError if a workshop would soon fill the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    if free_megabytes(folder) < megabytes:
        raise CourseError(
            Diagnostic(
                shown_path(folder),
                f"only {free_megabytes(folder)} MB are free on this disk.",
                f"free at least {megabytes} MB, or give another folder with --folder",
            )
        )
