"""The warm interpreter: `python -m kratomcourse.zygote '{"notebooks": [...], "out": "folder", "together": 2, "seconds": 120}'`.

Imports once what chapters import, then forks a child for each notebook, some of them at a time. For each it writes
FOLDER.NAME.json into the folder: its outputs, or why an ordinary kernel has to execute it. A file is there whole or not at all.

With `"program": {"start": "module:function", "preload": [...], "arguments": [...]}` a fork of it is that program, as well: it
waits for a line on standard input, runs beside the notebooks, and writes to standard error. Its exit status is the interpreter's.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path

from .cells import asked_from_a_notebook, execute, warm_shell

PRELOAD = ("numpy", "pandas", "IPython.core.pylabtools", "ipykernel.jsonutil",
           "kratomcourse.charts", "kratomcourse.evidence", "kratomcourse.models", "kratomcourse.quiz")  # fmt: skip


def main():
    job = json.loads(sys.argv[1])
    end_with_parent()
    gc.set_threshold(
        50_000, 50, 100
    )  # figures and documents are many small objects that live on; looking for garbage among them takes a tenth of the time
    with asked_from_a_notebook():
        for name in PRELOAD:
            importlib.import_module(name)
    read_facts()
    keep()
    program = begin(job["program"]) if "program" in job else None
    waiting, running = [Path(path) for path in job["notebooks"]], {}
    if waiting:
        shell = warm_shell()
        find_fonts()
        keep()
    while waiting or running or program:
        if waiting and len(running) < job["together"]:
            path = waiting.pop(0)
            print(f"executing {path.parent.name}/{path.stem}", flush=True)
            running[fork(shell, path, Path(job["out"]), job["seconds"])] = path
            continue
        child, status = os.wait()
        if child == program:
            return os.waitstatus_to_exitcode(status)
        path = running.pop(child)
        if not (Path(job["out"]) / f"{name_of(path)}.json").exists():
            write(Path(job["out"]), path, {"why": "its process ended, or took too long"})


def end_with_parent():
    """Be killed when the process that started this one is gone, however it went."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def keep():
    """What is there now stays: no child looks through it for garbage, which would copy its memory."""
    gc.collect()
    gc.freeze()


def begin(program):
    """Fork a program that imports what it needs, then waits for a line."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            end_with_parent()
            for name in program["preload"]:
                importlib.import_module(name)
            if not sys.stdin.readline():
                os._exit(0)
            os.dup2(2, 1)
            leave(0)
            sys.argv = program["arguments"]
            module, _, function = program["start"].partition(":")
            code = getattr(importlib.import_module(module), function)() or 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        except BaseException:
            traceback.print_exc()
        finally:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    leave(0)
    return child


def leave(stream):
    """Put nothing in the place of a standard stream of the process."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, stream)
    os.close(nothing)


def read_facts():
    """What every chapter reads. A broken file is no matter of this process: the chapter will say so."""
    import nbformat

    from ..evidence import load_facts
    from ..errors import CourseError

    nbformat.validate(nbformat.v4.new_notebook())  # makes the validator
    with contextlib.suppress(CourseError):
        load_facts()


def find_fonts():
    import pandas as pd

    from ..charts.figure import show

    show(
        lambda ax, look: ax.set(xlabel="x", xscale="log", xlim=(1, 100)),
        name="warm",
        title="Nobody sees this one",
        alt="A frame that makes the fonts known to this process.",
        limits="It shows nothing at all.",
        data=pd.DataFrame(),
    )


def fork(shell, path, out, seconds):
    child = os.fork()
    if child == 0:
        try:
            end_with_parent()
            signal.alarm(int(seconds))
            leave(2)
            try:
                done = execute(shell, path)
            except Exception as error:
                done = {"why": f"{type(error).__name__}: {error}"}
            write(out, path, done)
            os._exit(0)
        finally:
            os._exit(1)
    return child


def name_of(path):
    """Name of what is left for a notebook: folder and file, because each chapter has an `index`."""
    return f"{path.parent.name}.{path.stem}"


def write(out, path, done):
    beside = out / f".{name_of(path)}.json"
    beside.write_text(json.dumps(done), encoding="utf-8")
    os.replace(beside, out / f"{name_of(path)}.json")


if __name__ == "__main__":
    sys.exit(main())
