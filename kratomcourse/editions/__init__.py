"""Editions: an institution's own selection of the course, built from the course and a folder.

The folder has `edition.yml` and what the institution adds. Nothing of the course is edited, so that
an update of the course never meets a change of the edition's.
"""

from .compose import build_edition, check_edition, compose_edition
from .edition_file import Edition, read_edition
from .new import new_edition

__all__ = [
    "Edition",
    "build_edition",
    "check_edition",
    "compose_edition",
    "new_edition",
    "read_edition",
]
