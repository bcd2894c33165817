"""How far each assignment is, by folders, exchange and gradebook. Changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ...quiz.assignments import assignment_names
from ..assignment_source.source_notebooks import has_gradebook
from ..autograde.instructor_version import CourseLayout
from ..autograde.runner import graded_before
from ..collect.exchange_inbox import NAME as INBOX_NAME


@dataclass
class AssignmentStatus:
    """How far one assignment is; each list holds student ids."""

    name: str
    is_built: bool = False
    is_generated: bool = False
    is_released: bool = False
    due: datetime | None = None  # UTC
    submitted: set[str] = field(default_factory=set)
    collected: set[str] = field(default_factory=set)
    graded: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)  # for a person to read an answer
    late: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    extended: set[str] = field(default_factory=set)
    open_requests: int = 0

    @property
    def is_used(self) -> bool:
        """Whether more was done than building it."""
        return self.is_generated or bool(self.submitted or self.collected or self.graded)

    def next_step(self) -> str:
        """Return the command to give next, or what to do."""
        name = self.name
        if not self.is_built:
            return f"course assignment build {name}"
        if not self.is_generated:
            return f"nbgrader generate_assignment {name}"
        if not self.is_released and not self.collected:
            return f"nbgrader release_assignment {name}"
        if self.submitted - self.collected:
            return f"course collect {name}"
        if self.collected - self.graded:
            return f"course grade {name}"
        if self.waiting:
            return f"read {len(self.waiting)} written answers in the formgrader"
        if self.graded - self.returned:
            return f"nbgrader generate_feedback {name}, then release_feedback"
        return "" if self.graded else "wait for submissions"


def course_status(layout: CourseLayout) -> list[AssignmentStatus]:
    """Return how far each assignment is."""
    found = {name: AssignmentStatus(name) for name in names_of(layout)}
    exchange = layout.exchange_root / layout.course_id
    inbox = list(submissions_in(exchange / "inbound"))
    for name, one in found.items():
        one.is_built = (layout.source / name).is_dir()
        one.is_generated = any(
            (layout.root / layout.course.release_directory / name).glob("*.ipynb")
        )
        one.is_released = (exchange / "outbound" / name).is_dir()
        one.submitted = {student for student, quiz in inbox if quiz == name}
        one.collected = set(layout.students(name))
        one.submitted |= one.collected
        one.graded = {student for student in one.collected if graded_before(layout, name, student)}
        one.returned = returned(layout.root / layout.course.feedback_directory, name)
    if has_gradebook(layout.db_url):
        read_gradebook(layout, found)
    return list(found.values())


def names_of(layout: CourseLayout) -> list[str]:
    """Return the names of all assignments, those without a file among them."""
    folders = {path.name for path in layout.source.glob("*") if path.is_dir()}
    folders |= {
        path.name
        for path in (layout.root / layout.course.release_directory).glob("*")
        if path.is_dir()
    }
    written = assignment_names(layout.root) if (layout.root / "assignments").is_dir() else []
    return sorted({*folders, *written})


def submissions_in(inbound: Path) -> Iterator[tuple[str, str]]:
    """Yield (student, assignment) of each folder in the exchange."""
    if inbound.is_dir():
        for path in inbound.iterdir():
            if match := INBOX_NAME.fullmatch(path.name):
                yield match["student"], match["quiz"]


def returned(folder: Path, name: str) -> set[str]:
    """Return the students whose page of feedback was made."""
    return {path.parent.name for path in folder.glob(f"*/{name}") if any(path.glob("*.html"))}


def read_gradebook(layout: CourseLayout, found: dict[str, AssignmentStatus]) -> None:
    """Add what the gradebook knows."""
    from nbgrader.api import Gradebook
    from sqlalchemy import inspect

    from .regrade_requests import REQUESTS, read_requests

    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        for assignment in gradebook.assignments:
            one = found.setdefault(assignment.name, AssignmentStatus(assignment.name))
            one.due = assignment.duedate
            for row in assignment.submissions:
                read_submission(one, row)
        if inspect(gradebook.engine).has_table(REQUESTS.name):
            for request in read_requests(gradebook):
                if request.quiz in found and request.closed is None:
                    found[request.quiz].open_requests += 1


def read_submission(one: AssignmentStatus, row: Any) -> None:
    """Add one student's row of the gradebook."""
    student = row.student_id
    if row.extension is not None:
        one.extended.add(student)
    if row.notebooks:
        if row.needs_manual_grade:
            one.waiting.add(student)
        if row.total_seconds_late > 0:
            one.late.add(student)


def status_lines(rows: Sequence[AssignmentStatus], every: bool = False) -> Iterator[str]:
    """Yield the table; assignments that are only built are counted unless `every` is set."""
    shown = [row for row in rows if every or row.is_used]
    heads = ("submitted", "collected", "graded", "waiting", "returned", "late")
    if shown:
        yield f"{'':<30}" + "".join(f"{head:>11}" for head in heads) + "  next"
    for row in shown:
        counts = (
            row.submitted, row.collected, row.graded, row.waiting, row.returned, row.late,
        )  # fmt: skip
        yield (
            f"{row.name:<30}"
            + "".join(f"{len(names):>11}" for names in counts)
            + f"  {row.next_step()}"
        )
        notes = []
        if row.due:
            notes.append(f"due {row.due:%Y-%m-%d %H:%M} UTC")
        if row.extended:
            notes.append(f"more time for {', '.join(sorted(row.extended))}")
        if row.open_requests:
            notes.append(f"open regrade requests: {row.open_requests}")
        if notes:
            yield f"  {'; '.join(notes)}"
    if rest := len(rows) - len(shown):
        yield f"{rest} more are not released yet (course status --all)"
