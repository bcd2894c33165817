"""Single steps of grading, each by itself: no sandbox, no class, no cluster."""

import contextlib
import errno
import itertools
import json
import logging
import os
import re
import socket
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import distributed
import nbformat
import nbgrader.api
import pytest
import sqlalchemy
from classroom import SAMPLE
from distributed import CancelledError
from distributed.scheduler import KilledWorker
from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum
from traitlets.config import Config, Configurable

from kratomcourse.errors import CourseError, Diagnostic
from kratomcourse.grading.assignment_source.form_checks import MISSING
from kratomcourse.grading.assignment_source.handed_out import item_cells
from kratomcourse.grading.assignment_source.notebooks import VARIANT_KEY_PLACEHOLDER, cell_id
from kratomcourse.grading.autograde import early_sandbox, executors, runner
from kratomcourse.grading.autograde import grader as grader_module
from kratomcourse.grading.autograde import nbgrader_plugins as plugins
from kratomcourse.grading.autograde.early_sandbox import imports_figures, start_early
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
from kratomcourse.grading.autograde.graded_answers import answer_of
from kratomcourse.grading.autograde.grader import (
    Grader,
    LiteralGrader,
    SandboxGrader,
    as_node,
    choose_grader,
    error_output,
    fitting,
    grade_notebook,
    grade_submission,
    grader_fault,
    nbgrader_metadata,
    result_output,
    scores_of,
    starter_results,
    stream_output,
)
from kratomcourse.grading.autograde.instructor_version import (
    CourseLayout,
    cells_in_order,
    has_autotests,
    hidden_marks,
    items_of,
    load_assignment,
    versions_of,
)
from kratomcourse.grading.autograde.nbgrader_plugins import SubmissionExporter
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
from kratomcourse.grading.autograde.submission import Cell
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.grading.sandbox.session import (
    LIGHT_PRELOAD,
    PRELOAD,
    CellReply,
    SandboxCrashed,
    SandboxUnavailable,
    SessionEnded,
)
from kratomcourse.quiz import load_bank
from kratomcourse.quiz.bank import key_of
from kratomcourse.quiz.order import order_key, reordered_bank
from kratomcourse.quiz.variants import variant


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
    assert graded_before(layout, "quiz", "a" * 300) is False


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


# Points of one notebook

NUMBERS = load_bank(Path(__file__).parent / "data" / "bank" / "98-numbers.yml")
KEY = "0" * 32


def items_of_bank(bank):
    return {cell_id(item): item for item in bank.used_for("graded")}


def check_of(name, points=1.0, source="_points(answer)", **role):
    return SourceCell(name, "code", source, grade=True, locked=True, points=points, **role)


def notebook_of_bank(bank, *cells, **more):
    return AssignmentNotebook(
        "quiz", "quiz", cells, items_of_bank(bank), {}, variant_key=KEY, bank=bank, **more
    )


class Told(Grader):
    """A grader that is told what the answers are, and writes down which cells it was to run."""

    def __init__(self, bank=SAMPLE, student="ada", **answers):
        super().__init__(notebook_of_bank(bank), student)
        self.answers, self.ran, self.finished = answers, [], 0

    def run(self, cell):
        self.ran.append(cell.source)

    def value(self, name):
        return self.answers.get(name, MISSING)

    def case_results(self, item):
        return self.value(item.function)

    def finish(self):
        self.finished += 1
        return super().finish()


def scored(name, bank=SAMPLE, student="ada", ended="", **answers):
    grader = Told(bank, student, **answers)
    grader.ended = ended
    cell = Cell("code", "", check_of(name))
    grader.process_cell(cell)
    assert not grader.ran and cell.count == 1
    return cell


def test_cells_are_counted_and_only_the_tests_of_the_bank_are_scored():
    grader = Told(answer_one="b")
    answer = SourceCell("sample-one", "code", "answer", grade=True, solution=True)
    cells = [
        Cell("code", "own"),
        Cell("code", "answer", answer),
        Cell("code", "check", check_of("sample-one")),
        Cell("code", "by hand", check_of("by-hand")),
    ]
    for cell in cells:
        grader.process_cell(cell)
    assert grader.ran == ["own", "answer", "by hand"]
    assert [cell.count for cell in cells] == [1, 2, 3, 4]
    assert [cell.outputs for cell in cells] == [[], [], [result_output(1.0, 3)], []]
    assert cells[2].record == {"answer": "b"}


def test_the_points_of_an_answer_stand_below_what_its_check_printed():
    assert scored("sample-one", answer_one="a").outputs == [result_output(0.0, 1)]
    odd = scored("sample-many", answer_many=[*key_of(items_of_bank(SAMPLE)["sample-many"]), "z"])
    assert [one["output_type"] for one in odd.outputs] == ["stream", "execute_result"]
    assert odd.outputs[0]["text"].endswith("['z']\n")
    assert odd.outputs[1]["data"]["text/plain"] == "3.0"
    code = scored("sample-code", occupancy=[0.25, 0.0, 0.5, 0.0])
    assert code.outputs == [result_output(3.0, 1)]
    assert code.record == {"answer": [True, True, True, False]}
    assert scored("sample-code", occupancy=None).outputs == [result_output(0.0, 1)]


