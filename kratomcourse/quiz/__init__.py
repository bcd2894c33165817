"""What a question is, how it is marked, and how it looks in plain HTML. Knows no outlet."""

from .bank import Bank, load_bank, load_banks
from .html import QuizHtml
from .marking import Mark, mark

__all__ = ["Bank", "Mark", "QuizHtml", "load_bank", "load_banks", "mark"]
