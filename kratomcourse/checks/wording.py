"""Words that wound or mislead, found by the patterns of `language.csv`; each comes with the words to use instead."""

import re

from ..evidence import load_table
from ..problems import Problem
from .text import lines_of_course

# A word in quotation marks is examined, not used.
QUOTED = re.compile(r"[\u201c\"\u2018][^\u201c\u201d\"\u2018\u2019]{1,120}[\u201d\"\u2019]")


def check_wording(root):
    """(errors, warnings) as Problems."""
    patterns = [(re.compile(row.pattern, re.IGNORECASE), row) for row in load_table("language").itertuples()]
    errors, warnings = [], []
    for line in lines_of_course(root):
        text = QUOTED.sub(" ", line.text)
        for pattern, row in patterns:
            if found := pattern.search(text):
                problem = Problem(line.file, f"{line.place}: \u201c{found[0]}\u201d ({row.id}).", f"use: {row.use}")
                (errors if row.severity == "error" else warnings).append(problem)
    return errors, warnings
