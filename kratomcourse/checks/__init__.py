"""Everything that must hold before the book is built, found in the sources themselves: fast, and
with file, line and fix.
"""

from .before_build import check_sources
from .chapters import check_chapters
from .contents import check_contents

__all__ = ["check_chapters", "check_contents", "check_sources"]
