"""Items as a QTI 1.2 package for Canvas: an assessment, its meta file and a manifest in a zip.

Kept: feedback of every option, points, tolerance, matching. Canvas marks several right options by
its own rule (a wrong tick subtracts the share of a right one, never below zero). It has no question
that puts things in order (it becomes a match of positions) and none that runs code (it becomes an
essay; solution and cases are in the feedback).
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ...evidence import load_course
from ...quiz.bank import AnyItem, Choice, Choices, Code, Match, Number, Order, TextItem, shown
from ...quiz.item_text import to_html
from ..item_html import feedback_html, marker_html, options_of, stem_html
from ..media import replace_images
from ..package import write_zip
from ..registry import ALL_KINDS, ExportedQuiz

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
CANVAS = {
    "choice": "multiple_choice_question",
    "choices": "multiple_answers_question",
    "number": "numerical_question",
    "order": "matching_question",
    "match": "matching_question",
    "code": "essay_question",
    "text": "essay_question",
}


def qti12_files(quiz_name: str, title: str, items: Sequence[AnyItem]) -> dict[str, bytes]:
    """Return {name in the package: content}."""
    name = f"{load_course().slug}-{quiz_name}"
    root = ET.Element("questestinterop", xmlns=QTI)
    assessment = ET.SubElement(root, "assessment", ident=name, title=title)
    section = ET.SubElement(assessment, "section", ident="root_section")
    for item in items:
        section.append(one_item(item))
    pictures: dict[str, bytes] = {}
    for text in root.iter("mattext"):
        text.text = replace_images(text.text or "", pictures, "$IMS-CC-FILEBASE$/", f"{name}/")
    points = sum(item.points for item in items)
    meta = ET.Element("quiz", identifier=name, xmlns="http://canvas.instructure.com/xsd/cccv1p0")
    for tag, value in (
        ("title", title),
        ("points_possible", f"{points:g}"),
        ("quiz_type", "assignment"),
        ("shuffle_answers", "true"),
    ):
        ET.SubElement(meta, tag).text = value
    return {
        "imsmanifest.xml": manifest(name, pictures),
        f"{name}/{name}.xml": xml(root),
        f"{name}/assessment_meta.xml": xml(meta),
        **pictures,
    }


def xml(root: ET.Element) -> bytes:
    """Return an indented XML document as UTF-8."""
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def manifest(name: str, pictures: Iterable[str]) -> bytes:
    """Return the manifest, which lists the quiz, its meta file and the pictures."""
    root = ET.Element(
        "manifest",
        identifier=f"{name}-manifest",
        xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1",
    )
    resources = ET.SubElement(root, "resources")
    quiz = ET.SubElement(resources, "resource", identifier=name, type="imsqti_xmlv1p2")
    ET.SubElement(quiz, "file", href=f"{name}/{name}.xml")
    ET.SubElement(quiz, "dependency", identifierref=f"{name}-meta")
    meta = ET.SubElement(
        resources,
        "resource",
        identifier=f"{name}-meta",
        type="associatedcontent/imscc_xmlv1p1/learning-application-resource",
        href=f"{name}/assessment_meta.xml",
    )
    ET.SubElement(meta, "file", href=f"{name}/assessment_meta.xml")
    for number, picture in enumerate(pictures, 1):
        resource = ET.SubElement(
            resources,
            "resource",
            identifier=f"{name}-picture-{number}",
            type="webcontent",
            href=picture,
        )
        ET.SubElement(resource, "file", href=picture)
    return xml(root)


def one_item(item: AnyItem) -> ET.Element:
    """Return the <item> element of an item."""
    node = ET.Element("item", ident=item.id, title=item.id)
    fields = ET.SubElement(ET.SubElement(node, "itemmetadata"), "qtimetadata")
    for label, entry in (
        ("question_type", CANVAS[item.kind]),
        ("points_possible", f"{item.points:g}"),
    ):
        field = ET.SubElement(fields, "qtimetadatafield")
        ET.SubElement(field, "fieldlabel").text = label
        ET.SubElement(field, "fieldentry").text = entry
    presentation = ET.SubElement(node, "presentation")
    material(presentation, stem_html(item))
    processing = ET.SubElement(node, "resprocessing")
    outcomes = ET.SubElement(processing, "outcomes")
    ET.SubElement(
        outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal"
    )
    PARTS[item.kind](item, node, presentation, processing)
    general = feedback_html(item) + (marker_html(item) if item.kind in ("code", "text") else "")
    if general:
        feedback(node, "general_fb", general)
    return node


def material(parent: ET.Element, words: str) -> None:
    """Append HTML as <material>."""
    ET.SubElement(ET.SubElement(parent, "material"), "mattext", texttype="text/html").text = words


def feedback(node: ET.Element, ident: str, words: str) -> None:
    """Append feedback that other elements refer to by `ident`."""
    flow = ET.SubElement(ET.SubElement(node, "itemfeedback", ident=ident), "flow_mat")
    material(flow, words)


def condition(processing: ET.Element, last: bool = False) -> tuple[ET.Element, ET.Element]:
    """Append a rule; return (<respcondition>, its <conditionvar>)."""
    node = ET.SubElement(processing, "respcondition", {"continue": "No" if last else "Yes"})
    return node, ET.SubElement(node, "conditionvar")


def score(node: ET.Element, share: float, action: str = "Set") -> None:
    """Have a rule set or add a share in [0, 1] of the points."""
    ET.SubElement(
        node, "setvar", action=action, varname="SCORE"
    ).text = f"{100 * share:.2f}".rstrip("0").rstrip(".")


def choose(
    item: Choice | Choices, node: ET.Element, presentation: ET.Element, processing: ET.Element
) -> None:
    """Add the options, their feedback and the key."""
    response = ET.SubElement(
        presentation,
        "response_lid",
        ident="response1",
        rcardinality="Single" if item.kind == "choice" else "Multiple",
    )
    render = ET.SubElement(response, "render_choice")
    for letter, option in options_of(item):
        material(ET.SubElement(render, "response_label", ident=letter), to_html(option.text))
        rule, var = condition(processing)
        ET.SubElement(var, "varequal", respident="response1").text = letter
        ET.SubElement(rule, "displayfeedback", feedbacktype="Response", linkrefid=f"{letter}_fb")
        feedback(node, f"{letter}_fb", to_html(option.feedback))
    right, var = condition(processing, last=True)
    if item.kind == "choices":
        var = ET.SubElement(var, "and")
    for letter, option in options_of(item):
        if option.correct:
            ET.SubElement(var, "varequal", respident="response1").text = letter
        elif item.kind == "choices":
            ET.SubElement(
                ET.SubElement(var, "not"), "varequal", respident="response1"
            ).text = letter
    score(right, 1)


def number(
    item: Number, node: ET.Element, presentation: ET.Element, processing: ET.Element
) -> None:
    """Add a field for the number, the accepted range and the feedback."""
    response = ET.SubElement(presentation, "response_str", ident="response1", rcardinality="Single")
    ET.SubElement(
        ET.SubElement(response, "render_fib", fibtype="Decimal"), "response_label", ident="answer1"
    )
    right, var = condition(processing, last=True)
    ET.SubElement(var, "vargte", respident="response1").text = repr(item.key - item.allowed)
    ET.SubElement(var, "varlte", respident="response1").text = repr(item.key + item.allowed)
    score(right, 1)
    ET.SubElement(right, "displayfeedback", feedbacktype="Response", linkrefid="correct_fb")
    feedback(node, "correct_fb", to_html(item.feedback))
    wrong = "".join(
        f"<li>{error.value:g}: {to_html(error.feedback, inline=True)}</li>" for error in item.errors
    )
    feedback(node, "general_incorrect_fb", f"{to_html(item.hint)}<ul>{wrong}</ul>")


def match(
    item: Order | Match, node: ET.Element, presentation: ET.Element, processing: ET.Element
) -> None:
    """Write an order or a match item: one response with the same choices for each place."""
    if item.kind == "order":
        rows = [(f"Place {place}", entry, "") for place, entry in enumerate(item.entries, 1)]
    else:
        rows = [(pair.left, pair.right, pair.feedback) for pair in item.pairs]
    for place, (left, _, _) in enumerate(rows, 1):
        response = ET.SubElement(presentation, "response_lid", ident=f"response_{place}")
        material(response, to_html(left))
        render = ET.SubElement(response, "render_choice")
        for _, index in shown(item):  # not in the order of the key
            material(
                ET.SubElement(render, "response_label", ident=f"r{index + 1}"),
                to_html(rows[index][1], inline=True),
            )
        branch, var = condition(processing)
        ET.SubElement(var, "varequal", respident=f"response_{place}").text = f"r{place}"
        score(branch, 1 / len(rows), "Add")
    if because := "".join(
        f"<li>{to_html(left, inline=True)}: {to_html(words, inline=True)}</li>"
        for left, _, words in rows
        if words
    ):
        feedback(node, "general_incorrect_fb", f"<ul>{because}</ul>")


def essay(
    item: Code | TextItem, node: ET.Element, presentation: ET.Element, processing: ET.Element
) -> None:
    """Write a code or text item as a free answer that a person marks."""
    response = ET.SubElement(presentation, "response_str", ident="response1", rcardinality="Single")
    ET.SubElement(
        ET.SubElement(response, "render_fib"), "response_label", ident="answer1", rshuffle="No"
    )
    _, var = condition(processing, last=True)
    ET.SubElement(var, "other")


PARTS: dict[str, Callable[[Any, ET.Element, ET.Element, ET.Element], None]] = {
    "choice": choose,
    "choices": choose,
    "number": number,
    "order": match,
    "match": match,
    "code": essay,
    "text": essay,
}


class Qti12:
    """Writes a QTI 1.2 package."""

    name = "qti12"
    title = "Canvas (QTI 1.2)"
    suffix = ".zip"
    uses = ("graded", "check")
    kinds = ALL_KINDS
    lossy: ClassVar[Mapping[str, str]] = {
        "choices": "scored by Canvas's own rule",
        "order": "a match of positions",
        "code": "an essay, with solution and cases in its feedback",
    }

    def write(self, quiz: ExportedQuiz, path: Path) -> int:
        """Write one assessment with all questions; return their number."""
        write_zip(path, qti12_files(quiz.name, quiz.title, quiz.items))
        return len(quiz.items)


EXPORTER = Qti12()
