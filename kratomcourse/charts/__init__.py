"""Figures of the course: one house style in light and dark, wide and for a phone, and a figure that
carries its words, its source and its data.
"""

from .explorer import Axis, Explorer, Picture, RadioButtons, Slider, explore
from .figure import Figure, show
from .icons import draw_icons
from .rows import LENS, MARKS, draw_grid_rows, draw_interval, log_ticks, name_rows
from .source_line import INVENTED, MODEL, works_of
from .style import DARK, LIGHT, Look

__all__ = [
    "DARK",
    "INVENTED",
    "LENS",
    "LIGHT",
    "MARKS",
    "MODEL",
    "Axis",
    "Explorer",
    "Figure",
    "Look",
    "Picture",
    "RadioButtons",
    "Slider",
    "draw_grid_rows",
    "draw_icons",
    "draw_interval",
    "explore",
    "log_ticks",
    "name_rows",
    "show",
    "works_of",
]
