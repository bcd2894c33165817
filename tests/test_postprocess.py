"""Transforms of finished pages, each on a small page: what it changes, and what it leaves alone."""

import base64
import hashlib
import json
import re

import pytest
from conftest import MINI_PART

from kratomcourse.chapters.wheel import NAME as WHEEL
from kratomcourse.errors import CourseError
from kratomcourse.evidence import load_course
from kratomcourse.site.postprocess import (
    accessibility,
    csp,
    head,
    hooks,
    landing_figure,
    lean,
    script_bundle,
    scripts,
)
from kratomcourse.site.postprocess.css_treeshake import Vocabulary, cut
from kratomcourse.site.postprocess.footer import with_downloads
from kratomcourse.site.postprocess.language_switcher import (
    label,
    languages_of,
    link_languages,
    with_switch,
)
from kratomcourse.site.postprocess.page import parse, serialize
from kratomcourse.site.postprocess.pipeline import (
    PATCHES,
    bring_actions,
    bring_search,
    cut_once,
    finish_site,
    front_door,
    picture_size,
    publish,
    remember_pages,
    remove_unused,
    require_patches,
    style_text,
    theme_fixed,
)
from kratomcourse.site.postprocess.rtl import opposite, turned
from kratomcourse.site.postprocess.without_script import for_no_script

BOOT = (
    '<script data-x="1">document.documentElement.dataset.mode = localStorage.getItem("mode") || '
    '"auto";</script>'
)


def page(body="", top="", name="notebooks/04-risk/index.html"):
    return parse(
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>Risk</title>{top}</head>'
        f"<body>{body}</body></html>",
        name,
    )


def changed(transform, body, **more):
    """Text of the body after one transform."""
    one = page(body, **more)
    transform(one)
    return re.search(r"<body>(.*)</body>", serialize(one), re.S)[1]


def test_what_is_written_is_what_was_parsed():
    body = (
        "<p>A\u00a07-OH &lt;b&gt; &amp; more</p><pre>\n  x = 1\n\n  y</pre>"
        '<svg viewBox="0 0 1 1"><path d="M0 0"></path></svg>'
        '<math><mi>C</mi></math><textarea>\n  a</textarea><p hidden="">x</p>'
    )
    text = changed(lambda one: None, body)
    assert "A\u00a07-OH &lt;b&gt; &amp; more" in text and "  x = 1\n\n  y" in text
    assert "<path" in text and "<mi>C</mi>" in text and "  a</textarea>" in text


def test_indentation_goes_where_it_means_nothing():
    assert "<div>\n<p>" in changed(lambda one: None, "<div>\n\n      <p>x</p></div>")


def test_controls_get_names_and_kinds():
    text = changed(
        accessibility.name_controls,
        '<button class="btn search-button-field search-button__button" '
        'aria-label="Search">Search</button>'
        '<button class="btn pst-navbar-icon search-button"></button>'
        '<button class="sidebar-toggle primary-toggle btn" title="Toggle primary sidebar"></button>'
        '<summary><span class="toctree-toggle"></span></summary>'
        '<main id="main-content" role="main"></main>'
        '<p aria-level="2" class="caption" role="heading">Parts</p>',
    )
    assert text.count('type="button"') == 3
    assert '<button class="btn pst-navbar-icon search-button" aria-label="Search"' in text
    assert 'title="Chapters" aria-label="Chapters"' in text
    assert '<summary aria-label="Sections of this chapter">' in text
    assert '<main id="main-content" tabindex="-1">' in text and '<p class="caption">' in text
    assert 'aria-label="Search" type="button">Search<' in text, "its name is its words"


def test_tables_say_what_their_cells_head_and_wide_ones_scroll():
    text = changed(
        accessibility.name_tables,
        '<h2>Calls<a class="headerlink" href="#x">#</a></h2>'
        '<table border="1" class="dataframe"><thead><tr><th></th><th>n</th></tr></thead>'
        "<tbody><tr><th>a</th><td>1</td></tr></tbody></table>"
        '<div class="pst-scrollable-table-container"><table><thead><tr><th colspan="2">n</th>'
        "</tr></thead></table></div>"
        '<table class="cards"><tr><th>kept</th></tr></table>'
        "<form><fieldset><table><thead><tr><th>asked</th></tr></thead></table></fieldset></form>"
        '<form><legend><span class="quiz-number">Question 2 <span>(Choose one)</span></span>'
        "</legend>"
        "<table><thead><tr><th>town</th></tr></thead></table></form>",
    )
    assert (
        '<section class="table-scroll" tabindex="0" aria-label="Table 1: Calls">'
        '<table class="dataframe">' in text
    )
    assert '<td></td><th scope="col">n</th>' in text and '<th scope="row">a</th>' in text
    assert 'aria-label="Table 2: Calls"><table><thead><tr><th colspan="2" scope="colgroup">' in text
    assert '</section><table class="cards"><tr><th>kept</th>' in text
    assert 'aria-label="Table 4: Calls"><table><thead><tr><th scope="col">asked' in text
    assert 'aria-label="Table 5: Question 2"><table><thead><tr><th scope="col">town' in text


def test_help_boxes_have_names_of_their_own():
    text = changed(accessibility.number_help_boxes, '<aside class="help-now"></aside>' * 2)
    assert re.findall(r'aria-label="([^"]+)"', text) == ["Help now", "Help now, place 2"]


def test_idle_markup_goes_and_words_stay():
    text = changed(
        lean.drop_idle_markup,
        '<a class="reference internal" href="#a">a</a><a class="reference external" href="b">b</a>'
        '<span class="xref std std-term">leaf</span><code><span class="pre">x</span></code>'
        '<pre><span></span><span class="k">def</span> <span class="n">f</span>'
        '<span class="p">(</span></pre>',
    )
    assert text == (
        '<a href="#a">a</a><a class="reference external" href="b">b</a>leaf<code>x</code>'
        '<pre><span class="k">def</span> f(</pre>'
    )


