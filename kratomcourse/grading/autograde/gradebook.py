"""Stores outcomes in nbgrader's database and its folder autograded/, each wholly or not at all.

One process writes. The order is: graded notebooks beside their place, database in one transaction,
notebooks into their place. A run that dies between two steps leaves a submission that counts as not
yet graded, and grading it again gives the same rows. Scores that a person gave are never touched.
"""

import errno
import os
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import selectinload

from ...errors import CourseError, Diagnostic
from ...files import replace_folder
from .instructor_version import CourseLayout
from .names import replace_surrogates
from .records import Assignment, NotebookOutcome, Outcome
from .timestamps import parse_timestamp

LOCKED_SECONDS = 60  # as long as another program may hold the gradebook

T = TypeVar("T")


class StoredScore(NamedTuple):
    """What the report says about a stored outcome."""

    points: float
    waiting: bool  # for someone to read an answer
    late: float  # seconds


class NotebookRows:
    """Ids of one notebook's cells in the gradebook."""

    def __init__(self, gradebook: Any, quiz: str, name: str) -> None:
        notebook = gradebook.find_notebook(name, quiz)
        self.id = notebook.id
        self.cells: dict[Any, str] = {
            cell.id: cell.name
            for kind in (GradeCell, SolutionCell, TaskCell)
            for cell in gradebook.db.scalars(select(kind).where(kind.notebook_id == notebook.id))
        }
        self.graded = [cell.id for cell in (*notebook.grade_cells, *notebook.task_cells)]
        self.commented = [cell.id for cell in (*notebook.solution_cells, *notebook.task_cells)]


class GradebookWriter:
    """Stores the outcomes of one quiz."""

    def __init__(self, layout: CourseLayout, assignment: Assignment) -> None:
        self.layout, self.assignment = layout, assignment
        self.gradebook = Gradebook(layout.db_url, layout.course_id)
        self.db: Any = self.gradebook.db
        self.late_rule: Any = None  # nbgrader's plug-in, imported for the first late submission
        stored = self.gradebook.find_assignment(assignment.quiz)
        self.assignment_id, self.due = stored.id, stored.duedate
        self.notebooks = {
            notebook.name: NotebookRows(self.gradebook, assignment.quiz, notebook.name)
            for notebook in assignment.notebooks
        }
        self.db.commit()

    def close(self) -> None:
        """Close the database."""
        self.gradebook.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def write(self, outcome: Outcome) -> StoredScore:
        """Store one outcome; returns what the report says about it."""
        place = self.layout.autograded / outcome.student / self.assignment.quiz
        beside = place.with_name(f".{self.assignment.quiz}.new")
        write_folder(beside, outcome)
        stored = retry_while_locked(lambda: self.write_scores(outcome), self.db.rollback)
        replace_folder(beside, place)
        return stored

    def write_scores(self, outcome: Outcome) -> StoredScore:
        """Store the scores and comments of an outcome in one transaction."""
        if self.db.get(Student, outcome.student) is None:
            self.db.add(Student(id=outcome.student))
        submitted = self.submitted_assignment(outcome.student)
        if outcome.timestamp:
            submitted.timestamp = parse_timestamp(outcome.timestamp)
        late = late_seconds(submitted, self.due)
        waiting, points = False, 0.0
        for graded in outcome.notebooks:
            rows = self.notebooks[graded.name]
            notebook = next(
                (entry for entry in submitted.notebooks if entry.notebook_id == rows.id), None
            )
            if notebook is None:
                notebook = SubmittedNotebook(notebook_id=rows.id, assignment_id=submitted.id)
                self.db.add(notebook)
                self.db.flush()
            earned, needs_reader = self.write_grades(notebook, rows, graded)
            self.write_comments(notebook, rows, graded)
            self.penalise(notebook, outcome.student, earned, late)
            waiting |= needs_reader
            points += earned
        self.db.commit()
        return StoredScore(points, waiting, late)

    def submitted_assignment(self, student: str) -> Any:
        """Return the row of a student's submission, made where it is absent."""
        submitted = self.db.scalars(
            select(SubmittedAssignment)
            .where(
                SubmittedAssignment.assignment_id == self.assignment_id,
                SubmittedAssignment.student_id == student,
            )
            .options(
                selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.grades),
                selectinload(SubmittedAssignment.notebooks).selectinload(
                    SubmittedNotebook.comments
                ),
            )
        ).one_or_none()
        if submitted is None:
            submitted = SubmittedAssignment(assignment_id=self.assignment_id, student_id=student)
            self.db.add(submitted)
            self.db.flush()
        return submitted

    def write_grades(
        self, notebook: Any, rows: NotebookRows, graded: NotebookOutcome
    ) -> tuple[float, bool]:
        """Store the scores of one notebook; returns (points, whether someone has to read)."""
        known = {grade.cell_id: grade for grade in notebook.grades}
        waiting, points = False, 0.0
        for cell_id in rows.graded:
            grade = known.get(cell_id)
            if grade is None:
                grade = Grade(cell_id=cell_id, notebook_id=notebook.id)
                self.db.add(grade)
            score = graded.scores.get(rows.cells[cell_id])
            if score is not None:
                grade.auto_score = score.auto
                grade.needs_manual_grade = score.auto is None or grade.manual_score is not None
            waiting |= grade.needs_manual_grade is not False
            given = grade.manual_score if grade.manual_score is not None else grade.auto_score
            points += (given or 0.0) + (grade.extra_credit or 0.0)
        return points, waiting

    def write_comments(self, notebook: Any, rows: NotebookRows, graded: NotebookOutcome) -> None:
        """Store nbgrader's own comments on one notebook."""
        known = {comment.cell_id: comment for comment in notebook.comments}
        for cell_id in rows.commented:
            comment = known.get(cell_id)
            if comment is None:
                comment = Comment(cell_id=cell_id, notebook_id=notebook.id)
                self.db.add(comment)
            comment.auto_comment = graded.comments.get(rows.cells[cell_id])

    def penalise(self, notebook: Any, student: str, points: float, late: float) -> None:
        """Store the instructor's penalty for late work; nbgrader's own rule takes nothing off."""
        penalty = self.penalty(student, points, late) if late > 0 else None
        notebook.late_submission_penalty = (
            None if penalty is None else min(max(penalty, 0.0), points)
        )

    def penalty(self, student: str, points: float, late: float) -> float | None:
        """Return what the instructor's rule takes off."""
        if self.late_rule is None:
            from nbgrader.preprocessors import AssignLatePenalties

            assigner = AssignLatePenalties(config=self.layout.config)
            assigner.init_plugin()
            self.late_rule = assigner.plugin_inst
        penalty = self.late_rule.late_submission_penalty(student, points, late)
        return None if penalty is None else float(penalty)

    def check(self) -> list[str]:
        """Return problems that the database itself reports, and rows that count a score twice."""
        problems = []
        if self.layout.db_url.startswith("sqlite"):
            answer = self.db.execute(text("PRAGMA integrity_check")).scalar()
            problems += [] if answer == "ok" else [str(answer)]
        twice = self.db.execute(
            text(
                "SELECT notebook_id, cell_id FROM grade"
                " GROUP BY notebook_id, cell_id HAVING COUNT(*) > 1"
            )
        ).all()
        return problems + [f"two scores for one cell: {row}" for row in twice]


