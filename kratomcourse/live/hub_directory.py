"""The folder that holds everything a workshop room needs. What people write in it is never overwritten.

room.json      settings of the last launch    homes/      each person's home
people.json    names, hashed passwords        post/       each person's part of nbgrader's exchange
leader/        the leader's home; in it course/, with gradebook and submissions
exchange/      nbgrader's exchange            library/    the course as people import it, without graded items
chapters/      plain notebooks to distribute  hub/        state of the hub       log/   logs
"""

import compileall
import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import sys
from pathlib import Path

import yaml

from ..bubblewrap import font_lists
from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from .exchange import COURSE, SubmissionExchange
from .users import LEADER, Users

# The safe ones, in C where they are there: the banks are long.
LOADER, DUMPER = (
    getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    getattr(yaml, "CSafeDumper", yaml.SafeDumper),
)
ENVIRONMENT = "KRATOM_ROOM"
LARGEST = 50 * 2**20  # of a notebook that is compared with what was handed out

# What people's servers do without: no other host is asked for anything, and what nobody in a room needs stays away.
PERSON_EXTENSIONS = {
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.assignment_list": True,
    "nbgrader.server_extensions.validate_assignment": True,
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
    "notebook": False,
}

# Of what is installed beside JupyterLab: each one more is loaded before anybody sees a cell.
LAB_EXTENSIONS = (
    "@jupyter/nbgrader",
    "@jupyter-widgets/jupyterlab-manager",
    "jupyterlab_pygments",
)

# On the page: no question whether news may be fetched, and no tools to make quizzes with.
DISABLED_LAB_PLUGINS = [
    "@jupyterlab/apputils-extension:announcements",
    "@jupyter/nbgrader:create-assignment",
    "@jupyter/nbgrader:formgrader",
    "@jupyter/nbgrader:course-list",
]

PERSON_SERVER = """\
from pathlib import Path

c = get_config()  # noqa: F821
c.LabApp.labextensions_path = [str(Path(__file__).with_name("labextensions"))]
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}
c.ServerApp.terminals_enabled = False
c.ServerApp.allow_root = True
c.FileContentsManager.delete_to_trash = False
c.MappingKernelManager.cull_idle_timeout = 2700
c.MappingKernelManager.cull_interval = 120
"""

LEADER_SERVER = PERSON_SERVER.replace("terminals_enabled = False", "terminals_enabled = True")

PERSON_NBGRADER = """\
import os
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {course!r}
c.Exchange.root = {exchange!r}
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.startup_timeout = 120
c.ExecutePreprocessor.kernel_name = "python3"
c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--InteractiveShell.xmode=Plain"]
"""

# Where all share one account, nbgrader would take them all for one student.
PERSON_UNSANDBOXED = 'c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]\n'

LEADER_NBGRADER = """\
# Settings of the course's own quizzes/nbgrader_config.py, with the exchange and the gradebook of this room.
from pathlib import Path

c = get_config()  # noqa: F821
settings = Path({settings!r})
exec(compile(settings.read_text(encoding="utf-8"), str(settings), "exec"), {{"__file__": str(settings), "get_config": get_config}})  # noqa: F821
c.CourseDirectory.root = {course!r}
c.Exchange.root = {exchange!r}
c.CourseDirectory.db_url = "sqlite:///" + {course!r} + "/gradebook.db"
c.ExchangeCollect.check_owner = False
"""


