"""The page that says what each colour and mark of the figures means: {figure-marks}."""

from html import escape
from typing import Any

import numpy as np
from docutils import nodes
from docutils.parsers.rst import Directive
from matplotlib.markers import MarkerStyle
from sphinx.application import Sphinx

from ...charts import LIGHT, MARKS
from ...charts.figure import COLOURS

SIZE = 16  # px across a mark


class FigureMarks(Directive):  # type: ignore[misc]
    """A list of marks with their words, one `colour: words` a line. What was taken has a shape of
    its own, any other colour a plain tile.
    """

    has_content = True

    def run(self) -> list[Any]:
        rows = [line.partition(":")[::2] for line in self.content if line.strip()]
        strange = [name for name, _ in rows if name not in COLOURS.values()]
        if strange:
            return [
                self.state_machine.reporter.error(
                    f"figure-marks: {', '.join(strange)} is no colour of the figures; use some of "
                    f"{', '.join(COLOURS.values())}",
                    line=self.lineno,
                )
            ]
        items = "".join(
            f"<li>{mark_svg(name)} <span>{escape(words.strip())}</span></li>"
            for name, words in rows
        )
        return [nodes.raw("", f'<ul class="figure-marks">{items}</ul>', format="html")]


def mark_svg(name: str) -> str:
    """A mark of the figures as a small drawing within a line of text."""
    style = MarkerStyle(MARKS.get(name, "s"))
    shape = style.get_path().transformed(style.get_transform())
    corners = np.asarray(shape.to_polygons()[0])
    extent = np.abs(corners).max()
    points = " ".join(
        f"{SIZE * x / extent / 2:.1f},{-SIZE * y / extent / 2:.1f}" for x, y in corners
    )
    half = SIZE / 2 + 2
    return (
        f'<svg viewBox="{-half:g} {-half:g} {2 * half:g} {2 * half:g}" width="{2 * half:g}" '
        f'height="{2 * half:g}" aria-hidden="true" focusable="false">'
        f'<polygon points="{points}" fill="{getattr(LIGHT, name)}" stroke="{LIGHT.muted}" '
        f'stroke-width=".8" class="f-{name} s-muted"/></svg>'
    )


def setup(app: Sphinx) -> None:
    app.add_directive("figure-marks", FigureMarks)
