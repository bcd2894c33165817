"""The parts as notebooks that run in the reader's browser: JupyterLite in the site's `lite/`.

`core` provides Python for the browser, `contents` the notebooks and the start page, and `build`
puts them together.
"""

from .build import build_lite, is_of_older_chapters

__all__ = ["build_lite", "is_of_older_chapters"]
