"""Quantities: names that an item gives to numbers of the evidence, which key and texts then follow.

    quantities: {share: risk-001, low: "risk-001:low", users: "prevalence.csv#pv-001:percent"}
    formula: share / 100 * 20000
    hint: "{share} per cent is {= share * 10 :.0f} of 1,000."

They are put in before `parameters`: what remains is an item with plain numbers, or a family whose
formulas hold plain numbers, so no outlet knows that there were quantities.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..errors import did_you_mean
from ..evidence import Fact, evidence_dir, load_facts
from ..evidence.cell_addresses import resolve
from ..evidence.facts import grouped
from ..i18n import SOURCE, language
from .formulas import (
    NAME_IN_FORMULA,
    PLACE,
    ItemData,
    all_text,
    check_name,
    formulas_of,
    map_texts,
    names_in_formula,
    names_in_text,
    printed,
    worked_out,
)

PLAIN = (
    "",
    "year",
    "ratio",
    "times",
    "fold",
    "odds ratio",
    "rate ratio",
    "risk ratio",
    "hazard ratio",
)
SAME_UNIT = {"nM": "nmol/L", "micromolar": "\u00b5mol/L", "h": "hours"}


@dataclass(frozen=True)
class Quantity:
    """One number of the evidence under the name that an item gives it."""

    name: str
    typed: str  # digits as the row has them
    text: str  # as a page prints them, without the unit
    unit: str | None  # None where nothing says it
    fact: str  # id of the fact, empty for a cell of a data set

    @property
    def number(self) -> float:
        """The value as typed, a number."""
        return float(self.typed)

    @property
    def literal(self) -> str:
        """The number as it stands in a formula."""
        return f"({self.typed})" if self.typed.startswith("-") else self.typed


def put_in_quantities(data: ItemData) -> ItemData:
    """Return the data of an item with its quantities put into texts, key and known errors.

    data   : an item as it stands in a bank, with `quantities`
    raises : ValueError, with the fix after a semicolon, for a quantity that is unknown or not used,
             a formula that gives no number, and units that do not fit
    """
    quantities = read_quantities(data["quantities"])
    parameters = data.get("parameters") if isinstance(data.get("parameters"), dict) else {}
    check_names(data, quantities, set(map(str, parameters or {})))
    values = {name: quantity.number for name, quantity in quantities.items()}

    def bound(formula: str) -> str:
        def literal(match: re.Match[str]) -> str:
            return quantities[match[0]].literal if match[0] in quantities else match[0]

        return NAME_IN_FORMULA.sub(literal, formula)

    def put(text: str) -> str:
        def place(match: re.Match[str]) -> str:
            if match["name"]:
                known = quantities.get(match["name"])
                return known.text if known else match[0]
            if names_in_formula(match["formula"]) <= set(values):
                return printed(compute(match["formula"], values), match["form"])
            form = f" :{match['form']}" if match["form"] else ""
            return f"{{= {bound(match['formula'])}{form}}}"

        return PLACE.sub(place, text)

    made = map_texts(data, put)
    facts = [quantity.fact for quantity in quantities.values() if quantity.fact]
    cited = data.get("facts") if isinstance(data.get("facts"), list) else []
    made["facts"] = list(dict.fromkeys([*(cited or []), *facts]))
    if not formulas_of(data):
        return made
    if data.get("formula"):
        check_unit(str(data["formula"]), data.get("unit"), quantities)
    if parameters:
        return with_formulas(made, bound)
    return with_values(made, values)


def with_formulas(data: ItemData, bound: Callable[[str], str]) -> ItemData:
    """Return an item's data with plain numbers in place of the quantities of its formulas."""
    errors = [
        {**error, "formula": bound(str(error["formula"]))}
        if isinstance(error, dict) and error.get("formula")
        else error
        for error in data.get("errors") or []
    ]
    formula = {"formula": bound(str(data["formula"]))} if data.get("formula") else {}
    return {**data, **formula, **({"errors": errors} if errors else {})}


def with_values(data: ItemData, values: Mapping[str, float]) -> ItemData:
    """Return an item's data with the numbers that its formulas give."""
    made = dict(data)
    if data.get("formula"):
        if data.get("value") is not None or data.get("fact") is not None:
            raise ValueError("formula gives the key here; take value and fact out")
        made["value"] = compute(str(data["formula"]), values)
    if isinstance(data.get("errors"), list):
        made["errors"] = [
            {**error, "value": compute(str(error["formula"]), values)}
            if isinstance(error, dict) and error.get("formula")
            else error
            for error in data["errors"]
        ]
    return made


def compute(formula: str, values: Mapping[str, float]) -> float:
    """Return what a formula over quantities gives; ValueError that asks to look at the facts."""
    used = {name: values[name] for name in names_in_formula(formula) if name in values}
    try:
        return worked_out(formula, used)
    except ValueError as error:
        message = str(error).replace("take that value out", "check the facts it uses")
        raise ValueError(message) from None


def read_quantities(given: object) -> dict[str, Quantity]:
    """Return the quantities of an item by name; ValueError for one that names no number."""
    if not isinstance(given, dict):
        raise ValueError("quantities is not a list of names; write quantities: {share: risk-001}")
    return {str(name): read_quantity(str(name), reference) for name, reference in given.items()}


