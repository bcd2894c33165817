"""A figure in light and in dark, with its finding, its alt text, its limits and its data.

In a page the site turns it into pictures, caption and download; in JupyterLab it shows itself as
HTML."""

import base64
import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Text

from ..i18n import _, direction, insert_ltr_marks, language
from .style import DARK, LIGHT, Look

Bounds = tuple[float, float, float, float]  # x0, y0, width and height of a panel
# Every colour of a look; each light one stands for one dark one.
COLOURS = {field.name for field in fields(LIGHT)} - {"name", "compared"} | set(LIGHT.compared)
BY_DEFAULT = {
    "ink",
    "muted",
    "faint",
    "other",
    *LIGHT.compared,
}  # what matplotlib takes from `Look.rc`
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")
MIME = "application/vnd.kratomcourse.figure+json"


@dataclass(frozen=True)
class Figure:
    """What a chapter's code cell returns; displays itself."""

    name: str  # slug, unique in the chapter: file name of pictures and data
    title: str  # the finding, as a sentence
    alt: str  # what someone who cannot see it needs to know, finding first
    limits: str  # what the figure cannot show
    data: pd.DataFrame  # the numbers drawn
    pictures: dict[str, str]  # "light" and "dark": SVG text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        csv = self.data.to_csv(index=False, lineterminator="\n")
        words = {
            "name": self.name,
            "title": self.title,
            "alt": self.alt,
            "limits": self.limits,
            "csv": csv,
        }
        return {
            MIME: words | self.pictures,
            "text/html": self._html(),
            "text/plain": f"{self.title}\n{self.alt}",
        }

    def _html(self) -> str:
        picture = base64.b64encode(self.pictures["light"].encode()).decode()
        table = self.data.to_html(
            index=False, border=0, float_format=lambda number: f"{number:.4g}"
        )
        return (
            '<figure style="margin:0"><img style="max-width:560px;width:100%" '
            f'src="data:image/svg+xml;base64,{picture}" alt="{html.escape(self.alt)}">'
            f"<figcaption><p><strong>{html.escape(self.title)}</strong></p>"
            f"<p>{html.escape(self.limits)}</p>"
            f"<details><summary>{_('The numbers')}</summary>{table}</details></figcaption></figure>"
        )


def show(
    draw: Callable[[Any, Any], object],
    *,
    name: str,
    title: str,
    alt: str,
    limits: str,
    data: pd.DataFrame,
    size: tuple[float, float] = (5.2, 3.5),
    rows: int = 1,
    columns: int = 1,
    **subplots: Any,
) -> Figure:
    """Draw a figure in both modes: once, in the colours of the look, or twice where it holds others
    or asks for the mode.

    draw    : called as draw(ax, look), or draw(axes, look) with an array when there are several
              panels
    name    : slug for files, unique in its chapter
    title   : the finding, one sentence
    alt     : 40 to 600 characters that state the finding and the numbers behind it
    limits  : one sentence on what the figure cannot show
    data    : DataFrame of what is drawn; offered as a download
    size    : inches; text is set for a width of about 5.2
    raises  : ValueError for a name that is no slug, or words that say too little
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"figure name {name!r}: use lower-case words joined by hyphens")
    for what, text, least in (("title", title, 15), ("alt", alt, 40), ("limits", limits, 20)):
        if len(text.strip()) < least or re.search(r"\.(png|svg|jpe?g)\s*$", text):
            raise ValueError(
                f"figure {name}: {what} says too little; write at least {least} characters "
                "that state what is seen"
            )
    pictures: dict[str, str] = {}
    places: list[Bounds] | None = None
    watched = Watched(LIGHT)
    for look in (LIGHT, DARK):
        if look is DARK and (dark := recoloured(pictures["light"], watched)):
            pictures["dark"] = dark
            break
        watched = Watched(look)
        with mpl.rc_context(look.rc):
            canvas = Canvas(figsize=size)
            draw(canvas.subplots(rows, columns, **subplots), watched)
            keep_order(canvas)
            svg = FigureCanvasSVG(canvas)
            places = lay_out(canvas, places)
            pictures[look.name] = trimmed(svg_of(svg))
    return Figure(name, title, alt, limits, data.reset_index(drop=True), pictures)


def keep_order(canvas: Canvas) -> None:
    """In a language from right to left, names such as 7-OH within a drawn text."""
    if direction(language()) == "rtl":
        for text in canvas.findobj(Text):
            text.set_text(insert_ltr_marks(text.get_text()))


class Watched:
    """A look that remembers what it was asked for."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.asked: set[str] = set()
        self.shades: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self._look, name)

    def shade(self, light: str, dark: str) -> str:
        """The colour for the present theme; both are remembered for the dark drawing."""
        self.shades.append((light, dark))
        return self._look.shade(light, dark)


def recoloured(svg: str, watched: Watched) -> str | None:
    """The dark picture from the light one, which drawing again would only repeat; None where it may
    differ in more than colour.

    watched : the light look, as the drawing has left it
    """
    if not watched.asked <= COLOURS or "<image" in svg:
        return None
    pairs = {
        (getattr(LIGHT, name), getattr(DARK, name)) for name in watched.asked | BY_DEFAULT
    } | set(watched.shades)
    dark_of = dict(pairs)
    # A colour of no look has to be drawn to know what it is in the dark, and one that stands for
    # two as well.
    if len(dark_of) < len(pairs) or not set(COLOUR.findall(svg)) <= set(dark_of):
        return None
    return COLOUR.sub(lambda colour: dark_of[colour[0]], svg)


def lay_out(canvas: Canvas, places: list[Bounds] | None) -> list[Bounds]:
    """Place the panels: by matplotlib's layout, or where they stood in the other mode, which
    differs in colour alone.

    places  : of each panel as (x0, y0, width, height), or None
    returns : the places
    """
    if places is None or len(places) != len(canvas.axes) or canvas.get_suptitle():
        engine = canvas.get_layout_engine()
        assert engine is not None  # the settings of each look ask for one
        engine.execute(canvas)
    else:
        for panel, place in zip(canvas.axes, places, strict=False):
            panel.set_position(place, which="original")
    canvas.set_layout_engine("none")
    return [panel.get_position(original=True).bounds for panel in canvas.axes]


def svg_of(svg: FigureCanvasSVG) -> str:
    """SVG text of a canvas. `savefig` would draw everything a second time, to place what has its
    place.
    """
    text = io.StringIO()
    svg.print_svg(text, metadata={"Date": None, "Creator": None})
    return text.getvalue()


def trimmed(svg: str) -> str:
    """SVG without its XML prologue and metadata block, and with two decimals a coordinate: a third
    smaller.

    What stands in scale(...) keeps its digits: 0.015625 cut to 0.02 would draw every letter a
    quarter too large."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    return re.sub(
        r"scale\([^)]*\)|-?\d+\.\d{3,}",
        lambda match: match[0] if match[0].startswith("scale") else f"{float(match[0]):.2f}",
        svg,
    )
