"""The check questions of the book in a browser's notebook: the same HTML and the same script as on
the page.

This stands in the wheel for the browser in place of the course's own `kratomcourse.quiz`, whose
libraries are not there."""

import copy
import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@cache
def shown() -> dict[str, dict[str, str]]:
    """Return {chapter: {objective: HTML of its check items}}."""
    questions: dict[str, dict[str, str]] = json.loads(
        (HERE / "shown.json").read_text(encoding="utf-8")
    )
    return questions


class QuizHtml:
    """Check items of one objective; shows itself with style and script."""

    def __init__(self, chapter: str, objective: str) -> None:
        questions = shown().get(chapter, {})
        if objective not in questions:
            raise ValueError(
                f"no check item for {objective!r} in {chapter!r}; objectives: "
                f"{', '.join(questions) or 'none'}"
            )
        self.html = questions[objective]

    def _repr_html_(self) -> str:
        style, script = (
            (HERE / "static" / name).read_text(encoding="utf-8") for name in ("quiz.css", "quiz.js")
        )
        return f"<style>{style}</style>{self.html}<script>{script}</script>"


@cache
def code_cases() -> dict[str, dict[str, Any]]:
    """Return {item: function and cases} of the questions that ask for code."""
    cases: dict[str, dict[str, Any]] = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
    return cases


def check_code(item: str, names: Mapping[str, Any]) -> None:
    """Try someone's function on the cases of a question, and print what it gave where it's wrong.

    item  : such as risk.rate.code-rate
    names : where their function is, such as globals()
    """
    equal = import_module(f"{__package__}.equal").equal  # written beside this by `write_wheel`
    asked = code_cases()[item]
    function = names.get(asked["function"])
    if not callable(function):
        print(f"There is no function {asked['function']} yet.")
        return
    wrong = []
    for arguments, expected, tolerance in asked["cases"]:
        call = f"{asked['function']}({', '.join(map(repr, arguments))})"
        try:
            got = function(*copy.deepcopy(arguments))
        except Exception as error:
            wrong.append(f"{call} stopped with {type(error).__name__}: {error}")
            continue
        value = got.tolist() if hasattr(got, "tolist") else got
        if not equal(value, expected, tolerance):
            wrong.append(f"{call} gave {got!r}; expected {expected!r}")
    number = len(asked["cases"])
    if wrong:
        print(f"Not yet: {number - len(wrong)} of {number} cases are right.")
        print("\n".join(wrong))
    else:
        print(f"Right: all {number} cases.")
