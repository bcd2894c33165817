"""Runs the demo: each step prints its command, and the commands are those an instructor types."""

import copy
import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..errors import CourseError, Diagnostic, shown_path
from ..grading.assignment_source.handed_out import as_handed_out, bank_of
from ..grading.assignment_source.variant_key import variant_key
from ..grading.autograde.instructor_version import CourseLayout
from ..grading.autograde.timestamps import canonical
from ..grading.sandbox.bwrap import unavailable_reason
from .students import STUDENTS, DemoQuiz, DemoStudent, hostile

QUIZ = "demo-quiz"
MARK = ".course-demo"  # a folder with this file may be replaced
SECONDS = 600  # of one command, at most

ASSIGNMENT = """\
# The short quiz on risk with a question of code and one that a person reads.
title: "Risk (demo)"
minutes: 30
due: {due}
items:
{items}  - {{chapter: 04-risk, kind: code, number: 1}}
  - {{chapter: 04-risk, kind: text, number: 1}}
"""

Say = Callable[[str], None]


@dataclass
class Demo:
    """The folder of one demo, and how its commands are run."""

    folder: Path
    course: Path  # of the checkout
    say: Say
    has_sandbox: bool = True
    seconds: dict[str, float] = field(default_factory=dict)  # command -> duration
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def students(self) -> list[DemoStudent]:
        """The class; without a sandbox nobody in it is hostile."""
        return [one for one in STUDENTS if self.has_sandbox or one.write is not hostile]

    def run(self, *words: str, accepts: Sequence[int] = (0,)) -> str:
        """Print and run one command in the demo's folder; returns what it printed.

        raises : CourseError with the command's last lines where it failed
        """
        self.say("")
        self.say(f"$ {shlex.join(words)}")
        module = {"course": "kratomcourse.cli", "nbgrader": "nbgrader"}[words[0]]
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", module, *words[1:]],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        self.seconds[shlex.join(words)] = time.monotonic() - start
        if done.returncode not in accepts:
            said = "\n".join(done.stdout.splitlines()[-8:])
            raise CourseError(
                Diagnostic(
                    shlex.join(words),
                    f"ended with {done.returncode}:\n{said}",
                    f"look into {shown_path(self.folder)}; run the command there yourself",
                )
            )
        if words[0] == "course":
            for line in done.stdout.splitlines():
                self.say(f"  {line}")
        return done.stdout


def run_demo(folder: Path, course: Path, say: Say) -> Demo:
    """Make a class in a folder, from the released quiz to grades; returns what was run.

    folder : is made; an earlier demo there is replaced
    course : the checkout
    raises : CourseError where the folder holds something else, or a step fails
    """
    demo = Demo(folder.resolve(), course, say, not unavailable_reason())
    make_folder(demo)
    due = datetime.now(UTC).replace(tzinfo=None, microsecond=0, second=0) - timedelta(hours=6)
    write_assignment(demo, due)
    say(f"A class of {len(demo.students)} in {shown_path(demo.folder)}:")
    for one in demo.students:
        say(f"  {one.id:<8} {one.first_name} {one.last_name}: {one.about}")
    if not demo.has_sandbox:
        say("Bubblewrap is missing here, so nobody in this class is hostile.")
    demo.run("course", "assignment", "build", QUIZ)
    demo.run("course", "class", "import", "students.csv")
    demo.run("nbgrader", "generate_assignment", QUIZ)
    demo.run("nbgrader", "release_assignment", QUIZ)
    submit_all(demo, due)
    demo.run("course", "collect", QUIZ, "--no-check-owner", "--trust-names", accepts=(0, 3))
    sandbox = () if demo.has_sandbox else ("--sandbox", "none")
    demo.run("course", "grade", QUIZ, *sandbox, accepts=(0, 3))
    demo.run("nbgrader", "generate_feedback", QUIZ)
    demo.run("nbgrader", "release_feedback", QUIZ)
    demo.run("course", "report", QUIZ)
    for form in ("canvas", "moodle", "blackboard", "plain"):
        demo.run("course", "export", "grades", "--for", form, "--to", f"grades-{form}.csv")
    demo.run("course", "status")
    return demo


def make_folder(demo: Demo) -> None:
    """Make the demo's nbgrader folder, with the course's settings and a class list."""
    folder = demo.folder
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise CourseError(
                Diagnostic(
                    shown_path(folder),
                    "there is something else in this folder.",
                    "name a folder that is empty, or a new one",
                )
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("made by course demo, which may replace this folder\n")
    for name in ("nbgrader_config.py", "course.yml"):
        shutil.copyfile(demo.course / "quizzes" / name, folder / name)
    (folder / "assignments").mkdir()
    with (folder / "students.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "last_name", "first_name", "email"])
        for one in demo.students:
            rows.writerow([one.id, one.last_name, one.first_name, f"{one.id}@example.org"])
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "NBGRADER"))
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    python = os.pathsep.join(filter(None, [str(demo.course), os.environ.get("PYTHONPATH", "")]))
    settings = str(folder / ".jupyter")  # so that the instructor's own settings do not count
    demo.environment = kept | {"PATH": path, "PYTHONPATH": python, "JUPYTER_CONFIG_DIR": settings}


def write_assignment(demo: Demo, due: datetime) -> None:
    """Write the demo's assignment: the short quiz on risk, some code and a written answer."""
    ready = (demo.course / "quizzes" / "assignments" / "04-risk-short.yml").read_text("utf-8")
    items = ready.partition("items:\n")[2]
    (demo.folder / "assignments" / f"{QUIZ}.yml").write_text(
        ASSIGNMENT.format(due=f"{due:%Y-%m-%d %H:%M} UTC", items=items), encoding="utf-8"
    )


def submit_all(demo: Demo, due: datetime) -> None:
    """Put each student's notebook into the exchange, as `nbgrader submit` does."""
    demo.say("")
    demo.say("The students submit (each as with: nbgrader submit):")
    layout = CourseLayout(demo.folder)
    exchange = demo.folder / "exchange" / layout.course_id
    released = json.loads((exchange / "outbound" / QUIZ / f"{QUIZ}.ipynb").read_text("utf-8"))
    bank = bank_of(demo.folder, QUIZ)
    assert bank is not None, "the assignment was just written"
    quiz = DemoQuiz(
        as_handed_out(bank, demo.folder, QUIZ).used_for("graded"), variant_key(demo.folder, QUIZ)
    )
    for one in demo.students:
        when = due + one.submitted
        stamp = canonical(when)
        place = exchange / "inbound" / f"{one.id}+{QUIZ}+{stamp}"
        place.mkdir(parents=True)
        text = one.write(copy.deepcopy(released), quiz, one)
        (place / f"{QUIZ}.ipynb").write_text(text, encoding="utf-8")
        (place / "timestamp.txt").write_text(stamp)
        (place / "submission_secret.txt").write_text(f"simulated {one.id}")
        demo.say(f"  {one.id:<8} {stamp}{' (late)' if when > due else ''}")


def pages(demo: Demo) -> list[tuple[Path, str]]:
    """Return what to look at, in order, with what it shows."""
    folder = demo.folder
    return [
        (folder / "release" / QUIZ / f"{QUIZ}.ipynb", "what students get: no key, no hidden test"),
        (folder / "reports" / QUIZ / "index.html", "how each question worked"),
        (folder / "feedback" / "ben" / QUIZ / f"{QUIZ}.html", "the feedback that Ben gets"),
        (folder / "feedback" / "mallory" / QUIZ / f"{QUIZ}.html", "what the attack came to"),
        (folder / "grades-canvas.csv", "the grades as Canvas imports them"),
    ]
