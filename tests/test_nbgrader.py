"""Graded quizzes: notebooks made from the bank, and their hidden tests against the one marking
function.
"""

import ast
import contextlib
import copy
import io
import itertools
import math
import shutil
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from nbgrader_env import BANKS, ROOT, SAMPLE
from students import right

from kratomcourse.errors import CourseError
from kratomcourse.grading.assignment_source.notebooks import (
    NAME,
    VARIANT_KEY_PLACEHOLDER,
    answer_name,
    build_sources,
    cell_id,
    is_personalised,
    source_notebook,
)
from kratomcourse.grading.assignment_source.source_notebooks import build_assignments
from kratomcourse.quiz import mark
from kratomcourse.quiz.bank import shown
from kratomcourse.quiz.variants import variant

SOURCES = ROOT / "quizzes" / "source"
ITEMS = [item for bank in BANKS.values() for item in bank.used_for("graded")]
MARKED_BY_CODE = [item for item in ITEMS if item.kind != "text"]


# The notebook that the bank makes


@pytest.mark.parametrize("bank", BANKS.values(), ids=BANKS)
def test_hidden_tests_need_no_name_that_the_notebook_does_not_have(bank):
    """Stock nbgrader runs them with what is in the notebook and nothing of the course."""
    cells = [cell for cell in source_notebook(bank).cells if cell.cell_type == "code"]
    names = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            result = ast.parse(cell.source).body
            exec(compile(cell.source, cell.metadata.nbgrader.grade_id, "exec"), names)
            if cell.metadata.nbgrader.grade and cell.metadata.nbgrader.points:
                last = ast.Expression(result[-1].value)
                points = eval(compile(last, "points", "eval"), names)
                assert points == cell.metadata.nbgrader.points, cell.metadata.nbgrader.grade_id


def test_committed_notebooks_are_what_the_assignments_make(tmp_path):
    shutil.copytree(ROOT / "quizzes" / "assignments", tmp_path / "assignments")
    made = {
        built.path.relative_to(tmp_path / "source"): built.path.read_text(encoding="utf-8")
        for built in build_assignments(tmp_path)
    }
    there = {
        path.relative_to(SOURCES): path.read_text(encoding="utf-8")
        for path in SOURCES.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    }
    assert len(made) == 19 and there == made, (
        "quizzes/source is not what the assignments make. Fix: course quiz build"
    )


def test_a_second_build_writes_nothing_and_a_changed_notebook_is_made_again(tmp_path):
    first = build_sources(tmp_path, {SAMPLE.chapter: SAMPLE})
    text = first[0].read_bytes()
    assert build_sources(tmp_path, {SAMPLE.chapter: SAMPLE}) == []
    first[0].write_text("{}")
    assert (
        build_sources(tmp_path, {SAMPLE.chapter: SAMPLE}) == first and first[0].read_bytes() == text
    )
    assert [path.name for path in tmp_path.rglob("*")] == [
        "99-sample",
        "99-sample.ipynb",
    ]  # what lies beside it would be handed out


@pytest.mark.parametrize("bank", BANKS.values(), ids=BANKS)
def test_the_notebook_needs_nothing_but_the_usual_packages(bank):
    imported = set()
    for cell in source_notebook(bank).cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
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
        case "number" if is_personalised(item):
            return item.model_copy(
                update={"template": item.template | {"formula": f"1 + {item.template['formula']}"}}
            )
        case "number":
            return item.model_copy(update={"value": item.key + 1, "fact": None})
        case "code":
            cases = [
                item.cases[0],
                *(
                    case.model_copy(update={"expected": "something else"})
                    for case in item.cases[1:]
                ),
            ]
            return item.model_copy(update={"cases": cases, "solution": "pass"})
        case "text":
            rubric = [
                row.model_copy(update={"criterion": "Says something else"}) for row in item.rubric
            ]
            return item.model_copy(update={"sample": "Something else.", "rubric": rubric})
    return item


def replace_options(item, flags):
    return item.model_copy(
        update={
            "options": [
                option.model_copy(update={"correct": flag})
                for option, flag in zip(item.options, flags)
            ]
        }
    )


def handout(notebook):
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    notebook = copy.deepcopy(notebook)
    for step in (ClearSolutions(), ClearHiddenTests()):
        notebook, _ = step.preprocess(notebook, {})
    return notebook


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"id": "sample.one-answer"},
            r"two cells .* would be called 'sample-one-answer'.*give one of the items another id",
        ),
        ({"id": "other.one"}, r"answered under the name 'answer_one'"),
        ({"id": "sample." + "long" * 16}, r"longer than 64 characters"),
        (
            {"stem": "See {term}`affinity` in the glossary."},
            r"\{term\}`affinity` would stand as it is",
        ),
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
    graded = next(
        cell
        for bank in BANKS.values()
        if item in bank.items
        for cell in source_notebook(bank).cells
        if cell.id == cell_id(item)
    )
    tried, name = 0, {NAME: "ada"} if is_personalised(item) else {}
    item = variant(item, "ada", VARIANT_KEY_PLACEHOLDER)
    for answer in FUNCTIONS(item) if item.kind == "code" else ANSWERS[item.kind](item):
        expected = mark(item, returned(item, answer) if item.kind == "code" else answer).points
        assert points_in_cell(graded.source, item, answer, **name) == expected, (
            f"{item.id} answered with {answer!r}"
        )
        tried += 1
    assert tried > 8


