"""What a chapter is: a folder below `notebooks/` with an opening and one notebook for each part.

    notebooks/04-risk/index.ipynb
        the opening; its {chapter} header says the way of thinking
    notebooks/04-risk/2-a-call-is-not-a-case.ipynb
        part 4.2; its {part} header says its minutes
    notebooks/04-risk/figures.py
        functions that draw its figures (see drawing_code)

Titles come from the notebooks' first headings, the order from the file names, minutes from the
parts.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..evidence.course import is_edition

if TYPE_CHECKING:
    from ..quiz.bank import Bank, Objective

NOTEBOOKS = "notebooks"
OPENING = "index"
HEADER = re.compile(r"^```\{(chapter|part)\}\n(.*?)^```", re.M | re.S)
HEADING = re.compile(r"^# +(.+?)\s*$", re.M)
LISTED = re.compile(rf"file: {NOTEBOOKS}/([\w-]+)/{OPENING}\s*$", re.M)
QUIZ = re.compile(r"^```\{quiz\}[ \t]*(.+?)\s*$", re.M)


@dataclass(frozen=True)
class Part:
    """One part of a chapter: a page and a notebook of 10 to 15 minutes."""

    chapter: str  # such as 04-risk
    chapter_number: int
    place: int  # in the chapter, from 1; an edition may leave out those before
    title: str
    minutes: int
    path: Path
    asks: tuple[str, ...]  # objectives and items that its {quiz} directives name
    core: int = 0  # rank among the parts about safety that a workshop never leaves out; 0 for none

    @property
    def number(self) -> str:
        """Such as 4.2."""
        return f"{self.chapter_number}.{self.place}"

    @property
    def name(self) -> str:
        """Name of its page: notebooks/04-risk/2-a-call-is-not-a-case."""
        return f"{NOTEBOOKS}/{self.chapter}/{self.path.stem}"

    @property
    def plain_name(self) -> str:
        """File name of its plain notebook: 04-2-a-call-is-not-a-case.ipynb."""
        return f"{self.chapter[:2]}-{self.path.name}"


@dataclass(frozen=True)
class Chapter:
    """A chapter: its opening and its parts."""

    name: str  # of its folder, such as 04-risk
    title: str
    thinking: str  # the habit of mind that it teaches
    path: Path  # of the opening's notebook
    parts: tuple[Part, ...]

    @property
    def number(self) -> int:
        """The chapter's number, from its folder's name."""
        return int(self.name[:2])

    @property
    def minutes(self) -> int:
        """Reading time of all parts together, in minutes."""
        return sum(part.minutes for part in self.parts)

    @property
    def opening(self) -> str:
        """Name of the opening's page: notebooks/04-risk/index."""
        return f"{NOTEBOOKS}/{self.name}/{OPENING}"

    @property
    def plain_name(self) -> str:
        """File name of the opening's plain notebook: 04-0-risk.ipynb."""
        return f"{self.name[:2]}-0-{self.name[3:]}.ipynb"

    @property
    def notebooks(self) -> tuple[Path, ...]:
        """The opening and the parts, in order."""
        return (self.path, *(part.path for part in self.parts))


def load_chapters(root: Path | str) -> list[Chapter]:
    """All chapters of the course at `root`, in the order of its table of contents.

    raises : CourseError for an opening or a part without its header
    """
    openings = (Path(root) / NOTEBOOKS).glob(f"[0-9][0-9]-*/{OPENING}.ipynb")
    listed = order_in_contents(Path(root))
    last = len(listed)
    folders = sorted(
        (path.parent for path in openings),
        key=lambda folder: (listed.get(folder.name, last), folder.name),
    )
    return [load_chapter(folder) for folder in folders]


def order_in_contents(root: Path) -> dict[str, int]:
    """{chapter: its place in `_toc.yml`}; an edition may have another order than the numbers."""
    path = root / "_toc.yml"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return {name: place for place, name in enumerate(LISTED.findall(text))}


def load_chapter(folder: Path | str) -> Chapter:
    """The chapter in a folder such as notebooks/04-risk; read again only when a file in it changed.

    raises : CourseError for an opening or a part without its header
    """
    folder = Path(folder)
    paths = (folder / f"{OPENING}.ipynb", *part_paths(folder))
    return _load(paths, tuple(path.stat().st_mtime_ns for path in paths))


