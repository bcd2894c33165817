"""Every page for everybody: axe-core with WCAG 2.2 A and AA, in light and dark, on a small phone
and on a desk; and by keyboard.
"""

import re

import pytest
from conftest import part_page

pytestmark = [pytest.mark.browser, pytest.mark.site]


PATIENCE = 180_000  # milliseconds; a busy machine is slow, and no test here is about speed


def pages(site):
    """Every page of the site but those that only lead on: at its top, at the top of another
    language, and old addresses.
    """
    fronts = {
        site / "index.html",
        *(path.with_name("index.html") for path in site.glob("*/language.json")),
        *site.glob("notebooks/*.html"),
    }
    return [
        path
        for path in sorted(site.rglob("*.html"))
        if path not in fronts and not path.is_relative_to(site / "lite")
    ]


def told(path, site, failures):
    return [
        f"{path.relative_to(site)}, {failure['setting']}: {failure['rule']} at "
        f"{failure['node']}: {failure['html'][:120]} {failure['why']}"
        for failure in failures
    ]


# One page of each kind that the course makes, in every setting.
KINDS = (
    "404.html",
    "search.html",
    "book/index.html",
    "book/law-finder.html",
    "book/for-instructors.html",
    "notebooks/05-legality/index.html",
    f"{part_page('law.o1')}.html",
)


def axe_on(paths, browser, site, address, quick=True, colours_alone=()):
    pytest.importorskip(
        "axe_playwright_python",
        reason="axe-playwright-python is not installed; make test installs it",
    )
    from axe import failures

    context = browser.new_context(reduced_motion="reduce", service_workers="block")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    found, looks = [], set()
    for path in paths:
        page.goto(f"{address}/{path.relative_to(site).as_posix()}")
        found += told(path, site, failures(page, quick, path in colours_alone, looks))
    context.close()
    assert not found, f"{len(found)} failing nodes:\n" + "\n".join(found[:40])


def test_a_page_of_each_kind_passes_axe_and_every_chapter_has_contrast(browser, site, address):
    whole = [site / name for name in KINDS]
    others = [path for path in sorted((site / "notebooks").glob("*/*.html")) if path not in whole]
    axe_on([*whole, *others], browser, site, address, colours_alone=others)


@pytest.mark.long  # three to five minutes for all pages
def test_no_page_fails_axe_in_any_mode_at_any_width(browser, site, address):
    axe_on(pages(site), browser, site, address)


@pytest.mark.long
def test_contrast_holds_for_every_single_element(browser, site, address):
    axe_on(pages(site), browser, site, address, quick=False)


def test_the_quick_run_finds_what_is_wrong(browser):
    """Otherwise a clean report would mean nothing."""
    from axe import failures

    page = browser.new_page()
    page.set_content(
        '<!doctype html><html lang="en"><head><title>Broken</title></head><body><main>'
        "<h1>Broken</h1>"
        '<p style="color:#999;background:#fff">Too pale to read.</p><p>Clear, with '
        '<a href="#a" style="color:#222;text-decoration:none">a hidden link</a> in it.</p>'
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><button></button></main>'
        "</body></html>"
    )
    rules = {failure["rule"] for failure in failures(page)}
    page.close()
    assert {"color-contrast", "link-in-text-block", "image-alt", "button-name"} <= rules


def test_a_look_is_measured_once_for_all_pages_and_a_new_one_on_its_page(browser):
    from axe import failures

    page, seen = browser.new_page(), set()
    found = []
    for colour in ("#111", "#111", "#aaa", "#aaa"):
        page.set_content(f'<body><p style="color:{colour};background:#fff">Text.</p></body>')
        found.append(len(failures(page, colours_alone=True, seen=seen)))
    page.close()
    assert found == [0, 0, 1, 0]


