"""Results in the reader's own browser and the review page, in a small course: kept, saved, read,
removed, and asked again when due.
"""

import functools
import gzip
import http.server
import json
import re
import threading

import pytest
from answering import give_letters
from conftest import MINI_PART

from kratomcourse.quiz import html

pytestmark = pytest.mark.browser
CHAPTER, REVIEW = f"{MINI_PART}.html", "book/review.html"
OPENING = "notebooks/01-mini/index.html"
KEY = "kratomcourse.progress.v1"
STRICT = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)


class Strict(http.server.SimpleHTTPRequestHandler):
    """Serves with a policy that lets no inline script run, the theme's own neither."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", STRICT)
        super().end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def pages(built_mini):
    return built_mini / "_build" / "html"


@pytest.fixture(scope="module")
def address(pages):
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Strict, directory=pages)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def reader(browser, address):
    """A reader with a browser of their own; an error of the course's own scripts or a request to
    another host fails the test.
    """
    contexts, complaints = [], []

    def arrive(path=CHAPTER, base=None, prepare="", day=None, **settings):
        context = browser.new_context(**({"viewport": {"width": 390, "height": 800}} | settings))
        contexts.append(context)
        page = context.new_page()
        if day:
            page.clock.set_fixed_time(f"{day}T10:00:00")
        page.on(
            "pageerror",
            lambda error: (
                re.search(r"(quiz|review)\.js", error.stack or "")
                and complaints.append(error.stack)
            ),
        )
        page.on(
            "request",
            lambda request: (
                request.url.startswith((base or address, "data:", "blob:"))
                or complaints.append(request.url)
            ),
        )
        if prepare:
            page.add_init_script(prepare)
        page.goto(f"{base or address}/{path}")
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert not complaints


def give(page, item, right=True):
    """Answer one item of the page and check it."""
    form = page.locator(f'form[data-item="{item}"]')
    kind = form.get_attribute("data-kind")
    if kind == "choice":
        letter = form.locator(
            f'[data-option][data-right="{str(right).lower()}"]'
        ).first.get_attribute("data-option")
        form.locator(f'input[value="{letter}"]').check()
    elif kind == "number":
        form.locator("input[type=text]").fill(
            form.locator(".quiz-key").get_attribute("data-value") if right else "7"
        )
    else:
        letters = form.locator(".quiz-key").get_attribute("data-letters").split()
        give_letters(form, letters if right else letters[::-1])
    form.locator("button.quiz-check").click()
    return form.locator(".quiz-result")


def kept(page):
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')") or "{}").get("items", {})


def open_results(page):
    """Go on to the chapter's opening, where the results stand."""
    page.goto(page.url.replace(CHAPTER, OPENING))


def result_cells(page):
    return page.locator(".quiz-progress tbody td").all_text_contents()


def test_the_script_of_the_quiz_stays_small():
    assert len(gzip.compress((html.STATIC / "quiz.js").read_bytes())) <= 12_000


def test_results_by_objective_follow_each_answer_and_stay(reader):
    page = reader(OPENING)
    assert result_cells(page) == ["0 of 3", "\u2013"]
    at_part = f"{page.url.removesuffix(OPENING)}{CHAPTER}"
    page.goto(at_part)
    result = give(page, "mini.one")
    assert "Right." in result.locator(".quiz-verdict").text_content()
    assert result.locator(".quiz-sum").text_content() == "1 of 3 right in this part."
    open_results(page)
    assert result_cells(page) == ["1 of 3", "1 of 1"]
    page.goto(at_part)
    give(page, "mini.num", right=False)
    open_results(page)
    assert result_cells(page) == ["2 of 3", "1 of 2"]
    page.reload()
    assert result_cells(page) == ["2 of 3", "1 of 2"]
    page.goto(at_part)
    assert "right last time" in page.locator('form[data-item="mini.one"] legend').text_content()
    entry = kept(page)["mini.num"]
    assert set(entry) == {"box", "due", "last", "seen", "right", "share"} and entry["right"] == 0, (
        "how well, and never what was answered"
    )


