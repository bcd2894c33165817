"""The trust boundary of grading: nothing of a student's is executed outside the sandbox, and one
submission never costs another. Generated submissions, answers, times and outcomes."""

import contextlib
import errno
import io
import json
import math
import multiprocessing
import os
import shutil
import string
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from classroom import (
    SAMPLE,
    all_right,
    answered,
    cell_of,
    generate,
    hand_in,
    handed_out,
    insert_first,
    make_classroom,
    notebook_of,
    own_cell,
    scores,
    submission_of,
)
from conftest import required
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from kratomcourse.errors import CourseError
from kratomcourse.grading.assignment_source.form_checks import (
    CHECKS,
    FIRST_LINE,
    MISSING,
    form_checks,
    run_form_checks,
)
from kratomcourse.grading.assignment_source.notebooks import answer_name
from kratomcourse.grading.autograde import executors, gradebook, nbgrader_plugins
from kratomcourse.grading.autograde.answers import (
    is_missing,
    literal_answers,
    read_answer,
    recorded,
)
from kratomcourse.grading.autograde.early_sandbox import is_plain
from kratomcourse.grading.autograde.gradebook import (
    GradebookWriter,
    is_graded,
    late_seconds,
    retry_while_locked,
    write_folder,
)
from kratomcourse.grading.autograde.grader import (
    as_node,
    grade_submission,
    is_error,
    name_error_output,
    notebook_text,
    nothing_handed_in,
    packages_for,
    result_output,
    sanitise_outputs,
    scores_of,
    size_of,
)
from kratomcourse.grading.autograde.instructor_version import CourseLayout
from kratomcourse.grading.autograde.names import id_problem, terminal_safe
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
from kratomcourse.grading.autograde.regular_files import InvalidSubmission
from kratomcourse.grading.autograde.runner import (
    GradeOptions,
    accounting_line,
    grade_assignment,
    resumable_errors,
    save_outcome,
)
from kratomcourse.grading.autograde.submission import (
    Cell,
    StudentCell,
    instructors_files_win,
    is_modified,
    overwrite_locked_cells,
    parse_cells,
    read_submission,
    strip_hidden_tests,
    without_outputs,
)
from kratomcourse.grading.autograde.summary import report_lines
from kratomcourse.grading.autograde.timestamps import canonical, parse_timestamp
from kratomcourse.grading.sandbox.bwrap import unavailable_reason
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.grading.sandbox.session import LIGHT_PRELOAD, PRELOAD, SandboxUnavailable

PACKAGE = Path(executors.__file__).resolve().parents[1]
TEXTS = st.text(alphabet=st.characters(), max_size=30)  # halves of characters among them
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.sampled_from("abcd"),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(inner, inner)
        | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=8,
)
FIXTURE = HealthCheck.function_scoped_fixture


@pytest.fixture(scope="module")
def bubblewrap():
    required(not unavailable_reason(), "bubblewrap that may make namespaces")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return make_classroom(tmp_path_factory.mktemp("boundary") / "quizzes")


@pytest.fixture
def classroom(template, tmp_path):
    shutil.copytree(template.root, tmp_path / "quizzes", symlinks=True)
    root = tmp_path / "quizzes"
    return SimpleNamespace(**vars(template) | {"root": root, "layout": CourseLayout(root)})


# The small steps, each alone: names, times, answers, cells, outputs, rows


@pytest.mark.parametrize(
    "name, why",
    [
        ("", "it is empty"),
        (" ada", "begins or ends with a blank"),
        ("a\udc80", "not valid UTF-8"),
        ("a\u202eb", "control, format or unassigned"),
        ("a/b", "contains a slash"),
        ("a\\b", "contains a slash"),
        (".ada", "begins with one of"),
        ("@ada", "begins with one of"),
        ("\u00fc" * 60 + "a", "longer than 120 bytes"),
        ("\u00fc" * 60, ""),
        ("Ada O'Brien-2", ""),
    ],
)
def test_an_id_is_refused_with_the_reason(name, why):
    assert id_problem(name).find(why) >= 0 and bool(id_problem(name)) == bool(why)


@pytest.mark.parametrize(
    "text, utc",
    [
        ("1990-01-01 00:00:00 UTC", "1990-01-01 00:00:00 UTC"),
        ("2199-12-31 23:59:59.000001 UTC", "2199-12-31 23:59:59.000001 UTC"),
        (" 2027-07-15 12:00:00 Europe/Berlin\n", "2027-07-15 10:00:00 UTC"),
        ("2027-01-15 12:00:00 +0130", "2027-01-15 10:30:00 UTC"),
        ("2027-01-15 12:00:00 GMT", "2027-01-15 12:00:00 UTC"),
        ("2027-01-15 12:00:00", "2027-01-15 12:00:00 UTC"),
        ("2027-01-15 12:00:00-23:59", "2027-01-16 11:59:00 UTC"),
    ],
)
def test_a_time_is_stored_in_utc(text, utc):
    assert canonical(parse_timestamp(text)) == utc


@pytest.mark.parametrize(
    "text, why",
    [
        ("1989-12-31 23:59:59 UTC", "in the year 1989"),
        ("2200-01-01 00:00:00 UTC", "in the year 2200"),
        ("2027-01-15 12:00:00 XYZ", "no time zone"),
        ("2027-01-15 12:00:00 " + "0" * 45, "not a time"),
        ("27-01-15 12:00:00", "not a time"),
        ("2027-01-15 12:00:00\u0661", "not a time"),
        ("12027-01-15 12:00:00", "not a time"),
    ],
)
def test_a_time_beyond_reason_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        parse_timestamp(text)


def encoded(kind, **fields):
    return {"$": kind, **fields}


@pytest.mark.parametrize(
    "written, read",
    [
        (5, 5),
        ([1, [None, "a"]], [1, [None, "a"]]),
        (encoded("tuple", of=[1, 2]), (1, 2)),
        (encoded("set", of=[1, 1]), {1}),
        (encoded("dict", of=[[1, 2], ["a", None]]), {1: 2, "a": None}),
        (encoded("float", value="-inf"), -math.inf),
        (encoded("real", value="2", type="int64"), 2),
        (encoded("real", value="inf", type="float64"), math.inf),
    ],
)
def test_a_written_value_is_read_back(written, read):
    assert read_answer(written) == read


@pytest.mark.parametrize(
    "written, shown",
    [
        (encoded("float", value="1"), "<float>"),
        (encoded("real", value="x", type="float32"), "<float32>"),
        (encoded("real", value="[1]", type="list"), "<list>"),
        (encoded("set", of=[[1]]), "<set>"),
        (encoded("dict", of=[1]), "<dict>"),
        (encoded("other", type="DataFrame"), "<DataFrame>"),
        (encoded("tuple", of=5), "<tuple>"),
        (encoded("x" * 200), f"<{'x' * 100}>"),
        ({}, "<None>"),
    ],
)
def test_what_is_no_plain_value_is_shown_by_its_type(written, shown):
    assert repr(read_answer(written)) == shown
    assert repr(read_answer([written])) == f"[{shown}]"


def test_an_answer_is_read_as_deep_as_the_sandbox_writes_and_no_deeper():
    assert math.isnan(read_answer(encoded("float", value="nan")))
    assert read_answer([[1]], depth=2) == [[1]]
    assert repr(read_answer([[[1]]], depth=2)) == "[[<an answer that is too deep>]]"
    assert is_missing({"$": "missing"}) and not is_missing({"$": "set"})
    assert not is_missing(None) and not is_missing(["missing"])


