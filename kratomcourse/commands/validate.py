"""`course validate`: which questions of a notebook are empty, or answered in the wrong form."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import CourseError, Diagnostic, shown_path
from .common import Folder, course_folder, say


def validate(
    notebook: Annotated[Path, typer.Argument(help="notebook to look at; nothing in it is run")],
    quiz: Annotated[
        str | None, typer.Option(help="its assignment; without it the name of the file")
    ] = None,
    folder: Folder = None,
) -> None:
    """Say on one screen which questions are empty, or answered in the wrong form; runs nothing.

    Exits with 0 if every question has an answer, and with 3 if not.
    """
    from ..grading.assignment_source.handed_out import bank_of
    from ..grading.autograde.answer_forms import validate_notebook
    from ..grading.autograde.likely_notebook import explain_missing
    from ..grading.autograde.regular_files import InvalidSubmission
    from ..quiz.assignments import find_assignment

    root = course_folder(folder)
    name = quiz or notebook.stem
    if not notebook.is_file():
        there = notebook.parent
        files = {
            path.name: path.read_bytes() if path.stat().st_size < 20 << 20 else b""
            for path in (sorted(there.iterdir()) if there.is_dir() else [])
            if path.is_file() and not path.name.startswith(".")
        }
        take = f"course validate 'THAT FILE' --quiz {name}"
        said = explain_missing([name], files, take)
        raise CourseError(Diagnostic(shown_path(notebook), f"{said}.", "check the file's name"))
    bank = bank_of(root, name)
    if bank is None:
        bank = find_assignment(root, name)  # raises, with the nearest name
    try:
        report = validate_notebook(notebook, bank)
    except InvalidSubmission as error:
        raise CourseError(
            Diagnostic(shown_path(notebook), f"{error}.", "save it again in Jupyter")
        ) from None
    for line in report.lines():
        say(line)
    if not report.is_complete:
        raise typer.Exit(3)
