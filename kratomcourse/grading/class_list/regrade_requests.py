"""Regrade requests, as rows of a table beside nbgrader's own in the gradebook.

A request names a student, a question and a reason. It is closed with an outcome, and with points
where they change; those are stored as nbgrader stores what a person gives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import Column, DateTime, Float, Integer, MetaData, String, Table, insert, select
from sqlalchemy import update as update_rows

from ...errors import CourseError, Diagnostic, did_you_mean
from ..autograde.instructor_version import CourseLayout
from .extensions import check_student, find_quiz

LONGEST = 2000  # characters of a reason or an outcome

REQUESTS = Table(
    "course_regrade_request",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("student", String(128), nullable=False),
    Column("quiz", String(128), nullable=False),
    Column("question", String(128), nullable=False),
    Column("reason", String(LONGEST), nullable=False),
    Column("asked", DateTime, nullable=False),
    Column("outcome", String(LONGEST)),
    Column("points_before", Float),
    Column("points_after", Float),
    Column("closed", DateTime),
)


@dataclass(frozen=True)
class RegradeRequest:
    """One request; times in UTC and without a zone."""

    id: int
    student: str
    quiz: str
    question: str  # id of the graded cell
    reason: str
    asked: datetime
    outcome: str | None = None
    points_before: float | None = None
    points_after: float | None = None
    closed: datetime | None = None

    def in_words(self) -> str:
        """Return the request in one line."""
        head = f"{self.id:>4}  {self.student}, {self.quiz}, {self.question}: {self.reason}"
        if self.closed is None:
            return f"{head} (open since {self.asked:%Y-%m-%d})"
        points = (
            f", {self.points_before:g} to {self.points_after:g} points"
            if self.points_after is not None and self.points_before is not None
            else ""
        )
        return f"{head} -> {self.outcome}{points} ({self.closed:%Y-%m-%d})"


def add_request(
    layout: CourseLayout, student: str, quiz: str, question: str, reason: str
) -> RegradeRequest:
    """Note that a student asks for another look at a question.

    question : its item id, or the id of its cell
    raises   : CourseError for an unknown student, quiz or question, work that is not graded, an
               empty reason, or a request that is open already
    """
    reason = one_line(reason, "reason")
    with open_gradebook(layout) as gradebook:
        check_student(gradebook, layout, student)
        find_quiz(gradebook, layout, quiz)
        cell = find_question(gradebook, quiz, question)
        find_grade(gradebook, layout, student, quiz, cell)
        for one in read_requests(gradebook):
            if (one.student, one.quiz, one.question) == (student, quiz, cell) and not one.closed:
                raise CourseError(
                    Diagnostic(
                        "course regrade add",
                        f"request {one.id} on this question is still open.",
                        f"close it first: course regrade close {one.id} --outcome ...",
                        item=student,
                    )
                )
        done = gradebook.db.execute(
            insert(REQUESTS).values(
                student=student, quiz=quiz, question=cell, reason=reason, asked=now()
            )
        )
        gradebook.db.commit()
        [number] = done.inserted_primary_key
        return next(one for one in read_requests(gradebook) if one.id == number)


def close_request(
    layout: CourseLayout, number: int, outcome: str, points: float | None = None
) -> RegradeRequest:
    """Close a request with its outcome, and with new points where they change.

    raises : CourseError for an unknown or closed request, or points that the question cannot have
    """
    outcome = one_line(outcome, "outcome")
    with open_gradebook(layout) as gradebook:
        found = {one.id: one for one in read_requests(gradebook)}.get(number)
        if found is None or found.closed:
            state = "is closed already" if found else "does not exist"
            raise CourseError(
                Diagnostic(
                    "course regrade close", f"request {number} {state}.", "course regrade list"
                )
            )
        grade = find_grade(gradebook, layout, found.student, found.quiz, found.question)
        before = float(grade.score)
        if points is not None:
            most = float(grade.max_score)
            if not 0 <= points <= most:
                raise CourseError(
                    Diagnostic(
                        "course regrade close",
                        f"{points:g} points are not possible.",
                        f"give 0 to {most:g}",
                        item=found.question,
                    )
                )
            grade.manual_score = points
            grade.needs_manual_grade = False
        gradebook.db.execute(
            update_rows(REQUESTS)
            .where(REQUESTS.c.id == number)
            .values(outcome=outcome, points_before=before, points_after=points, closed=now())
        )
        gradebook.db.commit()
        return next(one for one in read_requests(gradebook) if one.id == number)


def list_requests(layout: CourseLayout) -> list[RegradeRequest]:
    """Return all requests, the oldest first."""
    with open_gradebook(layout) as gradebook:
        return list(read_requests(gradebook))


def open_gradebook(layout: CourseLayout) -> Any:
    """Return the gradebook, with the table of requests in it."""
    gradebook = Gradebook(layout.db_url, layout.course_id)
    REQUESTS.create(gradebook.engine, checkfirst=True)
    return gradebook


def read_requests(gradebook: Any) -> Iterator[RegradeRequest]:
    """Yield the requests in the gradebook."""
    for row in gradebook.db.execute(select(REQUESTS).order_by(REQUESTS.c.id)).all():
        yield RegradeRequest(**row._mapping)


def find_question(gradebook: Any, quiz: str, question: str) -> str:
    """Return the id of a graded cell; CourseError with the nearest one."""
    cells = [
        cell.name
        for notebook in gradebook.find_assignment(quiz).notebooks
        for cell in notebook.grade_cells
        if cell.max_score
    ]
    name = question.replace(".", "-")
    if name in cells:
        return name
    raise CourseError(
        Diagnostic(
            "course regrade add",
            f"{quiz} has no question '{question}'.",
            did_you_mean(name, cells) or f"use one of: {', '.join(sorted(cells))}",
        )
    )


def find_grade(gradebook: Any, layout: CourseLayout, student: str, quiz: str, cell: str) -> Any:
    """Return the grade of a question; CourseError where it is not graded."""
    for notebook in gradebook.find_assignment(quiz).notebooks:
        try:
            return gradebook.find_grade(cell, notebook.name, quiz, student)
        except MissingEntry:
            continue
    raise CourseError(
        Diagnostic(
            layout.display_db_url,
            f"the work of {student} for {quiz} is not graded.",
            f"course grade {quiz} --student {student}",
            item=cell,
        )
    )


def one_line(text: str, what: str) -> str:
    """Return a text in one line without control characters; CourseError for an empty one."""
    line = " ".join(text.split())
    line = "".join(letter for letter in line if letter.isprintable())[:LONGEST]
    if not line:
        raise CourseError(
            Diagnostic("course regrade", f"the {what} is empty.", f"say it with --{what}")
        )
    return line


def now() -> datetime:
    """Return the time in UTC and without a zone, as the gradebook keeps it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
