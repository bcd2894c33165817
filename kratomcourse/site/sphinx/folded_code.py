"""The code that draws a figure, folded below it on the page."""

from pathlib import Path

import nbformat
from sphinx.application import Sphinx

from ...chapters.chapter import is_in_chapter
from ...chapters.drawing_code import (
    FILE,
    MODULE,
    drawing_code,
    imported_from_figures,
    is_drawing,
    mark_drawing_code,
    names_used,
)
from ...i18n import _


def mark(app: Sphinx, docname: str, source: list[str]) -> None:
    """Before the outputs are looked up: note which drawing code the notebook uses."""
    if not draws(docname, source[0]):
        return
    path = Path(app.env.doc2path(docname))
    app.env.note_dependency(str(path.with_name(FILE)))
    notebook = mark_drawing_code(nbformat.reads(source[0], as_version=4), path)
    source[0] = nbformat.writes(notebook)


def fold_below(app: Sphinx, docname: str, source: list[str]) -> None:
    """Before the page is parsed: fold the functions that draw a figure below it."""
    if not draws(docname, source[0]):
        return
    path = Path(app.env.doc2path(docname)).with_name(FILE)
    notebook = nbformat.reads(source[0], as_version=4)
    waiting: list[str] = []  # imported, but nothing has been drawn with it yet
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type != "code":
            continue
        waiting += imported_from_figures(cell.source).names
        if names := shown_below(cell.source, waiting):
            waiting = [name for name in waiting if name not in names]
            text = folded(drawing_code(path, names), names)
            cells.append(nbformat.v4.new_markdown_cell(text, id=f"{cell.id}-drawing"[-64:]))
    notebook.cells = cells
    source[0] = nbformat.writes(notebook)


def shown_below(code: str, waiting: list[str]) -> list[str]:
    """Return which of the imported functions belong below a cell.

    These are the ones that draw in it, and the ones that load what is drawn. Where all that waits
    only loads, as for a table, it belongs below the cell that calls it.
    """
    used = names_used(code)
    if any(is_drawing(name) for name in waiting):
        drawn = {name for name in waiting if is_drawing(name) and name in used}
        return [name for name in waiting if name in drawn or not is_drawing(name)] if drawn else []
    return [name for name in waiting if name in used]


def draws(docname: str, text: str) -> bool:
    """Whether a page is a notebook that may import from the module of its chapter's figures."""
    return is_in_chapter(docname) and f"from {MODULE} import" in text


def folded(code: str, names: list[str]) -> str:
    """Return Markdown of a folded box with the functions `names` and what they use."""
    figures = sum(map(is_drawing, names))
    titles = [_("The functions used here"), _("The code that draws this figure")]
    title = titles[figures] if figures < 2 else _("The code that draws these figures")
    return (
        f"````{{dropdown}} {title}\n:class-container: drawing-code\n\n"
        f"```python\n{code}\n```\n````\n"
    )


def setup(app: Sphinx) -> None:
    """Mark before `execution.take_over`, fold after it."""
    app.connect("source-read", mark, priority=100)
    app.connect("source-read", fold_below, priority=950)
