"""One source: an item's key and texts follow the facts, and a fact the cell it points at."""

import ast
import csv
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from kratomcourse.errors import CourseError
from kratomcourse.evidence import load_facts, load_table
from kratomcourse.evidence.cell_addresses import resolved_csv
from kratomcourse.exports.registry import ExportedQuiz, exporters
from kratomcourse.grading.assignment_source.notebooks import source_notebook
from kratomcourse.quiz import load_banks, mark
from kratomcourse.quiz.bank import Bank
from kratomcourse.quiz.formulas import (
    all_text,
    check_name,
    formulas_of,
    map_texts,
    names_in_formula,
    names_in_text,
    printed,
    worked_out,
)
from kratomcourse.quiz.html import render_item
from kratomcourse.quiz.quantities import (
    Quantity,
    check_unit,
    put_in_quantities,
    read_quantity,
    same_unit,
    unit_of,
)
from kratomcourse.quiz.variants import variant

RISK = "quizzes/bank/04-risk.yml"
BANK = load_banks()["04-risk"]
PROOF = "risk.people.users-in-town"


def bank_of(items):
    objective = {"id": "q.o1", "text": "Read a number of the evidence.", "section": "Numbers"}
    return Bank.model_validate(
        {
            "chapter": "97-quantities",
            "title": "Quantities",
            "objectives": [objective],
            "items": items,
        }
    )


def item_of(**fields):
    given = {"id": "q.one", "objective": "q.o1", "level": "apply", "use": ["graded"], **fields}
    return bank_of([given]).items[0]


def number(**fields):
    return item_of(
        **{
            "kind": "number",
            "stem": "In a survey {share} per cent said yes. How many of 20,000?",
            "quantities": {"share": "risk-001"},
            "formula": "share / 100 * 20000",
            "tolerance": {"absolute": 1},
            "unit": "people",
            "feedback": "That is {= share * 10 :.0f} of 1,000.",
            "errors": [
                {
                    "formula": "share * 20000",
                    "feedback": "This takes {share} as a share of one.",
                    "misconception": "percent-is-share",
                }
            ],
            "hint": "{share} of a hundred.",
            **fields,
        }
    )


@pytest.fixture
def corrected(tmp_path, monkeypatch):
    """The course's evidence, with the survey's share corrected in the one place where it stands."""
    folder = tmp_path / "evidence"
    shutil.copytree(ROOT / "evidence", folder, ignore=shutil.ignore_patterns("history"))
    path = folder / "prevalence.csv"
    text = path.read_text()
    assert text.count(",0.7,0.6,0.8,") == 1
    path.write_text(text.replace(",0.7,0.6,0.8,", ",0.9,0.6,1.1,"))
    facts = load_facts(folder / "facts.csv")
    monkeypatch.setattr("kratomcourse.quiz.quantities.load_facts", lambda: facts)
    monkeypatch.setattr("kratomcourse.quiz.quantities.evidence_dir", lambda: folder)
    return facts


def loaded(item_id):
    data = yaml.safe_load((ROOT / RISK).read_text(encoding="utf-8"))
    item = next(item for item in data["items"] if item["id"] == item_id)
    return Bank.model_validate({**data, "items": [item]}).items[0]


def test_a_corrected_cell_changes_fact_key_errors_and_every_text(corrected):
    before = BANK.item(PROOF)
    after = loaded(PROOF)
    assert corrected["risk-001"].full_text() == "0.9% (95% CI 0.6 to 1.1)"
    assert (before.key, after.key) == (140, 180)
    assert [error.value for error in after.errors] == [18000, 18, 1800]
    assert after.feedback.startswith("9 of a thousand") and after.hint.startswith(
        "0.9 per cent is 9 of 1,000"
    )
    assert [error.feedback for error in before.errors] != [error.feedback for error in after.errors]
    assert mark(after, 180).points == 2 and mark(after, 140).points == 0


def test_the_figure_and_the_fact_are_one_number():
    table = load_table("prevalence").set_index("id")
    assert load_facts()["risk-001"].number == table.at["pv-001", "percent"]
    assert load_facts()["risk-001"].bounds == (
        table.at["pv-001", "ci95_low_percent"],
        table.at["pv-001", "ci95_high_percent"],
    )


@pytest.mark.parametrize("item_id", [PROOF, "risk.calls.texas-pace", "risk.calls.share-of-traffic"])
def test_facts_behind_quantities_are_cited_and_no_place_is_left(item_id):
    item = BANK.item(item_id)
    assert {reference.partition(":")[0] for reference in item.quantities.values()} <= set(
        item.facts
    )
    assert "{=" not in item.model_dump_json() and not any(
        f"{{{name}}}" in item.model_dump_json() for name in item.quantities
    )


