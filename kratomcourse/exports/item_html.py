"""An item's texts as HTML, shared by all formats, and notes for the person who marks code and
text.
"""

from html import escape

from ..quiz.bank import AnyItem, Choice, Choices, Code, CommonError, Option, TextItem, shown
from ..quiz.item_text import to_html


def stem_html(item: AnyItem) -> str:
    """Return the stem; for code with the starter and one example, for a number with its unit."""
    html: str = to_html(item.stem)
    if item.kind == "code":
        first = item.cases[0]
        call = f"{item.function}({', '.join(map(repr, first.args))})"
        html += f"<pre>{escape(item.starter.strip())}</pre><p>For example "
        html += (
            f"<code>{escape(call)}</code> gives <code>{escape(repr(first.expected))}</code>.</p>"
        )
    if item.kind == "number" and item.unit:
        html += f"<p>Unit: {escape(item.unit)}. Write the number alone.</p>"
    return html


def marker_html(item: Code | TextItem) -> str:
    """Return what a marker of a text or code item needs: rubric, sample, solution, cases."""
    if item.kind == "text":
        rows = "".join(
            f"<li>{row.points:g}: {to_html(row.criterion, inline=True)}</li>" for row in item.rubric
        )
        return f"<p>A full answer:</p>{to_html(item.sample)}<p>Points:</p><ul>{rows}</ul>"
    cases = "".join(
        f"<li>{escape(', '.join(map(repr, case.args)))} gives {escape(repr(case.expected))}</li>"
        for case in item.cases
    )
    return (
        f"<p>One solution:</p><pre>{escape(item.solution.strip())}</pre>"
        f"<p>Cases, each worth the same:</p><ul>{cases}</ul>"
    )


def feedback_html(item: AnyItem) -> str:
    """Return the feedback shown whatever the answer: the item's own and its explanation."""
    parts = [getattr(item, "feedback", ""), item.explanation]
    return "".join(to_html(part) for part in parts if part)


def options_of(item: Choice | Choices) -> list[tuple[str, Option]]:
    """Return (letter, option) in the order in which every outlet shows them."""
    return [(letter, item.options[index]) for letter, index in shown(item)]


def share_of_option(item: Choice | Choices, option: Option) -> float:
    """Return what ticking an option adds, as a share of the item's points in [-1, 1].

    The same rule as in `quiz.marking`.
    """
    right = sum(one.correct for one in item.options)
    if item.kind == "choice":
        return 1.0 if option.correct else 0.0
    return 1 / right if option.correct else -1 / (len(item.options) - right)


def near_error(error: CommonError) -> float:
    """Return how close to a known wrong number an answer must be to get its feedback.

    In the item's unit; the same rule as on the page.
    """
    return max(abs(error.value) * 0.02, 1e-9)