@pytest.mark.parametrize(
    "source, values",
    [
        ("answer_a = 1 + 2 * 3", {"answer_a": 7}),
        ("a = 7 / 2 - 1\nb = ['x', -1]", {"a": 2.5, "b": ["x", -1]}),
        ("pass\na = 'x'\npass", {"a": "x"}),
        ("", {}),
        ("a = 1 / 0", None),
        ("a = 'x' * 2", None),
        ("a = True + 1", None),
        ("a = 2 ** 9", None),
        ("a = b = 1", None),
        ("a, b = 1, 2", None),
        ("a[0] = 1", None),
        ("a += 1", None),
        ("a = f(1)", None),
        ("a =", None),
        ("a = 1" + " " * 3995, {"a": 1}),
        ("a = 1" + " " * 3996, None),
    ],
)
def test_a_cell_of_literals_is_read_and_any_other_is_run(source, values):
    assert literal_answers(source) == values


ONE = {item.id.removeprefix("sample."): item for item in SAMPLE.items}


@pytest.mark.parametrize(
    "name, answer, record",
    [
        ("one", None, {"answer": None}),
        ("one", " B ", {"answer": "b"}),
        ("one", "a", {"answer": "a", "misconceptions": ["binding-is-safety"]}),
        ("one", "ab", {"unreadable": True}),
        ("one", 5, {"unreadable": True}),
        ("many", {"D", "c", 5}, {"answer": ["c", "d"]}),
        ("many", ("a",), {"answer": ["a"], "misconceptions": ["affinity-is-effect"]}),
        ("many", "cd", {"unreadable": True}),
        ("many", [], {"answer": []}),
        ("num", 0.5, {"answer": 0.5}),
        ("num", 1, {"answer": 1.0, "misconceptions": ["ki-is-saturation"], "error": 1}),
        ("num", math.nan, {"unreadable": True}),
        ("order", ["B", "a "], {"answer": ["b", "a"]}),
        ("order", [], {"unreadable": True}),
        ("match", ["a"] * 30, {"answer": ["a"] * 26}),
        ("code", [0.25, 1], {"answer": [True, False]}),
        ("code", 5, {"unreadable": True}),
        ("text", "Because.", {"unreadable": True}),
    ],
)
def test_a_graded_notebook_keeps_of_an_answer_what_it_said(name, answer, record):
    assert recorded(ONE[name], answer) == record


# The cells that are graded

HANDED = AssignmentNotebook(
    "quiz",
    "quiz",
    (
        SourceCell("", "markdown", "Welcome."),
        SourceCell("q1-question", "markdown", "What is it?", locked=True),
        SourceCell("q1-answer", "code", "answer = None", solution=True),
        SourceCell(
            "q1",
            "code",
            "check()\n### BEGIN HIDDEN TESTS\nsecret()\n### END HIDDEN TESTS\nmore()",
            grade=True,
            locked=True,
            points=2,
        ),
        SourceCell("q2", "markdown", "YOUR ANSWER HERE", grade=True, solution=True, points=3),
    ),
    {},
    {"name": "python3", "display_name": "Python 3"},
)


def handed_in(*cells):
    written = []
    for name, source, *more in cells:
        role = {"nbgrader": {"grade_id": name, **(more[1] if len(more) > 1 else {})}}
        kind = more[0] if more else "code"
        written.append({"cell_type": kind, "source": source, "metadata": role if name else {}})
    return json.dumps({"cells": written}).encode()


WHOLE = (
    ("q1-question", "What is it?", "markdown"),
    ("q1-answer", "answer = 5"),
    ("q1", "check()\nmore()"),
    ("q2", "Because.", "markdown"),
)


def overlaid(*cells):
    made = overwrite_locked_cells(HANDED, handed_in(*cells))
    names = [(cell.of.name if cell.of else "own", cell.source) for cell in made.cells]
    return names, made.repairs, made.tampering


def test_answers_are_the_students_and_all_else_is_the_instructors():
    names, repairs, tampering = overlaid(*WHOLE)
    assert names == [
        ("", "Welcome."),
        ("q1-question", "What is it?"),
        ("q1-answer", "answer = 5"),
        ("q1", HANDED.cells[3].source),
        ("q2", "Because."),
    ]
    assert not repairs and not tampering


@pytest.mark.parametrize(
    "cells, repair, tampered",
    [
        (
            (*WHOLE[:2], ("q1", "points = 2"), WHOLE[3]),
            "the check 'q1' was changed; it was restored",
            "",
        ),
        (
            (*WHOLE[:2], ("q1", HANDED.cells[3].source, "code", {"points": 9}), WHOLE[3]),
            "",
            "the points of 'q1' were changed to 9; they are 2 again",
        ),
        ((*WHOLE[:2], ("q1", " check( )\n\nmore()", "code", {"points": 2}), WHOLE[3]), "", ""),
        (WHOLE[1:], "", ""),
        (WHOLE[:3], "the cell 'q2' was missing and was restored", ""),
        (
            (*WHOLE, ("q1-answer", "answer = 6")),
            "the cell 'q1-answer' was there more than once; the last one counts",
            "",
        ),
        ((("zz", "x"), *WHOLE), "a cell with the unknown id 'zz' counts as the student's own", ""),
    ],
)
def test_each_change_of_the_instructors_cells_is_undone_and_told(cells, repair, tampered):
    _, repairs, tampering = overlaid(*cells)
    assert repairs == [repair] * bool(repair) and tampering == [tampered] * bool(tampered)


def test_the_students_own_cells_stay_where_they_stood():
    own = ("", "mine = 1")
    for place in range(len(WHOLE) + 1):
        names, repairs, _ = overlaid(*WHOLE[:place], own, *WHOLE[place:])
        before = WHOLE[place - 1][0] if place else None
        at = names.index(("own", "mine = 1"))
        assert (names[at - 1][0] if at else None) == before and not repairs
    names, _, _ = overlaid(("", "Welcome.", "markdown"), *WHOLE)
    assert "own" not in [name for name, _ in names], "what was handed out is nobody's own"
    names, repairs, _ = overlaid(WHOLE[0], ("", "answer = 5"), WHOLE[2], WHOLE[3])
    assert [name for name, _ in names][:5] == ["", "q1-question", "q1-answer", "own", "q1"]
    assert repairs == ["the cell 'q1-answer' was missing and was restored"]


def test_cells_without_metadata_are_found_by_their_ids_or_by_the_text_around_them():
    bare = [
        {"cell_type": more[0] if more else "code", "source": source, "metadata": {}}
        for _, source, *more in WHOLE
    ]
    made = overwrite_locked_cells(HANDED, json.dumps({"cells": bare}).encode())
    assert [cell.source for cell in made.cells if cell.of and cell.of.solution] == [
        "answer = 5",
        "Because.",
    ]
    assert made.repairs == [
        "all cells had lost their metadata and were found by the text around them"
    ]
    for cell, (name, *_) in zip(bare, WHOLE, strict=True):
        cell["id"] = name
    made = overwrite_locked_cells(HANDED, json.dumps({"cells": bare}).encode())
    assert len(made.repairs) == 4 and all("was found by its id" in one for one in made.repairs)
    bare[1]["cell_type"] = "markdown"
    made = overwrite_locked_cells(HANDED, json.dumps({"cells": bare}).encode())
    assert "the cell 'q1-answer' was missing and was restored" in made.repairs


