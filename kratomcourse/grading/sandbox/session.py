"""A sandbox: one warm interpreter inside bubblewrap, which runs one submission at a time.

A session runs cells, reads variables and calls functions, and can always be ended. Replies are read
up to a limit and parsed as JSON; they are never unpickled or evaluated.
"""

import array
import base64
import contextlib
import json
import math
import os
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from .bwrap import ENVIRONMENT, FIRST_UID, SANDBOX_UID, UIDS, bwrap_command
from .cgroup import SubmissionGroup, accounting, new_group
from .limits import Limits

SCRIPT = Path(__file__).with_name("agent.py")
PRELOAD = ("numpy", "pandas", "matplotlib.pyplot")
LIGHT_PRELOAD = ("numpy",)  # for a few submissions; the rest when one of them needs it
START_SECONDS = 120
HELLO_SECONDS = 30
CREDENTIALS = struct.Struct("3i")  # of a process: pid, uid, gid
OVERHEAD_KB = 512  # of JSON around the outputs of one cell
ANSWER_OVERHEAD_KB = 16  # of JSON around answers
TOTAL_OVERHEAD_KB = 2048  # of JSON around everything that a submission says
ESCAPED = 6  # bytes of JSON for one character of output, at most
PATIENCE = 4  # times the time of a submission, on a machine that has no processor for it

Command = dict[str, Any]


class SessionEnded(Exception):
    """The submission's process is gone, or had to be ended; the text says why."""


class SandboxCrashed(Exception):
    """The warm interpreter itself is gone, which no submission can bring about.

    The machine's memory ran out, or someone ended it.
    """


class SandboxUnavailable(Exception):
    """The warm interpreter does not start on this machine, whatever should run in it."""


class CellReply(NamedTuple):
    """What running one cell gave, as the submission's process says it: all of it may be forged."""

    outputs: list[Any]
    execution_count: int | None = None
    interrupted: bool = False  # measured here, so this one is true
    success: bool = True