def test_what_the_theme_brings_unasked_goes_with_the_text_around_it_kept():
    text = changed(
        lean.drop_unused,
        'a<script src="x/fontawesome.js"></script>b<!-- said -->c'
        '<div class="sidebar-primary-item"><div id="ethical-ad-placement"></div></div>d'
        '<div id="jb-print-toc"><h2>Contents</h2><nav>x</nav></div>',
    )
    assert text == 'abcd<div id="jb-print-toc"></div>'


def test_pictures_wait_and_keep_their_place():
    text = changed(
        lambda one: lean.prepare_pictures(one, {"a.svg": (40, 30)}.get),
        '<img class="only-light" src="a.svg?v=1"><img src="b.svg"><img src="a.svg" width="7">',
    )
    assert (
        '<img class="only-light" src="a.svg?v=1" loading="lazy" decoding="async" width="40" '
        'height="30">' in text
    )
    assert '<img src="b.svg">' in text and '<img src="a.svg" width="7">' in text


@pytest.mark.parametrize("private", [True, False])
def test_the_links_of_the_foot_hold_at_any_depth(private):
    text = changed(
        lambda one: lean.lead_home(one, {"privacy"} if private else set()),
        '<p><a class="help-link" href="/book/help-now.html">Help</a> '
        '<a class="privacy-link" href="/book/privacy.html">P</a>.</p>',
    )
    assert 'href="../../book/help-now.html"' in text
    assert ('href="../../book/privacy.html"' in text) == private and text.endswith(".</p>")


def test_a_page_keeps_the_scripts_that_it_needs_and_no_other():
    one = page(
        '<form class="quiz-item"></form><a class="fact-number" href="#fact-a">1</a>',
        top=f'{BOOT}<script src="../../_static/doctools.js?v=1"></script>'
        '<script src="../../_static/quiz.js" async></script>'
        '<script src="../../_static/cards.js"></script>'
        '<script src="../../_static/bootstrap.js"></script>'
        "<script>DOCUMENTATION_OPTIONS.pagename = 'x';</script>"
        '<script type="application/ld+json">{}</script>',
    )
    scripts.keep_own_scripts(one)
    text = serialize(one)
    assert list(one.scripts) == ["_static/doctools.js", "_static/quiz.js", "_static/cards.js"]
    assert re.findall(r'<script src="([^"]+)"', text) == [
        "../../_static/quiz.js",
        "../../_static/cards.js",
    ]
    assert "async" not in text and text.count("defer") == 2 and "pagename" not in text
    assert "<script>(function(h){" in text and "ld+json" in text


def test_a_theme_that_sets_the_colour_mode_otherwise_stops_the_build():
    one = page(top='<script src="../../_static/doctools.js"></script>')
    with pytest.raises(CourseError, match="line that sets the colour mode was not found"):
        scripts.keep_own_scripts(one)


def test_style_sheets_leave_the_page():
    one = page(
        top='<link rel="stylesheet" href="../../_static/a.css?v=1">'
        '<link rel="stylesheet" href="../../_static/copybutton.css">'
        '<link rel="icon" href="x">'
    )
    scripts.collect_sheets(one)
    assert list(one.sheets) == ["_static/a.css"] and serialize(one).count("<link") == 1


def test_the_head_describes_the_page_and_links_the_site():
    one = page(
        f"<article><p>Short.</p><p>{'word ' * 60}</p></article>",
        top='<meta name="viewport" content="a"><meta name="viewport" content="b">',
    )
    head.describe(one)
    head.link_site(one)
    csp.set_policy(one)
    text = serialize(one)
    assert text.count("viewport") == 1
    assert 60 <= len(re.search(r'name="description" content="([^"]+)"', text)[1]) <= 160
    assert (
        f"../../_static/site.css?v={head.CSS_VERSION}" in text
        and f"site.js?v={head.JS_VERSION}" in text
    )
    assert text.index("Content-Security-Policy") < text.index("referrer") < text.index("<title>")


def test_a_patch_that_finds_its_place_nowhere_stops_the_build():
    one = page('<main id="main-content"></main>')
    accessibility.name_controls(one)
    assert one.patched["main"] == 1
    with pytest.raises(CourseError, match="the theme's links of the foot were found on no page"):
        require_patches(one.patched)
    one.patched.update(PATCHES)
    require_patches(one.patched)


def test_what_a_code_holds_stays_and_old_sheets_go():
    text = changed(
        lean.drop_unused,
        "<script>const THEBE_JS_URL = 1</script><noscript><style>a{}</style></noscript>"
        '<noscript>b</noscript><link href="x/sphinx-thebe.css"><div><div id="ethical-ad-placement">'
        "</div>c</div>",
    )
    assert text == "<noscript>b</noscript><div>c</div>"


def test_only_words_that_nothing_asks_for_leave_code_and_tables():
    text = changed(
        lean.drop_idle_markup,
        '<tr class="row-odd"><td>1</td></tr><a class="reference internal kept" href="#a">a</a>'
        '<span class="pre"><b>x</b></span><pre><span class="n k">f</span><span id="l"></span>'
        '<span>y</span><span class="n"></span></pre><span></span>',
    )
    assert "row-odd" not in text and '<a class="kept" href="#a">' in text
    assert '<span class="pre"><b>x</b></span>' in text and text.endswith("</pre><span></span>")
    assert '<pre><span class="n k">f</span><span id="l"></span><span>y</span></pre>' in text


def test_pictures_with_a_size_or_without_one_are_left_alone():
    text = changed(
        lambda one: lean.prepare_pictures(one, lambda address: (4, 3)),
        '<img class="only-dark" src="a.png" loading="eager"><img src="b.svg" height="7"><img>'
        '<img class="other" src="c.svg">',
    )
    assert text == (
        '<img class="only-dark" src="a.png" loading="eager"><img src="b.svg" height="7"><img>'
        '<img class="other" src="c.svg" width="4" height="3">'
    )


def test_the_foot_keeps_help_and_drops_pages_that_are_not_there():
    one = page(
        '<a class="help-link" href="/book/help-now.html">h</a><a class="cite-link" href="/c">c</a>'
        '<a class="report-link" href="/r">r</a><a href="/x">x</a>',
        name="index.html",
    )
    lean.lead_home(one, {"report"})
    assert re.findall('href="([^"]+)"', serialize(one)) == ["book/help-now.html", "r", "/x"]
    assert one.patched == {"links of the foot": 3}


