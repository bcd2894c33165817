"""The chapters as notebooks that run in the reader's browser: JupyterLite in the folder `lite/` of the site.

`core` brings Python for the browser, `wheel` the course as it is imported there, `contents` the notebooks and the
page before them, `build` puts all together. What lies in `inside/` runs in the browser alone.
"""

from .build import build_lite, is_of_older_chapters

__all__ = ["build_lite", "is_of_older_chapters"]
