"""The ground floor: facts are read, checked and put into words."""

import csv
import datetime as dt
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from conftest import ROOT

from kratomcourse.errors import CourseError
from kratomcourse.evidence import (
    Reference,
    box_groups,
    box_lines,
    citation,
    emergency_numbers,
    fact_text,
    has_table,
    helplines,
    is_due,
    known_text,
    load_facts,
    load_references,
    load_rows,
    load_table,
    tables,
)
from kratomcourse.evidence.cell_addresses import resolve, resolved_csv
from kratomcourse.evidence.facts import COLUMNS, REVIEW_DAYS, grouped, written_date


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


# The same number of the same source, but of another thing: a second drug, group or experiment.
SAME_NUMBER_OF_ANOTHER_THING = [
    ["EV001", "ph197"],
    ["EV018", "ph173"],
    ["EV024", "ph166"],
    ["ph080", "ph189"],
    ["ph185", "ph186"],
    ["ra003", "ra004"],
    ["rec-041", "risk-056"],
    ["risk-092", "risk-094"],
]


def as_number(text):
    try:
        return float(text)
    except ValueError:
        return text


def test_no_number_of_a_source_stands_in_two_rows():
    """Or a correction would reach one chapter and not the other."""
    rows_of = {}
    for fact in load_facts().values():
        if fact.value and "search2026" not in fact.source_key:
            numbers = [as_number(part) for part in (fact.value, fact.low, fact.high)]
            rows_of.setdefault((fact.source_key, *numbers), []).append(fact.id)
    repeated = sorted(sorted(ids) for ids in rows_of.values() if len(ids) > 1)
    assert repeated == SAME_NUMBER_OF_ANOTHER_THING


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


# Numbers and dates in words


def one_fact(**fields):
    empty = {"value": "", "low": "", "high": "", "interval": "", "unit": ""}
    return replace(load_facts()["ph109"], **(empty | fields))


@pytest.mark.parametrize(
    "fields, number, interval",
    [
        ({"value": "5"}, "5", ""),
        ({"low": "2", "high": "3", "interval": "range"}, "2 to 3", ""),
        ({"low": "2000", "high": "3000", "unit": "calls"}, "2,000 to 3,000\u00a0calls", ""),
        ({"low": "2"}, "", ""),
        (
            {"value": "5", "low": "-2", "high": "30000", "interval": "SD"},
            "5",
            "SD \u22122 to 30,000",
        ),
        ({"value": "5", "low": "2", "high": "9", "interval": "bounds"}, "5", "2 to 9"),
        ({"value": "5", "low": "2", "interval": "bounds"}, "5", "at least 2"),
        ({"value": "5", "high": "9", "interval": "bounds"}, "5", "at most 9"),
        ({"value": "2026-08", "unit": "date"}, "August 2026", ""),
        ({"value": "1.5", "unit": "ratio"}, "1.5", ""),
        ({"value": "1897", "unit": "year"}, "1897", ""),
        ({"value": "1", "unit": "year"}, "1\u00a0year", ""),
    ],
)
def test_a_fact_says_its_number_and_its_interval(fields, number, interval):
    fact = one_fact(**fields)
    assert (fact.number_text(), fact.interval_text()) == (number, interval)
    assert fact.full_text() == (f"{number} ({interval})" if interval else number)


def test_a_fact_gives_numbers_only_where_it_has_them():
    assert one_fact(value="1.50").number == 1.5
    low, high = one_fact(low="2", high="").bounds
    assert low == 2 and math.isnan(high)
    for fields in ({"value": ""}, {"value": "2026-08-01", "unit": "date"}):
        with pytest.raises(ValueError, match="fact ph109 has no number as its value"):
            _ = one_fact(**fields).number


