"""Execute a notebook's cells in this process, with the outputs that a Jupyter kernel would send.

What a kernel would handle differently (an error, a warning on stderr, a widget, a child process
that prints) isn't imitated: `NeedsKernel` is raised, and the caller uses an ordinary kernel.
"""

import builtins
import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

SPECIAL = {"raises-exception", "skip-execution"}  # tags that change what nbclient does with a cell


class NeedsKernel(Exception):
    """The cells need an ordinary kernel; the text says why."""


class Outputs:
    """Outputs of the running cell, as dicts in the notebook format."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []

    def add_text(self, text: str) -> None:
        """Add text of the standard output, joined to the last output if that is text too."""
        if self.outputs and self.outputs[-1]["output_type"] == "stream":
            self.outputs[-1]["text"] += text
        else:
            self.outputs.append({"output_type": "stream", "name": "stdout", "text": text})

    def add_display(
        self,
        kind: str,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None,
        count: int | None = None,
    ) -> None:
        """Add an output of the type `kind` with its data by MIME type."""
        from ipykernel.jsonutil import encode_images, json_clean

        output = {
            "output_type": kind,
            "metadata": json_clean(metadata or {}),
            "data": json_clean(encode_images(data)),
        }
        self.outputs.append(output if count is None else output | {"execution_count": count})

    def take(self) -> list[dict[str, Any]]:
        """Return the outputs so far, and start again with none."""
        taken, self.outputs = self.outputs, []
        return taken


class CallbackStream(io.TextIOBase):
    """A text stream that passes everything written to a function."""

    encoding = "utf-8"

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def writable(self) -> bool:
        """Always true."""
        return True

    def write(self, text: str) -> int:
        """Capture the text; returns its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._write(text)
        return len(text)


class ResultHook(DisplayHook):
    """Adds the value of a cell's last line to the outputs."""

    shell: "LikeZMQShell"

    def start_displayhook(self) -> None:
        """Nothing is written before a result."""

    def write_output_prompt(self) -> None:
        """A captured result has no prompt."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        """Capture a result in all its formats."""
        if format_dict:
            self.shell.course_outputs.add_display(
                "execute_result", format_dict, md_dict, self.prompt_count
            )

    def finish_displayhook(self) -> None:
        """Nothing is written after a result."""


class OutputPublisher(DisplayPublisher):
    """Adds what is passed to `display` to the outputs."""

    shell: "LikeZMQShell"

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        """Capture a rich output."""
        if update or (transient or {}).get("display_id"):
            raise NeedsKernel("a display that is changed later")
        self.shell.course_outputs.add_display("display_data", data, metadata)

    def clear_output(self, wait: bool = False) -> None:
        """Raise `NeedsKernel`: only a kernel can take an output back."""
        raise NeedsKernel("an output that is cleared")


class LikeZMQShell(InteractiveShell):
    """An IPython shell that pandas takes for a notebook's.

    pandas looks for "ZMQ" in the class name and for a `kernel`; otherwise it formats tables for a
    terminal.
    """

    kernel = None
    course_outputs: Outputs


@contextlib.contextmanager
def look_like_notebook() -> Iterator[None]:
    """Look like a notebook to packages that ask on import, as pandas does, before one exists."""
    builtins.__dict__["get_ipython"] = lambda: LikeZMQShell
    try:
        yield
    finally:
        del builtins.__dict__["get_ipython"]


def warm_shell() -> LikeZMQShell:
    """Return the IPython shell of this process; called once, before it forks."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell = LikeZMQShell.instance(
        config=config, displayhook_class=ResultHook, display_pub_class=OutputPublisher
    )
    shell.course_outputs = Outputs()
    return shell


def execute(shell: LikeZMQShell, path: Path, folder: Path | None = None) -> dict[str, Any]:
    """Execute a notebook without changing its file.

    shell   : from `warm_shell`
    path    : notebook of format 4
    folder  : working directory; the notebook's own folder if None
    returns : {"cells": [{"execution_count": int | None, "outputs": [...]}, ...], one for each code
              cell, "seconds": wall time in s}
    raises  : NeedsKernel for a notebook that an ordinary kernel has to execute
    """
    notebook, start = nbformat.read(path, as_version=4), time.perf_counter()
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    if kernel != "python3" or "execution" in notebook.metadata:
        raise NeedsKernel(f"a notebook with settings of its own (kernel {kernel})")
    os.chdir(folder or Path(path).absolute().parent)
    find_modules_beside()
    cells: list[dict[str, Any]] = []
    with captured_descriptors() as has_output, standard_streams(shell.course_outputs):
        for number, cell in enumerate(notebook.cells, 1):
            if cell.cell_type != "code":
                continue
            if SPECIAL & set(cell.metadata.get("tags", [])):
                raise NeedsKernel(f"cell {number} with a tag for its execution")
            if not cell.source.strip():
                cells.append({"execution_count": None, "outputs": []})
                continue
            done = shell.run_cell(cell.source, store_history=True)  # type: ignore[no-untyped-call]
            error = done.error_before_exec or done.error_in_exec
            if error is not None:
                raise NeedsKernel(f"cell {number} with {type(error).__name__}: {error}")
            cells.append(
                {
                    "execution_count": shell.execution_count - 1,
                    "outputs": shell.course_outputs.take(),
                }
            )
        if has_output():
            raise NeedsKernel("a program that writes by itself")
    return {"cells": cells, "seconds": time.perf_counter() - start}


def find_modules_beside() -> None:
    """Let modules beside the notebook, such as figures.py, be imported; in a kernel's own order."""
    installed = (at for at, folder in enumerate(sys.path) if Path(folder).name == "site-packages")
    sys.path.insert(next(installed, len(sys.path)), "")


@contextlib.contextmanager
def standard_streams(outputs: Outputs) -> Iterator[None]:
    """Add what Python code prints to the outputs; raise NeedsKernel if it writes to stderr."""

    def refuse_warning(text: str) -> None:
        raise NeedsKernel(f"a warning: {text.strip()[:200]}")

    sys.stdout, sys.stderr = CallbackStream(outputs.add_text), CallbackStream(refuse_warning)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


@contextlib.contextmanager
def captured_descriptors() -> Iterator[Callable[[], bool]]:
    """Redirect file descriptors 1 and 2 to a file; yield a function: has anything been written?"""
    kept = [os.dup(number) for number in (1, 2)]
    with tempfile.TemporaryFile() as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield lambda: os.fstat(file.fileno()).st_size > 0
        finally:
            for number, old in zip((1, 2), kept, strict=True):
                os.dup2(old, number)
                os.close(old)
