"""A control group (cgroup v2) for each submission, where this process may make one.

The kernel then counts memory with all that belongs to it (page cache, pipes, sockets, swap),
processes and processor time of everything that a submission starts. Where no group may be made,
the counts come from /proc, and `Accounting.line` says so in the report of a run.

A group may be made by root, and below a cgroup that was delegated to this user, as
`systemd-run --user --scope -p Delegate=yes course grade QUIZ` does.
"""

import contextlib
import os
import secrets
import signal
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .limits import Limits

MOUNTS = Path("/proc/self/mountinfo")
OWN = Path("/proc/self/cgroup")
LEAF = "course-grader"  # holds the grader itself, since a group with processes passes nothing on
PREFIX = "course-submission-"
CONTROLLERS = ("memory", "pids", "cpu")
COUNTED = (("memory", "memory and swap"), ("pids", "processes"))
SLACK_MB = 16  # for what the kernel keeps of a process
EMPTYING_SECONDS = 5.0


@dataclass(frozen=True)
class Accounting:
    """How memory, processes and processor time of a submission are counted."""

    parent: Path | None = None  # folder in which groups are made; None where none may be made
    controllers: frozenset[str] = frozenset()
    why: str = ""  # there is no group, or a controller is missing

    @property
    def line(self) -> str:
        """Return the sentence for the report of a run."""
        if self.parent is None:
            return f"memory, processes and processor time were counted in /proc: {self.why}"
        by_group = [words for name, words in COUNTED if name in self.controllers]
        in_proc = [words for name, words in COUNTED if name not in self.controllers]
        line = f"a cgroup for each submission counted {in_words([*by_group, 'processor time'])}"
        if not in_proc:
            return line
        return f"{line}; {in_words(in_proc)} were counted in /proc: {self.why}"


def in_words(names: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


@dataclass
class SubmissionGroup:
    """The group of one submission."""

    folder: Path
    controllers: frozenset[str]
    limits: Limits

    def __post_init__(self) -> None:
        """Make the group and set its limits; raises OSError."""
        self.folder.mkdir(mode=0o755)
        if "memory" in self.controllers:
            # Its files lie in memory, and count as well.
            most = self.limits.memory_mb + self.limits.disk_mb + SLACK_MB
            self.write("memory.max", str(most << 20))
            self.write("memory.oom.group", "1")
            with contextlib.suppress(OSError):  # a kernel without swap has no such file
                self.write("memory.swap.max", "0")
        if "pids" in self.controllers:
            self.write("pids.max", str(self.limits.processes))

    def write(self, name: str, text: str) -> None:
        """Write one control file."""
        (self.folder / name).write_text(text)

    def read(self, name: str) -> dict[str, int]:
        """Return the numbers of a file that has a key and a value on each line."""
        try:
            words = [line.split() for line in (self.folder / name).read_text().splitlines()]
            return {key: int(value) for key, value in words}
        except (OSError, ValueError):
            return {}

    def add(self, pid: int) -> None:
        """Take a process in; all that it starts later belongs to the group too."""
        self.write("cgroup.procs", str(pid))

    def cpu_seconds(self) -> float | None:
        """Return the processor time of all that was ever in the group; None if it does not say."""
        used = self.read("cpu.stat").get("usage_usec")
        return None if used is None else used / 1e6

    def violation(self) -> str:
        """Return which limit the kernel enforced by ending the group, or an empty string."""
        if self.read("memory.events").get("oom_kill", 0):
            return f"more than {self.limits.memory_mb} MB of memory in all its processes"
        return ""

    def remove(self) -> None:
        """End all that is in the group, and remove it."""
        with contextlib.suppress(OSError):
            self.write("cgroup.kill", "1")
        until = time.monotonic() + EMPTYING_SECONDS
        while True:
            try:
                self.folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                if time.monotonic() > until:
                    return  # the next run removes it
                time.sleep(0.005)


def new_group(accounting: Accounting, limits: Limits) -> SubmissionGroup | None:
    """Return a group for one submission; None where none may be made."""
    if accounting.parent is None:
        return None
    name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(8)}"
    return SubmissionGroup(accounting.parent / name, accounting.controllers, limits)


