"""What a build waits for: all checks of the sources that need nothing built, in one call."""

from pathlib import Path

from ..errors import CourseError
from ..evidence import load_facts, load_references
from ..quiz import load_banks
from .chapters import check_chapters
from .contents import check_contents, check_heading_links


def check_sources(root: Path) -> None:
    """Facts, references, bank, chapters, table of contents and links to headings; CourseError lists
    every problem found.
    """
    problems = []
    for load in (load_references, load_facts, load_banks):
        try:
            load()
        except CourseError as error:
            # A broken fact breaks the bank too; the first cause is the one to fix.
            raise CourseError(error.diagnostics) from None
    problems += check_chapters(root)
    problems += check_contents(root)
    problems += check_heading_links(root)
    if problems:
        raise CourseError(problems)
