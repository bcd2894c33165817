"""The instructor's guide: every command in it, as written and in order, from an empty folder."""

import csv
import getpass
import json
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from conftest import required
from nbgrader.api import Gradebook
from nbgrader_env import GUIDE, NOT_HERE, ROOT, blocks, user_environment, write_student_config
from students import right, write_answers

from kratomcourse.quiz.assignments import find_assignment
from kratomcourse.quiz.order import course_secret, order_key, reordered_bank
from kratomcourse.settings import course_settings

QUIZ = "week-2"
STUDENT = getpass.getuser()  # nbgrader takes a student's name from the account
FOLDERS = ("kratomcourse", "evidence", "quizzes/bank", "quizzes/assignments", "quizzes/source")
FILES = ("Makefile", "requirements.txt", "pyproject.toml", "book/glossary.md")


def checkout(folder):
    """Copy what a new checkout has, and put an installed environment into it."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*FILES, "quizzes/nbgrader_config.py", "quizzes/course.yml"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    for command, module in (
        ("course", "-m kratomcourse.cli"),
        ("nbgrader", "-m nbgrader"),
        ("python", ""),
    ):
        (commands / command).write_text(
            f'#!/bin/sh\nPYTHONPATH="{folder}" exec "{sys.executable}" {module} "$@"\n'
        )
        (commands / command).chmod(0o755)
    (commands / "activate").write_text(f'export PATH="{commands}:$PATH"\n')
    (folder / ".venv" / ".installed").touch()  # make installs nothing then
    return folder


class Walk:
    """Types the guide's commands, as the instructor and as a student, and times them."""

    def __init__(self, root):
        self.course = checkout(root / "course")
        self.quizzes = self.course / "quizzes"
        setup = SimpleNamespace(root=root, course=self.course, exchange=self.quizzes / "exchange")
        write_student_config(setup, "student")
        self.people = {
            "instructor": user_environment(setup, "instructor"),
            "student": user_environment(setup, "student"),
        }
        for person in self.people.values():
            del person["NBGRADER_EXCHANGE"], person["PYTHONPATH"]
        self.folders = {
            "instructor": self.course,
            "student": Path(self.people["student"]["HOME"]),
        }
        self.seconds = []

    def type(self, person, line):
        """Run one line in a shell that is where the line before left it."""
        environment, after = self.people[person], self.course.parent / "after"
        start = time.monotonic()
        done = subprocess.run(
            ["bash", "-e", "-c", f'{line}\npwd > "{after}"; printf %s "$PATH" >> "{after}"'],
            cwd=self.folders[person],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        self.seconds.append((time.monotonic() - start, line))
        assert done.returncode == 0, f"{line}\n{done.stdout[-4000:]}"
        folder, environment["PATH"] = after.read_text().split("\n")
        self.folders[person] = Path(folder)
        return done.stdout

    def prepare(self, heading):
        """Do what the guide says the reader does by hand before the commands of a section."""
        home = Path(self.people["instructor"]["HOME"])
        if heading == "Import your class":
            (self.quizzes / "students.csv").write_text(
                "id,last_name,first_name,email\n"
                f'ada,"O\'Brien, Jr.",Ada,ada@example.org\n{STUDENT},,,\nnora,=SUM(1),,\n'
            )
        if heading == "Collect from an LMS or by mail":
            downloads = home / "Downloads" / QUIZ
            downloads.mkdir(parents=True)
            path = self.course.parent / "ada" / QUIZ / f"{QUIZ}.ipynb"
            path.parent.mkdir(parents=True)
            shutil.copy(self.quizzes / "release" / QUIZ / path.name, path)
            path.chmod(0o644)
            self.answer(path)
            with zipfile.ZipFile(downloads / "ada.zip", "w") as archive:
                archive.write(path, path.name)

    def answer(self, path):
        """Answer everything rightly that has no numbers of one's own."""
        bank = find_assignment(self.quizzes, QUIZ)
        ours = reordered_bank(bank, order_key(course_secret(self.quizzes), QUIZ))
        items = [item for item in ours.items if getattr(item, "template", None) is None]
        write_answers(path, items, {item.id: right(item) for item in items})

    def answer_as_student(self, line):
        """Between fetching and validating the student writes the answers."""
        if line.startswith("nbgrader fetch_assignment"):
            path = self.folders["student"] / QUIZ / f"{QUIZ}.ipynb"
            path.chmod(0o644)
            self.answer(path)
            text = path.read_text(encoding="utf-8")
            path.write_text(
                text.replace("answer_student = 'student'", f"answer_student = '{STUDENT}'")
            )


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """The whole guide, from an empty folder to grades."""
    required(shutil.which("bwrap"), "bubblewrap")
    walk = Walk(tmp_path_factory.mktemp("guide"))
    for heading, text in blocks("bash"):
        if heading in ("Start one", "Update"):  # of an edition; see test_edition
            continue
        walk.prepare(heading)
        person = "student" if heading == "What students do" else "instructor"
        for line in text.splitlines():
            if line not in NOT_HERE:
                walk.type(person, line)
                walk.answer_as_student(line)
    for seconds, line in sorted(walk.seconds, reverse=True)[:12]:
        print(f"{seconds:6.1f} s  {line}")
    return walk


@pytest.mark.slow
def test_every_command_of_the_guide_works_in_order_from_an_empty_folder(walk):
    typed = [line for _, line in walk.seconds]
    assert len(typed) >= 40 and all(command in GUIDE for command in NOT_HERE)
    assert {"make quiz", "cd quizzes", "course status"} <= set(typed)
    assert (walk.quizzes / "feedback" / "ada" / QUIZ / f"{QUIZ}.html").exists()


@pytest.mark.slow
def test_the_walk_ends_with_right_grades_in_four_formats(walk):
    with Gradebook(f"sqlite:///{walk.quizzes / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(QUIZ, "ada")
        most, expected = submission.max_score, submission.score
        people = {row.student.id for row in gradebook.assignment_submissions(QUIZ)}
    assert people == {"ada", STUDENT} and 0 < expected < most

    def rows(form, name):
        with (walk.quizzes / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    canvas = {row["SIS User ID"]: row for row in rows("canvas", "grades-for-canvas.csv")}
    assert canvas["ada"]["Student"] == "O'Brien, Jr., Ada"
    assert float(canvas["ada"][QUIZ]) == expected and canvas["nora"][QUIZ] == ""
    assert float(canvas[""][QUIZ]) == most
    moodle = {row["ID number"]: row for row in rows("moodle", "grades-for-moodle.csv")}
    assert float(moodle["ada"][QUIZ]) == expected and moodle["nora"][QUIZ] == ""
    board = {row["Username"]: row for row in rows("blackboard", "grades-for-blackboard.csv")}
    [column] = [name for name in board["ada"] if name.startswith(f"{QUIZ} ")]
    assert float(board["ada"][column]) == expected and f"{most:g}" in column
    assert board["nora"]["Last Name"] == "'=SUM(1)"
    plain = {row["student"]: row for row in rows("plain", "grades.csv")}
    assert float(plain["ada"]["score"]) == expected and float(plain["ada"]["max_score"]) == most
    assert plain["nora"]["score"] == ""


@pytest.mark.slow
def test_the_assignment_of_the_guide_is_what_the_guide_says(walk):
    notebook = nbformat.read(walk.quizzes / "source" / QUIZ / f"{QUIZ}.ipynb", as_version=4)
    assert "11 questions" in notebook.cells[0].source
    assert json.loads((walk.quizzes / "release" / QUIZ / f"{QUIZ}.ipynb").read_text())["cells"]
    [example] = [text for _, text in blocks("yaml") if text.startswith("title: Week")]
    (walk.quizzes / "assignments" / "example.yml").write_text(example)
    made = find_assignment(walk.quizzes, "example")
    assert len(made.items) == 4 and made.items and made.instructions


def test_guide_names_the_settings_that_the_course_has(tmp_path):
    [(_, students)] = blocks("python")
    settings = course_settings(ROOT / "quizzes")
    assert f'course_id = "{settings.id}"' in students
    [example] = [text for _, text in blocks("yaml") if text.startswith("id:")]
    (tmp_path / "course.yml").write_text(example)
    assert course_settings(tmp_path) == settings
    config = (ROOT / "quizzes" / "nbgrader_config.py").read_text(encoding="utf-8")
    assert "NBGRADER_EXCHANGE" in GUIDE and "NBGRADER_EXCHANGE" in config


def test_links_within_the_guide_lead_somewhere():
    targets = set(re.findall(r"^\((.+)\)=$", GUIDE, re.M))
    headings = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", GUIDE, re.M)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= targets | headings
