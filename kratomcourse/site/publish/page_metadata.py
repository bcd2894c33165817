"""What search engines, messengers and web servers want of a site: a description and a picture of
each page, a site map, a page for wrong addresses.

Only the publisher knows where the site will be: COURSE_URL=https://... says so at build. Without it
everything works but what needs a full address: the picture of a page, its canonical address, the
site map.
"""

import os
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from lxml import html
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle
from sphinx.application import Sphinx

from ...charts.style import LIGHT
from ...i18n import _, direction, language, tag
from ..postprocess import csp
from .redirects import is_old_address

CARD = "_static/course-card.png"
MISSING = "404.html"  # the name that web servers and GitHub Pages look for
LONGEST = 155  # characters of a description that search engines show


def base_url() -> str:
    """Address of the published site with a slash at its end; empty where none is set."""
    url = os.environ.get("COURSE_URL", "").strip()
    return url.rstrip("/") + "/" if url else ""


def describe(doctree: nodes.document) -> Any:
    """The first words of a page, cut at the end of a word."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        # "About twelve minutes. You don't need any Python …" says nothing of the page.
        if "minutes" in text.partition(".")[0]:
            continue
        if len(text) >= 60 and not isinstance(
            paragraph.parent, (nodes.entry, nodes.list_item, nodes.definition)
        ):
            return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + "\u2026"
    return ""


def add_tags(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Tags in the head of a page: description, and what a messenger shows of a link."""
    # Sphinx gives the title as HTML.
    title = html.fragment_fromstring(context.get("title", ""), "title").text_content()
    words = describe(doctree) or _(
        "{title}: what is known, what is not, and where help is.", title=app.config.project
    )
    site = base_url()
    name = app.config.project
    tags = {
        "og:title": title or name,
        "og:description": words,
        "og:type": "website" if pagename == app.config.root_doc else "article",
        "og:site_name": name,
    }
    # Another language lies in a folder of its own.
    address = f"{site}{'' if language() == 'en' else language() + '/'}{pagename}.html"
    if site:
        tags |= {
            "og:url": address,
            "og:image": site + CARD,
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": name,
        }
    plain = "".join(
        f'<meta property="{key}" content="{escape(value)}" />\n' for key, value in tags.items()
    )
    card = "summary_large_image" if site else "summary"
    canonical = f'<link rel="canonical" href="{escape(address)}" />\n' if site else ""
    context["metatags"] = (
        context.get("metatags", "")
        + f'{canonical}<meta name="description" content="{escape(words)}" />\n'
        f'<meta name="twitter:card" content="{card}" />\n{plain}'
    )


def draw_card(path: Path, title: str) -> None:
    """A picture for previews of links: the title and what the course is."""
    canvas = Canvas(figsize=(12, 6.3), facecolor=LIGHT.paper)
    FigureCanvasAgg(canvas)
    canvas.add_artist(Rectangle((0, 0), 0.03, 1, facecolor=LIGHT.accent, edgecolor="none"))
    canvas.text(
        0.08,
        0.62,
        title.replace(" and ", "\nand "),
        fontsize=54,
        fontweight="bold",
        color=LIGHT.ink,
        va="center",
        linespacing=1.25,
    )
    canvas.text(
        0.08,
        0.3,
        _("What is known, what is not, and who measured it."),
        fontsize=27,
        color=LIGHT.ink,
        va="center",
    )
    canvas.text(
        0.08,
        0.18,
        _("An open course. Nothing for sale."),
        fontsize=27,
        color=LIGHT.accent,
        fontweight="bold",
        va="center",
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.savefig(path, dpi=100, metadata={"Software": None})


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the site map and the other files of the whole site."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    # An older build may have left the index that the course no longer makes.
    (out / "genindex.html").unlink(missing_ok=True)
    draw_card(out / CARD, app.config.project)
    pages = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.html"))
    site = base_url()
    if site:
        # The bare redirection, the search, this page of errors and old addresses are no content.
        listed = [
            page
            for page in pages
            if page not in ("index.html", "search.html", MISSING)
            and not page.startswith(("reports/", "lite/", "_"))
            and not is_old_address(page)
        ]
        entries = "".join(f"  <url><loc>{escape(site + page)}</loc></url>\n" for page in listed)
        (out / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}'
            "</urlset>\n",
            encoding="utf-8",
        )
    (out / "robots.txt").write_text(
        "User-agent: *\nAllow: /\n" + (f"Sitemap: {site}sitemap.xml\n" if site else ""),
        encoding="utf-8",
    )
    (out / MISSING).write_text(
        csp.add_policy(missing_page(app.config.project, urlsplit(site).path or "/"), MISSING),
        encoding="utf-8",
    )


def missing_page(title: str, top: str) -> str:
    """A page for wrong addresses. A server shows it at any depth, so its addresses begin at the top
    of the site; `top` ends with a slash.
    """
    code = language()
    way = ' dir="rtl"' if direction(code) == "rtl" else ""
    about = _(
        "There is no page at this address. From here to help, the law finder and the beginning."
    )
    urgent = escape(_("Help now: whom to call or text"))
    first = escape(_("{title}: the beginning", title=title))
    return f"""<!DOCTYPE html>
<html lang="{tag(code)}"{way}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(_("Page not found"))} - {escape(title)}</title>
<meta name="description" content="{escape(about)}">
<link rel="icon" href="{escape(top)}_static/favicon.svg">
<link rel="stylesheet" href="{escape(top)}_static/missing.css">
</head>
<body>
<main>
<h1>{escape(_("This page is not here"))}</h1>
<p>{escape(_("It may have moved, or the address has a slip of the pen."))}</p>
<p class="first"><a href="{escape(top)}book/help-now.html">{urgent}</a></p>
<ul>
<li><a href="{escape(top)}book/index.html">{first}</a></li>
<li><a href="{escape(top)}book/law-finder.html">{escape(_("Law finder"))}</a></li>
<li><a href="{escape(top)}search.html">{escape(_("Search this course"))}</a></li>
</ul>
</main>
</body>
</html>
"""


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", add_tags)
    # Before the pages are mended, so that what is written here is mended as well.
    app.connect("build-finished", finish, priority=100)