def test_a_quantity_prints_as_its_fact_does_and_computes_with_a_format():
    item = number(
        hint="{share}, {wide}, {users}, {= -users / 2 :,.0f}, {= users * 10}",
        quantities={"share": "risk-001", "wide": "risk-001:high", "users": "risk-002"},
    )
    assert item.hint == f"0.7, 0.8, 825,000, \u2212412,500, {825000 * 10:,}"


def test_every_kind_and_every_text_takes_quantities():
    quantities = {"share": "risk-001", "cell": "prevalence.csv#pv-001:sample_n"}
    texts = {
        "stem": "Of {cell} people {share} per cent said yes.",
        "explanation": "{= share * 10 :.3g}",
        "quantities": quantities,
    }
    option = {"text": "{share} per cent", "feedback": "{= share * 10 :.3g} of 1,000"}
    wrong = {
        "text": "{= share / 100 :.3g} per cent",
        "feedback": "{share} per cent",
        "misconception": "percent-is-share",
    }
    choice = item_of(kind="choice", options=[option | {"correct": True}, wrong], **texts)
    assert [one.text for one in choice.options] == [
        "0.7 per cent",
        "0.007 per cent",
    ] and choice.options[0].feedback == "7 of 1,000"
    assert (
        choice.stem == "Of 56,136 people 0.7 per cent said yes."
        and choice.explanation == "7"
        and choice.facts == ["risk-001"]
    )
    order = item_of(
        kind="order",
        entries=["{share}", "{= share * 2}", "{= share * 3}"],
        feedback="{share} comes first",
        hint="{cell} people",
        **texts,
    )
    assert (
        order.entries == ["0.7", "1.4", "2.1"]
        and order.hint == "56,136 people"
        and order.feedback == "0.7 comes first"
    )
    pairs = [
        {"left": f"{{share}} {side}", "right": f"{{cell}} {side}", "feedback": "{share} of these"}
        for side in "abc"
    ]
    match = item_of(kind="match", pairs=pairs, **texts)
    assert (match.pairs[1].left, match.pairs[1].right, match.pairs[1].feedback) == (
        "0.7 b",
        "56,136 b",
        "0.7 of these",
    )
    text = item_of(
        kind="text",
        sample="{share} per cent of {cell} people, which is what the survey found.",
        rubric=[{"points": 1, "criterion": "Names {share} per cent"}],
        **texts,
    )
    assert (
        text.sample.startswith("0.7 per cent") and text.rubric[0].criterion == "Names 0.7 per cent"
    )


def test_quantities_and_parameters_stand_together_and_each_student_has_a_key():
    item = number(
        stem="In a survey {share} per cent said yes. How many of {people}?",
        formula="share / 100 * people",
        feedback="That is {= share * people / 100 :.0f} people.",
        parameters={"people": {"example": 1000, "values": list(range(2000, 50000, 1000))}},
    )
    assert (
        item.key == 7
        and item.feedback == "That is 7 people."
        and item.quantities == {"share": "risk-001"}
    )
    mine = variant(item, "ada", "autumn")
    people = int(mine.stem.rpartition("of ")[2].rstrip("?"))
    assert (
        people != 1000
        and mine.key == pytest.approx(0.7 / 100 * people)
        and mine.feedback == f"That is {mine.key:.0f} people."
    )


PEOPLE = {"example": 1000, "values": list(range(2000, 50000, 1000))}


def own_numbers(**fields):
    return number(
        id="q.two",
        stem="A survey had {share} per cent. How many of {people}?",
        formula="share / 100 * people",
        parameters={"people": PEOPLE},
        **fields,
    )


def test_page_and_notebook_get_the_filled_item():
    bank = bank_of([]).model_copy(update={"items": [number(), own_numbers()]})
    notebook = "\n".join(cell.source for cell in source_notebook(bank).cells)
    assert "In a survey 0.7 per cent said yes" in notebook and "answer_one = 140.0" in notebook
    assert "key = 0.7 / 100 * people" in notebook and "A survey had 0.7 per cent" in notebook
    assert "{share}" not in notebook and "share / 100" not in notebook
    assert "In a survey 0.7 per cent" in render_item(number())


