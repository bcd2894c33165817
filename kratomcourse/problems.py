"""What is wrong with a source file, said once and in one form: where, what, and how to mend it.

Every loader collects `Problem`s and raises them together as one `CourseError`.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One mistake in one place."""

    file: str
    what: str
    mend: str = ""
    line: int | None = None
    item: str = ""

    def __str__(self):
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        item = f" [{self.item}]" if self.item else ""
        mend = f" Mend: {self.mend}" if self.mend else ""
        return f"{place}:{item} {self.what}{mend}"


class CourseError(Exception):
    """Stops a command; its text lists every problem, one a line."""

    def __init__(self, problems):
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self):
        return CourseError, (self.problems,)


def did_you_mean(word, known):
    """`did you mean 'x'?` for the nearest known word, or an empty string."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def shown_path(path):
    """A path as the reader of a message knows it: relative to the folder they stand in where possible."""
    path = Path(path)
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
