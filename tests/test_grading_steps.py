"""Single steps of grading, each by itself: no sandbox, no class, no cluster."""

import contextlib
import errno
import io
import itertools
import json
import logging
import os
import re
import shutil
import socket
import stat
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import distributed
import nbformat
import nbgrader.api
import pytest
import sqlalchemy
import tqdm
from classroom import SAMPLE
from distributed import CancelledError
from distributed.scheduler import KilledWorker
from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum
from sqlalchemy.exc import OperationalError
from traitlets.config import Config, Configurable

from kratomcourse.errors import CourseError, Diagnostic
from kratomcourse.grading.assignment_source.form_checks import MISSING
from kratomcourse.grading.assignment_source.handed_out import item_cells
from kratomcourse.grading.assignment_source.notebooks import VARIANT_KEY_PLACEHOLDER, cell_id
from kratomcourse.grading.autograde import (
    answer_forms,
    early_sandbox,
    executors,
    gradebook,
    instructor_version,
    light_nbgrader,
    runner,
    submission,
)
from kratomcourse.grading.autograde import grader as grader_module
from kratomcourse.grading.autograde import nbgrader_plugins as plugins
from kratomcourse.grading.autograde.answer_forms import ValidationReport, validate_notebook
from kratomcourse.grading.autograde.answers import read_answer
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
from kratomcourse.grading.autograde.gradebook import (
    GradebookWriter,
    StoredScore,
    retry_while_locked,
    write_folder,
)
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
    GradingReport,
    NotebookOutcome,
    Outcome,
    ReportRow,
    SourceCell,
    Submission,
)
from kratomcourse.grading.autograde.regular_files import InvalidSubmission, read_file
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
from kratomcourse.grading.autograde.submission import (
    Cell,
    read_timestamp,
    strays_of,
    within_limit,
    without_outputs,
)
from kratomcourse.grading.autograde.summary import (
    GradingProgress,
    counted,
    report_lines,
    shortened,
)
from kratomcourse.grading.autograde.timestamps import (
    canonical,
    known_zone,
    parse_timestamp,
    zone_of,
)
from kratomcourse.grading.collect import archives, collector, exchange_inbox, submitted_files
from kratomcourse.grading.collect.archives import is_clutter, read_archive, read_entry
from kratomcourse.grading.collect.collector import (
    CollectRow,
    collect,
    from_archives,
    is_not_newer,
    store,
    write_new,
)
from kratomcourse.grading.collect.exchange_inbox import Refusal, read_inbox
from kratomcourse.grading.collect.submitted_files import CollectedSubmission
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

    def submit(self, function, shared, *more, pure):
        assert not pure, "two students may hand in the same"
        if function is executors.same:
            assert function(shared) is NOTHING and not more
            return SimpleNamespace(of=shared)
        submission, settings = more
        assert function is executors.grade_task and shared.of is NOTHING
        assert settings == {"limits": 1}
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
        assert dask.config.get("distributed.admin.low-level-log-length") <= 10
        assert dask.config.get("distributed.admin.log-length") <= 100, "each is a submission"
        assert dask.config.get("distributed.scheduler.http.routes") == []
        assert dask.config.get("distributed.worker.http.routes") == []
    [(options, failures)] = asked
    assert (options["n_workers"], options["threads_per_worker"], failures) == (3, 1, 0)
    assert (options["protocol"], options["security"]) == ("tls://", True)
    assert all(
        options[name].startswith("127.0.0.1")
        for name in ("host", "dashboard_address", "worker_dashboard_address")
    )
    assert options["silence_logs"] == logging.CRITICAL and ended == ["client", "cluster"]


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
    (layout.autograded / "ada" / ".file.new").touch()  # cannot be removed as a folder
    lock = tmp_path / ".course-grade.lock"
    lock.write_text("x" * 300)
    with exclusive_lock(layout):
        assert lock.read_text() == f"process {os.getpid()} on {socket.gethostname()}\n"
        left = {path.name for path in (layout.autograded / "ada").iterdir()}
        assert left == {"quiz", ".file.new"}
        with (
            pytest.raises(CourseError, match=rf"grading here \(process {os.getpid()} on \S+\)\."),
            exclusive_lock(layout),
        ):
            pass
        lock.write_text("x" * 300)
        with pytest.raises(CourseError, match=r"\(x{200}\)\."), exclusive_lock(layout):
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


# Files and names as they come


def test_a_file_is_read_up_to_its_size_and_the_size_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * (1 << 20))
    assert len(read_file(path, "a.csv", 1 << 20)) == 1 << 20
    with pytest.raises(InvalidSubmission, match=r"^a.csv is larger than 1 MB$"):
        path.write_bytes(b"x" * ((1 << 20) + 1))
        read_file(path, "a.csv", 1 << 20)
    with pytest.raises(InvalidSubmission, match=r"b.csv cannot be read \(No such file"):
        read_file(tmp_path / "b.csv", "b.csv", 9)
    with pytest.raises(InvalidSubmission, match=r"cannot be read \(its name is not valid\)"):
        read_file("a\0", "a", 9)
    with pytest.raises(InvalidSubmission, match=r"^a\? cannot be read \(.*symbolic"):
        (tmp_path / "link").symlink_to(path)
        read_file(tmp_path / "link", "a\n", 1 << 21)
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    with pytest.raises(InvalidSubmission, match="is not an ordinary file"):
        read_file(tmp_path, "folder", 9)
    assert len(list(descriptors.iterdir())) == before, "what was opened is closed"


