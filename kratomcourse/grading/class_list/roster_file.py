"""Class lists as CSV: of one's own, and as Moodle and Canvas export them. Reads only."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..autograde.names import id_problem

LARGEST = 10_000_000  # bytes
SEPARATORS = ",;\t"


@dataclass(frozen=True)
class RosterStudent:
    """One student of a class list."""

    id: str  # the name with which they log in or submit
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""  # the number that the LMS puts into the names of its files


@dataclass(frozen=True)
class Row:
    """One line of a file by its column names, in small letters."""

    line: int
    cells: Mapping[str, str]

    def first(self, *names: str) -> str:
        """Return the first of these columns that is not empty."""
        return next((self.cells[name] for name in names if self.cells.get(name)), "")


@dataclass(frozen=True)
class RosterForm:
    """How one kind of file is read."""

    name: str
    marks: Sequence[str]  # columns by which it is recognised
    ids: Sequence[str]  # columns that can be a student's id, best first
    student: Callable[[Row, str], RosterStudent]
    is_student: Callable[[Row], bool] = lambda row: True


def plain_student(row: Row, student: str) -> RosterStudent:
    """Return the student of a line of the course's own form."""
    return RosterStudent(
        student,
        row.first("first_name"),
        row.first("last_name"),
        row.first("email"),
        row.first("lms_user_id"),
    )


def moodle_student(row: Row, student: str) -> RosterStudent:
    """Return the student of a line of Moodle's."""
    return RosterStudent(
        student,
        row.first("first name", "firstname"),
        row.first("last name", "surname", "lastname"),
        row.first("email address", "email"),
    )


def canvas_student(row: Row, student: str) -> RosterStudent:
    """Return the student of a line of Canvas's gradebook, whose names are "Last, First"."""
    last, _, first = row.first("student").rpartition(",")
    return RosterStudent(student, first.strip(), last.strip(), row.first("email"), row.first("id"))


def is_canvas_student(row: Row) -> bool:
    """Whether a line is a student, and not Canvas's line of points or its test student."""
    return bool(row.first("id")) and row.first("student").lower() != "student, test"


FORMS: Mapping[str, RosterForm] = {
    "csv": RosterForm("csv", ("id",), ("id",), plain_student),
    "moodle": RosterForm(
        "moodle",
        ("email address", "email"),
        ("username", "id number", "idnumber", "email address", "email"),
        moodle_student,
    ),
    "canvas": RosterForm(
        "canvas",
        ("sis login id", "sis user id"),
        ("sis login id", "sis user id"),
        canvas_student,
        is_canvas_student,
    ),
}


def read_roster(
    path: Path, form: str | None = None, column: str | None = None
) -> list[RosterStudent]:
    """Return the students in a file.

    form   : csv, moodle or canvas; recognised by the columns where None
    column : that holds the id; the form's best where None
    raises : CourseError that lists every line that cannot be taken, with its fix
    """
    rows = read_rows(path)
    columns = list(rows[0].cells)
    chosen = form_named(form) if form else recognised(path, columns)
    listed = list(filter(chosen.is_student, rows)) or rows
    wanted = id_column(path, listed, chosen, column)
    found: dict[str, tuple[int, RosterStudent]] = {}
    problems = []
    for row in filter(chosen.is_student, rows):
        student = row.cells[wanted].strip()
        place = shown_path(path)
        if why := id_problem(student) if student else "it is empty":
            problems.append(
                Diagnostic(
                    place,
                    f"the id in column '{wanted}' cannot be used: {why}.",
                    "correct it, or take another column with --id",
                    row.line,
                    student,
                )
            )
        elif student in found:
            problems.append(
                Diagnostic(
                    place,
                    f"this id is in line {found[student][0]} too.",
                    "take one of the two lines out, or take another column with --id",
                    row.line,
                    student,
                )
            )
        else:
            found[student] = (row.line, chosen.student(row, student))
    problems += twice_in_lms(path, found)
    if problems:
        raise CourseError(problems)
    if not found:
        raise CourseError(Diagnostic(shown_path(path), "has no student.", "export it again"))
    return [student for _, student in found.values()]


def twice_in_lms(
    path: Path, found: Mapping[str, tuple[int, RosterStudent]]
) -> Iterator[Diagnostic]:
    """Yield a problem for each number of the LMS that two students have."""
    owners: dict[str, str] = {}
    for student, (line, one) in found.items():
        if one.lms_user_id and one.lms_user_id in owners:
            yield Diagnostic(
                shown_path(path),
                f"{owners[one.lms_user_id]} has the same number in the LMS, {one.lms_user_id}.",
                "correct one of the two",
                line,
                student,
            )
        owners.setdefault(one.lms_user_id, student)


def read_rows(path: Path) -> list[Row]:
    """Return the lines of a table below its head; CourseError where it is none."""
    place = shown_path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(
            Diagnostic(place, f"cannot be read ({error.strerror}).", "check its name")
        ) from None
    try:
        text = data[: LARGEST + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(
            Diagnostic(place, "is not UTF-8 text.", "save it as CSV UTF-8 and import that")
        ) from None
    if len(data) > LARGEST:
        raise CourseError(Diagnostic(place, "is larger than 10 MB.", "export the class list alone"))
    head = text.partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        lines = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise CourseError(
            Diagnostic(place, f"is not a table in CSV ({error}).", "export it again")
        ) from None
    if wrong := [number for number, cells in lines if len(cells) > len(names)]:
        raise CourseError(
            Diagnostic(
                place,
                "has more fields than its first line, as a name with a comma makes it.",
                "put the name in double quotes",
                wrong[0],
            )
        )
    if not lines:
        raise CourseError(
            Diagnostic(place, "has no line below the names of columns.", "export it again")
        )
    return [
        Row(number, dict(zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True)))
        for number, cells in lines
    ]


def form_named(name: str) -> RosterForm:
    """Return a form by its name."""
    if name not in FORMS:
        hint = did_you_mean(name, FORMS) or f"use one of: {', '.join(FORMS)}"
        raise CourseError(Diagnostic("--from", f"'{name}' is unknown.", hint))
    return FORMS[name]


def recognised(path: Path, columns: Sequence[str]) -> RosterForm:
    """Return the form that has these columns."""
    for name in ("canvas", "moodle", "csv"):
        if any(mark in columns for mark in FORMS[name].marks) and not (
            name == "moodle" and "id" in columns
        ):
            return FORMS[name]
    raise CourseError(
        Diagnostic(
            shown_path(path),
            f"no column is called id, SIS Login ID or Email address; there are: "
            f"{', '.join(columns)}.",
            "name the column that holds the id with --from csv --id COLUMN",
            1,
        )
    )


def id_column(path: Path, rows: Sequence[Row], form: RosterForm, wanted: str | None) -> str:
    """Return the column that holds the ids: the one named, or the form's best that isn't empty."""
    columns = list(rows[0].cells)
    names = [wanted.lower()] if wanted else list(form.ids)
    there = [name for name in names if name in columns]
    filled = [name for name in there if any(row.cells[name].strip() for row in rows)]
    if there:
        return (filled or there)[0]
    raise CourseError(
        Diagnostic(
            shown_path(path),
            f"has no column '{names[0]}'.",
            did_you_mean(names[0], columns) or f"use --id and one of: {', '.join(columns)}",
            1,
        )
    )
