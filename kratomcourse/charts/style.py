"""The house style: one meaning for each colour over the whole course, and text large enough for a
phone.

Colour and shape say what was taken; fill says how it is known. Colour is never the only signal.
The values are those of the pages, in `site/static/tokens.css`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import fill
from typing import Any

from cycler import cycler

from ..evidence.course import load_course
from .typeface import MEASURED

PHONE_TEXT = 12.6  # of 328 units, which a phone shows on 320 px or more: never below 12 px


@dataclass(frozen=True)
class Look:
    """Colours of one mode, and the width of one drawing. What the course compares, such as
    substances, has colours of its own in `evidence/course.json` and keeps them through the whole
    course: `look.leaf`.
    """

    name: str
    paper: str  # background of the page
    ink: str  # text and axes; what isn't about a substance
    second: str  # a second series that isn't about a substance
    muted: str  # secondary text; at least 4.5 to 1 against the paper
    faint: str  # grid, fills behind data
    flower: str  # the group that the sentence is about; a fill, never text
    law3: str  # the law, from banned
    law2: str
    law1: str
    law0: str  # to no law
    compared: Mapping[str, str]  # {what is drawn: colour}, from course.json
    narrow: bool = False  # whether this is the drawing for a phone

    def __getattr__(self, name: str) -> str:
        if name != "compared" and name in self.compared:
            return self.compared[name]
        raise AttributeError(f"the look has no colour {name!r}; course.json names its own")

    @property
    def accent(self) -> str:
        """The first of the course's own colours."""
        return next(iter(self.compared.values()), self.second)

    @property
    def text(self) -> float:
        """Size of text, in the units of the drawing."""
        return PHONE_TEXT if self.narrow else 14

    def on_phone(self) -> "Look":
        """The same colours for the narrow drawing."""
        return replace(self, narrow=True)

    def fold(self, words: str, wide: int, narrow: int) -> str:
        """Words in lines of at most so many letters."""
        return fill(" ".join(words.split()), narrow if self.narrow else wide)

    @property
    def rc(self) -> Any:
        """matplotlib settings of this drawing."""
        return {
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.h_pad": 0.03,
            "figure.constrained_layout.w_pad": 0.03,
            "figure.dpi": 72,
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "font.family": MEASURED,
            "font.size": self.text,
            "axes.titlesize": self.text,
            "axes.titleweight": "bold",
            "axes.labelsize": self.text,
            "axes.labelcolor": self.muted,
            "xtick.labelsize": self.text,
            "ytick.labelsize": self.text,
            "legend.fontsize": self.text,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": False,
            "axes.unicode_minus": True,
            "lines.linewidth": 2.2 if self.narrow else 2.6,
            "lines.markersize": 8 if self.narrow else 10,
            "text.color": self.ink,
            "axes.edgecolor": self.muted,
            "xtick.color": self.muted,
            "ytick.color": self.muted,
            "xtick.labelcolor": self.ink,
            "ytick.labelcolor": self.ink,
            "grid.color": self.faint,
            "axes.prop_cycle": cycler(color=[*self.compared.values(), self.second]),
            "svg.hashsalt": "kratomcourse",
            "svg.fonttype": "none",
        }


def own_colours(mode: str) -> dict[str, str]:
    """Return {name: colour} of what this course compares."""
    return {name: colours[mode] for name, colours in load_course().colours.items()}


LIGHT = Look(
    "light",
    paper="#fbf9f4",
    ink="#1a2a30",
    second="#0a5a66",
    muted="#5a686c",
    faint="#d9d3c5",
    flower="#e2a616",
    law3="#234b5c",
    law2="#7fa3ae",
    law1="#c9dbdd",
    law0="#ffffff",
    compared=own_colours("light"),
)
DARK = Look(
    "dark",
    paper="#11181a",
    ink="#edebe4",
    second="#7fcbd2",
    muted="#9ca8aa",
    faint="#344145",
    flower="#edbb45",
    law3="#8fc3d2",
    law2="#386878",
    law1="#274049",
    law0="#192225",
    compared=own_colours("dark"),
)
