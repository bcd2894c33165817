"""Ways out of the bank: learning-management systems and cards. Each format is one module that takes items and gives bytes."""

from .files import FORMATS, export

__all__ = ["FORMATS", "export"]
