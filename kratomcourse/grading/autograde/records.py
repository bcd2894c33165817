"""The records that grading passes from step to step. No step is done here."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Submission:
    """What a student handed in, as bytes: it travels to the worker in the task."""

    student: str
    quiz: str
    notebook: bytes
    files: dict = field(default_factory=dict)  # name relative to the submission -> bytes
    timestamp: str | None = None  # as nbgrader wrote it
    repairs: tuple = ()  # what intake put right, one line each


@dataclass(frozen=True)
class SourceCell:
    """A cell of the instructor's version, as it was handed out."""

    name: str  # nbgrader's grade_id; empty for a cell that nbgrader does not know
    cell_type: str  # code or markdown
    source: str  # with hidden tests
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    points: float | None = None
    checksum: str | None = None

    @property
    def is_test(self):
        """Whether its points come from tests and not from a reader."""
        return self.grade and not self.solution and self.cell_type == "code"


@dataclass(frozen=True)
class Assignment:
    """One notebook of a quiz: the instructor's cells in their order, and the bank items that mark them."""

    quiz: str
    name: str
    cells: tuple
    items: dict  # name of a graded cell -> item of the bank
    kernelspec: dict
    files: dict = field(
        default_factory=dict
    )  # the instructor's other files; they win over a student's of the same name
    course: str = ""  # text with which it was handed out; students' own numbers follow from it


@dataclass(frozen=True)
class CellScore:
    """What one graded cell earned; auto is None where a person has to read."""

    auto: float | None
    needs_manual: bool = False


@dataclass(frozen=True)
class Outcome:
    """All that marking one submission brought, ready to be written down."""

    student: str
    quiz: str
    state: str  # graded; rejected or failed: then `why` gives the reason and nothing is written
    why: str = ""
    scores: dict = field(default_factory=dict)  # name of a graded cell -> CellMark
    comments: dict = field(default_factory=dict)  # name of an answer cell -> comment or None
    notebook: str = ""  # the graded notebook as JSON text
    files: dict = field(default_factory=dict)
    timestamp: str | None = None
    repairs: tuple = ()  # what was put right, one line each
    violations: tuple = ()  # what nobody does by accident, or had to be ended; one line each
    tests_in_kernel: tuple = ()  # test cells that no bank item describes
    seconds: float = 0.0
    used_kernel: bool = True

    @property
    def points(self):
        return sum(mark.auto or 0.0 for mark in self.scores.values())

    def with_seconds(self, seconds):
        return replace(self, seconds=seconds)


@dataclass(frozen=True)
class ReportRow:
    """One submission in the report of a run."""

    student: str
    state: str  # graded, rejected, failed
    points: float = 0.0
    waiting: bool = False  # for a person
    late: float = 0.0  # seconds
    why: str = ""
    repairs: tuple = ()
    violations: tuple = ()
    tests_in_kernel: tuple = ()


@dataclass
class GradingReport:
    """What a run did, for whoever started it."""

    quiz: str
    most: float
    isolation: str
    rows: list = field(default_factory=list)
    skipped: int = 0  # marked before
    seconds: float = 0.0
    dry: bool = False
    problems: list = field(default_factory=list)  # of the gradebook

    @property
    def needs_attention(self):
        return bool(self.problems) or any(
            row.state != "graded" or row.violations for row in self.rows
        )