def test_an_answer_of_the_wrong_form_shows_the_line_that_a_student_would_see():
    [error] = scored("sample-many", answer_many=5).outputs
    assert (error["ename"], error["evalue"][:17]) == ("AssertionError", "Question 2 wants ")
    assert error["traceback"][1].startswith("  Cell In[1], line 3\n    assert isinstance(")
    [missing] = scored("sample-one").outputs
    assert missing["ename"] == "NameError" and "line 2" in missing["traceback"][1]
    [missing] = scored("sample-code").outputs
    assert missing["evalue"] == "name 'occupancy' is not defined"
    assert "line 1\n    _points(answer)" in missing["traceback"][1]
    assert scored("sample-code").record == {"answer": None}
    assert scored("sample-code", ended="stopped").outputs == [result_output(0.0, 1)]


def test_an_answer_is_scored_with_the_numbers_of_who_handed_in():
    item = items_of_bank(NUMBERS)["numbers-share"]
    values = {student: variant(item, student, KEY).value for student in ("ada", "ben", "zoe")}
    assert len(set(values.values())) == 3, "or this test shows nothing"
    for student, value in values.items():
        for other in values:
            [said] = scored("numbers-share", NUMBERS, other, answer_share=value).outputs
            assert said["data"]["text/plain"] == ("2.0" if student == other else "0.0")


def test_questions_are_numbered_as_in_the_notebook():
    grader = Told()
    items = SAMPLE.used_for("graded")
    assert [grader.question_number(item) for item in items] == list(range(1, len(items) + 1))
    assert grader.question_number(NUMBERS.items[0]) == 0
    grader.notebook = replace(grader.notebook, bank=None)
    assert grader.question_number(items[0]) == 0


@pytest.mark.parametrize(
    "given, repairs, violations",
    [
        ({"answer_student": " ADA "}, 0, 0),
        ({"answer_student": "ben"}, 0, 1),
        ({"answer_student": 5}, 0, 1),
        ({"answer_student": None}, 1, 0),
        ({}, 1, 0),
    ],
)
def test_whose_numbers_a_notebook_shows_is_looked_at(given, repairs, violations):
    grader = Told(NUMBERS, "Ada", **given)
    grader.check_student_name()
    assert (len(grader.repairs), len(grader.violations)) == (repairs, violations)
    for line in grader.repairs:
        assert "no name was written" in line and "2 questions were scored" in line
        assert "numbers of 'Ada', worth 3 points" in line
    for line in grader.violations:
        assert f"holds the name '{given['answer_student']}', so 2 of its questions" in line
        assert line.endswith("scored with those of 'Ada'")
    grader = Told(NUMBERS, "ada", answer_student="x" * 60)
    grader.check_student_name()
    assert f"the name {'x' * 40!r}, so" in grader.violations[0]
    for nothing in (Told(SAMPLE, **given), Told(NUMBERS, **given)):
        nothing.ended = "stopped" if nothing.notebook.bank is NUMBERS else ""
        nothing.check_student_name()
        assert not nothing.repairs and not nothing.violations


def test_a_generated_cell_prints_beside_literals_what_it_prints_in_jupyter():
    notebook = notebook_of_bank(NUMBERS)
    answer = Cell("code", "answer_student = 'ada'")
    grader = LiteralGrader(notebook, "ada", {id(answer): {"answer_student": "ada"}})
    numbers = Cell("code", "x", SourceCell("numbers-share-numbers", "code", "x", locked=True))
    grader.process_cell(numbers)
    assert "First write your name" in numbers.outputs[0]["text"]
    grader.process_cell(answer)
    grader.process_cell(numbers)
    own = variant(notebook.items["numbers-share"], "ada", KEY)
    [printed] = numbers.outputs
    assert printed["output_type"] == "stream" and numbers.count == 3 and not answer.outputs
    c, ki = (float(line.split(" = ")[1]) for line in printed["text"].splitlines())
    assert own.value == pytest.approx(100 * c / (c + ki))
    silent = Cell("code", "import math", SourceCell("imports", "code", "import math", locked=True))
    silent.outputs = [stream_output("of the student")]
    grader.process_cell(silent)
    assert silent.outputs == []
    grader.names["answer_student"] = "\udc80"
    grader.process_cell(numbers)
    [error] = numbers.outputs
    assert error["output_type"] == "error" and error["ename"].endswith("Error")
    assert 0 < len(error["evalue"]) <= 200 and error["evalue"].isprintable()
    assert "Cell In" not in "".join(error["traceback"]) and numbers.count == 5
    assert grader.value("answer_student") == "\udc80" and grader.value("x") is MISSING
    bare = LiteralGrader(replace(notebook, bank=None), "ada", {})
    own_cell = Cell("code", "", None)
    for cell in (own_cell, numbers):
        cell.outputs = []
        bare.process_cell(cell)
        assert cell.outputs == []


LITERALS = (
    Cell("markdown", "answer_x = input()"),
    Cell("code", "import math", SourceCell("imports", "code", "import math", locked=True)),
    Cell("code", "answer_one = 'a'", SourceCell("a", "code", "", solution=True)),
    Cell("code", "answer_two = 2"),
    Cell("code", "_points(answer_one)", check_of("sample-one")),
)


