"""Does `course grade` give the points that stock nbgrader gives? Cell by cell, on notebooks of
others.

    python benchmarks/parity.py nbgrader/tests/apps/files               nbgrader's own test
    notebooks python benchmarks/parity.py COURSE=FOLDER COURSE=FOLDER ...         source notebooks
    of courses python benchmarks/parity.py COURSE=FOLDER --most 5 --to table.md    at most five of
    each

Each source notebook is released with `nbgrader generate_assignment` and submitted several times:
with the solution, blank, damaged (every second answer broken, one retyped without its metadata, one
check changed), and with the submissions that nbgrader's own tests make of it. Stock grades one copy
of the course, `course grade` another with the same settings; points, the need of a reader and
comments are compared for each cell.

Nothing here fetches anything: name folders that you have. Code of these notebooks runs; stock
nbgrader runs
it as you, so use a machine or account that may be lost.
"""

import argparse
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from classroom import clean_environment

SETTINGS = """\
c = get_config()
c.CourseDirectory.course_id = "parity"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}
c.ExecutePreprocessor.timeout = 300
c.ExecutePreprocessor.startup_timeout = 300
"""
LIMITS = ("cell_seconds=300", "total_seconds=900", "memory_mb=3000")
MOST_BESIDE = 20 << 20  # bytes of one file beside a notebook that is copied along
SECONDS = 1500  # for one command
# What nbgrader's own tests submit for its notebooks.
PAIRS = {
    "submitted-unchanged.ipynb": (
        "submitted-changed.ipynb",
        "submitted-grade-cell-changed.ipynb",
        "submitted-locked-cell-changed.ipynb",
        "submitted-cheat-attempt.ipynb",
        "submitted-cheat-attempt-alternative.ipynb",
        "submitted-answer-cell-type-changed.ipynb",
        "submitted-grade-cell-type-changed.ipynb",
    ),
    "autotest-simple.ipynb": ("autotest-simple-unchanged.ipynb", "autotest-simple-changed.ipynb"),
    "autotest-hashed.ipynb": ("autotest-hashed-unchanged.ipynb", "autotest-hashed-changed.ipynb"),
    "autotest-multi.ipynb": ("autotest-multi-unchanged.ipynb", "autotest-multi-changed.ipynb"),
    "autotest-hidden.ipynb": (
        "autotest-hidden-unchanged.ipynb",
        "autotest-hidden-changed-right.ipynb",
        "autotest-hidden-changed-wrong.ipynb",
    ),
}
SUBMITTED = {name for names in PAIRS.values() for name in names}


@dataclass
class Comparison:
    """What was compared for one notebook."""

    course: str
    notebook: str
    submissions: int = 0
    cells: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""  # why nothing was compared


def main() -> None:
    """Compare and print a table."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("folders", nargs="+", help="folder or notebook, or NAME=folder")
    options.add_argument("--most", type=int, default=1000, help="notebooks of each folder")
    options.add_argument("--to", type=Path, help="file for the table and all differences")
    chosen = options.parse_args()
    done: list[Comparison] = []
    for words in chosen.folders:
        name, equals, place = words.partition("=")
        folder = Path(place if equals else words).resolve()
        for path in list(sources(folder))[: chosen.most]:
            with tempfile.TemporaryDirectory() as work:
                done.append(compare(name if equals else folder.name, path, Path(work)))
            said = done[-1]
            print(said.course, said.notebook, said.cells, said.problem, flush=True)
            for one in said.differences:
                print("   ", json.dumps(one), flush=True)
            if chosen.to:
                chosen.to.write_text("\n".join(table(done)) + "\n")
    print("\n".join(table(done)))


def sources(folder: Path) -> Iterator[Path]:
    """Yield notebooks that nbgrader can release and that have something to grade."""
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*.ipynb"))
    for path in paths:
        if ".ipynb_checkpoints" in path.parts or path.name in SUBMITTED or "header" in path.name:
            continue
        try:
            roles = [role_of(cell) for cell in json.loads(path.read_text())["cells"]]
        except (ValueError, KeyError, OSError, TypeError):
            continue
        if any(role.get("grade") or role.get("task") for role in roles):
            yield path


def role_of(cell: dict[str, Any]) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell."""
    role = cell.get("metadata", {}).get("nbgrader", {})
    return role if isinstance(role, dict) else {}


