"""The search finds what people type, tells an emergency first, and is small, private and there
without a server.
"""

import csv
import gzip
import re
from pathlib import Path

import pytest
from conftest import ROOT, until

from kratomcourse.site.postprocess import search_index
from kratomcourse.site.postprocess.search_index import (
    PINNED,
    alternatives,
    encoded,
    plain,
    postings,
    word_table,
    words_of,
    write_search,
)
from kratomcourse.site.postprocess.search_records import Record

PATIENCE = 60_000
MOST = 150_000  # bytes of a first search, compressed
HERE = Path(__file__).parent
RECORDS = [
    Record(
        "a.html", "1.1", "", "On 7-OH", "7\u2011OH and 7-hydroxymitragynine, MGM-15, na\u00efve."
    ),
    Record("a.html#more", "1.1", "On 7-OH", "More", "the liver the liver the liver"),
    Record("g.html#term", "glossary", "", "Selective serotonin", "Short: SSRI. A medicine."),
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
