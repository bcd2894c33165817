"""What a quiz was released with: its bank in the secret order, and its variant key."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbformat import NotebookNode

from ...quiz import load_bank
from ...quiz.assignments import assignment_path, load_assignment_file
from ...quiz.bank import Bank, Item, banks_dir
from ...quiz.order import LETTERED, course_secret, order_key, reordered_bank
from .notebooks import VARIANT_KEY_PLACEHOLDER, cell_id, source_notebook


def bank_path(root: Path, name: str, banks: Path | None = None) -> Path:
    """Return the file that says what is in a notebook, if there is one: an assignment's, or a bank.

    banks : folder of bank files; `bank` in the course's folder where there is one, else our own
    """
    if (assignment := assignment_path(root, name)).is_file():
        return assignment
    folder = banks or (root / "bank" if (root / "bank").is_dir() else banks_dir())
    return folder / f"{name}.yml"


def bank_of(root: Path, name: str, banks: Path | None = None) -> Bank | None:
    """Return the items of a notebook of the course in the folder `root`; None without any.

    They are those of the assignment of this name, or else of the chapter of this name.
    """
    path = bank_path(root, name, banks)
    if not path.exists():
        return None
    if path == assignment_path(root, name):
        return load_assignment_file(path, root, banks)
    return load_bank(path)


def as_handed_out(bank: Bank, root: Path, quiz: str | None = None) -> Bank:
    """Return a bank in the order in which the course in the folder `root` hands a quiz out.

    quiz : name of the assignment; that of the chapter where None
    """
    return reordered_bank(bank, order_key(course_secret(root), quiz or bank.chapter))


def item_cells(bank: Bank) -> dict[str, str]:
    """Return the sources of the cells that a bank makes, by nbgrader's id."""
    cells = source_notebook(bank, validate=False).cells
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}


def cell_names(item: Item) -> tuple[str, str, str]:
    """Return the ids of the cells whose text depends on the order of an item's options."""
    name = cell_id(item)
    return f"{name}-question", f"{name}-answer", name


def in_secret_order(
    sources: Mapping[str, str], bank: Bank, key: bytes
) -> tuple[dict[str, str], list[str]]:
    """Return the cells of a source notebook that change when it is handed out.

    sources : cells of the source notebook by nbgrader's id
    key     : from `order_key`
    returns : (new sources by id, ids of items that are not as the bank makes them and stay)
    """
    public, keyed = item_cells(bank), item_cells(reordered_bank(bank, key))
    changed: dict[str, str] = {}
    stale = []
    for item in bank.used_for("graded"):
        names = cell_names(item)
        if item.kind not in LETTERED or names[-1] not in sources:
            continue
        if all(sources.get(name) == public[name] for name in names):
            changed |= {name: keyed[name] for name in names}
        else:
            stale.append(item.id)
    return changed, stale


def named(cells: Iterable[NotebookNode]) -> dict[str, str]:
    """Return the sources of the cells that nbgrader knows, by id."""
    roles = [(cell.metadata.get("nbgrader", {}), cell.source) for cell in cells]
    return {role["grade_id"]: source for role, source in roles if "grade_id" in role}


def variant_key_of(sources: Iterable[str]) -> str:
    """Return the key in the cells that were released, or the placeholder if there is none."""
    for source in sources:
        if "numbers_of(" in source:
            for found in re.findall(r"'([0-9a-f]{32})'\)", source):
                return str(found)
    return VARIANT_KEY_PLACEHOLDER
