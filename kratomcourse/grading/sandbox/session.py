"""A sandbox: one warm interpreter inside bubblewrap, which runs one submission at a time.

A session runs cells, reads variables and calls functions, and can always be ended. Replies are read up to a limit and
parsed as JSON; they are never unpickled or evaluated.
"""

import array
import base64
import json
import math
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .bwrap import ENVIRONMENT, SANDBOX_UID, bwrap_command, python_folders

SCRIPT = Path(__file__).with_name("agent.py")
PRELOAD = ("numpy", "pandas", "matplotlib.pyplot")
START_SECONDS = 120
OVERHEAD_KB = 512  # of JSON around outputs
ANSWER_OVERHEAD_KB = 16  # of JSON around answers
PATIENCE = 4  # times the time of a submission, on a machine that has no processor for it


class SessionEnded(Exception):
    """The submission's process is no more, or had to be ended; the text says why."""


class SandboxCrashed(Exception):
    """The warm interpreter itself is gone, which no submission can bring about: the machine's memory ran out, or somebody ended it."""


class SandboxUnavailable(Exception):
    """The warm interpreter does not start on this machine, whoever should be let in."""


class Sandbox:
    def __init__(self, limits, isolation="bubblewrap", hidden=(), preload=PRELOAD, shared=None):
        """
        limits  : Limits of every submission
        sandbox : bubblewrap, or none: then code runs as the user who grades
        hidden  : folders of the instructor, never visible inside
        shared  : folder for a kernel's sockets
        """
        self.limits, self.isolated = limits, isolation == "bubblewrap"
        self.hidden, self.preload, self.shared = hidden, preload, shared
        self.process = self.control = self.home = None
        self.cpu_seconds = 0.0  # of the interpreter and all visits, as far as told

    def open(self):
        """Start the warm interpreter and wait until it is ready."""
        self.control, theirs = socket.socketpair()
        os.set_inheritable(theirs.fileno(), True)
        self.errors = tempfile.TemporaryFile()
        settings = self.limits.model_dump() | {
            "isolated": self.isolated,
            "preload": self.preload,
            "uid": 0,
            "become": False,
            "python": python_folders(),
        }
        if self.isolated:
            command, become = bwrap_command(SCRIPT, self.hidden, self.shared)
            settings |= {"become": become, "uid": SANDBOX_UID if become else 0}
            environment = {}
        else:
            command, environment = (
                [sys.executable, "-s", "-P", str(SCRIPT)],
                os.environ
                | {
                    name: ENVIRONMENT[name]
                    for name in ENVIRONMENT
                    if name not in ("PATH", "HOME", "LANG")
                },
            )
            self.home = tempfile.mkdtemp(prefix="course-sandbox-")
            environment |= {
                "MPLCONFIGDIR": os.path.join(self.home, "mpl"),
                "IPYTHONDIR": os.path.join(self.home, "ipython"),
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
        try:
            read_line(self.control, time.monotonic() + START_SECONDS, 1 << 16)
        except SessionEnded:
            self.errors.seek(0)
            reply = self.errors.read()[-2000:].decode(errors="replace").strip()
            self.close()
            raise SandboxUnavailable(reply or "it said nothing") from None

    def close(self):
        """End the interpreter and all that is inside."""
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
            self.errors.close()
        if self.home:
            shutil.rmtree(self.home, ignore_errors=True)
            self.home = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def send_command(self, command, handle=None):
        """One order to the warm interpreter, and its answer."""
        line = json.dumps(command).encode() + b"\n"
        if handle is None:
            self.control.sendall(line)
        else:
            carried = array.array("i", [handle])
            sent = self.control.sendmsg([line], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, carried)])
            self.control.sendall(line[sent:])
        return json.loads(read_line(self.control, time.monotonic() + 30, 1 << 16))

    def start(self, files=None, **command):
        """Start a session for one submission; starts or restarts the interpreter where needed."""
        if self.process is None or self.process.poll() is not None:
            self.close()
            self.open()
            if "kernel" not in command:
                self.self_test()
        home = "/tmp/home" if self.isolated else tempfile.mkdtemp(dir=self.home)
        ours, theirs = socket.socketpair()
        with theirs:
            encoded = {
                name: base64.b64encode(data).decode() for name, data in (files or {}).items()
            }
            try:
                self.send_command(
                    {"do": "fork", "home": home, "files": encoded} | command, theirs.fileno()
                )
            except (SessionEnded, OSError, ValueError):
                ours.close()
                self.close()
                raise SandboxCrashed("it did not let the submission in") from None
        return SandboxSession(self, ours, home)

    def self_test(self):
        """NoRoom where not even a plain cell runs inside: better no marks than a class of zeros."""
        session = self.start()
        try:
            outputs, _, _ = session.run("6 * 7")
        except SessionEnded as error:
            self.errors.seek(0)
            outputs = [
                {"evalue": str(error), "said": self.errors.read()[-1000:].decode(errors="replace")}
            ]
        finally:
            session.end()
        if [output.get("data", {}).get("text/plain") for output in outputs] != ["42"]:
            self.close()
            raise SandboxUnavailable(f"a plain cell does not run in it: {outputs}")