@pytest.mark.parametrize(
    "number, unit, text",
    [
        ("999", "", "999"),
        ("1000", "", "1,000"),
        ("-1234567.50", "", "\u22121,234,567.50"),
        ("-0.5", "", "\u22120.5"),
        ("1998", "year", "1998"),
        ("1998", "years", "1,998"),
        ("2026-08-26", "date", "26 August 2026"),
        ("1e5", "", "1e5"),
    ],
)
def test_thousands_are_set_apart_and_digits_stay_as_typed(number, unit, text):
    assert grouped(number, unit) == text


def test_dates_are_written_out_no_more_exactly_than_they_are_given():
    assert written_date("2026-01-05") == "5 January 2026"
    assert written_date("2026-12") == "December 2026"
    for wrong in ("2026-13", "2026", "soon"):
        with pytest.raises(ValueError):
            written_date(wrong)


@pytest.mark.parametrize(
    "part, text",
    [
        ("value", "5%"),
        ("number", "5"),
        ("interval", "range 2 to 9"),
        ("low", "2"),
        ("high", "9"),
        ("cite", "(Ann 2001)"),
        ("full", "5% (range 2 to 9) (Ann 2001)"),
    ],
)
def test_each_part_of_a_fact_can_be_printed(part, text):
    works = {"a": Reference("a", ("Ann",), "2001", "T", "", "", "")}
    fact = one_fact(value="5", low="2", high="9", interval="range", unit="%")
    fact = replace(fact, source_key="a", verified="seen", via="")
    assert fact_text(fact, part, works) == text


def test_an_unknown_part_says_which_there_are_and_an_empty_one_what_to_do():
    with pytest.raises(ValueError, match="'mean' is not a part of a fact; use one of full, value"):
        fact_text(load_facts()["ph109"], "mean")
    with pytest.raises(ValueError, match="has no interval; print it with :cite, or complete"):
        fact_text(one_fact(value="5"), "interval")


def test_second_hand_works_are_told_by_where_they_were_read():
    works = {key: Reference(key, (key.title(),), "2001", "T", "", "", "") for key in ("ann", "ben")}
    fact = replace(one_fact(value="5"), source_key="ann", verified="secondary", via="ben")
    assert citation(fact, works) == "Ann 2001, as quoted in Ben 2001"
    assert citation(replace(fact, via=""), works) == "Ann 2001, second-hand"
    assert citation(replace(fact, verified="seen"), works) == "Ann 2001"


# What a row may hold, at its edges


@pytest.mark.parametrize(
    "changed",
    [
        {"low": "1", "high": "1", "value": "1", "interval": "range"},
        {"low": "1", "value": "1", "high": "", "interval": "bounds"},
        {"low": "", "value": "1", "high": "1", "interval": "bounds"},
        {"value": "", "low": "0", "high": "5", "interval": "range"},
        {"kind": "law", "as_of": "2026-01-01", "review_by": "2026-06-30"},
        {"kind": "law", "as_of": "2026-01-01", "review_by": "2026-01-01"},
        {"value": "2026-08", "low": "", "high": "", "interval": "", "unit": "date"},
        {"id": "abcd-999z"},
        {"via": ""},
    ],
)
def test_a_row_at_the_edge_of_what_is_allowed_passes(tmp_path, changed):
    [fact] = load_facts(write_facts(tmp_path, changed)).values()
    assert all(getattr(fact, name) == text for name, text in changed.items())
    assert fact.line == 2 and fact.cells == ()


