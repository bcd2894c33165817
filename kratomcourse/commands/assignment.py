"""`course assignment`: write down what a quiz asks, look at it, and make its notebook."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import CourseError, shown_path
from .common import Folder, course_folder, say

app = typer.Typer(no_args_is_help=True, help="Assignments: what is asked, and for how many points.")

Name = Annotated[str, typer.Argument(help="name of the assignment, such as 02-pharmacology-short")]


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="name: small letters, digits and hyphens")],
    chapter: Annotated[
        list[str] | None,
        typer.Option(help="chapter to choose from, such as 02-pharmacology; repeat for more"),
    ] = None,
    number: Annotated[int, typer.Option(min=1, help="how many questions to choose")] = 10,
    kind: Annotated[
        list[str] | None, typer.Option(help="choose only this kind; repeat for more")
    ] = None,
    title: Annotated[str | None, typer.Option(help="title; without it the chapters'")] = None,
    minutes: Annotated[
        int | None, typer.Option(min=1, help="time to plan; without it an estimate")
    ] = None,
    texts: Annotated[
        int, typer.Option(min=0, help="questions that a person reads, beside the others")
    ] = 0,
    due: Annotated[
        str | None, typer.Option(help="due date, such as '2027-02-01 23:59 Europe/Berlin'")
    ] = None,
    seed: Annotated[str, typer.Option(help="another seed chooses other questions")] = "1",
    without: Annotated[
        list[str] | None,
        typer.Option(help="choose nothing that this assignment asks; repeat for more"),
    ] = None,
    copy_of: Annotated[
        str | None, typer.Option("--from", help="start from a copy of this assignment")
    ] = None,
    folder: Folder = None,
) -> None:
    """Start an assignment: a file that you can edit, with questions chosen from chapters."""
    from ..authoring.new_assignment import NewAssignment, copy_assignment, write_assignment

    root = course_folder(folder)
    if copy_of:
        path = copy_assignment(root, copy_of, name)
    else:
        wanted = NewAssignment(
            name,
            chapter or [],
            number,
            kind or [],
            title,
            minutes,
            seed,
            without or [],
            texts,
            due,
        )
        path = write_assignment(root, wanted)
    say(f"wrote {shown_path(path)}; edit it, and then: course assignment preview {name}")


@app.command("list")
def list_assignments(folder: Folder = None) -> None:
    """List the assignments, with the number of questions, points, time and due date."""
    from ..quiz.assignments import assignment_names, find_assignment

    root = course_folder(folder)
    faulty = 0
    for name in assignment_names(root):
        try:
            one = find_assignment(root, name)
        except CourseError as error:
            faulty += 1
            typer.echo(
                f"{name:<32} {len(error.diagnostics)} to fix: course assignment check {name}"
            )
            continue
        time = f"{one.minutes:>4} min" if one.minutes else " " * 8
        due = f"  due {one.due}" if one.due else ""
        typer.echo(
            f"{name:<32} {len(one.items):>3} questions {one.points:>5g} points {time}"
            f"  {one.title}{due}"
        )
    if faulty:
        raise typer.Exit(1)


@app.command("preview")
def preview(
    name: Name,
    keys: Annotated[bool, typer.Option(help="show the answers, too")] = True,
    folder: Folder = None,
) -> None:
    """Print the questions of an assignment in order, with points and answers."""
    from ..authoring.preview_assignment import preview_lines
    from ..quiz.assignments import find_assignment

    for line in preview_lines(find_assignment(course_folder(folder), name), keys):
        typer.echo(line)


@app.command("build")
def build(
    names: Annotated[
        list[str] | None, typer.Argument(help="names of assignments; all where none is given")
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="build even if that takes answers or points from students"),
    ] = False,
    folder: Folder = None,
) -> None:
    """Make the nbgrader notebooks of assignments, in the folder source.

    A question that is added, removed or worth other points is refused once students have answered.
    """
    from ..grading.assignment_source.source_notebooks import build_assignments, store_due_date
    from ..quiz.assignments import find_assignment

    root = course_folder(folder)
    built = build_assignments(root, names or [], force)
    for one in built:
        if one.written:
            say(f"wrote {shown_path(one.path)}")
        if store_due_date(root, assignment := find_assignment(root, one.name)):
            say(f"{one.name} is due {assignment.due}, as the gradebook says now")
    if not any(one.written for one in built):
        say("the notebooks are what the assignments say; nothing to do")


@app.command("check")
def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="names of assignments; all where none is given")
    ] = None,
    folder: Folder = None,
) -> None:
    """Check assignments: unknown items, points that count twice, and what students already have."""
    from ..grading.assignment_source.check import check_assignment
    from ..quiz.assignments import assignment_names

    root = course_folder(folder)
    problems = 0
    for name in names or assignment_names(root):
        report = check_assignment(root, name)
        problems += len(report.problems)
        for problem in report.problems:
            typer.echo(f"[course] {problem}", err=True)
        for line in report.lines:
            typer.echo(f"{name}: {line}")
    if problems:
        raise typer.Exit(1)


def build_all(root: Path, keep: bool) -> list[Path]:
    """Make all notebooks; return those written, and report what was kept for students' sake."""
    from ..grading.assignment_source.source_notebooks import build_assignments

    built = build_assignments(root, keep=keep)
    for one in built:
        if one.kept:
            say(f"{shown_path(one.path)} was left as it is: {one.kept}")
    return [one.path for one in built if one.written]
