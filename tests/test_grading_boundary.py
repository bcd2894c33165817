"""The trust boundary of grading: nothing of a student's is executed outside the sandbox, and one
submission never costs another. Generated submissions, answers, times and outcomes."""

import contextlib
import io
import json
import multiprocessing
import os
import shutil
import string
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from classroom import (
    SAMPLE,
    all_right,
    answered,
    cell_of,
    generate,
    hand_in,
    handed_out,
    insert_first,
    make_classroom,
    notebook_of,
    own_cell,
    scores,
    submission_of,
)
from conftest import required
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kratomcourse.grading.assignment_source.form_checks import (
    CHECKS,
    FIRST_LINE,
    MISSING,
    form_checks,
    run_form_checks,
)
from kratomcourse.grading.assignment_source.notebooks import answer_name
from kratomcourse.grading.autograde import executors
from kratomcourse.grading.autograde.answers import literal_answers
from kratomcourse.grading.autograde.assignment import CourseLayout
from kratomcourse.grading.autograde.gradebook import GradebookWriter
from kratomcourse.grading.autograde.grader import grade_submission
from kratomcourse.grading.autograde.names import id_problem, terminal_safe
from kratomcourse.grading.autograde.records import (
    Assignment,
    CellScore,
    NotebookOutcome,
    Outcome,
    SourceCell,
    Submission,
)
from kratomcourse.grading.autograde.regular_files import InvalidSubmission
from kratomcourse.grading.autograde.runner import grade_assignment, save_outcome
from kratomcourse.grading.autograde.submission import (
    overwrite_locked_cells,
    strip_hidden_tests,
    without_outputs,
)
from kratomcourse.grading.autograde.summary import report_lines
from kratomcourse.grading.autograde.timestamps import canonical, parse_timestamp
from kratomcourse.grading.sandbox.bwrap import unavailable_reason
from kratomcourse.grading.sandbox.limits import Limits

PACKAGE = Path(executors.__file__).resolve().parents[1]
TEXTS = st.text(alphabet=st.characters(), max_size=30)  # halves of characters among them
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.sampled_from("abcd"),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(inner, inner)
        | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=8,
)
FIXTURE = HealthCheck.function_scoped_fixture


@pytest.fixture(scope="module")
def bubblewrap():
    required(not unavailable_reason(), "bubblewrap that may make namespaces")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return make_classroom(tmp_path_factory.mktemp("boundary") / "quizzes")


@pytest.fixture
def classroom(template, tmp_path):
    shutil.copytree(template.root, tmp_path / "quizzes", symlinks=True)
    root = tmp_path / "quizzes"
    return SimpleNamespace(**vars(template) | {"root": root, "layout": CourseLayout(root)})


# Nothing is executed outside


def test_grading_has_no_exec_eval_or_pickle_outside_the_sandboxs_own_program():
    import ast

    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.name == "agent.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found += [(path.name, node.func.id)] * (node.func.id in ("exec", "eval", "compile"))
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                found += [(path.name, name) for name in names if name in ("pickle", "marshal")]
    assert not found