@pytest.mark.parametrize(
    "content, why",
    [
        (b"\xff", "is not UTF-8 text"),
        (b"{", "its JSON is missing or incomplete"),
        (b"[]", "is not a notebook of format 4"),
        (b'{"cells": {}}', "is not a notebook of format 4"),
        (json.dumps({"cells": [{}] * 2001}).encode(), "more than 2000 cells"),
        (b'{"cells": [{"cell_type": "code", "source": 5}]}', "holds no text"),
        (b'{"cells": [{"cell_type": "code", "source": ["a", 5]}]}', "holds no text"),
    ],
)
def test_what_is_no_notebook_is_refused_with_what_to_do(content, why):
    with pytest.raises(InvalidSubmission, match=why):
        parse_cells(content)


def test_of_a_cell_only_what_counts_is_read():
    assert len(parse_cells(json.dumps({"cells": [{}] * 2000}).encode())) == 0
    role = {"grade_id": "q", "points": 2}
    cells = [
        {"cell_type": "code", "source": ["a\n", "b"], "metadata": {"nbgrader": role}, "id": "x"},
        {"cell_type": "raw", "metadata": {"nbgrader": {"grade_id": 5, "points": True}}, "id": 5},
        {"cell_type": "markdown", "source": "\udc80", "metadata": []},
        {"cell_type": "other"},
        "no cell",
    ]
    content = b"\xef\xbb\xbf" + json.dumps({"cells": cells}).encode()
    assert parse_cells(content) == [
        StudentCell("q", "x", "code", "a\nb", 2),
        StudentCell("", "", "raw", "", None),
        StudentCell("", "", "markdown", "?", None),
    ]


def test_hidden_tests_are_left_out_line_by_line():
    source = "a\n  # BEGIN HIDDEN TESTS\nb\n# END HIDDEN TESTS\nc\n"
    assert strip_hidden_tests(source) == "a\nc"
    assert strip_hidden_tests(source, ("BEGIN X", "END X")) == source.rstrip("\n")
    of = SourceCell("q", "code", source)
    marks = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
    assert not is_modified(" a\nc", of, marks) and not is_modified(source, of, marks)
    assert is_modified("a\nb\nc", of, marks)


def test_the_instructors_files_win_over_what_stands_in_their_way():
    submitted = {"a.csv": b"1", "data": b"2", "b.csv/x": b"3", "own.csv": b"4"}
    instructors = {"a.csv": b"5", "data/c.csv": b"6", "b.csv": b"7"}
    assert instructors_files_win(submitted, instructors) == {"own.csv": b"4"} | instructors


# Files of a submission


def read(folder, **limits):
    return read_submission(folder, "ada", "quiz", ["quiz", "second"], Limits(**limits))


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "ada" / "quiz"
    made.mkdir(parents=True)
    (made / "quiz.ipynb").write_bytes(b"{}")
    return made


def test_a_submission_is_read_with_its_files_and_its_time(folder):
    (folder / "data").mkdir()
    (folder / "data" / "a.csv").write_bytes(b"1")
    (folder / "other.ipynb").write_bytes(b"{}")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "x.csv").write_bytes(b"2")
    (folder / "timestamp.txt").write_text("2027-01-15 12:00:00 Europe/Berlin\n")
    made = read(folder)
    assert made.notebooks == {"quiz": b"{}"} and made.files == {"data/a.csv": b"1"}
    assert made.timestamp == "2027-01-15 11:00:00 UTC"
    assert made.repairs == ("second.ipynb is missing, so its questions have no points",)
    (folder / "timestamp.txt").write_text(" \n")
    assert read(folder).timestamp is None
    (folder / "second.ipynb").write_bytes(b"[]")
    assert list(read(folder).notebooks) == ["quiz", "second"] and not read(folder).repairs


def test_sizes_are_bounded_file_by_file_and_together(folder):
    (folder / "a.bin").write_bytes(b"x" * 600)
    (folder / "b.bin").write_bytes(b"x" * 424)
    assert len(read(folder, extra_mb=1 / 1024).files) == 2
    (folder / "b.bin").write_bytes(b"x" * 425)
    with pytest.raises(InvalidSubmission, match="b.bin is larger than"):
        read(folder, extra_mb=1 / 1024)
    cell = {"cell_type": "code", "source": "a", "outputs": ["x" * 2000]}
    (folder / "quiz.ipynb").write_text(json.dumps({"cells": [cell]}))
    (folder / "b.bin").unlink()
    assert b"xx" not in read(folder, notebook_mb=1 / 1024).notebooks["quiz"]
    assert b"xx" in read(folder).notebooks["quiz"]
    (folder / "quiz.ipynb").write_text(json.dumps({"cells": [cell | {"source": "y" * 2000}]}))
    with pytest.raises(InvalidSubmission, match="quiz.ipynb is larger than .*outputs not counted"):
        read(folder, notebook_mb=1 / 1024)


def test_there_may_be_two_hundred_files_with_names_of_two_hundred_letters(folder):
    for number in range(199):
        (folder / f"{number}").touch()
    assert len(read(folder).files) == 199
    (folder / "one more").touch()
    with pytest.raises(InvalidSubmission, match="more than 200 files"):
        read(folder)
    (folder / "one more").unlink()
    (folder / "198").rename(folder / ("d" * 100))
    (folder / ("d" * 100)).unlink()
    (folder / ("d" * 100)).mkdir()
    (folder / "197").rename(folder / ("d" * 100) / ("e" * 99))
    assert f"{'d' * 100}/{'e' * 99}" in read(folder).files
    (folder / ("d" * 100) / ("e" * 99)).rename(folder / ("d" * 100) / ("e" * 100))
    with pytest.raises(InvalidSubmission, match="names of more than 200 characters"):
        read(folder)


@pytest.mark.parametrize("kind", ["link", "folder", "parent", "time", "pipe", "second name"])
def test_what_is_no_plain_file_is_refused(folder, tmp_path, kind):
    match kind:
        case "link":
            (folder / "x").symlink_to("quiz.ipynb")
        case "folder":
            folder.rename(tmp_path / "real")
            folder.symlink_to(tmp_path / "real")
        case "parent":
            folder.parent.rename(tmp_path / "real")
            (tmp_path / "ada").symlink_to(tmp_path / "real")
        case "time":
            (folder / "timestamp.txt").mkdir()
            (folder / "timestamp.txt" / "x").touch()
        case "pipe":
            os.mkfifo(folder / "x")
        case "second name":
            os.link(folder / "quiz.ipynb", tmp_path / "y")
    words = {
        "link": "x is a symbolic link",
        "folder": "quiz is a symbolic link, not a folder",
        "parent": "ada is a symbolic link, not a folder",
        "time": "timestamp.txt is a folder",
        "pipe": "x is neither a file nor a folder",
        "second name": "quiz.ipynb is a second name of a file",
    }
    with pytest.raises(InvalidSubmission, match=words[kind]):
        read(folder)


def test_a_time_that_cannot_be_is_shown_and_a_folder_without_a_notebook_explained(folder):
    (folder / "timestamp.txt").write_text("soon")
    with pytest.raises(InvalidSubmission, match=r"cannot be read \('soon': it is not a time\)"):
        read(folder)
    (folder / "timestamp.txt").unlink()
    (folder / "quiz.ipynb").rename(folder / "other.ipynb")
    with pytest.raises(InvalidSubmission, match=r"there is no quiz.ipynb or second.ipynb"):
        read(folder)


# What a cell says, and what it earns