def retry_while_locked(step: Callable[[], T], undo: Callable[[], Any] = lambda: None) -> T:
    """Do a step of the gradebook, again and again while another program holds it.

    undo   : is called after each failure
    raises : CourseError where the gradebook stays locked; OSError for a full disk
    """
    until = time.monotonic() + LOCKED_SECONDS
    while True:
        try:
            return step()
        except OperationalError as error:
            undo()
            if "locked" in str(error) and time.monotonic() < until:
                time.sleep(0.2)
            elif "locked" in str(error):
                raise CourseError(
                    Diagnostic(
                        "gradebook",
                        "another program holds it.",
                        "close what has it open; then the same command goes on",
                    )
                ) from None
            elif "full" in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
            else:
                raise
        except BaseException:
            undo()
            raise


def late_seconds(submitted: Any, due: datetime | None) -> float:
    """Return by how many seconds a submission missed its day, extensions counted."""
    if due is None or submitted.timestamp is None:
        return 0.0
    due = due + submitted.extension if submitted.extension is not None else due
    return max(float((submitted.timestamp - due).total_seconds()), 0.0)


def write_folder(folder: Path, outcome: Outcome) -> None:
    """Write the graded notebooks, the time of handing in and the other files, durably."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    contents = dict(outcome.files)
    for notebook in outcome.notebooks:
        if notebook.text:
            contents[f"{notebook.name}.ipynb"] = replace_surrogates(notebook.text).encode()
    if outcome.timestamp:
        contents["timestamp.txt"] = outcome.timestamp.encode()
    for short, data in contents.items():
        path = folder / short
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            if short.endswith(".ipynb"):
                os.fsync(file.fileno())
        path.chmod(0o444)


def is_graded(layout: CourseLayout, quiz: str, student: str, timestamp: str | None) -> bool:
    """Whether there is a graded submission that is not older, which is nbgrader's own rule."""
    place = layout.autograded / student / quiz
    if not place.is_dir() or not any(place.glob("*.ipynb")):
        return False
    stamp = place / "timestamp.txt"
    try:
        before = stamp.read_text(encoding="utf-8").strip()[:100]
    except (OSError, UnicodeDecodeError):
        before = ""
    if not timestamp or not before:
        return True
    try:
        return parse_timestamp(timestamp) <= parse_timestamp(before)
    except ValueError:
        return timestamp == before
