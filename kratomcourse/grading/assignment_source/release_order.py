"""The order of options in a quiz that is handed out: it follows from the course's secret.

The committed source notebooks show each question in the order of the page, so that they are the
same everywhere. When nbgrader makes the students' version, every question that is as the bank makes
it gets the order of the secret; the gradebook stores its hidden tests in that order as well.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from ...quiz import load_bank
from ...quiz.assignments import assignment_path, load_assignment_file
from ...quiz.bank import Bank, Item, banks_dir
from ...quiz.order import LETTERED, course_secret, order_key, reordered_bank
from .notebooks import cell_id, source_notebook


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
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in source_notebook(bank).cells}


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


class ShuffleOptions(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Gives the questions the secret order, when nbgrader makes the students' version."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        root = Path(self.parent.parent.coursedir.root)
        about = resources["nbgrader"]
        bank = bank_of(root, about["notebook"])
        if bank is None:
            return nb, resources
        key = order_key(course_secret(root), about["assignment"])
        changed, stale = in_secret_order(named(nb.cells), bank, key)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = changed.get(name, cell.source)
        for item in stale:
            self.log.warning(
                "%s is not as the bank makes it, so its options keep the public order."
                " Fix: course quiz build, then nbgrader generate_assignment %s --force",
                item,
                about["assignment"],
            )
        return nb, resources
