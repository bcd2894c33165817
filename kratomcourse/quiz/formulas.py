"""Arithmetic in questions: `{name}` and `{= formula :.3g}` in a text, and formulas that give a key.

Knows names and numbers only; where they come from is the business of `quantities` and `variants`.
"""

import ast
import keyword
import math
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
}
NODES = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Call,
    ast.Name,
    ast.Constant,
    ast.Load,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.Pow,
    ast.USub,
)
NAME = r"[a-z_][a-z0-9_]*"
PLACE = re.compile(
    r"\{=\s*(?P<formula>[^{}:]+?)\s*(?::(?P<form>[^{}]+))?\}|\{(?P<name>" + NAME + r")\}(?!`)"
)
NAME_IN_FORMULA = re.compile(r"(?<![\w.])" + NAME + r"\b")
MARKING_NAMES = (
    "answer",
    "key",
    "mine",
    "share",
)  # a parameter would hide them in the marking code

ItemData = dict[str, Any]


def check_name(name: str, what: str, reserved: Collection[str] = ()) -> None:
    """Raise ValueError, with the fix after a semicolon, for a name that a formula cannot use."""
    taken = name in FUNCTIONS or name in reserved or name == "fact" or keyword.iskeyword(name)
    if not re.fullmatch(NAME, name) or taken:
        raise ValueError(
            f"'{name}' cannot name a {what}; use another word in small letters, such as users"
        )


def names_in_formula(formula: str) -> set[str]:
    """Return the names that a formula uses, functions left out."""
    return set(NAME_IN_FORMULA.findall(formula)) - set(FUNCTIONS)


def names_in_text(text: str) -> set[str]:
    """Return the names that the places of a text use."""
    found: set[str] = set()
    for match in PLACE.finditer(text):
        found |= {match["name"]} if match["name"] else names_in_formula(match["formula"])
    return found


def worked_out(formula: str, values: Mapping[str, float]) -> float:
    """Return the number that an arithmetic formula gives.

    values : numbers by name
    raises : ValueError, with the fix after a semicolon, for anything that is not arithmetic, and
             for a result that is no finite number
    """
    try:
        tree = ast.parse(str(formula).strip(), mode="eval")
    except SyntaxError:
        raise ValueError(
            f"the formula '{formula}' cannot be read; write arithmetic, such as a / (a + b)"
        ) from None
    for node in ast.walk(tree):
        if strange := unknown_part(node, values):
            raise ValueError(
                f"the formula '{formula}' holds {strange};"
                " use parameters, quantities, numbers, + - * / ** and exp, log, sqrt"
            )
    try:
        code = compile(tree, "formula", "eval")
        number = float(eval(code, {"__builtins__": {}, **FUNCTIONS, **values}))
    except (ArithmeticError, ValueError, TypeError):
        number = math.nan
    if not math.isfinite(number):
        given = ", ".join(f"{name} = {value:g}" for name, value in values.items())
        raise ValueError(
            f"the formula '{formula}' gives no number with {given}; take that value out"
        )
    return float(f"{number:.12g}")  # 140, not 139.99999999999997


def unknown_part(node: ast.AST, values: Mapping[str, float]) -> str:
    """Return how to call a part of a formula that is not arithmetic; empty for one that is."""
    if isinstance(node, ast.Name) and node.id not in values and node.id not in FUNCTIONS:
        return f"'{node.id}'"
    if isinstance(node, ast.Call):
        known = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
        return "" if known else "something that is not arithmetic"
    constant = isinstance(node, ast.Constant) and type(node.value) not in (int, float)
    return "something that is not arithmetic" if constant or not isinstance(node, NODES) else ""


def printed(number: float, form: str | None = None) -> str:
    """Return a number as a text prints it, with a true minus sign.

    form   : format specification such as `.3g` or `,.0f`; by default six significant digits
    raises : ValueError, with the fix after a semicolon, for a form that is none
    """
    try:
        text = format(number, form.strip() if form else "g")
    except ValueError:
        raise ValueError(f"':{form}' is not a number format; write :.3g, :.1f or :,.0f") from None
    if not form and "e" in text:
        text = f"{number:,.0f}" if abs(number) >= 1 else f"{Decimal(text):f}"
    return re.sub(r"^-", "\u2212", text.strip())


def map_texts(data: ItemData, change: Callable[[str], str]) -> ItemData:
    """Return the data of an item with `change` applied to every text that a reader meets."""

    def fields(record: Any, names: tuple[str, ...]) -> Any:
        if not isinstance(record, dict):
            return record
        changed = {
            name: change(record[name]) for name in names if isinstance(record.get(name), str)
        }
        return {**record, **changed}

    made: ItemData = fields(data, ("stem", "feedback", "hint", "explanation", "sample"))
    for name, inner in (
        ("options", ("text", "feedback")),
        ("pairs", ("left", "right", "feedback")),
        ("errors", ("feedback",)),
        ("rubric", ("criterion",)),
    ):
        if isinstance(made.get(name), list):
            made[name] = [fields(record, inner) for record in made[name]]
    if isinstance(made.get("entries"), list):
        made["entries"] = [
            change(text) if isinstance(text, str) else text for text in made["entries"]
        ]
    return made


def all_text(data: ItemData) -> str:
    """Return every text of an item that a reader meets, joined."""
    texts: list[str] = []

    def note(text: str) -> str:
        texts.append(text)
        return text

    map_texts(data, note)
    return "\n".join(texts)


def formulas_of(data: ItemData) -> list[str]:
    """Return the formulas of the key and of the known errors of an item's data."""
    errors = [error for error in data.get("errors") or [] if isinstance(error, dict)]
    found = [data.get("formula"), *(error.get("formula") for error in errors)]
    return [str(formula) for formula in found if formula]