def test_the_rest_of_the_controls_say_what_they_do():
    text = changed(
        accessibility.name_controls,
        '<details><summary aria-label="Toggle hidden content">a</summary></details>'
        '<button class="theme-switch-button" type="submit"></button>'
        '<button class="sidebar-toggle secondary-toggle"></button>'
        '<p class="admonition-title collapsed">b</p><p class="admonition-title">c</p>'
        '<div id="pst-primary-sidebar"></div><p role="heading">d</p>'
        '<button class="pst-navbar-icon search-button" aria-label="Find"></button>',
    )
    assert "<summary>a</summary>" in text
    assert '<button class="theme-switch-button" type="submit" aria-label="Colour mode">' in text
    assert 'title="On this page" aria-label="On this page" type="button"' in text
    assert '<span class="admonition-title collapsed">b</span><p class="admonition-title">c' in text
    assert '<div id="pst-primary-sidebar" role="complementary" aria-label="Course">' in text
    assert '<p role="heading">d</p>' in text and 'aria-label="Find"' in text


def test_tables_without_a_heading_and_groups_of_rows_are_named():
    text = changed(
        accessibility.name_tables,
        '<style scoped>a</style><table class="counts"><thead><tr><th>a<br></th><th scope="row">b'
        '</th></tr></thead><tbody><tr valign="top"><th rowspan="2" valign="top">c</th>'
        '<th><b>d</b></th></tr></tbody></table>rest<h3>Next</h3><table class="x counts"><thead>'
        "</thead></table>",
    )
    assert text.startswith(
        '<section class="table-scroll" tabindex="0" aria-label="Table 1: this page">'
    )
    assert '<th scope="col">a<br></th><th scope="row">b</th>' in text
    assert '<tr><th rowspan="2" scope="rowgroup">c</th><th scope="row"><b>d</b></th></tr>' in text
    assert "</section>rest<h3>" in text and '<h3>Next</h3><table class="x counts">' in text


def described(body, name="notebooks/a/1.html", top=""):
    one = page(body, name=name, top=top)
    head.describe(one)
    found = re.search(r'name="description" content="([^"]*)"', serialize(one))
    return found[1] if found else None, 'content="noindex"' in serialize(one)


@pytest.mark.parametrize(
    "body, name, top, said",
    [
        (f"<article><p>{'a' * 59}</p></article>", "a.html", "", ("Risk", False)),
        (f"<article><p>{'a' * 60}</p></article>", "a.html", "", ("a" * 60, False)),
        (f"<article><p>{'ab ' * 53}c</p></article>", "a.html", "", ("ab " * 53 + "c", False)),
        (
            f"<article><p>{'ab ' * 60}</p></article>",
            "a.html",
            "",
            ("ab " * 51 + "ab \u2026", False),
        ),
        ("<p>x</p>", "search.html", "", ("Risk", True)),
        ("<p>x</p>", "genindex.html", '<meta name="robots" content="all">', ("Risk", False)),
        ("<p>x</p>", "a/search.html", "", ("Risk", False)),
        ("<p>x</p>", "a.html", '<meta name="description" content="Mine">', ("Mine", False)),
    ],
)
def test_a_page_is_described_by_its_first_paragraph_of_some_length(body, name, top, said):
    assert described(body, name, top) == said


def test_what_the_head_links_stands_in_order_behind_the_title():
    one = page(top='<meta name="docsearch:language" content="en">', name="search.html")
    head.link_site(one)
    head.describe(one)
    text = serialize(one)
    assert "docsearch" not in text
    places = [text.index(word) for word in ("<title>", "site.css", "manifest.webm", "site.js")]
    assert places == sorted(places) and 'href="_static/site.css' in text and "<script defer" in text
    bare = parse("<html><head></head><body></body></html>", "a.html")
    head.link_site(bare)
    head.describe(bare)
    assert "<link" not in serialize(bare) and "description" not in serialize(bare)


# Scripts


@pytest.mark.parametrize(
    "script, body, kept",
    [
        ("togglebutton.js", '<div class="toggle"></div>', True),
        ("togglebutton.js", '<div class="admonition dropdown"></div>', True),
        ("togglebutton.js", '<div class="admonition"></div>', False),
        ("design-tabs.js", '<div class="sd-tab-set"></div>', True),
        ("design-tabs.js", "<p>x</p>", False),
        ("cards.js", '<a href="../glossary.html#term-x">x</a>', True),
        ("bootstrap.js", '<a data-bs-toggle="tooltip">x</a>', False),
        ("bootstrap.js", '<a data-bs-toggle="collapse">x</a>', True),
        ("copybutton.js", "<pre>x</pre>", False),
        ("own.js", "<p>x</p>", True),
    ],
)
def test_a_script_stays_where_the_page_has_what_it_is_for(script, body, kept):
    assert scripts.needs(page(body), script) is kept


def test_scripts_of_others_and_the_mode_of_the_theme_stay_as_they_are():
    one = page(
        top=BOOT.replace('"auto"', '"dark"') + '<script src="https://example.org/x.js"></script>'
        '<script type="text/x-thebe-config">{}</script><script>togglebuttonSelector = 1</script>'
        '<script>mine()</script><link rel="preload" as="script" href="x.js">'
        '<script type="application/json">"kernelName ="</script>'
    )
    scripts.keep_own_scripts(one)
    text = serialize(one)
    assert 'm="dark"' in text and 'data-x="1"' not in text and one.scripts == {}
    assert '<script src="https://example.org/x.js"></script>' in text and "mine()" in text
    assert "thebe" not in text and "togglebutton" not in text and "preload" not in text
    assert "application/json" in text


def test_sheets_of_other_folders_stay_in_the_page():
    one = page(
        top='<link rel="stylesheet" href="../../_static/a.css"><link rel="stylesheet" href="b.css">'
    )
    scripts.collect_sheets(one)
    assert list(one.sheets) == ["_static/a.css"] and one.patched == {"style sheets": 2}
    assert 'href="b.css"' in serialize(one) and "a.css" not in serialize(one)


