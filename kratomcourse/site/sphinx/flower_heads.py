"""Flower heads drawn from the evidence, as `book/landing.yml` describes them: one for the front
page and one for each chapter, with the words that say its numbers.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import yaml
from sphinx.environment import BuildEnvironment

from ...charts.flower import Group, flower_head
from ...errors import CourseError, Diagnostic
from ...evidence import load_rows
from ...evidence.facts import written_date
from ...quiz.formulas import PLACE, printed, worked_out
from ...quiz.quantities import read_quantity

FILE = "book/landing.yml"
KINDS = ("here", "all", "some", "rest", "ring", "law1", "law2", "law3")
ROWS = re.compile(
    r"rows of (?P<table>\w+)(?: where (?P<column>\w+) (?P<how>is|begins) (?P<value>.+))?"
)


@dataclass(frozen=True)
class Head:
    """One flower head with its words, numbers filled in."""

    question: str
    words: str
    drawing: str  # SVG


def count_of(name: str, reference: str) -> float:
    """Return the number that a reference stands for: a count of rows, a fact, or a cell.

    raises : ValueError, with the fix after a semicolon
    """
    match = ROWS.fullmatch(reference.strip())
    if not match:
        return read_quantity(name, reference).number
    rows = load_rows(match["table"])
    if not match["column"]:
        return float(len(rows))
    if rows and not hasattr(rows[0], match["column"]):
        raise ValueError(f"{match['table']} has no column '{match['column']}'; look at its head")
    cells = [str(getattr(row, match["column"])) for row in rows]
    if match["how"] == "begins":
        return float(sum(cell.startswith(match["value"]) for cell in cells))
    return float(cells.count(match["value"]))


def newest_day(table: str) -> str:
    """Return the newest day for which a row of a table speaks, in words."""
    return written_date(max(row.as_of for row in load_rows(table)))


def head_of(entry: dict[str, Any]) -> Head:
    """Return the head that an entry of the file describes.

    raises : ValueError or KeyError, with the fix after a semicolon, for an entry that draws nothing
    """
    values = {name: count_of(name, ref) for name, ref in entry.get("numbers", {}).items()}

    days = {name: newest_day(table) for name, table in entry.get("dates", {}).items()}

    def filled(text: str) -> str:
        def place(match: re.Match[str]) -> str:
            if match["name"] in days:
                return days[match["name"]]
            number = worked_out(match["name"] or match["formula"], values)
            return printed(number, match["form"])

        return PLACE.sub(place, text)

    groups = []
    for group in entry["groups"]:
        if group.get("kind") not in KINDS:
            raise ValueError(f"kind '{group.get('kind')}' is unknown; use {', '.join(KINDS)}")
        groups.append(Group(round(worked_out(group["count"], values)), group["kind"]))
    drawing = flower_head(groups, escape(entry.get("label", "")))
    return Head(entry.get("question", ""), filled(entry["words"]), drawing)


def read_landing(root: Path) -> dict[str, Any]:
    """Return the file's entries; empty where the course has no such file."""
    path = root / FILE
    return read(path, path.stat().st_mtime_ns) if path.exists() else {}


@lru_cache(maxsize=8)
def read(path: Path, _written: int) -> dict[str, Any]:
    """Entries of the file of flower heads; kept as long as the file is unchanged."""
    entries: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return entries


def depend_on_heads(env: BuildEnvironment) -> None:
    """The page is read again when the file changes; a file that isn't there would always count as
    changed.
    """
    path = Path(env.srcdir) / FILE
    if path.exists():
        env.note_dependency(str(path))


def head_for(root: Path, name: str) -> Head | None:
    """Return the head of a chapter, or of `hero`; None where the file has none.

    raises : CourseError that names the entry
    """
    entry = read_landing(root).get(name)
    if entry is None:
        return None
    try:
        return head_of(entry)
    except (ValueError, KeyError, TypeError) as error:
        what, _sep, fix = str(error).partition("; ")
        raise CourseError(
            Diagnostic(FILE, f"{what}.", fix or "see its comment", item=name)
        ) from error
