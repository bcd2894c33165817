"""Names the answers in words that nobody has read, before feedback is released.

    python -m kratomcourse.live.feedback check QUIZ

Run in the leader's nbgrader folder. The pages themselves mark such answers as not read yet.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from .participant.answered import QUESTION, cells_of, source_of

WAITING = 4  # exit code of `check` if answers wait for a person
NOT_READ = "not read yet"


@dataclass(frozen=True)
class Unread:
    """An answer that waits for a person."""

    student: str
    cell: str  # nbgrader's grade_id


def unread_answers(db_url: str, quiz: str) -> list[Unread]:
    """Return the answers to a quiz that wait for manual grading, by student."""
    from nbgrader.api import Gradebook, MissingEntry  # takes seconds to import

    found = []
    with Gradebook(db_url) as gradebook:
        try:
            submissions = gradebook.assignment_submissions(quiz)
        except MissingEntry:
            return []
        for submission in submissions:
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    if grade.needs_manual_grade:
                        found.append(Unread(submission.student.id, grade.name))
    return sorted(found, key=lambda one: (one.student, one.cell))


def question_numbers(notebook: Path) -> dict[str, int]:
    """Return grade_id -> number of the question it belongs to, as the notebook counts."""
    numbers: dict[str, int] = {}
    number = None
    for cell in cells_of(json.loads(notebook.read_text(encoding="utf-8"))):
        if cell.get("cell_type") == "markdown" and (found := QUESTION.search(source_of(cell))):
            number = int(found[1])
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        if name and number is not None:
            numbers[name] = number
    return numbers


def describe(unread: list[Unread], numbers: dict[str, int]) -> list[str]:
    """Return lines that tell the leader what waits."""
    students: dict[str, list[int]] = {}
    for one in unread:
        students.setdefault(one.student, []).append(numbers.get(one.cell, 0))
    answers = "answer in words has" if len(unread) == 1 else "answers in words have"
    lines = [f"{len(unread)} {answers} not been read yet:"]
    lines += [
        f"  {student}: question {', '.join(str(number) for number in sorted(found))}"
        for student, found in students.items()
    ]
    lines.append("Read them in the formgrader under Manual Grading, then release feedback.")
    lines.append(f'Or release it now: each of them will say "{NOT_READ}" and count for no score.')
    return lines


def main() -> int:
    """Run `check` in the current folder; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("action", choices=["check"])
    options.add_argument("quiz")
    chosen = options.parse_args()
    folder, quiz = Path.cwd(), Path(chosen.quiz).name
    unread = unread_answers(f"sqlite:///{folder / 'gradebook.db'}", quiz)
    numbers = question_numbers(folder / "source" / quiz / f"{quiz}.ipynb")
    if unread:
        print("\n".join(describe(unread, numbers)))
    return WAITING if unread else 0


if __name__ == "__main__":
    sys.exit(main())
