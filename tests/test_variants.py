"""Numbers of a student's own: every member of a family is a sound question, the marker knows whose
is whose, and nobody gets the example.
"""

import math
import re
import shutil
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from classroom import (
    ROOT,
    answered,
    cell_of,
    clean_environment,
    hand_in,
    handed_out,
    make_classroom,
    scores,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from kratomcourse.exports.formats.qti21 import qti21_files
from kratomcourse.grading.assignment_source.notebooks import (
    NAME,
    VARIANT_KEY_PLACEHOLDER,
    answer_name,
    cell_id,
    is_personalised,
    numbers_name,
)
from kratomcourse.grading.assignment_source.variant_key import variant_key
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.item_analysis.analysis import analyse
from kratomcourse.grading.item_analysis.class_results import read_class_results
from kratomcourse.quiz import load_bank, load_banks, mark
from kratomcourse.quiz.variants import (
    filled,
    filled_in,
    lists_of,
    member,
    numbers_of,
    variant,
    worked_out,
)

SAMPLE = load_bank(Path(__file__).parent / "data" / "bank" / "98-numbers.yml")
REAL = [item for bank in load_banks().values() for item in bank.items if is_personalised(item)]
FAMILIES = REAL + [item for item in SAMPLE.items if is_personalised(item)]
each_family = pytest.mark.parametrize("item", FAMILIES, ids=lambda item: item.id)
NAMES = st.text(min_size=1, max_size=20)


def family(item):
    return lists_of(item.template["parameters"])


def numbers(item, student, course="autumn"):
    return numbers_of(student, item.id, *family(item), course)


# What makes a family

FAMILY = {
    "kind": "number",
    "stem": "{a} and {b} make {= a + b :.0f}",
    "formula": "a + b",
    "tolerance": {"absolute": 0.5},
    "errors": [{"formula": "a - b", "feedback": "{a} less"}, {"value": -3}],
    "parameters": {
        "a": {"example": 1, "values": [1, 2, 3]},
        "b": {"example": 10, "values": list(range(10, 20))},
    },
}


def test_a_family_is_filled_with_its_example_and_keeps_what_it_was_made_from():
    made = filled_in(FAMILY)
    assert made["stem"] == "1 and 10 make 11" and made["value"] == 11
    assert made["errors"] == [
        {"formula": "a - b", "feedback": "1 less", "value": -9},
        {"value": -3},
    ]
    assert made["template"] == FAMILY
    assert filled(FAMILY, {"a": 3, "b": 12})["stem"] == "3 and 12 make 15"
    assert filled({"formula": "a", "stem": ""}, {"a": 3})["errors"] == []


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "number", "stem": "plain", "value": 5},
        {"kind": "choice", "stem": "{plain}", "formula": "a"},
        {"kind": "number", "stem": "x", "parameters": {}},
    ],
)
def test_an_item_without_parameters_stays_as_it_is(data):
    assert filled_in(data) == data


