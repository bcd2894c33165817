"""The warm interpreter: `python -m kratomcourse.zygote JOB`, where JOB is a JSON object.

    {"notebooks": [...], "out": "folder", "together": 2, "seconds": 120}

It imports once what chapters import, then forks a child for each notebook, `together` at a time.
For each notebook it writes FOLDER.NAME.json into `out`: its outputs, or why an ordinary kernel has
to execute it. The file is renamed into place, so it's complete or absent.

With `"program": {"start": "module:function", "preload": [...], "arguments": [...]}` one more fork
runs that program: it waits for a line on standard input, runs beside the notebooks, and writes to
standard error. Its exit status is the interpreter's.
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
from typing import Any

from .cells import LikeZMQShell, execute, look_like_notebook, warm_shell

PRELOAD = (
    "numpy",
    "pandas",
    "IPython.core.pylabtools",
    "ipykernel.jsonutil",
    "kratomcourse.charts",
    "kratomcourse.evidence",
    "kratomcourse.models",
    "kratomcourse.quiz",
)


def main() -> int | None:
    """Execute the job in the first argument; return its program's exit status, if it has one."""
    job = json.loads(sys.argv[1])
    end_with_parent()
    # Figures and documents are many small objects that live on; collecting less often saves a
    # tenth of the time.
    gc.set_threshold(50_000, 50, 100)
    with look_like_notebook():
        for name in PRELOAD:
            importlib.import_module(name)
    read_facts()
    freeze()
    program = start_program(job["program"]) if "program" in job else None
    waiting = [Path(path) for path in job["notebooks"]]
    running: dict[int, Path] = {}  # by process id
    shell = None
    if waiting:
        shell = warm_shell()
        find_fonts()
        freeze()
    while waiting or running or program:
        if shell and waiting and len(running) < job["together"]:
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
    return None


def end_with_parent() -> None:
    """Have this process killed when its parent ends, for whatever reason."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def freeze() -> None:
    """Exclude all present objects from garbage collection, which would copy shared memory."""
    gc.collect()
    gc.freeze()


def start_program(program: dict[str, Any]) -> int:
    """Fork a program that imports what it needs, then waits for a line; return its process id."""
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
            redirect_to_null(0)
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
    redirect_to_null(0)
    return child


def redirect_to_null(stream: int) -> None:
    """Redirect a standard stream of the process, by file descriptor, to the null device."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, stream)
    os.close(null)


def read_facts() -> None:
    """Read the facts, which every chapter uses; a mistake in them is reported by the chapter."""
    import nbformat

    from ..errors import CourseError
    from ..evidence import load_facts

    nbformat.validate(nbformat.v4.new_notebook())  # makes the validator
    with contextlib.suppress(CourseError):
        load_facts()


def find_fonts() -> None:
    """Draw one figure, so that Matplotlib finds its fonts before the process forks."""
    import pandas as pd

    from ..charts.figure import show

    show(
        lambda ax, look: ax.set(xlabel="x", xscale="log", xlim=(1, 100)),
        name="warm",
        title="Nobody sees this one",
        subtitle="It warms up what draws.",
        sources=["Nothing was measured."],
        alt="A frame that makes the fonts known to this process.",
        limits="It shows nothing at all.",
        data=pd.DataFrame(),
    )


def fork(shell: LikeZMQShell, path: Path, out: Path, seconds: float) -> int:
    """Execute a notebook in a child that ends after `seconds` at the latest; return its id."""
    child = os.fork()
    if child == 0:
        try:
            end_with_parent()
            signal.alarm(int(seconds))
            redirect_to_null(2)
            try:
                done = execute(shell, path)
            except Exception as error:
                done = {"why": f"{type(error).__name__}: {error}"}
            write(out, path, done)
            os._exit(0)
        finally:
            os._exit(1)
    return child


def name_of(path: Path) -> str:
    """Return the name of a notebook's result: folder and file, as each chapter has an `index`."""
    return f"{path.parent.name}.{path.stem}"


def write(out: Path, path: Path, done: dict[str, Any]) -> None:
    """Write a notebook's result under a temporary name, then rename it."""
    beside = out / f".{name_of(path)}.json"
    beside.write_text(json.dumps(done), encoding="utf-8")
    beside.replace(out / f"{name_of(path)}.json")


if __name__ == "__main__":
    sys.exit(main())
