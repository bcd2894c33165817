"""Old addresses lead on: notebooks/06-harm-reduction.html#naloxone goes to the part that has it
now.

Chapters were once one page each. `book/moved.csv` says which part took over which heading; facts,
figures and questions keep their ids, so their new page is found by looking for them. Without
JavaScript an old address leads to the chapter's opening."""

import csv
import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from ...chapters import Chapter, load_chapters
from ...files import write_atomic
from ...i18n import _, direction, language, tag
from ..postprocess import csp

OLD = re.compile(r"notebooks/[^/]+\.html")
ARTICLE = re.compile(r"<article\b.*</article>", re.S)
ID = re.compile(r'\bid="([^"]+)"')


def is_old_address(page: str) -> bool:
    """Whether a page of the site, such as notebooks/04-risk.html, is there only to lead on."""
    return bool(OLD.fullmatch(page))


def write_old_addresses(site: Path, root: Path) -> None:
    """Write the page of each chapter's old address into the built site."""
    rows = moved_rows(Path(root) / "book" / "moved.csv")
    for chapter in load_chapters(root):
        page = f"notebooks/{chapter.name}"
        text = leading_on(chapter, targets(site, chapter, rows.get(page, {})))
        write_atomic(site / f"{page}.html", text)


def moved_rows(path: Path) -> dict[str, dict[str, str]]:
    """{old page: {anchor: page that has it now}}."""
    found: dict[str, dict[str, str]] = {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["page"], {})[row["anchor"]] = row["now"]
    return found


def targets(site: Path, chapter: Chapter, rows: dict[str, str]) -> dict[str, str]:
    """{anchor of the old page: address as that page writes it}."""
    ids = {name: set(ids_of(site / f"{name}.html")) for name in page_names(chapter)}
    found = {}
    for anchor, name in rows.items():
        place = f"#{anchor}" if anchor in ids.get(name, ()) else ""
        found[anchor] = address(name) + place
    for name, anchors in ids.items():
        for anchor in sorted(anchors):
            found.setdefault(anchor, f"{address(name)}#{anchor}")
    return found


def page_names(chapter: Chapter) -> list[str]:
    """Names of a chapter's pages, parts first."""
    return [*(part.name for part in chapter.parts), chapter.opening]


def ids_of(path: Path) -> Iterator[str]:
    """Ids in a page's article; none where the page is not there."""
    if path.exists() and (article := ARTICLE.search(path.read_text(encoding="utf-8"))):
        yield from ID.findall(article[0])


def address(name: str) -> str:
    """Address of a chapter's page as its old address writes it."""
    return f"{name.removeprefix('notebooks/')}.html"


def leading_on(chapter: Chapter, anchors: dict[str, str]) -> str:
    """HTML of a page that leads to the part that its address asks for, else to the opening."""
    code, opening = language(), address(chapter.opening)
    places = json.dumps(anchors, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    asked = "decodeURIComponent(location.hash.slice(1))"
    script = f"location.replace({places}[{asked}]||{json.dumps(opening)})"
    title = escape(chapter.title)
    about = escape(_("This chapter has a page for each of its parts now."))
    parts = "".join(
        f'<li><a href="{address(part.name)}">{part.number} {escape(part.title)}</a></li>\n'
        for part in chapter.parts
    )
    html = f"""<!DOCTYPE html>
<html lang="{tag(code)}" dir="{direction(code)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<meta name="description" content="{about}">
<link rel="canonical" href="{opening}">
<link rel="icon" href="../_static/favicon.svg">
<script>{script}</script>
<noscript><meta http-equiv="refresh" content="0; url={opening}"></noscript>
</head>
<body>
<h1>{title}</h1>
<p>{about}</p>
<ol>
<li><a href="{opening}">{title}</a></li>
{parts}</ol>
</body>
</html>
"""
    return csp.add_policy(html, f"notebooks/{chapter.name}.html")