@pytest.mark.parametrize("item", MARKED_BY_CODE, ids=lambda item: item.id)
def test_solution_earns_all_points_and_the_handed_out_cell_none(item):
    """Even where a starter happens to be right in one of the cases."""
    graded = {
        cell.id: cell.source
        for bank in BANKS.values()
        if item in bank.items
        for cell in source_notebook(bank).cells
    }
    before, _, rest = graded[f"{cell_id(item)}-answer"].partition("### BEGIN SOLUTION")
    for source, points in ((before + rest, item.points), (before, 0)):
        name = {NAME: "Ada "} if is_personalised(item) else {}
        place = {"math": math, "np": np, "print": lambda *_: None} | name
        exec(graded[f"{cell_id(item)}-numbers"] if name else "", place)
        exec(source, place)
        assert (
            points_in_cell(graded[cell_id(item)], item, place[answer_name(item)], **name) == points
        )
    if item.kind == "code" and np.asarray(item.cases[0].expected).dtype.kind in "if":
        place = {"math": math, "np": np}
        exec(item.solution, place)
        exact = place[item.function]
        place[item.function] = lambda *arguments: (
            np.asarray(exact(*arguments)) * (1 + 1e-12)
        ).tolist()
        exec(
            graded[f"{cell_id(item)}-example"], place
        )  # another order of operations must not fail the example


def test_a_name_reused_by_a_student_does_not_cost_points():
    item = SAMPLE.item("sample.match")
    graded = next(cell for cell in source_notebook(SAMPLE).cells if cell.id == cell_id(item))
    assert (
        points_in_cell(graded.source, item, right(item), sum=3, min=None, zip="zip") == item.points
    )


def points_in_cell(source, item, answer, **names):
    """What nbgrader would read from the cell: its last expression, or 0 for an error. It gives 0
    for text on stderr too.
    """
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
    """What a function returned for each case, as JSON values; an error is no value, and the starter
    no answer.
    """
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


ODD = [
    None,
    "",
    "a",
    "zz",
    0,
    True,
    3.5,
    [],
    ["a"],
    ["z"],
    [None],
    [1, 2],
    ("a", "b"),
    {"a", "b"},
    {"a": 1},
    "abc",
    math.nan,
    [["a"]],
]


def choice_answers(item):
    letters = [letter for letter, _ in shown(item)]
    return [
        *letters,
        *map(str.upper, letters),
        *(f" {letter}\n" for letter in letters),
        chr(ord(letters[-1]) + 1),
        *ODD,
    ]


def choices_answers(item):
    letters = [letter for letter, _ in shown(item)]
    subsets = [
        list(some)
        for count in range(len(letters) + 1)
        for some in itertools.combinations(letters, count)
    ]
    return [
        *subsets,
        *map(tuple, subsets),
        *map(frozenset, subsets),
        *([*some, "z", 3] for some in subsets),
        *([some[0].upper(), *some] for some in subsets if some),
        *ODD,
    ]


def number_answers(item):
    near = [
        item.key + sign * share * item.allowed
        for sign in (-1, 1)
        for share in (0, 0.5, 0.999, 1, 1.001, 2)
    ]
    kinds = [
        np.float64(item.key),
        np.float32(item.key),
        np.float64(item.key + 3 * item.allowed + 1),
        Fraction(item.key),
        Decimal(item.key),
        complex(item.key),
        np.array(item.key),
        str(item.key),
        [item.key],
    ]
    return [
        *near,
        *kinds,
        *(error.value for error in item.errors),
        -item.key,
        10**400,
        math.inf,
        -math.inf,
        np.nan,
        np.bool_(True),
        *ODD,
    ]


def order_answers(item):
    letters = [letter for letter, _ in shown(item)]
    orders = list(itertools.islice(itertools.permutations(letters), 720))
    return [
        *orders,
        *map(list, orders),
        [letter.upper() for letter in letters],
        letters[:-1],
        [*letters, "a"],
        letters[:1] * len(letters),
        set(letters),
        "".join(letters),
        *ODD,
    ]


def match_answers(item):
    letters = [letter for letter, _ in shown(item)]
    rows = list(itertools.islice(itertools.product([*letters, ""], repeat=len(letters)), 5000))
    return [
        *rows,
        right(item),
        [letter.upper() for letter in right(item)],
        right(item)[:2],
        [*right(item), "a"],
        [right(item)[0], None, "a"],
        ["z"] * len(letters),
        *ODD,
    ]


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
        solution,
        place[item.function],
        noisy,
        fails_once,
        changes_its_input,
        lambda *arguments: np.asarray(solution(*arguments)),
        lambda *arguments: [solution(*arguments)],
        lambda: 1,
        lambda *arguments: None,
        lambda *arguments: math.nan,
        lambda *arguments: True,
        lambda *arguments: "text",
        *((lambda *arguments, case=case: case.expected) for case in item.cases),
        None,
        3,
    ]


ANSWERS = {
    "choice": choice_answers,
    "choices": choices_answers,
    "number": number_answers,
    "order": order_answers,
    "match": match_answers,
}
