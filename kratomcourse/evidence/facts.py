"""A fact is one row of `facts.csv`: one checkable statement with value, interval, population,
source and date.

Here it is read, checked and put into words. What a page or a quiz does with it is no business of
this room."""

import csv
import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..i18n import _
from .cell_addresses import IN_BRACES, POINTER, resolve
from .course import load_course
from .place import evidence_dir
from .references import Reference, load_references

VERIFIED = ("seen", "secondary")
INTERVALS = ("", "95% CI", "90% CI", "range", "IQR", "SD", "bounds")

# How long a row of each kind may stand before someone looks again. Law and help lines move within
# months; a yearly count is due when the next issue is; a trial result is stable but may be
# corrected.
REVIEW_DAYS = {
    "law": 180,
    "help_line": 180,
    "yearly_count": 365,
    "trial": 3 * 365 + 1,
    "study": 3 * 365 + 1,
    "laboratory": 5 * 365 + 2,
    "reference": 10 * 365 + 3,
}


@dataclass(frozen=True)
class Fact:
    """One row of facts.csv. Numbers stay the text that was typed, so that `1.50` is not printed as
    `1.5`.
    """

    id: str
    topic: str  # one of the topics in course.json
    kind: str  # a key of REVIEW_DAYS
    statement: str  # one checkable sentence
    value: str  # a number, or empty; an ISO date (or its year and month) where the unit is `date`
    low: str  # a number, or empty
    high: str  # a number, or empty
    interval: str  # what low and high are: one of INTERVALS
    unit: str  # as printed behind the number
    population: str
    year: str
    source_key: str  # a key of references.bib
    locator: str  # where in the source
    verified: str  # seen or secondary
    via: str  # for secondary rows, the work in which the number was read
    as_of: str  # ISO date for which the row speaks
    review_by: str  # ISO date by which someone looks again
    note: str
    line: int  # line of the row in facts.csv
    cells: tuple[tuple[str, str], ...] = ()  # (field, address of the cell it points at)

    @property
    def number(self) -> float:
        """The value as a float; ValueError where the fact has none, or a date."""
        if not self.value or self.unit == "date":
            raise ValueError(f"fact {self.id} has no number as its value")
        return float(self.value)

    @property
    def bounds(self) -> tuple[float, float]:
        """(low, high) as floats; nan for an open end."""
        low, high = (float(end) if end else math.nan for end in (self.low, self.high))
        return low, high

    def is_stale(self, today: dt.date | None = None) -> bool:
        """Whether the day of review has passed."""
        return dt.date.fromisoformat(self.review_by) < (today or dt.date.today())

    def number_text(self) -> str:
        """The value with its unit (`81.9 nM`), or `low to high unit` where there is no single
        value.
        """
        if self.value:
            return with_unit(grouped(self.value, self.unit), self.unit)
        if self.low and self.high:
            return with_unit(
                _(
                    "{low} to {high}",
                    low=grouped(self.low, self.unit),
                    high=grouped(self.high, self.unit),
                ),
                self.unit,
            )
        return ""

    def interval_text(self) -> str:
        """`range 50.1 to 177`, `90% CI 1.23 to 1.57`; empty where there is no interval beside a
        value.
        """
        if not self.value or not (self.low or self.high):
            return ""
        low, high = grouped(self.low, self.unit), grouped(self.high, self.unit)
        if low and high:
            name = "" if self.interval == "bounds" else f"{_(self.interval)} "
            return name + _("{low} to {high}", low=low, high=high)
        return _("at least {low}", low=low) if low else _("at most {high}", high=high)

    def full_text(self) -> str:
        """Number, unit and interval as they stand in a sentence: `81.9 nM (range 50.1 to 177)`."""
        interval = self.interval_text()
        return f"{self.number_text()} ({interval})" if interval else self.number_text()


def grouped(number: str, unit: str = "") -> str:
    """Thousands set apart (`27,338`), digits otherwise as typed; a year stays as it is, a date is
    written out.
    """
    if unit == "date":
        return written_date(number)
    if unit == "year" or not re.fullmatch(r"-?\d{4,}(\.\d+)?", number):
        return number.replace("-", "\u2212")
    whole, _point, rest = number.partition(".")
    return f"{int(whole):,}".replace("-", "\u2212") + (f".{rest}" if rest else "")


MONTHS = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)
# Words of the table that are shown beside a number.
SHOWN = (_("range"), _("95% CI"), _("90% CI"), _("IQR"), _("SD"))


