"""One figure of the course on the front page, copied whole from the part that explains it."""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Mapping

from ...errors import CourseError, Diagnostic
from ...i18n import _
from .page import Element, Page, drop, element, has, parse

LEFT_BEHIND = ("figure-numbers", "headerlink", "figure-data")
ADDRESSES = ("href", "src")


def place(page: Page, raw: Mapping[str, str]) -> None:
    """Put the figure where the page has a place for it.

    raw    : {name: HTML} of all pages, as Sphinx wrote them
    raises : CourseError where the part has no such figure
    """
    for box in page.find(f"//div[{has('landing-figure')}][@data-page]"):
        name, wanted = f"{box.get('data-page')}.html", str(box.get("data-figure"))
        figure = taken(name, wanted, raw)
        if figure is None:
            raise CourseError(
                Diagnostic(
                    page.name,
                    f"{{landing-figure}} wants the figure '{wanted}', which is not in {name}.",
                    "name a figure of that part, as its show(name=...) does",
                )
            )
        move_addresses(figure, name, page.name)
        part = posixpath.relpath(name, posixpath.dirname(page.name))
        words = _("Read the part behind it: {title}", title=title_of(raw[name], name))
        link = element("a", {"href": part}, words)
        row = element("p", {"class": "landing-more"})
        row.append(link)
        box.attrib.pop("data-page")
        box.attrib.pop("data-figure")
        box.append(figure)
        box.append(row)


def taken(name: str, figure: str, raw: Mapping[str, str]) -> Element | None:
    """Return a copy of a figure; None where the part has no such figure."""
    if name not in raw:
        return None
    part = parse(raw[name], name)
    for found in part.find(f"//figure[@id='figure-{figure}']"):
        made = copy.deepcopy(found)
        made.tail = None
        for word in LEFT_BEHIND:
            for node in made.xpath(f".//*[{has(word)}]"):
                drop(node)
        return made
    return None


def title_of(html: str, name: str) -> str:
    """Return a page's heading, without the sign that links to it."""
    [heading] = parse(html, name).find("//h1")[:1]
    texts = heading.xpath(f".//text()[not(ancestor::a[{has('headerlink')}])]")
    return " ".join("".join(texts).split())


def move_addresses(figure: Element, old: str, new: str) -> None:
    """Make the addresses in a figure, which hold on the page `old`, hold on the page `new`."""
    for node in figure.iter():
        for name in ADDRESSES:
            address = node.get(name) if isinstance(node.tag, str) else None
            if not address or address.startswith(("data:", "http", "mailto:")):
                continue
            path, mark, anchor = address.partition("#")
            if not path and node.tag == "use":
                continue  # a shape within the drawing itself
            target = posixpath.normpath(
                posixpath.join(posixpath.dirname(old), path or posixpath.basename(old))
            )
            node.set(name, posixpath.relpath(target, posixpath.dirname(new)) + mark + anchor)
