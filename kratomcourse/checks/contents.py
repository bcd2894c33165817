"""The table of contents against the files: nothing named that is not there, no chapter
forgotten; and links to a heading against the labels of headings.
"""

import csv
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml
from docutils.nodes import make_id

from ..errors import Diagnostic, did_you_mean
from .text import markdown_cells

ENDINGS = (".md", ".ipynb")
LABEL = re.compile(r"^\(([^()\s]+)\)=[ \t]*$", re.MULTILINE)
HEADING_LINK = re.compile(r"\]\(([^()#:\s]*)#([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def check_contents(root: Path) -> list[Diagnostic]:
    """Problems of `_toc.yml`."""
    text = (root / "_toc.yml").read_text(encoding="utf-8")
    there = {
        path.relative_to(root).with_suffix("").as_posix()
        for folder in ("book", "notebooks")
        for path in (root / folder).rglob("*")
        if path.suffix in ENDINGS and ".ipynb_checkpoints" not in path.parts
    }
    problems: list[Diagnostic] = []
    named = set()
    for name, line in entries(yaml.compose(text)):
        named.add(name)
        if name not in there:
            problems.append(
                Diagnostic(
                    "_toc.yml",
                    f"'{name}' does not exist.",
                    did_you_mean(name, there) or "create it or take the line out",
                    line,
                )
            )
    problems += [
        Diagnostic(
            "_toc.yml", f"'{name}' is in no part of the book.", "add a line '- file: " + name + "'"
        )
        for name in sorted(there - named)
    ]
    return problems + moved_nowhere(root, there)


def moved_nowhere(root: Path, there: Collection[str]) -> list[Diagnostic]:
    """Problems of `book/moved.csv`: old addresses that lead to a page that is not there."""
    path = root / "book" / "moved.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Diagnostic(
                "book/moved.csv",
                f"'{row['now']}' does not exist.",
                did_you_mean(row["now"], there) or "name the page that has it now",
                number,
            )
            for number, row in enumerate(csv.DictReader(file), 2)
            if row["now"] not in there
        ]


def check_heading_links(root: Path) -> list[Diagnostic]:
    """Links to a heading that has no label, on pages and in Markdown cells of notebooks.

    A label, `(name)=` above a heading, holds for the whole book, and a link names it alone.
    """
    texts = {
        path.relative_to(root).as_posix(): markdown_of(path)
        for pattern in ("book/*.md", "notebooks/*/*.ipynb")
        for path in sorted(root.glob(pattern))
    }
    labels = {label for text in texts.values() for label in LABEL.findall(text)}
    problems = []
    for file, text in texts.items():
        own = {make_id(heading) for heading in HEADING.findall(text)}
        for link in HEADING_LINK.finditer(text):
            page, name = link.groups()
            if not page and name in labels | own:
                continue
            line = text.count("\n", 0, link.start()) + 1 if file.endswith(".md") else None
            if page and name in labels:
                fix = f"write (#{name}) without the page"
            else:
                fix = did_you_mean(name, labels) or f"put ({name})= above the heading"
            problems.append(
                Diagnostic(file, f"the link '{page}#{name}' leads to no label.", fix, line)
            )
    return problems


def markdown_of(path: Path) -> str:
    """The Markdown of a page, or of all Markdown cells of a notebook."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return "\n\n".join(markdown_cells(path))


def entries(node: Any) -> Iterator[tuple[str, int]]:
    """(file, line) of every `file:` and `root:` below a YAML node."""
    if hasattr(node, "value") and isinstance(node.value, list):
        for child in node.value:
            if isinstance(child, tuple):
                key, value = child
                if key.value in ("file", "root"):
                    yield value.value, value.start_mark.line + 1
                else:
                    yield from entries(value)
            else:
                yield from entries(child)
