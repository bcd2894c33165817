"""The order of options in a quiz that is handed out: it follows from the course's secret.

The committed source notebooks show each question in the order of the page, so that they are the
same everywhere. When nbgrader makes the students' version, every question that is as the bank makes
it gets the order of the secret; the gradebook stores its hidden tests in that order as well.
"""

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from ...quiz.order import course_secret, order_key
from .handed_out import bank_of, in_secret_order, named


class ShuffleOptions(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Gives the questions the secret order, when nbgrader makes the students' version."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the options of a released notebook into the order of the course's secret."""
        root = Path(self.parent.parent.coursedir.root)
        about = resources["nbgrader"]
        bank = bank_of(root, about["notebook"])
        if bank is None:
            return nb, resources
        key = order_key(course_secret(root), about["assignment"])
        changed, stale = in_secret_order(named(nb.cells), bank, key)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = changed.get(name, cell.source)
        for item in stale:
            self.log.warning(
                "%s is not as the bank makes it, so its options keep the public order."
                " Fix: course quiz build, then nbgrader generate_assignment %s --force",
                item,
                about["assignment"],
            )
        return nb, resources
