"""Numbers of chapters and parts before their titles: in headings, navigation, and links that take a
page's title.
"""

from docutils import nodes
from sphinx.application import Sphinx

from ...chapters import load_chapter
from ...chapters.chapter import NOTEBOOKS, chapter_of


def number_title(app: Sphinx, doctree: nodes.document) -> None:
    """Put 4 or 4.2 before the title of an opening or a part."""
    page = app.env.docname
    if not (name := chapter_of(page)):
        return
    chapter = load_chapter(app.srcdir / NOTEBOOKS / name)
    number = {chapter.opening: str(chapter.number)} | {
        part.name: part.number for part in chapter.parts
    }
    title = next(doctree.findall(nodes.title), None)
    if title is not None and page in number:
        title.insert(0, [nodes.inline("", number[page], classes=["part-number"]), nodes.Text(" ")])


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-read", number_title, priority=100)  # before titles are collected
