"""What a question on a page does with an answer: it reads it as people mean it, marks what was
chosen, and reveals nothing else.
"""

import json

import pytest
from answering import give_letters
from pydantic import TypeAdapter

from kratomcourse.quiz.bank import AnyItem
from kratomcourse.quiz.html import STATIC, render_items, render_progress

pytestmark = pytest.mark.browser
SHARED = {"objective": "a.o", "level": "understand", "use": ["check"]}
ITEMS = {
    "choices": {
        "kind": "choices",
        "stem": "Which of these are alkaloids of the leaf?",
        "options": [
            {"text": "Mitragynine", "correct": True, "feedback": "It is the main one of them."},
            {"text": "Paynantheine", "correct": True, "feedback": "It is the second of them."},
            {
                "text": "Caffeine",
                "feedback": "That is an alkaloid of coffee.",
                "misconception": "a",
            },
            {"text": "Nicotine", "feedback": "That is one of tobacco leaf.", "misconception": "b"},
        ],
    },
    "choice": {
        "kind": "choice",
        "stem": "Which family does the tree belong to?",
        "options": [
            {"text": "That of coffee", "correct": True, "feedback": "Yes, the coffee family."},
            {"text": "That of poppies", "feedback": "Poppies make morphine.", "misconception": "a"},
            {"text": "That of hemp", "feedback": "Hemp makes cannabinoids.", "misconception": "b"},
        ],
        "explanation": "The family is called Rubiaceae.",
    },
    "percent": {
        "kind": "number",
        "stem": "How many per cent is a quarter of the whole?",
        "value": 25,
        "tolerance": {"absolute": 0.5},
        "unit": "%",
        "feedback": "One of four parts is 25 of 100.",
        "errors": [{"value": 0.25, "feedback": "That is the share.", "misconception": "share"}],
        "hint": "Divide a hundred by four.",
    },
    "plain": {
        "kind": "number",
        "stem": "What share is a quarter of the whole?",
        "value": 0.25,
        "tolerance": {"absolute": 0.005},
        "unit": "",
        "feedback": "One divided by four is 0.25.",
        "errors": [{"value": 4, "feedback": "That is upside down.", "misconception": "inverse"}],
        "hint": "Divide one by four and look.",
    },
    "hours": {
        "kind": "number",
        "stem": "How many hours do 1,500 half-lives of an hour last?",
        "value": 1500,
        "tolerance": {"absolute": 0.5},
        "unit": "h",
        "feedback": "Each of them lasts an hour.",
        "errors": [{"value": 3000, "feedback": "That is twice as much.", "misconception": "twice"}],
        "hint": "Multiply the two numbers.",
    },
    "order": {
        "kind": "order",
        "stem": "Put the steps in order, first to last.",
        "entries": ["Swallow", "Absorb", "Distribute", "Excrete"],
        "feedback": "This is the journey of a drug.",
        "hint": "Think of the gut first.",
    },
    "match": {
        "kind": "match",
        "stem": "Match each word with its meaning.",
        "pairs": [
            {"left": "Affinity", "right": "how tightly", "feedback": "Affinity is about binding."},
            {
                "left": "Efficacy",
                "right": "how much effect",
                "feedback": "Efficacy is what follows.",
            },
            {"left": "Potency", "right": "at which dose", "feedback": "Potency is about the dose."},
        ],
    },
    "code": {
        "kind": "code",
        "stem": "Write `double(x)`, which returns twice its argument.",
        "function": "double",
        "starter": "def double(x):\n    ...",
        "solution": "def double(x):\n    return 2 * x",
        "cases": [{"args": [1], "expected": 2}, {"args": [2], "expected": 4}],
        "feedback": "Twice is two times.",
        "hint": "Multiply it by two.",
    },
}
ADAPTER = TypeAdapter(AnyItem)
MADE = {
    name: ADAPTER.validate_python({"id": f"a.{name}", **SHARED, **item})
    for name, item in ITEMS.items()
}


