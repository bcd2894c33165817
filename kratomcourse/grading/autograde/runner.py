"""From the folder submitted/ to the gradebook, one submission after the other, and nothing lost.

A run may be killed at any moment: the next one goes on with what is not graded yet. A second run at
the same time stops.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import socket
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ...cpu import cpu_count
from ...errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..sandbox.bwrap import require_sandbox
from ..sandbox.cgroup import accounting
from ..sandbox.limits import Limits
from ..sandbox.session import Sandbox, SandboxUnavailable
from .executors import (
    MIN_FOR_CLUSTER,
    MIN_IF_ASKED,
    ClusterLost,
    grade_plain_values,
    grade_sequentially,
    grade_with_dask,
)
from .gradebook import GradebookWriter, is_graded, retry_while_locked
from .grader import grader_fault
from .instructor_version import CourseLayout, load_assignment
from .names import id_problem, terminal_safe
from .records import Assignment, GradingReport, Outcome, ReportRow, Submission
from .regular_files import InvalidSubmission
from .submission import read_submission, read_timestamp

FULL = (errno.ENOSPC, errno.EDQUOT)
Callback = Callable[[int, int, ReportRow], object]


@dataclass(frozen=True)
class GradeOptions:
    """How a quiz is graded."""

    student: str | None = None  # this student alone
    regrade: bool = False  # again what was graded before; scores that a person gave stay
    dry: bool = False  # store nothing
    # Or values: what needs the sandbox isn't graded; or none, for work of people you trust.
    isolation: str = "bubblewrap"
    scheduler: str | None = None  # of a Dask cluster; one on this machine where None
    workers: int | None = None  # processes on this machine; one for each processor where None
    limits: Limits = field(default_factory=lambda: Limits())
    allow_tests_in_kernel: bool = True  # tests that no bank item describes
    started: Sandbox | None = None  # by `early_sandbox`, with the same limits


def grade_assignment(
    layout: CourseLayout,
    quiz: str,
    each: Callback | None = None,
    **settings: Any,
) -> GradingReport:
    """Grade what has been submitted for a quiz and is not graded yet.

    each     : called as each(number done, number of all, row) after each submission
    settings : fields of GradeOptions
    raises   : CourseError for what the instructor has to fix first
    """
    options, start = GradeOptions(**settings), time.monotonic()
    if options.isolation == "bubblewrap" and not options.scheduler:
        require_sandbox()
    with resumable_errors(layout), exclusive_lock(layout), contextlib.ExitStack() as stack:
        if options.started is not None:
            stack.callback(options.started.close)
        assignment = retry_while_locked(lambda: load_assignment(layout, quiz))
        if not options.allow_tests_in_kernel:
            forbid_tests_in_kernel(assignment)
        report = GradingReport(quiz, assignment.max_points, options.isolation, dry=options.dry)
        names = select_students(layout, quiz, options.student)
        rejected = [
            ReportRow(name, "rejected", why=f"the folder's name is not a valid id: {why}")
            for name in names
            if (why := id_problem(name))
        ]
        valid = [name for name in names if not id_problem(name)]
        everything = options.regrade or options.dry
        waiting = [name for name in valid if everything or not graded_before(layout, quiz, name)]
        report.skipped = len(valid) - len(waiting)
        to_do = len(waiting) + len(rejected)
        writer = None
        if not options.dry:
            writer = stack.enter_context(
                retry_while_locked(lambda: GradebookWriter(layout, assignment))
            )
        submissions = read_submissions(layout, assignment, waiting, options.limits, rejected)
        outcomes = execute(layout, assignment, submissions, len(waiting), options)
        with contextlib.closing(outcomes):
            for outcome in outcomes:
                report.rows.append(save_outcome(outcome, writer))
                if each:
                    each(len(report.rows) + len(rejected), to_do, report.rows[-1])
        report.rows = sorted(report.rows + rejected, key=lambda row: row.student)
        if writer:
            report.problems = writer.check()
    report.accounting = accounting_line(options)
    report.seconds = time.monotonic() - start
    return report


def execute(
    layout: CourseLayout,
    assignment: Assignment,
    submissions: Iterator[Submission],
    count: int,
    options: GradeOptions,
) -> Generator[Outcome, None, None]:
    """Return the outcomes of `count` submissions, by the executor that suits their number."""
    if options.isolation == "values":
        return grade_plain_values(assignment, submissions)
    settings = {
        "limits": options.limits,
        "isolation": options.isolation,
        "hidden": [str(folder) for folder in layout.hidden()],
    }
    workers = options.workers or cpu_count()
    least = MIN_IF_ASKED if options.workers else MIN_FOR_CLUSTER
    if options.scheduler or (workers > 1 and count > least):
        return grade_with_dask(
            assignment, submissions, settings, min(workers, count), options.scheduler
        )
    return grade_sequentially(assignment, submissions, settings, options.started)


def accounting_line(options: GradeOptions) -> str:
    """Return how memory, processes and processor time of a submission were counted."""
    if options.isolation != "bubblewrap":
        return ""
    if options.scheduler:
        return "each worker of the cluster counted memory, processes and processor time in its way"
    return accounting().line


def forbid_tests_in_kernel(assignment: Assignment) -> None:
    """CourseError where a test would run beside the student's code."""
    for notebook in assignment.notebooks:
        if notebook.tests_in_kernel:
            raise CourseError(
                Diagnostic(
                    f"quiz {assignment.quiz}",
                    "has test cells that no bank item describes;"
                    " they would run beside the student's code.",
                    "move them into the bank, or allow them",
                    item=notebook.tests_in_kernel[0],
                )
            )