def test_the_shared_script_begins_with_what_the_others_rest_on():
    parts = dict.fromkeys((script_bundle.FIRST, *script_bundle.THEME), "const one = 1")
    parts |= {script_bundle.KEEPS: "localStorage.getItem('x')", "own.js": "function two() {}"}
    text = script_bundle.bundle(parts)
    assert text.startswith("const one=1\n(function(localStorage,sessionStorage){try{const one=1\n")
    assert "window.one=window.one" not in text and "window.one=one;" in text
    assert "courseStorage.theme.local,courseStorage.theme.session);" in text
    assert text.endswith(
        '(function(){try{function two(){}\nwindow.two=two;}catch(fault){console.error("own.js",'
        'fault);document.dispatchEvent(new Event("course-fault"))}})();'
    )
    late = {name: parts[name] for name in [*script_bundle.THEME, script_bundle.FIRST]}
    with pytest.raises(CourseError, match=r"the pages do not load storage.js first"):
        script_bundle.bundle(late)
    assert script_bundle.small("a = 1\n//# sourceMappingURL=x.map\n") == "a=1"
    assert script_bundle.replaced("a.js", "one one", "one", "two") == "two two"


# Policy


def test_a_policy_lists_each_script_in_the_page_once_and_no_data():
    one = page(
        "<script>1</script><script>1</script><script src='a.js'>2</script>"
        "<script type='application/json'>3</script><script type='module'>4</script>"
        "<form action='javascript:x'></form>".replace("javascript:x", "send")
    )
    csp.set_policy(one)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', serialize(one))[1]
    wanted = {
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in ("1", "4")
    }
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == wanted
    assert policy.count("sha256-") == 2 and "script-src 'self' file: 'sha256-" in policy


@pytest.mark.parametrize(
    "attribute", ['onclick="go()"', 'href=" javascript:go()"', 'action="javascript:go()"']
)
def test_a_script_in_an_attribute_is_refused(attribute):
    with pytest.raises(CourseError, match="a script in an attribute"):
        csp.set_policy(page(f"<p {attribute}>x</p>"))
    csp.set_policy(page('<p title="javascript:x" href="a">x</p>'))


def test_styles_that_import_stay_and_equal_styles_share_a_class():
    one = page('<style>@import "x"</style><p style="a:b;">1</p><p style="a:b">2</p><p style=";">3')
    csp.styles_to_rules(one)
    [rule] = one.rules
    name = re.match(r"\.(s-[0-9a-f]{6})\.", rule)[1]
    assert rule == f".{name}.{name}.{name}{{a:b}}"
    assert f'<p class="{name}">1</p><p class="{name}">2</p><p>3</p>' in serialize(one)
    assert "@import" in serialize(one)


# The style sheet


@pytest.mark.parametrize(
    "selector, there",
    [
        ("A.b", True),
        ("a.B", False),
        (r".sm\:x", True),
        ("#top > .b", True),
        ("#none", False),
        ("i", False),
        ("a ~ i", False),
        (".b:is(.none, i)", True),
        (".b:not(:is(.none))", True),
        ('.b[data-x=".none"]', True),
        ("*", True),
        ("::selection", True),
        (".word", True),
        (".quoted", True),
        (".bare", True),
    ],
)
def test_a_rule_stays_where_all_that_it_names_can_be_there(selector, there):
    words = Vocabulary(
        ["<A class=\"b sm:x\" id='top'><hr class='quoted'><br class=bare>"], ["x('word')"]
    )
    assert bool(words.can_match(selector)) is there


def test_a_vocabulary_tells_one_set_of_names_from_another():
    assert str(Vocabulary(['<a class="b">'], [])) == "| * a body html | b |"
    assert str(Vocabulary(['<a id="b">'], [])) == "| * a body html | | b"


@pytest.mark.parametrize(
    "css, left",
    [
        ('@charset "x";a{b:c}', '@charset "x";a{b:c}'),
        ("@font-face{src:x}i{b:c}", "@font-face{src:x}"),
        ("@supports (a:b){i{b:c}@media print{a{b:c}}}", "@supports (a:b){@media print{a{b:c}}}"),
        ("@media print{/* x */i{b:c}}", ""),
        ("a{}i{b:c}", ""),
        ("a,i,b{x:y}", "a{x:y}"),
        ('a[title="x,y"],i{x:y}', 'a[title="x,y"]{x:y}'),
        ("a:is(i,b){x:y}", "a:is(i,b){x:y}"),
        ("a{--x:1;--y:var(--x)}", ""),
        ('a{--x:"a;b";b:var(--x)}', 'a{--x:"a;b";b:var(--x)}'),
        ("a{b:c;--x:1}", "a{b:c}"),
        ("a{/* x */--x:1;b:c}", "a{b:c}"),
        (
            "@keyframes k{from{a:b}}a{animation-name:k}",
            "@keyframes k{from{a:b}}a{animation-name:k}",
        ),
    ],
)
def test_a_sheet_is_cut_to_what_can_be_met(css, left):
    assert cut(css, Vocabulary(["<a>"], [])) == left


@pytest.mark.parametrize(
    "css, made",
    [
        ("a{b:c}", "a{b:c}"),
        ("[data-theme=dark] a,b{x:y}", "[data-theme=dark] a,b{x:y}@media screen and "
         "(prefers-color-scheme:dark){[data-theme=auto] a{x:y}}"),
        ("@media print{[data-theme='light'] a{x:y}}@font-face{a:b}@import 'x';",
         '@media print{[data-theme="light"] a{x:y}@media print,not all and '
         '(prefers-color-scheme:dark){[data-theme=auto] a{x:y}}}@font-face{a:b}@import "x";'),
        ("[data-theme=dark] a{x:y}[data-theme=dark] b{x:y}c{x:y}",
         "[data-theme=dark] a{x:y}[data-theme=dark] b{x:y}@media screen and "
         "(prefers-color-scheme:dark){[data-theme=auto] a{x:y}[data-theme=auto] b{x:y}}c{x:y}"),
        ("[data-theme=dark] a{x:y}[data-theme=light] b{x:y}",
         "[data-theme=dark] a{x:y}@media screen and (prefers-color-scheme:dark){[data-theme=auto] "
         "a{x:y}}[data-theme=light] b{x:y}@media print,not all and (prefers-color-scheme:dark)"
         "{[data-theme=auto] b{x:y}}"),
    ],
)  # fmt: skip
def test_rules_for_a_mode_ask_the_device_where_no_script_has_set_it(css, made):
    assert for_no_script(css) == made


