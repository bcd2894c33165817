"""The same quiz for otter-grader, in an environment of its own: tests in its form, made from the
bank. Used by grading.py --otter.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from kratomcourse.grading.assignment_source.notebooks import answer_name
from kratomcourse.quiz.bank import key_of

PACKAGES = ("otter-grader[grading]==7.0.0", "numpy", "pandas", "matplotlib", "ipykernel")

# otter 7 grades many submissions in Docker containers only; without them its own API grades them
# one by one in one process.
BATCH = """
import sys
from otter.api import grade_submission
for path in sys.argv[2:]:
    grade_submission(path, ag_path=sys.argv[1], quiet=True)
"""


def make_environment(folder):
    """A virtual environment with otter and what the quiz imports, as this one has it; the path of
    its Python.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        print("making an environment for otter (a minute and more)", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *PACKAGES,
            ],
            check=True,
        )
    return python


def make_autograder(python, folder, items):
    """otter's zip with one test for each item that a program can mark; path of the zip."""
    tests = folder / "tests"
    tests.mkdir(parents=True, exist_ok=True)
    for number, item in enumerate((item for item in items if item.kind != "text"), 1):
        cases = [
            {"code": ">>> " + line + "\nTrue", "hidden": False, "locked": False}
            for line in checks(item)
        ]
        suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        (tests / f"q{number}.py").write_text(
            "OK_FORMAT = True\n\ntest = "
            f"{dict(name=f'q{number}', points=item.points, suites=[suite])!r}\n"
        )
    run(
        python,
        folder,
        "-m",
        "otter",
        "generate",
        "-t",
        "tests",
        "-o",
        "autograder.zip",
        "--no-requirements",
        "--no-config",
        "--no-environment",
    )
    return folder / "autograder.zip"


def checks(item):
    """Expressions that are True for the right answer."""
    if item.kind == "code":
        for case in item.cases:
            call = f"{item.function}(*{case.args!r})"
            yield (
                f"bool(np.allclose({call}, {case.expected!r}, rtol={case.tolerance}))"
                if number_like(case.expected)
                else f"{call} == {case.expected!r}"
            )
    elif item.kind == "number":
        yield f"abs({answer_name(item)} - {item.key!r}) <= {item.allowed!r}"
    else:
        yield f"{answer_name(item)} == {key_of(item)!r}"


def number_like(value):
    return (isinstance(value, (int, float)) and not isinstance(value, bool)) or (
        isinstance(value, list) and all(map(number_like, value))
    )


def run(python, folder, *words):
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "JUPYTER", "IPYTHON"))
    }
    environment["PATH"] = f"{Path(python).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        [str(python), *words], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-3000:])


def commands(python, folder, paths):
    """{way: function that grades all of `paths`}."""

    def one_by_one():
        for path in paths:
            run(
                python,
                folder,
                "-m",
                "otter",
                "run",
                path,
                "-a",
                "autograder.zip",
                "-o",
                str(folder),
                "--no-logo",
            )
            json.loads((folder / "results.json").read_text())

    return {
        "otter run, a command each": one_by_one,
        "otter's API, one process": lambda: run(
            python, folder, "-c", BATCH, "autograder.zip", *paths
        ),
    }