def test_outputs_are_only_dropped_where_a_notebook_is_too_large_with_them():
    cell = {"cell_type": "code", "outputs": ["x" * 50], "source": ""}
    content = json.dumps({"cells": [cell]}).encode()
    assert within_limit(content, "q.ipynb", len(content)) is content
    small = within_limit(content, "q.ipynb", len(content) - 1)
    assert json.loads(small)["cells"][0]["outputs"] == []
    assert within_limit(content, "q.ipynb", len(small)) == small
    with pytest.raises(InvalidSubmission, match="^q.ipynb is larger than .* MB, outputs not"):
        within_limit(content, "q.ipynb", len(small) - 1)
    with pytest.raises(InvalidSubmission, match="larger than 2 MB"):
        within_limit(b"x" * ((2 << 20) + 1), "q.ipynb", 2 << 20)


def test_a_notebook_of_another_form_is_given_back_as_it_is(monkeypatch):
    cell = b'{"cells": [{"outputs": [1, [2], {"a": "]"}], "x": 1}, {"outputs" : []}]}'
    short = b'{"cells": [{"outputs": [], "x": 1}, {"outputs" : []}]}'
    assert without_outputs(cell) == short
    for other in (
        b'{"outputs": [1]}',
        b'[{"outputs": [1]}]',
        b'{"cells": [{"a": {"outputs": [1]}}]}',
        b'{"cells": [{"outputs": {"a": [1]}}]}',
        b'{"cells": [{"outputs", [1]}]}',
        b'{"cells": [{"outputs": "x", "y": [1]}]}',
        b'{"cells": [["outputs", [1]]]}',
        b'{"cells": [{"outputs": 5 [1]}]}',
        b"]",
        b'{"cells": [{"outputs": [1',
        b"no notebook",
    ):
        assert without_outputs(other) == other
    rest = b"]" + cell
    assert without_outputs(rest) == rest
    deep = b"[" * 997
    inner = b'{"cells": [{"outputs": [%s%s], "x": 1}]}'
    assert b"x" in without_outputs(inner % (deep[:996], b"]" * 996))
    assert (
        without_outputs(inner % (deep[:996], b"]" * 996)) == b'{"cells": [{"outputs": [], "x": 1}]}'
    )
    deeper = inner % (deep, b"]" * 997)
    assert without_outputs(deeper) == deeper
    tokens = len(submission.TOKEN.findall(cell))
    monkeypatch.setattr(submission, "MOST_TOKENS", tokens - 1)
    assert without_outputs(cell) == short
    monkeypatch.setattr(submission, "MOST_TOKENS", tokens - 2)
    assert without_outputs(cell) == cell


def test_a_time_is_read_from_a_file_of_a_thousand_bytes_at_most(tmp_path):
    path = tmp_path / "timestamp.txt"
    path.write_text("2027-01-15 12:00:00 UTC".ljust(1000))
    assert read_timestamp(str(path), "timestamp.txt") == "2027-01-15 12:00:00 UTC"
    path.write_text("2027-01-15 12:00:00 UTC".ljust(1001))
    with pytest.raises(InvalidSubmission, match="timestamp.txt is larger than"):
        read_timestamp(str(path), "timestamp.txt")
    path.write_text("x" * 41)
    with pytest.raises(InvalidSubmission, match=r"\('x{40}': it is not a time\)"):
        read_timestamp(str(path), "timestamp.txt")
    path.write_text("2027-01-15 12:00:00 " + "z" * 40)
    with pytest.raises(
        InvalidSubmission, match=r"z': Unknown .{72}\); correct or delete that file"
    ):
        read_timestamp(str(path), "timestamp.txt")
    path.write_bytes(b"\xff")
    with pytest.raises(InvalidSubmission, match="cannot be read"):
        read_timestamp(str(path), "timestamp.txt")


