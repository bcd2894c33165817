"""Hostile submissions, one file each in tests/hostile/: none earns a point it did not answer for,
reads what is not its own, or changes anything for anybody else. Each runs between two honest ones,
in one run with the classmates.

A file says what it tries in its docstring and holds CELL (code put first into a blank notebook),
change (what is done to the notebook) or place (what is done to the folder); REFUSED where it must
not be marked at all, EXPECT as a pattern of what the report says about it.
"""

import importlib.util
import json
import os
import re
import shutil
import socket
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from classroom import (
    ROOT,
    all_right,
    assignment_of,
    hand_in,
    handed_out,
    honest,
    insert_first,
    make_classroom,
    notebook_of,
    page_of,
    scores,
    submission_of,
)
from conftest import required
from traitlets import import_item
from traitlets.config import Config

from kratomcourse.grading.autograde.grader import grade_submission
from kratomcourse.grading.autograde.instructor_version import read_config
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.autograde.summary import report_lines
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.grading.sandbox.session import Sandbox

FILES = sorted((Path(__file__).parent / "hostile").glob("*.py"))
SHORT = Limits(
    cell_seconds=4,
    grace_seconds=1,
    total_seconds=8,
    memory_mb=512,
    disk_mb=20,
    file_mb=10,
    processes=48,
)
# What an attack prints when it got somewhere, and words that stand only where no submission may
# look.
NEVER = (
    "CLASSMATE-WORDS",
    "ENVIRONMENT-WORDS",
    "BANK-WORDS",
    "BEGIN HIDDEN TESTS",
    "CONNECTED",
    "FOUND",
    "ESCAPED",
    "WROTE",
    "RAISED",
    "SHADOWED",
    "<script",
    "onerror",
    "onload",
)
TRACES = (
    "/tmp/i-stayed",
    "/tmp/evil-kernel",
    "/tmp/pickled",
    "/tmp/evil",
    "/tmp/message-LEFT-HERE",
    "/dev/shm/message-LEFT-HERE",
)


