"""What a person sees who grades by hand: the rubric as text with points, and no generated code.

A preprocessor of the pages that nbgrader makes of graded notebooks, in the formgrader and as
feedback. It changes what is shown and nothing that is stored.
"""

import json
import re
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List

from ..autograde.nbgrader_plugins import PAGE_CLOCK

RUBRIC_LINE = re.compile(r"# \[ \] (?P<points>[\d.]+ points?): (?P<criterion>.+)")
RUBRIC_HEAD = "# A person reads the answer above"
HIDDEN = re.compile(r"\n?### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS", re.DOTALL)
POINTS_FUNCTION = "def _points(answer):"  # begins what the course generates for an item
OWN_NUMBERS = "def _own_numbers(student):"


class MarkerView(NbGraderPreprocessor):  # type: ignore[misc]
    """Shows rubrics as text and leaves generated code out."""

    display_data_priority: Any = List().tag(config=True)  # nbgrader sets it for each of its own

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Change the cells of one notebook, which is shown and not stored."""
        PAGE_CLOCK.start()  # its filters follow
        for cell in nb.cells:
            show_cell(cell)
        return nb, resources


def show_cell(cell: Any) -> None:
    """Change one cell, if the course generated it or it is a test that is worth nothing."""
    role = cell.metadata.get("nbgrader", {})
    if not role.get("locked") or cell.cell_type != "code":
        return
    if rubric := rubric_of(cell.source):
        show_as_text(cell, rubric)
        return
    if OWN_NUMBERS in cell.source:
        cell.source = "# Numbers of this student's own"
    if POINTS_FUNCTION in cell.source:
        record = cell.metadata.get("course", {})
        read = (
            f"\n# Answer that was read: {json.dumps(record['answer'])}"
            if "answer" in record
            else ""
        )
        cell.source = (
            f"{HIDDEN.sub('', cell.source).rstrip()}\n# The course gives the points.{read}"
        )
    if role.get("grade") and not role.get("points"):
        del cell.metadata["nbgrader"]  # its box would hold 0.0 of 0.0


def rubric_of(source: str) -> str:
    """Return the rubric in a cell as Markdown; empty where there is none."""
    if not source.startswith(RUBRIC_HEAD):
        return ""
    lines = [f"- {found['points']}: {found['criterion']}" for found in RUBRIC_LINE.finditer(source)]
    head = source.partition("\n")[0].removeprefix("# ")
    return "\n".join([f"**{head}**", "", *lines]) if lines else ""


def show_as_text(cell: Any, markdown: str) -> None:
    """Make a code cell one of Markdown, without a box for points."""
    cell.cell_type, cell.source = "markdown", markdown
    cell.metadata.pop("nbgrader", None)
    for name in ("outputs", "execution_count"):
        cell.pop(name, None)
