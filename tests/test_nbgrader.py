"""Graded quizzes: notebooks made from the bank, and the whole way through nbgrader with real students."""

import ast
import contextlib
import copy
import csv
import io
import itertools
import json
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from conftest import required
from students import partial, right, write_answers, wrong

from kratomcourse.grading.source import COURSE, NAME, answer_name, build_sources, cell_id, own_numbers, source_notebook
from kratomcourse.problems import CourseError
from kratomcourse.quiz import load_bank, load_banks, mark
from kratomcourse.quiz.bank import shown
from kratomcourse.quiz.variants import variant

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "quizzes" / "source"
SAMPLE = load_bank(Path(__file__).parent / "data" / "bank" / "99-sample.yml")
BANKS = {chapter: bank for chapter, bank in load_banks().items() if bank.used_for("graded")} | {SAMPLE.chapter: SAMPLE}
ITEMS = [item for bank in BANKS.values() for item in bank.used_for("graded")]
MARKED_BY_CODE = [item for item in ITEMS if item.kind != "text"]


# The notebook that the bank makes


def test_committed_notebooks_are_what_the_bank_makes(tmp_path):
    made = {path.relative_to(tmp_path): path.read_text(encoding="utf-8") for path in build_sources(tmp_path)}
    there = {path.relative_to(SOURCES): path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts}
    assert made and there == made, "quizzes/source is not what the bank makes. Mend: course quiz build"


def test_a_second_build_writes_nothing_and_a_changed_notebook_is_made_again(tmp_path):
    first = build_sources(tmp_path, {SAMPLE.chapter: SAMPLE})
    text = first[0].read_bytes()
    assert build_sources(tmp_path, {SAMPLE.chapter: SAMPLE}) == []
    first[0].write_text("{}")
    assert build_sources(tmp_path, {SAMPLE.chapter: SAMPLE}) == first and first[0].read_bytes() == text
    assert [path.name for path in tmp_path.rglob("*")] == ["99-sample", "99-sample.ipynb"]  # what lies beside it would be handed out


@pytest.mark.parametrize("bank", BANKS.values(), ids=BANKS)
def test_the_notebook_needs_nothing_but_the_usual_packages(bank):
    imported = set()
    for cell in source_notebook(bank).cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []
                imported |= {name.partition(".")[0] for name in names}
    assert imported <= {*sys.stdlib_module_names, "numpy", "pandas", "matplotlib"}


@pytest.mark.parametrize("bank", BANKS.values(), ids=BANKS)
def test_what_students_get_does_not_depend_on_the_keys(bank):
    """Two banks that differ in keys, solutions and rubrics alone make the same handout."""
    changed = bank.model_copy(update={"items": [with_another_key(item) for item in bank.items]})
    assert handout(source_notebook(changed)) == handout(source_notebook(bank))
    assert source_notebook(changed) != source_notebook(bank)


def with_another_key(item):
    match item.kind:
        case "choice":
            flags = [option.correct for option in item.options]
            return replace_options(item, flags[1:] + flags[:1])
        case "choices":
            return replace_options(item, [not option.correct for option in item.options])
        case "number" if own_numbers(item):
            return item.model_copy(update={"template": item.template | {"formula": f"1 + {item.template['formula']}"}})
        case "number":
            return item.model_copy(update={"value": item.key + 1, "fact": None})
        case "code":
            cases = [item.cases[0], *(case.model_copy(update={"expected": "something else"}) for case in item.cases[1:])]
            return item.model_copy(update={"cases": cases, "solution": "pass"})
        case "text":
            rubric = [row.model_copy(update={"criterion": "Says something else"}) for row in item.rubric]
            return item.model_copy(update={"sample": "Something else.", "rubric": rubric})
    return item


def replace_options(item, flags):
    return item.model_copy(update={"options": [option.model_copy(update={"correct": flag}) for option, flag in zip(item.options, flags)]})


