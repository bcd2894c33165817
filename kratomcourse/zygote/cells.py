"""Executes a notebook's cells in this process, with the outputs that an ordinary Jupyter kernel would have sent.

What an ordinary kernel would do in another way (an error, a warning on stderr, a widget, a program that
writes by itself) is not imitated: `CanNotSay` is raised, and whoever asked executes the notebook in an ordinary kernel.
"""

import builtins
import contextlib
import io
import os
import sys
import tempfile
import time

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

SPECIAL = {"raises-exception", "skip-execution"}  # tags that change what nbclient does with a cell


class CanNotSay(Exception):
    """The cells do what only an ordinary kernel can answer for; the text says what."""


class Outputs:
    """Outputs of the running cell, in the form of a notebook."""

    def __init__(self):
        self.outputs = []

    def text(self, text):
        if self.outputs and self.outputs[-1]["output_type"] == "stream":
            self.outputs[-1]["text"] += text
        else:
            self.outputs.append({"output_type": "stream", "name": "stdout", "text": text})

    def shown(self, kind, data, metadata, count=None):
        from ipykernel.jsonutil import encode_images, json_clean

        output = {
            "output_type": kind,
            "metadata": json_clean(metadata or {}),
            "data": json_clean(encode_images(data)),
        }
        self.outputs.append(output if count is None else output | {"execution_count": count})

    def taken(self):
        taken, self.outputs = self.outputs, []
        return taken


class Out(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, write):
        self._write = write

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._write(text)
        return len(text)


class Result(DisplayHook):
    """The value of a cell's last line."""

    def start_displayhook(self):
        pass

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        if format_dict:
            self.shell.course_outputs.shown(
                "execute_result", format_dict, md_dict, self.prompt_count
            )

    def finish_displayhook(self):
        pass


class Shown(DisplayPublisher):
    """What `display` is given."""

    def publish(self, data, metadata=None, *, transient=None, update=False, **more):
        if update or (transient or {}).get("display_id"):
            raise CanNotSay("a display that is changed later")
        self.shell.course_outputs.shown("display_data", data, metadata)

    def clear_output(self, wait=False):
        raise CanNotSay("an output that is cleared")


class LikeZMQShell(InteractiveShell):
    """pandas looks for these three letters in the name and for a `kernel`, and else writes tables as for a terminal."""

    kernel = None


@contextlib.contextmanager
def asked_from_a_notebook():
    """Who asks on import whether this is a notebook, as pandas does, hears that it is, before there is a shell."""
    builtins.get_ipython = lambda: LikeZMQShell
    try:
        yield
    finally:
        del builtins.get_ipython


def warm_shell():
    """The one IPython shell of this process, made before it forks."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell = LikeZMQShell.instance(config=config, displayhook_class=Result, display_pub_class=Shown)
    shell.course_outputs = Outputs()
    return shell


def execute(shell, path, folder=None):
    """Execute a notebook and change nothing on disk.

    shell   : of `warm_shell`
    path    : of a notebook of format 4
    folder  : to work in; the notebook's own where None
    returns : dict of `cells` (for each code cell its execution count and its outputs) and `seconds`
    raises  : CanNotSay for a notebook that an ordinary kernel has to execute
    """
    notebook, start = nbformat.read(path, as_version=4), time.perf_counter()
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    if kernel != "python3" or "execution" in notebook.metadata:
        raise CanNotSay(f"a notebook with settings of its own (kernel {kernel})")
    os.chdir(folder or os.path.dirname(os.path.abspath(path)))
    cells = []
    with silent() as said, standard_streams(shell.course_outputs):
        for number, cell in enumerate(notebook.cells, 1):
            if cell.cell_type != "code":
                continue
            if SPECIAL & set(cell.metadata.get("tags", [])):
                raise CanNotSay(f"cell {number} with a tag for its execution")
            if not cell.source.strip():
                cells.append({"execution_count": None, "outputs": []})
                continue
            done = shell.run_cell(cell.source, store_history=True)
            error = done.error_before_exec or done.error_in_exec
            if error is not None:
                raise CanNotSay(f"cell {number} with {type(error).__name__}: {error}")
            cells.append(
                {
                    "execution_count": shell.execution_count - 1,
                    "outputs": shell.course_outputs.taken(),
                }
            )
        if said():
            raise CanNotSay("a program that writes by itself")
    return {"cells": cells, "seconds": time.perf_counter() - start}


@contextlib.contextmanager
def standard_streams(outputs):
    def warned(text):
        raise CanNotSay(f"a warning: {text.strip()[:200]}")

    sys.stdout, sys.stderr = Out(outputs.text), Out(warned)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


@contextlib.contextmanager
def silent():
    """Puts a file behind the standard outputs of the process; yields a function that tells whether anything was written there."""
    kept = [os.dup(number) for number in (1, 2)]
    with tempfile.TemporaryFile() as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield lambda: os.fstat(file.fileno()).st_size > 0
        finally:
            for number, old in zip((1, 2), kept):
                os.dup2(old, number)
                os.close(old)
