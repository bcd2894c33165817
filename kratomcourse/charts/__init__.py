"""Figures of the course: one house style in light and dark, and a figure that carries its words and
its data.
"""

from .explorer import Axis, Explorer, Picture, Slider, explore
from .figure import Figure, show
from .icons import draw_icons
from .style import DARK, LIGHT, Look

__all__ = [
    "DARK",
    "LIGHT",
    "Axis",
    "Explorer",
    "Figure",
    "Look",
    "Picture",
    "Slider",
    "draw_icons",
    "explore",
    "show",
]
