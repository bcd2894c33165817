"""Links in the foot of every page to what can be taken along: the book as PDF and EPUB, the page's
notebook, all data; and to the notebook that runs in the browser.

The files lie in `downloads/` of the site, and in `lite/`; a link is there only where its file is.
"""

import json
import re
from html import escape
from pathlib import Path

from ...chapters.chapter import OPENING, chapter_of
from ...chapters.wheel import NAME as WHEEL
from ...evidence import load_course
from ...i18n import _
from .actions import MENU as MENU_LIST

LITE = "lite/start.html"
RUN_FILE = "run.json"  # in lite/: what a page needs to know to run its own code
RUN_PLACE = re.compile(r'<div class="run-here".*?</div><!-- run-here -->\n', re.S)
FIRST_CELL = re.compile(r'<div class="cell (?=[^"]*docutils)')
PLACE = re.compile(r' <span class="?take-along"?>.*?</span>', re.S)
MENU = re.compile(rf'(<ul class="?{MENU_LIST}"?>)')
MENU_PLACE = re.compile(r'<li class="?file"?>.*?</li>', re.S)
BESIDE = re.compile(r'(<a\b[^>]*class="?help-link"?[^>]*>[^<]*</a>)')


def with_downloads(html: str, site: Path, name: str) -> str:
    """The page `name` (such as notebooks/04-risk/index.html) with the links; idempotent."""
    html = with_run_here(RUN_PLACE.sub("", html), Path(site), name)
    html = MENU.sub(
        lambda match: f"{match[1]}{menu_files(Path(site), name)}", MENU_PLACE.sub("", html), count=1
    )
    return BESIDE.sub(
        lambda match: f"{match[1]}{links(Path(site), name)}", PLACE.sub("", html), count=1
    )


def with_run_here(html: str, site: Path, name: str) -> str:
    """Return a page with the offer to run its code, above its first cell, where the site can."""
    run = site / "lite" / RUN_FILE
    notebook = plain_name(name)
    if not notebook or not run.exists():
        return html
    known = json.loads(run.read_text(encoding="utf-8"))
    up, stem = "../" * name.count("/"), Path(notebook).stem
    words = escape(_("Run this part as a notebook in your browser"))
    offer = (
        f'<div class="run-here" data-part="{escape(stem)}" data-lite="{up}lite/" '
        f'data-megabytes="{int(known["megabytes"])}" data-piplite="{escape(known["piplite"])}">'
        f'<link rel="stylesheet" href="{up}lite/run.css">'
        f'<p><a href="{up}{LITE}#{escape(stem)}">{words}</a></p>'
        f'<script defer src="{up}lite/run.js"></script></div><!-- run-here -->\n'
    )
    return FIRST_CELL.sub(lambda match: offer + match[0], html, count=1)


def menu_files(site: Path, name: str) -> str:
    """Return the entries of a part's menu for its notebook: to run in the browser, and to save."""
    up, notebook = "../" * name.count("/"), plain_name(name)
    made = []
    if notebook and (site / LITE).exists():
        words = escape(_("Open as a notebook in your browser"))
        made.append(f'<a class="act" href="{up}{LITE}#{Path(notebook).stem}">{words}</a>')
    if notebook and (site / "downloads" / "notebooks" / notebook).exists():
        words = escape(_("Save as a notebook"))
        file = f"{up}downloads/notebooks/{notebook}"
        made.append(f'<a class="act" href="{file}" download="">{words}</a>')
    return "".join(f'<li class="file">{link}</li>' for link in made)


def links(site: Path, name: str) -> str:
    """HTML of the footer's links, as seen from a page."""
    up = "../" * name.count("/")
    offered = [
        (f"{load_course().slug}.pdf", _("the book as PDF")),
        (f"{load_course().slug}.epub", _("the book as EPUB")),
    ]
    if notebook := plain_name(name):
        offered += [
            (f"notebooks/{notebook}", _("this page as a notebook")),
            (WHEEL, _("the Python package that notebooks use")),
        ]
    offered.append((f"{load_course().slug}-data.zip", _("all data (CSV)")))
    made = [
        f'<a href="{up}downloads/{file}" download="">{escape(text)}</a>'
        for file, text in offered
        if (site / "downloads" / file).exists()
    ]
    if notebook and (site / LITE).exists():
        words = escape(_("this notebook, to run in your browser"))
        made.append(f'<a href="{up}{LITE}#{Path(notebook).stem}">{words}</a>')
    if made and (site / "book" / "privacy.html").exists():
        keep = f"{up}book/privacy.html#keep-the-book-or-remove-everything"
        made.append(f'<a href="{keep}">{escape(_("the book kept on this device"))}</a>')
    return (
        f' <span class="take-along">{escape(_("Take it along:"))} {", ".join(made)}.</span>'
        if made
        else ""
    )


def plain_name(page: str) -> str:
    """File name of the plain notebook of a page (04-2-a-call.ipynb of
    notebooks/04-risk/2-a-call.html); empty where it has none.
    """
    if not (chapter := chapter_of(page)):
        return ""
    stem = Path(page).stem
    return f"{chapter[:2]}-{f'0-{chapter[3:]}' if stem == OPENING else stem}.ipynb"
