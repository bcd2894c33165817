"""An explorer: a figure that answers to controls in the page without Python behind it.

Every answer is computed by the models when the book is built, one frame for each position of the
sliders; the page only chooses among them. Without a script the first frame stands there, complete.
Nobody sets an amount of a product."""

import html
import itertools
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..i18n import _, drawn, insert_ltr_marks
from ..models.arrays import ArrayLike, FloatArray
from .source_line import source_line
from .style import LIGHT

EXPLORER_MIME = "application/vnd.kratomcourse.explorer+json"
MOST_FRAMES = 200


@dataclass(frozen=True)
class Control:
    """What a reader sets in an explorer."""

    label: str  # what is chosen, as a reader would say it
    choices: dict[str, Any]  # text of each position: the value that a frame gets; in order
    start: str  # text of the position at the beginning
    kind: ClassVar[str]


@dataclass(frozen=True)
class Slider(Control):
    """A slider, for what has an order, such as a share; its two ends are shown."""

    kind: ClassVar[str] = "slider"


@dataclass(frozen=True)
class RadioButtons(Control):
    """Radio buttons, for things of which none is more than another; all are shown at once."""

    kind: ClassVar[str] = "choice"


@dataclass(frozen=True)
class Axis:
    """Range, scale and ticks of one direction of a picture, in data units."""

    low: float
    high: float
    ticks: dict[float, str]  # value: label
    label: str = ""
    log: bool = False

    def share(self, values: ArrayLike) -> FloatArray:
        """How far along the axis the values lie, 0 to 1; outside they are cut off at the ends."""
        values = np.asarray(values, dtype=float)
        ends: FloatArray = np.array([self.low, self.high], dtype=float)
        if self.log:
            values, ends = np.log(np.maximum(values, 1e-300)), np.log(ends)
        shares: FloatArray = np.clip((values - ends[0]) / (ends[1] - ends[0]), 0, 1)
        return shares