def executed(source, name, answer):
    """What a visible check does in the student's own Jupyter: (printed, error, message)."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(source, {} if answer is MISSING else {name: answer})
    except Exception as error:
        return printed.getvalue(), type(error).__name__, str(error)
    return printed.getvalue(), "", ""


@pytest.mark.parametrize("kind", CHECKS)
@given(answer=ANSWERS | st.just(MISSING) | st.sets(st.sampled_from("abcdx")))
@settings(max_examples=120, deadline=None)
def test_a_form_check_says_the_same_as_its_lines_in_the_notebook(kind, answer):
    item = next(item for item in SAMPLE.used_for("graded") if item.kind == kind)
    name = answer_name(item)
    checks = form_checks(item, 3, name)
    source = "\n".join([FIRST_LINE, *(line for check in checks for line in check.lines)])
    ours = run_form_checks(checks, name, answer)
    assert (ours.printed, ours.error, ours.message) == executed(source, name, answer)
    if ours.error:
        assert source.splitlines()[ours.line - 1] == ours.source


def by_hand(classroom, cells, name="by-hand"):
    """A quiz that the instructor wrote by hand: [(source, id, role)]."""
    folder = classroom.root / "source" / name
    folder.mkdir()
    made = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
    )
    for source, cell, role in cells:
        full = {"grade": False, "solution": False, "locked": False, "task": False}
        full |= {"schema_version": 3, "grade_id": cell} | role
        made.cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": full}))
    nbformat.write(made, folder / f"{name}.ipynb")
    generate(classroom.root, name)
    return SimpleNamespace(**vars(classroom) | {"quiz": name})


LOCKED = {"locked": True}
DOORS = [
    "print(eval(answer_formula))",
    "print(f'{answer_formula}'.format(answer_formula))",
    "import os; os.system(answer_formula)",
    "while True: pass",
]


@pytest.mark.parametrize("door", DOORS)
def test_a_locked_cell_written_by_hand_runs_in_the_sandbox_alone(bubblewrap, classroom, door):
    """Where every answer is a literal, too: the instructor's cell is the student's way in."""
    trace = Path(f"/tmp/course-test-{os.getpid()}")
    hand = by_hand(
        classroom,
        [
            (
                "answer_formula = None\n### BEGIN SOLUTION\n### END SOLUTION",
                "f",
                {"solution": True},
            ),
            (door, "show", LOCKED),
            ("assert answer_formula", "check", LOCKED | {"grade": True, "points": 1}),
        ],
    )
    notebook = handed_out(hand)
    code = f"__import__('os').system('touch {trace}')"
    cell_of(notebook, "f")["source"] = f"answer_formula = {code!r}"
    hand_in(hand, "eve", notebook)
    limits = Limits(cell_seconds=2, total_seconds=6)
    report = grade_assignment(hand.layout, hand.quiz, workers=1, limits=limits)
    assert [row.state for row in report.rows] == ["graded"] and not trace.exists()


@given(source=st.text(alphabet=string.printable, max_size=80) | TEXTS)
@settings(max_examples=300, deadline=None)
def test_reading_literals_runs_nothing_and_never_raises(source):
    values = literal_answers(f"answer_x = {source}")
    assert values is None or set(values) <= {"answer_x"} | set(values)


# One submission never costs another


@given(answer=ANSWERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[FIXTURE])
def test_any_answer_is_graded_and_can_be_stored(template, answer):
    """From the answer in the notebook to the text of the graded one."""
    notebook = notebook_of(template)
    values = replace(
        notebook,
        cells=tuple(c for c in notebook.cells if not c.name.startswith("sample-code")),
        items={n: i for n, i in notebook.items.items() if i.kind != "code"},
    )
    answers = {item.id: answer for item in template.items if item.kind not in ("code", "text")}
    made = answered(template, answers)
    made["cells"] = [
        cell
        for cell in made["cells"]
        if not cell["metadata"]["nbgrader"]["grade_id"].startswith("sample-code")
    ]
    submission = submission_of(template, "eve", made)
    assignment = Assignment(template.quiz, (values,))
    if any(literal_answers(f"x = {value!r}") is None for value in answers.values()):
        return  # nan and inf are no literals; they go into the sandbox
    outcome = grade_submission(assignment, submission, None)
    assert outcome.state == "graded"
    json.loads(outcome.notebooks[0].text.encode())
    nbformat.reads(outcome.notebooks[0].text, as_version=4)


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=200, deadline=None, suppress_health_check=[FIXTURE])
def test_any_bytes_in_place_of_a_notebook_are_an_invalid_submission(template, content):
    with contextlib.suppress(InvalidSubmission):
        overwrite_locked_cells(notebook_of_once(template), content)


@given(
    cells=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "cell_type": st.sampled_from(["code", "markdown", "raw", "x", 3]),
                "source": TEXTS | st.lists(TEXTS, max_size=3) | st.integers(),
                "metadata": ANSWERS,
                "id": ANSWERS,
            },
        )
        | ANSWERS,
        max_size=6,
    )
)
@settings(max_examples=200, deadline=None, suppress_health_check=[FIXTURE])
def test_any_cells_are_overwritten_or_an_invalid_submission(template, cells):
    notebook = notebook_of_once(template)
    with contextlib.suppress(InvalidSubmission):
        overlaid = overwrite_locked_cells(notebook, json.dumps({"cells": cells}).encode())
        found = [c.of for c in overlaid.cells if c.of is not None]
        assert sorted(c.name for c in found) == sorted(c.name for c in notebook.cells)
        # A restored answer may come before the student's own cells, and so before an earlier check.
        for kind in (True, False):
            assert [c for c in found if c.solution is kind] == [
                c for c in notebook.cells if c.solution is kind
            ]
        if all(c.of is not None for c in overlaid.cells):
            assert found == list(notebook.cells)


KNOWN = {}


def notebook_of_once(template):
    return (
        KNOWN.setdefault("notebook", None)
        or KNOWN.update(notebook=notebook_of(template))
        or (KNOWN["notebook"])
    )


NAMES = st.text(alphabet=st.characters(), min_size=1, max_size=12)
SCORES = st.builds(CellScore, st.none() | st.floats())
OUTCOMES = st.builds(
    lambda student, text, scores, comments, files, stamp, lines: Outcome(
        student,
        "99-sample",
        "graded",
        notebooks=(NotebookOutcome("99-sample", text, scores, comments),),
        files=files,
        timestamp=stamp,
        repairs=lines,
        violations=lines,
    ),
    NAMES,
    TEXTS,
    st.dictionaries(st.sampled_from(["sample-one", "sample-num", "x"]), SCORES, max_size=3),
    st.dictionaries(st.sampled_from(["sample-one-answer", "y"]), st.none() | TEXTS, max_size=2),
    st.dictionaries(NAMES, st.binary(max_size=9), max_size=2),
    st.none() | TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
)


@given(outcomes=st.lists(OUTCOMES, max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[FIXTURE])
def test_any_outcome_is_a_row_and_the_next_student_is_stored(classroom, outcomes):
    """From an outcome to the written gradebook; whatever is in it, ada's scores are there."""
    shutil.rmtree(classroom.root / "autograded", ignore_errors=True)
    notebook = notebook_of_once(classroom)
    assignment = Assignment(classroom.quiz, (notebook,))
    ada = Outcome(
        "ada",
        classroom.quiz,
        "graded",
        notebooks=(NotebookOutcome(classroom.quiz, "{}", {"sample-one": CellScore(1.0)}),),
    )
    with GradebookWriter(classroom.layout, assignment) as writer:
        for outcome in outcomes:
            if id_problem(outcome.student):
                continue  # the runner never lets it in
            assert save_outcome(outcome, writer).state in ("graded", "failed")
        row = save_outcome(ada, writer)
        assert row.state == "graded" and row.points == 1 and not writer.check()
    assert scores(classroom, "ada")["sample-one"][0] == 1
    assert {path.name for path in classroom.root.iterdir()} >= {"gradebook.db", "autograded"}


