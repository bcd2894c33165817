"""Runs a function in a process of its own and waits only so long for its text."""

import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path

MOST_BYTES = 64 << 20  # of a page
MEMORY = 4 << 30  # bytes of address space beyond what this process has


class TooSlow(Exception):
    """The function took longer than it may, or used more memory than it may."""


def text_within(seconds: float, make: Callable[[], str]) -> str:
    """Return the text that a function returns in a forked process.

    Markdown and syntax highlighting take quadratic time on some texts, and inside C code no signal
    stops them; a process can always be ended.

    raises : TooSlow where there is no text in time
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        write_and_exit(writer, make)
    os.close(writer)
    try:
        data = read_until(reader, time.monotonic() + seconds)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if not data.startswith(b"+"):
        raise TooSlow(data[1:2000].decode(errors="replace") or "it ended without a page")
    return data[1:].decode()


def write_and_exit(writer: int, make: Callable[[], str]) -> None:
    """Write what a function returns, or how it failed, and end this process."""
    try:
        limit_memory()
        data = b"+" + make().encode()
    except BaseException as error:
        data = b"-" + "".join(traceback.format_exception_only(error)).encode(errors="replace")
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(writer, view) :]
    finally:
        os._exit(0)


def limit_memory() -> None:
    """Bound the memory of this process."""
    try:
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = mapped + MEMORY
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (OSError, ValueError):
        return  # no such file or limit on this system; the time limit holds


def read_until(reader: int, deadline: float) -> bytes:
    """Return all that comes before the other end closes; raises TooSlow at the deadline."""
    parts: list[bytes] = []
    size = 0
    while True:
        ready, _, _ = select.select([reader], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise TooSlow("it took too long")
        part = os.read(reader, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise TooSlow(f"it is larger than {MOST_BYTES >> 20} MB")
