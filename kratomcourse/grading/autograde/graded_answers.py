"""What a graded notebook says of an answer: the record beside it, or a literal."""

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from ..assignment_source.notebooks import answer_name
from .answers import literal_answers, recorded

Record = dict[str, Any]
# Graded before answers were written down, and not a literal.
UNKNOWN: Record = {"unknown": True}


def answer_of(name: str, item: Any, cells: Mapping[str, Mapping[str, Any]]) -> Record:
    """Return the record of one question, in the form that `answers.recorded` gives.

    name  : of the graded cell
    item  : as this student had it; None for a test that is in no bank
    cells : of the graded notebook, by their names
    """
    graded = cells.get(name)
    if graded is None or item is None:
        return UNKNOWN
    if isinstance(record := graded["metadata"].get("course"), dict):
        return record
    if item.kind == "text":
        role = graded["metadata"]["nbgrader"]
        node = NotebookNode(
            {
                "cell_type": graded["cell_type"],
                "source": "".join(graded["source"]),
                "metadata": NotebookNode({"nbgrader": NotebookNode(role)}),
            }
        )
        return {"answer": None if role.get("checksum") == compute_checksum(node) else "a text"}
    written = cells.get(f"{name}-answer", {}).get("source", "")
    values = literal_answers("".join(written)) if item.kind != "code" else None
    if values is None or answer_name(item) not in values:
        return UNKNOWN
    return dict(recorded(item, values[answer_name(item)]))
