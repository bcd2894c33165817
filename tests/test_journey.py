"""The way of somebody who has a keyboard alone, and of somebody who comes back."""

import datetime as dt
import json
import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.site]
PATIENCE = 120_000  # milliseconds; a busy machine is slow, and no test here is about speed
MOST_STOPS = 250

# What the eye needs at a stop of the keyboard: a ring round it, and nothing on top of it.
AT_FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node), card = node.closest(".sd-card");
  const ring = of => of.outlineStyle !== "none" && parseFloat(of.outlineWidth) >= 2;
  const shape = card || node;
  const boxes = [...shape.getClientRects()].filter(box => box.width && box.height);
  const seen = boxes.some(box => {
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1), y = box.top + Math.min(box.height / 2, 12);
    const top = document.elementFromPoint(x, y);
    return y >= 0 && y <= innerHeight && top && (shape.contains(top) || top.contains(node) || top.closest("label")?.control === node);
  });
  return { name: node.outerHTML.slice(0, 120), text: node.textContent.trim(), href: node.getAttribute("href") || "", tag: node.tagName, kind: node.type || "",
    ring: ring(style) || style.boxShadow !== "none" || !!card && ring(getComputedStyle(card)), seen };
}"""


@pytest.fixture
def page(browser, address):
    context = browser.new_context(
        viewport={"width": 1000, "height": 700}, reduced_motion="reduce", service_workers="block"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def tab_to(page, wanted):
    """Press Tab until `wanted(stop)`; at each stop on the way the focus can be seen."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(AT_FOCUS)
        if stop is None:
            continue
        assert stop["ring"], f"{page.url}: no ring round {stop['name']}"
        assert stop["seen"], f"{page.url}: the focus is hidden or covered: {stop['name']}"
        if wanted(stop):
            return stop
    raise AssertionError(f"{page.url}: not reached in {MOST_STOPS} stops")


def test_by_keyboard_alone_from_the_landing_page_to_an_answered_question(page, address):
    page.goto(f"{address}/book/index.html")
    page.keyboard.press("Tab")
    stop = page.evaluate(AT_FOCUS)
    assert stop["href"] == "#main-content" and stop["ring"] and stop["seen"], (
        "the first stop leads past the menus"
    )
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    tab_to(page, lambda stop: stop["text"] == "What helps people recover?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/notebooks/07-holistic-recovery/index.html*", wait_until="load")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the menus here too
    tab_to(
        page,
        lambda stop: (
            "/07-holistic-recovery/1-" in (stop["href"] or "")
            or (stop["href"] or "").startswith("1-")
        ),
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/notebooks/07-holistic-recovery/1-*", wait_until="load")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tab_to(page, lambda stop: stop["kind"] == "radio")
    page.keyboard.press("Space")
    form = page.locator("form.quiz-item:focus-within")
    assert form.locator("input:checked").count() == 1
    item = form.get_attribute("data-item")
    tab_to(page, lambda stop: stop["tag"] == "BUTTON" and stop["text"] == "Check my answer")
    page.keyboard.press("Enter")
    result = page.locator(f'form[data-item="{item}"] .quiz-result')
    result.locator(".quiz-verdict").wait_for()
    assert (result.get_attribute("role"), result.get_attribute("aria-live")) == (
        "status",
        "polite",
    ), "it is announced"
    assert re.search(r"Right|Not yet", result.inner_text())


def test_the_law_finder_by_keyboard_alone(page, address):
    page.goto(f"{address}/book/law-finder.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tab_to(page, lambda stop: stop["tag"] == "INPUT" and stop["kind"] in ("search", "text"))
    page.keyboard.type("tennes")
    page.locator(".law-found a", has_text="Tennessee").wait_for()
    tab_to(page, lambda stop: stop["text"] == "Tennessee")
    page.keyboard.press("Enter")
    page.locator("#law-us-tn").wait_for()
    stop = tab_to(page, lambda stop: stop["tag"] == "A")
    assert stop["href"], "the next stop is in the card or after it"


FINDER = "book/law-finder.html"


def days_ago(number):
    return (dt.date.today() - dt.timedelta(days=number)).isoformat()


@pytest.fixture
def finder(page, site, address):
    """Opens the law finder as it would be with changes of other days: [[day, kind, count], ...]."""
    html = (site / FINDER).read_text(encoding="utf-8")

    def go(changes, last_visit=""):
        later = re.sub(
            r"data-days=(['\"]).*?\1", f"data-days='{json.dumps(changes)}'", html, count=1
        )
        assert later != html or changes == []
        page.route(
            f"**/{FINDER}",
            lambda route: route.fulfill(body=later, content_type="text/html; charset=utf-8"),
        )
        if last_visit:
            page.evaluate(
                "day => localStorage.setItem('course.visits', JSON.stringify({ latest: day }))",
                last_visit,
            )
        page.goto(f"{address}/{FINDER}")
        return page.locator(".since")

    return go


def test_nothing_is_noted_of_a_visit_before_someone_asks_and_then_the_day_alone(page, finder):
    notice = finder([[days_ago(1), "law", 1]])
    kept = "localStorage.getItem('course.visits')"
    assert page.evaluate(kept) is None
    notice.get_by_role("button", name="Tell me next time what has changed").click()
    assert set(json.loads(page.evaluate(kept))) == {"latest"}
    notice = finder([[days_ago(1), "law", 1]])
    assert "Since" not in notice.inner_text(), "nor is anything told on the same day"
    notice.get_by_role("button", name="Stop noting my visits").click()
    assert page.evaluate(kept) is None


def test_who_comes_back_is_told_what_changed_since(finder):
    changes = [
        [days_ago(1), "law", 1],
        [days_ago(2), "fact", 3],
        [days_ago(3), "fact", 2],
        [days_ago(40), "help line", 9],
    ]
    finder([])
    told = finder(changes, last_visit=days_ago(9)).inner_text()
    assert (
        "Since your last visit on" in told
        and "one change of a law" in told
        and "5 changes of a fact" in told
        and "help line" not in told
    )
    notice = finder(changes)
    assert notice.inner_text() == told, "within one day it stays to be read"
    assert notice.locator("a").get_attribute("href").endswith("changes.html")
    assert (
        "nothing has changed"
        in finder([[days_ago(40), "law", 1]], last_visit=days_ago(9)).inner_text()
    )
