"""What a reader can do with a page, with a script and without: cite, report, save, print."""

import json
import re
import zipfile
from io import BytesIO

import pytest
from conftest import ROOT, part_page
from pybtex.database import parse_string

from kratomcourse.errors import CourseError
from kratomcourse.evidence import course as course_module
from kratomcourse.evidence import load_course, load_facts, load_references
from kratomcourse.evidence.citations import (
    as_bibtex,
    as_csl,
    as_ris,
    as_text,
    course_work,
    csl_of,
    load_works,
    part_work,
)
from kratomcourse.site.postprocess import actions
from kratomcourse.site.postprocess.footer import with_downloads
from kratomcourse.site.postprocess.page import parse, serialize
from kratomcourse.site.postprocess.without_script import for_no_script
from kratomcourse.site.sphinx.citing import filled_form

PART = f"{part_page('risk.o2')}.html"
PATIENCE = 120_000  # milliseconds; a busy machine is slow, and no test here is about speed
BOTH = {"cite", "report"}


def test_every_work_has_a_citation_that_other_programs_read():
    works = load_works()
    assert set(works) == set(load_references())
    for key, work in works.items():
        entry = parse_string(as_bibtex(work), "bibtex").entries[key]
        assert entry.persons["author"] and entry.fields["year"], key
        record = as_ris(work)
        assert record.startswith("TY  - ") and record.endswith("ER  - \n"), key
        assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in record.splitlines()), key
        assert json.loads(as_csl(work))[0]["id"] == key
        assert work["title"] in as_text(work)


def test_an_article_keeps_its_fields_in_each_form():
    work = load_works()["kruegel2016synthetic"]
    fields = parse_string(as_bibtex(work), "bibtex").entries["kruegel2016synthetic"].fields
    assert (fields["journal"], fields["volume"], fields["pages"], fields["doi"]) == (
        "Journal of the American Chemical Society",
        "138",
        "6754--6764",
        "10.1021/jacs.6b00360",
    )
    assert "SP  - 6754\nEP  - 6764\n" in as_ris(work)
    assert {"family": "Váradi", "given": "András"} in work["author"]
    assert as_text(work).endswith("138(21), 6754-6764. https://doi.org/10.1021/jacs.6b00360")


def test_an_organisation_stays_whole():
    fda = next(work for work in load_works().values() if "literal" in work["author"][0])
    assert f"author = {{{{{fda['author'][0]['literal']}".replace("&", r"\&") in as_bibtex(fda)


def test_the_course_is_cited_with_version_and_year(tmp_path):
    work = course_work(ROOT)
    assert f"version {work['version']}" in as_text(part_work(work, "a", "1.1 A part")).lower()
    with pytest.raises(CourseError, match="CITATION.cff: can't be read as a citation"):
        course_work(tmp_path)
    (tmp_path / "CITATION.cff").write_text("title: x\n", encoding="utf-8")
    with pytest.raises(CourseError, match="authors"):
        course_work(tmp_path)


BIB = r"""
@article{seven,
  author = "One, Ann and Two, Ben and Three, Cem and Four, Dot and Five, Eve and Six, Fay and Seven, Gus",
  title = "A title that ends.", year = "2020", month = "3", journal = "Journal of {R\&D}",
  volume = "5", number = "2", pages = "10--19", doi = "https://doi.org/10.1/a_b", pmid = "123",
  url = "https://example.org/a\_b\%20c\&d"}
@incollection{chapter,
  editor = "van der Berg, Hanna", title = "Does it end?", year = "2019", booktitle = "A Book",
  pages = "7", publisher = "A Press"}
@techreport{report,
  author = "{The Agency}", title = "Costs of 5\% \& more", year = "in press", institution = "Agency"}
@misc{page, author = "{The Agency}", title = "A page", year = "2021", url = "https://example.org"}
@misc{bare, author = "{The Agency}", title = "No address", year = "2021"}
@book{six,
  author = "One, A and Two, B and Three, C and Four, D and Five, E and Six, F", title = "Six!",
  year = "2018", publisher = "A Press", series = "S"}
"""
ENTRIES = parse_string(BIB, "bibtex").entries
WORKS = {key: csl_of(key, entry) for key, entry in ENTRIES.items()}


