"""The ground floor: facts, data sets and references, and how each is known. Knows no format of any
outlet.
"""

from .course import load_course
from .fact_format import citation, fact_text
from .facts import Fact, load_facts
from .helplines import box_groups, box_lines, emergency_numbers, is_due, known_text
from .place import evidence_dir
from .references import Reference, load_references
from .tables import has_table, load_rows, load_table

__all__ = [
    "Fact",
    "Reference",
    "box_groups",
    "box_lines",
    "citation",
    "emergency_numbers",
    "evidence_dir",
    "fact_text",
    "has_table",
    "is_due",
    "known_text",
    "load_course",
    "load_facts",
    "load_references",
    "load_rows",
    "load_table",
]
