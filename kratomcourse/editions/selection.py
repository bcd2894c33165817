"""What an edition keeps of the course: chapters with their parts, pages, and their order."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..chapters import Chapter, Part, load_chapters
from ..chapters.chapter import is_in_chapter
from ..errors import CourseError, Diagnostic, did_you_mean
from .edition_file import Chosen, Edition

# Pages that every page of the site links to, or that readers need in danger or in doubt.
ALWAYS = (
    "book/index",
    "book/help-now",
    "book/law-finder",
    "book/review",
    "book/glossary",
    "book/how-we-know",
    "book/changes",
    "book/data",
    "book/sources",
    "book/privacy",
)


@dataclass(frozen=True)
class KeptChapter:
    """A chapter that an edition has, with those of its parts that it has."""

    chapter: Chapter
    parts: tuple[Part, ...]

    @property
    def is_whole(self) -> bool:
        """Whether no part is left out."""
        return len(self.parts) == len(self.chapter.parts)


@dataclass(frozen=True)
class Selection:
    """What an edition has of the course, and what it leaves out."""

    kept: tuple[KeptChapter, ...]  # in the edition's order
    toc: dict[str, Any]  # the course's `_toc.yml`
    own_pages: tuple[str, ...]  # such as book/our-county
    left_out: frozenset[str]  # names of pages, such as notebooks/04-risk/index or book/syllabus
    for_safety: tuple[str, ...]  # what stays although it was not chosen, such as 6.6
    every_page: frozenset[str]  # names of all pages of the course

    @property
    def pages(self) -> frozenset[str]:
        """Names of all pages of the edition."""
        return (self.every_page - self.left_out) | frozenset(self.own_pages)

    @property
    def first(self) -> str:
        """Name of the page with which the first chapter opens."""
        return self.kept[0].chapter.opening


def select(edition: Edition) -> Selection:
    """Return what an edition takes.

    raises : CourseError for a chapter, part or page that the course doesn't have, that is named
             twice, or that stays in every edition
    """
    chapters = load_chapters(edition.upstream)
    problems: list[Diagnostic] = []
    chosen: dict[str, tuple[int, ...]] = {}
    for place, entry in enumerate(edition.fields.chapters):
        chapter = named(entry, chapters)
        field = f"chapters.{place}"
        if chapter is None:
            names = [one.name for one in chapters]
            hint = did_you_mean(entry.chapter, names) or f"use one of: {', '.join(names)}"
            message = f"the course has no chapter '{entry.chapter}'."
            problems.append(edition.problem(field, message, hint, "chapters"))
        elif chapter.name in chosen:
            problems.append(
                edition.problem(
                    field,
                    f"the chapter {chapter.name} is listed twice.",
                    "keep one of the two lines",
                    "chapters",
                )
            )
        else:
            problems += unknown_parts(edition, f"{field}.parts", entry, chapter)
            chosen[chapter.name] = tuple(
                part.place
                for part in chapter.parts
                if not entry.parts or any(is_named(part, word) for word in entry.parts)
            )
    toc = yaml.safe_load((edition.upstream / "_toc.yml").read_text(encoding="utf-8"))
    named_pages = frozenset(page_names(toc))
    problems += wrong_pages(edition, named_pages)
    if problems:
        raise CourseError(problems)
    kept, for_safety = with_safety(chapters, chosen)
    stays = {part.name for one in kept for part in one.parts}
    stays |= {one.chapter.opening for one in kept}
    left_out = {name for name in named_pages if is_in_chapter(name) and name not in stays}
    return Selection(
        kept,
        toc,
        tuple(f"book/{Path(name).stem}" for name in edition.fields.pages),
        frozenset(left_out | set(edition.fields.leave_out)),
        for_safety,
        named_pages,
    )


def named(entry: Chosen, chapters: list[Chapter]) -> Chapter | None:
    """Return the chapter that an entry names by its folder or number."""
    return next(
        (one for one in chapters if entry.chapter in (one.name, one.name[:2])),
        None,
    )


def is_named(part: Part, word: int | str) -> bool:
    """Whether a word of `parts` names a part: its number, or its name with or without that."""
    return word in (part.place, part.path.stem, part.path.stem.partition("-")[2])


def unknown_parts(
    edition: Edition, field: str, entry: Chosen, chapter: Chapter
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each part that the chapter doesn't have."""
    names = [part.path.stem.partition("-")[2] for part in chapter.parts]
    for place, word in enumerate(entry.parts):
        if not any(is_named(part, word) for part in chapter.parts):
            message = f"{chapter.name} has no part '{word}'."
            hint = did_you_mean(str(word), names) or f"use some of: {', '.join(names)}"
            yield edition.problem(f"{field}.{place}", message, hint, "chapters")


