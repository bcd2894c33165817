"""Where in a chapter to read again: a link, or number and title of the part."""

from functools import cache
from html import escape
from pathlib import Path

from ...chapters import Part, load_chapter, objectives_of
from ...errors import CourseError
from ...quiz.bank import Bank, Item

COURSE = Path(__file__).resolve().parents[3]
SCHEMES = ("https://", "http://")


class ReadAgain:
    """Finds the part of a chapter for a question."""

    def __init__(self, course_url: str = "", course: Path = COURSE) -> None:
        """Say where the course is.

        course_url : address of the published site; without it the part is named and not linked
        course     : folder that holds `notebooks`; where it has none, headings are named alone
        """
        url = course_url.strip()
        self.site = url.rstrip("/") + "/" if url.startswith(SCHEMES) else ""
        self.course = course

    def html(self, bank: Bank, item: Item) -> str:
        """Return the words that name the place, as HTML; empty where the bank names none."""
        objective = next((one for one in bank.objectives if one.id == item.objective), None)
        if objective is None:
            return ""
        home = bank.home_of(objective.id)
        part = part_of(self.course, home, objective.id)
        if part is None:
            return f"\u201c{escape(objective.section)}\u201d in {escape(home.title)}"
        name = f"part {part.number}, \u201c{escape(part.title)}\u201d"
        if not self.site:
            return name
        return f'<a href="{escape(self.site + part.name)}.html">{name}</a>'


def part_of(course: Path, bank: Bank, objective: str) -> Part | None:
    """Return the part that teaches an objective; None where no chapter here does.

    The bank's own chapter comes first; an assignment may take its questions from several.
    """
    own = parts_of(course, bank.chapter)
    parts = own or tuple(part for name in chapters_of(course) for part in parts_of(course, name))
    wanted = next((one for one in bank.objectives if one.id == objective), None)
    same_title = [part for part in parts if wanted and part.title == wanted.section]
    asking = [part for part in parts if wanted in objectives_of(part, bank)]
    return next(iter(same_title + asking), None)


@cache
def chapters_of(course: Path) -> tuple[str, ...]:
    """Return the names of the chapters in a course's folder."""
    return tuple(sorted(path.name for path in (course / "notebooks").glob("[0-9][0-9]-*")))


@cache
def parts_of(course: Path, chapter: str) -> tuple[Part, ...]:
    """Return the parts of a chapter; none where it is not here or cannot be read."""
    try:
        return load_chapter(course / "notebooks" / chapter).parts
    except (OSError, CourseError):
        return ()
