"""The table of contents against the files: nothing named that is not there, no chapter
forgotten.
"""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from ..errors import Diagnostic, did_you_mean

ENDINGS = (".md", ".ipynb")


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
