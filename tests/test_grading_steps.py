"""Single steps of grading, each by itself: no sandbox, no class, no cluster."""

from types import SimpleNamespace

import pytest
from distributed import CancelledError
from distributed.scheduler import KilledWorker

from kratomcourse.grading.assignment_source.form_checks import MISSING
from kratomcourse.grading.autograde.executors import ClusterLost, result_of
from kratomcourse.grading.autograde.grader import (
    SandboxGrader,
    error_output,
    fitting,
    grader_fault,
    stream_output,
)


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