@contextlib.contextmanager
def resumable_errors(layout: CourseLayout) -> Iterator[None]:
    """Turn what stops a run through no fault of the course into a CourseError; the next goes on."""
    again = "then give the same command again: it goes on with those that are not graded yet"
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
        said = terminal_safe(str(error))[-400:]
        raise CourseError(
            Diagnostic(
                "course grade",
                f"the warm interpreter does not start here ({said}).",
                f"fix that, {again}",
            )
        ) from None
    except ClusterLost as error:
        raise CourseError(
            Diagnostic("Dask", f"the cluster is gone ({error}).", f"start it again, {again}")
        ) from None


def select_students(layout: CourseLayout, quiz: str, student: str | None) -> list[str]:
    """Return the students whose work is there; CourseError for one who submitted nothing."""
    names = layout.students(quiz)
    if student is None:
        return names
    if student not in names:
        hint = did_you_mean(student, names) or "course collect, or look into this folder"
        raise CourseError(
            Diagnostic(
                shown_path(layout.submitted),
                f"there is nothing from '{student}' for {quiz}.",
                hint,
            )
        )
    return [student]


def graded_before(layout: CourseLayout, quiz: str, student: str) -> bool:
    """Whether a submission needs no grading; one that cannot be looked at is tried."""
    try:
        return is_graded(layout, quiz, student, submitted_timestamp(layout, quiz, student))
    except (OSError, ValueError):
        return False


def submitted_timestamp(layout: CourseLayout, quiz: str, student: str) -> str | None:
    """Return when it was submitted; None where that is not known, or not a time."""
    try:
        path = layout.submitted / student / quiz / "timestamp.txt"
        return read_timestamp(str(path), "timestamp.txt")
    except InvalidSubmission:
        return None


def read_submissions(
    layout: CourseLayout,
    assignment: Assignment,
    names: list[str],
    limits: Limits,
    rejected: list[ReportRow],
) -> Iterator[Submission]:
    """Yield submissions as they are asked for; those that cannot be read become rows."""
    notebooks = [notebook.name for notebook in assignment.notebooks]
    for name in names:
        folder = layout.submitted / name / assignment.quiz
        try:
            submission = read_submission(folder, name, assignment.quiz, notebooks, limits)
        except InvalidSubmission as error:
            rejected.append(ReportRow(name, "rejected", why=str(error)))
        except Exception as error:  # a fault of reading one submission costs that one alone
            rejected.append(ReportRow(name, "failed", why=grader_fault(error)))
        else:
            yield submission


def save_outcome(outcome: Outcome, writer: GradebookWriter | None) -> ReportRow:
    """Return the row of an outcome, after it has been stored.

    raises : CourseError and the errors of a full disk, which stop the run; anything else that goes
             wrong with one outcome makes this row a failed one
    """
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
        return replace(row, waiting=any(score.auto is None for score in outcome.scores.values()))
    try:
        stored = writer.write(outcome)
    except CourseError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        said = terminal_safe(str(error))[-200:]
        return replace(
            row,
            state="failed",
            points=0.0,
            why=f"its scores cannot be stored ({type(error).__name__}: {said})",
        )
    return replace(row, points=stored.points, waiting=stored.waiting, late=stored.late)


@contextlib.contextmanager
def exclusive_lock(layout: CourseLayout) -> Iterator[None]:
    """Hold the lock of this gradebook folder; the system releases it however this process ends."""
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
