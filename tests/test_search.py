"""The search finds what people type, tells an emergency first, and is small, private and there
without a server.
"""

import csv
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, until

from kratomcourse.site.postprocess import search_index
from kratomcourse.site.postprocess.page import parse
from kratomcourse.site.postprocess.search_index import (
    PINNED,
    alternatives,
    base36,
    encoded,
    plain,
    postings,
    word_table,
    words_of,
    write_search,
)
from kratomcourse.site.postprocess.search_records import SearchRecord, label_of, records_of

PATIENCE = 60_000
MOST = 150_000  # bytes of a first search, compressed
HERE = Path(__file__).parent
RECORDS = [
    SearchRecord(
        "a.html", "1.1", "", "On 7-OH", "7\u2011OH and 7-hydroxymitragynine, MGM-15, na\u00efve."
    ),
    SearchRecord("a.html#more", "1.1", "On 7-OH", "More", "the liver the liver the liver"),
    SearchRecord("g.html#term", "glossary", "", "Selective serotonin", "Short: SSRI. A medicine."),
]


def queries():
    with (HERE / "search_queries.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def page(browser):
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        reduced_motion="reduce",
        service_workers="block",
        timezone_id="America/New_York",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def opened(page, address):
    """The field of the dialog."""
    page.goto(address)
    page.keyboard.press("Control+k")
    field = page.locator("dialog[open] input")
    field.wait_for()
    page.locator("dialog .search-panel").wait_for(state="attached")
    return field


LINKS = "dialog a[data-first], dialog .search-results a"


def links_for(page, field, asked):
    """Addresses of pinned answers and results, in order."""
    field.fill("")
    until(page, "() => !document.querySelector('dialog .search-body').children.length")
    field.fill(asked)
    until(page, "() => document.querySelector('dialog .search-body').children.length")
    return page.locator(LINKS).evaluate_all("all => all.map(link => link.href)")


def test_codes_and_other_names_are_one_word():
    assert words_of("7-OH, 7\u2011OH, 7OH and 7 OH") == ["7oh", "7oh", "7oh", "and", "7oh"]
    assert words_of("SR-17018 or sr 17018") == ["sr17018", "or", "sr17018"]
    assert plain("Can\u2019t, na\u00efve") == "cant, naive"


def test_the_index_knows_which_record_holds_a_word_how_often():
    found = postings(RECORDS, {"the"})
    assert found["liver"] == {1: 3} and "the" not in found
    assert encoded({0: 1, 40: 3, 41: 1}) == "0,14C,1"


def test_short_names_of_the_glossary_and_the_table_are_alternatives():
    pairs, stop = word_table(ROOT)
    made = alternatives(pairs, RECORDS)
    assert ("ssri", "selective serotonin") in made and ("selective serotonin", "ssri") in made
    assert ("7hydroxy", "7oh") in made and "the" in stop


def test_the_same_records_give_the_same_files(tmp_path):
    versions = {write_search(tmp_path / name, ROOT, RECORDS) for name in ("one", "two")}
    assert len(versions) == 1
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.js")}
        for name in ("one", "two")
    )
    assert one == two and len(one) == 3
    assert write_search(tmp_path / "one", ROOT, RECORDS[:1]) not in versions
    assert len(list((tmp_path / "one").rglob("*.js"))) == 2, "nothing of before is left"


def test_numbers_and_distances_are_written_in_base_36():
    assert [base36(number) for number in (0, 1, 35, 36, 1295, 1296)] == [
        "0",
        "1",
        "z",
        "10",
        "zz",
        "100",
    ]
    assert encoded({}) == "" and encoded({3: 2, 5: 9}) == "3B,2I"


def test_a_word_counts_up_to_nine_and_a_letter_alone_not_at_all():
    record = SearchRecord("a.html", "", "", "A b", "7 " + "leaf " * 12 + "stop é")
    assert postings([record, record], {"stop"}) == {
        "7": {0: 1, 1: 1},
        "leaf": {0: 9, 1: 9},
    }


def test_the_table_of_words_is_split_into_alternatives_and_words_that_say_nothing(tmp_path):
    assert word_table(tmp_path) == ([], [])
    path = tmp_path / search_index.WORDS
    path.parent.mkdir()
    path.write_text("words,means\nhello,kratom leaf\nthe,\n")
    assert word_table(tmp_path) == ([("hello", "kratom leaf")], ["the"])


