"""Grades of nbgrader's gradebook in the form that Canvas, Moodle and Blackboard import, and plain.

Read from the gradebook itself: the CSV that `nbgrader export` writes quotes nothing, so a comma in
a name moves every number of its row. Such a file is still read, and refused where a row is not as
long as its head. A row that cannot be right is refused, never written.
"""

import csv
import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import CourseError, Diagnostic, shown_path

Table = list[list[str]]

FORMS: dict[str, Sequence[str]] = {
    "moodle": ("Email address", "ID number"),
    "canvas": ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
    "blackboard": ("Last Name", "First Name", "Username", "Student ID"),
    "plain": ("student", "last_name", "first_name", "email", "assignment", "score", "max_score"),
}
COLUMNS = {"assignment", "student_id", "score", "max_score"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would execute
REMAKE = "leave the file out: course export grades reads the gradebook itself"


@dataclass
class StudentGrades:
    """One student's scores, by quiz."""

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)  # quizzes with an answer that waits for a person


@dataclass
class ClassGrades:
    """The scores of a class, and what could be had in each quiz."""

    place: str  # where they were read, for messages
    most: dict[str, float] = field(default_factory=dict)
    students: dict[str, StudentGrades] = field(default_factory=dict)


def grades_of_gradebook(db_url: str, course_id: str) -> ClassGrades:
    """Return the scores of every student; none for a quiz for which nothing is graded.

    db_url : as nbgrader names it, such as sqlite:///gradebook.db
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.engine import make_url

    grades = ClassGrades(make_url(db_url).render_as_string(hide_password=True))
    with Gradebook(db_url, course_id) as gradebook:
        for quiz in gradebook.assignments:
            grades.most[quiz.name] = float(quiz.max_score)
        for student in gradebook.students:
            row = StudentGrades(
                student.id,
                student.first_name or "",
                student.last_name or "",
                student.email or "",
                str(student.lms_user_id or ""),
            )
            for submitted in student.submissions:
                if not submitted.notebooks:  # an extension alone, and nothing graded
                    continue
                # nbgrader's own rule: the score of all notebooks less the penalty, not below zero
                penalty = float(submitted.late_submission_penalty or 0.0)
                row.scores[submitted.name] = max(0.0, float(submitted.score) - penalty)
                if submitted.needs_manual_grade:
                    row.unread.add(submitted.name)
            grades.students[student.id] = row
    return grades


def grades_of_csv(source: Path) -> ClassGrades:
    """Return the scores in a file of `nbgrader export`.

    raises : CourseError for a file that is not one, or has a row that is longer than its head
    """

    def refuse(message: str, fix: str, line: int | None = None) -> CourseError:
        return CourseError(Diagnostic(shown_path(source), message, fix, line))

    try:
        with source.open(encoding="utf-8-sig", newline="") as handle:
            lines = [line for line in csv.reader(handle, strict=True) if line]
    except (UnicodeDecodeError, csv.Error):
        raise refuse("is no table in text (CSV, UTF-8).", REMAKE) from None
    if len(lines) < 2:
        raise refuse("holds no grades.", "grade a quiz first; then course export grades")
    head = lines[0]
    if missing := COLUMNS - set(head):
        raise refuse(f"has no column {', '.join(sorted(missing))}.", REMAKE, 1)
    grades = ClassGrades(shown_path(source))
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(head):
            raise refuse(
                f"has {len(line)} fields where its head has {len(head)}, as a name with a comma"
                " makes it.",
                REMAKE,
                number,
            )
        add_row(grades, dict(zip(head, line, strict=True)), source, number)
    return grades


def add_row(grades: ClassGrades, row: Mapping[str, str], source: Path, number: int) -> None:
    """Add one row of a file; CourseError where a score is not a number or contradicts another."""
    quiz, student = row["assignment"], row["student_id"]
    try:
        score, most = float(row["score"] or 0), float(row["max_score"])
    except ValueError:
        raise CourseError(
            Diagnostic(shown_path(source), "has a score that is no number.", REMAKE, number)
        ) from None
    known = grades.students.setdefault(
        student,
        StudentGrades(
            student, row.get("first_name", ""), row.get("last_name", ""), row.get("email", "")
        ),
    )
    if quiz in known.scores or grades.most.setdefault(quiz, most) != most:
        raise CourseError(
            Diagnostic(
                shown_path(source),
                f"contradicts an earlier row on {quiz}.",
                REMAKE,
                number,
                item=student,
            )
        )
    known.scores[quiz] = score


def grades_table(grades: ClassGrades, form: str) -> Table:
    """Return the rows of the file to import, head first.

    form   : moodle, canvas, blackboard or plain
    raises : CourseError for an id, a quiz or a score that cannot be written rightly
    """
    if not grades.students or not grades.most:
        raise CourseError(
            Diagnostic(grades.place, "holds no grades.", "grade a quiz first: course grade QUIZ")
        )
    quizzes = sorted(grades.most)
    check(grades, quizzes)
    students = sorted(grades.students.values(), key=lambda one: one.student)
    if form == "plain":
        rows = [row for one in students for row in plain_rows(one, grades, quizzes)]
        return [list(FORMS[form]), *rows]
    titles = [column_title(quiz, grades, form) for quiz in quizzes]
    table: Table = [[*FORMS[form], *titles]]
    if form == "canvas":
        most = [number(grades.most[quiz]) for quiz in quizzes]
        table.append(["    Points Possible", "", "", "", "", *most])
    for one in students:
        scores = [number(one.scores[quiz]) if quiz in one.scores else "" for quiz in quizzes]
        table.append([*identity(one, form), *scores])
    return table


def column_title(quiz: str, grades: ClassGrades, form: str) -> str:
    """Return the head of a quiz's column; Blackboard's names the points and makes the column."""
    return (
        f"{quiz} [Total Pts: {number(grades.most[quiz])} Score]" if form == "blackboard" else quiz
    )


def identity(one: StudentGrades, form: str) -> list[str]:
    """Return the cells by which a system finds a student."""
    if form == "moodle":
        return [text(one.email), one.student]
    if form == "blackboard":
        return [text(one.last_name), text(one.first_name), one.student, one.lms_id]
    name = ", ".join(filter(None, (one.last_name, one.first_name))) or one.student
    return [text(name), one.lms_id, one.student, one.student, ""]


def plain_rows(one: StudentGrades, grades: ClassGrades, quizzes: Iterable[str]) -> Table:
    """Return a row for each quiz; the score is empty where nothing is graded."""
    person = [one.student, text(one.last_name), text(one.first_name), text(one.email)]
    return [
        [
            *person,
            quiz,
            number(one.scores[quiz]) if quiz in one.scores else "",
            number(grades.most[quiz]),
        ]
        for quiz in quizzes
    ]


def check(grades: ClassGrades, quizzes: Iterable[str]) -> None:
    """CourseError for everything that would be written wrongly, all at once."""
    wrong = []
    for quiz in quizzes:
        if quiz.startswith(FORMULA) or not quiz.isprintable():
            wrong.append(
                Diagnostic(grades.place, "a quiz has a name that is a formula.", item=quiz)
            )
        if not math.isfinite(grades.most[quiz]):
            wrong.append(Diagnostic(grades.place, "its points are no number.", item=quiz))
    for one in grades.students.values():
        if one.student.startswith(FORMULA) or not one.student.isprintable():
            wrong.append(
                Diagnostic(
                    grades.place,
                    "the id of a student is a formula, or has characters that cannot be seen.",
                    "rename or remove it: nbgrader db student remove",
                    item=ascii(one.student),
                )
            )
        for quiz, score in one.scores.items():
            if not math.isfinite(score) or score < 0:
                wrong.append(
                    Diagnostic(grades.place, f"{quiz}: {score} is no score.", item=one.student)
                )
    if wrong:
        raise CourseError(wrong)


def text(words: str) -> str:
    """Return a name or address that no spreadsheet takes for a formula, in one line."""
    kept = "".join(letter for letter in words if unicodedata.category(letter)[0] != "C")
    return f"'{kept}" if kept.startswith(FORMULA) else kept


def number(value: float) -> str:
    """Return a number without zeros that say nothing."""
    return f"{value:.10g}"
