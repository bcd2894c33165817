"""The visible check of each question, as data: Python lines for the notebook, and the same rule for
us.

A check looks at the form of an answer only. Students run the lines in their own Jupyter; when we
grade, `run_form_checks` applies the rules to the plain value of an answer, so no cell is executed.
A test keeps both in step.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from ...quiz.bank import shown

Rule = Callable[[Any], bool]
Printer = Callable[[Any], str]

FIRST_LINE = (
    "# Run the cell above first. This looks at the form only, not at whether the answer is right."
)


@dataclass(frozen=True)
class FormCheck:
    """One step of a visible check: the lines that stand in the notebook, and what they do."""

    lines: tuple[str, ...]
    holds: Rule | None = None  # an assertion; the line fails where this is false
    message: str = ""  # of the failed assertion
    prints: Printer | None = None  # text that the lines print, or an empty string


def asserts(source: str, message: str, holds: Rule) -> FormCheck:
    """Return a check of one `assert` line; Validate cuts messages at 87 characters, so keep them
    short.
    """
    return FormCheck((f"assert {source}, {message!r}",), holds, message)


def is_letter(value: object, letters: Sequence[str]) -> bool:
    """Whether a value is one of the letters, in any case and with blanks around it."""
    return isinstance(value, str) and value.strip().lower() in letters


def letters_of(item: Any) -> tuple[list[str], str]:
    """Return the letters of what is shown, and the words for them: (["a", "b", "c"], "a to c")."""
    letters = [letter for letter, _ in shown(item)]
    return letters, f"{letters[0]} to {letters[-1]}"


def form_checks(item: Any, number: int, name: str) -> tuple[FormCheck, ...]:
    """Return the visible check of a question that is answered with one variable.

    number : of the question in its notebook
    name   : of the variable
    """
    maker = CHECKS.get(item.kind)
    return maker(item, number, name) if maker else ()


def choice_checks(item: Any, number: int, name: str) -> tuple[FormCheck, ...]:
    """Checks of form for one letter."""
    letters, span = letters_of(item)
    return (
        asserts(
            f"{name} is not None",
            f"Question {number} is still empty. Write one letter, {span}.",
            lambda answer: answer is not None,
        ),
        asserts(
            f"isinstance({name}, str) and {name}.strip().lower() in {letters}",
            f"Question {number} wants one letter, {span}, in quotes.",
            lambda answer: is_letter(answer, letters),
        ),
    )


def choices_checks(item: Any, number: int, name: str) -> tuple[FormCheck, ...]:
    """Checks of form for a list of letters."""
    letters, span = letters_of(item)
    warning = f"Not a letter from {span}, so it does not count:"

    def strange(answer: Iterable[Any]) -> list[Any]:
        return [x for x in answer if not is_letter(x, letters)]

    return (
        asserts(
            f"{name} is not None",
            f"Question {number} is still empty. Write a list of letters.",
            lambda answer: answer is not None,
        ),
        asserts(
            f"isinstance({name}, (list, tuple, set, frozenset))",
            f'Question {number} wants a list of letters, like ["a", "b"].',
            lambda answer: isinstance(answer, (list, tuple, set, frozenset)),
        ),
        FormCheck(
            (
                f"_strange = [x for x in {name} if not"
                f" (isinstance(x, str) and x.strip().lower() in {letters})]",
            )
        ),
        asserts(
            f"len(_strange) < len({name})",
            f"Question {number} wants at least one letter, {span}.",
            lambda answer: len(strange(answer)) < len(answer),
        ),
        FormCheck(
            ("if _strange:", f'    print("{warning}", _strange)'),
            prints=lambda answer: f"{warning} {strange(answer)}\n" if strange(answer) else "",
        ),
    )


def number_checks(item: Any, number: int, name: str) -> tuple[FormCheck, ...]:
    """Checks of form for a number."""
    return (
        FormCheck(("from numbers import Real",)),
        asserts(
            f"{name} is not None",
            f"Question {number} is still empty. Write a number.",
            lambda answer: answer is not None,
        ),
        asserts(
            f"isinstance({name}, Real) and not isinstance({name}, bool)",
            f"Question {number} wants a number, no quotes, no unit.",
            lambda answer: isinstance(answer, Real) and not isinstance(answer, bool),
        ),
        asserts(
            f'abs({name}) < float("inf")',
            f"Question {number} wants a finite number.",
            lambda answer: abs(answer) < math.inf,
        ),
    )


def order_checks(item: Any, number: int, name: str) -> tuple[FormCheck, ...]:
    """Checks of form for letters in an order."""
    letters, span = letters_of(item)
    return (
        asserts(
            f"{name} is not None",
            f"Question {number} is still empty. Write a list of letters.",
            lambda answer: answer is not None,
        ),
        asserts(
            f"isinstance({name}, (list, tuple))",
            f'Question {number} wants a list of letters, like ["b", "a"].',
            lambda answer: isinstance(answer, (list, tuple)),
        ),
        asserts(
            f"all(isinstance(x, str) for x in {name})",
            f"Question {number} wants its letters in quotes.",
            lambda answer: all(isinstance(x, str) for x in answer),
        ),
        asserts(
            f"sorted(x.strip().lower() for x in {name}) == {letters}",
            f"Question {number} wants each letter, {span}, once.",
            lambda answer: sorted(x.strip().lower() for x in answer) == letters,
        ),
    )


def match_checks(item: Any, number: int, name: str) -> tuple[FormCheck, ...]:
    """Checks of form for one letter a pair."""
    letters, span = letters_of(item)
    places = len(item.pairs)
    empty = f"Question {number} is still empty. Write {places} letters, {span}."

    def there(answer: Iterable[str]) -> list[str]:
        return [x for x in answer if is_letter(x, letters)]

    few = f"Not each of the {places} rows has a letter from {span} yet."
    return (
        asserts(f"{name} is not None", empty, lambda answer: answer is not None),
        asserts(
            f"isinstance({name}, (list, tuple))",
            f'Question {number} wants a list of letters, like ["b", "a"].',
            lambda answer: isinstance(answer, (list, tuple)),
        ),
        asserts(
            f"all(isinstance(x, str) for x in {name})",
            f"Question {number} wants its letters in quotes.",
            lambda answer: all(isinstance(x, str) for x in answer),
        ),
        asserts(
            f"len({name}) <= {places}",
            f"Question {number} wants {places} letters, one for each row.",
            lambda answer: len(answer) <= places,
        ),
        FormCheck((f"_there = [x for x in {name} if x.strip().lower() in {letters}]",)),
        asserts("_there", empty, lambda answer: bool(there(answer))),
        FormCheck(
            (f"if len(_there) < {places}:", f'    print("{few}")'),
            prints=lambda answer: f"{few}\n" if len(there(answer)) < places else "",
        ),
    )


CHECKS: dict[str, Callable[[Any, int, str], tuple[FormCheck, ...]]] = {
    "choice": choice_checks,
    "choices": choices_checks,
    "number": number_checks,
    "order": order_checks,
    "match": match_checks,
}


@dataclass(frozen=True)
class FormResult:
    """What a visible check says of an answer."""

    printed: str = ""
    error: str = ""  # type of the exception, such as AssertionError; empty where the form is right
    message: str = ""
    line: int = 0  # in the check, from 1
    source: str = ""  # of that line


MISSING = object()  # stands for an answer that was never defined


def run_form_checks(checks: Iterable[FormCheck], name: str, answer: object) -> FormResult:
    """Apply the rules to the plain value of an answer, or to MISSING; executes nothing.

    checks : of the question, as `form_checks` gives them
    answer : plain data as read from the sandbox or from a literal
    """
    printed, line = "", 2  # FIRST_LINE comes first
    for check in checks:
        if answer is MISSING and any(name in source for source in check.lines):
            return FormResult(
                printed, "NameError", f"name '{name}' is not defined", line, check.lines[0]
            )
        if check.holds is not None and not check.holds(answer):
            return FormResult(printed, "AssertionError", check.message, line, check.lines[0])
        if check.prints is not None:
            printed += check.prints(answer)
        line += len(check.lines)
    return FormResult(printed)
