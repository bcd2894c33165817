"""The check questions of the book in a browser's notebook: the same HTML and the same script as on
the page.

This stands in the wheel for the browser in place of the course's own `kratomcourse.quiz`, whose
libraries are not there."""

import json
from functools import cache
from pathlib import Path

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
