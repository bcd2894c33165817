"""Single steps of grading, each by itself: no sandbox, no class, no cluster."""

import contextlib
import itertools
import logging
from types import SimpleNamespace

import distributed
import pytest
from distributed import CancelledError
from distributed.scheduler import KilledWorker

from kratomcourse.grading.assignment_source.form_checks import MISSING
from kratomcourse.grading.autograde import executors, runner
from kratomcourse.grading.autograde.executors import (
    ClusterLost,
    connected_client,
    grade_plain_values,
    grade_sequentially,
    grade_with_dask,
    result_of,
    worker_sandbox,
)
from kratomcourse.grading.autograde.grader import (
    SandboxGrader,
    error_output,
    fitting,
    grader_fault,
    stream_output,
)
from kratomcourse.grading.autograde.records import Assignment, Outcome, Submission
from kratomcourse.grading.autograde.runner import GradeOptions, execute
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.grading.sandbox.session import LIGHT_PRELOAD, SandboxUnavailable


def test_outputs_are_kept_while_there_is_room_and_errors_in_any_case():
    long, short = stream_output("x" * 8), stream_output("y" * 3)
    wrong = error_output("ValueError", "no", 1)
    assert fitting([short, long, short], 6) == ([short, short], 0), "what just fits is kept"
    kept, room = fitting([long, wrong, short], 5)
    assert kept == [wrong] and room < 0, "an error is kept, and what comes after it is not"


def test_a_fault_of_the_grader_is_told_in_one_line_of_bounded_length():
    line = grader_fault(ValueError("\x1b[31m" + "x" * 500))
    assert "(ValueError: " in line and "please report this" in line and "\x1b" not in line
    assert len(grader_fault(ValueError("x" * 500))) - len(grader_fault(ValueError(""))) == 200


def grader_that_is_told(results, starters):
    """A grader whose session returns what a student's function returns."""
    grader = SandboxGrader.__new__(SandboxGrader)
    grader.ended, grader.starters = "", starters
    grader.session = SimpleNamespace(results=lambda function, cases: results)
    return grader


def test_a_function_that_does_what_its_starter_does_is_a_blank():
    item = SimpleNamespace(id="one", function="f", cases=[SimpleNamespace(args=(1,))])
    assert grader_that_is_told([2], {"one": [1]}).case_results(item) == [2]
    assert grader_that_is_told([1], {"one": [1]}).case_results(item) is None
    assert grader_that_is_told(None, {"one": [1]}).case_results(item) is None
    over = grader_that_is_told([2], {"one": [1]})
    over.ended = "the sandbox is gone"
    assert over.case_results(item) is MISSING


class Task:
    """A task of a cluster that ends in one way."""

    key = "one"

    def __init__(self, outcome):
        self.outcome, self.released = outcome, False

    def result(self):
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome

    def release(self):
        self.released = True


def test_a_task_gives_its_outcome_or_says_that_its_worker_or_the_cluster_is_gone():
    ended, killed = Task("graded"), Task(KilledWorker("one", None, 3))
    assert result_of(ended) == "graded" and ended.released
    assert result_of(killed) is None and killed.released
    gone = Task(CancelledError("one"))
    with pytest.raises(ClusterLost, match="CancelledError"):
        result_of(gone)
    assert gone.released


# Who grades what, and in which process

NOTHING = Assignment("quiz", ())


def submissions_of(*names):
    return [Submission(name, "quiz", {}) for name in names]


def test_without_a_sandbox_what_has_code_to_run_is_refused_and_the_others_are_graded(monkeypatch):
    def grade(assignment, submission, sandbox):
        assert assignment is NOTHING and sandbox is None
        if submission.student == "eve":
            raise SandboxUnavailable("needed")
        return Outcome(submission.student, "quiz", "graded")

    monkeypatch.setattr(executors, "grade_submission", grade)
    ada, eve, zoe = grade_plain_values(NOTHING, submissions_of("ada", "eve", "zoe"))
    assert (ada.student, ada.state, zoe.state) == ("ada", "graded", "graded")
    assert (eve.student, eve.state) == ("eve", "rejected") and "has code to run" in eve.why


