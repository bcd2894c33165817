"""An exam and its answer key as PDFs, typeset by Typst: tagged (PDF/UA), with fonts embedded.

A seed fixes the order of questions and options; without one it's the order of the bank and page.
"""

import json
import random
import xml.etree.ElementTree as ET
from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..quiz.bank import (
    AnyItem,
    Choice,
    Choices,
    Code,
    Match,
    Number,
    Order,
    TextItem,
    shown,
)
from ..quiz.item_text import to_html, with_facts
from .media import DATA_URI

PAGE_SIZES = {"a4": "a4", "letter": "us-letter"}
ANSWER_LINES = {"code": 9, "text": 8}  # ruled lines below the question
ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class ExamQuestion(Generic[ItemT]):
    """One item in one exam."""

    number: int
    item: ItemT
    order: list[tuple[str, int]]  # (letter, index) of its options, entries or right sides


def exam_questions(
    items: Iterable[AnyItem], seed: str | None = None
) -> list[ExamQuestion[AnyItem]]:
    """Return the items in the order of the exam, each with the order of its options."""
    items = list(items)
    if seed is not None:
        random.Random(f"paper:{seed}").shuffle(items)
    return [
        ExamQuestion(number, item, order_of(item, seed)) for number, item in enumerate(items, 1)
    ]


def order_of(item: AnyItem, seed: str | None) -> list[tuple[str, int]]:
    """Return (letter, index) of an item's options in the exam's order; empty if it has none."""
    if not isinstance(item, Choice | Choices | Order | Match):
        return []
    order: list[tuple[str, int]] = shown(item)
    if seed is None:
        return order
    indices = [index for _, index in order]
    draw = random.Random(f"paper:{seed}:{item.id}")
    draw.shuffle(indices)
    while isinstance(item, Order) and indices == sorted(indices):
        draw.shuffle(indices)
    return [(letter, index) for (letter, _), index in zip(order, indices, strict=True)]


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
        + "#quote(block: true)[Health education, not medical or legal advice. "
        + "Full references are at the end of each page of the book.]\n"
        + body
    )


