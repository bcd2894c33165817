"""Numbers in prose that come from no fact. A number of the evidence is printed by a role, so a
typed one is suspect.

Allowed are names that hold a number (7-OH, CYP3A4), and what `evidence/number_exceptions.csv` lists
with a reason."""

import csv
import re
from pathlib import Path

from ..errors import Diagnostic
from .text import lines_of_notebook, lines_of_page

NUMBER = re.compile(r"(?<![\w.\-])\d[\d,]*(?:\.\d+)?(?![\w])%?")
NAMES = re.compile(
    r"\b7-(?:OH|hydroxy\w*)|\b5-HT\w*|\bCYP\s?\d\w*|\b\d[A-Z]\d+\b|\balpha-\d\w*|\u03b1-?\d\w*|\b3-dehydro\w*|\bMGM-\d+|"
    r"\bSchedule \d|\bCC BY 4\.0|\bWCAG [\d.]+|\bbeta-arrestin-\d|\bPython "
    r"\d[\d.]*|\bJupyter Book \d|\bDEA-\d+|\b988\b|\b911\b|"
    r"\b(?:QTI|LTI) [\d.]+|\bCommon Cartridge \d[\d.]*",
    re.IGNORECASE,
)


def exceptions(root: Path) -> list[dict[str, str]]:
    """(file, text, reason) rows; a row allows the numbers in `text` where that text stands in that
    file.
    """
    path = root / "evidence" / "number_exceptions.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def is_of(named: str, file: str) -> bool:
    """Whether a row's file is this one: by name, by the folder that it lies in, or `*` for all."""
    return named in ("*", file) or file.startswith(f"{named}/")


def check_numbers(root: Path) -> list[Diagnostic]:
    """Problems: typed numbers without a fact or an exception, and exceptions that no text uses any
    more.
    """
    allowed = exceptions(root)
    used, problems = set(), []
    pages = [lines_of_page(path, root) for path in sorted((root / "book").glob("*.md"))]
    chapters = [
        lines_of_notebook(path, root) for path in sorted((root / "notebooks").glob("*/*.ipynb"))
    ]
    for line in (line for lines in (*pages, *chapters) for line in lines):
        text = NAMES.sub(" ", line.text)
        for number, row in enumerate(allowed):
            if is_of(row["file"], line.file) and row["text"] in text:
                used.add(number)
                text = text.replace(row["text"], " ")
        problems += [
            Diagnostic(
                line.file,
                f"{line.place}: the number {found} comes from no fact.",
                "print it with {fact}`id`, or list it in evidence/number_exceptions.csv with "
                "a reason",
            )
            for found in NUMBER.findall(text)
        ]
    problems += [
        Diagnostic(
            "evidence/number_exceptions.csv",
            f"no text holds \u201c{row['text']}\u201d any more.",
            "remove the row",
            number + 2,
        )
        for number, row in enumerate(allowed)
        if number not in used
    ]
    return problems