class Sandbox:
    """One warm interpreter; starts sessions for one submission after the other."""

    def __init__(
        self,
        limits: Limits,
        isolation: str = "bubblewrap",
        hidden: Sequence[str | Path] = (),
        preload: Sequence[str] = PRELOAD,
        shared: Path | None = None,
    ) -> None:
        """Describe a sandbox; it starts with `open`, or with the first session.

        limits    : of every submission
        isolation : bubblewrap, or none: then code runs as the user who grades
        hidden    : folders of the instructor, never visible inside
        preload   : modules that are imported once, before the first submission
        shared    : folder for a kernel's sockets
        """
        self.limits, self.isolated = limits, isolation == "bubblewrap"
        self.hidden, self.preload, self.shared = hidden, preload, shared
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.errors: IO[bytes] | None = None
        self.home: str | None = None
        self.ready = False
        self.cpu_seconds = 0.0  # of the interpreter and all sessions, as far as it said
        self.starter_results: dict[Any, dict[str, Any]] = {}  # kept for the grader

    def open(self) -> None:
        """Start the warm interpreter, unless it is starting, and wait until it is ready.

        raises : SandboxUnavailable
        """
        if self.process is None or self.control is None:
            self.launch()
        assert self.control is not None
        try:
            read_line(self.control, time.monotonic() + START_SECONDS, 1 << 16)
        except (SessionEnded, TimeoutError):
            said = self.said()
            self.close()
            raise SandboxUnavailable(said or "it said nothing") from None
        self.ready = True

    def launch(self) -> None:
        """Start the warm interpreter without waiting for it."""
        self.control, theirs = socket.socketpair()
        os.set_inheritable(theirs.fileno(), True)
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
        settings = self.limits.model_dump() | {
            "isolated": self.isolated,
            "preload": self.preload,
            "uid": 0,
            "become": False,
        }
        environment: dict[str, str] = {}
        if self.isolated:
            command, become = bwrap_command(SCRIPT, self.hidden, self.shared)
            settings |= {"become": become, "uid": SANDBOX_UID if become else 0}
        else:
            command = [sys.executable, "-s", "-P", str(SCRIPT)]
            self.home = tempfile.mkdtemp(prefix="course-sandbox-")
            environment = {**os.environ} | {
                name: value
                for name, value in ENVIRONMENT.items()
                if name not in ("PATH", "HOME", "LANG")
            }
            environment |= {
                "MPLCONFIGDIR": f"{self.home}/mpl",
                "IPYTHONDIR": f"{self.home}/ipython",
            }
        self.process = subprocess.Popen(
            [*command, json.dumps(settings), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            start_new_session=True,
        )
        theirs.close()

    def ensure(self, modules: Sequence[str]) -> None:
        """Have the warm interpreter import packages that it has not yet.

        raises : SandboxCrashed, SandboxUnavailable
        """
        missing = [name for name in modules if name not in self.preload]
        if not missing:
            return
        self.preload = (*self.preload, *missing)
        if self.process is None:
            return  # it will start with them
        self.start_if_needed()
        try:
            self.send_command({"do": "preload", "modules": missing}, seconds=START_SECONDS)
        except (SessionEnded, TimeoutError, OSError, ValueError):
            self.close()
            raise SandboxCrashed("it did not import the usual packages") from None

    def start_if_needed(self, test: bool = True) -> None:
        """Start or restart the interpreter where it does not run."""
        if self.process is not None and self.process.poll() is None and self.ready:
            return
        if self.process is not None and self.process.poll() is not None:
            self.close()
        self.open()
        if test:
            self.self_test()

    def said(self) -> str:
        """Return the last lines that the interpreter wrote about its own faults."""
        if self.errors is None:
            return ""
        self.errors.seek(0)
        return self.errors.read()[-2000:].decode(errors="replace").strip()

    def close(self) -> None:
        """End the interpreter and all that is inside."""
        self.ready = False
        if self.control:
            self.control.close()  # it ends itself when nobody listens any more
            self.control = None
        if self.process:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        if self.errors:
            self.errors.close()
            self.errors = None
        if self.home:
            shutil.rmtree(self.home, ignore_errors=True)
            self.home = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def send_command(
        self, command: Command, handle: int | None = None, seconds: float = 30
    ) -> Command:
        """Send one command to the warm interpreter, with an open file if any, and return its reply.

        raises : SessionEnded, OSError, ValueError where the interpreter is gone
        """
        if self.control is None:
            raise SessionEnded("the sandbox is closed")
        line = json.dumps(command).encode() + b"\n"
        if handle is None:
            self.control.sendall(line)
        else:
            carried = array.array("i", [handle])
            sent = self.control.sendmsg([line], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, carried)])
            self.control.sendall(line[sent:])
        reply = json.loads(read_line(self.control, time.monotonic() + seconds, 1 << 16))
        return dict(reply)

    def start(self, files: Mapping[str, bytes] | None = None, **command: Any) -> "SandboxSession":
        """Start a session for one submission; starts or restarts the interpreter where needed.

        files  : relative name -> content, laid into the session's working directory
        raises : SandboxCrashed, SandboxUnavailable
        """
        self.start_if_needed(test="kernel" not in command)
        home = "/tmp/home" if self.isolated else tempfile.mkdtemp(dir=self.home)
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        group: SubmissionGroup | None = None
        with theirs:
            try:
                group = new_group(accounting(), self.limits) if self.isolated else None
                uid = {} if "kernel" in command else {"uid": FIRST_UID + secrets.randbelow(UIDS)}
                self.send_command({"do": "fork", "home": home} | uid | command, theirs.fileno())
                pid = read_hello(ours)
                if group is not None:
                    group.add(pid)
            except (SessionEnded, TimeoutError, OSError, ValueError):
                ours.close()
                if group is not None:
                    group.remove()
                self.close()
                raise SandboxCrashed("it did not start a session") from None
        session = SandboxSession(self, ours, home, group)
        session.send_files(files or {})
        return session

    def self_test(self) -> None:
        """Run one plain cell; better no scores at all than a class of zeros.

        raises : SandboxUnavailable where it does not run
        """
        session = self.start()
        try:
            outputs = session.run("6 * 7").outputs
        except SessionEnded as error:
            outputs = [{"evalue": str(error), "said": self.said()[-1000:]}]
        finally:
            session.end()
        if [output.get("data", {}).get("text/plain") for output in outputs] != ["42"]:
            self.close()
            raise SandboxUnavailable(f"a plain cell does not run in it: {outputs}")