@pytest.mark.parametrize(
    "rule, other",
    [
        ("float:left", "float:right"),
        ("--left:left", "--left:left"),
        ("margin:1px 2px", "margin:1px 2px"),
        ("inset:1px 2px 3px 4px", "inset:1px 4px 3px 2px"),
        ("border-radius:1px 2px", "border-radius:2px 1px 2px 1px"),
        ("border-radius:1px 2px 3px", "border-radius:2px 1px 2px 3px"),
        ("border-radius:1px", "border-radius:1px"),
        ("border-radius:1px/2px", "border-radius:1px/2px"),
        ("border-left-width:1px", "border-right-width:1px"),
        ("box-shadow:none", "box-shadow:none"),
        ("box-shadow:2px 0 red,inset -1px 0 blue", "box-shadow:-2px 0 red,inset 1px 0 blue"),
        ("transform:translateX(50%) rotate(0deg)", "transform:translateX(-50%) rotate(0deg)"),
        ("transform:translate(var(--x),1px)", "transform:translate(var(--x),1px)"),
        ("transform:translateX(calc(1px + 2px))", "transform:translateX(calc(1px + 2px))"),
        ("background:url(left.png) left", "background:url(left.png) left"),
        ("background-position:left 1px top", "background-position:right 1px top"),
        ("content:left", "content:left"),
        ("left:1px!important", "right:1px!important"),
    ],
)
def test_a_declaration_is_turned_to_the_other_side(rule, other):
    assert turned(f"a{{{rule}}}", "ar") == f"a{{{other}}}"
    assert turned(f"a{{{rule}}}", "es") == f"a{{{rule}}}"


def test_a_font_is_not_turned_and_lengths_have_an_opposite():
    assert turned("@font-face{left:1px}", "ar") == "@font-face{left:1px}"
    lengths = ("1px", "-.5em", "+2%", "0", "0px", "auto", "var(--x)", "min(1px,2px)")
    assert [opposite(one) for one in lengths] == [
        "-1px",
        ".5em",
        "-+2%",
        "0",
        "0px",
        "auto",
        "var(--x)",
        "calc(-1*min(1px,2px))",
    ]
    assert opposite(opposite("min(1px,2px)")) == "min(1px,2px)"


# Files of the site


def test_a_picture_has_the_size_of_its_view_box_in_pixels(tmp_path):
    path = tmp_path / "a.svg"
    assert picture_size(path) is None
    path.write_text('<svg viewBox="0 0 30.5 60">')
    assert picture_size(path) == (41, 80)
    path.write_text("<svg>")
    assert picture_size(path) is None


def test_a_sheet_brings_what_it_imports_and_addresses_from_where_it_will_stand(tmp_path):
    folder = tmp_path / "_static" / "styles"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.css").write_text(
        "@charset 'utf-8';@import url(\"deep/b.css?v=1\");@font-face {src:url(fontawesome.ttf)}"
        "a{b:url('x.png') url(#x) url(data:x) url(http://x)}/*# sourceMappingURL=a.map */"
    )
    (folder / "deep" / "b.css").write_text("b{c:url(../y.png)}")
    assert style_text(folder / "a.css") == (
        "b{c:url(styles/y.png)}a{b:url(styles/x.png) url(#x) url(data:x) url(http://x)}"
    )
    (tmp_path / "_static" / "c.css").write_text('@font-face{src:url("own.ttf")}')
    assert style_text(tmp_path / "_static" / "c.css") == "@font-face{src:url(own.ttf)}"


def test_the_cut_sheet_is_made_again_only_where_something_changed(tmp_path, monkeypatch):
    words = Vocabulary(["<a>"], [])
    assert cut_once("a{b:c}i{b:c}", words, tmp_path) == "a{b:c}"
    [known] = tmp_path.glob("sheet-*.css")
    known.write_text("kept")
    assert cut_once("a{b:c}i{b:c}", words, tmp_path) == "kept"
    assert cut_once("a{b:c}i{b:c}", Vocabulary(["<i>"], []), tmp_path) == "i{b:c}"
    assert cut_once("a{b:d}", words, tmp_path) == "a{b:d}"
    assert len(list(tmp_path.glob("sheet-*.css"))) == 1 and not known.exists()


def test_a_published_file_has_a_version_of_its_bytes(tmp_path):
    assert publish(tmp_path / "a.js", b"x") == hashlib.sha256(b"x").hexdigest()[:8]
    assert (tmp_path / "a.js").read_bytes() == b"x"


@pytest.mark.parametrize(
    "html, target",
    [('<meta content="0; url=book/x.html">', "book/x.html"), ("", "book/index.html")],
)
def test_the_root_leads_to_the_first_page_without_a_script(html, target):
    text = front_door(html)
    assert f'<meta http-equiv="Refresh" content="0; url={target}">' in text
    assert f'<a href="{target}">{load_course().title}</a>' in text
    assert '<html lang="en" dir="ltr">' in text and "Content-Security-Policy" in text


SPHINX = '<html data-content_root="./"><head></head><body>{}</body></html>'


def test_pages_of_sphinx_are_kept_whole_and_others_are_left_alone(tmp_path):
    out, store = tmp_path / "html", tmp_path / "store"
    pages = {
        "a.html": SPHINX.format("a"),
        "index.html": '<meta http-equiv="Refresh" content="0; url=a.html">',
        "404.html": SPHINX.format("b"),
        "lite/a.html": SPHINX.format("c"),
        "_static/a.html": SPHINX.format("d"),
        "es/a.html": SPHINX.format("e"),
        "other.html": "<html></html>",
        "notebooks/04-risk.html": SPHINX.format("f"),
    }
    for name, text in pages.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    (out / "es" / "language.json").write_text("{}")
    kept = {name: pages[name] for name in ("a.html", "index.html")}
    assert remember_pages(out, store) == kept
    assert {path.name: path.read_text() for path in store.rglob("*.html")} == kept
    # Finished: nothing to do, and the whole pages are still there.
    for name in kept:
        (out / name).write_text(f"<meta {csp.MARK} content=''>")
    assert remember_pages(out, store) == {}
    # One page written anew: all are finished again, from what Sphinx wrote.
    (out / "a.html").write_text(SPHINX.format("new"))
    assert remember_pages(out, store) == kept | {"a.html": SPHINX.format("new")}
    (store / "index.html").unlink()
    with pytest.raises(CourseError, match="index.html: the page was finished by an earlier build"):
        remember_pages(out, store)


