"""Items as plain semantic HTML: one form each, readable and printable without any script.

The same markup serves the page and a live notebook. The folded answer holds key and feedback once;
the script of the page only reads it. Formative items alone come here: a key in a public page is
never graded."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ..i18n import _, ngettext
from .bank import key_of, load_banks, shown
from .item_text import to_html

STATIC = Path(__file__).parent / "static"

KINDS = {
    "choice": _("Choose one"),
    "choices": _("Choose all that apply"),
    "number": _("Give a number"),
    "order": _("Put in order"),
    "match": _("Match"),
    "code": _("Write code"),
    "text": _("Write a few sentences"),
}


def render_items(items: Sequence[Any]) -> str:
    """HTML of several items as one numbered quiz; ValueError for a graded one."""
    if graded := [item.id for item in items if item.is_graded]:
        raise ValueError(f"graded items must not be rendered with their key: {', '.join(graded)}")
    return (
        '<div class="quiz">'
        + "".join(render_item(item, number) for number, item in enumerate(items, 1))
        + "</div>"
    )


class QuizHtml:
    """Check items of one objective for a notebook cell: shows itself with style and script."""

    def __init__(self, chapter: str, objective: str) -> None:
        bank = load_banks()[chapter]
        self.items = [item for item in bank.used_for("check") if item.objective == objective]
        if not self.items:
            raise ValueError(
                f"no check item for {objective!r} in {chapter}; objectives: "
                f"{', '.join(o.id for o in bank.objectives)}"
            )

    def _repr_html_(self) -> str:
        style, script = (
            (STATIC / name).read_text(encoding="utf-8") for name in ("quiz.css", "quiz.js")
        )
        return f"<style>{style}</style>{render_items(self.items)}<script>{script}</script>"


def is_judged(item: Any) -> bool:
    """Whether the page itself can tell if an answer is right."""
    return item.kind not in ("code", "text")


def render_progress(rows: Iterable[tuple[str, Sequence[Any], str]], what: str) -> str:
    """Panel with the reader's own results: a row for each group of items, and buttons to save, read
    and remove them.

    rows : (label, items, attributes of the row as HTML text) of each group
    what : heading of the column of labels
    """
    body = "".join(
        f'<tr data-items="{" ".join(item.id for item in items)}"{more}>'
        f'<th scope="row">{escape(label)}</th><td></td><td></td></tr>'
        for label, items, more in rows
        if items
    )
    without = _(
        "With JavaScript your results would stand here. Without it nothing is counted and "
        "nothing is kept; the fold below each question leads to its answer."
    )
    sure = _("Ask me how sure I am")
    save, open_file, off, wipe = (
        _("Save my results to a file"),
        _("Read results from a file"),
        _("Stop keeping my results"),
        _("Remove all results"),
    )
    return (
        f'<div class="quiz-progress"><p class="quiz-needs-script">{without}</p>'
        '<div class="quiz-desk" hidden>'
        f'<div class="quiz-scroll" role="group" tabindex="0" aria-label="{escape(what)}">'
        f'<table><thead><tr><th scope="col">{escape(what)}</th>'
        f'<th scope="col">{_("Answered")}</th><th scope="col">{_("Right")}</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        '<p class="quiz-calibration"></p><p class="quiz-kept"></p>'
        '<p class="quiz-buttons"><button type="button" data-do="sure" '
        f'aria-pressed="false">{sure}</button> <button type="button" data-do="save">{save}'
        "</button> "
        f'<label>{open_file} <input type="file" accept=".json,application/json"></label> '
        f'<button type="button" data-do="off">{off}</button> '
        f'<button type="button" data-do="wipe">{wipe}</button></p>'
        '<p class="quiz-said" role="status" aria-live="polite"></p></div></div>'
    )


def render_item(item: Any, number: int | str = 1) -> str:
    """One item as an HTML form."""
    dom = item.id.replace(".", "-")
    first, _end, rest = to_html(item.stem).partition("\n")
    if first.startswith("<p>") and first.endswith("</p>"):
        legend, body = first[3:-4], rest
    else:
        legend, body = _("Question {number}", number=number), f"{first}\n{rest}"
    asked = _("Question {number}", number=number)
    ask = ASK[item.kind](item, dom)
    hint = getattr(item, "hint", "")
    clue = (
        f'<details class="quiz-clue"><summary>{escape(HINT)}</summary>{to_html(hint)}</details>'
        if hint
        else ""
    )
    check = (
        f'<button type="submit" class="quiz-check" hidden>{escape(CHECK)}</button>'
        if is_judged(item)
        else ""
    )
    return (
        f'<form class="quiz-item" id="q-{dom}" data-item="{item.id}" data-kind="{item.kind}" '
        "novalidate>"
        f'<fieldset><legend><span class="quiz-number">{escape(asked)} '
        f'<span class="quiz-kind">({KINDS[item.kind]})</span></span> {legend}</legend>'
        f"{body}{ask}</fieldset>{clue}{check}"
        '<div class="quiz-result" role="status" aria-live="polite"></div>'
        f'<details class="quiz-answer"><summary>{SUMMARY.get(item.kind, SHOW)}'
        f"</summary>{ANSWER[item.kind](item)}{explanation(item)}</details></form>"
    )


SUMMARY = {
    "code": _("Show one solution"),
    "text": _("Show a sample answer and what a marker looks for"),
}
SHOW = _("Show the answer")
CHECK = _("Check my answer")
HINT = _("A hint")


def explanation(item: Any) -> str:
    """HTML of an item's explanation, empty where it has none."""
    return f'<div class="quiz-why">{to_html(item.explanation)}</div>' if item.explanation else ""


