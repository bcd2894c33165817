"""What figures and explorers have around their drawing: number, finding and subtitle above; limits,
source, numbers and downloads below.
"""

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ...i18n import _


class CourseFigure(nodes.figure):  # type: ignore[misc]
    """A figure whose caption is above its drawing; numbered as every figure."""


class CourseCaption(nodes.caption):  # type: ignore[misc]
    """Number and finding of a figure, and its `subtitle`."""


class CourseLegend(nodes.legend):  # type: ignore[misc]
    """What is below the drawing; the one caption that HTML allows is above it."""


def figure_with_words(
    figure: dict[str, Any],
    env: BuildEnvironment,
    write: Callable[[str, str], str],
    drawing: nodes.Node,
    *between: nodes.Node,
    picture: str = "",
    kinds: tuple[str, ...] = (),
    numbers: str = "",
) -> CourseFigure:
    """A figure or an explorer.

    figure  : the bundle that it shows under its MIME type
    write   : called with a file name and a text; returns the address Sphinx knows the file by
    drawing : the node of the drawing
    between : nodes that come after the limits
    picture : address of the picture's file, or empty
    kinds   : classes besides `course-figure`
    numbers : the words of the download of the numbers, or empty for the usual ones
    """
    made: CourseFigure = CourseFigure(
        classes=["course-figure", *kinds], ids=[f"figure-{figure['name']}"]
    )
    made += CourseCaption("", "", nodes.strong(text=figure["title"]), subtitle=figure["subtitle"])
    made += drawing
    limits = nodes.emphasis(text=_("What it can't show:") + " ")
    files = [
        download(numbers or _("Data (CSV)"), write(f"{figure['name']}.csv", figure["csv"]), env)
    ]
    if picture:
        files.append(download(_("Picture (SVG)"), picture, env))
    links = nodes.paragraph("", "", classes=["figure-data"])
    for number, file in enumerate(files):
        links += [nodes.Text(" "), file] if number else [file]
    source = nodes.paragraph("", "", nodes.Text(figure["source"]), classes=["figure-source"])
    made += CourseLegend(
        "", nodes.paragraph("", "", limits, nodes.Text(figure["limits"])), *between, source, links
    )
    return made


def download(words: str, address: str, env: BuildEnvironment) -> addnodes.download_reference:
    return addnodes.download_reference(
        "", "", nodes.inline(text=words), reftarget=address, refdoc=env.docname
    )


def visit_figure(self: Any, node: Any) -> None:
    self.body.append(self.starttag(node, "figure"))


def depart_figure(self: Any, node: Any) -> None:
    self.body.append("</figure>\n")


def visit_caption(self: Any, node: Any) -> None:
    self.body.append("<figcaption>\n<p>")
    self.add_fignumber(node.parent)
    self.body.append(self.starttag(node, "span", "", CLASS="caption-text"))


def depart_caption(self: Any, node: Any) -> None:
    self.body.append("</span>")
    self.add_permalink_ref(node.parent, _("Link to this image"))
    subtitle = self.encode(node["subtitle"])
    self.body.append(f'</p>\n<p class="figure-subtitle">{subtitle}</p>\n</figcaption>\n')


def visit_legend(self: Any, node: Any) -> None:
    self.body.append(self.starttag(node, "div", CLASS="legend"))


def depart_legend(self: Any, node: Any) -> None:
    self.body.append("</div>\n")


def usual(kind: str) -> tuple[Any, Any]:
    """Visitors of a node that other builders write as their own `kind`."""
    return (
        lambda self, node: getattr(self, f"visit_{kind}")(node),
        lambda self, node: getattr(self, f"depart_{kind}")(node),
    )


def setup(app: Sphinx) -> None:
    for node, here, kind in (
        (CourseFigure, (visit_figure, depart_figure), "figure"),
        (CourseCaption, (visit_caption, depart_caption), "caption"),
        (CourseLegend, (visit_legend, depart_legend), "legend"),
    ):
        app.add_node(
            node,
            html=here,
            latex=usual(kind),
            text=usual(kind),
            man=usual(kind),
            texinfo=usual(kind),
        )
