"""The figures of the built book, as readers see them: words above and below, and text that a phone
shows large enough.
"""

import re

import pytest
from conftest import ROOT
from lxml import html

pytestmark = pytest.mark.site
SMALLEST = 12  # px of any text in a figure
PHONE = 320  # px of the narrowest screen; a drawing goes from edge to edge there
YEAR = re.compile(r"\b(1[89]|20)\d\d\b")
DRAWN = re.compile(r'class="course-figure')


def figures(site):
    """(page, element) of each figure of the book."""
    for path in sorted(site.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        if path.relative_to(site).parts[0] not in ("book", "notebooks") or not DRAWN.search(text):
            continue
        for figure in html.fromstring(text).cssselect("figure.course-figure"):
            yield f"{path.relative_to(site)}#{figure.get('id')}", figure


@pytest.fixture(scope="module")
def shown(site):
    found = list(figures(site))
    assert len(found) > 90
    return found


def test_each_figure_has_its_words_above_and_below(shown):
    wrong = []
    for name, figure in shown:
        order = [child.tag for child in figure]
        source = " ".join(node.text_content() for node in figure.cssselect(".figure-source"))
        pictures = figure.cssselect("svg[role=img]")
        if not (
            order[0] == "figcaption"
            and len(figure.cssselect(".caption-text")[0].text_content()) >= 15
            and len(figure.cssselect(".figure-subtitle")[0].text_content()) >= 15
            and YEAR.search(source)
            and "What it can" in figure.cssselect(".legend")[0].text_content()
            # The front page shows a copy whose numbers lie in its part.
            and (figure.cssselect('.figure-data a[href$=".csv"]') or "index.html" in name)
            and pictures
            and all(len(picture.get("aria-label", "")) >= 40 for picture in pictures)
        ):
            wrong.append(name)
    assert not wrong


def test_no_text_of_a_figure_is_below_twelve_pixels_on_a_phone(shown):
    small = {}
    for name, figure in shown:
        for svg in figure.cssselect("svg[role=img]"):
            if "figure-wide" in svg.get("class", ""):
                continue
            scale = PHONE / float(svg.get("viewbox").split()[2])
            sizes = [float(text.get("font-size")) for text in svg.cssselect("text")]
            if sizes and min(sizes) * scale < SMALLEST:
                small[name] = round(min(sizes) * scale, 1)
    assert not small


def test_each_drawing_has_a_wide_and_a_narrow_form_and_only_colours_of_the_course(shown):
    from kratomcourse.charts.figure import COLOURS

    for name, figure in shown:
        if "course-explorer" in figure.get("class"):
            continue
        kinds = [svg.get("class") for svg in figure.cssselect(".course-pictures svg")]
        assert kinds == ["figure-wide", "figure-narrow"], name
        colours = set(re.findall(rb'"(#[0-9a-f]{6})"', html.tostring(figure)))
        assert {colour.decode() for colour in colours} <= set(COLOURS), name


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 320])
def test_a_browser_shows_no_text_of_a_figure_below_twelve_pixels(site, browser, width):
    """What the arithmetic above says, measured where the page is laid out."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    for name in sorted({name.partition("#")[0] for name, _ in figures(site)})[::6]:
        page.goto((site / name).as_uri())
        small = page.evaluate(
            """() => [...document.querySelectorAll(".course-figure svg")].flatMap(svg => {
                const box = svg.getBoundingClientRect();
                if (!box.width) return [];
                const style = getComputedStyle(svg);
                const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
                const inner = box.width - padding;
                const scale = inner / svg.viewBox.baseVal.width;
                return [...svg.querySelectorAll("text")]
                    .map(text => parseFloat(getComputedStyle(text).fontSize) * scale)
                    .filter(size => size < 12)
                    .map(size => [svg.closest("figure").id, size]);
            })"""
        )
        assert not small, name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.close()


def test_the_fonts_that_measure_are_those_of_the_pages():
    fonts = sorted(path.name for path in (ROOT / "kratomcourse/charts/fonts").glob("*.ttf"))
    assert fonts == ["public-sans-bold.ttf", "public-sans.ttf"]