@pytest.mark.parametrize(
    "cell, literal",
    [
        (None, True),
        (Cell("code", "answer_one = f()"), False),
        (Cell("code", "one = 1"), False),
        (Cell("code", "answer_one = 1; one = 1"), False),
        (Cell("code", "f()", SourceCell("by-hand", "code", "f()", locked=True)), False),
        (Cell("code", "answer_x = 1", SourceCell("b", "code", "answer_x = 1", locked=True)), False),
        (Cell("code", "f()", SourceCell("imports", "code", "", solution=True)), False),
    ],
)
def test_what_is_not_a_literal_or_generated_needs_the_sandbox(monkeypatch, cell, literal):
    asked = []
    monkeypatch.setattr(grader_module, "SandboxGrader", lambda *given: asked.append(given))
    plain = replace(
        notebook_of_bank(SAMPLE, generated=frozenset({"imports", "sample-one"})),
        items={"sample-one": items_of_bank(SAMPLE)["sample-one"]},
    )
    cells = [*LITERALS, cell] if cell else list(LITERALS)
    chosen = choose_grader(plain, "ada", cells, {"a": b""}, "a sandbox")
    if literal:
        assert chosen.literals == {
            id(cells[2]): {"answer_one": "a"},
            id(cells[3]): {"answer_two": 2},
        }
        assert chosen.student == "ada" and chosen.notebook is plain and not asked
        code = notebook_of_bank(SAMPLE, generated=plain.generated)
        choose_grader(code, "ada", cells, {}, "a sandbox")
        assert len(asked) == 1, "a function has to be called to be scored"
    else:
        assert asked == [(plain, "ada", cells, "a sandbox", {"a": b""})]
        with pytest.raises(SandboxUnavailable):
            choose_grader(plain, "ada", cells, {}, None)


class Session:
    """A session of a sandbox that is told its replies: a cell's, or the end of it."""

    def __init__(self, *replies, ends=""):
        self.replies, self.ends, self.ran = list(replies), ends, []

    def reply(self, said):
        self.ran.append(said)
        answer = self.replies.pop(0) if self.replies else CellReply([])
        if isinstance(answer, Exception):
            raise answer
        return answer

    run = value = reply

    def results(self, function, cases):
        return self.reply((function, cases))

    def end(self):
        self.ran.append("end")
        return self.ends


class Started:
    """A sandbox whose sessions are told their replies."""

    def __init__(self, *sessions, **limits):
        self.sessions, self.limits = list(sessions), Limits(**limits)
        self.starter_results, self.ensured, self.files = {}, [], []

    def ensure(self, packages):
        self.ensured.append(packages)

    def start(self, files=None):
        self.files.append(files)
        return self.sessions.pop(0)


def in_sandbox(*replies, ends="", cells=(), **limits):
    session = Session(*replies, ends=ends)
    sandbox = Started(session, **limits)
    notebook = AssignmentNotebook("quiz", "quiz", (), {}, {})
    return SandboxGrader(notebook, "ada", cells, sandbox, {"a": b"1"}), session, sandbox


PRINTED = {"output_type": "stream", "name": "stdout", "text": "x" * 600}
RESULT = {"output_type": "execute_result", "data": {"text/plain": "1"}}


def test_a_notebook_runs_in_one_session_with_its_files_and_packages():
    grader, session, sandbox = in_sandbox(5, cells=[Cell("code", "import pandas")], ends="gone")
    assert sandbox.ensured == [PRELOAD] and sandbox.files == [{"a": b"1"}]
    assert grader.value("x") == 5 and session.ran == ["x"]
    assert grader.finish() == "gone" and session.ran == ["x", "end"]
    grader, *_ = in_sandbox({"$": "missing"}, SessionEnded("stopped"), 7)
    assert grader.value("x") is MISSING and grader.ended == ""
    assert grader.value("x") is MISSING and grader.ended == "stopped"
    assert grader.value("x") is MISSING, "nothing is asked after the end"
    assert grader.finish() == "stopped"


def test_what_a_submission_prints_is_kept_up_to_a_size_in_all():
    grader, *_ = in_sandbox(*[CellReply([PRINTED])] * 3, output_kb=1)
    cells = [Cell("code", "print()") for _ in range(3)]
    assert grader.output_left == 1024
    for cell in cells:
        grader.process_cell(cell)
    assert [len(cell.outputs) for cell in cells] == [1, 0, 0] and grader.output_left == 424


def test_a_test_that_has_points_runs_whole_and_one_without_shows_no_result():
    hidden = "seen\n# BEGIN HIDDEN TESTS\nsecret\n# END HIDDEN TESTS"
    grader, session, _ = in_sandbox(*[CellReply([PRINTED, RESULT])] * 3)
    cells = [
        Cell("code", hidden, check_of("points", 2.0)),
        Cell("code", hidden, check_of("none", 0.0)),
        Cell("code", hidden, SourceCell("locked", "code", hidden, locked=True)),
    ]
    for cell in cells:
        grader.process_cell(cell)
    assert session.ran == [hidden, "seen", hidden] and grader.tests_in_kernel == ["points"]
    kinds = [[output["output_type"] for output in cell.outputs] for cell in cells]
    both = ["stream", "execute_result"]
    assert kinds == [both, ["stream"], both]
    assert cells[0].outputs[1]["execution_count"] == 1