@pytest.mark.parametrize(
    "name", [name for name, one in exporters().items() if "number" in one.kinds]
)
def test_every_export_gets_the_filled_item(name, tmp_path):
    exporter = exporters()[name]
    path = tmp_path / f"quiz{exporter.suffix}"
    assert (
        exporter.write(ExportedQuiz("97-quantities", "Quantities", [number(), own_numbers()]), path)
        == 2
    )
    data = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            data = b"".join(package.read(member) for member in package.namelist())
    assert b"{share}" not in data and b"{= " not in data
    assert b"0.7 per cent said yes" in data or name in ("anki", "pdf")


@pytest.mark.parametrize(
    "one, other, fits",
    [
        ("nM", "nmol/L", True),
        ("%", "% of alkaloids", True),
        ("deaths", "deaths a year", True),
        ("times", "odds ratio", True),
        ("%", "people", False),
        ("deaths", "deathly cases", False),
    ],
)
def test_units_fit_where_they_can_mean_the_same(one, other, fits, monkeypatch):
    assert same_unit(one, other) is fits
    monkeypatch.setenv("COURSE_LANGUAGE", "es")
    assert same_unit(one, other), "units of a translation are words, which nothing compares"


@pytest.mark.parametrize(
    "one, other, fits",
    [
        ("micromolar", "\u00b5mol/L", True),
        ("h", "hours", True),
        ("Deaths a year", "deaths", True),
        ("", "ratio", True),
        ("mortality ratio", "", True),
        ("", "mortality ratio", True),
        ("", "people", False),
        ("people", "", False),
        ("people", "odds ratio", False),
        ("odds ratio", "people", False),
        ("deaths a year", "deaths a month", False),
    ],
)
def test_units_are_compared_by_their_first_words_and_plain_numbers_are_alike(one, other, fits):
    assert same_unit(one, other) is fits


UNITS = {
    "low": "%",
    "high": "% of users",
    "calls": "calls",
    "more": "calls",
    "people": "people",
    "odds": "odds ratio",
    "cell": None,
}
WITH_UNITS = {name: Quantity(name, "1", "1", unit, "") for name, unit in UNITS.items()}


def unit(formula):
    return unit_of(ast.parse(formula, mode="eval").body, WITH_UNITS)


@pytest.mark.parametrize(
    "formula, found",
    [
        ("calls", "calls"),
        ("-calls", "calls"),
        ("calls + more", "calls"),
        ("calls - more", "calls"),
        ("calls / more", "ratio"),
        ("odds + odds", "odds ratio"),
        # Nothing follows from these: plain numbers may have any unit, and percentages that are
        # subtracted may give percentage points.
        ("calls * 2", None),
        ("2 * calls", None),
        ("calls + cell", None),
        ("cell + calls", None),
        ("log(calls)", None),
        ("unknown", None),
        ("calls / people", None),
        ("calls * more", None),
        ("odds / odds", None),
        ("low - low", None),
        ("low + high", None),
    ],
)
def test_the_unit_of_a_formula_is_what_its_quantities_tell(formula, found):
    assert unit(formula) == found


@pytest.mark.parametrize(
    "formula, words",
    [
        ("calls + people", "adds or subtracts calls and people; bring both to one unit first"),
        ("calls - odds", "adds or subtracts calls and odds ratio"),
    ],
)
def test_a_sum_of_two_units_is_refused(formula, words):
    with pytest.raises(ValueError, match=words):
        unit(formula)


@pytest.mark.parametrize(
    "formula, asked, words",
    [
        ("calls / more", "%", "gives a ratio where the item asks for %; multiply by 100"),
        ("calls / more", "people", "gives a ratio where the item asks for people; change the"),
        ("calls", "", "gives calls where the item asks for a plain number; change the formula"),
        ("calls", "%", "gives calls where the item asks for %; change the formula or the unit"),
    ],
)
def test_a_formula_in_another_unit_than_the_item_says_how_to_correct_it(formula, asked, words):
    with pytest.raises(ValueError, match=words):
        check_unit(formula, asked, WITH_UNITS)


@pytest.mark.parametrize(
    "formula, asked",
    [("calls", "calls"), ("calls * 2", "people"), ("calls", None), ("calls +", "people")],
)
def test_a_unit_that_fits_or_is_not_known_passes(formula, asked):
    check_unit(formula, asked, WITH_UNITS)


