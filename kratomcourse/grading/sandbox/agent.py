"""The program inside the sandbox: a warm interpreter that forks one child for each submission.

Started as a plain script, because in there is no course package: no bank, no gradebook, no other
submission. The child runs cells and reports what a variable holds or what a function returns. It
never scores. Every byte it sends may be forged by the code it ran, so the receiver must trust none
of it.
"""

import array
import base64
import contextlib
import ctypes
import gc
import io
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import traceback
import warnings
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import IO, Any

Settings = dict[str, Any]  # as they come in JSON

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NAMESPACES = (
    0x00020000 | 0x08000000 | 0x04000000 | 0x40000000
)  # mounts, System V memory and queues, host name, network
NEW_PROCESSES = 0x20000000
NO_SETUID_NO_DEVICES = 2 | 4
READ_ONLY = 1
LOOK_SECONDS = 0.25  # between two looks at the memory and the number of processes
DEEPEST = 12  # levels of an answer
MOST_OPEN = 1024  # files and sockets that all processes of a submission hold together


# The warm parent


def main() -> None:
    """Prepare a shell, then fork a child for each submission that the grader sends."""
    settings = json.loads(sys.argv[1])
    control = socket.socket(fileno=int(sys.argv[2]))
    shell = make_shell(settings["preload"])
    settings["mapped"], settings["reason"] = mapped_bytes(), ""
    send(control, {"ready": True})
    own_processes = os.open("/proc/self/ns/pid", os.O_RDONLY) if settings["isolated"] else None
    child: int | None = None
    while True:
        ready, _, _ = select.select([control], [], [], LOOK_SECONDS if child else None)
        if not ready:
            too_much = limit_violation(settings) if settings["isolated"] else ""
            if too_much and child:
                os.kill(child, signal.SIGKILL)
                settings["reason"] = too_much
            continue
        command, handles = receive_with_handles(control)
        if not command:  # the process that started us is gone
            if child:
                end(child, settings["isolated"])
            os._exit(0)
        match command["do"]:
            case "fork":
                settings["reason"] = ""
                child = fork(shell, settings, command, handles[0], control, own_processes)
                os.close(handles[0])
                send(control, {"pid": child})
            case "preload":
                preload(shell, command["modules"])
                settings["mapped"] = mapped_bytes()
                send(control, {"ready": True})
            case "interrupt" if child:
                os.kill(child, signal.SIGINT)
                send(control, {"sent": True})
            case "usage" if child:
                send(control, usage(child, settings["isolated"]))
            case "end" if child:
                status = end(child, settings["isolated"])
                child = None
                used = os.times()
                send(
                    control,
                    {
                        "status": status,
                        "reason": settings["reason"],
                        "cpu": used.user + used.system + used.children_user + used.children_system,
                    },
                )


def fork(
    shell: Any,
    settings: Settings,
    command: Settings,
    handle: int,
    control: socket.socket,
    own_processes: int | None,
) -> int:
    """A child in a process space of its own; all that it starts ends with it."""
    if settings["isolated"]:
        check(LIBC.unshare(NEW_PROCESSES), "unshare")
    child = os.fork()
    if child == 0:
        try:
            control.close()
            if own_processes is not None:
                os.close(own_processes)
            channel = socket.socket(fileno=os.dup(handle))
            os.close(handle)
            send(channel, {"hello": True})  # the kernel tells the receiver who says it
            isolate(settings, command)
            requests = channel.makefile("rb")
            receive_files(requests)
            (serve_kernel if command.get("kernel") else serve)(
                shell, settings, command, channel, requests
            )
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(1)
    if settings["isolated"]:
        check(LIBC.setns(own_processes, NEW_PROCESSES), "setns")
    return child


