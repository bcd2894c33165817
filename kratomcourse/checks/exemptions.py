"""Chapters that a check does not judge yet: the reviewed list `quizzes/bank/not_cleared.csv`.

A chapter that was written before a check existed stands here until someone has gone through it.
It is measured and reported all the same; the check only fails for the others. An empty list is the
aim, and then every chapter is judged.
"""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import Diagnostic, did_you_mean

FILE = "quizzes/bank/not_cleared.csv"
COLUMNS = ["chapter", "check", "reason"]
CHECKS = ("options", "numbers", "figures", "absence")


@dataclass(frozen=True)
class Exemption:
    """One chapter that one check does not judge yet."""

    chapter: str
    check: str  # one of CHECKS
    reason: str
    line: int


def exemptions(root: Path) -> list[Exemption]:
    """Return the rows of the list; none where there is no such file."""
    path = root / FILE
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Exemption(row["chapter"], row["check"], row["reason"], number)
        for number, row in enumerate(rows, 2)
    ]


def not_cleared(root: Path, check: str) -> set[str]:
    """Return the chapters that a check does not judge yet."""
    return {row.chapter for row in exemptions(root) if row.check == check}


def cleared_by_now(root: Path, found: Mapping[str, Collection[str]]) -> list[Diagnostic]:
    """Return a diagnostic for each row of a chapter in which a check finds nothing any more.

    found : chapters in which each check found something, by the name of the check
    """
    return [
        Diagnostic(
            FILE,
            f"the check '{row.check}' finds nothing in {row.chapter} any more.",
            "remove the row",
            row.line,
        )
        for row in exemptions(root)
        if row.check in found and row.chapter not in found[row.check]
    ]


def check_exemptions(root: Path, chapters: Collection[str]) -> list[Diagnostic]:
    """Return a diagnostic for each row that names no chapter, no check, or no reason."""
    found = []
    for row in exemptions(root):
        if row.chapter not in chapters:
            hint = did_you_mean(row.chapter, chapters) or "remove the row"
            message = f"there is no chapter '{row.chapter}'."
        elif row.check not in CHECKS:
            hint = did_you_mean(row.check, CHECKS) or f"use one of: {', '.join(CHECKS)}"
            message = f"there is no check '{row.check}'."
        elif not row.reason.strip():
            message, hint = "the row gives no reason.", "say why the chapter is not judged yet"
        else:
            continue
        found.append(Diagnostic(FILE, message, hint, row.line))
    return found
