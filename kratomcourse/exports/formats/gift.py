"""Items in GIFT, the plain-text question format that Moodle and many other tools import.

GIFT has no question that orders things or runs code: an order becomes a match of positions, and a
code item becomes an essay without notes for the marker, because GIFT has no place for them.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from ...quiz.bank import AnyItem, Choice, Choices, Code, Match, Number, Order, TextItem
from ...quiz.item_text import to_html, with_facts
from ..item_html import feedback_html, near_error, options_of, share_of_option, stem_html
from ..registry import ALL_KINDS, ExportedQuiz

# GIFT's control characters; a backslash in front makes them plain text.
ESCAPES = {ord(character): f"\\{character}" for character in "\\~=#{}:"}


def escape(text: str) -> str:
    """Return text in which nothing is GIFT markup; line breaks become spaces."""
    return " ".join(text.translate(ESCAPES).split("\n"))


def question(item: AnyItem) -> str:
    """Return one item as a GIFT question, without the blank line after it."""
    general = feedback_html(item)
    lines = answers(item) + ([f"####{escape(general)}"] if general else [])
    head = f"::{escape(item.id)}::[html]{escape(stem_html(item))}"
    if isinstance(item, Code | TextItem):  # parsers want an essay's braces on one line
        return f"{head}{{{''.join(lines)}}}"
    return head + "{\n    " + "\n    ".join(lines) + "\n}"


def answers(item: AnyItem) -> list[str]:
    """Return the lines of an item's answer block."""
    match item:
        case Choice():
            return [
                f"{'=' if option.correct else '~'}{with_feedback(option.text, option.feedback)}"
                for _, option in options_of(item)
            ]
        case Choices():
            return [
                f"~%{100 * share_of_option(item, option):.5f}%"
                + with_feedback(option.text, option.feedback)
                for _, option in options_of(item)
            ]
        case Number():
            right = f"={decimal(item.key)}:{decimal(item.allowed)}#{escape(to_html(item.feedback))}"
            wrong = [
                f"=%0%{decimal(error.value)}:{decimal(near_error(error))}"
                f"#{escape(to_html(error.feedback))}"
                for error in item.errors
            ]
            return ["#" + right, *wrong]
        case Order():
            return pairs([(f"Position {n}", text) for n, text in enumerate(item.entries, 1)])
        case Match():
            return pairs([(pair.left, pair.right) for pair in item.pairs])
        case Code() | TextItem():
            return []


def decimal(number: float) -> str:
    """Return a number without an exponent, which GIFT doesn't know."""
    return format(Decimal(repr(float(number))), "f")


def with_feedback(text: str, feedback: str) -> str:
    """Return an answer's text with the feedback for choosing it."""
    return f"{escape(to_html(text, inline=True))}#{escape(to_html(feedback))}"


def pairs(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return the lines of a matching question; the right side is plain text."""
    return [
        f"={escape(to_html(left, inline=True))} -> {escape(with_facts(right))}"
        for left, right in rows
    ]


class Gift:
    """Writes GIFT text files."""

    name = "gift"
    title = "GIFT (Moodle and others)"
    suffix = ".gift.txt"
    uses = ("graded", "check")
    kinds = ALL_KINDS
    lossy: ClassVar[Mapping[str, str]] = {
        "order": "a match of positions",
        "code and text": "an essay, without the solution or rubric",
        "points": "one point each",
        "unit": "named in the question",
    }

    def write(self, quiz: ExportedQuiz, path: Path) -> int:
        """Write the questions under a category named after the quiz; return their number."""
        head = f"$CATEGORY: $course$/top/{quiz.title}"
        blocks = [head, *(question(item) for item in quiz.items)]
        path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
        return len(quiz.items)


EXPORTER = Gift()
