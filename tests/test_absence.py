"""A claim of absence has a row that says what was searched; a row that contradicts it is found."""

import csv
import json
import re
from dataclasses import replace

import pytest
from conftest import ROOT

from kratomcourse.checks import absence
from kratomcourse.checks.absence import (
    Declaration,
    absence_facts,
    check_absence,
    claims_in,
    claims_of,
    contradictions,
    declarations,
    matching_rows,
)
from kratomcourse.evidence import load_facts, load_table

FACTS = load_facts()

CLAIMS = [
    "We found no trial of kratom in people with pain.",
    "We searched three registers and found none.",
    "No controlled study has shown that it helps.",
    "For women no trial was found.",
    "The tablets have not been tested in people.",
    "Nobody has compared the two.",
    "We know of no measurement in people, so I found no dose.",
]
NO_CLAIMS = [
    "No study can prove a value.",
    "Some advice needs no study.",
    "The sentence \u201cno study has looked at this\u201d is wrong.",
    'Which is fair: "no trial was found"?',
    "Remember that *we found none* isn't *there is none*.",
    "The series of {fact}`rec-061:number` found none.",
    "A blood test found no alcohol.",
    "One trial found no difference.",
]


@pytest.mark.parametrize("text", CLAIMS)
def test_what_the_course_says_is_missing_is_a_claim(text):
    assert list(claims_in(text))


@pytest.mark.parametrize("text", NO_CLAIMS)
def test_what_is_quoted_or_is_about_something_else_is_none(text):
    assert not list(claims_in(text))


def test_an_option_is_somebody_else_s_sentence_and_its_feedback_the_course_s():
    option = {"text": "No trial has tested it.", "feedback": "We found no trial either."}
    assert len(list(claims_of({"id": "made.up", "options": [option]}))) == 1


def test_rows_of_absence_are_known_by_their_statement():
    rows = absence_facts(FACTS)
    assert {"ph181", "risk-193", "EV092", "ph125", "le146"} <= rows and len(rows) < 60
    assert "risk-001" not in rows


# Contradictions


def declared(**fields):
    row = {
        "fact": "ph181",
        "table": "trials",
        "where": "intervention~7-OH",
        "apart_from": (),
        "reason": "",
        "line": 2,
    }
    return Declaration(**row | fields)


@pytest.fixture
def with_row(monkeypatch):
    """A data set with one more row."""

    def install(name, **fields):
        table = load_table(name)
        table.loc[len(table)] = table.iloc[0].to_dict() | fields
        monkeypatch.setattr(absence, "load_table", lambda _: table)

    return install


def test_a_new_trial_that_matches_a_search_fails_the_check(with_row):
    assert contradictions(declared(), FACTS["ph181"]) == []
    with_row("trials", trial_id="T99", intervention="isolated 7-OH, one tablet")
    [found] = contradictions(declared(), FACTS["ph181"])
    assert "evidence/trials.csv: [T99] the row contradicts ph181" in str(found)
    assert "Fix: correct that fact" in str(found)
    assert contradictions(declared(apart_from=("T99",)), FACTS["ph181"]) == []


def test_every_condition_has_to_hold(with_row):
    with_row("trials", trial_id="T99", intervention="7-OH", status_nov2026="recruiting")
    both = "intervention~7-OH & status_nov2026="
    assert matching_rows(declared(where=f"{both}recruiting")) == ["T99"]
    assert matching_rows(declared(where=f"{both}published")) == []


def test_a_search_does_not_contradict_itself():
    own = declared(fact="le167", table="facts", where="statement~before and after.*ban")
    assert "le167" not in matching_rows(own)


@pytest.mark.parametrize(
    "fields, message",
    [
        (
            {"table": "trails"},
            "no data set 'trails' in datapackage.json. Fix: did you mean 'trials'?",
        ),
        (
            {"where": "interventoin~7-OH"},
            "trials has no column 'interventoin'. Fix: did you mean 'intervention'?",
        ),
        ({"where": "7-OH"}, "'7-OH' is no condition. Fix: write column=value or column~pattern"),
        ({"where": "intervention~(7-OH"}, "missing ), unterminated subpattern"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_told(fields, message):
    [found] = contradictions(declared(**fields), FACTS["ph181"])
    assert message in str(found) and "absences.csv:2: [ph181]" in str(found)


# The course


def test_the_course_makes_no_claim_of_absence_without_a_row_and_nothing_contradicts_one():
    errors, warnings = check_absence(ROOT)
    assert not errors, "\n".join(map(str, errors))
    known = re.compile("not judged yet|contradict it|any more")
    assert all(known.search(str(one)) for one in warnings)


def test_a_search_of_our_own_that_does_not_say_what_would_contradict_it_is_told(monkeypatch):
    rows = {row.fact for row in declarations(ROOT)}
    searches = {name for name, fact in FACTS.items() if "we searched" in fact.statement.lower()}
    assert len(searches & rows) > 10
    new = replace(FACTS["ph181"], id="ph999")
    monkeypatch.setattr(absence, "load_facts", lambda: dict(FACTS) | {"ph999": new})
    told = [str(one) for one in absence.undeclared_searches(ROOT)]
    assert any("[ph999] the search does not say which rows" in one for one in told)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one part with one sentence, and lists of its own."""
    for name in ("bank", "book", "quizzes/bank", "evidence", "notebooks/04-risk"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(absence, "banks_dir", lambda: tmp_path / "bank")
    monkeypatch.setattr(absence, "check_declarations", lambda _: [])
    monkeypatch.setattr(absence, "undeclared_searches", lambda _: [])

    def check(text, allowed=(), waiting=()):
        cells = [{"cell_type": "markdown", "id": "one", "source": [text]}]
        (tmp_path / "notebooks/04-risk/1-part.ipynb").write_text(json.dumps({"cells": cells}))
        for name, head, rows in (
            ("evidence/absence_exceptions.csv", "place,text,reason", allowed),
            ("quizzes/bank/not_cleared.csv", "chapter,check,reason", waiting),
        ):
            with (tmp_path / name).open("w", newline="") as file:
                csv.writer(file).writerows([head.split(","), *rows])
        return check_absence(tmp_path)

    return check


def test_a_claim_needs_a_row_of_absence_beside_it_and_no_other_row_will_do(course):
    [error], _ = course("We found no trial of 7-OH in people.")
    assert "is a claim of absence without a row" in str(error) and "1-part.ipynb" in str(error)
    assert course("We found no trial of 7-OH in people {fact}`ph181:cite`.") == ([], [])
    assert len(course("We found no trial of 7-OH in people {fact}`risk-001:cite`.")[0]) == 1


def test_an_exception_needs_a_reason_and_a_use_and_a_waiting_chapter_is_warned_of(course):
    text, place = "We found no trial of 7-OH.", "notebooks/04-risk/1-part.ipynb"
    assert course(text, [[place, "We found no trial", "it is about something else"]]) == ([], [])
    assert len(course("Nothing.", [[place, "We found no trial", "gone"]])[0]) == 1
    assert len(course(text, [[place, "We found no trial", ""]])[0]) == 1
    errors, [warning] = course(text, waiting=[["04-risk", "absence", "later"]])
    assert not errors and "1 claims of absence in 04-risk" in str(warning)