class Box:
    """A sandbox in which nothing runs."""

    def __init__(self, **settings):
        self.settings, self.open = settings, False

    def __enter__(self):
        self.open = True
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.open = False


def test_a_few_submissions_share_one_sandbox_that_is_closed_after_them(monkeypatch):
    made = []
    monkeypatch.setattr(
        executors, "Sandbox", lambda **settings: made.append(Box(**settings)) or made[-1]
    )
    monkeypatch.setattr(executors, "grade_submission", lambda *given: (given, given[2].open))
    two = submissions_of("ada", "ben")
    graded = list(grade_sequentially(NOTHING, two, {"isolation": "none"}))
    assert graded == [((NOTHING, one, made[0]), True) for one in two]
    assert made[0].settings == {"isolation": "none", "preload": LIGHT_PRELOAD} and not made[0].open
    started = Box()
    [((*_, box), was_open)] = grade_sequentially(NOTHING, two[:1], {}, started)
    assert box is started and was_open and not started.open and len(made) == 1


def test_a_worker_process_keeps_one_sandbox_for_the_same_settings(monkeypatch):
    at_exit = []
    monkeypatch.setattr(executors, "SANDBOXES", {})
    monkeypatch.setattr(executors, "Sandbox", Box)
    monkeypatch.setattr(executors.atexit, "register", at_exit.append)
    monkeypatch.setattr(executors, "grade_submission", lambda *given: given)
    one, other = worker_sandbox({"isolation": "none"}), worker_sandbox({"isolation": "x"})
    assert worker_sandbox({"isolation": "none"}) is one and one is not other
    assert one.settings == {"isolation": "none"} and at_exit == [one.close, other.close]
    [ada] = submissions_of("ada")
    assert executors.grade_task(NOTHING, ada, {"isolation": "none"}) == (NOTHING, ada, one)


class Cluster:
    """A client of a cluster in which a task is done once it is asked for."""

    def __init__(self, dies=(), workers=2):
        self.dies, self.workers = list(dies), workers
        self.sent, self.keys = [], itertools.count()
        self.most, self.open = 0, 0

    def scheduler_info(self, n_workers):
        assert n_workers == -1, "all of them, and not the first five"
        return {"workers": dict.fromkeys(range(self.workers))}

    def scatter(self, assignment, broadcast):
        assert broadcast, "each worker needs the assignment"
        return SimpleNamespace(of=assignment)

    def submit(self, function, shared, submission, settings, pure):
        assert function is executors.grade_task and shared.of is NOTHING
        assert settings == {"limits": 1} and not pure, "two students may hand in the same"
        self.sent.append(submission.student)
        self.open += 1
        self.most = max(self.most, self.open)
        task = Task(None)
        task.key, task.submission = str(next(self.keys)), submission
        task.result = lambda: self.result(submission)
        return task

    def result(self, submission):
        self.open -= 1
        if submission.student in self.dies:
            self.dies.remove(submission.student)
            raise KilledWorker(submission.student, None, 1)
        return Outcome(submission.student, "quiz", "graded")


class Completed(list):
    """Tasks as they are done: in the order in which they were sent."""

    add = list.append

    def __iter__(self):
        while self:
            yield self.pop(0)


def graded_by(monkeypatch, cluster, names, workers=2, scheduler=None):
    @contextlib.contextmanager
    def connected(*asked):
        assert asked == (workers, scheduler)
        yield cluster

    monkeypatch.setattr(executors, "connected_client", connected)
    monkeypatch.setattr(distributed, "as_completed", Completed)
    given = iter(submissions_of(*names))
    return [
        (one.student, one.state)
        for one in grade_with_dask(NOTHING, given, {"limits": 1}, workers, scheduler)
    ]


def test_a_cluster_has_four_submissions_in_flight_for_each_worker(monkeypatch):
    names = [f"s{number:02}" for number in range(20)]
    cluster = Cluster()
    assert graded_by(monkeypatch, cluster, names) == [(name, "graded") for name in names]
    assert cluster.sent == names and cluster.most == 8
    for workers, most in ((3, 12), (0, 4)):
        there = Cluster(workers=workers)
        assert len(graded_by(monkeypatch, there, names, 1, "tcp://there")) == 20
        assert there.most == most, "by the workers that are there"
    assert graded_by(monkeypatch, Cluster(), []) == []


