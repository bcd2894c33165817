"""Pages in another language: direction, the anchors of the English page, the theme's words, and the
notice of a draft.

Does nothing for English. The texts themselves were translated before Sphinx read them
(`kratomcourse.locales`)."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ...i18n import SOURCE, _, direction, insert_ltr_marks, language, tag
from ..postprocess.page import Element, Page, element, has

SPOKEN = ("title", "aria-label", "placeholder", "data-bs-title", "alt")
UNTRANSLATED = ("script", "style", "pre", "code", "math")
# What the theme writes without asking a catalogue, or where the course writes over it.
CHROME = (
    _("Your results in this chapter"),
    _("After this chapter you can"),
    _("Answered"),
    _("Right"),
    _("Questions come back when they are due on the"),
    _("review page"),
    _(
        "With JavaScript your results would stand here. Without it nothing is counted and "
        "nothing is kept; the fold below each question leads to its answer."
    ),
    _("Save my results to a file"),
    _("Read results from a file"),
    _("Stop keeping my results"),
    _("Remove all results"),
    _("Due for review"),
    _("Source of this statement"),
    _("Call"),
    _("Privacy"),
    _("Help now"),
    _("Toggle primary sidebar"),
    _("Toggle secondary sidebar"),
    _("Toggle navigation sidebar"),
    _("Chapters"),
    _("On this page"),
    _("Colour mode"),
    _("Color mode"),
    _("Search"),
    _("Contents"),
    _("Light"),
    _("Dark"),
    _("System Settings"),
    _("Search this course..."),
    _("Search this book..."),
    _("Course"),
    _("Page"),
    _("Sections of this chapter"),
    _("Main"),
    _("Primary"),
    _("Skip to main content"),
    _("Back to top"),
    _("previous page"),
    _("next page"),
    _("previous"),
    _("next"),
    _("Site navigation"),
    _("Section Navigation"),
    _("Show code cell source"),
    _("Hide code cell source"),
    _("Show code cell output"),
    _("Hide code cell output"),
    _("Settings of this figure"),
    _("Index"),
    _("Search Page"),
    _("Link to this heading"),
    _("Link to this term"),
    _("Link to this image"),
    _("Link to this definition"),
    _("Code"),
    _("Formula"),
    _("Close"),
    _("Table of contents"),
    _("Print to PDF"),
    _("Fullscreen mode"),
    _("Last updated on"),
    _("Home"),
    _("Language"),
    _("Version warning"),
    _("Important"),
    _("Warning"),
    _("Note"),
    _("Tip"),
    _("What is stored on this device"),
    _("Remove all that is stored"),
    _("Remove the book from this device"),
    _("Keep this book on this device"),  # raw HTML of the privacy page
    _("law"),
    _("help line"),
    _("fact"),  # what changed since the last visit
)


def is_translated() -> bool:
    """Whether the book is built in another language than English."""
    return language() != SOURCE


def keep_anchors(app: Sphinx, doctree: nodes.document) -> None:
    """Each section answers to the anchor of the English page too, so that links and the switch of
    languages lead to the same place.
    """
    path = Path(app.srcdir) / "headings.json"
    if not is_translated() or not path.exists():
        return
    titles = json.loads(path.read_text(encoding="utf-8")).get(app.env.docname, [])
    sections = list(doctree.findall(nodes.section))
    if len(titles) != len(sections):
        return
    taken = {name for section in sections for name in section["ids"]}
    for title, section in zip(titles, sections, strict=False):
        anchor = nodes.make_id(re.sub(r"[`*_]|\{\w+\}", "", title))
        if anchor and anchor not in taken:
            section["ids"].append(anchor)
            taken.add(anchor)


def bring_words(app: Sphinx) -> None:
    """The words of the scripts, before the scripts."""
    if is_translated():
        app.add_js_file("words.js", priority=100)


def in_language(page: Page) -> None:
    """One page with its direction, the words around the article, and the notice of a draft."""
    if not is_translated():
        return
    code = language()
    page.tree.set("lang", tag(code))
    page.tree.set("dir", direction(code))
    for node in page.find("//*"):
        for name in SPOKEN:
            if node.get(name):
                node.set(name, spoken(node.get(name)))
    translate_words(page.tree)
    if os.environ.get("COURSE_DRAFT"):
        text = _(
            "A draft translation. No competent reader has reviewed it: do not rely on it. "
            "Read the English page where it matters."
        )
        for head in page.find("//head"):
            head.append(element("meta", {"name": "robots", "content": "noindex"}))
        for article in page.find(f"//article[{has('bd-article')}]")[:1]:
            notice = element("aside", {"class": "draft-notice admonition warning", "role": "note"})
            notice.append(element("p", text=text))
            notice.tail, article.text = article.text, None
            article.insert(0, notice)


def spoken(text: str) -> Any:
    """A whole text of the theme or of the page's frame, also those that hold a name or a number."""
    for pattern, translate in FRAMES:
        if found := re.fullmatch(pattern, text, re.S):
            return translate(found[1], found[found.re.groups])
    return _(text)


FRAMES: tuple[tuple[str, Callable[[str, str], str]], ...] = (
    (
        r"Table (\d+): (.*)",
        lambda number, title: _("Table {number}: {title}", number=number, title=title),
    ),
    (r"By\s+(.*)", lambda author, _same: _("By {author}", author=author)),
    (r"\u00a9 Copyright (.*)\.", lambda year, _same: _("\u00a9 Copyright {year}.", year=year)),
    (r"Last updated on (.*)\.", lambda day, _same: _("Last updated on {day}.", day=day)),
)


def translate_words(node: Element) -> None:
    """Text between tags, where a catalogue knows the whole of it; what lies in scripts, styles and
    code stays.
    """
    if not isinstance(node.tag, str) or node.tag in UNTRANSLATED:
        return
    node.text = in_words(node.text)
    for child in node:
        translate_words(child)
        child.tail = in_words(child.tail)


def in_words(text: str | None) -> str | None:
    """A text between two tags in the language of the build; the white space around it stays."""
    if not text or not text.strip():
        return text
    words = text.strip()
    return text.replace(words, insert_ltr_marks(spoken(words)), 1)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("builder-inited", bring_words)
    app.connect("doctree-read", keep_anchors)