def written_date(iso: str) -> str:
    """`26 August 2026` for `2026-08-26`, `August 2026` for `2026-08`; ValueError for what is no
    date.
    """
    has_day = iso.count("-") == 2
    day = dt.date.fromisoformat(iso if has_day else f"{iso}-01")
    month = MONTHS[day.month - 1]
    return (
        _("{day} {month} {year}", day=day.day, month=month, year=day.year)
        if has_day
        else _("{month} {year}", month=month, year=day.year)
    )


def with_unit(number: str, unit: str) -> str:
    """A number and its unit kept together; none is printed for plain ratios and for a year of the
    calendar, which has four digits.
    """
    if unit == "year" and len(number) < 4:
        return f"{number}\u00a0{_('year')}"
    if unit in ("", "year", "ratio", "date"):
        return number
    return f"{number}%" if unit == "%" else f"{number}\u00a0{unit}"


class Facts(Mapping[str, Fact]):
    """All facts by id. Asking for one that is not there names the nearest id."""

    def __init__(self, facts: Iterable[Fact], file: str) -> None:
        self._facts = {fact.id: fact for fact in facts}
        self.file = file

    def __getitem__(self, fact_id: str) -> Fact:
        try:
            return self._facts[fact_id]
        except KeyError:
            hint = did_you_mean(fact_id, self._facts)
            raise KeyError(
                f"no fact '{fact_id}' in {self.file}" + (f"; {hint}" if hint else "")
            ) from None

    def __contains__(self, fact_id: object) -> bool:
        return fact_id in self._facts

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


COLUMNS = tuple(field.name for field in fields(Fact) if field.name not in ("line", "cells"))
NUMBERS = ("value", "low", "high")


@cache
def load_facts(path: Path | None = None) -> Facts:
    """All facts of the course, checked.

    path    : another facts.csv than the course's own
    returns : Facts, a mapping from id to Fact
    raises  : CourseError that lists every broken row with file, line, id and fix
    """
    path = path or evidence_dir() / "facts.csv"
    file = shown_path(path)
    tables = path.parent if (path.parent / "datapackage.json").exists() else evidence_dir()
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        head = next(reader, [])
        if tuple(head) != COLUMNS:
            missing, extra = set(COLUMNS) - set(head), set(head) - set(COLUMNS)
            raise CourseError(
                Diagnostic(
                    file,
                    f"wrong columns; missing: {', '.join(sorted(missing)) or 'none'}; "
                    f"unknown: {', '.join(sorted(extra)) or 'none'}.",
                    f"the head of the file is {','.join(COLUMNS)}",
                    line=1,
                )
            )
        problems, facts, start = [], [], 2
        for row in reader:
            line, start = start, reader.line_num + 1
            if len(row) != len(COLUMNS):
                problems.append(
                    Diagnostic(
                        file,
                        f"{len(row)} cells where {len(COLUMNS)} are needed.",
                        "quote a cell that holds a comma",
                        line,
                    )
                )
                continue
            try:
                facts.append(read_fact(row, line, tables))
            except ValueError as error:
                what, _, fix = str(error).partition("; ")
                problems.append(Diagnostic(file, f"{what}.", fix, line, row[0].strip()))
    own = path.parent / "references.bib"
    references = (
        load_references(own)
        if own != evidence_dir() / "references.bib" and own.exists()
        else load_references()
    )
    seen: dict[str, int] = {}
    for fact in facts:
        problems += [
            Diagnostic(file, what, fix, fact.line, fact.id)
            for what, fix in check_fact(fact, references)
        ]
        if fact.id in seen:
            problems.append(
                Diagnostic(
                    file,
                    f"the id stands on line {seen[fact.id]} too.",
                    "give one of the two rows another id",
                    fact.line,
                    fact.id,
                )
            )
        seen.setdefault(fact.id, fact.line)
    if problems:
        raise CourseError(problems)
    return Facts(facts, file)


def read_fact(row: list[str], line: int, tables: Path) -> Fact:
    """Return the fact of one row, with the numbers that it points at in place of the pointers.

    row    : cells of facts.csv; value, low and high may read `=table.csv#row-id:column`, and the
             unit may hold one in braces: `of {=facts.csv#risk-068:value} decedents`
    tables : folder of the data sets
    raises : ValueError, with the fix after a semicolon, for a missing cell or a cycle
    """
    cells = dict(zip(COLUMNS, (cell.strip() for cell in row), strict=True))
    pointers: list[tuple[str, str]] = []

    def number_at(name: str, address: str) -> str:
        try:
            number = resolve(address, tables, (f"facts.csv#{cells['id']}:{name}",))
        except ValueError as error:
            raise ValueError(f"{name} points at {address}, but {error}") from None
        pointers.append((name, address))
        return number

    for name in NUMBERS:
        if cells[name].startswith(POINTER):
            cells[name] = number_at(name, cells[name].removeprefix(POINTER).strip())
    cells["unit"] = IN_BRACES.sub(lambda match: grouped(number_at("unit", match[1])), cells["unit"])
    return Fact(**cells, line=line, cells=tuple(pointers))