@pytest.mark.parametrize(
    "output, clean",
    [
        ({"output_type": "stream", "text": "a", "name": "x"}, ("stream", "stdout", "a")),
        ({"output_type": "stream", "text": "a", "name": "stderr"}, ("stream", "stderr", "a")),
        ({"output_type": "stream", "text": ["a"]}, None),
        ({"output_type": "display_data", "data": {"text/html": "<b>"}}, None),
        ({"output_type": "display_data", "data": {"image/png": "x!"}}, None),
        ({"output_type": "display_data", "data": "x"}, None),
        ({"output_type": "clear_output"}, None),
        ("no output", None),
    ],
)
def test_an_output_is_text_or_a_picture_or_nothing(output, clean):
    made = sanitise_outputs([output], 3)
    assert [tuple(one.values()) for one in made] == ([clean] if clean else [])


def test_results_pictures_and_errors_keep_what_can_be_shown():
    picture = {"image/png": "aGk=\n", "text/plain": "a\udc80", "text/html": "<b>", "text/latex": 5}
    shown, result, error, bare = sanitise_outputs(
        [
            {"output_type": "display_data", "data": picture, "metadata": {"x": 1}},
            {"output_type": "execute_result", "data": {"text/plain": "1"}},
            {"output_type": "error", "ename": "E" * 300, "evalue": "v", "traceback": ["a", 5]},
            {"output_type": "error", "traceback": "x"},
        ],
        7,
    )
    assert shown["data"] == {"image/png": "aGk=\n", "text/plain": "a?"} and not shown["metadata"]
    assert result["execution_count"] == 7 and "execution_count" not in shown
    assert error["ename"] == "E" * 200 and error["traceback"] == ["a"] and is_error(error)
    assert bare["ename"] == "None" and bare["traceback"] == [] and not is_error(shown)
    many = [{"output_type": "stream", "text": "a"}] * 1001
    assert len(sanitise_outputs(many, 1)) == 1000
    assert size_of(shown) == len("aGk=\n") + 2 and size_of(error) == 1
    assert size_of({"text": "abc"}) == 3


def test_points_and_faults_stand_as_jupyter_writes_them():
    assert result_output(2, 5) == {
        "output_type": "execute_result",
        "data": {"text/plain": "2.0"},
        "metadata": {},
        "execution_count": 5,
    }
    made = name_error_output("answer_x", "a\n_points(answer_x)\nb", 4)
    assert made["evalue"] == "name 'answer_x' is not defined" and made["ename"] == "NameError"
    assert made["traceback"] == [
        "Traceback (most recent call last):\n",
        "  Cell In[4], line 2\n    _points(answer_x)\n",
        "NameError: name 'answer_x' is not defined\n",
    ]
    assert len(name_error_output("x", "nothing", 4)["traceback"]) == 2


def graded_cell(of, source, *outputs, missing=False):
    return Cell(of.cell_type, source, of, list(outputs), was_missing=missing)


def test_scores_are_read_by_nbgraders_rules_and_a_person_is_asked_where_needed():
    _, _, answer, check, written = HANDED.cells
    cells = [
        Cell("code", "own"),
        graded_cell(answer, "answer = 5"),
        graded_cell(check, check.source, result_output(1.5, 1)),
        graded_cell(written, "Because."),
    ]
    scores, comments = scores_of(cells)
    assert scores == {"q1": CellScore(1.5, False), "q2": CellScore(None, True)}
    assert comments == {"q1-answer": None, "q2": None}
    scores, _ = scores_of([graded_cell(check, check.source, result_output(5, 1))])
    assert scores == {"q1": CellScore(0.0, False)}, "a test that says more than there is to have"
    fault = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}
    assert scores_of([graded_cell(check, "", fault)])[0] == {"q1": CellScore(0.0, False)}
    scores, comments = scores_of([graded_cell(written, "YOUR ANSWER HERE", missing=True)])
    assert scores == {"q2": CellScore(None, True)} and comments == {"q2": None}


def test_a_missing_notebook_has_no_points_and_runs_nothing():
    both = Assignment("quiz", (HANDED, replace(HANDED, name="second")))
    empty = Submission(
        "ada", "quiz", {}, {"a": b"1"}, "2027-01-15 12:00:00 UTC", ("it is missing",)
    )
    made = grade_submission(both, empty, None)
    assert (made.student, made.state, made.points) == ("ada", "graded", 0)
    assert made.repairs == ("it is missing",) and not made.violations
    assert made.files == {"a": b"1"} and made.timestamp == empty.timestamp and made.seconds > 0
    assert [one.name for one in made.notebooks] == ["quiz", "second"]
    assert {one.text for one in made.notebooks} == {""} and made.notebooks[1].scores == {
        "q1": CellScore(0.0),
        "q2": CellScore(0.0),
    }
    assert not any(one.used_kernel for one in made.notebooks)


def test_what_cannot_be_graded_is_said_and_what_needs_a_sandbox_waits_for_one():
    one = Assignment("quiz", (HANDED,))
    broken = grade_submission(one, Submission("ada", "quiz", {"quiz": b"{"}, timestamp="t"), None)
    assert broken.state == "rejected" and "its JSON is missing or incomplete" in broken.why
    assert broken.timestamp == "t" and not broken.notebooks
    with pytest.raises(SandboxUnavailable):
        grade_submission(one, Submission("ada", "quiz", {"quiz": handed_in(*WHOLE)}), None)
    crash = SimpleNamespace(ensure=lambda packages: 1 / 0)
    failed = grade_submission(one, Submission("ada", "quiz", {"quiz": handed_in(*WHOLE)}), crash)
    assert failed.state == "failed"
    assert "the grader itself failed on it (ZeroDivisionError: division by zero)" in failed.why


def test_an_answer_that_is_as_it_was_handed_out_has_no_response():
    from nbgrader.utils import compute_checksum

    of = HANDED.cells[2]
    with_sum = replace(of, checksum=compute_checksum(as_node(Cell("code", of.source), of)))
    assert scores_of([graded_cell(with_sum, of.source)])[1] == {"q1-answer": "No response."}
    assert scores_of([graded_cell(with_sum, "answer = 5")])[1] == {"q1-answer": None}
    task = SourceCell("t", "markdown", "Do it.", task=True, points=2)
    assert scores_of([graded_cell(task, "Do it.")]) == ({}, {"t": None})
    assert nothing_handed_in(replace(HANDED, cells=(*HANDED.cells, task))) == {
        "q1": CellScore(0.0),
        "q2": CellScore(0.0),
        "t": CellScore(0.0),
    }


def test_the_graded_notebook_is_one_that_jupyter_opens():
    _, _, answer, check, _ = HANDED.cells
    cells = [
        Cell("markdown", "own \udc80"),
        Cell("code", "a", answer, [result_output(1, 2)], 2, {"answer": 5}),
        Cell("code", "b", answer),
        Cell("code", "c", check),
    ]
    made = nbformat.reads(notebook_text(HANDED, cells), as_version=4)
    nbformat.validate(made)
    assert [cell.id for cell in made.cells] == ["own-0", "q1-answer", "own-2", "q1"]
    assert made.cells[1].metadata.course == {"answer": 5} and made.cells[1].execution_count == 2
    assert "course" not in made.cells[3].metadata and made.cells[0].metadata == {}
    role = made.cells[3].metadata.nbgrader
    assert role.points == 2 and role.grade and role.locked and not role.solution
    assert "points" not in made.cells[1].metadata.nbgrader and made.cells[0].source == "own ?"


# Reports


