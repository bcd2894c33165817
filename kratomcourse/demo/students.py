"""The six students of the demo: what each writes, and when it is submitted. They are invented."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..grading.assignment_source.notebooks import cell_id
from ..quiz.bank import AnyItem
from ..quiz.variants import variant
from .student_answers import Notebook, right, write_answers, wrong

Write = Callable[[Notebook, "DemoQuiz", "DemoStudent"], str]


@dataclass(frozen=True)
class DemoQuiz:
    """What the demo's students are asked."""

    items: Sequence[AnyItem]
    variant_key: str


@dataclass(frozen=True)
class DemoStudent:
    """One simulated student."""

    id: str
    first_name: str
    last_name: str
    about: str
    write: Write
    submitted: timedelta  # before (negative) or after the due date
    share: float = 1.0  # of the questions answered rightly


def honest(notebook: Notebook, quiz: DemoQuiz, student: DemoStudent) -> str:
    """Answer a share of the questions rightly, and the others wrongly."""
    draw = random.Random(student.id)
    answers = {}
    for item in quiz.items:
        mine = variant(item, student.id, quiz.variant_key)
        answers[item.id] = (right if draw.random() < student.share else wrong)(mine)
    write_answers(notebook, quiz.items, answers, student.id)
    return json.dumps(notebook)


def unfinished(notebook: Notebook, quiz: DemoQuiz, student: DemoStudent) -> str:
    """Answer the first half, and leave the rest empty."""
    half = quiz.items[: len(quiz.items) // 2]
    return honest(notebook, DemoQuiz(half, quiz.variant_key), student)


def broken(notebook: Notebook, quiz: DemoQuiz, student: DemoStudent) -> str:
    """Submit a file that was cut off while it was saved."""
    text = honest(notebook, quiz, student)
    return text[: len(text) // 3]


def hostile(notebook: Notebook, quiz: DemoQuiz, student: DemoStudent) -> str:
    """Look for the key, try the network, and end the interpreter in the middle of the quiz."""
    honest(notebook, quiz, student)
    code = [item for item in quiz.items if item.kind == "code"]
    cells = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]
    }
    for item in code:
        cells[f"{cell_id(item)}-answer"]["source"] = HOSTILE
    return json.dumps(notebook)


HOSTILE = """\
import os, pathlib, urllib.request
for folder in ("/home", "/root", ".."):
    for path in pathlib.Path(folder).glob("**/gradebook.db"):
        print(path)
try:
    urllib.request.urlopen("http://127.0.0.1:8888/", timeout=2)
except OSError as error:
    print(error)
os._exit(0)"""

STUDENTS = (
    DemoStudent(
        "ada", "Ada", "O'Brien, Jr.", "answers everything rightly", honest, timedelta(hours=-30)
    ),
    DemoStudent("ben", "Ben", "Müller", "gets two thirds right", honest, timedelta(hours=-5), 0.67),
    DemoStudent("chi", "Chi", "Nguyễn", "answers half of it", unfinished, timedelta(hours=-1), 0.8),
    DemoStudent(
        "dora", "Dora", "=SUM(A1)", "does well, three hours late", honest, timedelta(hours=3), 0.9
    ),
    DemoStudent("evan", "Evan", "Lee", "submits a cut-off file", broken, timedelta(hours=-2)),
    DemoStudent(
        "mallory", "Mallory", "Lee", "attacks the grader", hostile, timedelta(hours=-3), 0.4
    ),
)
