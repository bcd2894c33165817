"""Maps of a status: a tile map of the United States and a world map. Each status has a colour and a
pattern, never colour alone.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Polygon, Rectangle

from ..evidence import evidence_dir
from ..i18n import _
from ..models.arrays import FloatArray
from .style import Look

# One tile for each state, about where it lies; the usual newsroom layout.
TILES = """
.. .. .. .. .. .. .. .. .. .. ME
AK .. .. .. .. .. .. .. .. VT NH
WA ID MT ND MN IL WI MI NY RI MA
OR NV WY SD IA IN OH PA NJ CT ..
CA UT CO NE MO KY WV VA MD DE ..
.. AZ NM KS AR TN NC SC DC .. ..
.. .. .. OK LA MS AL GA .. .. ..
HI .. .. TX .. .. .. .. FL .. PR
"""
PLACE = {
    code: (column, -row)
    for row, line in enumerate(TILES.split("\n")[1:-1])
    for column, code in enumerate(line.split())
    if code != ".."
}

LONGEST_LABEL = 34  # signs of a line of the legend; longer words of another language go on below

# Too small for the outlines, drawn as dots.
DOTS = {"SGP": (103.8, 1.35), "HKG": (114.2, 22.3)}


@dataclass(frozen=True)
class Status:
    """How one status is drawn: fill in light and dark, text on it, and a pattern."""

    light: str
    dark: str
    hatch: str = ""

    def fill(self, look: Look) -> str:
        """Fill colour in the present theme."""
        return look.shade(self.light, self.dark)


BANNED, LIMITED, OTHER = (
    Status("#f2a36b", "#8a4a1c", "////"),
    Status("#b9d9f0", "#245a86", ".."),
    Status("#e6d3ea", "#6b4a78", "xx"),
)
NO_LAW, UNKNOWN = Status("#f4f4f2", "#2a2f36"), Status("#ffffff", "#14181e", "oo")

# In the order of the legend. Keys are the values that `datapackage.json` allows.
LEAF = {
    "banned": BANNED,
    "regulated": LIMITED,
    "age-restricted only": Status("#d9ecd0", "#3a6b3a", "--"),
    "other": OTHER,
    "no state law": NO_LAW,
    "unknown": UNKNOWN,
}
SEVEN_OH = {
    "banned": BANNED,
    "covered by leaf ban": Status("#f7c9a4", "#6d4526", "\\\\\\\\"),
    "limited": LIMITED,
    "other": OTHER,
    "no specific rule": NO_LAW,
    "unknown": UNKNOWN,
}
COUNTRIES = {
    "banned/controlled": BANNED,
    "limited by food or medicine law": OTHER,
    "regulated": LIMITED,
    "unknown": UNKNOWN,
}
# How old the newest source of a place is.
AGES = {
    "up to 3 months": Status("#eef4ea", "#26331f"),
    "3 to 6 months": Status("#d3e2f2", "#23486b", ".."),
    "6 to 12 months": Status("#f7dcb4", "#6b4a1c", "--"),
    "over a year": Status("#f2a36b", "#8a3a1c", "////"),
}


def age_class(months: float) -> str:
    """Key of `AGES` for an age in months."""
    return next(
        key
        for limit, key in (
            (3, "up to 3 months"),
            (6, "3 to 6 months"),
            (12, "6 to 12 months"),
            (float("inf"), "over a year"),
        )
        if months <= limit
    )


@cache
def outlines() -> dict[str, list[FloatArray]]:
    """{ISO alpha-3 code: [ring as (n, 2) degrees]} of Natural Earth, 1 to 110 million."""
    data = json.loads((evidence_dir() / "outlines.json").read_text(encoding="utf-8"))
    return {code: [in_one_piece(np.array(ring)) for ring in rings] for code, rings in data.items()}


def in_one_piece(ring: FloatArray) -> FloatArray:
    """A ring that crosses the date line goes on east of 180 degrees, instead of jumping across the
    whole map.
    """
    if np.ptp(ring[:, 0]) > 180:
        ring[:, 0] = np.where(ring[:, 0] < 0, ring[:, 0] + 360, ring[:, 0])
    return ring


def draw_tiles(
    ax: Axes,
    look: Look,
    status_of: Mapping[str, str],
    styles: Mapping[str, Status],
    under: Mapping[str, str] | None = None,
) -> None:
    """Tile map of the states.

    status_of : {code: status}; a code without status is left out
    styles    : {status: Status}, in the order of the legend
    under     : {code: short text} set under the code, such as T for a temporary status
    """
    for code, status in status_of.items():
        if code not in PLACE:
            continue
        x, y = PLACE[code]
        style = styles[status]
        ax.add_artist(
            Rectangle(
                (x - 0.46, y - 0.46),
                0.92,
                0.92,
                facecolor=style.fill(look),
                edgecolor=look.muted,
                hatch=style.hatch,
                linewidth=0.6,
            )
        )
        plate = {"facecolor": look.paper, "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
        below = under.get(code) if under else None
        ax.text(
            x,
            y + (0.2 if below else 0),
            code,
            ha="center",
            va="center",
            fontsize=10,
            color=look.ink,
            fontweight="bold",
            bbox=plate,
        )
        if below:
            ax.text(
                x,
                y - 0.22,
                below,
                ha="center",
                va="center",
                fontsize=9,
                color=look.ink,
                fontweight="bold",
                bbox=plate,
            )
    ax.set(xlim=(-0.6, 10.6), ylim=(-7.6, 0.6), aspect="equal")
    ax.axis("off")
    legend(ax, look, styles, set(status_of.values()))


def draw_world(
    ax: Axes, look: Look, status_of: Mapping[str, str], styles: Mapping[str, Status]
) -> None:
    """World map; countries without a row are drawn empty."""
    for code, rings in outlines().items():
        style = styles.get(status_of.get(code, ""))
        face, hatch = (style.fill(look), style.hatch) if style else ("none", "")
        for ring in rings:
            # An artist and not a patch: the axes have limits of their own, so matplotlib need not
            # look for those of each shape.
            ax.add_artist(
                Polygon(
                    ring,
                    closed=True,
                    facecolor=face,
                    edgecolor=look.muted,
                    hatch=hatch,
                    linewidth=0.35,
                )
            )
    for code, (x, y) in DOTS.items():
        if code in status_of:
            ax.plot(
                x,
                y,
                "o",
                markersize=5,
                markerfacecolor=styles[status_of[code]].fill(look),
                markeredgecolor=look.ink,
                markeredgewidth=0.6,
            )
    ax.set(xlim=(-170, 192), ylim=(-56, 80), aspect=1.25)
    ax.axis("off")
    legend(ax, look, styles, set(status_of.values()))


def legend(ax: Axes, look: Look, styles: Mapping[str, Status], present: Collection[str]) -> None:
    """Draw a legend of those statuses that occur on the map."""
    handles = [
        Patch(
            facecolor=style.fill(look),
            edgecolor=look.muted,
            hatch=style.hatch,
            label=fill(_(status), LONGEST_LABEL),
        )
        for status, style in styles.items()
        if status in present
    ]
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.02),
        ncols=2,
        fontsize=10,
        handlelength=2.2,
        handleheight=1.4,
        columnspacing=1.2,
    )