def test_an_alternative_is_listed_once_and_never_to_itself():
    records = [
        SearchRecord("g.html#a", "glossary", "", "Seven OH", "Short: 7-OH. An alkaloid."),
        SearchRecord("g.html#b", "1.1", "", "Other", "Short: no. Not of the glossary."),
        SearchRecord("g.html#c", "glossary", "", "Same", "Short: same."),
    ]
    assert alternatives([("A b", "C"), ("a B", "c")], records) == [
        ("a b", "c"),
        ("7oh", "seven oh"),
        ("seven oh", "7oh"),
    ]


def test_what_the_search_loads_is_in_the_order_of_the_pages(tmp_path):
    path = tmp_path / search_index.WORDS
    path.parent.mkdir()
    path.write_text("words,means\nthe,\n")
    records = [
        SearchRecord("book/help-now.html", "", "", "Help now", "the one"),
        SearchRecord("a.html", "1.2", "", "A part", "one"),
        SearchRecord("book/help-now.html#b", "", "Help now", "More", "one two two"),
    ]
    version = write_search(tmp_path, tmp_path, records)
    folder = tmp_path / search_index.FOLDER
    script = (folder / "index.js").read_text(encoding="utf-8")
    assert script.startswith("window.courseSearch={") and script.endswith("};\n")
    index = json.loads(script.partition("=")[2].rstrip(";\n"))
    assert index["pages"] == [
        ["book/help-now.html", "", "Help now", 1.5],
        ["a.html", "1.2", "A part", 1],
    ]
    assert index["records"] == [
        [0, "", "Help now", 2],
        [0, "b", "More", 3],
        [1, "", "A part", 1],
    ]
    assert index["words"] == "help more now one part two"
    assert index["found"].split("\n") == ["0", "1", "0", "0,1,1", "2", "1B"]
    assert index["stop"] == "the" and index["alternatives"] == []
    pages = {pin["address"].partition("#")[0] for pin in index["pinned"]}
    assert pages == {"book/help-now.html"} and len(index["pinned"]) == len(PINNED)
    assert (folder / "text-0.js").read_text() == (
        '(window.courseTexts||={})[0]=["the one","one two two"];\n'
    )
    assert (folder / "text-1.js").read_text() == '(window.courseTexts||={})[1]=["one"];\n'
    texts = "\0".join(
        (folder / name).read_text() for name in ("index.js", "text-0.js", "text-1.js")
    )
    assert version == hashlib.sha256(texts.encode()).hexdigest()[:8]
    write_search(tmp_path, tmp_path, records[1:2])
    assert '"pinned":[]' in (folder / "index.js").read_text()


# What a page has to find


def records(body, name="notebooks/04-risk/2-a-call.html"):
    html = f'<article class="bd-article">{body}</article>'
    return records_of(parse(f"<html><body>{html}</body></html>", name))


def test_a_record_is_made_for_each_section_of_a_page():
    found = records(
        '<section id="top"><h1>4.2 A call<a class="headerlink">#</a></h1><p>One , <b>two</b>'
        '<span class="fact-cite">(3)</span>.</p><pre>code</pre><section id="more"><h2>More</h2>'
        '<p>four</p><div class="dataframe">5</div>six</section><section id="empty"><h3>Empty</h3>'
        '</section><section id="none"><p>no heading</p></section><section id="q" class="quiz-item">'
        "<h2>Question</h2><p>x</p></section></section>"
    )
    page = "notebooks/04-risk/2-a-call.html"
    assert found == [
        SearchRecord(page, "4.2", "", "A call", "One, two."),
        SearchRecord(f"{page}#more", "4.2", "A call", "More", "four six"),
    ]
    assert [one.page_title for one in found] == ["A call", "A call"]


def test_words_of_two_blocks_do_not_run_together():
    text = "<section><h1>T</h1><ul><li>a</li><li>b</li></ul><p>c</p>d<i>e</i>f<!-- x -->g</section>"
    assert records(text)[0].text == "a b c defg"


@pytest.mark.parametrize(
    "name, label",
    [
        ("notebooks/04-risk/2-a-call.html", "4.2"),
        ("notebooks/04-risk/index.html", "4"),
        ("notebooks/10-x/12-y.html", "10.12"),
        ("book/index.html", ""),
    ],
)
def test_a_label_says_which_part_it_is(name, label):
    assert label_of(name) == label