def values(count, example=1):
    return {"example": example, "values": list(range(1, count + 1))}


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"value": 5}, "with parameters the key comes from formula; take value and fact out"),
        ({"fact": "ab-01"}, "with parameters the key comes from formula"),
        ({"formula": ""}, "parameters need a formula for the key; add formula"),
        (
            {"parameters": {"a": values(4), "b": values(5)}},
            "the parameters give 20 different questions where 21 to 5000 may be",
        ),
        (
            {"parameters": {"a": values(72), "b": values(70)}},
            "the parameters give 5040 different questions",
        ),
        ({"feedback": "{c}"}, "'{c}' in a text is no parameter; use one of: a, b"),
        ({"stem": "{a}"}, "the stem does not show the parameter b; write {b} into it"),
        (
            {"formula": "a / (b - 12)", "errors": []},
            "gives no number with a = 1, b = 12; take that value out",
        ),
        (
            {"errors": [{"formula": "a + b + 0.5"}]},
            "with a = 1, b = 10 the error 11.5 lies within the tolerance of the key 11; take",
        ),
        (
            {"errors": [{"value": 22}]},
            "with a = 3, b = 19 the error 22 lies within the tolerance of the key 22",
        ),
        (
            {"tolerance": {"relative": 0.1}, "errors": [{"formula": "(a + b) * 1.1"}]},
            "with a = 1, b = 10 the error 12.1 lies within the tolerance of the key 11",
        ),
        ({"parameters": {"a": 5, "b": values(20)}}, "the parameter 'a' lacks an example or a"),
        ({"parameters": {"a": {"example": "1", "values": [1, 2]}}}, "lacks an example or a list"),
        ({"parameters": {"a": {"example": 1, "values": [1, 1]}}}, "lacks an example or a list"),
        ({"parameters": {"a": {"example": 1, "values": [1, "2"]}}}, "lacks an example or a list"),
        ({"parameters": {"a": {"example": 1, "values": "12"}}}, "lacks an example or a list"),
        ({"parameters": {"key": values(30)}}, "'key' cannot name a parameter"),
    ],
)
def test_a_family_in_which_something_goes_wrong_is_refused(changed, words):
    with pytest.raises(ValueError) as caught:
        filled_in(FAMILY | changed)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "changed",
    [
        {"parameters": {"a": values(3), "b": values(7)}, "errors": None},
        {"parameters": {"a": values(50), "b": values(100)}, "errors": []},
        {"tolerance": None, "errors": [{"formula": "a + b + 0.1"}, "no error"]},
        {"tolerance": {"relative": 0.1}, "errors": [{"formula": "(a + b) * 1.11"}]},
        {"errors": [{"formula": "a + b + 0.51"}]},
    ],
)
def test_a_family_at_the_edge_of_what_is_allowed_is_made(changed):
    assert "template" in filled_in(FAMILY | changed)


def test_arithmetic_without_numbers_to_work_with_is_refused():
    with pytest.raises(ValueError, match="a formula needs quantities or parameters; add them"):
        filled_in({"kind": "number", "formula": "1 + 1"})
    with pytest.raises(ValueError, match="a text computes with .* but the item has no quantities"):
        filled_in({"kind": "choice", "stem": "{= 1 + 1}"})


def test_the_members_of_a_family_are_counted_with_the_first_parameter_fastest():
    lists = {"a": [1, 2, 3], "b": [10, 20]}
    assert [member(lists, place) for place in (0, 1, 3, 5)] == [
        {"a": 1, "b": 10},
        {"a": 2, "b": 10},
        {"a": 1, "b": 20},
        {"a": 3, "b": 20},
    ]


@pytest.mark.parametrize("example", [{"a": 2, "b": 20}, {"a": 1, "b": 10}, {"a": 3, "b": 20}])
def test_every_member_but_the_example_is_somebody_s(example):
    lists = {"a": [1, 2, 3], "b": [10, 20]}
    got = {tuple(numbers_of(f"s{n}", "q", lists, example, "c").values()) for n in range(200)}
    assert got == {(a, b) for a in lists["a"] for b in lists["b"]} - {tuple(example.values())}


def test_an_example_that_is_no_member_takes_nothing_away():
    lists, example = {"a": [1, 2, 3]}, {"a": 7}
    assert {numbers_of(f"s{n}", "q", lists, example, "c")["a"] for n in range(200)} == {1, 2, 3}
    who = [numbers_of(name, "q", lists, example, "c") for name in ("Ada ", "ada", None, "")]
    assert who[0] == who[1] and who[2] == who[3]


# The families of the course


def test_the_banks_hold_families_in_several_chapters():
    assert len(REAL) >= 5 and len({item.id.partition(".")[0] for item in REAL}) >= 3


@each_family
def test_every_member_is_sound(item):
    """Its key earns all, each known error nothing, and no placeholder is left; members differ in
    their keys.
    """
    lists, _ = family(item)
    keys, count = set(), math.prod(map(len, lists.values()))
    for place in range(count):
        values = member(lists, place)
        one = type(item).model_validate(
            {**filled(item.template, values), "template": item.template}
        )
        assert mark(one, one.key).points == one.points and [
            mark(one, error.value).points for error in one.errors
        ] == [0] * len(one.errors)
        texts = [
            one.stem,
            one.feedback,
            one.hint,
            one.explanation,
            *(error.feedback for error in one.errors),
        ]
        assert not any(re.search(r"\{[a-z_=][^}]*\}(?!`)", text) for text in texts)
        assert all(
            format(value, "g") in one.stem or f"{value:.1f}" in one.stem
            for value in values.values()
        )
        keys.add(round(one.key, 6))
    assert count > 20 and len(keys) >= min(12, count / 2)


