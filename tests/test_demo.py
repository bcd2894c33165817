"""The demo: a simulated class from the released quiz to grades, as an instructor runs it."""

import csv
import resource
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, course, required
from nbgrader.api import Gradebook

from kratomcourse.demo.run import MARK, QUIZ, Demo, make_folder, pages
from kratomcourse.demo.students import STUDENTS
from kratomcourse.errors import CourseError


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo that the command makes, what it printed, and what it used of the processor."""
    required(shutil.which("bwrap"), "bubblewrap")
    folder, before = tmp_path_factory.mktemp("try") / "demo", processor_seconds()
    said = course("demo", str(folder), "--no-open").stdout
    done = Demo(folder, ROOT, print)
    done.said, done.processor_seconds = said, processor_seconds() - before
    return done


def processor_seconds():
    """Return what all commands so far have used of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.slow
def test_the_demo_takes_less_than_ten_minutes_and_leaves_what_it_names(demo):
    # Ten minutes on an idle machine; other work beside the test must not fail it.
    assert 0 < demo.processor_seconds < 300
    for path, _ in pages(demo):
        assert path.stat().st_size and path.name in demo.said.partition("Look at these")[2]
    for words in ("course grade", "course collect", "nbgrader release_feedback", "course report"):
        assert f"$ {words}" in demo.said


@pytest.mark.slow
def test_each_student_of_the_demo_gets_what_their_work_deserves(demo):
    with Gradebook(f"sqlite:///{demo.folder / 'gradebook.db'}") as gradebook:
        rows = {row.student.id: row for row in gradebook.assignment_submissions(QUIZ)}
        most = gradebook.find_assignment(QUIZ).max_score
        by_hand = next(cell.max_score for cell in find_text(gradebook))
        scores = {name: row.score for name, row in rows.items()}
        late = {name for name, row in rows.items() if row.total_seconds_late > 0}
        assert len(gradebook.students) == len(STUDENTS)
    assert set(scores) == {"ada", "ben", "chi", "dora", "mallory"} and late == {"dora"}
    assert scores["ada"] == most - by_hand
    assert scores["chi"] < scores["ben"] < scores["dora"] < scores["ada"]
    assert "evan: this file is not a readable notebook" in demo.said
    assert "mallory" in demo.said.partition("blocked  ")[2]


def find_text(gradebook):
    return [
        cell
        for cell in gradebook.find_notebook(QUIZ, QUIZ).grade_cells
        if cell.cell_type == "markdown"
    ]


@pytest.mark.slow
def test_hard_names_of_the_demo_arrive_whole_in_the_exports(demo):
    with (demo.folder / "grades-canvas.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["SIS User ID"]: row["Student"] for row in csv.DictReader(file)}
    assert rows["ada"] == "O'Brien, Jr., Ada" and rows["chi"] == "Nguyễn, Chi"
    assert rows["dora"].startswith("'=")


def test_the_demo_replaces_a_demo_and_nothing_else(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    demo = Demo(tmp_path, ROOT, print)
    with pytest.raises(CourseError, match="there is something else in this folder"):
        make_folder(demo)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    (tmp_path / MARK).touch()
    make_folder(demo)
    assert not (tmp_path / "thesis.txt").exists() and (tmp_path / "students.csv").exists()


def test_without_a_sandbox_nobody_in_the_demo_is_hostile(tmp_path):
    names = [one.id for one in Demo(tmp_path, ROOT, print, has_sandbox=False).students]
    assert "mallory" not in names and "evan" in names


def test_the_command_says_what_it_is_for():
    said = subprocess.run(
        [sys.executable, "-m", "kratomcourse.cli", "demo", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "six simulated students" in said.stdout