def test_a_report_counts_and_names_whom_to_look_at():
    rows = [
        ReportRow("ada", "graded", 3, waiting=True, late=5, repairs=("a", "b", "c")),
        ReportRow("ben", "graded", 2.5, violations=("w", "x", "y", "z"), tests_in_kernel=("t",)),
        ReportRow("cal", "rejected", why="no\nnotebook"),
        ReportRow("dot", "failed", why="died"),
    ]
    report = GradingReport("q", 5, "none", rows, skipped=7, seconds=1.25, dry=True)
    report.problems, report.accounting = ["lost"], "counted by hand"
    assert list(report_lines(report)) == [
        "quiz q: 4 submissions in 1.2 s (a dry run: nothing was written)",
        "  NOT SANDBOXED (--sandbox none): code of these submissions ran as you",
        "  graded                     2",
        "  graded before              7",
        "  need manual grading        1",
        "  late                       1",
        "  not graded                 2",
        "    cal: no?notebook",
        "    dot: died",
        "  blocked                    1",
        "    ben (2.5 points): w; x; y; and 1 more",
        "  repaired                   1",
        "    ada: a; b; and 1 more",
        "  1 test cells have no bank item, so they ran beside the student's code, which can forge"
        " their points: t",
        "  counted by hand",
        "  GRADEBOOK: lost",
    ]
    quiet = list(report_lines(GradingReport("q", 5, "values")))
    assert quiet[1].startswith("  nothing was run") and len(quiet) == 8
    assert len(list(report_lines(GradingReport("q", 5, "bubblewrap")))) == 7


@pytest.mark.parametrize(
    "row, problems, attention",
    [
        (ReportRow("a", "graded", repairs=("x",)), [], False),
        (ReportRow("a", "graded", violations=("x",)), [], True),
        (ReportRow("a", "rejected"), [], True),
        (ReportRow("a", "graded"), ["x"], True),
    ],
)
def test_a_report_says_whether_somebody_has_to_look(row, problems, attention):
    report = GradingReport("q", 5, "none", [row], problems=problems)
    assert report.needs_attention is attention


def test_records_add_up():
    one = NotebookOutcome(
        "a", "", {"x": CellScore(1), "y": CellScore(None)}, tests_in_kernel=("t",)
    )
    two = NotebookOutcome("b", "", {"z": CellScore(2.5)}, tests_in_kernel=("u",))
    outcome = Outcome("ada", "q", "graded", notebooks=(one, two))
    assert outcome.points == 3.5 and list(outcome.scores) == ["x", "y", "z"]
    assert outcome.tests_in_kernel == ("t", "u") and outcome.with_seconds(3).seconds == 3
    assert HANDED.max_points == 5 and HANDED.tests_in_kernel == ["q1"]
    assert replace(HANDED, items={"q1": ONE["one"]}).tests_in_kernel == []
    assert Assignment("q", (HANDED, HANDED)).max_points == 10


# Storing


def late(timestamp, due, extension=None):
    times = SimpleNamespace(timestamp=timestamp, extension=extension)
    return late_seconds(times, due)


def test_work_is_late_by_the_seconds_after_its_day_with_extensions_counted():
    due, hour = datetime(2027, 1, 15), timedelta(hours=1)
    assert late(due, due) == 0 and late(due + hour, due) == 3600 and late(due - hour, due) == 0
    assert late(due + hour, due, hour) == 0 and late(due + 2 * hour, due, hour) == 3600
    assert late(None, due) == 0 and late(due, None) == 0


@pytest.mark.parametrize(
    "said, error, words",
    [
        ("database is locked", CourseError, "another program holds it"),
        ("database or disk is full", OSError, "No space left"),
        ("no such table", OperationalError, "no such table"),
    ],
)
def test_a_step_of_the_gradebook_is_tried_again_only_while_it_is_locked(
    monkeypatch, said, error, words
):
    monkeypatch.setattr(gradebook, "LOCKED_SECONDS", 0)
    undone = []

    def step():
        raise OperationalError("x", {}, Exception(said))

    with pytest.raises(error, match=words):
        retry_while_locked(step, lambda: undone.append(1))
    assert undone == [1]


def test_a_locked_gradebook_is_waited_for(monkeypatch):
    monkeypatch.setattr(gradebook.time, "sleep", lambda seconds: None)
    tries, undone = [], []

    def step():
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("x", {}, Exception("database is locked"))
        return "stored"

    assert retry_while_locked(step, lambda: undone.append(1)) == "stored" and len(undone) == 2

    def stops():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retry_while_locked(stops, lambda: undone.append(1))
    assert len(undone) == 3


def test_a_graded_folder_holds_all_files_and_none_of_before(tmp_path):
    place = tmp_path / "ada" / ".q.new"
    place.mkdir(parents=True)
    (place / "left").touch()
    notebooks = (NotebookOutcome("q", "{\udc80}"), NotebookOutcome("missing", ""))
    outcome = Outcome("ada", "q", "graded", notebooks=notebooks, files={"d/a.csv": b"1"})
    write_folder(place, replace(outcome, timestamp="2027-01-15 12:00:00 UTC"))
    held = {p.relative_to(place).as_posix(): p for p in place.rglob("*") if p.is_file()}
    assert {name: path.read_bytes() for name, path in held.items()} == {
        "d/a.csv": b"1",
        "q.ipynb": b"{?}",
        "timestamp.txt": b"2027-01-15 12:00:00 UTC",
    }
    assert all(path.stat().st_mode & 0o777 == 0o444 for path in held.values())
    write_folder(place, outcome)
    assert not (place / "timestamp.txt").exists()


@pytest.mark.parametrize(
    "stored, came, graded",
    [
        (None, "2027-01-15 12:00:00 UTC", True),
        ("2027-01-15 12:00:00 UTC", None, True),
        ("2027-01-15 12:00:00 UTC", "2027-01-15 12:00:00 UTC", True),
        ("2027-01-15 12:00:01 UTC", "2027-01-15 12:00:00 UTC", True),
        ("2027-01-15 12:00:00 UTC", "2027-01-15 12:00:01 UTC", False),
        ("some day", "2027-01-15 12:00:00 UTC", False),
        ("some day", "some day", True),
    ],
)
def test_what_is_graded_and_not_older_is_left_alone(tmp_path, stored, came, graded):
    layout = SimpleNamespace(autograded=tmp_path)
    assert not is_graded(layout, "q", "ada", came)
    place = tmp_path / "ada" / "q"
    place.mkdir(parents=True)
    assert not is_graded(layout, "q", "ada", came), "a folder without a notebook"
    (place / "q.ipynb").touch()
    if stored:
        (place / "timestamp.txt").write_text(f" {stored}\n")
    assert is_graded(layout, "q", "ada", came) is graded


def test_the_run_stops_in_words_for_what_is_no_fault_of_the_course(tmp_path):
    layout = SimpleNamespace(autograded=tmp_path)
    for error, words in (
        (OSError(errno.ENOSPC, "x"), "the disk is full"),
        (OSError(errno.EDQUOT, "x"), "the disk is full"),
        (SandboxUnavailable("no\nbwrap"), r"does not start here \(no.bwrap\)"),
        (executors.ClusterLost("gone"), r"the cluster is gone \(gone\)"),
    ):
        with pytest.raises(CourseError, match=words), resumable_errors(layout):
            raise error
    with pytest.raises(OSError, match="other"), resumable_errors(layout):
        raise OSError(errno.EACCES, "other")


def test_memory_is_accounted_for_where_a_sandbox_runs():
    assert accounting_line(GradeOptions(isolation="none")) == ""
    assert "each worker of the cluster" in accounting_line(GradeOptions(scheduler="tcp://x"))
    assert accounting_line(GradeOptions())


