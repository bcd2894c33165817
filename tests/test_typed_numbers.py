"""A typed number that follows from a cited fact is found, and nothing else is."""

import csv
import json
import re

import pytest
from conftest import ROOT

from kratomcourse.checks import typed_numbers
from kratomcourse.checks.typed_numbers import (
    all_typed,
    check_typed_numbers,
    derivation,
    diagnostic,
    digits,
    exceptions,
    numbers_in,
    typed_in_item,
    typed_in_notebook,
    typed_in_units,
)
from kratomcourse.evidence import load_facts

FACTS = load_facts()


@pytest.mark.parametrize(
    "typed, known, how",
    [
        ("0.7", "0.7", "the same number"),
        ("27,338", "27338", "the same number"),
        ("64.8", "0.648", "times 100"),
        ("0.648", "64.8", "divided by 100"),
        ("648", "64.8", "times 10"),
        ("35.2", "64.8", "a hundred minus it"),
        ("0.35", "0.65", "one minus it"),
        ("1.79", "1.7917", "the same number, rounded"),
        ("7", "0.7", ""),  # one digit fits too much by chance
        ("7", "7", ""),
        ("65", "64.8", ""),  # two digits are not taken for rounded
        ("20", "20.1", ""),
        ("0.8", "0.7", ""),
    ],
)
def test_a_derivation_is_known_by_its_arithmetic(typed, known, how):
    assert derivation(typed, known) == how


@pytest.mark.parametrize(
    "number, count", [("0.70", 2), ("7,200", 2), ("100", 1), ("0.07", 1), ("2031803", 7)]
)
def test_zeros_that_set_the_size_are_no_digits(number, count):
    assert digits(number) == count


def test_names_years_roles_and_code_hold_no_typed_number():
    text = "7-OH in 2019: {fact}`risk-001:number` %, `x = 64.8`, {share}, {= share * 12}, 64.8."
    assert [match[0] for match in numbers_in(text)] == ["64.8"]


def item(**fields):
    return {
        "id": "made.up",
        "facts": ["risk-030"],
        "kind": "number",
        "value": 3,
        "stem": "How many?",
    } | fields


PLACES = {
    "feedback": {"feedback": "That is 64.8 of a hundred."},
    "hint": {"hint": "Take 0.648 of them."},
    "explanation": {"explanation": "648 of 1,000."},
    "options 2 text": {"options": [{"text": "one"}, {"text": "35.2%"}]},
    "errors 1 value": {"errors": [{"value": 64.8}]},
    "rubric 1 criterion": {"rubric": [{"criterion": "Names 64.8%."}]},
    "value": {"value": 64.8},
}


@pytest.mark.parametrize("where", PLACES)
def test_a_typed_copy_is_found_wherever_a_reader_meets_it(where):
    [found] = typed_in_item("quizzes/bank/04-risk.yml", item(**PLACES[where]), FACTS)
    assert (found.where, found.fact, found.chapter) == (where, "risk-030", "04-risk")
    told = str(diagnostic(found))
    assert "04-risk.yml: [made.up]" in told and "is typed, but follows from risk-030" in told
    assert "Fix: write quantities: {name: risk-030}" in told


def test_a_typed_key_is_found_where_the_stem_prints_a_number_of_the_evidence():
    asked = item(
        stem="Of 20,000 people {fact}`risk-030:number` % were alone. How many?", value=12960
    )
    [found] = typed_in_item("quizzes/bank/04-risk.yml", asked, FACTS)
    assert (found.where, found.number) == ("value", "12960")
    cited = item(stem="How many of these {fact}`risk-030:cite`?", value=12)
    assert typed_in_item("quizzes/bank/04-risk.yml", cited, FACTS) == []
    followed = asked | {"quantities": {"share": "risk-030"}, "formula": "share * 200"}
    del followed["value"]
    assert typed_in_item("quizzes/bank/04-risk.yml", followed, FACTS) == []


def test_a_number_that_follows_from_no_cited_fact_is_let_be():
    other = item(feedback="That is 64.8 of a hundred.", facts=["risk-002"])
    assert typed_in_item("quizzes/bank/04-risk.yml", other, FACTS) == []


def notebook(tmp_path, code):
    path = tmp_path / "notebooks" / "04-risk" / "1-part.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [
        {"cell_type": "markdown", "id": "one", "source": ["See {fact}`risk-030:number`."]},
        {"cell_type": "code", "id": "draw", "source": [code]},
    ]
    path.write_text(json.dumps({"cells": cells}))
    return typed_in_notebook(path, tmp_path, FACTS)


