"""The same to the eye in fewer bytes: nothing that this course does not use, no spans that look
like what they stand in.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .page import Page, classes, drop, has, set_classes

PLAIN_TOKENS = {"n", "p", "w", "nn", "o"}  # kinds of code that the style sheet does not colour
UNUSED = ("fontawesome", "sphinx-thebe")


def drop_unused(page: Page) -> None:
    """Scripts, sheets and boxes of the theme that no page of the course uses."""
    for name in UNUSED:
        for node in page.find(
            f"//script[contains(@src, '{name}')] | //link[contains(@href, '{name}')]"
        ):
            drop(node)
    for node in page.find("//script[starts-with(normalize-space(), 'const THEBE_JS_URL')]"):
        drop(node)
    for node in page.find("//div[@id='ethical-ad-placement']"):
        parent = node.getparent()
        drop(parent if "sidebar-primary-item" in classes(parent) else node)
    # What it says stands in the sheet of the site.
    for node in page.find("//noscript[style]"):
        drop(node)
    for node in page.find("//comment()"):
        drop(node)
    # A list of contents for print alone.
    for node in page.find("//div[@id='jb-print-toc']"):
        for child in list(node):
            drop(child)


def drop_idle_markup(page: Page) -> None:
    """Words that docutils and Pygments write and neither a style nor a script of the site asks
    for.
    """
    for node in page.find(f"//*[{has('reference', 'internal')}]"):
        set_classes(node, [word for word in classes(node) if word not in ("reference", "internal")])
    for node in page.find("//tr[@class='row-odd' or @class='row-even']"):
        del node.attrib["class"]
    for node in page.find("//span[@class='xref std std-term' or @class='pre'][not(*)]"):
        node.drop_tag()
    for node in page.find("//pre//span"):
        words = set(classes(node))
        if (words and words <= PLAIN_TOKENS) or (
            not node.attrib and not len(node) and not node.text
        ):
            node.drop_tag()


def prepare_pictures(page: Page, size_of: Any) -> None:
    """Pictures wait until they are near, and keep their place until they come.

    size_of : called with the address of an SVG file; returns (width, height) in pixels, or None
    """
    for node in page.find("//img"):
        if any(word.startswith("only-") for word in classes(node)) and not node.get("loading"):
            node.set("loading", "lazy")
            node.set("decoding", "async")
        address = (node.get("src") or "").partition("?")[0]
        sized = node.get("width") or node.get("height")
        if address.endswith(".svg") and not sized and (size := size_of(address)):
            node.set("width", str(size[0]))
            node.set("height", str(size[1]))


def lead_home(page: Page, there: Collection[str]) -> None:
    """The links of the foot hold at any depth; those to pages that the course lacks go.

    there : names of the pages in `book/`, such as privacy
    """
    kinds = ("help", "cite", "report", "privacy")
    wanted = " or ".join(has(f"{kind}-link") for kind in kinds)
    for node in page.patch("links of the foot", f"//a[{wanted}]"):
        node.set("href", page.root + node.get("href").lstrip("/"))
        [kind] = [kind for kind in kinds if f"{kind}-link" in classes(node)]
        if kind != "help" and kind not in there:
            drop(node)
