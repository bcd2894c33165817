"""How far each person is: the part they work in, cells run, questions answered, who is stuck.

Read from the notebooks that JupyterLab saves every few seconds. Nothing is run, and nothing of
what people write leaves this module.
"""

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .participant.answered import cells_of, count_answers, read_notebook

PART = re.compile(r"^(\d\d)-(\d+)-")
STUCK_AFTER = 240  # seconds at the same error
QUIET_AFTER = 600  # seconds without a save, while the notebook is not done
MAX_NOTEBOOKS = 200


@dataclass(frozen=True)
class PartProgress:
    """One notebook.

    name     : file name without its ending
    cells    : code cells
    run      : code cells that have been run
    error    : kind of the error that the last run cell shows, or an empty string
    answered : questions with an answer, of a quiz
    questions : number of questions, of a quiz; 0 for a part
    """

    name: str
    cells: int
    run: int
    error: str
    answered: int
    questions: int

    def words(self) -> str:
        """Return what the leader reads, such as `4.2, cell 5 of 12`."""
        if self.questions:
            return f"{self.name}, {self.answered} of {self.questions} answered"
        part = PART.match(self.name)
        where = f"{int(part[1])}.{int(part[2])}" if part else self.name
        return f"{where}, cell {self.run} of {self.cells}"


class RoomProgress:
    """Progress of everyone; a notebook is read again only when it changed.

    homes : folder with a home for each person
    """

    def __init__(self, homes: Path) -> None:
        self.homes = homes
        self.known: dict[Path, tuple[int, PartProgress | None]] = {}

    def of(self, person: str, now: float | None = None) -> dict[str, Any]:
        """Return {"where": words, "stuck": words} of one person; both empty if nothing is there."""
        now = time.time() if now is None else now
        newest = self.newest(self.homes / person)
        if newest is None:
            return {"where": "", "stuck": ""}
        path, changed = newest
        found = self.read(path, changed)
        if found is None:
            return {"where": "", "stuck": ""}
        return {"where": found.words(), "stuck": stuck(found, now - changed / 1e9)}

    def newest(self, home: Path) -> tuple[Path, int] | None:
        """Return (path, time of the last save in ns) of the notebook saved last, or None."""
        found: list[tuple[int, Path]] = []
        for folder in (home, *folders_in(home)):
            for entry in entries_of(folder)[:MAX_NOTEBOOKS]:
                if entry.name.endswith(".ipynb") and entry.is_file(follow_symlinks=False):
                    changed = entry.stat(follow_symlinks=False).st_mtime_ns
                    found.append((changed, Path(entry.path)))
        if not found:
            return None
        changed, path = max(found)
        return path, changed

    def read(self, path: Path, changed: int) -> PartProgress | None:
        """Return the progress in a notebook, from memory if it has not changed."""
        known = self.known.get(path)
        if known is None or known[0] != changed:
            notebook = read_notebook(path)
            known = (changed, None if notebook is None else progress_in(notebook, path.stem))
            self.known[path] = known
        return known[1]


def folders_in(home: Path) -> list[Path]:
    """Return the folders of fetched quizzes: those in a home that are no links and not hidden."""
    return [
        Path(entry.path)
        for entry in entries_of(home)
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
    ]


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder; nothing where it is gone or can't be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def progress_in(notebook: dict[str, Any], name: str) -> PartProgress | None:
    """Return the progress in a notebook's JSON; None if it has no code cell."""
    cells = [cell for cell in cells_of(notebook) if cell.get("cell_type") == "code"]
    if not cells:
        return None
    run = [cell for cell in cells if isinstance(cell.get("execution_count"), int)]
    last = max(run, key=lambda cell: int(cell["execution_count"]), default=None)
    quiz = count_answers(notebook, {})
    return PartProgress(
        name,
        len(cells),
        len(run),
        "" if last is None else error_of(last),
        quiz.answered if quiz else 0,
        quiz.questions if quiz else 0,
    )


def error_of(cell: dict[str, Any]) -> str:
    """Return the kind of error that a cell shows, such as NameError, or an empty string."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict) and output.get("output_type") == "error":
            return re.sub(r"\W", "", str(output.get("ename", "")))[:40] or "an error"
    return ""


def stuck(found: PartProgress, idle: float) -> str:
    """Return why someone may need help, or an empty string.

    idle : seconds since their last save
    """
    if found.error and idle >= STUCK_AFTER:
        return f"{found.error} for {idle / 60:.0f} minutes"
    if not found.questions and found.run < found.cells and idle >= QUIET_AFTER:
        return f"nothing saved for {idle / 60:.0f} minutes"
    return ""
