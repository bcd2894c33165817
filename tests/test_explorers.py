"""Explorers: every frame comes from the models, works from the keyboard, and stands complete
without a script.
"""

import gzip
import json
import math
import re
from types import SimpleNamespace

import lxml.html as html
import pytest
from conftest import ROOT, part_with, until

from kratomcourse.charts import DARK, Axis, Picture, RadioButtons, Slider, explore
from kratomcourse.charts.explorer import EXPLORER_MIME
from kratomcourse.models import occupancy
from kratomcourse.site.sphinx.explorers import (
    ExplorerBox,
    choice_html,
    dark_colours,
    explorer_nodes,
    slider_html,
)

SCRIPT = ROOT / "kratomcourse" / "site" / "static" / "explorer.js"
NAMES = {
    "02-pharmacology": ("unbound-explorer", "vessels-explorer"),
    "03-evidence-of-benefit": ("selection-explorer",),
    "04-risk": ("machine-explorer", "risk-explorer", "collider-explorer"),
}
WORDS = {
    "name": "held",
    "title": "Occupancy climbs and never arrives",
    "subtitle": "Receptors held by a made-up drug, percent.",
    "sources": ["Invented for this test, 2026."],
    "alt": "A dot on a scale from 0 to 100 percent of receptors held, at 50 percent.",
    "limits": "A made-up drug, and receptors in a dish.",
}


def still():
    return Picture(Axis(0, 100, {0: "0", 100: "100"}), Axis(0, 1, {}))


def draw(picture, concentration):
    held = 100 * float(occupancy(concentration, 10))
    picture.dot(held, 0.5, "seven_oh")
    return f"{held:.0f} of 100 receptors are held.", {"held": held}


def made(**changed):
    slider = Slider("Concentration", {"low": 1, "even": 10, "high": 90}, start="even")
    return explore(draw, still=still, **{"controls": (slider,), **WORDS, **changed})


def test_each_position_has_its_frame_and_its_row():
    explorer = made()
    assert [sentence for _, sentence in explorer.frames.values()] == [
        f"{n} of 100 receptors are held." for n in (9, 50, 90)
    ]
    assert (
        explorer.start == "1"
        and "50 of 100" in explorer._repr_mimebundle_()[EXPLORER_MIME]["sentence"]
    )
    assert explorer.data["Concentration"].tolist() == ["low", "even", "high"] and explorer.data[
        "held"
    ].round().tolist() == [9, 50, 90]


@pytest.mark.parametrize("extensions", [{"kratomcourse.site": None}, {}])
def test_a_book_without_our_extension_gets_the_figure_as_it_stands_at_the_start(extensions):
    """A node of our own would stop somebody else's build."""
    env = SimpleNamespace(app=SimpleNamespace(extensions=extensions), docname="chapter")
    (figure,) = explorer_nodes(
        made()._repr_mimebundle_()[EXPLORER_MIME], env, lambda name, text: name
    )
    assert bool(list(figure.findall(ExplorerBox))) == bool(extensions)
    assert ("<svg" in figure.astext() and "50 of 100 receptors" in figure.astext()) == (
        not extensions
    )


def test_two_controls_make_every_pair():
    explorer = explore(
        lambda picture, a, b: (f"{a} and {b}", {"sum": a + b}),
        still=still,
        controls=(
            Slider("A", {"one": 1, "two": 2}, "one"),
            RadioButtons("B", {"ten": 10, "twenty": 20}, "twenty"),
        ),
        **WORDS,
    )
    assert list(explorer.frames) == ["0,0", "0,1", "1,0", "1,1"] and explorer.start == "0,1"


