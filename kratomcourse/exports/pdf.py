"""The book as one PDF: tagged, with bookmarks, alt texts and page numbers; printed by Chromium from one page that holds the whole book."""

import os
import shutil
import tempfile
from pathlib import Path

from lxml import html

from ..language import _, direction, language, tag
from ..problems import CourseError, Problem
from .book import element, front_matter, read_book, settings
from .epub import newest_day

STYLE = Path(__file__).parent / "static" / "print.css"
PAPER = {"a4": "A4", "letter": "Letter"}


def find_chromium():
    """Path of Chromium or Chrome, or None; COURSE_CHROMIUM names another one."""
    return os.environ.get("COURSE_CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)


def write_pdf(root, site, path, paper="a4"):
    """Write the built book at `site` as one PDF file; returns the number of its printed pages.

    paper  : a4 or letter
    raises : CourseError where Chromium is absent, or a page is not built
    """
    chromium = find_chromium()
    if not chromium:
        raise CourseError(Problem("pdf", "Chromium is not installed, and it is what prints the book.", "install the package chromium (or name one in COURSE_CHROMIUM), then run: course export book pdf"))
    if paper not in PAPER:
        raise CourseError(Problem("pdf", f"there is no paper '{paper}'.", "use a4 or letter"))
    from playwright.sync_api import sync_playwright

    page_text, title = print_page(root, site)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        source = Path(folder) / "book.html"
        source.write_text(page_text, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"])
        try:
            page = browser.new_page(java_script_enabled=False)
            page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(("file:", "data:")) else route.abort())
            page.goto(source.as_uri(), timeout=300_000)
            small = "font: 8pt sans-serif; width: 100%; padding: 0 16mm; display: flex; justify-content: space-between"
            page.pdf(
                path=path, format=PAPER[paper], tagged=True, outline=True, print_background=True, display_header_footer=True, header_template="<span></span>",
                footer_template=f'<div style="{small}" dir="{direction(language())}"><span>{title}</span><span class="pageNumber"></span></div>',
                margin={"top": "18mm", "bottom": "20mm", "left": "16mm", "right": "16mm"},
            )  # fmt: skip
        finally:
            browser.close()
    from pypdf import PdfReader

    return len(PdfReader(path).pages)


def print_page(root, site):
    """(HTML of the whole book as one page, its title)."""
    pages = read_book(root, site)
    title, authors = settings(root)
    whole = html.document_fromstring(f'<html lang="{tag(language())}" dir="{direction(language())}"><head><meta charset="utf-8"></head><body></body></html>')
    head, body = whole.find("head"), whole.find("body")
    head.append(element("title", title))
    head.append(element("style", STYLE.read_text(encoding="utf-8")))
    body.append(front_matter(root, title, authors, newest_day(site, pages)))
    body.append(table_of_contents(pages))
    for page in pages:
        for picture in page.body.iter("img"):
            picture.set("src", (Path(site) / picture.get("src")).resolve().as_uri())
        page.body.set("class", f"page {page.stem}")
        body.append(page.body)
    return html.tostring(whole, encoding="unicode", doctype="<!DOCTYPE html>"), title


def table_of_contents(pages):
    nav = element("nav", "", {"class": "contents"})
    nav.append(element("h1", _("Contents")))
    part = None
    for page in pages:
        if page.part != part:
            part = page.part
            if part:
                nav.append(element("p", part, {"class": "part"}))
            entries = element("ul")
            nav.append(entries)
        elif page is pages[0]:
            entries = element("ul")
            nav.append(entries)
        row = element("li")
        row.append(element("a", page.title, {"href": f"#{page.stem}"}))
        entries.append(row)
    return nav
