"""Pages that are light, private and there without a connection: bytes, policy, icons, the offline
copy.
"""

import base64
import functools
import gzip
import hashlib
import http.server
import io
import json
import re
import threading
from pathlib import Path

import pytest
import sphinx
from conftest import part_page, until
from fontTools.ttLib import TTFont

from kratomcourse.errors import CourseError
from kratomcourse.site.postprocess import csp
from kratomcourse.site.postprocess.css_treeshake import Vocabulary, cut
from kratomcourse.site.postprocess.icon_subset import codepoints, icon_css, icons_of
from kratomcourse.site.postprocess.page import parse, serialize
from kratomcourse.site.publish.redirects import is_old_address

SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S)
# Bytes of the page after the first one, gzipped, without pictures; each exception with its reason.
NEXT = 40_000
HEAVIER = {
    "book/sources.html": 95_000,  # every work of the course; nobody needs it to read a chapter
    # The card of every place with its sources, which grows with each law that is read; nothing more
    # is fetched for an answer, also without a script.
    "book/law-finder.html": 47_000,
}
FIRST = 200_000
CHAPTER = f"{part_page('risk.o2')}.html"


def packed(path):
    return len(gzip.compress(path.read_bytes(), 6))


def pages(site):
    """Name and text of each page that the course makes."""
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if not is_old_address(name) and (
            name.partition("/")[0] in ("book", "notebooks") or "/" not in name
        ):
            yield name, path.read_text(encoding="utf-8")


def fetched(site, name, html):
    """Files that a page asks for at once, without pictures."""
    addresses = re.findall(
        r'<script[^>]*\ssrc="([^"?]+)|<link[^>]*rel="stylesheet"[^>]*href="([^"?]+)', html
    )
    return {
        (
            site / "".join(address).lstrip("/")
            if "".join(address).startswith("/")
            else (site / name).parent / "".join(address)
        ).resolve()
        for address in addresses
    }


@pytest.mark.site
def test_every_page_keeps_its_budget(site):
    shared = {site / "_static" / "site.css", site / "_static" / "site.js"}
    for name, html in pages(site):
        own = packed(site / name)
        files = fetched(site, name, html)
        assert name in ("index.html", "404.html") or shared <= files, name
        rest = sum(map(packed, files))
        if not name.startswith("search"):
            assert own <= HEAVIER.get(name, NEXT), f"{name}: {own} bytes of HTML"
            assert own + rest <= FIRST, f"{name}: {own + rest} bytes at a first visit"


@pytest.mark.site
def test_every_picture_has_its_size_and_waits_until_it_is_near(site):
    for path in (site / "notebooks").glob("*/*.html"):
        for picture in re.findall(
            r'<img [^>]*class="only-[^>]*>', path.read_text(encoding="utf-8")
        ):
            assert (
                re.search(r' width="\d+" height="\d+"', picture) and 'loading="lazy"' in picture
            ), picture[:200]


def test_sphinx_scripts_do_nothing_that_the_policy_forbids():
    """A new release of Sphinx that words them otherwise is found here."""
    for path in sorted((Path(sphinx.__file__).parent / "themes" / "basic" / "static").glob("*.js")):
        script = csp.allowed(path.read_text(encoding="utf-8"), path.name)
        assert not re.search(r"javascript:|new Function|\beval\(", script), path.name
        assert (
            path.name != "sphinx_highlight.js"
            or 'querySelector("button").addEventListener' in script
        )


@pytest.mark.site
def test_every_page_has_a_policy_that_allows_no_more_than_it_holds(site):
    for name, html in pages(site):
        found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', html)
        assert found, name
        assert (
            "default-src 'self'" in found[1] and "unsafe" not in found[1] and "http" not in found[1]
        ), name
        assert (
            html.index("Content-Security-Policy") < html.index("<script")
            if "<script" in html
            else True
        )
        for attributes, script in SCRIPT.findall(html):
            if "src=" not in attributes and "application/" not in attributes:
                assert (
                    base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in found[1]
                ), f"{name}: {script[:80]}"
        bare = re.sub(r"<script\b.*?</script>", "", html, flags=re.S)
        assert not re.search(r"<style\b|<[a-z][^<>]* style=", bare), name
        assert 'name="referrer" content="no-referrer"' in html


