"""The ground floor: facts, data sets and references, and how each is known. Knows no format of any
outlet.
"""

from .facts import Fact, load_facts
from .helplines import box_lines, emergency_numbers, is_due, known_text
from .place import evidence_dir
from .references import Reference, load_references
from .tables import load_table
from .words import citation, fact_text

__all__ = [
    "Fact",
    "Reference",
    "box_lines",
    "citation",
    "emergency_numbers",
    "evidence_dir",
    "fact_text",
    "is_due",
    "known_text",
    "load_facts",
    "load_references",
    "load_table",
]
