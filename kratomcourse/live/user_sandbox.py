"""The sandbox of each person's programs: what they see of the machine, as whom they run, how much they may use.

Inside there is the system's software and Python, read-only; one's own home; one's own part of nbgrader's exchange;
the course without the keys of graded questions. Nobody else's home, no gradebook, no process of another person.
The network stays, since a notebook server has to be reached.
"""

import os
import resource
import sys
import sysconfig
from pathlib import Path

from ..bubblewrap import SYSTEM, missing, python_folders

SETTINGS = (
    "ld.so.cache",
    "fonts",
    "localtime",
    "alternatives",
    "ssl/openssl.cnf",
    "mime.types",
    "hosts",
    "nsswitch.conf",
    "resolv.conf",
)

# Runs inside as the last step: becomes the person's account, which takes every right away, then the program.
BECOME = "import os, sys; n = int(sys.argv[1]); os.setgroups([]); os.setresgid(n, n, n); os.setresuid(n, n, n); os.umask(0o077); os.chdir(os.environ['HOME']); os.execv(sys.argv[2], sys.argv[2:])"


def sandbox_unavailable():
    """Return why this machine cannot run the sandbox, or an empty string if it can."""
    return missing(["--unshare-pid", "--unshare-ipc"])


def sandboxed_command(name, account, seen, python=sys.executable):
    """Return the bubblewrap command that a program of this person is appended to.

    name    : the person, who is called so inside
    account : number of the person's account inside; where the room was opened by root, outside as well
    seen    : [(folder outside, path inside, "ro" or "rw")]; the account file of the person's own is among them
    """
    is_root = os.geteuid() == 0
    words = [
        "bwrap",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--hostname",
        "room",
        "--cap-drop",
        "ALL",
    ]
    if is_root:
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-user", "--uid", str(account), "--gid", str(account)]
    words += [
        "--perms",
        "1777",
        "--tmpfs",
        "/tmp",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--perms",
        "1777",
        "--tmpfs",
        "/dev/shm",
    ]
    for folder in (
        "/etc",
        "/etc/ssl",
        "/var",
        "/home",
    ):  # what bubblewrap makes by itself is closed to all but root
        words += ["--perms", "0755", "--dir", folder]
    for path in SYSTEM:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            words += ["--ro-bind", path, path]
    for setting in SETTINGS:
        words += ["--ro-bind-try", f"/etc/{setting}", f"/etc/{setting}"]
    words += ["--perms", "1777", "--tmpfs", "/exchange"]  # nbgrader wants to be able to write there
    for folder in python_folders():
        words += [
            word
            for above in reversed(Path(folder).parents[:-1])
            for word in ("--perms", "0755", "--dir", str(above))
        ]
        words += ["--ro-bind", folder, folder]
    for folder in {sysconfig.get_paths()[kind] for kind in ("purelib", "platlib")}:
        if (Path(folder) / "kratomcourse").is_dir():  # a wheel, which carries the keys
            words += ["--tmpfs", f"{folder}/kratomcourse", "--remount-ro", f"{folder}/kratomcourse"]
    for outside, inside, mode in seen:
        words += [
            word
            for above in reversed(Path(inside).parents[:-1])
            if str(above) not in words
            for word in ("--perms", "0755", "--dir", str(above))
        ]
        words += ["--bind" if mode == "rw" else "--ro-bind", str(outside), inside]
    words += ["--remount-ro", "/", "--chdir", "/" if is_root else f"/home/{name}", "--"]
    return [*words, python, "-I", "-S", "-c", BECOME, str(account)] if is_root else words


class ResourceLimits:
    """How much one person may use: equal shares of the processors and a bound of memory where the system lets us, and limits that every system has.

    memory_mb : memory of all programs of one person together, where control groups can be made; else of each single program
    file_mb   : longest file
    processes : processes and threads of one person, where each has an account of their own
    """

    def __init__(self, memory_mb=2048, file_mb=200, processes=400, groups=None):
        self.memory_mb, self.file_mb, self.processes = memory_mb, file_mb, processes
        self.groups = cgroup_roots() if groups is None else groups

    def describe(self):
        memory = f"{self.memory_mb} MB of memory"
        if self.groups:
            return f"each person has an equal share of the processors and {memory}"
        return f"each program may take {memory}; processors are shared by priority alone, as control groups can not be made here"

    def group(self, name):
        """Files into which a process writes its number to be in this person's group; makes the group."""
        cgroup_files = []
        for folder, settings in self.groups:
            own = folder / name
            own.mkdir(parents=True, exist_ok=True)
            for file, value in settings(self.memory_mb):
                try:
                    (own / file).write_text(value)
                except OSError:  # swap accounting and the like are not there everywhere
                    pass
            cgroup_files.append(own / "cgroup.procs")
        return cgroup_files

    def enter(self, cgroup_files):
        """Runs in the child before its program does."""
        for file in cgroup_files:
            try:
                file.write_text(str(os.getpid()))
            except OSError:
                pass
        try:
            Path("/proc/self/oom_score_adj").write_text("600")  # if memory runs out, not the hub
        except OSError:
            pass
        os.nice(5)
        lower(resource.RLIMIT_CORE, 0)
        lower(resource.RLIMIT_FSIZE, self.file_mb * 2**20)
        lower(resource.RLIMIT_DATA, self.memory_mb * 2**20)
        if os.geteuid() == 0:
            lower(resource.RLIMIT_NPROC, self.processes)
        else:
            os.umask(
                0o077
            )  # as root the last step does it, because bubblewrap still has to create folders before


def lower(which, value):
    try:
        resource.setrlimit(which, (value, value))
    except (
        ValueError,
        OSError,
    ):  # a lower bound is in force already, or the system has no such limit
        pass


def cgroup_roots(root=Path("/sys/fs/cgroup"), own="kratom-room"):
    """[(folder for the groups of the room, what is set in each)], empty where they can not be made."""
    if os.geteuid() != 0:
        return []
    try:
        if (root / "cgroup.controllers").exists():
            folder = root / own
            folder.mkdir(exist_ok=True)
            for place in (root, folder):
                (place / "cgroup.subtree_control").write_text("+cpu +memory +pids")
            return [
                (
                    folder,
                    lambda megabytes: [
                        ("cpu.weight", "100"),
                        ("memory.max", str(megabytes * 2**20)),
                        ("memory.swap.max", "0"),
                        ("pids.max", "400"),
                    ],
                )
            ]
        memory, cpu = root / "memory" / own, root / "cpu" / own
        memory.mkdir(exist_ok=True)
        cpu.mkdir(exist_ok=True)
        return [
            (memory, lambda megabytes: [("memory.limit_in_bytes", str(megabytes * 2**20))]),
            (cpu, lambda _: [("cpu.shares", "1024")]),
        ]
    except OSError:
        return []
