"""`course report`: what a class answered comes back from gradebook and graded notebooks, as tables
and as a page.
"""

import csv
import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from classroom import SECRET, answered, clean_environment, hand_in, make_classroom
from students import partial, right, wrong

from kratomcourse.cli import main
from kratomcourse.errors import CourseError
from kratomcourse.grading.autograde.instructor_version import CourseLayout
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.item_analysis.analysis import NO_ANSWER, UNKNOWN, UNREADABLE, analyse
from kratomcourse.grading.item_analysis.class_results import (
    ClassResults,
    GradedCell,
    read_class_results,
)
from kratomcourse.grading.item_analysis.report_page import warning, write_report
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.quiz import load_bank, mark
from kratomcourse.quiz.bank import key_of, shown
from kratomcourse.quiz.order import order_key, reordered_bank
from kratomcourse.quiz.responses import chosen, misconceptions

SAMPLE = load_bank(Path(__file__).parent / "data" / "bank" / "99-sample.yml")
SAMPLE = reordered_bank(SAMPLE, order_key(SECRET.strip().encode(), SAMPLE.chapter))
ITEMS = {item.id: item for item in SAMPLE.used_for("graded")}
ONE, MANY, NUM, CODE, TEXT = (
    ITEMS[f"sample.{name}"] for name in ("one", "many", "num", "code", "text")
)


def answer_that_shows(item, misconception):
    """Letter of the first option that stands for a misconception."""
    return next(
        letter
        for letter, index in shown(item)
        if item.options[index].misconception == misconception
    )


# What an answer says


def test_an_answer_names_the_misconceptions_of_what_was_chosen():
    assert misconceptions(ONE, key_of(ONE)) == []
    assert misconceptions(ONE, answer_that_shows(ONE, "binding-is-safety")) == ["binding-is-safety"]
    everything = [letter for letter, _ in shown(MANY)]
    assert misconceptions(MANY, everything) == ["affinity-is-effect"], "each once"
    assert (
        misconceptions(NUM, 1.0) == misconceptions(NUM, 1.01) == ["ki-is-saturation"]
        and misconceptions(NUM, 0.5) == misconceptions(NUM, 7) == []
    )
    assert chosen(ONE, 5) == [] and misconceptions(NUM, "1") == []


# A class graded by hand


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """Six students whose answers are known; text is not read yet. Graded without walls: nobody here
    is hostile.
    """
    made = make_classroom(tmp_path_factory.mktemp("report") / "course")
    everything = {item.id: right(item) for item in made.items}
    students = {
        "ada": everything,
        "ben": {item.id: wrong(item) for item in made.items},
        "cal": {},
        "dot": {item.id: partial(item) for item in made.items},
        "eve": everything | {ONE.id: answer_that_shows(ONE, "affinity-is-effect"), NUM.id: 1},
        "fay": everything
        | {ONE.id: answer_that_shows(ONE, "affinity-is-effect"), "sample.order": ["=HYPERLINK(1)"]},
    }
    for student, answers in students.items():
        notebook = answered(made, answers)
        if student == "fay":  # computed, so that no literal tells it
            for cell in notebook["cells"]:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == "sample-num-answer":
                    cell["source"] = "answer_num = float(np.sqrt(1.0))"
        hand_in(made, student, notebook)
    shutil.copytree(made.root, made.root.parent / "ungraded")
    grade_assignment(made.layout, made.quiz, isolation="none", workers=1, limits=Limits())
    return made


@pytest.fixture(scope="module")
def found(classroom):
    return analyse(read_class_results(classroom.layout, classroom.quiz))


def counts(found, item):
    rows = found.answers[found.answers["id"] == item.id]
    return {row.answer: row.all for row in rows.itertuples() if row.all}


def test_who_chose_what_is_counted_as_it_was_handed_in(found):
    assert counts(found, ONE) == {
        key_of(ONE): 2,
        answer_that_shows(ONE, "affinity-is-effect"): 2
        + (wrong(ONE) == answer_that_shows(ONE, "affinity-is-effect")),
    } | {NO_ANSWER: 1} | (
        {} if wrong(ONE) == answer_that_shows(ONE, "affinity-is-effect") else {wrong(ONE): 1}
    )
    assert counts(found, NUM) == {"the key": 2, "error 1": 2, "another number": 1, NO_ANSWER: 1}, (
        "a computed answer counts like a literal"
    )
    assert counts(found, CODE) == {
        "case 1": 4,
        "case 2": 3,
        "case 3": 3,
        "case 4": 3,
        "no case right": 1,
        NO_ANSWER: 1,
    }
    assert counts(found, ITEMS["sample.order"])["step 1"] == 3
    assert counts(found, TEXT) == {"waits for a person": 5, NO_ANSWER: 1}