# Facts whose own numbers an item can point at.
KNOWN = {
    "ab-01": {"value": "-5", "low": "1200", "high": "", "unit": "calls"},
    "ab-02": {"value": "", "low": "3", "high": "4", "unit": ""},
    "ab-03": {"value": "", "low": "", "high": "9", "unit": "%"},
    "ab-04": {"value": "2026-01-02", "low": "", "high": "", "unit": "date"},
    "ab-05": {"value": "", "low": "", "high": "", "unit": "%"},
}


@pytest.fixture
def known(monkeypatch):
    some = load_facts()["risk-001"]
    facts = {
        name: replace(some, id=name, interval="range", **fields) for name, fields in KNOWN.items()
    }
    monkeypatch.setattr("kratomcourse.quiz.quantities.load_facts", lambda: facts)


@pytest.mark.parametrize(
    "reference, typed, text, unit",
    [
        ("ab-01", "-5", "\u22125", "calls"),
        ("ab-01:value", "-5", "\u22125", "calls"),
        (" ab-01:low ", "1200", "1,200", "calls"),
        ("ab-02:high", "4", "4", None),
    ],
)
def test_a_reference_gives_the_number_as_typed_and_as_printed(known, reference, typed, text, unit):
    made = read_quantity("share", reference)
    assert made == Quantity("share", typed, text, unit, reference.strip().partition(":")[0])
    assert made.number == float(typed)


def test_a_cell_has_no_fact_and_no_unit():
    made = read_quantity("users", "prevalence.csv#pv-001:sample_n")
    assert made == Quantity("users", "56136", "56,136", None, "")


def test_a_negative_number_keeps_its_sign_within_a_formula(known):
    literals = [read_quantity("x", reference).literal for reference in ("ab-01", "ab-01:low")]
    assert literals == ["(-5)", "1200"]


@pytest.mark.parametrize(
    "reference, words",
    [
        (7, "the quantity 'share' names no fact; write share: risk-001"),
        ("ab-011", "names the fact 'ab-011', which is not there; did you mean 'ab-01'"),
        ("quite another", "which is not there; add the row to evidence/facts.csv"),
        ("ab-01:mean", "'mean' is not a number of a fact; write share: ab-01, ab-01:low or"),
        ("ab-01:high", 'fact ab-01 has no high that is a number; write share: "ab-01:value"'),
        ("ab-02", 'fact ab-02 has no value that is a number; write share: "ab-02:low"'),
        ("ab-03", 'fact ab-03 has no value that is a number; write share: "ab-03:high"'),
        ("ab-04", "fact ab-04 has no value that is a number; name another fact, or complete"),
        ("ab-05", "fact ab-05 has no value that is a number; name another fact, or complete"),
        ("prevalence.csv#pv-001:country", "holds 'United States', which is not a number"),
    ],
)
def test_a_reference_to_no_number_is_refused_with_what_to_write(known, reference, words):
    with pytest.raises(ValueError) as caught:
        read_quantity("share", reference)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"quantities": ["share"]}, "quantities is not a list of names; write quantities:"),
        ({"quantities": {"exp": "risk-001"}}, "'exp' cannot name a quantity"),
        (
            {"quantities": {"share": "risk-001", "users": "risk-002"}},
            "the quantity 'users' is not used; use it, or take it out",
        ),
        ({"hint": "{shares}"}, "'shares' in a text or formula is no quantity of this item; did"),
        ({"hint": "{people}"}, "is no quantity of this item; use one of: share"),
        (
            {"parameters": {"share": {"example": 1, "values": list(range(2, 60))}}},
            "'share' is both a parameter and a quantity; rename one of the two",
        ),
        ({"value": 140}, "formula gives the key here; take value and fact out"),
        ({"fact": "risk-001"}, "formula gives the key here; take value and fact out"),
        ({"formula": "share / (share - share)"}, "check the facts it uses"),
    ],
)
def test_quantities_that_cannot_be_put_in_are_refused(fields, words):
    with pytest.raises(ValueError) as caught:
        number(**fields)
    assert words in str(caught.value)


def test_known_errors_may_be_plain_numbers_or_formulas_and_facts_are_named_once():
    item = number(
        facts=["risk-002", "risk-001"],
        errors=[
            {
                "value": 7,
                "feedback": "Not {share} of a hundred.",
                "misconception": "percent-is-share",
            },
            {
                "formula": "share * 2",
                "feedback": "This is another number.",
                "misconception": "percent-is-share",
            },
        ],
    )
    assert [error.value for error in item.errors] == [7, 1.4] and item.key == 140
    assert (
        item.facts == ["risk-002", "risk-001"]
        and item.errors[0].feedback == "Not 0.7 of a hundred."
    )


