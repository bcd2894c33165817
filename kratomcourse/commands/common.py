"""What several commands share: the course's folder, progress and errors."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from ..grading.autograde.instructor_version import CourseLayout

ROOT = Path(__file__).resolve().parents[2]

Folder = Annotated[
    Path | None,
    typer.Option(
        help="folder with nbgrader_config.py; without it the current one, or the course's quizzes"
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        help="gradebook, such as postgresql://...; without it the one of nbgrader_config.py"
    ),
]


def say(text: str) -> None:
    """Print a line of progress."""
    typer.echo(f"[course] {text}")


def fail(text: str) -> NoReturn:
    """Print an error and exit with 1."""
    typer.echo(f"[course] {text}", err=True)
    raise typer.Exit(1)


def course_folder(folder: Path | None) -> Path:
    """Return the nbgrader folder that a command works in."""
    if folder is not None:
        return folder.resolve()
    here = Path.cwd()
    return here if (here / "nbgrader_config.py").exists() else ROOT / "quizzes"


def course_layout(folder: Path | None, db: str | None = None) -> "CourseLayout":
    """Return the layout of the nbgrader folder that a command works in."""
    from ..grading.autograde.instructor_version import CourseLayout

    return CourseLayout(course_folder(folder), db)
