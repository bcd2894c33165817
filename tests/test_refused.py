"""Where the browser refuses to keep anything, every journey still works, and one sentence says what
is lost.
"""

import json
from pathlib import Path

import pytest
from conftest import CHROMIUM, part_page, until

from kratomcourse.errors import CourseError
from kratomcourse.site.postprocess import script_bundle

CHAPTER = f"{part_page('pharm.o1')}.html"
PATIENCE = 120_000  # milliseconds; a busy machine is slow, and no test here is about speed
BLOCKED = """
  const refuse = () => { throw new DOMException("Access is denied for this document.", "SecurityError"); };
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) Object.defineProperty(window, name, { get: refuse });
  Object.defineProperty(Navigator.prototype, "serviceWorker", { get: refuse });
"""
FULL = (
    "Storage.prototype.setItem = () => { throw new DOMException('no room', "
    "'QuotaExceededError'); };"
)
ABSENT = """
  for (const name of ["localStorage", "sessionStorage", "caches"]) Object.defineProperty(window, name, { value: undefined });
  delete Navigator.prototype.serviceWorker;
"""
REFUSALS = {"blocked": BLOCKED, "full": FULL, "absent": ABSENT, "blocked in the settings": None}


@pytest.fixture(params=REFUSALS)
def refusing(request, browser, address, tmp_path):
    """A page of a browser that keeps nothing: (page, errors of its scripts)."""
    settings = {"viewport": {"width": 390, "height": 800}, "reduced_motion": "reduce"}
    script = REFUSALS[request.param]
    if script is None:
        # Chromium with "block all site data", as a reader sets it.
        profile = tmp_path / "profile" / "Default"
        profile.mkdir(parents=True)
        rules = {"profile": {"default_content_setting_values": {"cookies": 2}}}
        (profile / "Preferences").write_text(json.dumps(rules), encoding="utf-8")
        context = browser.browser_type.launch_persistent_context(
            profile.parent,
            executable_path=CHROMIUM,
            headless=True,
            args=["--no-sandbox"],
            **settings,
        )
    else:
        context = browser.new_context(**settings)
        context.add_init_script(script)
    context.set_default_timeout(PATIENCE)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    yield page, errors, request.param
    context.close()


@pytest.mark.browser
@pytest.mark.site
def test_every_journey_works_where_nothing_can_be_kept(refusing, address):
    page, errors, refusal = refusing
    page.goto(f"{address}/{CHAPTER}")
    if refusal == "blocked in the settings":
        refused = "try { localStorage; return false } catch { return true }"
        assert page.evaluate(f"(() => {{ {refused} }})()"), "the setting holds in this browser"

    # A question is answered, and says why.
    form = page.locator('form.quiz-item[data-kind="choice"]').first
    form.scroll_into_view_if_needed()
    form.locator("input").first.check()
    form.locator("button.quiz-check").click()
    form.locator(".quiz-verdict").wait_for()
    assert len(form.locator(".quiz-result").inner_text()) > 60

    # What is said about keeping is true.
    said = page.locator(".course-limits[data-about=kept]")
    said.wait_for(state="attached")
    assert ("no room left" if refusal == "full" else "keeps nothing") in said.text_content()

    # A number shows its fact.
    page.locator(".fact a.fact-number").first.focus()
    page.locator("#fact-card", has_text="as of 20").wait_for()
    page.keyboard.press("Escape")

    # The colours change and change back.
    modes = set()
    for _ in range(3):
        page.evaluate("document.querySelector('.theme-switch-button').click()")
        modes.add(page.evaluate("document.documentElement.dataset.mode"))
    assert modes == {"light", "dark", "auto"}

    # The phone's menu opens.
    page.evaluate("scrollTo(0, 0)")
    page.locator("button.primary-toggle").first.click()
    page.locator("#pst-primary-sidebar-modal[open], #pst-primary-sidebar:visible").first.wait_for()
    page.keyboard.press("Escape")

    # Code can be copied, also behind a fold.
    fold = page.locator("details.hide, details.drawing-code").first
    fold.locator("summary").click()
    fold.get_by_role("button", name="Copy this code").first.click()
    until(
        page,
        "() => [...document.querySelectorAll('.copy-code')].some(one => /Copied|Not "
        "possible/.test(one.textContent))",
    )

    # The search opens by its keys, and finds.
    page.keyboard.press("Control+k")
    page.locator("dialog[open] input").wait_for()
    page.goto(f"{address}/search.html?q=mitragynine")
    page.locator(".search-results li a").first.wait_for()

    # The law finder answers.
    page.goto(f"{address}/book/law-finder.html")
    page.locator("#law-place").fill("tennessee")
    page.keyboard.press("Enter")
    page.locator("#law-us-tn").wait_for()

    # The review page asks.
    page.goto(f"{address}/book/review.html")
    page.get_by_role("button", name="Ask me new questions").click()
    page.locator(".review-item form.quiz-item").wait_for()
    kept = page.locator(".quiz-kept").first.text_content()
    # That there is no room is known only once something was to be written.
    assert refusal == "full" or "Results are kept in this browser" not in kept

    # The privacy page answers its own buttons.
    page.goto(f"{address}/book/privacy.html")
    page.get_by_role("button", name="Remove all that is stored").click()
    until(
        page,
        "() => /gone|did not allow/.test(document.querySelector('.course-offline "
        "[role=status]').textContent)",
    )
    assert errors == []


