"""Figures of the course: one house style in light and dark, wide and for a phone, and a figure that
carries its words, its source and its data.
"""

from .explorer import Axis, Explorer, Picture, Slider, explore
from .figure import Figure, show
from .icons import draw_icons
from .sources import INVENTED, MODEL, works_of
from .style import DARK, LIGHT, Look

__all__ = [
    "DARK",
    "INVENTED",
    "LIGHT",
    "MODEL",
    "Axis",
    "Explorer",
    "Figure",
    "Look",
    "Picture",
    "Slider",
    "draw_icons",
    "explore",
    "show",
    "works_of",
]
