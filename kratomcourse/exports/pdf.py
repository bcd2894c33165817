"""The book as one tagged PDF with bookmarks, alt texts and page numbers, printed by Chromium."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
from lxml import html

from ..errors import CourseError, Diagnostic
from ..i18n import _, direction, language, tag
from .book_document import BookPage, element, front_matter, read_book, settings
from .epub import newest_day

STYLE = Path(__file__).parent / "static" / "print.css"
PAPER = {"a4": "A4", "letter": "Letter"}


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome, or None; COURSE_CHROMIUM overrides the search."""
    return os.environ.get("COURSE_CHROMIUM") or next(
        filter(
            None,
            map(
                shutil.which,
                ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
            ),
        ),
        None,
    )


def write_pdf(root: Path, site: Path, path: Path, paper: str = "a4") -> int:
    """Write the built book at `site` as one PDF file; return the number of its printed pages.

    paper  : a4 or letter
    raises : CourseError if Chromium is absent, or for a page that isn't built
    """
    chromium = find_chromium()
    if not chromium:
        raise CourseError(
            Diagnostic(
                "pdf",
                "Chromium isn't installed, and it's needed to print the book.",
                "install the package chromium (or set COURSE_CHROMIUM), then run: "
                "course export book pdf",
            )
        )
    if paper not in PAPER:
        raise CourseError(
            Diagnostic("pdf", f"there's no paper size '{paper}'.", "use a4 or letter")
        )
    from playwright.sync_api import sync_playwright

    page_text, title = print_page(root, site)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        source = Path(folder) / "book.html"
        source.write_text(page_text, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
            ],
        )
        try:
            page = browser.new_page(java_script_enabled=False)
            page.route(
                "**/*",
                lambda route: (
                    route.continue_()
                    if route.request.url.startswith(("file:", "data:"))
                    else route.abort()
                ),
            )
            page.goto(source.as_uri(), timeout=300_000)
            page.pdf(
                path=path,
                format=PAPER[paper],
                tagged=True,
                outline=True,
                print_background=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=footer(title),
                margin={"top": "18mm", "bottom": "20mm", "left": "16mm", "right": "16mm"},
            )
        finally:
            browser.close()
    return squeeze(path)


def footer(title: str) -> str:
    """Return the HTML of each page's footer: title and page number."""
    style = (
        "font: 8pt sans-serif; width: 100%; padding: 0 16mm; display: flex; "
        "justify-content: space-between"
    )
    return (
        f'<div style="{style}" dir="{direction(language())}"><span>{title}</span>'
        '<span class="pageNumber"></span></div>'
    )


def squeeze(path: Path) -> int:
    """Compress the file: equal pictures stored once, small objects packed; return its page count.

    Chromium stores each hatched area of a map as a separate picture, and each tag as an object.
    """
    with pikepdf.open(path, allow_overwriting_input=True) as book:
        first: dict[bytes, Any] = {}
        for page in book.pages:
            share_pictures(page.get("/Resources"), first, set())
        number_contents(book)
        count = len(book.pages)
        book.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    return count


def share_pictures(resources: Any, first: dict[bytes, Any], seen: set[Any]) -> None:
    """Replace each picture in a resource dictionary by the first equal one.

    first : {hash: picture}; extended
    seen  : ids of the objects that are done; extended
    """
    if resources is None or resources.objgen in seen:
        return
    if resources.is_indirect:
        seen.add(resources.objgen)
    for kind in ("/XObject", "/Pattern"):
        for name, found in (resources.get(kind) or {}).items():
            if found.get("/Subtype") == "/Image" and "/SMask" not in found:
                key = hashlib.sha256(
                    found.read_raw_bytes() + str(sorted(found.keys())).encode()
                ).digest()
                resources[kind][name] = first.setdefault(key, found)
            elif found.objgen not in seen:
                seen.add(found.objgen)
                share_pictures(found.get("/Resources"), first, seen)


def print_page(root: Path, site: Path) -> tuple[str, str]:
    """Return (HTML of the whole book as one page, its title)."""
    pages = read_book(root, site)
    title, authors = settings(root)
    whole = html.document_fromstring(
        f'<html lang="{tag(language())}" dir="{direction(language())}">'
        '<head><meta charset="utf-8"></head><body></body></html>'
    )
    head, body = whole.find("head"), whole.find("body")
    head.append(element("title", title))
    head.append(element("style", STYLE.read_text(encoding="utf-8")))
    body.append(front_matter(root, title, authors, newest_day(site, pages)))
    body.append(table_of_contents(pages))
    for page in pages:
        for picture in page.body.iter("img"):
            picture.set("src", (Path(site) / picture.get("src")).resolve().as_uri())
        # A name of its own: the page help-now is not a box of the class help-now.
        page.body.set("class", f"page page-{page.stem}")
        body.append(page.body)
    return html.tostring(whole, encoding="unicode", doctype="<!DOCTYPE html>"), title


def table_of_contents(pages: Sequence[BookPage]) -> Any:
    """Return the table of contents as a <nav> element, with a list for each part of the book."""
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


def number_contents(book: Any) -> None:
    """Add page numbers to the table of contents, the second page, once the book is printed."""
    if len(book.pages) < 2:
        return
    contents, places = book.pages[1], destinations(book)
    numbers = {page.objgen: number for number, page in enumerate(book.pages, 1)}
    left, _bottom, right, _top = map(float, contents.mediabox)
    drawn = []
    for link in contents.get("/Annots", []):
        target = link.get("/Dest")
        target = places.get(str(target), target)
        if isinstance(target, pikepdf.Array) and target[0].objgen in numbers:
            drawn.append((float(link["/Rect"][1]) + 3, numbers[target[0].objgen]))
    font = book.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
    )
    name = contents.add_resource(font, pikepdf.Name.Font)
    at = left + 48 if direction(language()) == "rtl" else right - 70
    text = "".join(
        f"BT {name} 10 Tf 1 0 0 1 {at:.1f} {height:.1f} Tm ({number}) Tj ET "
        for height, number in drawn
    )
    # No part of the text for a screen reader, which follows the links.
    # Wrapped, because Chromium leaves its own scale behind.
    contents.contents_add(b"q", prepend=True)
    contents.contents_add(f"Q q /Artifact BMC {text}EMC Q".encode())


def destinations(book: Any) -> dict[str, Any]:
    """Return {name: [page, ...]} of the named destinations in the book."""
    named = book.Root.get("/Dests")
    if named is not None:
        return dict(named.items())
    tree = book.Root.get("/Names", {}).get("/Dests")
    return (
        {} if tree is None else {str(name): place for name, place in pikepdf.NameTree(tree).items()}
    )
