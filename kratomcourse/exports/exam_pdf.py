"""A printed exam and its answer key as PDFs, set by Typst: tagged for screen readers (PDF/UA), fonts embedded.

A seed fixes the order of questions and options; without one it is the order of the bank and the page.
"""

import json
import random
import xml.etree.ElementTree as ET
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..quiz.bank import AnyItem, shown
from ..quiz.words import to_html, with_facts
from .media import DATA_URI

PAGE_SIZES = {"a4": "a4", "letter": "us-letter"}
ANSWER_LINES = {"code": 9, "text": 8}  # to write on


@dataclass(frozen=True)
class ExamQuestion:
    """One item in one exam; `order` holds (letter, index) of its options, entries or right sides."""

    number: int
    item: object
    order: list


def exam_questions(items: Iterable[AnyItem], seed: str | None = None) -> list[ExamQuestion]:
    """Return the items in the order of the exam, each with the order of its options."""
    items = list(items)
    if seed is not None:
        random.Random(f"paper:{seed}").shuffle(items)
    return [
        ExamQuestion(number, item, order_of(item, seed)) for number, item in enumerate(items, 1)
    ]


def order_of(item: AnyItem, seed: str | None) -> list[tuple[str, int]]:
    if item.kind not in ("choice", "choices", "order", "match"):
        return []
    order = shown(item)
    if seed is None:
        return order
    indices = [index for _, index in order]
    draw = random.Random(f"paper:{seed}:{item.id}")
    draw.shuffle(indices)
    while item.kind == "order" and indices == sorted(indices):
        draw.shuffle(indices)
    return [(letter, index) for (letter, _), index in zip(order, indices)]


def exam_and_key(
    title: str,
    items: Iterable[AnyItem],
    seed: str | None = None,
    size: str = "a4",
    form: str = "",
    named: bool = True,
) -> tuple[bytes, bytes]:
    """Return the exam and its answer key as two PDFs.

    items : items of the bank
    seed  : order of questions and options; None keeps the bank's
    size  : a4 or letter
    form  : A or B where there are two
    named : with a line for the name and the date
    """
    made = exam_questions(items, seed)
    name = " ".join(filter(None, [title, f"Form {form}" if form else ""]))
    mark = f"{name}{'' if seed is None else f', order {seed}'}"
    return typeset(exam_text(name, mark, made, size, named)), typeset(
        key_text(name, mark, made, size)
    )


def handout_pdf(title: str, blocks: Iterable[tuple[str, str]], size: str = "a4") -> bytes:
    """Return the PDF of a handout: [(heading, HTML)] under one title."""
    body = "".join(f"\n== #{quoted(heading)}\n{typ(html)}\n" for heading, html in blocks)
    return typeset(
        head(title, title, size)
        + "#quote(block: true)[Health education, not medical or legal advice. Full references are at the end of each page of the book.]\n"
        + body
    )


def typeset(source: str) -> bytes:
    import matplotlib
    import typst

    fonts = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")
    # A fixed date: the same bank and seed make the same file.
    return typst.compile(
        source.encode(),
        format="pdf",
        font_paths=[fonts],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )


# Words of both


def quoted(text: str) -> str:
    """Text as a string of Typst, in which nothing is markup."""
    return json.dumps(text, ensure_ascii=False)


def head(title: str, mark: str, size: str) -> str:
    return f"""\
#set document(title: {quoted(title)})
#set page(paper: "{PAGE_SIZES[size]}", margin: 2cm, footer: context [#text(8pt)[#{quoted(mark)} #h(1fr) #counter(page).display("1 / 1", both: true)]])
#set text(font: "DejaVu Sans", size: 10pt, lang: "en")
#set par(leading: 0.7em)
#show heading.where(level: 2): set text(size: 10.5pt)
#show raw: set text(font: "DejaVu Sans Mono", size: 9pt)
#let blank(width) = box(width: width, baseline: 2pt, stroke: (bottom: 0.6pt), height: 1em)
#let lines(count) = for _ in range(count) {{ block(above: 0.85cm, below: 0pt, line(length: 100%, stroke: 0.4pt + gray)) }}
= #{quoted(title)}
"""


def points_of(item: AnyItem) -> str:
    return f"{item.points:g} {'point' if item.points == 1 else 'points'}"


