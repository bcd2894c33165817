"""The house style: colours that colour-blind readers can tell apart, and text large enough for a
phone.

Colour is never the only signal: series also differ by marker, dash or a direct label.
"""

from dataclasses import dataclass

import matplotlib as mpl


@dataclass(frozen=True)
class Look:
    """Colours of one mode. Substances keep their colour through the whole course."""

    name: str
    paper: str  # background of the page
    ink: str  # text and axes
    muted: str  # grid, secondary text; at least 4.5 to 1 against the paper
    faint: str  # fills behind data
    mitragynine: str
    seven_oh: str
    morphine: str
    other: str
    data: str  # what was measured
    model: str  # what a model says
    warn: str

    def shade(self, light, dark):
        """A colour that no look has, by the mode; so a figure says what its own colours are in the
        dark.
        """
        return light if self.name == "light" else dark

    @property
    def rc(self):
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
            "axes.prop_cycle": mpl.cycler(
                color=[self.mitragynine, self.seven_oh, self.morphine, self.other]
            ),
            "svg.hashsalt": "kratomcourse",
            "svg.fonttype": "path",
        }


# Okabe and Ito's palette, darkened or lightened until each colour has 3 to 1 against the paper.
LIGHT = Look(
    "light",
    paper="#ffffff",
    ink="#1f2328",
    muted="#5a6169",
    faint="#dfe3e8",
    mitragynine="#00775a",
    seven_oh="#b84a00",
    morphine="#0062a3",
    other="#9a4a80",
    data="#1f2328",
    model="#b84a00",
    warn="#a4262c",
)
DARK = Look(
    "dark",
    paper="#14181e",
    ink="#e8ebee",
    muted="#a2abb5",
    faint="#39414b",
    mitragynine="#2fc796",
    seven_oh="#f59a4e",
    morphine="#6cbcf0",
    other="#dd9cc4",
    data="#e8ebee",
    model="#f59a4e",
    warn="#ff8f8f",
)
