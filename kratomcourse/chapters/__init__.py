"""Chapters and their parts, as book, workshops, exports and the browser version share them."""

from .chapter import (
    Chapter,
    Part,
    find_chapter,
    is_in_chapter,
    load_chapter,
    load_chapters,
    objectives_of,
)
from .whole import whole_notebook

__all__ = [
    "Chapter",
    "Part",
    "find_chapter",
    "is_in_chapter",
    "load_chapter",
    "load_chapters",
    "objectives_of",
    "whole_notebook",
]