def typeset(source: str) -> bytes:
    """Return the PDF of a Typst document."""
    import matplotlib
    import typst

    fonts = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")
    # A fixed date, so that the same bank and seed make the same file.
    pdf: bytes = typst.compile(  # type: ignore[call-overload]  # the stub lacks font_paths: list
        source.encode(),
        format="pdf",
        font_paths=[fonts],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return pdf


# Shared by exam and key


def quoted(text: str) -> str:
    """Return text as a Typst string, in which nothing is markup."""
    return json.dumps(text, ensure_ascii=False)


def head(title: str, mark: str, size: str) -> str:
    """Return the page set-up and the title.

    mark : text of the footer
    size : a key of PAGE_SIZES
    """
    footer = f'#{quoted(mark)} #h(1fr) #counter(page).display("1 / 1", both: true)'
    line = "line(length: 100%, stroke: 0.4pt + gray)"
    return f"""\
#set document(title: {quoted(title)})
#set page(paper: "{PAGE_SIZES[size]}", margin: 2cm, footer: context [#text(8pt)[{footer}]])
#set text(font: "DejaVu Sans", size: 10pt, lang: "en")
#set par(leading: 0.7em)
#show heading.where(level: 2): set text(size: 10.5pt)
#show raw: set text(font: "DejaVu Sans Mono", size: 9pt)
#let blank(width) = box(width: width, baseline: 2pt, stroke: (bottom: 0.6pt), height: 1em)
#let lines(count) = for _ in range(count) {{ block(above: 0.85cm, below: 0pt, {line}) }}
= #{quoted(title)}
"""


def points_of(item: AnyItem) -> str:
    """Return an item's points as text."""
    return f"{item.points:g} {'point' if item.points == 1 else 'points'}"


def typ(html: str) -> str:
    """Return HTML of the bank as Typst; its text becomes strings, so nothing in it is markup."""
    return inside(ET.fromstring(f"<div>{html}</div>"))


def inside(node: ET.Element) -> str:
    """Return the content of an element as Typst."""
    parts = [text(node.text)]
    for child in node:
        parts += [element(child), text(child.tail)]
    return "".join(parts)


def text(words: str | None) -> str:
    """Return a text node as Typst, with spaces collapsed."""
    words = " ".join((words or "").replace("\n", " ").split(" "))
    return f"#{quoted(words)};" if words.strip() else (" " if words else "")


def element(node: ET.Element) -> str:
    """Return an element as Typst; one of an unknown kind becomes its content."""
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
            data = ", ".join(map(str, b64decode(found[2])))
            alt = quoted(node.get("alt", ""))
            return f"\n#image(bytes(({data},)), alt: {alt}, width: 70%)\n"
        case "table":
            rows = list(node.iter("tr"))
            cells = ["".join(f"[{inside(cell)}]," for cell in row) for row in rows]
            header = f"table.header({cells[0]})"
            return f"\n#table(columns: {len(rows[0])}, {header}, {''.join(cells[1:])})\n"
    return inside(node)


# The exam


def exam_text(
    name: str, mark: str, made: Sequence[ExamQuestion[AnyItem]], size: str, named: bool = True
) -> str:
    """Return the exam as Typst."""
    total = sum(question.item.points for question in made)
    many = "question" if len(made) == 1 else "questions"
    instructions = (
        f"{len(made)} {many}, {total:g} points. Where several boxes may be ticked, "
        "a wrong tick costs a share. Health education, not medical or legal advice."
    )
    parts = [
        head(name, mark, size),
        ("Name #blank(7cm) #h(1fr) Date #blank(3.5cm)\n\n" if named else "")
        + f"#{quoted(instructions)}\n",
    ]
    for question in made:
        item = question.item
        breakable = "true" if item.kind in ANSWER_LINES else "false"
        points = f'#text(weight: "regular", size: 9pt)[#{quoted(points_of(item))}]'
        parts.append(
            f"\n#block(above: 1.8em, breakable: {breakable}, width: 100%)[\n"
            f"== {question.number}. #h(1fr) {points}\n"
            f"{typ(to_html(item.stem))}\n{ASK[item.kind](question)}\n]\n"
        )
    return "".join(parts)


def row(left: str, right: str) -> str:
    """Return a row of two columns, the first one narrow."""
    return f"#grid(columns: (1.4cm, 1fr), row-gutter: 0pt, [{left}], [{right}])\n"


def lettered(question: ExamQuestion[Any], texts: Sequence[str], sign: str = "") -> str:
    """Return texts with their letters in the exam's order; `sign` comes before each letter."""
    return "".join(
        block_row(f"{sign} #{quoted(letter)}", to_html(texts[index], inline=True), "0.7em")
        for letter, index in question.order
    )


def block_row(left: str, html: str, above: str) -> str:
    """Return a row with HTML on the right, as a block with some space above it."""
    return f"#block(above: {above})[{row(left, typ(html))}]"


def ask_options(question: ExamQuestion[Choice | Choices]) -> str:
    """Return the options with boxes to tick."""
    single = question.item.kind == "choice"
    shape = "circle(radius: 4pt)" if single else "square(size: 8pt)"
    instruction = "Tick one." if single else "Tick all that apply."
    texts = [option.text for option in question.item.options]
    return f"#emph[{instruction}]\n{lettered(question, texts, f'#box(baseline: 1pt, {shape})')}"


def ask_number(question: ExamQuestion[Number]) -> str:
    """Return a blank for the number, with its unit."""
    return f"Answer #blank(4cm) #{quoted(question.item.unit)}\n"


def ask_order(question: ExamQuestion[Order]) -> str:
    """Return the entries with letters, and blanks for the letters in order."""
    places = " #h(4pt) ".join(
        f"{place}. #blank(1cm)" for place in range(1, len(question.order) + 1)
    )
    return (
        f"{lettered(question, question.item.entries)}\n"
        f"#block(above: 1em)[Letters in the right order: {places}]\n"
    )


def ask_match(question: ExamQuestion[Match]) -> str:
    """Return the left sides with blanks for letters, and the right sides with letters."""
    lefts = "".join(
        block_row("#blank(1cm)", to_html(pair.left, inline=True), "0.9em")
        for pair in question.item.pairs
    )
    rights = lettered(question, [pair.right for pair in question.item.pairs])
    return f"#emph[Write one letter before each row.]\n{lefts}\n#block(above: 1em)[]\n{rights}"


def ask_code(question: ExamQuestion[Code]) -> str:
    """Return the starter, one example, and lines to write on."""
    first = question.item.cases[0]
    call = f"{question.item.function}({', '.join(map(repr, first.args))})"
    return (
        f"#raw(block: true, {quoted(question.item.starter.strip())})\n"
        f"For example #raw({quoted(call)}) gives #raw({quoted(repr(first.expected))}).\n"
        f"#lines({ANSWER_LINES['code']})\n"
    )


def ask_text(question: ExamQuestion[TextItem]) -> str:
    """Return lines to write on."""
    return f"#lines({ANSWER_LINES['text']})\n"


ASK: dict[str, Callable[[Any], str]] = {
    "choice": ask_options,
    "choices": ask_options,
    "number": ask_number,
    "order": ask_order,
    "match": ask_match,
    "code": ask_code,
    "text": ask_text,
}


# The key


def key_text(name: str, mark: str, made: Sequence[ExamQuestion[AnyItem]], size: str) -> str:
    """Return the answer key as Typst."""
    parts = [
        head(f"Key: {name}", mark, size),
        "For the person who marks. Don't hand it out with the exam.\n",
    ]
    for question in made:
        item = question.item
        why = typ(to_html(item.explanation)) if item.explanation else ""
        details = quoted(f"{points_of(item)}, {item.id}")
        parts.append(
            f"\n== {question.number}. #{quoted(answer(question))} #h(1fr) "
            f'#text(weight: "regular", size: 8pt)[#{details}]\n'
            f"{ANSWER[item.kind](question)}{why}\n"
        )
    return "".join(parts)


def answer(question: ExamQuestion[AnyItem]) -> str:
    """Return the answer on one line, in the letters of this exam."""
    item = question.item
    letters = {index: letter for letter, index in question.order}
    match item:
        case Choice() | Choices():
            return ", ".join(
                sorted(
                    letters[index] for index, option in enumerate(item.options) if option.correct
                )
            )
        case Number():
            return f"{item.key:.6g} {item.unit}, give or take {item.allowed:.3g}"
        case Order():
            return ", ".join(letters[index] for index in range(len(item.entries)))
        case Match():
            return ", ".join(letters[index] for index in range(len(item.pairs)))
        case Code():
            return "One solution"
        case TextItem():
            return "A person reads it"


def explain_options(question: ExamQuestion[Choice | Choices]) -> str:
    """Return the feedback of the right options; of all options where several may be right."""
    return "".join(
        block_row(
            f"#{quoted(letter)}",
            to_html(question.item.options[index].feedback, inline=True),
            "0.6em",
        )
        for letter, index in question.order
        if question.item.kind == "choices" or question.item.options[index].correct
    )


def explain_number(question: ExamQuestion[Number]) -> str:
    """Return the feedback, and that of the known wrong numbers."""
    wrong = "".join(
        f"[#{quoted(f'{error.value:g}')}: {typ(to_html(error.feedback, inline=True))}]"
        for error in question.item.errors
    )
    return f"{typ(to_html(question.item.feedback))}\n#list{wrong}\n"


def explain_match(question: ExamQuestion[Match]) -> str:
    """Return each left side with its letter and feedback."""
    letters = {index: letter for letter, index in question.order}
    return "".join(
        block_row(
            f"#{quoted(letters[index])}",
            to_html(pair.left, inline=True) + ": " + to_html(pair.feedback, inline=True),
            "0.6em",
        )
        for index, pair in enumerate(question.item.pairs)
    )


def explain_code(question: ExamQuestion[Code]) -> str:
    """Return the solution and the cases."""
    cases = "".join(
        f"[#raw({quoted(', '.join(map(repr, case.args)))}) "
        f"gives #raw({quoted(repr(case.expected))})]"
        for case in question.item.cases
    )
    return (
        f"#raw(block: true, {quoted(question.item.solution.strip())})\n"
        f"Cases, each worth the same:\n#list{cases}\n"
    )


def explain_text(question: ExamQuestion[TextItem]) -> str:
    """Return the rubric and the sample answer."""
    rows = "".join(
        f"[#{quoted(f'{row.points:g}')}: {typ(to_html(row.criterion, inline=True))}]"
        for row in question.item.rubric
    )
    sample = " ".join(with_facts(question.item.sample).split())
    return f"#list{rows}\n#emph[A full answer:] #{quoted(sample)}\n\n"


ANSWER: dict[str, Callable[[Any], str]] = {
    "choice": explain_options,
    "choices": explain_options,
    "number": explain_number,
    "order": lambda question: typ(to_html(question.item.feedback)),
    "match": explain_match,
    "code": explain_code,
    "text": explain_text,
}
