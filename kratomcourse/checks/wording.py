"""Words that wound or mislead, found by the patterns of `language.csv`; each comes with the words
to use instead.
"""

import re
from functools import cache
from pathlib import Path

from ..errors import Diagnostic
from ..evidence import has_table, load_rows
from .text import lines_of_course

# A word in quotation marks is examined, not used.
QUOTED = re.compile(r"[\u201c\"\u2018][^\u201c\u201d\"\u2018\u2019]{1,120}[\u201d\"\u2019]")


def check_wording(root: Path) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """(errors, warnings) as Problems."""
    rows = load_rows("language") if has_table("language") else []
    errors: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    for line in lines_of_course(root):
        for row in rows:
            if found := wounding(line.text, row.pattern, row.exceptions):
                problem = Diagnostic(
                    line.file, f"{line.place}: \u201c{found}\u201d ({row.id}).", f"use: {row.use}"
                )
                (errors if row.severity == "error" else warnings).append(problem)
    return errors, warnings


def wounding(text: str, pattern: str, exceptions: str = "") -> str:
    """The words of `text` that `pattern` finds outside of quotation marks and exceptions, or an
    empty string.

    pattern, exceptions : regular expressions, case ignored; an empty exception excepts nothing
    """
    text = QUOTED.sub(" ", text)
    if exceptions:
        text = compiled(exceptions).sub(" ", text)
    found = compiled(pattern).search(text)
    return found[0] if found else ""


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """The compiled regular expression, case ignored; kept for the next call."""
    return re.compile(expression, re.IGNORECASE)
