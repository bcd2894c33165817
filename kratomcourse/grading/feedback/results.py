"""One student's graded notebook as data: for each question what was answered and what it earned.

Points and comments come from the gradebook, answers from the record that grading wrote beside each
of them. Nothing that a student wrote is executed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from ...quiz.bank import Item
from ...quiz.variants import variant
from ..assignment_source.notebooks import cell_id
from ..autograde.graded_answers import UNKNOWN, Record, answer_of
from ..autograde.records import AssignmentNotebook

LARGEST_FILE = 64 << 20  # bytes of a graded notebook
Cells = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class StoredGrade:
    """What the gradebook says of one graded cell."""

    points: float
    most: float
    waiting: bool = False  # for someone to read the answer


@dataclass(frozen=True)
class StoredNotebook:
    """What the gradebook says of one notebook of a student."""

    points: float
    most: float
    penalty: float = 0.0
    grades: Mapping[str, StoredGrade] = field(default_factory=dict)  # graded cell -> grade
    comments: Mapping[str, str] = field(default_factory=dict)  # answer cell -> comment


@dataclass(frozen=True)
class QuestionResult:
    """One question as a student answered it; `item` is None for a test that is in no bank."""

    name: str  # of the graded cell
    number: int  # as the notebook counts; 0 for a test that is in no bank
    grade: StoredGrade
    item: Item | None = None
    record: Record = field(default_factory=lambda: dict(UNKNOWN))
    written: str = ""  # the answer cell, as the student left it
    check: str = ""  # what the visible check found wrong with the form
    comment: str = ""  # of a person


def read_stored(db_url: str, quiz: str, notebook: str, student: str) -> StoredNotebook:
    """Return points and comments of one notebook.

    raises : nbgrader.api.MissingEntry where nothing of this student is graded
    """
    with Gradebook(db_url) as gradebook:
        stored = gradebook.find_submission_notebook(notebook, quiz, student)
        penalty = float(stored.late_submission_penalty or 0.0)
        return StoredNotebook(
            float(stored.score) - penalty,
            float(stored.max_score),
            penalty,
            {
                grade.name: StoredGrade(
                    float(grade.score or 0.0),
                    float(grade.max_score or 0.0),
                    bool(grade.needs_manual_grade),
                )
                for grade in stored.grades
            },
            # nbgrader's own comment says only that the cell was left as it was.
            {
                comment.name: comment.manual_comment
                for comment in stored.comments
                if comment.manual_comment
            },
        )


def read_results(
    path: Path, notebook: AssignmentNotebook, student: str, stored: StoredNotebook
) -> list[QuestionResult]:
    """Return the questions of a graded notebook in order, without those worth nothing.

    path : the graded notebook
    """
    cells = graded_cells(path)
    bank = notebook.bank.used_for("graded") if notebook.bank else []
    numbers = {cell_id(item): number for number, item in enumerate(bank, 1)}
    items = {cell_id(item): item for item in bank} | dict(notebook.items)
    results = []
    for cell in notebook.cells:
        grade = stored.grades.get(cell.name)
        if grade is None or not grade.most:
            continue
        item = items.get(cell.name)
        own = variant(item, student, notebook.variant_key) if item else None
        answer = cells.get(f"{cell.name}-answer", cells.get(cell.name, {}))
        results.append(
            QuestionResult(
                cell.name,
                numbers.get(cell.name, 0),
                grade,
                own,
                answer_of(cell.name, own, cells),
                "".join(answer.get("source", "")),
                error_of(cells.get(cell.name, {})),
                stored.comments.get(f"{cell.name}-answer", stored.comments.get(cell.name, "")),
            )
        )
    return results


def graded_cells(path: Path) -> Cells:
    """Return the cells of a graded notebook by their names; none where it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return {}
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return {
            name: cell
            for cell in cells
            if (name := cell["metadata"].get("nbgrader", {}).get("grade_id"))
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def error_of(cell: Mapping[str, Any]) -> str:
    """Return the message of the first exception among a cell's outputs, or an empty string."""
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "error":
            return str(output.get("evalue", ""))
    return ""
