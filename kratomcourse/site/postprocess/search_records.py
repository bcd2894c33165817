"""What the search finds: a record for each section of a page, each glossary term and each claim.

Tables of data, questions with their answers, code and lists of sources are left out: what a
reader looks for is where something is explained.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .page import Element, Page, classes

# Pages that are no content, and pages that are lists: of these only the beginning is found.
LEFT_OUT = ("index.html", "search.html", "404.html", "book/review.html")
LISTS = tuple(f"book/{name}.html" for name in ("sources", "changes", "coverage"))
GLOSSARY, CLAIMS = "book/glossary.html", "book/claims.html"
TAGS = {"script", "style", "template", "noscript", "pre", "form", "button", "nav", "svg", "math"}
CLASSES = {
    *("headerlink", "quiz-item", "quiz-answer", "quiz-progress", "facts-used", "works"),
    *(
        "term-notes",
        "figure-numbers",
        "course-pictures",
        "help-now",
        "law-cards",
        "law-maps",
        "law-lists",
    ),
    *("fact-cite", "dataframe", "cell_input", "cards", "since", "explorer-controls"),
    *("acts", "page-acts"),
    *("prev-next-footer", "toctree-wrapper", "chapter-progress"),
}
SECTION_HEADINGS = {"h1", "h2", "h3"}
BLOCKS = {"p", "li", "td", "th", "dd", "dt", "tr", "h4", "h5", "figcaption", "div"}


@dataclass(frozen=True)
class SearchRecord:
    """One thing that the search can find."""

    address: str  # from the root of the site, with its anchor
    label: str  # number of a part, or what kind of entry it is
    page: str  # title of its page; empty where the section is the page itself
    title: str  # its own heading
    text: str

    @property
    def page_title(self) -> str:
        """Title of the page that it's in."""
        return self.page or self.title


def text_of(node: Element) -> str:
    """Readable text of a node, without sections inside it, its heading, and what is left out."""
    pieces: list[str] = []

    def walk(element: Element) -> None:
        pieces.append(element.text or "")
        for child in element:
            if isinstance(child.tag, str) and not is_left_out(child):
                walk(child)
            pieces.append(" " if child.tag in BLOCKS else "")
            pieces.append(child.tail or "")

    walk(node)
    # What was left out may stand before a comma or a full stop.
    return re.sub(r" ([,.;:!?])", r"\1", " ".join("".join(pieces).split()))


def is_left_out(element: Element) -> bool:
    """Whether a node's text is no text of the section around it."""
    if element.tag in TAGS or element.tag in SECTION_HEADINGS or element.tag == "section":
        return True
    return not CLASSES.isdisjoint(classes(element))


def heading_of(node: Element) -> str:
    """Text of a heading without its number and the sign that links to it."""
    text = re.sub(r"[#\u00b6\uf0c1]\s*$", "", " ".join(node.text_content().split()))
    return re.sub(r"^\d+(?:\.\d+)?\s+", "", text).strip()


def label_of(name: str) -> str:
    """`4.6` for a part, `4` for the opening of a chapter, empty for other pages."""
    if found := re.match(r"notebooks/(\d+)-[^/]+/(\d+)?", name):
        return ".".join(str(int(number)) for number in found.groups() if number)
    return ""


def records_of(page: Page) -> list[SearchRecord]:
    """The records of one page."""
    articles = page.find("//article[contains(@class, 'bd-article')]")
    if page.name in LEFT_OUT or not articles:
        return []
    sections = sections_of(page, articles[0])
    if page.name == GLOSSARY:
        return [*sections[:1], *terms(page)]
    if page.name == CLAIMS:
        return [*sections[:1], *claims(page)]
    return sections[:1] if page.name in LISTS else sections


def sections_of(page: Page, article: Element) -> list[SearchRecord]:
    """One record a section of a page, for the search."""
    found: list[SearchRecord] = []
    for section in article.iter("section"):
        heading = next((child for child in section if child.tag in SECTION_HEADINGS), None)
        around = (section, section.getparent())
        if heading is None or any(CLASSES & set(classes(node)) for node in around):
            continue
        anchor = f"#{section.get('id')}" if found else ""
        title = heading_of(heading)
        page_title = found[0].title if found else ""
        text = text_of(section)
        if text or not found:
            found.append(
                SearchRecord(page.name + anchor, label_of(page.name), page_title, title, text)
            )
    return found


def terms(page: Page) -> list[SearchRecord]:
    """A record for each term of the glossary."""
    made = []
    for term in page.find("//dt[@id]"):
        about = term.getnext()
        text = text_of(about) if about is not None and about.tag == "dd" else ""
        address = f"{page.name}#{term.get('id')}"
        made.append(SearchRecord(address, "glossary", "", heading_of(term), text))
    return made


def claims(page: Page) -> list[SearchRecord]:
    """A record for each claim: its words, the verdict and the reason."""
    made = []
    for row in page.find("//tr[starts-with(@id, 'claim-')]"):
        cells = [" ".join(cell.text_content().split()) for cell in row]
        about = " ".join(node.text_content() for node in row[0].cssselect(".fact-about"))
        title = cells[0].removesuffix(" ".join(about.split())).strip()
        title = re.sub(r"^C\d+\.?\s*", "", title)
        address = f"{page.name}#{row.get('id')}"
        made.append(SearchRecord(address, "claim", "", title, " ".join(cells[1:])))
    return made


def collect(page: Page) -> None:
    """Keep the records of a page for the search of the site."""
    page.records.extend(records_of(page))
