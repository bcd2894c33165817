"""Grading in a sandbox: the same scores as stock nbgrader, nothing lost whenever it is killed, one
run at a time.
"""

import contextlib
import difflib
import html
import io
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import nbformat
import pytest
from classroom import (
    ROOT,
    SAMPLE,
    all_right,
    answered,
    assignment_of,
    cell_of,
    clean_environment,
    generate,
    hand_in,
    handed_out,
    honest,
    insert_first,
    make_classroom,
    notebook_of,
    own_cell,
    page_of,
    scores,
    submission_of,
)
from conftest import required
from students import right, wrong

from kratomcourse.cli import main
from kratomcourse.errors import CourseError
from kratomcourse.grading.autograde import executors
from kratomcourse.grading.autograde.answers import Other, literal_answers, read_answer
from kratomcourse.grading.autograde.grader import grade_submission
from kratomcourse.grading.autograde.instructor_version import CourseLayout, read_config
from kratomcourse.grading.autograde.records import Assignment
from kratomcourse.grading.autograde.regular_files import InvalidSubmission
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.autograde.submission import overwrite_locked_cells, strip_hidden_tests
from kratomcourse.grading.sandbox.bwrap import require_sandbox, unavailable_reason
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.grading.sandbox.session import Sandbox, SessionEnded


@pytest.fixture(scope="module")
def bubblewrap():
    required(shutil.which("bwrap"), "bubblewrap")
    required(not unavailable_reason(), "bubblewrap that may make namespaces")


