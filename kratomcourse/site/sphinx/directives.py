"""Directives of a chapter: headers of opening and parts, the quiz of an objective, the help lines,
facilitator notes and the list of sources.
"""

import os
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ...chapters import Chapter, load_chapter, objectives_of
from ...chapters.chapter import NOTEBOOKS, chapter_of
from ...errors import CourseError, did_you_mean
from ...evidence import (
    Fact,
    box_groups,
    citation,
    emergency_numbers,
    is_due,
    known_text,
    load_facts,
    load_references,
    load_table,
)
from ...evidence.facts import written_date
from ...evidence.first_aid import first_aid
from ...i18n import _, ngettext
from ...quiz import load_banks
from ...quiz.bank import Bank, Objective
from ...quiz.html import is_judged, render_items
from ...quiz.item_text import FACT
from .flower_heads import Head, depend_on_heads, head_for
from .roles import place_of, remember_fact, uses_of

logger = logging.getLogger(__name__)
ABOUT_JOIN = " \u00b7 "
DUE = f" <span class='checked'>({escape(_('due for review'))})</span>"


class sources_list(nodes.General, nodes.Element):  # type: ignore[misc]
    """Stands where {sources} was written until the page's uses are all known."""


class CourseDirective(SphinxDirective):
    """What the directives share: a message that names file and line, and the bank of the page's
    chapter.
    """

    def complain(self, message: str) -> list[Any]:
        """Log a warning with the directive's place; returns no nodes."""
        logger.warning(
            "%s: {%s}: %s",
            place_of(self.env, self.lineno),
            self.name,
            message,
            type="course",
            subtype=self.name,
        )
        return []

    @property
    def chapter(self) -> Any:
        """The chapter that the page belongs to, or None."""
        name = chapter_of(self.env.docname)
        return load_chapter(Path(self.env.srcdir) / NOTEBOOKS / name) if name else None

    @property
    def bank(self) -> Any:
        """The bank of the page's chapter, or None."""
        return load_banks().get(chapter_of(self.env.docname))


class ChapterHead(CourseDirective):
    """Header of a chapter's opening: minutes, way of thinking, objectives. Its body is data:
    `thinking`.
    """

    has_content = True

    def run(self) -> Any:
        """The directive's nodes."""
        chapter = self.chapter
        if not chapter:
            return self.complain(
                "this page is no chapter's opening; use it in notebooks/NN-name/index.ipynb"
            )
        if not self.bank:
            return self.complain("the chapter has no bank; add quizzes/bank/<chapter>.yml")
        depend_on_parts(self.env, chapter)
        objectives = "".join(
            f'<li><a href="{address(self.env, taught_in.name)}">{escape(objective.text)}</a></li>'
            if (taught_in := part_of(objective, chapter, self.bank))
            else f"<li>{escape(objective.text)}</li>"
            for objective in self.bank.objectives
        )
        label, time, way, after = (
            escape(_("About this chapter")),
            escape(_("Time to learn:")),
            escape(_("Way of thinking:")),
            escape(_("After it you can")),
        )
        long = escape(
            _(
                "about {minutes} minutes in {parts} parts.",
                minutes=chapter.minutes,
                parts=len(chapter.parts),
            )
        )
        depend_on_heads(self.env)
        try:
            head = head_for(Path(self.env.srcdir), chapter.name)
        except CourseError as error:
            return self.complain(str(error))
        return [
            raw(drawing_of(head) if head else ""),
            raw(
                f'<section class="chapter-head" aria-label="{label}">'
                f"<p><strong>{time}</strong> {long} "
                f"<strong>{way}</strong> {escape(chapter.thinking)}</p>"
                # Filled by the quiz script with what the browser remembers; empty and unseen
                # without it.
                f'<p class="chapter-progress" data-chapter="{chapter.name}" hidden></p>'
                f"<p><strong>{after}</strong></p><ul>{objectives}</ul></section>"
            ),
        ]


def drawing_of(head: Head) -> str:
    """Return a chapter's head with its question, and the numbers that it draws in words."""
    return (
        f'<div class="opener">{head.drawing}<p class="opener-question">{escape(head.question)}</p>'
        f'<p class="opener-words">{escape(head.words)}</p></div>'
    )


