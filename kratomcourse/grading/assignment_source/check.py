"""Checks of assignments: what is wrong in the file, and what an instructor should know about it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import CourseError, Diagnostic
from ...quiz.assignments import AssignedBank, find_assignment, minutes_for
from .notebooks import source_notebook
from .source_notebooks import refusal

SLOW = 1.5  # times the planned minutes


@dataclass(frozen=True)
class AssignmentReport:
    """What a check found in one assignment."""

    problems: Sequence[Diagnostic] = ()
    lines: Sequence[str] = field(default_factory=tuple)


def check_assignment(root: Path, name: str) -> AssignmentReport:
    """Return what is wrong with an assignment, and otherwise what it asks."""
    try:
        assignment = find_assignment(root, name)
        source_notebook(assignment)
    except CourseError as error:
        return AssignmentReport(error.diagnostics)
    lines = [outline(assignment)]
    estimate = minutes_for(assignment.items)
    if assignment.minutes and estimate > assignment.minutes * SLOW:
        lines.append(
            f"{assignment.minutes} minutes may be short:"
            f" we'd plan about {estimate} for these questions"
        )
    if why := refusal(root, assignment):
        lines.append(f"course assignment build will refuse it: {why}")
    return AssignmentReport((), lines)


def outline(assignment: AssignedBank) -> str:
    """Return one line on what an assignment asks."""
    kinds = Counter(item.kind for item in assignment.items)
    objectives = {item.objective for item in assignment.items}
    listed = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    return (
        f"{len(assignment.items)} questions ({listed}) on {len(objectives)} objectives,"
        f" {assignment.points:g} points"
    )