def test_facility_is_the_mean_share_of_points(found):
    items = found.items.set_index("id")
    assert items.loc[ONE.id, "facility"] == pytest.approx(2 / 6) and items.loc[
        NUM.id, "facility"
    ] == pytest.approx(2 / 6)
    assert items.loc[MANY.id, "facility"] == pytest.approx((1 + 0 + 0 + 0.5 + 1 + 1) / 6)
    assert items.loc[ONE.id, "omitted"] == 1 and items.loc[TEXT.id, "marked"] == 1


def test_an_unread_text_is_left_out_and_said_to_be(found, tmp_path, without_figures):
    assert found.left_out == ["sample-text"] and found.most == 17
    assert found.totals["ada"] == 17 and found.totals["cal"] == 0
    page = write_report(found, tmp_path / "r").read_text()
    assert "question 8 still wait for a person, so it is left out" in page


def test_misconceptions_of_the_class_are_counted_by_student(found):
    table = found.misconceptions.set_index("misconception")
    expected = {"affinity-is-effect": {"eve", "fay", "ben"}, "ki-is-saturation": {"eve", "fay"}}
    assert table.loc["affinity-is-effect", "students"] == len(expected["affinity-is-effect"])
    assert (
        table.loc["ki-is-saturation", "students"] == 2 and table.loc["units-mixed", "students"] == 0
    )
    assert "sample.one sample.many" in table.loc["affinity-is-effect", "questions"]


def test_stock_autograde_writes_the_same_answers_down(classroom):
    before = read_class_results(classroom.layout, classroom.quiz).answers["fay"]
    config = classroom.root / "nbgrader_config.py"
    config.write_text(config.read_text() + '\nc.ExecuteInSandbox.isolation = "none"\n')
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", classroom.quiz, "--student=fay", "--force"],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert read_class_results(classroom.layout, classroom.quiz).answers["fay"] == before


def test_work_graded_before_answers_were_written_down_is_read_where_it_is_literal(classroom):
    place = classroom.layout.autograded / "fay" / classroom.quiz / f"{classroom.quiz}.ipynb"
    kept = place.read_text()
    try:
        notebook = json.loads(kept)
        for cell in notebook["cells"]:
            cell["metadata"].pop("course", None)
        place.chmod(0o644)
        place.write_text(json.dumps(notebook))
        answers = read_class_results(classroom.layout, classroom.quiz).answers["fay"]
        assert answers["sample-one"] == {
            "answer": answer_that_shows(ONE, "affinity-is-effect"),
            "misconceptions": ["affinity-is-effect"],
        }
        assert "unknown" in answers["sample-num"] and "unknown" in answers["sample-code"], (
            "nothing is run to find out"
        )
        place.write_text("no notebook")
        assert all(
            "unknown" in record
            for record in read_class_results(classroom.layout, classroom.quiz)
            .answers["fay"]
            .values()
        )
    finally:
        place.write_text(kept)


# The page


@pytest.fixture
def without_figures(monkeypatch):
    """Figures take most of a report's time; one test looks at them."""
    monkeypatch.setattr("kratomcourse.grading.item_analysis.report_page.figures", lambda found: [])


def test_the_page_stands_alone_names_nobody_and_warns_of_a_small_class(found, tmp_path):
    page = write_report(found, tmp_path / "reports" / "one").read_text()
    assert not re.search(r"\b(ada|ben|cal|dot|eve|fay)\b", page)
    assert "small class" in page and "6 students" in page
    assert not re.search(r'(src|href)="(?!#|data:)', page) and "<script" not in page
    assert (
        all(len(alt) > 40 for alt in re.findall(r'alt="([^"]*)"', page))
        and page.count("<figure>") == 2
    )
    assert sorted(path.name for path in (tmp_path / "reports").rglob("*")) == [
        "answers.csv",
        "index.html",
        "items.csv",
        "misconceptions.csv",
        "one",
        "summary.csv",
    ]


def test_students_are_named_when_asked(found, tmp_path, without_figures):
    named = write_report(found, tmp_path / "reports" / "one", names=True).read_text()
    assert re.search(r"\bada\b", named) and (tmp_path / "reports" / "one" / "students.csv").exists()


def test_the_tables_are_those_of_the_analysis_and_no_cell_is_a_formula(
    found, tmp_path, without_figures
):
    write_report(found, tmp_path / "r")
    items = pd.read_csv(tmp_path / "r" / "items.csv")
    assert items["facility"].to_numpy() == pytest.approx(
        found.items["facility"].to_numpy(), rel=1e-5
    )
    for path in (tmp_path / "r").glob("*.csv"):
        for row in csv.reader(path.open()):
            assert not any(re.match(r"[=+@]|-(?![\d.])", cell) for cell in row), path.name


