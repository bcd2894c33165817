"""What was answered, what is right and why, as HTML for each kind of question.

Text of the bank goes through the bank's own Markdown, which lets no HTML through. Text of a student
is shown by `plain`, and by nothing else: escaped, cut to a length, and never read as Markdown.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape, unescape
from typing import Any

from ...quiz.bank import key_of, shown
from ...quiz.item_text import to_html
from .results import QuestionResult

LONGEST_TEXT = 6000  # characters of an answer that a page shows
LONGEST_VALUE = 200  # characters of a value in a table
LONGEST_TITLE = 90
IMPERATIVES = ("Explain", "Give", "Match", "Put", "Say", "Sort", "Write")
SENTENCE = re.compile(r".+?[.?!:](?=\s|$)")
SKIPPED = re.compile(r"<(table|pre)\b.*?</\1>|<[^>]*>", re.DOTALL)
EMPTY = "You left this question empty."


def explained(result: QuestionResult) -> str:
    """Return the body of a question that a bank item describes."""
    item = result.item
    if item is None:
        return ""
    parts = [answer_part(result), misconception_part(result)]
    if item.explanation:
        parts.append(labelled("Why", to_html(item.explanation)))
    return "".join(filter(None, parts))


def answer_part(result: QuestionResult) -> str:
    """Return what was answered and what is right."""
    item: Any = result.item
    if item.kind == "text":
        return text_answer(item, result)
    given = result.record.get("answer")
    if "answer" not in result.record:
        return unreadable(result) + RIGHT[item.kind](item)
    if given is None:
        return f"<p>{EMPTY}</p>" + RIGHT[item.kind](item)
    return GIVEN[item.kind](item, result)


def unreadable(result: QuestionResult) -> str:
    """Return an answer that has not the form asked for, as the student wrote it."""
    said = f" {plain(result.check, 300)}" if result.check else ""
    written = block(result.written) if result.written.strip() else ""
    return f"<p>Your answer couldn't be read as the question asks.{said}</p>{written}"


def misconception_part(result: QuestionResult) -> str:
    """Return the beliefs that a wrong answer stands for, in the bank's short names."""
    names = result.record.get("misconceptions")
    if not isinstance(names, list) or not names:
        return ""
    known = [words for name in names if (words := str(name).replace("-", " "))]
    return labelled("The idea behind such an answer", f"<p>{escape('; '.join(known))}</p>")


# Pieces


def labelled(label: str, html: str) -> str:
    """Return HTML below a small heading."""
    return f"<h4>{escape(label)}</h4>{html}"


def plain(text: object, most: int = LONGEST_TEXT) -> str:
    """Return text of a student as HTML in which every character is only shown.

    Characters that turn or hide text (control and format characters) become a replacement sign.
    """
    whole = str(text)
    kept = whole[:most]
    clean = "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in kept
    )
    return escape(clean) + (" \u2026" if len(whole) > most else "")


def block(text: str) -> str:
    """Return several lines of a student as they are."""
    return f"<pre>{plain(text.strip())}</pre>"


def folded(summary: str, html: str) -> str:
    """Return HTML that opens on request."""
    return f"<details><summary>{escape(summary)}</summary>{html}</details>"


def verdict(right: bool) -> str:
    """Return a mark in words and colour."""
    return '<span class="right">right</span>' if right else '<span class="wrong">not right</span>'


def shown_options(item: Any) -> list[tuple[str, Any]]:
    """Return (letter, option) in the order in which they were handed out."""
    return [(letter, item.options[index]) for letter, index in shown(item)]


def letters_in(given: object) -> list[str]:
    """Return the letters of a recorded answer."""
    return [str(letter) for letter in given] if isinstance(given, list) else []


# Choices


def option_row(letter: str, option: Any, note: str, with_feedback: bool = True) -> str:
    """Return one option with what to say of it."""
    why = f'<div class="why">{to_html(option.feedback)}</div>' if with_feedback else ""
    text = to_html(option.text, inline=True)
    return f"<li><b>{escape(letter)}</b> {text} {note}{why}</li>"


