"""A room: one warm interpreter behind walls, which lets one submission in at a time.

The room knows how to run a cell, ask for an answer, call a function, and end whoever is inside, whatever they do.
What comes out is read up to a limit and parsed as JSON; it is never unpickled or evaluated.
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

from .walls import OUTSIDER, QUIET, inside_command, python_folders

SCRIPT = Path(__file__).with_name("inside.py")
PRELOAD = ("numpy", "pandas", "matplotlib.pyplot")
START_SECONDS = 120
OVERHEAD_KB = 512  # of JSON around outputs
ANSWER_OVERHEAD_KB = 16  # of JSON around answers
PATIENCE = 4  # times the time of a submission, on a machine that has no processor for it


class Ended(Exception):
    """The submission's process is no more, or had to be ended; the text says why."""


class RoomDied(Exception):
    """The warm interpreter itself is gone, which no submission can bring about: the machine's memory ran out, or somebody ended it."""


class NoRoom(Exception):
    """The warm interpreter does not start on this machine, whoever should be let in."""


class Room:
    def __init__(self, limits, sandbox="bubblewrap", hidden=(), preload=PRELOAD, shared=None):
        """
        limits  : Limits of every submission
        sandbox : bubblewrap, or none: then code runs as the user who grades
        hidden  : folders of the instructor, never visible inside
        shared  : folder for a kernel's sockets
        """
        self.limits, self.walls = limits, sandbox == "bubblewrap"
        self.hidden, self.preload, self.shared = hidden, preload, shared
        self.process = self.control = self.home = None
        self.cpu_seconds = 0.0  # of the interpreter and all visits, as far as told

    def open(self):
        """Start the warm interpreter and wait until it is ready."""
        self.control, theirs = socket.socketpair()
        os.set_inheritable(theirs.fileno(), True)
        self.errors = tempfile.TemporaryFile()
        settings = self.limits.model_dump() | {
            "walls": self.walls,
            "preload": self.preload,
            "uid": 0,
            "become": False,
            "python": python_folders(),
        }
        if self.walls:
            command, become = inside_command(SCRIPT, self.hidden, self.shared)
            settings |= {"become": become, "uid": OUTSIDER if become else 0}
            environment = {}
        else:
            command, environment = (
                [sys.executable, "-s", "-P", str(SCRIPT)],
                os.environ
                | {name: QUIET[name] for name in QUIET if name not in ("PATH", "HOME", "LANG")},
            )
            self.home = tempfile.mkdtemp(prefix="course-room-")
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
        except Ended:
            self.errors.seek(0)
            said = self.errors.read()[-2000:].decode(errors="replace").strip()
            self.close()
            raise NoRoom(said or "it said nothing") from None

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

    def tell(self, words, handle=None):
        """One order to the warm interpreter, and its answer."""
        line = json.dumps(words).encode() + b"\n"
        if handle is None:
            self.control.sendall(line)
        else:
            carried = array.array("i", [handle])
            sent = self.control.sendmsg([line], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, carried)])
            self.control.sendall(line[sent:])
        return json.loads(read_line(self.control, time.monotonic() + 30, 1 << 16))

    def enter(self, files=None, **words):
        """Let a submission in; a Visit. Opens the room, or opens it again after an accident."""
        if self.process is None or self.process.poll() is not None:
            self.close()
            self.open()
            if "kernel" not in words:
                self.try_out()
        home = "/tmp/home" if self.walls else tempfile.mkdtemp(dir=self.home)
        ours, theirs = socket.socketpair()
        with theirs:
            encoded = {
                name: base64.b64encode(data).decode() for name, data in (files or {}).items()
            }
            try:
                self.tell({"do": "fork", "home": home, "files": encoded} | words, theirs.fileno())
            except (Ended, OSError, ValueError):
                ours.close()
                self.close()
                raise RoomDied("it did not let the submission in") from None
        return Visit(self, ours, home)

    def try_out(self):
        """NoRoom where not even a plain cell runs inside: better no marks than a class of zeros."""
        visit = self.enter()
        try:
            outputs, _, _ = visit.run("6 * 7")
        except Ended as error:
            self.errors.seek(0)
            outputs = [
                {"evalue": str(error), "said": self.errors.read()[-1000:].decode(errors="replace")}
            ]
        finally:
            visit.end()
        if [output.get("data", {}).get("text/plain") for output in outputs] != ["42"]:
            self.close()
            raise NoRoom(f"a plain cell does not run in it: {outputs}")