def typ(html: str) -> str:
    """HTML of the bank as Typst; every text in it becomes a string, so that nothing in it is markup."""
    return inside(ET.fromstring(f"<div>{html}</div>"))


def inside(node: ET.Element) -> str:
    parts = [text(node.text)]
    for child in node:
        parts += [element(child), text(child.tail)]
    return "".join(parts)


def text(words: str | None) -> str:
    words = " ".join((words or "").replace("\n", " ").split(" "))
    return f"#{quoted(words)};" if words.strip() else (" " if words else "")


def element(node: ET.Element) -> str:
    match node.tag:
        case "p":
            return f"{inside(node)}\n\n"
        case "strong":
            return f"#strong[{inside(node)}]"
        case "em":
            return f"#emph[{inside(node)}]"
        case "code":
            return f"#raw({quoted(''.join(node.itertext()))})"
        case "pre":
            return f"\n#raw(block: true, {quoted(''.join(node.itertext()).rstrip())})\n"
        case "ul" | "ol":
            return (
                f"\n#{'list' if node.tag == 'ul' else 'enum'}"
                + "".join(f"[{inside(entry)}]" for entry in node)
                + "\n\n"
            )
        case "br":
            return "#linebreak()"
        case "img" if found := DATA_URI.fullmatch(node.get("src", "")):
            return f"\n#image(bytes(({', '.join(map(str, b64decode(found[2])))},)), alt: {quoted(node.get('alt', ''))}, width: 70%)\n"
        case "table":
            rows = list(node.iter("tr"))
            cells = ["".join(f"[{inside(cell)}]," for cell in row) for row in rows]
            return f"\n#table(columns: {len(rows[0])}, table.header({cells[0]}), {''.join(cells[1:])})\n"
    return inside(node)


# The paper


def exam_text(
    name: str, mark: str, made: Sequence[ExamQuestion], size: str, named: bool = True
) -> str:
    total, many = (
        sum(question.item.points for question in made),
        "question" if len(made) == 1 else "questions",
    )
    told = f"{len(made)} {many}, {total:g} points. Where several boxes may be ticked, a wrong tick costs a share. Health education, not medical or legal advice."
    parts = [
        head(name, mark, size),
        ("Name #blank(7cm) #h(1fr) Date #blank(3.5cm)\n\n" if named else "") + f"#{quoted(told)}\n",
    ]
    for question in made:
        parts.append(
            f'\n#block(above: 1.8em, breakable: {"true" if question.item.kind in ANSWER_LINES else "false"}, width: 100%)[\n== {question.number}. #h(1fr) #text(weight: "regular", size: 9pt)[#{quoted(points_of(question.item))}]\n{typ(to_html(question.item.stem))}\n{ASK[question.item.kind](question)}\n]\n'
        )
    return "".join(parts)


def row(left: str, right: str) -> str:
    return f"#grid(columns: (1.4cm, 1fr), row-gutter: 0pt, [{left}], [{right}])\n"


def lettered(question: ExamQuestion, texts: Sequence[str], sign: str = "") -> str:
    return "".join(
        f"#block(above: 0.7em)[{row(f'{sign} #{quoted(letter)}', typ(to_html(texts[index], inline=True)))}]"
        for letter, index in question.order
    )


def ask_options(question: ExamQuestion) -> str:
    shape = "circle(radius: 4pt)" if question.item.kind == "choice" else "square(size: 8pt)"
    told = "Tick one." if question.item.kind == "choice" else "Tick all that apply."
    return f"#emph[{told}]\n{lettered(question, [option.text for option in question.item.options], f'#box(baseline: 1pt, {shape})')}"


def ask_number(question: ExamQuestion) -> str:
    return f"Answer #blank(4cm) #{quoted(question.item.unit)}\n"


def ask_order(question: ExamQuestion) -> str:
    places = " #h(4pt) ".join(
        f"{place}. #blank(1cm)" for place in range(1, len(question.order) + 1)
    )
    return f"{lettered(question, question.item.entries)}\n#block(above: 1em)[Letters in the right order: {places}]\n"