def test_a_slider_shows_its_ends_and_a_choice_all_there_is():
    texts = ["one in a hundred", "half", "nine in ten"]
    control = {"label": "Share", "texts": texts, "start": 1}
    slider = html.fragment_fromstring(slider_html(control, "a-0"))
    (ends,) = slider.find_class("explorer-ends")
    assert [end.text for end in ends] == ["one in a hundred", "nine in ten"]
    assert slider.find("input").get("aria-valuetext") == "half"
    choice = html.fragment_fromstring(choice_html(control, "a-1"))
    assert [label.text_content().strip() for label in choice.iter("label")] == texts
    assert [radio.get("checked") is not None for radio in choice.iter("input")] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Held up"}, "use lower-case words joined by hyphens"),
        ({"alt": "figure.svg"}, "alt says too little"),
        (
            {"controls": (Slider("Concentration", {"low": 1}, start="middle"),)},
            "has no position 'middle'; it has low",
        ),
        (
            {"controls": (Slider("Concentration", {str(n): n for n in range(201)}, start="1"),)},
            "more than 200 frames",
        ),
    ],
)
def test_an_explorer_that_can_not_be_is_refused(changed, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        made(**changed)


def test_people_are_drawn_and_never_more_than_there_are():
    picture = Picture(Axis(0, 1, {}), Axis(0, 1, {}))
    picture.people(30, 1000)
    large, small = picture.parts
    assert large.count("M") == 1 and small.count("M") == 25
    with pytest.raises(ValueError, match="31 of 30"):
        picture.people(31, 30)


def test_the_script_is_small():
    assert SCRIPT.stat().st_size < 8_000


@pytest.mark.site
def test_every_explorer_of_the_book_has_its_frames_beside_it_and_none_takes_an_amount(site):
    for chapter, names in NAMES.items():
        pages = [
            path.read_text(encoding="utf-8")
            for path in sorted((site / "notebooks" / chapter).glob("[0-9]*.html"))
        ]
        found = [name for page in pages for name in re.findall(r'data-explorer="([^"]+)"', page)]
        assert sorted(found) == sorted(names)
        for box in re.findall(
            r'<div class="explorer".*?</output></div>', "".join(pages), flags=re.S
        ):
            frames = site / "notebooks" / chapter / re.search(r'data-frames="([^"]+)"', box)[1]
            assert len(gzip.compress(frames.read_bytes())) < 8_000
            labels = html.fragment_fromstring(box).find_class("explorer-controls")[0].text_content()
            assert not re.search(
                r"\b(mg|milligram|gram|g|dose|spoon|capsule|tablet)s?\b", labels
            ), labels
            keys = json.loads(
                re.match(r'courseExplorer\("[^"]+",(.*)\);', frames.read_text(encoding="utf-8"))[1]
            )
            sliders = [int(n) + 1 for n in re.findall(r'max="(\d+)"', box)]
            choices = [part.count('type="radio"') for part in box.split("<fieldset>")[1:]]
            assert len(keys) == math.prod(sliders + choices)


@pytest.mark.browser
@pytest.mark.site
def test_the_keyboard_moves_it_and_the_sentence_follows(site, browser):
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto(
        (site / f"{part_with('machine-explorer')}.html").as_uri() + "#figure-machine-explorer"
    )
    box = page.locator("[data-explorer=machine-explorer]")
    before = box.locator("output").inner_text()
    assert "80.4 deaths" in before
    counted = box.get_by_role("group", name="Counted at the bottom")
    assert counted.get_by_role("radio").count() == 4, "all that may be chosen is seen"
    counted.get_by_role("radio", checked=True).focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    until(
        page,
        "document.querySelector('[data-explorer=machine-explorer] "
        "output').textContent.includes('15,000,000')",
    )
    assert "9.1 deaths" in box.locator("output").inner_text()
    assert counted.get_by_label("commentary: 15 million").is_checked()
    assert "9.1" in box.locator(".moving").text_content()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    page.close()


@pytest.mark.browser
@pytest.mark.site
def test_without_a_script_the_first_frame_stands(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / f"{part_with('unbound-explorer')}.html").as_uri())
    box = page.locator("[data-explorer=unbound-explorer]")
    assert box.locator("svg .moving circle").count() == 5
    assert "With 10% unbound" in box.locator("output").inner_text()
    assert not box.locator("input").first.is_visible()
    context.close()


def test_the_page_turns_every_colour_dark():
    css = dark_colours()
    for colour in ("ink", "muted", "faint", "second", *DARK.compared):
        for kind, what in (("f", "fill"), ("s", "stroke")):
            rule = f'html[data-theme="dark"] .{kind}-{colour}{{{what}:{getattr(DARK, colour)}}}'
            assert rule in css
