"""A figure with its finding, alt text, limits, source and data, drawn twice from the
same rows: wide, and narrow for a phone.

In a page the site turns it into pictures, caption and download; in JupyterLab it shows itself as
HTML."""

import base64
import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator
from matplotlib.transforms import Affine2D, Bbox

from ..i18n import SOURCE, _, direction, drawn, insert_ltr_marks, language
from .layout import finish
from .source_line import source_line
from .style import LIGHT, Look
from .svg import for_page
from .typeface import register_fonts

MIME = "application/vnd.kratomcourse.figure+json"
EDGE, SLACK = 3, 3  # units: room above and below a drawing; what may cross its sides
WIDE, NARROW = 720, 328  # units of a drawing, one a pixel; the narrow one fits any phone
# Share by which a drawing is higher than its `size` says, so that the large text has room.
TALLER = 1.28
# {colour in the light: its name}, of all that a figure may be drawn in
COLOURS = {
    **{
        getattr(LIGHT, field.name): field.name
        for field in fields(LIGHT)
        if field.name not in ("name", "compared", "narrow")
    },
    **{colour: name for name, colour in LIGHT.compared.items()},
}


@dataclass(frozen=True)
class Figure:
    """What a chapter's code cell returns; displays itself."""

    name: str  # slug, unique in the chapter: file name of pictures and data
    title: str  # the finding, as a sentence
    subtitle: str  # what is measured, of whom, where, when, and what the marks are
    alt: str  # what someone who cannot see it needs to know, finding first
    limits: str  # what the figure cannot show
    source: str  # who measured it and when, as a sentence
    data: pd.DataFrame  # the numbers drawn
    pictures: dict[str, str]  # "wide" and "narrow": SVG text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        csv = self.data.to_csv(index=False, lineterminator="\n")
        words = {
            "name": self.name,
            "title": self.title,
            "subtitle": self.subtitle,
            "alt": self.alt,
            "limits": self.limits,
            "source": self.source,
            "csv": csv,
        }
        return {
            MIME: words | self.pictures,
            "text/html": self._html(),
            "text/plain": f"{self.title}\n{self.alt}",
        }

    def _html(self) -> str:
        picture = base64.b64encode(self.pictures["wide"].encode()).decode()
        table = self.data.to_html(
            index=False, border=0, float_format=lambda number: f"{number:.4g}"
        )
        return (
            '<figure style="margin:0;max-width:720px">'
            f"<figcaption><p><strong>{html.escape(self.title)}</strong><br>"
            f"{html.escape(self.subtitle)}</p></figcaption>"
            '<img style="width:100%;background:#fff" '
            f'src="data:image/svg+xml;base64,{picture}" alt="{html.escape(self.alt)}">'
            f"<p>{html.escape(self.limits)}</p><p><small>{html.escape(self.source)}</small></p>"
            f"<details><summary>{_('The numbers')}</summary>{table}</details></figure>"
        )


