"""The words of the course as a reader meets them: prose of pages and chapters without code, roles,
formulas and links.

The checks of wording, numbers and readability all read this, so that they agree on what prose is.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..evidence import load_facts
from ..quiz import load_banks

FENCE = re.compile(r"^\s*(`{3,}|:{3,})\s*(?:\{([\w-]+)\})?(.*)$")
# Directives whose body is prose; the body of any other one, and of a plain code fence, is not.
PROSE = (
    "note",
    "tip",
    "warning",
    "important",
    "admonition",
    "dropdown",
    "facilitator",
    "glossary",
    "grid",
    "grid-item-card",
)


@dataclass(frozen=True)
class Line:
    """One line of prose and where it stands."""

    file: str
    place: str  # "line 12", or "cell 'one', line 3"
    text: str


def lines_of_course(root: Path) -> Iterator[Line]:
    """Every line of prose in pages, chapters and questions, and the statements of facts, which
    pages print with their sources.
    """
    for path in sorted((root / "book").glob("*.md")):
        yield from lines_of_page(path, root)
    for path in sorted((root / "notebooks").glob("*/*.ipynb")):
        yield from lines_of_notebook(path, root)
    yield from lines_of_banks(root)
    for fact in load_facts().values():
        yield Line("evidence/facts.csv", fact.id, fact.statement)


def lines_of_page(path: Path, root: Path) -> Iterator[Line]:
    """Prose lines of a Markdown page."""
    file = path.relative_to(root).as_posix()
    for number, text in prose(path.read_text(encoding="utf-8")):
        yield Line(file, f"line {number}", text)


def markdown_cells(path: Path) -> list[str]:
    """Return the sources of a notebook's Markdown cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def lines_of_notebook(path: Path, root: Path) -> Iterator[Line]:
    """Prose lines of a notebook's Markdown cells."""
    file = path.relative_to(root).as_posix()
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            for number, text in prose("".join(cell["source"])):
                yield Line(file, f"cell '{cell['id']}', line {number}", text)


def lines_of_banks(root: Path) -> Iterator[Line]:
    """Prose lines of all questions."""
    for chapter, bank in load_banks().items():
        for item in bank.items:
            for text in texts_of(item):
                for _, line in prose(text):
                    yield Line(f"quizzes/bank/{chapter}.yml", item.id, line)


def texts_of(item: Any) -> Iterator[str]:
    """Every text of an item that a reader meets."""
    yield item.stem
    yield item.explanation
    for option in getattr(item, "options", []):
        yield option.text
        yield option.feedback
    for pair in getattr(item, "pairs", []):
        yield from (pair.left, pair.right, pair.feedback)
    yield from getattr(item, "entries", [])
    for error in getattr(item, "errors", []):
        yield error.feedback
    for row in getattr(item, "rubric", []):
        yield row.criterion
    for name in ("feedback", "hint", "sample"):
        yield getattr(item, name, "")


def prose(markdown: str) -> Iterator[tuple[int, str]]:
    """(line number, text) of the prose in a piece of Markdown; markup becomes its words."""
    stack: list[tuple[str, bool]] = []  # for each open fence: (fence, whether its body is prose)
    in_formula = False
    for number, line in enumerate(markdown.splitlines(), 1):
        if fence := FENCE.match(line):
            marks, name, rest = fence.groups()
            if (
                stack
                and not name
                and not rest.strip()
                and marks.startswith(stack[-1][0][0])
                and len(marks) >= len(stack[-1][0])
            ):
                stack.pop()
            else:
                is_prose = name in PROSE and all(inner for _, inner in stack)
                stack.append((marks, is_prose))
                if is_prose and name != "grid" and rest.strip():
                    yield number, words(rest)
            continue
        if stack and not stack[-1][1]:
            continue
        if line.count("$$") % 2:
            in_formula = not in_formula
            continue
        if in_formula or re.match(r"\s*:[\w-]+:", line):
            continue
        if text := words(line):
            yield number, text


def words(line: str) -> str:
    """A line of Markdown as its words: no roles, code, formulas, addresses or markup."""
    line = re.sub(r"\{term\}`([^`<]+)(?:<[^`]*>)?`", r"\1", line)
    line = re.sub(r"\{[\w:-]+\}`[^`]*`", " ", line)
    line = re.sub(r"`[^`]*`", " ", line)
    line = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", " ", line)
    line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)
    line = re.sub(r"<[^>]+>|https?://\S+", " ", line)
    line = re.sub(r"^\s*(#{1,6}\s|[-*+]\s|\d+\.\s|>\s?|:\s)", "", line)
    return re.sub(r"[*_|]{1,3}", " ", line).strip()