@pytest.mark.parametrize(
    "heading, title",
    [
        ("<h1>1.2 Title #</h1>", "Title"),
        ("<h1>7-OH\u00b6</h1>", "7-OH"),
        ("<h1>3 Title</h1>", "Title"),
        ("<h1>2024  in  review</h1>", "in review"),
    ],
)
def test_a_heading_is_its_words(heading, title):
    assert records(f"<section>{heading}<p>x</p></section>")[0].title == title


def test_of_lists_only_the_beginning_is_found_and_of_some_pages_nothing():
    body = "<section><h1>A</h1><p>x</p><section><h2>B</h2><p>y</p></section></section>"
    assert len(records(body)) == 2 and len(records(body, "book/sources.html")) == 1
    assert records(body, "search.html") == [] and records(body, "book/review.html") == []
    assert records_of(parse("<html><body><p>x</p></body></html>", "book/index.html")) == []


def test_each_term_and_each_claim_is_a_record_of_its_own():
    glossary = records(
        "<section><h1>Glossary</h1><p>x</p><section><h2>A</h2><p>y</p></section></section>"
        '<dl><dt id="term-a">A<a class="headerlink">#</a></dt><dd><p>One.</p><p class="term-notes">n'
        '</p></dd><dt>no id</dt><dt id="term-b">B</dt><dt id="term-c">C</dt></dl>',
        "book/glossary.html",
    )
    assert [(one.address, one.label, one.title, one.text) for one in glossary] == [
        ("book/glossary.html", "", "Glossary", "x"),
        ("book/glossary.html#term-a", "glossary", "A", "One."),
        ("book/glossary.html#term-b", "glossary", "B", ""),
        ("book/glossary.html#term-c", "glossary", "C", ""),
    ]
    claims = records(
        '<section><h1>Claims</h1><p>x</p></section><table><tr id="claim-1"><td>C1. It works'
        '<span class="fact-about"> more</span></td><td>No  one knows</td><td>why</td></tr>'
        "<tr><td>x</td></tr></table>",
        "book/claims.html",
    )
    assert claims[1:] == [
        SearchRecord("book/claims.html#claim-1", "claim", "", "It works", "No one knows why")
    ]


def test_there_are_sixty_queries_and_each_is_there_once():
    asked = [query["query"].lower() for query in queries()]
    assert len(asked) == len(set(asked)) == 60


@pytest.mark.site
def test_pinned_answers_and_queries_lead_to_places_that_are_there(site):
    for address in [pin["address"] for pin in PINNED] + [query["first"] for query in queries()]:
        name, _, anchor = address.partition("#")
        if not name.endswith(".html"):  # the beginning of a part's address
            assert list(site.glob(f"{name}*.html")), address
            continue
        html = (site / name).read_text(encoding="utf-8")
        assert not anchor or re.search(rf'id="{re.escape(anchor)}', html), address


@pytest.mark.site
def test_the_site_has_one_search_and_not_sphinxs(site):
    names = {path.name for path in site.rglob("*") if path.is_relative_to(site / "lite") is False}
    assert not names & {"searchindex.js", "searchtools.js", "language_data.js"}
    assert "index.js" in {path.name for path in (site / search_index.FOLDER).iterdir()}
    worker = (site / "sw.js").read_text(encoding="utf-8")
    for name in ("search/index.js", "search/text-0.js", "search-engine.js", "place-names.js"):
        assert f'"_static/{name}"' in worker, "the copy to keep brings the search"


@pytest.mark.site
@pytest.mark.browser
def test_at_least_57_of_60_queries_find_first_what_is_meant(page, address):
    field = opened(page, f"{address}/book/index.html")
    wrong = []
    for query in queries():
        found = links_for(page, field, query["query"])
        first = found[0].removeprefix(f"{address}/") if found else ""
        if not first.startswith(query["first"]):
            wrong.append((query["query"], first))
    assert len(wrong) <= 3, wrong


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize(
    "asked", ["liver", "how long does kratom stay in the body", "Columbus, Ohio", "hepatotoxicty"]
)
def test_nothing_is_loaded_before_and_a_first_search_is_small(page, address, site, asked):
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{address}/book/index.html", wait_until="networkidle")
    before = len(loaded)
    assert not [url for url in loaded if "search/" in url or "search-" in url or "place" in url]
    page.keyboard.press("Control+k")
    page.locator("dialog .search-panel").wait_for(state="attached")
    page.locator("dialog[open] input").fill(asked)
    page.locator("dialog .search-body a").first.wait_for()
    page.wait_for_load_state("networkidle")
    files = {url.removeprefix(f"{address}/").partition("?")[0] for url in loaded[before:]}
    assert files and all((site / file).exists() for file in files), "the same host alone"
    size = sum(len(gzip.compress((site / file).read_bytes(), 6)) for file in files)
    assert size <= MOST, f"{size} bytes in {len(files)} files"


