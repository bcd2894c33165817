"""The book as EPUB 3: XHTML, formulas as MathML, figures as SVG with alt texts, no scripts."""

import datetime as dt
import mimetypes
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from lxml import etree

from ..i18n import _, direction, language, tag
from .book_document import BookPage, element, front_matter, read_book, settings, whole_page

XHTML, MATHML, SVG, OPS = (
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/2000/svg",
    "http://www.idpf.org/2007/ops",
)
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# SVG attributes that an HTML parser writes in lower case.
SVG_CASE = {
    "viewbox": "viewBox",
    "preserveaspectratio": "preserveAspectRatio",
    "gradientunits": "gradientUnits",
    "patternunits": "patternUnits",
    "markerwidth": "markerWidth",
    "markerheight": "markerHeight",
    "refx": "refX",
    "refy": "refY",
}
# Attributes that browsers accept and EPUB doesn't.
OLD = ("border", "valign", "align", "summary", "scoped", "download")
STYLE = Path(__file__).parent / "static" / "epub.css"
FEATURES = (
    "alternativeText",
    "MathML",
    "tableOfContents",
    "structuralNavigation",
    "readingOrder",
    "displayTransformability",
)


def write_epub(root: Path, site: Path, path: Path) -> int:
    """Write the built book at `site` as one EPUB file.

    returns : number of XHTML files in it
    raises  : CourseError for a page that isn't built
    """
    pages = read_book(root, site)
    title, authors = settings(root)
    day = newest_day(site, pages)
    parts = [
        ("title", title, "", front_matter(root, title, authors, day)),
        *((page.stem, page.title, page.part, page.body) for page in pages),
    ]
    home = {
        found.get("id"): f"{stem}.xhtml"
        for stem, _title, _part, body in parts
        for found in body.xpath("descendant-or-self::*[@id]")
    }
    files: dict[str, bytes] = {}
    pictures: dict[str, str] = {}  # {path below the site: path in the EPUB}
    for stem, name, _part, body in parts:
        # Links within one XHTML file need no file name.
        for link in body.iter("a"):
            target = link.get("href", "")
            if target.startswith("sms:"):
                # EPUB has no such scheme; the text names the number.
                link.tag = "span"
                del link.attrib["href"]
            elif target.startswith("#"):
                there = home[target[1:]]
                link.set("href", target if there == f"{stem}.xhtml" else f"{there}{target}")
        for picture in body.iter("img"):
            pictures[picture.get("src")] = f"images/{'-'.join(Path(picture.get('src')).parts[-2:])}"
            picture.set("src", pictures[picture.get("src")])
        files[f"{stem}.xhtml"] = xhtml_page(name, body)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        put(book, "mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        put(book, "META-INF/container.xml", CONTAINER)
        put(book, "EPUB/package.opf", package(title, authors, day, files, pictures))
        put(book, "EPUB/nav.xhtml", navigation(title, parts))
        put(book, "EPUB/book.css", STYLE.read_text(encoding="utf-8"))
        for name, content in files.items():
            put(book, f"EPUB/{name}", content)
        for source, name in pictures.items():
            put(book, f"EPUB/{name}", (Path(site) / source).read_bytes())
    return len(files)


def newest_day(site: Path, pages: Sequence[BookPage]) -> str:
    """Return the ISO date of the newest page, so that the same pages make the same file."""
    newest = max(
        whole_page(site, page.name).stat().st_mtime for page in pages if page.name != "answers"
    )
    return dt.datetime.fromtimestamp(newest, dt.UTC).date().isoformat()


def put(
    book: zipfile.ZipFile, name: str, content: str | bytes, how: int = zipfile.ZIP_DEFLATED
) -> None:
    """Add a file with a fixed date, so that the same pages make the same EPUB."""
    book.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, how)


def xhtml_page(title: str, body: Any) -> bytes:
    """Return an XHTML document with one section; formulas and drawings get their namespaces."""
    page = etree.Element(f"{{{XHTML}}}html", nsmap={None: XHTML, "epub": OPS})
    page.set("lang", tag(language()))
    page.set(XML_LANG, tag(language()))
    page.set("dir", direction(language()))
    head = etree.SubElement(page, f"{{{XHTML}}}head")
    etree.SubElement(head, f"{{{XHTML}}}title").text = title
    etree.SubElement(head, f"{{{XHTML}}}link", rel="stylesheet", type="text/css", href="book.css")
    add_in_namespace(etree.SubElement(page, f"{{{XHTML}}}body"), body, XHTML)
    return serialised(page)


def serialised(page: Any) -> bytes:
    """Return an XHTML document as UTF-8."""
    text: bytes = etree.tostring(
        page, xml_declaration=True, encoding="utf-8", doctype="<!DOCTYPE html>"
    )
    return text


