"""What instructors read where a notebook is missing or empty: what is there, and what to do."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from classroom import all_right, answered, clean_environment, handed_out, make_classroom
from students import right

from kratomcourse.errors import CourseError
from kratomcourse.grading.autograde.likely_notebook import explain_missing, find_candidates
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.autograde.validate import ranges, validate_notebook
from kratomcourse.grading.class_list.take import take_file

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def packed(**files):
    """Return a zip archive; __ in a name stands for a slash."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ".ipynb", content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "there is no quiz.ipynb; the folder is empty"),
        (
            {"quiz (1).ipynb": NOTEBOOK},
            r"most likely it is quiz \(1\).ipynb \(renamed when it was saved",
        ),
        ({"Quiz-Copy1.ipynb": NOTEBOOK}, r"most likely it is Quiz-Copy1.ipynb \(renamed when"),
        (
            {"quiz.ipynb.txt": NOTEBOOK},
            r"quiz.ipynb.txt \(the notebook, saved with the ending .txt\)",
        ),
        ({"work/quiz.ipynb": NOTEBOOK}, r"work/quiz.ipynb \(in the folder work\)"),
        (
            {"all.zip": packed(quiz=NOTEBOOK)},
            r"is quiz.ipynb in all.zip \(packed into a zip archive\)",
        ),
        (
            {"quiz.html": b"<html>"},
            "a page made from the notebook cannot be graded, so ask the student",
        ),
        ({"notes.txt": b"hello"}, r"there is notes.txt; ask the student for the notebook itself"),
        ({"other.ipynb": NOTEBOOK}, r"most likely it is other.ipynb \(under another name\)"),
        ({"bad.zip": b"PK"}, "ask the student for the notebook itself"),
        ({"\x1b[2Jquiz (1).ipynb": NOTEBOOK}, r"is \?\[2Jquiz"),
    ],
)
def test_a_missing_notebook_lists_what_is_there_and_offers_the_likely_file(files, message):
    with pytest.raises(ValueError, match=message):
        raise ValueError(explain_missing(["quiz"], files, "course class take ada quiz"))


def test_the_likeliest_file_has_the_cells_of_the_quiz():
    ours = NOTEBOOK.replace(b'"metadata": {}', b'"metadata": {"id": "quiz-introduction"}')
    files = {"aa.ipynb": NOTEBOOK, "zz.ipynb": ours, "quiz (1).ipynb": NOTEBOOK}
    assert [one.file for one in find_candidates("quiz", files)] == [
        "zz.ipynb",
        "quiz (1).ipynb",
        "aa.ipynb",
    ]


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return make_classroom(tmp_path_factory.mktemp("messages") / "quizzes")


def submit_file(room, student, name, content):
    path = room.root / "submitted" / student / room.quiz / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


@pytest.mark.slow
def test_the_likely_file_is_taken_and_graded(room):
    notebook = json.dumps(all_right(room)).encode()
    for student, name, content in (
        ("ada", f"{room.quiz} (1).ipynb", notebook),
        ("ben", f"{room.quiz}.ipynb.txt", notebook),
        ("cal", "work.zip", packed(**{f"my__{room.quiz}": notebook})),
    ):
        submit_file(room, student, name, content)
        report = grade_assignment(room.layout, room.quiz, isolation="none", student=student)
        assert report.rows[0].state == "rejected"
        assert f"to take it: course class take {student} {room.quiz}" in report.rows[0].why
        take_file(room.layout, student, room.quiz)
        report = grade_assignment(room.layout, room.quiz, isolation="none", student=student)
        assert report.rows[0].state == "graded" and report.rows[0].points > 0
        with pytest.raises(CourseError, match="is there already"):
            take_file(room.layout, student, room.quiz)
    submit_file(room, "dan", "quiz.html", b"<html>")
    with pytest.raises(CourseError, match="no file here is a notebook under another name"):
        take_file(room.layout, "dan", room.quiz)
    with pytest.raises(CourseError, match="nothing was collected here"):
        take_file(room.layout, "../../etc", room.quiz)


def validate(room, path, code):
    done = subprocess.run(
        [sys.executable, "-m", "kratomcourse.cli", "validate", str(path), "--quiz", room.quiz],
        cwd=room.root,
        env=clean_environment(room.root),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


@pytest.mark.slow
def test_validate_says_on_one_screen_what_is_empty(room, tmp_path):
    blank = tmp_path / "blank.ipynb"
    blank.write_text(json.dumps(handed_out(room)))
    said = validate(room, blank, 3)
    assert f"0 of {len(room.items)} questions have an answer" in said
    assert f"Still empty: 1 to {len(room.items)}." in said and said.count("\n") <= 4


@pytest.mark.slow
def test_validate_finds_the_wrong_form_and_runs_nothing(room, tmp_path):
    items = {item.kind: item for item in room.items}
    given = {item.id: right(item) for item in room.items} | {
        items["choice"].id: "zz",
        items["number"].id: "seven",
    }
    notebook = answered(room, given)
    trap = tmp_path / "trap"
    notebook["cells"].insert(
        0,
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": f"open({str(trap)!r}, 'w')",
        },
    )
    path = tmp_path / "filled.ipynb"
    path.write_text(json.dumps(notebook))
    report = validate_notebook(path, room.bank)
    numbers = {item.id: number for number, item in enumerate(room.items, 1)}
    assert {number for number, _ in report.wrong_form} == {
        numbers[items["choice"].id],
        numbers[items["number"].id],
    }
    assert not report.empty and not trap.exists()
    assert numbers[items["code"].id] in report.unchecked


@pytest.mark.slow
def test_validate_of_a_file_that_is_not_there_offers_the_likely_one(room, tmp_path):
    (tmp_path / f"{room.quiz} (1).ipynb").write_text(json.dumps(handed_out(room)))
    said = validate(room, tmp_path / f"{room.quiz}.ipynb", 1)
    assert f"most likely it is {room.quiz} (1).ipynb" in said


def test_numbers_of_questions_are_joined_into_runs():
    assert ranges((1, 2, 3, 7, 9, 10)) == "1 to 3, 7, 9, 10"
