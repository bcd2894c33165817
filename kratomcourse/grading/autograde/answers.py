"""Answers from a sandbox: JSON written by a process that may lie, read into plain values.

Nothing is evaluated or unpickled. What is no plain value becomes an `Other`, which no key equals.
"""

import ast
import math
from collections.abc import Callable
from typing import Any

from ...quiz.marking import as_float, cleaned, equal, is_sequence
from ...quiz.responses import known_error, misconceptions
from ..sandbox.agent import DEEPEST

LONGEST_LITERAL_CELL = 4000  # characters; a longer cell is run in the sandbox instead


class Other:
    """Stands for something that marking cannot read; shows the name of its type."""

    def __init__(self, kind: object) -> None:
        self.kind = str(kind)[:100]

    def __repr__(self) -> str:
        return f"<{self.kind}>"


def is_missing(written: object) -> bool:
    """Whether an encoded answer says that the variable is missing."""
    return isinstance(written, dict) and written.get("$") == "missing"


def read_answer(written: Any, depth: int = DEEPEST + 2) -> Any:
    """A written value (see `agent.encode_value`) as None, bool, str, number, list, tuple, set,
    dict or Other.
    """
    if written is None or isinstance(written, (bool, str, int, float)):
        return written
    if depth == 0:
        return Other("an answer that is too deep")
    if isinstance(written, list):
        return [read_answer(entry, depth - 1) for entry in written]
    kind, inner = written.get("$"), written.get("of")
    if kind == "float":
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}.get(
            written.get("value"), Other("float")
        )
    if kind == "real":
        try:
            return ast.literal_eval(str(written.get("value"))[:400]) + 0
        except (ValueError, SyntaxError, TypeError, MemoryError):
            return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}.get(
                written.get("value"), Other(written.get("type"))
            )
    if kind == "tuple" and isinstance(inner, list):
        return tuple(read_answer(entry, depth - 1) for entry in inner)
    if kind in ("set", "dict") and isinstance(inner, list):
        try:
            read = [read_answer(entry, depth - 1) for entry in inner]
            return set(read) if kind == "set" else dict(read)
        except (TypeError, ValueError):  # what cannot stand in a set or be a key
            return Other(kind)
    return Other(written.get("type") or kind)


def literal_answers(source: str) -> dict[str, Any] | None:
    """Values that a cell gives to names, where it does nothing else; None where it has to be run.

    source  : text of a code cell
    returns : dict name -> value for a cell of assignments of literals or plain arithmetic to single
              names
    """
    if len(source) > LONGEST_LITERAL_CELL:
        return None
    try:
        statements = ast.parse(source).body
        values: dict[str, Any] = {}
        for statement in statements:
            if isinstance(statement, ast.Pass):  # the stub that stands below an answer
                continue
            if not (
                isinstance(statement, ast.Assign)
                and len(statement.targets) == 1
                and isinstance(statement.targets[0], ast.Name)
            ):
                return None
            values[statement.targets[0].id] = literal(statement.value)
        return values
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError):
        return None


ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


def literal(node: ast.expr) -> Any:
    """Value of a literal with plain arithmetic; raises `ValueError` for anything else."""
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = literal(node.left), literal(node.right)
        if not all(type(value) in (int, float) for value in (left, right)):
            raise ValueError
        return ARITHMETIC[type(node.op)](left, right)
    return ast.literal_eval(node)


def recorded(item: Any, answer: Any) -> dict[str, Any]:
    """What a graded notebook keeps of an answer, so that nobody has to run a submission again to
    learn what it said.

    item    : the item as this student had it
    answer  : in the form that `quiz.mark` takes
    returns : {"answer": plain JSON, None for a blank; for code, whether each case came out right},
              with "misconceptions" where the answer shows some, and "error" where a number is a
              known one (its place from 1); {"unreadable": true} for what has not the form asked for
    """
    if answer is None:
        return {"answer": None}
    kept: Any
    match item.kind:
        case "choice":
            kept = (
                answer.strip().lower()[:1]
                if isinstance(answer, str) and len(answer.strip()) == 1
                else None
            )
        case "choices":
            kept = (
                sorted(
                    {letter.strip().lower()[:1] for letter in answer if isinstance(letter, str)}
                )[:26]
                if is_sequence(answer)
                else None
            )
        case "order" | "match":
            kept = [letter[:1] for letter in cleaned(answer)[:26]] or None
        case "number":
            kept = number if math.isfinite(number := as_float(answer)) else None
        case "code":
            kept = (
                [
                    equal(got, case.expected, case.tolerance)
                    for got, case in zip(answer, item.cases, strict=False)
                ]
                if is_sequence(answer)
                else None
            )
        case _:
            return {"unreadable": True}
    if kept is None:
        return {"unreadable": True}
    shown = misconceptions(item, kept)
    error = known_error(item, kept) if item.kind == "number" else None
    return (
        {"answer": kept}
        | ({"misconceptions": shown} if shown else {})
        | ({"error": item.errors.index(error) + 1} if error else {})
    )
