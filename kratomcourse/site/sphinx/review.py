"""The reader's own results: a panel in each chapter's opening, and the review page that asks what
is due.

The schedule is Leitner's box of cards (S. Leitner, So lernt man lernen, 1972): a right answer moves
a question one box on, another answer moves it back to the first, and each box waits twice as long
as the one before, from one day to sixteen. quiz.js keeps it in the reader's browser. Here its page
and its questions are made; graded items never are."""

import json
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ...chapters.chapter import NOTEBOOKS, OPENING, chapter_of, is_opening
from ...files import write_atomic
from ...i18n import _
from ...quiz import load_banks
from ...quiz.bank import Bank
from ...quiz.html import is_judged, render_items, render_progress
from .directives import CourseDirective, raw, sources_list

HEADING = _("Your results in this chapter")


def opening_of(chapter: str) -> str:
    """Name of the page of a chapter's opening."""
    return f"{NOTEBOOKS}/{chapter}/{OPENING}"


def asked(bank: Bank) -> list[Any]:
    """Check items of a bank that a page can judge."""
    return [item for item in bank.used_for("check") if is_judged(item)]


class Review(CourseDirective):
    """The review page: what is due today, new questions, and the results of all chapters."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        here = self.env.docname
        banks = {
            chapter: bank
            for chapter, bank in load_banks().items()
            if opening_of(chapter) in self.env.found_docs
        }
        relative = self.env.app.builder.get_relative_uri
        needs_script = _(
            "This page picks questions for you, and for that it needs JavaScript. Without it, each "
            "chapter has all of its questions, and the fold below each leads to its answer:"
        )
        links = "".join(
            f'<li><a href="{relative(here, opening_of(chapter))}">{escape(bank.title)}</a></li>'
            for chapter, bank in banks.items()
        )
        rows = [
            (bank.title, asked(bank), f' data-chapter="{chapter}"')
            for chapter, bank in banks.items()
        ]
        desk = (
            '<div class="review"><div class="quiz-needs-script">'
            f"<p>{needs_script}</p><ul>{links}</ul></div>"
            '<div class="review-desk" hidden>'
            '<p class="review-said" role="status" aria-live="polite"></p>'
            '<div class="review-item"></div><p class="quiz-buttons">'
            f'<button type="button" data-do="next" hidden>{_("Next question")}</button></p>'
            f'<p class="quiz-buttons"><label>{_("New questions from")} <select>'
            f'<option value="">{_("all chapters, in their order")}</option></select></label> '
            f'<button type="button" data-do="new">{_("Ask me new questions")}</button></p>'
            "</div></div>"
        )
        section = nodes.section(ids=["your-results"])
        section += [nodes.title(text=_("Your results")), raw(render_progress(rows, _("Chapter")))]
        return [raw(desk), section]


def add_results(app: Sphinx, doctree: nodes.document) -> None:
    """A chapter's panel in its opening, before the list of sources or of parts."""
    bank = load_banks().get(chapter_of(app.env.docname))
    if bank is None or not is_opening(app.env.docname) or not doctree.children:
        return
    rows = [
        (one.text, [item for item in asked(bank) if item.objective == one.id], "")
        for one in bank.objectives
    ]
    section = nodes.section(ids=["your-results"])
    page = (
        app.builder.get_relative_uri(app.env.docname, "book/review")
        if "book/review" in app.env.found_docs
        else ""
    )
    after = (
        f"<p>{_('Questions come back when they are due on the')} "
        f'<a href="{page}">{_("review page")}</a>.</p>'
        if page
        else ""
    )
    section += [
        nodes.title(text=HEADING),
        raw(render_progress(rows, _("After this chapter you can")) + after),
    ]
    top = doctree.children[0]
    places = [
        index
        for index, child in enumerate(top.children)
        if isinstance(child, nodes.section) and is_list(child)
    ]
    top.insert(places[0] if places else len(top.children), section)


def is_list(section: Any) -> bool:
    """Whether a section lists sources or parts."""
    return any(
        isinstance(node, sources_list)
        or (node.tagname == "raw" and '<ol class="parts">' in node.astext())
        for node in section.findall()
    )


def write_questions(app: Sphinx) -> None:
    """`_static/review/<chapter>.js`: the questions of each chapter, loaded when one of them is
    asked.
    """
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "review"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {}
    for chapter, bank in load_banks().items():
        items = {
            item.id: render_items([item]).removeprefix('<div class="quiz">').removesuffix("</div>")
            for item in asked(bank)
        }
        text = json.dumps(items, ensure_ascii=False, separators=(",", ":"))
        wanted[f"{chapter}.js"] = f'(window.courseReview||={{}})["{chapter}"]={text};\n'
    for name, text in wanted.items():
        write_atomic(folder / name, text)
    for left in set(folder.glob("*.js")) - {folder / name for name in wanted}:
        left.unlink()


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_directive("review", Review)
    app.connect("builder-inited", write_questions)
    app.connect(
        "doctree-read", add_results, priority=400
    )  # before the page's contents are collected