class PartHead(CourseDirective):
    """Header of a part: its place, its minutes, its objectives. Its body is data: `minutes`."""

    has_content = True

    def run(self) -> Any:
        """The directive's nodes."""
        chapter = self.chapter
        part = chapter and next(
            (one for one in chapter.parts if one.name == self.env.docname), None
        )
        if not part:
            return self.complain("this page is no part; use it in notebooks/NN-name/N-title.ipynb")
        if not self.bank:
            return self.complain("the chapter has no bank; add quizzes/bank/<chapter>.yml")
        objectives = "".join(
            f"<li>{escape(objective.text)}</li>" for objective in objectives_of(part, self.bank)
        )
        at = chapter.parts.index(part) + 1
        place = _("Part {place} of {parts}", place=at, parts=len(chapter.parts))
        long = ngettext("about {count} minute", "about {count} minutes", part.minutes)
        after = escape(_("After it you can"))
        up = f'<a href="{address(self.env, chapter.opening)}">{escape(chapter.title)}</a>'
        return [
            raw(
                '<section class="chapter-head part-head" '
                f'aria-label="{escape(_("About this part"))}">'
                f'<p><span class="part-place">{escape(place)}</span>, {up} \u00b7 '
                f'<span class="part-minutes">{escape(long)}</span></p>'
                + (f"<p><strong>{after}</strong></p><ul>{objectives}</ul>" if objectives else "")
                + "</section>"
            )
        ]


class Parts(CourseDirective):
    """The list of a chapter's parts, for its opening."""

    def run(self) -> Any:
        """The directive's nodes."""
        chapter, bank = self.chapter, self.bank
        if not chapter or not bank:
            return self.complain(
                "this page is no chapter's opening; use it in notebooks/NN-name/index.ipynb"
            )
        depend_on_parts(self.env, chapter)
        rows = []
        for part in chapter.parts:
            items = " ".join(
                item.id
                for objective in objectives_of(part, bank)
                for item in bank.used_for("check")
                if item.objective == objective.id and is_judged(item)
            )
            long = ngettext("{count} minute", "{count} minutes", part.minutes)
            name = part.name.removeprefix(f"{NOTEBOOKS}/")
            rows.append(
                f'<li data-items="{items}" data-part="{name}">'
                f'<a href="{address(self.env, part.name)}">'
                f'<span class="part-number">{part.number}</span> {escape(part.title)}</a> '
                f'<span class="part-minutes">{escape(long)}</span></li>'
            )
        return [raw(f'<ol class="parts">{"".join(rows)}</ol>')]


def depend_on_parts(env: BuildEnvironment, chapter: Chapter) -> None:
    """The opening is read again when a part's title or minutes change."""
    for part in chapter.parts:
        env.note_dependency(str(part.path))


def part_of(objective: Objective, chapter: Chapter, bank: Bank) -> Any:
    """The part that teaches an objective; None where there is none."""
    return next((part for part in chapter.parts if objective in objectives_of(part, bank)), None)


def address(env: BuildEnvironment, name: str) -> Any:
    """Address of the page of this name, as the page that is being read writes it."""
    return env.app.builder.get_relative_uri(env.docname, name)


class QuizDirective(CourseDirective):
    """Check-yourself items of one objective, or those named."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> Any:
        """The directive's nodes."""
        bank = self.bank
        if not bank:
            return self.complain("the chapter has no bank; add quizzes/bank/<chapter>.yml")
        objectives = [objective.id for objective in bank.objectives]
        items = []
        for word in self.arguments[0].split():
            if word in objectives:
                items += [item for item in bank.used_for("check") if item.objective == word]
                continue
            try:
                items.append(bank.item(word))
            except KeyError:
                hint = did_you_mean(word, [*objectives, *(item.id for item in bank.items)])
                return self.complain(
                    f"'{word}' is neither an objective nor an item of {bank.chapter}; {hint}"
                )
        if graded := [item.id for item in items if item.is_graded]:
            return self.complain(
                f"{', '.join(graded)} is graded and must not stand in a page; use a check item"
            )
        if not items:
            return self.complain(f"no check item for {self.arguments[0]}; add one to the bank")
        facts = load_facts()
        for item in items:
            for fact_id in (
                *item.facts,
                *(match[1] for match in FACT.finditer(item.model_dump_json())),
            ):
                remember_fact(self.env, facts[fact_id])
        return [raw(render_items(items))]


