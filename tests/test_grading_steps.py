"""Single steps of grading, each by itself: no sandbox, no class, no cluster."""

import contextlib
import errno
import itertools
import logging
import os
import re
import socket
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import distributed
import nbgrader.api
import pytest
import sqlalchemy
from distributed import CancelledError
from distributed.scheduler import KilledWorker
from nbgrader.api import Gradebook
from traitlets.config import Config

from kratomcourse.errors import CourseError, Diagnostic
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
from kratomcourse.grading.autograde.gradebook import GradebookWriter, StoredScore
from kratomcourse.grading.autograde.grader import (
    SandboxGrader,
    error_output,
    fitting,
    grader_fault,
    stream_output,
)
from kratomcourse.grading.autograde.records import (
    Assignment,
    AssignmentNotebook,
    CellScore,
    NotebookOutcome,
    Outcome,
    ReportRow,
    SourceCell,
    Submission,
)
from kratomcourse.grading.autograde.runner import (
    GradeOptions,
    accounting_line,
    exclusive_lock,
    execute,
    forbid_tests_in_kernel,
    graded_before,
    read_submissions,
    save_outcome,
    select_students,
    submitted_timestamp,
)
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


# The gradebook

NOON = datetime(2027, 1, 15, 12)


class HalfOff:
    """A policy for late work that takes off half of the points, and writes down what it was asked."""

    def __init__(self, penalty=lambda points: points / 2):
        self.asked, self.of = [], penalty

    def late_submission_penalty(self, student, points, late):
        self.asked.append((student, points, late))
        return self.of(points)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A gradebook with one quiz of two notebooks, and what writes into it."""
    monkeypatch.setattr(nbgrader.api, "get_alembic_version", lambda: "1")
    url = f"sqlite:///file:{tmp_path.name}?mode=memory&cache=shared&uri=true"
    with contextlib.ExitStack() as stack:
        gradebook = stack.enter_context(Gradebook(url, "course"))
        gradebook.add_assignment("quiz", duedate=NOON)
        for name in ("first", "second"):
            gradebook.add_notebook(name, "quiz")
            kind = {"cell_type": "code"}
            gradebook.add_grade_cell("check", name, "quiz", max_score=3, **kind)
            gradebook.add_solution_cell("check-answer", name, "quiz")
            gradebook.add_task_cell("task", name, "quiz", max_score=2, cell_type="markdown")
        layout = SimpleNamespace(
            db_url=url, course_id="course", autograded=tmp_path / "autograded", config=Config()
        )
        both = tuple(AssignmentNotebook("quiz", name, (), {}, {}) for name in ("first", "second"))
        with GradebookWriter(layout, Assignment("quiz", both)) as writer:
            yield writer


def graded(*notebooks, student="ada", at="2027-01-15 12:00:00 UTC"):
    return Outcome(student, "quiz", "graded", notebooks=notebooks, timestamp=at)


def notebook_with(auto, name="first", **scores):
    given = {"check": CellScore(auto), "task": CellScore(None, True)} | scores
    return NotebookOutcome(name, "{}", given, {"check-answer": "No response."})


def rows_of(writer, student="ada"):
    with Gradebook(writer.layout.db_url, "course") as gradebook:
        submitted = gradebook.find_submission("quiz", student)
        return {
            one.name: (
                {g.name: (g.auto_score, g.needs_manual_grade) for g in one.grades},
                {c.name: c.auto_comment for c in one.comments},
                one.late_submission_penalty,
            )
            for one in submitted.notebooks
        }


def test_scores_comments_and_the_sum_are_stored_notebook_by_notebook(written):
    done = CellScore(1.0)
    both = graded(notebook_with(2.0, task=done), notebook_with(3.0, "second", task=done))
    assert written.write(both) == (7.0, False, 0.0)
    comments = {"check-answer": "No response.", "task": None}
    assert rows_of(written) == {
        "first": ({"check": (2.0, False), "task": (1.0, False)}, comments, None),
        "second": ({"check": (3.0, False), "task": (1.0, False)}, comments, None),
    }
    place = written.layout.autograded / "ada"
    assert sorted(path.name for path in place.iterdir()) == ["quiz"]
    assert (place / "quiz" / "first.ipynb").read_text() == "{}" and written.check() == []
    again = graded(notebook_with(1.0, task=done), notebook_with(None, "second", task=done))
    assert written.write(again) == (3.0, True, 0.0), "the second waits for a reader"
    assert rows_of(written)["second"][0]["check"] == (None, True)
    assert written.write(graded(notebook_with(1.0, task=done), student="ben")).points == 2
    assert len(rows_of(written, "ada")) == 2 and len(rows_of(written, "ben")) == 1


def test_a_reader_is_awaited_wherever_one_cell_has_no_points_yet(written):
    first = notebook_with(2.0)
    assert written.write(graded(first, notebook_with(3.0, "second", task=CellScore(0.0)))).waiting
    unscored = NotebookOutcome("first", "{}", {"check": CellScore(1.0)})
    assert written.write(graded(unscored, student="ben")) == (1.0, True, 0.0)


def test_what_a_person_gave_counts_in_the_sum_and_is_to_be_looked_at_again(written):
    done = notebook_with(2.0, task=CellScore(1.0))
    written.write(graded(done))
    with Gradebook(written.layout.db_url, "course") as gradebook:
        grade = gradebook.find_grade("check", "first", "quiz", "ada")
        grade.manual_score, grade.needs_manual_grade, grade.extra_credit = 0.0, False, 0.25
        gradebook.db.commit()
    assert written.write(graded(done)) == (1.25, True, 0.0), "0 of a person is not no score"
    assert rows_of(written)["first"][0] == {"check": (2.0, True), "task": (1.0, False)}


@pytest.mark.parametrize(
    "takes, stored",
    [(5, 3.0), (2.5, 2.5), (3, 3.0), (-1, 0.0), (None, None), ("1", 1.0)],
)
def test_a_late_policy_takes_off_between_nothing_and_all(written, takes, stored):
    written.late_rule = rule = HalfOff(lambda points: takes)
    row = written.write(graded(notebook_with(3.0), at="2027-01-15 12:00:01 UTC"))
    assert row == (3.0, True, 1.0) and rule.asked == [("ada", 3.0, 1.0)]
    assert rows_of(written)["first"][2] == stored
    assert written.write(graded(notebook_with(3.0))).late == 0
    assert rows_of(written)["first"][2] is None and len(rule.asked) == 1


def test_the_policy_of_the_configuration_is_asked_and_made_once(written):
    written.layout.config.AssignLatePenalties.plugin_class = (
        "kratomcourse.grading.autograde.late_policy.PerDayPenalty"
    )
    assert written.penalty("ada", 20, 1) == 2.0
    rule = written.late_rule
    assert written.penalty("ada", 10, 1) == 1.0 and written.late_rule is rule
    assert written.penalty("ada", 10, 0) is None


def test_without_a_time_the_one_that_is_stored_stays(written):
    written.write(graded(notebook_with(3.0), at="2027-01-15 13:00:00 UTC"))
    assert written.write(graded(notebook_with(3.0), at=None)).late == 3600
    assert written.write(graded(notebook_with(3.0), student="ben", at=None)).late == 0


def test_a_score_that_stands_twice_is_a_problem_of_the_gradebook(written):
    written.write(graded(notebook_with(1.0)))
    assert written.check() == []
    one, other = written.db.execute(sqlalchemy.text("SELECT id FROM grade")).scalars().all()[:2]
    written.db.commit()
    with contextlib.closing(written.gradebook.engine.raw_connection()) as database:
        [table] = database.execute("SELECT sql FROM sqlite_master WHERE name = 'grade'").fetchone()
        loose = re.sub(r",\s*UNIQUE \([^)]*\)", "", table).replace("TABLE grade", "TABLE loose")
        for step in (
            loose,
            "INSERT INTO loose SELECT * FROM grade",
            "DROP TABLE grade",
            "ALTER TABLE loose RENAME TO grade",
            f"UPDATE grade SET cell_id = (SELECT cell_id FROM grade WHERE id = '{one}')"
            f" WHERE id = '{other}'",
        ):
            database.execute(step)
        database.commit()
    written.db.rollback()
    [problem] = written.check()
    assert problem.startswith("two scores for one cell: (")


def test_a_writer_closes_its_gradebook(written):
    closed = []
    writer = GradebookWriter(written.layout, written.assignment)
    writer.gradebook.close, close = lambda: closed.append(1), writer.gradebook.close
    with writer as same:
        assert same is writer and not closed
    close()
    assert closed == [1]


def test_the_gradebook_of_another_database_is_not_asked_for_its_integrity(written):
    said = SimpleNamespace(scalar=lambda: "page 7 is broken", all=list)
    asked = []
    real, written.db = written.db, SimpleNamespace(execute=lambda q: asked.append(str(q)) or said)
    assert written.check() == ["page 7 is broken"] and "PRAGMA" in asked[0]
    written.layout.db_url, asked[:] = "postgresql://there", []
    assert written.check() == [] and len(asked) == 1
    written.db = real


# A run


def test_a_run_takes_those_who_submitted_or_the_one_who_is_named(tmp_path):
    layout = SimpleNamespace(students=lambda quiz: ["ada", "ben"], submitted=tmp_path)
    assert select_students(layout, "quiz", None) == ["ada", "ben"]
    assert select_students(layout, "quiz", "ben") == ["ben"]
    for name, hint in (("bne", "did you mean 'ben'"), ("zoe", "course collect, or look into")):
        with pytest.raises(CourseError, match=rf"there is nothing from '{name}' for quiz.*{hint}"):
            select_students(layout, "quiz", name)


def test_what_is_graded_is_left_alone_and_what_cannot_be_looked_at_is_tried(tmp_path):
    layout = SimpleNamespace(submitted=tmp_path / "submitted", autograded=tmp_path / "autograded")
    came, done = (folder / "ada" / "quiz" for folder in (layout.submitted, layout.autograded))
    came.mkdir(parents=True)
    done.mkdir(parents=True)
    (done / "quiz.ipynb").touch()
    stamp = came / "timestamp.txt"
    stamp.write_text("2027-01-15 12:00:00 Europe/Berlin")
    (done / "timestamp.txt").write_text("2027-01-15 11:00:00 UTC")
    assert submitted_timestamp(layout, "quiz", "ada") == "2027-01-15 11:00:00 UTC"
    assert graded_before(layout, "quiz", "ada") is True
    stamp.write_text("2027-01-15 12:00:01 Europe/Berlin")
    assert graded_before(layout, "quiz", "ada") is False
    stamp.write_text("soon")
    assert submitted_timestamp(layout, "quiz", "ada") is None
    assert graded_before(layout, "quiz", "ada") is True, "without a time the graded one stays"
    assert graded_before(layout, "quiz", "a\0") is False


def test_one_that_cannot_be_read_is_a_row_and_the_others_are_handed_on(tmp_path, monkeypatch):
    layout = SimpleNamespace(submitted=tmp_path)
    for name in ("ada", "ben", "zoe"):
        (tmp_path / name / "quiz").mkdir(parents=True)
        (tmp_path / name / "quiz" / "quiz.ipynb").write_text(name)
    (tmp_path / "ben" / "quiz" / "x").symlink_to("/etc/passwd")
    assignment = Assignment("quiz", (AssignmentNotebook("quiz", "quiz", (), {}, {}),))
    refused = []
    names = ["ada", "ben", "eve", "zoe"]
    read = read_submissions(layout, assignment, names, Limits(), refused)
    assert [(one.student, one.quiz, one.notebooks["quiz"]) for one in read] == [
        ("ada", "quiz", b"ada"),
        ("zoe", "quiz", b"zoe"),
    ]
    assert [(row.student, row.state) for row in refused] == [
        ("ben", "rejected"),
        ("eve", "rejected"),
    ]
    assert refused[0].why == "x is a symbolic link" and "No such file" in refused[1].why

    def fault(*given):
        raise ZeroDivisionError("x")

    monkeypatch.setattr(runner, "read_submission", fault)
    refused.clear()
    assert list(read_submissions(layout, assignment, ["ada"], Limits(), refused)) == []
    assert [(row.student, row.state) for row in refused] == [("ada", "failed")]
    assert "ZeroDivisionError: x" in refused[0].why


class Store:
    """A writer of the gradebook that stores nothing."""

    def __init__(self, error=None):
        self.error = error

    def write(self, outcome):
        if self.error is not None:
            raise self.error
        return StoredScore(2.5, True, 60.0)


def test_the_row_of_an_outcome_says_what_was_stored():
    notebook = NotebookOutcome("quiz", "", {"one": CellScore(2.0)}, tests_in_kernel=("t",))
    waiting = replace(notebook, scores={"one": CellScore(2.0), "text": CellScore(None)})
    made = replace(graded(notebook), repairs=("r",), violations=("v",))
    whole = ReportRow(
        "ada", "graded", 2.0, repairs=("r",), violations=("v",), tests_in_kernel=("t",)
    )
    assert save_outcome(made, None) == whole, "a dry run"
    assert save_outcome(replace(made, notebooks=(waiting,)), None) == replace(whole, waiting=True)
    assert save_outcome(made, Store()) == replace(whole, points=2.5, waiting=True, late=60.0)
    refused = Outcome("ada", "quiz", "rejected", "no notebook")
    never = Store(AssertionError("nothing is stored of it"))
    assert save_outcome(refused, never) == ReportRow("ada", "rejected", why="no notebook")
    failed = save_outcome(made, Store(ValueError("x\ny" * 200)))
    assert failed == replace(whole, state="failed", points=0.0, why=failed.why)
    assert "its scores cannot be stored (ValueError: " in failed.why and "\n" not in failed.why
    assert len(failed.why) == len("its scores cannot be stored (ValueError: )") + 200


@pytest.mark.parametrize(
    "error, stops",
    [
        (CourseError(Diagnostic("gradebook", "is held.")), True),
        (OSError(errno.ENOSPC, "full"), True),
        (OSError(errno.EDQUOT, "full"), True),
        (OSError(errno.EACCES, "not yours"), False),
        (ValueError("x"), False),
    ],
)
def test_only_a_full_disk_or_a_held_gradebook_stops_a_run(error, stops):
    if stops:
        with pytest.raises(type(error)):
            save_outcome(graded(), Store(error))
    else:
        assert save_outcome(graded(), Store(error)).state == "failed"


def test_one_run_holds_the_lock_and_clears_what_a_killed_one_left(tmp_path):
    layout = SimpleNamespace(root=tmp_path, autograded=tmp_path / "autograded")
    for name in (".quiz.new", ".quiz.old", "quiz"):
        (layout.autograded / "ada" / name).mkdir(parents=True)
        (layout.autograded / "ada" / name / "x").touch()
    lock = tmp_path / ".course-grade.lock"
    lock.write_text("x" * 300)
    with exclusive_lock(layout):
        assert lock.read_text() == f"process {os.getpid()} on {socket.gethostname()}\n"
        assert [path.name for path in (layout.autograded / "ada").iterdir()] == ["quiz"]
        with (
            pytest.raises(CourseError, match=rf"grading here \(process {os.getpid()} on \S+\)\."),
            exclusive_lock(layout),
        ):
            pass
        lock.write_text("")
        with pytest.raises(CourseError, match=r"\(unknown\)"), exclusive_lock(layout):
            pass
    lock.unlink()
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    for _ in range(3):
        with exclusive_lock(layout):
            assert lock.stat().st_mode & 0o777 == 0o600
    assert len(list(descriptors.iterdir())) == before


def test_a_test_that_would_run_beside_a_students_code_can_be_forbidden():
    test = SourceCell("t", "code", "assert x", grade=True, points=1)
    plain = AssignmentNotebook("quiz", "quiz", (), {}, {})
    forbid_tests_in_kernel(Assignment("quiz", (plain,)))
    with pytest.raises(CourseError, match=r"\[t\] has test cells that no bank item describes"):
        forbid_tests_in_kernel(Assignment("quiz", (plain, replace(plain, cells=(test,)))))


def test_nothing_is_counted_of_a_run_without_a_sandbox():
    assert accounting_line(GradeOptions(isolation="values")) == ""
    assert accounting_line(GradeOptions(isolation="none", scheduler="tcp://there")) == ""
