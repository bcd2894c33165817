"""The book in a real browser: a quiz by keyboard, cards, dark mode, phone width, and no script at
all.
"""

import pytest
from answering import give_letters
from conftest import part_page

pytestmark = [pytest.mark.browser, pytest.mark.site]
CHAPTER = f"{part_page('pharm.o1')}.html"


@pytest.fixture
def open_page(browser, address):
    """Open a page of the book; every request to another host, console error and script error fails
    the test.
    """
    contexts, complaints = [], []

    def go(path=CHAPTER, **settings):
        context = browser.new_context(**({"viewport": {"width": 390, "height": 800}} | settings))
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: (
                request.url.startswith((address, "data:")) or complaints.append(request.url)
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: message.type == "error" and complaints.append(message.text)
        )
        page.goto(f"{address}/{path}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert not complaints


def first_choice(page):
    return page.locator('form.quiz-item[data-kind="choice"]').first


def test_a_quiz_is_answered_by_keyboard_and_tells_why(open_page):
    page = open_page()
    form = first_choice(page)
    wrong = form.locator('[data-option][data-right="false"]').first
    letter, because = (
        wrong.get_attribute("data-option"),
        wrong.locator(".quiz-because").text_content(),
    )
    radios = form.locator("input[type=radio]")
    radios.first.focus()
    for _ in range(radios.count()):
        if form.locator("input:focus").get_attribute("value") == letter:
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert form.locator("button.quiz-check").evaluate("node => node === document.activeElement")
    assert (
        form.locator("button.quiz-check").evaluate("node => getComputedStyle(node).outlineStyle")
        != "none"
    ), "focus is visible"
    page.keyboard.press("Enter")
    result = form.locator(".quiz-result")
    assert (
        result.get_attribute("aria-live") == "polite" and result.get_attribute("role") == "status"
    )
    assert "Not yet" in result.text_content()
    beside = form.locator(f'li:has(input[value="{letter}"]) .quiz-beside')
    assert (
        beside.get_attribute("aria-live") == "polite"
        and because.strip()[:40] in beside.text_content()
    ), "the reason stands beside the option"
    assert form.locator(".quiz-beside:not(:empty)").count() == 1, "and nothing beside the others"
    assert form.locator("details.quiz-answer").get_attribute("open") is None, "the key stays folded"


def test_the_right_answer_is_recognised_after_trying_again(open_page):
    page = open_page()
    form = first_choice(page)
    choose = lambda right: form.locator(
        f'input[value="{form.locator(f"[data-option][data-right={right}]").first.get_attribute("data-option")}"]'
    ).check()
    choose("false")
    form.locator("button.quiz-check").click()
    form.get_by_role("button", name="Try again").click()
    assert form.locator(".quiz-result").text_content() == ""
    choose("true")
    form.locator("button.quiz-check").click()
    assert "Right." in form.locator(".quiz-result").text_content()


def test_an_empty_answer_is_asked_for_kindly(open_page):
    form = first_choice(open_page())
    form.locator("button.quiz-check").click()
    assert "give an answer first" in form.locator(".quiz-result").text_content()


def test_every_kind_of_question_takes_its_key(open_page):
    page = open_page()
    for form in page.locator("form.quiz-item").all():
        kind = form.get_attribute("data-kind")
        if kind in ("choice", "choices"):
            for row in form.locator('[data-option][data-right="true"]').all():
                form.locator(f'input[value="{row.get_attribute("data-option")}"]').check()
        elif kind == "number":
            form.locator("input").fill(form.locator(".quiz-key").get_attribute("data-value"))
        elif kind in ("order", "match"):
            letters = form.locator(".quiz-key").get_attribute("data-letters").split()
            give_letters(form, letters)
        else:
            continue
        form.locator("button.quiz-check").click()
        assert "Right." in form.locator(".quiz-verdict").text_content(), form.get_attribute(
            "data-item"
        )


def test_a_number_shows_its_fact_on_focus_and_escape_closes_it(open_page):
    page = open_page()
    link = page.locator(".fact a.fact-number").first
    link.focus()
    card = page.locator("#fact-card")
    card.get_by_text("as of 20").wait_for()
    assert link.get_attribute("aria-describedby") == "fact-card"
    page.keyboard.press("Escape")
    assert not card.is_visible()


def test_nothing_is_wider_than_a_small_phone(open_page):
    page = open_page(viewport={"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_figures_follow_the_colour_mode(open_page, mode):
    page = open_page(color_scheme=mode)
    page.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
    inks = page.locator(".course-pictures svg text.f-ink").evaluate_all(
        "all => [...new Set(all.map(text => getComputedStyle(text).fill))]"
    )
    assert inks == ["rgb(26, 42, 48)" if mode == "light" else "rgb(237, 235, 228)"]
    assert page.locator(".course-figure figcaption").first.is_visible()


def test_without_javascript_a_question_unfolds_its_answer(open_page):
    page = open_page(java_script_enabled=False)
    form = first_choice(page)
    assert (
        form.locator("legend").is_visible() and not form.locator("button.quiz-check").is_visible()
    )
    assert not form.locator(".quiz-because").first.is_visible()
    form.locator("details.quiz-answer summary").click()
    assert form.locator(".quiz-because").first.is_visible()


def test_without_javascript_a_figure_is_one_picture_in_the_colours_of_the_paper(open_page):
    page = open_page(java_script_enabled=False)
    pictures = page.locator(".course-figure").first.locator("svg[role=img]")
    assert [one.is_visible() for one in pictures.all()].count(True) == 1
    look = page.locator("body").evaluate("body => getComputedStyle(body).fontFamily")
    assert "Public Sans" in look


def test_paper_has_the_key_of_questions_that_nobody_came_near(open_page):
    page = open_page()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".quiz-sheet .quiz-because").count() > 3
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator(".quiz-sheet").count()


def test_help_is_one_click_away(open_page):
    for path in ("book/index.html", CHAPTER, "book/for-instructors.html"):
        page = open_page(path)
        page.locator("a.help-link").last.click()
        assert page.url.endswith("book/help-now.html") and "988" in page.content()