class HubDirectory:
    """A room in a folder.

    folder : where it lies
    course : the course's own folder
    """

    def __init__(self, folder, course):
        self.folder, self.course = Path(folder), Path(course)
        self.settings_file = self.folder / "room.json"
        self.homes, self.chapters, self.library = (
            self.folder / "homes",
            self.folder / "chapters",
            self.folder / "library",
        )
        self.leader, self.hub = self.folder / "leader", self.folder / "hub"
        self.exchange = SubmissionExchange(self.folder)
        self.settings = {}

    @classmethod
    def of_environment(cls):
        """The room that this process belongs to."""
        folder, course = json.loads(os.environ[ENVIRONMENT])
        return cls(folder, course).read()

    def read(self):
        if self.settings_file.exists():
            self.settings = json.loads(self.settings_file.read_text(encoding="utf-8"))
            if "walls" in self.settings:  # written by version 0.1
                self.settings.setdefault("sandbox", self.settings.pop("walls"))
        return self

    def write(self, **changes):
        """Keep settings, whole or not at all."""
        self.read()
        self.settings |= changes
        beside = self.settings_file.with_suffix(f".{os.getpid()}.tmp")
        beside.write_text(json.dumps(self.settings, indent=1), encoding="utf-8")
        beside.chmod(0o600)
        os.replace(beside, self.settings_file)

    def people(self):
        return Users(
            self.folder / "people.json",
            self.settings.get("allowed"),
            self.settings.get("invitation", ""),
        )

    def settings_of(self, role):
        return self.folder / "settings" / role

    def log(self, name):
        return self.folder / "log" / f"{name}.log"

    # Made at each start, from the course as it is

    def make(self):
        """Folders, plain notebooks, library and settings. What people wrote is left as it is."""
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
        from ..chapters.plain import (
            build_plain_notebooks,
        )  # slow to import, and only who opens the room needs it

        self.exchange.make()
        state = self.state_of_course()
        if self.settings.get("made_from") != state or not self.library.exists():
            build_plain_notebooks(self.chapters, self.course)
            self.make_library()
            self.write(made_from=state)
        self.make_settings()
        self.make_course()

    def state_of_course(self):
        """Digest of the names, sizes and times of what the room is made from."""
        files = [
            path
            for name in ("kratomcourse", "evidence", "notebooks", "quizzes/bank")
            for path in sorted((self.course / name).rglob("*"))
            if path.is_file() and path.suffix != ".pyc"
        ]
        states = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
        return hashlib.sha256("\n".join(states).encode()).hexdigest()

    def make_library(self):
        """The package and its evidence as people import it; of the questions only those that the book shows."""
        new = self.folder / "library.new"
        shutil.rmtree(new, ignore_errors=True)
        skip = shutil.ignore_patterns(
            "__pycache__", "grading", "exports", "live", "site", "checks", "bank_data"
        )
        shutil.copytree(self.course / "kratomcourse", new / "kratomcourse", ignore=skip)
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
            os.replace(self.library, old)
        os.replace(new, self.library)
        shutil.rmtree(old, ignore_errors=True)
        make_world_readable(self.library)

    def make_settings(self):
        sandboxed = self.settings["sandbox"]
        person, leader = self.settings_of("person"), self.settings_of("leader")
        leader.mkdir(parents=True, exist_ok=True)
        exchange = "/exchange" if sandboxed else str(self.exchange.folder.parent)
        write_settings(person, PERSON_SERVER, exchange, sandboxed)
        (leader / "jupyter_server_config.py").write_text(LEADER_SERVER)
        (leader / "nbgrader_config.py").write_text(self.leader_nbgrader())
        copy_lab_extensions(leader)

    def leader_nbgrader(self):
        return LEADER_NBGRADER.format(
            settings=str(self.course / "quizzes" / "nbgrader_config.py"),
            course=str(self.leader / "course"),
            exchange=str(self.exchange.folder.parent),
        )

    def make_course(self):
        """The leader's nbgrader folder: quizzes as the bank makes them; submissions and gradebook stay."""
        course = self.leader / "course"
        (course / "source").mkdir(parents=True, exist_ok=True)
        (course / "nbgrader_config.py").write_text(self.leader_nbgrader())
        for path in sorted((self.course / "quizzes" / "source").glob("*/*.ipynb")):
            target = course / "source" / path.parent.name / path.name
            if not target.exists() or target.read_bytes() != path.read_bytes():
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(path, target)

    # People's own

    def home(self, name, account):
        """The home of a person, made at the first time."""
        home = self.homes / name
        if not home.exists():
            beside = self.homes / f".{name}.new"
            shutil.rmtree(beside, ignore_errors=True)
            fonts = beside / ".cache" / "matplotlib"
            fonts.mkdir(parents=True)
            for path in (
                font_lists()
            ):  # else the first plot of each person searches the system for some seconds
                shutil.copyfile(path, fonts / path.name)
            if os.geteuid() == 0:
                for path in (beside, *beside.rglob("*")):
                    os.chown(path, account, account)
            beside.chmod(0o700)
            os.replace(beside, home)
        return home

    def sandbox_mounts(self, name, account):
        """[(folder outside, path inside, mode)] for the sandbox of a person."""
        inbound, feedback = self.exchange.folders_of(name, account)
        accounts = self.settings_of("accounts")
        accounts.mkdir(exist_ok=True)
        passwd, group = accounts / f"{name}.passwd", accounts / f"{name}.group"
        passwd.write_text(
            f"root:x:0:0::/:/bin/false\n{name}:x:{account}:{account}::/home/{name}:/bin/sh\n"
        )
        group.write_text(f"root:x:0:\n{name}:x:{account}:\n")
        return [
            (self.homes / name, f"/home/{name}", "rw"),
            (self.library, "/course", "ro"),
            (self.settings_of("person"), "/etc/room", "ro"),
            (passwd, "/etc/passwd", "ro"),
            (group, "/etc/group", "ro"),
            (self.exchange.folder / "outbound", f"/exchange/{COURSE}/outbound", "ro"),
            (inbound, f"/exchange/{COURSE}/inbound", "rw"),
            (feedback, f"/exchange/{COURSE}/feedback", "ro"),
        ]

    # Chapters and parts

    def notebooks(self, named):
        """File names of the notebooks that a word asks for: 4 or 04-risk for a chapter, 4.2 for a part, or a file's own name.

        raises : CourseError where there is none
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
            begin = next((f"{one.name[:2]}-" for one in chapters if one.name == word), None)
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

    def distributed(self):
        """Chapters that were handed out so far, the newest last; without those that the course no longer has."""
        return [
            name
            for name in self.read().settings.get("chapters", [])
            if (self.chapters / name).exists()
        ]

    def newest(self):
        return self.distributed()[-1] if self.distributed() else ""

    def opens(self):
        """The notebook that people see first: the first one of those handed out last."""
        name = self.read().settings.get("opens", "")
        return name if name in self.distributed() else self.newest()

    def distribute_to_all(self, named):
        """Give a chapter or a part to everybody who has a home. Returns (names who have it now, names whose own version stays)."""
        new = self.notebooks(named)
        handed = [name for name in self.distributed() if name not in new]
        self.write(chapters=[*handed, *new], opens=new[0])
        given, kept = [], []
        for home in sorted(self.homes.iterdir()):
            if home.name.startswith("."):
                continue
            (kept if set(new) & set(self.distribute(home.name)) else given).append(home.name)
        self.distribute(LEADER)
        return given, kept

    def distribute(self, name):
        """Copy the chapters into a home where they are absent or untouched. Returns those that the person has changed."""
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


def digest_in(handle, name):
    """Digest of a file in an open folder that its owner may play tricks with; empty where it is absent, 'other' for what is no plain file."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
    except FileNotFoundError:
        return ""
    except OSError:
        return "other"
    with os.fdopen(file, "rb") as opened:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return "other"
        return hashlib.sha256(opened.read()).hexdigest()