def end_the_worker(*fields):
    if multiprocessing.parent_process() is not None:  # the scheduler is in the test's own process
        os._exit(9)
    return EndsItsWorker(*fields)


class EndsItsWorker(Submission):
    """A submission that ends the process that unpacks it, as running out of memory would."""

    def __reduce__(self):
        return end_the_worker, ("eve", "99-sample", {})


def test_a_worker_that_dies_is_one_failed_row(bubblewrap, classroom):
    assignment = Assignment(classroom.quiz, (notebook_of(classroom),))
    honest = [submission_of(classroom, f"s{n}", all_right(classroom)) for n in range(7)]
    bad = EndsItsWorker("eve", classroom.quiz, {})
    settings_ = {"limits": Limits(), "isolation": "bubblewrap", "hidden": []}
    outcomes = list(
        executors.grade_with_dask(assignment, [*honest[:3], bad, *honest[3:]], settings_, 2)
    )
    assert {outcome.student: outcome.state for outcome in outcomes} == {
        f"s{n}": "graded" for n in range(7)
    } | {"eve": "failed"}
    assert all(outcome.points == 17 for outcome in outcomes if outcome.student != "eve")


@pytest.mark.parametrize(
    "name", ["x\ny", "x\x1b[2J", "x\u202ey", "=HYPERLINK()", "-rf", "x/y", " "]
)
def test_an_id_that_forges_a_line_or_a_formula_is_refused(name):
    assert id_problem(name) and terminal_safe(name).isprintable()


def test_a_folder_whose_name_is_no_utf8_is_one_row_of_the_report(bubblewrap, classroom):
    hand_in(classroom, "ada", all_right(classroom))
    for name in (b"eve-\xff", b"x\n  blocked   0"):
        path = os.fsencode(classroom.root / "submitted") + b"/" + name + b"/99-sample"
        os.makedirs(path)
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert sorted(row.state for row in report.rows) == ["graded", "rejected", "rejected"]
    lines = list(report_lines(report))
    assert all(line.isprintable() for line in lines)
    assert sum(line.lstrip().startswith("blocked") for line in lines) == 1
    print("\n".join(lines))


# Times