@pytest.mark.site
def test_a_page_tells_search_engines_what_it_is(site):
    said = {}
    for name, html in pages(site):
        if name.startswith(("book/", "notebooks/")):
            said[name] = re.search(r'<meta name="description" content="([^"]{20,200})"', html)[1]
    assert len(set(said.values())) == len(said)


@pytest.mark.site
def test_privacy_is_linked_from_every_page(site):
    assert (site / "book" / "privacy.html").exists()
    for name, html in pages(site):
        if name.startswith(("book/", "notebooks/")):
            assert (
                re.search(r'href="(?:\.\./)*book/privacy\.html"', html)
                or 'href="privacy.html"' in html
            ), name


@pytest.mark.site
def test_the_cut_icon_font_has_every_sign_that_is_used(site):
    css = (site / "_static" / "site.css").read_text(encoding="utf-8")
    fonts = [
        TTFont(io.BytesIO(base64.b64decode(data)))
        for data in re.findall(r"font/woff2;base64,([^)]+)\)", css)
    ]
    assert fonts and sum(len(data) for data in re.findall(r"base64,([^)]+)\)", css)) < 10_000
    has = set().union(*(font.getBestCmap() for font in fonts))
    glyphs = dict(re.findall(r"\.(fa-[\w-]+):{1,2}before[^{}]*\{content:\"(.)\"", css))
    used = {icon for _, html in pages(site) for _, icons in icons_of(html) for icon in icons}
    assert {"fa-bars", "fa-sun", "fa-moon", "fa-magnifying-glass"} <= used & set(glyphs)
    assert all(ord(sign) in has for sign in [*glyphs.values(), *re.findall("[\ue000-\uf8ff]", css)])


THEME = (
    '.fa-solid{font-weight:900}.fa-lg{font-size:1.25em}.fa-sun:before{content:"\\f185"}'
    '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}'
)


def font_folder():
    import pydata_sphinx_theme

    return next(
        path.parent
        for path in __import__("pathlib")
        .Path(pydata_sphinx_theme.__file__)
        .parent.rglob("fa-solid-900.ttf")
    )


def test_an_icon_that_the_font_lacks_stops_the_build_with_page_and_mend():
    assert codepoints(THEME) == {"fa-sun": 0xF185, "fa-bars": 0xF0C9, "fa-navicon": 0xF0C9}
    css = icon_css({"book/a.html": '<i class="fa-solid fa-sun fa-lg"></i>'}, THEME, font_folder())
    font = TTFont(io.BytesIO(base64.b64decode(re.search(r"base64,([^)]+)\)", css)[1])))
    assert set(font.getBestCmap()) == {0xF185}
    with pytest.raises(
        CourseError, match=r"book/b.html: the icon class 'fa-kratom' is not in the icon font Fix: "
    ):
        icon_css({"book/b.html": '<i class="fa-solid fa-kratom"></i>'}, THEME, font_folder())


def test_icons_are_cut_family_by_family_with_nothing_but_their_glyphs():
    pages = {
        "a.html": '<i class="fa-solid fa-sun"></i><i class="fa-bars x"></i><i class="fab"></i>'
    }
    assert icons_of(pages["a.html"]) == [("fa-solid", ["fa-sun"]), ("fa-solid", ["fa-bars"])]
    css = icon_css(pages, THEME, font_folder(), 'a{content:"\\f0c9"}b{content:"\uf060\\e0zz"}')
    assert css == icon_css(pages, THEME, font_folder(), 'b{content:"\uf060"}'), "each glyph once"
    [face] = css.split("@font-face")[1:]
    assert "{font-family:'Font Awesome 6 Free';font-weight:900;font-style:normal;" in face
    font = TTFont(io.BytesIO(base64.b64decode(re.search(r"base64,([^)]+)\)", css)[1])))
    assert set(font.getBestCmap()) == {0xF185, 0xF0C9, 0xF060}
    assert not {"fpgm", "prep", "cvt ", "GSUB", "GPOS", "GDEF"} & set(font.keys())
    assert font["head"].modified == font["head"].created, "the same bytes at every build"
    assert font["glyf"][".notdef"].numberOfContours, "a sign that is absent is seen"
    assert icon_css({"a.html": "<p>x</p>"}, THEME, font_folder()) == ""


