"""A figure of `charts.show` in the page: finding and subtitle above, the drawing (wide, and
narrow for a phone) within the page, below it limits, source, numbers and downloads.
"""

import csv
import hashlib
import html
import io
import re
from collections.abc import Callable
from typing import Any, ClassVar

from docutils import nodes
from sphinx.environment import BuildEnvironment

from ..charts.explorer import EXPLORER_MIME
from ..charts.figure import MIME
from ..i18n import _
from .sphinx.caption import figure_with_words
from .sphinx.explorers import explorer_nodes


class FigureRenderer:
    """myst-nb plug-in (entry point `myst_nb.mime_renderers`)."""

    mime_priority_overrides: ClassVar[list[tuple[str, str, int]]] = [
        ("*", MIME, 1),
        ("*", EXPLORER_MIME, 1),
    ]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> Any:
        """Nodes of a figure or an explorer; None for any other output."""
        made = {MIME: figure_nodes, EXPLORER_MIME: explorer_nodes}.get(data.mime_type)
        if made is None or inline:
            return None
        env = renderer.renderer.sphinx_env
        folders = env.docname.split("/")[1:]
        return made(
            data.content,
            env,
            lambda name, text: renderer.write_file([*folders, name], text.encode(), overwrite=True),
        )


def figure_nodes(
    figure: dict[str, Any], env: BuildEnvironment, write: Callable[[str, str], str]
) -> list[Any]:
    """Nodes of one figure.

    figure : the bundle that a Figure shows under its MIME type
    write  : called with a file name and a text; returns the address Sphinx knows the file by
    """
    # The name changes with the content, so that a browser never shows an old picture from its
    # cache.
    stamp = hashlib.sha256(figure["wide"].encode()).hexdigest()[:8]
    picture = write(f"{figure['name']}-{stamp}.svg", figure["wide"])
    drawings = f'<div class="course-pictures">{figure["wide"]}{figure["narrow"]}</div>'
    return [
        figure_with_words(
            figure,
            env,
            write,
            nodes.raw("", drawings, format="html"),
            nodes.raw("", data_table(figure["csv"]), format="html"),
            picture=picture,
        )
    ]


ROWS_SHOWN = 24


def data_table(text: str) -> str:
    """The numbers of a figure as a folded HTML table; of many rows some at even distances, and it
    says so.
    """
    head, *rows = csv.reader(io.StringIO(text))
    step = -(-len(rows) // ROWS_SHOWN) or 1
    shown = rows[::step]
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(rounded(cell))}</td>" for cell in row) + "</tr>"
        for row in shown
    )
    heads = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    summary = html.escape(
        _("The numbers as a table ({count} rows)", count=len(rows))
        if step == 1
        else _(
            "The numbers as a table ({shown} of {count} rows; all are in the file)",
            shown=len(shown),
            count=len(rows),
        )
    )
    return (
        f'<details class="figure-numbers"><summary>{summary}</summary><table class="counts">'
        f"<thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table></details>"
    )


def rounded(cell: Any) -> Any:
    """A number with four digits that count; anything else as it is."""
    if not re.fullmatch(r"-?\d+\.\d{3,}(e-?\d+)?", cell):
        return cell
    return f"{float(cell):.4g}"
