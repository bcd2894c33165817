"""Finished pages made light, private and accessible: no scripts that nobody needs, names for what the theme leaves unnamed.

The theme loads an icon script of 1.5 MB (its icon font alone draws the same icons) and a live-code script
that the course does not use. Both are taken out of every page, and out of the site.
"""

import re
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging

from ..errors import CourseError
from ..i18n import _
from ..quiz.html import STATIC as quiz_static
from .access import accessible
from .foot import with_downloads
from .moved import write_old_addresses
from .switch import with_switch
from .translated import in_language
from .weight import lighten, whole_pages

logger = logging.getLogger(__name__)
STATIC = [Path(__file__).parent / "static", quiz_static]
# The ways in the bar at the top of every page.
WAYS = (
    (_("Chapters"), "book/index"),
    (_("Law finder"), "book/law-finder"),
    (_("Claims"), "book/claims"),
    (_("For teachers"), "book/for-instructors"),
)
TEMPLATES = Path(__file__).parent / "templates"
UNUSED = (
    "sbt-webpack-macros.html",
    "webpack-macros.html",
    "scripts/fontawesome.js",
    "sphinx-thebe.js",
    "sphinx-thebe.css",
    "scripts/fontawesome.js.LICENSE.txt",
)


def add_templates(app, config):
    config.templates_path.insert(0, str(TEMPLATES))


def add_static(app):
    app.config.html_static_path += map(str, STATIC)
    app.add_css_file("tokens.css")
    app.add_css_file("course.css")
    app.add_css_file("quiz.css")
    for script in ("storage.js", "limits.js", "cards.js", "copy.js", "call.js", "offline.js"):
        app.add_js_file(script, loading_method="defer")


def add_page_scripts(app, pagename, templatename, context, doctree):
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
    if pagename == "search":
        app.add_js_file("search.js", loading_method="defer")
    there = app.env.found_docs
    link = app.builder.get_relative_uri
    if "book/help-now" in there:
        context["course_help"] = link(pagename, "book/help-now") or "#main-content"
    context["course_ways"] = [
        (name, link(pagename, page), page == pagename) for name, page in WAYS if page in there
    ]


def tidy(html, depth):
    """One page's HTML, mended. Idempotent, because a second build meets pages of the first one."""
    html = re.sub(r"\s*<script[^>]*(?:fontawesome|sphinx-thebe)[^>]*></script>", "", html)
    html = re.sub(r"\s*<link[^>]*(?:fontawesome\.js|sphinx-thebe)[^>]*>", "", html)
    html = re.sub(r"\s*<script>const THEBE_JS_URL.*?</script>", "", html, flags=re.S)
    # The theme's folding arrows in the sidebar have no name of their own.
    html = re.sub(
        r'<summary>(<span class="toctree-toggle")',
        r'<summary aria-label="Sections of this chapter">\1',
        html,
    )
    # A name that differs from the visible words confuses speech control; the words are name enough.
    html = re.sub(r'(<button class="btn[^>]*search-button[^>]*?) aria-label="Search"', r"\1", html)
    html = re.sub(
        r'(<button[^>]*theme-switch-button[^>]*?) aria-label="[^"]*"',
        r'\1 aria-label="Colour mode"',
        html,
    )
    html = html.replace(
        'href="/book/help-now.html" class="help-link"',
        f'href="{"../" * depth}book/help-now.html" class="help-link"',
    )
    html = html.replace(
        'href="/book/privacy.html" class="privacy-link"',
        f'href="{"../" * depth}book/privacy.html" class="privacy-link"',
    )
    return in_language(
        accessible(
            re.sub(
                r'<img (?![^>]*loading=)([^>]*class="only-)',
                r'<img loading="lazy" decoding="async" \1',
                html,
            )
        )
    )


def size_pictures(html, folder):
    """Width and height for each picture of the site that has none, so that nothing jumps when it comes."""

    def look(match):
        source = re.search(r'\bsrc="([^"?]+\.svg)"', match[0])
        path = source and (folder / source[1])
        if not path or re.search(r"\s(?:width|height)=", match[0]) or not path.exists():
            return match[0]
        box = re.search(
            r'viewBox="\s*\S+\s+\S+\s+([\d.]+)\s+([\d.]+)', path.read_text(encoding="utf-8")[:2000]
        )
        return (
            match[0].replace(
                "<img ",
                f'<img width="{round(float(box[1]) * 4 / 3)}" height="{round(float(box[2]) * 4 / 3)}" ',
                1,
            )
            if box
            else match[0]
        )

    return re.sub(r"<img [^>]*>", look, html)


def finish(app, exception):
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    for name in UNUSED:
        (out / "_static" / name).unlink(missing_ok=True)
    private = (out / "book" / "privacy.html").exists()

    def finished(html, name):
        html = size_pictures(tidy(html, name.count("/")), (out / name).parent)
        html = with_switch(with_downloads(html, out, name), out, name)
        return (
            html
            if private
            else re.sub(r'\s*<a href="[^"]*" class="privacy-link">.*?</a>', "", html)
        )

    try:
        lighten(out, whole_pages(app), finished)
        write_old_addresses(out, app.srcdir)
    except CourseError as error:
        raise ExtensionError(f"ERROR: {error}") from error


def setup(app):
    app.connect("config-inited", add_templates)
    app.connect("builder-inited", add_static)
    app.connect("html-page-context", add_page_scripts)
    # After the theme and myst-nb have written their style sheets, which end in the one sheet of the site.
    app.connect("build-finished", finish, priority=900)