def with_safety(
    chapters: list[Chapter], chosen: dict[str, tuple[int, ...]]
) -> tuple[tuple[KeptChapter, ...], tuple[str, ...]]:
    """Return the chapters of an edition in order, and the parts on safety that it didn't choose.

    Their chapters come last where the edition has nothing else of them.
    """
    kept: list[KeptChapter] = []
    added: list[str] = []
    by_name = {one.name: one for one in chapters}
    extra = [one.name for one in chapters if one.name not in chosen]
    for name in (*chosen, *extra):
        chapter = by_name[name]
        numbers = chosen.get(name, ())
        parts = tuple(part for part in chapter.parts if part.place in numbers or part.core)
        added += [part.number for part in parts if part.place not in numbers]
        if parts or name in chosen:
            kept.append(KeptChapter(chapter, parts))
    return tuple(kept), tuple(added)


def page_names(node: Any) -> Iterator[str]:
    """Yield the names of the pages in a table of contents."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from page_names(value)
    elif isinstance(node, list):
        for entry in node:
            yield from page_names(entry)


def wrong_pages(edition: Edition, named_pages: frozenset[str]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each page in `leave_out` or `pages` that can't be there."""
    prose = sorted(name for name in named_pages if not is_in_chapter(name))
    may_go = [name for name in prose if name not in ALWAYS]
    for place, name in enumerate(edition.fields.leave_out):
        field = f"leave_out.{place}"
        if name in ALWAYS:
            yield edition.problem(
                field,
                f"{name} stays in every edition: other pages and the bar at the top lead to it.",
                "take the line out",
                "leave_out",
            )
        elif name not in may_go:
            listed = ", ".join(may_go)
            hint = did_you_mean(name, may_go) or f"use one of: {listed}" if may_go else "remove it"
            yield edition.problem(
                field, f"the course has no page '{name}' to leave out.", hint, "leave_out"
            )
    seen: set[str] = set()
    for place, name in enumerate(edition.fields.pages):
        field, page = f"pages.{place}", f"book/{Path(name).stem}"
        path = edition.path(field, name, "page")
        if isinstance(path, Diagnostic):
            yield path
        elif path.suffix != ".md":
            yield edition.problem(field, f"{name} is not Markdown.", "name a .md file", "pages")
        if page in named_pages or page in seen:
            yield edition.problem(
                field,
                f"there is a page {page} already, so {name} can't be at its address.",
                "give your file another name",
                "pages",
            )
        seen.add(page)


def contents(selection: Selection, caption: str) -> dict[str, Any]:
    """Return the edition's table of contents: its chapters, its own pages, the course's pages."""
    chapters = [
        {
            "file": one.chapter.opening,
            "sections": [{"file": part.name} for part in one.parts],
        }
        if one.parts
        else {"file": one.chapter.opening}
        for one in selection.kept
    ]
    toc = selection.toc
    parts = toc.get("parts") or [{"caption": "The course", "chapters": toc["chapters"]}]
    made: list[dict[str, Any]] = []
    for part in parts:
        entries = part["chapters"]
        pages = [
            entry
            for entry in entries
            if not is_in_chapter(entry["file"]) and entry["file"] not in selection.left_out
        ]
        if any(is_in_chapter(entry["file"]) for entry in entries) and chapters:
            made.append({"caption": part.get("caption", "The course"), "chapters": chapters})
            chapters = []
            if selection.own_pages:
                own = [{"file": name} for name in selection.own_pages]
                made.append({"caption": caption, "chapters": own})
            if pages:
                made.append({"caption": "Look it up", "chapters": pages})
        elif pages:
            made.append({**part, "chapters": pages})
    return {"format": toc["format"], "root": toc["root"], "parts": made}
