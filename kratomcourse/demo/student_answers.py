"""Answers of simulated students: right ones and wrong ones, and how they are written down."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..grading.assignment_source.notebooks import NAME, answer_name, cell_id
from ..quiz.bank import AnyItem, key_of, shown

Notebook = dict[str, Any]


def right(item: AnyItem) -> Any:
    """Return an answer that earns all points; text for code and for written answers."""
    if item.kind == "code":
        return item.solution
    return item.sample if item.kind == "text" else key_of(item)


def wrong(item: AnyItem) -> Any:
    """Return an answer of the right form that earns nothing."""
    key: Any = key_of(item)
    if item.kind == "choice":
        return next(letter for letter, _ in shown(item) if letter != key)
    if item.kind == "choices":
        return [letter for letter, _ in shown(item) if letter not in key]
    if item.kind == "number":
        return 3 * key + 1000
    if item.kind == "order":
        return key[::-1]
    if item.kind == "match":
        return key[1:] + key[:1]
    if item.kind == "code":
        return f"def {item.function}(*arguments):\n    return 'something else'"
    return "I would rather not say."


def write_answers(
    notebook: Notebook, items: Iterable[AnyItem], answers: Mapping[str, Any], student: str
) -> None:
    """Put answers (item id -> answer) and the student's name into a released notebook."""
    cells = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]
    }
    for name, cell in cells.items():
        if str(name).endswith("-name") and NAME in "".join(cell["source"]):
            cell["source"] = f"{NAME} = {student!r}"
    for item in items:
        if item.id not in answers:
            continue
        answer = answers[item.id]
        if item.kind == "text":
            cells[cell_id(item)]["source"] = answer
        else:
            written = answer if item.kind == "code" else f"{answer_name(item)} = {answer!r}"
            cells[f"{cell_id(item)}-answer"]["source"] = written
