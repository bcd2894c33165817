"""The records that grading passes from step to step. Nothing is done here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from ...quiz.bank import Bank

State = Literal["graded", "rejected", "failed"]


@dataclass(frozen=True)
class Submission:
    """What a student handed in, as bytes; it travels to the worker in the task."""

    student: str
    quiz: str
    notebooks: Mapping[str, bytes]  # name without .ipynb -> content
    files: Mapping[str, bytes] = field(default_factory=dict)  # relative name -> content
    timestamp: str | None = None  # in the form `timestamps.canonical` writes
    repairs: tuple[str, ...] = ()  # what reading it repaired, one line each


@dataclass(frozen=True)
class SourceCell:
    """A cell of the instructor's version, as it was handed out."""

    name: str  # nbgrader's grade_id; empty for a cell that nbgrader does not know
    cell_type: str  # code, markdown or raw
    source: str  # with hidden tests
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    points: float | None = None
    checksum: str | None = None

    @property
    def is_test(self) -> bool:
        """Whether its points come from tests and not from a reader."""
        return self.grade and not self.solution and self.cell_type == "code"


@dataclass(frozen=True)
class AssignmentNotebook:
    """One notebook of a quiz: the instructor's cells in order, and the bank items that score
    them.
    """

    quiz: str
    name: str
    cells: tuple[SourceCell, ...]
    items: Mapping[str, Any]  # name of a graded cell -> item of the bank
    kernelspec: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)  # the instructor's; they win
    variant_key: str = ""  # it was handed out with; students' own numbers follow from it
    bank: Bank | None = None
    generated: frozenset[str] = frozenset()  # cells that are exactly as the bank makes them
    hidden_marks: tuple[str, str] = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")

    @property
    def max_points(self) -> float:
        """Points to be had."""
        return sum(cell.points or 0.0 for cell in self.cells if cell.grade or cell.task)

    @property
    def tests_in_kernel(self) -> list[str]:
        """Names of test cells that no bank item describes, so they run beside student code."""
        return [
            cell.name
            for cell in self.cells
            if cell.is_test and cell.points and cell.name not in self.items
        ]


@dataclass(frozen=True)
class Assignment:
    """A quiz with all its notebooks."""

    quiz: str
    notebooks: tuple[AssignmentNotebook, ...]

    @property
    def max_points(self) -> float:
        """Points to be had in all notebooks."""
        return sum(notebook.max_points for notebook in self.notebooks)

    @property
    def files(self) -> Mapping[str, bytes]:
        """The instructor's other files."""
        return self.notebooks[0].files


@dataclass(frozen=True)
class CellScore:
    """What one graded cell earned; auto is None where someone has to read the answer."""

    auto: float | None
    needs_manual: bool = False


@dataclass(frozen=True)
class NotebookOutcome:
    """The graded form of one notebook."""

    name: str
    text: str  # the graded notebook as JSON
    scores: Mapping[str, CellScore] = field(default_factory=dict)  # graded cell -> score
    comments: Mapping[str, str | None] = field(default_factory=dict)  # answer cell -> comment
    repairs: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    tests_in_kernel: tuple[str, ...] = ()
    used_kernel: bool = True


@dataclass(frozen=True)
class Outcome:
    """The result of grading one submission, ready to be stored."""

    student: str
    quiz: str
    state: State
    why: str = ""  # not graded: the reason; nothing is stored then
    notebooks: tuple[NotebookOutcome, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    timestamp: str | None = None
    repairs: tuple[str, ...] = ()  # accidents that were repaired, one line each
    violations: tuple[str, ...] = ()  # nobody's accident, or had to be stopped; one line each
    seconds: float = 0.0

    @property
    def scores(self) -> dict[str, CellScore]:
        """Scores of all notebooks; a cell id that two notebooks share appears once."""
        return {name: score for one in self.notebooks for name, score in one.scores.items()}

    @property
    def points(self) -> float:
        """Points that grading itself gave."""
        return sum(
            score.auto or 0.0 for notebook in self.notebooks for score in notebook.scores.values()
        )

    @property
    def tests_in_kernel(self) -> tuple[str, ...]:
        """Test cells that ran beside student code."""
        return tuple(name for notebook in self.notebooks for name in notebook.tests_in_kernel)

    def with_seconds(self, seconds: float) -> Self:
        """Return the same outcome with the time that grading took."""
        return replace(self, seconds=seconds)


@dataclass(frozen=True)
class ReportRow:
    """One submission in the report of a run."""

    student: str
    state: State
    points: float = 0.0
    waiting: bool = False  # for someone to read an answer
    late: float = 0.0  # seconds
    why: str = ""
    repairs: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    tests_in_kernel: tuple[str, ...] = ()


@dataclass
class GradingReport:
    """What a run did, for the person who started it."""

    quiz: str
    most: float
    isolation: str
    rows: list[ReportRow] = field(default_factory=list)
    skipped: int = 0  # graded before
    seconds: float = 0.0
    dry: bool = False
    problems: list[str] = field(default_factory=list)  # of the gradebook
    accounting: str = ""  # how memory and processes of a submission are counted

    @property
    def needs_attention(self) -> bool:
        """Whether someone should look at a submission or the gradebook."""
        return bool(self.problems) or any(
            row.state != "graded" or row.violations for row in self.rows
        )
