"""The runner: from the folder submitted/ to the gradebook, one submission after the other, and nothing lost on the way.

It may be killed at any moment: the next run goes on with what is not marked yet. A second run at the same time stops.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import socket
import time

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from .crew import FEW, ClusterGone, cores, marked_alone, marked_by_cluster
from .gradebook import Writer, is_marked, patiently
from .intake import TIME, Refused, plain, read_file, read_submission
from .paper import load_paper
from .records import Limits, Report, Row
from .room import NoRoom
from .walls import require_walls

FULL = (errno.ENOSPC, errno.EDQUOT)


def grade_quiz(
    folders,
    quiz,
    student=None,
    regrade=False,
    dry=False,
    sandbox="bubblewrap",
    scheduler=None,
    workers=None,
    limits=None,
    allow_inside=True,
    each=None,
):
    """Mark what has been handed in for a quiz and is not marked yet.

    folders      : Folders of the instructor
    student      : mark this student alone
    regrade      : mark again what was marked before; marks that a person gave stay
    dry          : mark, but write nothing down
    sandbox      : bubblewrap, or none for work of people you trust
    scheduler    : address of a Dask cluster that exists; one on this machine where None
    workers      : processes on this machine; one for each processor where None
    limits       : Limits of a submission
    allow_inside : whether test cells that no bank item describes may run beside the student's code
    each         : called as each(number done, number of all, Row) after each submission
    returns      : Report
    raises       : CourseError for what the instructor has to mend first
    """
    limits, start = limits or Limits(), time.monotonic()
    if sandbox == "bubblewrap" and not scheduler:
        require_walls()
    with going_on_later(folders), only_one(folders), contextlib.ExitStack() as stack:
        paper = patiently(lambda: load_paper(folders, quiz))
        inside = [
            cell.name
            for cell in paper.cells
            if cell.is_test and cell.points and cell.name not in paper.items
        ]
        if inside and not allow_inside:
            raise CourseError(
                Diagnostic(
                    f"quiz {quiz}",
                    "has test cells that no bank item describes; they would run beside the student's code.",
                    "move them into the bank, or allow them",
                    item=inside[0],
                )
            )
        report = Report(
            quiz,
            sum(cell.points or 0.0 for cell in paper.cells if cell.grade or cell.task),
            sandbox,
            dry=dry,
        )
        names = chosen(folders, quiz, student)
        waiting = [
            name
            for name in names
            if regrade
            or dry
            or not is_marked(folders, quiz, name, timestamp_of(folders, quiz, name))
        ]
        report.skipped = len(names) - len(waiting)
        writer = None if dry else stack.enter_context(patiently(lambda: Writer(folders, paper)))
        settings = {
            "limits": limits,
            "sandbox": sandbox,
            "hidden": [str(folder) for folder in folders.hidden()],
        }
        refused = []
        submissions = taken_in(folders, paper, waiting, limits, refused)
        workers = workers or cores()
        if scheduler or (workers > 1 and len(waiting) > FEW):
            outcomes = marked_by_cluster(
                paper, submissions, settings, min(workers, len(waiting)), scheduler
            )
        else:
            outcomes = marked_alone(paper, submissions, settings)
        with contextlib.closing(outcomes):
            for outcome in outcomes:
                report.rows.append(written(outcome, writer))
                if each:
                    each(len(report.rows) + len(refused), len(waiting), report.rows[-1])
        report.rows = sorted(report.rows + refused, key=lambda row: row.student)
        if writer:
            report.problems = writer.check()
    report.seconds = time.monotonic() - start
    return report


@contextlib.contextmanager
def going_on_later(folders):
    """What stops a run through no fault of the course, said plainly; the next run goes on."""
    again = "then give the same command again: it goes on with those that are not marked yet"
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise CourseError(
            Diagnostic(shown_path(folders.autograded), "the disk is full.", f"make room, {again}")
        ) from None
    except NoRoom as error:
        raise CourseError(
            Diagnostic(
                "course grade",
                f"the warm interpreter does not start here ({plain(str(error))[-400:]}).",
                f"mend that, {again}",
            )
        ) from None
    except ClusterGone as error:
        raise CourseError(
            Diagnostic("Dask", f"the cluster is gone ({error}).", f"start it again, {again}")
        ) from None


def chosen(folders, quiz, student):
    """Students whose work is there; CourseError for one who handed in nothing."""
    names = folders.students(quiz)
    if student is None:
        return names
    if student not in names:
        hint = did_you_mean(student, names) or "nbgrader collect, or look into this folder"
        raise CourseError(
            Diagnostic(
                shown_path(folders.submitted),
                f"there is nothing from '{student}' for {quiz}.",
                hint,
            )
        )
    return [student]


def timestamp_of(folders, quiz, student):
    """When it was handed in, as nbgrader wrote it; None where that is not known, or not a time."""
    try:
        text = (
            read_file(folders.submitted / student / quiz / "timestamp.txt", "timestamp.txt", 1000)
            .decode(errors="replace")
            .strip()
        )
    except Refused:
        return None
    return text if TIME.fullmatch(text) else None


def taken_in(folders, paper, names, limits, refused):
    """Submissions one by one, as they are asked for; those that can not be read become rows of the report."""
    for name in names:
        try:
            yield read_submission(
                folders.submitted / name / paper.quiz, name, paper.quiz, paper.name, limits
            )
        except Refused as error:
            refused.append(Row(name, "refused", why=str(error)))


def written(outcome, writer):
    """The Row of an outcome, after it has been written down for good."""
    row = Row(
        outcome.student,
        outcome.state,
        outcome.points,
        why=outcome.why,
        noted=outcome.noted,
        contained=outcome.contained,
        ran_inside=outcome.ran_inside,
    )
    if outcome.state != "marked":
        return row
    if writer is None:
        return Row(
            **vars(row) | {"waiting": any(mark.auto is None for mark in outcome.marks.values())}
        )
    try:
        points, waiting, late = writer.write(outcome)
    except OSError as error:
        if error.errno in FULL:
            raise
        return Row(
            **vars(row)
            | {
                "state": "failed",
                "points": 0.0,
                "why": f"its marks can not be written ({error.strerror}: {plain(str(error.filename or ''))[-200:]})",
            }
        )
    return Row(**vars(row) | {"points": points, "waiting": waiting, "late": late})


@contextlib.contextmanager
def only_one(folders):
    """Hold the lock of this gradebook folder; the system lets it go when this process ends, however it ends."""
    path = folders.root / ".course-grade.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
            raise CourseError(
                Diagnostic(
                    shown_path(path),
                    f"another run is grading here ({holder or 'unknown'}).",
                    "wait until it is done; nothing was changed",
                )
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        for left in (*folders.autograded.glob("*/.*.new"), *folders.autograded.glob("*/.*.old")):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(handle)
