"""The built pages as one book for PDF and EPUB: in order, without what needs a browser.

Answers are collected at the end. It reads the built pages, so figures, numbers and formulas are
those of the site.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from lxml import html

from ..chapters.chapter import chapter_of, is_opening
from ..errors import CourseError, Diagnostic
from ..i18n import _

# Buttons and fields, pictures for dark mode, downloads, results that a browser keeps, folded code.
# By tag, by class, or by both. One pass over the page is faster than a selector for each.
LEFT_OUT = {
    *("script", "style", "template", "noscript", "button", "datalist", "textarea", "nav"),
    *(
        "a.headerlink",
        ".quiz-result",
        "form.table-filter",
        "form.law-form",
        ".figure-narrow",
        ".toctree-wrapper",
    ),
    *(".sd-octicon", ".sd-summary-state-marker", ".figure-data", ".figure-numbers"),
    *(
        "details.drawing-code",
        ".term-notes",
        ".chapter-progress",
        "details.above-input",
        ".expanded",
        ".explorer-controls",
    ),
}
ARTICLE = re.compile(r"<article\b[^>]*\bbd-article\b[^>]*>")


@dataclass
class BookPage:
    """One page of the book."""

    name: str  # as in _toc.yml: book/index, notebooks/04-risk/index
    title: str
    part: str  # caption of its part in the table of contents
    body: Any  # lxml element: <section>

    @property
    def stem(self) -> str:
        """Prefix of its ids: index, or 04-risk for an opening and 04-risk-2-a-call for a part."""
        last = self.name.rpartition("/")[2]
        return "-".join(filter(None, (self.chapter, "" if self.is_opening else last)))

    @property
    def chapter(self) -> str:
        """Name of its chapter; empty if it belongs to none."""
        return chapter_of(self.name)

    @property
    def is_opening(self) -> bool:
        """Whether it's the opening of a chapter."""
        return is_opening(self.name)

    @property
    def number(self) -> str:
        """Such as 4 for an opening and 4.2 for a part; empty for other pages."""
        found = re.match(r"\d+", self.name.rpartition("/")[2]) if self.chapter else None
        chapter = str(int(self.chapter[:2])) if self.chapter else ""
        return f"{chapter}.{found[0]}" if found else chapter


def read_book(root: Path, site: Path) -> list[BookPage]:
    """Return the pages of the built book in the order of the table of contents.

    root    : folder with _toc.yml
    site    : folder of the built pages
    returns : pages, the answers to all questions as the last one; each id starts with the stem of
              its page, each internal link is `#id`, each picture's path is relative to `site`
    raises  : CourseError for a page that isn't built
    """
    pages = []
    for part, name in contents(root):
        path = whole_page(site, name)
        if not path.exists():
            raise CourseError(
                Diagnostic(f"{name}.html", "the page isn't built.", "run: course book")
            )
        page = read_page(path, name, part)
        # The page that asks questions again needs a browser.
        if not page.body.cssselect(".review"):
            pages.append(page)
    names = {page.name: page for page in pages}
    for page in pages:
        link_inside(page, names)
    answers = [apart for page in pages if (apart := take_answers(page)) is not None]
    if answers:
        body = html.fragment_fromstring("<section id='answers'></section>")
        body.append(element("h1", _("Answers")))
        body.extend(answers)
        pages.append(BookPage("answers", _("Answers"), "", body))
    pages = whole_chapters(pages)
    drop_dead_links(pages)
    return pages


def whole_chapters(pages: list[BookPage]) -> list[BookPage]:
    """Append each chapter's parts to its opening, with headings one level lower."""
    whole: list[BookPage] = []
    openings = {page.chapter: page for page in pages if page.is_opening}
    for page in pages:
        opening = openings.get(page.chapter)
        if not page.chapter or page is opening or opening is None:
            whole.append(page)
            continue
        for heading in page.body.iter("h1", "h2", "h3", "h4", "h5"):
            heading.tag = f"h{int(heading.tag[1]) + 1}"
        opening.body.append(page.body)
    return whole


def whole_page(site: Path, name: str) -> Path:
    """Return the path of a page as Sphinx wrote it, with the answers that the site loads later."""
    whole = Path(site).parent / ".doctrees" / "pages" / f"{name}.html"
    return whole if whole.exists() else Path(site) / f"{name}.html"


