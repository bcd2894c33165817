"""The house style: colours that colour-blind readers can tell apart, and text large enough for a
phone.

Colour is never the only signal: series also differ by marker, dash or a direct label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cycler import cycler

from ..evidence.course import load_course


@dataclass(frozen=True)
class Look:
    """Colours of one mode. What the course compares, such as substances, has colours of its own in
    `evidence/course.json` and keeps them through the whole course: `look.morphine`.
    """

    name: str
    paper: str  # background of the page
    ink: str  # text and axes
    muted: str  # grid, secondary text; at least 4.5 to 1 against the paper
    faint: str  # fills behind data
    other: str
    data: str  # what was measured
    model: str  # what a model says
    warn: str
    compared: Mapping[str, str]  # {what is drawn: colour}, from course.json

    def __getattr__(self, name: str) -> str:
        if name != "compared" and name in self.compared:
            return self.compared[name]
        raise AttributeError(f"the look has no colour {name!r}; course.json names its own")

    @property
    def accent(self) -> str:
        """The first of the course's own colours."""
        return next(iter(self.compared.values()), self.other)

    def shade(self, light: str, dark: str) -> str:
        """A colour that no look has, by the mode; so a figure says what its own colours are in the
        dark.
        """
        return light if self.name == "light" else dark

    @property
    def rc(self) -> Any:
        """matplotlib settings of this mode."""
        return {
            "figure.figsize": (5.2, 3.5),
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "font.family": "DejaVu Sans",
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.labelsize": 11,
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "legend.fontsize": 10,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": False,
            "lines.linewidth": 2.2,
            "lines.markersize": 7,
            "text.color": self.ink,
            "axes.labelcolor": self.ink,
            "axes.edgecolor": self.muted,
            "xtick.color": self.ink,
            "ytick.color": self.ink,
            "grid.color": self.faint,
            "axes.prop_cycle": cycler(color=[*self.compared.values(), self.other]),
            "svg.hashsalt": "kratomcourse",
            "svg.fonttype": "path",
        }


def own_colours(mode: str) -> dict[str, str]:
    """Return {name: colour} of what this course compares."""
    return {name: colours[mode] for name, colours in load_course().colours.items()}


# Okabe and Ito's palette, darkened or lightened until each colour has 3 to 1 against the paper.
LIGHT = Look(
    "light",
    paper="#ffffff",
    ink="#1f2328",
    muted="#5a6169",
    faint="#dfe3e8",
    other="#9a4a80",
    data="#1f2328",
    model="#b84a00",
    warn="#a4262c",
    compared=own_colours("light"),
)
DARK = Look(
    "dark",
    paper="#14181e",
    ink="#e8ebee",
    muted="#a2abb5",
    faint="#39414b",
    other="#dd9cc4",
    data="#e8ebee",
    model="#f59a4e",
    warn="#ff8f8f",
    compared=own_colours("dark"),
)
