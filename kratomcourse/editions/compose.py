"""Compose an edition's sources in its `_build`, and build the book from them."""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from ..errors import CourseError, Diagnostic, shown_path
from ..files import replace_folder, write_atomic
from ..other_course import build_other_book
from .colours import TOKENS, check_colours, coloured
from .edition_file import Edition, read_edition
from .left_out_links import Pages, check_own, labels, rewritten
from .own_banks import BANK, edition_banks
from .own_rows import TABLES, edition_tables
from .selection import Selection, contents, select

COPIED = ("kratomcourse", "evidence", "book", "notebooks", BANK)
IGNORED = ("__pycache__", ".ipynb_checkpoints")
SOURCES = "_build/course"  # in the edition's folder: the course as the edition has it
PAGES = "_build/html"
INSTRUCTOR_PAGES = "_build/instructor"
# Tables whose first column names a file, an item or a chapter that an edition may not have.
LISTS = (
    "book/prose_exceptions.csv",
    "evidence/number_exceptions.csv",
    "evidence/typed_numbers.csv",
    "evidence/absence_exceptions.csv",
    f"{BANK}/not_cleared.csv",
)
# On the front page; an edition may have fewer.
COUNTED = re.compile(r"^## The \w+ questions$", re.M)
HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
Say = Callable[[str], object]