def load(path):
    spec = importlib.util.spec_from_file_location(f"hostile_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ATTACKS = {path.stem: load(path) for path in FILES}


def prepare(classroom, port):
    """Everybody's submissions: each attack by a student of its name, and after it an honest one."""
    ada = all_right(classroom)
    insert_first(ada, "# CLASSMATE-WORDS")
    hand_in(classroom, "ada", ada)
    (classroom.root / "bank" / "notes.txt").write_text("BANK-WORDS")
    (classroom.root / "source" / classroom.quiz / "data").mkdir()
    (classroom.root / "source" / classroom.quiz / "data" / "more.csv").write_text("a\n1\n")
    (classroom.root / "source" / classroom.quiz / "table.csv").write_text("b\n2\n")
    expected = {}
    for number, (name, attack) in enumerate(ATTACKS.items()):
        notebook = handed_out(classroom)
        if hasattr(attack, "CELL"):
            cell = (
                attack.CELL.replace("{root!r}", repr(str(classroom.root)))
                .replace("{course!r}", repr(str(ROOT)))
                .replace("{port}", str(port))
            )
            insert_first(notebook, cell)
        if hasattr(attack, "change"):
            notebook = attack.change(notebook, classroom)
        folder = hand_in(classroom, f"{number:02}-{name}", notebook)
        if hasattr(attack, "place"):
            attack.place(folder, classroom)
        neighbour = honest(classroom, number)
        hand_in(classroom, f"{number:02}-~honest", neighbour)
        expected[f"{number:02}-~honest"] = json.dumps(neighbour).encode()
    return expected


def run_all(root, limits, **options):
    classroom = make_classroom(root)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        door.settimeout(0)
        honest_ones = prepare(classroom, door.getsockname()[1])
        os.environ["COURSE_TEST_SECRET"] = "ENVIRONMENT-WORDS"
        try:
            report = grade_assignment(classroom.layout, classroom.quiz, limits=limits, **options)
        finally:
            del os.environ["COURSE_TEST_SECRET"]
        with pytest.raises(BlockingIOError):
            door.accept()
    return SimpleNamespace(
        classroom=classroom,
        report=report,
        rows={row.student: row for row in report.rows},
        honest=honest_ones,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    required(shutil.which("bwrap"), "bubblewrap")
    for trace in TRACES:
        Path(trace).unlink(missing_ok=True)
    return run_all(tmp_path_factory.mktemp("hostile") / "quizzes", SHORT, workers=1)


def student(name):
    return f"{list(ATTACKS).index(name):02}-{name}"


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_nothing_reads_nothing_and_is_reported(run, name):
    attack, row = ATTACKS[name], run.rows[student(name)]
    assert attack.__doc__
    got = scores(run.classroom, student(name))
    if getattr(attack, "REFUSED", False):
        assert row.state == "rejected" and row.why and got == {}
        return
    assert row.state == "graded", row.why
    assert row.points == 0 and not any(auto or manual for auto, manual, _ in got.values()), got
    assert len(got) == len([cell for cell in notebook_of(run.classroom).cells if cell.grade])
    graded = (
        run.classroom.root / "autograded" / student(name) / "99-sample" / "99-sample.ipynb"
    ).read_text()
    outputs = json.dumps([cell.get("outputs") for cell in json.loads(graded)["cells"]])
    assert not [word for word in NEVER if word in outputs]
    if pattern := getattr(attack, "EXPECT", ""):
        assert re.search(pattern, " | ".join((*row.violations, *row.repairs))), (
            row.violations,
            row.repairs,
        )


def test_everybody_else_is_marked_as_if_no_attack_were_there(run):
    assignment = assignment_of(run.classroom)
    with Sandbox(Limits(), hidden=run.classroom.layout.hidden()) as sandbox:
        for name, content in run.honest.items():
            alone = grade_submission(
                assignment, submission_of(run.classroom, name, content), sandbox
            )
            assert {cell: mark.auto for cell, mark in alone.scores.items()} == {
                cell: auto for cell, (auto, _, _) in scores(run.classroom, name).items()
            }, name
            assert run.rows[name].violations == ()
    assert run.rows["ada"].points == 17 and scores(run.classroom, "ada")["sample-code"] == (
        4,
        None,
        False,
    )


def test_nothing_is_left_of_an_attack(run):
    assert run.report.problems == []
    assert not [trace for trace in TRACES if Path(trace).exists()]
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"97531" in read(path)]
    assert left == []


def test_no_word_of_a_student_is_a_line_or_a_command_of_the_report(run):
    lines = list(report_lines(run.report))
    assert len(lines) > 40 and all(line.isprintable() for line in lines)
    assert sum(line.lstrip().startswith("blocked") for line in lines) == 1


def test_no_script_of_an_answer_is_on_the_page_that_a_person_reads(run):
    """As the formgrader makes it, with the course's settings; and in stock nbgrader the script is
    there.
    """
    template = "formgrade"
    place = (
        run.classroom.root
        / "autograded"
        / student("script_in_the_answer")
        / "99-sample"
        / "99-sample.ipynb"
    )
    page = page_of(place, read_config(run.classroom.root), template)
    assert "fetch(" in page and "<b>kept</b>" in page_of_markdown(
        "<b>kept</b> $x < 1$", run.classroom.root
    )
    seen = Seen(page.partition('id="notebook-container"')[2])
    assert not seen.tags & {
        "script",
        "svg",
        "iframe",
        "form",
        "style",
        "base",
        "object",
        "embed",
        "link",
        "meta",
    }
    assert not [
        name
        for _, name, value in seen.attributes
        if name.startswith("on") or (name == "style" and "position" in value)
    ]
    assert not [
        value
        for _, name, value in seen.attributes
        if name in ("href", "src")
        and re.match(r"(?i)\s*(javascript|data|vbscript|//|/)|.*evil", value)
    ]
    assert (
        "script"
        in Seen(page_of(place, Config(), template).partition('id="notebook-container"')[2]).tags
    )


def page_of_markdown(text, root):
    return import_item(read_config(root).HTMLExporter.filters["markdown2html"])(text)


class Seen(HTMLParser):
    """Names of tags and (tag, attribute, value) of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_there_are_at_least_forty_kinds():
    assert len(ATTACKS) >= 40 and len({attack.__doc__ for attack in ATTACKS.values()}) == len(
        ATTACKS
    )


@pytest.mark.long
def test_the_whole_set_under_full_limits_and_two_workers(tmp_path):
    required(shutil.which("bwrap"), "bubblewrap")
    run = run_all(tmp_path / "quizzes", Limits(), workers=2)
    for name, attack in ATTACKS.items():
        row = run.rows[student(name)]
        assert row.points == 0 and (row.state == "rejected") == getattr(attack, "REFUSED", False), (
            name
        )
    assert run.report.problems == []
    assert all(
        run.rows[name].state == "graded" and not run.rows[name].violations for name in run.honest
    )


@pytest.mark.parametrize(
    "name", ["reads_the_gradebook", "reads_a_classmate", "reads_the_environment", "rewrites_input"]
)
def test_unsandboxed_the_same_attack_finds_what_it_looks_for(run, name):
    """So that the tests above can fail: the harmless ones among the readers, run as `--sandbox
    none` would.
    """
    notebook = insert_first(
        handed_out(run.classroom),
        ATTACKS[name].CELL.replace("{root!r}", repr(str(run.classroom.root))),
    )
    os.environ["COURSE_TEST_SECRET"] = "ENVIRONMENT-WORDS"
    try:
        with Sandbox(SHORT, isolation="none") as sandbox:
            outcome = grade_submission(
                assignment_of(run.classroom),
                submission_of(run.classroom, "eve", notebook),
                sandbox,
            )
    finally:
        del os.environ["COURSE_TEST_SECRET"]
    outputs = json.dumps(
        [cell.get("outputs") for cell in json.loads(outcome.notebooks[0].text)["cells"]]
    )
    if name == "rewrites_input":  # the marks hold even then, because nothing is marked inside
        # The line that calls _points may stand in our own words about a missing function; what the
        # attack saw is empty.
        assert (
            outcome.points == 0 and "SEEN []" in outputs and not re.search(r"SEEN \[[^\]]", outputs)
        )
    else:
        assert [word for word in NEVER if word in outputs] or outcome.points > 0
