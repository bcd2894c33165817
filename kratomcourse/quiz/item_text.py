"""Text of an item for readers: facts put in, Markdown turned into safe HTML."""

import base64
import re

from markdown_it import MarkdownIt

from ..evidence import fact_text, load_facts
from .bank import PICTURE, PICTURE_TYPES, banks_dir

FACT = re.compile(r"\{fact\}`([^`:]+)(?::([a-z]+))?`")
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def with_facts(text: str) -> str:
    """Text with each {fact}`id` replaced by the words of that fact."""
    facts = load_facts()
    return FACT.sub(lambda match: fact_text(facts[match[1]], match[2] or "full"), text)


def with_pictures(text: str) -> str:
    """Text with each picture of the bank's folder as data, so that page, notebook and export need
    no file beside it.
    """

    def data(match: re.Match[str]) -> str:
        kind = PICTURE_TYPES[match["file"].rpartition(".")[2].lower()]
        return (
            f"![{match['alt']}](data:image/{kind};"
            f"base64,{base64.b64encode((banks_dir() / match['file']).read_bytes()).decode()})"
        )

    return PICTURE.sub(data, text)


def to_html(text: str, inline: bool = False) -> str:
    """Markdown with facts and pictures as HTML; `inline` leaves out the paragraph around it. Raw
    HTML is escaped.
    """
    text = with_pictures(with_facts(text)).strip()
    return str(MARKDOWN.renderInline(text) if inline else MARKDOWN.render(text).strip())
