"""What instructors read where a notebook is missing or empty: what is there, and what to do."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from classroom import (
    SAMPLE,
    all_right,
    answered,
    clean_environment,
    handed_out,
    make_classroom,
)
from students import right

from kratomcourse.errors import CourseError
from kratomcourse.grading.assignment_source.notebooks import cell_id
from kratomcourse.grading.autograde import likely_notebook
from kratomcourse.grading.autograde.answer_forms import (
    ValidationReport,
    ranges,
    state_of,
    validate_notebook,
)
from kratomcourse.grading.autograde.likely_notebook import (
    content_of,
    explain_missing,
    find_candidates,
)
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.class_list.take import take_file

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def packed(**files):
    """Return a zip archive; __ in a name stands for a slash, hidden for the folder of macOS."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(
                name.replace("__", "/").replace("hidden", "__MACOSX") + ".ipynb", content
            )
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


@pytest.mark.parametrize(
    "name, likely, score",
    [
        ("a/b/quiz.ipynb", "in the folder a/b", 3),
        ("quiz (2).ipynb", "renamed when it was saved or downloaded again", 2),
        ("QUIZ copy 3.ipynb", "renamed when it was saved or downloaded again", 2),
        ("quiz-final.ipynb", "renamed when it was saved or downloaded again", 2),
        ("quizzes.ipynb", "under another name", 0),
        ("a/Quiz.ipynb", "renamed when it was saved or downloaded again", 2),
    ],
)
def test_a_name_says_what_happened_to_it_and_how_likely_it_is(name, likely, score):
    [one] = find_candidates("quiz", {name: NOTEBOOK})
    assert (one.file, one.why, one.inner, one.score) == (name, likely, "", score)
    ours = NOTEBOOK.replace(b'"metadata": {}', b'"metadata": {"id": "quiz-introduction"}')
    assert find_candidates("quiz", {name: ours})[0].score == score + 4


def test_of_files_without_the_ending_only_notebooks_are_candidates():
    files = {
        "a.json": NOTEBOOK,
        "b.txt": b"notes",
        "c.ipynb.txt": b'{"cells": 5}',
        "d.TXT": b"\xef\xbb\xbf" + NOTEBOOK,
        "e.json": b"[" * 100_000,
        "f.pdf": NOTEBOOK,
    }
    assert [(one.file, one.why.rpartition(" ")[2]) for one in find_candidates("q", files)] == [
        ("a.json", ".json"),
        ("d.TXT", ".TXT"),
    ]


def test_an_archive_is_listed_and_its_notebook_can_be_taken():
    content = packed(hidden__quiz=b"1", work__quiz=NOTEBOOK, work__other=b"2")
    found = find_candidates("quiz", {"all.ZIP": content})
    assert [(one.file, one.inner, one.score) for one in found] == [
        ("all.ZIP", "work/quiz.ipynb", 3),
        ("all.ZIP", "work/other.ipynb", 0),
    ]
    assert content_of(found[0], {"all.ZIP": content}) == NOTEBOOK
    with pytest.raises(ValueError, match="all.ZIP cannot be unpacked"):
        content_of(found[0], {"all.ZIP": b"no zip"})
    [plain] = find_candidates("quiz", {"quiz.ipynb": NOTEBOOK})
    assert content_of(plain, {"quiz.ipynb": NOTEBOOK}) == NOTEBOOK


def test_a_file_of_an_archive_is_taken_up_to_a_size(monkeypatch):
    [one] = find_candidates("quiz", {"a.zip": packed(quiz=NOTEBOOK)})
    monkeypatch.setattr(likely_notebook, "LARGEST_IN_ZIP", len(NOTEBOOK))
    assert content_of(one, {"a.zip": packed(quiz=NOTEBOOK)}) == NOTEBOOK
    monkeypatch.setattr(likely_notebook, "LARGEST_IN_ZIP", len(NOTEBOOK) - 1)
    with pytest.raises(ValueError, match="quiz.ipynb is larger than 0 MB"):
        content_of(one, {"a.zip": packed(quiz=NOTEBOOK)})
    many = packed(**{f"n{number}": b"" for number in range(201)})
    assert len(find_candidates("quiz", {"a.zip": many})) == 200


def test_the_files_that_are_there_are_named_up_to_eight():
    files = {f"{number}.txt": b"" for number in range(9)}
    said = explain_missing(["quiz", "second"], files, "take it")
    assert said.startswith("there is no quiz.ipynb or second.ipynb; there is 0.txt, 1.txt")
    assert "7.txt and 1 more; ask the student" in said and "8.txt" not in said
    assert " more" not in explain_missing(["quiz"], dict(list(files.items())[:8]), "take it")
    two = explain_missing(["quiz", "second"], {"quiz (1).ipynb": NOTEBOOK}, "take it")
    assert "most likely" not in two, "of which notebook, nobody can tell"


# The look at a notebook before it is handed in

ITEMS = {item.id.removeprefix("sample."): item for item in SAMPLE.used_for("graded")}


@pytest.mark.parametrize(
    "name, source, state",
    [
        ("one", None, "missing"),
        ("one", "answer_one = None", "empty"),
        ("one", "answer_one = 'a'", "answered"),
        ("one", "answer_one = 'zz'", "wrong"),
        ("one", "answer_one = choose()", "unchecked"),
        ("one", "pass", "wrong"),
        ("num", "answer_num = 1 / 2", "answered"),
        ("num", "answer_num = 'half'", "wrong"),
        ("text", " YOUR ANSWER HERE\n", "empty"),
        ("text", "", "empty"),
        ("text", "pass", "empty"),
        ("text", "Because.", "answered"),
        ("code", ITEMS["code"].starter, "empty"),
        ("code", f"# mine\n{ITEMS['code'].starter}\npass\n", "empty"),
        ("code", ITEMS["code"].solution, "unchecked"),
    ],
)
def test_the_form_of_each_answer_is_told_without_the_key(name, source, state):
    item = ITEMS[name]
    cell = cell_id(item) if name == "text" else f"{cell_id(item)}-answer"
    said, message = state_of(item, 3, {} if source is None else {cell: source})
    assert said == state and bool(message) == (state == "wrong")
    assert not message.startswith("Question")


def test_the_report_of_a_look_fits_on_a_screen():
    whole = ValidationReport(5)
    assert whole.is_complete and list(whole.lines()) == [
        "5 of 5 questions have an answer.",
        "Whether an answer is right is not checked here.",
    ]
    wrong = tuple((number, f"message {number}") for number in range(3, 16))
    told = list(ValidationReport(20, (1,), wrong, (17, 18, 19), (2,)).lines())
    assert told[:4] == [
        "18 of 20 questions have an answer.",
        "Still empty: 1.",
        "The answer's cell is missing: 2.",
        "Question 3: message 3",
    ]
    assert told[-2:] == [
        "... and 1 more answers have the wrong form.",
        "Run the checks below these yourself: 17 to 19.",
    ]
    assert len(list(ValidationReport(20, (), wrong[:12]).lines())) == 13
    for part in ({"empty": (1,)}, {"wrong_form": wrong}, {"missing": (1,)}):
        assert not ValidationReport(5, **part).is_complete
    assert ValidationReport(5, unchecked=(1,)).is_complete


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
