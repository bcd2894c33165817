"""The bubblewrap command line, and a clear error where bubblewrap is missing.

Inside there is the system's software, read-only, and nothing else: no network, no home, no course,
no environment.
"""

import os
import shutil
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from ... import bubblewrap
from ...bubblewrap import font_lists, missing, relocated_python
from ...errors import CourseError, Diagnostic

SYSTEM = (
    *bubblewrap.SYSTEM,
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/alternatives",
    "/etc/ssl/openssl.cnf",
)
# Users that student code runs as where the grader is root: they own nothing, and each submission
# has
# one of its own, since the kernel counts processes by user.
SANDBOX_UID = 61111  # of a kernel, which has to reach its sockets
FIRST_UID, UIDS = 0x70000000, 0x0FFFFFFF

# Capabilities the warm parent keeps in order to isolate each child. The child keeps none of them.
CAPABILITIES = (
    "CAP_SYS_ADMIN",
    "CAP_SETUID",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_KILL",
    "CAP_SYS_PTRACE",
    "CAP_DAC_READ_SEARCH",
)

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MPLCONFIGDIR": "/tmp",
    "IPYTHONDIR": "/tmp/ipython",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "NBGRADER_EXECUTION": "autograde",  # tests of nbgrader's documentation are guarded by it
    # One thread each: a fork takes no threads along, and two submissions share two cores.
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    ),
}


def bwrap_command(
    script: Path, hidden: Iterable[str | Path], shared: Path | None = None
) -> tuple[list[str], bool]:
    """Return the command that starts a Python script inside bubblewrap; its arguments follow.

    script  : the one file of the course that is visible inside
    hidden  : folders that must not be visible even where they lie below something that is
    shared  : folder that both sides may write into, inside /run/kernel (for a kernel's sockets)
    returns : (words, whether the child has to become another user)
    """
    is_root = os.geteuid() == 0
    python = relocated_python()
    words = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        *("--hostname", "quiz"),
    ]
    if not is_root:
        # As 0 of a user namespace, since for any other number bubblewrap makes a second namespace,
        # whose rights do not reach the first one's process space. Outside it stays the user.
        words += ["--unshare-user", "--uid", "0", "--gid", "0"]
    words += ["--cap-drop", "ALL"]
    for capability in CAPABILITIES:
        words += ["--cap-add", capability]
    words.append("--clearenv")
    for name, value in (ENVIRONMENT | python.environment).items():
        words += ["--setenv", name, value]
    words += ["--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
    words += system_words()
    # Made by hand: what bubblewrap makes by itself is closed to everyone but root.
    for folder in ("/run", "/run/course", "/run/python", *(inside for _, inside in python.binds)):
        words += ["--perms", "0755", "--dir", folder]
    for outside, inside in python.binds:
        words += ["--ro-bind", outside, inside]
    # The installed course carries the bank, which is the key; so may what is hidden.
    for secret in (*package_folders(), *(Path(folder).resolve() for folder in hidden)):
        if place := python.inside(secret):
            words += ["--tmpfs", place, "--remount-ro", place]
    words += ["--ro-bind", str(script), "/run/course/agent.py"]
    if shared:
        words += ["--bind", str(shared), "/run/kernel"]
    for cache in font_lists():
        words += ["--ro-bind", str(cache), f"/tmp/{cache.name}"]
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--new-session"]
    return [*words, "--", python.executable, "-s", "-P", "/run/course/agent.py"], is_root


def system_words() -> Iterator[str]:
    """Yield the words that show the system's software, read-only."""
    for path in SYSTEM:
        if Path(path).is_symlink():
            yield from ("--symlink", str(Path(path).readlink()), path)
        elif Path(path).exists():
            yield from ("--ro-bind", path, path)


def package_folders() -> Iterator[Path]:
    """Yield the installed course itself: its wheel carries the bank, which is the key."""
    for folder in {sysconfig.get_paths()[name] for name in ("purelib", "platlib")}:
        installed = Path(folder) / "kratomcourse"
        if installed.is_dir():
            yield installed


def unavailable_reason() -> str:
    """Return why bubblewrap cannot be used on this machine, or an empty string."""
    return str(missing(["--unshare-pid", "--unshare-net"]))


def require_sandbox() -> None:
    """CourseError where there are none, with what to do."""
    if why := unavailable_reason():
        raise CourseError(
            Diagnostic(
                "course grade",
                f"{why}, so code of a submission cannot be isolated.",
                "install bubblewrap (Debian: apt install bubblewrap) or grade in a Linux virtual \
machine; "
                "for submissions whose answers are plain values: --sandbox values; "
                "for work of people you trust: --sandbox none",
            )
        )