def test_an_entry_keeps_in_csl_what_it_has_and_nothing_empty():
    assert WORKS["seven"] | {"author": WORKS["seven"]["author"][-1:]} == {
        "id": "seven",
        "type": "article-journal",
        "title": "A title that ends",
        "author": [{"family": "Seven", "given": "Gus"}],
        "issued": {"date-parts": [[2020, 3]]},
        "container-title": "Journal of R&D",
        "volume": "5",
        "issue": "2",
        "page": "10-19",
        "DOI": "10.1/a_b",
        "PMID": "123",
        "URL": "https://example.org/a_b%20c&d",
    }
    assert WORKS["chapter"] == {
        "id": "chapter",
        "type": "chapter",
        "title": "Does it end?",
        "author": [{"family": "van der Berg", "given": "Hanna"}],
        "issued": {"date-parts": [[2019]]},
        "container-title": "A Book",
        "page": "7",
        "publisher": "A Press",
    }
    assert WORKS["report"]["issued"] == {"literal": "in press"}
    assert WORKS["report"]["author"] == [{"literal": "The Agency"}]
    assert {key: work["type"] for key, work in WORKS.items()} == {
        "seven": "article-journal",
        "chapter": "chapter",
        "report": "report",
        "page": "webpage",
        "bare": "document",
        "six": "book",
    }
    entry = parse_string('@misc{a, author="A, B", title="T", year="1", doi="10.1/x"}', "bibtex")
    assert csl_of("a", entry.entries["a"])["URL"] == "https://doi.org/10.1/x"


@pytest.mark.parametrize(
    "key, text",
    [
        (
            "seven",
            "One, Ann; Two, Ben; Three, Cem; Four, Dot; Five, Eve; and others (2020)."
            " A title that ends. Journal of R&D, 5(2), 10-19. https://doi.org/10.1/a_b",
        ),
        (
            "six",
            "One, A; Two, B; Three, C; Four, D; Five, E; Six, F (2018). Six! A Press.",
        ),
        ("chapter", "van der Berg, Hanna (2019). Does it end? In A Book, 7, A Press."),
        ("report", "The Agency (in press). Costs of 5% & more. Agency."),
        ("page", "The Agency (2021). A page. https://example.org"),
        ("bare", "The Agency (2021). No address."),
    ],
)
def test_the_entry_of_a_reference_list_has_what_the_work_has(key, text):
    assert as_text(WORKS[key]) == text


COURSE = {
    "title": "The Course",
    "author": [{"family": "Doe", "given": "Jo"}],
    "issued": {"date-parts": [[2026, 1, 2]]},
    "version": "3.1",
}


def test_a_part_is_cited_within_its_course_with_version_and_the_day_of_reading():
    part = part_work(COURSE, "cite-a", "1.1 A part", "https://example.org/a")
    assert as_text(part | {"accessed": {"date-parts": [[2026, 3, 14]]}}) == (
        "Doe, Jo (2026). 1.1 A part. In The Course, version 3.1. https://example.org/a"
        " Accessed 2026-03-14."
    )
    assert part["type"] == "chapter" and part["id"] == "cite-a"
    assert "URL" not in part_work(COURSE, "cite-a", "1.1 A part")
    assert as_text(COURSE | {"type": "software"}) == "Doe, Jo (2026). The Course. Version 3.1."


def test_bibtex_has_the_fields_of_the_kind_and_escapes_signs():
    assert as_bibtex(WORKS["report"]) == (
        "@techreport{report,\n  author = {{The Agency}},\n  title = {{Costs of 5\\% \\& more}},\n"
        "  year = {in press},\n  institution = {Agency},\n}\n"
    )
    assert as_bibtex(WORKS["chapter"]) == (
        "@incollection{chapter,\n  author = {van der Berg, Hanna},\n  title = {{Does it end?}},\n"
        "  booktitle = {A Book},\n  year = {2019},\n  pages = {7},\n  publisher = {A Press},\n}\n"
    )
    text = as_bibtex(WORKS["seven"])
    assert "  author = {One, Ann and Two, Ben and " in text and "  pages = {10--19},\n" in text
    assert "  doi = {10.1/a_b},\n" in text and "  number = {2},\n" in text
    read = as_bibtex(WORKS["page"] | {"accessed": {"date-parts": [[2026, 3, 4]]}})
    assert read.startswith("@misc{page,") and "  urldate = {2026-03-04},\n" in read