def test_files_that_became_one_go_and_what_pages_load_stays(tmp_path):
    static = tmp_path / "_static"
    kept = ["site.css", "own.js", "cards.js", "language_data.js.txt", "deep/a.png"]
    gone = [
        *("a.css", "doctools.js", "basic.css", "copybutton.css", "copybutton_funcs.js"),
        *("clipboard.min.js", "deep/a.js.map", "vendor/fontawesome/webfonts/a.ttf"),
        *("locales/de/booktheme.mo", "locales/de/booktheme.po", "bootstrap.js"),
    ]
    for name in kept + gone:
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text("x")
    (tmp_path / "searchindex.js").write_text("x")
    remove_unused(tmp_path, ["_static/a.css"], ["_static/doctools.js"], {"_static/cards.js"})
    assert {path.relative_to(static).as_posix() for path in static.rglob("*")} == {*kept, "deep"}
    assert not (tmp_path / "searchindex.js").exists()


def test_the_search_and_the_actions_are_loaded_by_their_versions(tmp_path):
    static = tmp_path / "_static"
    (static / "cite").mkdir(parents=True)
    search, act = {"_static/search.js": "SEARCH_VERSION,SEARCH_PLACES;"}, "_static/actions.js"
    bring_search(tmp_path, tmp_path, [], search)
    assert search == {"_static/search.js": "SEARCH_VERSION,SEARCH_PLACES;"}
    (static / "search-engine.js").write_text("a = 1;")
    versions = set()
    for places in ("", "x", "y"):
        (static / "place-names.js").write_text(places)
        texts = dict(search)
        bring_search(tmp_path, tmp_path, [], texts)
        version, _, word = texts["_static/search.js"].rstrip(";").partition(",")
        assert re.fullmatch("[0-9a-f]{8}", version) and word == ("yes" if places else "")
        versions.add(version)
    assert len(versions) == 3 and (static / "search-engine.js").read_text() == "a=1;"
    nothing = {"_static/other.js": "x"}
    bring_search(tmp_path, tmp_path, [], nothing)
    texts = {act: "ACTIONS_VERSION"}
    bring_actions(tmp_path, texts)
    bring_actions(tmp_path, nothing)
    assert texts == {act: "ACTIONS_VERSION"} and nothing == {"_static/other.js": "x"}
    (static / "act.js").write_text("b = 1;")
    bring_actions(tmp_path, texts)
    (static / "cite" / "about.js").write_text("x")
    again = {act: "ACTIONS_VERSION"}
    bring_actions(tmp_path, again)
    assert re.fullmatch("[0-9a-f]{8}", texts[act]) and texts != again
    assert (static / "act.js").read_text() == "b=1;"


def test_the_theme_s_search_does_not_search_while_one_types():
    assert theme_fixed("documentation_options.js", "x").endswith("search_as_you_type=false;")
    assert theme_fixed("a.js", "x") == "x"


# The head of the page and its bar


@pytest.mark.parametrize(
    "title, halves",
    [
        ("Kratom and Harm Reduction", ("Kratom and", "Harm Reduction")),
        ("One", ("One", "")),
        ("A longest", ("A", "longest")),
        ("Aa Bb", ("Aa", "Bb")),
    ],
)
def test_a_brand_breaks_in_the_middle(title, halves):
    assert hooks.in_two(title) == halves


@pytest.mark.parametrize(
    "page_name, part",
    [
        ("notebooks/04-risk/2-a-call", "04-risk/2-a-call"),
        ("notebooks/04-risk/10-a-call", "04-risk/10-a-call"),
        ("notebooks/04-risk/index", ""),
        ("book/help-now", ""),
        ("notebooks/4-risk/2-a-call", ""),
        ("old/notebooks/04-risk/2-a-call", ""),
    ],
)
def test_a_part_is_told_from_other_pages(page_name, part):
    assert hooks.part_name(page_name) == part


def test_a_part_has_a_place_to_tick_it_off_and_a_mark_is_hidden_from_readers(tmp_path):
    made = hooks.tick("04-risk/2-a-call")
    assert 'data-part="04-risk/2-a-call" aria-pressed="false">Tick this part off<' in made
    assert made.startswith('<p class="part-tick" hidden>')
    assert hooks.mark(tmp_path) == ""
    (tmp_path / "book" / "images").mkdir(parents=True)
    (tmp_path / "book" / "images" / "mark.svg").write_text("<svg a='b'><svg c='d'/></svg>\n")
    assert hooks.mark(tmp_path) == f"{hooks.MARK}a='b'><svg c='d'/></svg>"


# Other languages


def languages(folder, *codes):
    for code in codes:
        for name in ("a.html", "book/b.html", "notebooks/01-x/1-y.html"):
            path = folder / ("" if code == "en" else code) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('<head></head><div class="course-tools"></div>', encoding="utf-8")
        if code != "en":
            told = {"code": code, "name": f"<{code}>", "label": "Idioma"}
            (folder / code / "language.json").write_text(json.dumps(told), encoding="utf-8")


