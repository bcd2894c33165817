"""Feedback pages that do not show an answer as wrong before someone has read it.

    python -m kratomcourse.live.feedback check QUIZ     lists answers in words that nobody has read
    python -m kratomcourse.live.feedback finish QUIZ    prepares the pages nbgrader generated

Run in the leader's nbgrader folder, between nbgrader's own commands.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import html

from .participant.answered import QUESTION, cells_of, source_of

WAITING = 4  # exit code of `check` if answers wait for a person
NOT_READ = "not read yet"
SCORE = re.compile(r"\s*\(?Score: [^)]*\)?")


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


def finish_page(text: str, unread: set[str], numbers: dict[str, int]) -> str:
    """Return a feedback page with the quiz's own numbers, and unread answers marked as such.

    unread : grade_ids that wait for a person
    """
    page = html.document_fromstring(text)
    for entry in page.xpath('//div[@id="toc"]//li'):
        [link] = entry.xpath("a") or [None]
        cell = link.get("href", "").lstrip("#") if link is not None else ""
        if cell.startswith("comment-") or cell not in numbers:
            if cell and not cell.startswith("comment-"):
                entry.getparent().remove(entry)
            continue
        if "/ 0.0)" in (link.tail or ""):  # a cell without a score of its own
            entry.getparent().remove(entry)
            continue
        entry.set("value", str(numbers[cell]))
        link.text = f"Question {numbers[cell]}"
        if cell in unread:
            link.tail = f" ({NOT_READ})"
    for cell in unread:
        for heading in page.xpath("//a[@name=$name]/following-sibling::div[1]", name=cell):
            for score in heading.xpath('.//span[contains(@class, "pull-right")]'):
                score.text = f"{NOT_READ} "
    if unread:
        for title in page.xpath("//h4"):
            if "Score:" in (title.text or ""):
                title.text = f"{title.text}; answers not read yet are not counted"
    return "<!DOCTYPE html>\n" + str(html.tostring(page, encoding="unicode"))


def feedback_pages(folder: Path, quiz: str) -> Iterator[tuple[str, Path]]:
    """Yield (student, feedback page) of a quiz."""
    for page in sorted(folder.glob(f"feedback/*/{quiz}/{quiz}.html")):
        yield page.parents[1].name, page


def main() -> int:
    """Run `check` or `finish` in the current folder; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("action", choices=["check", "finish"])
    options.add_argument("quiz")
    chosen = options.parse_args()
    folder, quiz = Path.cwd(), Path(chosen.quiz).name
    unread = unread_answers(f"sqlite:///{folder / 'gradebook.db'}", quiz)
    numbers = question_numbers(folder / "source" / quiz / f"{quiz}.ipynb")
    if chosen.action == "check":
        if unread:
            print("\n".join(describe(unread, numbers)))
        return WAITING if unread else 0
    for student, page in feedback_pages(folder, quiz):
        own = {one.cell for one in unread if one.student == student}
        page.write_text(finish_page(page.read_text(encoding="utf-8"), own, numbers), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