def test_ris_has_a_line_for_each_field():
    read = as_ris(WORKS["seven"] | {"accessed": {"date-parts": [[2026, 3, 4]]}})
    assert read == (
        "TY  - JOUR\nAU  - One, Ann\nAU  - Two, Ben\nAU  - Three, Cem\nAU  - Four, Dot\n"
        "AU  - Five, Eve\nAU  - Six, Fay\nAU  - Seven, Gus\nTI  - A title that ends\n"
        "T2  - Journal of R&D\nPY  - 2020\nVL  - 5\nIS  - 2\nSP  - 10\nEP  - 19\nDO  - 10.1/a_b\n"
        "UR  - https://example.org/a_b%20c&d\nY2  - 2026/03/04\nER  - \n"
    )
    assert as_ris(WORKS["bare"]).startswith("TY  - GEN\n")
    assert "SP  - 7\nPB  - A Press\n" in as_ris(WORKS["chapter"])


def test_the_course_is_read_from_its_citation_file(tmp_path):
    (tmp_path / "CITATION.cff").write_text(
        "title: T\nversion: 1.10\ndate-released: 2026-01-02\nauthors:\n- name: The Agency\n"
        "- family-names: Doe\n  given-names: Jo\n",
        encoding="utf-8",
    )
    made = {
        "id": "course",
        "type": "software",
        "title": "T",
        "author": [{"literal": "The Agency"}, {"family": "Doe", "given": "Jo"}],
        "issued": {"date-parts": [[2026, 1, 2]]},
        "version": "1.1",
    }
    assert course_work(tmp_path) == made
    with (tmp_path / "CITATION.cff").open("a", encoding="utf-8") as file:
        file.write("url: https://example.org\n")
    assert course_work(tmp_path) == made | {"URL": "https://example.org"}


def test_a_course_without_a_title_or_with_an_edition_is_told_apart(monkeypatch, tmp_path):
    course = read_with(monkeypatch, tmp_path, "")
    assert course.law_first == [] and course.place == "" and not course_module.is_edition()
    path = tmp_path / "course.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    edition = {"law_first": ["TN"], "institution": "A College"}
    path.write_text(json.dumps(settings | {"edition": edition}), encoding="utf-8")
    course = load_course.__wrapped__()
    assert (course.law_first, course.place) == (["TN"], "A College") and course_module.is_edition()
    path.write_text(json.dumps(settings | {"title": "", "slug": ""}), encoding="utf-8")
    with pytest.raises(CourseError, match=r"course.json: title, slug is missing or empty"):
        load_course.__wrapped__()
    path.write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match="course.json: can't be read"):
        load_course.__wrapped__()
    path.unlink()
    assert not course_module.is_edition()


@pytest.mark.parametrize(
    "report", ["", "errors@example.org", "https://example.org/issues/new?labels=mistake"]
)
def test_one_setting_says_where_reports_go(monkeypatch, tmp_path, report):
    assert read_with(monkeypatch, tmp_path, report).report == report


@pytest.mark.parametrize("report", ["http://example.org", "nobody", "a@b@c.org", 7])
def test_an_address_that_cannot_be_one_is_refused_with_its_fix(monkeypatch, tmp_path, report):
    with pytest.raises(CourseError, match="report is neither a mail address nor"):
        read_with(monkeypatch, tmp_path, report)


def read_with(monkeypatch, tmp_path, report):
    settings = json.loads((ROOT / "evidence" / "course.json").read_text(encoding="utf-8"))
    (tmp_path / "course.json").write_text(
        json.dumps(settings | {"report": report}), encoding="utf-8"
    )
    monkeypatch.setattr(course_module, "evidence_dir", lambda: tmp_path)
    return load_course.__wrapped__()


def test_a_form_for_issues_is_filled_in():
    assert (
        filled_form("https://a.org/new", "x y", "b&c") == "https://a.org/new?title=x%20y&body=b%26c"
    )
    assert filled_form("https://a.org/?t={title}&d={body}", "x", "y") == "https://a.org/?t=x&d=y"


def page(body):
    return parse(
        f"<html><head><title>T</title></head><body>{body}</body></html>", "notebooks/a/1.html"
    )


def test_figures_questions_and_parts_have_their_actions_as_plain_links(tmp_path):
    one = page(
        '<h1>T</h1><section class="chapter-head part-head"></section>'
        '<figure class="course-figure" id="figure-f"><figcaption><p>x</p></figcaption>'
        '<svg></svg><p class="figure-data"><a href="a.svg" download="">Picture</a></p></figure>'
        '<form class="quiz-item"></form>'
        '<a class="cite-link" href="c">c</a>'
    )
    actions.offer(one, tmp_path, BOTH)
    text = serialize(one)
    assert text.count('data-act="cite"') == 3 and text.count('data-act="report"') == 3
    assert 'href="../../book/cite.html#cite-a-1"' in text
    assert re.search(r'<a class="act" data-act="share" href="a.svg" download="">', text)
    assert 'data-act="print"' in text and "pst-js-only" in text