@pytest.fixture
def quiz(browser):
    """Opens a page with some of the items, at an address of its own so that it can keep results."""
    contexts, errors = [], []

    def go(*names, script=True):
        items = [MADE[name] for name in names or MADE]
        body = render_items(items) + render_progress([("All", items, "")], "Objective")
        style, code = (
            (STATIC / name).read_text(encoding="utf-8") for name in ("quiz.css", "quiz.js")
        )
        page_html = (
            f"<!DOCTYPE html><html lang=en><title>Quiz</title><style>{style}</style>"
            f"<main>{body}</main>" + (f"<script>{code}</script>" if script else "")
        )
        context = browser.new_context(
            viewport={"width": 390, "height": 800}, java_script_enabled=script
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route(
            "http://quiz.test/",
            lambda route: route.fulfill(body=page_html, content_type="text/html; charset=utf-8"),
        )
        page.goto("http://quiz.test/")
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []


def form_of(page, name):
    return page.locator(f'form[data-item="a.{name}"]')


def tick(form, text):
    form.locator(".quiz-options li", has_text=text).locator("input").check()


def check(form):
    form.locator(".quiz-check").click()
    return form.locator(".quiz-result").inner_text()


def kept(page, name):
    return json.loads(page.evaluate("localStorage.getItem('kratomcourse.progress.v1')"))[
        "items"
    ].get(f"a.{name}")


def test_a_wrong_tick_reveals_none_of_the_others(quiz):
    form = form_of(quiz("choices"), "choices")
    tick(form, "Caffeine")
    tick(form, "Mitragynine")
    said = check(form)
    marked = form.locator("li:is(.is-right, .is-wrong)")
    names = sorted(text.split("\n")[0] for text in marked.all_inner_texts())
    assert names == ["Caffeine", "Mitragynine"]
    assert marked.count() == 2 and "alkaloid of coffee" in form.locator("li.is-wrong").inner_text()
    assert (
        "Paynantheine" not in said
        and "second of them" not in form.locator(".quiz-options").inner_text()
    )
    assert "marked with a cross" in said and "missing" in said


def test_a_retry_clears_the_verdict_and_the_wrong_ticks_alone(quiz):
    form = form_of(quiz("choices"), "choices")
    tick(form, "Caffeine")
    tick(form, "Mitragynine")
    check(form)
    form.get_by_role("button", name="Try again").click()
    assert form.locator(".quiz-result").inner_text() == ""
    assert form.locator("input:checked").count() == 1
    assert form.locator("li.is-right").count() == 1 and form.locator("li.is-wrong").count() == 0
    tick(form, "Paynantheine")
    assert "Right." in check(form) and form.locator("li.is-right").count() == 2


def test_right_goes_when_the_answer_is_changed(quiz):
    page = quiz("choice", "percent")
    form = form_of(page, "choice")
    tick(form, "coffee")
    assert "Right." in check(form) and "Rubiaceae" in form.locator(".quiz-result").inner_text(), (
        "with the worked answer after it"
    )
    tick(form, "hemp")
    assert (
        form.locator(".quiz-result").inner_text() == ""
        and form.locator("li:is(.is-right, .is-wrong)").count() == 0
    )
    form = form_of(page, "percent")
    form.locator("input").fill("25")
    assert "Right." in check(form)
    form.locator("input").fill("26")
    assert form.locator(".quiz-result").inner_text() == ""


def test_a_double_click_counts_once(quiz):
    page = quiz("choice")
    form = form_of(page, "choice")
    tick(form, "coffee")
    form.locator(".quiz-check").dblclick()
    form.locator(".quiz-check").click()
    assert kept(page, "choice")["seen"] == 1 and kept(page, "choice")["right"] == 1


@pytest.mark.parametrize(
    ("name", "texts"),
    {
        "percent": [
            "25",
            "25%",
            "25 %",
            "25\u00a0%",
            "25 per cent",
            "25 percent",
            "about 25%",
            "0,25",
            "0.25",
            "1/4",
            "1 / 4",
            "1 in 4",
            "1 of 4",
            "\u00bc",
            "25,0",
            "2.5e1",
            "\u002b25",
        ],
        "plain": ["0.25", "0,25", ".25", "25%", "25 %", "1/4", "1 in 4", "25 in 100"],
        "hours": [
            "1500",
            "1,500",
            "1 500",
            "1\u202f500",
            "1.500,0",
            "1,500.0",
            "1500 h",
            "1500 hours",
            "1500h",
            "about 1500",
        ],
    }.items(),
)
def test_a_number_is_read_as_people_mean_it(quiz, name, texts):
    form = form_of(quiz(name), name)
    for text in texts:
        form.locator("input").fill(text)
        assert "Right." in check(form), text
        form.get_by_role("button", name="Clear").click()


def test_how_a_number_was_read_is_said(quiz):
    page = quiz("percent", "plain")
    for name, text, said in (
        ("percent", "0,25", "Read as 25%."),
        ("percent", "1/4", "Read as 25%."),
        ("plain", "25%", "Read as 0.25."),
        ("percent", "1/5", "Read as 20%."),
    ):
        form = form_of(page, name)
        form.locator("input").fill(text)
        assert said in check(form), text
    form.locator("input").fill("25")
    assert "Read as" not in check(form_of(page, "percent"))


def test_a_wrong_number_stays_wrong_and_its_known_error_is_named(quiz):
    page = quiz("plain", "hours", "percent")
    for name, text, said in (
        ("plain", "4", "upside down"),
        ("plain", "0.26", "Divide one by four"),
        ("hours", "1.5", "Multiply"),
        ("hours", "3000 h", "twice as much"),
        ("percent", "4", "hundred by four"),
    ):
        form = form_of(page, name)
        form.locator("input").fill(text)
        result = check(form)
        assert "Not yet." in result and said in result, text


def test_what_cannot_be_read_is_asked_for_with_its_unit(quiz):
    page = quiz("percent", "plain", "hours")
    for name, text, said in (
        ("percent", "many", "in %, for example 25%"),
        ("plain", "x", "plain number"),
        ("hours", "25%", "in h"),
        ("hours", "1500 mg", "in h"),
        ("hours", "1/0", "in h"),
    ):
        form = form_of(page, name)
        form.locator("input").fill(text)
        result = check(form)
        assert said in result and "Not yet" not in result, text
    assert page.evaluate("localStorage.getItem('kratomcourse.progress.v1')") is None, (
        "and is no answer"
    )


def test_a_hint_stands_before_the_answer(quiz):
    page = quiz("percent", "order", "code", "choice")
    for name, hint in (
        ("percent", "hundred by four"),
        ("order", "gut first"),
        ("code", "Multiply it"),
    ):
        form = form_of(page, name)
        form.locator(".quiz-clue summary").click()
        assert hint in form.locator(".quiz-clue").inner_text()
        assert hint not in form.locator(".quiz-answer").text_content()
    assert form_of(page, "choice").locator(".quiz-clue").count() == 0


def test_an_order_is_made_by_buttons_with_the_keyboard_alone(quiz):
    page = quiz("order")
    form = form_of(page, "order")
    assert "move the items into order first" in check(form)
    key = form.locator(".quiz-key").get_attribute("data-letters").split()
    rows = form.locator(".quiz-order > li")
    first = rows.evaluate_all("rows => rows.map(row => row.dataset.letter)")
    # The row that comes first in the key goes up, step by step; the focus stays with it.
    button = rows.nth(first.index(key[0])).locator(".quiz-up")
    name = button.get_attribute("aria-label")
    if first[0] != key[0]:
        button.focus()
        for _ in range(first.index(key[0])):
            page.keyboard.press("Enter")
        assert rows.first.get_attribute("data-letter") == key[0]
        assert (
            "Swallow" in name
            and "now in place 1 of 4" in form.locator(".quiz-unseen").text_content()
        )
        assert page.evaluate("document.activeElement.closest('li').dataset.letter") == key[0]
    give_letters(form, key)
    assert "Right." in check(form)
    rows.first.locator(".quiz-down").click()
    assert form.locator(".quiz-result").inner_text() == ""
    assert "steps from one to the next are right" in check(form)


def test_an_order_is_made_by_dragging(quiz):
    page = quiz("order")
    form = form_of(page, "order")
    rows = form.locator(".quiz-order > li")
    last = rows.last.get_attribute("data-letter")
    grip, top = rows.last.locator(".quiz-grip").bounding_box(), rows.first.bounding_box()
    page.mouse.move(grip["x"] + 5, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(grip["x"] + 5, top["y"] + 2, steps=12)
    page.mouse.up()
    assert rows.first.get_attribute("data-letter") == last
    assert form.locator("select").first.input_value() == last


def test_a_match_is_made_by_pairs_and_wrong_pairs_name_no_partner(quiz):
    page = quiz("match")
    form = form_of(page, "match")
    assert "give each one its partner" in check(form)
    key = form.locator(".quiz-key").get_attribute("data-letters").split()
    give_letters(form, [key[1], key[0], key[2]])
    said = check(form)
    assert "1 of 3 pairs are right" in said
    assert form.locator("li.is-right").count() == 1 and form.locator("li.is-wrong").count() == 2
    assert "about binding" not in form.locator(".quiz-places").inner_text()
    form.get_by_role("button", name="Try again").click()
    assert form.locator(".quiz-slot.is-empty").count() == 2, "the right pair stays"
    give_letters(form, key)
    assert "Right." in check(form)


def test_a_partner_is_chosen_by_keyboard_and_belongs_to_one(quiz):
    page = quiz("match")
    form = form_of(page, "match")
    slots = form.locator(".quiz-slot")
    slots.first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert not slots.first.evaluate("node => node.classList.contains('is-empty')")
    assert page.evaluate("document.activeElement.className").startswith("quiz-slot"), (
        "the next one has the focus"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert form.locator(".quiz-slot:not(.is-empty)").count() == 1, (
        "the partner went from the first to the second"
    )


def test_of_how_many_is_said_truly(quiz):
    page = quiz("choice", "percent", "code")
    form = form_of(page, "choice")
    tick(form, "coffee")
    assert "1 of the 2 questions here that are checked for you are right" in check(form)
    page = quiz("choice", "percent")
    form = form_of(page, "choice")
    tick(form, "coffee")
    assert "1 of 2 right in this part" in check(form)


def test_who_asks_for_it_is_told_how_sure_and_how_right(quiz):
    page = quiz("choice", "percent", "plain")
    assert page.locator(".quiz-sure").count() == 0
    page.get_by_role("button", name="Ask me how sure I am").click()
    assert page.locator(".quiz-sure").count() == 3
    form = form_of(page, "choice")
    tick(form, "poppies")
    form.get_by_label("Sure", exact=True).check()
    check(form)
    form.get_by_role("button", name="Try again").click()
    tick(form, "coffee")
    check(form)
    assert kept(page, "choice")["sure"] is True and kept(page, "choice")["hit"] is False, (
        "the first try counts"
    )
    form = form_of(page, "percent")
    form.locator("input[type=text]").fill("25")
    form.get_by_label("Not sure").check()
    check(form)
    check(form_of(page, "plain"))
    said = page.locator(".quiz-calibration").inner_text()
    assert (
        said
        == "When you were sure, 0 of 1 answers were right. When you were not sure, 1 of 1 were."
    )
    page.reload()
    assert (
        page.locator(".quiz-sure").count() == 3
        and page.locator(".quiz-calibration").inner_text() == said
    )
    page.get_by_role("button", name="Ask me how sure I am").click()
    assert page.locator(".quiz-sure").count() == 0


def test_without_a_script_every_question_can_be_answered_on_paper_and_its_answer_unfolded(quiz):
    page = quiz(script=False)
    assert page.locator("select").count() == 7 and page.locator(".quiz-entries").first.is_visible()
    assert not page.locator(".quiz-check").first.is_visible()
    page.locator(".quiz-answer summary").first.click()
    assert page.get_by_text("It is the main one of them.").is_visible()
