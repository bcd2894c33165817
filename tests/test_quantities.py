"""One source: an item's key and texts follow the facts, and a fact the cell it points at."""

import csv
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from kratomcourse.errors import CourseError
from kratomcourse.evidence import load_facts, load_table
from kratomcourse.evidence.cells import resolved_csv
from kratomcourse.exports.registry import Quiz, exporters
from kratomcourse.grading.assignment_source.notebooks import source_notebook
from kratomcourse.quiz import load_banks, mark
from kratomcourse.quiz.bank import Bank
from kratomcourse.quiz.html import render_item
from kratomcourse.quiz.quantities import same_unit
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
    assert exporter.write(Quiz("97-quantities", "Quantities", [number(), own_numbers()]), path) == 2
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