def end(child: int, isolated: bool) -> int:
    """Kill the child and with it all that it started; its wait status."""
    try:
        if not isolated:
            os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def usage(child: int, isolated: bool) -> dict[str, float]:
    """Return how long a process of the group waited for a processor, and what all used, in seconds.

    Linux counts both; where it does not say, they are 0.
    """
    group = members() if isolated else [child]
    return {
        "waited": max(map(waited, group), default=0.0),
        "cpu": sum(map(processor_time, group)),
    }


def waited(pid: int) -> float:
    """Seconds in which a process was ready to work and the machine gave it no processor."""
    try:
        with Path(f"/proc/{pid}/schedstat").open() as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def processor_time(pid: int) -> float:
    """Seconds of processor time of a process and of its children that ended."""
    try:
        with Path(f"/proc/{pid}/stat").open() as file:
            fields = file.read().rpartition(")")[2].split()
        return sum(int(fields[at]) for at in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0.0


def members() -> list[int]:
    """Pids of the submission's processes. Our own are the first two in this space."""
    return [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and int(path.name) not in (1, os.getpid())
    ]


def limit_violation(settings: Settings) -> str:
    """Why a submission has to end now, or an empty string."""
    others = members()
    if len(others) > 2 * settings["processes"]:
        return f"more than {2 * settings['processes']} processes"
    if (
        sum(map(open_files, others)) > MOST_OPEN
    ):  # what lies in sockets and pipes is memory that no process is said to have
        return f"more than {MOST_OPEN} open files and sockets in all its processes"
    limit = settings["memory_mb"] << 20
    if (
        sum(resident(pid) for pid in others) > limit
        and sum(proportional(pid) for pid in others) > limit
    ):
        return f"more than {settings['memory_mb']} MB of memory in all its processes"
    return ""


def resident(pid: int) -> int:
    """Resident memory of a process in bytes; 0 where it is gone."""
    try:
        with Path(f"/proc/{pid}/statm").open() as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def open_files(pid: int) -> int:
    """Number of open files of a process; 0 where it is gone."""
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def proportional(pid: int) -> int:
    """Memory of a process in bytes; a page that n of them share counts as an nth."""
    try:
        with Path(f"/proc/{pid}/smaps_rollup").open() as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return resident(pid)


def mapped_bytes() -> int:
    """Address space of this process in bytes."""
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def preload(shell: Any, modules: Iterable[str]) -> None:
    """Import packages once, before a submission is there; those that are missing stay missing."""
    had_figures = "matplotlib.pyplot" in sys.modules
    for name in modules:
        with contextlib.suppress(ImportError):
            __import__(name)
    if "matplotlib.pyplot" in sys.modules and not had_figures:
        shell.enable_gui = lambda gui=None: None
        shell.enable_matplotlib("inline")
        warm_caches(shell)
    gc.collect()
    gc.freeze()


def make_shell(modules: Iterable[str]) -> Any:
    """An IPython shell, and the packages that a quiz needs, imported once."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.xmode = "Plain"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.display_page = True
    shell: Any = InteractiveShell.instance(
        config=config, displayhook_class=result_hook(), display_pub_class=publisher()
    )
    preload(shell, modules)
    # HTML and scripts of a submission would run in the reader's browser.
    shell.display_formatter.active_types = ["text/plain", "text/latex", "image/png", "image/jpeg"]
    return shell


WARM_UP = """
import pandas as pd, matplotlib.pyplot as plt
from IPython.display import display
frame = pd.DataFrame({"x": range(3), "y": [0.5, 1.5, 2.5], "z": list("abc")})
display(frame, frame.groupby("z")["y"].mean(), frame.describe(), \
frame.sort_values("y").loc[frame["y"] > 1, "x"])
plt.plot(frame["x"], frame["y"], label="a line")
plt.bar(frame["z"], frame["y"])
plt.title("title")
plt.xlabel("x")
plt.legend()
plt.show()
plt.close("all")
del pd, plt, display, frame
"""


def warm_caches(shell: Any) -> None:
    """What most submissions do is done once before them: fonts are found and filled caches
    inherited, a tenth of a second for each.
    """
    shell.displayhook.capture = shell.display_pub.capture = Capture(1 << 30)
    shell.run_cell(WARM_UP, store_history=False, silent=True)
    shell.displayhook.capture = shell.display_pub.capture = None


# Isolation that the child applies to itself, inside bubblewrap's


def isolate(settings: Settings, command: Settings) -> None:
    """Put the child into namespaces, limits and a user of its own; nothing it starts can get
    out.
    """
    uid: int = settings["uid"]
    if settings["become"]:
        uid = command.get("uid") or uid
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if settings["isolated"]:
        with Path("/proc/self/oom_score_adj").open("w") as file:
            file.write("1000")
        check(LIBC.unshare(NEW_NAMESPACES), "unshare")
        options = f"size={settings['disk_mb']}m,nr_inodes=20000,mode=0700,uid={uid},gid={uid}"
        for place in ("/tmp", "/dev/shm"):
            mount("tmpfs", place, "tmpfs", NO_SETUID_NO_DEVICES, options)
        try:
            mount("proc", "/proc", "proc", NO_SETUID_NO_DEVICES, "")
        except OSError:  # a user namespace may forbid it; then there is no /proc at all
            mount("tmpfs", "/proc", "tmpfs", NO_SETUID_NO_DEVICES | READ_ONLY, "size=4k")
    set_rlimits(settings)
    if settings["isolated"]:
        drop_privileges(uid, settings["become"])
    home = command["home"]
    os.environ["HOME"] = home
    work = Path(home) / "work"
    work.mkdir(parents=True, exist_ok=True)
    os.chdir(work)
    sys.path.insert(0, "")
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)


def receive_files(requests: IO[bytes]) -> None:
    """Write the submission's files, which come over its own channel, into the working directory."""
    for name, data in json.loads(requests.readline())["files"].items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))


