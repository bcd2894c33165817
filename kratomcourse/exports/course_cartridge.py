"""The whole course as one IMS Common Cartridge: pages or links, quizzes, glossary and data."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from lxml import html

from ..chapters.chapter import HEADING, chapter_of, load_chapters
from ..errors import CourseError, Diagnostic
from ..evidence import evidence_dir, load_course
from ..evidence.cell_addresses import resolved_csv
from ..i18n import _, direction, language, tag
from ..quiz import load_banks
from ..quiz.item_text import to_html
from .book_document import (
    BookPage,
    contents,
    drop_dead_links,
    link_inside,
    read_page,
    take_answers,
    whole_page,
)
from .formats.cartridge import PROFILES, add_quiz, new_cartridge
from .glossary_terms import read_glossary
from .imscc import Cartridge, OutlineEntry
from .package import write_beside

HELP, GLOSSARY = "book/help-now", "book/glossary"
STYLE = Path(__file__).parent / "static" / "epub.css"
# What a browser needs and a reader of EPUBs brings along.
BROWSER_STYLE = "body { max-width: 46em; margin: 1em auto; padding: 0 1em; line-height: 1.5; }\n"


@dataclass(frozen=True)
class CourseCartridge:
    """What a cartridge of the course contains, and what its quizzes left out."""

    path: Path
    pages: int  # as pages or as links
    quizzes: int
    questions: int
    data_files: int
    skipped: tuple[tuple[str, str, str], ...]  # (chapter, item id, kind)


def export_course_cartridge(root: Path, site: Path, target: Path, url: str = "") -> CourseCartridge:
    """Write the course as one cartridge.

    root   : folder with _toc.yml
    site   : folder of the built pages; not needed with `url`
    target : file to write
    url    : address of the published course; the cartridge then links to its pages
    raises : CourseError for an address that isn't one, or a page that isn't built
    """
    check_address(url)
    cartridge = new_cartridge(load_course().title)
    titles = page_titles(root)
    if url:
        resources = add_links(cartridge, root, titles, url.rstrip("/"))
    else:
        resources = add_pages(cartridge, root, site, titles)
    quizzes, questions, skipped = add_quizzes(cartridge, root)
    cartridge.entries += outline(root, titles, resources, quizzes)
    data = add_data(cartridge)
    cartridge.entries.append(OutlineEntry(_("Data"), entries=tuple(data)))
    path, _nothing = write_beside(Path(target), cartridge.write)
    return CourseCartridge(path, len(resources), len(quizzes), questions, len(data), skipped)


def check_address(url: str) -> None:
    """Raise CourseError for an address that a web link can't have."""
    if url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        raise CourseError(
            Diagnostic(
                "COURSE_URL",
                f"'{url}' isn't the address of a published course.",
                "export COURSE_URL=https://… with the folder's full address, or unset COURSE_URL "
                "to put the pages themselves into the cartridge",
            )
        )


def page_titles(root: Path) -> dict[str, str]:
    """Return {name: title} of every page, with the number of a chapter or part before its title."""
    titles: dict[str, str] = {}
    for chapter in load_chapters(root):
        titles[chapter.opening] = f"{chapter.number}. {chapter.title}"
        titles |= {part.name: f"{part.number} {part.title}" for part in chapter.parts}
    for _caption, name in contents(root):
        if name not in titles:
            text = (Path(root) / f"{name}.md").read_text(encoding="utf-8")
            found = HEADING.search(text)
            titles[name] = found[1] if found else name.rpartition("/")[2]
    return titles


# Pages, links, quizzes and data


def add_links(
    cartridge: Cartridge, root: Path, titles: Mapping[str, str], url: str
) -> dict[str, str]:
    """Add a web link for every page, and the glossary as a page; return {name: identifier}."""
    resources: dict[str, str] = {}
    for _caption, name in contents(root):
        if name == GLOSSARY:
            resources[name] = add_glossary(cartridge, root, titles[name])
        else:
            place = name.replace("/", "-")
            resources[name] = cartridge.add_link(place, titles[name], f"{url}/{name}.html")
    return resources


def add_glossary(cartridge: Cartridge, root: Path, title: str) -> str:
    """Add the glossary as a page of terms and meanings; return the identifier of its resource."""
    terms = "".join(
        f"<dt>{escape(term)}</dt><dd>{to_html(meaning)}</dd>"
        for term, meaning in read_glossary(Path(root) / f"{GLOSSARY}.md").items()
    )
    body = html.fragment_fromstring(f"<section><h1>{escape(title)}</h1><dl>{terms}</dl></section>")
    style = add_style(cartridge)
    return cartridge.add_file("pages/glossary.html", html_document(title, body), [style])


def add_style(cartridge: Cartridge) -> str:
    """Add the style sheet of the pages; return the identifier of its resource."""
    style = BROWSER_STYLE + STYLE.read_text(encoding="utf-8")
    return cartridge.add_file("pages/course.css", style.encode())


def add_pages(
    cartridge: Cartridge, root: Path, site: Path, titles: Mapping[str, str]
) -> dict[str, str]:
    """Add the built pages without scripts; return {name: identifier}."""
    pages = read_pages(root, site)
    home = {
        found.get("id"): page.stem
        for page in pages
        for found in page.body.xpath("descendant-or-self::*[@id]")
    }
    style = add_style(cartridge)
    resources: dict[str, str] = {}
    for page in pages:
        for link in page.body.xpath(".//a[starts-with(@href, '#')]"):
            there = home[link.get("href")[1:]]
            if there != page.stem:
                link.set("href", f"{there}.html{link.get('href')}")
        pictures = add_pictures(cartridge, page, site)
        document = html_document(titles[page.name], page.body)
        resources[page.name] = cartridge.add_file(
            f"pages/{page.stem}.html", document, [style, *pictures]
        )
    return resources