def test_a_name_with_the_signs_of_a_pattern_is_no_folder():
    assert is_plain(None) and is_plain("ada-2")
    assert not any(is_plain(name) for name in ("*", "a?", "[a]", "a/b"))


def test_packages_for_figures_are_imported_where_a_cell_names_them():
    assert packages_for([Cell("code", "import pandas")]) == PRELOAD
    assert packages_for([Cell("markdown", "pandas"), Cell("code", "x")]) == LIGHT_PRELOAD


# Pages on which submissions are read


@pytest.mark.parametrize(
    "tag, name, value, stays",
    [
        ("img", "src", "data/a b-1.png", True),
        ("img", "src", "../a.png", False),
        ("img", "src", "http://x/a.png", False),
        ("img", "src", "/a.png", False),
        ("img", "alt", "x", True),
        ("img", "title", "x", False),
        ("img", "id", "x", False),
        ("a", "href", "https://x", True),
        ("a", "onclick", "x", False),
        ("h2", "id", "x", True),
        ("p", "id", "x", False),
        ("td", "align", "left", True),
        ("p", "align", "left", False),
    ],
)
def test_an_attribute_of_a_page_stays_where_it_can_do_no_harm(tag, name, value, stays):
    assert nbgrader_plugins.attribute_allowed(tag, name, value) is stays


def test_what_a_student_wrote_is_shown_safely_and_up_to_a_length(monkeypatch):
    made = nbgrader_plugins.sanitise_html('# A\n\n<script>x</script> <a href="javascript:x">b</a>')
    assert "<script" not in made and "javascript" not in made and "<h1" in made
    longest = nbgrader_plugins.LONGEST_MARKDOWN
    assert nbgrader_plugins.sanitise_html("a" * longest).startswith("<p>")
    assert nbgrader_plugins.sanitise_html("a" * (longest + 1)).startswith("<pre>a")
    longest = nbgrader_plugins.LONGEST_CODE
    assert nbgrader_plugins.bounded_highlight("a" * longest).startswith("<div")
    assert nbgrader_plugins.bounded_highlight("a" * (longest + 1)).startswith("<pre>a")
    longest = nbgrader_plugins.LONGEST_SHOWN
    assert nbgrader_plugins.shown_as_it_is("<" * longest) == f"<pre>{'&lt;' * longest}</pre>"
    assert nbgrader_plugins.shown_as_it_is("a" * (longest + 2)).endswith(
        "a\n[2 more characters are not shown]</pre>"
    )
    assert nbgrader_plugins.unchanged("[a](files/b)") == "[a](files/b)"


def test_a_page_has_so_much_time_for_its_colours():
    clock = nbgrader_plugins.PageClock()
    assert not clock.is_over
    clock.spent = nbgrader_plugins.PAGE_SECONDS
    assert not clock.is_over
    with clock.running():
        sum(range(100_000))
    assert clock.is_over
    clock.start()
    assert clock.spent == 0
    with pytest.raises(ZeroDivisionError), clock.running():
        1 / (sum(range(100_000)) * 0)
    assert 0 < clock.spent < 5


# Nothing is executed outside


def test_grading_has_no_exec_eval_or_pickle_outside_the_sandboxs_own_program():
    import ast

    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.name == "agent.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found += [(path.name, node.func.id)] * (node.func.id in ("exec", "eval", "compile"))
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                found += [(path.name, name) for name in names if name in ("pickle", "marshal")]
    assert not found


def executed(source, name, answer):
    """What a visible check does in the student's own Jupyter: (printed, error, message)."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(source, {} if answer is MISSING else {name: answer})
    except Exception as error:
        return printed.getvalue(), type(error).__name__, str(error)
    return printed.getvalue(), "", ""


@pytest.mark.parametrize("kind", CHECKS)
@given(answer=ANSWERS | st.just(MISSING) | st.sets(st.sampled_from("abcdx")))
@settings(max_examples=120)
def test_a_form_check_says_the_same_as_its_lines_in_the_notebook(kind, answer):
    item = next(item for item in SAMPLE.used_for("graded") if item.kind == kind)
    name = answer_name(item)
    checks = form_checks(item, 3, name)
    source = "\n".join([FIRST_LINE, *(line for check in checks for line in check.lines)])
    ours = run_form_checks(checks, name, answer)
    assert (ours.printed, ours.error, ours.message) == executed(source, name, answer)
    if ours.error:
        assert source.splitlines()[ours.line - 1] == ours.source


def by_hand(classroom, cells, name="by-hand"):
    """A quiz that the instructor wrote by hand: [(source, id, role)]."""
    folder = classroom.root / "source" / name
    folder.mkdir()
    made = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
    )
    for source, cell, role in cells:
        full = {"grade": False, "solution": False, "locked": False, "task": False}
        full |= {"schema_version": 3, "grade_id": cell} | role
        made.cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": full}))
    nbformat.write(made, folder / f"{name}.ipynb")
    generate(classroom.root, name)
    return SimpleNamespace(**vars(classroom) | {"quiz": name})


LOCKED = {"locked": True}
DOORS = [
    "print(eval(answer_formula))",
    "print(f'{answer_formula}'.format(answer_formula))",
    "import os; os.system(answer_formula)",
    "while True: pass",
]


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_a_locked_cell_written_by_hand_runs_in_the_sandbox_alone(bubblewrap, classroom, door):
    """Where every answer is a literal, too: the instructor's cell is the student's way in."""
    trace = Path(f"/tmp/course-test-{os.getpid()}")
    hand = by_hand(
        classroom,
        [
            (
                "answer_formula = None\n### BEGIN SOLUTION\n### END SOLUTION",
                "f",
                {"solution": True},
            ),
            (door, "show", LOCKED),
            ("assert answer_formula", "check", LOCKED | {"grade": True, "points": 1}),
        ],
    )
    notebook = handed_out(hand)
    code = f"__import__('os').system('touch {trace}')"
    cell_of(notebook, "f")["source"] = f"answer_formula = {code!r}"
    hand_in(hand, "eve", notebook)
    limits = Limits(cell_seconds=2, total_seconds=6)
    report = grade_assignment(hand.layout, hand.quiz, workers=1, limits=limits)
    assert [row.state for row in report.rows] == ["graded"] and not trace.exists()


@given(source=st.text(alphabet=string.printable, max_size=80) | TEXTS)
@settings(max_examples=300)
def test_reading_literals_runs_nothing_and_never_raises(source):
    values = literal_answers(f"answer_x = {source}")
    assert values is None or set(values) <= {"answer_x"} | set(values)


# One submission never costs another


@pytest.mark.slow
@given(answer=ANSWERS)
@settings(max_examples=40, suppress_health_check=[FIXTURE])
def test_any_answer_is_graded_and_can_be_stored(template, answer):
    """From the answer in the notebook to the text of the graded one."""
    notebook = notebook_of(template)
    values = replace(
        notebook,
        cells=tuple(c for c in notebook.cells if not c.name.startswith("sample-code")),
        items={n: i for n, i in notebook.items.items() if i.kind != "code"},
    )
    answers = {item.id: answer for item in template.items if item.kind not in ("code", "text")}
    made = answered(template, answers)
    made["cells"] = [
        cell
        for cell in made["cells"]
        if not cell["metadata"]["nbgrader"]["grade_id"].startswith("sample-code")
    ]
    submission = submission_of(template, "eve", made)
    assignment = Assignment(template.quiz, (values,))
    if any(literal_answers(f"x = {value!r}") is None for value in answers.values()):
        return  # nan and inf are no literals; they go into the sandbox
    outcome = grade_submission(assignment, submission, None)
    assert outcome.state == "graded"
    json.loads(outcome.notebooks[0].text.encode())
    nbformat.reads(outcome.notebooks[0].text, as_version=4)


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=200, suppress_health_check=[FIXTURE])
def test_any_bytes_in_place_of_a_notebook_are_an_invalid_submission(template, content):
    with contextlib.suppress(InvalidSubmission):
        overwrite_locked_cells(notebook_of_once(template), content)


@pytest.mark.slow
@given(
    cells=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "cell_type": st.sampled_from(["code", "markdown", "raw", "x", 3]),
                "source": TEXTS | st.lists(TEXTS, max_size=3) | st.integers(),
                "metadata": ANSWERS,
                "id": ANSWERS,
            },
        )
        | ANSWERS,
        max_size=6,
    )
)
@settings(max_examples=200, suppress_health_check=[FIXTURE])
def test_any_cells_are_overwritten_or_an_invalid_submission(template, cells):
    notebook = notebook_of_once(template)
    with contextlib.suppress(InvalidSubmission):
        overlaid = overwrite_locked_cells(notebook, json.dumps({"cells": cells}).encode())
        found = [c.of for c in overlaid.cells if c.of is not None]
        assert sorted(c.name for c in found) == sorted(c.name for c in notebook.cells)
        # A restored answer may come before the student's own cells, and so before an earlier check.
        for kind in (True, False):
            assert [c for c in found if c.solution is kind] == [
                c for c in notebook.cells if c.solution is kind
            ]
        if all(c.of is not None for c in overlaid.cells):
            assert found == list(notebook.cells)


KNOWN = {}


def notebook_of_once(template):
    return (
        KNOWN.setdefault("notebook", None)
        or KNOWN.update(notebook=notebook_of(template))
        or (KNOWN["notebook"])
    )


NAMES = st.text(alphabet=st.characters(), min_size=1, max_size=12)
SCORES = st.builds(CellScore, st.none() | st.floats())
OUTCOMES = st.builds(
    lambda student, text, scores, comments, files, stamp, lines: Outcome(
        student,
        "99-sample",
        "graded",
        notebooks=(NotebookOutcome("99-sample", text, scores, comments),),
        files=files,
        timestamp=stamp,
        repairs=lines,
        violations=lines,
    ),
    NAMES,
    TEXTS,
    st.dictionaries(st.sampled_from(["sample-one", "sample-num", "x"]), SCORES, max_size=3),
    st.dictionaries(st.sampled_from(["sample-one-answer", "y"]), st.none() | TEXTS, max_size=2),
    st.dictionaries(NAMES, st.binary(max_size=9), max_size=2),
    st.none() | TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
)


@pytest.mark.slow
@given(outcomes=st.lists(OUTCOMES, max_size=3))
@settings(max_examples=60, suppress_health_check=[FIXTURE])
def test_any_outcome_is_a_row_and_the_next_student_is_stored(classroom, outcomes):
    """From an outcome to the written gradebook; whatever is in it, ada's scores are there."""
    shutil.rmtree(classroom.root / "autograded", ignore_errors=True)
    notebook = notebook_of_once(classroom)
    assignment = Assignment(classroom.quiz, (notebook,))
    ada = Outcome(
        "ada",
        classroom.quiz,
        "graded",
        notebooks=(NotebookOutcome(classroom.quiz, "{}", {"sample-one": CellScore(1.0)}),),
    )
    with GradebookWriter(classroom.layout, assignment) as writer:
        for outcome in outcomes:
            if id_problem(outcome.student):
                continue  # the runner never lets it in
            assert save_outcome(outcome, writer).state in ("graded", "failed")
        row = save_outcome(ada, writer)
        assert row.state == "graded" and row.points == 1 and not writer.check()
    assert scores(classroom, "ada")["sample-one"][0] == 1
    assert {path.name for path in classroom.root.iterdir()} >= {"gradebook.db", "autograded"}


