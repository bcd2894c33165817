"""The analysis as a folder for the instructor: one page that needs no other file or host, and its
tables as CSV.

No student is named unless asked. The folder is made beside its place and then renamed.
"""

import base64
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...charts import show
from ...files import replace_folder
from ...quiz.item_text import to_html
from .analysis import SMALL_CLASS, THIRDS, Analysis

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fff; --soft: #f3f5f7; --line: \
#6a727b; --link: #0a5fa8; --warn: #a4262c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --paper: #14181e; --soft: #20262e; \
--line: #a2abb5; --link: #6cbcf0; --warn: #ff8f8f; } }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; \
color: var(--ink); background: var(--paper); }
a { color: var(--link); }
.note { border-left: 5px solid var(--warn); background: var(--soft); padding: .6rem 1rem; margin: \
1rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; margin: .5rem 0 1.2rem; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; \
vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 1.2rem 0; } figure img { max-width: 100%; height: auto; background: #fff; } \
figcaption, figure p { max-width: 46rem; }
summary { cursor: pointer; padding: .5rem 0; font-weight: 600; } details { border-bottom: 1px \
solid var(--line); }
.stem { max-width: 46rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media print { details { break-inside: avoid; } body { max-width: none; } }
"""


SIGNS = "\u2212\u2013"  # begin a number, or stand for none


def write_report(found: Analysis, place: Path, names: bool = False, today: Any = None) -> Path:
    """Write the page and its tables.

    found   : Analysis
    place   : folder; an older report in it is replaced as a whole
    names   : whether the page and a table name students with their points
    today   : date to print; that of the machine where None
    returns : path of the page
    """
    beside = place.with_name(f".{place.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    (beside / "index.html").write_text(page(found, names, today or date.today()), encoding="utf-8")
    tables = {
        "summary": summary_table(found),
        "items": found.items,
        "answers": found.answers,
        "misconceptions": found.misconceptions,
    }
    if names:
        tables["students"] = student_table(found)
    for name, table in tables.items():
        guarded(table).to_csv(
            beside / f"{name}.csv", index=False, lineterminator="\n", float_format="%.6g"
        )
    replace_folder(beside, place)
    return place / "index.html"


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it."""
    text = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(
        **{
            name: table[name].map(
                lambda value: (
                    f"'{value}"
                    if isinstance(value, str) and value[:1] in "=+-@\t\r" and value
                    else value
                )
            )
            for name in text
        }
    )


def summary_table(found: Analysis) -> pd.DataFrame:
    """One row a measure of the quiz, for the CSV file."""
    rel = found.reliability
    rows = [
        ("quiz", found.quiz),
        ("students", found.students),
        ("questions", len(found.questions) - len(found.left_out)),
        ("points", found.most),
        ("mean", found.mean),
        ("sd", found.sd),
        ("reliability", found.reliability_name),
        ("reliability_value", rel.value),
        ("reliability_low", rel.low),
        ("reliability_high", rel.high),
        ("standard_error_of_measurement", found.standard_error),
        ("left_out", " ".join(found.left_out)),
    ]
    return pd.DataFrame(
        [
            (name, f"{value:.6g}" if isinstance(value, float) else str(value))
            for name, value in rows
        ],
        columns=["what", "value"],
    )


def student_table(found: Analysis) -> pd.DataFrame:
    """One row a student with name and points."""
    return pd.DataFrame(
        {
            "student": found.totals.index,
            "name": [found.people.get(name, name) for name in found.totals.index],
            "points": found.totals.to_numpy(),
        }
    ).sort_values("student")


def page(found: Analysis, names: bool, today: Any) -> str:
    """The report as one HTML text."""
    thirds = zip(found.sizes, THIRDS, strict=True)
    sizes = ", ".join(f"{size} in the {name}" for size, name in thirds)
    parts = [
        f"<h1>Item analysis: {escape(found.title)}</h1>",
        f"<p>Quiz <code>{escape(found.quiz)}"
        f"</code>, made on {today.isoformat()}. {counted(found.students, 'student')}, "
        f"{counted(len(found.questions), 'question')}. "
        + (
            "Names stand at the end; keep this file where only you can read it.</p>"
            if names
            else "No student is named.</p>"
        ),
        warning(found),
        "<h2>The quiz</h2>",
        quiz_table(found),
        *map(picture, figures(found)),
        "<h2>Worth a look</h2>",
        notes(found),
        "<h2>The questions</h2>",
        item_table(found),
        "<h2>Misconceptions</h2>",
        misconception_table(found),
        "<h2>Who chose what</h2>",
        "<p>Students are in thirds by their points in the whole quiz: "
        f"{sizes}. "
        "Equal points share a third. Where several answers can be given at once, the counts "
        "add up to more than the class.</p>",
        *(answers_of(found, question) for question in found.questions if question.item),
        "<h2>How to read this</h2>",
        HOW_TO_READ,
    ]
    if names:
        parts += [
            "<h2>Students</h2>",
            html_table(
                "Points of each student",
                ["Student", "Name", "Points"],
                student_table(found).itertuples(index=False),
            ),
        ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<meta name='robots' content='noindex'><title>Item analysis: {escape(found.title)}"
        f"</title><style>{STYLE}</style></head><body><main>"
        + "\n".join(parts)
        + "</main></body></html>\n"
    )


HOW_TO_READ = """
<ul>
<li><strong>Facility</strong> is the mean share of the points that was earned: near 1 is easy, \
near 0 is hard.</li>
<li><strong>Item-total</strong> is the correlation of a question with the points in all other \
questions. Above 0.2 or so a question points the same way as the rest. Below 0, those who do well \
elsewhere do worse here.</li>
<li><strong>Reliability</strong> (Cronbach's alpha; it is called KR-20 where every question is \
right or wrong for the same points) says how alike the questions sort the class. It is no quality \
of the quiz alone: a class of like ability lowers it, and more questions raise it.</li>
<li>The <strong>standard error of measurement</strong> is the uncertainty of one student's \
points: about two thirds of the time they are within one of it from what the student would get on \
average.</li>
<li><strong>Intervals</strong> are at 95 per cent. They say what other students like these might \
give, and nothing of students unlike them.</li>
<li>A misconception is counted where an answer stands for it. That someone chose an answer does \
not show why.</li>
</ul>"""


def counted(number: int, word: str) -> str:
    """ "1 word" or "n words"."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def warning(found: Analysis) -> str:
    """The warning on top of the page, empty where there is nothing to warn of."""
    said = []
    if found.is_small:
        said.append(
            f"This is a small class: {counted(found.students, 'student')}, where "
            f"{SMALL_CLASS} would be few. Read the intervals and not the numbers. "
            "Nothing here is a reason to drop a question; read the question itself, and ask "
            "the students."
        )
    if found.left_out:
        numbers = ", ".join(
            str(question.number) for question in found.questions if question.name in found.left_out
        )
        said.append(
            f"Answers to question {numbers} still wait for a person, so "
            f"{'they are' if len(found.left_out) > 1 else 'it is'} left out of totals and "
            "reliability."
        )
    return f'<div class="note" role="note"><p>{"</p><p>".join(said)}</p></div>' if said else ""


def number(value: Any, digits: int = 2) -> str:
    """A number as text; a dash where it is undetermined."""
    return (
        "\u2013"
        if value is None or not np.isfinite(value)
        else f"{value:.{digits}f}".replace("-", "\u2212")
    )


def interval(low: Any, high: Any, digits: int = 2) -> str:
    """ "low to high" as text."""
    return (
        f"{number(low, digits)} to {number(high, digits)}"
        if np.isfinite(low) and np.isfinite(high)
        else "not determined"
    )


def html_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table whose first column names the row; numbers come as text."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = ""
    for row in rows:
        first, *rest = (cell if isinstance(cell, Html) else Html(escape(str(cell))) for cell in row)
        body += (
            f'<tr><th scope="row">{first}</th>'
            + "".join(
                f"<td{' class=n' if cell[:1].isdigit() or cell[:1] in SIGNS else ''}>{cell}</td>"
                for cell in rest
            )
            + "</tr>"
        )
    return (
        f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        "</table></div>"
    )


class Html(str):
    """Text that is HTML already."""


def quiz_table(found: Analysis) -> str:
    """HTML table of the quiz's measures."""
    rel = found.reliability
    rows = [
        ("Students", found.students),
        ("Questions that count", len(found.questions) - len(found.left_out)),
        ("Points to be had", f"{found.most:g}"),
        ("Mean", number(found.mean)),
        ("Standard deviation", number(found.sd)),
        (
            f"Reliability ({found.reliability_name})",
            f"{number(rel.value)}, interval {interval(rel.low, rel.high)}"
            if np.isfinite(rel.value)
            else "not determined",
        ),
        (
            "Standard error of measurement",
            f"{number(found.standard_error)} points"
            if np.isfinite(found.standard_error)
            else "not determined",
        ),
    ]
    return html_table("The quiz as a whole", ["What", "Value"], rows)


def notes(found: Analysis) -> str:
    """HTML list of the questions that stand out, with what to look for."""
    if not found.notes:
        return "<p>No question stands out further than chance would let it.</p>"
    lead = (
        "<p>In a class as small as this, take these as questions to yourself.</p>"
        if found.is_small
        else "<p>Where even the interval stands out. Each is a reason to read the question again, "
        "not a verdict on it.</p>"
    )
    numbers = {question.id: question.number for question in found.questions}
    return (
        lead
        + "<ul>"
        + "".join(
            f'<li><a href="#q-{numbers[item]}">Question {numbers[item]}</a> ('
            f"<code>{escape(item)}</code>): {escape(what)}. "
            f"{escape(ask[:1].upper() + ask[1:])}</li>"
            for item, what, ask in found.notes
        )
        + "</ul>"
    )


def item_table(found: Analysis) -> str:
    """HTML table with one row a question."""
    rows = []
    for row in found.items.itertuples():
        link = Html(f'<a href="#q-{row.number}">{row.number}</a>')
        rows.append(
            (
                link,
                row.id,
                row.kind,
                row.level,
                f"{row.points:g}",
                number(row.facility),
                interval(row.facility_low, row.facility_high),
                number(row.item_total),
                interval(row.item_total_low, row.item_total_high),
                row.omitted,
            )
        )
    heads = [
        "No.",
        "Question",
        "Kind",
        "Level",
        "Points",
        "Facility",
        "Interval",
        "Item-total",
        "Interval",
        "Left empty",
    ]
    return html_table("Facility and item-total correlation of each question", heads, rows)


def misconception_table(found: Analysis) -> str:
    """HTML table of misconceptions by how often they were chosen."""
    if found.misconceptions.empty:
        return "<p>No question of this quiz names one.</p>"
    rows = [
        (
            str(row.misconception).replace("-", " "),
            f"{row.students}",
            number(row.share),
            interval(row.share_low, row.share_high),
            row.times,
            row.questions,
        )
        for row in found.misconceptions.itertuples()
    ]
    return html_table(
        "Misconceptions by how many students gave an answer that stands for them",
        ["Misconception", "Students", "Share", "Interval", "Times chosen", "Questions"],
        rows,
    )


def answers_of(found: Analysis, question: Any) -> str:
    """HTML table of the answers to one question."""
    rows = found.answers[found.answers["id"] == question.id]
    [about] = found.items[found.items["id"] == question.id].itertuples()
    rated = [
        (
            row.answer,
            row.text,
            "right" if row.right else "",
            str(row.misconception).replace("-", " "),
            row.lower,
            row.middle,
            row.upper,
            row.all,
            f"{row.share:.0%}",
        )
        for row in rows.itertuples()
    ]
    heads = [
        "Answer",
        "Text",
        "Key",
        "Misconception",
        "Lower third",
        "Middle",
        "Upper",
        "All",
        "Share",
    ]
    return (
        f'<details id="q-{question.number}">'
        f"<summary>Question {question.number}: {escape(question.id)} (facility "
        f"{number(about.facility)}, item-total {number(about.item_total)})</summary>"
        f'<div class="stem">{to_html(question.item.stem)}'
        f"</div>{html_table(f'Answers to question {question.number}', heads, rated)}"
        "</details>"
    )


def figures(found: Analysis) -> Iterator[Any]:
    """Pictures in the house style, each with its alt text."""
    known = found.items[found.items["facility"].notna()].sort_values(["facility", "number"])
    if not known.empty:
        yield show(
            lambda axes, look: draw_items(axes, look, known),
            columns=2,
            sharey=True,
            size=(7.6, 1.4 + 0.24 * len(known)),
            **words_of_items(found, known),
        )
    if found.students > 1:
        yield show(
            lambda ax, look: draw_totals(ax, look, found), size=(7.6, 3), **words_of_totals(found)
        )


def words_of_items(found: Analysis, known: Any) -> dict[str, Any]:
    """Title, alternative text and limits of the figure of items."""
    easiest, hardest = known.iloc[-1], known.iloc[0]
    rated = known[known["item_total"].notna()]
    below = int((rated["item_total_high"] < 0).sum())
    spread = (
        f" Item-total correlations run from {rated['item_total'].min():.2f}"
        f" to {rated['item_total'].max():.2f}."
        if len(rated)
        else " No item-total correlation is determined."
    )
    return {
        "name": "questions",
        "title": f"Facility runs from {hardest['facility']:.2f} to {easiest['facility']:.2f}"
        f" over {counted(len(known), 'question')}",
        "subtitle": "Facility and item-total correlation of each question, with 95% intervals.",
        "sources": ["The submissions of this class."],
        "alt": "Two columns of points with intervals, one row a question. Hardest is question "
        f"{hardest['number']} with facility {hardest['facility']:.2f}"
        f", easiest question {easiest['number']} with {easiest['facility']:.2f}.{spread} "
        f"{counted(below, 'question')} {'has' if below == 1 else 'have'} an interval wholly "
        "below zero.",
        "limits": "It cannot show why a question is hard, nor how students unlike these would do.",
        "data": known[
            [
                "number",
                "id",
                "facility",
                "facility_low",
                "facility_high",
                "item_total",
                "item_total_low",
                "item_total_high",
            ]
        ],
    }


def draw_items(axes: Any, look: Any, known: Any) -> None:
    """Draw facility and item-total correlation, one row a question, into two axes."""
    rows = np.arange(len(known))
    for ax, what, title, span in zip(
        axes,
        ("facility", "item_total"),
        ("Facility", "Item-total correlation"),
        ((-0.02, 1.02), (-1, 1)),
        strict=False,
    ):
        ax.hlines(rows, known[f"{what}_low"], known[f"{what}_high"], color=look.muted, lw=1.6)
        ax.plot(known[what], rows, "o", color=look.accent, ms=5)
        ax.set_title(title, loc="left")
        ax.set_xlim(*span)
    axes[1].axvline(0, color=look.muted, lw=1, ls=":")
    axes[0].set_yticks(rows, [f"{row.number}" for row in known.itertuples()])
    axes[0].set_ylabel("Question")
    axes[0].set_ylim(-0.7, len(known) - 0.3)


def words_of_totals(found: Analysis) -> dict[str, Any]:
    """Title, alternative text and limits of the histogram of points."""
    low, high = found.totals.min(), found.totals.max()
    return {
        "name": "totals",
        "title": f"Points lie between {low:g} and {high:g} of {found.most:g}",
        "subtitle": "Students by their points in all questions together.",
        "sources": ["The submissions of this class."],
        "alt": f"Histogram of the points of {counted(found.students, 'student')}: mean "
        f"{found.mean:.1f}, standard deviation {number(found.sd, 1)}, lowest {low:g}, "
        f"highest {high:g} of {found.most:g}.",
        "limits": "It cannot show what a student knows beyond these questions.",
        "data": found.totals.value_counts()
        .sort_index()
        .rename_axis("points")
        .reset_index(name="students"),
    }


def draw_totals(ax: Any, look: Any, found: Analysis) -> None:
    """Draw the histogram of points, with the mean."""
    bins = np.linspace(
        0, max(found.most, 1e-9), int(min(max(np.sqrt(found.students) * 1.5, 5), 25)) + 1
    )
    ax.hist(found.totals, bins=bins, color=look.accent, edgecolor=look.paper)
    ax.axvline(found.mean, color=look.ink, lw=1.6, ls="--")
    ax.set_xlabel(f"Points of {found.most:g}; the dashed line is the mean")
    ax.set_ylabel("Students")
    ax.yaxis.get_major_locator().set_params(integer=True)


def picture(figure: Any) -> str:
    """A figure of the house style as one element, with its words around it."""
    drawing = base64.b64encode(figure.pictures["wide"].encode()).decode()
    return (
        f"<figure><figcaption><strong>{escape(figure.title)}.</strong> {escape(figure.subtitle)}"
        "</figcaption>"
        f'<img src="data:image/svg+xml;base64,{drawing}" alt="{escape(figure.alt)}">'
        f"<p>{escape(figure.limits)} {escape(figure.source)}</p></figure>"
    )
