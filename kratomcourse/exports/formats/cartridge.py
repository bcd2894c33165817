"""A quiz as an IMS Common Cartridge 1.3, in the profile of QTI 1.2 that belongs to it.

The profile has questions with one or several right options and essays. It has no number with a
tolerance, no matching and no order, so those items are left out and reported. It scores several
right options all or nothing.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from ...evidence import load_course
from ...i18n import language, tag
from ...quiz.bank import AnyItem, Choice, Choices
from ..imscc import XSI, Cartridge, OutlineEntry, xml
from ..item_html import feedback_html, marker_html, stem_html
from ..media import replace_images
from ..registry import ExportedQuiz
from .qti12 import QTI, choose, condition, feedback, material

SCHEMA = f"{QTI} http://www.imsglobal.org/profile/cc/ccv1p3/ccv1p3_qtiasiv1p2p1_v1p0.xsd"
PROFILES = {
    "choice": "cc.multiple_choice.v0p1",
    "choices": "cc.multiple_response.v0p1",
    "text": "cc.essay.v0p1",
}
GENERAL = "general_fb"  # identifier of the feedback that is shown whatever the answer


def new_cartridge(title: str, name: str = "") -> Cartridge:
    """Return an empty cartridge of the course.

    name : of what it contains, such as 04-risk; empty for the whole course
    """
    course = load_course()
    whole = f"{course.slug}-{name}" if name else course.slug
    return Cartridge(whole, title, course.description, tag(language()))


def add_quiz(cartridge: Cartridge, name: str, title: str, items: Sequence[AnyItem]) -> str:
    """Add a quiz of items of the kinds in `PROFILES`; return the identifier of its resource."""
    root = ET.Element(
        "questestinterop", {"xmlns": QTI, "xmlns:xsi": XSI, "xsi:schemaLocation": SCHEMA}
    )
    assessment = ET.SubElement(root, "assessment", ident=f"quiz-{name}", title=title)
    fields(
        ET.SubElement(assessment, "qtimetadata"),
        cc_profile="cc.exam.v0p1",
        qmd_assessmenttype="Examination",
        qmd_scoretype="Percentage",
        qmd_feedbackpermitted="Yes",
        cc_maxattempts="unlimited",
    )
    section = ET.SubElement(assessment, "section", ident="root_section")
    for item in items:
        section.append(one_item(item))
    pictures: dict[str, bytes] = {}
    for text in root.iter("mattext"):
        text.text = replace_images(text.text or "", pictures, "$IMS-CC-FILEBASE$/", "pictures/")
    needs = [cartridge.add_file(place, content) for place, content in pictures.items()]
    return cartridge.add_quiz(name, xml(root), needs)


def one_item(item: AnyItem) -> ET.Element:
    """Return the <item> element of an item, its children in the order that the profile wants."""
    node = ET.Element("item", ident=item.id, title=item.id)
    metadata = ET.SubElement(ET.SubElement(node, "itemmetadata"), "qtimetadata")
    fields(metadata, cc_profile=PROFILES[item.kind])
    if float(item.points).is_integer():  # the profile's weight is a whole number
        fields(metadata, cc_weighting=f"{item.points:g}")
    essay = not isinstance(item, Choice | Choices)
    if essay:
        fields(metadata, qmd_scoringpermitted="Yes", qmd_computerscored="No")
    presentation = ET.SubElement(node, "presentation")
    material(presentation, stem_html(item))
    general = feedback_html(item) + (marker_html(item) if item.kind == "text" else "")
    processing = new_processing(bool(general))
    if isinstance(item, Choice | Choices):
        node.append(processing)
        choose(item, node, presentation, processing)
    else:
        response = ET.SubElement(
            presentation, "response_str", ident="response1", rcardinality="Single"
        )
        render = ET.SubElement(response, "render_fib", prompt="Box")
        ET.SubElement(render, "response_label", ident="answer1", rshuffle="No")
        if general:
            node.append(processing)
    if general:
        feedback(node, GENERAL, general)
    return node


def new_processing(has_general: bool) -> ET.Element:
    """Return response processing with its score and, first, the rule for the general feedback."""
    processing = ET.Element("resprocessing")
    outcomes = ET.SubElement(processing, "outcomes")
    ET.SubElement(
        outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal"
    )
    if has_general:
        rule, always = condition(processing)
        ET.SubElement(always, "other")
        ET.SubElement(rule, "displayfeedback", feedbacktype="Response", linkrefid=GENERAL)
    return processing


def fields(metadata: ET.Element, **entries: str) -> None:
    """Append fields of metadata."""
    for label, entry in entries.items():
        field = ET.SubElement(metadata, "qtimetadatafield")
        ET.SubElement(field, "fieldlabel").text = label
        ET.SubElement(field, "fieldentry").text = entry


class CartridgeQuiz:
    """Writes a Common Cartridge with one quiz."""

    name = "cartridge"
    title = "IMS Common Cartridge 1.3"
    suffix = ".imscc"
    uses = ("check", "graded")
    kinds = frozenset(PROFILES)
    lossy: ClassVar[dict[str, str]] = {
        "choices": "no partial credit",
        "text": "an essay, with its rubric in the feedback",
        "points": "as weights, where the system reads them",
    }

    def write(self, quiz: ExportedQuiz, path: Path) -> int:
        """Write a cartridge whose outline is the quiz; return the number of questions."""
        cartridge = new_cartridge(quiz.title, quiz.name)
        resource = add_quiz(cartridge, quiz.name, quiz.title, quiz.items)
        cartridge.entries.append(OutlineEntry(quiz.title, resource))
        cartridge.write(path)
        return len(quiz.items)


EXPORTER = CartridgeQuiz()
