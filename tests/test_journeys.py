"""What a reader came to do takes few taps: nine journeys on a phone, with their number of taps.

A tap is a press of a finger on something that can be seen; going to an address and typing are none.
"""

import json
import re

import pytest
from conftest import part_page, until
from test_refused import BLOCKED

pytestmark = [pytest.mark.browser, pytest.mark.site]
PATIENCE = 120_000  # milliseconds; a busy machine is slow, and no test here is about speed
LANDING = "book/index.html"
PART = f"{part_page('risk.o2')}.html"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Reader:
    """Someone with a phone; `taps` counts what they pressed."""

    def __init__(self, page, address):
        self.page, self.address, self.taps = page, address, 0

    def opens(self, path):
        self.page.goto(f"{self.address}/{path}")
        self.taps = 0

    def tap(self, target):
        """Tap the first thing that a selector or a locator finds; it has to be seen and free."""
        found = self.page.locator(target) if isinstance(target, str) else target
        found.first.tap()
        self.taps += 1

    def types(self, text):
        self.page.keyboard.type(text)


@pytest.fixture(params=["", BLOCKED], ids=["storage", "storage blocked"])
def reader(request, browser, address):
    """A reader whose browser keeps what pages store, and one whose browser refuses it."""
    context = browser.new_context(
        **PHONE, timezone_id="America/New_York", reduced_motion="reduce", service_workers="block"
    )
    if request.param:
        context.add_init_script(request.param)
    context.set_default_timeout(PATIENCE)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield Reader(page, address)
    context.close()
    assert not faults


@pytest.fixture
def keeping_reader(browser, address):
    """A reader whose browser keeps what pages store and lets them copy."""
    context = browser.new_context(
        **PHONE, service_workers="block", permissions=["clipboard-read", "clipboard-write"]
    )
    context.set_default_timeout(PATIENCE)
    yield Reader(context.new_page(), address)
    context.close()


@pytest.mark.parametrize("path", [LANDING, PART, "book/law-finder.html"])
def test_to_call_for_help_takes_one_tap(reader, path):
    reader.opens(path)
    reader.page.evaluate(
        "document.addEventListener('click', event => {"
        " const link = event.target.closest('a[href^=\"tel:\"]');"
        " if (link) { window.called = link.href; event.preventDefault(); } })"
    )
    reader.tap(".urgent .call-now")
    assert reader.page.evaluate("window.called") == "tel:911" and reader.taps == 1


def test_what_to_do_until_help_comes_takes_one_tap(reader):
    reader.opens(LANDING)
    reader.tap(".urgent .help-button")
    step = reader.page.locator("ol.first-aid > li").first
    step.wait_for()
    box = step.bounding_box()
    assert box["y"] + box["height"] <= 844, "the first step is on the first screen"
    assert reader.taps == 1


def test_the_law_of_a_town_takes_two_taps_and_typing(reader):
    reader.opens(LANDING)
    reader.tap("article a[href*='law-finder']")
    reader.tap("#law-place")
    reader.types("Columbus, Ohio\n")
    reader.page.locator("#law-us-oh").wait_for()
    assert reader.taps == 2


def test_to_find_a_word_takes_two_taps_and_typing(reader):
    reader.opens(LANDING)
    reader.tap("button.search-button")
    reader.page.locator("dialog[open] input").wait_for()
    reader.types("naloxone")
    reader.tap("dialog[open] .search-results a")
    reader.page.wait_for_url(lambda url: "index.html" not in url)
    assert reader.taps == 2


def test_to_continue_takes_one_tap(keeping_reader):
    reader = keeping_reader
    reader.opens(PART)
    reader.tap(".part-tick button")
    reader.opens(LANDING)
    reader.tap(".resume a")
    reader.page.wait_for_url("**/notebooks/04-risk/3-*")
    assert reader.taps == 1


def test_to_answer_a_question_and_learn_why_takes_two_taps(reader):
    reader.opens(PART)
    form = reader.page.locator('form.quiz-item[data-kind="choice"]').first
    reader.tap(form.locator("label"))
    reader.tap(form.locator("button.quiz-check"))
    form.locator(".quiz-verdict").wait_for()
    assert len(form.locator(".quiz-result").inner_text()) > 40
    assert reader.taps == 2


def test_from_a_number_to_the_work_behind_it_takes_two_taps(reader):
    reader.opens(PART)
    reader.tap("article a.fact-number")
    card = reader.page.locator("#fact-card")
    card.get_by_text("as of 20").wait_for()
    reader.tap(card.locator("a[href^='#work-']"))
    until(reader.page, "location.hash.startsWith('#work-')")
    assert reader.page.locator(":target").is_visible()
    assert reader.taps == 2


@pytest.mark.parametrize(
    "place", [".page-acts", "figure.course-figure"], ids=["a part", "a figure"]
)
def test_to_cite_takes_two_taps(keeping_reader, place):
    reader = keeping_reader
    reader.opens(PART)
    reader.tap(f"{place} [data-act=cite]")
    reader.tap("dialog[open] .act-main")
    reader.page.get_by_text("Copied.").wait_for()
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert "(2026)" in copied and "4.2 A call" in copied and "executable course" in copied
    assert reader.taps == 2


def test_to_cite_where_nothing_may_be_copied_takes_one_tap_and_the_text_is_selected(reader):
    reader.opens(PART)
    reader.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    reader.tap(".page-acts [data-act=cite]")
    field = reader.page.locator("dialog[open] textarea")
    field.wait_for()
    selected = "field => field.selectionEnd - field.selectionStart === field.value.length"
    assert field.evaluate(selected) and "4.2 A call" in field.input_value()
    reader.tap("dialog[open] .act-main")
    reader.page.get_by_text("The text is selected").wait_for()
    assert field.evaluate(selected) and reader.taps == 2


REPORTED = {"number": "#fact-card", "figure": "figure.course-figure", "question": "form.quiz-item"}


@pytest.mark.parametrize("kind", [*REPORTED, "page"])
def test_to_report_a_mistake_takes_two_taps(reader, kind):
    """A number's card has to be opened first: three taps."""
    page = reader.page
    page.route("**/cite/about.js*", lambda route: route.fulfill(body=about(route)))
    reader.opens(PART)
    if kind == "number":
        reader.tap("article a.fact-number")
    reader.tap(f"{REPORTED.get(kind, '.page-acts')} [data-act=report]")
    send = page.locator("dialog[open] a.act-main")
    send.wait_for()
    href = send.get_attribute("href")
    assert re.match(r"mailto:reports@example\.org\?subject=[^&]+&body=", href)
    ids = {
        "number": "risk-148",
        "figure": "figure-calls",
        "question": "risk.calls.",
        "page": "notebooks%2F04-risk%2F2-a-call",
    }
    assert ids[kind] in href, "the id is filled in"
    page.evaluate(
        "document.addEventListener('click', event => { if (event.target.closest('.act-main'))"
        " { window.sent = true; event.preventDefault(); } })"
    )
    reader.tap(send)
    assert page.evaluate("window.sent") and reader.taps == (3 if kind == "number" else 2)


def about(route):
    """What the site says of itself, with an address for reports."""
    text = route.fetch().text()
    site = json.loads(text.removeprefix("window.courseAbout=").rstrip().removesuffix(";"))
    return f"window.courseAbout={json.dumps(site | {'report': 'reports@example.org'})};"