def test_a_report_that_fails_leaves_the_older_one_alone(
    found, tmp_path, monkeypatch, without_figures
):
    write_report(found, tmp_path / "r")
    before = (tmp_path / "r" / "index.html").read_bytes()
    monkeypatch.setattr(
        "kratomcourse.grading.item_analysis.report_page.guarded", lambda table: 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        write_report(found, tmp_path / "r")
    assert (tmp_path / "r" / "index.html").read_bytes() == before


def test_the_command_writes_the_report_and_tells_where(
    classroom, monkeypatch, capsys, without_figures
):
    monkeypatch.setattr(
        "sys.argv", ["course", "report", classroom.quiz, "--folder", str(classroom.root)]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    said = capsys.readouterr().out
    assert (
        "6 students, 8 questions" in said
        and "small class" in said
        and (classroom.root / "reports" / classroom.quiz / "index.html").exists()
    )


def test_a_quiz_that_was_not_made_or_not_graded_is_told_with_the_mend(classroom):
    with pytest.raises(
        CourseError, match="no quiz '99-sampel' has been made.*did you mean '99-sample'"
    ):
        read_class_results(classroom.layout, "99-sampel")
    with pytest.raises(
        CourseError, match="nobody's work for 99-sample is graded yet.*course grade 99-sample"
    ):
        read_class_results(CourseLayout(classroom.root.parent / "ungraded"), classroom.quiz)


# A class whose truth is known


def simulated(students, seed=5, flipped=None):
    """ClassBook of the graded choices of a chapter, answered by the two-parameter model; `flipped`
    is keyed the wrong way round.
    """
    bank = load_bank(
        Path(__file__).resolve().parents[1] / "quizzes" / "bank" / "02-pharmacology.yml"
    )
    items = [item for item in bank.used_for("graded") if item.kind == "choice"]
    draw, python = np.random.default_rng(seed), random.Random(seed)
    ability, difficulty = draw.standard_normal(students), np.linspace(-1.5, 0.6, len(items))
    points, answers = {}, {f"s{n}": {} for n in range(students)}
    for item, b in zip(items, difficulty):
        name, column = item.id.replace(".", "-"), []
        wrongs = [letter for letter, _ in shown(item) if letter != key_of(item)]
        for n, theta in enumerate(ability):
            knows = draw.random() < 1 / (1 + np.exp(-1.5 * (theta - b)))
            if item.id == flipped:
                knows = not knows
            answer = key_of(item) if knows else python.choice(wrongs)
            answers[f"s{n}"][name] = {"answer": answer} | (
                {"misconceptions": shows} if (shows := misconceptions(item, answer)) else {}
            )
            column.append(mark(item, answer).points)
        points[name] = column
    questions = [
        GradedCell(item.id.replace(".", "-"), number, item.points, item)
        for number, item in enumerate(items, 1)
    ]
    return ClassResults(
        "02-pharmacology",
        "Pharmacology",
        questions,
        pd.DataFrame(points, index=list(answers)),
        answers,
        {},
        {},
    ), items


def test_harder_questions_have_lower_facility_and_a_large_class_gets_no_warning():
    book, items = simulated(400)
    found = analyse(book)
    place = found.items["facility"].rank(ascending=False).to_numpy()
    assert np.corrcoef(place, np.arange(len(items)))[0, 1] > 0.97
    assert (
        found.reliability_name
        == ("KR-20" if len({item.points for item in items}) == 1 else "Cronbach's alpha")
        and found.reliability.low > 0.6
    )
    assert (found.items["item_total_low"] > 0).all()
    assert warning(found) == "" and found.notes == []


def test_a_key_the_wrong_way_round_is_worth_a_look_and_no_other():
    _, items = simulated(2)
    found = analyse(simulated(300, flipped=items[3].id)[0])
    assert {item for item, _, _ in found.notes} == {items[3].id}
    assert "is the key right" in " ".join(ask for _, _, ask in found.notes)


def test_thirds_and_answers_add_up_to_the_class():
    found = analyse(simulated(100)[0])
    assert sum(found.sizes) == 100
    assert (found.answers.groupby("id")["all"].sum() == 100).all()
    assert not set(found.answers["answer"]) & {UNKNOWN, UNREADABLE}


@pytest.mark.parametrize("students", [1, 2, 3])
def test_a_class_too_small_for_statistics_gets_a_report_all_the_same(
    students, tmp_path, without_figures
):
    found = analyse(simulated(students)[0])
    page = write_report(found, tmp_path / "r").read_text()
    assert "not determined" in page and not re.search(r"\bnan\b", page)
