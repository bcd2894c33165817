"""The ground floor: facts are read, checked and put into words."""

import csv
import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pytest
from conftest import ROOT

from kratomcourse.errors import CourseError
from kratomcourse.evidence import (
    box_lines,
    emergency_numbers,
    fact_text,
    known_text,
    load_facts,
    load_references,
    load_table,
)
from kratomcourse.evidence.facts import COLUMNS, REVIEW_DAYS


def rows():
    with open(ROOT / "evidence" / "facts.csv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write_facts(folder, changed):
    """A facts.csv of one good row, changed as told, beside the course's own references."""
    row = next(row for row in rows() if row["id"] == "ph109") | changed
    path = folder / "facts.csv"
    with open(path, "w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerow(row)
    return path


def test_no_row_rests_on_memory():
    assert {fact.verified for fact in load_facts().values()} <= {"seen", "secondary"}


def test_every_fact_names_a_work_that_is_complete():
    references = load_references()
    for fact in load_facts().values():
        work = references[fact.source_key]
        assert work.authors and work.title and work.year


def test_a_number_is_printed_as_typed_with_unit_and_interval():
    fact = replace(
        load_facts()["ph109"], value="1.50", low="1.2", high="27338", interval="95% CI", unit="nM"
    )
    assert fact.full_text() == "1.50\u00a0nM (95% CI 1.2 to 27,338)"
    assert replace(fact, value="34", low="", high="", unit="%").full_text() == "34%"
    assert replace(fact, value="-56", low="", high="", unit="%").full_text() == "\u221256%"
    assert replace(fact, value="1897", low="", high="", unit="year").full_text() == "1897"


def test_second_hand_numbers_say_so():
    fact = load_facts()["ph109"]
    assert fact.verified == "secondary" and "as quoted in" in fact_text(fact)


def test_an_unknown_fact_names_its_neighbour():
    with pytest.raises(KeyError, match="did you mean 'ph109'"):
        load_facts()["ph1009"]


def test_a_part_that_a_fact_has_not_is_refused():
    fact = replace(load_facts()["ph109"], value="", low="", high="")
    with pytest.raises(ValueError, match="has no value"):
        fact_text(fact, "value")


BROKEN = {
    "wrong type": ({"value": "about 80"}, "value is 'about 80', which is not a number"),
    "unknown key": (
        {"source_key": "tana2022clinical"},
        "source_key 'tana2022clinical' has no entry in references.bib. Fix: did you mean "
        "'tanna2022clinical'?",
    ),
    "interval without the value": (
        {"low": "90", "high": "99"},
        "the interval 90 to 99 does not hold the value",
    ),
    "interval the wrong way round": ({"low": "99", "high": "90"}, "low 99 is above high 90"),
    "interval of no kind": ({"interval": ""}, "low or high is given but not what they are"),
    "review before its date": (
        {"as_of": "2026-11-23", "review_by": "2026-01-01"},
        "review_by is before as_of",
    ),
    "review too late": (
        {"kind": "law", "review_by": "2031-01-01"},
        "later than a row of kind law may wait",
    ),
    "status outside the list": (
        {"verified": "recalled"},
        "verified is 'recalled'. Fix: use one of: seen, secondary",
    ),
    "no date": ({"as_of": "last year"}, "as_of is 'last year'. Fix: write a date as 2026-11-23"),
    "odd id": ({"id": "109"}, "the id has not the form"),
    "no statement": ({"statement": ""}, "the statement is empty"),
}


@pytest.mark.parametrize("changed, message", BROKEN.values(), ids=BROKEN)
def test_a_broken_row_is_refused_with_file_line_and_mend(tmp_path, changed, message):
    with pytest.raises(CourseError) as caught:
        load_facts(write_facts(tmp_path, changed))
    assert (
        "facts.csv:2" in str(caught.value)
        and message in str(caught.value)
        and "Fix:" in str(caught.value)
    )


def test_a_wrong_column_is_named(tmp_path):
    path = write_facts(tmp_path, {})
    path.write_text(path.read_text().replace("statement", "statment", 1))
    with pytest.raises(CourseError, match="missing: statement; unknown: statment"):
        load_facts(path)


def test_a_second_row_with_the_same_id_is_named(tmp_path):
    path = write_facts(tmp_path, {})
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    with pytest.raises(CourseError, match=r"facts.csv:3: \[ph109\] the id stands on line 2 too"):
        load_facts(path)


def test_a_work_without_year_is_named(tmp_path):
    (tmp_path / "references.bib").write_text(
        '@misc{nobody,\n  author = "A. Body",\n  title = "Something"\n}\n'
    )
    with pytest.raises(CourseError, match=r"references.bib:1: \[nobody\] the entry has no year"):
        load_references(tmp_path / "references.bib")


def test_a_fact_is_stale_the_day_after_its_review():
    fact = load_facts()["ph109"]
    due = dt.date.fromisoformat(fact.review_by)
    assert not fact.is_stale(due) and fact.is_stale(due + dt.timedelta(days=1))
    assert set(REVIEW_DAYS) >= {"law", "help_line", "yearly_count", "trial"}


@pytest.mark.parametrize(
    ("precision", "words"),
    [("day", "22 September 2025"), ("month", "September 2025"), ("year", "2025")],
)
def test_a_help_line_is_dated_no_more_exactly_than_it_is_known(precision, words):
    assert known_text(SimpleNamespace(as_of="2025-09-22", as_of_precision=precision)) == words


def test_emergency_numbers_come_first_and_can_be_called():
    numbers = dict(emergency_numbers())
    assert numbers["911"] == ["United States", "Canada"] and all(
        number.isdigit() for number in numbers
    )
    assert "emergency" not in {line.kind for line in box_lines()} and len(box_lines()) <= 4
    lines = load_table("help_lines")
    assert all(text == "" or text.isdigit() for text in [*lines["tel"], *lines["sms"]])
