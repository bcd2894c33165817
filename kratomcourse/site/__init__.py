"""The Sphinx extension that makes the book: roles for facts, the quiz in the page, figures, and pages that need no other host."""


def setup(app):
    # Here, because whoever only starts the build needs none of it.
    from . import (
        catalogues,
        directives,
        emergency,
        execution,
        explorers,
        fingerprint,
        first_aid,
        ledgers,
        maths,
        numbers,
        pages,
        published,
        review,
        roles,
        terms,
        translated,
    )

    for part in (
        fingerprint,
        execution,
        roles,
        directives,
        first_aid,
        explorers,
        ledgers,
        catalogues,
        maths,
        numbers,
        review,
        terms,
        published,
        emergency,
        pages,
        translated,
    ):
        part.setup(app)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
        "env_version": 2,
    }