def read_pages(root: Path, site: Path) -> list[BookPage]:
    """Return the built pages, each with its answers at its end and links to ids.

    A page that asks questions again is left out, because it needs a browser's memory.
    """
    pages = []
    for part, name in contents(root):
        path = whole_page(site, name)
        if not path.exists():
            fix = "make book; or export COURSE_URL=https://… to link to a published course"
            raise CourseError(Diagnostic(f"{name}.html", "the page isn't built.", fix))
        page = read_page(path, name, part)
        if not page.body.cssselect(".review"):
            pages.append(page)
    names = {page.name: page for page in pages}
    for page in pages:
        link_inside(page, names)
        if HELP in names and page.name != HELP:
            page.body.insert(0, help_link(names[HELP].stem))
        if (answers := take_answers(page)) is not None:
            answers[0].text = _("Answers")
            page.body.append(answers)
        drop_handlers(page.body)
    drop_dead_links(pages)
    return pages


def help_link(stem: str) -> Any:
    """Return the line at the top of a page that leads to urgent help."""
    line = html.Element("p")
    link = html.Element("a", href=f"#{stem}")
    link.text = _("Help now: whom to call or text")
    line.append(link)
    return line


def drop_handlers(body: Any) -> None:
    """Remove attributes that a browser would run as a script."""
    for node in body.iter("*"):
        for name in [name for name in node.attrib if name.startswith("on")]:
            del node.attrib[name]


def add_pictures(cartridge: Cartridge, page: BookPage, site: Path) -> list[str]:
    """Add the pictures of a page and point it at them; return identifiers of their resources."""
    found = []
    for picture in page.body.iter("img"):
        source = picture.get("src")
        name = f"images/{'-'.join(Path(source).parts[-2:])}"
        picture.set("src", name)
        found.append(cartridge.add_file(f"pages/{name}", (Path(site) / source).read_bytes()))
    return found


def html_document(title: str, body: Any) -> bytes:
    """Return a page of HTML around an element."""
    page = html.Element("html", lang=tag(language()), dir=direction(language()))
    head = html.Element("head")
    head.append(html.Element("meta", charset="utf-8"))
    head.append(
        html.Element("meta", name="viewport", content="width=device-width, initial-scale=1")
    )
    head.append(html.Element("title"))
    head[-1].text = title
    head.append(html.Element("link", rel="stylesheet", href="course.css"))
    around = html.Element("body")
    around.append(body)
    page.extend([head, around])
    document: bytes = html.tostring(page, encoding="utf-8", doctype="<!DOCTYPE html>")
    return document


def add_quizzes(
    cartridge: Cartridge, root: Path
) -> tuple[dict[str, OutlineEntry], int, tuple[tuple[str, str, str], ...]]:
    """Add a quiz of each chapter's check items.

    returns : ({chapter: entry}, number of questions, (chapter, item id, kind) of those left out)
    """
    banks, quizzes, questions = load_banks(), {}, 0
    skipped: list[tuple[str, str, str]] = []
    for chapter in dict.fromkeys(chapter_of(name) for _caption, name in contents(root)):
        if chapter not in banks:
            continue
        items = banks[chapter].used_for("check")
        carried = [item for item in items if item.kind in PROFILES]
        skipped += [(chapter, item.id, item.kind) for item in items if item.kind not in PROFILES]
        if carried:
            title = _("Check yourself: {title}", title=banks[chapter].title)
            quizzes[chapter] = OutlineEntry(title, add_quiz(cartridge, chapter, title, carried))
            questions += len(carried)
    return quizzes, questions, tuple(skipped)


def add_data(cartridge: Cartridge) -> list[OutlineEntry]:
    """Add every data set, the descriptor and the bibliography; return their entries."""
    folder = evidence_dir()
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    titles = {one["path"]: one["title"] for one in described["resources"]}
    titles |= {"datapackage.json": _("What each column means"), "references.bib": _("Sources")}
    entries = []
    for name, title in titles.items():
        file = folder / name
        content = resolved_csv(file) if file.suffix == ".csv" else file.read_bytes()
        entries.append(
            OutlineEntry(f"{title} ({name})", cartridge.add_file(f"data/{name}", content))
        )
    return entries


# The outline


def outline(
    root: Path,
    titles: Mapping[str, str],
    resources: Mapping[str, str],
    quizzes: Mapping[str, OutlineEntry],
) -> list[OutlineEntry]:
    """Return a folder for the start with urgent help, one for each chapter, and one for the rest.

    resources : {name: identifier} of the pages that the cartridge contains
    quizzes   : {chapter: entry}
    """
    folders: dict[str, list[str]] = {"": []}
    for caption, name in contents(root):
        folder = "" if name == HELP else chapter_of(name) or caption
        if name in resources:
            folders.setdefault(folder, []).append(name)
    entry = partial(page_entry, titles, resources)
    return [
        OutlineEntry(
            folder_title(folder, names, titles),
            entries=(*map(entry, names), *([quizzes[folder]] if folder in quizzes else [])),
        )
        for folder, names in folders.items()
        if names
    ]


def page_entry(titles: Mapping[str, str], resources: Mapping[str, str], name: str) -> OutlineEntry:
    """Return the entry of a page."""
    return OutlineEntry(titles[name], resources[name])


def folder_title(folder: str, names: Sequence[str], titles: Mapping[str, str]) -> str:
    """Return the title of a folder: of a chapter that of its opening, otherwise its caption."""
    if not folder:
        return _("Start here")
    return titles[names[0]] if chapter_of(names[0]) else folder
