"""What makes one course's numbers differ from another's: a secret in the course's own folder, and what a quiz is handed out with.

The secret itself is in no notebook. A quiz holds a text made from it (HMAC), from which each student's numbers follow.
"""

import hmac
import re
from pathlib import Path

from nbgrader.preprocessors import NbGraderPreprocessor

from ...quiz.order import course_secret
from .notebooks import VARIANT_KEY_PLACEHOLDER


def variant_key(root, quiz):
    """The text with which a quiz of a course is handed out."""
    return hmac.new(course_secret(root), quiz.encode(), "sha256").hexdigest()[:32]


def variant_key_of(sources):
    """That text, read from the cells that were handed out; the one of the source notebook where none was put in."""
    for source in sources:
        if "numbers_of(" in source:
            for found in re.findall(r"'([0-9a-f]{32})'\)", source):
                return found
    return VARIANT_KEY_PLACEHOLDER


class InsertVariantKey(NbGraderPreprocessor):
    """Puts the text of the course into the questions with own numbers, when nbgrader makes the students' version."""

    def preprocess(self, nb, resources):
        if any(VARIANT_KEY_PLACEHOLDER in cell.source for cell in nb.cells):
            text = variant_key(
                Path(self.parent.parent.coursedir.root), resources["nbgrader"]["assignment"]
            )
            for cell in nb.cells:
                cell.source = cell.source.replace(VARIANT_KEY_PLACEHOLDER, text)
        return nb, resources
