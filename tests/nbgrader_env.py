"""An instructor's and students' desks for nbgrader's own commands, in which nothing of this
machine's user counts; and the guide's commands.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from kratomcourse.grading.assignment_source.notebooks import build_sources
from kratomcourse.quiz import load_bank, load_banks

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = load_bank(Path(__file__).parent / "data" / "bank" / "99-sample.yml")
BANKS = {chapter: bank for chapter, bank in load_banks().items() if bank.used_for("graded")} | {
    SAMPLE.chapter: SAMPLE
}
GUIDE = (ROOT / "book" / "for-instructors.md").read_text(encoding="utf-8")
# A server, which the tests in a browser use; and what has a test of its own: an export that needs
# a built book, and the demo.
NOT_HERE = ("jupyter lab", "course export cartridge", "course demo")


def blocks(language):
    """[(heading, text)] of the guide's fenced blocks in a language."""
    found, heading = [], ""
    for match in re.finditer(
        r"^#+ ([^\n]+)$|^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL
    ):
        heading = match[1] or heading
        if match[2] == language:
            found.append((heading, match[3]))
    return found


def make_course(root):
    quizzes = root / "quizzes"
    quizzes.mkdir()
    shutil.copy(ROOT / "quizzes" / "nbgrader_config.py", quizzes)
    build_sources(quizzes / "source", BANKS)
    (quizzes / "bank").mkdir()
    for path in (
        *(ROOT / "quizzes" / "bank").glob("*.yml"),
        Path(__file__).parent / "data" / "bank" / "99-sample.yml",
    ):
        shutil.copy(path, quizzes / "bank")
    return SimpleNamespace(root=root, quizzes=quizzes, exchange=root / "exchange")


def user_environment(setup, person):
    """Environment of one person of the test."""
    home = setup.root / "homes" / person
    (home / "config").mkdir(parents=True, exist_ok=True)
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "NBGRADER", "PYTHON"))
    }
    return clean | {
        "PYTHONPATH": str(setup.course if hasattr(setup, "course") else ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "NBGRADER_EXCHANGE": str(setup.exchange),
    }


def nbgrader(setup, *arguments, person="instructor", cwd=None, fails=False):
    """Run one nbgrader command; its output. Fails the test where the command does, unless it is to
    fail.
    """
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=cwd or setup.quizzes,
        env=user_environment(setup, person),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert (done.returncode != 0) == fails, (
        f"nbgrader {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-4000:]}"
    )
    return done.stdout


def write_student_config(setup, student):
    """The lines that the guide gives for a shared machine, with the exchange of the test."""
    [(_, lines)] = blocks("python")
    Path(user_environment(setup, student)["JUPYTER_CONFIG_DIR"], "nbgrader_config.py").write_text(
        lines.replace("/srv/nbgrader/exchange", str(setup.exchange))
    )