def set_rlimits(settings: Settings) -> None:
    """Set the limits of this process; sizes in settings are megabytes, times seconds."""
    limits = {
        resource.RLIMIT_AS: settings["mapped"] + (settings["memory_mb"] << 20),
        resource.RLIMIT_FSIZE: settings["file_mb"] << 20,
        resource.RLIMIT_CPU: int(settings["total_seconds"]) + 5,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if settings["isolated"]:  # unsandboxed, the limit would count all processes of the user
        limits[resource.RLIMIT_NPROC] = settings["processes"]
    for name, value in limits.items():
        _, hard = resource.getrlimit(name)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
    signal.signal(
        signal.SIGXFSZ, signal.SIG_IGN
    )  # a file that grows too large is an error of the cell, not the end


def drop_privileges(uid: int, become: bool) -> None:
    """Become an ordinary user without capabilities, who cannot get any back."""
    for capability in range(64):
        LIBC.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; fails beyond the last one
    if become:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header, nothing = struct.pack("=Ii", 0x20080522, 0), bytes(24)
    check(LIBC.capset(header, nothing), "capset")
    LIBC.prctl(47, 4, 0, 0, 0)  # PR_CAP_AMBIENT_CLEAR_ALL
    check(LIBC.prctl(38, 1, 0, 0, 0), "no_new_privs")
    install_seccomp()
    if os.getuid() != uid and become:
        raise PermissionError("still the old user")


class Instruction(ctypes.Structure):
    """One instruction of a BPF program, `struct sock_filter`."""

    _fields_ = [
        ("code", ctypes.c_ushort),
        ("yes", ctypes.c_ubyte),
        ("no", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    ]


class Filter(ctypes.Structure):
    """A BPF program, `struct sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(Instruction))]


# System calls that a submission may make, as ranges; everything else is refused. Left out are,
# among others: namespaces, mounts, tracing, keys, bpf, io_uring, userfaultfd, performance events,
# modules, handles, clock, log, reading another process; memory that no process is said to have
# (memfd, System V, asynchronous I/O, vmsplice, tee); leaving one's processor; and what lets
# submissions side by side signal each other through files they share (inotify, fanotify, flock).
ALLOWED = {
    "x86_64": (
        (0, 27), (32, 40), (42, 52), (55, 55), (57, 63), (74, 100), (102, 102), (104, 104),
        (107, 112), (115, 115), (118, 118), (120, 121), (124, 124), (127, 132), (137, 138),
        (140, 141), (143, 147), (157, 158), (160, 160), (186, 187), (191, 196), (200, 202),
        (204, 204), (213, 213), (217, 219), (221, 226), (228, 235), (247, 247), (257, 258),
        (260, 260), (262, 271), (273, 274), (277, 277), (280, 293), (295, 296), (299, 299),
        (302, 302), (307, 307), (309, 309), (316, 316), (318, 318), (322, 322), (324, 324),
        (326, 328), (332, 332), (334, 334), (436, 437), (439, 439), (441, 441), (449, 449),
        (452, 452),
    ),
    "aarch64": (
        (8, 13), (17, 17), (19, 24), (29, 29), (34, 38), (43, 50), (52, 57), (59, 59), (61, 74),
        (78, 80), (82, 88), (93, 96), (98, 103), (107, 111), (113, 115), (119, 121), (123, 126),
        (128, 141), (148, 148), (150, 150), (153, 158), (160, 160), (163, 169), (172, 179),
        (200, 207), (209, 216), (221, 223), (226, 227), (232, 232), (242, 243), (260, 261),
        (269, 269), (276, 276), (278, 278), (281, 281), (283, 283), (285, 287), (291, 291),
        (293, 293), (436, 437), (439, 439), (441, 441), (449, 449), (452, 452),
    ),
}  # fmt: skip
# (architecture, clone, clone3, socket, socketpair, setsockopt, fcntl, madvise)
NUMBERS = {
    "x86_64": (0xC000003E, 56, 435, 41, 53, 54, 72, 28),
    "aarch64": (0xC00000B7, 220, 435, 198, 199, 208, 25, 233),
}
AF_UNIX = 1
SO_SNDBUF, SO_SNDBUFFORCE = 7, 32
F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ = 1024, 1026, 1031
MADV_HUGEPAGE = 14
CLONE_NEW = 0x7E020000  # flags of clone that make namespaces
LOAD, EQUAL, AT_LEAST, ABOVE, BITS, RETURN = 0x20, 0x15, 0x35, 0x25, 0x45, 0x06
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97


def install_seccomp() -> None:
    """Allow the system calls of the list alone; on other machines only the namespaces hold."""
    if os.uname().machine not in NUMBERS:
        return
    made = seccomp_program(os.uname().machine)
    filled = (Instruction * len(made))(*(Instruction(*line) for line in made))
    check(LIBC.prctl(22, 2, ctypes.byref(Filter(len(made), filled)), 0, 0), "seccomp")


def seccomp_program(machine: str) -> list[tuple[int, int, int, int]]:
    """Return the filter as instructions of BPF: (code, jump if true, jump if false, value)."""
    architecture, clone, clone3, open_socket, socketpair, setsockopt, fcntl, madvise = NUMBERS[
        machine
    ]
    program = [
        (LOAD, 0, 0, 4), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0),
        (AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, ERROR | EPERM),  # the x32 twins of all calls
        # The flags of clone3 lie in memory; the C library falls back to clone.
        (EQUAL, 0, 1, clone3), (RETURN, 0, 0, ERROR | ENOSYS),
    ]  # fmt: skip
    # A socket's buffer stays as small as it is made, and a pipe's: what lies in it is nobody's
    # memory.
    program += refuse_values(setsockopt, 2, (SO_SNDBUF, SO_SNDBUFFORCE))
    program += refuse_values(fcntl, 1, (F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ))
    program += refuse_values(madvise, 2, (MADV_HUGEPAGE,))
    for call in (open_socket, socketpair):
        program += [
            (EQUAL, 0, 4, call),
            (LOAD, 0, 0, 16),
            (EQUAL, 1, 0, AF_UNIX),
            (RETURN, 0, 0, ERROR | EAFNOSUPPORT),
            (RETURN, 0, 0, ALLOW),
        ]
    program += [
        (EQUAL, 0, 4, clone),
        (LOAD, 0, 0, 16),
        (BITS, 0, 1, CLONE_NEW),
        (RETURN, 0, 0, ERROR | EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    for first, last in ALLOWED[machine]:
        program += [(AT_LEAST, 0, 2, first), (ABOVE, 1, 0, last), (RETURN, 0, 0, ALLOW)]
    return [*program, (RETURN, 0, 0, ERROR | EPERM)]


def refuse_values(
    call: int, argument: int, values: Iterable[int]
) -> list[tuple[int, int, int, int]]:
    """Return the instructions that allow a call unless one argument has one of some values."""
    refusals = [
        line for value in values for line in ((EQUAL, 0, 1, value), (RETURN, 0, 0, ERROR | EPERM))
    ]
    return [
        (EQUAL, 0, len(refusals) + 2, call),
        (LOAD, 0, 0, 16 + 8 * argument),
        *refusals,
        (RETURN, 0, 0, ALLOW),
    ]


def mount(what: str, where: str, kind: str, flags: int, options: str) -> None:
    """Call mount(2); raises `OSError` when it fails."""
    check(
        LIBC.mount(what.encode(), where.encode(), kind.encode(), flags, options.encode()),
        f"mount {where}",
    )


def check(result: int, what: str) -> None:
    """Raise `OSError` with errno where a system call failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


# The child: cells, answers, calls


def serve(
    shell: Any, settings: Settings, command: Settings, channel: socket.socket, requests: IO[bytes]
) -> None:
    """Do what is asked, one line of JSON for each question, until nobody asks any more."""
    capture = Capture(settings["output_kb"] << 10)
    shell.displayhook.capture = shell.display_pub.capture = capture
    shell._showtraceback = capture.error
    sys.stdout, sys.stderr = Stream(capture, "stdout"), Stream(capture, "stderr")
    me = os.getpid()
    for line in requests:
        asked = json.loads(line)
        try:
            match asked["do"]:
                case "run":
                    answer = run(shell, capture, asked["source"])
                case "value":
                    answer = {"value": value_of(shell, asked["name"], settings["answer_kb"] << 10)}
                case "call":
                    answer = {
                        "values": results(
                            shell, asked["name"], asked["cases"], settings["answer_kb"] << 10
                        )
                    }
        except BaseException as error:
            answer = {"raised": type(error).__name__}
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.getpid() != me:  # a cell forked and came back twice
            os._exit(0)
        send(channel, answer | {"number": asked["number"]})


def run(shell: Any, capture: "Capture", source: str) -> Settings:
    """Run a cell; returns its outputs and whether it failed."""
    capture.start()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        done = shell.run_cell(source, store_history=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return {
        "outputs": capture.taken(),
        "count": shell.execution_count - 1,
        "success": bool(done.success),
    }


def value_of(shell: Any, name: str, limit: int) -> Any:
    """A variable's value, encoded as JSON of bounded size."""
    if name not in shell.user_ns:
        return {"$": "missing"}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return encode_bounded(shell.user_ns[name], limit)


def results(shell: Any, name: str, cases: list[Any], limit: int) -> Any:
    """What the function returns for each list of arguments; an error is no value, and what it
    prints is not kept.
    """
    if name not in shell.user_ns:
        return {"$": "missing"}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    function, values, old = shell.user_ns[name], [], (sys.stdout, sys.stderr)
    sys.stdout = sys.stderr = NullStream()
    try:
        for arguments in cases:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    value = function(*arguments)
                    value = value.tolist() if hasattr(value, "tolist") else value
                    values.append(encode_bounded(value, limit // max(len(cases), 1)))
                except Exception:
                    values.append({"$": "raised"})
    finally:
        sys.stdout, sys.stderr = old
    return values


def encode_bounded(value: Any, limit: int) -> Any:
    """Encode a value; one whose JSON exceeds `limit` characters is replaced by its type."""
    written = encode_value(value, DEEPEST, [limit // 8])
    return (
        written
        if len(json.dumps(written)) <= limit
        else {"$": "other", "type": "an answer that is too large"}
    )


def encode_value(value: Any, depth: int, budget: list[int]) -> Any:
    """A value as JSON that keeps apart what marking keeps apart; what is no plain value becomes the
    name of its type.
    """
    budget[0] -= 1
    if depth == 0 or budget[0] < 0:
        return {"$": "other", "type": "an answer that is too large"}
    if value is None or type(value) is bool:
        return value
    if isinstance(value, str):
        return str(value)
    if (number := encode_number(value)) is not None:
        return number
    if isinstance(value, (list, tuple, set, frozenset)):
        inner = encode_entries(value, depth, budget)
        if isinstance(value, list):
            return inner
        return {"$": "tuple" if isinstance(value, tuple) else "set", "of": inner}
    if isinstance(value, dict):
        pairs = encode_entries(value.items(), depth, budget, pair=True)
        return {"$": "dict", "of": pairs}
    return {"$": "other", "type": type(value).__name__}


def encode_number(value: Any) -> Any:
    """A number as JSON; None for what is no number."""
    if type(value) is int and value.bit_length() <= 1024:
        return value
    if type(value) is float:
        return value if value - value == 0 else {"$": "float", "value": repr(value)}
    # An int or float of a class of its own, a number of numpy, or one that is too long.
    if not isinstance(value, Real):
        return None
    kind = type(value).__name__
    try:
        plain: Any = int(value) if isinstance(value, Integral) else float(value)
    except (OverflowError, ValueError):
        return {"$": "other", "type": kind}
    if isinstance(plain, int) and plain.bit_length() > 1024:
        return {"$": "other", "type": "a very long number"}
    return {"$": "real", "type": kind, "value": repr(plain)}


def encode_entries(
    values: Iterable[Any], depth: int, budget: list[int], pair: bool = False
) -> list[Any]:
    """Entries of a container as JSON, as many as the budget allows."""
    inner: list[Any] = []
    for entry in values:
        if budget[0] < 0:
            break
        if pair:
            inner.append([encode_value(one, depth - 1, budget) for one in entry])
        else:
            inner.append(encode_value(entry, depth - 1, budget))
    return inner


class Capture:
    """Outputs of the running cell in the form of a notebook, up to a number of bytes for the whole
    submission.
    """

    def __init__(self, limit: int) -> None:
        self.left = limit
        self.outputs: list[Settings] = []

    def start(self) -> None:
        """Forget the outputs of the cell before."""
        self.outputs = []

    def taken(self) -> list[Settings]:
        """The outputs; text that was written piece by piece is put together only now."""
        return [
            output | {"text": "".join(output["text"])}
            if output["output_type"] == "stream"
            else output
            for output in self.outputs
        ]

    def fits(self, size: int) -> bool:
        """Whether the submission may still write `size` characters; takes them off."""
        if self.left < 0:
            return False
        self.left -= size
        if self.left < 0:
            self.outputs.append(
                {
                    "output_type": "stream",
                    "name": "stdout",
                    "text": [
                        "\n... The rest of the output was cut off: there was too much of it ...\n"
                    ],
                }
            )
        return self.left >= 0

    def text(self, name: str, text: str) -> None:
        """Append text of a stream."""
        if not self.fits(len(text)):
            return
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == name:
            last["text"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "text": [text]})

    def shown(self, kind: str, data: Mapping[str, Any], count: int | None = None) -> None:
        """Append a rich output; binary data is encoded in base64."""
        data = {
            mime: base64.b64encode(content).decode() if isinstance(content, bytes) else content
            for mime, content in data.items()
        }
        data = {mime: content for mime, content in data.items() if isinstance(content, str)}
        if self.fits(sum(map(len, data.values()))):
            output = {"output_type": kind, "data": data, "metadata": {}}
            self.outputs.append(output if count is None else output | {"execution_count": count})

    def error(self, kind: Any, value: Any, lines: Iterable[Any]) -> None:
        """Append an error with at most 100 lines of its traceback."""
        if self.fits(1000):
            lines = [str(line)[:8000] for line in lines][:100]
            self.outputs.append(
                {
                    "output_type": "error",
                    "ename": kind.__name__[:100],
                    "evalue": str(value)[:2000],
                    "traceback": lines,
                }
            )


class Stream(io.TextIOBase):
    """Standard output or error of a submission, written into the capture."""

    def __init__(self, capture: Capture, name: str) -> None:
        self.capture, self.name = capture, name

    encoding = "utf-8"

    def writable(self) -> bool:
        """Always true."""
        return True

    def isatty(self) -> bool:
        """Always false."""
        return False

    def write(self, text: str) -> int:
        """Capture the text; returns its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.capture.text(self.name, text)
        return len(text)


class NullStream(io.TextIOBase):
    """A stream that drops what is written."""

    def writable(self) -> bool:
        """Always true."""
        return True

    def write(self, text: str) -> int:
        """Drop the text; returns its length."""
        return len(text)


def result_hook() -> Any:
    """Class of a display hook that captures results."""
    from IPython.core.displayhook import DisplayHook

    class BoundedDisplayHook(DisplayHook):
        capture: Capture

        def start_displayhook(self) -> None:
            pass

        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            self.capture.shown("execute_result", format_dict, self.prompt_count)

        def finish_displayhook(self) -> None:
            pass

    return BoundedDisplayHook


def publisher() -> Any:
    """Class of a display publisher that captures rich outputs."""
    from IPython.core.displaypub import DisplayPublisher

    class BoundedPublisher(DisplayPublisher):
        capture: Capture

        def publish(self, data: Any, metadata: Any = None, *arguments: Any, **options: Any) -> None:
            self.capture.shown("display_data", data)

        def clear_output(self, wait: bool = False) -> None:
            self.capture.outputs.clear()

    return BoundedPublisher


def serve_kernel(
    shell: Any, settings: Settings, command: Settings, channel: socket.socket, requests: IO[bytes]
) -> None:
    """Become a Jupyter kernel that listens where the connection file says."""
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.clear_instance()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from ipykernel.iostream import IOPubThread
    from ipykernel.kernelapp import IPKernelApp

    if settings["isolated"]:
        # The pipe for what forked processes print is a TCP socket. There is no network here, and
        # ZeroMQ aborts the process when it may not ask for the network's interfaces.
        thread_class: Any = IOPubThread
        thread_class._setup_pipe_in = lambda thread: setattr(thread, "_pipe_flag", False)
    IPKernelApp.launch_instance(argv=command["kernel"])


# Words on a socket


def send(channel: socket.socket, command: Settings) -> None:
    """Write one message, a line of JSON."""
    channel.sendall(json.dumps(command).encode() + b"\n")


def receive_with_handles(channel: socket.socket) -> tuple[Any, list[int]]:
    """One line of JSON, and the open files that came with it; (None, []) at the end."""
    data = b""
    handles: list[int] = []
    while not data.endswith(b"\n"):
        part, extra, _, _ = channel.recvmsg(1 << 20, socket.CMSG_SPACE(4 * 4))
        for level, kind, content in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers = array.array("i")
                numbers.frombytes(content[: len(content) - len(content) % numbers.itemsize])
                handles += numbers
        if not part:
            return None, []
        data += part
    return json.loads(data), handles


if __name__ == "__main__":
    main()
