"""Text of an item for readers: facts put in, Markdown turned into safe HTML."""

import re

from markdown_it import MarkdownIt

from ..evidence import fact_text, load_facts

FACT = re.compile(r"\{fact\}`([^`:]+)(?::([a-z]+))?`")
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def with_facts(text):
    """Text with each {fact}`id` replaced by the words of that fact."""
    facts = load_facts()
    return FACT.sub(lambda match: fact_text(facts[match[1]], match[2] or "full"), text)


def to_html(text, inline=False):
    """Markdown with facts as HTML; `inline` leaves out the paragraph around it. Raw HTML is escaped."""
    text = with_facts(text).strip()
    return MARKDOWN.renderInline(text) if inline else MARKDOWN.render(text).strip()
