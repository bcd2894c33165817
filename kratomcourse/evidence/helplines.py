"""Help lines as every outlet needs them: which stand in the box of each chapter, and how exactly
each is known.
"""

import datetime as dt
from itertools import groupby
from typing import Any

from ..i18n import _
from .facts import written_date
from .tables import load_rows


def known_text(line: Any) -> str:
    """`22 September 2025`, `September 2025` or `2025`: the date of a line, no more exact than it is
    known.

    line : a row of help_lines with `as_of` (ISO date) and `as_of_precision` (day, month or year)
    """
    match line.as_of_precision:
        case "year":
            return str(line.as_of[:4])
        case "month":
            return written_date(line.as_of[:7])
    return written_date(line.as_of)


def is_due(line: Any, today: dt.date | None = None) -> bool:
    """Whether the day has passed on which someone should have looked at the line again."""
    return dt.date.fromisoformat(line.review_by) < (today or dt.date.today())


def emergency_numbers() -> list[tuple[str, list[str]]]:
    """Emergency numbers in the order of the table, each with its countries: [("911", ["United
    States", "Canada"]), ...].
    """
    numbers: dict[str, list[str]] = {}
    for line in load_rows("help_lines"):
        if line.kind == "emergency":
            numbers.setdefault(line.tel, []).append(line.country)
    return list(numbers.items())


def box_lines() -> list[Any]:
    """Rows for the box of each chapter, without emergency numbers, which it shows first."""
    return [
        line
        for line in load_rows("help_lines")
        if line.chapter_box == "yes" and line.kind != "emergency"
    ]


def box_groups() -> list[tuple[str, list[Any]]]:
    """Rows for the box with the words before them, place by place: [("In the United States:",
    [...]), ...]. Lines of an edition's own place come first.
    """
    return [
        (_("In the United States:") if place == "United States" else f"{_(place)}:", list(lines))
        for place, lines in groupby(box_lines(), lambda line: line.country)
    ]
