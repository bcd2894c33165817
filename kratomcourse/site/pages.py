"""Finished pages made light, private and accessible: no scripts that nobody needs, names for what the theme leaves unnamed.

The theme loads an icon script of 1.5 MB (its icon font alone draws the same icons) and a live-code script
that the course does not use. Both are taken out of every page, and out of the site.
"""

import os
import re
from pathlib import Path

from sphinx.util import logging

from ..quiz.html import STATIC as quiz_static
from .access import accessible
from .translated import in_language

logger = logging.getLogger(__name__)
STATIC = [Path(__file__).parent / "static", quiz_static]
UNUSED = ("sbt-webpack-macros.html", "webpack-macros.html", "scripts/fontawesome.js", "sphinx-thebe.js", "sphinx-thebe.css", "scripts/sphinx-book-theme.js.map", "scripts/bootstrap.js.map",
          "scripts/pydata-sphinx-theme.js.map", "scripts/fontawesome.js.map", "scripts/fontawesome.js.LICENSE.txt")  # fmt: skip


def add_static(app):
    app.config.html_static_path += map(str, STATIC)
    app.add_css_file("course.css")
    app.add_css_file("quiz.css")
    app.add_js_file("cards.js", loading_method="defer")


def add_page_scripts(app, pagename, templatename, context, doctree):
    """The quiz script only where there is a quiz; links to the help page that work at any depth."""
    if doctree is not None and any('class="quiz-item"' in node.astext() for node in doctree.findall() if node.tagname == "raw"):
        app.add_js_file("quiz.js", loading_method="defer")
    context["course_help"] = app.builder.get_relative_uri(pagename, "book/help-now")


def tidy(html, depth):
    """One page's HTML, mended. Idempotent, because a second build meets pages of the first one."""
    html = re.sub(r'\s*<script[^>]*(?:fontawesome|sphinx-thebe)[^>]*></script>', "", html)
    html = re.sub(r'\s*<link[^>]*(?:fontawesome\.js|sphinx-thebe)[^>]*>', "", html)
    html = re.sub(r"\s*<script>const THEBE_JS_URL.*?</script>", "", html, flags=re.S)
    # The theme's folding arrows in the sidebar have no name of their own.
    html = re.sub(r'<summary>(<span class="toctree-toggle")', r'<summary aria-label="Sections of this chapter">\1', html)
    # A name that differs from the visible words confuses speech control; the words are name enough.
    html = re.sub(r'(<button class="btn[^>]*search-button[^>]*?) aria-label="Search"', r"\1", html)
    html = re.sub(r'(<button[^>]*theme-switch-button[^>]*?) aria-label="[^"]*"', r'\1 aria-label="Colour mode"', html)
    html = html.replace('href="/book/help-now.html" class="help-link"', f'href="{"../" * depth}book/help-now.html" class="help-link"')
    return in_language(accessible(re.sub(r'<img (?![^>]*loading=)([^>]*class="only-)', r'<img loading="lazy" decoding="async" \1', html)))


def finish(app, exception):
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for name in UNUSED:
        (out / "_static" / name).unlink(missing_ok=True)
    # Other languages lie below the English pages and were finished by their own build.
    apart = [path.parent for path in out.glob("*/language.json")]
    for path in out.rglob("*.html"):
        if any(folder in path.parents for folder in apart):
            continue
        before = path.read_text(encoding="utf-8")
        after = tidy(before, len(path.relative_to(out).parts) - 1)
        if after != before:
            # Beside, then renamed: a reader or a killed build never meets half a page.
            beside = path.with_suffix(".tmp")
            beside.write_text(after, encoding="utf-8")
            os.replace(beside, path)


def setup(app):
    app.connect("builder-inited", add_static)
    app.connect("html-page-context", add_page_scripts)
    app.connect("build-finished", finish)
