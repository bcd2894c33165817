"""Typed numbers that a fact should print: one source means that a corrected fact changes them all.

A number counts as typed when it stands in a question or in the code of a figure as digits, and is
the value of a fact that the place cites, or follows from it by simple arithmetic (per cent and
share, per 1,000, the rest of a hundred, rounding). `evidence/typed_numbers.csv` lists, with a
reason, the few that only look so.
"""

import ast
import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..chapters.drawing_code import FILE as FIGURES
from ..chapters.drawing_code import drawing_code, imported_from_figures
from ..errors import Diagnostic
from ..evidence import Fact, load_facts, load_table
from ..quiz.bank import banks_dir, read_yaml
from .exemptions import FILE, cleared_by_now, not_cleared
from .numbers import NAMES

FACTS = "evidence/facts.csv"
EXCEPTIONS = "evidence/typed_numbers.csv"
NUMBER = re.compile(r"(?<![\w.,\-])\d(?:[\d,]*\d)?(?:\.\d+)?(?![\w])")
YEAR = re.compile(r"(19|20)\d\d")
ROLE = re.compile(r"\{[\w:-]+\}`[^`]*`|\{=?[^{}]*\}|`[^`]*`")
FACT_ROLE = re.compile(r"\{fact\}`([^`:]+)(?::([a-z]+))?`")
FACT_NAME = re.compile(r"[A-Za-z]{2,4}-?\d{2,3}[a-z]?")
PARTS = ("value", "low", "high")
POWERS = (10, 100, 1000, 10_000)
# Fields of an item that no reader meets, or whose numbers are data of the question.
SKIPPED = {
    "id",
    "facts",
    "quantities",
    "misconception",
    "objective",
    "cases",
    "starter",
    "solution",
    "function",
    "parameters",
    "tolerance",
    "points",
    "formula",
    "level",
    "use",
    "kind",
    "fact",
}
KINDS = {"numbers": "questions", "figures": "figures"}  # what each check of `exemptions` judges
TYPED_KEY = "the key of a question that asks with"


@dataclass(frozen=True)
class Typed:
    """A typed number in one place, and the fact that it follows from."""

    file: str
    place: str  # id of an item, or of a notebook's cell
    where: str  # field of the item, or what stands around the number
    number: str  # as typed
    fact: str  # id of the fact, or of a data set's cell
    how: str  # how the number follows from the fact

    @property
    def check(self) -> str:
        """The name under which `exemptions` knows this kind of place."""
        kinds = {".yml": "numbers", ".ipynb": "figures"}
        return kinds.get(Path(self.file).suffix, "")

    @property
    def chapter(self) -> str:
        """The chapter to which the place belongs."""
        return Path(self.file).stem if self.file.endswith(".yml") else Path(self.file).parent.name


def digits(number: str) -> int:
    """Return how many significant digits a typed number has: 2 for 0.70 and for 7,200."""
    plain = number.replace(",", "")
    if "." in plain:
        return len(plain.replace(".", "").lstrip("0"))
    return len(plain.strip("0"))


def derivation(typed: str, known: str) -> str:
    """Return how a typed number follows from one of a fact; empty where it does not.

    A number with one digit fits too much by chance; only a decimal such as 0.7 counts then. One
    with three or more may be rounded.
    """
    try:
        number, source = Decimal(typed.replace(",", "")), Decimal(known)
    except InvalidOperation:
        return ""
    count = digits(typed)
    for how, value in derived(source):
        exact = number == value and (count >= 2 or (not how and "." in typed))
        rounded = count >= 3 and value != 0 and Decimal(f"{value:.{count - 1}e}") == number
        if exact or rounded:
            return (how or "the same number") + ("" if exact else ", rounded")
    return ""


def derived(source: Decimal) -> Iterator[tuple[str, Decimal]]:
    """Yield what simple arithmetic makes of a number, with a word for how."""
    yield "", source
    for power in POWERS:
        yield f"times {power:,}", source * power
        yield f"divided by {power:,}", source / power
    if 0 < source < 1:
        yield "one minus it", 1 - source
    if 0 < source < 100:
        yield "a hundred minus it", 100 - source


def numbers_of(fact: Fact) -> list[str]:
    """Return the numbers of a fact as typed; none for a date."""
    return [] if fact.unit == "date" else [n for p in PARTS if (n := getattr(fact, p))]


def numbers_in(text: str) -> Iterator[re.Match[str]]:
    """Yield the typed numbers of a text: no roles, names such as 7-OH, code, or years."""
    plain = NAMES.sub(lambda m: " " * len(m[0]), ROLE.sub(lambda m: " " * len(m[0]), text))
    yield from (match for match in NUMBER.finditer(plain) if not YEAR.fullmatch(match[0]))


# Questions


