"""What every drawing gets before it is laid out: no turned text, no text too small, and on a phone
the label of a row above its mark, so that the plot has the whole width.
"""

import re
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogFormatter, NullFormatter
from matplotlib.transforms import offset_copy

from .style import Look

ROOM = 84  # units: names of rows wider than this stand above their marks on a phone
LONGEST_LABEL, LONGEST_ABOVE = 48, 50  # letters of a line below and in a narrow drawing
LONGEST_NAME = 38  # letters of a name that is in one line on a wide drawing
ABOVE = 9  # units between the middle of a mark and the foot of its name


def finish(canvas: Canvas, look: Look) -> None:
    """Bring a drawing into the form of the course."""
    for text in canvas.findobj(Text):
        if float(text.get_fontsize()) < look.text:
            text.set_fontsize(look.text)
    for ax in canvas.axes:
        write_powers_out(ax)
        lay_label_flat(ax, look)
        if look.narrow:
            ax.set_xlabel(fill(" ".join(ax.get_xlabel().split()), LONGEST_LABEL))

            names_above(ax, canvas, look)
        else:
            names_in_one_line(ax)


def write_powers_out(ax: Axes) -> None:
    """Numbers such as 100 and 0.01 at a logarithmic axis, and not powers of ten."""
    for axis in (ax.xaxis, ax.yaxis):
        if isinstance(axis.get_major_formatter(), LogFormatter):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
            axis.set_minor_formatter(NullFormatter())


def lay_label_flat(ax: Axes, look: Look) -> None:
    """Put the label of the upright axis above it, unturned."""
    label = ax.get_ylabel()
    if not label or not ax.axison:
        return
    title = ax.get_title(loc="left") or ax.get_title()
    ax.set_ylabel("")
    ax.set_title("")
    # Of panels with titles, the subtitle of the figure says what they measure.
    ax.set_title(
        title or label,
        loc="left",
        fontweight="bold" if title else "normal",
        color=look.ink if title else look.muted,
    )


def named_rows(ax: Axes) -> list[tuple[float, str]]:
    """[(place, name)] of an upright axis that names things; empty where it counts."""
    if ax.get_yscale() != "linear" or not ax.axison:
        return []
    rows = [
        (float(place), label.get_text())
        for place, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=False)
    ]
    return rows if sum(bool(re.search(r"[^\W\d]{2}", name)) for _, name in rows) > 1 else []


def names_in_one_line(ax: Axes) -> None:
    """Join the lines of rows' names where a wide drawing has room for them."""
    rows = named_rows(ax)
    if any(len(name) > LONGEST_NAME for _, name in rows):
        return
    labels = [" ".join(name.split()) for _, name in rows]
    if labels != [name for _, name in rows]:
        ax.set_yticks([place for place, _ in rows], labels)


def names_above(ax: Axes, canvas: Canvas, look: Look) -> None:
    """Move the names of rows from the left of an axis to above their marks, where they are long."""
    rows = named_rows(ax)
    if not rows:
        return
    renderer: Any = canvas.canvas.get_renderer() if hasattr(canvas.canvas, "get_renderer") else None
    labels = ax.get_yticklabels()
    widths = [label.get_window_extent(renderer).width for label in labels if label.get_text()]
    if max(widths, default=0) <= ROOM:
        return
    low, high = ax.get_ylim()
    up = 1 if high > low else -1
    bars = [
        abs(patch.get_height()) / 2
        for patch in ax.patches
        if isinstance(patch, Rectangle) and 0.2 < abs(patch.get_height()) < 0.95
    ]
    half = max(bars, default=0)
    gap = 3 if half else ABOVE
    place = offset_copy(ax.get_yaxis_transform(), canvas, y=gap, units="points")
    for (y, name), label in zip(rows, labels, strict=False):
        if name:
            ax.text(
                0,
                y + up * half,
                fill(" ".join(name.split()), LONGEST_ABOVE),
                transform=place,
                ha="left",
                va="bottom",
                color=label.get_color(),
                bbox={"facecolor": look.paper, "edgecolor": "none", "pad": 0.5},
                fontweight=label.get_fontweight(),
                in_layout=True,
            )
    ax.set_yticklabels([])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
