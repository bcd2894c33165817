"""The class list in nbgrader's gradebook: brought up to date from a file, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from nbgrader.api import Gradebook, Student

from ..autograde.instructor_version import CourseLayout
from .roster_file import RosterStudent

FIELDS = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True)
class RosterChange:
    """What an import does to the class list."""

    added: Sequence[str] = ()
    changed: Sequence[str] = ()
    same: Sequence[str] = ()
    missing: Sequence[str] = ()  # in the gradebook, and not in the file; they stay


def import_roster(
    layout: CourseLayout, students: Sequence[RosterStudent], dry: bool = False
) -> RosterChange:
    """Add students to the gradebook, and correct the names of those that are there.

    A field that is empty in the file keeps what the gradebook has. Nobody is removed.
    """
    added: list[str] = []
    changed: list[str] = []
    same: list[str] = []
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        there = {row.id: row for row in gradebook.db.query(Student).all()}
        for one in students:
            row = there.get(one.id)
            if row is None:
                added.append(one.id)
                row = Student(id=one.id)
                gradebook.db.add(row)
            new = {name: getattr(one, name) for name in FIELDS if getattr(one, name)}
            differs = any((getattr(row, name) or "") != value for name, value in new.items())
            if one.id in there:
                (changed if differs else same).append(one.id)
            for name, value in new.items():
                setattr(row, name, value)
        if dry:
            gradebook.db.rollback()
        else:
            gradebook.db.commit()
    missing = sorted(set(there) - {one.id for one in students})
    return RosterChange(added, changed, same, missing)
