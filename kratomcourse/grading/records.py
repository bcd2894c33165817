"""The records that grading passes from step to step. No step is done here."""

from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """What one submission may use. Each is an option: `course grade --limit cell_seconds=20`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cell_seconds: float = Field(
        10,
        gt=0,
        description="time for one cell or one question to it, without what it waits for a processor; then the cell is interrupted",
    )
    grace_seconds: float = Field(
        2, gt=0, description="time to obey the interruption; then the submission is ended"
    )
    total_seconds: float = Field(60, gt=0, description="time for the whole submission")
    memory_mb: int = Field(
        1024, gt=0, description="memory beyond what the warm interpreter has, in MB"
    )
    processes: int = Field(64, gt=0, description="processes and threads at one time")
    file_mb: int = Field(50, gt=0, description="size of one file, in MB")
    disk_mb: int = Field(100, gt=0, description="size of all files, in MB")
    output_kb: int = Field(1024, gt=0, description="output of all cells that is kept, in KB")
    answer_kb: int = Field(64, gt=0, description="size of one answer, in KB")
    notebook_mb: float = Field(10, gt=0, description="size of the notebook handed in, in MB")
    extra_mb: float = Field(10, gt=0, description="size of all other files handed in, in MB")


@dataclass(frozen=True)
class Submission:
    """What a student handed in, as bytes: it travels to the worker in the task."""

    student: str
    quiz: str
    notebook: bytes
    files: dict = field(default_factory=dict)  # name relative to the submission -> bytes
    timestamp: str | None = None  # as nbgrader wrote it
    noted: tuple = ()  # what intake put right, one line each


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
class Paper:
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
class CellMark:
    """What one graded cell earned; auto is None where a person has to read."""

    auto: float | None
    needs_manual: bool = False


@dataclass(frozen=True)
class Outcome:
    """All that marking one submission brought, ready to be written down."""

    student: str
    quiz: str
    state: str  # marked, or refused: then `why` says for what reason and nothing is written
    why: str = ""
    marks: dict = field(default_factory=dict)  # name of a graded cell -> CellMark
    comments: dict = field(default_factory=dict)  # name of an answer cell -> comment or None
    notebook: str = ""  # the graded notebook as JSON text
    files: dict = field(default_factory=dict)
    timestamp: str | None = None
    noted: tuple = ()  # what was put right, one line each
    contained: tuple = ()  # what nobody does by accident, or had to be ended; one line each
    ran_inside: tuple = ()  # test cells that no bank item describes
    seconds: float = 0.0
    used_kernel: bool = True

    @property
    def points(self):
        return sum(mark.auto or 0.0 for mark in self.marks.values())

    def with_seconds(self, seconds):
        return replace(self, seconds=seconds)


@dataclass(frozen=True)
class Row:
    """One submission in the report of a run."""

    student: str
    state: str  # marked, refused, failed
    points: float = 0.0
    waiting: bool = False  # for a person
    late: float = 0.0  # seconds
    why: str = ""
    noted: tuple = ()
    contained: tuple = ()
    ran_inside: tuple = ()


@dataclass
class Report:
    """What a run did, for whoever started it."""

    quiz: str
    most: float
    sandbox: str
    rows: list = field(default_factory=list)
    skipped: int = 0  # marked before
    seconds: float = 0.0
    dry: bool = False
    problems: list = field(default_factory=list)  # of the gradebook

    @property
    def needs_attention(self):
        return bool(self.problems) or any(
            row.state != "marked" or row.contained for row in self.rows
        )