@pytest.mark.browser
@pytest.mark.site
def test_with_blocked_storage_an_explorer_follows_its_slider(browser, address, site):
    name = next(
        path
        for path in sorted((site / "notebooks").glob("*/[0-9]*.html"))
        if "data-explorer=" in path.read_text(encoding="utf-8")
    )
    context = browser.new_context()
    context.add_init_script(BLOCKED)
    page = context.new_page()
    page.goto(f"{address}/{name.relative_to(site).as_posix()}")
    box = page.locator("[data-explorer]").first
    box.scroll_into_view_if_needed()
    told, slider = box.locator("output"), box.locator("input[type=range]").first
    before = told.inner_text()
    slider.focus()
    page.keyboard.press("End")
    until(page, "([node, text]) => node.textContent !== text", arg=[told.element_handle(), before])
    context.close()


@pytest.mark.browser
@pytest.mark.site
def test_nothing_is_written_by_reading(browser, address):
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    for name in (CHAPTER, "search.html?q=mitragynine", "book/help-now.html", CHAPTER):
        page.goto(f"{address}/{name}")
        page.wait_for_load_state("networkidle")
    assert page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage)]") == [[], []]
    page.evaluate("document.querySelector('.theme-switch-button').click()")
    assert page.evaluate("Object.keys(localStorage)") == ["mode"], (
        "a colour mode that someone chose is kept"
    )
    context.close()


@pytest.mark.browser
@pytest.mark.site
@pytest.mark.parametrize("lost", ["quiz.js", "cards.js"])
def test_a_script_that_does_not_load_is_said_and_the_rest_works(browser, address, lost):
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.route(f"**/_static/{lost}*", lambda route: route.abort())
    page.goto(f"{address}/{CHAPTER}")
    page.get_by_text("Part of this page could not be loaded").wait_for()
    page.keyboard.press("Control+k")
    page.locator("dialog[open] input").wait_for()
    context.close()


@pytest.mark.browser
def test_a_part_of_the_bundle_that_throws_does_not_stop_the_next(browser):
    page = browser.new_page()
    faults = []
    page.expose_function("fault", lambda: faults.append(1))
    page.evaluate("document.addEventListener('course-fault', () => fault())")
    parts = [
        script_bundle.isolated("a.js", "const shared = 1; throw new Error('broken')"),
        script_bundle.isolated("b.js", "const shared = 2;\nfunction two() { return shared; }"),
        "window.end = window.two()",
    ]
    page.evaluate(";".join(parts))
    assert page.evaluate("window.end") == 2 and page.evaluate("window.shared") == 2
    until(page, "() => true")
    assert faults == [1]
    page.close()


def whole():
    parts = dict.fromkeys((script_bundle.FIRST, *script_bundle.THEME), "const a = 1")
    return parts | {script_bundle.KEEPS: 'localStorage.setItem("mode", "dark")'}


def test_a_theme_that_reaches_storage_in_another_way_stops_the_build():
    assert script_bundle.bundle(whole())
    for script in (
        "window.localStorage.getItem('x')",
        "localStorage['x']",
        "indexedDB.open('x')",
        "caches.open('x')",
        "const kept = localStorage",
    ):
        with pytest.raises(CourseError, match="not guarded"):
            script_bundle.bundle(whole() | {"doctools.js": script})


def test_a_bundle_step_that_finds_nothing_to_change_stops_the_build():
    with pytest.raises(CourseError, match="does not use localStorage any more"):
        script_bundle.bundle(whole() | {script_bundle.KEEPS: "nothing"})
    for gone in (script_bundle.FIRST, "doctools.js"):
        with pytest.raises(CourseError, match=gone):
            script_bundle.bundle({name: text for name, text in whole().items() if name != gone})
    with pytest.raises(CourseError, match="not there"):
        script_bundle.replaced("a.js", "one", "two", "three")


def test_no_script_of_ours_goes_round_the_wrapper():
    package = Path(script_bundle.__file__).parents[2]
    own = [
        path
        for folder in ("site/static", "quiz/static")
        for path in (package / folder).glob("*.js")
    ]
    assert len(own) > 8
    for path in own:
        text = path.read_text(encoding="utf-8")
        if path.name in (
            "storage.js",
            "quiz.js",
        ):  # a notebook brings quiz.js alone, so it guards itself
            continue
        for use in ("localStorage", "indexedDB", "window.caches", "navigator.serviceWorker"):
            assert use not in text, f"{path.name}: {use}"
