"""A package in IMS Common Cartridge 1.3: files, resources, an outline and the manifest.

A learning management system imports it as (part of) a course. Namespaces and resource types are
those of "IMS Common Cartridge Profile, version 1.3".
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from .package import write_zip

MANIFEST = "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"
WEB_LINK = "http://www.imsglobal.org/xsd/imsccv1p3/imswl_v1p3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PROFILE = "http://www.imsglobal.org/profile/cc/ccv1p3"
SCHEMAS = " ".join(
    (
        *(MANIFEST, f"{PROFILE}/ccv1p3_imscp_v1p2_v1p0.xsd"),
        *(LOM, f"{PROFILE}/LOM/ccv1p3_lommanifest_v1p0.xsd"),
    )
)

FILE_TYPE = "webcontent"
LINK_TYPE = "imswl_xmlv1p3"
QUIZ_TYPE = "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"


@dataclass(frozen=True)
class Resource:
    """Something that the cartridge contains: a page or another file, a web link, or a quiz."""

    identifier: str
    type: str
    file: str  # its name in the package
    needs: tuple[str, ...] = ()  # identifiers of other resources, such as a page's pictures


@dataclass(frozen=True)
class OutlineEntry:
    """A line of the outline: a folder with entries, or a resource."""

    title: str
    resource: str = ""  # identifier; empty for a folder
    entries: tuple["OutlineEntry", ...] = ()


@dataclass
class Cartridge:
    """A cartridge that is being filled."""

    name: str
    title: str
    description: str
    language: str
    files: dict[str, bytes] = field(default_factory=dict)  # {name in the package: content}
    resources: dict[str, Resource] = field(default_factory=dict)  # {identifier: resource}
    entries: list[OutlineEntry] = field(default_factory=list)

    def add_file(self, name: str, content: bytes, needs: Iterable[str] = ()) -> str:
        """Add a page, a picture or a data file; return the identifier of its resource."""
        return self.add(FILE_TYPE, name, content, needs)

    def add_link(self, name: str, title: str, url: str) -> str:
        """Add a link to a web page; return the identifier of its resource."""
        root = ET.Element("webLink", xmlns=WEB_LINK)
        ET.SubElement(root, "title").text = title
        ET.SubElement(root, "url", href=url, target="_blank")
        return self.add(LINK_TYPE, f"links/{name}.xml", xml(root))

    def add_quiz(self, name: str, content: bytes, needs: Iterable[str] = ()) -> str:
        """Add a quiz in QTI 1.2; return the identifier of its resource."""
        return self.add(QUIZ_TYPE, f"quizzes/{name}.xml", content, needs)

    def add(self, kind: str, name: str, content: bytes, needs: Iterable[str] = ()) -> str:
        """Add a resource with one file; return its identifier, which is made from the name."""
        identifier = "resource-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
        if self.files.get(name, content) != content or (
            identifier in self.resources and self.resources[identifier].file != name
        ):
            raise ValueError(f"the cartridge already has another {name}")
        self.files[name] = content
        self.resources[identifier] = Resource(identifier, kind, name, tuple(sorted(set(needs))))
        return identifier

    def write(self, path: Path) -> None:
        """Write the cartridge; the same content makes the same bytes."""
        write_zip(path, {"imsmanifest.xml": self.manifest()} | self.files)

    def manifest(self) -> bytes:
        """Return the manifest: metadata, the outline, and every resource with its file."""
        root = ET.Element(
            "manifest",
            {
                "xmlns": MANIFEST,
                "xmlns:lomimscc": LOM,
                "xmlns:xsi": XSI,
                "xsi:schemaLocation": SCHEMAS,
                "identifier": f"{self.name}-manifest",
            },
        )
        root.append(self.metadata())
        organization = ET.SubElement(
            ET.SubElement(root, "organizations"),
            "organization",
            identifier="outline",
            structure="rooted-hierarchy",
        )
        # The profile wants one item without a title around all others.
        add_entries(ET.SubElement(organization, "item", identifier="root"), self.entries, count(1))
        resources = ET.SubElement(root, "resources")
        for resource in self.resources.values():
            named = {"identifier": resource.identifier, "type": resource.type}
            if resource.type == FILE_TYPE:
                named["href"] = resource.file
            node = ET.SubElement(resources, "resource", named)
            ET.SubElement(node, "file", href=resource.file)
            for needed in resource.needs:
                ET.SubElement(node, "dependency", identifierref=needed)
        return xml(root)

    def metadata(self) -> ET.Element:
        """Return the metadata: version of the profile, title, language, description, licence."""
        node = ET.Element("metadata")
        ET.SubElement(node, "schema").text = "IMS Common Cartridge"
        ET.SubElement(node, "schemaversion").text = "1.3.0"
        lom = ET.SubElement(node, "lomimscc:lom")
        general = ET.SubElement(lom, "lomimscc:general")
        self.words(general, "title", self.title)
        ET.SubElement(general, "lomimscc:language").text = self.language
        self.words(general, "description", self.description)
        rights = ET.SubElement(lom, "lomimscc:rights")
        limits = ET.SubElement(rights, "lomimscc:copyrightAndOtherRestrictions")
        ET.SubElement(limits, "lomimscc:value").text = "yes"
        self.words(rights, "description", "Text and figures CC BY 4.0, code MIT.")
        return node

    def words(self, parent: ET.Element, tag: str, text: str) -> None:
        """Append text in the language of the course."""
        node = ET.SubElement(parent, f"lomimscc:{tag}")
        ET.SubElement(node, "lomimscc:string", language=self.language).text = text


def add_entries(parent: ET.Element, entries: Sequence[OutlineEntry], numbers: "count[int]") -> None:
    """Append entries of the outline, each with an identifier of its own."""
    for entry in entries:
        named = {"identifier": f"entry-{next(numbers)}"}
        if entry.resource:
            named["identifierref"] = entry.resource
        node = ET.SubElement(parent, "item", named)
        ET.SubElement(node, "title").text = entry.title
        add_entries(node, entry.entries, numbers)


def xml(root: ET.Element) -> bytes:
    """Return an indented XML document as UTF-8."""
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