def ask_match(question: ExamQuestion) -> str:
    lefts = "".join(
        f"#block(above: 0.9em)[{row('#blank(1cm)', typ(to_html(pair.left, inline=True)))}]"
        for pair in question.item.pairs
    )
    return f"#emph[Write one letter before each row.]\n{lefts}\n#block(above: 1em)[]\n{lettered(question, [pair.right for pair in question.item.pairs])}"


def ask_code(question: ExamQuestion) -> str:
    first = question.item.cases[0]
    call = f"{question.item.function}({', '.join(map(repr, first.args))})"
    return f"#raw(block: true, {quoted(question.item.starter.strip())})\nFor example #raw({quoted(call)}) gives #raw({quoted(repr(first.expected))}).\n#lines({ANSWER_LINES['code']})\n"


def ask_text(question: ExamQuestion) -> str:
    return f"#lines({ANSWER_LINES['text']})\n"


ASK = {
    "choice": ask_options,
    "choices": ask_options,
    "number": ask_number,
    "order": ask_order,
    "match": ask_match,
    "code": ask_code,
    "text": ask_text,
}


# The key


def key_text(name: str, mark: str, made: Sequence[ExamQuestion], size: str) -> str:
    parts = [
        head(f"Key: {name}", mark, size),
        "For whoever marks. Do not hand it out with the paper.\n",
    ]
    for question in made:
        item = question.item
        why = typ(to_html(item.explanation)) if item.explanation else ""
        parts.append(
            f'\n== {question.number}. #{quoted(answer(question))} #h(1fr) #text(weight: "regular", size: 8pt)[#{quoted(f"{points_of(item)}, {item.id}")}]\n{ANSWER[item.kind](question)}{why}\n'
        )
    return "".join(parts)


def answer(question: ExamQuestion) -> str:
    """The answer on one line, in the letters of this paper."""
    item, letters = question.item, {index: letter for letter, index in question.order}
    match item.kind:
        case "choice" | "choices":
            return ", ".join(
                sorted(
                    letters[index] for index, option in enumerate(item.options) if option.correct
                )
            )
        case "number":
            return f"{item.key:.6g} {item.unit}, give or take {item.allowed:.3g}"
        case "order":
            return ", ".join(letters[index] for index in range(len(item.entries)))
        case "match":
            return ", ".join(letters[index] for index in range(len(item.pairs)))
    return {"code": "One solution", "text": "A person reads it"}[item.kind]


def explain_options(question: ExamQuestion) -> str:
    return "".join(
        f"#block(above: 0.6em)[{row(f'#{quoted(letter)}', typ(to_html(question.item.options[index].feedback, inline=True)))}]"
        for letter, index in question.order
        if question.item.kind == "choices" or question.item.options[index].correct
    )


def explain_number(question: ExamQuestion) -> str:
    wrong = "".join(
        f"[#{quoted(f'{error.value:g}')}: {typ(to_html(error.feedback, inline=True))}]"
        for error in question.item.errors
    )
    return f"{typ(to_html(question.item.feedback))}\n#list{wrong}\n"


def explain_match(question: ExamQuestion) -> str:
    letters = {index: letter for letter, index in question.order}
    return "".join(
        f"#block(above: 0.6em)[{row(f'#{quoted(letters[index])}', typ(to_html(pair.left, inline=True) + ': ' + to_html(pair.feedback, inline=True)))}]"
        for index, pair in enumerate(question.item.pairs)
    )


def explain_code(question: ExamQuestion) -> str:
    cases = "".join(
        f"[#raw({quoted(', '.join(map(repr, case.args)))}) gives #raw({quoted(repr(case.expected))})]"
        for case in question.item.cases
    )
    return f"#raw(block: true, {quoted(question.item.solution.strip())})\nCases, each worth the same:\n#list{cases}\n"


def explain_text(question: ExamQuestion) -> str:
    rows = "".join(
        f"[#{quoted(f'{row.points:g}')}: {typ(to_html(row.criterion, inline=True))}]"
        for row in question.item.rubric
    )
    return f"#list{rows}\n#emph[A full answer:] #{quoted(' '.join(with_facts(question.item.sample).split()))}\n\n"


ANSWER = {
    "choice": explain_options,
    "choices": explain_options,
    "number": explain_number,
    "order": lambda question: typ(to_html(question.item.feedback)),
    "match": explain_match,
    "code": explain_code,
    "text": explain_text,
}
