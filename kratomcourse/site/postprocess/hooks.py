"""Tell Sphinx of the site's own scripts and sheets, and finish the pages it has written.

The theme brings an icon script of 1.5 MB (its icon font alone draws the same icons) and a live-code
script that the course does not use. Both are taken out of the site.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from ...chapters.chapter import NOTEBOOKS
from ...errors import CourseError
from ...i18n import _
from ...quiz.html import STATIC as quiz_static
from ..publish.redirects import write_old_addresses
from .pipeline import finish_site, whole_pages

STATIC = [Path(__file__).parents[1] / "static", quiz_static]
TEMPLATES = Path(__file__).parents[1] / "templates"
# The links in the bar at the top of every page.
BAR_LINKS = (
    (_("Chapters"), "book/index"),
    (_("Law finder"), "book/law-finder"),
    (_("Claims"), "book/claims"),
    (_("For teachers"), "book/for-instructors"),
)
# Where the page of the search leads without a script.
SEARCH_WAYS = (
    (_("Help now"), "book/help-now"),
    *BAR_LINKS[:2],
    (_("Glossary"), "book/glossary"),
)
MARK = '<svg aria-hidden="true" focusable="false" '
UNUSED = (
    "sbt-webpack-macros.html",
    "webpack-macros.html",
    "scripts/fontawesome.js",
    "sphinx-thebe.js",
    "sphinx-thebe.css",
    "scripts/fontawesome.js.LICENSE.txt",
)


def add_templates(app: Sphinx, config: Config) -> None:
    """Let the course's own templates come before the theme's."""
    config.templates_path.insert(0, str(TEMPLATES))


def add_static(app: Sphinx) -> None:
    """Register the style sheets and scripts of all pages."""
    app.config.html_static_path += map(str, STATIC)
    app.add_css_file("tokens.css")
    app.add_css_file("course.css")
    app.add_css_file("quiz.css")
    for script in (
        "storage.js",
        "limits.js",
        "cards.js",
        "copy.js",
        "call.js",
        "search.js",
        "actions.js",
        "progress.js",
        "offline.js",
    ):
        app.add_js_file(script, loading_method="defer")


def add_page_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """The quiz script only where there is a quiz; links to the help page that work at any depth."""
    if doctree is not None and any(
        'class="quiz-item"' in node.astext() or 'class="quiz-progress"' in node.astext()
        for node in doctree.findall()
        if node.tagname == "raw"
    ):
        app.add_js_file("quiz.js", loading_method="defer")
    if doctree is not None and any(
        'class="review"' in node.astext() for node in doctree.findall() if node.tagname == "raw"
    ):
        app.add_js_file("quiz.js", loading_method="defer")
        app.add_js_file("review.js", loading_method="defer")
    there = app.env.found_docs
    context["search_otherwise"] = _("These pages lead on without a search:")
    context["search_ways"] = [page for page in SEARCH_WAYS if page[1] in there]
    link = app.builder.get_relative_uri
    if "book/help-now" in there:
        context["course_help"] = link(pagename, "book/help-now") or "#main-content"
    if part := part_name(pagename):
        context["body"] = f"{context.get('body', '')}{tick(part)}"
    context["course_brand"] = in_two(app.config.project)
    context["course_mark"] = mark(Path(app.srcdir))
    context["course_ways"] = [
        (name, link(pagename, page), page == pagename) for name, page in BAR_LINKS if page in there
    ]


def part_name(pagename: str) -> str:
    """Return a part's name without its folder, such as 04-risk/2-a-call; empty for other pages."""
    match = re.fullmatch(rf"{NOTEBOOKS}/(\d\d-[a-z0-9-]+/\d+-[a-z0-9-]+)", pagename)
    return match[1] if match else ""


def tick(part: str) -> str:
    """Return the place at a part's end where a reader ticks it off; unseen without the script."""
    return (
        f'<p class="part-tick" hidden><button type="button" data-part="{part}" '
        f'aria-pressed="false">{escape(_("Tick this part off"))}</button> <span></span></p>'
    )


def replace_search(app: Sphinx) -> None:
    """Sphinx makes no index of its own: the search reads that of `search_index`."""
    app.builder.search = False  # type: ignore[attr-defined]


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page of the search, for addresses that name a query."""
    yield "search", {"title": _("Search")}, "search.html"


def in_two(title: str) -> tuple[str, str]:
    """Return a title in two halves of about equal length, for a brand that may break there."""
    spaces = [place for place, sign in enumerate(title) if sign == " "]
    if not spaces:
        return title, ""
    middle = min(spaces, key=lambda place: abs(place - len(title) / 2))
    return title[:middle], title[middle + 1 :]


def mark(root: Path) -> str:
    """Return the course's mark, `book/images/mark.svg`, to stand within a page; empty without."""
    path = root / "book" / "images" / "mark.svg"
    if not path.exists():
        return ""
    return path.read_text(encoding="utf-8").strip().replace("<svg ", MARK, 1)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Finish the pages that Sphinx wrote; a CourseError becomes Sphinx's own error."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    for name in UNUSED:
        (out / "_static" / name).unlink(missing_ok=True)
    try:
        finish_site(out, whole_pages(app), Path(app.srcdir))
        write_old_addresses(out, app.srcdir)
    except CourseError as error:
        raise ExtensionError(f"ERROR: {error}") from error


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("config-inited", add_templates)
    app.connect("builder-inited", add_static)
    app.connect("builder-inited", replace_search)
    app.connect("html-collect-pages", search_page)
    app.connect("html-page-context", add_page_scripts)
    # After the theme and myst-nb have written their style sheets, which end in the one sheet of the
    # site.
    app.connect("build-finished", finish, priority=900)
