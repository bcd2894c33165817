"""What figures and explorers have below them: their limits and their numbers."""

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from ...i18n import _


def legend(
    figure: dict[str, Any],
    env: BuildEnvironment,
    write: Callable[[str, str], str],
    numbers: str,
    *between: nodes.Node,
) -> nodes.legend:
    """What stands below a figure or an explorer: its limits, and its numbers as a download.

    numbers : the words before the download
    between : nodes that come after the limits
    """
    name = f"{figure['name']}.csv"
    download = addnodes.download_reference(
        "", "", nodes.literal(text=name), reftarget=write(name, figure["csv"]), refdoc=env.docname
    )
    limits = nodes.emphasis(text=_("What it can't show:") + " ")
    return nodes.legend(
        "",
        nodes.paragraph("", "", limits, nodes.Text(figure["limits"])),
        *between,
        nodes.paragraph("", "", nodes.Text(f"{numbers} "), download, classes=["figure-data"]),
    )
