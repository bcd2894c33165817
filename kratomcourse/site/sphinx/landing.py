"""The front page: its opening beside a drawing made of people, and a card for each chapter."""

import json
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ...chapters import load_chapters
from ...chapters.chapter import NOTEBOOKS, Chapter
from ...errors import CourseError, did_you_mean
from ...i18n import _, ngettext
from .directives import CourseDirective, address, raw
from .flower_heads import Head, depend_on_heads, head_for, read_landing


class Hero(CourseDirective):
    """The first thing on the front page: what the course is, beside a drawing made of people."""

    has_content = True

    def run(self) -> Any:
        """The directive's nodes."""
        root = Path(self.env.srcdir)
        depend_on_heads(self.env)
        try:
            head = head_for(root, "hero")
        except CourseError as error:
            return self.complain(str(error))
        lead = " ".join(self.content)
        art = ""
        if head:
            entry = read_landing(root)["hero"]
            why = entry.get("why")
            part = why and next(
                (
                    part
                    for chapter in load_chapters(root)
                    for part in chapter.parts
                    if (chapter.name, part.place) == (why["page"], why["part"])
                ),
                None,
            )
            link = (
                f' <a href="{address(self.env, part.name)}">{escape(why["words"])}</a>'
                if part
                else ""
            )
            art = (
                f'<figure class="hero-art">{head.drawing}<figcaption>'
                f"<b>{escape(entry['title'])}</b> {escape(head.words)}{link}</figcaption></figure>"
            )
        return [raw(f'<p class="hero-lead">{escape(lead)}</p>{art}')]


class ChapterCards(CourseDirective):
    """A card for each chapter: its head, its question, its minutes, and a place for progress."""

    def run(self) -> Any:
        """The directive's nodes."""
        root = Path(self.env.srcdir)
        depend_on_heads(self.env)
        cards = []
        try:
            for chapter in load_chapters(root):
                self.env.note_dependency(str(chapter.path))
                cards.append(self.card(chapter, head_for(root, chapter.name)))
        except CourseError as error:
            return self.complain(str(error))
        left = escape(_("Where you left off"))
        resume = f'<section class="resume" aria-label="{left}" hidden></section>'
        return [raw(f'{resume}<ol class="chapter-cards">{"".join(cards)}</ol>')]

    def card(self, chapter: Chapter, head: Head | None) -> str:
        """HTML of one chapter's card."""
        number = chapter.name.partition("-")[0].lstrip("0")
        link = address(self.env, chapter.opening)
        minutes = ngettext("{count} minute", "{count} minutes", chapter.minutes)
        parts = json.dumps(
            [
                [
                    part.name.removeprefix(f"{NOTEBOOKS}/"),
                    f"{part.number} {part.title}",
                    part.minutes,
                ]
                for part in chapter.parts
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        bars = "<i></i>" * len(chapter.parts)
        return (
            f'<li class="chapter-card">{head.drawing if head else ""}'
            f'<p class="card-place">{number} \u00b7 {escape(chapter.title)}</p>'
            f'<h3><a href="{link}">{escape(head.question if head else chapter.title)}</a></h3>'
            f'<p class="card-words">{escape(head.words if head else chapter.thinking)}</p>'
            f'<p class="card-progress" data-parts="{escape(parts)}" aria-hidden="true">{bars}</p>'
            f'<p class="card-time">{escape(minutes)}<span></span></p></li>'
        )


class LandingFigure(CourseDirective):
    """A place for a figure of a part; `postprocess.landing_figure` puts the figure there."""

    required_arguments = 2  # the part's page, and the figure's name in it

    def run(self) -> Any:
        page, figure = self.arguments
        if page not in self.env.found_docs:
            return self.complain(f"there is no page {page}; {did_you_mean(page, found(self.env))}")
        return [
            raw(
                f'<div class="landing-figure" data-page="{escape(page)}" '
                f'data-figure="{escape(figure)}"></div>'
            )
        ]


def found(env: BuildEnvironment) -> list[str]:
    return sorted(env.found_docs)


def name_home(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Call the front page by the course's name in menus and titles; its heading is a question."""
    env.titles[app.config.root_doc] = nodes.title(text=app.config.project)
    return []


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("env-updated", name_home)
    app.add_directive("landing-hero", Hero)
    app.add_directive("chapter-cards", ChapterCards)
    app.add_directive("landing-figure", LandingFigure)