def ask_options(item: Any, dom: str) -> str:
    """HTML that asks for one or several options."""
    box = "radio" if item.kind == "choice" else "checkbox"
    return (
        '<ul class="quiz-options">'
        + "".join(
            f'<li><input type="{box}" id="{dom}-{letter}" name="answer" value="{letter}">'
            f'<label for="{dom}-{letter}">{to_html(item.options[index].text, inline=True)}'
            "</label></li>"
            for letter, index in shown(item)
        )
        + "</ul>"
    )


def ask_number(item: Any, dom: str) -> str:
    """HTML that asks for a number with its unit."""
    asked = _("Your answer in {unit}", unit=item.unit) if item.unit else _("Your answer")
    return (
        f'<p><label for="{dom}-n">{escape(asked)}</label> '
        f'<input id="{dom}-n" name="answer" type="text" inputmode="decimal" '
        f'autocomplete="off" size="8" data-unit="{escape(item.unit)}"></p>'
    )


def select(dom: str, place: object, label: str, letters: Iterable[str]) -> str:
    """HTML of a labelled list of letters."""
    options = "".join(f'<option value="{letter}">{letter}</option>' for letter in letters)
    choose = escape(_("choose"))
    return (
        f'<label for="{dom}-{place}">{label}</label> '
        f'<select id="{dom}-{place}" name="answer-{place}">'
        f'<option value="">{choose}</option>{options}</select>'
    )


def ask_order(item: Any, dom: str) -> str:
    """HTML that asks for an order."""
    order = shown(item)
    letters = [letter for letter, _index in order]
    entries = "".join(
        f"<li><b>{letter}</b> {to_html(item.entries[index], inline=True)}</li>"
        for letter, index in order
    )
    places = "".join(
        f"<li>{select(dom, place, escape(_('Place {place}', place=place)), letters)}</li>"
        for place in range(1, len(letters) + 1)
    )
    return f'<ul class="quiz-entries">{entries}</ul><ul class="quiz-places">{places}</ul>'


def ask_match(item: Any, dom: str) -> str:
    """HTML that asks for pairs."""
    order = shown(item)
    letters = [letter for letter, _index in order]
    entries = "".join(
        f"<li><b>{letter}</b> {to_html(item.pairs[index].right, inline=True)}</li>"
        for letter, index in order
    )
    places = "".join(
        f"<li>{select(dom, place, to_html(pair.left, inline=True), letters)}</li>"
        for place, pair in enumerate(item.pairs, 1)
    )
    return f'<ul class="quiz-entries">{entries}</ul><ul class="quiz-places">{places}</ul>'


def ask_code(item: Any, dom: str) -> str:
    """HTML that asks for a function."""
    case = item.cases[0]
    call = f"{item.function}({', '.join(map(repr, case.args))})"
    example = _(
        "For example {call} should give {result}. Where this page can run Python, you can answer "
        "here; else try it in the notebook of this part, linked at the foot of the page. "
        "Then compare.",
        call=f"<code>{escape(call)}</code>",
        result=f"<code>{escape(repr(case.expected))}</code>",
    )
    start = escape(_("Code to start from"))
    return (
        f'<pre class="quiz-starter" tabindex="0" aria-label="{start}">'
        f"<code>{escape(item.starter.strip())}</code></pre>"
        f"<p>{example}</p>"
    )