def test_a_test_that_fails_without_saying_so_earns_nothing():
    failed = CellReply([PRINTED], success=False)
    raised = CellReply([error_output("ValueError", "no", 1)], success=False)
    grader, *_ = in_sandbox(failed, raised, failed, CellReply([RESULT]))
    of = check_of("points", 2.0)
    cells = [Cell("code", "", of), Cell("code", "", of), Cell("code", ""), Cell("code", "", of)]
    for cell in cells:
        grader.process_cell(cell)
    assert [[one.get("ename") for one in cell.outputs] for cell in cells] == [
        [None, "ExecutionFailed"],
        ["ValueError"],
        [None],
        [None],
    ]
    assert scores_of([cells[0]])[0] == {"points": CellScore(0.0)}


def test_a_cell_that_was_stopped_or_ended_the_session_is_named():
    stopped = CellReply([], interrupted=True)
    grader, *_ = in_sandbox(stopped, stopped, CellReply([]), SessionEnded("its process ended"))
    named, own = Cell("code", "", check_of("points", 0.0)), Cell("code", "")
    for cell in (named, own, own, own):
        grader.process_cell(cell)
    seconds = f"{Limits().cell_seconds:g} s"
    assert grader.violations == [
        f"the cell 'points' was stopped after {seconds}",
        f"a cell of the student was stopped after {seconds}",
    ]
    assert own.outputs == [error_output("SessionEnded", "its process ended", 4)]
    assert grader.ended == "its process ended" == grader.finish()


def test_what_a_starter_returns_is_found_out_once_without_any_students_cell():
    setup = SourceCell("setup", "code", "import math", locked=True)
    others = (
        SourceCell("text", "markdown", "Read.", locked=True),
        SourceCell("answer", "code", "pass", solution=True),
        check_of("sample-code"),
    )
    notebook = notebook_of_bank(SAMPLE, setup, *others)
    item = notebook.items["sample-code"]
    session = Session(CellReply([]), CellReply([]), [0.0])
    sandbox = Started(session)
    cases = [case.args for case in item.cases]
    assert starter_results(notebook, sandbox) == {"sample.code": [0.0]}
    assert session.ran == ["import math", item.starter, (item.function, cases), "end"]
    assert starter_results(notebook, sandbox) == {"sample.code": [0.0]} and not sandbox.sessions
    changed = replace(notebook, cells=(replace(setup, checksum="x"),))
    dies = Session(SessionEnded("no"))
    sandbox.sessions = [dies]
    with pytest.raises(SessionEnded):
        starter_results(changed, sandbox)
    assert dies.ran[-1] == "end" and len(sandbox.starter_results) == 1


def test_a_sandbox_that_crashed_is_tried_three_times(monkeypatch):
    [ada] = submissions_of("ada")
    done, left = Outcome("ada", "quiz", "graded"), []

    def once(*given):
        assert given == (NOTHING, ada, "a sandbox")
        if (said := left.pop(0)) is not None:
            raise said
        return done

    monkeypatch.setattr(grader_module, "grade_once", once)
    crash = SandboxCrashed("out of memory")
    left[:] = [crash, crash, None]
    assert grade_submission(NOTHING, ada, "a sandbox") is done
    left[:] = [crash] * 4
    failed = grade_submission(NOTHING, ada, "a sandbox")
    assert failed.state == "failed" and len(left) == 1
    assert "the sandbox crashed 3 times (out of memory)" in failed.why


def test_a_graded_notebook_says_what_was_repaired_and_what_was_forbidden(monkeypatch):
    whole = notebook_of_bank(NUMBERS, check_of("numbers-share", 2.0), check_of("gone", 1.0))
    role = {"nbgrader": {"grade_id": "numbers-share", "points": 9}}
    cells = [
        {"cell_type": "code", "source": "_points(answer)", "metadata": role},
        {"cell_type": "markdown", "source": "not run", "metadata": {}},
    ]
    content = json.dumps({"cells": cells}).encode()
    told = Told(NUMBERS, "ada", answer_share=1)
    told.ended, told.tests_in_kernel = "stopped", ["gone"]
    told.repairs, told.violations = ["of the grader"], ["of a cell"]
    monkeypatch.setattr(grader_module, "choose_grader", lambda *given: told)
    made = grade_notebook(whole, "ada", content, {}, None)
    assert made.scores == {"numbers-share": CellScore(0.0), "gone": CellScore(1.0)}
    assert made.repairs == ("the cell 'gone' was missing and was restored", "of the grader")
    assert made.violations == (
        "the points of 'numbers-share' were changed to 9; they are 2 again",
        "of a cell",
        "stopped",
    )
    assert made.tests_in_kernel == ("gone",) and made.used_kernel is False
    assert told.count == 2 and told.finished == 1 and json.loads(made.text)["nbformat"] == 4

    def fault(cell):
        raise ZeroDivisionError

    told.process_cell = fault
    with pytest.raises(ZeroDivisionError):
        grade_notebook(whole, "ada", content, {}, None)
    assert told.finished == 2, "the session is ended in any case"
    told = Told(NUMBERS, "ada", answer_student="eve")
    [changed] = grade_notebook(whole, "ada", content, {}, None).violations[1:]
    assert "holds the name 'eve'" in changed


# What a graded notebook says of an answer


def graded_cells(name, source="", metadata=None, kind="code", **others):
    cells = {name: {"cell_type": kind, "source": source, "metadata": metadata or {}}}
    return cells | {
        other.replace("_", "-"): {"source": text.splitlines(keepends=True)}
        for other, text in others.items()
    }