EDGES = {
    "low alone above the value": (
        {"value": "5", "low": "6", "high": ""},
        "the interval 6 to  does not hold the value 5",
    ),
    "high alone below the value": (
        {"value": "5", "low": "", "high": "4"},
        "the interval  to 4 does not hold the value 5",
    ),
    "high without its kind": ({"low": "", "interval": ""}, "low or high is given but not what"),
    "low of words": ({"low": "some"}, "low is 'some', which is not a number"),
    "unknown topic": ({"topic": "none"}, "topic is 'none'. Fix: use one of: "),
    "unknown kind": ({"kind": "none"}, "kind is 'none'. Fix: use one of: law, help_line"),
    "unknown interval": (
        {"interval": "IQ"},
        "interval is 'IQ'. Fix: use one of: 95% CI, 90% CI, range",
    ),
    "a day late": (
        {"kind": "law", "as_of": "2026-01-01", "review_by": "2026-07-01"},
        "review_by is later than a row of kind law may wait. Fix: set it to 2026-06-30 or earlier",
    ),
    "a day early": (
        {"as_of": "2026-01-02", "review_by": "2026-01-01"},
        "review_by is before as_of. Fix: set it to at most",
    ),
    "no review": ({"review_by": ""}, "review_by is ''. Fix: write a date as 2026-11-23"),
    "no date as a value": (
        {"value": "soon", "low": "", "high": "", "interval": "", "unit": "date"},
        "value is 'soon', which is not a date. Fix: write it as 2026-11-23 or 2026-11",
    ),
    "no source": ({"source_key": ""}, "source_key is empty. Fix: name the work"),
    "unknown quoted work": ({"via": "x"}, "via 'x' has no entry in references.bib. Fix: add"),
    "unit that points nowhere": (
        {"unit": "of {=prevalence.csv#none:percent}"},
        "unit points at prevalence.csv#none:percent, but prevalence.csv has no row 'none'",
    ),
}


@pytest.mark.parametrize("changed, message", EDGES.values(), ids=EDGES)
def test_a_row_just_beyond_the_edge_is_refused(tmp_path, changed, message):
    with pytest.raises(CourseError) as caught:
        load_facts(write_facts(tmp_path, changed))
    assert f"facts.csv:2: [ph109] {message}" in str(caught.value)
    assert len(caught.value.diagnostics) == 1


def test_rows_of_several_lines_are_counted_by_where_they_begin(tmp_path):
    path = write_facts(tmp_path, {"note": "one\ntwo"})
    text = path.read_text()
    lines = text.splitlines(keepends=True)
    path.write_text(text + "a,b\n" + "".join(lines[1:]))
    with pytest.raises(CourseError) as caught:
        load_facts(path)
    assert [one.line for one in caught.value.diagnostics] == [4, 5]
    assert "2 cells where 18 are needed" in str(caught.value)
    assert "the id stands on line 2 too" in str(caught.value)


def test_facts_are_a_mapping_that_knows_its_file(tmp_path):
    facts = load_facts(write_facts(tmp_path, {}))
    assert len(facts) == 1 and list(facts) == ["ph109"] and "ph109" in facts
    assert "ph1" not in facts and facts.file.endswith("facts.csv")
    with pytest.raises(KeyError) as caught:
        facts["something else"]
    assert str(caught.value).strip("\"'").endswith("facts.csv")


def test_works_beside_the_facts_come_before_the_course_s_own(tmp_path):
    (tmp_path / "references.bib").write_text(
        '@misc{mine, author = "A. Body", title = "Something", year = "2001"}\n'
    )
    path = write_facts(tmp_path, {"source_key": "mine", "via": ""})
    assert load_facts(path)["ph109"].source_key == "mine"
    path = write_facts(tmp_path, {})
    load_facts.cache_clear()
    with pytest.raises(CourseError, match="has no entry in references.bib"):
        load_facts(path)


# Works


def work(*authors, title="A title", where="J, 5(2), 1"):
    return Reference("a", authors, "2001", title, where, "", "")


def test_works_are_named_by_their_authors():
    names = ("Ann", "Ben", "Cem", "Dot", "Eve", "Fay", "Gus")
    assert work("Ann").short == "Ann 2001"
    assert work("Ann", "Ben").short == "Ann and Ben 2001"
    assert work(*names[:3]).short == "Ann et al. 2001"
    assert work(*names[:6]).full == "Ann, Ben, Cem, Dot, Eve, Fay (2001). A title. J, 5(2), 1."
    assert work(*names).full == "Ann, Ben, Cem, Dot, Eve, and others (2001). A title. J, 5(2), 1."
    assert work("Ann", title="Is it?", where="").full == "Ann (2001). Is it?"