def part_paths(folder: Path) -> list[Path]:
    """Notebooks of a chapter's parts, in order of their numbers."""
    paths = [path for path in folder.glob("*.ipynb") if path.stem != OPENING]
    return sorted(
        paths,
        key=lambda path: (
            number_of(path),
            path.stem,
        ),
    )


def number_of(path: Path) -> int:
    """The number with which the name of a part's notebook begins; 0 for none."""
    number, sign, _ = path.stem.partition("-")
    return int(number) if sign and number.isdigit() else 0


@lru_cache(maxsize=64)
def _load(paths: tuple[Path, ...], times: tuple[int, ...]) -> Chapter:
    opening, *others = paths
    name = opening.parent.name
    head, title, _ = read_head(opening, "chapter", ("thinking",))
    parts = []
    before = 0
    for path in others:
        place = number_of(path)
        wanted = place > before if is_edition() else place == before + 1
        if not wanted:
            raise CourseError(
                Diagnostic(
                    shown_path(path),
                    f"its name does not begin with {before + 1}-, its place in the chapter.",
                    "number the parts of a chapter 1-, 2-, 3- and so on",
                )
            )
        before = place
        part, part_title, asks = read_head(path, "part", ("minutes",))
        core = int(part.get("core", 0))
        parts.append(
            Part(name, int(name[:2]), place, part_title, part["minutes"], path, asks, core)
        )
    return Chapter(name, title, head["thinking"], opening, tuple(parts))


def read_head(
    path: Path, directive: str, wanted: tuple[str, ...]
) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """(data of the header, title, what {quiz} directives name) of one notebook."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError) as error:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                f"is not a notebook: {error}.",
                "open it in Jupyter, or take it back from version control",
            )
        ) from error
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    heading = HEADING.search(text)
    header = next((found for found in HEADER.finditer(text) if found[1] == directive), None)
    head: Any = yaml.safe_load(header[2]) if header else None
    problem = (
        "has no heading '# Title'."
        if not heading
        else f"has no {{{directive}}} header."
        if not header
        else f"its {{{directive}}} header does not name {', '.join(wanted)}."
        if not isinstance(head, dict) or not all(head.get(name) for name in wanted)
        else ""
    )
    if problem or heading is None:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                problem,
                f"begin with '# Title' and a {{{directive}}} directive with {', '.join(wanted)}",
            )
        )
    asks = tuple(word for words in QUIZ.findall(text) for word in words.split())
    return head, heading[1], asks


def find_chapter(name: str | int, root: Path | str) -> Chapter:
    """The chapter named by number or by its folder, such as 4, 04 or 04-risk.

    raises : CourseError where there is none
    """
    chapters = load_chapters(root)
    word = str(name).zfill(2) if str(name).isdigit() else str(name)
    for chapter in chapters:
        if word in (chapter.name, chapter.name[:2]):
            return chapter
    known = [chapter.name for chapter in chapters]
    raise CourseError(
        Diagnostic(
            f"{NOTEBOOKS}/",
            f"there is no chapter '{name}'.",
            did_you_mean(str(name), known) or f"take one of {', '.join(known)}",
        )
    )


def objectives_of(part: Part, bank: Bank) -> list[Objective]:
    """Objectives of a bank whose questions the part asks, or that name it as their section."""
    of = {item.id: item.objective for item in bank.items}
    asked = {of.get(word, word) for word in part.asks}
    return [one for one in bank.objectives if one.id in asked or one.section == part.title]


def is_in_chapter(page: str) -> bool:
    """Whether the page of this name is an opening or a part."""
    return page.startswith(f"{NOTEBOOKS}/")


def chapter_of(page: str) -> str:
    """Name of the chapter that a page belongs to: 04-risk of notebooks/04-risk/index; else
    empty.
    """
    folders = page.split("/")
    return folders[1] if folders[0] == NOTEBOOKS and len(folders) == 3 else ""


def is_opening(page: str) -> bool:
    """Whether the page of this name is the opening of a chapter."""
    return bool(chapter_of(page)) and page.rpartition("/")[2] == OPENING
