"""Figures of the course: one house style in light and dark, and a figure that carries its words and its data."""

from .figure import Figure, show
from .icons import draw_icons
from .style import DARK, LIGHT, Look

__all__ = ["DARK", "LIGHT", "Figure", "Look", "draw_icons", "show"]
