"""Assignments that ask for what no bank has, in one list of problems."""

from pathlib import Path

from ..errors import CourseError, Diagnostic
from ..quiz.assignments import assignment_names, find_assignment


def check_assignments(root: Path) -> list[Diagnostic]:
    """Return the problems of every file in quizzes/assignments."""
    problems: list[Diagnostic] = []
    quizzes = root / "quizzes"
    for name in assignment_names(quizzes):
        try:
            find_assignment(quizzes, name)
        except CourseError as error:
            problems += error.diagnostics
    return problems