def rows(lines: Iterable[str]) -> str:
    """Return list items as a list."""
    return f'<ul class="rows">{"".join(lines)}</ul>'


def right_options(item: Any) -> str:
    """Return the right options with their feedback."""
    right = [option_row(letter, one, "") for letter, one in shown_options(item) if one.correct]
    return labelled("Right", rows(right))


def given_choice(item: Any, result: QuestionResult) -> str:
    """Return the option that was chosen, and the right one where it is another."""
    given = str(result.record.get("answer"))
    chosen = [
        option_row(letter, one, verdict(one.correct))
        for letter, one in shown_options(item)
        if letter == given
    ]
    if not chosen:
        return f"<p>You wrote {plain(given, 20)}, which is no option.</p>{right_options(item)}"
    is_right = given == key_of(item)
    return labelled("Your answer", rows(chosen)) + ("" if is_right else right_options(item))


def given_choices(item: Any, result: QuestionResult) -> str:
    """Return all options with what was ticked; feedback stands where the tick was wrong."""
    ticked = letters_in(result.record.get("answer"))
    lines = []
    for letter, one in shown_options(item):
        was_ticked = letter in ticked
        note = "ticked" if was_ticked else "not ticked"
        right = was_ticked == one.correct
        lines.append(option_row(letter, one, f"{note}: {verdict(right)}", not right))
    return labelled("Your answer", rows(lines))


# Numbers


def with_unit(value: float, item: Any) -> str:
    """Return a number with the item's unit."""
    unit = f" {item.unit}" if item.unit else ""
    return escape(f"{value:.6g}{unit}")


def right_number(item: Any) -> str:
    """Return the key, what else counts, and how it comes about."""
    low, high = item.key - item.allowed, item.key + item.allowed
    range_of = (
        f" (from {with_unit(low, item)} to {with_unit(high, item)} counts)" if item.allowed else ""
    )
    key = f"<p><b>{with_unit(item.key, item)}</b>{range_of}</p>{to_html(item.feedback)}"
    return labelled("Right", key)


def given_number(item: Any, result: QuestionResult) -> str:
    """Return the number given; where it is wrong, what makes it so."""
    given = result.record.get("answer")
    number = float(given) if isinstance(given, int | float) else float("nan")
    right = result.grade.points >= result.grade.most
    text = f"<p><b>{with_unit(number, item)}</b> {verdict(right)}</p>"
    if right:
        return labelled("Your answer", text + to_html(item.feedback))
    place = result.record.get("error")
    known = isinstance(place, int) and 0 < place <= len(item.errors)
    why = item.errors[place - 1].feedback if known and isinstance(place, int) else item.hint
    return labelled("Your answer", text + to_html(why)) + right_number(item)


# Order and match


def numbered(lines: Iterable[str]) -> str:
    """Return lines as a numbered list."""
    return f"<ol>{''.join(f'<li>{line}</li>' for line in lines)}</ol>"


def entries_of(item: Any, letters: Sequence[str]) -> list[str]:
    """Return entries by their letters as HTML; a letter that is none stays a letter."""
    texts = {letter: item.entries[index] for letter, index in shown(item)}
    return [
        f"<b>{plain(letter, 5)}</b> "
        + (to_html(texts[letter], inline=True) if letter in texts else "")
        for letter in letters
    ]


def right_order(item: Any) -> str:
    """Return the right order and why."""
    in_order = numbered(entries_of(item, key_of(item)))
    return labelled("The right order", in_order + to_html(item.feedback))


def given_order(item: Any, result: QuestionResult) -> str:
    """Return the order given, and the right one where it is another."""
    given = letters_in(result.record.get("answer"))
    right = given == key_of(item)
    text = labelled("Your answer", f"<p>{verdict(right)}</p>{numbered(entries_of(item, given))}")
    return text + (to_html(item.feedback) if right else to_html(item.hint) + right_order(item))