@each_family
@settings(deadline=None, max_examples=40)
@given(student=NAMES, course=NAMES)
def test_a_student_always_gets_the_same_member_and_never_the_example(item, student, course):
    one = variant(item, student, course)
    assert (
        one == variant(item, f" {student.upper().lower()} ", course)
        or student.lower() != student.upper().lower()
    )
    assert one == variant(item, student, course) and one.template == item.template
    assert numbers(item, student, course) != family(item)[1] and one.stem != item.stem
    assert mark(one, one.key).points == one.points
    assert (one.id, one.points, one.unit, one.tolerance) == (
        item.id,
        item.points,
        item.unit,
        item.tolerance,
    )


@each_family
def test_members_are_spread_evenly(item):
    """Of two thousand students no member has far more or fewer than its share: chi-square below
    mean plus five deviations.
    """
    lists, example = family(item)
    count = math.prod(map(len, lists.values())) - all(
        example[name] in known for name, known in lists.items()
    )
    got = Counter(tuple(numbers(item, f"s{number:04}").values()) for number in range(2000))
    expected = 2000 / count
    chi = sum((number - expected) ** 2 / expected for number in got.values()) + expected * (
        count - len(got)
    )
    assert chi < count - 1 + 5 * math.sqrt(2 * (count - 1))


def test_items_courses_and_students_have_numbers_of_their_own():
    one, other = [item for item in FAMILIES if item.id.startswith("numbers.")]
    assert len({tuple(numbers(one, "ada", f"course {n}").items()) for n in range(40)}) > 10
    assert len({tuple(numbers(one, f"s{n}").items()) for n in range(40)}) > 10
    assert variant(SAMPLE.item("numbers.plain"), "ada", "autumn") is SAMPLE.item("numbers.plain")


@each_family
def test_page_paper_and_exports_show_the_example(item):
    """What is public is the member that no student gets."""
    bank = next(bank for bank in [*load_banks().values(), SAMPLE] if item in bank.items)
    data = b"".join(qti21_files(bank.chapter, bank.title, [item]).values()).decode()
    assert f"<value>{float(item.key)!r}</value>" in data and "{" not in item.stem.replace(
        "{fact}", ""
    )
    assert worked_out(item.template["formula"], family(item)[1]) == item.key


# Handed out and marked


@pytest.fixture(scope="module")
def handed(tmp_path_factory):
    root = tmp_path_factory.mktemp("numbers") / "quizzes"
    root.mkdir()
    (root / ".course-secret").write_text(
        "one and the same in each run, so that the same students share numbers\n"
    )
    return make_classroom(root, SAMPLE)


def own(classroom, student, name=None, calculates=False):
    """What a student writes who reads the numbers off the page, and answers all rightly."""
    notebook = handed_out(classroom)
    answers = {
        "numbers.plain": "a"
        if "binds tightly"
        in cell_of(notebook, "numbers-plain-question")["source"].split("**b**")[0]
        else "b"
    }
    for item in classroom.items:
        if is_personalised(item):
            place = {NAME: name or student, "print": lambda *_: None}
            exec(cell_of(notebook, f"{cell_id(item)}-numbers")["source"], place)
            answers[item.id] = worked_out(item.template["formula"], place[numbers_name(item)])
    notebook = answered(classroom, answers)
    cell_of(notebook, "98-numbers-name")["source"] = f"{NAME} = {(name or student)!r}"
    if calculates:
        cell_of(notebook, "numbers-share-answer")["source"] = (
            f"""n = {numbers_name(SAMPLE.item("numbers.share"))}\n{answer_name(SAMPLE.item("numbers.share"))} = 100 * n["c"] / (n["c"] + n["ki"])"""
        )
    return notebook


@pytest.mark.slow
def test_the_secret_stays_in_its_file_and_no_key_is_handed_out(handed):
    secret = handed.root / ".course-secret"
    released = (handed.root / "release" / handed.quiz / f"{handed.quiz}.ipynb").read_text()
    assert secret.read_text().strip() not in released and VARIANT_KEY_PLACEHOLDER not in released
    assert (
        "100 * c / (c + ki)" not in released
        and "log(8)" not in released
        and "HIDDEN" not in released
    )
    assert (
        VARIANT_KEY_PLACEHOLDER
        in (handed.root / "source" / handed.quiz / f"{handed.quiz}.ipynb").read_text()
    )
    assert variant_key(handed.root, handed.quiz) in released


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path):
    first = variant_key(tmp_path, "01-one")
    file = tmp_path / ".course-secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(file.read_text().strip()) == 64
    assert variant_key(tmp_path, "01-one") == first != variant_key(tmp_path, "02-two")
    (tmp_path / "other").mkdir()
    assert variant_key(tmp_path / "other", "01-one") != first
    assert ".course-secret" in (ROOT / ".gitignore").read_text()


