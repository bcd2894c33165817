"""Marking without names: a copy of one graded assignment in which students are codes.

The copy is an nbgrader folder of its own, with a gradebook and the graded notebooks. A person who
marks in its formgrader, or gets the folder as a second marker, sees no name, no email and no time
of submission. Codes follow from the course's secret, so only this course can read the marks back.
"""

import hmac
import json
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Base, Gradebook
from sqlalchemy import Table, create_engine, insert, select

from ...errors import CourseError, Diagnostic, shown_path
from ...files import write_atomic
from ...quiz.order import course_secret
from ..autograde.instructor_version import CourseLayout
from .extensions import find_quiz

MARK = ".anonymous-marking"
SHORTEST = 3  # letters of a name that is looked for in answers
NOBODY = "[name]"
Keep = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class AnonymousCopy:
    """What was written."""

    folder: Path
    students: int
    names_removed: int  # places in answers


@dataclass(frozen=True)
class MarkRow:
    """Points that a person gave in the copy, beside those of the gradebook."""

    student: str
    question: str
    before: float | None
    after: float | None
    comment: str | None = None


@dataclass
class CopiedRows:
    """Ids of the rows that the copy has so far, by table."""

    ids: dict[str, set[Any]] = field(default_factory=dict)

    def has(self, table: str, value: object) -> bool:
        """Whether the copy has this row."""
        return value in self.ids.get(table, set())


def code_of(layout: CourseLayout, quiz: str, student: str) -> str:
    """Return the code of a student in one assignment; it tells nothing without the secret."""
    digest = hmac.new(course_secret(layout.root), f"code|{quiz}|{student}".encode(), "sha256")
    return f"s-{digest.hexdigest()[:8]}"


def make_anonymous(
    layout: CourseLayout, quiz: str, folder: Path, blank: bool = False
) -> AnonymousCopy:
    """Write a copy of a graded assignment without names.

    folder : is made; must be empty or new
    blank  : also leave out points and comments that a person gave, for an independent second marker
    raises : CourseError where nothing is graded, or the folder holds something
    """
    if folder.exists() and any(folder.iterdir()):
        raise CourseError(
            Diagnostic(shown_path(folder), "is not empty.", "name a new folder with --to")
        )
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        find_quiz(gradebook, layout, quiz)
        rows = [row for row in gradebook.assignment_submissions(quiz) if row.notebooks]
        people = {row.student.id: names_of(row.student) for row in rows}
        if not people:
            raise CourseError(
                Diagnostic(
                    layout.display_db_url,
                    f"nobody's work for {quiz} is graded yet.",
                    f"course grade {quiz}",
                )
            )
        codes = {student: code_of(layout, quiz, student) for student in people}
        folder.mkdir(parents=True, exist_ok=True)
        copy_gradebook(gradebook.engine, folder / "gradebook.db", quiz, codes, blank)
    removed = 0
    everyone = {name for names in people.values() for name in names}
    for student, code in codes.items():
        for path in sorted((layout.autograded / student / quiz).glob("*.ipynb")):
            text, count = without_names(path.read_text(encoding="utf-8"), everyone)
            write_atomic(folder / "autograded" / code / quiz / path.name, text)
            removed += count
    for name in ("nbgrader_config.py", "course.yml"):
        if (layout.root / name).is_file():
            shutil.copyfile(layout.root / name, folder / name)
    write_atomic(folder / MARK, f"{quiz}\n")
    return AnonymousCopy(folder, len(people), removed)


def names_of(student: Any) -> set[str]:
    """Return what could name a student in an answer."""
    words = {student.id, student.email, student.first_name, student.last_name}
    full = f"{student.first_name or ''} {student.last_name or ''}".strip()
    return {word for word in (*words, full) if word and len(word) >= SHORTEST}


def without_names(text: str, names: Collection[str]) -> tuple[str, int]:
    """Return a notebook in which names are replaced, and in how many places."""
    notebook = json.loads(text)
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    count = 0

    def replaced(value: Any) -> Any:
        nonlocal count
        if isinstance(value, str):
            new, found = pattern.subn(NOBODY, value)
            count += found
            return new
        if isinstance(value, list):
            return [replaced(one) for one in value]
        if isinstance(value, dict):
            return {key: replaced(one) for key, one in value.items()}
        return value

    for cell in notebook["cells"]:
        # A list of lines is one text: a name may not be hidden by where a line ends.
        source = cell.get("source", "")
        cell["source"] = replaced("".join(source) if isinstance(source, list) else source)
        if "outputs" in cell:
            cell["outputs"] = replaced(cell["outputs"])
    notebook["metadata"] = {
        key: value for key, value in notebook.get("metadata", {}).items() if key == "kernelspec"
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", count


def copy_gradebook(
    source: Any, path: Path, quiz: str, codes: Mapping[str, str], blank: bool
) -> None:
    """Write a new gradebook with one assignment and codes for students; nothing else is copied."""
    target = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(target)
    kept = CopiedRows()
    with source.connect() as old, target.begin() as new:
        for table in Base.metadata.sorted_tables:
            rows = [dict(row._mapping) for row in old.execute(select(table))]
            wanted = [row for row in rows if belongs(table, row, quiz, codes, kept)]
            kept.ids[table.name] = {row.get("id") for row in wanted}
            changed = [anonymised(table.name, row, codes, blank) for row in wanted]
            if changed:
                new.execute(insert(table), changed)
        version = old.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        new.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        new.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (version,))
    target.dispose()


