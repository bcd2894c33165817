"""The sandbox of each person's programs: what they see, as whom they run, how much they may use.

Inside are the system's software and Python, read-only; the person's own home and their own part of
nbgrader's exchange; and the course without the keys of graded questions. No other home, no
gradebook and no process of another person. The network stays, because a notebook server has to be
reached.
"""

import contextlib
import os
import resource
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

from ..bubblewrap import SYSTEM, missing, relocated_python

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

# The last step inside: become the person's account, which drops every capability, then run.
BECOME = (
    "import os, sys; n = int(sys.argv[1]); os.setgroups([]); os.setresgid(n, n, n);"
    " os.setresuid(n, n, n); os.umask(0o077); os.chdir(os.environ['HOME']);"
    " os.execv(sys.argv[2], sys.argv[2:])"
)
# A cgroup folder, and what to write into which of its files for a bound in MB.
CgroupRoot = tuple[Path, Callable[[int], list[tuple[str, str]]]]


def sandbox_unavailable() -> str:
    """Return why this machine cannot run the sandbox, or an empty string if it can."""
    return str(missing(["--unshare-pid", "--unshare-ipc"]))


def sandboxed_command(
    name: str,
    account: int,
    mounts: Sequence[tuple[Path, str, str]],
) -> list[str]:
    """Return the bubblewrap command that a program of this person is appended to.

    name    : account name of the person
    account : their uid inside; where root opened the room, outside as well
    mounts  : [(path outside, path inside, "ro" or "rw")], with an /etc/passwd of their own
    """
    is_root = os.geteuid() == 0
    python = relocated_python().executable
    words = ["bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    words += ["--hostname", "room", "--cap-drop", "ALL"]
    if is_root:
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-user", "--uid", str(account), "--gid", str(account)]
    words += ["--perms", "1777", "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
    words += ["--perms", "1777", "--tmpfs", "/dev/shm"]
    # What bubblewrap creates by itself is closed to everyone but root.
    for folder in ("/etc", "/etc/ssl", "/var", "/home"):
        words += ["--perms", "0755", "--dir", folder]
    for path in SYSTEM:
        if Path(path).is_symlink():
            words += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            words += ["--ro-bind", path, path]
    for setting in SETTINGS:
        words += ["--ro-bind-try", f"/etc/{setting}", f"/etc/{setting}"]
    # nbgrader checks that it can write here.
    words += ["--perms", "1777", "--tmpfs", "/exchange"]
    words += python_mounts()
    for outside, inside, mode in mounts:
        words += parents(inside, without=words)
        words += ["--bind" if mode == "rw" else "--ro-bind", str(outside), inside]
    words += ["--remount-ro", "/", "--chdir", "/" if is_root else f"/home/{name}", "--"]
    return [*words, python, "-I", "-S", "-c", BECOME, str(account)] if is_root else words


def python_mounts() -> list[str]:
    """Return the words that show this Python, without a copy of the course that has the keys."""
    words, python = [], relocated_python()
    for outside, inside in python.binds:
        words += [*parents(inside), "--ro-bind", outside, inside]
    for folder in {sysconfig.get_paths()[kind] for kind in ("purelib", "platlib")}:
        if (Path(folder) / "kratomcourse").is_dir():
            shown = f"{python.inside(folder) or folder}/kratomcourse"
            words += ["--tmpfs", shown, "--remount-ro", shown]
    return words


def python_environment(packages: str, settings: str) -> dict[str, str]:
    """Return what this Python wants in its environment, in the sandbox.

    packages : the course's package, inside
    settings : a folder of Jupyter's settings, inside, which come before those of the environment
    """
    python = relocated_python()
    here = python.inside(sys.prefix) or sys.prefix  # where Jupyter's own files are installed
    return python.environment | {
        "PATH": f"{Path(python.executable).parent}:{here}/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{packages}:{python.environment['PYTHONPATH']}",
        "JUPYTER_CONFIG_PATH": f"{settings}:{here}/etc/jupyter",
        "JUPYTER_PATH": f"{here}/share/jupyter",
        "JUPYTERLAB_DIR": f"{here}/share/jupyter/lab",
    }


def parents(path: str, without: Sequence[str] = ()) -> list[str]:
    """Return the words that create the folders above a path."""
    return [
        word
        for above in reversed(Path(path).parents[:-1])
        if str(above) not in without
        for word in ("--perms", "0755", "--dir", str(above))
    ]


class ResourceLimits:
    """How much one person may use.

    memory_mb : memory of all programs of one person where cgroups work; else of each program
    file_mb   : longest file
    processes : processes and threads of one person, where each has an account of their own
    roots     : cgroup folders of the room; found if None
    """

    def __init__(
        self,
        memory_mb: int = 2048,
        file_mb: int = 200,
        processes: int = 400,
        roots: list[CgroupRoot] | None = None,
    ) -> None:
        self.memory_mb, self.file_mb, self.processes = memory_mb, file_mb, processes
        self.roots = cgroup_roots() if roots is None else roots

    def describe(self) -> str:
        """Return the limits in a sentence's words."""
        memory = f"{self.memory_mb} MB of memory"
        if self.roots:
            return f"each person has an equal share of the processors and {memory}"
        return (
            f"each program may use {memory}; processors are shared by priority only, "
            "because this machine gives us no cgroups"
        )

    def group(self, name: str) -> list[Path]:
        """Create a person's cgroup; return the files that take the id of a process to join it."""
        files = []
        for folder, settings in self.roots:
            own = folder / name
            own.mkdir(parents=True, exist_ok=True)
            for file, value in settings(self.memory_mb):
                # Swap accounting and the like do not exist everywhere.
                with contextlib.suppress(OSError):
                    (own / file).write_text(value)
            files.append(own / "cgroup.procs")
        return files

    def apply(self, files: Sequence[Path]) -> None:
        """Join the cgroup and set limits; runs in the child before its program does."""
        for file in files:
            with contextlib.suppress(OSError):
                file.write_text(str(os.getpid()))
        with contextlib.suppress(OSError):  # if memory runs out, not the hub
            Path("/proc/self/oom_score_adj").write_text("600")
        os.nice(5)
        lower(resource.RLIMIT_CORE, 0)
        lower(resource.RLIMIT_FSIZE, self.file_mb * 2**20)
        lower(resource.RLIMIT_DATA, self.memory_mb * 2**20)
        if os.geteuid() == 0:
            lower(resource.RLIMIT_NPROC, self.processes)
        else:
            # As root, BECOME does this: bubblewrap still has to create folders before.
            os.umask(0o077)


def lower(which: int, value: int) -> None:
    """Set a limit, unless a lower one is in force or the system does not have it."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (value, value))


def cgroup_roots(root: Path = Path("/sys/fs/cgroup"), own: str = "kratom-room") -> list[CgroupRoot]:
    """Return the cgroup folders of the room and what to set in them; empty if not permitted."""
    if os.geteuid() != 0:
        return []
    try:
        if (root / "cgroup.controllers").exists():
            folder = root / own
            folder.mkdir(exist_ok=True)
            for place in (root, folder):
                (place / "cgroup.subtree_control").write_text("+cpu +memory +pids")
            return [(folder, version_2)]
        memory, cpu = root / "memory" / own, root / "cpu" / own
        memory.mkdir(exist_ok=True)
        cpu.mkdir(exist_ok=True)
        return [
            (memory, lambda megabytes: [("memory.limit_in_bytes", str(megabytes * 2**20))]),
            (cpu, lambda _: [("cpu.shares", "1024")]),
        ]
    except OSError:
        return []


def version_2(megabytes: int) -> list[tuple[str, str]]:
    """Return the settings of a person's group in cgroup version 2."""
    return [
        ("cpu.weight", "100"),
        ("memory.max", str(megabytes * 2**20)),
        ("memory.swap.max", "0"),
        ("pids.max", "400"),
    ]
