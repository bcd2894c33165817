"""Items as a QTI 2.1 package: a file for each item, a test that lists them, and a manifest.

Everything is kept except running code. Scores follow `quiz.marking` rule by rule; code
and text are marked by a person, with solution, cases or rubric in a block that only markers see.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from ...evidence import load_course
from ...quiz.bank import (
    AnyItem,
    Choice,
    Choices,
    Code,
    Match,
    Number,
    Order,
    TextItem,
    key_of,
    shown,
)
from ...quiz.item_text import to_html
from ..item_html import (
    feedback_html,
    marker_html,
    near_error,
    options_of,
    share_of_option,
    stem_html,
)
from ..media import extract_image
from ..package import write_zip
from ..registry import ALL_KINDS, ExportedQuiz
from .anki import back, front

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = f"{QTI} http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"


def qti21_files(
    quiz_name: str, title: str, items: Sequence[AnyItem], plain: bool = False
) -> dict[str, bytes]:
    """Return {name in the package: content}; `plain` is for Blackboard, see `plain_item`."""
    name = f"{load_course().slug}-{quiz_name}"
    files: dict[str, bytes] = {}
    pictures: dict[str, bytes] = {}
    for item in items:
        root = plain_item(item) if plain else one_item(item)
        for image in root.iter("img"):
            image.set("src", extract_image(image.get("src", ""), pictures, "images/"))
        files[f"items/{item.id}.xml"] = xml(root)
    files[f"{name}.xml"] = xml(test(name, title, items))
    files |= {f"items/{place}": data for place, data in pictures.items()}
    return {"imsmanifest.xml": xml(manifest(name, items, files, pictures))} | files


def xml(root: ET.Element) -> bytes:
    """Return an XML document as UTF-8, not indented: spaces are part of a question's text."""
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def top(tag: str, **attributes: str) -> ET.Element:
    """Return a root element with the QTI namespace and schema."""
    return ET.Element(
        tag, {"xmlns": QTI, "xmlns:xsi": XSI, "xsi:schemaLocation": SCHEMA, **attributes}
    )


def one_item(item: AnyItem) -> ET.Element:
    """Return an item's assessmentItem, its children in the order that the schema requires."""
    root = top(
        "assessmentItem",
        identifier=identifier(item),
        title=item.id,
        adaptive="false",
        timeDependent="false",
        toolName="kratomcourse",
    )
    part = PARTS[item.kind](item)
    root.append(part.declaration)
    score = outcome(root, "SCORE", "float", normalMinimum="0", normalMaximum=f"{item.points:g}")
    default(score, "0")
    default(outcome(root, "MAXSCORE", "float"), f"{item.points:g}")
    outcome(root, "FEEDBACK", "identifier", "multiple" if item.kind == "choices" else "single")
    outcome(root, "AFTER", "identifier")
    body = ET.SubElement(root, "itemBody")
    flow(body, stem_html(item))
    for node in part.body:
        body.append(node)
    processing = ET.SubElement(root, "responseProcessing")
    for rule in part.rules:
        processing.append(rule)
    after = (
        part.after + feedback_html(item)
        if item.kind not in ("number", "order")
        else part.after + (to_html(item.explanation) if item.explanation else "")
    )
    if after:
        processing.append(set_outcome("AFTER", value("identifier", "after")))
    for ident, words in part.feedback.items():
        modal(root, "FEEDBACK", ident, words)
    if after:
        modal(root, "AFTER", "after", after)
    return root


def plain_item(item: AnyItem) -> ET.Element:
    """Return an item for Blackboard, which skips questions with response processing of their own.

    Choices keep only their key, all or nothing and without feedback. Other kinds become a text that
    a person marks, with the answer in a block for the marker. Source: Blackboard's help page "About
    QTI packages".
    """
    root = top(
        "assessmentItem",
        identifier=identifier(item),
        title=item.id,
        adaptive="false",
        timeDependent="false",
        toolName="kratomcourse",
    )
    marked = isinstance(item, Choice | Choices)
    if isinstance(item, Choice | Choices):
        part = choose(item)
        mapping = part.declaration.find("mapping")
        if mapping is not None:
            part.declaration.remove(mapping)
    else:
        part = written(item, back(item))
    root.append(part.declaration)
    default(
        outcome(root, "SCORE", "float", normalMinimum="0", normalMaximum=f"{item.points:g}"), "0"
    )
    default(outcome(root, "MAXSCORE", "float"), f"{item.points:g}")
    body = ET.SubElement(root, "itemBody")
    if marked:
        flow(body, stem_html(item))
    else:
        flow(body, front(item))
    for child in part.body:
        body.append(child)
    if marked:
        ET.SubElement(
            root,
            "responseProcessing",
            template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct",
        )
    return root