def handout(notebook):
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    notebook = copy.deepcopy(notebook)
    for step in (ClearSolutions(), ClearHiddenTests()):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "sample.one-answer"}, r"two cells .* would be called 'sample-one-answer'.*give one of the items another id"),
        ({"id": "other.one"}, r"answered under the name 'answer_one'"),
        ({"id": "sample." + "long" * 16}, r"longer than 64 characters"),
        ({"stem": "See {term}`affinity` in the glossary."}, r"\{term\}`affinity` would stand as it is"),
    ],
)
def test_an_item_that_can_not_stand_in_a_notebook_is_named_with_the_mend(tmp_path, change, message):
    first, second, *rest = SAMPLE.items
    bank = SAMPLE.model_copy(update={"items": [first, second.model_copy(update=change), *rest]})
    with pytest.raises(CourseError, match=message):
        build_sources(tmp_path, {bank.chapter: bank})
    assert not list(tmp_path.iterdir())


# The marks: the hidden tests and quiz.marking are one rule


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("item", MARKED_BY_CODE, ids=lambda item: item.id)
def test_hidden_tests_give_the_points_that_marking_gives(item):
    graded = next(cell for bank in BANKS.values() if item in bank.items for cell in source_notebook(bank).cells if cell.id == cell_id(item))
    tried, name = 0, {NAME: "ada"} if own_numbers(item) else {}
    item = variant(item, "ada", COURSE)
    for answer in FUNCTIONS(item) if item.kind == "code" else ANSWERS[item.kind](item):
        expected = mark(item, returned(item, answer) if item.kind == "code" else answer).points
        assert points_in_cell(graded.source, item, answer, **name) == expected, f"{item.id} answered with {answer!r}"
        tried += 1
    assert tried > 8


@pytest.mark.parametrize("item", MARKED_BY_CODE, ids=lambda item: item.id)
def test_solution_earns_all_points_and_the_handed_out_cell_none(item):
    """Even where a starter happens to be right in one of the cases."""
    graded = {cell.id: cell.source for bank in BANKS.values() if item in bank.items for cell in source_notebook(bank).cells}
    before, _, rest = graded[f"{cell_id(item)}-answer"].partition("### BEGIN SOLUTION")
    for source, points in ((before + rest, item.points), (before, 0)):
        name = {NAME: "Ada "} if own_numbers(item) else {}
        place = {"math": math, "np": np, "print": lambda *_: None} | name
        exec(graded[f"{cell_id(item)}-numbers"] if name else "", place)
        exec(source, place)
        assert points_in_cell(graded[cell_id(item)], item, place[answer_name(item)], **name) == points
    if item.kind == "code" and np.asarray(item.cases[0].expected).dtype.kind in "if":
        place = {"math": math, "np": np}
        exec(item.solution, place)
        exact = place[item.function]
        place[item.function] = lambda *arguments: (np.asarray(exact(*arguments)) * (1 + 1e-12)).tolist()
        exec(graded[f"{cell_id(item)}-example"], place)  # another order of operations must not fail the example


def test_a_name_reused_by_a_student_does_not_cost_points():
    item = SAMPLE.item("sample.match")
    graded = next(cell for cell in source_notebook(SAMPLE).cells if cell.id == cell_id(item))
    assert points_in_cell(graded.source, item, right(item), sum=3, min=None, zip="zip") == item.points


def points_in_cell(source, item, answer, **names):
    """What nbgrader would read from the cell: its last expression, or 0 for an error. It gives 0 for text on stderr too."""
    *body, last = ast.parse(source).body
    place = {"math": math, "np": np, answer_name(item): copy.deepcopy(answer), **names}
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        try:
            exec(compile(ast.Module(body, []), "cell", "exec"), place)
            points = eval(compile(ast.Expression(last.value), "cell", "eval"), place)
        except Exception:
            return 0.0
    assert stderr.getvalue() == ""
    assert type(points) is float and 0 <= points <= item.points
    return float(repr(points))