class HelpNow(CourseDirective):
    """Whom to call now, from the data: emergency numbers first, then the few lines of
    `chapter_box`, each as known on its date.
    """

    def run(self) -> list[Any]:
        """The directive's nodes."""
        from .first_aid_directives import steps_html  # its directives stand on this module

        emergency = ", ".join(
            f'<a href="tel:{number}"><strong>{number}</strong>'
            f"</a>\u00a0({escape(', '.join(map(short_country, countries)))})"
            for number, countries in emergency_numbers()
        )
        page = self.env.app.builder.get_relative_uri(self.env.docname, "book/help-now")
        label, danger, call = (
            escape(_("Help now")),
            escape(_("A life in danger?")),
            _("Call {numbers}.", numbers=emergency),
        )
        wake, steps = (
            escape(_("Someone won't wake up? What to do until help comes")),
            steps_html(first_aid("unresponsive"), short=True),
        )
        talk = escape(_("Need to talk, or worried about someone?"))
        lines = "".join(
            f"<p>{'' if number else f'<strong>{talk}</strong> '}{escape(where)}</p>"
            f"<ul>{''.join(map(box_entry, group))}</ul>"
            for number, (where, group) in enumerate(box_groups())
        )
        more, change = (
            escape(_("What to do, more lines, other countries")),
            escape(_("Numbers change; each is as of the day beside it.")),
        )
        return [
            raw(
                f'<aside class="help-now" aria-label="{label}">'
                f"<p><strong>{danger}</strong> {call}</p>"
                f"<details class='first-steps'><summary>{wake}</summary>{steps}</details>"
                f"{lines}"
                f'<p><a href="{page}">{more}</a>. {change}</p></aside>'
            )
        ]


def box_entry(line: Any) -> str:
    """One help line as an entry of a chapter's box."""
    return (
        f"<li><strong>{escape(line.service)}</strong>: {contact_html(line)}<br>"
        f"<span class='checked'>{escape(line.for_what)}; {escape(as_of(line))}</span></li>"
    )


class HelpLines(CourseDirective):
    """All lines that may be printed, by country, each with the date for which it is known."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        lines = load_table("help_lines")
        lines = lines[~lines["print_status"].str.startswith("do not print")]
        made = []
        for country, group in lines.groupby("country", sort=False):
            entries = "".join(f"<dd>{line_html(line)}</dd>" for line in group.itertuples())
            name = str(country)
            made.append(f'<dt id="lines-{nodes.make_id(name)}">{escape(name)}</dt>{entries}')
        jump = ", ".join(
            f'<a href="#lines-{nodes.make_id(country)}">{escape(country)}</a>'
            for country in lines["country"].unique()
        )
        return [raw(f'<p>{jump}</p><dl class="help-lines">{"".join(made)}</dl>')]


class Facilitator(CourseDirective):
    """Notes for teachers; in the instructor's edition only."""

    has_content = True

    def run(self) -> list[Any]:
        """The directive's nodes."""
        if self.config.course_edition != "instructor":
            return []
        made = nodes.container(classes=["facilitator"])
        made += nodes.paragraph("", "", nodes.strong(text=_("For the facilitator")))
        self.state.nested_parse(self.content, self.content_offset, made)
        return [made]


class Sources(CourseDirective):
    """Facts and works of this page, complete by construction."""

    def run(self) -> list[Any]:
        """The directive's nodes."""
        return [sources_list()]


def raw(html: str) -> Any:
    """A raw HTML node."""
    return nodes.raw("", html, format="html")


def as_of(line: Any) -> str:
    """The day of the page that a help line was read on, as words."""
    return _("as of {day}", day=known_text(line))


def short_country(name: str) -> str:
    """Names that a small box can hold."""
    return _(
        {"United States": "US", "United Kingdom": "UK", "European Union": "EU"}.get(name, name)
    )


def line_html(line: Any) -> str:
    """One help line: the number to tap, whose it is, what it is for, what to mind, and as of
    which day.
    """
    about = "; ".join(filter(None, (line.for_what, line.hours)))
    mind = f" <strong>{escape(line.mind)}</strong>" if line.mind else ""
    due = DUE if is_due(line) else ""
    return (
        f"{contact_html(line)} <b>{escape(line.service)}</b>: {escape(about)}.{mind} "
        f"<span class='checked'>{escape(as_of(line))}{due}</span>"
    )


def contact_html(line: Any) -> Any:
    """Contact of a help line, as links to call and to text where there are numbers."""
    words = escape(line.contact)
    call = f'<a href="tel:{line.tel}">{words}</a>' if line.tel else words
    text = f'<a href="sms:{line.sms}">{escape(_("text {number}", number=line.sms))}</a>'
    return _("{call} or {text}", call=call, text=text) if line.sms else call