class Picture:
    """A small SVG drawing in data coordinates; colours are names of the house style, which the page
    turns dark.
    """

    def __init__(
        self,
        x: Axis,
        y: Axis,
        width: float = 340,
        height: float = 230,
        left: float = 48,
        right: float = 14,
        top: float = 14,
        bottom: float = 46,
    ) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height
        self.left, self.right, self.top, self.bottom = left, right, top, bottom
        self.parts: list[str] = []

    def place(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Pixels of points in data units; arrays of the same shape."""
        across = self.left + self.x.share(x) * (self.width - self.left - self.right)
        down = self.height - self.bottom - self.y.share(y) * (self.height - self.top - self.bottom)
        return across, down

    def add(
        self, tag: str, colour: str, text: str = "", fill: bool = False, **attributes: object
    ) -> None:
        """Append an SVG element; `colour` names a colour of the theme."""
        paint = getattr(LIGHT, colour)
        colours = (
            f'class="f-{colour}" fill="{paint}"'
            if fill
            else f'class="s-{colour}" stroke="{paint}" fill="none"'
        )
        named = " ".join(
            f'{name.replace("_", "-")}="{value}"'
            for name, value in attributes.items()
            if value is not None
        )
        self.parts.append(
            f"<{tag} {colours} {named}>{html.escape(insert_ltr_marks(drawn(text)))}</{tag}>"
            if text
            else f"<{tag} {colours} {named}/>"
        )

    def line(
        self, x: ArrayLike, y: ArrayLike, colour: str, dash: str | None = None, width: float = 2.2
    ) -> None:
        """Draw a line through points; `x` and `y` are one-dimensional, in the units of the axes."""
        across, down = self.place(x, y)
        points = "L".join(
            f"{a:.1f} {d:.1f}"
            for a, d in zip(np.atleast_1d(across), np.atleast_1d(down), strict=True)
        )
        self.add(
            "path",
            colour,
            d="M" + points,
            stroke_width=width,
            stroke_dasharray=dash,
            stroke_linejoin="round",
        )

    def band(
        self, x: ArrayLike, low: ArrayLike, high: ArrayLike, colour: str, opacity: float = 0.25
    ) -> None:
        """Fill the area between two curves over the same `x`."""
        upper, lower = self.place(x, high), self.place(x, low)
        there = [f"{a:.1f} {d:.1f}" for a, d in zip(*upper, strict=True)]
        back = [f"{a:.1f} {d:.1f}" for a, d in zip(*lower, strict=True)][::-1]
        self.add(
            "path", colour, fill=True, d="M" + "L".join(there + back) + "Z", fill_opacity=opacity
        )

    def dot(self, x: float, y: float, colour: str, filled: bool = True, size: float = 5) -> None:
        """Draw a filled or an open dot; `size` is its radius in pixels."""
        a, d = (float(v) for v in self.place(x, y))
        if filled:
            self.add("circle", colour, fill=True, cx=f"{a:.1f}", cy=f"{d:.1f}", r=size)
        else:
            self.add("circle", colour, cx=f"{a:.1f}", cy=f"{d:.1f}", r=size, stroke_width=2)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: str = "ink",
        anchor: str = "start",
        dx: float = 0,
        dy: float = 4,
        size: float = 13,
        weight: str | None = None,
    ) -> None:
        """Write words at a point, moved by `dx` and `dy` pixels."""
        a, d = (float(v) for v in self.place(x, y))
        self.add(
            "text",
            colour,
            words,
            fill=True,
            x=f"{a + dx:.1f}",
            y=f"{d + dy:.1f}",
            text_anchor=anchor,
            font_size=size,
            font_weight=weight,
        )

    def people(
        self, count: int, total: int, per_row: int = 40, colour: str = "ink", rest: str = "muted"
    ) -> None:
        """`total` people as dots in rows, the first `count` of them large and filled; raises
        ValueError where they do not fit.
        """
        if not 0 <= count <= total:
            raise ValueError(f"{count} of {total} people cannot be drawn")
        step = (self.width - 8) / per_row

        def rows(first: int, last: int) -> str:
            runs = []
            for row in range(first // per_row, math.ceil(last / per_row)):
                start, end = (
                    max(first, row * per_row) % per_row,
                    min(last, (row + 1) * per_row) - row * per_row,
                )
                if end > start:
                    down = 8 + row * step
                    runs.append(
                        f"M{4 + (start + 0.5) * step:.1f} "
                        f"{down:.1f}h{(end - start - 1) * step + 0.01:.2f}"
                    )
            return "".join(runs)

        for first, last, paint, dot in ((0, count, colour, 0.82), (count, total, rest, 0.34)):
            if last > first:
                self.add(
                    "path",
                    paint,
                    d=rows(first, last),
                    stroke_width=f"{dot * step:.2f}",
                    stroke_linecap="round",
                    stroke_dasharray=f"0 {step:.4f}",
                )

    def frame(self) -> None:
        """Axes, ticks and labels: what no slider moves."""
        bottom, right = self.height - self.bottom, self.width - self.right
        self.add("path", "muted", d=f"M{self.left} {self.top}V{bottom}H{right}", stroke_width=1)
        for value, label in self.x.ticks.items():
            a = float(self.place(value, self.y.low)[0])
            self.add("path", "muted", d=f"M{a:.1f} {bottom}v4", stroke_width=1)
            self.add(
                "text",
                "ink",
                label,
                fill=True,
                x=f"{a:.1f}",
                y=bottom + 17,
                text_anchor="middle",
                font_size=13,
            )
        for value, label in self.y.ticks.items():
            d = float(self.place(self.x.low, value)[1])
            self.add("path", "muted", d=f"M{self.left} {d:.1f}h-4", stroke_width=1)
            self.add(
                "text",
                "ink",
                label,
                fill=True,
                x=self.left - 7,
                y=f"{d + 4:.1f}",
                text_anchor="end",
                font_size=13,
            )
        if self.x.label:
            self.add(
                "text",
                "ink",
                self.x.label,
                fill=True,
                x=f"{(self.left + right) / 2:.0f}",
                y=self.height - 8,
                text_anchor="middle",
                font_size=13,
            )
        if self.y.label:
            self.add("text", "ink", self.y.label, fill=True, x=4, y=self.top - 2, font_size=13)

    def svg(self) -> str:
        """All elements drawn so far, without the enclosing `svg`."""
        return "".join(self.parts)


@dataclass(frozen=True)
class Explorer:
    """What a chapter's code cell returns; displays itself."""

    name: str
    title: str
    alt: str
    subtitle: str
    limits: str
    source: str
    data: pd.DataFrame  # one row a position of the controls: their texts and the numbers shown
    controls: tuple[Control, ...]
    size: tuple[float, float]  # width and height of the picture, px
    still: str  # SVG that no control moves
    frames: dict[str, tuple[str, str]]  # "0", "3,1": (SVG of this position, sentence about it)
    start: str  # key of the first frame

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        words = {
            "name": self.name,
            "title": self.title,
            "subtitle": self.subtitle,
            "alt": self.alt,
            "limits": self.limits,
            "source": self.source,
            "csv": self.data.to_csv(index=False, lineterminator="\n"),
            "picture": self.svg(),
            "sentence": self.frames[self.start][1],
            "controls": [
                {
                    "kind": control.kind,
                    "label": drawn(control.label),
                    "texts": [drawn(choice) for choice in control.choices],
                    "start": list(control.choices).index(control.start),
                }
                for control in self.controls
            ],
            "script": f"courseExplorer({json.dumps(self.name)}"
            f",{json.dumps(self.frames, ensure_ascii=False, separators=(',', ':'))});\n",
        }
        return {
            EXPLORER_MIME: words,
            "text/html": self._html(),
            "text/plain": f"{self.title}\n{self.alt}\n{self.frames[self.start][1]}",
        }

    def svg(self) -> str:
        """The picture as it stands at the start."""
        width, height = self.size
        return (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label="{html.escape(self.alt)}">'
            f'{self.still}<g class="moving">{self.frames[self.start][0]}</g></svg>'
        )

    def _html(self) -> str:
        here = _("In the book you can change this figure. Here the code above is yours to change.")
        return (
            "<figure "
            f'style="margin:0;background:#fff;color:#1f2328;max-width:560px">{self.svg()}'
            f"<figcaption><p><strong>{html.escape(self.title)}</strong></p>"
            f"<p>{html.escape(self.frames[self.start][1])}</p><p>{html.escape(self.limits)}</p>"
            f"<p>{here}"
            "</p></figcaption></figure>"
        )


def explore(
    draw: Callable[..., tuple[str, dict[str, Any]]],
    *,
    name: str,
    title: str,
    subtitle: str,
    alt: str,
    limits: str,
    sources: Sequence[str],
    controls: Sequence[Control],
    still: Callable[[], Picture],
) -> Explorer:
    """Compute every frame of an explorer.

    draw    : called as draw(picture, *values) for each position of the controls; draws what moves
              on the empty picture and returns (sentence, numbers): a plain sentence that says what
              is seen, and a dict of the numbers shown
    still   : function that returns a fresh Picture with all that does not move
    controls : one or two, each a Slider or RadioButtons
    name, title, subtitle, alt, limits, sources : as in `show`
    returns : Explorer
    raises  : ValueError for a control without its start, too many frames, or words that say too
              little
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"explorer name {name!r}: use lower-case words joined by hyphens")
    for what, text, least in (
        ("title", title, 15),
        ("subtitle", subtitle, 15),
        ("alt", alt, 40),
        ("limits", limits, 20),
    ):
        if len(text.strip()) < least:
            raise ValueError(
                f"explorer {name}: {what} says too little; write at least {least} characters "
                "that state what is seen"
            )
    for control in controls:
        if control.start not in control.choices:
            raise ValueError(
                f"explorer {name}: the {control.kind} {control.label!r} has no position "
                f"{control.start!r}; it has {', '.join(control.choices)}"
            )
    if math.prod(len(control.choices) for control in controls) > MOST_FRAMES:
        raise ValueError(
            f"explorer {name}: more than {MOST_FRAMES} frames make a heavy page; give the "
            "controls fewer positions"
        )
    frames, rows = {}, []
    for positions in itertools.product(*(range(len(control.choices)) for control in controls)):
        chosen = [
            list(control.choices.items())[position]
            for control, position in zip(controls, positions, strict=True)
        ]
        picture = still()
        picture.parts = []
        sentence, numbers = draw(picture, *(value for _, value in chosen))
        frames[",".join(map(str, positions))] = (picture.svg(), insert_ltr_marks(sentence))
        rows.append(
            {control.label: text for control, (text, _) in zip(controls, chosen, strict=True)}
            | numbers
        )
    start = ",".join(str(list(control.choices).index(control.start)) for control in controls)
    background = still()
    return Explorer(
        name,
        drawn(title),
        drawn(alt),
        drawn(subtitle),
        drawn(limits),
        source_line(sources),
        pd.DataFrame(rows),
        tuple(controls),
        (background.width, background.height),
        background.svg(),
        frames,
        start,
    )