class ItemPart:
    """What differs between kinds of item.

    declaration : of the response
    body        : elements after the stem, such as the interaction
    rules       : of the response processing
    feedback    : {identifier that a rule sets: HTML}
    after       : HTML shown whatever the answer
    """

    def __init__(
        self,
        declaration: ET.Element,
        body: Sequence[ET.Element],
        rules: Sequence[ET.Element],
        feedback: Mapping[str, str] | None = None,
        after: str = "",
    ) -> None:
        self.declaration = declaration
        self.body = body
        self.rules = rules
        self.feedback = feedback or {}
        self.after = after


def identifier(item: AnyItem) -> str:
    """Return an item's QTI identifier, which has to start with a letter."""
    return item.id if item.id[0].isalpha() else f"i-{item.id}"


# Shared by all kinds


def declare(
    cardinality: str,
    base: str,
    correct: Iterable[str] = (),
    mapped: Mapping[str, float] | None = None,
    points: float = 0.0,
) -> ET.Element:
    """Return the declaration of the response.

    correct : values of the key
    mapped  : {value: points}; their sum is limited to [0, points]
    """
    node = ET.Element(
        "responseDeclaration", identifier="RESPONSE", cardinality=cardinality, baseType=base
    )
    if correct:
        right = ET.SubElement(node, "correctResponse")
        for each in correct:
            ET.SubElement(right, "value").text = str(each)
    if mapped:
        mapping = ET.SubElement(
            node, "mapping", lowerBound="0", upperBound=repr(float(points)), defaultValue="0"
        )
        for each, worth in mapped.items():
            ET.SubElement(mapping, "mapEntry", mapKey=each, mappedValue=repr(worth))
    return node


def outcome(
    root: ET.Element, name: str, base: str, cardinality: str = "single", **attributes: str
) -> ET.Element:
    """Append the declaration of an outcome variable, and return it."""
    declared = {"identifier": name, "cardinality": cardinality, "baseType": base}
    return ET.SubElement(root, "outcomeDeclaration", declared | attributes)


def default(declaration: ET.Element, words: str) -> None:
    """Set the default value of an outcome variable."""
    ET.SubElement(ET.SubElement(declaration, "defaultValue"), "value").text = words


def flow(parent: ET.Element, html: str) -> None:
    """Append HTML as elements, without attributes that QTI lacks, such as styles."""
    for node in ET.fromstring(f"<div>{html}</div>"):
        for each in node.iter():
            for name in [name for name in each.attrib if name not in ("href", "src", "alt")]:
                del each.attrib[name]
        parent.append(node)


def modal(root: ET.Element, name: str, ident: str, html: str) -> None:
    """Append feedback that's shown if the outcome variable `name` has the value `ident`."""
    flow(
        ET.SubElement(
            root, "modalFeedback", outcomeIdentifier=name, identifier=ident, showHide="show"
        ),
        html,
    )


def node(tag: str, *children: ET.Element, **attributes: str) -> ET.Element:
    """Return an element with children."""
    made = ET.Element(tag, attributes)
    made.extend(children)
    return made


def value(base: str, words: str | float) -> ET.Element:
    """Return a constant of a base type."""
    made = ET.Element("baseValue", baseType=base)
    made.text = str(words)
    return made


def variable() -> ET.Element:
    """Return a reference to the response."""
    return ET.Element("variable", identifier="RESPONSE")


def set_outcome(name: str, expression: ET.Element) -> ET.Element:
    """Return a rule that sets an outcome variable."""
    return node("setOutcomeValue", expression, identifier=name)


def when(
    *branches: tuple[ET.Element, Sequence[ET.Element]], otherwise: Sequence[ET.Element] = ()
) -> ET.Element:
    """Return a condition of (test, rules) branches, and rules for when no test holds."""
    tags = ["responseIf"] + ["responseElseIf"] * (len(branches) - 1)
    parts = [node(tag, test, *rules) for tag, (test, rules) in zip(tags, branches, strict=True)]
    return node(
        "responseCondition", *parts, *([node("responseElse", *otherwise)] if otherwise else [])
    )


def answered(*rules: ET.Element) -> ET.Element:
    """Return a condition that applies rules if there's a response."""
    return when((node("not", node("isNull", variable())), rules))


MAPPED = "mapResponse"


def score_of_map() -> ET.Element:
    """Return a rule that sets the score from the mapping in the declaration."""
    return set_outcome("SCORE", ET.Element(MAPPED, identifier="RESPONSE"))


# The kinds


