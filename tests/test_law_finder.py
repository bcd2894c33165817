"""The law finder answers a question about a place, at any width, with storage blocked, and without
a script.
"""

import re

import pytest
from conftest import until

from kratomcourse.evidence import load_table
from kratomcourse.evidence.tables import load_rows
from kratomcourse.site.sphinx import law_cards
from kratomcourse.site.sphinx.law_places import ACTS, LEAF_WORDS, SEVEN_OH_WORDS, TILE, load_places

FINDER = "book/law-finder.html"
PATIENCE = 60_000
PLACES = load_places()
# What people type, and the card that opens.
ASKED = [
    ("Tennessee", "us-tn"),
    ("Washington DC", "us-dc"),
    ("washington d.c.", "us-dc"),
    ("Columbus, Ohio", "us-oh"),
    ("columbus oh", "us-oh"),
    ("Columbus, GA", "us-ga"),
    ("Nashville", "us-tn"),
    ("Bangkok", "tha"),
    ("Kuala Lumpur", "mys"),
    ("alabma", "us-al"),
    ("tenessee", "us-tn"),
    ("massachusets", "us-ma"),
    ("Bankok", "tha"),
    ("is it legal to carry kratom in Alabama?", "us-al"),
    ("can I buy 7-OH in texas", "us-tx"),
    ("San Diego", "ul-001"),
    ("st louis", "us-mo"),
    ("UK", "gbr"),
    ("Bali", "idn"),
    ("Zürich", "che"),
    ("NH", "us-nh"),
    ("A village nobody knows, Iowa", "us-ia"),
]


@pytest.fixture
def page(browser, address):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, reduced_motion="reduce", service_workers="block"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/{FINDER}")
    yield page
    context.close()


def look_up(page, words):
    page.locator("#law-place").fill(words)
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.law-status').textContent")


def test_every_word_of_the_tables_has_words_for_readers():
    for place in PLACES:
        assert place.leaf in LEAF_WORDS and place.seven_oh in SEVEN_OH_WORDS, place.anchor
        assert all(
            place.may(act, product) in law_cards.ANSWERS
            for act in ACTS
            for product in ("leaf", "7oh")
        ), place.anchor
        if place.table == "us_states":
            assert place.leaf in TILE and place.seven_oh in TILE
        if place.get("disputed") != "no":
            assert place.get("disputed") in law_cards.DISPUTED
    for source in load_rows("law_sources"):
        assert source.kind in law_cards.KINDS and source.date_is in law_cards.DATE_IS
        assert set(filter(None, source.supports.split(";"))) <= set(law_cards.SUPPORTS)


def test_every_name_of_a_place_belongs_to_a_row():
    anchors = {place.anchor[4:] for place in PLACES}
    names = load_table("place_names")
    assert set(names["belongs_to"]) - {""} <= anchors
    assert set(names.loc[names["belongs_to"] == "", "kind"]) == {"country"}
    assert not names.duplicated(["name", "belongs_to"]).any()
    assert not names["name"].str.contains("[,;]").any(), "the script separates names by them"
    # Each state has its capital or another town, and each country one.
    towns = names[names["kind"] == "town"]
    assert {anchor for anchor in anchors if not anchor.startswith("ul-")} - {"usa", "us-pr"} <= set(
        towns["belongs_to"]
    )


@pytest.mark.site
def test_every_row_of_law_has_its_card_with_its_own_sources(site):
    html = (site / FINDER).read_text(encoding="utf-8")
    cards = dict(re.findall(r'<article class="law-card" id="([^"]+)">(.*?)</article>', html, re.S))
    assert set(cards) == {place.anchor for place in PLACES}
    rows = load_table("law_sources")
    for place in PLACES:
        card = cards[place.anchor]
        mine = rows[(rows["place_table"] == place.table) & (rows["place_id"] == place.row_id)]
        assert card.count('<li><a href="sources.html#work-') + card.count(
            '<li><a href="https://'
        ) == len(mine), place.anchor
        assert card.count("<b>official</b>") == (mine["official"] == "yes").sum(), place.anchor
        read = "law-read" in card
        assert read == (mine["official"] == "yes").any(), place.anchor
        assert ("law-dispute" in card) == (place.get("disputed") != "no"), place.anchor
        assert card.count("<tr>") == 6 and "What to check next" in card