def test_a_figure_offers_its_picture_where_it_has_one():
    drawn = page('<figure class="course-figure" id="figure-f"><svg></svg></figure>')
    bare = page('<figure class="course-figure" id="figure-f"><img src="a.png"></figure>')
    for one in (drawn, bare):
        actions.offer(one, ROOT, BOTH)
    assert (
        '<a class="act pst-js-only" data-act="share" href="#figure-f">Save as a picture</a>'
        in serialize(drawn)
    )
    assert "share" not in serialize(bare) and serialize(bare).count('class="act"') == 2
    assert '</a> <a class="act" data-act="report"' in serialize(bare)


def test_the_menu_of_a_part_has_its_data_and_its_sources_where_there_are_some(tmp_path):
    folder = tmp_path / "notebooks" / "04-risk"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(b"x,y\n")
    head = '<h1>4.2 A call<a class="headerlink">#</a></h1><section class="part-head"></section>'
    figure = '<p class="figure-data"><a href="a.csv" download="">Numbers</a></p>'
    name = "notebooks/04-risk/2-a-call.html"

    def made(body):
        one = parse(f"<html><body>{body}</body></html>", name)
        actions.offer(one, tmp_path, BOTH)
        return serialize(one)

    text = made(f'{head}{figure}{figure}<h2 id="sources">Sources</h2>')
    assert 'href="../../downloads/data/04-2-a-call.zip" download=""' in text
    assert "#sources" in text and 'href="../../book/cite.html#cite-04-risk-2-a-call"' in text
    target = tmp_path / "downloads" / "data" / "04-2-a-call.zip"
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == ["README.txt", "a.csv"]
        assert archive.read("README.txt").startswith(b"4.2 A call\n")
        assert {info.date_time for info in archive.infolist()} == {actions.EPOCH}
    before = target.stat().st_mtime_ns
    made(head + figure)
    assert target.stat().st_mtime_ns == before, "the same data are not written again"
    (folder / "a.csv").write_bytes(b"z\n")
    made(head + figure)
    assert target.stat().st_mtime_ns != before
    plain = made(head)
    assert "zip" not in plain and "#sources" not in plain and 'data-act="print"' in plain


def test_a_course_without_the_two_pages_has_no_actions(tmp_path):
    body = '<section class="part-head"></section><form class="quiz-item"></form>'
    one = page(body)
    actions.offer(one, tmp_path, {"cite"})
    assert "data-act" not in serialize(one)


def test_the_menu_gets_the_notebook_once_it_is_there(tmp_path):
    html = '<ul class="more-list"><li>x</li></ul>'
    name = "notebooks/04-risk/2-a-call.html"
    assert with_downloads(html, tmp_path, name) == html
    file = tmp_path / "downloads" / "notebooks" / "04-2-a-call.ipynb"
    file.parent.mkdir(parents=True)
    file.touch()
    linked = with_downloads(html, tmp_path, name)
    assert 'href="../../downloads/notebooks/04-2-a-call.ipynb" download=""' in linked
    assert with_downloads(linked, tmp_path, name) == linked, "and not twice"
    file.unlink()
    assert with_downloads(linked, tmp_path, name) == html


def test_each_rule_for_a_mode_has_a_copy_that_asks_the_device():
    css = for_no_script(
        'a{b:c}html[data-theme="dark"] p,i{c:d}html[data-theme=dark] q{e:f}'
        "@media screen{html[data-theme=light] s{g:h}}"
    )
    dark = "@media screen and (prefers-color-scheme:dark)"
    assert css == (
        'a{b:c}html[data-theme="dark"] p,i{c:d}html[data-theme=dark] q{e:f}'
        f"{dark}{{html[data-theme=auto] p{{c:d}}html[data-theme=auto] q{{e:f}}}}"
        "@media screen{html[data-theme=light] s{g:h}"
        "@media print,not all and (prefers-color-scheme:dark){html[data-theme=auto] s{g:h}}}"
    )