def test_a_notebook_that_cannot_be_read_is_a_stray_without_content(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(b"x" * 9)
    paths = {name: str(tmp_path / name) for name in ("a.ipynb", "gone.ipynb")}
    assert strays_of(paths, 9) == {"a.ipynb": b"x" * 9, "gone.ipynb": b""}
    assert strays_of(paths, 8) == {"a.ipynb": b"", "gone.ipynb": b""}


def test_the_zones_of_a_time_are_known_without_a_look_at_files():
    assert [zone_of(name) for name in ("+0100", "-2359", "XYZ", "../etc/passwd")] == [None] * 4
    assert zone_of("Europe/Berlin").key == "Europe/Berlin"
    assert all(zone_of(name).utcoffset(NOON) == timedelta(0) for name in ("UTC", "Z", "GMT"))
    assert known_zone(None, None) is None
    assert known_zone("x", 3600).utcoffset(NOON) == timedelta(hours=1)
    assert known_zone(None, 0).utcoffset(NOON) == timedelta(0)
    assert known_zone(None, 86_399).utcoffset(NOON) == timedelta(seconds=86_399)
    assert known_zone(None, 86_400) is None and known_zone(None, -86_400) is None
    assert known_zone("Europe/Berlin", None).key == "Europe/Berlin"
    for name in ("XYZ", ""):
        with pytest.raises(ValueError, match="is no time zone"):
            known_zone(name, None)
    assert canonical(NOON.replace(microsecond=5)) == "2027-01-15 12:00:00.000005 UTC"
    assert parse_timestamp("2027-01-15 12:00:00".ljust(64, " ").strip()) == NOON
    assert parse_timestamp("2027-01-15 12:00:00." + "0" * 44) == NOON, "64 characters are read"
    with pytest.raises(ValueError, match="not a time"):
        parse_timestamp("2027-01-15 12:00:00." + "0" * 45)


def test_an_answer_is_read_as_deep_as_the_sandbox_writes_one():
    from kratomcourse.grading.sandbox.agent import DEEPEST

    def nested(depth):
        return [nested(depth - 1)] if depth else "x"

    assert read_answer(nested(DEEPEST + 2)) == nested(DEEPEST + 2)
    assert "too deep" in repr(read_answer(nested(DEEPEST + 3)))
    for kind in ("tuple", "set"):
        shallow = read_answer({"$": kind, "of": ["x"]}, 1)
        assert shallow == {"tuple": ("x",), "set": {"x"}}[kind]
        assert "too deep" in repr(read_answer({"$": kind, "of": [[]]}, 1))
    assert repr(read_answer({"$": "real", "value": "1" + " " * 399 + "x", "type": "t"})) == "1"
    assert repr(read_answer({"$": "real", "value": "1" + " " * 398 + "x", "type": "t"})) == "<t>"


def test_a_notebook_is_looked_at_question_by_question(tmp_path):
    items = SAMPLE.used_for("graded")
    answers = {
        "sample-one-answer": "answer_one = None",
        "sample-many-answer": "answer_many = 5",
        "sample-num-answer": "answer_num = half()",
        "sample-fact-answer": "answer_fact = 81.9",
    }
    cells = [
        {"cell_type": "code", "source": source, "metadata": {"nbgrader": {"grade_id": name}}}
        for name, source in answers.items()
    ]
    path = tmp_path / "quiz.ipynb"
    path.write_text(json.dumps({"cells": [*cells, {"cell_type": "raw", "source": "x"}]}))
    report = validate_notebook(path, SAMPLE)
    assert (report.questions, report.empty, report.unchecked) == (len(items), (1,), (3,))
    assert report.missing == tuple(range(5, len(items) + 1))
    [(number, message)] = report.wrong_form
    assert number == 2 and message.startswith("wants a list of letters")


def test_the_report_of_a_look_counts_and_cuts():
    wrong = tuple((number, "x") for number in range(1, 13))
    whole = list(ValidationReport(20, wrong_form=wrong).lines())
    assert not any("more answers" in line for line in whole) and len(whole) == 13
    more = list(ValidationReport(20, wrong_form=(*wrong, (13, "x"), (14, "x"))).lines())
    assert more[-1] == "... and 2 more answers have the wrong form."


# What is collected


def test_the_exchange_is_read_with_its_owners_checked_and_its_times_not_trusted(
    tmp_path, monkeypatch
):
    asked = []
    name = SimpleNamespace(name="quiz")
    monkeypatch.setattr(
        collector, "load_assignment", lambda *given: SimpleNamespace(notebooks=[name])
    )
    monkeypatch.setattr(collector, "read_inbox", lambda *given: asked.append(given) or [])
    layout = SimpleNamespace(exchange_root=tmp_path, course_id="kratom")
    inbound = tmp_path / "kratom" / "inbound"
    with pytest.raises(CourseError, match="is not there, so there is no exchange"):
        collect(layout, "quiz")
    inbound.mkdir(parents=True)
    assert collect(layout, "quiz") == []
    assert asked == [(inbound, "quiz", Limits(), True, False)]
    (tmp_path / "other").mkdir()
    limits = Limits(extra_mb=1)
    collect(layout, "quiz", (), "student", tmp_path / "other", False, True, limits)
    assert asked[1:] == [(tmp_path / "other", "quiz", limits, False, True)]


def test_what_came_is_told_by_student_with_the_notes_of_each_step(tmp_path, monkeypatch):
    name = SimpleNamespace(name="quiz")
    layout = SimpleNamespace(submitted=tmp_path / "submitted", exchange_root=tmp_path)
    found = [
        Refusal("zoe", "a link"),
        CollectedSubmission("eve", None, {"q (1).ipynb": b"1"}, ("from an archive",)),
        CollectedSubmission("ada", NOON, {"quiz.ipynb": b"1"}),
    ]
    monkeypatch.setattr(
        collector, "load_assignment", lambda *given: SimpleNamespace(notebooks=[name])
    )
    monkeypatch.setattr(collector, "from_archives", lambda *given: found)
    rows = collect(layout, "quiz", [tmp_path / "a.zip"])
    assert [(row.student, row.state) for row in rows] == [
        ("ada", "collected"),
        ("eve", "collected"),
        ("zoe", "rejected"),
    ]
    assert rows[0].notes == () and rows[2].notes == ("a link",)
    assert rows[1].notes == ("from an archive", "q (1).ipynb was taken for quiz.ipynb")
    assert (layout.submitted / "eve" / "quiz" / "quiz.ipynb").read_bytes() == b"1"


def test_a_folder_stands_for_the_archives_in_it_and_a_wrong_name_is_told(tmp_path, monkeypatch):
    roster = SimpleNamespace(find=lambda person: (person.name, ()))
    monkeypatch.setattr(collector, "Roster", lambda layout: roster)
    for name in ("b.zip", "a.IPYNB", "c.txt"):
        (tmp_path / name).write_bytes(b"{}")
    made = list(from_archives(None, [tmp_path, tmp_path / "a.IPYNB"], Limits(), "student"))
    assert [one.student for one in made] == ["a", "b", "a"]
    assert isinstance(made[1], Refusal) and not isinstance(made[0], Refusal)
    with pytest.raises(CourseError, match="gone.zip: is not there. Fix: check its name"):
        list(from_archives(None, [tmp_path / "gone.zip"], Limits(), "student"))


def test_what_is_stored_is_newer_by_its_time_or_differs_in_its_content(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"1")

    def not_newer(when, **files):
        one = CollectedSubmission("ada", when, {})
        return is_not_newer(tmp_path, one, {f"{name}.csv": data for name, data in files.items()})

    assert not_newer(NOON, a=b"1") is True, "no time is stored, so the content decides"
    assert not_newer(NOON, a=b"2") is False and not_newer(None, b=b"1") is False
    (tmp_path / "timestamp.txt").write_text("2027-01-15 12:00:00 UTC")
    assert not_newer(NOON, a=b"2") is True
    assert not_newer(NOON + timedelta(seconds=1), a=b"1") is False
    assert not_newer(NOON - timedelta(seconds=1), a=b"2") is True
    assert not_newer(None, a=b"1") is True and not_newer(None, a=b"2") is False
    (tmp_path / "timestamp.txt").write_text("soon")
    assert not_newer(NOON, a=b"1") is True and not_newer(NOON, a=b"2") is False


def test_no_link_is_written_through_and_what_cannot_be_stored_is_told(tmp_path, monkeypatch):
    layout = SimpleNamespace(submitted=tmp_path / "submitted")
    one = CollectedSubmission("ada", NOON, {"a.csv": b"1"})

    def put():
        return store(layout, "quiz", one, dict(one.files), ("note",))

    folder, elsewhere = layout.submitted / "ada", tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.mkdir(parents=True)
    (folder / ".quiz.new").mkdir()
    (folder / ".quiz.new" / "left").touch()
    (folder / "quiz").symlink_to(elsewhere)
    linked = CollectRow("ada", "rejected", ("its folder in submitted/ is a link",))
    assert put() == linked
    (folder / "quiz").unlink()
    assert put() == CollectRow("ada", "collected", ("note",))
    assert not (folder / "quiz" / "left").exists() and not (folder / ".quiz.new").exists()
    shutil.rmtree(folder)
    folder.symlink_to(elsewhere)
    assert put() == linked and not list(elsewhere.iterdir())
    folder.unlink()

    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(collector, "write_new", full)
    said = "it cannot be stored (No space left on device)"
    assert put() == CollectRow("ada", "rejected", (said, "note"))
    assert list(folder.iterdir()) == [], "nothing half-written stays"


def test_a_file_is_written_new_and_never_through_what_is_there(tmp_path):
    write_new(tmp_path / "d" / "e" / "a.csv", b"1")
    write_new(tmp_path / "d" / "b.csv", b"2")
    assert (tmp_path / "d" / "e" / "a.csv").read_bytes() == b"1"
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for there in ("d/b.csv", "link"):
        with pytest.raises(FileExistsError):
            write_new(tmp_path / there, b"3")
    assert not (tmp_path / "nowhere").exists()


def zipped(path, *entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def entries_of(path, form="nbgrader", **limits):
    return list(read_archive(path, Limits(**limits), lambda one: (one.name, ()), form))


def test_of_a_class_one_whose_files_cannot_be_read_is_refused_alone(tmp_path):
    link = zipfile.ZipInfo("eve/q.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    plain = zipfile.ZipInfo("zoe/q.ipynb")
    plain.external_attr = (stat.S_IFREG | 0o644) << 16
    path = zipped(tmp_path / "class.zip", ("ada/q.ipynb", b"1"), (link, b"/etc"), (plain, b"2"))
    ada, eve, zoe = entries_of(path)
    assert (ada.student, ada.files, zoe.files) == ("ada", {"q.ipynb": b"1"}, {"q.ipynb": b"2"})
    assert eve == Refusal("eve", "eve/q.ipynb is not an ordinary file")


def test_no_size_that_an_archive_says_is_believed(tmp_path):
    path = zipped(tmp_path / "class.zip", ("ada/a.csv", b"x" * 2000))
    with zipfile.ZipFile(path) as archive:
        [info] = archive.infolist()
        assert len(read_entry(archive, info, 2000)) == 2000
        with pytest.raises(InvalidSubmission, match="^ada/a.csv is larger than 0.00191 MB$"):
            read_entry(archive, info, 1999)
        info.file_size = 10
        with pytest.raises(InvalidSubmission, match="is larger than|cannot be unpacked"):
            read_entry(archive, info, 1999)
        info.file_size, info.flag_bits = 2000, info.flag_bits | 1
        with pytest.raises(InvalidSubmission, match="ada/a.csv is encrypted"):
            read_entry(archive, info, 2000)
        info.flag_bits, info.CRC = 0, 5
        with pytest.raises(InvalidSubmission) as broken:
            read_entry(archive, info, 2000)
    assert "ada/a.csv cannot be unpacked (Bad CRC-32" in str(broken.value)


def test_a_file_that_longer_reading_shows_to_be_larger_is_refused():
    info = zipfile.ZipInfo("a.csv")
    archive = SimpleNamespace(open=lambda info: io.BytesIO(b"x" * (2 << 20)))
    assert len(read_entry(archive, info, 2 << 20)) == 2 << 20
    with pytest.raises(InvalidSubmission, match=r"^a.csv is larger than 1 MB$"):
        read_entry(archive, info, 1 << 20)
    info.file_size = (1 << 20) + 1
    with pytest.raises(InvalidSubmission, match=r"^a.csv is larger than 1 MB$"):
        read_entry(archive, info, 1 << 20)


@pytest.mark.parametrize(
    "name, clutter",
    [
        ("__MACOSX/a", True),
        ("a/.DS_Store", True),
        (".hidden", True),
        ("a/__MACOSX", False),
        ("../.hidden", False),
        ("a.csv", False),
    ],
)
def test_what_an_editor_adds_is_passed_over_and_a_way_out_is_not(name, clutter):
    assert is_clutter(name) is clutter


def test_a_students_zip_file_has_a_size(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_STUDENT_MB", 1)
    path = tmp_path / "ada.zip"
    path.write_bytes(b"x" * (1 << 20))
    [one] = entries_of(path, "student")
    assert "submission.zip is not a zip archive" in one.why
    path.write_bytes(b"x" * ((1 << 20) + 1))
    [one] = entries_of(path, "student")
    assert one == Refusal("ada", "its zip file is larger than 1 MB")
    notebook = tmp_path / "ben.ipynb"
    notebook.write_bytes(b"{}")
    [one] = entries_of(notebook, "student")
    assert one.files == {"ben.ipynb": b"{}"} and one.notes == ()
    stamp = datetime.fromtimestamp(notebook.stat().st_mtime, UTC).replace(tzinfo=None)
    assert one.when == stamp
    canvas = zipped(tmp_path / "zoe.zip", ("zoe_1_2_q.ipynb", b"1"), ("q.ipynb", b"2"))
    [one] = entries_of(canvas, "student")
    assert set(one.files) == {"zoe_1_2_q.ipynb", "q.ipynb"}, "one such name is no class"


def test_the_owner_of_an_inbox_is_checked_unless_told_otherwise(tmp_path, monkeypatch):
    folder = tmp_path / "ada+quiz+2027-01-15 12:00:00 UTC"
    folder.mkdir()
    (folder / "quiz.ipynb").write_bytes(b"1")
    monkeypatch.setattr(exchange_inbox, "account_of", lambda uid: "eve")
    [one] = read_inbox(tmp_path, "quiz", Limits())
    assert one.why.endswith("it belongs to eve, not to ada")
    monkeypatch.setattr(exchange_inbox, "account_of", lambda uid: "ada")
    [one] = read_inbox(tmp_path, "quiz", Limits())
    assert one.files == {"quiz.ipynb": b"1"} and one.student == "ada"
    monkeypatch.setattr(exchange_inbox, "MOST_FOLDERS", 3)
    for number in range(9):
        (tmp_path / str(number)).touch()
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        assert len(exchange_inbox.list_names(handle)) == 4
    finally:
        os.close(handle)


def test_an_inbox_leaves_nothing_open(tmp_path, monkeypatch):
    for student in ("ada", "eve"):
        folder = tmp_path / f"{student}+quiz+2027-01-15 12:00:00 UTC"
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "a.csv").write_bytes(b"1")
    (folder / "link").symlink_to("/etc/passwd")
    (tmp_path / "zoe+quiz+2027-01-15 12:00:00 UTC").touch()
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    ada, eve, zoe = read_inbox(tmp_path, "quiz", Limits(), False, True)
    assert ada.files == {"data/a.csv": b"1"} and eve.why.endswith("link is a symbolic link")
    assert "cannot be read (Not a directory)" in zoe.why
    real = submitted_files.check_owner
    monkeypatch.setattr(
        submitted_files, "check_owner", lambda handle, owner, full: real(handle, owner + 1, full)
    )
    [refused] = [
        one for one in read_inbox(tmp_path, "quiz", Limits(), False, True) if one.student == "ada"
    ]
    assert refused.why.endswith("data belongs to someone else")
    shutil.rmtree(tmp_path / "ada+quiz+2027-01-15 12:00:00 UTC" / "data")
    (tmp_path / "ada+quiz+2027-01-15 12:00:00 UTC" / "b.csv").touch()
    [refused] = [
        one for one in read_inbox(tmp_path, "quiz", Limits(), False, True) if one.student == "ada"
    ]
    assert refused.why.endswith("b.csv belongs to someone else")
    assert len(list(descriptors.iterdir())) == before


# The light package of nbgrader


def test_the_real_package_runs_when_something_asks_for_more_than_a_submodule(tmp_path, monkeypatch):
    package = tmp_path / "little_package"
    package.mkdir()
    (package / "__init__.py").write_text("from . import inner\nvalue = 5\n")
    (package / "inner.py").write_text("seen = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(light_nbgrader, "NAME", "little_package")
    try:
        light_nbgrader.use_light_nbgrader()
        light = sys.modules["little_package"]
        assert (light.__package__, light.__file__) == (
            "little_package",
            str(package / "__init__.py"),
        )
        assert light.__spec__.name == "little_package" and light.__loader__ is light.__spec__.loader
        light_nbgrader.use_light_nbgrader()
        assert sys.modules["little_package"] is light, "what is imported stays"
        assert not hasattr(light, "__nothing__") and not hasattr(light, "inner")
        assert "value" not in vars(light)
        from little_package import inner

        assert inner.seen == 1 and "value" not in vars(light)
        assert light.value == 5 and type(light) is type(sys)
        assert not hasattr(light, "missing")
    finally:
        for name in ("little_package", "little_package.inner"):
            sys.modules.pop(name, None)
    for absent in ("package_that_is_not_there", "this"):
        monkeypatch.setattr(light_nbgrader, "NAME", absent)
        light_nbgrader.use_light_nbgrader()
        assert absent not in sys.modules, "no package, so nothing is put in its place"


# The progress of a run


def test_the_bar_counts_submissions_and_shows_the_last_student_safely(monkeypatch):
    shown = []

    class Bar:
        def __init__(self, **options):
            shown.append(options)
            self.n, self.total = 0, None

        def update(self, by):
            self.n += by

        def set_postfix_str(self, text, refresh):
            shown.append((text, refresh, self.n, self.total))

        def close(self):
            shown.append("closed")

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    with GradingProgress() as progress:
        for done, student in ((1, "ada"), (3, "x\x1b[2J")):
            progress.each(done, 4, ReportRow(student, "graded"))
    options, *told = shown
    assert told == [("ada", False, 1, 4), ("x?[2J", False, 3, 4), "closed"]
    assert (options["total"], options["unit"], options["file"]) == (4, "submission", sys.stderr)
    assert options["disable"] is not sys.stderr.isatty()
    with GradingProgress():
        pass
    assert shown[-1] == "closed" and len(shown) == 4


def test_a_report_cuts_what_is_long_and_says_how_much_there_is_more():
    assert shortened(["a", "b"], 2) == "a; b" and shortened([], 2) == ""
    assert shortened(["a", "b", "c", "d"], 2) == "a; b; and 2 more"
    assert counted("graded", 12) == "  graded                    12"
    rows = [
        ReportRow("ada", "graded", tests_in_kernel=tuple("gfedcba")),
        ReportRow("eve", "failed", tests_in_kernel=("z",)),
    ]
    lines = list(report_lines(GradingReport("q", 5, "bubblewrap", rows)))
    [line] = [line for line in lines if "test cells" in line]
    assert line.startswith("  7 test cells") and line.endswith(": a, b, c, d, e")


# Time and disk


def test_a_held_gradebook_is_waited_for_and_not_asked_without_a_pause(monkeypatch):
    said, slept = ["database is locked", "database table is locked"], []
    monkeypatch.setattr(gradebook.time, "sleep", slept.append)

    def step():
        if said:
            raise OperationalError("x", {}, Exception(said.pop()))
        return "stored"

    assert retry_while_locked(step) == "stored" and slept == [0.2, 0.2]


def test_graded_notebooks_are_on_the_disk_before_their_scores_are_stored(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(
        gradebook.os,
        "fsync",
        lambda handle: synced.append(Path(f"/proc/self/fd/{handle}").resolve().name),
    )
    outcome = replace(graded(NotebookOutcome("quiz", "{}")), files={"a.csv": b"1"})
    write_folder(tmp_path / "quiz", outcome)
    assert synced == ["quiz.ipynb"]
    assert {path.name for path in (tmp_path / "quiz").iterdir()} == {
        *("a.csv", "quiz.ipynb", "timestamp.txt")
    }


def test_a_writer_that_waits_holds_no_transaction(written):
    assert not written.db().in_transaction()
    written.write(graded(notebook_with(1.0)))
    assert not written.db().in_transaction()


def test_a_notebook_to_look_at_has_a_size(tmp_path, monkeypatch):
    monkeypatch.setattr(answer_forms, "LARGEST_MB", 1)
    path = tmp_path / "quiz.ipynb"
    path.write_text('{"cells": []}'.ljust(1 << 20))
    assert len(validate_notebook(path, SAMPLE).missing) == len(SAMPLE.used_for("graded"))
    path.write_text('{"cells": []}'.ljust((1 << 20) + 1))
    with pytest.raises(InvalidSubmission, match="larger than 1 MB"):
        validate_notebook(path, SAMPLE)


def test_the_seconds_of_an_outcome_are_those_that_grading_took(monkeypatch):
    clock = iter((10.0, 12.5))
    monkeypatch.setattr(grader_module.time, "perf_counter", lambda: next(clock))
    [ada] = submissions_of("ada")
    assert grader_module.grade_once(NOTHING_IN_IT, ada, None).seconds == 2.5


NOTHING_IN_IT = Assignment("quiz", (AssignmentNotebook("quiz", "quiz", (), {}, {}),))


def test_a_picture_is_base64_without_anything_between():
    assert grader_module.is_valid_data("image/png", "aG\n k=")
    assert not grader_module.is_valid_data("image/png", "aG!k=")
    assert not grader_module.is_valid_data("image/png", "aGk")
    assert grader_module.is_valid_data("text/plain", "aG!k=")


def test_a_graded_notebook_has_the_format_and_the_ids_that_jupyter_takes():
    long = "n" * 80
    cells = [Cell("code", "", check_of(name)) for name in (long, long[:64] + "x", "short", "short")]
    made = json.loads(grader_module.notebook_text(NOTHING_IN_IT.notebooks[0], cells))
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    assert [cell["id"] for cell in made["cells"]] == ["n" * 64, "own-1", "short", "own-3"]
    assert made["cells"][0]["metadata"]["nbgrader"]["grade_id"] == long
    assert made["cells"][0]["metadata"]["nbgrader"]["schema_version"] == 3


def test_what_a_name_makes_of_a_generated_cell_is_cut(monkeypatch):
    def refused(*given):
        raise ValueError("x" * 300)

    monkeypatch.setattr(grader_module, "printed_by", refused)
    cell = Cell("code", "x", SourceCell("numbers-share-numbers", "code", "x", locked=True))
    LiteralGrader(notebook_of_bank(NUMBERS), "ada", {}).process_cell(cell)
    assert cell.outputs == [error_output("ValueError", "x" * 200, 1)]


# The order of what was handed in


def order_of(notebook, *handed_in):
    cells = [
        {
            "cell_type": kind,
            "source": source,
            "metadata": {"nbgrader": {"grade_id": name}} if name else {},
        }
        for name, kind, source in handed_in
    ]
    made = submission.overwrite_locked_cells(notebook, json.dumps({"cells": cells}).encode())
    return [(cell.of.name, cell.source) if cell.of else ("own", cell.source) for cell in made.cells]


def handed_out(*names):
    """A notebook whose cells are answers where their names begin with an a, and else locked."""
    cells = tuple(
        SourceCell(name, "code", f"{name}()", solution=True)
        if name.startswith("a")
        else SourceCell(name, "code", f"{name}()", locked=True)
        for name in names
    )
    return AssignmentNotebook("quiz", "quiz", cells, {}, {})


def test_answers_that_are_gone_come_back_in_order_and_before_the_students_own_cells():
    first, own = ("first", "code", "first()"), ("", "code", "mine")
    names = [name for name, _ in order_of(handed_out("first", "gone", "a1", "a2"), first, own)]
    assert names == ["first", "a1", "a2", "own", "gone"]
    names = [name for name, _ in order_of(handed_out("first", "gone", "a1", "a2"), first)]
    assert names == ["first", "gone", "a1", "a2"], "nothing of the student's stands between"
    names = [name for name, _ in order_of(handed_out("first", "a1", "gone", "a2"), own, first)]
    assert names == ["own", "first", "a1", "gone", "a2"]


def test_locked_cells_that_are_gone_come_back_before_the_answers_below_them():
    names = ["first", "gone", "too", "three", "a1"]
    made = order_of(handed_out(*names), ("first", "code", "first()"))
    assert [name for name, _ in made] == names


def test_without_metadata_an_answer_is_the_one_cell_between_its_neighbours():
    mine, answer = ("", "code", "mine"), ("", "code", "answer = 5")
    first, last = ("", "code", "first()"), ("", "code", "last()")
    between = order_of(handed_out("first", "a1", "last"), mine, first, answer, last, mine)
    assert ("a1", "answer = 5") in between and between.count(("own", "mine")) == 2
    assert order_of(handed_out("a1", "last"), answer, last)[0] == ("a1", "answer = 5")
    assert order_of(handed_out("first", "a1"), first, answer)[1] == ("a1", "answer = 5")
    two = order_of(handed_out("first", "a1", "last"), first, answer, mine, last)
    assert ("a1", "a1()") in two and ("own", "answer = 5") in two, "which one, nobody can tell"


def test_without_metadata_an_answer_is_not_taken_for_a_check_that_is_gone():
    notebook = handed_out("first", "check", "a1", "last")
    bare = (("", "code", "first()"), ("", "code", "answer = 5"), ("", "code", "last()"))
    assert order_of(notebook, *bare) == [
        ("first", "first()"),
        ("check", "check()"),
        ("a1", "answer = 5"),
        ("last", "last()"),
    ]


def test_the_likeliest_notebook_is_looked_for_within_the_size_of_one(tmp_path):
    folder = tmp_path / "ada" / "quiz"
    folder.mkdir(parents=True)
    (folder / "aa.ipynb").write_text("{}")
    content = '{"id": "quiz-introduction"}'.ljust(1024)
    for size, likely in ((1024, "zz"), (1025, "aa")):
        (folder / "zz.ipynb").write_text(content.ljust(size))
        with pytest.raises(InvalidSubmission, match=f"most likely it is {likely}.ipynb"):
            submission.read_submission(
                folder, "ada", "quiz", ["quiz"], Limits(notebook_mb=1 / 1024)
            )


def test_the_archive_of_a_class_is_measured_before_it_is_read(tmp_path, monkeypatch):
    path = zipped(tmp_path / "class.zip", ("ada/q.ipynb", b"1"), ("ben/q.ipynb", b"2"))
    assert len(entries_of(path)) == 2
    monkeypatch.setattr(archives, "MOST_ENTRIES", 1)
    with pytest.raises(CourseError, match="has 2 files"):
        entries_of(path)


def test_a_time_with_a_fraction_is_read_from_a_folders_name():
    info = zipfile.ZipInfo("ada+q+2027-01-15 12_00_00.000005 UTC/q.ipynb")
    assert archives.nbgrader_entry(info).when == NOON.replace(microsecond=5)


def test_a_notebook_is_read_whole_up_to_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(submitted_files, "RAW_MB", 1)
    content = b"{}".ljust((1 << 20) - 1) + b"!"
    (tmp_path / "ada.ipynb").write_bytes(content)
    [one] = entries_of(tmp_path / "ada.ipynb", "student")
    assert one.files["ada.ipynb"] == content


def test_the_instructors_own_files_have_a_size(written, tmp_path, monkeypatch):
    monkeypatch.setattr(instructor_version, "INSTRUCTORS_MB", 1)
    layout = written.layout
    layout.root, layout.source, layout.banks = tmp_path, tmp_path / "source", None
    place = layout.source / "quiz"
    (place / "data").mkdir(parents=True)
    source_file(place / "first.ipynb", ("markdown", "Welcome.", None))
    (place / "data" / "a.csv").write_bytes(b"x" * (1 << 20))
    made = instructor_version.load_notebook(layout, "quiz", "first")
    assert [cell.source for cell in made.cells] == ["Welcome."] and made.items == {}
    assert {name: len(data) for name, data in made.files.items()} == {"data/a.csv": 1 << 20}
    assert made.kernelspec == instructor_version.KERNELSPEC and made.bank is None
    (place / "data" / "a.csv").write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(InvalidSubmission, match="data/a.csv is larger than 1 MB"):
        instructor_version.load_notebook(layout, "quiz", "first")


def test_a_notebook_with_its_outputs_has_a_size_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(submission, "RAW_MB", 1)
    path = tmp_path / "quiz.ipynb"
    path.write_bytes(b"x" * (1 << 20))
    assert len(submission.read_notebook(path, "quiz.ipynb", 1 << 22)) == 1 << 20
    path.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(InvalidSubmission, match="^quiz.ipynb is larger than 1 MB$"):
        submission.read_notebook(path, "quiz.ipynb", 1 << 22)


def test_each_name_in_an_archive_or_folder_is_checked_as_it_is_counted():
    budget = submitted_files.FileBudget(Limits())
    with pytest.raises(InvalidSubmission, match="leads out of its folder"):
        budget.next_entry("../gradebook.db")
    assert budget.count == 1
