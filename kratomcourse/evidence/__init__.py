"""The ground floor: facts, data sets and references, and how each is known. Knows no format of any outlet."""

from .facts import Fact, load_facts
from .place import evidence_dir
from .references import Reference, load_references
from .tables import load_table
from .words import citation, fact_text

__all__ = ["Fact", "Reference", "citation", "evidence_dir", "fact_text", "load_facts", "load_references", "load_table"]
