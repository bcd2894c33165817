"""A figure carries its finding, alt text, limits, source and data, wide and for a phone."""

import itertools
import re
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from kratomcourse.charts import DARK, INVENTED, LIGHT, name_rows, show
from kratomcourse.charts.figure import COLOURS, MIME, NARROW
from kratomcourse.charts.maps import AGES, COUNTRIES, LEAF, SEVEN_OH
from kratomcourse.charts.source_line import source_line
from kratomcourse.editions.colours import contrast

WORDS = {
    "name": "a-line",
    "title": "The line rises from one to four",
    "subtitle": "Value after each step of an invented series.",
    "sources": ["Invented for this test, 2026."],
    "alt": "A line that rises from one to four over three steps, without a bend.",
    "limits": "It says nothing about the years before.",
}


def draw(ax, look):
    ax.plot([1, 2, 4], color=look.leaf)


def a_figure(**changed):
    return show(
        draw, data=pd.DataFrame({"step": [0, 1, 2], "value": [1, 2, 4]}), **(WORDS | changed)
    )


def test_one_drawing_serves_light_and_dark_by_the_name_of_its_colours():
    bundle = a_figure()._repr_mimebundle_()[MIME]
    for kind in ("wide", "narrow"):
        assert f'stroke="{LIGHT.leaf}" class="s-leaf"' in bundle[kind]
        assert DARK.leaf not in bundle[kind]
        assert f'aria-label="{WORDS["alt"]}"' in bundle[kind]


def test_text_is_text_and_large_enough_for_the_smallest_phone():
    def crowded(ax, look):
        draw(ax, look)
        ax.text(0, 1, "small words", fontsize=6)
        ax.set(xlabel="step", ylabel="value")

    pictures = drawn(crowded)
    sizes = {
        kind: [float(size) for size in re.findall(r'<text [^>]*font-size="([\d.]+)"', svg)]
        for kind, svg in pictures.items()
    }
    assert ">small words<" in pictures["narrow"] and ">value<" in pictures["narrow"]
    assert min(sizes["narrow"]) * 320 / NARROW >= 12
    assert min(sizes["wide"]) >= 13 and "rotate" not in pictures["wide"]


def test_long_names_of_rows_stand_above_their_marks_on_a_phone():
    def rows(ax, look):
        ax.plot([1, 2], [0, 1], "o")
        name_rows(ax, ["a household survey of everyone", "another one"])

    pictures = drawn(rows)
    name = r'x="([\d.]+)"[^>]*>a household survey of everyone<'
    assert float(re.search(name, pictures["narrow"])[1]) < 10
    assert 'text-anchor="end"' in pictures["wide"]


def test_text_that_runs_out_of_the_drawing_is_refused():
    with pytest.raises(ValueError, match="figure a-line, wide: the drawing of 720 units runs from"):
        drawn(lambda ax, look: ax.text(1, 0, "a long way out " * 9, transform=ax.transAxes))


def test_in_a_translation_the_drawing_grows_with_its_words(monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "es")
    long = drawn(lambda ax, look: ax.text(1, 0, "a long way out " * 9, transform=ax.transAxes))
    left, _top, width, _height = map(
        float, re.search(r'viewBox="([^"]+)"', long["wide"])[1].split()
    )
    assert left == 0 and width > 900


def test_a_colour_without_a_meaning_is_refused():
    with pytest.raises(ValueError, match="#123456 has no meaning in the course"):
        drawn(lambda ax, look: ax.bar([1], [1], color="#123456"))


def test_the_ids_of_two_drawings_never_meet():
    def clipped(ax, look):
        ax.plot([0, 5], [0, 5])
        ax.set(xlim=(1, 2))

    ids = [re.findall(r' id="([^"]+)"', svg) for svg in drawn(clipped).values()]
    assert ids[0] and not set(ids[0]) & set(ids[1])


@pytest.mark.parametrize(
    "sources, line",
    [
        (["ph109"], r"Source: \S.* \d{4}\."),
        (["ph109", "ph109", "wk018"], r"Sources: [^;]+; [^;]+\."),
        (["us_states.csv"], r"Our table us_states\.csv, as of \d+ \w+ \d{4}\."),
        ([INVENTED], r"Invented for this course, \d{4}\."),
    ],
)
def test_the_source_line_is_made_from_rows(sources, line):
    assert re.fullmatch(line, source_line(sources))


