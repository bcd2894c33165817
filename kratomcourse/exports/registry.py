"""The export formats: one module each in `formats/`, found by name.

To add a format, add a module to `formats/` that defines `EXPORTER`. The command line, the table in
the instructors' guide and the tests take their lists from `exporters()`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

from ..errors import CourseError, Diagnostic, did_you_mean
from ..quiz.bank import AnyItem
from . import formats

ALL_KINDS = frozenset({"choice", "choices", "number", "order", "match", "code", "text"})


@dataclass(frozen=True)
class ExportedQuiz:
    """What one export file contains."""

    name: str  # identifier, such as `04-risk`; also the name of the file
    title: str
    items: Sequence[AnyItem]
    glossary: Mapping[str, str] = field(default_factory=dict)  # {term: meaning}


class Exporter(Protocol):
    """One export format."""

    name: str  # as typed on the command line
    title: str  # the system or standard it is for
    suffix: str  # of the file, with its dot
    uses: tuple[str, ...]  # which items it may carry: check, graded
    kinds: frozenset[str]  # item kinds it can express
    lossy: Mapping[str, str]  # {feature: what becomes of it}

    def write(self, quiz: ExportedQuiz, path: Path) -> int:
        """Write the quiz to a file; return the number of questions or cards in it."""


@cache
def exporters() -> dict[str, Exporter]:
    """Return every format by name, in alphabetical order."""
    modules = (module.name for module in iter_modules(formats.__path__))
    found = [import_module(f"{formats.__name__}.{name}").EXPORTER for name in sorted(modules)]
    return {exporter.name: exporter for exporter in found}


def exporter_named(name: str) -> Exporter:
    """Return a format by its name; CourseError with the nearest name for an unknown one."""
    known = exporters()
    if name not in known:
        hint = did_you_mean(name, known) or f"use one of: {', '.join(known)}"
        raise CourseError(Diagnostic("export", f"'{name}' isn't an export format.", hint))
    return known[name]


def guide_table() -> str:
    """Return the Markdown table of formats that the instructors' guide shows."""
    rows = ["| format | for | items | what changes |", "| --- | --- | --- | --- |"]
    for exporter in exporters().values():
        uses = " and ".join(exporter.uses)
        missing = sorted(ALL_KINDS - exporter.kinds)
        left_out = [f"{', '.join(missing)}: left out and reported"] if missing else []
        changes = [f"{feature}: {change}" for feature, change in exporter.lossy.items()]
        what = "; ".join(left_out + changes) or "nothing"
        rows.append(f"| `{exporter.name}` | {exporter.title} | {uses} | {what} |")
    return "\n".join(rows)
