"""Errors in the course's source files, reported in one form: where, what is wrong, and how to fix
it.

Every loader collects `Diagnostic` records and raises them together as one `CourseError`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


@dataclass(frozen=True)
class Diagnostic:
    """One mistake in one place of a source file."""

    file: str
    message: str
    hint: str = ""
    line: int | None = None
    item: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        item = f" [{self.item}]" if self.item else ""
        hint = f" Fix: {self.hint}" if self.hint else ""
        return f"{place}:{item} {self.message}{hint}"


class CourseError(Exception):
    """Stops a command; its text lists every diagnostic, one per line."""

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        self.diagnostics = (
            [diagnostics] if isinstance(diagnostics, Diagnostic) else list(diagnostics)
        )
        super().__init__("\n".join(map(str, self.diagnostics)))

    def __reduce__(self) -> tuple[type["CourseError"], tuple[list[Diagnostic]]]:
        return CourseError, (self.diagnostics,)


def yaml_error(
    error: Exception, path: str | Path, hint: str = "look at this line and the one before"
) -> CourseError:
    """Return the error of a file that can't be read as YAML, with the line where reading stopped.

    error : yaml.YAMLError or UnicodeDecodeError
    """
    if isinstance(error, UnicodeDecodeError):
        return CourseError(Diagnostic(shown_path(path), "isn't UTF-8 text.", "save it as UTF-8"))
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", error)
    line = mark.line + 1 if mark else None
    return CourseError(Diagnostic(shown_path(path), f"is not YAML: {said}.", hint, line))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the closest known word, or an empty string."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def shown_path(path: str | Path) -> str:
    """Return a path relative to the working directory where possible, for use in messages."""
    path = Path(path)
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