def end_the_worker(*fields):
    if multiprocessing.parent_process() is not None:  # the scheduler is in the test's own process
        os._exit(9)
    return EndsItsWorker(*fields)


class EndsItsWorker(Submission):
    """A submission that ends the process that unpacks it, as running out of memory would."""

    def __reduce__(self):
        return end_the_worker, ("eve", "99-sample", {})


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_is_one_failed_row(bubblewrap, classroom, workers):
    """Also where no worker is left that held the assignment."""
    assignment = Assignment(classroom.quiz, (notebook_of(classroom),))
    honest = [submission_of(classroom, f"s{n}", all_right(classroom)) for n in range(7)]
    bad = EndsItsWorker("eve", classroom.quiz, {})
    settings_ = {"limits": Limits(), "isolation": "bubblewrap", "hidden": []}
    outcomes = list(
        executors.grade_with_dask(assignment, [*honest[:3], bad, *honest[3:]], settings_, workers)
    )
    assert {outcome.student: outcome.state for outcome in outcomes} == {
        f"s{n}": "graded" for n in range(7)
    } | {"eve": "failed"}
    assert all(outcome.points == 17 for outcome in outcomes if outcome.student != "eve")


@pytest.mark.parametrize(
    "name", ["x\ny", "x\x1b[2J", "x\u202ey", "=HYPERLINK()", "-rf", "x/y", " "]
)
def test_an_id_that_forges_a_line_or_a_formula_is_refused(name):
    assert id_problem(name) and terminal_safe(name).isprintable()


def test_a_folder_whose_name_is_no_utf8_is_one_row_of_the_report(bubblewrap, classroom):
    hand_in(classroom, "ada", all_right(classroom))
    for name in (b"eve-\xff", b"x\n  blocked   0"):
        path = os.fsencode(classroom.root / "submitted") + b"/" + name + b"/99-sample"
        os.makedirs(path)
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert sorted(row.state for row in report.rows) == ["graded", "rejected", "rejected"]
    lines = list(report_lines(report))
    assert all(line.isprintable() for line in lines)
    assert sum(line.lstrip().startswith("blocked") for line in lines) == 1
    print("\n".join(lines))


# Times


@given(text=st.text(max_size=40) | st.text(alphabet=string.digits + " :-./+TZUC", max_size=30))
@settings(max_examples=300)
def test_any_time_is_read_or_refused_with_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert parse_timestamp(canonical(parse_timestamp(text))) == parse_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-15 12:00:00.123456 UTC",
        "2027-01-15 12:00:00 Europe/Berlin",
        "2027-01-15T12:00:00+01:00",
        "2027-01-15T12:00:00Z",
        "15/01/2027 12:00",
        "15 Jan 2027 12:00:00",
    ],
)
def test_a_time_that_nbgrader_reads_is_read_as_nbgrader_reads_it(text):
    from nbgrader.utils import parse_utc

    assert parse_timestamp(text) == parse_utc(text)


@pytest.mark.parametrize(
    "text", ["2027-13-45 99:99:99 UTC", "2027-01-15 12:00:00 /dev/stdin", "9999999", "", "now"]
)
def test_an_impossible_time_is_refused(text):
    with pytest.raises(ValueError, match="."):
        parse_timestamp(text)


# Notebooks as they come


def test_outputs_are_dropped_before_a_notebook_is_measured():
    cells = [own_cell("answer_x = ['\"outputs\": [']"), own_cell("y = 1", "markdown")]
    cells[0]["outputs"] = [{"output_type": "stream", "text": 'x"]}' * 1000, "name": "stdout"}]
    cells.append(own_cell("z") | {"outputs": [], "metadata": {"outputs": [1]}})
    notebook = {"cells": cells, "metadata": {"outputs": [1]}, "nbformat": 4}
    expected = json.loads(json.dumps(notebook))
    expected["cells"][0]["outputs"] = []
    for indent in (None, 1):
        small = without_outputs(json.dumps(notebook, indent=indent).encode())
        assert json.loads(small) == expected