def match_rows(item: Any, given: Sequence[str] | None) -> str:
    """Return the pairs, with what was given for each."""
    texts = {letter: item.pairs[index].right for letter, index in shown(item)}
    lines = []
    for place, (pair, letter) in enumerate(zip(item.pairs, key_of(item), strict=True)):
        left = to_html(pair.left, inline=True)
        right = f"<b>{letter}</b> {to_html(pair.right, inline=True)}"
        if given is None:
            lines.append(f"<li>{left}: {right}</li>")
            continue
        own = given[place] if place < len(given) else ""
        if own == letter:
            lines.append(f"<li>{left}: {right} {verdict(True)}</li>")
            continue
        words = to_html(texts[own], inline=True) if own in texts else "nothing"
        lines.append(
            f"<li>{left}: you gave <b>{plain(own, 5)}</b> {words} {verdict(False)}"
            f'<div class="why">Right is {right}. {to_html(pair.feedback, inline=True)}</div></li>'
        )
    return rows(lines)


def right_match(item: Any) -> str:
    """Return the right pairs."""
    return labelled("The right pairs", match_rows(item, None))


def given_match(item: Any, result: QuestionResult) -> str:
    """Return the pairs given; feedback stands where one was wrong."""
    return labelled("Your answer", match_rows(item, letters_in(result.record.get("answer"))))


# Code and text


def right_code(item: Any) -> str:
    """Return one solution."""
    solution = f"<pre>{escape(item.solution.strip())}</pre>"
    return to_html(item.feedback) + folded("One solution", solution)


def given_code(item: Any, result: QuestionResult) -> str:
    """Return how each case came out, the student's own code, and one solution."""
    came_out = result.record.get("answer")
    verdicts = came_out if isinstance(came_out, list) else []
    lines = []
    for case, right in zip(item.cases, verdicts, strict=False):
        call = f"{item.function}({', '.join(map(repr, case.args))})"
        lines.append(
            f"<li><code>{plain(call, LONGEST_VALUE)}</code> should give"
            f" <code>{plain(repr(case.expected), LONGEST_VALUE)}</code>:"
            f" {verdict(right is True)}</li>"
        )
    wrong = not all(right is True for right in verdicts)
    hint = to_html(item.hint) if wrong else ""
    own = folded("Your code", block(result.written)) if result.written.strip() else ""
    return labelled("What your function returned", rows(lines) + hint + own) + right_code(item)


def text_answer(item: Any, result: QuestionResult) -> str:
    """Return a written answer as it is, what a marker looks for, and a sample."""
    there = result.record.get("answer") is not None
    own = block(result.written) if there and result.written.strip() else f"<p>{EMPTY}</p>"
    wanted = rows(
        f"<li>{points_in_words(row.points)}: {to_html(row.criterion, inline=True)}</li>"
        for row in item.rubric
    )
    sample = folded("An answer that earns all points", to_html(item.sample))
    return labelled("Your answer", own) + labelled("What the marker looks for", wanted) + sample


def points_in_words(points: float) -> str:
    """Return "1 point", "2 points", "0.67 points"."""
    number = f"{round(points, 2):g}"
    return f"{number} {'point' if number == '1' else 'points'}"


RIGHT: dict[str, Callable[[Any], str]] = {
    "choice": right_options,
    "choices": right_options,
    "number": right_number,
    "order": right_order,
    "match": right_match,
    "code": right_code,
}
GIVEN: dict[str, Callable[[Any, QuestionResult], str]] = {
    "choice": given_choice,
    "choices": given_choices,
    "number": given_number,
    "order": given_order,
    "match": given_match,
    "code": given_code,
}


def title_of(item: Any) -> str:
    """Return a title of a question in plain text: the sentence that asks, cut at a word."""
    text = " ".join(unescape(SKIPPED.sub(" ", to_html(item.stem))).split())
    sentences = [one.strip() for one in SENTENCE.findall(text)] or [text.strip()]
    asking = [one for one in sentences if one.endswith("?")]
    ordering = [one for one in sentences if one.partition(" ")[0] in IMPERATIVES]
    title: str = (asking[-1:] or ordering[:1] or sentences[:1])[0]
    return (
        title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rsplit(" ", 1)[0] + "\u2026"
    )
