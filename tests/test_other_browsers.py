"""The book in Firefox and WebKit: the landing page, a question, the search, Help now, a citation."""

import pytest
from conftest import part_page
from firefox import find_firefox, firefox
from webkit import missing_packages, webkit

pytestmark = [pytest.mark.browser, pytest.mark.site, pytest.mark.slow]
PART = f"{part_page('risk.o2')}.html"


@pytest.fixture(scope="module", params=["Firefox", "WebKit"])
def tab(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "profile"
    if request.param == "Firefox":
        program = find_firefox()
        if not program:
            pytest.skip("Firefox is not installed on this machine (Debian: firefox-esr)")
        with firefox(program, folder) as tab:
            yield tab
        return
    if missing := missing_packages():
        pytest.skip(f"WebKit is not installed on this machine (Debian: {' '.join(missing)})")
    with webkit(folder) as tab:
        yield tab


@pytest.fixture(autouse=True)
def no_faults(tab):
    tab.faults.clear()
    yield
    assert not tab.faults


def test_the_landing_page_fits_a_phone_and_leads_to_the_chapters(tab, address):
    tab.open(f"{address}/book/index.html")
    assert tab.value("document.documentElement.scrollWidth - innerWidth") <= 0
    assert tab.value("document.querySelectorAll('.chapter-card').length") == 8
    assert tab.value(
        "document.fonts.ready.then(() => document.fonts.check('600 20px \"Literata H\"'))"
    )
    tab.click(".chapter-card h3 a")
    tab.until("location.pathname.includes('/notebooks/01-')")


def test_a_question_is_answered_and_says_why(tab, address):
    tab.open(f"{address}/{PART}")
    form = 'form.quiz-item[data-kind="choice"]'
    tab.click(f"{form} label")
    tab.until(f"document.querySelector('{form} input:checked')")
    tab.click(f"{form} .quiz-check")
    tab.until(f"/Right|Not yet/.test(document.querySelector('{form} .quiz-result').textContent)")
    assert len(tab.value(f"document.querySelector('{form}').innerText")) > 100


def test_the_search_finds_as_one_types(tab, address):
    tab.open(f"{address}/{PART}")
    tab.click("button.search-button")
    tab.until("document.querySelector('dialog[open] input')")
    tab.type("naloxone")
    tab.until("document.querySelectorAll('dialog[open] .search-results li').length > 2")


def test_help_now_has_the_button_that_calls_and_the_steps(tab, address):
    tab.open(f"{address}/book/help-now.html")
    top, bottom = tab.value(
        "(() => { const box = document.querySelector('.call-buttons a[href^=\"tel:\"]')"
        ".getBoundingClientRect(); return [box.top, box.bottom]; })()"
    )
    assert 0 <= top < bottom <= 844, "on the first screen of a phone"
    assert tab.value("document.querySelectorAll('ol.first-aid > li').length") >= 3


def test_a_citation_a_report_and_a_picture_are_made_on_the_page(tab, address):
    tab.open(f"{address}/{PART}")
    tab.click(".page-acts [data-act=cite]")
    tab.until(
        "document.querySelector('dialog[open] textarea')?.value.includes('executable course')"
    )
    tab.click("dialog[open] .act-head button")
    tab.click("figure.course-figure [data-act=share]")
    tab.until("document.querySelector('dialog[open] .act-picture')?.naturalWidth > 800")