def returned(item, function):
    """What a function returned for each case, as JSON values; an error is no value, and the starter no answer."""
    place = {"math": math, "np": np}
    exec(item.starter, place)
    values = []
    for asked in (function, place[item.function]):
        values.append([])
        for case in item.cases:
            try:
                value = asked(*copy.deepcopy(case.args))
                values[-1].append(value.tolist() if hasattr(value, "tolist") else value)
            except Exception:
                values[-1].append(...)
    return None if repr(values[0]) == repr(values[1]) else values[0]


ODD = [None, "", "a", "zz", 0, True, 3.5, [], ["a"], ["z"], [None], [1, 2], ("a", "b"), {"a", "b"}, {"a": 1}, "abc", math.nan, [["a"]]]


def choice_answers(item):
    letters = [letter for letter, _ in shown(item)]
    return [*letters, *map(str.upper, letters), *(f" {letter}\n" for letter in letters), chr(ord(letters[-1]) + 1), *ODD]


def choices_answers(item):
    letters = [letter for letter, _ in shown(item)]
    subsets = [list(some) for count in range(len(letters) + 1) for some in itertools.combinations(letters, count)]
    return [*subsets, *map(tuple, subsets), *map(frozenset, subsets), *([*some, "z", 3] for some in subsets), *([some[0].upper(), *some] for some in subsets if some), *ODD]


def number_answers(item):
    near = [item.key + sign * share * item.allowed for sign in (-1, 1) for share in (0, 0.5, 0.999, 1, 1.001, 2)]
    kinds = [np.float64(item.key), np.float32(item.key), np.float64(item.key + 3 * item.allowed + 1), Fraction(item.key), Decimal(item.key), complex(item.key), np.array(item.key), str(item.key), [item.key]]
    return [*near, *kinds, *(error.value for error in item.errors), -item.key, 10**400, math.inf, -math.inf, np.nan, np.bool_(True), *ODD]


def order_answers(item):
    letters = [letter for letter, _ in shown(item)]
    orders = list(itertools.islice(itertools.permutations(letters), 720))
    return [*orders, *map(list, orders), [letter.upper() for letter in letters], letters[:-1], [*letters, "a"], letters[:1] * len(letters), set(letters), "".join(letters), *ODD]


def match_answers(item):
    letters = [letter for letter, _ in shown(item)]
    rows = list(itertools.islice(itertools.product([*letters, ""], repeat=len(letters)), 5000))
    return [*rows, right(item), [letter.upper() for letter in right(item)], right(item)[:2], [*right(item), "a"], [right(item)[0], None, "a"], ["z"] * len(letters), *ODD]


def FUNCTIONS(item):
    place = {"math": math, "np": np}
    exec(item.solution, place)
    solution = place[item.function]
    exec(item.starter, place)

    def noisy(*arguments):
        print("noise")
        print("noise", file=sys.stderr)
        np.log(np.float64(0))
        return solution(*arguments)

    def fails_once(*arguments):
        if list(arguments) == item.cases[-1].args:
            raise ValueError("not this one")
        return solution(*arguments)

    def changes_its_input(*arguments):
        value = solution(*arguments)
        for argument in arguments:
            if isinstance(argument, list):
                argument.clear()
        return value

    return [
        solution, place[item.function], noisy, fails_once, changes_its_input,
        lambda *arguments: np.asarray(solution(*arguments)),
        lambda *arguments: [solution(*arguments)],
        lambda: 1, lambda *arguments: None, lambda *arguments: math.nan, lambda *arguments: True, lambda *arguments: "text",
        *((lambda *arguments, case=case: case.expected) for case in item.cases),
        None, 3,
    ]  # fmt: skip


ANSWERS = {"choice": choice_answers, "choices": choices_answers, "number": number_answers, "order": order_answers, "match": match_answers}


GUIDE = (ROOT / "book" / "for-instructors.md").read_text(encoding="utf-8")
NOT_HERE = ("make quiz", "source .venv/bin/activate", "cd quizzes", "jupyter lab")  # tried by hand, by the CI run or by the test above


