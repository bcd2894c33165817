"""The warm interpreter: `python -m kratomcourse.warm '{"notebooks": [...], "out": "folder", "together": 2, "seconds": 120}'`.

Imports once what chapters import, then forks a child for each notebook, some of them at a time. For each it writes
NAME.json into the folder: its outputs, or why an ordinary kernel has to execute it. A file is there whole or not at all.
"""

import gc
import importlib
import json
import os
import signal
import sys
from pathlib import Path

from .cells import execute, warm_shell

PRELOAD = ("numpy", "pandas", "matplotlib.pyplot", "matplotlib.backends.backend_svg", "IPython.core.pylabtools", "ipykernel.jsonutil",
           "kratomcourse.charts", "kratomcourse.evidence", "kratomcourse.models", "kratomcourse.quiz")  # fmt: skip


def main():
    job = json.loads(sys.argv[1])
    shell = warm_shell()
    with shell.builtin_trap:  # so that who asks on import whether this is a notebook hears that it is
        for name in PRELOAD:
            importlib.import_module(name)
    read_once()
    gc.collect()
    gc.freeze()
    waiting, running = [Path(path) for path in job["notebooks"]], {}
    while waiting or running:
        if waiting and len(running) < job["together"]:
            path = waiting.pop(0)
            print(f"executing {path.stem}", flush=True)
            running[fork(shell, path, Path(job["out"]), job["seconds"])] = path
            continue
        path = running.pop(os.wait()[0])
        if not (Path(job["out"]) / f"{path.stem}.json").exists():
            write(Path(job["out"]), path, {"why": "its process ended, or took too long"})


def read_once():
    """What every chapter reads, and the fonts. A broken file is no matter of this process: the chapter will say so."""
    from ..charts.figure import show
    from ..evidence import load_facts
    from ..problems import CourseError

    try:
        load_facts()
    except CourseError:
        return
    import pandas as pd

    show(lambda ax, look: ax.set(xlabel="x", xscale="log", xlim=(1, 100)), name="warm", title="Nobody sees this one", alt="A frame that makes the fonts known to this process.", limits="It shows nothing at all.", data=pd.DataFrame())


def fork(shell, path, out, seconds):
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(int(seconds))
            try:
                done = execute(shell, path)
            except Exception as error:
                done = {"why": f"{type(error).__name__}: {error}"}
            write(out, path, done)
            os._exit(0)
        finally:
            os._exit(1)
    return child


def write(out, path, done):
    beside = out / f".{path.stem}.json"
    beside.write_text(json.dumps(done), encoding="utf-8")
    os.replace(beside, out / f"{path.stem}.json")


if __name__ == "__main__":
    main()