def test_results_are_saved_removed_and_read_again(reader, tmp_path):
    page = reader()
    give(page, "mini.one")
    open_results(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save my results").click()
    file = tmp_path / "mine.json"
    saved.value.save_as(file)
    before = kept(page)
    wipe = page.locator('[data-do="wipe"]')
    wipe.click()
    assert kept(page) == before and "once more" in page.locator(".quiz-said").text_content(), (
        "one press removes nothing"
    )
    wipe.click()
    assert kept(page) == {} and result_cells(page)[0] == "0 of 3"
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Read 1 results").wait_for()
    assert kept(page) == before and result_cells(page)[0] == "1 of 3"


BROKEN = {
    "{broken off": "is not a progress file",
    "[1, 2]": "not a progress file of this course",
    '{"course": "another", "version": 1, "items": {}}': "not a progress file of this course",
    '{"version": 2, "items": {}}': "another version",
    '{"version": 1, "items": {"mini.one": {"box": 99}}}': "mini.one",
    '{"version": 1, "items": {"<b>x</b>": {}}}': "<b>x</b>",
}


def test_a_broken_file_gets_a_message_and_loses_nothing(reader, tmp_path):
    page = reader()
    give(page, "mini.one")
    open_results(page)
    before = kept(page)
    for number, (text, told) in enumerate(BROKEN.items()):
        file = tmp_path / f"theirs-{number}.json"
        file.write_text(text)
        page.evaluate("document.querySelector('.quiz-said').textContent = ''")
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_text("Nothing was changed.").wait_for()
        assert told in page.locator(".quiz-said").text_content() and kept(page) == before


def test_the_newer_result_of_two_devices_stays(reader, tmp_path):
    page = reader(day="2026-11-27")
    give(page, "mini.one", right=False)
    open_results(page)
    old = {"box": 5, "due": "2026-11-20", "last": "2026-11-04", "seen": 9, "right": 9, "share": 1}
    file = tmp_path / "other.json"
    file.write_text(
        json.dumps(
            {
                "course": "kratom-and-harm-reduction",
                "version": 1,
                "items": {"mini.one": old, "mini.num": old},
            }
        )
    )
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Read 2 results").wait_for()
    assert kept(page)["mini.one"]["last"] == "2026-11-27" and kept(page)["mini.num"] == old


def test_a_reader_can_stop_keeping(reader):
    page = reader()
    at_part = page.url
    give(page, "mini.one")
    open_results(page)
    page.get_by_role("button", name="Stop keeping").click()
    page.goto(at_part)
    give(page, "mini.num")
    open_results(page)
    assert kept(page) == {} and "Nothing is kept" in page.locator(".quiz-kept").text_content()
    page.get_by_role("button", name="Keep my results again").click()
    page.goto(at_part)
    give(page, "mini.num")
    assert list(kept(page)) == ["mini.num"]


NO_STORAGE = (
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', "
    "'SecurityError'); } });"
)


@pytest.mark.parametrize("path", [CHAPTER, REVIEW])
def test_a_browser_that_keeps_nothing_still_asks_and_counts(reader, path):
    page = reader(path, prepare=NO_STORAGE)
    if path == REVIEW:
        page.get_by_role("button", name="Ask me new questions").click()
    told = give(page, "mini.one")
    assert "Right." in told.text_content()
    if path == CHAPTER:
        assert told.locator(".quiz-sum").text_content() == "1 of 3 right in this part."
        open_results(page)
    else:
        assert result_cells(page) == ["1 of 3", "1 of 1"]
    assert "keeps nothing" in page.locator(".quiz-kept").text_content()


def test_what_can_not_be_read_in_the_browser_is_set_aside(reader):
    page = reader(
        prepare=f"if (!localStorage.getItem('{KEY}.unreadable')) localStorage.setItem('{KEY}', 'not "
        "json');"
    )
    give(page, "mini.one")
    assert (
        list(kept(page)) == ["mini.one"]
        and page.evaluate(f"localStorage.getItem('{KEY}.unreadable')") == "not json"
    )


# The boxes


def at(page, day, path=REVIEW):
    page.clock.set_fixed_time(f"{day}T10:00:00")
    page.goto(re.sub(r"/(book|notebooks)/.*", f"/{path}", page.url))


def test_questions_come_back_as_leitners_boxes_say(reader):
    page = reader(REVIEW, day="2026-11-27")
    assert "answered nothing yet" in page.locator(".review-said").text_content()
    page.get_by_role("button", name="Ask me new questions").click()
    assert "comes again on Sunday, November 29" in give(page, "mini.one").text_content()
    page.get_by_role("button", name="Next question").click()
    assert (
        "comes again on Saturday, November 28" in give(page, "mini.num", right=False).text_content()
    )
    at(page, "2026-11-28")
    assert "One question is due today" in page.locator(".review-said").text_content()
    assert page.locator(".review form").get_attribute("data-item") == "mini.num"
    due = []
    for day in ("2026-11-29", "2026-12-03", "2026-12-11", "2026-12-27", "2027-01-12"):
        at(page, day)
        while page.locator(".review form").get_attribute("data-item") != "mini.one":
            give(page, page.locator(".review form").get_attribute("data-item"), right=False)
            page.locator('[data-do="next"]').click()
            page.wait_for_timeout(50)
        give(page, "mini.one")
        due.append((kept(page)["mini.one"]["box"], kept(page)["mini.one"]["due"]))
    assert due == [
        (3, "2026-12-03"),
        (4, "2026-12-11"),
        (5, "2026-12-27"),
        (5, "2027-01-12"),
        (5, "2027-01-28"),
    ]
    at(page, "2027-01-28", CHAPTER)
    give(page, "mini.one", right=False)
    assert kept(page)["mini.one"]["box"] == 1 and kept(page)["mini.one"]["due"] == "2027-01-29"


def test_answering_before_it_is_due_does_not_move_a_question_on(reader):
    page = reader(day="2026-11-27")
    for _ in range(3):
        give(page, "mini.one")
        page.get_by_role("button", name="Clear my answer").click()
    entry = kept(page)["mini.one"]
    assert (entry["box"], entry["due"], entry["seen"]) == (2, "2026-11-29", 3)


def test_review_by_keyboard_moves_on_and_says_so(reader):
    page = reader(REVIEW)
    page.get_by_role("button", name="Ask me new questions").focus()
    page.keyboard.press("Enter")
    page.locator(".review form").wait_for()
    assert page.evaluate("document.activeElement.type") == "radio"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".review .quiz-result").get_attribute("aria-live") == "polite"
    following = page.get_by_role("button", name="Next question")
    following.focus()
    page.keyboard.press("Enter")
    page.locator('form[data-item="mini.num"]').wait_for()
    assert page.evaluate("document.activeElement.closest('form').dataset.item") == "mini.num"
    assert "1 more after this one" in page.locator(".review-said").text_content()