def blocks(language):
    """[(heading, text)] of the guide's fenced blocks in a language."""
    found, heading = [], ""
    for match in re.finditer(r"^#+ ([^\n]+)$|^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL):
        heading = match[1] or heading
        if match[2] == language:
            found.append((heading, match[3]))
    return found


# The round trip


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """An instructor's course folder with a private exchange, and homes in which nothing of this machine's user counts."""
    return make_desk(tmp_path_factory.mktemp("semester"))


def make_desk(root):
    quizzes = root / "quizzes"
    quizzes.mkdir()
    shutil.copy(ROOT / "quizzes" / "nbgrader_config.py", quizzes)
    build_sources(quizzes / "source", BANKS)
    (quizzes / "bank").mkdir()
    for path in (*(ROOT / "quizzes" / "bank").glob("*.yml"), Path(__file__).parent / "data" / "bank" / "99-sample.yml"):
        shutil.copy(path, quizzes / "bank")
    return SimpleNamespace(root=root, quizzes=quizzes, exchange=root / "exchange")


def private(desk, person):
    """Environment of one person of the test."""
    home = desk.root / "homes" / person
    (home / "config").mkdir(parents=True, exist_ok=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "NBGRADER", "PYTHON"))}
    return clean | {
        "PYTHONPATH": str(desk.course if hasattr(desk, "course") else ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "NBGRADER_EXCHANGE": str(desk.exchange),
    }


def nbgrader(desk, *arguments, person="instructor", cwd=None, fails=False):
    """Run one nbgrader command; its output. Fails the test where the command does, unless it is to fail."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=cwd or desk.quizzes,
        env=private(desk, person),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert (done.returncode != 0) == fails, f"nbgrader {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-4000:]}"
    return done.stdout


def write_student_config(desk, student):
    """The lines that the guide gives for a shared machine, with the exchange of the test."""
    [(_, lines)] = blocks("python")
    Path(private(desk, student)["JUPYTER_CONFIG_DIR"], "nbgrader_config.py").write_text(lines.replace("/srv/nbgrader/exchange", str(desk.exchange)))


def hand_in(desk, student):
    """One student fetches both quizzes, answers as that student does, validates one, and submits both."""
    home = desk.root / "homes" / student
    write_student_config(desk, student)
    nbgrader(desk, "fetch_assignment", *BANKS, person=student, cwd=home)
    said = ""
    for chapter, bank in BANKS.items():
        path = home / chapter / f"{chapter}.ipynb"
        path.chmod(0o644)
        STUDENTS[student](path, bank.used_for("graded"))
        if chapter == SAMPLE.chapter and student in ("ada", "cal", "dot", "eve"):
            said = nbgrader(desk, "validate", f"{chapter}/{chapter}.ipynb", person=student, cwd=home)
        nbgrader(desk, "submit", chapter, f"--student={student}", person=student, cwd=home)
    return said


def eve(path, items):
    """Everything right, but the cell of the first answer stops with an error before it."""
    write_answers(path, items, {item.id: right(item) for item in items})
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == f"{cell_id(items[0])}-answer")
    cell.source = f"1 / 0\n{cell.source}"
    nbformat.write(notebook, path)


# The broken one comes second, so that most are graded after it.
STUDENTS = {
    "ada": lambda path, items: write_answers(path, items, {item.id: right(item) for item in items}),
    "amy": lambda path, items: path.write_text('{"cells": [{"cell_type": "code", "source'),
    "ben": lambda path, items: write_answers(path, items, {item.id: wrong(item) for item in items}),
    "cal": lambda path, items: None,
    "dot": lambda path, items: write_answers(path, items, {item.id: partial(item) for item in items}),
    "eve": eve,
}


@pytest.fixture(scope="module")
def semester(desk):
    """The whole way, once, with nbgrader's own commands; what was said on the way."""
    required(shutil.which("bwrap"), "bubblewrap")
    said = SimpleNamespace(validate={}, autograde={}, written={})
    for chapter in BANKS:
        nbgrader(desk, "generate_assignment", chapter)
        nbgrader(desk, "release_assignment", chapter)
    with ThreadPoolExecutor(2) as two:
        said.validate = dict(zip(STUDENTS, two.map(lambda student: hand_in(desk, student), STUDENTS)))
    for chapter in BANKS:
        nbgrader(desk, "collect", chapter, "--ExchangeCollect.check_owner=False")
        said.autograde[chapter] = nbgrader(desk, "autograde", chapter, fails=True)
        said.written[chapter] = mark_texts(desk, chapter)
        nbgrader(desk, "generate_feedback", chapter)
        nbgrader(desk, "release_feedback", chapter)
    nbgrader(desk, "fetch_feedback", SAMPLE.chapter, person="dot", cwd=desk.root / "homes" / "dot")
    nbgrader(desk, "export", "--to", "marks.csv")
    return SimpleNamespace(**vars(desk), said=said)


def mark_texts(desk, chapter):
    """A person reads the texts: full points for the sample, the first criterion for dot, else nothing. Who was waiting."""
    from nbgrader.api import Gradebook

    waiting = []
    with Gradebook(f"sqlite:///{desk.quizzes / 'gradebook.db'}") as gradebook:
        for item in BANKS[chapter].used_for("graded"):
            for student in ("ada", "ben", "cal", "dot", "eve") if item.kind == "text" else ():
                grade = gradebook.find_grade(cell_id(item), chapter, chapter, student)
                if grade.needs_manual_grade:
                    waiting.append(student)
                    grade.manual_score = {"ada": item.points, "eve": item.points, "dot": item.rubric[0].points}.get(student, 0)
                    grade.needs_manual_grade = False
        gradebook.db.commit()
    return waiting


def marks(semester, chapter, student):
    """Cell -> (points, whether a person has to look) from the gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{semester.quizzes / 'gradebook.db'}") as gradebook:
        [notebook] = gradebook.find_submission(chapter, student).notebooks
        return {grade.name: (grade.score, grade.needs_manual_grade) for grade in notebook.grades}


def exported(semester, chapter):
    with open(semester.quizzes / "marks.csv", newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == chapter}


def test_marks_of_the_sample_are_those_counted_by_hand(semester):
    # one 1, many 3, num 2, fact 1, order 3, match 3, code 4, text 3: 20 points
    assert exported(semester, "99-sample") == {
        "ada": 1 + 3 + 2 + 1 + 3 + 3 + 4 + 3,
        "amy": 0,
        "ben": 0,
        "cal": 0,
        # one of two letters; one of three neighbours; one of three rows; one of four cases; the first criterion
        "dot": 1 + 1.5 + 2 + 1 + 1 + 1 + 1 + 1,
        "eve": 0 + 3 + 2 + 1 + 3 + 3 + 4 + 3,
    }


# What dot's answers are worth of an item with n right letters, entries, rows or cases, counted by hand.
WORTH_OF_PARTIAL = {
    "choice": lambda item: 1,
    "number": lambda item: 1,
    "choices": lambda item: 1 / sum(option.correct for option in item.options),
    "order": lambda item: (len(item.entries) - 3) / (len(item.entries) - 1),  # two neighbours of the swap and the swap itself
    "match": lambda item: 1 / len(item.pairs),
    "code": lambda item: 1 / len(item.cases),
    "text": lambda item: item.rubric[0].points / item.points,
}


@pytest.mark.parametrize("chapter", BANKS)
def test_every_item_of_every_student_has_the_points_counted_by_hand(semester, chapter):
    items = BANKS[chapter].used_for("graded")
    expected = {
        "ada": {item.id: item.points for item in items},
        "ben": {item.id: 0 for item in items},
        "cal": {item.id: 0 for item in items},
        "dot": {item.id: item.points * WORTH_OF_PARTIAL[item.kind](item) for item in items},
        "eve": {item.id: 0 if item is items[0] else item.points for item in items},
    }
    for student, points in expected.items():
        got = marks(semester, chapter, student)
        assert {item.id: got[cell_id(item)][0] for item in items} == pytest.approx(points, abs=1e-4), student
        assert not any(waiting for _, waiting in got.values()), student
        assert exported(semester, chapter)[student] == pytest.approx(sum(points.values()), abs=1e-3)


@pytest.mark.parametrize("chapter", BANKS)
def test_a_broken_notebook_is_named_and_waits_for_a_person(semester, chapter):
    said = semester.said.autograde[chapter]
    assert f"There was an error processing assignment '{chapter}' for student 'amy'" in said
    assert "amy: the file is not a notebook" in said
    assert not re.search(r"error processing assignment '[^']+' for student '(?!amy)", said)
    assert sorted(path.name for path in (semester.quizzes / "autograded").iterdir() if (path / chapter).exists()) == ["ada", "ben", "cal", "dot", "eve"]
    assert (semester.quizzes / "submitted" / "amy" / chapter / f"{chapter}.ipynb").exists()


@pytest.mark.parametrize("chapter", BANKS)
def test_only_written_answers_wait_for_a_person(semester, chapter):
    texts = [item for item in BANKS[chapter].used_for("graded") if item.kind == "text"]
    assert semester.said.written[chapter] == ["ada", "ben", "dot", "eve"] * len(texts)


@pytest.mark.parametrize("chapter", BANKS)
def test_released_and_fetched_notebooks_hold_no_key_solution_or_hidden_test(semester, chapter):
    released = [*semester.exchange.glob(f"*/outbound/{chapter}/*"), *(semester.quizzes / "release" / chapter).iterdir()]
    assert len(released) == 2 and len({path.read_text() for path in released}) == 1
    notebook = nbformat.read(released[0], as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    text = "\n".join(cell.source for cell in notebook.cells)
    # The names of the hidden tests stand alone; an answer may be called answer_..._cases.
    for secret in ("SOLUTION", "HIDDEN", "_points", r"(?<!\w)key = ", "right, wrong = ", r"(?<!\w)cases = "):
        assert not re.search(secret, text), secret
    for item in BANKS[chapter].used_for("graded"):
        if item.kind == "text":
            assert item.sample.strip() not in text and cells[cell_id(item)].source == "YOUR ANSWER HERE"
            assert not any(row.criterion in text for row in item.rubric)
            continue
        answer = cells[f"{cell_id(item)}-answer"].source
        if item.kind == "code":
            assert answer.startswith(item.starter.strip()) and item.solution.strip() not in text
        else:
            assert f"{answer_name(item)} = None" in answer and f"{answer_name(item)} = {right(item)!r}" not in text
        for told in [option.feedback for option in getattr(item, "options", [])] + [getattr(item, "feedback", "no feedback")]:
            assert told not in text


def test_validate_names_each_empty_question_and_is_content_with_a_full_notebook(semester):
    said = semester.said.validate
    assert "Success" in said["ada"]
    for number in range(1, 7):
        assert f"AssertionError: Question {number} is still empty" in said["cal"]
    assert "AssertionError: Question 7: expected 0.25, got 0.0" in said["cal"]
    assert "You did not provide a response" in said["cal"]  # the written answer
    assert "VALIDATION FAILED ON 1 CELL" in said["eve"] and "name 'answer_one' is not defined" in said["eve"]
    assert "Success" in said["dot"]  # half of it is wrong, and Validate does not tell


def test_last_cell_lists_what_is_still_empty(semester):
    chapter = SAMPLE.chapter
    printed = {}
    for student in ("ada", "cal", "eve"):
        notebook = nbformat.read(semester.quizzes / "autograded" / student / chapter / f"{chapter}.ipynb", as_version=4)
        printed[student] = notebook.cells[-1].outputs[0].text
    assert printed["ada"].splitlines() == [
        "Each question that asks for letters or a number has an answer.",
        "Look for yourself whether the example comes out in question 7.",
        "Look for yourself whether there is text in question 8.",
    ]
    assert printed["cal"].splitlines()[0] == "Still empty: question 1, 2, 3, 4, 5, 6"
    assert printed["eve"].splitlines()[0] == "Still empty: question 1"


def test_marker_sees_the_rubric_beside_the_answer(semester):
    notebook = nbformat.read(semester.quizzes / "autograded" / "dot" / SAMPLE.chapter / f"{SAMPLE.chapter}.ipynb", as_version=4)
    item = SAMPLE.item("sample.text")
    at = next(place for place, cell in enumerate(notebook.cells) if cell.metadata.nbgrader.grade_id == cell_id(item))
    assert all(row.criterion in notebook.cells[at + 1].source for row in item.rubric)


def test_feedback_reaches_the_student_with_points(semester):
    [page] = (semester.root / "homes" / "dot" / SAMPLE.chapter / "feedback").rglob("*.html")
    text = page.read_text(encoding="utf-8")
    assert "Score: 9.5 / 20.0" in re.sub(r"\s+", " ", text)
    assert not list((semester.quizzes / "feedback").glob("amy/*/*.html"))


def test_formgrader_opens_on_the_course(semester):
    """Lab started in quizzes/ as the guide says serves the formgrader with the gradebook."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=test"],
        cwd=semester.quizzes,
        env=private(semester, "instructor"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(60):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/formgrader/api/assignments?token=test", timeout=20) as answer:
                    listed = json.load(answer)
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail("the server did not answer within 30 s")
    finally:
        server.terminate()
        server.wait(20)
    assert {row["name"]: row["num_submissions"] for row in listed} == dict.fromkeys(BANKS, len(STUDENTS))


# The guide


def test_every_command_of_the_guide_works_in_order(tmp_path):
    """In a copy of the course, as instructor and as student, with what the guide says lies ready."""
    required(shutil.which("bwrap"), "bubblewrap")
    course = tmp_path / "course"
    for name in ("kratomcourse", "evidence", "quizzes/bank", "quizzes/source"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "quizzes" / "nbgrader_config.py", course / "quizzes")
    desk = SimpleNamespace(root=tmp_path, quizzes=course / "quizzes", exchange=tmp_path / "exchange", course=course)
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "course").write_text(f'#!/bin/sh\nPYTHONPATH="{course}" exec "{sys.executable}" -m kratomcourse.cli "$@"\n')
    (commands / "course").chmod(0o755)

    instructor, student = private(desk, "instructor"), private(desk, "student")
    write_student_config(desk, "student")
    (desk.quizzes / "students.csv").write_text("id,last_name,first_name,email\nada,Lovelace,Ada,\nnora,,,\n")

    ran = 0
    for heading, text in blocks("bash"):
        lines = [line for line in text.splitlines() if line not in NOT_HERE]
        as_student = heading == "What students do"
        if heading == "Without a shared exchange":
            downloads = Path(instructor["HOME"]) / "Downloads" / "02-pharmacology"
            downloads.mkdir(parents=True)
            with zipfile.ZipFile(downloads / "ada.zip", "w") as archive:
                archive.write(desk.quizzes / "release" / "02-pharmacology" / "02-pharmacology.ipynb", "02-pharmacology.ipynb")
        person = student if as_student else instructor
        done = subprocess.run(
            ["bash", "-e", "-c", "\n".join(lines)],
            cwd=person["HOME"] if as_student else desk.quizzes,
            env=person | {"PATH": f"{commands}{os.pathsep}{person['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"under '{heading}':\n{text}\n{done.stdout[-4000:]}"
        ran += len(lines)
    assert ran >= 20 and all(command in GUIDE for command in NOT_HERE)
    with open(desk.quizzes / "grades.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    handed_in = [row for row in rows if row["timestamp"]]
    assert len(handed_in) == 1 and len(rows) == 3  # the student of the guide, and the two of students.csv
    assert float(rows[0]["max_score"]) == sum(item.points for item in BANKS["02-pharmacology"].used_for("graded"))
    assert (desk.quizzes / "feedback" / "ada" / "02-pharmacology" / "02-pharmacology.html").exists()


def test_guide_names_the_settings_that_the_course_has():
    config = (ROOT / "quizzes" / "nbgrader_config.py").read_text(encoding="utf-8")
    [(_, students)] = blocks("python")
    name = re.search(r"course_id = .*", config)[0]
    assert name in students and "NBGRADER_EXCHANGE" in GUIDE and "NBGRADER_EXCHANGE" in config