@cache
def accounting() -> Accounting:
    """Return how this process counts; found out once, with a trial."""
    try:
        mount, own = mounted_at(MOUNTS.read_text()), own_path(OWN.read_text())
    except OSError:
        return Accounting(why="there is no cgroup v2")
    if mount is None or own is None:
        return Accounting(why="there is no cgroup v2")
    return find_parent(mount, own)


def mounted_at(mountinfo: str) -> Path | None:
    """Return where cgroup v2 is mounted, from the text of /proc/self/mountinfo."""
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(" - ")
        if dash and after.split()[:1] == ["cgroup2"]:
            return Path(before.split()[4])
    return None


def own_path(text: str) -> str | None:
    """Return the path of this process's group, from the text of /proc/self/cgroup."""
    for line in text.splitlines():
        if line.startswith("0::/"):
            return line.removeprefix("0::").removesuffix(" (deleted)")
    return None


def find_parent(mount: Path, own: str) -> Accounting:
    """Return the group in which groups may be made, nearest first; of two, one that counts memory.

    mount : where cgroup v2 is mounted
    own   : path of this process's group in it
    """
    folder = mount / own.strip("/")
    if ".." in Path(own).parts or not folder.is_dir():
        return Accounting(why="the cgroup of this process is not visible here")
    if folder.name == LEAF:
        folder = folder.parent
    best, why = Accounting(), "no cgroup is delegated to this user"
    while folder == mount or folder.is_relative_to(mount):
        try:
            found = try_parent(folder, mount)
        except OSError as error:
            if folder == mount / own.strip("/") and isinstance(error, BlockingIOError):
                why = "other processes are in this cgroup"
        else:
            if best.parent is None or len(found.controllers) > len(best.controllers):
                best = found
            if {"memory", "pids"} <= best.controllers:
                break
        if folder == mount:
            break
        folder = folder.parent
    return best if best.parent is not None else Accounting(why=why)


def try_parent(folder: Path, mount: Path) -> Accounting:
    """Return the accounting that a group allows, after a trial.

    raises : OSError where no group can be made in it
    """
    there = set((folder / "cgroup.controllers").read_text().split())
    wanted = [name for name in CONTROLLERS if name in there]
    passed_on = set((folder / "cgroup.subtree_control").read_text().split())
    if missing := [name for name in wanted if name not in passed_on]:
        if folder != mount:
            leave_empty(folder)
        (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in missing))
    sweep(folder)
    lacking = [name for name in ("memory", "pids") if name not in wanted]
    why = f"the cgroup has no controller for {in_words(lacking)}" if lacking else ""
    made = Accounting(folder, frozenset(wanted), why)
    try_group(made)
    return made


def leave_empty(folder: Path) -> None:
    """Move this process into a group below, so that nothing is left in its own.

    raises : BlockingIOError where other processes are in it
    """
    others = set((folder / "cgroup.procs").read_text().split()) - {str(os.getpid())}
    if others:
        raise BlockingIOError(f"{len(others)} other processes are in {folder}")
    leaf = folder / LEAF
    leaf.mkdir(exist_ok=True)
    (leaf / "cgroup.procs").write_text(str(os.getpid()))


def try_group(accounting: Accounting) -> None:
    """Make a group, put a process into it and remove both; raises OSError where that fails."""
    group = new_group(accounting, Limits())
    if group is None:
        return
    child = os.fork()
    if child == 0:
        try:
            signal.pause()
        finally:
            os._exit(0)
    try:
        group.add(child)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        group.remove()


def sweep(folder: Path) -> None:
    """Remove the groups of runs that were killed."""
    for left in folder.glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            with contextlib.suppress(OSError):
                (left / "cgroup.kill").write_text("1")
            with contextlib.suppress(OSError):
                left.rmdir()
