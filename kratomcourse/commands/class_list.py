"""`course class`, `course regrade` and `course status`: the class and where its work is."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from ..errors import CourseError, Diagnostic, shown_path
from ..settings import course_settings
from .common import Database, Folder, course_layout, say

app = typer.Typer(no_args_is_help=True, help="The class: list, extensions, anonymous marking.")
regrade_app = typer.Typer(
    no_args_is_help=True, help="Regrade requests: who asks for which question, and the outcome."
)

Quiz = Annotated[str, typer.Argument(help="name of the assignment, such as 02-pharmacology-short")]
Student = Annotated[str, typer.Argument(help="id of the student")]


@app.command("import")
def import_class(
    file: Annotated[Path, typer.Argument(help="class list as CSV, or an export of an LMS")],
    form: Annotated[
        str | None, typer.Option("--from", help="csv, moodle or canvas; recognised without it")
    ] = None,
    column: Annotated[
        str | None, typer.Option("--id", help="column with the name by which a student logs in")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would change, and change nothing")
    ] = False,
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Bring the class list up to date from a file; a faulty file is refused, nobody is removed."""
    from ..grading.class_list.roster import import_roster
    from ..grading.class_list.roster_file import read_roster

    students = read_roster(file, form, column)
    change = import_roster(course_layout(folder, db), students, dry_run)
    say(
        f"{len(students)} students: {len(change.added)} added, {len(change.changed)} changed,"
        f" {len(change.same)} as they were" + (" (nothing was changed)" if dry_run else "")
    )
    if change.missing:
        say(
            f"not in this file, and kept: {', '.join(change.missing)}"
            " (to remove one: nbgrader db student remove ID)"
        )


@app.command("extend")
def extend(
    student: Student,
    quiz: Quiz,
    until: Annotated[
        str | None, typer.Option(help="own due date, such as '2027-02-03 23:59 Europe/Berlin'")
    ] = None,
    hours: Annotated[
        float | None, typer.Option(min=0, max=24 * 365, help="or so many hours after the due date")
    ] = None,
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Give one student more time; grade again with --regrade where late work is graded already."""
    from ..grading.class_list.extensions import extend as give
    from ..quiz.assignments import due_moment

    if (until is None) == (hours is None):
        raise CourseError(
            Diagnostic("course class extend", "say until when.", "give either --until or --hours")
        )
    try:
        moment = due_moment(until) if until else None
    except ValueError as error:
        what, _, fix = str(error).partition("; ")
        raise CourseError(Diagnostic("--until", f"{what}.", fix)) from error
    longer = timedelta(hours=hours) if hours is not None else None
    given = give(course_layout(folder, db), student, quiz, moment, longer)
    say(
        f"{given.student} has until {given.until:%Y-%m-%d %H:%M} UTC for {given.quiz};"
        f" everyone else until {given.due:%Y-%m-%d %H:%M} UTC"
    )


@app.command("take")
def take(
    student: Student,
    quiz: Quiz,
    file: Annotated[
        str | None, typer.Argument(help="the file, or a name in a zip; the likeliest without it")
    ] = None,
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Take a renamed, nested or packed file that a student submitted for the notebook."""
    from ..grading.autograde.names import terminal_safe
    from ..grading.class_list.take import take_file

    taken = take_file(course_layout(folder, db), student, quiz, file)
    say(f"took {terminal_safe(taken.inner or taken.file)} ({taken.why}); now: course grade {quiz}")


@app.command("anonymous")
def anonymous(
    quiz: Quiz,
    to: Annotated[Path, typer.Option(help="new folder for the copy without names")],
    blank: Annotated[
        bool,
        typer.Option("--blank", help="leave out points and comments given so far (second marker)"),
    ] = False,
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Copy a graded assignment without names; the formgrader there shows only codes."""
    from ..grading.class_list.anonymous import make_anonymous

    made = make_anonymous(course_layout(folder, db), quiz, to, blank)
    say(f"{shown_path(made.folder)} has the work of {made.students} students under codes")
    if made.names_removed:
        say(f"names of the class were replaced in {made.names_removed} places of their answers")
    say(f"mark there (jupyter lab, Formgrader), and then: course class marks {to}")


@app.command("marks")
def marks(
    copy: Annotated[Path, typer.Argument(help="folder that course class anonymous made")],
    compare: Annotated[
        bool,
        typer.Option("--compare", help="only show both markers' points; change no grade"),
    ] = False,
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Take the points from a copy without names into the gradebook, or compare two markers."""
    from ..grading.class_list.anonymous import compared, marks_in, store_marks

    layout = course_layout(folder, db)
    quiz, rows = marks_in(layout, copy)
    if compare:
        lines = compared(rows)
        typer.echo(f"{'':<61} first second  diff" if lines else "no answer has points from both")
        for line in lines:
            typer.echo(line)
        return
    changed = store_marks(layout, quiz, rows)
    say(f"{quiz}: {len(rows)} answers have points from the copy; {changed} changed the gradebook")


@regrade_app.command("add")
def add(
    student: Student,
    quiz: Quiz,
    question: Annotated[str, typer.Argument(help="item id, such as risk.topic.name")],
    reason: Annotated[str, typer.Option(help="why the student asks")],
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Note that a student asks for another look at a question."""
    from ..grading.class_list.regrade_requests import add_request

    made = add_request(course_layout(folder, db), student, quiz, question, reason)
    say(f"request {made.id} is open; to close it: course regrade close {made.id} --outcome ...")


@regrade_app.command("list")
def list_requests(folder: Folder = None, db: Database = None) -> None:
    """List the requests, open and closed."""
    from ..grading.autograde.names import terminal_safe
    from ..grading.class_list.regrade_requests import list_requests as read

    requests = read(course_layout(folder, db))
    for one in requests:
        typer.echo(terminal_safe(one.in_words()))
    say(f"{sum(one.closed is None for one in requests)} open of {len(requests)} requests")


@regrade_app.command("close")
def close(
    number: Annotated[int, typer.Argument(help="number of the request")],
    outcome: Annotated[str, typer.Option(help="what was decided, and why")],
    points: Annotated[
        float | None, typer.Option(min=0, help="new points of the question, where they change")
    ] = None,
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Close a request with its outcome, and with new points where they change."""
    from ..grading.autograde.names import terminal_safe
    from ..grading.class_list.regrade_requests import close_request

    done = close_request(course_layout(folder, db), number, outcome, points)
    say(terminal_safe(done.in_words().strip()))
    if done.points_after is not None:
        say(f"to return it: nbgrader generate_feedback {done.quiz} --force, then release_feedback")


def status(
    every: Annotated[
        bool, typer.Option("--all", help="also assignments that are not released yet")
    ] = False,
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Show how far each assignment is: submitted, collected, graded, waiting, returned."""
    from ..grading.class_list.status import course_status, status_lines

    layout = course_layout(folder, db)
    for line in status_lines(course_status(layout), every):
        typer.echo(line)
    late = course_settings(layout.root).late
    if late.policy != "none":
        typer.echo(f"late work loses {late.in_words()}")