class Visit:
    """One submission inside. Leave it with `end`, which is the only thing that surely ends it."""

    def __init__(self, room, channel, home):
        self.room, self.channel, self.home = room, channel, home
        self.deadline = time.monotonic() + room.limits.total_seconds
        self.waited, self.parts = 0.0, []
        self.number, self.why, self.room_died = 0, "", False

    def run(self, source):
        """Run one cell: (outputs as they came, execution count, whether it had to be interrupted)."""
        answer, interrupted = self.ask_in_time({"do": "run", "source": source})
        outputs = answer.get("outputs")
        return outputs if isinstance(outputs, list) else [], answer.get("count"), interrupted

    def value(self, name):
        """What a variable holds, still written down."""
        return self.ask_in_time({"do": "ask", "name": name})[0].get("value", {"$": "raised"})

    def results(self, name, cases):
        """What a function returns for each list of arguments, still written down, or that it is missing; None where it gave none."""
        return self.ask_in_time({"do": "call", "name": name, "cases": cases})[0].get("values")

    def ask_in_time(self, words):
        """(answer, whether it was interrupted); Ended where there is none."""
        if self.why:
            raise Ended(self.why)
        self.number += 1
        limits = self.room.limits
        line = json.dumps(words | {"number": self.number}).encode() + b"\n"
        # An answer is bounded on this side too: what is forged in there may be made to keep whoever reads it busy.
        most = (
            limits.output_kb + OVERHEAD_KB
            if words["do"] == "run"
            else limits.answer_kb + ANSWER_OVERHEAD_KB
        ) << 10
        interrupted = False
        try:
            send_in_time(self.channel, line, self.deadline + self.waited)
            try:
                answer = self.hear(limits.cell_seconds, most, self.deadline)
            except TimeoutError:
                interrupted = True
                self.room.tell({"do": "interrupt"})
                try:
                    answer = self.hear(limits.grace_seconds, most)
                except TimeoutError:
                    raise Ended(
                        f"it ran longer than {limits.cell_seconds:g} s and did not stop when asked"
                    ) from None
                if time.monotonic() >= self.deadline + self.waited:
                    self.why = f"it ran longer than {limits.total_seconds:g} s in all"
            answer = json.loads(answer)
        except (Ended, OSError) as error:
            self.end(str(error) if isinstance(error, Ended) else "its process ended")
            raise (
                RoomDied("it ended while a submission was in it")
                if self.room_died
                else Ended(self.why)
            ) from None
        except (ValueError, RecursionError):
            self.end("it wrote something else into the channel for answers")
            raise Ended(self.why) from None
        if not isinstance(answer, dict) or answer.get("number") != self.number:
            self.end("it spoke out of turn in the channel for answers")
            raise Ended(self.why)
        return answer, interrupted

    def hear(self, seconds, most, deadline=math.inf):
        """One line, for which the submission has so many seconds; those in which it waited for a processor do not count.

        On a machine that others keep busy, or a submission beside it, an honest cell takes longer than it should.
        """
        start, before = time.monotonic(), self.waited
        while True:
            until = min(start + seconds - before, deadline) + self.waited
            try:
                return read_line(self.channel, until, most, self.parts)
            except TimeoutError:
                told = self.room.tell({"do": "waited"}).get("waited", 0.0)
                self.waited = max(
                    self.waited, min(told, (PATIENCE - 1) * self.room.limits.total_seconds)
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
            said = self.room.tell({"do": "end"})
            reason, self.room.cpu_seconds = said.get("reason") or "", said.get("cpu", 0.0)
            if why == "its process ended":
                status = said["status"]
                by = (
                    signal.Signals(os.WTERMSIG(status)).name
                    if os.WIFSIGNALED(status)
                    else f"exit code {os.waitstatus_to_exitcode(status)}"
                )
                why = f"its process ended ({reason or by})"
        except (Ended, OSError, ValueError, TimeoutError):
            self.room.close()  # the next one who enters gets a new one
            self.room_died = True
        if self.home and not self.room.walls:
            shutil.rmtree(self.home, ignore_errors=True)
        self.why = self.why or why
        return self.why


def send_in_time(channel, data, deadline):
    channel.setblocking(False)
    view = memoryview(data)
    while view:
        _, ready, _ = select.select([], [channel], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise Ended("it did not listen any more")
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
            raise Ended("its process ended")
        parts.append(part)
        size += len(part)
        if size > most:
            raise Ended(f"it said more than {most >> 10} KB at once")
        if part.endswith(b"\n"):
            whole = b"".join(parts)
            parts.clear()
            return whole