def choose(item: Choice | Choices) -> ItemPart:
    """Return the part of a choice item: each option maps to its share of the points."""
    single = item.kind == "choice"
    interaction = ET.Element(
        "choiceInteraction",
        responseIdentifier="RESPONSE",
        shuffle="true",
        maxChoices="1" if single else "0",
    )
    feedback: dict[str, str] = {}
    mapped: dict[str, float] = {}
    for letter, option in options_of(item):
        flow(ET.SubElement(interaction, "simpleChoice", identifier=letter), to_html(option.text))
        feedback[letter] = to_html(option.feedback)
        mapped[letter] = item.points * share_of_option(item, option)
    key = [key_of(item)] if single else key_of(item)
    declaration = declare(
        "single" if single else "multiple", "identifier", key, mapped, item.points
    )
    return ItemPart(
        declaration,
        [interaction],
        [answered(score_of_map(), set_outcome("FEEDBACK", variable()))],
        feedback,
    )


def number(item: Number) -> ItemPart:
    """Return the part of a number item: tolerance, and feedback for known wrong numbers."""
    line = node(
        "p", ET.Element("textEntryInteraction", responseIdentifier="RESPONSE", expectedLength="12")
    )
    if item.unit:
        line[0].tail = f" {item.unit}"
    within = item.allowed * (1 + 1e-9) + 1e-12
    feedback = {"right": to_html(item.feedback)}
    branches = [
        (
            about(item.key, within),
            [
                set_outcome("SCORE", value("float", float(item.points))),
                set_outcome("FEEDBACK", value("identifier", "right")),
            ],
        )
    ]
    for place, error in enumerate(item.errors, 1):
        feedback[f"error-{place}"] = to_html(error.feedback)
        branches.append(
            (
                about(error.value, near_error(error)),
                [set_outcome("FEEDBACK", value("identifier", f"error-{place}"))],
            )
        )
    feedback["hint"] = to_html(item.hint)
    marked = when(*branches, otherwise=[set_outcome("FEEDBACK", value("identifier", "hint"))])
    return ItemPart(
        declare("single", "float", [repr(float(item.key))]),
        [line],
        [answered(marked)],
        feedback,
    )


def about(number: float, within: float) -> ET.Element:
    """Return a test for a response within an absolute distance of a number.

    Two comparisons, because some runtimes ignore the tolerance of `equal`.
    """
    return node(
        "and",
        node("gte", variable(), value("float", repr(float(number - within)))),
        node("lte", variable(), value("float", repr(float(number + within)))),
    )


def order(item: Order) -> ItemPart:
    """Return the part of an order item: each pair of neighbours as in the key earns a share."""
    interaction = ET.Element("orderInteraction", responseIdentifier="RESPONSE", shuffle="true")
    for letter, index in shown(item):
        flow(
            ET.SubElement(interaction, "simpleChoice", identifier=letter),
            to_html(item.entries[index]),
        )
    key = key_of(item)
    share = value("float", repr(item.points / (len(key) - 1)))
    pairs = []
    for pair in pairwise(key):
        neighbours = [
            node("and", *(at(place + step, letter) for step, letter in enumerate(pair)))
            for place in range(1, len(key))
        ]
        pairs.append(
            when(
                (
                    node("or", *neighbours),
                    [
                        set_outcome(
                            "SCORE", node("sum", node("variable", identifier="SCORE"), share)
                        )
                    ],
                )
            )
        )
    # Players let a student leave entries out; that earns nothing, as in our marking.
    complete = node(
        "and", *(node("member", value("identifier", letter), variable()) for letter in key)
    )
    right = node("match", variable(), node("correct", identifier="RESPONSE"))
    rules = [
        when((complete, pairs)),
        when(
            (right, [set_outcome("FEEDBACK", value("identifier", "right"))]),
            otherwise=[set_outcome("FEEDBACK", value("identifier", "hint"))],
        ),
    ]
    feedback = {"right": to_html(item.feedback), "hint": to_html(item.hint)}
    return ItemPart(
        declare("ordered", "identifier", key), [interaction], [answered(*rules)], feedback
    )


def at(place: int, letter: str) -> ET.Element:
    """Return a test for a letter at a position, counted from 1."""
    return node("match", node("index", variable(), n=str(place)), value("identifier", letter))