def fill_sources(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Fill the page's list of sources with the facts and works that it cites."""
    facts_used, works_used = uses_of(app.env, docname)
    places = list(doctree.findall(sources_list))
    if (facts_used or works_used) and not places:
        logger.warning(
            "%s: the page cites evidence but has no {sources}; add it at the end",
            app.env.doc2path(docname, False),
            type="course",
            subtype="sources",
        )
    if not places:
        return
    facts, references = load_facts(), load_references()
    used = [facts[fact_id] for fact_id in facts_used]
    if stale := [fact for fact in used if fact.is_stale()]:
        # Behind the head of a chapter, or the first thing that a page says.
        doctree[0].insert(2, raw(stale_notice(stale)))
    for place in places:
        place.replace_self(
            [
                raw(facts_html(used, references)),
                raw(works_html([references[key] for key in works_used])),
            ]
        )


def stale_notice(stale: list[Fact]) -> str:
    """Which statements wait for a second look, since when, and where they are; folded, because most
    readers came for something else.
    """

    def entry(fact: Fact) -> str:
        dates = _(
            "It speaks for {day} and was due for another look on {due}.",
            day=written_date(fact.as_of),
            due=written_date(fact.review_by),
        )
        return (
            f'<li>{escape(fact.statement)} <span class="fact-about">{escape(dates)} '
            f'<a href="#fact-{fact.id}">{escape(_("Source of this statement"))}</a></span></li>'
        )

    entries = "".join(map(entry, sorted(stale, key=lambda fact: fact.review_by)))
    summary = ngettext(
        "One statement on this page waits for a second look",
        "{count} statements on this page wait for a second look",
        len(stale),
    )
    note = ngettext(
        "Nobody has looked again since the day named here. It may still hold, or may have changed.",
        "Nobody has looked again since the day named here. They may still hold, or may have "
        "changed.",
        len(stale),
    )
    return (
        f'<aside class="stale" aria-label="{escape(_("Due for review"))}"><details>'
        f"<summary>{escape(summary)}</summary><p>{escape(note)}</p><ul>{entries}</ul></details>"
        "</aside>"
    )


def facts_html(facts: Any, references: Any) -> str:
    """HTML of the facts that a page rests on, folded."""
    if not facts:
        return ""
    title = escape(_("Facts this page rests on: {count}", count=len(facts)))
    return (
        f'<details class="facts-used"><summary>{title}</summary><ul>'
        + "".join(fact_html(fact, references) for fact in facts)
        + "</ul></details>"
    )


def fact_html(fact: Fact, references: Any) -> str:
    """One fact as an entry of the list; the same entry is shown as a card on hover, focus and
    touch.
    """
    number = f"<strong>{escape(fact.full_text())}</strong> \u00b7 " if fact.full_text() else ""
    source = f'<a href="#work-{fact.source_key}">{escape(citation(fact, references))}</a>'
    about = [
        *map(escape, filter(None, (fact.population, fact.year))),
        f"{source}, {escape(fact.locator)}" if fact.locator else source,
        _("read in the source")
        if fact.verified == "seen"
        else _("read in another work that quotes it"),
        _("as of {day}", day=fact.as_of)
        + (f", <strong>{escape(_('due for review'))}</strong>" if fact.is_stale() else ""),
        fact.id,
    ]
    return (
        f'<li id="fact-{fact.id}" class="fact-entry">{number}{escape(fact.statement)}'
        f'<span class="fact-about">{ABOUT_JOIN.join(about)}</span></li>'
    )


def works_html(works: Any) -> str:
    """HTML of the works that a page cites."""
    entries = "".join(
        f'<li id="work-{work.key}">{escape(work.full)}'
        + (
            f' <a href="{escape(work.url)}">{escape(work.url.removeprefix("https://"))}</a>'
            if work.url
            else ""
        )
        + "</li>"
        for work in sorted(works, key=lambda work: work.short.lower())
    )
    return f'<ul class="works">{entries}</ul>' if entries else ""


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_config_value(
        "course_edition", os.environ.get("COURSE_EDITION", "learner"), "env", [str]
    )
    app.add_node(sources_list)
    for name, directive in {
        "chapter": ChapterHead,
        "part": PartHead,
        "parts": Parts,
        "quiz": QuizDirective,
        "help-now": HelpNow,
        "help-lines": HelpLines,
        "facilitator": Facilitator,
        "sources": Sources,
    }.items():
        app.add_directive(name, directive)
    app.connect("doctree-resolved", fill_sources)
