"""The proof: every fact is changed in turn, and every place that cites it follows.

A place is a question (key, errors, and every text) or a page. Where something does not follow, the
check on typed numbers has to name it, or the reviewed list of exceptions has to allow it.
"""

import datetime as dt
import json
import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from conftest import ROOT
from matplotlib import pyplot as plt
from matplotlib.text import Text
from pydantic import TypeAdapter

from kratomcourse.chapters.drawing_code import FILE, drawing_code, imported_from_figures
from kratomcourse.charts.style import LIGHT
from kratomcourse.checks.typed_numbers import (
    FACT_ROLE,
    PARTS,
    all_typed,
    cited_facts,
    derivation,
    exceptions,
    numbers_in,
    numbers_of,
    raw_items,
    texts_and_numbers,
)
from kratomcourse.evidence import fact_text, load_facts, load_table
from kratomcourse.evidence.facts import grouped
from kratomcourse.quiz import bank, item_text, quantities
from kratomcourse.quiz.bank import AnyItem, banks_dir
from kratomcourse.quiz.item_text import with_facts

FACTS = dict(load_facts())
ITEMS = [(file, item) for file, item in raw_items(banks_dir())]
ONE_ITEM = TypeAdapter(AnyItem)
NUMBER_PARTS = ("full", "value", "number", "interval", "low", "high")


def changed_number(text):
    """Another number: larger, with other digits, and in the order in which the old ones were."""
    return f"{Decimal(text) * Decimal('1.37') + Decimal('0.0613'):.5g}" if text else text


def changed_date(text):
    if not text:
        return text
    day = dt.date.fromisoformat(text if len(text) > 7 else f"{text}-01") + dt.timedelta(days=45)
    return day.isoformat()[: len(text)]


def perturbed(fact):
    """The same fact with another value, low and high; None for a fact without a number."""
    if not any(getattr(fact, part) for part in PARTS):
        return None
    change = changed_date if fact.unit == "date" else plain
    return replace(fact, **{part: change(getattr(fact, part)) for part in PARTS})


def plain(text):
    """A changed number without an exponent."""
    return format(Decimal(changed_number(text)), "f") if text else text


CHANGED = {name: other for name, fact in FACTS.items() if (other := perturbed(fact))}


@pytest.fixture
def with_fact(monkeypatch):
    """Makes the questions read a mapping of facts in which one is another."""

    def install(name, fact):
        table = FACTS | (followers(name, fact) if fact else {})
        for module in (bank, item_text, quantities):
            monkeypatch.setattr(module, "load_facts", lambda: table)

    return install


def followers(name, fact):
    """The changed fact, and the facts that point at it or at the cell that it points at."""
    changed = {name: fact}
    for part in PARTS:
        if not getattr(fact, part):
            continue
        addresses = {f"facts.csv#{name}:{part}", *(a for field, a in fact.cells if field == part)}
        for other in FACTS.values():
            for field, address in other.cells:
                if other.id != name and address in addresses:
                    before = changed.get(other.id, other)
                    old, new = getattr(FACTS[name], part), getattr(fact, part)
                    text = before.unit.replace(grouped(old), grouped(new))
                    changed[other.id] = replace(before, **{field: text if field == "unit" else new})
    return changed


def rendered(item):
    """(key, {field: text}) of an item as its outlets show it, facts put in."""
    made = ONE_ITEM.validate_python(item)
    fields = dict(texts_and_numbers(json.loads(made.model_dump_json())))
    fields = {field: re.sub(r"^(-?\d+)\.0$", r"\1", text) for field, text in fields.items()}
    key = made.key if made.kind == "number" else None
    return key, {field: with_facts(text) for field, text in fields.items()}


def numbers_printed(item):
    """Ids of the facts whose number an item prints or computes with, and does not only cite."""
    text = json.dumps(item, default=str)
    roles = {match[1] for match in FACT_ROLE.finditer(text) if match[2] != "cite"}
    bound = {reference.partition(":")[0] for reference in (item.get("quantities") or {}).values()}
    return roles | bound | {item.get("fact")} - {None}


def formula_facts(item):
    """Ids of the facts on which the formula of an item's key rests, with the part it takes."""
    names = set(re.findall(r"[a-z_]\w*", str(item.get("formula") or "")))
    return {
        reference.partition(":")[0]
        for name, reference in (item.get("quantities") or {}).items()
        if name in names
    }


def test_every_question_follows_every_fact_that_it_cites(with_fact):
    named = {(one.place, one.number) for one in all_typed(ROOT)}
    allowed = {(row.place, row.number) for row in exceptions(ROOT)}
    items = defaultdict(list)
    for file, item in ITEMS:
        for fact in cited_facts(item) & set(CHANGED):
            items[fact].append((file, item))
    with_fact("", None)
    before = {item["id"]: rendered(item) for _, item in ITEMS}
    stuck, tried = [], 0
    for name, places in items.items():
        with_fact(name, CHANGED[name])
        for _, item in places:
            tried += 1
            (old_key, old), (new_key, new) = before[item["id"]], rendered(item)
            if name in numbers_printed(item) and (old_key, old) == (new_key, new):
                stuck.append((item["id"], name, "nothing changes"))
            if name in formula_facts(item) and old_key == new_key:
                stuck.append((item["id"], name, "the key stays"))
            if item.get("fact") == name and old_key == new_key:
                stuck.append((item["id"], name, "the key stays"))
            known = named | allowed | other_numbers(item, name)
            stuck += left_over(item["id"], name, old, new, known)
    assert tried > 400 and not stuck, "\n".join(map(str, stuck))


