"""The gradebook: outcomes written into nbgrader's database and its folder autograded/, each wholly or not at all.

One process writes. The order is: graded notebook beside its place, database in one transaction, notebook into its
place. A run that dies between two steps leaves a submission that counts as not yet marked, and marking it again
gives the same rows. Marks that a person gave are never touched.
"""

import errno
import os
import shutil
import time

from nbgrader import utils
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
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import selectinload

from ...errors import CourseError, Diagnostic

LOCKED_SECONDS = 60  # as long as another program may hold the gradebook


class GradebookWriter:
    """Writes the outcomes of one quiz."""

    def __init__(self, layout, assignment):
        self.layout, self.assignment = layout, assignment
        self.gradebook = Gradebook(layout.db_url, layout.course_id)
        self.db = self.gradebook.db
        self.late = AssignLatePenalties(config=layout.config)
        self.late.init_plugin()
        stored_assignment = self.gradebook.find_assignment(assignment.quiz)
        notebook = self.gradebook.find_notebook(assignment.name, assignment.quiz)
        self.assignment_id, self.notebook_id, self.due = (
            stored_assignment.id,
            notebook.id,
            stored_assignment.duedate,
        )
        self.cells = {
            cell.id: cell.name
            for kind in (GradeCell, SolutionCell, TaskCell)
            for cell in self.db.scalars(select(kind).where(kind.notebook_id == notebook.id))
        }
        self.graded = [*notebook.grade_cells, *notebook.task_cells]
        self.graded = [cell.id for cell in self.graded]
        self.commented = [cell.id for cell in (*notebook.solution_cells, *notebook.task_cells)]
        self.db.commit()

    def close(self):
        self.gradebook.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def write(self, outcome):
        """Write one outcome down; returns what the report says about it: points, most, needs a person, late seconds."""
        place = self.layout.autograded / outcome.student / self.assignment.quiz
        beside = place.with_name(f".{self.assignment.quiz}.new")
        write_folder(beside, outcome, self.assignment.name)
        row = retry_while_locked(lambda: self.write_scores(outcome), self.db.rollback)
        replace_folder(beside, place)
        return row

    def write_scores(self, outcome):
        if self.db.get(Student, outcome.student) is None:
            self.db.add(Student(id=outcome.student))
        submitted = self.db.scalars(
            select(SubmittedAssignment)
            .where(
                SubmittedAssignment.assignment_id == self.assignment_id,
                SubmittedAssignment.student_id == outcome.student,
            )
            .options(
                selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.grades),
                selectinload(SubmittedAssignment.notebooks).selectinload(
                    SubmittedNotebook.comments
                ),
            )
        ).one_or_none()
        if submitted is None:
            submitted = SubmittedAssignment(
                assignment_id=self.assignment_id, student_id=outcome.student
            )
            self.db.add(submitted)
            self.db.flush()
        if outcome.timestamp:
            try:
                submitted.timestamp = utils.parse_utc(outcome.timestamp)
            except Exception:  # what is no time to nbgrader's reader, which fails in many ways
                submitted.timestamp = None
        notebook = next(
            (entry for entry in submitted.notebooks if entry.notebook_id == self.notebook_id), None
        )
        if notebook is None:
            notebook = SubmittedNotebook(notebook_id=self.notebook_id, assignment_id=submitted.id)
            self.db.add(notebook)
            self.db.flush()
        grades = {grade.cell_id: grade for grade in notebook.grades}
        waiting, points = False, 0.0
        for cell_id in self.graded:
            grade = grades.get(cell_id)
            if grade is None:
                grade = Grade(cell_id=cell_id, notebook_id=notebook.id)
                self.db.add(grade)
            score = outcome.scores.get(self.cells[cell_id])
            if score is not None:
                grade.auto_score = score.auto
                grade.needs_manual_grade = score.auto is None or grade.manual_score is not None
            waiting |= grade.needs_manual_grade is not False
            points += (
                grade.manual_score if grade.manual_score is not None else (grade.auto_score or 0.0)
            ) + (grade.extra_credit or 0.0)
        comments = {comment.cell_id: comment for comment in notebook.comments}
        for cell_id in self.commented:
            comment = comments.get(cell_id)
            if comment is None:
                comment = Comment(cell_id=cell_id, notebook_id=notebook.id)
                self.db.add(comment)
            comment.auto_comment = outcome.comments.get(self.cells[cell_id])
        late = late_seconds(submitted, self.due)
        self.penalise(notebook, outcome.student, points, late)
        self.db.commit()
        return points, waiting, late

    def penalise(self, notebook, student, points, late):
        """The instructor's rule for late work; nbgrader's own takes nothing off."""
        penalty = (
            self.late.plugin_inst.late_submission_penalty(student, points, late)
            if late > 0
            else None
        )
        notebook.late_submission_penalty = (
            None if penalty is None else min(max(penalty, 0.0), points)
        )

    def check(self):
        """Problems that the database itself reports, and rows that would count one mark twice."""
        problems = []
        if self.layout.db_url.startswith("sqlite"):
            answer = self.db.execute(text("PRAGMA integrity_check")).scalar()
            problems += [] if answer == "ok" else [str(answer)]
        twice = self.db.execute(
            text(
                "SELECT notebook_id, cell_id FROM grade GROUP BY notebook_id, cell_id HAVING COUNT(*) > 1"
            )
        ).all()
        return problems + [f"two marks for one cell: {row}" for row in twice]


def retry_while_locked(step, undo=lambda: None):
    """Do a step of the gradebook, again and again while another program holds it; CourseError where it never lets go."""
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


def late_seconds(submitted, due):
    if due is None or submitted.timestamp is None:
        return 0.0
    due = due + submitted.extension if submitted.extension is not None else due
    return max((submitted.timestamp - due).total_seconds(), 0.0)


def write_folder(folder, outcome, name):
    """The graded notebook, the time of handing in and the student's other files, on disk for good."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    contents = {**outcome.files, f"{name}.ipynb": outcome.notebook.encode()}
    if outcome.timestamp:
        contents["timestamp.txt"] = outcome.timestamp.encode()
    for short, data in contents.items():
        path = folder / short
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
            file.flush()
            if short == f"{name}.ipynb":
                os.fsync(file.fileno())
        path.chmod(0o444)


def replace_folder(beside, place):
    if place.exists():
        old = place.with_name(f".{place.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        os.rename(place, old)
        os.rename(beside, place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.rename(beside, place)


def is_graded(layout, quiz, student, timestamp):
    """Whether a submission needs no marking: there is a graded one that is not older. nbgrader's own rule."""
    place = layout.autograded / student / quiz
    if not place.is_dir():
        return False
    stamp = place / "timestamp.txt"
    before = stamp.read_text().strip() if stamp.is_file() else None
    if not timestamp or not before:
        return True
    try:
        return utils.parse_utc(timestamp) <= utils.parse_utc(before)
    except Exception:  # what is no time to nbgrader's reader, which fails in many ways
        return timestamp == before
