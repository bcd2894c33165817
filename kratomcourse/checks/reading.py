"""How hard the prose is to read: the school grade of each paragraph, by the Flesch-Kincaid
formula.
"""

from pathlib import Path
from statistics import median

from .text import lines_of_notebook, lines_of_page


def reading_grades(root: Path) -> dict[str, tuple[float, int]]:
    """{file: (median grade of its paragraphs, number of paragraphs)}; paragraphs of 12 words or
    more count.
    """
    import textstat

    grades = {}
    for folder, ending, lines_of in (
        ("book", "*.md", lines_of_page),
        ("notebooks", "*/*.ipynb", lines_of_notebook),
    ):
        for path in sorted((root / folder).glob(ending)):
            found = [
                textstat.flesch_kincaid_grade(line.text)
                for line in lines_of(path, root)
                if len(line.text.split()) >= 12
            ]
            if found:
                grades[path.relative_to(root).as_posix()] = (round(median(found), 1), len(found))
    return grades
