"""A semester with nbgrader's own commands: from the first hand-out to feedback, with students who
do each thing in their own way.
"""

import csv
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import nbformat
import pytest
from conftest import required
from nbgrader_env import (
    BANKS,
    SAMPLE,
    make_course,
    nbgrader,
    user_environment,
    write_student_config,
)
from students import partial, right, write_answers, wrong

from kratomcourse.grading.assignment_source.handed_out import as_handed_out
from kratomcourse.grading.assignment_source.notebooks import answer_name, cell_id

# The sample has every kind of question; the whole of the course's quizzes is a long campaign.
EACH = [
    chapter
    if chapter in ("05-legality", SAMPLE.chapter)
    else pytest.param(chapter, marks=pytest.mark.long)
    for chapter in BANKS
]


def items_of(course, chapter):
    """The graded items of a chapter in the order in which the course hands them out."""
    return as_handed_out(BANKS[chapter], course.quizzes).used_for("graded")


@pytest.fixture(scope="module")
def setup(tmp_path_factory, request):
    """An instructor's course folder with a private exchange, and the quizzes that the tests of this
    run ask for.
    """
    setup = make_course(tmp_path_factory.mktemp("semester"))
    asked = {
        test.callspec.params["chapter"]
        for test in request.session.items
        if test.path.name == "test_semester.py" and hasattr(test, "callspec")
    }
    setup.chapters = [chapter for chapter in BANKS if chapter in asked | {SAMPLE.chapter}]
    return setup


def hand_in(setup, student):
    """One student fetches the quizzes, answers as that student does, validates one, and submits
    all.
    """
    home = setup.root / "homes" / student
    write_student_config(setup, student)
    nbgrader(setup, "fetch_assignment", *setup.chapters, person=student, cwd=home)
    output = ""
    for chapter in setup.chapters:
        path = home / chapter / f"{chapter}.ipynb"
        path.chmod(0o644)
        STUDENTS[student](path, items_of(setup, chapter))
        if chapter == SAMPLE.chapter and student in ("ada", "cal", "dot", "eve"):
            output = nbgrader(
                setup, "validate", f"{chapter}/{chapter}.ipynb", person=student, cwd=home
            )
        nbgrader(setup, "submit", chapter, f"--student={student}", person=student, cwd=home)
    return output


def eve(path, items):
    """Everything right, but the cell of the first answer stops with an error before it."""
    write_answers(path, items, {item.id: right(item) for item in items})
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == f"{cell_id(items[0])}-answer")
    cell.source = f"1 / 0\n{cell.source}"
    nbformat.write(notebook, path)


# The broken one comes second, so that most are graded after it.
STUDENTS = {
    "ada": lambda path, items: write_answers(path, items, {item.id: right(item) for item in items}),
    "amy": lambda path, items: path.write_text('{"cells": [{"cell_type": "code", "source'),
    "ben": lambda path, items: write_answers(path, items, {item.id: wrong(item) for item in items}),
    "cal": lambda path, items: None,
    "dot": lambda path, items: write_answers(
        path, items, {item.id: partial(item) for item in items}
    ),
    "eve": eve,
}


@pytest.fixture(scope="module")
def semester(setup):
    """The whole way, once, with nbgrader's own commands; what was said on the way."""
    required(shutil.which("bwrap"), "bubblewrap")
    output = SimpleNamespace(validate={}, autograde={}, written={})
    for chapter in setup.chapters:
        nbgrader(setup, "generate_assignment", chapter)
        nbgrader(setup, "release_assignment", chapter)
    with ThreadPoolExecutor(2) as two:
        output.validate = dict(
            zip(STUDENTS, two.map(lambda student: hand_in(setup, student), STUDENTS))
        )
    for chapter in setup.chapters:
        nbgrader(setup, "collect", chapter, "--ExchangeCollect.check_owner=False")
        output.autograde[chapter] = nbgrader(setup, "autograde", chapter, fails=True)
        output.written[chapter] = mark_texts(setup, chapter)
        nbgrader(setup, "generate_feedback", chapter)
        nbgrader(setup, "release_feedback", chapter)
    nbgrader(
        setup, "fetch_feedback", SAMPLE.chapter, person="dot", cwd=setup.root / "homes" / "dot"
    )
    nbgrader(setup, "export", "--to", "marks.csv")
    return SimpleNamespace(**vars(setup), output=output)