def contents(root: Path) -> Iterator[tuple[str, str]]:
    """Yield (caption, name) of each page in _toc.yml."""
    toc = yaml.safe_load((Path(root) / "_toc.yml").read_text(encoding="utf-8"))
    yield "", toc["root"]
    for part in toc.get("parts", [toc]):
        for chapter in part.get("chapters", []):
            yield part.get("caption", ""), chapter["file"]
            for section in chapter.get("sections", []):
                yield part.get("caption", ""), section["file"]


def article_of(text: str) -> str:
    """Return the HTML inside the article element of a page."""
    start = ARTICLE.search(text)
    if start is None:
        raise ValueError("the page has no article element")
    return text[start.end() : text.rindex("</article>")]


def read_page(path: Path, name: str, part: str) -> BookPage:
    """Read one page, without what a book can't show, with ids that start with its stem."""
    text = path.read_text(encoding="utf-8")
    body = html.fragment_fromstring(article_of(text), create_parent="section")
    for found in [node for node in body.iter("*") if is_left_out(node)] + body.cssselect(
        "section:has(> .quiz-progress)"
    ):
        found.drop_tree()
    for comment in body.xpath("//comment()"):
        comment.drop_tree()
    title = body.cssselect("h1")[0].text_content().strip()
    page = BookPage(name, title, part, body)
    body.set("id", page.stem)
    for picture in body.iter("img"):
        picture.attrib.pop("loading", None)
        picture.attrib.pop("decoding", None)
        picture.set("src", relative(name, picture.get("src")))
    for found in body.xpath(".//*[@tabindex]"):
        del found.attrib["tabindex"]
    for found in body.cssselect("[id]"):
        if found is not body:
            found.set("id", f"{page.stem}--{found.get('id')}")
    if page.chapter:
        # The book lists all sources once, and help at the start of each chapter.
        unwanted = "ul.works" if page.is_opening else "ul.works, aside.help-now"
        for found in body.cssselect(unwanted):
            found.drop_tree()
    for sentence in body.cssselect("output"):
        # The text for the first setting; a book can't show the others.
        sentence.tag = "p"
        sentence.attrib.clear()
    unfold(body)
    list_calls(body)
    return page


def is_left_out(node: Any) -> bool:
    """Whether an element is left out of the book."""
    return node.get("hidden") is not None or is_name_left_out(node.tag, node.get("class", ""))


@cache
def is_name_left_out(tag: str, classes: str) -> bool:
    """Whether elements with this tag and class attribute are left out of the book."""
    named = {f".{word}" for word in classes.split()}
    return not LEFT_OUT.isdisjoint({tag, *named, *(tag + word for word in named)})


def relative(name: str, url: str) -> str:
    """Return an address on the page `name` as a path relative to the folder of the site."""
    parts = name.split("/")[:-1]
    for part in unquote(url.split("?")[0]).split("/"):
        parts = parts[:-1] if part == ".." else parts if part == "." else [*parts, part]
    return "/".join(parts)


def unfold(body: Any) -> None:
    """Replace folded sections by open ones, except answers, which `take_answers` moves."""
    for folded in body.iter("details"):
        if "quiz-answer" in folded.get("class", ""):
            continue
        folded.tag = "div"
        folded.attrib.pop("open", None)
        for summary in folded.findall("summary"):
            summary.tag = "p"
            summary.set("class", "folded-title")
            for block in summary.iter("p", "div"):
                if block is not summary:
                    block.tag = "span"


def list_calls(body: Any) -> None:
    """Put the links of call buttons into lists; without the site's style they run together."""
    for buttons in body.cssselect(".call-buttons"):
        calls = html.Element("ul")
        for link in list(buttons):
            entry = html.Element("li")
            entry.append(link)
            calls.append(entry)
        buttons.append(calls)


def link_inside(page: BookPage, names: Mapping[str, BookPage]) -> None:
    """Point links to pages of the book to their ids; keep only the text of other internal links.

    names : {name: page} of all pages of the book
    """
    for link in page.body.iter("a"):
        target = link.get("href", "")
        if re.match(r"(https?|mailto|tel|sms):", target):
            continue
        address, _hash, anchor = target.partition("#")
        where = relative(page.name, address).removesuffix(".html") if address else page.name
        if where not in names:
            link.tag = "span"
            link.attrib.pop("href", None)
            continue
        other = names[where]
        if anchor.startswith("work-") and other.chapter:
            other = next((one for one in names.values() if one.stem == "sources"), other)
        link.set("href", f"#{other.stem}--{unquote(anchor)}" if anchor else f"#{other.stem}")