def test_works_are_read_with_what_they_have(tmp_path):
    path = tmp_path / "references.bib"
    path.write_text(
        r"""
@article{a, author = "van der Berg, A and Ben, B", title = "{ABC} of $\mu$ opioids.",
  year = "2001", journal = "J", volume = "5", number = "2", pages = "1--9", doi = "10.1/x"}
@misc{b, editor = "{The Agency}", title = "T", year = "2002", howpublished = "Web", number = "7",
  url = "https://example.org/a\_b\%20\&c", note = "Read --- twice"}
"""
    )
    works = load_references(path)
    assert works["a"] == Reference(
        "a",
        ("van der Berg", "Ben"),
        "2001",
        "ABC of \u03bc opioids",
        "J, 5(2), 1\u20139",
        "https://doi.org/10.1/x",
        "",
    )
    assert works["b"] == Reference(
        "b",
        ("The Agency",),
        "2002",
        "T",
        "Web",
        "https://example.org/a_b%20&c",
        "Read \u2014 twice",
    )


def test_every_field_that_a_work_lacks_is_named_and_a_file_that_is_none_too(tmp_path):
    path = tmp_path / "references.bib"
    path.write_text('@misc{a, note = "x"}\n\n@misc{b, author = "A", title = "T"}\n')
    with pytest.raises(CourseError) as caught:
        load_references(path)
    assert [(one.line, one.item, one.message) for one in caught.value.diagnostics] == [
        (1, "a", "the entry has no author."),
        (1, "a", "the entry has no title."),
        (1, "a", "the entry has no year."),
        (3, "b", "the entry has no year."),
    ]
    broken = tmp_path / "broken.bib"
    broken.write_text("@misc{a, title = ")
    with pytest.raises(CourseError, match="broken.bib: cannot be read"):
        load_references(broken)


# Data sets


def test_a_data_set_is_found_by_its_name_or_its_neighbour_is_told():
    assert has_table("prevalence") and not has_table("prevalense") and not has_table("")
    with pytest.raises(KeyError, match="no data set 'prevalense'.*did you mean 'prevalence'"):
        load_table("prevalense")
    with pytest.raises(KeyError) as caught:
        load_rows("nothing alike")
    assert "did you mean" not in str(caught.value)


def test_a_table_is_typed_as_described_and_each_has_a_copy_of_one_s_own():
    frame = load_table("us_states")
    assert str(frame["minimum_age"].dtype) == "Int64" and frame["minimum_age"].isna().any()
    assert str(frame["name"].dtype) == "string" and not frame["expires"].isna().any()
    assert (frame["expires"] == "").any()
    assert frame.attrs["name"] == "us_states" and frame.attrs["title"]
    assert frame.attrs["sources"] == sorted({key for key in frame["source_key"] if key})
    frame.loc[:, "name"] = "changed"
    assert "changed" not in set(load_table("us_states")["name"])
    facts = load_table("facts")
    assert {str(facts[name].dtype) for name in ("low", "high")} == {"float64"}
    assert not facts["value"].str.contains("=").any()