class SandboxSession:
    """One submission inside; `end` is the only thing that surely ends it."""

    def __init__(
        self,
        sandbox: Sandbox,
        channel: socket.socket,
        home: str,
        group: SubmissionGroup | None = None,
    ) -> None:
        self.sandbox, self.home, self.group = sandbox, home, group
        self.channel: socket.socket | None = channel
        self.deadline = time.monotonic() + sandbox.limits.total_seconds
        self.waited = 0.0  # seconds in which it was ready to work and had no processor
        self.parts: list[bytes] = []
        self.number, self.why, self.sandbox_died = 0, "", False
        self.cpu_before = 0.0  # processor time of all its processes before this request
        self.left = (ESCAPED * sandbox.limits.output_kb + TOTAL_OVERHEAD_KB) << 10

    def send_files(self, files: Mapping[str, bytes]) -> None:
        """Send the submission's files over its own channel, after the fork.

        So the warm interpreter, from whose memory the next submission is forked, never holds them.
        """
        encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
        line = json.dumps({"files": encoded}).encode() + b"\n"
        with contextlib.suppress(SessionEnded, OSError):  # the first request says what went wrong
            send_with_deadline(self.open_channel, line, self.deadline)

    @property
    def open_channel(self) -> socket.socket:
        """The channel; SessionEnded where it is closed."""
        if self.channel is None:
            raise SessionEnded(self.why or "it was ended")
        return self.channel

    def run(self, source: str) -> CellReply:
        """Run one cell; raises SessionEnded where the process did not survive it."""
        answer, interrupted = self.request({"do": "run", "source": source})
        outputs, count = answer.get("outputs"), answer.get("count")
        return CellReply(
            outputs if isinstance(outputs, list) else [],
            count if isinstance(count, int) else None,
            interrupted,
            answer.get("success") is not False,
        )

    def value(self, name: str) -> Any:
        """Return what a variable holds, as `answers.read_answer` reads it."""
        return self.request({"do": "value", "name": name})[0].get("value", {"$": "raised"})

    def results(self, name: str, cases: Sequence[Any]) -> Any:
        """Return what a function returns for each list of arguments, or that it is missing."""
        return self.request({"do": "call", "name": name, "cases": cases})[0].get("values")

    def request(self, command: Command) -> tuple[Command, bool]:
        """Return the reply to a command, and whether it had to be interrupted.

        raises : SessionEnded where there is none; SandboxCrashed where the interpreter is gone
        """
        if self.why:
            raise SessionEnded(self.why)
        self.number += 1
        limits = self.sandbox.limits
        line = json.dumps(command | {"number": self.number}).encode() + b"\n"
        # Bounded on this side too, one reply and all of them: what is forged inside may be made to
        # keep its reader busy.
        most = (
            limits.output_kb + OVERHEAD_KB
            if command["do"] == "run"
            else limits.answer_kb + ANSWER_OVERHEAD_KB
        ) << 10
        interrupted = False
        try:
            self.cpu_before = self.cpu_used()
            send_with_deadline(self.open_channel, line, self.deadline + self.waited)
            try:
                raw = self.read_reply(limits.cell_seconds, most, self.deadline)
            except TimeoutError:
                interrupted = True
                self.sandbox.send_command({"do": "interrupt"})
                try:
                    raw = self.read_reply(limits.grace_seconds, most)
                except TimeoutError:
                    raise SessionEnded(
                        f"it ran longer than {limits.cell_seconds:g} s and did not stop when asked"
                    ) from None
                if time.monotonic() >= self.deadline + self.waited:
                    self.why = f"it ran longer than {limits.total_seconds:g} s in all"
            if command["do"] == "run":
                self.left -= len(raw)
            if self.left < 0:
                raise SessionEnded(f"it printed more than {limits.output_kb} KB in all")
            answer = json.loads(raw)
        except (SessionEnded, OSError) as error:
            self.end(str(error) if isinstance(error, SessionEnded) else "its process ended")
            if self.sandbox_died:
                raise SandboxCrashed("it ended while a submission was in it") from None
            raise SessionEnded(self.why) from None
        except (ValueError, RecursionError):
            self.end("it wrote something else into the channel for answers")
            raise SessionEnded(self.why) from None
        if not isinstance(answer, dict) or answer.get("number") != self.number:
            self.end("it spoke out of turn in the channel for answers")
            raise SessionEnded(self.why)
        return answer, interrupted

    def read_reply(self, seconds: float, most: int, deadline: float = math.inf) -> bytes:
        """Return one line, for which the submission has so many seconds.

        Those in which it waited for a processor do not count, as long as all its processes together
        have not used that much processor time: on a machine that others keep busy an honest cell
        takes longer than it should, and a storm of processes gains nothing.
        """
        start, before = time.monotonic(), self.waited
        while True:
            until = min(start + seconds - before, deadline) + self.waited
            try:
                return read_line(self.open_channel, until, most, self.parts)
            except TimeoutError:
                waited, cpu = self.used()
                if cpu - self.cpu_before >= seconds:
                    raise  # it had its time, whatever some of its processes waited for
                most_waited = (PATIENCE - 1) * self.sandbox.limits.total_seconds
                self.waited = max(self.waited, min(waited, most_waited))
                if min(start + seconds - before, deadline) + self.waited < time.monotonic() + 0.05:
                    raise

    def used(self) -> tuple[float, float]:
        """Return the seconds (in which one of its processes waited, of processor time of all)."""
        reply = self.sandbox.send_command({"do": "usage"})
        by_group = self.cpu_of_group()
        cpu = by_group if by_group is not None else float(reply.get("cpu", 0.0))
        return float(reply.get("waited", 0.0)), cpu

    def cpu_used(self) -> float:
        """Return the seconds of processor time of all its processes."""
        by_group = self.cpu_of_group()
        return by_group if by_group is not None else self.used()[1]

    def cpu_of_group(self) -> float | None:
        """Return the same as the kernel counts it, where a cgroup may be made; else None."""
        return self.group.cpu_seconds() if self.group is not None else None

    def end(self, why: str = "") -> str:
        """End everything the submission started. Returns why it ended before, if it did."""
        if self.channel is None:
            return self.why
        self.channel.close()
        self.channel = None
        by_group = self.group.violation() if self.group is not None else ""
        try:
            reply = self.sandbox.send_command({"do": "end"})
            reason = reply.get("reason") or by_group
            self.sandbox.cpu_seconds = reply.get("cpu", 0.0)
            if why == "its process ended":
                why = f"its process ended ({reason or how_it_ended(reply['status'])})"
        except (SessionEnded, OSError, ValueError, KeyError, TimeoutError):
            self.sandbox.close()  # the next session gets a new interpreter
            self.sandbox_died = True
        if self.group is not None:
            self.group.remove()
        if self.home and not self.sandbox.isolated:
            shutil.rmtree(self.home, ignore_errors=True)
        self.why = self.why or why
        return self.why