def test_a_known_error_follows_quantities_where_the_key_is_typed():
    item = number(
        formula="",
        value=3,
        errors=[
            {
                "formula": "share",
                "feedback": "This is another number.",
                "misconception": "percent-is-share",
            }
        ],
    )
    assert item.key == 3 and item.errors[0].value == 0.7


def test_own_numbers_and_quantities_stand_together_in_known_errors_too():
    data = {
        "quantities": {"loss": "ab-01", "share": "risk-001"},
        "parameters": {"people": PEOPLE},
        "formula": "share * people ** loss",
        "errors": [{"formula": "loss * people"}, {"value": 3}],
        "stem": "{people} {= loss + people :.1f} {= loss * 2} {= people}",
    }
    facts = {"risk-001": load_facts()["risk-001"]}
    facts["ab-01"] = replace(facts["risk-001"], id="ab-01", value="-5", low="", high="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kratomcourse.quiz.quantities.load_facts", lambda: facts)
        made = put_in_quantities(data)
    assert made["formula"] == "0.7 * people ** (-5)"
    assert made["errors"] == [{"formula": "(-5) * people"}, {"value": 3}]
    assert made["stem"] == "{people} {= (-5) + people :.1f} \u221210 {= people}"
    assert made["facts"] == ["ab-01", "risk-001"]


# Facts that point at a cell


def evidence_with(folder, changes):
    """A copy of facts.csv with other cells, beside the course's data sets."""
    shutil.copytree(ROOT / "evidence", folder, ignore=shutil.ignore_patterns("history"))
    path = folder / "facts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row |= changes.get(row["id"], {})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


MISSING = {
    "no such row": (
        "=prevalence.csv#pv-0011:percent",
        "value points at prevalence.csv#pv-0011:percent, but prevalence.csv has no row 'pv-0011'",
    ),
    "no such column": (
        "=prevalence.csv#pv-001:procent",
        "prevalence.csv has no column 'procent'. Fix: did you mean 'percent'?",
    ),
    "no such table": (
        "=prevalense.csv#pv-001:percent",
        "there is no data set prevalense.csv. Fix: did you mean 'prevalence.csv'?",
    ),
    "no address": (
        "=pv-001",
        "'pv-001' is not the address of a cell. Fix: write it like prevalence.csv#pv-001:percent",
    ),
    "no number": (
        "=prevalence.csv#pv-001:country",
        "value is 'United States', which is not a number",
    ),
    "itself": (
        "=facts.csv#risk-001:value",
        "the cells point at each other (facts.csv#risk-001:value -> facts.csv#risk-001:value)",
    ),
}


@pytest.mark.parametrize("pointer, message", MISSING.values(), ids=MISSING)
def test_a_fact_that_points_at_no_number_is_refused_with_line_and_fix(tmp_path, pointer, message):
    path = evidence_with(tmp_path / "evidence", {"risk-001": {"value": pointer}})
    with pytest.raises(CourseError) as caught:
        load_facts(path)
    assert (
        "facts.csv:" in str(caught.value)
        and "[risk-001]" in str(caught.value)
        and message in str(caught.value)
    )


def test_a_cycle_of_facts_names_the_chain(tmp_path):
    path = evidence_with(
        tmp_path / "evidence",
        {
            "risk-001": {"value": "=facts.csv#risk-002:value"},
            "risk-002": {"value": "=facts.csv#risk-001:value"},
        },
    )
    with pytest.raises(
        CourseError,
        match=r"facts.csv#risk-001:value -> facts.csv#risk-002:value -> facts.csv#risk-001:value",
    ):
        load_facts(path)


def test_downloads_hold_numbers_and_no_pointer():
    text = resolved_csv(Path(ROOT / "evidence" / "facts.csv")).decode()
    assert (
        ".csv#" not in text
        and "had used kratom in the past year." in text
        and ",0.7,0.6,0.8,95% CI,%," in text
    )
    other = ROOT / "evidence" / "prevalence.csv"
    assert resolved_csv(other) == other.read_bytes()


# Formulas


@pytest.mark.parametrize(
    "formula, number",
    [
        ("a + b * 2", 8),
        (" (a - b) / a ", -0.5),
        ("-a ** b", -8),
        ("exp(0) + log(1) + sqrt(b + 1)", 3),
        ("0.1 * 3", 0.3),
        ("1 / 3", 0.333333333333),
        (7, 7),
    ],
)
def test_a_formula_gives_its_number_to_twelve_digits(formula, number):
    assert worked_out(formula, {"a": 2, "b": 3}) == number