def build_edition(folder: Path, say: Say = print, notes: bool = False) -> Path:
    """Build the book of the edition in a folder into its `_build/html`.

    notes   : build it with the notes for facilitators, into `_build/instructor`
    returns : folder of the pages
    raises  : CourseError for what is wrong in the edition, or a build that fails
    """
    edition = read_edition(folder)
    sources = compose_edition(edition, say)
    say("building the book")
    run_book(edition, sources, ["--edition", "instructor"] if notes else [], say)
    pages = sources / "_build" / ("instructor/_build/html" if notes else "html")
    if problems := list(dead_links(pages, edition)):
        raise CourseError(problems)
    target = edition.folder / (INSTRUCTOR_PAGES if notes else PAGES)
    beside = target.with_name(f".{target.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(pages, beside)
    replace_folder(beside, target)
    return target


def check_edition(folder: Path, say: Say = print) -> None:
    """Check an edition without building it: its own files, and the course as it has it.

    raises : CourseError that lists what is wrong
    """
    edition = read_edition(folder)
    sources = compose_edition(edition, say)
    say("checking facts, tables, items, wording and links, as course check does")
    done = subprocess.run(
        [sys.executable, "-m", "kratomcourse.cli", "check", "--json"],
        cwd=sources,
        env=os.environ | {"PYTHONPATH": str(sources)},
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.startswith("{"):
        message = f"the edition can't be checked.\n{done.stderr[-2000:]}"
        raise CourseError(Diagnostic(edition.file, message))
    # The course's lists of exceptions name what an edition may have left out.
    errors = [one for one in json.loads(done.stdout)["errors"] if one["file"] not in LISTS]
    if errors:
        raise CourseError([in_own_file(edition, Diagnostic(**one)) for one in errors])


def run_book(edition: Edition, sources: Path, options: list[str], say: Say) -> None:
    """Build the composed course's book, with the package of the course it is made from."""
    if said := build_other_book(sources, say, options):
        for own in edition.fields.pages:
            said = said.replace(f"book/{Path(own).name}", own)
        message = f"the book doesn't build.\n  {said}\n "
        # Sphinx doesn't repeat the warnings of pages that it has read.
        shutil.rmtree(sources / "_build" / ".doctrees", ignore_errors=True)
        raise CourseError(Diagnostic(edition.file, message, "correct what the lines above name"))


def in_own_file(edition: Edition, found: Diagnostic) -> Diagnostic:
    """Return a diagnostic of the composed course with the edition's own file, where it's in one.

    Own rows come first in a table, so that they have the same lines there.
    """
    for field, name in TABLES.items():
        own = getattr(edition.fields, field)
        if own and found.file == name:
            path = edition.folder / own
            if found.line and found.line <= len(path.read_text("utf-8-sig").splitlines()):
                return replace(found, file=shown_path(path))
    for own in edition.fields.pages:
        if found.file == f"book/{Path(own).name}":
            return replace(found, file=shown_path(edition.folder / own))
    return found


def compose_edition(edition: Edition, say: Say = print) -> Path:
    """Write the course as the edition has it into `_build/course`; return that folder.

    Everything is checked before the first file is written. A file that didn't change isn't written,
    so that the next build does little.

    raises : CourseError that lists every mistake with file, item and fix
    """
    selection = select(edition)
    problems: list[Diagnostic] = []
    wanted = copies(edition.upstream, selection)

    def collect(step: Callable[[], dict[str, bytes]]) -> None:
        try:
            wanted.update(step())
        except CourseError as error:
            problems.extend(error.diagnostics)

    collect(lambda: with_links(edition, selection, wanted))
    collect(lambda: edition_banks(edition, selection))
    collect(lambda: edition_tables(edition))
    collect(lambda: look(edition))
    if problems:
        raise CourseError(problems)
    wanted |= names(edition, wanted)
    toc = contents(selection, edition.fields.institution)
    wanted["_toc.yml"] = dumped(toc)
    wanted["_config.yml"] = configured(edition, wanted["_config.yml"])
    wanted |= shortened_lists(selection, wanted)
    sources = edition.folder / SOURCES
    write_all(sources, wanted)
    if (edition.folder / "quizzes" / "nbgrader_config.py").is_file():
        write_banks(edition.folder / "quizzes" / "bank", wanted)
    chapters = ", ".join(one.chapter.name for one in selection.kept)
    say(f"the edition has {chapters}; sources are in {shown_path(sources)}")
    if selection.for_safety:
        say(f"parts on safety stay in every edition: {', '.join(selection.for_safety)}")
    return sources


def copies(upstream: Path, selection: Selection) -> dict[str, bytes]:
    """Return {name: content} of the course's files without what the edition leaves out."""
    chapters = {one.chapter.name for one in selection.kept}
    wanted: dict[str, bytes] = {}
    for folder in COPIED:
        for path in sorted((upstream / folder).rglob("*")):
            name = path.relative_to(upstream)
            if not path.is_file() or any(part in IGNORED for part in name.parts):
                continue
            page = name.with_suffix("").as_posix()
            of_other_chapter = name.parts[0] == "notebooks" and name.parts[1] not in chapters
            of_other_bank = name.parent.as_posix() == BANK and name.suffix == ".yml"
            if of_other_chapter or of_other_bank or page in selection.left_out:
                continue
            wanted[name.as_posix()] = path.read_bytes()
    for name_ in ("_config.yml", "requirements.txt"):
        if (upstream / name_).is_file():
            wanted[name_] = (upstream / name_).read_bytes()
    return wanted


def with_links(
    edition: Edition, selection: Selection, wanted: dict[str, bytes]
) -> dict[str, bytes]:
    """Return the pages whose links change, and the edition's own pages.

    raises : CourseError for a link to what is left out, unless the edition has a rule for it
    """
    pages = Pages(
        selection.pages,
        selection.left_out,
        labels_left_out(edition.upstream, selection),
        edition.fields.left_out_links,
        selection.first,
    )
    problems: list[Diagnostic] = []
    made: dict[str, bytes] = {}
    for name, content in wanted.items():
        path = Path(name)
        page = path.with_suffix("").as_posix()
        if path.suffix not in (".md", ".ipynb") or page not in selection.pages:
            continue
        before = content.decode()
        after = rewritten(page, before, pages, problems.append, name)
        if page == selection.toc["root"]:
            after = front_page(edition, selection, after)
        if after != before:
            made[name] = after.encode()
    for name in edition.fields.pages:
        path = edition.folder / name
        text = path.read_text(encoding="utf-8")
        page = f"book/{path.stem}"
        problems += check_own(page, text, pages, shown_path(path))
        made[f"{page}.md"] = text.encode()
        made |= pictures(path.parent)
    if problems:
        raise CourseError(problems)
    return made


def pictures(folder: Path) -> dict[str, bytes]:
    """Return the pictures in `images` beside an own page, at the place where it finds them."""
    return {
        f"book/images/{path.name}": path.read_bytes()
        for path in sorted((folder / "images").glob("*"))
        if path.suffix in (".svg", ".png", ".jpg", ".webp")
    }


def labels_left_out(upstream: Path, selection: Selection) -> dict[str, str]:
    """Return {label: page} of the labels that only pages left out define."""
    found: dict[str, str] = {}
    for name in sorted(selection.left_out):
        path = (upstream / name).with_suffix(".md")
        if path.is_file():
            found |= dict.fromkeys(labels(path.read_text(encoding="utf-8")), name)
    return found


def front_page(edition: Edition, selection: Selection, text: str) -> str:
    """Return the front page with the edition's title, and without a count of chapters."""
    if len(selection.kept) < sum("/index" in name for name in selection.every_page):
        text = COUNTED.sub("## The questions", text)
    return re.sub(r"^# .+$", lambda _match: f"# {edition.fields.title}", text, count=1, flags=re.M)


def look(edition: Edition) -> dict[str, bytes]:
    """Return the style sheet with the edition's colours, and its mark and icon.

    raises : CourseError for a drawing that isn't there or isn't safe, or colours too close to read
    """
    sheet = (edition.upstream / TOKENS).read_text(encoding="utf-8")
    problems = check_colours(edition, sheet)
    made = {TOKENS: coloured(edition, sheet).encode()} if edition.fields.colours else {}
    for field, name in (("mark", "mark.svg"), ("icon", "favicon.svg")):
        file = getattr(edition.fields, field)
        if not file:
            continue
        path = edition.path(field, file, "drawing")
        problem = path if isinstance(path, Diagnostic) else wrong_drawing(edition, field, path)
        if problem:
            problems.append(problem)
        elif isinstance(path, Path):
            made[f"book/images/{name}"] = path.read_bytes()
    if problems:
        raise CourseError(problems)
    return made


def wrong_drawing(edition: Edition, field: str, path: Path) -> Diagnostic | None:
    """Return what is wrong with an SVG that becomes a part of every page; None for nothing."""
    name = getattr(edition.fields, field)
    try:
        root = ET.fromstring(path.read_text(encoding="utf-8"))
    except (ET.ParseError, UnicodeDecodeError) as error:
        message = f"{name} is not an SVG drawing: {error}."
        return edition.problem(field, message, "save the logo as plain SVG", field)
    if root.tag != "{http://www.w3.org/2000/svg}svg" or not root.get("viewBox"):
        message = f"{name} is not an SVG drawing with a viewBox."
        return edition.problem(field, message, "save the logo as plain SVG", field)
    for node in root.iter():
        tag = node.tag.rpartition("}")[2].lower()
        attributes = {key.rpartition("}")[2].lower(): value for key, value in node.attrib.items()}
        foreign = any(
            key in ("href", "src") and not value.startswith("#")
            for key, value in attributes.items()
        )
        if (
            tag in ("script", "foreignobject", "image", "style")
            or foreign
            or any(key.startswith("on") for key in attributes)
        ):
            message = f"{name} has <{tag}>, which pages of the course may not have in a drawing."
            hint = "save the logo as plain SVG: paths only, no script, style, picture or link"
            return edition.problem(field, message, hint, field)
    return None


def names(edition: Edition, wanted: dict[str, bytes]) -> dict[str, bytes]:
    """Return the course's names, in `course.json`, as the edition has them; and its hosts."""
    fields = edition.fields
    course = json.loads(wanted["evidence/course.json"])
    based_on = course["title"]
    course |= {
        "title": fields.title,
        "short_title": fields.short_title or fields.title[:24].rsplit(" ", 1)[0],
        "slug": edition.slug,
        # A page to write to is no form that takes a report; then readers get a text to copy.
        "report": fields.contact if "@" in fields.contact else "",
        "edition": {
            "institution": fields.institution,
            "contact": fields.contact,
            "based_on": based_on,
            "law_first": fields.law_first,
        },
    }
    hosts = wanted["evidence/hosts.txt"].decode().rstrip()
    named = [urlsplit(address).hostname for address in (fields.left_out_links, fields.contact)]
    own = "\n".join(["# of the edition", *fields.hosts, *filter(None, named)])
    return {
        "evidence/course.json": json.dumps(course, ensure_ascii=False, indent=1).encode(),
        "evidence/hosts.txt": f"{hosts}\n{own}\n".encode(),
    }


def configured(edition: Edition, text: bytes) -> bytes:
    """Return `_config.yml` with the edition's title, and with who answers for it in the footer."""
    config = yaml.safe_load(text)
    fields = edition.fields
    based_on = config["title"]
    config["title"] = fields.title
    inner = config["sphinx"]["config"]
    inner["project"] = fields.title
    address = fields.contact if fields.contact.startswith("https:") else f"mailto:{fields.contact}"
    options = inner.setdefault("html_theme_options", {})
    options["extra_footer"] = (
        f"An edition by {escape(fields.institution)} "
        f'(<a class="edition-contact" href="{escape(address)}">'
        f"{escape(fields.contact.removeprefix('https://'))}</a>), made from the open course "
        f"{escape(based_on)}: chapters were chosen, and pages and rows may have been added. "
        f"{options.get('extra_footer', '')}"
    )
    return dumped(config)


def dumped(data: object) -> bytes:
    """Return data as YAML."""
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1000).encode()


def shortened_lists(selection: Selection, wanted: dict[str, bytes]) -> dict[str, bytes]:
    """Return lists of exceptions and old addresses without lines about what is left out."""
    gone = [f"{name}." for name in selection.left_out]
    chapters = {one.chapter.name for one in selection.kept}
    gone_chapters = {
        name.split("/")[1] for name in selection.every_page if name.startswith("notebooks/")
    } - chapters
    made = {}
    for name in LISTS:
        if name in wanted:
            lines = wanted[name].decode().splitlines(keepends=True)
            kept = [
                line
                for line in lines
                if not any(place in line for place in gone)
                and not any(chapter in line for chapter in gone_chapters)
            ]
            made[name] = "".join(kept).encode()
    moved = "book/moved.csv"
    if moved in wanted:
        lines = wanted[moved].decode().splitlines(keepends=True)
        made[moved] = "".join(
            line
            for line in lines
            if line.strip().rpartition(",")[2] not in selection.left_out
            and not any(line.startswith(f"notebooks/{chapter},") for chapter in gone_chapters)
        ).encode()
    return made


def write_all(sources: Path, wanted: dict[str, bytes]) -> None:
    """Write the composed course, and take out files that it no longer has."""
    for folder in COPIED:
        for path in (sources / folder).rglob("*"):
            if (
                path.is_file()
                and not any(part in IGNORED for part in path.parts)
                and path.relative_to(sources).as_posix() not in wanted
            ):
                path.unlink()
    for name, content in wanted.items():
        write_atomic(sources / name, content)


def write_banks(folder: Path, wanted: dict[str, bytes]) -> None:
    """Write the edition's banks where its assignments find them, and take out others."""
    banks = {Path(name).name: data for name, data in wanted.items() if name.startswith(f"{BANK}/")}
    for path in folder.glob("*"):
        if path.name not in banks and path.is_file():
            path.unlink()
    for name, content in banks.items():
        write_atomic(folder / name, content)


def dead_links(site: Path, edition: Edition) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each link of the built pages that leads to no file."""
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site).as_posix()
        if name == "404.html" or name.startswith(("lite/", "_static/")):
            continue
        for href in sorted(set(HREF.findall(page.read_text(encoding="utf-8")))):
            parts = urlsplit(href)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            target = (page.parent / unquote(parts.path)).resolve()
            if not target.exists():
                message = f"{name} has a link to {href}, which isn't in the edition."
                hint = "take that page into the edition, or take this one out"
                yield Diagnostic(edition.file, message, hint)
