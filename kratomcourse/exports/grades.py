"""nbgrader's exported grades in the shape that Canvas and Moodle import. Names of people stay in the file that is asked for."""

import csv

from ..errors import CourseError, Diagnostic, shown_path

SHAPES = {
    "moodle": lambda quizzes: ["Email address", "ID number", *quizzes],
    "canvas": lambda quizzes: ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *quizzes],
}


def grades_table(source, shape):
    """Rows of the file to import, head first.

    source : CSV of `nbgrader export`, with assignment, student_id, first_name, last_name, email, max_score, score
    shape  : `moodle` or `canvas`
    raises : CourseError for a file that is no such export
    """
    try:
        with open(source, encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (UnicodeDecodeError, csv.Error):
        raise CourseError(
            Diagnostic(
                shown_path(source),
                "is no table in text (CSV, UTF-8).",
                "make it with: nbgrader export --to grades.csv",
            )
        ) from None
    if not rows:
        raise CourseError(
            Diagnostic(
                shown_path(source),
                "holds no grades.",
                "grade a quiz first, then: nbgrader export --to grades.csv",
            )
        )
    missing = {"assignment", "student_id", "score", "max_score"} - set(rows[0])
    if missing:
        raise CourseError(
            Diagnostic(
                shown_path(source),
                f"has no column {', '.join(sorted(missing))}.",
                "make it with: nbgrader export --to grades.csv",
                1,
            )
        )
    quizzes = sorted({row["assignment"] for row in rows})
    most = {row["assignment"]: row["max_score"] for row in rows}
    students = {}
    for row in rows:
        students.setdefault(row["student_id"], {"row": row})[row["assignment"]] = row["score"]
    table = [SHAPES[shape](quizzes)]
    if shape == "canvas":
        table.append(["    Points Possible", "", "", "", "", *(most[quiz] for quiz in quizzes)])
    for student, found in sorted(students.items()):
        row, scores = found["row"], [found.get(quiz, "") for quiz in quizzes]
        name = (
            ", ".join(filter(None, (row.get("last_name", ""), row.get("first_name", ""))))
            or student
        )
        table.append(
            [row.get("email", ""), student, *scores]
            if shape == "moodle"
            else [name, "", student, student, "", *scores]
        )
    return table
