"""What an answer says about its author: the options chosen and the misconceptions they stand
for. Marks nothing.
"""

from typing import Any

from .bank import shown
from .marking import as_float, is_sequence

NEAR = 0.02  # a number this close to a known error, as a share of it, is that error


def chosen(item: Any, answer: Any) -> list[Any]:
    """Indexes (in the order of the bank) of the options that an answer ticks.

    item   : a choice or choices
    answer : a letter, or letters
    """
    letters = {answer} if isinstance(answer, str) else set(answer) if is_sequence(answer) else set()
    letters = {letter.strip().lower() for letter in letters if isinstance(letter, str)}
    return [index for letter, index in shown(item) if letter in letters]


def known_error(item: Any, answer: Any) -> Any:
    """The CommonError that a wrong number is, or None."""
    value = as_float(answer)
    if abs(value - item.key) <= item.allowed * (1 + 1e-9) + 1e-12:
        return None
    near = [
        error
        for error in item.errors
        if abs(value - error.value) <= max(abs(error.value) * NEAR, 1e-9)
    ]
    return min(near, key=lambda error: abs(value - error.value), default=None)


def misconceptions(item: Any, answer: Any) -> list[str]:
    """Names of the misconceptions that an answer shows, each once; empty for kinds that name
    none.
    """
    match item.kind:
        case "choice" | "choices":
            names = [
                item.options[index].misconception
                for index in chosen(item, answer)
                if not item.options[index].correct
            ]
        case "number":
            error = known_error(item, answer)
            names = [error.misconception] if error else []
        case _:
            names = []
    return list(dict.fromkeys(filter(None, names)))
