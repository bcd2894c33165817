"""The typeface of the figures is that of the pages: matplotlib measures what a reader sees."""

from functools import cache
from pathlib import Path

from matplotlib import font_manager

FONTS = Path(__file__).parent / "fonts"
# What the page calls the typeface first, then the names it has elsewhere.
FAMILIES = "'Public Sans C','Public Sans','DejaVu Sans',Arial,sans-serif"
MEASURED = ["Public Sans", "DejaVu Sans"]  # the second for signs that the first one lacks


@cache
def register_fonts() -> None:
    """Make Public Sans known to matplotlib; a second call does nothing."""
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)
