"""Help is one tap away on every page: the emergency number of the reader's country, and Help
now.
"""

import json

import pytest
from conftest import part_page

from kratomcourse.site.sphinx.emergency import CODES, emergency_numbers, zones

PAGES = ("book/index.html", f"{part_page('risk.o2')}.html", "book/law-finder.html", "search.html")
HELP = "book/help-now.html"


@pytest.fixture
def phone(browser):
    """Opens a phone in a time zone; what its scripts throw fails the test."""
    contexts, errors = [], []

    def go(zone="America/New_York", width=390, prepare="", **settings):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, timezone_id=zone, **settings
        )
        contexts.append(context)
        context.add_init_script(prepare)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []


def test_every_country_with_a_number_has_its_time_zones():
    numbers = emergency_numbers()
    assert set(numbers) == set(CODES), "a new emergency number needs the codes of its country"
    assert set(zones().values()) == set(numbers)
    found = zones()
    assert found["America/Chicago"] == "United States" and found["Europe/Dublin"] == "Ireland"
    assert "America/Sao_Paulo" not in found and "Europe/Zurich" not in found


@pytest.mark.browser
@pytest.mark.site
@pytest.mark.parametrize(
    ("zone", "number"),
    [
        ("America/Chicago", "911"),
        ("America/Toronto", "911"),
        ("Europe/London", "999"),
        ("Europe/Berlin", "112"),
        ("Australia/Perth", "000"),
        ("Pacific/Auckland", "111"),
        ("Asia/Bangkok", "1669"),
        ("Asia/Jakarta", "119"),
    ],
)
def test_one_tap_calls_the_number_of_the_country_from_every_page(phone, address, zone, number):
    page = phone(zone)
    for name in PAGES:
        page.goto(f"{address}/{name}")
        link = page.locator(".call-now")
        assert link.get_attribute("href") == f"tel:{number}" and number in link.inner_text()
        box = link.bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44
        assert box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 80, "in full view"


@pytest.mark.browser
@pytest.mark.site
def test_the_bar_stays_in_view(phone, address):
    page = phone()
    page.goto(f"{address}/{PAGES[1]}")
    page.evaluate("scrollTo(0, 3000)")
    assert page.locator(".call-now").bounding_box()["y"] < 80


@pytest.mark.browser
@pytest.mark.site
def test_a_country_is_chosen_once_and_kept_in_the_browser_alone(phone, address):
    page = phone("Europe/Zurich")
    page.goto(f"{address}/{PAGES[0]}")
    assert not page.locator(".call-now").is_visible(), "no number where none is known"
    assert page.locator(".help-button").is_visible()
    page.goto(f"{address}/{HELP}")
    page.locator(".call-country select").select_option("Malaysia")
    assert page.locator(".call-buttons a").first.get_attribute("href") == "tel:999"
    for name in PAGES:
        page.goto(f"{address}/{name}")
        assert page.locator(".call-now").get_attribute("href") == "tel:999"
    kept = json.loads(page.evaluate("JSON.stringify({...localStorage})"))
    assert kept == {"course.country": "Malaysia"}


@pytest.mark.browser
@pytest.mark.site
def test_where_nothing_can_be_kept_the_number_is_there_all_the_same(phone, address):
    refuse = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', "
        "'SecurityError'); } })"
    )
    page = phone(prepare=refuse)
    page.goto(f"{address}/{HELP}")
    assert page.locator(".call-now").get_attribute("href") == "tel:911"
    page.locator(".call-country select").select_option("Australia")
    assert page.locator(".call-now").get_attribute("href") == "tel:000"


@pytest.mark.browser
@pytest.mark.site
def test_without_a_script_help_now_leads_to_the_numbers(phone, address):
    page = phone(java_script_enabled=False)
    page.goto(f"{address}/{PAGES[1]}")
    assert not page.locator(".call-now").is_visible()
    page.locator(".help-button").click()
    assert page.locator(".call-emergency[href='tel:911']").first.is_visible()


@pytest.mark.browser
@pytest.mark.site
@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1366])
def test_the_bar_fits_every_width(phone, address, width):
    page = phone(width=width)
    for name in (PAGES[1], HELP):
        page.goto(f"{address}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for box in page.locator(".course-bar > :visible").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.right])"
        ):
            assert -1 <= box[0] and box[1] <= width + 1, (name, box)


@pytest.mark.site
def test_fonts_come_with_their_licences(site):
    folder = site / "_static" / "fonts"
    names = {path.name for path in folder.iterdir()}
    assert {"LICENSE-literata.txt", "LICENSE-public-sans.txt"} <= names
    assert sum(path.stat().st_size for path in folder.glob("*.woff2")) < 55_000
    css = (site / "_static" / "site.css").read_text(encoding="utf-8")
    for path in folder.glob("*.woff2"):
        assert f"url(fonts/{path.name})" in css, path.name
