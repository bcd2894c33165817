"""The code that draws a chapter's figures: `figures.py` beside its notebooks, one function each.

A part imports what it shows with `from figures import draw_something`. A plain notebook travels
alone, so it gets those functions as a folded cell, and a page shows them one click away.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path

if TYPE_CHECKING:
    from nbformat import NotebookNode

FILE = "figures.py"
MODULE = Path(FILE).stem


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a module."""

    node: ast.stmt
    lines: str
    defines: frozenset[str]
    uses: frozenset[str]

    @property
    def is_import(self) -> bool:
        """Whether the statement is an import."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    def only(self, names: set[str]) -> Statement:
        """Return an import without the names that nothing uses; any other statement as it is."""
        if not isinstance(self.node, ast.Import | ast.ImportFrom):
            return self
        node = copy.copy(self.node)
        node.names = [alias for alias in node.names if bound_name(alias) in names]
        return replace(self, lines=ast.unparse(node))


@dataclass(frozen=True)
class Imported:
    """A cell's code without its imports from `figures`, and the names that they name."""

    code: str
    names: list[str] = field(default_factory=list)


def imported_from_figures(code: str) -> Imported:
    """Take the lines `from figures import ...` out of a cell's code.

    returns : the code and the names; the code as it was if it imports nothing or can't be parsed
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:  # such as a cell with IPython's own commands
        return Imported(code)
    found = [
        node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == MODULE
    ]
    gone = {number for node in found for number in range(node.lineno, last_line(node) + 1)}
    lines = [line for number, line in enumerate(code.splitlines(), 1) if number not in gone]
    names = [alias.name for node in found for alias in node.names]
    return Imported("\n".join(lines).strip("\n") if found else code, names)


def drawing_code(path: Path, names: list[str]) -> str:
    """Return the part of a module that the functions `names` need, as source in its own order.

    path   : of the module, such as notebooks/04-risk/figures.py
    raises : CourseError if the module or one of the names doesn't exist
    """
    statements = list(read_statements(path)) if names else []
    known = {name for one in statements for name in one.defines}
    for name in names:
        if name not in known:
            raise CourseError(
                Diagnostic(
                    shown_path(path),
                    f"it defines no '{name}', which a notebook beside it imports.",
                    did_you_mean(name, known) or "define it there, or correct the import",
                )
            )
    wanted, kept = set(names), set[int]()
    grows = True
    while grows:
        now = {at for at, one in enumerate(statements) if one.defines & wanted}
        grows = now != kept
        kept = now
        wanted |= {name for at in kept for name in statements[at].uses}
    return joined([statements[at].only(wanted) for at in sorted(kept)])


def joined(statements: list[Statement]) -> str:
    """Join statements as a formatter would: imports together, two empty lines around the others."""
    imports = [one.lines for one in statements if one.is_import]
    others = [one.lines for one in statements if not one.is_import]
    return "\n\n\n".join(filter(None, ["\n".join(imports), *others]))


def read_statements(path: Path) -> Iterator[Statement]:
    """Yield the statements at the top of a module, with the comments right above them."""
    try:
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
    except FileNotFoundError:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                "it doesn't exist, but a notebook beside it imports from it.",
                "add the module with a function for each figure",
            )
        ) from None
    except SyntaxError as error:
        raise CourseError(
            Diagnostic(shown_path(path), f"{error.msg}.", "correct the line", error.lineno)
        ) from None
    lines = source.splitlines()
    for node in tree.body:
        start = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        while start > 1 and lines[start - 2].startswith("#"):
            start -= 1
        yield Statement(
            node,
            "\n".join(lines[start - 1 : last_line(node)]),
            frozenset(defined_by(node)),
            frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name)),
        )


def defined_by(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from map(bound_name, node.names)
    else:
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                yield one.id


def bound_name(alias: ast.alias) -> str:
    """Return the name that a part of an import defines: np of `import numpy as np`."""
    return (alias.asname or alias.name).partition(".")[0]


def last_line(node: ast.stmt) -> int:
    """Return the number of a statement's last line."""
    return node.end_lineno or node.lineno


def names_drawn(notebook: NotebookNode) -> list[str]:
    """Return the names that a notebook's code cells import from `figures`."""
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return [name for code in codes for name in imported_from_figures(code).names]


def mark_drawing_code(notebook: NotebookNode, path: Path) -> NotebookNode:
    """Note in a notebook's kernel metadata which drawing code it uses, and return the notebook.

    jupyter-cache compares code cells and this metadata, so a changed drawing is a changed notebook.

    path : of the notebook; its figures.py lies beside it
    """
    if names := names_drawn(notebook):
        code = drawing_code(path.with_name(FILE), names)
        kernel = notebook.metadata.setdefault("kernelspec", {"name": "python3"})
        kernel["drawing_code"] = hashlib.sha256(code.encode()).hexdigest()[:16]
    return notebook


def is_drawing(name: str) -> bool:
    """Whether a function of `figures` draws, by its name; others load what is drawn."""
    return name.startswith(("draw_", "explore_"))


def names_used(code: str) -> set[str]:
    """Return the names that a cell's code uses, without those that it only imports."""
    try:
        return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    except SyntaxError:  # such as a cell with IPython's own commands
        return set()