@pytest.mark.parametrize(
    "formula, words",
    [
        ("a +", "cannot be read; write arithmetic"),
        ("c", "holds 'c'; use parameters"),
        ("sin(a)", "holds something that is not arithmetic"),
        ("exp(a)(a)", "holds something that is not arithmetic"),
        ("a.real", "holds something that is not arithmetic"),
        ("a < b", "holds something that is not arithmetic"),
        ("'a' * 3", "holds something that is not arithmetic"),
        ("True + a", "holds something that is not arithmetic"),
        ("2j", "holds something that is not arithmetic"),
        ("a / (b - 3)", "gives no number with a = 2, b = 3; take that value out"),
        ("log(-a)", "gives no number with"),
        ("(-a) ** 0.5", "gives no number with"),
        ("1e999", "gives no number with"),
        ("10.0 ** 999", "gives no number with"),
        ("exp()", "gives no number with"),
    ],
)
def test_what_is_no_arithmetic_or_no_number_is_refused(formula, words):
    with pytest.raises(ValueError) as caught:
        worked_out(formula, {"a": 2, "b": 3})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "number, form, text",
    [
        (825000, None, "825000"),
        (1234567, None, "1,234,567"),
        (-1234567.0, None, "\u22121,234,567"),
        (0.5, None, "0.5"),
        (1.234567, None, "1.23457"),
        (0.0000123456789, None, "0.0000123457"),
        (2e-12, None, "0.000000000002"),
        (-2.5, ".2f", "\u22122.50"),
        (1234.5, " ,.0f ", "1,234"),
        (2000000, ".1e", "2.0e+06"),
        (5, " 5.0f", "5"),
    ],
)
def test_a_number_is_printed_as_a_person_would_write_it(number, form, text):
    assert printed(number, form) == text


def test_a_form_that_is_none_says_which_are():
    with pytest.raises(ValueError, match="':percent' is not a number format; write :.3g"):
        printed(1, "percent")


@pytest.mark.parametrize("name", ["users", "n_2", "_x"])
def test_a_word_in_small_letters_names_a_number(name):
    check_name(name, "quantity")


@pytest.mark.parametrize("name", ["Users", "2n", "", "a-b", "exp", "fact", "lambda", "mine"])
def test_a_name_that_a_formula_cannot_use_is_refused(name):
    with pytest.raises(ValueError, match="cannot name a parameter; use another word"):
        check_name(name, "parameter", {"mine"})


def test_names_are_found_in_places_and_formulas_and_nowhere_else():
    assert names_in_formula("a1 * exp(b) + 1e5 - c_d / 2.5") == {"a1", "b", "c_d"}
    text = "{share} of {= users * 2 :.0f}, {fact}`risk-001`, {Share}, {a b} and {= log(x) }"
    assert names_in_text(text) == {"share", "users", "x"}


def test_every_text_that_a_reader_meets_is_changed_and_nothing_else():
    data = {
        "id": "q",
        **dict.fromkeys(("stem", "feedback", "hint", "explanation", "sample"), "a"),
        "options": [{"text": "a", "feedback": "a", "misconception": "a"}, "a", {"text": 5}],
        "pairs": [{"left": "a", "right": "a", "feedback": "a", "other": "a"}],
        "errors": [{"feedback": "a", "formula": "a"}],
        "rubric": [{"criterion": "a", "points": 1}],
        "entries": ["a", 5],
        "topic": "a",
    }
    assert map_texts(data, str.upper) == {
        "id": "q",
        **dict.fromkeys(("stem", "feedback", "hint", "explanation", "sample"), "A"),
        "options": [{"text": "A", "feedback": "A", "misconception": "a"}, "a", {"text": 5}],
        "pairs": [{"left": "A", "right": "A", "feedback": "A", "other": "a"}],
        "errors": [{"feedback": "A", "formula": "a"}],
        "rubric": [{"criterion": "A", "points": 1}],
        "entries": ["A", 5],
        "topic": "a",
    }
    assert all_text(data) == "\n".join("a" * 13)
    assert map_texts({"stem": 5, "options": "a", "entries": "a"}, str.upper) == {
        "stem": 5,
        "options": "a",
        "entries": "a",
    }


def test_the_formulas_of_an_item_are_its_key_and_its_known_errors():
    errors = [{"formula": "b"}, {"value": 1}, "c", {"formula": 5}]
    assert formulas_of({"formula": "a", "errors": errors}) == ["a", "b", "5"]
    assert formulas_of({"errors": None}) == []