@given(text=st.text(max_size=40) | st.text(alphabet=string.digits + " :-./+TZUC", max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_time_is_read_or_refused_with_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert parse_timestamp(canonical(parse_timestamp(text))) == parse_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-15 12:00:00.123456 UTC",
        "2027-01-15 12:00:00 Europe/Berlin",
        "2027-01-15T12:00:00+01:00",
        "2027-01-15T12:00:00Z",
        "15/01/2027 12:00",
        "15 Jan 2027 12:00:00",
    ],
)
def test_a_time_that_nbgrader_reads_is_read_as_nbgrader_reads_it(text):
    from nbgrader.utils import parse_utc

    assert parse_timestamp(text) == parse_utc(text)


@pytest.mark.parametrize(
    "text", ["2027-13-45 99:99:99 UTC", "2027-01-15 12:00:00 /dev/stdin", "9999999", "", "now"]
)
def test_an_impossible_time_is_refused(text):
    with pytest.raises(ValueError, match="."):
        parse_timestamp(text)


# Notebooks as they come


def test_outputs_are_dropped_before_a_notebook_is_measured():
    cells = [own_cell("answer_x = ['\"outputs\": [']"), own_cell("y = 1", "markdown")]
    cells[0]["outputs"] = [{"output_type": "stream", "text": 'x"]}' * 1000, "name": "stdout"}]
    cells.append(own_cell("z") | {"outputs": [], "metadata": {"outputs": [1]}})
    notebook = {"cells": cells, "metadata": {"outputs": [1]}, "nbformat": 4}
    expected = json.loads(json.dumps(notebook))
    expected["cells"][0]["outputs"] = []
    for indent in (None, 1):
        small = without_outputs(json.dumps(notebook, indent=indent).encode())
        assert json.loads(small) == expected


@given(
    content=st.binary(max_size=200)
    | st.text(alphabet='{}[]":,outps\\ ', max_size=200).map(str.encode)
)
@settings(max_examples=300, deadline=None)
def test_dropping_outputs_never_raises(content):
    assert isinstance(without_outputs(content), bytes)


def test_a_retyped_answer_without_metadata_is_not_undone(classroom):
    notebook = all_right(classroom)
    place = notebook["cells"].index(cell_of(notebook, "sample-num-answer"))
    source = notebook["cells"][place]["source"]
    notebook["cells"][place] = own_cell(source)
    overlaid = overwrite_locked_cells(notebook_of(classroom), json.dumps(notebook).encode())
    names = [cell.of.name if cell.of else cell.source for cell in overlaid.cells]
    assert names.index("sample-num-answer") < names.index(source) < names.index("sample-num")


def test_a_retyped_answer_is_not_undone_where_plain_cells_of_the_instructor_stand_between(
    classroom,
):
    notebook, source_notebook = all_right(classroom), notebook_of(classroom)
    place = [cell.name for cell in source_notebook.cells].index("sample-num-answer")
    plain = SourceCell("", "markdown", "a picture")
    with_plain = replace(
        source_notebook,
        cells=(*source_notebook.cells[:place], plain, *source_notebook.cells[place:]),
    )
    at = notebook["cells"].index(cell_of(notebook, "sample-num-answer"))
    source = notebook["cells"][at]["source"]
    notebook["cells"][at : at + 1] = [own_cell("a picture", "markdown"), own_cell(source)]
    overlaid = overwrite_locked_cells(with_plain, json.dumps(notebook).encode())
    names = [cell.of.name if cell.of and cell.of.name else cell.source for cell in overlaid.cells]
    assert names.index("sample-num-answer") < names.index(source) < names.index("sample-num")
    assert names.count("a picture") == 1


def test_a_written_answer_whose_cell_is_gone_waits_for_a_person(bubblewrap, classroom):
    notebook = all_right(classroom)
    at = notebook["cells"].index(cell_of(notebook, "sample-text"))
    notebook["cells"][at] = own_cell("My answer, typed anew.", "markdown")
    hand_in(classroom, "ada", notebook)
    hand_in(classroom, "zoe", handed_out(classroom))
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert {row.student: row.waiting for row in report.rows} == {"ada": True, "zoe": False}
    assert scores(classroom, "ada")["sample-text"] == (None, None, True)


def test_a_notebook_that_lost_all_its_metadata_keeps_its_answers(bubblewrap, classroom):
    notebook = all_right(classroom)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    for keeps_ids, student in ((True, "ada"), (False, "ben")):
        for number, cell in enumerate(notebook["cells"]):
            if not keeps_ids:
                cell["id"] = f"new-{number}"
        hand_in(classroom, student, notebook)
    report = grade_assignment(classroom.layout, classroom.quiz, workers=1)
    assert {row.student: row.points for row in report.rows} == {"ada": 17, "ben": 17}
    assert all("metadata" in row.repairs[0] for row in report.rows)


