"""A figure carries its finding, alt text, limits and data, in light and in dark."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from kratomcourse.charts import DARK, LIGHT, show
from kratomcourse.charts.figure import COLOURS, MIME, trimmed
from kratomcourse.charts.maps import AGES, COUNTRIES, LEAF, SEVEN_OH

WORDS = {
    "name": "a-line",
    "title": "The line rises from one to four",
    "alt": "A line that rises from one to four over three steps, without a bend.",
    "limits": "It says nothing about the years before.",
}


def draw(ax, look):
    ax.plot([1, 2, 4], color=look.mitragynine)


def a_figure(**changed):
    return show(
        draw, data=pd.DataFrame({"step": [0, 1, 2], "value": [1, 2, 4]}), **(WORDS | changed)
    )


def test_both_modes_are_drawn_in_their_own_colours():
    bundle = a_figure()._repr_mimebundle_()[MIME]
    assert LIGHT.mitragynine in bundle["light"] and LIGHT.mitragynine not in bundle["dark"]
    assert DARK.mitragynine in bundle["dark"]


def test_the_data_travels_with_the_figure():
    assert a_figure()._repr_mimebundle_()[MIME]["csv"] == "step,value\n0,1\n1,2\n2,4\n"


def test_the_same_figure_is_the_same_file_every_time():
    assert a_figure()._repr_mimebundle_() == a_figure()._repr_mimebundle_()


def test_letters_keep_their_size_when_coordinates_are_trimmed():
    svg = a_figure()._repr_mimebundle_()[MIME]["light"]
    assert "scale(0.015625)" in svg and "scale(0.02)" not in svg


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
        for name in ("mitragynine", "seven_oh", "morphine", "other", "warn"):
            assert contrast(getattr(look, name), look.paper) >= 3, name


def contrast(one, other):
    """Contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_letters_in_pictures_keep_their_size():
    svg = trimmed(
        '<svg><g transform="scale(0.015625)"/><g transform="scale(0.095 -0.095)"/>'
        '<path d="M 12.345678 0.5"/></svg>'
    )
    assert "scale(0.015625)" in svg
    assert "scale(0.095 -0.095)" in svg and "12.35" in svg


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
SERIES = ("mitragynine", "seven_oh", "morphine", "other", "data", "warn")


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
        assert distance >= 12, (
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
def test_a_map_never_speaks_by_colour_alone(styles):
    assert len({style.hatch for style in styles.values()}) == len(styles)


def drawn(draw):
    return show(draw, **WORDS, data=pd.DataFrame({"x": [1]})).pictures


def without_names(svg):
    """Names of marks and clips hang on colours, and each picture is a file of its own."""
    return re.sub(r'(id="|xlink:href="#|url\(#)[a-z][0-9a-f]{10,}', r"\1", svg)


def test_the_dark_picture_is_the_light_one_in_other_colours_as_if_it_were_drawn():
    times = []

    def plain(ax, look):
        times.append(look.paper)
        ax.plot([1, 2, 3], [2, 1, 3], marker="o")
        ax.bar([1, 2], [1, 2], color=look.seven_oh, alpha=0.4, edgecolor=look.paper, label="bars")
        ax.text(1, 1, "words", color=look.warn)
        ax.legend()

    once = drawn(plain)
    assert len(times) == 1
    twice = drawn(lambda ax, look: (plain(ax, look), look.name))
    assert len(times) == 3
    assert once["light"] == twice["light"] and without_names(once["dark"]) == without_names(
        twice["dark"]
    )
    assert once["dark"] != once["light"]


@pytest.mark.parametrize(
    "own",
    [
        lambda ax, look: ax.bar([1], [1], color="white"),  # not asked of the look: it stays white
        lambda ax, look: ax.bar([1], [1], color="#123456"),
        lambda ax, look: ax.imshow([[0, 1], [1, 0]]),
        lambda ax, look: ax.bar([1], [1 if look.name == "light" else 2]),
    ],
    ids=["white", "own colour", "image", "by mode"],
)
def test_a_drawing_with_more_than_the_looks_colours_is_drawn_in_both_modes(own):
    times = []
    pictures = drawn(lambda ax, look: (own(ax, look), times.append(1)))
    assert len(times) == 2 and pictures["dark"] != pictures["light"]


def test_shades_of_its_own_are_told_and_a_shade_for_two_colours_is_drawn():
    def shaded(ax, look, more=()):
        for number, (light, dark) in enumerate([("#ffeedd", "#332211"), *more]):
            ax.bar(
                [number], [1], facecolor=look.shade(light, dark), edgecolor=look.muted, hatch="//"
            )

    times = []
    once = drawn(lambda ax, look: (shaded(ax, look), times.append(1)))
    assert len(times) == 1 and "#332211" in once["dark"] and "#ffeedd" not in once["dark"]
    assert without_names(
        drawn(lambda ax, look: (shaded(ax, look), look.name))["dark"]
    ) == without_names(once["dark"])
    both = drawn(lambda ax, look: (shaded(ax, look, [("#ffeedd", "#445566")]), times.append(1)))
    assert len(times) == 3 and {"#332211", "#445566"} <= set(
        re.findall("#[0-9a-f]{6}", both["dark"])
    )


def test_what_is_white_in_itself_stays_white():
    assert "#ffffff" in drawn(lambda ax, look: ax.bar([1], [1], color="white"))["dark"]


def test_each_light_colour_stands_for_one_dark_colour():
    pairs = {(getattr(LIGHT, name), getattr(DARK, name)) for name in COLOURS}
    assert len({light for light, _ in pairs}) == len(pairs)