@pytest.mark.parametrize("sources", [[], ["ph10x"], ["nobody knows"]])
def test_a_figure_without_a_known_source_is_refused(sources):
    with pytest.raises(ValueError, match="source"):
        a_figure(sources=sources)


def test_the_colours_are_those_of_the_pages():
    """One palette: a figure and the page around it take their colours from the same tokens."""
    css = (ROOT / "kratomcourse/site/static/tokens.css").read_text(encoding="utf-8")
    light, dark = css.split(":root{", 1)[1].split('html[data-theme="dark"]{', 1)
    names = {"muted": "ink3", "second": "link", "faint": "line", "seven_oh": "sevenoh"}
    for look, tokens in ((LIGHT, light), (DARK, dark)):
        known = dict(re.findall(r"--([\w]+):(#[0-9A-Fa-f]{6});", tokens))
        for colour, name in COLOURS.items():
            value = colour if look is LIGHT else getattr(DARK, name)
            assert known[names.get(name, name)].lower() == value, (look.name, name)


def test_the_data_travels_with_the_figure():
    assert a_figure()._repr_mimebundle_()[MIME]["csv"] == "step,value\n0,1\n1,2\n2,4\n"


def test_the_same_figure_is_the_same_file_every_time():
    assert a_figure()._repr_mimebundle_() == a_figure()._repr_mimebundle_()


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"name": "A Line"}, "lower-case words joined by hyphens"),
        ({"alt": ""}, "alt says too little"),
        ({"alt": "a-line-that-rises-over-three-steps-light.png"}, "alt says too little"),
        ({"title": "Line"}, "title says too little"),
        ({"limits": "none"}, "limits says too little"),
    ],
)
def test_a_figure_without_words_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        a_figure(**changed)


def test_ink_and_series_stand_out_from_the_paper():
    for look in (LIGHT, DARK):
        assert contrast(look.ink, look.paper) >= 7
        assert contrast(look.muted, look.paper) >= 4.5
        for name in ("leaf", "extract", "seven_oh", "mixed", "compare", "second", "law3"):
            assert contrast(getattr(look, name), look.paper) >= 3, name


# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color
# Vision Deficiency", complete loss; on linear RGB.
SIGHT = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
SERIES = ("leaf", "extract", "seven_oh", "mixed", "compare", "ink")


def lab(colour, sight=None):
    """CIE L*a*b* of a colour, as somebody with that sight sees it."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    if sight:
        linear = np.clip(np.array(SIGHT[sight]) @ linear, 0, 1)
    xyz = (
        np.array(
            [
                [0.4124564, 0.3575761, 0.1804375],
                [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041],
            ]
        )
        @ linear
        / [0.95047, 1, 1.08883]
    )
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_series_stay_apart_for_colour_blind_readers(look, sight):
    for one, other in itertools.combinations(SERIES, 2):
        distance = np.linalg.norm(lab(getattr(look, one), sight) - lab(getattr(look, other), sight))
        assert distance >= 10, (
            f"{one} and {other} are {distance:.0f} apart in {look.name} with {sight}; a "
            "difference is easy to see from about 10 on"
        )


def test_the_measure_of_distance_finds_red_and_green_alike():
    """The classic pair, so that a green test above means something."""
    red, green = "#c0504d", "#7a7a1e"
    assert np.linalg.norm(lab(red) - lab(green)) > 3 * np.linalg.norm(
        lab(red, "deuteranopia") - lab(green, "deuteranopia")
    )


@pytest.mark.parametrize(
    "styles", [LEAF, SEVEN_OH, COUNTRIES, AGES], ids=["leaf", "7-oh", "countries", "ages"]
)
@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_a_map_can_be_read_without_colour(styles, look):
    """Each status differs from each other in lightness or in its edge."""
    for one, other in itertools.combinations(styles.values(), 2):
        apart = abs(lab(getattr(look, one.fill))[0] - lab(getattr(look, other.fill))[0])
        assert one.edge != other.edge or apart >= 5, (one, other)


def drawn(draw):
    return show(draw, **WORDS, data=pd.DataFrame({"x": [1]})).pictures


def test_each_colour_has_one_name():
    names = [*(field.name for field in fields(LIGHT)), *LIGHT.compared]
    assert len(COLOURS) == len(set(names) - {"name", "compared", "narrow"})