class SandboxSession:
    """One submission inside. Leave it with `end`, which is the only thing that surely ends it."""

    def __init__(self, sandbox, channel, home):
        self.sandbox, self.channel, self.home = sandbox, channel, home
        self.deadline = time.monotonic() + sandbox.limits.total_seconds
        self.waited, self.parts = 0.0, []
        self.number, self.why, self.room_died = 0, "", False

    def run(self, source):
        """Run one cell: (outputs as they came, execution count, whether it had to be interrupted)."""
        answer, interrupted = self.request({"do": "run", "source": source})
        outputs = answer.get("outputs")
        return outputs if isinstance(outputs, list) else [], answer.get("count"), interrupted

    def value(self, name):
        """What a variable holds, still written down."""
        return self.request({"do": "value", "name": name})[0].get("value", {"$": "raised"})

    def results(self, name, cases):
        """What a function returns for each list of arguments, still written down, or that it is missing; None where it gave none."""
        return self.request({"do": "call", "name": name, "cases": cases})[0].get("values")

    def request(self, command):
        """(answer, whether it was interrupted); Ended where there is none."""
        if self.why:
            raise SessionEnded(self.why)
        self.number += 1
        limits = self.sandbox.limits
        line = json.dumps(command | {"number": self.number}).encode() + b"\n"
        # An answer is bounded on this side too: what is forged in there may be made to keep whoever reads it busy.
        most = (
            limits.output_kb + OVERHEAD_KB
            if command["do"] == "run"
            else limits.answer_kb + ANSWER_OVERHEAD_KB
        ) << 10
        interrupted = False
        try:
            send_with_deadline(self.channel, line, self.deadline + self.waited)
            try:
                answer = self.read_reply(limits.cell_seconds, most, self.deadline)
            except TimeoutError:
                interrupted = True
                self.sandbox.send_command({"do": "interrupt"})
                try:
                    answer = self.read_reply(limits.grace_seconds, most)
                except TimeoutError:
                    raise SessionEnded(
                        f"it ran longer than {limits.cell_seconds:g} s and did not stop when asked"
                    ) from None
                if time.monotonic() >= self.deadline + self.waited:
                    self.why = f"it ran longer than {limits.total_seconds:g} s in all"
            answer = json.loads(answer)
        except (SessionEnded, OSError) as error:
            self.end(str(error) if isinstance(error, SessionEnded) else "its process ended")
            raise (
                SandboxCrashed("it ended while a submission was in it")
                if self.room_died
                else SessionEnded(self.why)
            ) from None
        except (ValueError, RecursionError):
            self.end("it wrote something else into the channel for answers")
            raise SessionEnded(self.why) from None
        if not isinstance(answer, dict) or answer.get("number") != self.number:
            self.end("it spoke out of turn in the channel for answers")
            raise SessionEnded(self.why)
        return answer, interrupted

    def read_reply(self, seconds, most, deadline=math.inf):
        """One line, for which the submission has so many seconds; those in which it waited for a processor do not count.

        On a machine that others keep busy, or a submission beside it, an honest cell takes longer than it should.
        """
        start, before = time.monotonic(), self.waited
        while True:
            until = min(start + seconds - before, deadline) + self.waited
            try:
                return read_line(self.channel, until, most, self.parts)
            except TimeoutError:
                told = self.sandbox.send_command({"do": "waited"}).get("waited", 0.0)
                self.waited = max(
                    self.waited, min(told, (PATIENCE - 1) * self.sandbox.limits.total_seconds)
                )
                if min(start + seconds - before, deadline) + self.waited < time.monotonic() + 0.05:
                    raise

    def end(self, why=""):
        """End everything the submission started. Returns why it ended before, if it did."""
        if self.channel is None:
            return self.why
        self.channel.close()
        self.channel = None
        try:
            reply = self.sandbox.send_command({"do": "end"})
            reason, self.sandbox.cpu_seconds = reply.get("reason") or "", reply.get("cpu", 0.0)
            if why == "its process ended":
                status = reply["status"]
                by = (
                    signal.Signals(os.WTERMSIG(status)).name
                    if os.WIFSIGNALED(status)
                    else f"exit code {os.waitstatus_to_exitcode(status)}"
                )
                why = f"its process ended ({reason or by})"
        except (SessionEnded, OSError, ValueError, TimeoutError):
            self.sandbox.close()  # the next session gets a new interpreter
            self.room_died = True
        if self.home and not self.sandbox.isolated:
            shutil.rmtree(self.home, ignore_errors=True)
        self.why = self.why or why
        return self.why


def send_with_deadline(channel, data, deadline):
    channel.setblocking(False)
    view = memoryview(data)
    while view:
        _, ready, _ = select.select([], [channel], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise SessionEnded("it did not listen any more")
        view = view[channel.send(view) :]


def read_line(channel, deadline, most, parts=None):
    """Bytes up to the end of a line; Ended where the other side is gone or says more than `most` bytes.

    parts : where what came is kept when the time is over, for the next try
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