def test_the_record_beside_an_answer_comes_first_and_then_its_literal():
    items = items_of_bank(SAMPLE)
    one, code = items["sample-one"], items["sample-code"]
    record = {"answer": "c"}
    kept = graded_cells(
        "sample-one", metadata={"course": record}, sample_one_answer="answer_one = 'a'"
    )
    assert answer_of("sample-one", one, kept) == record
    plain = graded_cells("sample-one", sample_one_answer="pass\nanswer_one = 'b'\n")
    assert answer_of("sample-one", one, plain) == {"answer": "b"}
    unknown = {"unknown": True}
    assert answer_of("sample-one", None, plain) == unknown
    assert answer_of("sample-two", one, plain) == unknown
    assert answer_of("sample-one", one, graded_cells("sample-one")) == unknown
    for source in ("answer_one = f()", "answer_two = 'a'"):
        cells = graded_cells("sample-one", sample_one_answer=source)
        assert answer_of("sample-one", one, cells) == unknown
    cells = graded_cells("sample-code", sample_code_answer="occupancy = [0.25]")
    assert answer_of("sample-code", code, cells) == unknown


def test_a_written_answer_counts_as_one_once_it_is_not_what_was_handed_out():
    text = items_of_bank(SAMPLE)["sample-text"]
    of = SourceCell("sample-text", "markdown", "", grade=True, solution=True, points=3)
    handed_out = compute_checksum(as_node(Cell("markdown", "YOUR ANSWER HERE"), of))
    role = {"nbgrader": nbgrader_metadata(replace(of, checksum=handed_out))}
    for source, answer in (("YOUR ANSWER HERE", None), (["Because\n", "so."], "a text")):
        cells = graded_cells("sample-text", source, role, "markdown")
        assert answer_of("sample-text", text, cells) == {"answer": answer}


# The sandbox that starts before the grader is imported


def test_figures_are_looked_for_in_the_first_notebooks_of_a_folder(tmp_path):
    for name, source in (("a", "import numpy"), ("b", "no pandas here"), ("c", "xfrom pandas")):
        (tmp_path / f"{name}.ipynb").write_text(source)
    assert imports_figures([]) is False and imports_figures([tmp_path]) is False
    (tmp_path / "d.py").write_text("import pandas")
    assert imports_figures([tmp_path]) is False, "only notebooks are looked at"
    (tmp_path / "a.ipynb").write_text("from  seaborn import x")
    assert imports_figures([tmp_path / "nowhere", tmp_path]) is True
    (tmp_path / "a.ipynb").unlink()
    (tmp_path / "a.ipynb").symlink_to(tmp_path / "d.py")
    assert imports_figures([tmp_path]) is False, "no link is followed"


@pytest.mark.parametrize("starts", [True, False])
def test_a_sandbox_starts_early_for_what_waits_to_be_graded(tmp_path, monkeypatch, starts):
    made = []

    class Early(Box):
        def __init__(self, limits, **settings):
            super().__init__(limits=limits, **settings)
            made.append(self)

        def launch(self):
            self.open = True
            if not starts:
                raise FileNotFoundError("bwrap")

    monkeypatch.setattr(early_sandbox, "Sandbox", Early)
    place = tmp_path / "submitted" / "ada" / "quiz"
    place.mkdir(parents=True)
    (place / "quiz.ipynb").write_text("import pandas")
    box = start_early(tmp_path, "quiz", Limits(), None, False)
    assert made[0].settings == {
        "limits": Limits(),
        "hidden": [str(tmp_path), str(early_sandbox.COURSE)],
        "preload": PRELOAD,
    }
    assert box is (made[0] if starts else None) and made[0].open is starts
    (place / "quiz.ipynb").write_text("1")
    start_early(tmp_path, "quiz", Limits(), "ada", False)
    assert made[1].settings["preload"] == LIGHT_PRELOAD
    assert start_early(tmp_path, "other", Limits(), None, False) is None
    assert start_early(tmp_path, "quiz", Limits(), "*", True) is None
    (tmp_path / "autograded" / "ada" / "quiz").mkdir(parents=True)
    assert start_early(tmp_path, "quiz", Limits(), None, False) is None and len(made) == 2
    start_early(tmp_path, "quiz", Limits(), None, True)
    assert len(made) == 3
    assert (early_sandbox.COURSE / "kratomcourse").is_dir()


# Plug-ins of nbgrader