@pytest.mark.site
def test_a_part_has_the_numbers_of_its_figures_in_one_archive(site):
    html = (site / PART).read_text(encoding="utf-8")
    [address] = re.findall(r'href="(?:\.\./)*(downloads/data/[^"]+\.zip)"', html)
    with zipfile.ZipFile(BytesIO((site / address).read_bytes())) as archive:
        names = archive.namelist()
        assert "README.txt" in names and "calls.csv" in names
        assert set(names) - {"README.txt"} == set(re.findall(r"/([\w-]+\.csv)\"", html))


@pytest.mark.site
def test_the_front_page_has_a_figure_with_its_source_and_its_part(site):
    html = (site / "book" / "index.html").read_text(encoding="utf-8")
    [figure] = re.findall(r'<div class="landing-figure">.*?</figure>.*?</div>', html, re.S)
    assert "figure-source" in figure and "4.1 How many people use kratom?" in figure
    for address in re.findall(r'(?:src|href)="([^"#]+)[#"]', figure):
        assert ((site / "book") / address).resolve().exists(), address


@pytest.fixture
def reader(browser, address):
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        service_workers="block",
        permissions=["clipboard-read", "clipboard-write"],
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.goto(f"{address}/{PART}")
    yield page
    context.close()
    assert not faults


@pytest.mark.site
@pytest.mark.browser
def test_the_page_writes_the_same_citations_as_the_build(reader):
    reader.locator(".page-acts [data-act=cite]").click()
    reader.locator("dialog[open] textarea").wait_for()
    works = load_works()
    made = reader.evaluate(
        "works => { const { asText, asBibtex, asRis, asCsl } = window.courseAct.forms;"
        " return works.map(one => [asText(one), asBibtex(one), asRis(one), asCsl(one)]); }",
        list(works.values()),
    )
    for work, (text, bibtex, ris, csl) in zip(works.values(), made, strict=True):
        assert (text, bibtex, ris) == (as_text(work), as_bibtex(work), as_ris(work))
        assert json.loads(csl) == [work]


@pytest.mark.site
@pytest.mark.browser
def test_a_number_is_cited_by_the_work_that_measured_it(reader):
    reader.locator("article a.fact-number").first.hover()
    reader.locator("#fact-card [data-act=cite]").click()
    field = reader.locator("dialog[open] textarea")
    field.wait_for()
    reader.get_by_label("BibTeX").check()
    key = load_facts()["risk-148"].source_key
    assert field.input_value() == as_bibtex(load_works()[key])
    with reader.expect_download() as saved:
        reader.get_by_role("button", name="Save as a file").click()
    assert saved.value.suggested_filename == f"{key}.bib"
    reader.get_by_label("The part in which you read it").check()
    assert "4.2 A call to a poison centre" in field.input_value()


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_figure_is_saved_with_its_title_and_source(reader, mode):
    reader.emulate_media(color_scheme=mode)
    reader.reload()
    reader.locator("figure.course-figure [data-act=share]").first.click()
    reader.locator("dialog[open] .act-picture").wait_for()
    with reader.expect_download() as saved:
        reader.get_by_role("button", name="Save", exact=True).click()
    from PIL import Image

    with Image.open(saved.value.path()) as picture:
        assert picture.format == "PNG" and picture.width >= 1200
        colours = picture.convert("L")
        # Something is written above the drawing and below it.
        edges = [
            colours.crop((0, 0, picture.width, 150)),
            colours.crop((0, picture.height - 150, *picture.size)),
        ]
        assert all(len(set(edge.getdata())) > 20 for edge in edges)
        assert (colours.getpixel((2, 2)) < 60) == (mode == "dark")


@pytest.mark.site
@pytest.mark.browser
def test_without_an_address_a_report_is_a_text_to_copy(reader):
    assert load_course().report == "", "the setting of this copy"
    reader.locator("form.quiz-item [data-act=report]").first.click()
    box = reader.locator("dialog[open]")
    assert "names no address for reports" in box.inner_text()
    box.get_by_label("What is wrong").fill("The key is wrong: see page 3.")
    box.get_by_role("button", name="Copy the report").click()
    box.get_by_text("Copied.").wait_for()
    text = reader.evaluate("navigator.clipboard.readText()")
    item = reader.locator("form.quiz-item").first.get_attribute("data-item")
    assert f"About: question {item}" in text and text.endswith("The key is wrong: see page 3.")


