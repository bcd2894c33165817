"""Looks at the form of a notebook's answers, without running any of it and without the key.

Answers written as plain values are checked by the rules of the notebook's own checks. Code, written
answers and calculated values are only looked at for being there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...quiz.bank import Bank, Item
from ..assignment_source.form_checks import MISSING, form_checks, run_form_checks
from ..assignment_source.notebooks import answer_name, cell_id
from .answers import literal_answers
from .regular_files import InvalidSubmission
from .submission import parse_cells, read_notebook

LARGEST_MB = 100
STUBS = ("pass", "YOUR ANSWER HERE")


@dataclass(frozen=True)
class ValidationReport:
    """What a look at a notebook found; question numbers from 1."""

    questions: int
    empty: tuple[int, ...] = ()
    wrong_form: tuple[tuple[int, str], ...] = ()  # (question, what to write)
    unchecked: tuple[int, ...] = ()  # have to be run to see
    missing: tuple[int, ...] = ()  # the answer's cell is not in the notebook

    @property
    def is_complete(self) -> bool:
        """Whether every question has an answer of the right form, as far as can be seen."""
        return not (self.empty or self.wrong_form or self.missing)

    def lines(self) -> Iterator[str]:
        """Yield the report, which fits on one screen."""
        answered = self.questions - len(self.empty) - len(self.missing)
        yield f"{answered} of {self.questions} questions have an answer."
        if self.empty:
            yield f"Still empty: {ranges(self.empty)}."
        if self.missing:
            yield f"The answer's cell is missing: {ranges(self.missing)}."
        for number, message in self.wrong_form[:12]:
            yield f"Question {number}: {message}"
        if len(self.wrong_form) > 12:
            yield f"... and {len(self.wrong_form) - 12} more answers have the wrong form."
        if self.unchecked:
            yield f"Run the checks below these yourself: {ranges(self.unchecked)}."
        if self.is_complete:
            yield "Whether an answer is right is not checked here."


def validate_notebook(path: Path, bank: Bank) -> ValidationReport:
    """Return the state of each question of a notebook.

    raises : InvalidSubmission for what is not a notebook
    """
    content = read_notebook(path, path.name, LARGEST_MB << 20)
    cells = {cell.name: cell.source for cell in parse_cells(content) if cell.name}
    empty, wrong, unchecked, missing = [], [], [], []
    items = bank.used_for("graded")
    for number, item in enumerate(items, 1):
        state, message = state_of(item, number, cells)
        if state == "empty":
            empty.append(number)
        elif state == "missing":
            missing.append(number)
        elif state == "wrong":
            wrong.append((number, message))
        elif state == "unchecked":
            unchecked.append(number)
    return ValidationReport(
        len(items), tuple(empty), tuple(wrong), tuple(unchecked), tuple(missing)
    )


def state_of(item: Item, number: int, cells: Mapping[str, str]) -> tuple[str, str]:
    """Return (empty, missing, wrong, unchecked or answered; what is wrong) of a question."""
    kind = getattr(item, "kind", "")
    name = cell_id(item) if kind == "text" else f"{cell_id(item)}-answer"
    source = cells.get(name)
    if source is None:
        return "missing", ""
    if kind == "text":
        return ("answered" if source.strip() not in ("", *STUBS) else "empty"), ""
    if kind == "code":
        return ("empty" if is_stub(source, str(getattr(item, "starter", ""))) else "unchecked"), ""
    values = literal_answers(source)
    if values is None:
        return "unchecked", ""
    variable = answer_name(item)
    answer: Any = values.get(variable, MISSING)
    if answer is None:
        return "empty", ""
    result = run_form_checks(form_checks(item, number, variable), variable, answer)
    if result.error:
        message = result.message or f"write your answer to the name {variable}."
        return "wrong", message.removeprefix(f"Question {number} ")
    return "answered", ""


def is_stub(source: str, starter: str) -> bool:
    """Whether a cell of code is as it was released."""
    lines = [line.strip() for line in source.splitlines()]
    written = [line for line in lines if line and not line.startswith(("#", "pass"))]
    given = [line.strip() for line in starter.splitlines()]
    return written == [line for line in given if line and not line.startswith(("#", "pass"))]


def ranges(numbers: tuple[int, ...]) -> str:
    """Return numbers with runs joined: 1 to 3, 7, 9 to 12."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs
    )


__all__ = ["InvalidSubmission", "ValidationReport", "validate_notebook"]