def test_the_switch_lists_each_language_that_has_the_page(tmp_path):
    languages(tmp_path, "en", "es", "ar_XB")
    (tmp_path / "ar_XB" / "a.html").unlink()
    bare = (tmp_path / "a.html").read_text()
    assert with_switch(bare, tmp_path, "a.html") == (
        '<head><link rel="alternate" hreflang="en" href="a.html">'
        '<link rel="alternate" hreflang="es" href="es/a.html"></head>'
        '<div class="course-tools"><nav class="language-switch" aria-label="Language"><ul>'
        '<li><strong lang="en">English</strong></li>'
        '<li><a href="es/a.html" hreflang="es" lang="es" dir="ltr">&lt;es&gt;</a></li>'
        "</ul></nav></div>"
    )
    deep = with_switch(bare, tmp_path, "book/b.html", "ar_XB")
    assert '<li><a href="../../book/b.html" hreflang="en" lang="en" dir="ltr">English</a>' in deep
    assert '<strong lang="ar-XB">&lt;ar_XB&gt;</strong>' in deep and 'aria-label="Idioma"' in deep
    assert 'href="../../es/book/b.html"' in deep
    rtl = with_switch(bare, tmp_path, "book/b.html")
    assert 'href="../ar_XB/book/b.html" hreflang="ar-XB" lang="ar-XB" dir="rtl"' in rtl
    assert with_switch(rtl, tmp_path, "book/b.html") == rtl, "once more changes nothing"


def test_the_switch_comes_to_every_page_and_goes_with_the_last_language(tmp_path):
    languages(tmp_path, "en", "es")
    pages = sorted(tmp_path.rglob("*.html"))
    before = {path: path.read_text() for path in pages}
    link_languages(tmp_path)
    assert len(pages) == 6
    for path in pages:
        found = re.findall('<a href="([^"]+)" hreflang', path.read_text())
        [address] = found
        assert (path.parent / address).resolve() in pages and (path.parent / address) != path
    (tmp_path / "es" / "language.json").unlink()
    link_languages(tmp_path)
    assert {path: path.read_text() for path in pages if "es" not in path.parts} == {
        path: text for path, text in before.items() if "es" not in path.parts
    }
    (tmp_path / "es" / "language.json").write_text('{"code": "es"}')
    assert languages_of(tmp_path) == {"es": "es"}
    assert label(tmp_path, "es") == label(tmp_path, "fr") == "Language"


# What can be taken along

PART = "notebooks/04-risk/2-a-call.html"


def taken_along(site, name=PART):
    html = (
        '<ul class="more-list"></ul><div class="cell docutils">x</div><div class="cell docutils">'
        'y</div><a class="help-link" href="h">Help</a>'
    )
    made = with_downloads(html, site, name)
    assert with_downloads(made, site, name) == made, "once more changes nothing"
    return made


def put(site, *names):
    for name in names:
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("{}")


def test_a_page_without_files_offers_none(tmp_path):
    assert "href" not in taken_along(tmp_path).replace('href="h"', "")


def test_the_foot_links_what_is_there_as_seen_from_the_page(tmp_path):
    slug = load_course().slug
    put(
        tmp_path,
        *(f"downloads/{slug}{end}" for end in (".pdf", ".epub", "-data.zip")),
        "downloads/notebooks/04-2-a-call.ipynb",
        f"downloads/{WHEEL}",
    )
    made = taken_along(tmp_path)
    foot = made.partition("take-along")[2]
    assert re.findall('href="([^"]+)" download="">([^<]+)<', foot) == [
        (f"../../downloads/{slug}.pdf", "the book as PDF"),
        (f"../../downloads/{slug}.epub", "the book as EPUB"),
        ("../../downloads/notebooks/04-2-a-call.ipynb", "this page as a notebook"),
        (f"../../downloads/{WHEEL}", "the Python package that notebooks use"),
        (f"../../downloads/{slug}-data.zip", "all data (CSV)"),
    ]
    assert "keep-the-book" not in made and "lite" not in made
    assert (
        '<ul class="more-list"><li class="file"><a class="act" '
        'href="../../downloads/notebooks/04-2-a-call.ipynb" download="">Save as a notebook' in made
    )
    put(tmp_path, "book/privacy.html")
    assert 'href="../../book/privacy.html#keep-the-book' in taken_along(tmp_path)
    other = taken_along(tmp_path, "book/index.html")
    assert "ipynb" not in other and WHEEL not in other and f'"../downloads/{slug}.pdf"' in other
    assert "04-0-risk.ipynb" not in taken_along(tmp_path, "notebooks/04-risk/index.html")


def test_a_part_runs_in_the_browser_where_the_site_can(tmp_path):
    put(tmp_path, "lite/start.html")
    made = taken_along(tmp_path)
    assert made.count('href="../../lite/start.html#04-2-a-call"') == 2 and "run-here" not in made
    put(tmp_path, "lite/run.json")
    known = {"megabytes": 12.7, "piplite": "a&b"}
    (tmp_path / "lite" / "run.json").write_text(json.dumps(known))
    made = taken_along(tmp_path)
    assert made.count('class="run-here"') == 1
    assert '<div class="run-here" data-part="04-2-a-call" data-lite="../../lite/"' in made
    assert 'data-megabytes="12" data-piplite="a&amp;b"' in made
    assert made.index("run-here") < made.index("cell docutils")
    assert "run-here" not in taken_along(tmp_path, "book/index.html")
    assert "#04-0-risk" in taken_along(tmp_path, "notebooks/04-risk/index.html")


# A figure on the front page

RAW = {
    "notebooks/04-risk/2-a.html": '<h1>4.2 A part<a class="headerlink" href="#a">#</a></h1>'
    '<figure id="figure-f" class="x"><a class="headerlink" href="#f">#</a><img src="../../_i/a.svg">'
    '<a href="#s">1</a><a href="https://x.org">2</a><svg><use href="#shape"></use></svg>'
    '<div class="figure-numbers">3</div><!-- c --><a href="1-b.html#x">4</a></figure>rest'
}


def landing(figure="f"):
    one = page(
        f'<div class="landing-figure" data-page="notebooks/04-risk/2-a" data-figure="{figure}">'
        "</div>",
        name="book/index.html",
    )
    landing_figure.place(one, RAW)
    return serialize(one)


def test_a_figure_comes_to_the_front_page_with_addresses_that_hold_there():
    text = landing()
    assert re.findall('(?:href|src)="([^"]+)"', text) == [
        "../_i/a.svg",
        "../notebooks/04-risk/2-a.html#s",
        "https://x.org",
        "#shape",
        "../notebooks/04-risk/1-b.html#x",
        "../notebooks/04-risk/2-a.html",
    ]
    assert "data-page" not in text and "figure-numbers" not in text and "rest" not in text
    assert '<p class="landing-more">' in text and ">Read the part behind it: 4.2 A part<" in text