@pytest.mark.site
@pytest.mark.browser
def test_the_actions_work_by_keyboard_and_give_the_focus_back(reader):
    summary = reader.locator(".page-acts summary")
    summary.focus()
    reader.keyboard.press("Enter")
    reader.locator(".more-list").wait_for()
    reader.keyboard.press("Tab")
    assert reader.evaluate("document.activeElement.closest('.more-list') !== null")
    reader.keyboard.press("Escape")
    assert not reader.locator(".more-list").is_visible()
    assert reader.evaluate("document.activeElement.tagName") == "SUMMARY"
    reader.keyboard.press("Shift+Tab")
    reader.keyboard.press("Enter")
    reader.locator("dialog[open] textarea").first.wait_for()
    assert reader.evaluate("document.activeElement.closest('dialog') !== null")
    reader.keyboard.press("Escape")
    assert reader.evaluate("document.activeElement.dataset.act") == "report"


@pytest.mark.site
@pytest.mark.browser
def test_printing_a_part_prints_its_text_and_none_of_its_buttons(reader):
    reader.evaluate("window.print = () => { window.printed = true; }")
    reader.locator(".page-acts summary").click()
    reader.get_by_role("button", name="Print this part").click()
    assert reader.evaluate("window.printed")
    reader.emulate_media(media="print")
    seen = "node => node.checkVisibility()"
    for gone in (".page-acts", "figure.course-figure .acts", ".bd-header", ".bd-sidebar-primary"):
        assert not reader.locator(gone).first.evaluate(seen), gone
    titles = reader.locator("h1").evaluate_all("all => all.filter(one => one.checkVisibility())")
    assert len(titles) == 1, "the title once"
    drawings = reader.locator("figure.course-figure").first.locator("svg")
    shown = drawings.evaluate_all("all => all.filter(one => one.checkVisibility()).length")
    assert shown == 1, "the drawing once, wide or narrow as the paper is"
    assert reader.locator("p.figure-source").first.evaluate(seen)


@pytest.mark.site
@pytest.mark.browser
def test_the_open_dialogs_pass_axe(reader):
    pytest.importorskip(
        "axe_playwright_python",
        reason="axe-playwright-python is not installed; make test installs it",
    )
    from axe_playwright_python.sync_playwright import Axe

    for where in (".page-acts [data-act=cite]", ".page-acts [data-act=report]"):
        reader.locator(where).click()
        reader.locator("dialog[open] textarea").first.wait_for()
        found = Axe().run(reader, context="dialog[open]").response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
        reader.keyboard.press("Escape")


@pytest.mark.site
@pytest.mark.browser
def test_where_the_dialogs_do_not_load_the_links_lead_to_their_pages(browser, address):
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.route("**/act.js*", lambda route: route.abort())
    page.goto(f"{address}/{PART}")
    page.locator(".page-acts [data-act=cite]").click()
    page.wait_for_url("**/book/cite.html#cite-04-risk-2-*")
    assert "4.2 A call to a poison centre" in page.locator(":target").inner_text()
    context.close()


@pytest.mark.site
@pytest.mark.browser
def test_without_a_script_the_links_lead_to_their_pages_and_pages_are_as_dark_as_the_device(
    browser, address
):
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/{PART}")
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == (
        "rgb(17, 24, 26)"
    )
    figure = page.locator(".course-figure").first
    drawings = figure.locator("svg[role=img]").all()
    assert [one.is_visible() for one in drawings].count(True) == 1
    ink = figure.locator("text.f-ink").first.evaluate("text => getComputedStyle(text).fill")
    assert ink == "rgb(237, 235, 228)"
    page.locator(".page-acts summary").click()
    assert not page.get_by_role("button", name="Print this part").is_visible()
    page.get_by_role("link", name="Report a mistake").first.click()
    page.wait_for_url("**/book/report.html")
    assert "names no address" in page.locator(".report-address").inner_text()
    context.close()


@pytest.mark.site
@pytest.mark.browser
def test_from_a_folder_a_page_is_cited_and_a_figure_saved(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto((site / PART).as_uri())
    page.locator(".page-acts [data-act=cite]").click()
    field = page.locator("dialog[open] textarea")
    field.wait_for()
    assert "4.2 A call" in field.input_value() and "file:" not in field.input_value()
    page.keyboard.press("Escape")
    page.locator("figure.course-figure [data-act=share]").first.click()
    with page.expect_download() as download:
        page.locator("dialog[open]").get_by_text("Save", exact=True).click()
    assert download.value.suggested_filename.endswith(".png")
    context.close()
