"""Links to pages that an edition leaves out: words, the full course, or an error."""

import json
import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ..chapters.chapter import is_in_chapter
from ..errors import Diagnostic, did_you_mean
from .edition_file import AS_TEXT

# ![pictures](...) are no links; the text may have brackets once.
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
DOC = re.compile(r"\{doc\}`(?:([^`<]+?)\s*<([^`>]+)>|([^`<>]+))`")
CARD = re.compile(r"^:link:[ \t]+(\S+)\n:link-type:[ \t]+doc\n", re.M)
LABEL = re.compile(r"^\(([\w-]+)\)=$", re.M)
FENCE = re.compile(r"^(`{3,})([^`\n]*)\n(.*?)^\1[ \t]*$", re.M | re.S)
NOT_A_PAGE = re.compile(r"[a-z]+:|/|$", re.I)
FIX = (
    "take the chapter, part or page into the edition; or say in edition.yml how such links are "
    "shown: 'left_out_links: text', or the address of the full course"
)


@dataclass(frozen=True)
class Pages:
    """The pages of an edition, as links see them."""

    there: Collection[str]  # names of its pages, such as book/glossary
    left_out: Collection[str]
    labels_left_out: dict[str, str]  # {label: page that has it}
    rule: str  # of the edition: empty, text, or an address
    first: str  # opening of the first chapter, for cards that lead to a chapter left out


def labels(text: str) -> list[str]:
    """Return the labels that a Markdown text defines, such as `set-up-your-course`."""
    return LABEL.findall(text)


def page_of(target: str, page: str) -> tuple[str, str]:
    """Return (name, `#anchor` or empty) of the page that a link on `page` leads to."""
    path, sign, anchor = target.partition("#")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    for ending in (".md", ".ipynb", ".html"):
        name = name.removesuffix(ending)
    return name, sign + anchor


class Rewriter:
    """Rewrites the links of one text, and collects what has to be reported."""

    def __init__(self, page: str, pages: Pages) -> None:
        self.page, self.pages = page, pages
        self.found: list[tuple[str, str]] = []  # (link as written, page that is left out)

    def rewrite(self, text: str) -> str:
        """Return a Markdown text with its links to pages left out as the edition wants them."""
        pieces, at = [], 0
        for fence in FENCE.finditer(text):
            pieces.append(self.prose(text[at : fence.start()]))
            inner = self.rewrite(fence[3]) if is_directive(fence) else fence[3]
            pieces.append(fence[0].replace(fence[3], inner, 1))
            at = fence.end()
        return "".join([*pieces, self.prose(text[at:])])

    def prose(self, text: str) -> str:
        """Rewrite text outside of fences."""
        text = CARD.sub(self.card, text)
        text = LINK.sub(lambda match: self.link(match, match[1], match[2]), text)
        return DOC.sub(lambda match: self.link(match, match[1] or "", match[2] or match[3]), text)

    def card(self, match: re.Match[str]) -> str:
        """A card that leads to a chapter left out leads to the first one; other cards as links."""
        name, anchor = page_of(match[1], self.page)
        if name not in self.pages.left_out:
            return match[0]
        if is_in_chapter(name):
            first = posixpath.relpath(self.pages.first, posixpath.dirname(self.page))
            return match[0].replace(match[1], first)
        self.found.append((match[0].partition("\n")[0], name))
        if self.has_address:
            return f":link: {self.pages.rule}/{name}.html{anchor}\n:link-type: url\n"
        return ""

    @property
    def has_address(self) -> bool:
        """Whether such links lead to the full course."""
        return self.pages.rule not in ("", AS_TEXT)

    def link(self, match: re.Match[str], words: str, target: str) -> str:
        """Return a link as the edition shows it."""
        if target.startswith("#"):
            name, anchor = self.pages.labels_left_out.get(target[1:], ""), target
        elif NOT_A_PAGE.match(target):
            return match[0]
        else:
            name, anchor = page_of(target, self.page)
        if name not in self.pages.left_out:
            return match[0]
        self.found.append((match[0], name))
        shown = words or name.rpartition("/")[2].replace("-", " ")
        if self.has_address:
            return f"[{shown}]({self.pages.rule}/{name}.html{anchor})"
        return f"{shown} (not in this edition)"


def rewritten(
    page: str, text: str, pages: Pages, report: Callable[[Diagnostic], None], file: str
) -> str:
    """Return the text of a page or notebook of the course with its links rewritten.

    file : where the page is in the course, for messages
    """
    rewriter = Rewriter(page, pages)
    if file.endswith(".ipynb"):
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                source = "".join(cell["source"])
                new = rewriter.rewrite(source)
                if new != source:
                    cell["source"] = new.splitlines(keepends=True)
        changed = bool(rewriter.found)
        new_text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n" if changed else text
    else:
        new_text = rewriter.rewrite(text)
    if rewriter.found and not pages.rule:
        for link, name in rewriter.found:
            message = f"links to {name}, which the edition leaves out."
            report(Diagnostic(file, message, FIX, line_of(text, link), link))
    return new_text


def line_of(text: str, link: str) -> int | None:
    """Return the line on which a link is written, if it's written so."""
    at = text.find(link)
    return text.count("\n", 0, at) + 1 if at >= 0 else None


def is_directive(fence: re.Match[str]) -> bool:
    """Whether a fence is a directive, whose content is Markdown; links in code are examples."""
    return fence[2].lstrip().startswith("{")


def without_code(text: str) -> str:
    """Return a Markdown text with empty lines in place of code."""
    return FENCE.sub(
        lambda match: match[0] if is_directive(match) else re.sub(r"[^\n]", "", match[0]), text
    )


def check_own(page: str, text: str, pages: Pages, file: str) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each link of an own page that leads to no page of the edition."""
    prose = without_code(text)
    targets = [(match[0], match[2]) for match in LINK.finditer(prose)]
    targets += [(match[0], match[2] or match[3]) for match in DOC.finditer(prose)]
    targets += [(match[0].partition("\n")[0], match[1]) for match in CARD.finditer(prose)]
    for link, target in targets:
        if target.startswith("#"):
            name = pages.labels_left_out.get(target[1:], "")
            if not name:
                continue
        elif NOT_A_PAGE.match(target):
            continue
        else:
            name, _anchor = page_of(target, page)
        if name in pages.left_out:
            message = f"links to {name}, which the edition leaves out."
            yield Diagnostic(
                file,
                message,
                "take the link out, or the chapter, part or page in",
                line_of(text, link),
                link,
            )
        elif name not in pages.there and not name.endswith((".svg", ".png", ".pdf", ".csv")):
            near = did_you_mean(name, pages.there)
            where = "write it as seen from book/, such as ../notebooks/04-risk/index.ipynb"
            yield Diagnostic(
                file,
                f"links to {name}, which no page is.",
                near or where,
                line_of(text, link),
                link,
            )