def read_quantity(name: str, reference: object) -> Quantity:
    """Return the quantity that a reference stands for.

    reference : `fact-id`, `fact-id:low`, `fact-id:high`, or `table.csv#row-id:column`
    raises    : ValueError, with the fix after a semicolon
    """
    check_name(name, "quantity")
    if not isinstance(reference, str):
        raise ValueError(f"the quantity '{name}' names no fact; write {name}: risk-001")
    if ".csv#" in reference:
        typed = resolve(reference.strip().removeprefix("="), evidence_dir())
        return quantity(name, typed, None, "", reference)
    fact_id, _, part = reference.strip().partition(":")
    facts = load_facts()
    if fact_id not in facts:
        near = did_you_mean(fact_id, facts) or "add the row to evidence/facts.csv"
        raise ValueError(
            f"the quantity '{name}' names the fact '{fact_id}', which is not there; {near}"
        )
    if part not in ("", "value", "low", "high"):
        raise ValueError(
            f"'{part}' is not a number of a fact;"
            f" write {name}: {fact_id}, {fact_id}:low or {fact_id}:high"
        )
    fact = facts[fact_id]
    typed = getattr(fact, part or "value")
    if not typed or fact.unit == "date":
        raise ValueError(
            f"fact {fact_id} has no {part or 'value'} that is a number; {other(fact, name)}"
        )
    return quantity(name, typed, fact.unit or None, fact_id, reference)


def other(fact: Fact, name: str) -> str:
    """Return what to write instead of a fact's value that is not there."""
    for part in ("value", "low", "high"):
        if getattr(fact, part) and fact.unit != "date":
            return f'write {name}: "{fact.id}:{part}"'
    return "name another fact, or complete the row"


def quantity(name: str, typed: str, unit: str | None, fact: str, reference: str) -> Quantity:
    """Return a quantity; ValueError where what it points at is not a number."""
    try:
        float(typed)
    except ValueError:
        raise ValueError(
            f"{reference} holds '{typed}', which is not a number; name another cell"
        ) from None
    return Quantity(name, typed, grouped(typed, unit or ""), unit, fact)


def check_names(data: ItemData, quantities: Mapping[str, Quantity], parameters: set[str]) -> None:
    """ValueError for names that mean two things, mean nothing, or are not used."""
    if both := sorted(parameters & set(quantities)):
        raise ValueError(f"'{both[0]}' is both a parameter and a quantity; rename one of the two")
    used = names_in_text(all_text(data))
    for formula in formulas_of(data):
        used |= names_in_formula(formula)
    known = {*quantities, *parameters}
    for name in sorted(used - known):
        near = did_you_mean(name, known) or f"use one of: {', '.join(sorted(known))}"
        raise ValueError(f"'{name}' in a text or formula is no quantity of this item; {near}")
    if unused := [name for name in quantities if name not in used]:
        raise ValueError(f"the quantity '{unused[0]}' is not used; use it, or take it out")


def check_unit(formula: str, unit: object, quantities: Mapping[str, Quantity]) -> None:
    """ValueError where the units of the quantities tell that the key is not in the item's unit."""
    if not isinstance(unit, str):
        return
    try:
        found = unit_of(ast.parse(formula.strip(), mode="eval").body, quantities)
    except SyntaxError:
        return
    if found is not None and not same_unit(found, unit):
        percent = found == "ratio" and unit.startswith("%")
        fix = "multiply by 100" if percent else "change the formula or the unit"
        got = "a ratio" if found == "ratio" else found or "a number"
        raise ValueError(
            f"the formula '{formula}' gives {got}"
            f" where the item asks for {unit or 'a plain number'}; {fix}"
        )


def unit_of(node: ast.expr, quantities: Mapping[str, Quantity]) -> str | None:
    """Return the unit of a formula where it follows from its quantities alone, else None.

    raises : ValueError, with the fix after a semicolon, for a sum of two different units
    """
    if isinstance(node, ast.Name):
        return quantities[node.id].unit if node.id in quantities else None
    if isinstance(node, ast.UnaryOp):
        return unit_of(node.operand, quantities)
    if not isinstance(node, ast.BinOp):
        return None
    left, right = unit_of(node.left, quantities), unit_of(node.right, quantities)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Add | ast.Sub):
        if not same_unit(left, right):
            raise ValueError(
                f"the formula adds or subtracts {left or 'a plain number'} and"
                f" {right or 'a plain number'}; bring both to one unit first"
            )
        # The difference of two percentages may be a percentage or a number of percentage points.
        return None if left.startswith("%") else left
    if isinstance(node.op, ast.Div) and left not in PLAIN and same_unit(left, right):
        return "ratio"
    return None


def same_unit(one: str, other: str) -> bool:
    """Whether two units may stand for the same; `% of alkaloids` is a case of `%`.

    In a translation all fit: units are words there, and the course it was made from has passed.
    """
    if language() != SOURCE:
        return True
    one, other = SAME_UNIT.get(one, one), SAME_UNIT.get(other, other)
    if one in PLAIN or one.endswith("ratio"):
        return other in PLAIN or other.endswith("ratio")
    first, second = one.casefold().split(), other.casefold().split()
    if not first or not second:
        return False
    shorter, longer = sorted((first, second), key=len)
    return longer[: len(shorter)] == shorter
