"""The crew: who marks the submissions, and how they get there and back. Nobody in here writes a mark down.

A few submissions are marked in this process, more by a Dask cluster on this machine, or by one that exists.
Paper and submission travel in the task and the outcome in its result, so no disk has to be shared.
"""

import atexit
import contextlib
import itertools
import logging

from ..sandbox.session import Sandbox
from .grader import grade_submission
from .records import Outcome

IN_FLIGHT = 4  # tasks for each worker; more would only fill the memory
MIN_FOR_CLUSTER = 4  # submissions for which no cluster is started


class ClusterLost(Exception):
    """The scheduler does not answer, or not any more."""


def grade_sequentially(assignment, submissions, settings):
    """Outcomes one after the other, in this process."""
    with Sandbox(**settings) as sandbox:
        for submission in submissions:
            yield grade_submission(assignment, submission, sandbox)


def grade_with_dask(assignment, submissions, settings, workers, scheduler=None):
    """Outcomes as they come.

    workers   : number of processes on this machine
    scheduler : address of a cluster that exists, such as tcp://...; its workers need the course and bubblewrap
    """
    import dask
    from distributed import CancelledError, Client, LocalCluster, as_completed
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    with contextlib.ExitStack() as stack:
        if scheduler:
            for name in ("distributed", "distributed.client", "distributed.comm"):
                logging.getLogger(name).setLevel(
                    logging.CRITICAL
                )  # the loss of a cluster is told in one line, not in a traceback
            try:
                client = stack.enter_context(Client(scheduler, timeout=30))
            except (OSError, TimeoutError) as error:
                raise ClusterLost(
                    f"nobody answers at {scheduler}: {type(error).__name__}"
                ) from None
            workers = max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
        else:
            # Dask keeps its last thousand messages for those who look for its faults: here each is a whole submission.
            logs = {
                "distributed.admin.low-level-log-length": 10,
                "distributed.admin.log-length": 100,
            }
            stack.enter_context(
                dask.config.set(
                    {
                        "distributed.scheduler.http.routes": [],
                        "distributed.worker.http.routes": [],
                        **logs,
                    }
                )
            )
            # Encrypted with a key of this run: on a machine that students share, an open port on loopback
            # would let any of them run code as the instructor.
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
            client = stack.enter_context(Client(cluster))
        shared = client.scatter(assignment, broadcast=True)
        waiting, done = iter(submissions), as_completed()
        students = {}

        def hand_out(submission):
            future = client.submit(grade_task, shared, submission, settings, pure=False)
            students[future.key] = submission
            done.add(future)

        for submission in itertools.islice(waiting, IN_FLIGHT * workers):
            hand_out(submission)
        if not students:
            return
        for future in done:
            submission = students.pop(future.key)
            try:
                outcome = future.result()
            except KilledWorker:
                outcome = Outcome(
                    submission.student,
                    submission.quiz,
                    "failed",
                    "its worker died again and again",
                    timestamp=submission.timestamp,
                )
            except (CancelledError, CommClosedError, TimeoutError) as error:
                raise ClusterLost(type(error).__name__) from None
            future.release()
            for following in itertools.islice(waiting, 1):
                hand_out(following)
            yield outcome


SANDBOXES = {}


def grade_task(assignment, submission, settings):
    """One task: mark a submission in this worker process's sandbox."""
    key = repr(settings)
    if key not in SANDBOXES:
        SANDBOXES[key] = Sandbox(**settings)
        atexit.register(SANDBOXES[key].close)
    return grade_submission(assignment, submission, SANDBOXES[key])
