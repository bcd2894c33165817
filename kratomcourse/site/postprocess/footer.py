"""Links in the foot of every page to what can be taken along: the book as PDF and EPUB, the page's
notebook, all data; and to the notebook that runs in the browser.

The files lie in `downloads/` of the site, and in `lite/`; a link is there only where its file is.
"""

import re
from html import escape
from pathlib import Path

from ...chapters.chapter import OPENING, chapter_of
from ...chapters.wheel import NAME as WHEEL
from ...evidence import load_course
from ...i18n import _

LITE = "lite/start.html"
PLACE = re.compile(r' <span class="?take-along"?>.*?</span>', re.S)
BESIDE = re.compile(r'(<a\b[^>]*class="?help-link"?[^>]*>[^<]*</a>)')


def with_downloads(html: str, site: Path, name: str) -> str:
    """The page `name` (such as notebooks/04-risk/index.html) with the links; idempotent."""
    return BESIDE.sub(
        lambda match: f"{match[1]}{links(Path(site), name)}", PLACE.sub("", html), count=1
    )


def links(site: Path, name: str) -> str:
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
