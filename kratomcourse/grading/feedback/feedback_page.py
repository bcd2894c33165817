"""The page that a student gets after grading: one HTML file without scripts or other hosts."""

from collections.abc import Callable, Sequence
from html import escape

from ...quiz.bank import Bank, Item
from .explanations import explained, plain, points_in_words, title_of
from .results import QuestionResult, StoredNotebook

Reread = Callable[[Bank, Item], str]

LONGEST_COMMENT = 20_000  # characters; a person wrote it, for one answer
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
:root { color-scheme: light dark; --ink: #1c2321; --ground: #fff; --line: #c9d1cd;
  --right: #14633a; --wrong: #9b2c1f; --quiet: #53605b; --note: #f3f6f4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebe8; --ground: #14181a; --line: #3d4744;
  --right: #7bd3a0; --wrong: #ff9d8f; --quiet: #a9b5b0; --note: #1f2628; } }
body { max-width: 46rem; margin: 0 auto; padding: 1rem; font: 1rem/1.55 system-ui, sans-serif;
  color: var(--ink); background: var(--ground); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2rem; }
h4 { margin: 1rem 0 .25rem; font-size: 1rem; }
a { color: inherit; }
table { border-collapse: collapse; width: 100%; }
.scroll { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0;
  border-bottom: 1px solid var(--line); }
td:last-child, th { white-space: nowrap; } td:last-child, th:last-child { text-align: right; }
pre { white-space: pre-wrap; background: var(--note); padding: .5rem; font-size: .9rem; }
ul.rows { list-style: none; padding: 0; } ul.rows > li { padding: .25rem 0; }
.why { color: var(--quiet); } .why p { margin: .1rem 0; }
.right { color: var(--right); font-weight: 600; } .wrong { color: var(--wrong); font-weight: 600; }
.question { border-top: 1px solid var(--line); padding: .5rem 0; }
.question > summary { cursor: pointer; font-weight: 600; }
.comment { background: var(--note); border-left: 4px solid var(--quiet); padding: .5rem 1rem; }
.comment p, .spoken { white-space: pre-wrap; margin: .25rem 0; }
img { max-width: 100%; background: #fff; }
"""


def feedback_page(
    title: str,
    student: str,
    results: Sequence[QuestionResult],
    stored: StoredNotebook,
    bank: Bank | None,
    reread: Reread,
) -> str:
    """Return the page of one notebook.

    title   : of the quiz
    results : of its questions, in order
    reread  : from bank and item, where to read again as HTML
    """
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{plain(student, 200)}: {total_of(results, stored)}</p>",
        comments_section(results),
        overview(results),
        "<h2>Question by question</h2>",
        *(question_section(result, bank, reread) for result in results),
    ]
    return document(title, "".join(body))


def document(title: str, body: str) -> str:
    """Return a whole HTML file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}: feedback</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def total_of(results: Sequence[QuestionResult], stored: StoredNotebook) -> str:
    """Return the points in all, with what they lack."""
    parts = [
        f"<b>{stored.points:g} of {points_in_words(stored.most)}</b>"
        f" (Score: {stored.points:g} / {stored.most:g})"
    ]
    if stored.penalty:
        parts.append(f"{points_in_words(stored.penalty)} taken off for late work")
    if any(result.grade.waiting for result in results):
        parts.append("answers not read yet are not counted")
    return "; ".join(parts) + "."


def comments_section(results: Sequence[QuestionResult]) -> str:
    """Return what a person wrote, above everything else."""
    written = [
        f'<p><a href="#{escape(result.name)}">{label_of(result)}</a>:</p>'
        f'<p class="spoken">{plain(result.comment, LONGEST_COMMENT)}</p>'
        for result in results
        if result.comment
    ]
    if not written:
        return ""
    return f'<section class="comment"><h2>Comments on your work</h2>{"".join(written)}</section>'


def overview(results: Sequence[QuestionResult]) -> str:
    """Return a table of all questions with their points."""
    lines = "".join(
        f"<tr><td>{result.number or ''}</td>"
        f'<td><a href="#{escape(result.name)}">{heading_of(result)}</a></td>'
        f"<td>{points_of(result)}</td></tr>"
        for result in results
    )
    return (
        '<h2>Your points</h2><div class="scroll"><table><thead><tr><th scope="col">No.</th>'
        '<th scope="col">Question</th><th scope="col">Points</th></tr></thead>'
        f"{lines}</table></div>"
    )


def question_section(result: QuestionResult, bank: Bank | None, reread: Reread) -> str:
    """Return one question; it is open where points are missing."""
    is_full = result.grade.points >= result.grade.most and not result.grade.waiting
    earned = "not read yet" if result.grade.waiting else f"{points_of(result)} points"
    summary = f"{label_of(result)} ({earned})"
    body = []
    if result.comment:
        body.append('<p class="why">There is a comment on this question at the top.</p>')
    if result.item is None:
        body.append(test_body(result))
    else:
        body.append(f'<div class="stem">{stem_of(result.item)}</div>')
        body.append(explained(result))
        place = reread(bank, result.item) if bank is not None else ""
        if place and not is_full:
            body.append(f"<p><b>Read again:</b> {place}.</p>")
    opened = "" if is_full else " open"
    return (
        f'<details class="question" id="{escape(result.name)}"{opened}>'
        f"<summary>{summary}</summary>{''.join(body)}</details>"
    )


def stem_of(item: Item) -> str:
    """Return the question itself."""
    from ...quiz.item_text import to_html

    return to_html(item.stem)


def test_body(result: QuestionResult) -> str:
    """Return what there is to say of a test that is in no bank."""
    return f"<pre>{plain(result.check, 1000)}</pre>" if result.check else ""


def label_of(result: QuestionResult) -> str:
    """Return number and title of a question."""
    number = f"Question {result.number}: " if result.number else ""
    return number + heading_of(result)


def heading_of(result: QuestionResult) -> str:
    """Return the title of a question, or the name of a test."""
    return escape(title_of(result.item)) if result.item else f"Test {escape(result.name)}"


def points_of(result: QuestionResult) -> str:
    """Return the points of a question."""
    if result.grade.waiting:
        return f"(not read yet) / {result.grade.most:g}"
    return f"{round(result.grade.points, 2):g} / {result.grade.most:g}"