def compare(course: str, path: Path, work: Path) -> Comparison:
    """Return the comparison of one source notebook."""
    said = Comparison(course, path.stem)
    stock = work / "stock"
    make_course(stock, path)
    if any(role_of(cell).get("schema_version", 0) < 3 for cell in solved_cells(path)):
        run(stock, "nbgrader", "update", "source")  # of an older nbgrader
    done = run(stock, "nbgrader", "generate_assignment", "a", "--force")
    release = stock / "release" / "a" / "n.ipynb"
    if done.returncode or not release.exists():
        said.problem = f"stock does not release it: {last_line(done.stderr)}"
        return said
    source = stock / "source" / "a" / "n.ipynb"
    for student, notebook in submissions(path, source, release).items():
        folder = stock / "submitted" / student / "a"
        shutil.copytree(release.parent, folder)
        (folder / "n.ipynb").write_text(json.dumps(notebook))
        (folder / "timestamp.txt").write_text("2027-01-15 12:00:00 UTC")
    ours = work / "ours"
    shutil.copytree(stock, ours)
    autograded = run(stock, "nbgrader", "autograde", "a", "--force")
    graded = run(ours, "kratomcourse.cli", "grade", "a", *(f"--limit={one}" for one in LIMITS))
    theirs, mine = grades(stock), grades(ours)
    if graded.returncode not in (0, 3):
        said.problem = f"course grade stops: {last_line(graded.stdout + graded.stderr)}"
    students = sorted(submissions(path, source, release))
    said.submissions = len(students)
    for student in students:
        if not (stock / "autograded" / student / "a" / "n.ipynb").exists():
            why = last_line(autograded.stderr.partition(f"for student '{student}'")[0])
            said.problem = (
                f"stock stops at '{student}' (ours gives {total(mine.get(student))}): {why}"
            )
            continue
        add_differences(said, student, theirs.get(student), mine.get(student), (stock, ours))
    return said


def solved_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a source notebook that nbgrader knows."""
    cells: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return [cell for cell in cells if role_of(cell)]


def make_course(root: Path, path: Path) -> None:
    """Make an nbgrader folder whose only assignment is this notebook, with the files beside it."""
    folder = root / "source" / "a"
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(SETTINGS)
    shutil.copy(path, folder / "n.ipynb")
    for beside in path.parent.iterdir():
        too_large = beside.is_file() and beside.stat().st_size > MOST_BESIDE
        if beside.suffix == ".ipynb" or beside.name.startswith((".", "gradebook")) or too_large:
            continue
        if beside.is_file():
            shutil.copy(beside, folder / beside.name)
        elif sum(1 for _ in beside.rglob("*")) < 200:
            shutil.copytree(beside, folder / beside.name)
    tests = next(
        (place / "autotests.yml" for place in path.parents if (place / "autotests.yml").exists()),
        None,
    )
    if tests:
        shutil.copy(tests, root / "source" / "autotests.yml")


def submissions(path: Path, source: Path, release: Path) -> dict[str, Any]:
    """Return student -> notebook.

    path   : of the notebook as it was given, beside which the submissions of PAIRS are
    source : as nbgrader released it
    """
    released, solved = json.loads(release.read_text()), json.loads(source.read_text())
    answers = {
        role_of(cell)["grade_id"]: cell for cell in solved["cells"] if role_of(cell).get("grade_id")
    }
    made = {
        "blank": released,
        "solution": with_answers(released, answers),
        "damaged": damaged(released, answers),
    }
    for name in PAIRS.get(path.name, ()):
        if (path.parent / name).exists():
            made[Path(name).stem] = json.loads((path.parent / name).read_text())
    return made


def with_answers(released: Any, answers: dict[str, Any]) -> Any:
    """Return the released notebook with the source's text in each answer cell."""
    notebook = copy.deepcopy(released)
    for cell in notebook["cells"]:
        role = role_of(cell)
        if role.get("solution") and role.get("grade_id") in answers:
            cell["source"] = answers[role["grade_id"]]["source"]
    return notebook


