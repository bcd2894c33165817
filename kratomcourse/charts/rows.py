"""Rows of a figure: a name, a mark, and how sure it is; drawn alike in every chapter."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path

from .style import Look

# Leaf, as a lens: two arcs that meet in points.
ALONG = np.linspace(-1, 1, 13)
LENS = Path(
    np.r_[
        np.c_[ALONG, 0.6 * (1 - ALONG**2)],
        np.c_[ALONG[::-1], -0.6 * (1 - ALONG[::-1] ** 2)],
    ],
    closed=True,
)
# The shape of what was taken, by the name of its colour.
MARKS: dict[str, Any] = {
    "leaf": LENS,
    "extract": "s",
    "seven_oh": "D",
    "mixed": "o",
    "compare": "^",
}


def draw_interval(
    ax: Axes,
    y: float,
    low: float,
    high: float,
    value: float,
    colour: str,
    mark: Any = "o",
    size: float = 8,
) -> None:
    """Draw a mark on the pale bar of its interval; no bar where low or high is not a number."""
    if np.isfinite(low) and np.isfinite(high):
        ax.plot([low, high], [y, y], color=colour, lw=7, alpha=0.35, solid_capstyle="butt")
    ax.plot(value, y, marker=mark, color=colour, ms=size, ls="none", clip_on=False)


def name_rows(
    ax: Axes, names: Sequence[str], places: Sequence[float] | None = None, room: float = 0.6
) -> None:
    """Name rows from top to bottom, without ticks.

    places : of the rows, downwards; 0, 1, 2, ... where None
    room   : above the first and below the last row, in rows
    """
    at = list(range(len(names))) if places is None else list(places)
    ax.set_yticks(at, list(names))
    ax.set_ylim(max(at) + room, min(at) - room)
    ax.tick_params(axis="y", length=0)


def log_ticks(
    ax: Axes, low: float, high: float, ticks: Sequence[float] | Mapping[float, str]
) -> None:
    """Make the lower axis logarithmic, with a thin gridline at each labelled tick.

    ticks : values, or {value: its words}
    """
    words = ticks if isinstance(ticks, Mapping) else {tick: f"{tick:,g}" for tick in ticks}
    ax.set(xscale="log", xlim=(low, high))
    ax.set_xticks(list(words), list(words.values()))
    ax.minorticks_off()
    ax.grid(axis="x")
    ax.set_axisbelow(True)


def draw_grid_rows(ax: Axes, look: Look, count: int, columns: Sequence[str]) -> None:
    """Set up a grid of rows against columns, with the columns' names above and thin lines."""
    for y in range(count):
        ax.axhline(y, color=look.faint, lw=1, zorder=0)
    ax.set_xticks(range(len(columns)), list(columns))
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