@pytest.mark.parametrize(
    "code",
    [
        'ax.text(1, 2, "64.8% alone")',
        'title=f"{x} of 64.8"',
        "shares = [64.8, 12]",
        'show(draw, alt="alone: 64.8")',
    ],
)
def test_a_typed_label_of_a_figure_is_found(tmp_path, code):
    [found] = notebook(tmp_path, code)
    assert (found.place, found.number, found.fact) == ("draw", "64.8", "risk-030")
    assert "cell 'draw'" in str(diagnostic(found)) and 'facts["risk-030"]' in str(diagnostic(found))


def test_a_label_from_a_data_set_is_found_and_sizes_are_let_be(tmp_path):
    [found] = notebook(tmp_path, 'table = load_table("prevalence")\nax.text(1, 2, "56,136 people")')
    assert found.fact == "prevalence.csv, column sample_n"
    assert notebook(tmp_path, 'ax.set(xlim=(0, 64), size=(5.2, 4.1))\nax.text(0, 1, "7-OH")') == []
    assert (
        notebook(tmp_path, 'number = facts["risk-030"].number\nax.text(0, 1, f"{number:.1f}%")')
        == []
    )


def test_a_unit_that_holds_the_number_of_another_fact_points_at_it():
    assert FACTS["risk-069"].unit == "of 551 decedents" and dict(FACTS["risk-069"].cells)["unit"]
    assert typed_in_units(FACTS) == []
    plain = {name: type(fact)(**vars(fact) | {"cells": ()}) for name, fact in FACTS.items()}
    found = {one.place: one for one in typed_in_units(plain)}
    assert found["risk-069"].fact == "risk-068"
    assert "write {=facts.csv#risk-068:value}" in str(diagnostic(found["risk-069"]))


# The course


def test_no_judged_chapter_types_a_number_that_a_fact_should_print():
    errors, warnings = check_typed_numbers(ROOT)
    assert not errors, "\n".join(map(str, errors))
    assert all(re.search("not judged yet|any more", str(warning)) for warning in warnings)


def test_every_exception_gives_a_reason_and_is_used():
    rows = exceptions(ROOT)
    found = all_typed(ROOT)
    assert all(row.reason and any(row.covers(typed) for typed in found) for row in rows)
    assert len(rows) <= 20, "a short list that somebody reviews"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one question, and lists of its own."""
    (tmp_path / "bank").mkdir()
    (tmp_path / "quizzes" / "bank").mkdir(parents=True)
    (tmp_path / "evidence").mkdir()
    data = {"items": [item(feedback="That is 64.8 of a hundred.")]}
    (tmp_path / "bank" / "04-risk.yml").write_text(json.dumps(data))
    monkeypatch.setattr(typed_numbers, "banks_dir", lambda: tmp_path / "bank")

    def lists(allowed=(), waiting=()):
        for name, head, rows in (
            ("evidence/typed_numbers.csv", "place,number,fact,reason", allowed),
            ("quizzes/bank/not_cleared.csv", "chapter,check,reason", waiting),
        ):
            with (tmp_path / name).open("w", newline="") as file:
                csv.writer(file).writerows([head.split(","), *rows])
        return check_typed_numbers(tmp_path)

    return lists


def test_an_exception_allows_one_place_and_a_row_without_use_or_reason_is_told(course):
    errors, _ = course()
    assert len(errors) == 1 and "64.8 is typed" in str(errors[0])
    assert course(
        [["made.up", "64.8", "risk-030", "an invented number that happens to be the same"]]
    ) == ([], [])
    errors, _ = course([["made.up", "64.9", "risk-030", "no longer there"]])
    assert any(
        "typed_numbers.csv:2:" in str(one) and "remove the row" in str(one) for one in errors
    )
    errors, _ = course([["made.up", "64.8", "risk-030", " "]])
    assert ["gives no reason" in str(one) for one in errors] == [True]


def test_a_chapter_that_is_not_cleared_is_warned_of_and_another_one_fails(course):
    errors, warnings = course(waiting=[["04-risk", "numbers", "later"]])
    assert not errors and "1 typed numbers in the questions of 04-risk" in str(warnings[0])
    errors, [warning] = course(waiting=[["04-risk", "figures", "later"]])
    assert len(errors) == 1 and "finds nothing in 04-risk any more. Fix: remove the row" in str(
        warning
    )
