"""Marking: one pure function from an item and an answer to a mark. The same rule holds in every
outlet.
"""

import itertools
import math
from dataclasses import dataclass
from numbers import Real
from typing import Any

from .bank import key_of


@dataclass(frozen=True)
class Mark:
    """Points earned for one item, out of how many; None where a person has to read the answer."""

    item: str
    points: float | None
    maximum: float


def mark(item: Any, answer: Any) -> Mark:
    """Points for an answer.

    item    : an item of the bank
    answer  : by kind. choice: a letter; choices: letters; number: a number; order and match:
              letters, one for each place; code: what the function returned for each case; text: any
              text. None stands for a blank, and anything of another form counts as wrong.
    returns : Mark with 0 <= points <= item.points; points is None for a text that is not blank
    """
    if item.kind == "text":
        return Mark(
            item.id, None if isinstance(answer, str) and answer.strip() else 0.0, item.points
        )
    share = SHARES[item.kind](item, answer) if answer is not None else 0.0
    return Mark(item.id, round(item.points * min(max(share, 0.0), 1.0), 4), item.points)


def share_of_choice(item: Any, answer: Any) -> float:
    return float(isinstance(answer, str) and answer.strip().lower() == key_of(item))


def share_of_choices(item: Any, answer: Any) -> float:
    """Right ticks count for, wrong ticks against, each as a share of what there is to tick."""
    if isinstance(answer, str) or not is_sequence(answer):
        return 0.0
    ticked = {letter.strip().lower() for letter in answer if isinstance(letter, str)}
    right = set(key_of(item))
    wrong = {chr(ord("a") + place) for place in range(len(item.options))} - right
    return len(ticked & right) / len(right) - len(ticked & wrong) / len(wrong)


def share_of_number(item: Any, answer: Any) -> float:
    answer = as_float(answer)
    return float(
        math.isfinite(answer) and abs(answer - item.key) <= item.allowed * (1 + 1e-9) + 1e-12
    )


def share_of_order(item: Any, answer: Any) -> float:
    """Share of neighbours that follow each other as in the key; a repeated or missing letter earns
    nothing.
    """
    key = key_of(item)
    letters = cleaned(answer)
    if sorted(letters) != sorted(key):
        return 0.0
    followers = set(itertools.pairwise(key))
    return sum(pair in followers for pair in itertools.pairwise(letters)) / len(followers)


def share_of_match(item: Any, answer: Any) -> float:
    letters, key = cleaned(answer), key_of(item)
    return (
        sum(a == b for a, b in zip(letters, key, strict=False)) / len(key)
        if len(letters) <= len(key)
        else 0.0
    )


def share_of_code(item: Any, answer: Any) -> float:
    if not is_sequence(answer) or len(answer) != len(item.cases):
        return 0.0
    return sum(
        equal(got, case.expected, case.tolerance)
        for got, case in zip(answer, item.cases, strict=False)
    ) / len(item.cases)


SHARES = {
    "choice": share_of_choice,
    "choices": share_of_choices,
    "number": share_of_number,
    "order": share_of_order,
    "match": share_of_match,
    "code": share_of_code,
}


def is_sequence(answer: object) -> bool:
    return isinstance(answer, (list, tuple, set, frozenset))


def as_float(answer: Any) -> float:
    """A number as a float; nan for true, false, anything that is no number, and integers too large
    for one.
    """
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return math.nan
    try:
        return float(answer)
    except OverflowError:
        return math.nan


def cleaned(answer: Any) -> list[str]:
    """Letters in lower case; a sequence that is none, or holds something else, becomes empty."""
    if (
        isinstance(answer, str)
        or not isinstance(answer, (list, tuple))
        or not all(isinstance(a, str) for a in answer)
    ):
        return []
    return [letter.strip().lower() for letter in answer]


def equal(got: Any, expected: Any, tolerance: float) -> bool:
    """Whether two JSON values agree; numbers to a relative tolerance, true and false only with
    themselves.
    """
    if isinstance(got, bool) or isinstance(expected, bool) or got is None or expected is None:
        return got is expected
    if isinstance(expected, Real) and isinstance(got, Real):
        return math.isclose(as_float(got), expected, rel_tol=tolerance, abs_tol=tolerance * 1e-3)
    if isinstance(expected, list) and isinstance(got, (list, tuple)):
        return len(got) == len(expected) and all(
            equal(g, e, tolerance) for g, e in zip(got, expected, strict=False)
        )
    if isinstance(expected, dict) and isinstance(got, dict):
        return got.keys() == expected.keys() and all(
            equal(got[k], expected[k], tolerance) for k in expected
        )
    return type(got) is type(expected) and got == expected