def show(
    draw: Callable[[Any, Any], object],
    *,
    name: str,
    title: str,
    subtitle: str,
    alt: str,
    limits: str,
    sources: Sequence[str],
    data: pd.DataFrame,
    size: tuple[float, float] = (5.2, 3.5),
    narrow: float = 0,
    rows: int = 1,
    columns: int = 1,
    stacked: bool = False,
    **subplots: Any,
) -> Figure:
    """Draw a figure for a desktop and for a phone.

    draw     : called as draw(ax, look), or draw(axes, look) with an array when there are several
               panels; `look.narrow` says which of the two drawings is made
    name     : slug for files, unique in its chapter
    title    : the finding, one sentence
    subtitle : what is measured, per what, where and when, and what the marks are
    alt      : 40 to 600 characters that state the finding and the numbers behind it
    limits   : one to three sentences on what the figure cannot show
    sources  : where the numbers come from: ids of facts, keys of works, or sentences such as
               "The submissions of this class."
    data     : DataFrame of what is drawn; offered as a download
    size     : width and height, of which only the proportion counts
    narrow   : height of the phone's drawing in units of its 328 of width; 0 for one from `size`
    stacked  : panels that stand side by side stand below one another on a phone
    raises   : ValueError for a name that is no slug, words that say too little, or a colour that
               has no meaning in the course
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"figure name {name!r}: use lower-case words joined by hyphens")
    for what, text, least in (
        ("title", title, 15),
        ("subtitle", subtitle, 15),
        ("alt", alt, 40),
        ("limits", limits, 20),
    ):
        if len(text.strip()) < least or re.search(r"\.(png|svg|jpe?g)\s*$", text):
            raise ValueError(
                f"figure {name}: {what} says too little; write at least {least} characters "
                "that state what is seen"
            )
    title, subtitle, alt, limits = map(drawn, (title, subtitle, alt, limits))
    high = size[1] / size[0] * 5.2 * 72 * TALLER
    wide = (WIDE, high)
    phone = (NARROW, narrow or high * (rows * columns if stacked else 1))
    grid = (rows * columns, 1) if stacked else (rows, columns)
    pictures = {}
    for kind, look, extent, panels in (
        ("wide", LIGHT, wide, (rows, columns)),
        ("narrow", LIGHT.on_phone(), phone, grid),
    ):
        try:
            pictures[kind] = picture(draw, look, extent, panels, subplots)
        except ValueError as error:
            raise ValueError(f"figure {name}, {kind}: {error}") from error
    for kind, svg in pictures.items():
        pictures[kind] = for_page(svg, COLOURS, f"{name}-{kind}", alt, f"figure-{kind}")
        strange = set(re.findall(r'"(#[0-9a-f]{6})"', pictures[kind])) - set(COLOURS)
        if strange:
            raise ValueError(
                f"figure {name}: {', '.join(sorted(strange))} has no meaning in the course; take "
                "a colour of the look"
            )
    return Figure(
        name,
        title,
        subtitle,
        alt,
        limits,
        source_line(sources),
        data.reset_index(drop=True),
        pictures,
    )


def picture(
    draw: Callable[[Any, Any], object],
    look: Look,
    size: tuple[float, float],
    grid: tuple[int, int],
    subplots: dict[str, Any],
) -> str:
    """SVG text of one drawing, as matplotlib writes it.

    size : width and height in units
    grid : rows and columns of panels
    """
    register_fonts()
    with mpl.rc_context(look.rc):
        canvas = Canvas(figsize=(size[0] / 72, size[1] / 72))
        panels = canvas.subplots(*grid, **subplots)
        draw(panels, look)
        change_words(canvas, drawn)
        finish(canvas, look)
        keep_order(canvas)
        svg = FigureCanvasSVG(canvas)
        box = lay_out(canvas, look)
        return cropped(svg_of(svg), canvas, box)


def lay_out(canvas: Canvas, look: Look) -> Bbox:
    """Give panels the room that their labels leave. For one panel that is mostly a subtraction;
    else they are matplotlib's to place, which measures each text twice.

    returns : what is drawn, in units
    raises  : ValueError where something runs out at the left or right; in a translation, whose
              words may be longer than ours, the drawing grows instead
    """
    engine = canvas.get_layout_engine()
    assert engine is not None  # the settings of each look ask for one
    canvas.set_layout_engine("none")
    width = canvas.get_size_inches()[0] * 72
    if len(canvas.axes) == 1 and not canvas.legends:
        subtract_labels(canvas, look)
        box = canvas.get_tightbbox().transformed(Affine2D().scale(72))
        if box.x0 >= -SLACK and box.x1 <= width + SLACK:
            return box
    engine.execute(canvas)
    box = canvas.get_tightbbox().transformed(Affine2D().scale(72))
    if language() == SOURCE and (box.x0 < -SLACK or box.x1 > width + SLACK):
        raise ValueError(
            f"the drawing of {width:.0f} units runs from {box.x0:.0f} to {box.x1:.0f}; shorten "
            "what is at its edge"
        )
    return box


def subtract_labels(canvas: Canvas, look: Look) -> None:
    """Give the only panel what its labels leave of the drawing."""
    (ax,) = canvas.axes
    width, height = (inches * 72 for inches in canvas.get_size_inches())
    ax.set_position((0.02, 0.1, 0.96, 0.8) if look.narrow else (0.2, 0.1, 0.78, 0.8))
    ax.apply_aspect()
    around, panel = ax.get_tightbbox(), ax.get_position().transformed(canvas.transFigure)
    assert around is not None  # a panel is never empty
    left, low = (max(0, gap) + EDGE for gap in (panel.x0 - around.x0, panel.y0 - around.y0))
    right, top = (max(0, gap) + EDGE for gap in (around.x1 - panel.x1, around.y1 - panel.y1))
    room = (max(0.1, 1 - (left + right) / width), max(0.1, 1 - (low + top) / height))
    ax.set_position((left / width, low / height, *room))
    ax.set_in_layout(True)  # a place of its own would keep matplotlib's layout from moving it


def cropped(svg: str, canvas: Canvas, box: Bbox) -> str:
    """SVG as high as what is drawn: panels that keep their proportions leave room above and below.
    It's wider than planned only where something runs out at a side.

    box : what is drawn, in units
    """
    width, height = (inches * 72 for inches in canvas.get_size_inches())
    top, low = height - box.y1 - EDGE, height - box.y0 + EDGE
    left = box.x0 - EDGE if box.x0 < -SLACK else 0
    right = box.x1 + EDGE if box.x1 > width + SLACK else width
    view = f"{left:.0f} {top:.0f} {right - left:.0f} {low - top:.0f}"
    return re.sub(r'viewBox="[^"]+"', f'viewBox="{view}"', svg, count=1)


def keep_order(canvas: Canvas) -> None:
    """In a language from right to left, names such as 7-OH within a drawn text."""
    if direction(language()) == "rtl":
        change_words(canvas, insert_ltr_marks)


def change_words(canvas: Canvas, change: Callable[[str], str]) -> None:
    """Change what a drawing says in another language, at its ticks too, which are written late."""
    if language() == SOURCE:
        return
    for ax in canvas.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if isinstance(axis.get_major_locator(), FixedLocator):
                named = [label.get_text() for label in axis.get_ticklabels()]
                axis.set_ticks(axis.get_majorticklocs(), [change(name) for name in named])
    for text in canvas.findobj(Text):
        text.set_text(change(text.get_text()))


def svg_of(svg: FigureCanvasSVG) -> str:
    """SVG text of a canvas. `savefig` would draw everything a second time, to place what has its
    place.
    """
    text = io.StringIO()
    svg.print_svg(text, metadata={"Date": None, "Creator": None})
    return text.getvalue()
