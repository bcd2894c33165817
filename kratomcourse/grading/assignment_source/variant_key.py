"""The variant key: a text in each quiz from which every student's own numbers follow.

It is made from the course's secret (HMAC), so that another course or semester has other numbers;
the secret itself is in no notebook.
"""

import hmac
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from ...quiz.order import course_secret
from .notebooks import VARIANT_KEY_PLACEHOLDER


def variant_key(root: Path, quiz: str) -> str:
    """Return the variant key of a quiz in the course whose folder is `root`."""
    return hmac.new(course_secret(root), quiz.encode(), "sha256").hexdigest()[:32]


class InsertVariantKey(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Puts the variant key into personalised questions when nbgrader makes the students'
    version.
    """

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Put the assignment's key into the cells that draw a student's own numbers."""
        if any(VARIANT_KEY_PLACEHOLDER in cell.source for cell in nb.cells):
            text = variant_key(
                Path(self.parent.parent.coursedir.root), resources["nbgrader"]["assignment"]
            )
            for cell in nb.cells:
                cell.source = cell.source.replace(VARIANT_KEY_PLACEHOLDER, text)
        return nb, resources