def test_those_whose_worker_died_are_tried_once_more_alone(monkeypatch):
    names = [f"s{number}" for number in range(10)]
    cluster = Cluster(dies=["s3", "s4", "s4"])
    graded = graded_by(monkeypatch, cluster, names)
    assert [name for name, _ in graded] == [n for n in names if n not in ("s3", "s4")] + [
        "s3",
        "s4",
    ]
    assert [name for name, state in graded if state != "graded"] == ["s4"]
    assert dict(graded)["s4"] == "failed" and cluster.sent[-2:] == ["s3", "s4"]


def test_a_cluster_of_this_machine_is_encrypted_and_listens_on_loopback_alone(monkeypatch):
    import dask

    asked, ended = [], []

    @contextlib.contextmanager
    def local(**options):
        asked.append((options, dask.config.get("distributed.scheduler.allowed-failures")))
        yield "cluster"
        ended.append("cluster")

    @contextlib.contextmanager
    def client(of, **more):
        yield ("client", of, more)
        ended.append("client")

    monkeypatch.setattr(distributed, "LocalCluster", local)
    monkeypatch.setattr(distributed, "Client", client)
    with connected_client(3, None) as made:
        assert made == ("client", "cluster", {}) and ended == []
        assert dask.config.get("distributed.scheduler.http.routes") == []
        assert dask.config.get("distributed.worker.http.routes") == []
    [(options, failures)] = asked
    assert (options["n_workers"], options["threads_per_worker"], failures) == (3, 1, 0)
    assert (options["protocol"], options["security"]) == ("tls://", True)
    assert all(
        options[name].startswith("127.0.0.1")
        for name in ("host", "dashboard_address", "worker_dashboard_address")
    )
    assert ended == ["client", "cluster"]


def test_a_cluster_that_exists_is_used_and_its_loss_is_told_in_one_line(monkeypatch):
    levels = {
        name: logging.getLogger(name).level
        for name in ("distributed", "distributed.client", "distributed.comm")
    }
    try:
        monkeypatch.setattr(
            distributed, "Client", lambda address, timeout: contextlib.nullcontext(address)
        )
        with connected_client(3, "tcp://there") as made:
            assert made == "tcp://there"
        assert all(logging.getLogger(name).level == logging.CRITICAL for name in levels)

        def nobody(address, timeout):
            raise TimeoutError

        monkeypatch.setattr(distributed, "Client", nobody)
        with (
            pytest.raises(ClusterLost, match="nobody answers at tcp://there: TimeoutError"),
            connected_client(3, "tcp://there"),
        ):
            pass
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    "count, options, by, workers",
    [
        (99, {"isolation": "values"}, "values", None),
        (16, {}, "sequentially", None),
        (17, {}, "dask", 8),
        (4, {"workers": 2}, "sequentially", None),
        (5, {"workers": 2}, "dask", 2),
        (5, {"workers": 6}, "dask", 5),
        (99, {"workers": 1}, "sequentially", None),
        (1, {"scheduler": "tcp://there"}, "dask", 1),
    ],
)
def test_the_number_of_submissions_decides_who_grades_them(
    monkeypatch, count, options, by, workers
):
    asked = []
    monkeypatch.setattr(runner, "cpu_count", lambda: 8)
    for name in ("grade_plain_values", "grade_sequentially", "grade_with_dask"):
        monkeypatch.setattr(
            runner, name, lambda *given, name=name: asked.append((name, given)) or iter([name])
        )
    layout = SimpleNamespace(hidden=lambda: ["/course"])
    chosen = GradeOptions(started="a sandbox", **options)
    made = execute(layout, NOTHING, iter(()), count, chosen)
    [(name, given)] = asked
    assert name.endswith(by) and list(made) == [name] and given[0] is NOTHING
    if by == "values":
        return
    assert given[2] == {"limits": Limits(), "isolation": "bubblewrap", "hidden": ["/course"]}
    assert given[3:] == ((workers, chosen.scheduler) if by == "dask" else ("a sandbox",))
