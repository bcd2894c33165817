"""The Sphinx extension that makes the book: roles for facts, the quiz in the page, figures, and pages that need no other host."""

from . import catalogues, directives, explorers, fingerprint, ledgers, maths, pages, roles, translated


def setup(app):
    for part in (fingerprint, roles, directives, explorers, ledgers, catalogues, maths, pages, translated):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True, "env_version": 2}
