"""nbgrader source notebooks made from assignments, and what keeps students' work safe meanwhile.

Fixing a key or a word in an assignment that students have answered is allowed: nbgrader and
`course grade --regrade` handle it. Removing or adding a question, or changing its points, is not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from ...errors import CourseError, Diagnostic
from ...quiz.assignments import AssignedBank, assignment_names, due_moment, find_assignment
from .notebooks import cell_id, source_notebook, write_source


@dataclass(frozen=True)
class StudentWork:
    """What students have done for an assignment so far."""

    submitted: Collection[str] = ()
    graded: Collection[str] = ()

    def __bool__(self) -> bool:
        return bool(self.submitted)


@dataclass(frozen=True)
class SourceChange:
    """How an assignment differs from the notebook that was made before, question by question."""

    removed: Sequence[str] = ()
    added: Sequence[str] = ()
    points: Sequence[tuple[str, float, float]] = ()  # (item, before, after)
    moved: bool = False

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.points or self.moved)

    def consequences(self, work: StudentWork) -> str:
        """Return what building would do to students' work, in sentences."""
        said = [f"{count(len(work.submitted), 'student')} submitted it"]
        if work.graded:
            said[0] += f" and {len(work.graded)} are graded"
        if self.removed:
            said.append(
                f"their answers and scores in {listed(self.removed)} would be lost to grading"
            )
        if self.added:
            said.append(f"everyone would have 0 in {listed(self.added)}, which they never saw")
        said += [
            f"{item} would be worth {after:g} instead of {before:g} points"
            for item, before, after in self.points
        ]
        if self.moved:
            said.append("the questions would have other numbers than in their notebooks")
        return "; ".join(said)


@dataclass(frozen=True)
class BuiltAssignment:
    """One assignment after building."""

    name: str
    path: Path
    written: bool
    kept: str = ""  # why the notebook was left as it was


def build_assignments(
    root: Path, names: Sequence[str] = (), force: bool = False, keep: bool = False
) -> list[BuiltAssignment]:
    """Make the source notebooks of assignments, all where none is named.

    root   : folder with nbgrader_config.py; notebooks go into its folder `source`
    force  : build even what students have already answered
    keep   : leave a notebook with students' work as it is, instead of raising an error
    raises : CourseError for the first assignment with mistakes, or for students' work that the
             change would harm; then nothing is written
    """
    folder = root / "source"
    made: list[tuple[AssignedBank, str, str]] = []
    problems: list[Diagnostic] = []
    for name in names or assignment_names(root):
        try:
            assignment = find_assignment(root, name)
            notebook = source_notebook(assignment)
        except CourseError as error:
            problems += error.diagnostics
            continue
        why = "" if force else refusal(root, assignment)
        if why and not keep:
            problems.append(
                Diagnostic(
                    assignment.file,
                    f"students have already answered this assignment, so it stays as it is: {why}.",
                    "put the change into a new assignment"
                    f" (course assignment new NAME --from {name}),"
                    f" or accept all of this with course assignment build {name} --force",
                )
            )
        made.append((assignment, str(nbformat.writes(notebook)) + "\n", why))
    if problems:
        raise CourseError(problems)
    return [write_assignment(folder, *one) for one in made]


def write_assignment(
    folder: Path, assignment: AssignedBank, text: str, why: str
) -> BuiltAssignment:
    """Write one source notebook, unless there is a reason to keep the old one."""
    name = assignment.chapter
    path = folder / name / f"{name}.ipynb"
    written = None if why else write_source(folder, name, text)
    return BuiltAssignment(name, path, written is not None, why)


def refusal(root: Path, assignment: AssignedBank) -> str:
    """Return what building an assignment would do to students' work, or an empty string."""
    name = assignment.chapter
    change = change_of(root / "source" / name / f"{name}.ipynb", assignment)
    if not change:
        return ""
    work = student_work(root, name)
    return change.consequences(work) if work else ""


def change_of(path: Path, assignment: AssignedBank) -> SourceChange:
    """Return how an assignment's questions differ from those of the notebook made before."""
    if not path.is_file():
        return SourceChange()
    before = graded_cells(path)
    after = {cell_id(item): item.points for item in assignment.items}
    ids = {cell_id(item): item.id for item in assignment.items}
    shared = [name for name in before if name in after]
    return SourceChange(
        [name for name in before if name not in after],
        [ids[name] for name in after if name not in before],
        [
            (ids[name], before[name], after[name])
            for name in shared
            if abs(before[name] - after[name]) > 1e-9
        ],
        shared != [name for name in after if name in before],
    )


def graded_cells(path: Path) -> dict[str, float]:
    """Return the graded cells of a notebook that are worth something, with their points."""
    cells: dict[str, float] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        role: dict[str, Any] = cell.metadata.get("nbgrader", {})
        if role.get("grade") and role.get("points"):
            cells[role["grade_id"]] = float(role["points"])
    return cells


def student_work(root: Path, name: str) -> StudentWork:
    """Return who has submitted an assignment: to gradebook, submitted/ or exchange."""
    if not (root / "nbgrader_config.py").is_file():
        return StudentWork()
    from ..autograde.instructor_version import CourseLayout
    from ..collect.exchange_inbox import NAME as INBOX_NAME

    layout = CourseLayout(root)
    submitted = set(layout.students(name))
    inbound = layout.exchange_root / layout.course_id / "inbound"
    if inbound.is_dir():
        matches = (INBOX_NAME.fullmatch(path.name) for path in inbound.iterdir())
        submitted |= {match["student"] for match in matches if match and match["quiz"] == name}
    graded: set[str] = set()
    if has_gradebook(layout.db_url):
        from nbgrader.api import Gradebook

        with Gradebook(layout.db_url, layout.course_id) as gradebook:
            rows = gradebook.assignment_submissions(name) if is_known(gradebook, name) else []
            graded = {row.student.id for row in rows if row.notebooks}
    return StudentWork(sorted(submitted | graded), sorted(graded))


def has_gradebook(db_url: str) -> bool:
    """Whether a gradebook exists; asking nbgrader would make an SQLite file."""
    prefix = "sqlite:///"
    return not db_url.startswith(prefix) or Path(db_url.removeprefix(prefix)).is_file()


def is_known(gradebook: Any, name: str) -> bool:
    """Whether the gradebook has an assignment of this name."""
    return any(one.name == name for one in gradebook.assignments)


def store_due_date(root: Path, assignment: AssignedBank) -> bool:
    """Write an assignment's due date into the gradebook; returns whether it has one."""
    if not assignment.due:
        return False
    from nbgrader.api import Gradebook

    from ..autograde.instructor_version import CourseLayout

    layout = CourseLayout(root)
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        gradebook.update_or_create_assignment(
            assignment.chapter, duedate=due_moment(assignment.due)
        )
    return True


def count(number: int, word: str) -> str:
    """Return a number with its noun."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def listed(names: Sequence[str]) -> str:
    """Return names in one phrase, the first five of them."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