def put_in(handle, name, data, owner):
    """Write a file into an open folder by way of a new one beside it, so that no link is ever followed."""
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


def write_settings(folder, server, exchange, sandboxed):
    """Settings of people's servers and of their nbgrader."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jupyter_server_config.py").write_text(server)
    (folder / "jupyter_server_config.json").write_text(
        json.dumps({"ServerApp": {"jpserver_extensions": PERSON_EXTENSIONS}}, indent=1)
    )
    (folder / "labconfig").mkdir(exist_ok=True)
    (folder / "labconfig" / "page_config.json").write_text(
        json.dumps({"disabledExtensions": dict.fromkeys(DISABLED_LAB_PLUGINS, True)}, indent=1)
    )
    copy_lab_extensions(folder)
    (folder / "nbgrader_config.py").write_text(
        PERSON_NBGRADER.format(course=COURSE, exchange=exchange)
        + ("" if sandboxed else PERSON_UNSANDBOXED)
    )
    make_world_readable(folder)


def copy_lab_extensions(folder):
    """Copies of the extensions of JupyterLab that a room has."""
    for name in LAB_EXTENSIONS:
        installed = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / name
        if installed.is_dir():
            shutil.copytree(installed, folder / "labextensions" / name, dirs_exist_ok=True)


def make_world_readable(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def free_megabytes(folder):
    return shutil.disk_usage(folder).free // 2**20


def require_space(folder, megabytes=300):
    """CourseError where a workshop would soon fill the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    if free_megabytes(folder) < megabytes:
        raise CourseError(
            Diagnostic(
                shown_path(folder),
                f"only {free_megabytes(folder)} MB are free on this disk.",
                f"make room for at least {megabytes} MB, or name another place with --folder",
            )
        )
