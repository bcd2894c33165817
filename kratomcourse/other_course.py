"""Build the book of a course in another folder, with the package that lies there."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

STEP = "[course] "  # what begins a line on the progress of a build


def build_other_book(
    folder: Path,
    say: Callable[[str], object],
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run `course book` in a folder, and pass its steps on.

    folder  : the course, with its own `kratomcourse`
    say     : called with each step, except those on where the pages are
    returns : the last lines that it printed where the build failed, otherwise an empty text
    """
    with subprocess.Popen(
        [sys.executable, "-m", "kratomcourse.cli", "book", *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)} | dict(environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        lines: list[str] = []
        for line in running.stdout or ():
            lines.append(line.rstrip())
            step = lines[-1].removeprefix(STEP)
            if step != lines[-1] and not step.startswith(("done", "or serve", "made")):
                say(step)
    return "\n  ".join(lines[-40:]) if running.returncode else ""