class Part(Configurable):
    """A part of nbgrader's converter: with a parent, and with the folders of a course."""

    coursedir = SimpleNamespace(
        root="/course",
        db_url="sqlite://",
        submitted_directory="submitted",
        format_path=lambda step, student, quiz: str(Path("/course") / step / student / quiz),
    )


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """A converter of a course in tmp_path, whose quiz has one check that no bank item scores."""
    answer = SourceCell("a", "code", "x = None", solution=True)
    kernel = {"name": "python3", "display_name": "Python 3"}
    cells = (answer, check_of("t", 1.0, "assert x"))
    notebook = AssignmentNotebook("quiz", "quiz", cells, {}, kernel)
    layout = SimpleNamespace(submitted=tmp_path, hidden=lambda: [Path("/course")])
    read = []
    monkeypatch.setattr(plugins, "CourseLayout", lambda *given: read.append(given) or layout)
    monkeypatch.setattr(plugins, "load_notebook", lambda given, quiz, name: notebook)
    folder = tmp_path / "ada" / "quiz"
    folder.mkdir(parents=True)
    cells = [
        nbformat.v4.new_code_cell("x = 1", id="a"),
        nbformat.v4.new_code_cell("forged", id="t"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "quiz.ipynb")
    (folder / "data.csv").write_bytes(b"1")
    converter = Part()
    converter.coursedir = SimpleNamespace(
        **vars(Part.coursedir)
        | {"format_path": lambda step, *names: str(tmp_path.joinpath(*names))}
    )
    return SimpleNamespace(
        converter=converter, folder=folder, notebook=notebook, layout=layout, read=read
    )


ABOUT = {"student": "ada", "assignment": "quiz", "notebook": "quiz"}


def exported(loaded, path=None, **about):
    resources = {"nbgrader": ABOUT | about} if about is not None else None
    exporter = SubmissionExporter(parent=loaded.converter)
    return exporter.from_filename(str(path or loaded.folder / "quiz.ipynb"), resources)


def test_the_plug_in_reads_a_submission_with_the_instructors_cells_restored(loaded):
    text, _ = exported(loaded)
    made = nbformat.reads(text, as_version=4)
    assert [cell.source for cell in made.cells] == ["x = 1", "assert x"] and made.nbformat == 4
    exported(loaded)
    assert loaded.read == [("/course", "sqlite://")], "the course is read once for a run"


def test_the_plug_in_leaves_notebooks_that_nobody_submitted_alone(loaded, tmp_path):
    released = tmp_path / "quiz.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_raw_cell("r")]), released)
    exporter = SubmissionExporter(parent=loaded.converter)
    for resources in (None, {}, {"nbgrader": ABOUT}):
        text, _ = exporter.from_filename(str(released), resources)
        assert [cell["source"] for cell in json.loads(text)["cells"]] in (["r"], [["r"]])
    assert not loaded.read


def test_the_plug_in_refuses_what_cannot_be_read_in_words(loaded):
    for refused in (
        lambda: exported(loaded),
        lambda: executed(loaded),
    ):
        (loaded.folder / "link").symlink_to("/etc/passwd")
        with pytest.raises(plugins.UngradableSubmission, match="^ada: link is a symbolic link$"):
            refused()
        (loaded.folder / "link").unlink()
    named = loaded.folder.parent.with_name("@ada") / "quiz"
    named.mkdir(parents=True)
    with pytest.raises(plugins.UngradableSubmission, match="^@ada: not a valid id: it contains"):
        exported(loaded, named / "quiz.ipynb", student="@ada")


def executed(loaded, outcome=None, **settings):
    asked = []

    def grade(*given):
        asked.append(given)
        return outcome

    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    preprocessor = plugins.ExecuteInSandbox(parent=Part(parent=loaded.converter), **settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins, "grade_task", grade)
        patch.setattr(plugins, "require_sandbox", lambda: asked.append("bubblewrap"))
        made = preprocessor.preprocess(nb, {"nbgrader": ABOUT})
    assert made[0] is nb and made[1] == {"nbgrader": ABOUT}
    return nb, asked


def test_the_plug_in_runs_a_notebook_as_the_command_does(loaded):
    text = json.dumps(nbformat.v4.new_notebook(cells=[nbformat.v4.new_raw_cell("graded")]))
    outcome = graded(NotebookOutcome("quiz", text, tests_in_kernel=("t",)))
    outcome = replace(outcome, repairs=("r",), violations=("v",))
    nb, [walls, (assignment, submission, settings)] = executed(
        loaded, outcome, limits={"cell_seconds": 3}
    )
    assert walls == "bubblewrap" and [cell.source for cell in nb.cells] == ["graded"]
    assert assignment == Assignment("quiz", (loaded.notebook,))
    assert (submission.student, submission.quiz) == ("ada", "quiz")
    assert b"x = 1" in submission.notebooks["quiz"] and submission.files == {"data.csv": b"1"}
    assert settings == {
        "limits": Limits(cell_seconds=3),
        "isolation": "bubblewrap",
        "hidden": ["/course"],
    }
    _, [(*_, settings)] = executed(loaded, outcome, isolation="none")
    assert settings["isolation"] == "none", "and no bubblewrap is asked for"


def test_the_plug_in_says_why_a_submission_has_no_scores(loaded):
    refused = Outcome("ada", "quiz", "failed", "its worker died")
    with pytest.raises(plugins.UngradableSubmission, match="^ada: its worker died$"):
        executed(loaded, refused)
    with pytest.raises(plugins.UngradableSubmission, match="the test 't' has no bank item"):
        executed(loaded, refused, allow_tests_in_kernel=False)
    loaded.notebook.items["t"] = "an item"
    with pytest.raises(plugins.UngradableSubmission, match="its worker died"):
        executed(loaded, refused, allow_tests_in_kernel=False)


def test_text_that_cannot_be_made_into_a_page_is_shown_as_it_is(monkeypatch):
    def broken(*given, **more):
        raise ValueError("a picture that is not there")

    monkeypatch.setattr(plugins, "PAGE_CLOCK", plugins.PageClock())
    monkeypatch.setattr(plugins, "markdown2html", broken)
    monkeypatch.setattr(plugins, "Highlight2HTML", lambda **options: broken)
    for shown in (plugins.sanitise_html, plugins.bounded_highlight):
        assert shown("# <A>") == "<pre># &lt;A&gt;</pre>"


def test_a_page_that_had_its_time_shows_text_as_it_is(monkeypatch):
    clock = plugins.PageClock()
    monkeypatch.setattr(plugins, "PAGE_CLOCK", clock)
    assert "<h1" in plugins.sanitise_html("# A") and "<span" in plugins.bounded_highlight("x = 1")
    assert clock.spent > 0
    clock.spent = plugins.PAGE_SECONDS + 1
    assert plugins.sanitise_html("# A") == "<pre># A</pre>"
    assert plugins.bounded_highlight("x = 1") == "<pre>x = 1</pre>"


def test_code_is_coloured_by_its_language_and_its_long_lines_are_wrapped():
    made = plugins.bounded_highlight("lambda x: 1", "python", {})
    assert plugins.WRAPPED in made and 'class="k">lambda' in made
    assert "lambda" not in plugins.bounded_highlight("nothing", "python")


# Where an instructor's folder keeps what


def course_folder(root, *lines):
    root.mkdir(exist_ok=True)
    config = ["c = get_config()", "c.CourseDirectory.course_id = 'kratom'", *lines]
    (root / "nbgrader_config.py").write_text("\n".join(config))
    return root


def test_the_folders_of_a_course_follow_from_its_configuration(tmp_path):
    root = course_folder(
        tmp_path / "course",
        "c.CourseDirectory.submitted_directory = 'came'",
        "c.Exchange.root = '/srv/exchange'",
    )
    layout = CourseLayout(root, "postgresql://ada:secret@there/db")
    assert (layout.root, layout.course_id) == (root.resolve(), "kratom")
    assert layout.submitted == root / "came" and layout.source == root / "source"
    assert layout.autograded == root / "autograded" and layout.banks is None
    assert layout.db_url == "postgresql://ada:secret@there/db"
    assert layout.display_db_url == "postgresql://ada:***@there/db"
    assert layout.exchange_root == Path("/srv/exchange")
    assert layout.hidden() == [root.resolve(), early_sandbox.COURSE]
    (root / "bank").mkdir()
    assert CourseLayout(root).banks == root / "bank" and root.name in CourseLayout(root).db_url
    assert CourseLayout(root, banks="/banks").banks == Path("/banks")
    for student in ("zoe", "ada", ".eve"):
        (root / "came" / student / "quiz").mkdir(parents=True)
    (root / "came" / "ben" / "other").mkdir(parents=True)
    assert layout.students("quiz") == ["ada", "zoe"]
    plain = CourseLayout(course_folder(tmp_path / "plain"))
    assert plain.exchange_root == Path("/usr/local/share/nbgrader/exchange")
    with pytest.raises(CourseError, match="nbgrader_config.py: is not there"):
        CourseLayout(tmp_path)


def test_a_quiz_that_is_not_in_the_gradebook_is_told_with_the_next_step(written, tmp_path):
    layout = written.layout
    layout.display_db_url, layout.root = "the gradebook", tmp_path
    with pytest.raises(CourseError, match="no quiz 'quizz' has been made.*did you mean 'quiz'"):
        load_assignment(layout, "quizz")
    with pytest.raises(CourseError, match="no quiz 'x' .* Fix: one of quiz, or in the folder"):
        load_assignment(layout, "x")
    written.gradebook.add_assignment("empty")
    with pytest.raises(
        CourseError, match="'empty' has no notebook.*nbgrader generate_assignment empty --force"
    ):
        load_assignment(layout, "empty")
    for name in ("quiz", "empty"):
        written.gradebook.remove_assignment(name)
    with pytest.raises(CourseError, match="no quiz 'x' .* Fix: in the folder"):
        load_assignment(layout, "x")


def test_the_marks_of_hidden_tests_are_those_of_the_configuration():
    config = Config()
    assert hidden_marks(config) == ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
    config.ClearHiddenTests.begin_test_delimeter = "<<"
    assert hidden_marks(config) == ("<<", "END HIDDEN TESTS")


@pytest.mark.parametrize(
    "source, found",
    [
        ("x\n### AUTOTEST f(x)", True),
        ("  # HASHED AUTOTEST f(x)", True),
        ("AUTOTEST", False),
        ("x  # AUTOTEST", False),
        ("# no AUTOTEST", False),
        ("", False),
    ],
)
def test_nbgraders_own_tests_are_known_by_their_comment(source, found):
    assert has_autotests(source) is found


def source_file(path, *cells):
    made = nbformat.v4.new_notebook()
    for kind, source, role in cells:
        cell = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        made.cells.append(cell(source, metadata={"nbgrader": role} if role else {}))
    nbformat.write(made, path)
    return path


LOCKED = {"locked": True}


def in_order(path, stored, bank=None, order=None, key=KEY):
    by_name = {cell.name: cell for cell in stored}
    return list(cells_in_order(path, by_name, "remake", key, bank, order))


def test_the_cells_stand_in_the_order_of_the_source_notebook(tmp_path):
    path = source_file(
        tmp_path / "quiz.ipynb",
        ("markdown", "Welcome.", None),
        ("code", "the solution", {"grade_id": "a", "solution": True}),
        ("code", f"key = '{VARIANT_KEY_PLACEHOLDER}'", {"grade_id": "t", "grade": True}),
        ("markdown", "ignored by nbgrader", {"grade_id": "no", "grade": False}),
        ("code", "### AUTOTEST f(x)", {"grade_id": "auto"} | LOCKED),
        ("markdown", "A task.", {"grade_id": "task", "task": True}),
    )
    stored = [
        SourceCell("auto", "code", "assert f(x) == 4", locked=True),
        SourceCell("task", "markdown", "A task.", task=True),
        SourceCell("t", "code", f"key = '{KEY}'", grade=True),
        SourceCell("a", "code", "pass", solution=True),
    ]
    made = in_order(path, stored)
    assert [(cell.name, cell.cell_type, cell.source) for cell in made] == [
        ("", "markdown", "Welcome."),
        ("a", "code", "pass"),
        ("t", "code", f"key = '{KEY}'"),
        ("", "markdown", "ignored by nbgrader"),
        ("auto", "code", "assert f(x) == 4"),
        ("task", "markdown", "A task."),
    ]
    for changed, words in (
        (stored[1:], r"\[auto\] has a cell that the gradebook does not have"),
        ([*stored, SourceCell("z", "code", "")], r"\[z\] lacks a cell that the gradebook has"),
        ([*stored[:2], replace(stored[2], source="x"), stored[3]], r"\[t\] a cell is not as it"),
    ):
        with pytest.raises(CourseError, match=words):
            in_order(path, changed)
    with pytest.raises(CourseError, match="is not there, so the order of the cells is not known"):
        in_order(tmp_path / "other.ipynb", stored)


SECRET_ORDER = order_key(b"a secret", "quiz")


def test_a_bank_is_looked_for_in_the_secret_order_and_in_the_public_one():
    secret, public = versions_of(SAMPLE, SECRET_ORDER, KEY)
    assert public[0] is SAMPLE and secret[0] == reordered_bank(SAMPLE, SECRET_ORDER)
    assert secret[1] != public[1] and secret[1].keys() == public[1].keys()
    [only] = versions_of(SAMPLE, None, KEY)
    assert only == public
    assert versions_of(None, SECRET_ORDER, KEY) == []
    assert versions_of(SAMPLE.model_copy(update={"items": []}), None, KEY) == []
    [(_, made)] = versions_of(NUMBERS, None, KEY)
    assert KEY in "".join(made.values())
    assert VARIANT_KEY_PLACEHOLDER not in "".join(made.values())


def test_a_quiz_in_the_secret_order_is_one_that_was_handed_out(tmp_path):
    public, secret = (item_cells(bank) for bank in (SAMPLE, reordered_bank(SAMPLE, SECRET_ORDER)))
    names = [name for name in public if name.startswith("sample-one") or "sample-num" in name]
    path = source_file(
        tmp_path / "quiz.ipynb",
        *(("markdown", public[name], {"grade_id": name} | LOCKED) for name in names),
    )
    assert public != secret
    stored = [SourceCell(name, "markdown", secret[name], locked=True) for name in names]
    assert [cell.name for cell in in_order(path, stored, SAMPLE, SECRET_ORDER)] == names
    for bank, order in ((SAMPLE, None), (None, SECRET_ORDER)):
        with pytest.raises(CourseError, match="a cell is not as it was"):
            in_order(path, stored, bank, order)


def stored_cells(bank, *, without=(), **changed):
    made = versions_of(bank, None, KEY)[0][1]
    cells = {name: SourceCell(name, "code", source, grade=True) for name, source in made.items()}
    for name, change in changed.items():
        cells[name.replace("_", "-")] = replace(cells[name.replace("_", "-")], **change)
    return {name: cell for name, cell in cells.items() if name not in without}


def test_each_item_is_the_one_that_was_handed_out_in_its_order():
    versions = versions_of(SAMPLE, SECRET_ORDER, KEY)
    secret, public = (bank for bank, _ in versions)
    ids = [cell_id(item) for item in SAMPLE.used_for("graded")]

    def found(stored):
        return items_of(SAMPLE, versions, stored, "bank.yml", "remake")

    for bank in (secret, public):
        stored = stored_cells(bank)
        made = found(stored)
        assert list(made) == ids and all(made[n] == bank.item(made[n].id) for n in ids)
    assert items_of(None, versions, stored, "bank.yml", "remake") == {}
    text = stored_cells(public, sample_text={"solution": True, "cell_type": "markdown"})
    assert list(found(text)) == [name for name in ids if name != "sample-text"]
    wrong = r"bank.yml: \[sample.one\] the gradebook holds another version of this item"
    with pytest.raises(CourseError, match=wrong):
        found(stored_cells(public, sample_one={"source": "x"}))
    with pytest.raises(CourseError, match=wrong):
        found(stored_cells(public, without=("sample-one",)))
    with pytest.raises(CourseError, match="sample.num"):
        found(stored_cells(public, sample_num={"source": "x"}))
    # Without the question the order of letters is not known; that of a number does not matter.
    twice = [versions[0], (public, versions[0][1])]
    missing = stored_cells(secret, without=("sample-num-question", "sample-fact-question"))
    assert items_of(SAMPLE, twice, missing, "bank.yml", "remake")["sample-num"].id == "sample.num"
    missing = stored_cells(secret, without=("sample-one-question",))
    with pytest.raises(CourseError, match="sample.one"):
        items_of(SAMPLE, twice, missing, "bank.yml", "remake")