def raw_items(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (file, item as it stands in its bank) for every item."""
    for path in sorted(folder.glob("*.yml")):
        data = read_yaml(path.read_text(encoding="utf-8"))[1]
        for item in data["items"]:
            yield f"quizzes/bank/{path.name}", item


def cited_facts(item: Mapping[str, Any]) -> set[str]:
    """Return the ids of the facts that an item lists, prints, or computes with."""
    listed = {*(item.get("facts") or []), *filter(None, [item.get("fact")])}
    printed = {match[1] for match in FACT_ROLE.finditer(json.dumps(item, default=str))}
    quantities = {
        reference.partition(":")[0]
        for reference in (item.get("quantities") or {}).values()
        if ".csv#" not in reference
    }
    return listed | printed | quantities


def texts_and_numbers(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, text) for what readers meet in an item; a number becomes its digits."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in SKIPPED:
                yield from texts_and_numbers(inner, f"{field} {name}".strip())
    elif isinstance(value, list):
        for place, inner in enumerate(value, 1):
            yield from texts_and_numbers(inner, f"{field} {place}")
    elif isinstance(value, str):
        yield field, value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield field, str(value)


def typed_in_item(file: str, item: dict[str, Any], facts: Mapping[str, Fact]) -> list[Typed]:
    """Return the typed numbers of one item that follow from facts it cites."""
    cited = [facts[name] for name in sorted(cited_facts(item)) if name in facts]
    found = []
    for field, text in texts_and_numbers(item):
        for match in numbers_in(text):
            for fact in cited:
                how = next(filter(None, (derivation(match[0], n) for n in numbers_of(fact))), "")
                if how:
                    found.append(Typed(file, item["id"], field, match[0], fact.id, how))
                    break
    if item.get("kind") == "number" and item.get("value") is not None:
        found += typed_key(file, item, facts)
    return found


def typed_key(file: str, item: dict[str, Any], facts: Mapping[str, Fact]) -> list[Typed]:
    """Return the typed key of a number item that asks with a number of the evidence."""
    return [
        Typed(file, item["id"], "value", str(item["value"]), match[1], TYPED_KEY)
        for match in FACT_ROLE.finditer(str(item.get("stem", "")))
        if match[2] != "cite" and match[1] in facts
    ][:1]


def typed_in_items(folder: Path, facts: Mapping[str, Fact]) -> list[Typed]:
    """Return the typed numbers of every item that follow from facts it cites."""
    return [one for file, item in raw_items(folder) for one in typed_in_item(file, item, facts)]


# Figures


def typed_in_notebook(path: Path, root: Path, facts: Mapping[str, Fact]) -> list[Typed]:
    """Return the typed numbers in the code of a part that are numbers of facts or data it uses.

    Texts count from two digits on, numbers in the code from three on: below, they are sizes and
    places on a page.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] + drawing_cell(path)
    source = "\n".join("".join(cell["source"]) for cell in cells)
    known = {
        number: name
        for name in sorted({*FACT_NAME.findall(source)} & set(facts))
        for number in numbers_of(facts[name])
    }
    tables = table_numbers(source)
    file = path.relative_to(root).as_posix()
    found = []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        for typed, around, fewest in constants("".join(cell["source"])):
            if digits(typed) < fewest:
                continue
            exact = next((n for n in known if same(typed, n)), None)
            data = next((n for n in tables if same(typed, n)), None) if fewest < 3 else None
            origin = known[exact] if exact else tables[data] if data and digits(typed) > 2 else ""
            if origin:
                found.append(Typed(file, cell["id"], around, typed, origin, "the same number"))
    return found


