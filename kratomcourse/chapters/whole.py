"""A chapter as one notebook: the opening, then its parts with their headings one level lower. For
slides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .chapter import Chapter

FENCED = re.compile(r"^(`{3,}|:{3,}).*?^\1", re.M | re.S)
HEADING = re.compile(r"^(#{1,5}) ", re.M)
PART = re.compile(r"^```\{part\}\n.*?^```\n*", re.M | re.S)
SOURCES = re.compile(r"^## Sources\b", re.M)


def whole_notebook(
    chapter: Chapter, read: Callable[[Path], NotebookNode] | None = None
) -> NotebookNode:
    """The chapter as one notebook.

    read    : called with a part's path; returns its notebook, with outputs if it has any
    returns : notebook whose `## ` headings are the parts' titles
    """
    read = read or (lambda path: nbformat.read(path, as_version=4))
    whole: NotebookNode = nbformat.v4.new_notebook()
    for place, path in enumerate(chapter.notebooks):
        for cell in read(path).cells:
            if cell.cell_type == "markdown" and place:
                cell.source = demoted(PART.sub("", cell.source))
            cell.id = f"{place}-{cell.id}"[:64]
            whole.cells.append(cell)
    return whole


def demoted(markdown: str) -> str:
    """Markdown with each heading one level lower; what stands in fences stays as it is."""
    parts, at = [], 0
    for fence in FENCED.finditer(markdown):
        parts += [HEADING.sub(r"#\1 ", markdown[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*parts, HEADING.sub(r"#\1 ", markdown[at:])])
