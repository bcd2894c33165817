"""The instructor's guide: each command in it, as written and in order."""

import csv
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

from conftest import required
from nbgrader_env import (
    BANKS,
    GUIDE,
    NOT_HERE,
    ROOT,
    blocks,
    user_environment,
    write_student_config,
)


def test_every_command_of_the_guide_works_in_order(tmp_path):
    """In a copy of the course, as instructor and as student, with what the guide says lies ready."""
    required(shutil.which("bwrap"), "bubblewrap")
    course = tmp_path / "course"
    for name in ("kratomcourse", "evidence", "quizzes/bank", "quizzes/source"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "quizzes" / "nbgrader_config.py", course / "quizzes")
    (course / "book").mkdir()
    shutil.copy(ROOT / "book" / "glossary.md", course / "book")
    setup = SimpleNamespace(
        root=tmp_path, quizzes=course / "quizzes", exchange=tmp_path / "exchange", course=course
    )
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "course").write_text(
        f'#!/bin/sh\nPYTHONPATH="{course}" exec "{sys.executable}" -m kratomcourse.cli "$@"\n'
    )
    (commands / "course").chmod(0o755)

    instructor, student = user_environment(setup, "instructor"), user_environment(setup, "student")
    write_student_config(setup, "student")
    (setup.quizzes / "students.csv").write_text(
        "id,last_name,first_name,email\nada,Lovelace,Ada,\nnora,,,\n"
    )

    ran = 0
    for heading, text in blocks("bash"):
        lines = [line for line in text.splitlines() if line not in NOT_HERE]
        as_student = heading == "What students do"
        if heading == "Without a shared exchange":
            downloads = Path(instructor["HOME"]) / "Downloads" / "02-pharmacology"
            downloads.mkdir(parents=True)
            with zipfile.ZipFile(downloads / "ada.zip", "w") as archive:
                archive.write(
                    setup.quizzes / "release" / "02-pharmacology" / "02-pharmacology.ipynb",
                    "02-pharmacology.ipynb",
                )
        person = student if as_student else instructor
        done = subprocess.run(
            ["bash", "-e", "-c", "\n".join(lines)],
            cwd=person["HOME"] if as_student else setup.quizzes,
            env=person | {"PATH": f"{commands}{os.pathsep}{person['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"under '{heading}':\n{text}\n{done.stdout[-4000:]}"
        ran += len(lines)
    assert ran >= 20 and all(command in GUIDE for command in NOT_HERE)
    with open(setup.quizzes / "grades.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    handed_in = [row for row in rows if row["timestamp"]]
    assert (
        len(handed_in) == 1 and len(rows) == 3
    )  # the student of the guide, and the two of students.csv
    assert float(rows[0]["max_score"]) == sum(
        item.points for item in BANKS["02-pharmacology"].used_for("graded")
    )
    assert (
        setup.quizzes / "feedback" / "ada" / "02-pharmacology" / "02-pharmacology.html"
    ).exists()


def test_guide_names_the_settings_that_the_course_has():
    config = (ROOT / "quizzes" / "nbgrader_config.py").read_text(encoding="utf-8")
    [(_, students)] = blocks("python")
    name = re.search(r"course_id = .*", config)[0]
    assert name in students and "NBGRADER_EXCHANGE" in GUIDE and "NBGRADER_EXCHANGE" in config