def test_review_works_from_a_disk(reader, pages):
    page = reader(REVIEW, base=pages.as_uri())
    page.get_by_role("button", name="Ask me new questions").click()
    assert "Right." in give(page, "mini.one").text_content()


def test_no_graded_question_is_among_those_of_the_review(pages):
    script = (pages / "_static" / "review" / "01-mini.js").read_text(encoding="utf-8")
    assert "mini.one" in script and "mini.graded" not in script and "secret-key" not in script


@pytest.mark.parametrize("path", [OPENING, REVIEW])
def test_without_javascript_the_page_says_what_it_needs(reader, path):
    page = reader(path, java_script_enabled=False)
    assert (
        page.locator(".quiz-needs-script").first.is_visible()
        and not page.locator(".quiz-desk").is_visible()
    )
    if path == REVIEW:
        page.locator(".review a").first.click()
        assert page.url.endswith(OPENING)


@pytest.mark.parametrize(("path", "mode"), [(CHAPTER, "light"), (REVIEW, "dark")])
def test_quiz_and_results_pass_axe_at_320_px(reader, path, mode):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = reader(path, viewport={"width": 320, "height": 700}, color_scheme=mode, bypass_csp=True)
    page.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
    if path == REVIEW:
        page.get_by_role("button", name="Ask me new questions").click()
        page.locator(".review form").wait_for()
    give(page, "mini.one", right=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    found = axe.run(page, context={"include": [[".quiz"], [".quiz-progress"]]}).response[
        "violations"
    ]
    assert not found, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


def test_every_box_stands_beside_the_first_line_of_its_words(reader):
    page = reader()
    gaps = page.locator(".quiz-options li").evaluate_all(
        """rows => rows.map(row => {
            const box = row.querySelector("input").getBoundingClientRect(), range = document.createRange();
            range.selectNodeContents(row.querySelector("label"));
            const line = range.getClientRects()[0];
            return Math.abs((box.top + box.bottom) / 2 - (line.top + line.bottom) / 2);
        })"""
    )
    assert gaps and max(gaps) <= 3, gaps


def test_on_paper_the_key_stands_apart_after_the_questions(reader):
    page = reader()
    page.emulate_media(media="print")
    assert not page.locator(".quiz-answer").first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    sheet = page.locator(".quiz-sheet")
    assert (
        sheet.is_visible()
        and "Ki is a concentration" in sheet.text_content()
        and sheet.locator("h3").count() == 3
    )
    assert page.evaluate(
        "document.querySelector('.quiz-sheet').compareDocumentPosition([...document.querySelectorAll('form.quiz-item')].pop()) "
        "& 2"
    ), "after the last question"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert sheet.count() == 0
