"""Meanings of the glossary carried along in each page that uses them, so that a card can show them
without fetching anything.
"""

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .directives import raw

GLOSSARY = "book/glossary"


def meanings(env: BuildEnvironment) -> Any:
    """{anchor of a term: (term, first paragraph of its meaning)}, from the glossary page as Sphinx
    read it.
    """
    found: dict[str, tuple[str, str]] = {}
    if GLOSSARY not in env.found_docs:
        return found
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        terms = [child for child in item if isinstance(child, nodes.term)]
        paragraph = next(item.findall(nodes.paragraph), None)
        if paragraph is None:
            continue
        # A role that prints a fact says its number, and the citation where it has none.
        for term in terms:
            for anchor in term["ids"]:
                found[anchor] = (term.astext(), paragraph.astext())
    return found


def carry(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Append the meanings of the terms that a page links to; unseen until a card shows one."""
    if app.builder.format != "html" or docname == GLOSSARY:
        return
    used: dict[str, None] = {}
    for reference in doctree.findall(nodes.reference):
        if match := re.search(r"glossary\.html#(term-[^\"]+)$", reference.get("refuri", "")):
            used[match[1]] = None
    if not used:
        return
    known = meanings(app.env)
    entries = "".join(
        f'<p id="about-{anchor}"><strong>{escape(known[anchor][0])}'
        f"</strong> \u00b7 {escape(known[anchor][1])}</p>"
        for anchor in used
        if anchor in known
    )
    if entries:
        doctree[0] += raw(f'<div class="term-notes" hidden>{entries}</div>')


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-resolved", carry)
