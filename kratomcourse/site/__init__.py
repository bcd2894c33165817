"""The Sphinx extension that makes the book: roles for facts, the quiz in the page, figures, and
pages that need no other host.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: "Sphinx") -> dict[str, Any]:
    """Register everything of the course with Sphinx."""
    # Imported late: starting a build needs none of it.
    from .build import cache_key, execution
    from .postprocess import hooks
    from .publish import page_metadata
    from .sphinx import (
        caption,
        citing,
        data_pages,
        directives,
        emergency,
        explorers,
        figure_marks,
        first_aid_directives,
        folded_code,
        glossary,
        landing,
        law_cards,
        law_finder,
        maths,
        review,
        roles,
        title_numbers,
        translation,
    )

    for part in (
        cache_key,
        execution,
        folded_code,
        roles,
        directives,
        caption,
        first_aid_directives,
        explorers,
        figure_marks,
        law_finder,
        law_cards,
        landing,
        citing,
        data_pages,
        maths,
        title_numbers,
        review,
        glossary,
        page_metadata,
        emergency,
        hooks,
        translation,
    ):
        part.setup(app)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
        "env_version": 2,
    }