def how_it_ended(status: int) -> str:
    """Return the words for a wait status."""
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"


def read_hello(channel: socket.socket) -> int:
    """Return the process id of the new child, as the kernel says it and as this side counts.

    raises : SessionEnded, TimeoutError, OSError, ValueError where it says nothing of the kind
    """
    ready, _, _ = select.select([channel], [], [], HELLO_SECONDS)
    if not ready:
        raise TimeoutError
    data, extra, _, _ = channel.recvmsg(1 << 12, socket.CMSG_SPACE(CREDENTIALS.size))
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
    for level, kind, content in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS) and data.endswith(b"\n"):
            return int(CREDENTIALS.unpack(content)[0])
    raise ValueError("no hello")


def send_with_deadline(channel: socket.socket, data: bytes, deadline: float) -> None:
    """Send all of the data; raises SessionEnded where nobody takes it in time."""
    channel.setblocking(False)
    view = memoryview(data)
    while view:
        _, ready, _ = select.select([], [channel], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise SessionEnded("it did not listen any more")
        view = view[channel.send(view) :]


def read_line(
    channel: socket.socket, deadline: float, most: int, parts: list[bytes] | None = None
) -> bytes:
    """Return bytes up to the end of a line.

    most   : bytes; SessionEnded for more, and where the other side is gone
    parts  : where what came is kept when the time is over, for the next try
    raises : TimeoutError
    """
    parts = [] if parts is None else parts
    size = sum(map(len, parts))
    while True:
        ready, _, _ = select.select([channel], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise TimeoutError
        try:
            part = channel.recv(1 << 18)
        except (ConnectionResetError, BlockingIOError):
            part = b""
        if not part:
            raise SessionEnded("its process ended")
        parts.append(part)
        size += len(part)
        if size > most:
            raise SessionEnded(f"it said more than {most >> 10} KB at once")
        if part.endswith(b"\n"):
            whole = b"".join(parts)
            parts.clear()
            return whole