def drawing_cell(path: Path) -> list[dict[str, Any]]:
    """Return what a part imports from the module of its chapter's figures, as one more cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    names = [name for source in sources for name in imported_from_figures(source).names]
    code = drawing_code(path.with_name(FIGURES), names) if names else ""
    return [{"cell_type": "code", "id": FIGURES, "source": [code]}] if code else []


def same(one: str, other: str) -> bool:
    """Whether two typed numbers are equal."""
    try:
        return Decimal(one.replace(",", "")) == Decimal(other.replace(",", ""))
    except InvalidOperation:
        return False


def table_numbers(source: str) -> dict[str, str]:
    """Return the numbers with three digits or more of the data sets that a part loads."""
    found: dict[str, str] = {}
    for name in sorted(set(re.findall(r"load_table\([\"'](\w+)[\"']\)", source))):
        try:
            table = load_table(name)
        except KeyError:
            continue
        for column in table.select_dtypes("number"):
            for value in table[column].dropna().unique():
                text = f"{float(value):.10g}"
                if "e" not in text and digits(text) > 2 and not YEAR.fullmatch(text):
                    found.setdefault(text, f"{name}.csv, column {column}")
    return found


def constants(code: str) -> Iterator[tuple[str, str, int]]:
    """Yield (number, what stands around it, fewest digits) for typed numbers in code."""
    try:
        tree = ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", code))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str) and not FACT_NAME.fullmatch(node.value):
            for match in numbers_in(node.value):
                around = node.value[max(match.start() - 20, 0) : match.end() + 20]
                yield match[0], " ".join(around.split()), 2
        elif type(node.value) in (int, float) and not YEAR.fullmatch(str(node.value)):
            yield str(node.value), f"line {node.lineno}", 3


# Facts


def typed_in_units(facts: Mapping[str, Fact]) -> list[Typed]:
    """Return the numbers in units, as in `of 551 decedents`, which another fact holds."""
    found = []
    for fact in facts.values():
        if any(field == "unit" for field, _ in fact.cells):
            continue
        others = [one for one in facts.values() if one.source_key == fact.source_key != ""]
        for match in numbers_in(fact.unit):
            for other in others:
                if other.id != fact.id and digits(match[0]) > 1 and same(match[0], other.value):
                    how = "the same number"
                    found.append(Typed(FACTS, fact.id, "unit", match[0], other.id, how))
                    break
    return found


# The check


@dataclass(frozen=True)
class Allowed:
    """A typed number that follows from a fact by chance only, or stands for itself."""

    place: str
    number: str
    fact: str
    reason: str
    line: int

    def covers(self, typed: Typed) -> bool:
        """Whether this row is about a typed number."""
        return (self.place, self.fact) == (typed.place, typed.fact) and (
            self.number == typed.number
        )


def exceptions(root: Path) -> list[Allowed]:
    """Return the reviewed list of numbers that may stay typed."""
    path = root / EXCEPTIONS
    rows = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    return [
        Allowed(row["place"], row["number"], row["fact"], row["reason"], line)
        for line, row in enumerate(rows, 2)
    ]


def all_typed(root: Path) -> list[Typed]:
    """Return every typed number that follows from a fact which its place cites."""
    facts = load_facts()
    found = typed_in_items(banks_dir(), facts) + typed_in_units(facts)
    for path in sorted((root / "notebooks").glob("*/*.ipynb")):
        found += typed_in_notebook(path, root, facts)
    return found


def check_typed_numbers(root: Path) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Return (errors, warnings); a chapter in the list of `exemptions` is only warned of."""
    allowed = exceptions(root)
    waiting = {check: not_cleared(root, check) for check in ("numbers", "figures")}
    errors: list[Diagnostic] = []
    counts: dict[tuple[str, str], int] = {}
    used: set[int] = set()
    for typed in all_typed(root):
        rows = [row.line for row in allowed if row.covers(typed)]
        used |= set(rows)
        if rows:
            continue
        if typed.chapter in waiting.get(typed.check, ()):
            key = (typed.chapter, typed.check)
            counts[key] = counts.get(key, 0) + 1
        else:
            errors.append(diagnostic(typed))
    for row in allowed:
        if not row.reason.strip():
            errors.append(Diagnostic(EXCEPTIONS, "the row gives no reason.", "write one", row.line))
        elif row.line not in used:
            errors.append(
                Diagnostic(
                    EXCEPTIONS,
                    f"no typed {row.number} in {row.place} follows from {row.fact}.",
                    "remove the row",
                    row.line,
                )
            )
    warnings = [
        Diagnostic(
            FILE,
            f"{count} typed numbers in the {KINDS[check]} of {chapter} follow from facts;"
            " they are not judged yet.",
            "course check --typed lists them; let them follow the facts, then remove the row",
        )
        for (chapter, check), count in sorted(counts.items())
    ]
    found = {kind: {chapter for chapter, check in counts if check == kind} for kind in KINDS}
    warnings += cleared_by_now(root, found)
    return errors, warnings


def diagnostic(typed: Typed) -> Diagnostic:
    """Return what is wrong with a typed number, and how to make it follow its fact."""
    if typed.file == FACTS:
        fix = f"write {{=facts.csv#{typed.fact}:value}} in its place"
        message = f"the unit holds {typed.number}, which is the value of {typed.fact}."
        return Diagnostic(FACTS, message, fix, item=typed.place)
    in_item = typed.file.endswith(".yml")
    where = typed.where if in_item else f"cell '{typed.place}', {typed.where}"
    fix = (
        f"write quantities: {{name: {typed.fact}}} and a formula or {{name}}"
        if in_item
        else f'take it from facts["{typed.fact}"] or from the table'
    )
    return Diagnostic(
        typed.file,
        f"{where}: {typed.number} is typed, but follows from {typed.fact} ({typed.how}).",
        f"{fix}, or list it in {EXCEPTIONS} with a reason",
        item=typed.place if in_item else "",
    )