Finding = tuple[str, str]  # what is wrong, and how to fix it


def check_fact(fact: Fact, references: Mapping[str, Reference]) -> Iterator[Finding]:
    """Yield (what is wrong, how to fix it) for everything that is wrong with one row."""
    if not re.fullmatch(r"[A-Za-z]{2,4}-?\d{2,3}[a-z]?", fact.id):
        yield "the id has not the form of letters and a number.", "write it like ph109"
    if not fact.statement:
        yield "the statement is empty.", "say in one sentence what the row asserts"
    yield from check_choices(fact)
    yield from check_dates_as_values(fact) if fact.unit == "date" else check_numbers(fact)
    yield from check_keys(fact, references)
    yield from check_review(fact)


def check_choices(fact: Fact) -> Iterator[Finding]:
    """Columns that hold one of a list of words."""
    for name, allowed in (
        ("topic", load_course().topics),
        ("kind", REVIEW_DAYS),
        ("verified", VERIFIED),
        ("interval", INTERVALS),
    ):
        word = getattr(fact, name)
        if word not in allowed:
            yield f"{name} is '{word}'.", f"use one of: {', '.join(filter(None, allowed))}"


def check_dates_as_values(fact: Fact) -> Iterator[Finding]:
    """The values of a row whose unit is a date."""
    for name in NUMBERS:
        text = getattr(fact, name)
        try:
            written_date(text) if text else None
        except ValueError:
            yield (
                f"{name} is '{text}', which is not a date.",
                "write it as 2026-11-23 or 2026-11",
            )


def check_numbers(fact: Fact) -> Iterator[Finding]:
    """Value and interval: numbers, in order, with a word for what the interval is."""
    numbers: dict[str, float | None] = {}
    for name in NUMBERS:
        text = getattr(fact, name)
        try:
            numbers[name] = float(text) if text else None
        except ValueError:
            yield (
                f"{name} is '{text}', which is not a number.",
                "put signs and words into unit, statement or note",
            )
    low, value, high = numbers.get("low"), numbers.get("value"), numbers.get("high")
    if (low is not None or high is not None) and not fact.interval:
        yield (
            "low or high is given but not what they are.",
            f"fill interval with one of: {', '.join(filter(None, INTERVALS))}",
        )
    if low is not None and high is not None and low > high:
        yield f"low {fact.low} is above high {fact.high}.", "exchange the two"
    elif value is not None and (
        (low is not None and value < low) or (high is not None and value > high)
    ):
        yield (
            f"the interval {fact.low} to {fact.high} does not hold the value {fact.value}.",
            "look both up in the source",
        )


def check_keys(fact: Fact, references: Mapping[str, Reference]) -> Iterator[Finding]:
    """The works that a row names are in references.bib."""
    for name in ("source_key", "via"):
        key = getattr(fact, name)
        if key and key not in references:
            yield (
                f"{name} '{key}' has no entry in references.bib.",
                did_you_mean(key, references) or "add the entry",
            )
    if not fact.source_key:
        yield "source_key is empty.", "name the work in references.bib in which this was read"


def check_review(fact: Fact) -> Iterator[Finding]:
    """Both dates are dates, and the review is due within what the kind of row may wait."""
    dates = {}
    for name in ("as_of", "review_by"):
        try:
            dates[name] = dt.date.fromisoformat(getattr(fact, name))
        except ValueError:
            yield f"{name} is '{getattr(fact, name)}'.", "write a date as 2026-11-23"
    if len(dates) < 2 or fact.kind not in REVIEW_DAYS:
        return
    latest = dates["as_of"] + dt.timedelta(days=REVIEW_DAYS[fact.kind])
    if dates["review_by"] < dates["as_of"]:
        yield "review_by is before as_of.", f"set it to at most {latest}"
    elif dates["review_by"] > latest:
        yield (
            f"review_by is later than a row of kind {fact.kind} may wait.",
            f"set it to {latest} or earlier",
        )