def test_an_icon_in_a_family_that_lacks_it_is_named():
    page = {"book/c.html": '<i class="fa-regular fa-bars"></i>'}
    with pytest.raises(
        CourseError, match=r"book/c.html: the icon 'fa-bars' is not in fa-regular-400.ttf"
    ):
        icon_css(page, THEME, font_folder())
    with pytest.raises(CourseError, match=r"site.css: the icon '.f8fe' is not in fa-solid-900"):
        icon_css({}, THEME, font_folder(), 'a{content:"\\f8fe"}')


def test_the_style_sheet_keeps_states_and_conditions_of_what_is_used():
    words = Vocabulary(
        ['<nav class="menu"><a id="top" href="#">x</a></nav>'],
        ['box.classList.add("show");document.createElement("dialog")'],
    )
    css = cut(
        ":root{--used:1px;--unused:2px;--through:var(--used)}.menu:hover{left:var(--through)}"
        ".menu.show>a:not(.gone)::before{color:red}.gone,.menu{top:0}.gone .menu{top:1px}"
        "dialog::backdrop{top:2px}table{top:3px}#top:focus-visible{top:4px}#away{top:5px}"
        "@media print{.menu{top:6px}.gone{top:7px}}@media screen{.gone{top:8px}}"
        'html[data-theme="dark"] .menu{top:9px}@keyframes turn{from{top:0}to{top:1px}}'
        "@keyframes spin{from{top:0}to{top:1px}}a{animation:1s spin}/* said */",
        words,
    )
    for kept in (
        "--used:1px",
        "--through:var(--used)",
        ".menu:hover",
        ".menu.show>a:not(.gone)::before",
        ".menu{top:0}",
        "dialog::backdrop",
        "#top:focus-visible",
        "@media print{.menu{top:6px}}",
        'html[data-theme="dark"] .menu',
        "@keyframes spin",
    ):
        assert kept in css, kept
    for dropped in (
        "--unused",
        ".gone,",
        ".gone .menu",
        "table",
        "#away",
        "top:7px",
        "top:8px",
        "@media screen",
        "@keyframes turn",
        "said",
    ):
        assert dropped not in css, dropped


def test_style_attributes_become_rules_and_scripts_in_attributes_are_refused():
    page = parse(
        '<head><meta charset="utf-8"><style>.a{top:0}</style></head><table><tr>'
        '<td class="b" style="text-align: right;">1</td></tr></table><p style=\'top:0\'>x</p>'
        "<img alt='a style=\"x\"'>",
        "book/a.html",
    )
    csp.styles_to_rules(page)
    html = serialize(page)
    assert ".a{top:0}" in page.rules and len(page.rules) == 3 and "<style" not in html
    assert re.search(r'<td class="b (s-\w+)">', html)[1] in " ".join(page.rules)
    assert re.search(r'<p class="s-\w+">', html)
    with pytest.raises(CourseError, match="book/a.html: a script in an attribute: onclick="):
        csp.add_policy('<meta charset="utf-8"><p onclick="go()">x</p>', "book/a.html")
    assert "'sha256-" in csp.add_policy(
        '<meta charset="utf-8"><p title="onclick=1">x</p><script>1</script>', "book/a.html"
    )


class Server(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        name = self.path.partition("?")[0].lstrip("/")
        if name in self.server.missing:
            return self.send_error(404)
        if name not in self.server.changed:
            return super().do_GET()
        body = self.server.changed[name]
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(name))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(site, port=0):
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", port), functools.partial(Server, directory=site)
    )
    server.changed, server.missing = {}, set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def stop(server):
    server.shutdown()
    server.server_close()


@pytest.fixture
def served(site):
    server, address = serve(site)
    yield server, address
    stop(server)


