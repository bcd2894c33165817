"""Versions by term: each term's book stays where it was, `latest` leads to the newest, and older
ones say so.

published/
  versions.js      which terms there are, read by every page
  index.html       leads to the newest
  404.html         the newest term's page for wrong addresses
  latest/          leads to the newest, and keeps the rest of the address
  2026-autumn/     the pages of one term
"""

import json
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

from ...errors import CourseError, Diagnostic
from ...evidence import load_course
from ...files import write_atomic
from .page_metadata import MISSING

TERM = re.compile(r"\d{4}-(spring|summer|autumn|winter)")
ORDER = ("winter", "spring", "summer", "autumn")
STATIC = Path(__file__).parent / "term_pages"
TAKEN = re.compile(r'\s*<script defer src="[./]*(?:versions|term)\.js"[^>]*></script>')


def publish(site: Path, folder: Path, term: str) -> Any:
    """Put the built book into `folder` as the pages of one term.

    site    : folder of the built pages
    folder  : what is put on the web; other terms in it stay as they are
    term    : year and season, as in 2026-autumn; an older build of the same term is replaced
    returns : terms, newest first
    raises  : CourseError for a term that is not written like this, or an unbuilt book
    """
    site, folder = Path(site), Path(folder)
    if not TERM.fullmatch(term):
        raise CourseError(
            Diagnostic(
                "publish",
                f"'{term}' is no term.",
                "write year and season, such as --term 2026-autumn (spring, summer, autumn "
                "or winter)",
            )
        )
    if not (site / "index.html").exists():
        raise CourseError(Diagnostic("publish", "the book is not built yet.", "make book"))
    folder.mkdir(parents=True, exist_ok=True)
    beside, old = folder / f".{term}.new", folder / f".{term}.old"
    for left in (beside, old):
        shutil.rmtree(left, ignore_errors=True)
    shutil.copytree(site, beside)
    for page in beside.rglob("*.html"):
        if page.is_relative_to(beside / "lite"):
            continue  # JupyterLite's own pages are left as they are
        depth = len(page.relative_to(beside).parts)
        page.write_text(
            with_scripts(page.read_text(encoding="utf-8"), depth, term), encoding="utf-8"
        )
    # The old pages make room only when the new ones are complete.
    if (folder / term).exists():
        (folder / term).rename(old)
    beside.rename(folder / term)
    shutil.rmtree(old, ignore_errors=True)
    terms = sorted(
        (path.name for path in folder.iterdir() if path.is_dir() and TERM.fullmatch(path.name)),
        key=when,
        reverse=True,
    )
    write_atomic(folder / "versions.js", f"window.courseVersions = {json.dumps(terms)};\n")
    write_atomic(folder / "term.js", (STATIC / "term.js").read_text(encoding="utf-8"))
    forward = (STATIC / "forward.html").read_text(encoding="utf-8")
    forward = forward.replace("COURSE", escape(load_course().title))
    write_atomic(
        folder / "index.html", forward.replace("TARGET", f"{terms[0]}/").replace("NEWEST", terms[0])
    )
    latest = folder / "latest"
    shutil.rmtree(latest, ignore_errors=True)
    newest = folder / terms[0]
    for page in [path.relative_to(newest) for path in newest.rglob("*.html")]:
        up = "../" * len(page.parts)
        (latest / page).parent.mkdir(parents=True, exist_ok=True)
        (latest / page).write_text(
            forward.replace("TARGET", f"{up}{terms[0]}/{page.as_posix()}").replace(
                "NEWEST", terms[0]
            ),
            encoding="utf-8",
        )
    # A web server shows the page for wrong addresses of the top folder alone, and its links hold
    # only where COURSE_URL named the term's address.
    missing = (site / MISSING).read_text(encoding="utf-8") if (site / MISSING).exists() else ""
    if f'/{term}/book/help-now.html"' in missing and term == terms[0]:
        write_atomic(folder / MISSING, missing)
    (folder / ".nojekyll").touch()
    return terms


def with_scripts(html: str, depth: int, term: str) -> str:
    """A page that knows its term; the list of terms lies above it and is the same for all of
    them.
    """
    up = "../" * depth
    scripts = (
        f'<script defer src="{up}versions.js"></script>'
        f'<script defer src="{up}term.js" data-term="{term}" data-up="{up}"></script>'
    )
    return TAKEN.sub("", html).replace("</head>", f"{scripts}</head>", 1)


def when(term: str) -> tuple[Any, ...]:
    """Key that sorts terms such as `2026-autumn` by time."""
    year, season = term.split("-")
    return int(year), ORDER.index(season)
