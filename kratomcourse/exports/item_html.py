"""An item's texts as HTML, shared by all formats, and the marker's notes for code and text items."""

from html import escape

from ..quiz.bank import AnyItem, Choice, Choices, Code, CommonError, Option, TextItem, shown
from ..quiz.words import to_html


def stem_html(item: AnyItem) -> str:
    """The stem; for code with the starter and one example, for order and match with what there is to choose from."""
    html = to_html(item.stem)
    if item.kind == "code":
        first = item.cases[0]
        call = f"{item.function}({', '.join(map(repr, first.args))})"
        html += f"<pre>{escape(item.starter.strip())}</pre><p>For example <code>{escape(call)}</code> gives <code>{escape(repr(first.expected))}</code>.</p>"
    if item.kind == "number" and item.unit:
        html += f"<p>Unit: {escape(item.unit)}. Write the number alone.</p>"
    return html


def marker_html(item: Code | TextItem) -> str:
    """What a person who marks a text or code item needs: rubric, sample, solution, cases."""
    if item.kind == "text":
        rows = "".join(
            f"<li>{row.points:g}: {to_html(row.criterion, inline=True)}</li>" for row in item.rubric
        )
        return f"<p>A full answer:</p>{to_html(item.sample)}<p>Points:</p><ul>{rows}</ul>"
    cases = "".join(
        f"<li>{escape(', '.join(map(repr, case.args)))} gives {escape(repr(case.expected))}</li>"
        for case in item.cases
    )
    return f"<p>One solution:</p><pre>{escape(item.solution.strip())}</pre><p>Cases, each worth the same:</p><ul>{cases}</ul>"


def feedback_html(item: AnyItem) -> str:
    """Return the feedback shown whatever the answer: the item's own and its explanation."""
    parts = [getattr(item, "feedback", ""), item.explanation]
    return "".join(to_html(part) for part in parts if part)


def options_of(item: Choice | Choices) -> list[tuple[str, Option]]:
    """Options in the order in which every outlet shows them."""
    return [(letter, item.options[index]) for letter, index in shown(item)]


def share_of_option(item: Choice | Choices, option: Option) -> float:
    """What ticking an option adds or takes, as a share of the item's points; the rule of `quiz.marking`."""
    right = sum(one.correct for one in item.options)
    if item.kind == "choice":
        return 1.0 if option.correct else 0.0
    return 1 / right if option.correct else -1 / (len(item.options) - right)


def near_error(error: CommonError) -> float:
    """How far from a known wrong number an answer may lie to get its feedback; the rule of the page."""
    return max(abs(error.value) * 0.02, 1e-9)
