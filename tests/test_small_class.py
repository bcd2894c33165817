"""A class of four feels instant: nothing is imported that grading doesn't need, and the sandbox
starts early.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from classroom import ROOT, all_right, clean_environment, hand_in, insert_first, make_classroom
from conftest import required

from kratomcourse.bubblewrap import cached_font_list, font_lists
from kratomcourse.grading.autograde import early_sandbox, executors
from kratomcourse.grading.autograde.early_sandbox import FEW, imports_figures, start_early
from kratomcourse.grading.autograde.grader import packages_for
from kratomcourse.grading.autograde.instructor_version import (
    HIDDEN_MARKS,
    CourseLayout,
    hidden_marks,
)
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.sandbox.bwrap import unavailable_reason
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.grading.sandbox.session import LIGHT_PRELOAD, PRELOAD, Sandbox

HEAVY = (
    "numpy",
    "pandas",
    "matplotlib",
    "nbconvert",
    "nbgrader.server_extensions",
    "distributed",
    "IPython",
)
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    required(shutil.which("bwrap") and not unavailable_reason(), "bubblewrap")
    classroom = make_classroom(tmp_path_factory.mktemp("small") / "quizzes")
    for name in ("ada", "ben"):
        hand_in(classroom, name, all_right(classroom))
    hand_in(classroom, "zoe", insert_first(all_right(classroom), PLOT))
    return classroom


def python(root, script):
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=root,
        env=clean_environment(root),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_grading_one_student_imports_nothing_heavy(classroom):
    script = f"""
import json, sys
from kratomcourse.cli import main
sys.argv = ["course", "grade", "{classroom.quiz}", "--student", "ada", "--regrade"]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    python(classroom.root, script)  # writes matplotlib's list of fonts, where there is none
    out = python(classroom.root, script).splitlines()
    assert json.loads(out[-1]) == []
    assert any(line.split() == ["graded", "1"] for line in out)


def test_the_light_package_finds_every_submodule_and_runs_the_real_one_when_asked(tmp_path):
    script = """
import sys
from kratomcourse.grading.autograde.light_nbgrader import use_light_nbgrader
use_light_nbgrader()
from nbgrader import utils
from nbgrader.api import Gradebook
assert "nbgrader.server_extensions" not in sys.modules
import nbgrader
assert not hasattr(nbgrader, "__nothing__")
assert nbgrader._jupyter_server_extension_points() == [{"module": "nbgrader"}]
assert "nbgrader.server_extensions" in sys.modules and nbgrader.__version__
use_light_nbgrader()
from nbgrader.converters import Autograde
print("fine")
"""
    assert python(tmp_path, script).strip() == "fine"


def test_a_sandbox_starts_early_only_where_one_process_grades(classroom, monkeypatch):
    started = []
    monkeypatch.setattr(Sandbox, "launch", lambda sandbox: started.append(sandbox))
    limits = Limits()
    assert FEW == executors.MIN_FOR_CLUSTER
    assert start_early(classroom.root, classroom.quiz, limits, None, True) is started[0]
    assert started[0].hidden == [str(folder) for folder in CourseLayout(classroom.root).hidden()]
    assert start_early(classroom.root, classroom.quiz, limits, "zoe", True) is started[1]
    for nobody in ("nobody", "*", "../submitted/ada"):
        assert start_early(classroom.root, classroom.quiz, limits, nobody, True) is None
    monkeypatch.setattr(early_sandbox, "FEW", 2)
    assert start_early(classroom.root, classroom.quiz, limits, None, True) is None
    assert len(started) == 2


def test_it_starts_with_the_packages_that_a_notebook_names(tmp_path):
    folder = tmp_path / "submitted" / "ada" / "quiz"
    folder.mkdir(parents=True)
    notebook = folder / "quiz.ipynb"
    notebook.write_text('{"source": ["Plot it. import numpy as np\\n"]}')
    assert not imports_figures([folder])
    notebook.write_text('{"source": ["from  matplotlib import pyplot\\n"]}')
    assert imports_figures([folder, tmp_path / "nowhere"])
    elsewhere = tmp_path / "elsewhere.ipynb"
    notebook.rename(elsewhere)
    notebook.symlink_to(elsewhere)
    os.mkfifo(folder / "pipe.ipynb")
    assert not imports_figures([folder]), "no link is followed, and no pipe waited for"


