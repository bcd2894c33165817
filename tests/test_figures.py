"""A figure carries its finding, alt text, limits and data, in light and in dark."""

import itertools

import numpy as np
import pandas as pd
import pytest
from kratomcourse.charts import DARK, LIGHT, show
from kratomcourse.charts.figure import MIME, trimmed
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
    return show(draw, data=pd.DataFrame({"step": [0, 1, 2], "value": [1, 2, 4]}), **(WORDS | changed))


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


@pytest.mark.parametrize("changed, message", [
    ({"name": "A Line"}, "lower-case words joined by hyphens"),
    ({"alt": ""}, "alt says too little"),
    ({"alt": "a-line-that-rises-over-three-steps-light.png"}, "alt says too little"),
    ({"title": "Line"}, "title says too little"),
    ({"limits": "none"}, "limits says too little"),
])  # fmt: skip
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
    svg = trimmed('<svg><g transform="scale(0.015625)"/><g transform="scale(0.095 -0.095)"/><path d="M 12.345678 0.5"/></svg>')
    assert "scale(0.015625)" in svg
    assert "scale(0.095 -0.095)" in svg and "12.35" in svg


# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency", complete loss; on linear RGB.
SIGHT = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
SERIES = ("mitragynine", "seven_oh", "morphine", "other", "data", "warn")


def lab(colour, sight=None):
    """CIE L*a*b* of a colour, as somebody with that sight sees it."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    if sight:
        linear = np.clip(np.array(SIGHT[sight]) @ linear, 0, 1)
    xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]) @ linear / [0.95047, 1, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_series_stay_apart_for_colour_blind_readers(look, sight):
    for one, other in itertools.combinations(SERIES, 2):
        distance = np.linalg.norm(lab(getattr(look, one), sight) - lab(getattr(look, other), sight))
        assert distance >= 12, f"{one} and {other} are {distance:.0f} apart in {look.name} with {sight}; a difference is easy to see from about 10 on"


def test_the_measure_of_distance_finds_red_and_green_alike():
    """The classic pair, so that a green test above means something."""
    red, green = "#c0504d", "#7a7a1e"
    assert np.linalg.norm(lab(red) - lab(green)) > 3 * np.linalg.norm(lab(red, "deuteranopia") - lab(green, "deuteranopia"))


@pytest.mark.parametrize("styles", [LEAF, SEVEN_OH, COUNTRIES, AGES], ids=["leaf", "7-oh", "countries", "ages"])
def test_a_map_never_speaks_by_colour_alone(styles):
    assert len({style.hatch for style in styles.values()}) == len(styles)
