"""Transforms of finished pages, each on a small page: what it changes, and what it leaves alone."""

import re

import pytest

from kratomcourse.errors import CourseError
from kratomcourse.site.postprocess import accessibility, csp, head, lean, scripts
from kratomcourse.site.postprocess.page import parse, serialize
from kratomcourse.site.postprocess.pipeline import PATCHES, require_patches

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
        '<table class="cards"><tr><th>kept</th></tr></table>',
    )
    assert (
        '<section class="table-scroll" tabindex="0" aria-label="Table 1: Calls">'
        '<table class="dataframe">' in text
    )
    assert '<td></td><th scope="col">n</th>' in text and '<th scope="row">a</th>' in text
    assert 'aria-label="Table 2: Calls"><table><thead><tr><th colspan="2" scope="colgroup">' in text
    assert '</section><table class="cards"><tr><th>kept</th>' in text


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
