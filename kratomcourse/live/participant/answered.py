"""Count the questions of a quiz notebook that have an answer, without running any of it."""

import ast
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

QUESTION = re.compile(r"^## Question (\d+)\b", re.M)
# What nbgrader and the course leave in place of a solution; see quizzes/nbgrader_config.py.
TEXT_STUBS = ("", "YOUR ANSWER HERE")
MAX_BYTES = 20 * 2**20


@dataclass(frozen=True)
class Progress:
    """Answers in one quiz notebook.

    questions : number of questions
    empty     : numbers of the questions without an answer, ascending
    """

    questions: int
    empty: tuple[int, ...]

    @property
    def answered(self) -> int:
        """Number of questions that have an answer, right or wrong."""
        return self.questions - len(self.empty)

    def as_dict(self) -> dict[str, Any]:
        """Return what the browser and the dashboard show."""
        return {
            "questions": self.questions,
            "answered": self.answered,
            "empty": list(self.empty),
        }


def progress_of(path: Path, released: Path | None = None) -> Progress | None:
    """Return the progress in the notebook at `path`, or None if that is not a quiz of this course.

    released : the notebook as it was released, where it is known; an unchanged cell is no answer
    """
    notebook = read_notebook(path)
    if notebook is None:
        return None
    stubs = {} if released is None else answer_sources(read_notebook(released) or {})
    return count_answers(notebook, stubs)


def read_notebook(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a regular file of at most 20 MB, or None; never follows a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            return None
        try:
            found = json.loads(file.read())
        except (ValueError, RecursionError):
            return None
    return found if isinstance(found, dict) else None


def count_answers(notebook: dict[str, Any], stubs: dict[str, str]) -> Progress | None:
    """Return the progress in a notebook's JSON; None if it holds no question.

    stubs : source of each answer cell as it was released, by grade_id
    """
    answered: dict[int, bool] = {}
    number = None
    for cell in cells_of(notebook):
        source = source_of(cell)
        found = QUESTION.search(source) if cell.get("cell_type") == "markdown" else None
        if found:
            number = int(found[1][:6])
            answered.setdefault(number, False)
        name = answer_name(cell)
        if number is not None and name is not None:
            stub = stubs.get(name)
            answered[number] |= has_answer(source, str(cell.get("cell_type")), stub)
    if not answered:
        return None
    empty = tuple(sorted(number for number, there in answered.items() if not there))
    return Progress(len(answered), empty)


def answer_sources(notebook: dict[str, Any]) -> dict[str, str]:
    """Return the source of each answer cell by its grade_id."""
    return {
        name: source_of(cell)
        for cell in cells_of(notebook)
        if (name := answer_name(cell)) is not None
    }


def cells_of(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Cells of a notebook that may be malformed."""
    cells = notebook.get("cells")
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def answer_name(cell: dict[str, Any]) -> str | None:
    """Return the grade_id of a cell that nbgrader marks as a solution, or None for another cell."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(nbgrader, dict) or nbgrader.get("solution") is not True:
        return None
    return str(nbgrader.get("grade_id"))


def source_of(cell: dict[str, Any]) -> str:
    """Source of a cell that may be malformed."""
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def has_answer(source: str, kind: str, stub: str | None) -> bool:
    """Return whether an answer cell holds more than what was released."""
    if kind == "markdown":
        return source.strip() not in TEXT_STUBS and (stub is None or source.strip() != stub.strip())
    if stub is not None and without_comments(source) == without_comments(stub):
        return False
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # something was typed, if not Python
    return any(not is_stub(statement) for statement in tree.body)


def is_stub(statement: ast.stmt) -> bool:
    """Return whether a statement says that there is no answer yet, like `answer_x = None`."""
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is None
    )


def without_comments(source: str) -> str:
    """Source without comments and empty lines."""
    lines = (line.rstrip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))