def take_answers(page: BookPage) -> Any:
    """Number the questions of a page, and move their answers to a section, which is returned."""
    items = page.body.cssselect("form.quiz-item")
    if not items:
        return None
    apart = html.fragment_fromstring(f"<section id='answers--{page.stem}'></section>")
    apart.append(element("h2", page.title))
    for count, item in enumerate(items, 1):
        number = f"{page.number}.{count}" if page.number else str(count)
        label = item.cssselect(".quiz-number")[0]
        label.text = re.sub(r"\d+", number, label.text, count=1)
        identity = item.get("id")
        answer = item.cssselect("details.quiz-answer")[0]
        answer.getparent().remove(answer)
        title = element("p", "", {"class": "answer-title"})
        title.append(element("a", label.text.strip(), {"href": f"#{identity}"}))
        entry = element("div", "", {"class": "answer", "id": f"answer--{identity}"})
        entry.append(title)
        for clue in item.cssselect("details.quiz-clue"):
            clue.getparent().remove(clue)
            entry.extend(child for child in clue if child.tag != "summary")
        entry.extend(child for child in answer if child.tag != "summary")
        apart.append(entry)
        make_printable(item)
        back = element("p", "", {"class": "to-answer"})
        back.append(element("a", _("Answer at the end"), {"href": f"#answer--{identity}"}))
        item.append(back)
    return apart


def make_printable(item: Any) -> None:
    """Replace the fields of a question's form by boxes to tick and dots to write on."""
    item.tag = "div"
    for name in [name for name in item.attrib if name not in ("id", "class")]:
        del item.attrib[name]
    for field in item.iter("fieldset"):
        field.tag = "div"
    for legend in item.iter("legend"):
        legend.tag = "div"
        legend.set("class", "stem")
    for box in list(item.iter("input")):
        round_one = box.get("type") == "radio"
        mark = (
            "\u25cb"
            if round_one
            else "\u2610"
            if box.get("type") == "checkbox"
            else "\u2026\u2026\u2026\u2026"
        )
        replace(box, element("span", mark, {"class": "tick", "aria-hidden": "true"}))
    for choice in list(item.iter("select")):
        replace(
            choice, element("span", "\u2026\u2026\u2026", {"class": "tick", "aria-hidden": "true"})
        )
    for label in item.iter("label"):
        label.tag = "span"
        label.attrib.pop("for", None)


def replace(old: Any, new: Any) -> None:
    """Replace an element and keep the text after it."""
    new.tail = old.tail
    old.getparent().replace(old, new)


def drop_dead_links(pages: Sequence[BookPage]) -> None:
    """Replace links to ids that no page has by their text."""
    there = {
        found.get("id") for page in pages for found in page.body.xpath("descendant-or-self::*[@id]")
    }
    for page in pages:
        for link in page.body.iter("a"):
            target = link.get("href", "")
            if target.startswith("#") and target[1:] not in there:
                link.tag = "span"
                del link.attrib["href"]


def element(tag: str, text: str = "", attributes: Mapping[str, str] | None = None) -> Any:
    """Return a new element."""
    created = html.Element(tag, dict(attributes or {}))
    created.text = text or None
    return created


def front_matter(root: Path, title: str, authors: str, day: str) -> Any:
    """Return the title page: title, authors, date, licence, and what the book leaves out."""
    section = element("section", "", {"id": "title-page", "class": "title-page"})
    section.append(element("h1", title))
    for text in (
        authors,
        _(
            "Built on {day}. Law, help lines and counts speak for the day that stands beside them.",
            day=day,
        ),
        _("Health education, not medical or legal advice. Text and figures CC BY 4.0, code MIT."),
        _("If someone cannot be woken or breathes slowly, call your emergency number first."),
        _(
            "This is the book to take along. The answers to all questions stand at the end. "
            "The numbers behind each figure, the code that the pages fold away and the notebooks "
            "to run it are in the online book."
        ),
    ):
        section.append(element("p", text))
    return section


def settings(root: Path) -> tuple[str, str]:
    """Return (title, authors) from _config.yml."""
    config = yaml.safe_load((Path(root) / "_config.yml").read_text(encoding="utf-8"))
    return config["title"], config["author"]