def damaged(released: Any, answers: dict[str, Any]) -> Any:
    """Return a solution with every second answer broken, one without metadata, one check
    changed.
    """
    notebook = with_answers(released, answers)
    solved = [cell for cell in notebook["cells"] if role_of(cell).get("solution")]
    for number, cell in enumerate(solved):
        if number % 2:
            broken = ("def (:", "1 / 0", "undefined_name")[number // 2 % 3]
            cell["source"] = broken if cell["cell_type"] == "code" else ""
    checks = [
        cell
        for cell in notebook["cells"]
        if role_of(cell).get("grade") and not role_of(cell).get("solution")
    ]
    if checks:
        checks[0]["source"] = "pass"
    if len(solved) > 2:
        solved[2]["metadata"] = {}
    return notebook


def run(root: Path, module: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a course folder."""
    try:
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=root,
            env=clean_environment(root),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess([], 124, "", "it took too long")


def total(cells: dict[str, Any] | None) -> str:
    """Return the points of a submission in words."""
    if cells is None:
        return "nothing"
    return f"{sum(points or 0.0 for points, _, _ in cells.values()):g} points"


def last_line(text: str) -> str:
    """Return the last line of a log."""
    return next(iter(reversed([line for line in text.splitlines() if line.strip()])), "")[:200]


def grades(root: Path) -> dict[str, dict[str, Any]]:
    """Return student -> cell -> (points, whether a person has to read, comment)."""
    from nbgrader.api import Gradebook

    found: dict[str, dict[str, Any]] = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions("a"):
            for notebook in submission.notebooks:
                comments = {one.name: one.auto_comment for one in notebook.comments}
                found[submission.student.id] = {
                    grade.name: (
                        None if grade.auto_score is None else round(grade.auto_score, 6),
                        bool(grade.needs_manual_grade),
                        comments.get(grade.name),
                    )
                    for grade in notebook.grades
                }
    return found


def add_differences(
    said: Comparison, student: str, theirs: Any, mine: Any, roots: tuple[Path, Path]
) -> None:
    """Add the cells in which two graders differ."""
    if theirs is None or mine is None:
        if theirs is not mine:
            who = "stock" if theirs is None else "course grade"
            said.differences.append(
                {"submission": student, "cell": "*", "why": f"not graded by {who}"}
            )
        return
    for cell in sorted({*theirs, *mine}):
        said.cells += 1
        if theirs.get(cell) != mine.get(cell):
            shown = {
                way: outputs(root / "autograded" / student / "a" / "n.ipynb", cell)
                for way, root in zip(("stock", "ours"), roots, strict=True)
            }
            said.differences.append(
                {
                    "submission": student,
                    "cell": cell,
                    "stock": theirs.get(cell),
                    "ours": mine.get(cell),
                    "outputs": shown,
                }
            )


def outputs(path: Path, name: str) -> str:
    """Return the last words of what a graded cell printed."""
    try:
        cells = json.loads(path.read_text())["cells"]
    except (OSError, ValueError):
        return "no notebook"
    for cell in cells:
        if role_of(cell).get("grade_id") == name:
            words = [
                str(one.get("evalue") or one.get("text") or one.get("data", {}).get("text/plain"))
                for one in cell.get("outputs", [])
            ]
            return " | ".join(words)[-300:]
    return "no such cell"


def table(done: list[Comparison]) -> Iterator[str]:
    """Yield the lines of a table in Markdown, and each difference."""
    yield "| course | notebooks | submissions | cells | same | differ | not compared |"
    yield "|---|---|---|---|---|---|---|"
    for course in dict.fromkeys(one.course for one in done):
        own = [one for one in done if one.course == course]
        cells, differ = sum(one.cells for one in own), sum(len(one.differences) for one in own)
        problems = [one for one in own if one.problem]
        yield (
            f"| {course} | {len(own) - len(problems)} | "
            f"{sum(one.submissions for one in own)} | {cells}"
            f" | {cells - differ} | {differ} | {len(problems)} |"
        )
    for one in done:
        if one.problem:
            yield f"- {one.course}, {one.notebook}: {one.problem}"
        for what in one.differences:
            yield f"- {one.course}, {one.notebook}: {json.dumps(what)}"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
