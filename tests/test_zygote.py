"""Chapters executed by the warm interpreter: outputs as an ordinary kernel gives them, and silence
where only such a kernel can speak.
"""

import copy
import json
import os
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from conftest import MINI, MINI_PART, ROOT
from jupyter_cache.executors.utils import single_nb_execution

from kratomcourse.site.build.execution import fill

CELLS = [
    "import numpy as np, pandas as pd\nfrom kratomcourse.evidence import "
    "load_facts\nprint('one')\nprint('two', end='')",
    "frame = pd.DataFrame({'a': [1.5, float('nan')], 'b': ['x', '<y>']})\nframe",
    "pd.DataFrame([['a long text in each of many columns'] * 6])",
    "from IPython.display import HTML, Markdown, display\ndisplay(frame.head(1), "
    "Markdown('*m*'))\nprint('between')\ndisplay(HTML('<b>h"
    "</b>'), metadata={'isolated': True})\n7 * 6",
    "",
    "# a comment alone",
    "np.array([[1, 2], [3, 4]]);",
    "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.plot([1, 2])\nfigure",
    "%precision 3\n3.14159265",
    "class Both:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n        "
    "return {'text/plain': 'plain', 'application/x-thing+json': {'a': [1, 2.5, "
    "None]}}\n\nBoth()",
    "sorted({hash(word) % 1000 for word in ('kratom', 'leaf')}), _ is None, Out[2] is frame, "
    "__name__",
    "import os, sys\nsys.path[0], os.path.basename(os.getcwd())",
    "from pathlib import Path\nPath('beside.txt').exists()",
]
SPEAKS_OTHERWISE = {
    "fails": "1 / 0",
    "warns": "import warnings\nwarnings.warn('mind')",
    "clears": "from IPython.display import clear_output\nclear_output()",
    "writes-itself": "import os\nos.system('echo hello')",
    "no-python": "def (:",
    "ends": "import os\nos._exit(0)",
    "dies": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
}


def notebook_of(*sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Folder with notebooks, and what the warm interpreter left for each."""
    folder = tmp_path_factory.mktemp("chapters")
    (folder / "beside.txt").write_text("here")
    figures = (MINI / MINI_PART).with_name("figures.py")
    (folder / "figures.py").write_text(figures.read_text(encoding="utf-8"), encoding="utf-8")
    nbformat.write(notebook_of(*CELLS), folder / "outputs.ipynb")
    nbformat.write(
        nbformat.read(MINI / f"{MINI_PART}.ipynb", as_version=4), folder / "01-mini.ipynb"
    )
    for name, source in SPEAKS_OTHERWISE.items():
        nbformat.write(notebook_of("print('before')", source), folder / f"{name}.ipynb")
    (folder / "out").mkdir()
    job = {
        "notebooks": [str(path) for path in sorted(folder.glob("*.ipynb"))],
        "out": str(folder / "out"),
        "together": 2,
        "seconds": 200,
    }
    said = subprocess.run(
        [sys.executable, "-P", "-m", "kratomcourse.zygote", json.dumps(job)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == [
        f"executing {folder.name}/{path.stem}" for path in sorted(folder.glob("*.ipynb"))
    ]
    return folder


def environment():
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"}


def left(done, name):
    return json.loads((done / "out" / f"{done.name}.{name}.json").read_text())


@pytest.mark.parametrize("name", ["01-mini", "outputs"])
def test_outputs_are_those_of_an_ordinary_kernel(done, name, monkeypatch):
    ours = nbformat.read(done / f"{name}.ipynb", as_version=4)
    ordinary = copy.deepcopy(ours)
    result = left(done, name)
    assert "cells" in result, result
    fill(ours, result["cells"])
    for key, value in environment().items():
        monkeypatch.setenv(key, value)
    assert single_nb_execution(ordinary, cwd=str(done), timeout=120, allow_errors=False).err is None
    assert ours.metadata == ordinary.metadata
    for mine, theirs in zip(ours.cells, ordinary.cells, strict=True):
        join_streams(theirs)
        assert mine == theirs, mine.source


def join_streams(cell):
    """A kernel sends what is printed in parts, cut where its clock says."""
    joined = []
    for output in cell.get("outputs", []):
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    if joined:
        cell.outputs = joined


@pytest.mark.parametrize("name", SPEAKS_OTHERWISE)
def test_what_only_an_ordinary_kernel_can_answer_for_is_left_to_it(done, name):
    result = left(done, name)
    assert "cells" not in result and result["why"], result


def job_of(folder, sources, **more):
    (folder / "out").mkdir()
    for name, source in sources.items():
        nbformat.write(notebook_of(source), folder / f"{name}.ipynb")
    return json.dumps(
        {
            "notebooks": [str(path) for path in sorted(folder.glob("*.ipynb"))],
            "out": str(folder / "out"),
            "together": 2,
            "seconds": 100,
        }
        | more
    )


@pytest.mark.parametrize("answer, code, said", [("begin\n", 3, "one two\n"), ("", 0, "")])
def test_a_program_waits_for_its_line_and_hands_on_its_exit_status(tmp_path, answer, code, said):
    (tmp_path / "waits.py").write_text(
        "import sys\n\ndef main():\n    print(*sys.argv[1:])\n    sys.exit(3)\n"
    )
    job = job_of(
        tmp_path,
        {},
        program={"start": "waits:main", "preload": ["json"], "arguments": ["waits", "one", "two"]},
    )
    where = environment() | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "kratomcourse.zygote", job],
        cwd=ROOT,
        env=where,
        input=answer,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr, done.stdout) == (code, said, "")


def test_nothing_goes_on_when_whoever_asked_for_it_is_killed(tmp_path):
    job = job_of(
        tmp_path,
        {"sleeps": "import time\ntime.sleep(300)"},
        program={"start": "time:sleep", "preload": [], "arguments": []},
    )
    between = "import subprocess, sys\nsubprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE).wait()"
    asker = subprocess.Popen(
        [sys.executable, "-c", between, sys.executable, "-P", "-m", "kratomcourse.zygote", job],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert asker.stdout.readline() == f"executing {tmp_path.name}/sleeps\n"
    until = time.monotonic() + 20
    while (
        len(below := psutil.Process(asker.pid).children(recursive=True)) < 3
        and time.monotonic() < until
    ):
        time.sleep(0.1)
    assert len(below) == 3, below  # the interpreter, the program, the notebook
    asker.kill()
    assert not psutil.wait_procs(below, timeout=20)[1]
    asker.wait()
    asker.stdout.close()


def test_the_book_takes_its_outputs_from_the_warm_interpreter(built_mini):
    from jupyter_cache import get_cache

    records = get_cache(
        str(next((built_mini / "_build" / ".jupyter_cache").iterdir()))
    ).list_cache_records()
    assert (
        any(record.uri.endswith(f"{MINI_PART}.ipynb") for record in records)
        and not (built_mini / "_build" / "executed").exists()
    )
