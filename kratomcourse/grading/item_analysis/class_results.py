"""The class's points and answers, read back from nbgrader's gradebook and from the notebooks that grading wrote.

Nothing that a student wrote is run or unpickled: an answer is what the marker wrote down beside it, or a literal.
"""

import json
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.utils import compute_checksum
from sqlalchemy import select

from ...errors import CourseError, Diagnostic
from ...quiz import load_bank
from ...quiz.bank import banks_dir
from ...quiz.variants import variant
from ..assignment_source.notebooks import answer_name, cell_id
from ..autograde.answers import literal_answers, recorded
from ..autograde.assignment import load_assignment
from ..autograde.gradebook import retry_while_locked

UNKNOWN = {"unknown": True}  # graded before answers were written down, and no literal


@dataclass(frozen=True)
class Question:
    """One graded cell; `item` is None for a test that no bank item describes."""

    name: str  # of the graded cell
    number: int  # in the notebook, from 1
    most: float
    item: object = None

    @property
    def id(self):
        return self.item.id if self.item else self.name


@dataclass(frozen=True)
class ClassResults:
    """What a class did in one quiz."""

    quiz: str
    title: str
    questions: list
    points: pd.DataFrame  # one row a student, one column a question's name; nan waits for a person
    answers: dict  # student -> name of a question -> record as `answers.recorded` makes it
    people: dict  # student -> name to show
    objectives: dict  # id -> text


def read_class_results(layout, quiz, each=None):
    """ClassBook of everybody whose work for a quiz has been graded.

    folders : Folders of the instructor
    each    : called as each(number done, number of all) after each notebook read
    raises  : CourseError where the quiz was not made, does not fit the bank, or nobody is graded yet
    """
    assignment = retry_while_locked(lambda: load_assignment(layout, quiz))
    place = layout.banks or banks_dir()
    bank = (
        load_bank(place / f"{assignment.name}.yml")
        if (place / f"{assignment.name}.yml").exists()
        else None
    )
    items = {cell_id(item): item for item in bank.used_for("graded")} if bank else {}
    items |= assignment.items  # in the order that was handed out
    graded = [cell for cell in assignment.cells if (cell.grade or cell.task) and cell.points]
    questions = [
        Question(cell.name, number, cell.points, items.get(cell.name))
        for number, cell in enumerate(graded, 1)
    ]
    points, people = retry_while_locked(lambda: read_points(layout, assignment, questions))
    if points.empty:
        raise CourseError(
            Diagnostic(
                layout.display_db_url,
                f"nobody's work for {quiz} is graded yet.",
                f"course grade {quiz}",
            )
        )
    answers = {}
    for number, student in enumerate(points.index, 1):
        own = [
            replace(question, item=variant(question.item, student, assignment.course))
            for question in questions
        ]
        answers[student] = read_answers(
            layout.autograded / student / quiz / f"{assignment.name}.ipynb", own
        )
        if each:
            each(number, len(points))
    title = bank.title if bank else quiz
    return ClassResults(
        quiz,
        title,
        questions,
        points,
        answers,
        people,
        {one.id: one.text for one in bank.objectives} if bank else {},
    )


def read_points(layout, assignment, questions):
    """(points, names to show): a person's mark before the machine's; nan where a person has still to read."""
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        rows = gradebook.db.execute(
            select(
                SubmittedAssignment.student_id,
                BaseCell.name,
                Grade.auto_score,
                Grade.manual_score,
                Grade.needs_manual_grade,
            )
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .where(Assignment.name == assignment.quiz, Notebook.name == assignment.name)
        ).all()
        people = {
            row.id: " ".join(filter(None, (row.first_name, row.last_name))) or row.id
            for row in gradebook.db.execute(
                select(Student.id, Student.first_name, Student.last_name)
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


def read_answers(path, questions):
    """Name of each question -> record, from one graded notebook; UNKNOWN where it does not tell."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {question.name: UNKNOWN for question in questions}
    found = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in cells}
    return {question.name: read_answer_of(question, found) for question in questions}


def read_answer_of(question, cells):
    graded, item = cells.get(question.name), question.item
    if graded is None or item is None:
        return UNKNOWN
    if "course" in graded["metadata"]:
        return graded["metadata"]["course"]
    if item.kind == "text":
        role = graded["metadata"]["nbgrader"]
        text = {
            "cell_type": graded["cell_type"],
            "source": "".join(graded["source"]),
            "metadata": {"nbgrader": NotebookNode(role)},
        }
        return {
            "answer": None
            if role.get("checksum")
            == compute_checksum(NotebookNode(text | {"metadata": NotebookNode(text["metadata"])}))
            else "a text"
        }
    written = cells.get(f"{question.name}-answer", {}).get("source", "")
    values = literal_answers("".join(written)) if item.kind != "code" else None
    if values is None or answer_name(item) not in values:
        return UNKNOWN
    return recorded(item, values[answer_name(item)])
