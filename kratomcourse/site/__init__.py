"""The Sphinx extension that makes the book: roles for facts, the quiz in the page, figures, and pages that need no other host."""

from . import catalogues, directives, fingerprint, ledgers, maths, pages, published, roles, terms


def setup(app):
    for part in (fingerprint, roles, directives, ledgers, catalogues, maths, terms, published, pages):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True, "env_version": 2}