def mark_texts(setup, chapter):
    """A person reads the texts: full points for the sample, the first criterion for dot, else
    nothing. Who was waiting.
    """
    from nbgrader.api import Gradebook

    waiting = []
    with Gradebook(f"sqlite:///{setup.quizzes / 'gradebook.db'}") as gradebook:
        for item in items_of(setup, chapter):
            for student in ("ada", "ben", "cal", "dot", "eve") if item.kind == "text" else ():
                grade = gradebook.find_grade(cell_id(item), chapter, chapter, student)
                if grade.needs_manual_grade:
                    waiting.append(student)
                    grade.manual_score = {
                        "ada": item.points,
                        "eve": item.points,
                        "dot": item.rubric[0].points,
                    }.get(student, 0)
                    grade.needs_manual_grade = False
        gradebook.db.commit()
    return waiting


def scores(semester, chapter, student):
    """Cell -> (points, whether a person has to look) from the gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{semester.quizzes / 'gradebook.db'}") as gradebook:
        [notebook] = gradebook.find_submission(chapter, student).notebooks
        return {grade.name: (grade.score, grade.needs_manual_grade) for grade in notebook.grades}


def exported(semester, chapter):
    with open(semester.quizzes / "marks.csv", newline="") as file:
        return {
            row["student_id"]: float(row["score"])
            for row in csv.DictReader(file)
            if row["assignment"] == chapter
        }


def test_marks_of_the_sample_are_those_counted_by_hand(semester):
    # one 1, many 3, num 2, fact 1, order 3, match 3, code 4, text 3: 20 points
    assert exported(semester, "99-sample") == {
        "ada": 1 + 3 + 2 + 1 + 3 + 3 + 4 + 3,
        "amy": 0,
        "ben": 0,
        "cal": 0,
        # one of two letters; one of three neighbours; one of three rows; one of four cases; the
        # first criterion
        "dot": 1 + 1.5 + 2 + 1 + 1 + 1 + 1 + 1,
        "eve": 0 + 3 + 2 + 1 + 3 + 3 + 4 + 3,
    }


# What dot's answers are worth of an item with n right letters, entries, rows or cases, counted by
# hand.
WORTH_OF_PARTIAL = {
    "choice": lambda item: 1,
    "number": lambda item: 1,
    "choices": lambda item: 1 / sum(option.correct for option in item.options),
    "order": lambda item: (
        (len(item.entries) - 3) / (len(item.entries) - 1)
    ),  # two neighbours of the swap and the swap itself
    "match": lambda item: 1 / len(item.pairs),
    "code": lambda item: 1 / len(item.cases),
    "text": lambda item: item.rubric[0].points / item.points,
}


@pytest.mark.parametrize("chapter", EACH)
def test_every_item_of_every_student_has_the_points_counted_by_hand(semester, chapter):
    items = items_of(semester, chapter)
    expected = {
        "ada": {item.id: item.points for item in items},
        "ben": {item.id: 0 for item in items},
        "cal": {item.id: 0 for item in items},
        "dot": {item.id: item.points * WORTH_OF_PARTIAL[item.kind](item) for item in items},
        "eve": {item.id: 0 if item is items[0] else item.points for item in items},
    }
    for student, points in expected.items():
        got = scores(semester, chapter, student)
        assert {item.id: got[cell_id(item)][0] for item in items} == pytest.approx(
            points, abs=1e-4
        ), student
        assert not any(waiting for _, waiting in got.values()), student
        assert exported(semester, chapter)[student] == pytest.approx(sum(points.values()), abs=1e-3)


@pytest.mark.parametrize("chapter", EACH)
def test_a_broken_notebook_is_named_and_waits_for_a_person(semester, chapter):
    output = semester.output.autograde[chapter]
    assert f"There was an error processing assignment '{chapter}' for student 'amy'" in output
    assert "amy: this file is not a readable notebook: its JSON is missing or incomplete" in output
    assert not re.search(r"error processing assignment '[^']+' for student '(?!amy)", output)
    assert sorted(
        path.name
        for path in (semester.quizzes / "autograded").iterdir()
        if (path / chapter).exists()
    ) == ["ada", "ben", "cal", "dot", "eve"]
    assert (semester.quizzes / "submitted" / "amy" / chapter / f"{chapter}.ipynb").exists()


@pytest.mark.parametrize("chapter", EACH)
def test_only_written_answers_wait_for_a_person(semester, chapter):
    texts = [item for item in items_of(semester, chapter) if item.kind == "text"]
    assert semester.output.written[chapter] == ["ada", "ben", "dot", "eve"] * len(texts)


@pytest.mark.parametrize("chapter", EACH)
def test_released_and_fetched_notebooks_hold_no_key_solution_or_hidden_test(semester, chapter):
    released = [
        *semester.exchange.glob(f"*/outbound/{chapter}/*"),
        *(semester.quizzes / "release" / chapter).iterdir(),
    ]
    assert len(released) == 2 and len({path.read_text() for path in released}) == 1
    notebook = nbformat.read(released[0], as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    text = "\n".join(cell.source for cell in notebook.cells)
    # The names of the hidden tests stand alone; an answer may be called answer_..._cases.
    for secret in (
        "SOLUTION",
        "HIDDEN",
        r"(?<!\w)_points",
        r"(?<!\w)key = ",
        "right, wrong = ",
        r"(?<!\w)cases = ",
    ):
        assert not re.search(secret, text), secret
    for item in items_of(semester, chapter):
        if item.kind == "text":
            assert (
                item.sample.strip() not in text
                and cells[cell_id(item)].source == "YOUR ANSWER HERE"
            )
            assert not any(row.criterion in text for row in item.rubric)
            continue
        answer = cells[f"{cell_id(item)}-answer"].source
        if item.kind == "code":
            assert answer.startswith(item.starter.strip()) and item.solution.strip() not in text
        else:
            assert (
                f"{answer_name(item)} = None" in answer
                and f"{answer_name(item)} = {right(item)!r}" not in text
            )
        for reported in [option.feedback for option in getattr(item, "options", [])] + [
            getattr(item, "feedback", "no feedback")
        ]:
            assert reported not in text


def test_validate_names_each_empty_question_and_is_content_with_a_full_notebook(semester):
    output = semester.output.validate
    assert "Success" in output["ada"]
    for number in range(1, 7):
        assert f"AssertionError: Question {number} is still empty" in output["cal"]
    assert "AssertionError: Question 7: expected 0.25, got 0.0" in output["cal"]
    assert "You did not provide a response" in output["cal"]  # the written answer
    assert (
        "VALIDATION FAILED ON 1 CELL" in output["eve"]
        and "name 'answer_one' is not defined" in output["eve"]
    )
    assert "Success" in output["dot"]  # half of it is wrong, and Validate does not tell


def test_last_cell_lists_what_is_still_empty(semester):
    chapter = SAMPLE.chapter
    printed = {}
    for student in ("ada", "cal", "eve"):
        notebook = nbformat.read(
            semester.quizzes / "autograded" / student / chapter / f"{chapter}.ipynb", as_version=4
        )
        printed[student] = notebook.cells[-1].outputs[0].text
    assert printed["ada"].splitlines() == [
        "Each question that asks for letters or a number has an answer.",
        "Look for yourself whether the example comes out in question 7.",
        "Look for yourself whether there is text in question 8.",
    ]
    assert printed["cal"].splitlines()[0] == "Still empty: question 1, 2, 3, 4, 5, 6"
    assert printed["eve"].splitlines()[0] == "Still empty: question 1"


def test_marker_sees_the_rubric_beside_the_answer(semester):
    notebook = nbformat.read(
        semester.quizzes / "autograded" / "dot" / SAMPLE.chapter / f"{SAMPLE.chapter}.ipynb",
        as_version=4,
    )
    item = SAMPLE.item("sample.text")
    at = next(
        place
        for place, cell in enumerate(notebook.cells)
        if cell.metadata.nbgrader.grade_id == cell_id(item)
    )
    assert all(row.criterion in notebook.cells[at + 1].source for row in item.rubric)


def test_feedback_reaches_the_student_with_points(semester):
    [page] = (semester.root / "homes" / "dot" / SAMPLE.chapter / "feedback").rglob("*.html")
    text = page.read_text(encoding="utf-8")
    assert "Score: 9.5 / 20)" in re.sub(r"\s+", " ", text)
    assert not list((semester.quizzes / "feedback").glob("amy/*/*.html"))


def test_formgrader_opens_on_the_course(semester):
    """Lab started in quizzes/ as the guide says serves the formgrader with the gradebook."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyter",
            "lab",
            "--no-browser",
            "--allow-root",
            f"--port={port}",
            "--IdentityProvider.token=test",
        ],
        cwd=semester.quizzes,
        env=user_environment(semester, "instructor"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(60):
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/formgrader/api/assignments?token=test", timeout=20
                ) as answer:
                    listed = json.load(answer)
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail("the server did not answer within 30 s")
    finally:
        server.terminate()
        server.wait(20)
    assert {row["name"]: row["num_submissions"] for row in listed} == {
        chapter: len(STUDENTS) * (chapter in semester.chapters) for chapter in BANKS
    }