def test_each_student_is_marked_by_their_own_numbers(handed):
    hand_in(handed, "ada", own(handed, "ada"))
    hand_in(handed, "Ben", own(handed, "Ben", name="ben ", calculates=True))
    hand_in(handed, "cal", own(handed, "ada"))  # all of ada's notebook
    hand_in(handed, "dot", own(handed, "ada", name="dot"))
    shown = answered(
        handed, {"numbers.share": 25.0, "numbers.half-life": 9.0}
    )  # the example of book and paper
    cell_of(shown, "98-numbers-name")["source"] = f"{NAME} = 'eve'"
    hand_in(handed, "eve", shown)
    hand_in(handed, "fay", handed_out(handed))
    report = grade_assignment(handed.layout, handed.quiz, workers=1, isolation="none")
    points = {
        student: [
            scores(handed, student)[cell][0] for cell in ("numbers-share", "numbers-half-life")
        ]
        for student in ("ada", "Ben", "cal", "dot", "eve", "fay")
    }
    assert points == {
        "ada": [2, 1],
        "Ben": [2, 1],
        "cal": [0, 0],
        "dot": [2, 1],
        "eve": [0, 0],
        "fay": [0, 0],
    }
    told = {row.student: row.violations for row in report.rows if row.violations}
    assert (
        list(told) == ["cal"]
        and "the name 'ada'" in told["cal"][0]
        and "scored with those of 'cal'" in told["cal"][0]
    )


def test_the_analysis_knows_an_error_by_the_numbers_of_whoever_made_it(handed):
    item = SAMPLE.item("numbers.share")
    course = variant_key(handed.root, handed.quiz)
    for student in ("gus", "hana"):
        notebook = own(handed, student)
        wrong = variant(item, student, course).errors[0].value
        assert abs(wrong - item.errors[0].value) > 1, "otherwise the example would do"
        cell_of(notebook, "numbers-share-answer")["source"] = f"{answer_name(item)} = {wrong!r}"
        hand_in(handed, student, notebook)
    grade_assignment(handed.layout, handed.quiz, workers=1, isolation="none")
    found = analyse(read_class_results(handed.layout, handed.quiz))
    row = found.answers[
        (found.answers["id"] == item.id) & (found.answers["answer"] == "error 1")
    ].iloc[0]
    assert row["all"] >= 2 and "in the example" in row["text"]
    assert (
        found.misconceptions.set_index("misconception").at[item.errors[0].misconception, "students"]
        >= 2
    )


@pytest.mark.slow
def test_stock_nbgrader_gives_honest_students_the_same_points(handed, tmp_path):
    """With a configuration that knows nothing of this course but the stub: hidden tests alone."""
    root = tmp_path / "quizzes"
    shutil.copytree(
        handed.root,
        root,
        ignore=shutil.ignore_patterns("submitted", "autograded", "gradebook.db*", ".home"),
    )
    shutil.copy(handed.root / "gradebook.db", root)
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = "
        f"'kratom-and-harm-reduction'\nc.CourseDirectory.root = {str(root)!r}\n"
    )
    other = type(handed)(**vars(handed) | {"root": root, "layout": None})
    hand_in(other, "hal", own(other, "hal"))
    hand_in(other, "ida", own(other, "ida", calculates=True))
    hand_in(other, "jon", handed_out(other))
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", handed.quiz],
        cwd=root,
        env=clean_environment(root),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    layout = type("Db", (), {"db_url": f"sqlite:///{root / 'gradebook.db'}"})
    got = {
        student: [
            scores(other, student, layout)[cell][0]
            for cell in ("numbers-share", "numbers-half-life", "numbers-plain")
        ]
        for student in ("hal", "ida", "jon")
    }
    assert got == {"hal": [2, 1, 1], "ida": [2, 1, 1], "jon": [0, 0, 0]}