def belongs(
    table: Table, row: Mapping[str, Any], quiz: str, codes: Mapping[str, str], kept: CopiedRows
) -> bool:
    """Whether the copy has this row; the tables come in the order of what they refer to."""
    name = table.name
    if name == "assignment":
        return bool(row["name"] == quiz)
    if name == "student":
        return row["id"] in codes
    if name == "submitted_assignment":
        return kept.has("assignment", row["assignment_id"]) and row["student_id"] in codes
    if name == "submitted_notebook":
        return kept.has("submitted_assignment", row["assignment_id"])
    if name in ("grade", "comment"):
        return kept.has("submitted_notebook", row["notebook_id"])
    if name == "notebook":
        return kept.has("assignment", row["assignment_id"])
    if name in ("grade_cells", "solution_cells", "task_cells"):
        return kept.has("base_cell", row["id"])
    if name in ("base_cell", "source_cell"):
        return kept.has("notebook", row["notebook_id"])
    return name == "course"


def anonymised(
    table: str, row: dict[str, Any], codes: Mapping[str, str], blank: bool
) -> dict[str, Any]:
    """Return a row without what names a student."""
    if table == "student":
        empty = dict.fromkeys(("first_name", "last_name", "email", "lms_user_id"))
        return row | empty | {"id": codes[row["id"]]}
    if table == "submitted_assignment":
        return row | {"student_id": codes[row["student_id"]], "timestamp": None, "extension": None}
    if table == "submitted_notebook":
        return row | {"late_submission_penalty": None}
    if table == "grade" and blank and row["manual_score"] is not None:
        # What the computer scored keeps its score, and what a person has to read waits again.
        return row | {
            "manual_score": None,
            "extra_credit": None,
            "needs_manual_grade": row["auto_score"] is None,
        }
    if table == "comment" and blank:
        return row | {"manual_comment": None}
    return row


def marks_in(layout: CourseLayout, folder: Path) -> tuple[str, list[MarkRow]]:
    """Return the assignment, and what a person gave in an anonymous copy.

    raises : CourseError for a folder that is no such copy, or codes of another course
    """
    mark = folder / MARK
    if not mark.is_file():
        raise CourseError(
            Diagnostic(
                shown_path(folder),
                "is not a folder for anonymous marking.",
                "name the folder that course class anonymous made",
            )
        )
    quiz = mark.read_text(encoding="utf-8").strip()
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", layout.course_id) as copy:
        given = {
            (row.student.id, grade.name): (grade.manual_score, comment_of(notebook, grade.name))
            for row in copy.assignment_submissions(quiz)
            for notebook in row.notebooks
            for grade in notebook.grades
            if grade.manual_score is not None
        }
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        find_quiz(gradebook, layout, quiz)
        students = {
            code_of(layout, quiz, row.student.id): row
            for row in gradebook.assignment_submissions(quiz)
        }
        if unknown := sorted({code for code, _ in given} - set(students)):
            raise CourseError(
                Diagnostic(
                    shown_path(folder),
                    "this code belongs to no student of this course.",
                    "use the course, and the .course-secret, from which the folder was made",
                    item=unknown[0],
                )
            )
        before = {
            (code, grade.name): grade.manual_score
            for code, row in students.items()
            for notebook in row.notebooks
            for grade in notebook.grades
        }
        rows = [
            MarkRow(students[code].student.id, question, before.get((code, question)), *marks)
            for (code, question), marks in sorted(given.items())
        ]
    return quiz, rows


def comment_of(notebook: Any, name: str) -> str | None:
    """Return what a person wrote on a question."""
    found = (comment.manual_comment for comment in notebook.comments if comment.name == name)
    return next(found, None)


def store_marks(layout: CourseLayout, quiz: str, rows: Iterable[MarkRow]) -> int:
    """Write points and comments into the gradebook; returns how many questions changed."""
    changed = 0
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        for row in rows:
            [notebook] = [
                one
                for one in gradebook.find_submission(quiz, row.student).notebooks
                if any(grade.name == row.question for grade in one.grades)
            ]
            for grade in notebook.grades:
                if grade.name == row.question:
                    changed += grade.manual_score != row.after
                    grade.manual_score, grade.needs_manual_grade = row.after, False
            for comment in notebook.comments:
                if comment.name == row.question and row.comment:
                    comment.manual_comment = row.comment
        gradebook.db.commit()
    return changed


def compared(rows: Sequence[MarkRow]) -> list[str]:
    """Return the first and the second marker's points side by side, the furthest apart first."""
    both = [row for row in rows if row.before is not None and row.after is not None]
    both.sort(key=lambda row: -abs((row.after or 0) - (row.before or 0)))
    return [
        f"{row.student:<20} {row.question:<40} {row.before:>6g} {row.after:>6g}"
        f" {(row.after or 0) - (row.before or 0):>+6g}"
        for row in both
    ]
