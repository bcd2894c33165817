"""Maps of a status: tiles of one size, each with its code. The law has one hue from dark to empty,
so that a map can be read without colour; what isn't known is dashed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from ..i18n import _
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

# The countries of the course by region, each region from the most people who use kratom outwards.
REGIONS = {
    "Southeast Asia": "THA MYS IDN MMR SGP VNM",
    "East Asia": "JPN KOR HKG",
    "North Europe": "DNK SWE FIN NOR ISL LVA LTU",
    "West Europe": "GBR IRL FRA DEU NLD BEL AUT CHE",
    "South Europe": "ESP PRT ITA",
    "East Europe": "CZE POL ROU UKR BLR RUS",
    "Americas": "USA CAN MEX BRA ARG",
    "elsewhere": "AUS NZL TUR ISR",
}


def name_of(region: str) -> str:
    """Name of a key of `REGIONS` in the language of the book."""
    return {
        "Southeast Asia": _("Southeast Asia"),
        "East Asia": _("East Asia"),
        "North Europe": _("North Europe"),
        "West Europe": _("West Europe"),
        "South Europe": _("South Europe"),
        "East Europe": _("East Europe"),
        "Americas": _("Americas"),
        "elsewhere": _("elsewhere"),
    }[region]


@dataclass(frozen=True)
class Status:
    """How one status is drawn: a colour of the look, how much of it, the text on it, the edge."""

    fill: str
    alpha: float = 1
    letters: str = "ink"
    edge: str = "solid"  # solid, dashed or thick


BANNED, LIMITED = Status("law3", letters="paper"), Status("law2")
NO_LAW, UNKNOWN = Status("law0"), Status("paper", edge="dashed")
OTHER = Status("law1", edge="dashed")

# In the order of the legend. Keys are the values that `datapackage.json` allows.
LEAF = {
    "banned": BANNED,
    "regulated": LIMITED,
    "age-restricted only": Status("law1"),
    "other": OTHER,
    "no state law": NO_LAW,
    "unknown": UNKNOWN,
}
SEVEN_OH = {
    "banned": BANNED,
    "covered by leaf ban": Status("law0", edge="thick"),
    "limited": LIMITED,
    "other": OTHER,
    "no specific rule": NO_LAW,
    "unknown": UNKNOWN,
}
COUNTRIES = {
    "banned/controlled": BANNED,
    "limited by food or medicine law": LIMITED,
    "regulated": Status("law1"),
    "unknown": UNKNOWN,
}
# How old the newest source of a place is; not a status, so in greys.
AGES = {
    "up to 3 months": Status("paper"),
    "3 to 6 months": Status("faint"),
    "6 to 12 months": Status("muted", letters="paper"),
    "over a year": Status("ink", letters="paper"),
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


def draw_tile(
    ax: Axes, look: Look, x: float, y: float, code: str, style: Status, below: str = ""
) -> None:
    """One place: a tile of one size, its code, and a short text under the code."""
    thick = style.edge == "thick"
    ax.add_artist(
        Rectangle(
            (x - 0.45, y - 0.45),
            0.9,
            0.9,
            facecolor=(getattr(look, style.fill), style.alpha),
            edgecolor=look.law3 if thick else look.muted,
            linewidth=3 if thick else 0.8,
            linestyle=(0, (3, 2)) if style.edge == "dashed" else "-",
        )
    )
    words = {"ha": "center", "va": "center", "color": getattr(look, style.letters)}
    ax.text(x, y + (0.19 if below else 0), code, fontweight="bold", **words)
    if below:
        ax.text(x, y - 0.22, below, **words)


def draw_tiles(
    ax: Axes,
    look: Look,
    status_of: Mapping[str, str],
    styles: Mapping[str, Status],
    under: Mapping[str, object] | None = None,
) -> None:
    """Tile map of the states.

    status_of : {code: status}; a code without status is left out
    styles    : {status: Status}, in the order of the legend
    under     : {code: short text} set under the code, such as T for a temporary status
    """
    for code, status in status_of.items():
        if code in PLACE:
            below = under.get(code) if under else None
            text = "" if below is None else str(below)
            draw_tile(ax, look, *PLACE[code], code, styles[status], text)
    ax.set(xlim=(-0.6, 10.6), ylim=(-7.6, 0.6))
    if look.narrow:
        ax.set_aspect("equal")
    ax.axis("off")
    legend(ax, look, styles, set(status_of.values()))


def draw_countries(
    ax: Axes, look: Look, status_of: Mapping[str, str], styles: Mapping[str, Status]
) -> None:
    """Countries as tiles of one size, a line for each region.

    status_of : {ISO alpha-3 code: status}; every code must be in `REGIONS`
    raises    : ValueError for a country without a region
    """
    lost = set(status_of) - set(" ".join(REGIONS.values()).split())
    if lost:
        raise ValueError(f"{', '.join(sorted(lost))}: give these countries a region in REGIONS")
    line = 0.0
    for region, codes in REGIONS.items():
        if look.narrow:
            ax.text(-0.45, line - 0.62, name_of(region), ha="left", va="bottom", color=look.muted)
        else:
            ax.text(-0.7, line, name_of(region), ha="right", va="center", color=look.muted)
        for x, code in enumerate(code for code in codes.split() if code in status_of):
            draw_tile(ax, look, x, line, code, styles[status_of[code]])
        line += 1.75 if look.narrow else 1.15
    ax.set(xlim=(-0.5 if look.narrow else -2.7, 7.5), ylim=(line - 0.6, -1.3))
    ax.axis("off")
    legend(ax, look, styles, set(status_of.values()))


def legend(ax: Axes, look: Look, styles: Mapping[str, Status], present: Collection[str]) -> None:
    """What the fills mean, below the drawing."""
    handles = [
        Patch(
            facecolor=(getattr(look, style.fill), style.alpha),
            edgecolor=look.law3 if style.edge == "thick" else look.muted,
            linewidth=2.5 if style.edge == "thick" else 0.8,
            linestyle="--" if style.edge == "dashed" else "-",
            label=look.fold(_(status), 34, 18),
        )
        for status, style in styles.items()
        if status in present
    ]
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=2 if look.narrow else 3,
        handlelength=1.6,
        handleheight=1.3,
        columnspacing=1.2,
    )