def test_rows_of_words_have_named_fields_and_no_blank_line(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("id,pass\na,1\n\nb,\n", encoding="utf-8")
    monkeypatch.setattr(tables, "evidence_dir", lambda: tmp_path)
    monkeypatch.setattr(tables, "resource_of", lambda name: {"path": "t.csv"})
    rows = load_rows("t")
    assert [tuple(row) for row in rows] == [("a", "1"), ("b", "")]
    assert [row.id for row in rows] == ["a", "b"] and rows[0]._fields[1] == "_1"


# Cells


@pytest.fixture
def cells_folder(tmp_path):
    resource = {"path": "t.csv", "schema": {"primaryKey": ["key"]}}
    other = {"path": "u.csv", "schema": {"primaryKey": "key"}}
    (tmp_path / "datapackage.json").write_text(
        json.dumps({"resources": [{"path": "x.csv", "schema": {}}, resource, other]})
    )
    (tmp_path / "t.csv").write_text("n,key,text\n 5 ,a,=u.csv#b:n\n,c,{= t.csv#a:n } of t\n")
    (tmp_path / "u.csv").write_text("n,key\n7,b\n=t.csv#a:text,d\n= t.csv#a:n ,e\n=5,f\n")
    (tmp_path / "v.csv").write_text("id,n\na,1\n")
    (tmp_path / "x.csv").write_text("id,n\na,2\n")
    return tmp_path


@pytest.mark.parametrize(
    "address, text",
    [
        ("t.csv#a:n", "5"),
        ("t.csv#a:text", "7"),
        ("u.csv#d:n", "7"),
        ("u.csv#e:n", "5"),
        ("v.csv#a:n", "1"),
        ("x.csv#a:n", "2"),
    ],
)
def test_a_cell_is_followed_until_it_holds_a_number(cells_folder, address, text):
    assert resolve(address, cells_folder) == text


@pytest.mark.parametrize(
    "address, words",
    [
        ("t.csv#a", "'t.csv#a' is not the address of a cell; write it like"),
        ("t.csv#c:n", "the cell t.csv#c:n is empty; fill it, or write the number"),
        ("abcde.csv#c:n", "there is no data set abcde.csv; check the file name"),
        ("t.csv#a:nothing", "t.csv has no column 'nothing'; use one of: n, key, text"),
        ("t.csv#nothing:n", "t.csv has no row 'nothing'; use an id that t.csv has"),
    ],
)
def test_an_address_of_no_cell_is_refused_with_its_fix(cells_folder, address, words):
    with pytest.raises(ValueError) as caught:
        resolve(address, cells_folder)
    assert words in str(caught.value)


def test_a_table_to_take_along_holds_what_its_pointers_point_at(cells_folder):
    assert resolved_csv(cells_folder / "t.csv").decode() == "n,key,text\n 5 ,a,7\n,c,5 of t\n"
    assert resolved_csv(cells_folder / "u.csv").decode() == "n,key\n7,b\n7,d\n5,e\n=5,f\n"
    assert resolved_csv(cells_folder / "v.csv") == (cells_folder / "v.csv").read_bytes()


# Help lines


def line(**fields):
    usual = {"kind": "crisis", "chapter_box": "yes", "country": "United States", "tel": "1"}
    return SimpleNamespace(**(usual | fields))


def test_help_lines_stand_where_they_are_needed(monkeypatch):
    lines = [
        line(kind="emergency", tel="999", country="United Kingdom"),
        line(kind="emergency", tel="911"),
        line(kind="emergency", tel="999", country="Malaysia"),
        line(tel="2"),
        line(tel="3", chapter_box=""),
        line(tel="4"),
        line(tel="5", country="Canada"),
    ]
    monkeypatch.setattr(helplines, "load_rows", lambda name: lines)
    assert emergency_numbers() == [
        ("999", ["United Kingdom", "Malaysia"]),
        ("911", ["United States"]),
    ]
    assert [one.tel for one in box_lines()] == ["2", "4", "5"]
    assert [(words, [one.tel for one in group]) for words, group in box_groups()] == [
        ("In the United States:", ["2", "4"]),
        ("Canada:", ["5"]),
    ]


def test_a_help_line_is_due_the_day_after_its_review():
    one = SimpleNamespace(review_by="2026-05-04")
    assert not is_due(one, dt.date(2026, 5, 4)) and is_due(one, dt.date(2026, 5, 5))
    assert is_due(SimpleNamespace(review_by="2001-01-01"))
    assert not is_due(SimpleNamespace(review_by="9999-01-01"))
