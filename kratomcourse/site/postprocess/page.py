"""One built page as a tree: parsed once, changed by an ordered list of transforms, written once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import html

Element = Any  # of lxml, which has no types of its own
KEPT_SPACE = ("pre", "textarea", "script")


@dataclass
class Page:
    """A page on its way through the transforms."""

    name: str  # as it lies in the site: notebooks/04-risk/index.html
    tree: Element  # <html>
    rules: set[str] = field(default_factory=set)  # what its style attributes become
    scripts: dict[str, None] = field(default_factory=dict)  # files that it wants, in order
    sheets: dict[str, None] = field(default_factory=dict)  # style sheets that it had, in order
    patched: Counter[str] = field(default_factory=Counter)  # how often each patch found its place
    records: list[Any] = field(default_factory=list)  # what the search finds in it

    @property
    def root(self) -> str:
        """Way from the page to the root of the site, such as ../../."""
        return "../" * self.name.count("/")

    def find(self, selector: str) -> list[Element]:
        """Elements that an XPath finds, in order."""
        return list(self.tree.xpath(selector))

    def patch(self, what: str, selector: str) -> Iterator[Element]:
        """Elements that a patch of another project's markup changes; they are counted under its
        name.
        """
        for node in self.find(selector):
            self.patched[what] += 1
            yield node


def parse(text: str, name: str) -> Page:
    """A page from the text of a whole HTML document."""
    return Page(name, html.document_fromstring(text))


def serialize(page: Page) -> str:
    """The text of a page, without indentation and empty lines where white space means nothing."""
    squeeze(page.tree)
    text: str = html.tostring(page.tree, encoding="unicode", doctype="<!DOCTYPE html>")
    return text + "\n"


def squeeze(node: Element) -> None:
    """Drop white space that a browser does not show, in place."""
    if node.text and node.tag not in KEPT_SPACE:
        node.text = re.sub(r"\n\s+", "\n", node.text)
    for child in node:
        if node.tag != "pre":
            if isinstance(child.tag, str):
                squeeze(child)
            if child.tail:
                child.tail = re.sub(r"\n\s+", "\n", child.tail)


def has(*tokens: str) -> str:
    """An XPath condition: the class attribute holds all these words."""
    return " and ".join(
        f"contains(concat(' ', normalize-space(@class), ' '), ' {token} ')" for token in tokens
    )


def classes(node: Element) -> list[str]:
    """CSS classes of an element."""
    return (node.get("class") or "").split()


def set_classes(node: Element, words: list[str]) -> None:
    """Give an element these classes; no attribute where there are none."""
    if words:
        node.set("class", " ".join(words))
    else:
        node.attrib.pop("class", None)


def element(tag: str, attributes: dict[str, str] | None = None, text: str | None = None) -> Element:
    """A new element with attributes and text."""
    made = html.Element(tag, attributes or {})
    made.text = text
    return made


def drop(node: Element) -> None:
    """Take an element out with all that it holds; the text behind it stays."""
    node.drop_tree()
