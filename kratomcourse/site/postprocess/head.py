"""What the head of a page says: the site's sheet and script, a description, and that search pages
are no content.
"""

from __future__ import annotations

import re
from typing import Any

from .page import Page, drop, element

CSS_VERSION, JS_VERSION = "@CSS@", "@JS@"  # known only when all pages have been seen
LEAST, MOST = 60, 160  # characters of a description


def link_site(page: Page) -> None:
    """Links to the site's one sheet, its manifest and its one script, behind the title."""
    static = f"{page.root}_static/"
    insert_behind_title(
        page,
        element("link", {"rel": "stylesheet", "href": f"{static}site.css?v={CSS_VERSION}"}),
        element("link", {"rel": "manifest", "href": f"{page.root}manifest.webmanifest"}),
        element("script", {"defer": "", "src": f"{static}site.js?v={JS_VERSION}"}),
    )


def insert_behind_title(page: Page, *nodes: Any) -> None:
    """Insert nodes after the page's title element."""
    title = next(iter(page.find("//head/title")), None)
    if title is None:
        return
    for node in reversed(nodes):
        node.tail = "\n"
        title.addnext(node)
    title.tail = "\n"


def describe(page: Page) -> None:
    """A description from the first paragraph, where there is none; nothing to index in the search
    page.
    """
    for node in page.find("//meta[starts-with(@name, 'docsearch:')]"):
        drop(node)
    for node in page.find("//meta[@name='viewport']")[1:]:
        drop(node)
    if re.match(r"(?:search|genindex)\.html", page.name) and not page.find(
        "//meta[@name='robots']"
    ):
        insert_behind_title(page, element("meta", {"name": "robots", "content": "noindex"}))
    if page.find("//meta[@name='description']"):
        return
    paragraphs = (" ".join(node.text_content().split()) for node in page.find("//article//p"))
    words = next((text for text in paragraphs if len(text) >= LEAST), "")
    if len(words) > MOST:
        words = words[: MOST - 3].rpartition(" ")[0] + " \u2026"
    title = next(iter(page.find("//head/title")), None)
    if text := words or (title is not None and " ".join(title.text_content().split())):
        insert_behind_title(page, element("meta", {"name": "description", "content": text}))