def test_without_bubblewrap_nothing_starts_early(classroom, monkeypatch):
    def missing(sandbox):
        raise FileNotFoundError("bwrap")

    monkeypatch.setattr(Sandbox, "launch", missing)
    assert start_early(classroom.root, classroom.quiz, Limits(), None, True) is None


def test_the_early_sandbox_grades_as_any_other_and_is_closed(classroom, tmp_path):
    root = tmp_path / "quizzes"
    shutil.copytree(classroom.root, root)
    layout = CourseLayout(root)
    started = start_early(root, classroom.quiz, Limits(), None, True)
    first = grade_assignment(layout, classroom.quiz, started=started, regrade=True)
    assert started.process is None, "it was closed"
    second = grade_assignment(layout, classroom.quiz, regrade=True)
    assert [row.points for row in first.rows] == [row.points for row in second.rows] == [17.0] * 3
    notebook = json.loads(
        (root / "autograded/zoe" / classroom.quiz / f"{classroom.quiz}.ipynb").read_text()
    )
    kinds = [set(output.get("data", {})) for output in notebook["cells"][0]["outputs"]]
    assert any("image/png" in one for one in kinds), kinds


def test_a_run_that_stops_early_closes_the_early_sandbox(classroom):
    from kratomcourse.errors import CourseError

    started = start_early(classroom.root, classroom.quiz, Limits(), None, True)
    with pytest.raises(CourseError, match="no quiz"):
        grade_assignment(classroom.layout, "no-such-quiz", started=started)
    assert started.process is None


def test_packages_are_imported_when_a_submission_needs_them(classroom):
    def cell(source):
        return SimpleNamespace(cell_type="code", source=source)

    assert packages_for([cell("import numpy"), cell("answer = 1")]) == LIGHT_PRELOAD
    assert packages_for([cell("import pandas as pd")]) == PRELOAD
    with Sandbox(Limits(), preload=LIGHT_PRELOAD) as sandbox:
        loaded = "import sys; [name for name in ('numpy', 'pandas') if name in sys.modules]"
        session = sandbox.start()
        assert session.run(loaded).outputs[0]["data"]["text/plain"] == "['numpy']"
        plain = session.run(PLOT).outputs
        session.end()
        sandbox.ensure(PRELOAD)
        sandbox.ensure(PRELOAD)
        session = sandbox.start()
        assert session.run(loaded).outputs[0]["data"]["text/plain"] == "['numpy', 'pandas']"
        warm = session.run(PLOT).outputs
        session.end()
    assert [set(one["data"]) for one in plain] == [set(one["data"]) for one in warm]
    assert "image/png" in plain[0]["data"], "figures are drawn without the warm start too"


def test_the_font_list_is_found_without_importing_matplotlib():
    import matplotlib
    import matplotlib.font_manager

    version = matplotlib.font_manager.FontManager.__version__
    assert font_lists() == [Path(matplotlib.get_cachedir()) / f"fontlist-v{version}.json"]
    assert cached_font_list(ROOT / "kratomcourse" / "errors.py") is None


def test_the_words_around_hidden_tests_are_nbgraders_own():
    from nbgrader.preprocessors import ClearHiddenTests
    from traitlets.config import Config

    usual = ClearHiddenTests()
    assert HIDDEN_MARKS == (usual.begin_test_delimeter, usual.end_test_delimeter)
    config = Config()
    config.ClearHiddenTests.begin_test_delimeter = "HIDE FROM HERE"
    assert hidden_marks(config) == ("HIDE FROM HERE", usual.end_test_delimeter)
    assert hidden_marks(Config()) == HIDDEN_MARKS