def test_hidden_tests_are_found_by_the_delimiters_of_nbgrader():
    assert strip_hidden_tests("a\n###BEGIN HIDDEN TESTS\nb\n###END HIDDEN TESTS") == "a"
    assert strip_hidden_tests("a\n# <<\nb\n# >>\nc", ("<<", ">>")) == "a\nc"


def test_a_test_guarded_by_nbgrader_execution_runs_and_a_silenced_failure_earns_nothing(
    bubblewrap, classroom
):
    guarded = (
        "import os\nif os.environ.get('NBGRADER_EXECUTION') == 'autograde':\n    assert x == 1"
    )
    hand = by_hand(
        classroom,
        [
            ("x = 0\n### BEGIN SOLUTION\n### END SOLUTION", "x", {"solution": True}),
            (guarded, "guarded", LOCKED | {"grade": True, "points": 5}),
            ("assert x == 1", "plain", LOCKED | {"grade": True, "points": 2}),
        ],
        "guarded",
    )
    notebook = handed_out(hand)
    hand_in(hand, "ada", notebook)
    silent = "ip = get_ipython()\nip._showtraceback = ip.showtraceback = lambda *a, **k: None"
    hand_in(hand, "eve", insert_first(handed_out(hand), silent))
    grade_assignment(hand.layout, hand.quiz, workers=1)
    for student in ("ada", "eve"):
        assert [auto for auto, _, _ in scores(hand, student).values()] == [0, 0], student


def test_a_quiz_of_several_notebooks_is_graded_and_a_missing_one_has_no_points(
    bubblewrap, classroom
):
    from nbgrader.api import Gradebook

    cells = [
        ("x = 0\n### BEGIN SOLUTION\n### END SOLUTION", "x", {"solution": True}),
        ("assert x == 1", "test-x", LOCKED | {"grade": True, "points": 2}),
    ]
    hand = by_hand(classroom, cells, "several")
    first = classroom.root / "source" / "several" / "several.ipynb"
    first.rename(first.with_name("first.ipynb"))
    shutil.copy(first.with_name("first.ipynb"), first.with_name("second.ipynb"))
    with Gradebook(hand.layout.db_url) as gradebook:
        gradebook.remove_assignment("several")
    generate(classroom.root, "several", "--force")
    made = json.loads((classroom.root / "release" / "several" / "first.ipynb").read_text())
    cell_of(made, "x")["source"] = "x = 1"
    for student, names in {"ada": ("first", "second"), "ben": ("second",)}.items():
        folder = classroom.root / "submitted" / student / "several"
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.ipynb").write_text(json.dumps(made))
    report = grade_assignment(hand.layout, "several", workers=1)
    assert {row.student: row.points for row in report.rows} == {"ada": 4, "ben": 2}
    assert "first.ipynb is missing" in report.rows[1].repairs[0]
    assert (classroom.root / "autograded" / "ada" / "several" / "second.ipynb").exists()


def test_a_function_that_was_handed_out_without_a_body_can_be_run(classroom):
    """A starter of nothing but a head: the stub below it is a statement, and not a comment
    alone.
    """
    hand = by_hand(
        classroom,
        [
            (
                "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
                "double",
                {"solution": True},
            )
        ],
        "stub",
    )
    source = cell_of(handed_out(hand), "double")["source"]
    exec(compile(source, "<handed out>", "exec"), {})
    assert "pass" in source


def test_a_star_import_does_not_break_the_students_own_numbers(template):
    """numpy's divmod and others come with `from numpy import *`."""
    from kratomcourse.grading.assignment_source.notebooks import source_notebook
    from kratomcourse.quiz import load_banks

    bank = next(
        bank
        for bank in load_banks().values()
        if any(getattr(item, "template", None) for item in bank.used_for("graded"))
    )
    cells = source_notebook(bank).cells
    numbers = [
        cell.source for cell in cells if cell.metadata.nbgrader.grade_id.endswith("-numbers")
    ]
    plain, starred = {"answer_student": "ada"}, {"answer_student": "ada"}
    exec("from numpy import *", starred)
    for source in numbers:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(source, plain)
            exec(source, starred)
    own = [name for name in plain if name.startswith("numbers_") and name != "numbers_of"]
    assert numbers and own and all(plain[name] == starred[name] for name in own)