@pytest.mark.site
@pytest.mark.browser
def test_a_place_leads_to_its_card(page):
    wrong = []
    for asked, card in ASKED:
        page.evaluate("location.hash = ''")
        look_up(page, asked)
        opened = page.locator(".law-card:visible").evaluate_all("all => all.map(card => card.id)")
        if opened != [f"law-{card}"]:
            wrong.append((asked, opened, page.locator(".law-status").inner_text()))
    assert not wrong, wrong


@pytest.mark.site
@pytest.mark.browser
def test_a_name_of_several_places_asks_which_and_an_unknown_one_says_so(page):
    look_up(page, "Columbus")
    offered = page.locator(".law-found a").all_inner_texts()
    assert offered[0] == "Columbus, Ohio" and "Columbus, Indiana" in offered
    assert not page.locator(".law-card:visible").count(), "none is chosen for the reader"
    page.locator(".law-found a", has_text="Columbus, Indiana").click()
    card = page.locator("#law-us-in")
    assert card.is_visible() and "Columbus is in Indiana" in card.inner_text()
    look_up(page, "Xyzzyville")
    assert "does not mean that there is no rule" in page.locator(".law-status").inner_text()
    look_up(page, "Norwya")
    assert page.locator("#law-nor").is_visible()
    look_up(page, "Kenya")
    assert "haven\u2019t looked at this country" in page.locator(".law-found").inner_text()


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280, 1366, 1920])
def test_nothing_is_cut_at_any_width(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    look_up(page, "Florida")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollHeight") < 20_000
    outside = page.evaluate(
        """() => { const main = document.querySelector("article.bd-article").getBoundingClientRect();
        const aside = document.querySelector(".bd-sidebar-secondary");
        const end = aside && aside.checkVisibility() && aside.getBoundingClientRect().left > main.left ? aside.getBoundingClientRect().left : innerWidth;
        return [...document.querySelectorAll(".law-card:target *, .law-form *, .law-maps *, .law-lists *")].filter(node => node.checkVisibility()
          && (node.getBoundingClientRect().right > end + 1 || node.scrollWidth > node.clientWidth + 2 && getComputedStyle(node).overflowX !== "visible")).map(node => node.outerHTML.slice(0, 90)); }"""
    )
    assert not outside, outside[:3]


@pytest.mark.site
@pytest.mark.browser
def test_tiles_can_be_read_and_tapped_on_the_smallest_phone(browser, address):
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, has_touch=True, service_workers="block"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/{FINDER}")
    assert page.locator("a.tile").count() == 104
    small = page.locator("a.tile").evaluate_all(
        """all => all.filter(tile => { const box = tile.getBoundingClientRect();
        return box.width < 24 || box.height < 24 || parseFloat(getComputedStyle(tile).fontSize) < 12; }).length"""
    )
    assert not small
    page.locator("a.tile[aria-label^='Kansas']").first.tap()
    assert page.locator("#law-us-ks").is_visible()
    context.close()


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize("from_folder", [False, True], ids=["served", "file"])
def test_without_a_script_maps_and_lists_lead_to_each_card(browser, site, address, from_folder):
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto((site / FINDER).as_uri() if from_folder else f"{address}/{FINDER}")
    assert (
        not page.locator(".law-form").is_visible() and not page.locator(".law-card:visible").count()
    )
    for words, card in (("Malaysia", "law-mys"), ("San Diego", "law-ul-001")):
        page.locator(".law-lists a", has_text=words).first.click()
        assert page.locator(".law-card:visible").get_attribute("id") == card
    html = page.content()
    linked = set(re.findall(r'href="#(law-[a-z0-9-]+)"', html))
    assert linked >= {place.anchor for place in PLACES}
    context.close()


@pytest.mark.site
@pytest.mark.browser
def test_from_a_folder_and_with_storage_blocked_the_field_works(browser, site):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('blocked', "
        "'SecurityError'); } });"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((site / FINDER).as_uri())
    look_up(page, "Columbus, Ohio")
    assert page.locator("#law-us-oh").is_visible()
    assert not faults, faults
    context.close()


@pytest.mark.site
@pytest.mark.browser
def test_the_law_of_a_town_takes_two_taps_and_typing(browser, address):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, service_workers="block"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/book/index.html")
    page.locator("article a[href*='law-finder']").first.tap()
    page.locator("#law-place").tap()
    page.keyboard.type("Columbus, Ohio")
    page.keyboard.press("Enter")
    page.locator("#law-us-oh").wait_for()
    context.close()