@pytest.fixture
def desk(browser, site):
    """A page on a desk, for somebody who wants no motion; opens pages of the site by name."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.open = lambda name, query="": page.goto(
        (site / name).as_uri() + query, wait_until="domcontentloaded"
    )
    yield page
    context.close()


def test_headings_are_in_order_and_every_page_has_one_title(site):
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        content = (
            re.search(r"<article\b.*?</article>", text, re.S)
            or re.search(r"<main\b.*?</main>", text, re.S)
        )[0]
        levels = [int(level) for level in re.findall(r"<h([1-6])\b", content)]
        assert levels.count(1) == 1 and levels[0] == 1, f"{path.name}: {levels[:5]}"
        jumps = [(one, two) for one, two in zip(levels, levels[1:]) if two > one + 1]
        assert not jumps, (
            f"{path.name}: a heading of level {jumps[0][1]} under one of level {jumps[0][0]}"
        )


def test_tables_have_headings_and_wide_ones_have_names(site):
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        for table in re.findall(r"<table\b.*?</table>", text, re.S):
            assert re.search(r"<th\b[^>]*scope=", table), (
                f"{path.name}: a table without headings: {table[:200]}"
            )
            assert not re.search(r"<th(?![^>]*scope=)[\s>]", table), (
                f"{path.name}: a heading that does not say of what: {table[:200]}"
            )
        names = re.findall(r'<section class="table-scroll" tabindex="0" aria-label="([^"]+)"', text)
        assert len(names) == len(set(names)) == text.count("table-scroll")


def test_columns_of_a_table_in_a_question_keep_apart_on_a_phone(browser, site):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(PATIENCE)
    measured = 0
    for path in pages(site):
        if not re.search(r'class="quiz-item".*?<table', path.read_text(encoding="utf-8"), re.S):
            continue
        page.goto(path.as_uri())
        gaps = page.evaluate(
            """() => [...document.querySelectorAll(".quiz-item tr")].flatMap(row => {
                const words = [...row.cells].map(cell => {
                    const range = document.createRange();
                    range.selectNodeContents(cell);
                    return range.getBoundingClientRect();
                }).filter(box => box.width);
                return words.slice(1).map((box, n) =>
                    [Math.round(box.left - words[n].right), row.textContent.trim()]);
            })"""
        )
        measured += len(gaps)
        near = [gap for gap in gaps if gap[0] < 8]
        assert not near, f"{path.name}: {near[:3]}"
    page.close()
    assert measured > 100


def test_at_twice_the_size_nothing_is_lost(browser, site):
    """200 % on a window of 1280 is a window of 640."""
    context = browser.new_context(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    for name in (
        "book/index.html",
        "notebooks/04-risk/index.html",
        f"{part_page('risk.o4')}.html",
        "book/law-finder.html",
        "book/help-now.html",
        "book/changes.html",
    ):
        page.goto((site / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, name
        cut = page.evaluate(
            """() => [...document.querySelectorAll("article :is(p, li, h1, h2, h3, td, th, label, legend, button)")].filter(node => node.checkVisibility()
              && node.scrollWidth > node.clientWidth + 2 && ["hidden", "clip"].includes(getComputedStyle(node).overflowX) && node.clientWidth > 2).map(node => node.outerHTML.slice(0, 120))"""
        )
        assert not cut, f"{name}: {cut[:3]}"
    context.close()


def test_who_wants_no_motion_gets_none(desk):
    desk.open(f"{part_page('pharm.o1')}.html")
    moving = desk.evaluate(
        "[...document.querySelectorAll('body *')].filter(node => { const style = "
        "getComputedStyle(node); return parseFloat(style.transitionDuration) > 0 && "
        "style.transitionProperty !== 'none' || style.animationName !== 'none' || "
        "style.scrollBehavior === 'smooth'; }).map(node => node.outerHTML.slice(0, 80))"
    )
    assert not moving, moving[:3]


def test_a_page_is_as_dark_as_the_device_and_paper_is_white(browser, site):
    behind = "getComputedStyle(document.body).backgroundColor"
    for name in (f"{part_page('law.o1')}.html", "notebooks/05-legality/index.html"):
        for scheme in ("dark", "light"):
            page = browser.new_page(color_scheme=scheme)
            page.set_default_timeout(PATIENCE)
            page.goto((site / name).as_uri(), wait_until="domcontentloaded")
            assert page.evaluate("document.documentElement.dataset.theme") == scheme, name
            page.emulate_media(media="print", color_scheme=scheme)
            page.locator("html[data-theme=light]").wait_for(state="attached")
            paper, ink = page.evaluate(
                f"[{behind}, getComputedStyle(document.querySelector('p')).color]"
            )
            assert (
                paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
                and max(map(int, re.findall(r"\d+", ink)[:3])) < 110
            ), (name, scheme, paper, ink)
            page.emulate_media(media="screen", color_scheme=scheme)
            page.locator(f"html[data-theme={scheme}]").wait_for(state="attached")
            page.close()


@pytest.fixture
def phone(browser, site):
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.open = lambda name, query="": page.goto(
        (site / name).as_uri() + query, wait_until="domcontentloaded"
    )
    yield page
    context.close()


@pytest.mark.parametrize(
    "link, words",
    [
        (".fact a.fact-number", "as of 20"),
        ("article p a.fact-cite[href^='#work-'], article p a.fact-cite[href^='#fact-']", "20"),
        ("article p a[href*='glossary.html#term-']", " \u00b7 "),
    ],
    ids=["fact", "work", "term"],
)
def test_a_card_opens_by_touch_and_closes_by_touch_or_escape(phone, link, words):
    phone.open(f"{part_page('pharm.o1')}.html")
    card, link = phone.locator("#fact-card"), phone.locator(link).first
    address = phone.url
    link.tap()
    assert card.is_visible() and words in card.text_content() and phone.url == address
    box = card.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    phone.locator("article h1, article h2").first.dispatch_event("pointerdown")
    assert not card.is_visible()
    link.tap()
    assert card.is_visible()
    phone.keyboard.press("Escape")
    assert not card.is_visible()
    link.tap()
    link.tap()
    phone.wait_for_url(lambda url: url != address)  # the second touch follows the link


def test_three_kinds_of_visitor_find_their_way_on_one_screen_of_a_phone(phone):
    phone.open("book/index.html")
    cards = phone.locator(".ways-in .sd-card")
    assert cards.count() == 3
    last = cards.nth(2).bounding_box()
    assert last["y"] + last["height"] <= 800