WATCH = (
    "window.complaints = []; document.addEventListener('securitypolicyviolation', event => "
    "complaints.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))"
)


@pytest.mark.site
@pytest.mark.browser
def test_no_page_asks_another_host_or_breaks_its_policy(browser, site, served):
    _, address = served
    context = browser.new_context(viewport={"width": 390, "height": 800}, service_workers="block")
    context.set_default_timeout(120_000)
    context.add_init_script(WATCH)
    page, complaints, seen = context.new_page(), [], 0
    page.on(
        "request",
        lambda request: (
            request.url.startswith((address, "data:", "blob:")) or complaints.append(request.url)
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    for name, _ in pages(site):
        page.goto(f"{address}/{name}", wait_until="commit" if name == "index.html" else "load")
        if name == "index.html":
            # The bare page leads on by itself; it must have arrived before the next address is
            # asked for.
            page.wait_for_url(f"{address}/book/index.html")
        else:
            # What comes later comes as well: folds, cards, sliders.
            page.evaluate(
                """() => { for (const fold of document.querySelectorAll('details')) fold.open = true;
                for (const slider of document.querySelectorAll('input[type=range]')) { slider.value = slider.max; slider.dispatchEvent(new Event('input', { bubbles: true })); } }"""
            )
            complaints += page.evaluate("complaints")
        assert not complaints, f"{name}: {complaints[:5]}"
        seen += 1
    context.close()
    assert seen >= 25


@pytest.mark.site
@pytest.mark.browser
def test_from_a_folder_code_cards_and_search_work_and_nothing_is_registered(browser, site):
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(120_000)
    context.add_init_script(WATCH)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"file://{site}/{CHAPTER}")
    fold = page.locator("details.hide, details.drawing-code").first
    fold.locator("summary").click()
    fold.locator("div.highlight pre").wait_for()
    assert fold.get_by_role("button", name="Copy this code").count() == 1
    page.locator(".fact a.fact-number").first.focus()
    page.locator("#fact-card", has_text="as of 20").wait_for()
    page.goto(f"file://{site}/search.html?q=mitragynine")
    page.locator(".search-results li").first.wait_for()
    assert page.evaluate("complaints") == [] and complaints == []
    page.goto(f"file://{site}/book/privacy.html")
    page.get_by_text("was not opened from a secure web address").wait_for()
    context.close()


@pytest.mark.site
@pytest.mark.browser
def test_without_javascript_code_and_answers_unfold_in_the_page(browser, served):
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{served[1]}/{CHAPTER}")
    code = page.locator("details.hide, details.drawing-code").first
    code.locator("summary").click()
    assert code.locator("pre").is_visible()
    answer = page.locator("details.quiz-answer").first
    answer.locator("summary").click()
    assert answer.locator("summary ~ *").first.is_visible()
    context.close()


PRIVACY = "book/privacy.html"
KEEP = re.compile(r"Keep this book on this device, \d+ MB")


@pytest.fixture
def patient(browser):
    """A page of a browser of its own, in which workers may be registered."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


def kept(page):
    return page.evaluate("caches.keys()"), page.evaluate(
        "navigator.serviceWorker.getRegistrations().then(all => all.length)"
    )


@pytest.mark.site
@pytest.mark.browser
def test_nothing_is_kept_before_someone_asks(patient, served):
    page, (_, address) = patient, served
    for name in ("book/index.html", CHAPTER, "book/law-finder.html", "book/changes.html", PRIVACY):
        page.goto(f"{address}/{name}")
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2500)  # a copy used to be made a second and a half after the page
    assert kept(page) == ([], 0)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


@pytest.mark.site
@pytest.mark.browser
def test_a_copy_that_nobody_asked_for_is_removed(patient, served):
    page, (_, address) = patient, served
    page.goto(f"{address}/{PRIVACY}")
    page.evaluate(
        "caches.open('course-old').then(() => navigator.serviceWorker.register('../sw.js'))"
    )
    page.goto(f"{address}/book/index.html")
    until(page, "caches.keys().then(keys => keys.length === 0)")
    until(page, "navigator.serviceWorker.getRegistrations().then(all => all.length === 0)")


def size_on_button(page):
    button = page.get_by_role("button", name=KEEP)
    button.wait_for()
    return button, int(re.search(r"(\d+) MB", button.text_content())[1])


@pytest.mark.site
@pytest.mark.browser
def test_who_asks_has_the_whole_book_offline_and_learns_what_a_newer_one_changed(patient, site):
    server, address = serve(site)
    port, page = server.server_port, patient
    try:
        page.goto(f"{address}/{PRIVACY}")
        button, told = size_on_button(page)
        button.click()
        page.get_by_text("This book is on this device.", exact=True).wait_for()
        (first,), _ = kept(page)
        stored = page.evaluate(
            """async name => {
                const cache = await caches.open(name);
                const sizes = await Promise.all((await cache.keys()).map(async one => (await (await cache.match(one)).arrayBuffer()).byteLength));
                return sizes.reduce((a, b) => a + b, 0) / 1e6;
            }""",
            first,
        )
        assert abs(stored - told) <= 1, "as large as was said"
        stop(server)
        page.goto(f"{address}/{part_page('recov.o2')}.html")
        assert page.locator("form.quiz-item").count() >= 3
        shown = "node => getComputedStyle(node).display"
        assert page.locator("button.primary-toggle").evaluate(shown) != "none", "styled"
        assert page.locator(".course-pictures svg:visible").count() >= 1
        page.goto(f"{address}/search.html?q=Tennessee")
        page.locator(".search-law", has_text="Tennessee").wait_for()
        notebook = next((site / "downloads" / "notebooks").glob("*.ipynb"))
        assert page.evaluate(
            f"fetch('downloads/notebooks/{notebook.name}').then(answer => answer.ok)"
        ), "with its notebooks"

        server, _ = serve(site, port)
        worker = (site / "sw.js").read_bytes()
        server.changed["sw.js"] = worker.replace(b'const version = "', b'const version = "new')
        facts = json.loads((site / "offline.json").read_text(encoding="utf-8"))
        facts["changes"] += [["2027-01-05", "law", 1], ["2027-01-06", "fact", 3]]
        server.changed["offline.json"] = json.dumps(facts).encode()
        page.goto(f"{address}/book/help-now.html")
        notice = page.locator(".course-notice")
        notice.get_by_text("one change of a law, 3 changes of a fact").wait_for()
        assert notice.get_by_role("link", name="See what changed").count() == 1
        with page.expect_navigation():
            notice.get_by_role("button", name="Show the newer version").click()
        until(
            page,
            "caches.keys().then(keys => keys.length === 1 && keys[0].startsWith('course-new'))",
        )

        page.goto(f"{address}/{PRIVACY}")
        page.get_by_role("button", name="Remove the book from this device").click()
        page.get_by_text("Nothing of this book is on this device.").wait_for()
        assert kept(page) == ([], 0)
        page.get_by_role("button", name="Remove all that is stored").click()
        page.get_by_text("is gone").wait_for()
        assert page.evaluate("localStorage.length") == 0
    finally:
        stop(server)


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize(
    "name", ["book/help-now.html", "book/law-finder.html", "book/changes.html"]
)
def test_what_ages_comes_from_the_host_although_a_copy_is_kept(patient, site, served, name):
    page, (server, address) = patient, served
    page.goto(f"{address}/{PRIVACY}")
    size_on_button(page)[0].click()
    page.get_by_text("This book is on this device.", exact=True).wait_for()
    server.changed[name] = (site / name).read_bytes().replace(b"<h1>", b"<h1>Today: ")
    page.goto(f"{address}/{name}")
    assert page.locator("article h1").text_content().startswith("Today: ")


@pytest.mark.site
@pytest.mark.browser
def test_a_copy_that_cannot_be_made_whole_is_not_made(patient, served):
    page, (server, address) = patient, served
    server.missing = {"book/glossary.html"}
    page.goto(f"{address}/{PRIVACY}")
    size_on_button(page)[0].click()
    page.get_by_text("Nothing was kept; please try again").wait_for()
    assert kept(page) == ([], 0) and page.evaluate("localStorage.length") == 0
