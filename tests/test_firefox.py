"""The book in Firefox: the landing page, a part with a question, the search and Help now work."""

import pytest
from conftest import part_page
from firefox import find_firefox, firefox

pytestmark = [pytest.mark.browser, pytest.mark.site, pytest.mark.slow]
PART = f"{part_page('risk.o2')}.html"


@pytest.fixture(scope="module")
def fox(tmp_path_factory):
    program = find_firefox()
    if not program:
        pytest.skip("Firefox is not installed on this machine (Debian: firefox-esr)")
    with firefox(program, tmp_path_factory.mktemp("firefox") / "profile") as fox:
        yield fox


@pytest.fixture(autouse=True)
def no_faults(fox):
    fox.faults.clear()
    yield
    assert not fox.faults


def test_the_landing_page_fits_a_phone_and_leads_to_the_chapters(fox, address):
    fox.open(f"{address}/book/index.html")
    assert fox.value("document.documentElement.scrollWidth") <= 390
    assert fox.value("document.querySelectorAll('.chapter-card').length") == 8
    assert fox.value(
        "document.fonts.ready.then(() => document.fonts.check('600 20px \"Literata H\"'))"
    )
    fox.click(".chapter-card h3 a")
    fox.until("location.pathname.includes('/notebooks/01-')")


def test_a_question_is_answered_and_says_why(fox, address):
    fox.open(f"{address}/{PART}")
    form = 'form.quiz-item[data-kind="choice"]'
    fox.click(f"{form} label")
    fox.until(f"document.querySelector('{form} input:checked')")
    fox.click(f"{form} .quiz-check")
    fox.until(f"/Right|Not yet/.test(document.querySelector('{form} .quiz-result').textContent)")
    assert len(fox.value(f"document.querySelector('{form}').innerText")) > 100


def test_the_search_finds_as_one_types(fox, address):
    fox.open(f"{address}/{PART}")
    fox.click("button.search-button")
    fox.until("document.querySelector('dialog[open] input')")
    fox.type("naloxone")
    fox.until("document.querySelectorAll('dialog[open] .search-results li').length > 2")


def test_help_now_has_the_button_that_calls_and_the_steps(fox, address):
    fox.open(f"{address}/book/help-now.html")
    top, bottom = fox.value(
        "(() => { const box = document.querySelector('.call-buttons a[href^=\"tel:\"]')"
        ".getBoundingClientRect(); return [box.top, box.bottom]; })()"
    )
    assert 0 <= top < bottom <= 844, "on the first screen of a phone"
    assert fox.value("document.querySelectorAll('ol.first-aid > li').length") >= 3


def test_a_citation_a_report_and_a_picture_are_made_on_the_page(fox, address):
    fox.open(f"{address}/{PART}")
    fox.click(".page-acts [data-act=cite]")
    fox.until(
        "document.querySelector('dialog[open] textarea')?.value.includes('executable course')"
    )
    fox.click("dialog[open] .act-head button")
    fox.click("figure.course-figure [data-act=share]")
    fox.until("document.querySelector('dialog[open] .act-picture')?.naturalWidth > 800")