@pytest.fixture(scope="module")
def sandbox(bubblewrap):
    with Sandbox(Limits()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A classroom without students, made once."""
    return make_classroom(tmp_path_factory.mktemp("template") / "quizzes")


@pytest.fixture
def classroom(template, tmp_path):
    return copy_of(template, tmp_path / "quizzes")


def copy_of(classroom, root):
    shutil.copytree(classroom.root, root, symlinks=True)
    return SimpleNamespace(**vars(classroom) | {"root": root, "layout": CourseLayout(root)})


def grade(classroom, *more, check=True):
    """The command, as an instructor types it in the folder quizzes; in this process, which has all
    imported.
    """
    out, errors, code = io.StringIO(), io.StringIO(), 0
    words = ["course", "grade", classroom.quiz, *more]
    with (
        contextlib.chdir(classroom.root),
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    if check:
        assert code == 0, out.getvalue() + errors.getvalue()
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=errors.getvalue())


def nbgrader(classroom, *words):
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
        capture_output=True,
        text=True,
        timeout=3000,
    )


# The sandbox


def test_a_cell_runs_as_in_jupyter(sandbox):
    session = sandbox.start({"data.csv": b"a\n1\n"})
    outputs, count, interrupted, success = session.run(
        "import pandas as pd, matplotlib.pyplot as plt\nprint('seen', "
        "len(pd.read_csv('data.csv')))\nplt.plot([1, 2]);\n1 + 1"
    )
    assert (
        [output["output_type"] for output in outputs]
        == ["stream", "execute_result", "display_data"]
        and count == 1
        and not interrupted
        and success
    )
    assert (
        outputs[0]["text"] == "seen 1\n"
        and outputs[1]["data"] == {"text/plain": "2"}
        and outputs[2]["data"]["image/png"].startswith("iVBOR")
    )
    [error], _, _, success = session.run("1 / 0")
    assert not success
    assert (
        error["ename"] == "ZeroDivisionError"
        and "ZeroDivisionError: division by zero" in error["traceback"][-1]
    )
    assert session.run("!echo from the shell")[0][0]["text"].strip() == "from the shell"
    assert session.end() == ""


def test_a_stopped_cell_costs_only_itself(bubblewrap):
    with Sandbox(Limits(cell_seconds=2)) as sandbox:
        session = sandbox.start()
        outputs, _, interrupted, _ = session.run("while True: pass")
        assert interrupted and outputs[-1]["ename"] == "KeyboardInterrupt"
        session.run("a = 5")
        assert session.value("a") == 5
        session.end()


def test_what_a_cell_waits_for_a_processor_does_not_count(bubblewrap):
    """A busy machine, or a submission beside it that keeps every processor busy, costs an honest
    one nothing.
    """
    # Each in a session of its own, because Linux shares a processor by sessions first.
    spin = "import time\nend = time.monotonic() + 90\nwhile time.monotonic() < end: pass"
    busy = [
        subprocess.Popen([sys.executable, "-c", spin], start_new_session=True)
        for _ in range(4 * len(os.sched_getaffinity(0)))
    ]
    try:
        with Sandbox(Limits(cell_seconds=1.5, total_seconds=4), preload=()) as sandbox:
            session = sandbox.start()
            outputs, _, interrupted, _ = session.run(
                "import time\nwhile time.process_time() < 1: pass\n'done'"
            )
            assert (
                outputs[0]["data"]["text/plain"] == "'done'"
                and not interrupted
                and session.waited > 0.5
            )
            assert session.run("time.sleep(60)")[2]
            session.end()
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_a_dead_process_is_told_and_the_sandbox_serves_the_next(sandbox):
    session = sandbox.start()
    with pytest.raises(SessionEnded, match="its process ended"):
        session.run("import os; os._exit(3)")
    with pytest.raises(SessionEnded):
        session.run("1")
    assert "ended" in session.end()
    again = sandbox.start()
    assert again.run("1 + 1")[0][0]["data"]["text/plain"] == "2"
    again.end()


def test_a_sandbox_that_died_is_opened_again(bubblewrap):
    with Sandbox(Limits(), preload=()) as sandbox:
        sandbox.start().end()
        os.kill(sandbox.process.pid, signal.SIGKILL)
        sandbox.process.wait()
        session = sandbox.start()
        assert session.run("2")[0][0]["data"]["text/plain"] == "2"
        session.end()


def test_a_sandbox_that_dies_under_a_submission_costs_no_answer(bubblewrap, classroom):
    """Memory ran out on the machine, say: the submission is marked again in a new sandbox."""
    with Sandbox(Limits(), preload=()) as sandbox:
        sandbox.open()
        notebook = insert_first(all_right(classroom), "import time; time.sleep(3)")
        died = threading.Timer(
            1.5, lambda: os.kill(children_of(sandbox.process.pid, WARM)[0], signal.SIGKILL)
        )
        died.start()
        outcome = grade_submission(
            assignment_of(classroom),
            submission_of(classroom, "ada", notebook),
            sandbox,
        )
        died.join()
    assert outcome.points == 17 and outcome.violations == ()


def test_inside_there_is_no_network_no_course_no_home_and_no_right(sandbox):
    session = sandbox.start()
    session.run(
        "import os\nseen = sorted(os.listdir('/')), os.path.exists('/proc/net/tcp') and "
        "open('/proc/net/tcp').read().count('\\n'), dict(os.environ)"
    )
    session.run(
        f"course = os.path.exists({str(ROOT / 'quizzes')!r}), "
        f"os.path.exists({str(ROOT / 'kratomcourse')!r}), "
        f"os.path.exists({str(ROOT / 'evidence')!r})"
    )
    session.run(
        "rights = [line for line in open('/proc/self/status') if line.startswith(('CapEff', "
        "'CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp:'))]"
    )
    top, sockets, environment = read_answer(session.value("seen"))
    assert (
        "home" not in top
        and sockets in (False, 0, 1)
        and not [
            name
            for name in environment
            if "COURSE" in name or ("NBGRADER" in name and name != "NBGRADER_EXECUTION")
        ]
    )
    assert read_answer(session.value("course")) == (False, False, False)
    assert [line.split()[1] for line in read_answer(session.value("rights"))] == [
        "0000000000000000"
    ] * 3 + ["1", "2"]
    session.end()


def test_a_python_below_tmp_serves_as_well(bubblewrap):
    """Somebody tries the course out in /tmp; a submission has a /tmp of its own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        place = Path(folder).resolve() / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
        [packages] = place.glob("lib/python*/site-packages")
        for name in (
            "IPython",
            "traitlets",
            "decorator",
            "prompt_toolkit",
            "wcwidth",
            "pygments",
            "stack_data",
            "executing",
            "asttokens",
            "pure_eval",
            "matplotlib_inline",
            "pexpect",
            "ptyprocess",
            "typing_extensions.py",
            "ipython_pygments_lexers.py",
            "pydantic",
            "pydantic_core",
            "annotated_types",
            "typing_inspection",
        ):
            source = next(
                there for there in (Path(path) / name for path in sys.path) if there.exists()
            )
            (shutil.copytree if source.is_dir() else shutil.copy)(source, packages / name)
        code = (
            "from kratomcourse.grading.sandbox.session import Sandbox\nfrom "
            "kratomcourse.grading.sandbox.limits import Limits\nwith Sandbox(Limits(), "
            "preload=()) as sandbox:\n    session = sandbox.start()\n    "
            "print(session.run('import os, colorsys, "
            "mailbox\\nsorted(os.listdir(\"/tmp\"))')[0][0]['data'])\n    session.end()\n"
        )
        done = subprocess.run(
            [place / "bin" / "python", "-c", code],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=200,
        )
    assert "home" in done.stdout and place.parent.name not in done.stdout, done.stdout + done.stderr


def test_a_sandbox_in_which_nothing_runs_stops_everything_and_gives_no_zeros(
    bubblewrap, classroom, monkeypatch
):
    from kratomcourse.grading.sandbox import session

    hand_in(classroom, "ada", insert_first(all_right(classroom), "half = 1"))
    with monkeypatch.context() as patch:
        patch.setattr(
            session.SandboxSession,
            "run",
            lambda self, source: session.CellReply(
                [
                    {
                        "output_type": "error",
                        "ename": "ImportError",
                        "evalue": "no module",
                        "traceback": [],
                    }
                ]
            ),
        )
        with pytest.raises(
            CourseError, match="a plain cell does not run in it.*then give the same command again"
        ):
            grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert scores(classroom, "ada") == {} and not list(classroom.root.glob("autograded/*/*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests run as an ordinary user already")
def test_an_ordinary_user_has_the_same_sandbox(bubblewrap, tmp_path):
    """The whole way as user 61000, for whom Python lies where it may read it."""
    script = tmp_path / "try.py"
    script.write_text(
        "from kratomcourse.grading.sandbox.session import Sandbox\nfrom "
        "kratomcourse.grading.sandbox.limits import Limits\n"
        "with Sandbox(Limits(), preload=()) as sandbox:\n"
        "    session = sandbox.start()\n"
        '    session.run(\'import os, socket\\nseen = os.path.exists("/root/secret"), '
        'os.path.exists("/home")\')\n'
        "    print(session.value('seen')['of'], "
        'session.run(\'socket.create_connection(("1.1.1.1", 80), '
        "timeout=1)')[0][0]['ename'])\n"
        "    print(session.run('import os\\nfor n in range(300):\\n    if os.fork() == 0:\\n "
        "       import time; time.sleep(9)')[0][0]['ename'])\n"
        "    session.end()\n"
    )
    tmp_path.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 61000, 61000)
    base = os.path.realpath(sys.base_prefix)
    above = [
        word for folder in reversed(Path(base).parents[:-1]) for word in ("--dir", str(folder))
    ]
    reach = (
        ["--tmpfs", "/root", "--chmod", "0755", "/root", *above, "--ro-bind", base, base]
        if base.startswith("/root/")
        else []
    )
    done = subprocess.run(
        [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            "--tmpfs",
            str(tmp_path.parents[1]),
            "--ro-bind",
            str(script),
            "/run/try.py",
            "--bind",
            str(home),
            "/mnt",
            *reach,
            "--cap-add",
            "ALL",
            "--",
            "setpriv",
            "--reuid=61000",
            "--regid=61000",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "env",
            "HOME=/mnt",
            "MPLCONFIGDIR=/mnt",
            f"PYTHONPATH={ROOT}",
            sys.executable,
            "/run/try.py",
        ],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.stdout.split() == ["[False,", "False]", "OSError", "BlockingIOError"], (
        done.stdout + done.stderr
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make the home of somebody else")
def test_a_checkout_below_home_shows_no_home(bubblewrap, tmp_path):
    """The usual case: Python, environment and checkout lie in /home/NAME, whose owner grades."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    home, inner = tmp_path / "tester", "/home/tester"
    for folder in ("base", "course", f"venv/lib/{version}/site-packages", "venv/bin", "mpl"):
        (home / folder).mkdir(parents=True)
    (home / "venv" / "bin" / "python").symlink_to(f"{inner}/base/bin/{version}")
    (home / "venv" / "pyvenv.cfg").write_text(f"home = {inner}/base/bin\n")
    (home / "secret.txt").write_text("x")
    for path in (home, *home.rglob("*")):
        os.chown(path, 61000, 61000, follow_symlinks=False)
    script = home / "try.py"
    script.write_text(
        "import os\n"
        "from kratomcourse.grading.sandbox.session import Sandbox\n"
        "from kratomcourse.grading.sandbox.limits import Limits\n"
        "with Sandbox(Limits(), hidden=['/home/tester/course']) as sandbox:\n"
        "    session = sandbox.start()\n"
        "    session.run('import os, sys, pandas\\n'\n"
        '        \'seen = [place for place in ["/home", "/root", *sys.path] \'\n'
        "        'if \"/home\" in place and os.path.exists(place)]')\n"
        "    print('seen', session.value('seen'))\n"
        "    print('top', session.run('print(sorted(os.listdir(\"/\")))').outputs[0]['text'])\n"
        "    session.end()\n"
    )
    base, packages = os.path.realpath(sys.base_prefix), sysconfig.get_paths()["purelib"]
    place = f"{inner}/venv/lib/{version}/site-packages"
    done = subprocess.run(
        [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            "--tmpfs",
            "/home",
            "--bind",
            str(home),
            inner,
            "--ro-bind",
            base,
            f"{inner}/base",
            "--ro-bind",
            packages,
            place,
            "--ro-bind",
            str(ROOT),
            f"{inner}/course",
            "--tmpfs",
            "/root",
            "--cap-add",
            "ALL",
            "--",
            "setpriv",
            "--reuid=61000",
            "--regid=61000",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "env",
            f"HOME={inner}",
            f"MPLCONFIGDIR={inner}/mpl",
            f"PYTHONPATH={inner}/course",
            f"LD_LIBRARY_PATH={inner}/base/lib",
            f"{inner}/venv/bin/python",
            f"{inner}/try.py",
        ],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert "seen []" in done.stdout and "'home'" not in done.stdout, done.stdout + done.stderr
    assert "top [" in done.stdout


def test_without_bubblewrap_the_command_explains_and_stops(classroom, tmp_path, monkeypatch):
    hand_in(classroom, "ada", all_right(classroom))
    monkeypatch.setenv("PATH", str(tmp_path))
    done = grade(classroom, check=False)
    assert (
        done.returncode == 1
        and "bubblewrap is not installed" in done.stderr
        and "--sandbox none" in done.stderr
    )
    chosen = grade(classroom, "--sandbox", "none")
    assert (
        "NOT SANDBOXED" in chosen.stdout
        and sum(auto or 0 for auto, _, _ in scores(classroom, "ada").values()) == 17
    )


def test_where_nothing_can_be_isolated_plain_values_are_graded_and_code_waits(
    classroom, tmp_path, monkeypatch
):
    """The quiz asks for code, so what is left of it without that question is graded as well."""
    hand_in(classroom, "ada", all_right(classroom))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "--sandbox values" in grade(classroom, check=False).stderr
    waits = grade(classroom, "--sandbox", "values", check=False)
    assert waits.returncode == 3 and "ada: has code to run" in waits.stdout
    assert not scores(classroom, "ada"), "what waits has no scores"
    wrong_word = grade(classroom, "--sandbox", "value", check=False)
    assert wrong_word.returncode == 1 and "bubblewrap, values or none" in wrong_word.stderr


# The warm kernel


@pytest.mark.parametrize("isolation", ["bubblewrap", "none"])
def test_a_warm_kernel_executes_a_notebook_over_ipc(bubblewrap, tmp_path, monkeypatch, isolation):
    """As any Jupyter client would use it, through a kernel spec that names the provisioner."""
    from importlib.metadata import EntryPoint

    from jupyter_client.provisioning import KernelProvisionerFactory
    from nbclient import NotebookClient

    entry = EntryPoint(
        "course-warm-provisioner",
        "kratomcourse.grading.sandbox.provisioner:WarmProvisioner",
        "jupyter_client.kernel_provisioners",
    )
    monkeypatch.setitem(KernelProvisionerFactory.instance().provisioners, entry.name, entry)
    spec = {
        "argv": ["none"],
        "display_name": "warm",
        "language": "python",
        "metadata": {
            "kernel_provisioner": {
                "provisioner_name": entry.name,
                "config": {"isolation": isolation},
            }
        },
    }
    folder = tmp_path / "kernels" / "warm"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    sources = [
        "1 + 1",
        f"import os\nos.path.exists({str(secret)!r})",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    NotebookClient(notebook, kernel_name="warm", timeout=60, startup_timeout=120).execute()
    first, second, third = (cell.outputs for cell in notebook.cells)
    assert (
        first[0].data["text/plain"] == "2"
        and second[0].data["text/plain"] == str(isolation == "none")
        and "image/png" in third[0].data
    )
    assert not list(Path(tempfile.gettempdir()).glob("course-k-*"))


# Answers


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("answer_x = 'a'", {"answer_x": "a"}),
        (
            "# a note\nanswer_x = ['a', \"b\"]\nanswer_y = 3 * 1.5 - 1",
            {"answer_x": ["a", "b"], "answer_y": 3.5},
        ),
        ("", {}),
        ("answer_x = None", {"answer_x": None}),
        *(
            (source, None)
            for source in (
                "print(1)",
                "answer_x = f()",
                "import os",
                "answer_x = 'a' * 9",
                "%time",
                "answer_x = 1/0",
                "a = b = 1",
                "a[0] = 1",
                "x = 2 ** 9",
                "a = (",
                "-" * 3999 + "1",
                "a = '" + "x" * 4000 + "'",
            )
        ),
    ],
)
def test_only_plain_literals_are_read_off_the_page(source, values):
    assert literal_answers(source) == values


@pytest.mark.parametrize(
    "written",
    [
        {"$": "set", "of": [[]]},
        {"$": "dict", "of": [1]},
        {"$": "real", "value": "__import__('os')"},
        {"$": "tuple", "of": 3},
        {"a": 1},
        {"$": ["x"]},
        {"$": "other"},
    ],
)
def test_a_forged_answer_becomes_nothing_that_a_key_equals(written):
    assert isinstance(read_answer(written), Other)


def test_literal_answers_need_no_kernel_and_get_the_same_marks(classroom, sandbox):
    """A quiz without a function to write; the same notebook with one more line is run in the
    sandbox.
    """
    notebook = notebook_of(classroom)
    cells = tuple(c for c in notebook.cells if not c.name.startswith("sample-code"))
    items = {n: i for n, i in notebook.items.items() if i.kind != "code"}
    values = Assignment(classroom.quiz, (replace(notebook, cells=cells, items=items),))
    for number in range(12):
        draw = random.Random(number)
        answers = {
            item.id: draw.choice([right, wrong])(item)
            for item in classroom.items
            if item.kind != "code" and draw.random() < 0.8
        }
        notebook = answered(classroom, answers)
        notebook["cells"] = [
            cell
            for cell in notebook["cells"]
            if not cell["metadata"]["nbgrader"]["grade_id"].startswith("sample-code")
        ]
        read = grade_submission(values, submission_of(classroom, "a", notebook), None)
        ran = grade_submission(
            values,
            submission_of(classroom, "a", insert_first(notebook, "print")),
            sandbox,
        )
        assert (
            not read.notebooks[0].used_kernel
            and ran.notebooks[0].used_kernel
            and read.scores == ran.scores
            and read.notebooks[0].comments == ran.notebooks[0].comments
        )


# What is handed in


def test_the_instructors_cells_are_laid_over_and_own_cells_stay_where_they_stood(classroom):
    notebook = handed_out(classroom)
    at = notebook["cells"].index(cell_of(notebook, "sample-num-answer"))
    notebook["cells"].insert(at, own_cell("half = 2"))
    cell_of(notebook, "sample-num")["source"] = "7"
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") != "sample-one"
    ]
    overlaid = overwrite_locked_cells(notebook_of(classroom), json.dumps(notebook).encode())
    cells = overlaid.cells
    names = [cell.of.name if cell.of else cell.source for cell in cells]
    assert (
        names.index("half = 2") == names.index("sample-num-question") + 1
        and names.index("sample-one") == names.index("sample-one-answer") + 1
    )
    assert all(cell.source == cell.of.source for cell in cells if cell.of and not cell.of.solution)
    assert overlaid.repairs == [
        "the cell 'sample-one' was missing and was restored",
        "the check 'sample-num' was changed; it was restored",
    ]
    assert overlaid.tampering == []


def test_a_note_of_the_student_is_no_reason_for_suspicion(classroom):
    for number in range(8):
        overlaid = overwrite_locked_cells(
            notebook_of(classroom), json.dumps(honest(classroom, number)).encode()
        )
        assert not overlaid.repairs and not overlaid.tampering


def test_what_stands_between_the_marks_of_hidden_tests_is_not_visible():
    assert strip_hidden_tests("a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc") == "a\nc"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"cells": 3}', b'{"worksheets": []}', b"\xff\xfe"]
)
def test_what_is_no_notebook_is_refused(classroom, content):
    with pytest.raises(InvalidSubmission):
        overwrite_locked_cells(notebook_of(classroom), content)


# The command


def test_grade_marks_once_reports_and_goes_on_with_what_is_new(bubblewrap, classroom):
    for number in range(3):
        hand_in(classroom, f"s{number}", honest(classroom, number))
    hand_in(classroom, "broken", "{")
    first = grade(classroom, check=False)
    assert (
        first.returncode == 3
        and re.search(r"graded +3\n", first.stdout)
        and "broken: this file is not a readable notebook" in first.stdout
    )
    hand_in(classroom, "s4", all_right(classroom))
    hand_in(classroom, "s1", all_right(classroom), timestamp="2027-02-15 12:00:00 UTC")
    (
        classroom.root / "submitted" / "broken" / classroom.quiz / f"{classroom.quiz}.ipynb"
    ).write_text(json.dumps(handed_out(classroom)))
    second = grade(classroom)
    assert re.search(r"graded +3\n", second.stdout) and re.search(
        r"graded before +2\n", second.stdout
    )
    assert sum(auto or 0 for auto, _, _ in scores(classroom, "s1").values()) == 17
    assert sum(auto or 0 for auto, _, _ in scores(classroom, "broken").values()) == 0
    path = classroom.root / "autograded" / "s4" / classroom.quiz / f"{classroom.quiz}.ipynb"
    nbformat.validate(nbformat.read(path, as_version=4))


def test_marks_that_a_person_gave_stay(bubblewrap, classroom):
    from nbgrader.api import Gradebook

    hand_in(classroom, "ada", all_right(classroom))
    hand_in(classroom, "ben", handed_out(classroom))
    grade(classroom)
    with Gradebook(classroom.layout.db_url) as gradebook:
        for name, points in (("sample-text", 2.5), ("sample-one", 0.25)):
            given = gradebook.find_grade(name, classroom.quiz, classroom.quiz, "ada")
            given.manual_score, given.needs_manual_grade, given.extra_credit = points, False, 0.5
        gradebook.find_comment(
            "sample-text", classroom.quiz, classroom.quiz, "ada"
        ).manual_comment = "Well said."
        gradebook.db.commit()
    grade(classroom, "--regrade", "--student", "ada")
    got = scores(classroom, "ada")
    assert (
        got["sample-text"][1] == 2.5
        and got["sample-one"] == (1.0, 0.25, True)
        and got["sample-many"] == (3.0, None, False)
    )
    with Gradebook(classroom.layout.db_url) as gradebook:
        assert (
            gradebook.find_comment(
                "sample-text", classroom.quiz, classroom.quiz, "ada"
            ).manual_comment
            == "Well said."
        )
        assert (
            gradebook.find_grade("sample-text", classroom.quiz, classroom.quiz, "ada").extra_credit
            == 0.5
        )
        assert gradebook.find_submission(classroom.quiz, "ada").score == pytest.approx(
            16 + 2.5 + 0.25 + 1.0
        )


def test_a_dry_run_writes_nothing(bubblewrap, classroom):
    hand_in(classroom, "ada", all_right(classroom))
    before = (classroom.root / "gradebook.db").read_bytes()
    done = grade(classroom, "--dry-run")
    assert "nothing was written" in done.stdout and re.search(r"graded +1\n", done.stdout)
    assert (classroom.root / "gradebook.db").read_bytes() == before and not (
        classroom.root / "autograded"
    ).exists()


def test_late_work_is_counted(bubblewrap, classroom):
    from nbgrader.api import Gradebook

    with Gradebook(classroom.layout.db_url) as gradebook:
        gradebook.update_or_create_assignment(classroom.quiz, duedate="2027-01-10 12:00:00 UTC")
    hand_in(classroom, "ada", all_right(classroom))
    hand_in(classroom, "ben", all_right(classroom), timestamp="2027-01-09 12:00:00 UTC")
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert {row.student: row.late for row in report.rows} == {"ada": 5 * 86400, "ben": 0}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--student", "adda"], "there is nothing from 'adda'.*did you mean 'ada'"),
        (
            ["--limit", "cell_second=3"],
            "'cell_second=3' is not a limit.*did you mean 'cell_seconds'",
        ),
        (["--limit", "processes=-1"], "processes: .*give a number above 0"),
        (["--sandbox", "docker"], "docker is unknown"),
        (["--folder", "/nowhere"], "nbgrader_config.py is not there|is not there"),
    ],
)
def test_a_mistake_on_the_command_line_is_named_with_the_mend(classroom, words, message):
    hand_in(classroom, "ada", handed_out(classroom))
    done = grade(classroom, *words, check=False)
    assert (
        done.returncode == 1 and re.search(message, done.stderr) and "Traceback" not in done.stderr
    )


def test_a_bank_that_changed_since_the_quiz_was_made_stops_the_run(classroom):
    path = classroom.root / "bank" / "99-sample.yml"
    text = path.read_text()
    path.write_text(
        text.replace("correct: true", "correct: false, ", 1)
        if False
        else re.sub(r"relative: [\d.]+", "relative: 0.33", text, count=1)
    )
    assert path.read_text() != text
    with pytest.raises(
        CourseError,
        match="holds another version of this item.*course quiz build, then .*generate_assignment",
    ):
        grade_assignment(classroom.layout, classroom.quiz, workers=1, isolation="none")


def test_a_test_cell_without_a_bank_item_runs_inside_is_reported_and_can_be_forbidden(
    bubblewrap, tmp_path
):
    """A quiz written by hand, as nbgrader's own documentation has them."""
    classroom = make_classroom(tmp_path / "quizzes")
    folder = classroom.root / "source" / "by-hand"
    folder.mkdir()
    cells = [
        (
            "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
            "double",
            {"solution": True},
        ),
        (
            "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(-1) == -2\n### END "
            "HIDDEN TESTS",
            "test-double",
            {"grade": True, "locked": True, "points": 3},
        ),
    ]
    made = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
    )
    for source, name, role in cells:
        full = {
            "grade": False,
            "solution": False,
            "locked": False,
            "task": False,
            "schema_version": 3,
            "grade_id": name,
        } | role
        made.cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": full}))
    nbformat.write(made, folder / "by-hand.ipynb")
    generate(classroom.root, "by-hand")
    hand = SimpleNamespace(**vars(classroom) | {"quiz": "by-hand"})
    notebook = handed_out(hand)
    cell_of(notebook, "double")["source"] = "def double(x):\n    return x + x"
    hand_in(hand, "ada", notebook)
    hand_in(
        hand,
        "eve",
        insert_first(
            handed_out(hand),
            "get_ipython().input_transformers_post.append(lambda lines: ['1188.0'])",
        ),
    )
    done = grade(hand, "--student", "ada")
    assert (
        "have no bank item" in done.stdout
        and "test-double" in done.stdout
        and scores(hand, "ada") == {"test-double": (3.0, None, False)}
    )
    grade(hand)
    assert scores(hand, "eve")["test-double"][0] <= 3
    forbidden = grade(hand, "--forbid-tests-in-kernel", check=False)
    assert (
        forbidden.returncode == 1
        and "[test-double] has test cells that no bank item describes" in forbidden.stderr
    )


def test_a_second_run_says_so_and_stops(bubblewrap, classroom):
    hand_in(classroom, "slow", insert_first(all_right(classroom), "import time; time.sleep(8)"))
    first = subprocess.Popen(
        [sys.executable, "-m", "kratomcourse.cli", "grade", classroom.quiz],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
    )
    try:
        wait_until(
            lambda: (
                (classroom.root / ".course-grade.lock").exists()
                and (classroom.root / ".course-grade.lock").read_text()
            )
        )
        with pytest.raises(
            CourseError, match=rf"another run is grading here \(process {first.pid} "
        ):
            grade_assignment(classroom.layout, classroom.quiz, workers=1, isolation="none")
    finally:
        assert first.wait(120) == 0
    assert scores(classroom, "slow")["sample-one"] == (1.0, None, False)


def wait_until(condition, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


# Nothing lost


def all_marks(classroom):
    return {
        student: scores(classroom, student) for student in classroom.layout.students(classroom.quiz)
    }


def by_hand(classroom):
    """What a person gave: (student, cell) -> points, extra points and comment."""
    from nbgrader.api import Gradebook

    given = {}
    with Gradebook(classroom.layout.db_url) as gradebook:
        for submission in gradebook.assignment_submissions(classroom.quiz):
            [notebook] = submission.notebooks
            given |= {
                (submission.student.id, grade.name): (grade.manual_score, grade.extra_credit)
                for grade in notebook.grades
                if grade.manual_score is not None or grade.extra_credit
            }
            given |= {
                (submission.student.id, comment.name, "comment"): comment.manual_comment
                for comment in notebook.comments
                if comment.manual_comment
            }
    return given


@pytest.fixture(scope="module")
def full_class(bubblewrap, template, tmp_path_factory):
    """Ten who handed in, two of them again after a person had read what they wrote; and the marks
    of a run that nothing disturbed.
    """
    from nbgrader.api import Gradebook

    classroom = copy_of(template, tmp_path_factory.mktemp("full") / "quizzes")
    for number in range(2):
        hand_in(
            classroom,
            f"s{number:02}",
            honest(classroom, number + 100),
            timestamp="2027-01-14 12:00:00 UTC",
        )
    grade_assignment(classroom.layout, classroom.quiz, workers=1)
    with Gradebook(classroom.layout.db_url) as gradebook:
        for student, points in (("s00", 1.25), ("s01", 2.0)):
            given = gradebook.find_grade("sample-text", classroom.quiz, classroom.quiz, student)
            given.manual_score, given.extra_credit, given.needs_manual_grade = points, 0.5, False
            gradebook.find_comment(
                "sample-text", classroom.quiz, classroom.quiz, student
            ).manual_comment = f"Read: {points}"
        gradebook.db.commit()
    for number in range(10):
        hand_in(classroom, f"s{number:02}", honest(classroom, number))
    undisturbed = copy_of(classroom, tmp_path_factory.mktemp("undisturbed") / "quizzes")
    grade_assignment(undisturbed.layout, undisturbed.quiz, workers=1)
    given = by_hand(classroom)
    assert len(given) == 4 and by_hand(undisturbed) == given
    return SimpleNamespace(
        **vars(classroom) | {"expected": all_marks(undisturbed), "by_hand": given}
    )


def start(classroom, *more):
    log = open(classroom.root / "log.txt", "ab")
    return subprocess.Popen(
        [sys.executable, "-m", "kratomcourse.cli", "grade", classroom.quiz, *more],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def done_so_far(classroom):
    """Submissions that are marked in the form in which they were handed in last."""
    stamps = (classroom.root / "submitted").glob(f"*/{classroom.quiz}/timestamp.txt")
    graded = [
        (
            classroom.root
            / "autograded"
            / path.parent.parent.name
            / classroom.quiz
            / "timestamp.txt",
            path,
        )
        for path in stamps
    ]
    return sum(there.exists() and there.read_text() == path.read_text() for there, path in graded)


def children_of(pid, name):
    """Pids of processes below one whose command line matches a pattern, the eldest first."""
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError):
            for path in Path(f"/proc/{parent}/task").glob("*/children"):
                for child in path.read_text().split():
                    waiting.append(int(child))
                    if re.search(
                        name,
                        Path(f"/proc/{child}/cmdline")
                        .read_bytes()
                        .replace(b"\0", b" ")
                        .decode(errors="replace"),
                    ):
                        found.append(int(child))
    return found


WARM = r"^\S*python\S* -s -P /run/course/agent.py"


# A cluster that exists: its scheduler, and one worker in the same process.
CLUSTER = """
import sys
from distributed import LocalCluster
with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=None, silence_logs=50) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""

DISTURBANCES = ("runner", "runner", "worker", "sandbox", "database", "scheduler", "disk", "second")


@contextlib.contextmanager
def cluster_that_exists(classroom):
    process = subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("tcp://127.0.0.1:")
        yield process, address
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def disturb(classroom, seed, target=None):
    """One disturbance of a kind and at a moment drawn with the seed; after it the run may or may
    not have ended.
    """
    draw = random.Random(seed)
    target = target or draw.choice(DISTURBANCES)
    moment, wait = draw.randrange(0, 9), draw.random() * 0.3
    if target == "disk":
        run_on_a_small_disk(classroom, draw.randrange(400_000))
        return target
    with contextlib.ExitStack() as stack:
        more = ("--workers", "2" if target == "worker" else "1")
        if target == "scheduler":
            cluster, address = stack.enter_context(cluster_that_exists(classroom))
            more = ("--scheduler", address)
        run = stack.enter_context(ended(start(classroom, *more)))
        wait_until(lambda: run.poll() is not None or done_so_far(classroom) >= moment)
        time.sleep(wait)
        match target:
            case "runner":
                run.kill()
            case "worker":
                for pid in children_of(run.pid, "spawn_main")[:1]:
                    os.kill(pid, signal.SIGKILL)
            case "scheduler":
                cluster.kill()
            case "sandbox":
                for pid in children_of(run.pid, WARM)[:1]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            case "database":
                held = sqlite3.connect(classroom.root / "gradebook.db", timeout=30)
                held.execute("BEGIN EXCLUSIVE")
                time.sleep(draw.random() * 3)
                held.rollback()
                held.close()
            case "second":
                second = grade(classroom, "--workers", "1", check=False)
                assert second.returncode == 0 or "another run is grading here" in second.stderr, (
                    second.stderr
                )
        if target != "runner":
            run.wait(900)
        if target == "scheduler" and run.returncode:
            reported = (classroom.root / "log.txt").read_text()
            assert run.returncode == 1 and "[course] Dask: the cluster is gone" in reported, (
                reported[-3000:]
            )
    return target


@contextlib.contextmanager
def ended(process):
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def run_on_a_small_disk(classroom, sandbox):
    """A run whose disk has `room` bytes left beside what lies in the folder; the folder is
    afterwards as the run left it.
    """
    place, out = classroom.root.with_name("small-disk"), classroom.root.with_name("afterwards")
    for folder in (place, out):
        folder.mkdir(exist_ok=True)
    used = (
        sum(
            -(-path.lstat().st_size // 4096) * 4096
            for path in classroom.root.rglob("*")
            if not path.is_dir()
        )
        + 60_000
    )
    done = subprocess.run(
        [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            "--size",
            str(used + sandbox),
            "--tmpfs",
            place,
            "--",
            "sh",
            "-c",
            'cp -a "$1/." "$2/" && cd "$2" && "$3" -m kratomcourse.cli grade "$4" --workers '
            '1; code=$?; cp -a "$2/." "$5/"; exit $code',
            "sh",
            classroom.root,
            place,
            sys.executable,
            classroom.quiz,
            out,
        ],
        env=clean_environment(classroom.root),
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0 or (done.returncode == 1 and "the disk is full" in done.stderr), (
        done.stdout + done.stderr
    )
    assert "Traceback" not in done.stderr
    shutil.rmtree(classroom.root)
    out.rename(classroom.root)
    place.rmdir()
    return done


def rows(classroom):
    base = sqlite3.connect(classroom.root / "gradebook.db")
    counts = {
        table: base.execute(f"select count(*) from {table}").fetchone()[0]
        for table in ("submitted_assignment", "submitted_notebook", "grade", "comment", "student")
    }
    assert base.execute("pragma integrity_check").fetchone() == ("ok",)
    base.close()
    return counts


def check_after(classroom, full_class):
    expected = full_class.expected
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert not report.problems and not report.needs_attention
    assert all_marks(classroom) == expected and by_hand(classroom) == full_class.by_hand
    assert done_so_far(classroom) == len(expected) and not list(
        (classroom.root / "autograded").glob("*/.*")
    )
    cells = len(next(iter(expected.values())))
    counts = rows(classroom)
    assert counts["submitted_assignment"] == counts["submitted_notebook"] == counts[
        "student"
    ] == len(expected) and counts["grade"] == cells * len(expected)


@pytest.mark.parametrize(("seed", "target"), [(1, "runner"), (2, "worker"), (3, "scheduler")])
def test_a_killed_run_resumes_without_losing_or_doubling_a_mark(full_class, tmp_path, seed, target):
    classroom = copy_of(full_class, tmp_path / "quizzes")
    disturb(classroom, seed, target)
    check_after(classroom, full_class)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 150))
def test_fifty_disturbances_at_random_moments(full_class, tmp_path, seed):
    classroom = copy_of(full_class, tmp_path / "quizzes")
    for number in range(random.Random(seed).randrange(1, 3)):
        disturb(classroom, seed * 10 + number)
    check_after(classroom, full_class)


def test_a_run_killed_between_the_steps_of_writing_is_made_good(full_class, tmp_path, monkeypatch):
    """At each of the three steps of one submission, by name and not by luck."""
    from kratomcourse.grading.autograde import gradebook

    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    for number, step in enumerate(("write_folder", "replace_folder", "retry_while_locked")):
        classroom = copy_of(full_class, tmp_path / f"quizzes-{number}")
        before = rows(classroom)["submitted_notebook"]
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(gradebook, step, killed)
            grade_assignment(classroom.layout, classroom.quiz, workers=1, student="s03")
        assert not (classroom.root / "autograded" / "s03" / classroom.quiz).exists()
        grade_assignment(classroom.layout, classroom.quiz, workers=1, student="s03")
        assert scores(classroom, "s03") == full_class.expected["s03"]
        assert rows(classroom)["submitted_notebook"] == before + 1


def test_a_full_disk_stops_the_run_and_nothing_is_lost(full_class, tmp_path):
    classroom = copy_of(full_class, tmp_path / "quizzes")
    done = run_on_a_small_disk(classroom, 60_000)
    assert (
        done.returncode == 1
        and "the disk is full" in done.stderr
        and "it goes on with those that are not graded yet" in done.stderr
    )
    assert 0 < done_so_far(classroom) < 10
    check_after(classroom, full_class)


def test_a_gradebook_that_somebody_holds_is_waited_for(full_class, tmp_path):
    classroom = copy_of(full_class, tmp_path / "quizzes")
    held = sqlite3.connect(classroom.root / "gradebook.db", timeout=30, check_same_thread=False)
    held.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(8, held.rollback)
    release.start()
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1, student="s00")
    release.join()
    held.close()
    assert len(report.rows) == 1 and scores(classroom, "s00") == full_class.expected["s00"]


def test_a_gradebook_that_nobody_lets_go_is_told_and_the_next_run_goes_on(
    full_class, tmp_path, monkeypatch
):
    from kratomcourse.grading.autograde import gradebook

    classroom = copy_of(full_class, tmp_path / "quizzes")
    monkeypatch.setattr(gradebook, "LOCKED_SECONDS", 1)
    hold = (
        "import sqlite3, sys\nheld = sqlite3.connect('gradebook.db')\nheld.execute('BEGIN "
        "EXCLUSIVE')\nprint('held', flush=True)\nsys.stdin.read()"
    )
    with ended(
        subprocess.Popen(
            [sys.executable, "-c", hold],
            cwd=classroom.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CourseError, match="another program holds it"):
            grade_assignment(classroom.layout, classroom.quiz, workers=1)
        other.stdin.close()
        other.stdout.close()
        other.wait(30)
    check_after(classroom, full_class)


# Scale


def test_two_workers_of_a_local_cluster_give_the_marks_of_one_process(full_class, tmp_path):
    classroom = copy_of(full_class, tmp_path / "quizzes")
    seen = []
    report = grade_assignment(
        classroom.layout,
        classroom.quiz,
        workers=2,
        each=lambda done, total, row: seen.append((done, total)),
    )
    assert all_marks(classroom) == full_class.expected and not report.problems
    assert seen == [(number, 10) for number in range(1, 11)]


def test_a_cluster_that_exists_is_used_and_its_loss_is_told(full_class, tmp_path, monkeypatch):
    from distributed import LocalCluster

    classroom = copy_of(full_class, tmp_path / "quizzes")
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address=None,
    ) as cluster:
        address = cluster.scheduler_address
        grade_assignment(classroom.layout, classroom.quiz, scheduler=address)
    assert all_marks(classroom) == full_class.expected
    monkeypatch.setattr(executors, "CONNECT_TIMEOUT", 1)
    with pytest.raises(CourseError, match="the cluster is gone"):
        grade_assignment(
            classroom.layout, classroom.quiz, scheduler="tcp://127.0.0.1:9", regrade=True
        )


# The same marks


def stock(classroom):
    """Take the course's plug-ins out again: nbgrader as it comes."""
    path = classroom.root / "nbgrader_config.py"
    text = path.read_text()
    before, _, rest = text.partition("# Grading: what students hand in")
    path.write_text(before + rest[rest.index("# Where nbgrader runs") :])
    return classroom


def compare_with_stock(template, tmp_path, numbers, slow):
    ours, theirs = (
        copy_of(template, tmp_path / "ours"),
        stock(copy_of(template, tmp_path / "theirs")),
    )
    for number in numbers:
        for classroom in (ours, theirs):
            hand_in(classroom, f"s{number:03}", honest(classroom, number, slow))
    grade(ours)
    halves = [f"s*[{digits}]" for digits in ("02468", "13579")]
    with ThreadPoolExecutor(2) as two:
        for done in two.map(
            lambda half: nbgrader(theirs, "autograde", theirs.quiz, "--student", half), halves
        ):
            # stock nbgrader loses one now and then (a kernel that does not start, a gradebook that
            # is busy); it goes on with those it has not
            if done.returncode:
                done = nbgrader(theirs, "autograde", theirs.quiz, "--student", "s*")
            assert done.returncode == 0, done.stderr[-3000:]
    assert len(all_marks(ours)) == len(numbers)
    got = all_marks(ours)
    assert {student: scores(theirs, student) for student in got} == got
    for compare in (comments, page_words):
        differ = [student for student in got if compare(ours, student) != compare(theirs, student)]
        assert not differ, (
            f"{compare.__name__}: {len(differ)} of {len(got)} differ: "
            f"{', '.join(differ)}\n{changes(*(compare(classroom, differ[0]) for classroom in (ours, theirs)))}"
        )
    return ours, theirs


def changes(one, other):
    """The first lines of what differs, words of ours with a minus."""
    lines = (
        [f"{key}: {value}" for key, value in each.items()] if isinstance(each, dict) else each
        for each in (one, other)
    )
    return "\n".join([*difflib.unified_diff(*lines, lineterm="", n=8)][:80])


# How our pages differ from those of stock nbgrader, and why nobody who marks by hand misses
# anything.
DIFFERENCES = [
    (
        r"Cell In\[\d+\]",
        "Cell In[]",
    ),  # a check is no cell of the student's kernel, so numbers run on without it
    (
        r"^/tmp/ipykernel_\d+/\d+\.py:\d+: |^<ipython-input-[^>]*>:\d+: ",
        "file: ",
    ),  # the name that a kernel gives to a cell
    (r"^(---+|Traceback \(most recent call last\):?)$", ""),
]


def page_words(classroom, student):
    """Words and pictures of the page on which a person marks a submission, without the differences
    above.

    Words and not lines, because a table of pandas is shown as its text: HTML of a submission is not
    let through.
    """
    path = classroom.root / "autograded" / student / classroom.quiz / f"{classroom.quiz}.ipynb"
    page = page_of(path, read_config(classroom.root), "formgrade", False).partition(
        'id="notebook-container"'
    )[2]
    page = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    page = re.sub(r"</(div|p|tr|h\d|li|pre)>", "\n", re.sub(r"<img[^>]*>", " [picture] ", page))
    words = []
    for line in html.unescape(re.sub(r"<[^>]+>", "", page)).splitlines():
        line = " ".join(line.split())
        for pattern, plain in DIFFERENCES:
            line = re.sub(pattern, plain, line)
        words += line.split()
    # What a student prints of the kernel's own names. In one piece, because a kernel sends it in
    # two where its clock says so.
    return re.sub(r"\bso far \d+\b", "so far", " ".join(words)).split()


def comments(classroom, student):
    from nbgrader.api import Gradebook

    with Gradebook(classroom.layout.db_url) as gradebook:
        return {
            comment.name: comment.auto_comment
            for comment in gradebook.find_submission(classroom.quiz, student).notebooks[0].comments
        }


def test_stock_nbgrader_the_plug_ins_and_the_command_give_the_same_marks_and_feedback(
    bubblewrap, template, tmp_path
):
    ours, theirs = compare_with_stock(template, tmp_path, range(7), 0)
    plugged = copy_of(template, tmp_path / "plugged")
    for number in range(3):
        hand_in(plugged, f"s{number:03}", honest(plugged, number))
    done = nbgrader(plugged, "autograde", plugged.quiz)
    assert done.returncode == 0, done.stderr[-3000:]
    for number in range(3):
        assert scores(plugged, f"s{number:03}") == scores(ours, f"s{number:03}")
    pages = []
    for classroom in (ours, theirs):
        done = nbgrader(classroom, "generate_feedback", classroom.quiz, "--student", "s001")
        assert done.returncode == 0, done.stderr[-3000:]
        pages.append(
            (
                classroom.root / "feedback" / "s001" / classroom.quiz / f"{classroom.quiz}.html"
            ).read_text()
        )
    score = [re.search(r"\(Score: ([\d.]+) / ([\d.]+)\)", page) for page in pages]
    assert [float(score[0][at]) for at in (1, 2)] == [float(score[1][at]) for at in (1, 2)]


def test_plain_autograde_refuses_a_link_and_marks_the_others(bubblewrap, classroom):
    hand_in(classroom, "ada", all_right(classroom))
    (hand_in(classroom, "eve", all_right(classroom)) / "data.csv").symlink_to(
        classroom.root / "gradebook.db"
    )
    cheat = insert_first(
        handed_out(classroom),
        "import ast\nget_ipython().input_transformers_post.append(lambda lines: ['4.0\\n'])",
    )
    hand_in(classroom, "mallory", cheat)
    done = nbgrader(classroom, "autograde", classroom.quiz)
    assert (
        done.returncode != 0
        and "eve: data.csv is a symbolic link" in done.stderr
        and "for student 'eve'" in done.stderr
    )
    assert not (classroom.root / "autograded" / "eve" / classroom.quiz).exists()
    assert sum(auto or 0 for auto, _, _ in scores(classroom, "ada").values()) == 17
    assert sum(auto or 0 for auto, _, _ in scores(classroom, "mallory").values()) == 0


@pytest.mark.long
def test_two_hundred_honest_submissions_get_the_marks_of_stock_nbgrader(
    bubblewrap, template, tmp_path
):
    compare_with_stock(template, tmp_path, range(200), 1.5)


def test_the_sample_bank_has_every_kind_of_item():
    assert {item.kind for item in SAMPLE.items} == {
        "choice",
        "choices",
        "number",
        "order",
        "match",
        "code",
        "text",
    }


def test_require_sandbox_accepts_a_machine_that_has_one(bubblewrap):
    require_sandbox()