def other_numbers(item, name):
    """(item, number) for the numbers that an item prints from other facts than the changed one."""
    others = (numbers_printed(item) - {name}) & set(FACTS)
    return {(item["id"], number) for other in others for number in numbers_of(FACTS[other])}


def left_over(place, name, old, new, known):
    """Numbers of the old fact that still stand in a text of the question."""
    return [
        (place, name, f"{field} still holds {match[0]}")
        for field, text in new.items()
        for match in numbers_in(text)
        if any(derivation(match[0], number) for number in numbers_of(FACTS[name]))
        and (place, match[0]) not in known
        and not any(derivation(match[0], number) for number in numbers_of(CHANGED[name]))
    ]


def test_every_page_follows_every_fact_whose_number_it_prints():
    pages = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "book").glob("*.md"))]
    for path in sorted((ROOT / "notebooks").glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        pages.append("\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown"))
    roles = {(match[1], match[2] or "full") for text in pages for match in FACT_ROLE.finditer(text)}
    tried = [(name, part) for name, part in roles if name in CHANGED and part in NUMBER_PARTS]
    stuck = [
        (name, part)
        for name, part in tried
        if fact_text(FACTS[name], part) == fact_text(CHANGED[name], part)
    ]
    assert len(tried) > 300 and not stuck, stuck


def test_every_fact_with_a_number_is_perturbed():
    numbers = [fact for fact in FACTS.values() if fact.value or fact.low or fact.high]
    assert len(CHANGED) == len(numbers) > 500
    for name, other in CHANGED.items():
        parts = [part for part in PARTS if getattr(other, part)]
        assert all(getattr(other, part) != getattr(FACTS[name], part) for part in parts), name


def test_the_proof_fails_for_a_question_that_does_not_follow(with_fact):
    """A typed copy of the number that it cites, as the bank once had it."""
    _, item = next(
        (file, item) for file, item in ITEMS if item["id"] == "risk.people.users-in-town"
    )
    item = {k: v for k, v in item.items() if k not in ("quantities", "formula", "errors")}
    item |= {
        "stem": "In a survey {fact}`risk-001:number` % had used kratom. How many of 20,000?",
        "value": 140,
        "feedback": "That is 0.7 of each hundred.",
        "hint": "Take hundredths.",
        "errors": [{"value": 14000, "feedback": "A share of one.", "misconception": "mixed-up"}],
    }
    with_fact("", None)
    before = rendered(item)
    with_fact("risk-001", CHANGED["risk-001"])
    after = rendered(item)
    assert before[0] == after[0] == 140 and before[1]["stem"] != after[1]["stem"]
    found = left_over(item["id"], "risk-001", before[1], after[1], set())
    assert [what for _, _, what in found] == ["feedback still holds 0.7"]


# Figures: drawn again with other numbers in the rows


def labels_of_figures(path, monkeypatch, tables, facts):
    """{figure: everything it says} after running the code of one part with other data.

    tables : function from the name of a data set to its table
    """
    import kratomcourse.charts as charts
    import kratomcourse.evidence as evidence

    said = {}

    def show(draw, *, name, title, alt, data, rows=1, columns=1, **_):
        figure, axes = plt.subplots(rows, columns)
        draw(axes, LIGHT)
        texts = [text.get_text() for text in figure.findobj(Text)]
        plt.close(figure)
        said[name] = "\n".join([title, alt, data.to_csv(), *texts])

    monkeypatch.setattr(charts, "show", show)
    monkeypatch.setattr(evidence, "load_table", tables)
    monkeypatch.setattr(evidence, "load_facts", lambda: facts)
    space = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code" and "-explorer" not in cell["id"]:
            exec(with_drawing_code("".join(cell["source"]), path.with_name(FILE)), space)
    return said


def with_drawing_code(code, figures):
    """The code of a cell behind the functions that it imports from the module of its chapter."""
    imported = imported_from_figures(code)
    return "\n".join([drawing_code(figures, imported.names), imported.code])


def test_the_figure_of_the_survey_follows_the_cell_that_its_fact_points_at(monkeypatch):
    [part] = (ROOT / "notebooks" / "04-risk").glob("1-*.ipynb")

    def corrected(name):
        table = load_table(name)
        if name == "prevalence":
            row = table["id"] == "pv-001"
            table.loc[row, ["percent", "ci95_low_percent", "ci95_high_percent"]] = [
                0.93,
                0.81,
                1.07,
            ]
        return table

    before = labels_of_figures(part, monkeypatch, load_table, FACTS)["prevalence"]
    after = labels_of_figures(part, monkeypatch, corrected, FACTS)["prevalence"]
    assert "0.7%" in before and "0.7 percent (0.6 to 0.8)" in before
    assert "0.93%" in after and "0.93 percent (0.81 to 1.07)" in after
    assert "0.7%" not in after and "0.7 percent" not in after
