"""More time for one student: an extension in nbgrader's gradebook, which all penalties respect."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nbgrader.api import Gradebook, MissingEntry, Student, SubmittedAssignment
from sqlalchemy import select

from ...errors import CourseError, Diagnostic, did_you_mean
from ..autograde.instructor_version import CourseLayout


@dataclass(frozen=True)
class Extension:
    """One student's own due date, in UTC and without a zone."""

    student: str
    quiz: str
    due: datetime
    until: datetime


def extend(
    layout: CourseLayout,
    student: str,
    quiz: str,
    until: datetime | None = None,
    longer: timedelta | None = None,
) -> Extension:
    """Give a student until another moment; the latest call counts.

    until, longer : one of them; a moment in UTC, or a time after the due date
    raises        : CourseError for an unknown student or quiz, a quiz without a due date, or a
                    moment before it
    """
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        assignment = find_quiz(gradebook, layout, quiz)
        check_student(gradebook, layout, student)
        due = assignment.duedate
        if due is None:
            raise CourseError(
                Diagnostic(
                    layout.display_db_url,
                    f"{quiz} has no due date, so nobody can be late.",
                    f"add due: to its file, then course assignment build {quiz}",
                )
            )
        moment = until or due + (longer or timedelta())
        if moment < due:
            raise CourseError(
                Diagnostic(
                    "course class extend",
                    f"{moment} UTC is before the due date, {due} UTC.",
                    "give a later moment",
                    item=student,
                )
            )
        row = gradebook.db.scalars(
            select(SubmittedAssignment).where(
                SubmittedAssignment.assignment_id == assignment.id,
                SubmittedAssignment.student_id == student,
            )
        ).one_or_none()
        if row is None:
            row = SubmittedAssignment(assignment_id=assignment.id, student_id=student)
            gradebook.db.add(row)
        row.extension = moment - due
        gradebook.db.commit()
    return Extension(student, quiz, due, moment)


def find_quiz(gradebook: Gradebook, layout: CourseLayout, quiz: str) -> Any:
    """Return an assignment of the gradebook; CourseError with the nearest name."""
    try:
        return gradebook.find_assignment(quiz)
    except MissingEntry:
        names = [one.name for one in gradebook.assignments]
        raise CourseError(
            Diagnostic(
                layout.display_db_url,
                f"the gradebook has no assignment '{quiz}'.",
                did_you_mean(quiz, names) or f"nbgrader generate_assignment {quiz}",
            )
        ) from None


def check_student(gradebook: Gradebook, layout: CourseLayout, student: str) -> None:
    """CourseError for a student who is not in the class list."""
    ids = list(gradebook.db.scalars(select(Student.id)))
    if student not in ids:
        raise CourseError(
            Diagnostic(
                layout.display_db_url,
                f"the class list has no student '{student}'.",
                did_you_mean(student, ids) or "course class import FILE adds students",
            )
        )