@given(
    content=st.binary(max_size=200)
    | st.text(alphabet='{}[]":,outps\\ ', max_size=200).map(str.encode)
)
@settings(max_examples=300)
def test_dropping_outputs_never_raises(content):
    assert isinstance(without_outputs(content), bytes)


def test_a_retyped_answer_without_metadata_is_not_undone(classroom):
    notebook = all_right(classroom)
    place = notebook["cells"].index(cell_of(notebook, "sample-num-answer"))
    source = notebook["cells"][place]["source"]
    notebook["cells"][place] = own_cell(source)
    overlaid = overwrite_locked_cells(notebook_of(classroom), json.dumps(notebook).encode())
    names = [cell.of.name if cell.of else cell.source for cell in overlaid.cells]
    assert names.index("sample-num-answer") < names.index(source) < names.index("sample-num")


def test_a_retyped_answer_is_not_undone_where_plain_cells_of_the_instructor_stand_between(
    classroom,
):
    notebook, source_notebook = all_right(classroom), notebook_of(classroom)
    place = [cell.name for cell in source_notebook.cells].index("sample-num-answer")
    plain = SourceCell("", "markdown", "a picture")
    with_plain = replace(
        source_notebook,
        cells=(*source_notebook.cells[:place], plain, *source_notebook.cells[place:]),
    )
    at = notebook["cells"].index(cell_of(notebook, "sample-num-answer"))
    source = notebook["cells"][at]["source"]
    notebook["cells"][at : at + 1] = [own_cell("a picture", "markdown"), own_cell(source)]
    overlaid = overwrite_locked_cells(with_plain, json.dumps(notebook).encode())
    names = [cell.of.name if cell.of and cell.of.name else cell.source for cell in overlaid.cells]
    assert names.index("sample-num-answer") < names.index(source) < names.index("sample-num")
    assert names.count("a picture") == 1


@pytest.mark.slow
def test_a_written_answer_whose_cell_is_gone_waits_for_a_person(bubblewrap, classroom):
    notebook = all_right(classroom)
    at = notebook["cells"].index(cell_of(notebook, "sample-text"))
    notebook["cells"][at] = own_cell("My answer, typed anew.", "markdown")
    hand_in(classroom, "ada", notebook)
    hand_in(classroom, "zoe", handed_out(classroom))
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert {row.student: row.waiting for row in report.rows} == {"ada": True, "zoe": False}
    assert scores(classroom, "ada")["sample-text"] == (None, None, True)


def test_a_notebook_that_lost_all_its_metadata_keeps_its_answers(bubblewrap, classroom):
    notebook = all_right(classroom)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    for keeps_ids, student in ((True, "ada"), (False, "ben")):
        for number, cell in enumerate(notebook["cells"]):
            if not keeps_ids:
                cell["id"] = f"new-{number}"
        hand_in(classroom, student, notebook)
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert {row.student: row.points for row in report.rows} == {"ada": 17, "ben": 17}
    assert all("metadata" in row.repairs[0] for row in report.rows)


def test_hidden_tests_are_found_by_the_delimiters_of_nbgrader():
    assert strip_hidden_tests("a\n###BEGIN HIDDEN TESTS\nb\n###END HIDDEN TESTS") == "a"
    assert strip_hidden_tests("a\n# <<\nb\n# >>\nc", ("<<", ">>")) == "a\nc"


@pytest.mark.slow
def test_a_test_guarded_by_nbgrader_execution_runs_and_a_silenced_failure_earns_nothing(
    bubblewrap, classroom
):
    guarded = (
        "import os\nif os.environ.get('NBGRADER_EXECUTION') == 'autograde':\n    assert x == 1"
    )
    hand = by_hand(
        classroom,
        [
            ("x = 0\n### BEGIN SOLUTION\n### END SOLUTION", "x", {"solution": True}),
            (guarded, "guarded", LOCKED | {"grade": True, "points": 5}),
            ("assert x == 1", "plain", LOCKED | {"grade": True, "points": 2}),
        ],
        "guarded",
    )
    notebook = handed_out(hand)
    hand_in(hand, "ada", notebook)
    silent = "ip = get_ipython()\nip._showtraceback = ip.showtraceback = lambda *a, **k: None"
    hand_in(hand, "eve", insert_first(handed_out(hand), silent))
    grade_assignment(hand.layout, hand.quiz, workers=1)
    for student in ("ada", "eve"):
        assert [auto for auto, _, _ in scores(hand, student).values()] == [0, 0], student


@pytest.mark.slow
def test_a_quiz_of_several_notebooks_is_graded_and_a_missing_one_has_no_points(
    bubblewrap, classroom
):
    from nbgrader.api import Gradebook

    cells = [
        ("x = 0\n### BEGIN SOLUTION\n### END SOLUTION", "x", {"solution": True}),
        ("assert x == 1", "test-x", LOCKED | {"grade": True, "points": 2}),
    ]
    hand = by_hand(classroom, cells, "several")
    first = classroom.root / "source" / "several" / "several.ipynb"
    first.rename(first.with_name("first.ipynb"))
    shutil.copy(first.with_name("first.ipynb"), first.with_name("second.ipynb"))
    with Gradebook(hand.layout.db_url) as gradebook:
        gradebook.remove_assignment("several")
    generate(classroom.root, "several", "--force")
    made = json.loads((classroom.root / "release" / "several" / "first.ipynb").read_text())
    cell_of(made, "x")["source"] = "x = 1"
    for student, names in {"ada": ("first", "second"), "ben": ("second",)}.items():
        folder = classroom.root / "submitted" / student / "several"
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.ipynb").write_text(json.dumps(made))
    report = grade_assignment(hand.layout, "several", workers=1)
    assert {row.student: row.points for row in report.rows} == {"ada": 4, "ben": 2}
    assert "first.ipynb is missing" in report.rows[1].repairs[0]
    assert (classroom.root / "autograded" / "ada" / "several" / "second.ipynb").exists()


@pytest.mark.slow
def test_a_function_that_was_handed_out_without_a_body_can_be_run(classroom):
    """A starter of nothing but a head: the stub below it is a statement, and not a comment
    alone.
    """
    hand = by_hand(
        classroom,
        [
            (
                "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
                "double",
                {"solution": True},
            )
        ],
        "stub",
    )
    source = cell_of(handed_out(hand), "double")["source"]
    exec(compile(source, "<handed out>", "exec"), {})
    assert "pass" in source


def test_a_star_import_does_not_break_the_students_own_numbers(template):
    """numpy's divmod and others come with `from numpy import *`."""
    from kratomcourse.grading.assignment_source.notebooks import source_notebook
    from kratomcourse.quiz import load_banks

    bank = next(
        bank
        for bank in load_banks().values()
        if any(getattr(item, "template", None) for item in bank.used_for("graded"))
    )
    cells = source_notebook(bank).cells
    numbers = [
        cell.source for cell in cells if cell.metadata.nbgrader.grade_id.endswith("-numbers")
    ]
    plain, starred = {"answer_student": "ada"}, {"answer_student": "ada"}
    exec("from numpy import *", starred)
    for source in numbers:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(source, plain)
            exec(source, starred)
    own = [name for name in plain if name.startswith("numbers_") and name != "numbers_of"]
    assert numbers and own and all(plain[name] == starred[name] for name in own)
