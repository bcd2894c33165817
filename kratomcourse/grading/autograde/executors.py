"""Distributes submissions to workers and collects the outcomes; nothing here stores a score.

A few submissions are graded in this process, more by a Dask cluster on this machine or by one that
exists. Assignment and submission travel in the task and the outcome in its result, so no disk has
to be shared.
"""

import atexit
import contextlib
import itertools
import logging
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from ..sandbox.session import LIGHT_PRELOAD, Sandbox, SandboxUnavailable
from .grader import grade_submission, not_graded
from .records import Assignment, Outcome, Submission

IN_FLIGHT = 4  # tasks for each worker; more would only fill the memory
MIN_IF_ASKED = 4  # the same where the number of workers was given
CONNECT_TIMEOUT = 30  # seconds
MIN_FOR_CLUSTER = 16  # submissions for which no cluster is started; it takes seconds to start

Settings = dict[str, Any]  # arguments of Sandbox


class ClusterLost(Exception):
    """The scheduler does not answer, or no longer answers."""


def grade_sequentially(
    assignment: Assignment,
    submissions: Iterable[Submission],
    settings: Settings,
    started: Sandbox | None = None,
) -> Generator[Outcome, None, None]:
    """Yield outcomes one after the other, graded in this process.

    started : a sandbox with these settings that is starting already
    """
    with started or Sandbox(**settings, preload=LIGHT_PRELOAD) as sandbox:
        for submission in submissions:
            yield grade_submission(assignment, submission, sandbox)


def grade_plain_values(
    assignment: Assignment, submissions: Iterable[Submission]
) -> Generator[Outcome, None, None]:
    """Yield outcomes without running anything: a submission that needs the sandbox isn't graded."""
    for submission in submissions:
        try:
            yield grade_submission(assignment, submission, None)
        except SandboxUnavailable:
            yield not_graded(
                submission,
                "rejected",
                "has code to run; grade it on a machine with bubblewrap, without --sandbox values",
            )


def grade_with_dask(
    assignment: Assignment,
    submissions: Iterable[Submission],
    settings: Settings,
    workers: int,
    scheduler: str | None = None,
) -> Generator[Outcome, None, None]:
    """Yield outcomes as they come.

    A worker that dies takes the tasks beside it along, so each of those is tried again with nothing
    else in flight: one that ends its worker alone as well is a failed row, and costs nobody else.

    workers   : number of processes on this machine
    scheduler : address of a cluster that exists, such as tcp://...; its workers need the course and
                bubblewrap
    raises    : ClusterLost
    """
    from distributed import as_completed

    with contextlib.ExitStack() as stack:
        client = stack.enter_context(connected_client(workers, scheduler))
        if scheduler:
            workers = max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
        # A task and not scattered data, which is gone for all if the workers that hold it die.
        shared = client.submit(same, assignment, pure=False)
        waiting, done = iter(submissions), as_completed()
        sent: dict[str, Submission] = {}
        suspects: list[Submission] = []

        def submit(submission: Submission) -> Any:
            future = client.submit(grade_task, shared, submission, settings, pure=False)
            sent[future.key] = submission
            return future

        for submission in itertools.islice(waiting, IN_FLIGHT * workers):
            done.add(submit(submission))
        if not sent:
            return
        for future in done:
            submission = sent.pop(future.key)
            outcome = result_of(future)
            for following in itertools.islice(waiting, 1):
                done.add(submit(following))
            if outcome is None:
                suspects.append(submission)
            else:
                yield outcome
        for submission in suspects:
            outcome = result_of(submit(submission))
            yield outcome or not_graded(submission, "failed", "its worker process died, twice")


def result_of(future: Any) -> Outcome | None:
    """Return the outcome of a task; None where its worker died. Raises ClusterLost."""
    from distributed import CancelledError
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    try:
        outcome: Outcome = future.result()
    except KilledWorker:
        return None
    except (CancelledError, CommClosedError, TimeoutError) as error:
        raise ClusterLost(type(error).__name__) from None
    finally:
        future.release()
    return outcome


@contextlib.contextmanager
def connected_client(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Give a client of a cluster that exists, or of a new one on this machine."""
    import dask
    from distributed import Client, LocalCluster

    with contextlib.ExitStack() as stack:
        if scheduler:
            for name in ("distributed", "distributed.client", "distributed.comm"):
                # The loss of a cluster is reported in one line, not in a traceback.
                logging.getLogger(name).setLevel(logging.CRITICAL)
            try:
                client = Client(scheduler, timeout=CONNECT_TIMEOUT)
            except (OSError, TimeoutError) as error:
                raise ClusterLost(
                    f"nobody answers at {scheduler}: {type(error).__name__}"
                ) from None
            yield stack.enter_context(client)
            return
        options = {
            # Dask keeps its last thousand messages for debugging; here each is a submission.
            "distributed.admin.low-level-log-length": 10,
            "distributed.admin.log-length": 100,
            "distributed.scheduler.allowed-failures": 0,
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
        }
        stack.enter_context(dask.config.set(options))
        # Encrypted with a key of this run: on a machine that students share, an open port on
        # loopback would let any of them run code as the instructor.
        cluster = stack.enter_context(
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                protocol="tls://",
                security=True,
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address="127.0.0.1:0",
                silence_logs=50,
            )
        )
        yield stack.enter_context(Client(cluster))


SANDBOXES: dict[str, Sandbox] = {}  # of this worker process, by their settings


def same(assignment: Assignment) -> Assignment:
    """Return the assignment: a result that the cluster can make again."""
    return assignment


def grade_task(assignment: Assignment, submission: Submission, settings: Settings) -> Outcome:
    """Grade one submission in this worker process's sandbox, which is kept for the next."""
    return grade_submission(assignment, submission, worker_sandbox(settings))


def worker_sandbox(settings: Settings) -> Sandbox:
    """Return the sandbox of this process for some settings."""
    key = repr(settings)
    if key not in SANDBOXES:
        SANDBOXES[key] = Sandbox(**settings)
        atexit.register(SANDBOXES[key].close)
    return SANDBOXES[key]