def match(item: Match) -> ItemPart:
    """Return the part of a match item: each right pair earns an equal share."""
    count = len(item.pairs)
    interaction = ET.Element(
        "matchInteraction",
        responseIdentifier="RESPONSE",
        shuffle="true",
        maxAssociations=str(count),
    )
    lefts, rights = (
        ET.SubElement(interaction, "simpleMatchSet"),
        ET.SubElement(interaction, "simpleMatchSet"),
    )
    for place, pair in enumerate(item.pairs, 1):
        flow(
            ET.SubElement(lefts, "simpleAssociableChoice", identifier=f"row-{place}", matchMax="1"),
            to_html(pair.left),
        )
    for letter, index in shown(item):
        flow(
            ET.SubElement(rights, "simpleAssociableChoice", identifier=letter, matchMax=str(count)),
            to_html(item.pairs[index].right),
        )
    key = [f"row-{place} {letter}" for place, letter in enumerate(key_of(item), 1)]
    declaration = declare(
        "multiple", "directedPair", key, dict.fromkeys(key, item.points / count), item.points
    )
    because = "".join(
        f"<li><b>{to_html(pair.left, inline=True)}</b>: {to_html(pair.feedback, inline=True)}</li>"
        for pair in item.pairs
    )
    return ItemPart(
        declaration, [interaction], [answered(score_of_map())], after=f"<ul>{because}</ul>"
    )


def written(item: AnyItem, for_marker: str | None = None) -> ItemPart:
    """Return the part of an item that a person marks.

    for_marker : HTML that markers see; by default the notes of a code or text item
    """
    interaction = ET.Element(
        "extendedTextInteraction",
        responseIdentifier="RESPONSE",
        expectedLines="12" if item.kind == "code" else "8",
    )
    rubric = ET.Element("rubricBlock", view="scorer")
    if for_marker:
        flow(rubric, for_marker)
    elif isinstance(item, Code | TextItem):
        flow(rubric, marker_html(item))
    return ItemPart(declare("single", "string"), [rubric, interaction], [])


PARTS: dict[str, Callable[[Any], ItemPart]] = {
    "choice": choose,
    "choices": choose,
    "number": number,
    "order": order,
    "match": match,
    "code": written,
    "text": written,
}


# The test and the manifest


def test(name: str, title: str, items: Sequence[AnyItem]) -> ET.Element:
    """Return the assessmentTest that lists the items."""
    root = top("assessmentTest", identifier=name, title=title)
    score = outcome(root, "SCORE", "float")
    default(score, "0")
    part = ET.SubElement(
        root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="individual"
    )
    ET.SubElement(part, "itemSessionControl", maxAttempts="1", showFeedback="true")
    section = ET.SubElement(
        part, "assessmentSection", identifier="section", title=title, visible="true"
    )
    for item in items:
        ET.SubElement(
            section,
            "assessmentItemRef",
            identifier=identifier(item),
            href=f"items/{item.id}.xml",
            category=f"{item.objective} {item.level}",
        )
    summed = node("sum", node("testVariables", variableIdentifier="SCORE"))
    ET.SubElement(root, "outcomeProcessing").append(set_outcome("SCORE", summed))
    return root


def manifest(
    name: str, items: Sequence[AnyItem], files: Mapping[str, bytes], pictures: Iterable[str]
) -> ET.Element:
    """Return the manifest of the package.

    files    : {name in the package: content} of the items and the test
    pictures : names of the pictures below items/
    """
    root = ET.Element("manifest", {"xmlns": PACKAGE, "identifier": f"{name}-manifest"})
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "schema").text = "QTIv2.1 Package"
    ET.SubElement(metadata, "schemaversion").text = "1.0.0"
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")
    whole = ET.SubElement(
        resources,
        "resource",
        identifier=f"{name}-test",
        type="imsqti_test_xmlv2p1",
        href=f"{name}.xml",
    )
    ET.SubElement(whole, "file", href=f"{name}.xml")
    for item in items:
        href = f"items/{item.id}.xml"
        ET.SubElement(whole, "dependency", identifierref=f"resource-{item.id}")
        resource = ET.SubElement(
            resources,
            "resource",
            identifier=f"resource-{item.id}",
            type="imsqti_item_xmlv2p1",
            href=href,
        )
        ET.SubElement(resource, "file", href=href)
        for picture in pictures:
            if re.search(rf'src="{re.escape(picture)}"', files[href].decode()):
                ET.SubElement(resource, "file", href=f"items/{picture}")
    return root


class Qti21:
    """Writes a QTI 2.1 package."""

    name = "qti21"
    title = "QTI 2.1"
    suffix = ".zip"
    uses = ("graded", "check")
    kinds = ALL_KINDS
    lossy: ClassVar[Mapping[str, str]] = {
        "code": "marked by a person, who sees the solution and cases"
    }

    def write(self, quiz: ExportedQuiz, path: Path) -> int:
        """Write one file for each question and a test that lists them; return their number."""
        write_zip(path, qti21_files(quiz.name, quiz.title, quiz.items))
        return len(quiz.items)


EXPORTER = Qti21()
