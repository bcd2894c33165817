"""Which works the numbers of a part's figures come from, read from the code that draws them.

The rows that a figure draws are named in that code: facts by their ids, rows of a data set by
theirs, or a whole data set. So the source below a figure follows from the figure, and nobody types
it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nbformat

from ..evidence import has_table, load_facts, load_rows
from .drawing_code import (
    FILE,
    Statement,
    defined_by,
    imported_from_figures,
    read_statements,
)

KEYS = ("source_key", "source_keys")
SHOWS = ("show", "explore")


@dataclass(frozen=True)
class Sources:
    """Where a figure's numbers come from."""

    works: tuple[str, ...] = ()  # keys of the bibliography
    tables: tuple[str, ...] = ()  # data sets drawn whole, or filtered by a rule


@dataclass(frozen=True)
class Code:
    """The statements that a figure rests on, as constants and names."""

    texts: frozenset[str]  # every text in them, such as ids
    tables: frozenset[str]  # data sets that they load


def figure_code(notebook: Path) -> dict[str, Code]:
    """Return the code behind each figure of a part, by the figure's name.

    notebook : of the part; `figures.py` lies beside it
    """
    module = notebook.with_name(FILE)
    stamps = tuple(path.stat().st_mtime_ns for path in (notebook, module) if path.exists())
    return _figure_code(notebook, module, stamps)


@lru_cache(maxsize=128)
def _figure_code(notebook: Path, module: Path, _stamps: tuple[int, ...]) -> dict[str, Code]:
    functions = list(read_statements(module)) if module.exists() else []
    cells = [
        cell.source
        for cell in nbformat.read(notebook, as_version=4).cells
        if cell.cell_type == "code"
    ]
    found: dict[str, Code] = {}
    before: list[Statement] = []
    for source in cells:
        own = list(statements_of(source))
        drawn = closure([*own], functions)
        for name in names_shown(drawn):
            found.setdefault(name, code_of(drawn, before, functions))
        before += own
    return found


def statements_of(source: str) -> Iterator[Statement]:
    """Yield the statements of a cell, without its imports from `figures`."""
    try:
        tree = ast.parse(imported_from_figures(source).code)
    except SyntaxError:  # such as a cell with IPython's own commands
        return
    for node in tree.body:
        uses = frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
        yield Statement(node, "", frozenset(defined_by(node)), uses)


def closure(own: Iterable[Statement], functions: list[Statement]) -> list[Statement]:
    """Return statements with the functions of the module that they use, and what those use."""
    kept = list(own)
    wanted = {name for one in kept for name in one.uses}
    left = [one for one in functions if not one.is_import]
    while found := [one for one in left if one.defines & wanted]:
        kept += found
        wanted |= {name for one in found for name in one.uses}
        left = [one for one in left if one not in found]
    return kept


def names_shown(statements: Iterable[Statement]) -> Iterator[str]:
    """Yield the names of the figures that statements show, as `show(..., name="calls")`."""
    for call in (node for one in statements for node in ast.walk(one.node)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SHOWS:
            for word in call.keywords:
                if word.arg == "name" and isinstance(word.value, ast.Constant):
                    yield str(word.value.value)


def code_of(drawn: list[Statement], before: list[Statement], functions: list[Statement]) -> Code:
    """Return what a drawing rests on, with the earlier statements that made its names."""
    kept, wanted = list(drawn), {name for one in drawn for name in one.uses}
    for one in reversed(before):
        if one.defines & wanted and not one.is_import:
            kept.append(one)
            wanted |= one.uses
    kept = closure(kept, functions)
    nodes = [node for one in kept for node in ast.walk(one.node)]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return Code(
        frozenset(text for text in texts if isinstance(text, str)),
        frozenset(table for node in nodes if (table := table_loaded(node))),
    )


def table_loaded(node: ast.AST) -> str:
    """Return the name of the data set that a call of `load_table` loads; empty for others."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
        return ""
    first = node.args[0]
    name = first.value if isinstance(first, ast.Constant) else ""
    loads = node.func.id in ("load_table", "load_rows") and isinstance(name, str)
    return str(name) if loads and has_table(str(name)) else ""


def sources_of(code: Code, data: list[dict[str, str]]) -> Sources:
    """Return the sources of a figure.

    code : behind the figure
    data : the rows of the figure's numbers, as its file has them
    """
    if named := [key for row in data for key in keys_of(row)]:
        return Sources(tuple(dict.fromkeys(named)))
    ids = code.texts | {cell for row in data for cell in row.values()}
    facts = load_facts()
    works = [facts[name].source_key for name in sorted(ids & set(facts))]
    whole = []
    for table in sorted(code.tables):
        rows = [row._asdict() for row in load_rows(table)]
        if not any(name in row for row in rows[:1] for name in KEYS):
            continue
        picked = [row for row in rows if next(iter(row.values())) in ids]
        works += [key for row in picked for key in keys_of(row)]
        whole += [] if picked else [table]
    return Sources(tuple(dict.fromkeys(works)), tuple(whole))


def keys_of(row: dict[str, str]) -> list[str]:
    """Return the keys of the works that a row names."""
    words = " ".join(row.get(name) or "" for name in KEYS)
    return words.replace(";", " ").replace(",", " ").split()