def add_in_namespace(parent: Any, node: Any, space: str) -> None:
    """Append a copy of an HTML element in a namespace, without attributes that EPUB forbids."""
    if node.tag == "math":
        space = MATHML
    elif node.tag == "svg":
        space = SVG
    made = etree.SubElement(
        parent,
        f"{{{space}}}{node.tag}",
        nsmap=None
        if parent.prefix is None and parent.tag.startswith(f"{{{space}}}")
        else {None: space},
    )
    for name, value in node.attrib.items():
        if name == "data-label":
            # Heading of a cell, for the style sheet on a narrow screen.
            made.set(name, value)
            continue
        if name == "xmlns" or (
            name.startswith(("data-", "xmlns:", "aria-label"))
            and space == XHTML
            and not node.get("role")
            and node.tag not in ("section", "aside", "a")
        ):
            continue
        if name in OLD:
            continue
        made.set(SVG_CASE.get(name, name) if space == SVG else name, value)
    made.text = node.text
    made.tail = node.tail
    for child in node:
        if isinstance(child.tag, str):
            add_in_namespace(
                made, child, XHTML if space == SVG and node.tag == "foreignobject" else space
            )
        elif child.tail:
            # Drop the comment, keep the text after it.
            if len(made):
                made[-1].tail = (made[-1].tail or "") + child.tail
            else:
                made.text = (made.text or "") + child.tail


def navigation(title: str, parts: Any) -> bytes:
    """Return the navigation document.

    parts : [(stem, name, caption of the part, body)]
    """
    nav = element("nav", "", {"id": "toc"})
    nav.append(element("h1", _("Contents")))
    top = element("ol")
    nav.append(top)
    captions: dict[str, Any] = {}
    for stem, name, part, body in parts:
        entry = element("li")
        entry.append(element("a", name, {"href": f"{stem}.xhtml"}))
        inner = [
            (found.getparent().get("id"), found.text_content().strip())
            for found in body.iter("h2")
            if found.getparent().get("id")
        ]
        if inner and stem not in ("sources",):
            below = element("ol")
            for identity, heading in inner:
                row = element("li")
                row.append(element("a", heading, {"href": f"{stem}.xhtml#{identity}"}))
                below.append(row)
            entry.append(below)
        if part and part not in captions:
            group = element("li")
            group.append(element("span", part))
            captions[part] = element("ol")
            group.append(captions[part])
            top.append(group)
        (captions[part] if part else top).append(entry)
    made = etree.fromstring(xhtml_page(_("Contents"), nav))
    made.find(f".//{{{XHTML}}}nav").set(f"{{{OPS}}}type", "toc")
    return serialised(made)


def package(
    title: str, authors: str, day: str, files: Mapping[str, bytes], pictures: Mapping[str, str]
) -> str:
    """Return the package document: metadata, list of files and reading order.

    day      : ISO date
    files    : {name: XHTML} in reading order
    pictures : {path below the site: path in the EPUB}
    """
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"kratomcourse:{title}:{language()}")
    manifest = [
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
        '<item id="css" href="book.css" media-type="text/css"/>',
    ]
    for number, (name, content) in enumerate(files.items()):
        has = " ".join(
            word
            for word, sign in (("mathml", MATHML.encode()), ("svg", SVG.encode()))
            if sign in content
        )
        manifest.append(
            f'<item id="page{number}" href="{name}" media-type="application/xhtml+xml"'
            + (f' properties="{has}"' if has else "")
            + "/>"
        )
    manifest += [
        f'<item id="picture{number}" href="{escape(name)}" '
        f'media-type="{mimetypes.guess_type(name)[0]}"/>'
        for number, name in enumerate(pictures.values())
    ]
    spine = "".join(f'<itemref idref="page{number}"/>' for number in range(len(files)))
    features = "".join(
        f'<meta property="schema:accessibilityFeature">{word}</meta>' for word in FEATURES
    )
    modes = "".join(
        f'<meta property="schema:accessMode">{word}</meta>' for word in ("textual", "visual")
    )
    summary = _(
        "Every figure has an alternative text that states what it shows; formulas are MathML; "
        "headings and contents can be navigated."
    )
    way = direction(language())
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="identity" '
        f'xml:lang="{tag(language())}" dir="{way}">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="identity">urn:uuid:{identity}</dc:identifier>'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(authors)}</dc:creator>\n"
        f"<dc:language>{tag(language())}</dc:language><dc:date>{day}</dc:date>"
        "<dc:rights>CC BY 4.0</dc:rights>"
        f'<meta property="dcterms:modified">{day}T00:00:00Z</meta>\n'
        f'{modes}<meta property="schema:accessModeSufficient">textual</meta>{features}'
        '<meta property="schema:accessibilityHazard">none</meta>\n'
        f'<meta property="schema:accessibilitySummary">{escape(summary)}</meta>\n'
        f"</metadata><manifest>{''.join(manifest)}</manifest>"
        f'<spine page-progression-direction="{way}">{spine}</spine></package>\n'
    )


CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""
