"""The class's points and answers, read back from nbgrader's gradebook and from graded notebooks.

Nothing that a student wrote is executed or unpickled: an answer is what grading wrote down beside
it, or a literal.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nbgrader import api
from sqlalchemy import select

from ...errors import CourseError, Diagnostic
from ...quiz.bank import Item
from ...quiz.variants import variant
from ..assignment_source.notebooks import cell_id
from ..autograde.gradebook import retry_while_locked
from ..autograde.graded_answers import UNKNOWN, Record, answer_of
from ..autograde.instructor_version import CourseLayout, load_assignment
from ..autograde.names import id_problem
from ..autograde.records import Assignment, AssignmentNotebook


@dataclass(frozen=True)
class GradedCell:
    """One graded cell; `item` is None for a test that no bank item describes."""

    name: str  # of the graded cell
    number: int  # in the quiz, from 1
    most: float
    item: Item | None = None

    @property
    def id(self) -> str:
        """The item's id, or the cell's name."""
        return str(self.item.id) if self.item else self.name


@dataclass(frozen=True)
class ClassResults:
    """What a class did in one quiz."""

    quiz: str
    title: str
    questions: list[GradedCell]
    points: pd.DataFrame  # a row per student, a column per question; nan waits for a reader
    answers: dict[str, dict[str, Record]]  # student -> question's name -> `answers.recorded`
    people: dict[str, str]  # student -> name to show
    objectives: dict[str, str]  # id -> text


def read_class_results(
    layout: CourseLayout, quiz: str, each: Callable[[int, int], object] | None = None
) -> ClassResults:
    """Return the results of everyone whose work for a quiz has been graded.

    each   : called as each(number done, number of all) after each student
    raises : CourseError where the quiz was not made, does not fit the bank, or nobody is graded yet
    """
    assignment = retry_while_locked(lambda: load_assignment(layout, quiz))
    banks = [notebook.bank for notebook in assignment.notebooks if notebook.bank]
    items: dict[str, Any] = {
        cell_id(item): item for bank in banks for item in bank.used_for("graded")
    }
    for notebook in assignment.notebooks:
        items |= notebook.items  # in the order that was handed out
    graded = [
        cell
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if (cell.grade or cell.task) and cell.points
    ]
    questions = [
        GradedCell(cell.name, number, cell.points or 0.0, items.get(cell.name))
        for number, cell in enumerate(graded, 1)
    ]
    check_unique(layout, quiz, [question.name for question in questions])
    points, people = retry_while_locked(lambda: read_points(layout, assignment, questions))
    if points.empty:
        raise CourseError(
            Diagnostic(
                layout.display_db_url,
                f"nobody's work for {quiz} is graded yet.",
                f"course grade {quiz}",
            )
        )
    answers: dict[str, dict[str, Record]] = {}
    for number, student in enumerate(points.index, 1):
        answers[student] = {}
        for notebook in assignment.notebooks:
            answers[student] |= read_answers(
                graded_notebook(layout, str(student), notebook),
                own_questions(questions, str(student), notebook),
            )
        if each:
            each(number, len(points))
    return ClassResults(
        quiz,
        banks[0].title if banks else quiz,
        questions,
        points,
        answers,
        people,
        {one.id: one.text for bank in banks for one in bank.objectives},
    )


def check_unique(layout: CourseLayout, quiz: str, names: Sequence[str]) -> None:
    """CourseError where two notebooks of a quiz name a question alike."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CourseError(
            Diagnostic(
                layout.display_db_url,
                f"two notebooks of {quiz} have a question of this name.",
                "give one another id; the report needs one name for each question",
                item=twice[0],
            )
        )


def own_questions(
    questions: Sequence[GradedCell], student: str, notebook: AssignmentNotebook
) -> list[GradedCell]:
    """Return the questions of one notebook as this student had them."""
    names = {cell.name for cell in notebook.cells}
    return [
        replace(
            question,
            item=variant(question.item, student, notebook.variant_key) if question.item else None,
        )
        for question in questions
        if question.name in names
    ]


def graded_notebook(layout: CourseLayout, student: str, notebook: AssignmentNotebook) -> Path:
    """Return where a student's graded notebook is; an id that is not a name leads nowhere."""
    if id_problem(student):
        return layout.autograded / "no-such-student"
    return layout.autograded / student / notebook.quiz / f"{notebook.name}.ipynb"


def read_points(
    layout: CourseLayout, assignment: Assignment, questions: Sequence[GradedCell]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return (points, names to show): a person's score before the computed one.

    points is nan where someone has still to read an answer.
    """
    with api.Gradebook(layout.db_url, layout.course_id) as gradebook:
        rows = gradebook.db.execute(
            select(
                api.SubmittedAssignment.student_id,
                api.BaseCell.name,
                api.Grade.auto_score,
                api.Grade.manual_score,
                api.Grade.needs_manual_grade,
            )
            .join(
                api.SubmittedNotebook,
                api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id,
            )
            .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
            .join(api.BaseCell, api.BaseCell.id == api.Grade.cell_id)
            .where(
                api.Assignment.name == assignment.quiz,
                api.Notebook.name.in_([notebook.name for notebook in assignment.notebooks]),
            )
        ).all()
        people = {
            row.id: " ".join(filter(None, (row.first_name, row.last_name))) or row.id
            for row in gradebook.db.execute(
                select(api.Student.id, api.Student.first_name, api.Student.last_name)
            )
        }
    table = pd.DataFrame(rows, columns=["student", "cell", "auto", "manual", "waiting"])
    table["points"] = np.where(
        table["manual"].notna(),
        table["manual"],
        np.where(table["waiting"].astype(bool), np.nan, table["auto"]),
    ).astype(float)
    wide = table.pivot(index="student", columns="cell", values="points").sort_index()
    return wide.reindex(columns=[question.name for question in questions]), people


def read_answers(path: Path, questions: Sequence[GradedCell]) -> dict[str, Record]:
    """Return question's name -> record, from one graded notebook; UNKNOWN where it does not say."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in cells}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {question.name: UNKNOWN for question in questions}
    return {question.name: answer_of(question.name, question.item, found) for question in questions}
