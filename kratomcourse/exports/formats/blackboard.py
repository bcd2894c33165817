"""A QTI 2.1 package in the subset that Blackboard imports."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from ..package import write_zip
from ..registry import ALL_KINDS, ExportedQuiz
from .qti21 import qti21_files


class Blackboard:
    """Writes QTI 2.1 with the question types that Blackboard keeps on import."""

    name = "blackboard"
    title = "Blackboard (QTI 2.1)"
    suffix = ".zip"
    uses = ("graded", "check")
    kinds = ALL_KINDS
    lossy: ClassVar[Mapping[str, str]] = {
        "feedback": "left out",
        "choices": "no partial credit",
        "number, order, match, code, text": "marked by a person",
    }

    def write(self, quiz: ExportedQuiz, path: Path) -> int:
        """Write one file for each question and a test that lists them; return their number."""
        write_zip(path, qti21_files(quiz.name, quiz.title, quiz.items, plain=True))
        return len(quiz.items)


EXPORTER = Blackboard()