@pytest.mark.site
@pytest.mark.browser
def test_an_emergency_comes_first_with_the_number_to_call(page, address):
    field = opened(page, f"{address}/book/index.html")
    links_for(page, field, "my friend can't wake up")
    pin = page.locator("dialog .search-body > *").first
    assert "search-emergency" in pin.get_attribute("class")
    assert pin.locator("a.search-call").get_attribute("href") == "tel:911"
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/help-now.html*")


@pytest.mark.site
@pytest.mark.browser
def test_a_place_has_its_answer_in_the_result_and_leads_to_its_card(page, address):
    field = opened(page, f"{address}/notebooks/04-risk/index.html")
    links_for(page, field, "is kratom legal in Tennessee")
    assert "Leaf is banned" in page.locator("dialog .search-law").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/law-finder.html#law-us-tn")
    assert page.locator("#law-us-tn").is_visible()


@pytest.mark.site
@pytest.mark.browser
def test_results_show_the_words_in_context_and_arrows_choose(page, address):
    field = opened(page, f"{address}/book/index.html")
    links_for(page, field, "liver")
    first = page.locator("dialog .search-results li").first
    first.locator(".search-words mark", has_text=re.compile("liver", re.I)).first.wait_for()
    assert first.locator(".search-label").inner_text() == "4.6"
    page.keyboard.press("ArrowDown")
    assert first.locator("a").evaluate("node => node === document.activeElement")
    page.keyboard.press("ArrowUp")
    assert field.evaluate("node => node === document.activeElement")
    assert re.match(r"\d+ results", page.locator("dialog [role=status]").inner_text())


@pytest.mark.site
@pytest.mark.browser
def test_a_misspelling_says_what_is_shown_and_nothing_found_says_so(page, address):
    field = opened(page, f"{address}/book/index.html")
    assert links_for(page, field, "withdrawel")
    assert "withdrawal" in page.locator("dialog .search-instead").inner_text()
    assert not links_for(page, field, "qqqqqqq")
    assert "Nothing found" in page.locator("dialog .search-none").inner_text()


@pytest.mark.site
@pytest.mark.browser
def test_from_a_folder_with_storage_blocked_it_finds_the_same(page, site):
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('blocked', "
        "'SecurityError'); } });"
    )
    field = opened(page, (site / "notebooks" / "04-risk" / "index.html").as_uri())
    for asked, first in (("livr", "notebooks/04-risk/6-"), ("Bangkok", "law-finder.html#law-tha")):
        assert first in links_for(page, field, asked)[0]
    page.goto(f"{(site / 'search.html').as_uri()}?q=naloxone")
    page.locator(".search-results .search-words mark").first.wait_for()
    assert not faults, faults


@pytest.mark.site
@pytest.mark.browser
def test_where_the_index_does_not_come_one_sentence_says_so_and_a_later_key_tries_again(
    page, address
):
    page.route("**/search/index.js*", lambda route: route.abort())
    page.goto(f"{address}/book/index.html")
    page.keyboard.press("Control+k")
    page.locator("dialog .search-failed", has_text="could not be loaded").wait_for()
    page.unroute("**/search/index.js*")
    page.locator("dialog[open] input").fill("liver")
    page.locator("dialog .search-results a").first.wait_for()
    assert not page.locator("dialog .search-failed").count()


@pytest.mark.site
@pytest.mark.browser
def test_without_a_script_the_page_of_the_search_leads_on(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/search.html?q=liver")
    assert page.locator("main a[href*='help-now']").first.is_visible()
    assert page.locator("main a[href*='glossary']").first.is_visible()
    assert not page.locator("main form.bd-search").is_visible()
    context.close()


@pytest.mark.site
@pytest.mark.browser
def test_the_open_search_passes_axe(browser, address):
    pytest.importorskip("axe_playwright_python", reason="make test installs it")
    from axe import failures

    context = browser.new_context(
        reduced_motion="reduce", service_workers="block", timezone_id="America/New_York"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    for asked in ("overdose", "Ohio", "livr", "qqqqqqq"):
        page.goto(f"{address}/search.html?q={asked}")
        page.locator(".search-body > *").first.wait_for()
        found = failures(page, True)
        assert not found, (asked, found[:3])
    context.close()