def ask_text(item: Any, dom: str) -> str:
    """HTML that asks for a written answer."""
    asked = escape(_("Your answer (it stays on this page)"))
    return (
        f'<p><label for="{dom}-t">{asked}</label></p>'
        f'<textarea id="{dom}-t" name="answer" rows="5"></textarea>'
    )


RIGHT, NOT_THIS = _("Right"), _("Not this")


def answer_options(item: Any) -> str:
    """HTML of the right and wrong options with their feedback."""
    return (
        '<ul class="quiz-feedback">'
        + "".join(
            f'<li data-option="{letter}" data-right="{str(item.options[index].correct).lower()}">'
            f"<b>{escape(RIGHT if item.options[index].correct else NOT_THIS)}:"
            f"</b> {to_html(item.options[index].text, inline=True)}"
            f'<div class="quiz-because">{to_html(item.options[index].feedback)}</div></li>'
            for letter, index in shown(item)
        )
        + "</ul>"
    )


def answer_number(item: Any) -> str:
    """HTML of the right number, what is still counted as right, and known errors."""
    allowed = (
        item.tolerance.absolute
        if item.tolerance.relative is None
        else abs(item.key) * item.tolerance.relative
    )
    unit = f" {escape(item.unit)}" if item.unit else ""
    about = escape(_("About {number}", number=f"{item.key:.4g}"))
    wrong = escape(_("Answers that go wrong in a way worth knowing:"))
    errors = "".join(
        f'<li data-value="{error.value!r}"><b>{error.value:g}{unit}:</b> '
        f'<div class="quiz-because">{to_html(error.feedback)}</div></li>'
        for error in item.errors
    )
    return (
        f'<div class="quiz-key" data-value="{item.key!r}" data-allowed="{allowed!r}"><p>'
        f"<b>{about}{unit}</b></p>"
        f'<div class="quiz-because">{to_html(item.feedback)}</div></div>'
        f'<p>{wrong}</p><ul class="quiz-feedback">{errors}</ul>'
    )


def answer_order(item: Any) -> str:
    """HTML of the right order."""
    entries = "".join(f"<li>{to_html(entry, inline=True)}</li>" for entry in item.entries)
    return (
        f'<div class="quiz-key" data-letters="{" ".join(key_of(item))}"><ol>{entries}</ol>'
        f'<div class="quiz-because">{to_html(item.feedback)}</div></div>'
    )


def answer_match(item: Any) -> str:
    """HTML of the right pairs."""
    pairs = "".join(
        f'<li data-option="{letter}"><b>{to_html(pair.left, inline=True)}:'
        f"</b> {to_html(pair.right, inline=True)}"
        f'<div class="quiz-because">{to_html(pair.feedback)}</div></li>'
        for pair, letter in zip(item.pairs, key_of(item), strict=False)
    )
    return (
        f'<div class="quiz-key" data-letters="{" ".join(key_of(item))}"></div>'
        f'<ul class="quiz-feedback">{pairs}</ul>'
    )


def answer_code(item: Any) -> str:
    """HTML of a solution."""
    solution = escape(_("One solution"))
    return (
        f'<pre tabindex="0" aria-label="{solution}"><code>{escape(item.solution.strip())}'
        "</code></pre>"
        f'<div class="quiz-because">{to_html(item.feedback)}</div>'
    )


def whole_or_decimal(points: float) -> Any:
    """The points as they are written: 2 and not 2.0, but 2.5."""
    return int(points) if points == int(points) else points


def answer_text(item: Any) -> str:
    """HTML of the rubric and a sample answer."""
    rubric = "".join(
        f"<li>{ngettext('{count} point', '{count} points', whole_or_decimal(row.points))}: "
        f"{to_html(row.criterion, inline=True)}"
        "</li>"
        for row in item.rubric
    )
    looks = escape(_("A marker looks for"))
    return f'<div class="quiz-key">{to_html(item.sample)}</div><p>{looks}</p><ul>{rubric}</ul>'


ASK = {
    "choice": ask_options,
    "choices": ask_options,
    "number": ask_number,
    "order": ask_order,
    "match": ask_match,
    "code": ask_code,
    "text": ask_text,
}
ANSWER = {
    "choice": answer_options,
    "choices": answer_options,
    "number": answer_number,
    "order": answer_order,
    "match": answer_match,
    "code": answer_code,
    "text": answer_text,
}