def test_a_figure_that_the_part_lacks_stops_the_build():
    with pytest.raises(CourseError, match="wants the figure 'g', which is not in notebooks/04-ri"):
        landing("g")
    assert landing_figure.taken("nowhere.html", "f", RAW) is None


# The small course, built


@pytest.fixture(scope="module")
def finished(built_mini):
    return built_mini / "_build" / "html"


def text_of(path):
    return path.read_text(encoding="utf-8")


def own_pages(finished):
    """{name: HTML} of the pages that Sphinx wrote, but for the root."""
    return {
        path.relative_to(finished).as_posix(): text_of(path)
        for path in finished.rglob("*.html")
        if csp.MARK in text_of(path) and "site.css" in text_of(path) and path.stem != "404"
    }


def test_every_page_of_a_site_shares_one_sheet_and_one_script_by_their_bytes(finished):
    pages = own_pages(finished)
    assert set(pages) == {
        *("search.html", "book/index.html", "book/help-now.html", "book/review.html"),
        *(f"{MINI_PART}.html", f"{MINI_PART.rpartition('/')[0]}/index.html"),
    }
    for name, html in pages.items():
        for file in ("site.css", "site.js"):
            version = hashlib.sha256((finished / "_static" / file).read_bytes()).hexdigest()[:8]
            address = f"{'../' * name.count('/')}_static/{file}?v={version}"
            assert html.count(address) == 1 and html.count(f"{file}?v=") == 1, name
        assert html.count("<title>") == 1 and "fontawesome" not in html and "thebe" not in html
        assert html.count('name="description"') == 1 and not re.search(r"<!-- (?!run)", html)


def test_a_page_loads_the_scripts_that_its_contents_need(finished):
    def own(name):
        return set(
            re.findall(r'<script defer src="[^"]*_static/([\w.-]+)\?', text_of(finished / name))
        )

    assert own("book/index.html") == own("search.html") == {"site.js", "progress.js"}
    assert own("book/review.html") == {"site.js", "progress.js", "quiz.js", "review.js"}
    assert own(f"{MINI_PART}.html") == {"site.js", "progress.js", "cards.js", "quiz.js"}
    for name in ("quiz.js", "cards.js", "review.js", "progress.js"):
        assert "\n  " not in text_of(finished / "_static" / name), f"{name} is minified"


def test_nothing_is_left_of_what_became_one_or_is_not_used(finished):
    static = finished / "_static"
    left = {path.relative_to(static).as_posix() for path in static.rglob("*") if path.is_file()}
    assert not {name for name in left if re.search(r"thebe|webpack|\.map$|booktheme", name)}
    assert {name for name in left if name.endswith(".css")} <= {"site.css", "missing.css"}
    assert not left & {"doctools.js", "search.js", "storage.js", "searchtools.js", "bootstrap.js"}
    assert not [path for path in static.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert not (finished / "searchindex.js").exists()


def test_the_sheet_has_icons_colours_and_only_rules_that_a_page_can_meet(finished):
    css = text_of(finished / "_static" / "site.css")
    assert css.startswith("@font-face") and "font/woff2;base64," in css
    assert "[data-theme=auto]" in css and ".copy-code" in css and ".quiz-item" in css
    assert ".sd-tab-set" not in css and "[dir=rtl]" not in css and ".language-switch" in css
    # What only scripts make: those of every page, of some pages, of dialogs and of explorers.
    for made in (".course-notice", ".is-right", ".search-panel", ".act-dialog", ".explorer"):
        assert made in css, made


def test_the_bar_leads_to_the_pages_that_are_there_from_any_depth(finished):
    bar = re.search(r'<nav class="course-nav".*?</nav>', text_of(finished / "book/help-now.html"))
    assert re.findall('<a href="([^"]+)"( aria-current="page")?>([^<]+)', bar[0]) == [
        ("index.html", "", "Chapters")
    ]
    bar = re.search(r'<nav class="course-nav".*?</nav>', text_of(finished / "book/index.html"))
    assert 'aria-current="page"' in bar[0]
    deep = text_of(finished / f"{MINI_PART}.html")
    assert '<a class="help-button" href="../../book/help-now.html">' in deep
    assert '<a class="help-button" href="#main-content">' in text_of(
        finished / "book/help-now.html"
    )
    assert "<span>Kratom and</span> <span>Harm Reduction</span>" in deep
    assert '<svg aria-hidden="true" focusable="false" ' in deep


def test_a_part_alone_is_ticked_off(finished):
    parts = [name for name, html in own_pages(finished).items() if "part-tick" in html]
    assert parts == [f"{MINI_PART}.html"]
    assert f'data-part="{MINI_PART.partition("/")[2]}"' in text_of(finished / parts[0])


def test_the_page_of_the_search_leads_on_without_a_script(finished):
    text = text_of(finished / "search.html")
    assert "These pages lead on without a search:" in text and 'content="noindex"' in text
    ways = text.partition("lead on without a search")[2].partition("</ul>")[0]
    assert re.findall('href="([^"]+)">([^<]+)', ways) == [
        ("book/help-now.html", "Help now"),
        ("book/index.html", "Chapters"),
    ]


def test_the_index_of_the_search_has_every_page_to_read(finished):
    script = text_of(finished / "_static" / "search" / "index.js")
    index = json.loads(script.partition("=")[2].rstrip(";\n"))
    assert [(path, label) for path, label, _, _ in index["pages"]] == [
        ("book/help-now.html", ""),
        ("book/index.html", ""),
        (f"{MINI_PART}.html", "1.1"),
        (f"{MINI_PART.rpartition('/')[0]}/index.html", "1"),
    ]
    shared = text_of(finished / "_static" / "site.js")
    assert "SEARCH_VERSION" not in shared and "ACTIONS_VERSION" not in shared


def test_a_site_that_is_finished_is_left_as_it_is(mini):
    out = mini / "_build" / "html"
    [store] = (mini / "_build").rglob("pages")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    finish_site(out, store, mini)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert len(list(store.glob("sheet-*.css"))) == 1
    assert (store / "search.html").exists() and csp.MARK not in text_of(store / "search.html")
