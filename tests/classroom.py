"""A classroom for the tests of grading: an instructor's folder with a quiz, and students who handed
something in.
"""

import copy
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from students import partial, right, wrong

from kratomcourse.grading.assignment_source.handed_out import as_handed_out
from kratomcourse.grading.assignment_source.notebooks import answer_name, build_sources, cell_id
from kratomcourse.grading.autograde.instructor_version import CourseLayout, load_assignment
from kratomcourse.grading.autograde.records import Submission
from kratomcourse.quiz import load_bank
from kratomcourse.quiz.order import SECRET_FILE

SECRET = "one and the same in each run, so that options stand in the same order\n"
ROOT = Path(__file__).resolve().parents[1]
SAMPLE = load_bank(Path(__file__).parent / "data" / "bank" / "99-sample.yml")


def make_classroom(root, bank=SAMPLE, bank_file=None):
    """Folder as the guide makes it, with one quiz generated and nobody in it yet."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text((ROOT / "quizzes" / "nbgrader_config.py").read_text())
    secret = root / SECRET_FILE
    if not secret.exists():
        secret.write_text(SECRET)
    (root / "bank").mkdir()
    (root / "bank" / f"{bank.chapter}.yml").write_text(
        Path(
            bank_file or Path(__file__).parent / "data" / "bank" / f"{bank.chapter}.yml"
        ).read_text()
    )
    build_sources(root / "source", {bank.chapter: bank})
    generate(root, bank.chapter)
    layout = CourseLayout(root)
    ours = as_handed_out(bank, root)
    return SimpleNamespace(
        root=root,
        bank=ours,
        quiz=bank.chapter,
        items=ours.used_for("graded"),
        layout=layout,
    )


def generate(root, quiz, *more):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", quiz, *more],
        cwd=root,
        env=clean_environment(root),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def clean_environment(root, **more):
    """Nothing of this machine's user counts."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "NBGRADER"))
    }
    home = root / ".home"
    home.mkdir(exist_ok=True)
    path = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic
    )
    return (
        kept
        | {
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "HOME": str(home),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "IPYTHONDIR": str(home / "ipython"),
        }
        | more
    )


def handed_out(classroom):
    """The notebook that students get, as a dict."""
    notebook = json.loads(
        (classroom.root / "release" / classroom.quiz / f"{classroom.quiz}.ipynb").read_text()
    )
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def cell_of(notebook, name):
    return next(
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name
    )


def hand_in(classroom, student, notebook, files=None, timestamp="2027-01-15 12:00:00 UTC"):
    """Put a notebook (dict, text or bytes) into submitted/, as nbgrader collect would."""
    folder = classroom.root / "submitted" / student / classroom.quiz
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, dict):
        notebook = json.dumps(notebook)
    data = notebook.encode() if isinstance(notebook, str) else notebook
    (folder / f"{classroom.quiz}.ipynb").write_bytes(data)
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp)
    for name, content in (files or {}).items():
        (folder / name).write_bytes(content)
    return folder


def answered(classroom, answers):
    """The handed-out notebook with answers (item id -> answer) in it."""
    notebook = handed_out(classroom)
    for item in classroom.items:
        if item.id not in answers:
            continue
        answer = answers[item.id]
        if item.kind == "text":
            cell_of(notebook, cell_id(item))["source"] = answer
        else:
            cell_of(notebook, f"{cell_id(item)}-answer")["source"] = (
                answer if item.kind == "code" else f"{answer_name(item)} = {answer!r}"
            )
    return notebook


def all_right(classroom):
    return answered(classroom, {item.id: right(item) for item in classroom.items})


def own_cell(source, cell_type="code"):
    cell = {"cell_type": cell_type, "metadata": {}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if cell_type == "code" else {})


def insert_first(notebook, source):
    """Put a code cell of the student's own before everything else."""
    notebook["cells"].insert(0, own_cell(source))
    return notebook


def honest(classroom, number, slow=0.0):
    """An honest student drawn with a seed: right, wrong, partial or blank answers, errors, plots,
    own cells.
    """
    draw = random.Random(f"honest {number}")
    notebook = answered(
        classroom,
        {
            item.id: draw.choice([right, right, partial, wrong])(item)
            for item in classroom.items
            if draw.random() > 0.1
        },
    )
    for item in classroom.items:
        if item.kind == "text":
            continue
        cell = cell_of(notebook, f"{cell_id(item)}-answer")
        match draw.randrange(14):
            case 0:
                cell["source"] = "1 / 0\n" + cell["source"]
            case 1:
                cell["source"] += "\nprint('so far', len(dir()))"
            case 2:
                cell["source"] = (
                    "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2]})\n"
                    + cell["source"]
                    + "\nframe"
                )
            case 3:
                cell["source"] = cell["source"].replace("=", "= (", 1)  # a syntax error
            case 4 if item.kind == "number":
                cell["source"] = (
                    f"half = {right(item)!r} / 2\n{answer_name(item)} = np.float64(half) + half"
                )
            case 5 if item.kind == "code":
                cell["source"] += "\nraise ValueError('after the function')"
            case 6 if item.kind == "choices":
                cell["source"] = f"{answer_name(item)} = set({right(item)!r})"
    if draw.random() < 0.4:
        place = draw.randrange(1, len(notebook["cells"]))
        notebook["cells"].insert(
            place,
            own_cell(
                "import matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4])\nplt.title('mine');"
            ),
        )
    if draw.random() < 0.3:
        notebook["cells"].insert(
            2, own_cell("import warnings\nwarnings.warn('be careful')\nanswer_so_far = 3")
        )
    if slow and draw.random() < 0.2:
        notebook["cells"].insert(3, own_cell(f"import time\ntime.sleep({slow})"))
    return notebook


def scores(classroom, student, layout=None):
    """Graded cell -> (auto score, manual score, needs a person) from the gradebook; empty where
    nothing was marked.
    """
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook((layout or classroom.layout).db_url) as gradebook:
        try:
            [notebook] = gradebook.find_submission(classroom.quiz, student).notebooks
        except MissingEntry:
            return {}
        return {
            grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for grade in notebook.grades
        }


def assignment_of(classroom):
    return load_assignment(classroom.layout, classroom.quiz)


def notebook_of(classroom):
    """The instructor's version of the only notebook."""
    [notebook] = assignment_of(classroom).notebooks
    return notebook


def submission_of(classroom, student, notebook, files=None):
    """A submission as it comes to the grader, of a notebook as dict or bytes."""
    data = json.dumps(notebook).encode() if isinstance(notebook, dict) else notebook
    return Submission(student, classroom.quiz, {classroom.quiz: data}, files or {})


def page_of(path, config, template, marker_view=True):
    """Page that nbgrader makes of a graded notebook: `formgrade` for whoever marks by hand, or
    `feedback`.

    marker_view : without it generated code and the rubric stay as they are stored
    """
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader.handlers import template_path

    config = copy.deepcopy(config)
    if not marker_view:
        config.HTMLExporter.preprocessors = []
    config.HTMLExporter.template_name, config.HTMLExporter.extra_template_basedirs = (
        template,
        [template_path],
    )
    config.HTMLExporter.extra_template_paths = [
        str(Path(template_path).parent / "static" / "node_modules" / "bootstrap" / "dist" / "css")
    ]
    about = {"score": 0, "max_score": 0, "late_penalty": 0, "notebook": path.stem}
    resources = {
        "nbgrader": about,
        "base_url": "",
        "mathjax_url": "",
        "index": 0,
        "total": 1,
        "notebook_id": path.stem,
    }
    return HTMLExporter(config=config).from_filename(str(path), resources)[0]
