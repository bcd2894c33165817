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

from ...errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..sandbox.bwrap import require_sandbox
from ..sandbox.limits import Limits
from ..sandbox.session import SandboxUnavailable
from .assignment import load_assignment
from ...cpu import cpu_count
from .executors import MIN_FOR_CLUSTER, ClusterLost, grade_sequentially, grade_with_dask
from .gradebook import GradebookWriter, is_graded, retry_while_locked
from .records import GradingReport, ReportRow
from .submission import TIME, InvalidSubmission, read_file, read_submission, terminal_safe

FULL = (errno.ENOSPC, errno.EDQUOT)


def grade_assignment(
    layout,
    quiz,
    student=None,
    regrade=False,
    dry=False,
    isolation="bubblewrap",
    scheduler=None,
    workers=None,
    limits=None,
    allow_tests_in_kernel=True,
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
    if isolation == "bubblewrap" and not scheduler:
        require_sandbox()
    with resumable_errors(layout), exclusive_lock(layout), contextlib.ExitStack() as stack:
        assignment = retry_while_locked(lambda: load_assignment(layout, quiz))
        in_kernel = [
            cell.name
            for cell in assignment.cells
            if cell.is_test and cell.points and cell.name not in assignment.items
        ]
        if in_kernel and not allow_tests_in_kernel:
            raise CourseError(
                Diagnostic(
                    f"quiz {quiz}",
                    "has test cells that no bank item describes; they would run beside the student's code.",
                    "move them into the bank, or allow them",
                    item=in_kernel[0],
                )
            )
        report = GradingReport(
            quiz,
            sum(cell.points or 0.0 for cell in assignment.cells if cell.grade or cell.task),
            isolation,
            dry=dry,
        )
        names = select_students(layout, quiz, student)
        waiting = [
            name
            for name in names
            if regrade
            or dry
            or not is_graded(layout, quiz, name, submitted_timestamp(layout, quiz, name))
        ]
        report.skipped = len(names) - len(waiting)
        writer = (
            None
            if dry
            else stack.enter_context(
                retry_while_locked(lambda: GradebookWriter(layout, assignment))
            )
        )
        settings = {
            "limits": limits,
            "isolation": isolation,
            "hidden": [str(folder) for folder in layout.hidden()],
        }
        refused = []
        submissions = read_submissions(layout, assignment, waiting, limits, refused)
        workers = workers or cpu_count()
        if scheduler or (workers > 1 and len(waiting) > MIN_FOR_CLUSTER):
            outcomes = grade_with_dask(
                assignment, submissions, settings, min(workers, len(waiting)), scheduler
            )
        else:
            outcomes = grade_sequentially(assignment, submissions, settings)
        with contextlib.closing(outcomes):
            for outcome in outcomes:
                report.rows.append(save_outcome(outcome, writer))
                if each:
                    each(len(report.rows) + len(refused), len(waiting), report.rows[-1])
        report.rows = sorted(report.rows + refused, key=lambda row: row.student)
        if writer:
            report.problems = writer.check()
    report.seconds = time.monotonic() - start
    return report


@contextlib.contextmanager
def resumable_errors(layout):
    """What stops a run through no fault of the course, said plainly; the next run goes on."""
    again = "then give the same command again: it goes on with those that are not marked yet"
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise CourseError(
            Diagnostic(
                shown_path(layout.autograded), "the disk is full.", f"free some space, {again}"
            )
        ) from None
    except SandboxUnavailable as error:
        raise CourseError(
            Diagnostic(
                "course grade",
                f"the warm interpreter does not start here ({terminal_safe(str(error))[-400:]}).",
                f"mend that, {again}",
            )
        ) from None
    except ClusterLost as error:
        raise CourseError(
            Diagnostic("Dask", f"the cluster is gone ({error}).", f"start it again, {again}")
        ) from None


def select_students(layout, quiz, student):
    """Students whose work is there; CourseError for one who handed in nothing."""
    names = layout.students(quiz)
    if student is None:
        return names
    if student not in names:
        hint = did_you_mean(student, names) or "nbgrader collect, or look into this folder"
        raise CourseError(
            Diagnostic(
                shown_path(layout.submitted),
                f"there is nothing from '{student}' for {quiz}.",
                hint,
            )
        )
    return [student]


def submitted_timestamp(layout, quiz, student):
    """When it was handed in, as nbgrader wrote it; None where that is not known, or not a time."""
    try:
        text = (
            read_file(layout.submitted / student / quiz / "timestamp.txt", "timestamp.txt", 1000)
            .decode(errors="replace")
            .strip()
        )
    except InvalidSubmission:
        return None
    return text if TIME.fullmatch(text) else None


def read_submissions(layout, assignment, names, limits, refused):
    """Submissions one by one, as they are asked for; those that can not be read become rows of the report."""
    for name in names:
        try:
            yield read_submission(
                layout.submitted / name / assignment.quiz,
                name,
                assignment.quiz,
                assignment.name,
                limits,
            )
        except InvalidSubmission as error:
            refused.append(ReportRow(name, "rejected", why=str(error)))


def save_outcome(outcome, writer):
    """The Row of an outcome, after it has been written down for good."""
    row = ReportRow(
        outcome.student,
        outcome.state,
        outcome.points,
        why=outcome.why,
        repairs=outcome.repairs,
        violations=outcome.violations,
        tests_in_kernel=outcome.tests_in_kernel,
    )
    if outcome.state != "graded":
        return row
    if writer is None:
        return ReportRow(
            **vars(row) | {"waiting": any(mark.auto is None for mark in outcome.scores.values())}
        )
    try:
        points, waiting, late = writer.write(outcome)
    except OSError as error:
        if error.errno in FULL:
            raise
        return ReportRow(
            **vars(row)
            | {
                "state": "failed",
                "points": 0.0,
                "why": f"its marks can not be written ({error.strerror}: {terminal_safe(str(error.filename or ''))[-200:]})",
            }
        )
    return ReportRow(**vars(row) | {"points": points, "waiting": waiting, "late": late})


@contextlib.contextmanager
def exclusive_lock(layout):
    """Hold the lock of this gradebook folder; the system lets it go when this process ends, however it ends."""
    path = layout.root / ".course-grade.lock"
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
        for left in (*layout.autograded.glob("*/.*.new"), *layout.autograded.glob("*/.*.old")):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(handle)
