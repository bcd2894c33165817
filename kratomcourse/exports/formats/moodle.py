"""Items as Moodle XML, the format of Moodle's own question bank.

Kept: feedback of every option, points, partial credit, tolerance, general feedback, rubric for the
marker. Moodle's core has no question that runs code and, before version 4.4, none that puts things
in order: code becomes an essay with solution and cases for the marker, order a match of positions.
"""

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ...quiz.bank import AnyItem, Choice, Choices, Code, Match, Number, Order, TextItem, shown
from ...quiz.item_text import to_html, with_facts
from ..item_html import (
    feedback_html,
    marker_html,
    near_error,
    options_of,
    share_of_option,
    stem_html,
)
from ..media import replace_images
from ..registry import ALL_KINDS, ExportedQuiz


def moodle_xml(title: str, items: Iterable[AnyItem]) -> bytes:
    """Return the items as one XML document, in a category named after the chapter."""
    quiz = ET.Element("quiz")
    category = ET.SubElement(quiz, "question", type="category")
    text(ET.SubElement(category, "category"), f"$course$/top/{title}")
    for item in items:
        quiz.append(QUESTIONS[item.kind](item))
    ET.indent(quiz)
    document: bytes = ET.tostring(quiz, encoding="utf-8", xml_declaration=True)
    return document


def text(parent: ET.Element, words: str) -> None:
    """Append a <text> element."""
    ET.SubElement(parent, "text").text = words


def html(parent: ET.Element, tag: str, words: str, **attributes: str) -> ET.Element:
    """Append an element with HTML, and return it."""
    node = ET.SubElement(parent, tag, {"format": "html", **attributes})
    with_pictures(node, words)
    return node


def with_pictures(node: ET.Element, words: str) -> None:
    """Append HTML as text, and the pictures in it as files."""
    pictures: dict[str, bytes] = {}
    text(node, replace_images(words, pictures, "@@PLUGINFILE@@/"))
    for name, data in pictures.items():
        ET.SubElement(node, "file", name=name, path="/", encoding="base64").text = base64.b64encode(
            data
        ).decode()


def question(item: AnyItem, kind: str) -> ET.Element:
    """Return a question with what all types have; `kind` is a Moodle question type."""
    node = ET.Element("question", type=kind)
    text(ET.SubElement(node, "name"), item.id)
    html(node, "questiontext", stem_html(item))
    html(node, "generalfeedback", feedback_html(item))
    ET.SubElement(node, "defaultgrade").text = f"{item.points:g}"
    ET.SubElement(node, "penalty").text = "0"
    ET.SubElement(node, "idnumber").text = item.id
    return node


def answer(
    parent: ET.Element, share: float, words: str, feedback: str, form: str = "html"
) -> ET.Element:
    """Append an answer that earns a share in [-1, 1] of the points, and return it."""
    node = ET.SubElement(
        parent, "answer", fraction=f"{100 * share:.5f}".rstrip("0").rstrip("."), format=form
    )
    with_pictures(node, words)
    html(node, "feedback", feedback)
    return node


def choice(item: Choice | Choices) -> ET.Element:
    """Return a multichoice question."""
    node = question(item, "multichoice")
    ET.SubElement(node, "single").text = str(item.kind == "choice").lower()
    ET.SubElement(node, "shuffleanswers").text = "true"
    ET.SubElement(node, "answernumbering").text = "abc"
    for _, option in options_of(item):
        answer(node, share_of_option(item, option), to_html(option.text), to_html(option.feedback))
    return node


def number(item: Number) -> ET.Element:
    """Return a numerical question."""
    node = question(item, "numerical")
    right = answer(node, 1, repr(item.key), to_html(item.feedback), "moodle_auto_format")
    ET.SubElement(right, "tolerance").text = repr(item.allowed)
    for error in item.errors:
        wrong = answer(node, 0, repr(error.value), to_html(error.feedback), "moodle_auto_format")
        ET.SubElement(wrong, "tolerance").text = repr(near_error(error))
    answer(node, 0, "*", to_html(item.hint), "moodle_auto_format")
    return node


def matching(item: Order | Match, pairs: Iterable[tuple[str, str]]) -> ET.Element:
    """Return a matching question with (HTML on the left, text on the right) pairs."""
    node = question(item, "matching")
    ET.SubElement(node, "shuffleanswers").text = "true"
    for left, right in pairs:
        part = html(node, "subquestion", left)
        text(ET.SubElement(part, "answer"), with_facts(right))
    return node


def order(item: Order) -> ET.Element:
    """Return an order item as a matching question of positions."""
    return matching(
        item, [(f"<p>Place {place}</p>", entry) for place, entry in enumerate(item.entries, 1)]
    )


def match(item: Match) -> ET.Element:
    """Return a matching question."""
    return matching(
        item,
        [
            (to_html(item.pairs[index].left), item.pairs[index].right)
            for index in range(len(shown(item)))
        ],
    )


def essay(item: Code | TextItem) -> ET.Element:
    """Return an essay with notes for the marker."""
    node = question(item, "essay")
    ET.SubElement(node, "responseformat").text = "editor" if item.kind == "text" else "monospaced"
    ET.SubElement(node, "responserequired").text = "1"
    html(node, "graderinfo", marker_html(item))
    html(node, "responsetemplate", item.starter if item.kind == "code" else "")
    return node


QUESTIONS: dict[str, Callable[[Any], ET.Element]] = {
    "choice": choice,
    "choices": choice,
    "number": number,
    "order": order,
    "match": match,
    "code": essay,
    "text": essay,
}


class Moodle:
    """Writes Moodle XML."""

    name = "moodle"
    title = "Moodle XML"
    suffix = ".xml"
    uses = ("graded", "check")
    kinds = ALL_KINDS
    lossy: ClassVar[Mapping[str, str]] = {
        "order": "a match of positions",
        "code": "an essay, with solution and cases for the marker",
        "match": "one feedback for the whole question",
    }

    def write(self, quiz: ExportedQuiz, path: Path) -> int:
        """Write the questions in a category named after the quiz; return their number."""
        path.write_bytes(moodle_xml(quiz.title, quiz.items))
        return len(quiz.items)


EXPORTER = Moodle()
