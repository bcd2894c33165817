"""The bank's graded items as an nbgrader source notebook that runs in any Jupyter with numpy.

Answers, form checks and hidden tests are plain Python made from each item's data. The rule that
gives the points is the one of `quiz.marking`; nothing here releases, runs or collects a notebook.
"""

import ast
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any

import nbformat
from nbformat import NotebookNode

from ...errors import CourseError, Diagnostic
from ...quiz import load_banks
from ...quiz.bank import Bank, key_of, shown
from ...quiz.item_text import with_facts, with_pictures
from ...quiz.marking import as_float, equal
from ...quiz.variants import PLACE, lists_of, numbers_of
from .form_checks import FIRST_LINE, form_checks, letters_of

ROLE = re.compile(r"\{[a-z-]+\}`[^`]*`")
LONGEST_CELL_ID = 64  # of the notebook format

# An answer above may have reused one of these names (sum = 3); the marking must not stumble over
# it.
BUILTINS = (
    "abs, all, bool, dict, exec, float, globals, hasattr, isinstance, len, list, max, min, repr,"
    " round, set, str, sum, tuple, type, zip"
)


def build_sources(folder: Path, banks: Mapping[str, Bank] | None = None) -> list[Path]:
    """Make `<folder>/<chapter>/<chapter>.ipynb` of every bank that has graded items.

    folder  : the course's nbgrader folder `source`
    banks   : chapter -> Bank; all banks of the course where None
    returns : paths of the notebooks written; one that is already as the bank makes it is left alone
    raises  : CourseError for an item that cannot stand in a notebook
    """
    texts = {
        chapter: nbformat.writes(source_notebook(bank)) + "\n"
        for chapter, bank in sorted((load_banks() if banks is None else banks).items())
        if bank.used_for("graded")
    }
    return [target for name, text in texts.items() if (target := write_source(folder, name, text))]


def write_source(folder: Path, name: str, text: str) -> Path | None:
    """Write one source notebook; returns its path, or None where it was as it should be."""
    target = folder / name / f"{name}.ipynb"
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not in the assignment's folder, because nbgrader releases every file in it.
    beside = folder / f".{name}.tmp"
    beside.write_text(text, encoding="utf-8")
    beside.replace(target)
    return target


def source_notebook(bank: Bank, validate: bool = True) -> NotebookNode:
    """Notebook node with the solutions, tests and points of a bank's graded items."""
    items = bank.used_for("graded")
    cells = [
        markdown(introduction(bank, items), f"{bank.chapter}-introduction", locked=True),
        code("import math\n\nimport numpy as np", f"{bank.chapter}-imports", locked=True),
    ]
    if any(is_personalised(item) for item in items):
        cells += name_cells(bank)
    for number, item in enumerate(items, 1):
        cells += CELLS[item.kind](item, number)
    cells += [
        markdown(HAND_IN, f"{bank.chapter}-hand-in", locked=True),
        code(still_empty(items), f"{bank.chapter}-still-empty", locked=True),
    ]
    check_cells(cells, bank)
    notebook: NotebookNode = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    if validate:
        nbformat.validate(notebook)
    return notebook


def cell_id(item: Any) -> str:
    """Id of an item's graded cell, the name that it has in nbgrader's gradebook."""
    return str(item.id).replace(".", "-")


def answer_name(item: Any) -> str:
    """Variable of an answer, or name of the function asked for."""
    return (
        item.function
        if item.kind == "code"
        else "answer_" + re.sub(r"\W", "_", item.id.partition(".")[2])
    )


def check_cells(cells: Iterable[NotebookNode], bank: Bank) -> None:
    """CourseError for ids that clash or are too long, and for roles that would stand as raw
    text.
    """
    file = getattr(bank, "file", "") or f"quizzes/bank/{bank.chapter}.yml"
    problems, seen = [], set()
    for cell in cells:
        name = cell.metadata.nbgrader.grade_id
        if name in seen:
            problems.append(
                Diagnostic(
                    file,
                    f"two cells of the graded notebook would be called '{name}'.",
                    "give one of the items another id, or leave one out",
                )
            )
        if len(name) > LONGEST_CELL_ID:
            problems.append(
                Diagnostic(
                    file,
                    f"the cell id '{name}' is longer than {LONGEST_CELL_ID} characters.",
                    "give the item a shorter id",
                )
            )
        if cell.cell_type == "markdown" and (role := ROLE.search(cell.source)):
            problems.append(
                Diagnostic(
                    file,
                    f"{role[0]} would stand as it is in {name}.",
                    "use only {fact} in graded items",
                )
            )
        seen.add(name)
    names = [answer_name(item) for item in bank.used_for("graded") if item.kind != "text"]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(
            Diagnostic(
                file,
                f"two graded items would be answered under the name '{name}'.",
                "rename one item or function, or leave one of the two out",
            )
        )
    if problems:
        raise CourseError(problems)


def markdown(text: str, name: str, **role: Any) -> NotebookNode:
    """A Markdown cell with nbgrader's metadata."""
    return cell("markdown", text, name, role)


def code(text: str, name: str, **role: Any) -> NotebookNode:
    """A code cell with nbgrader's metadata and no output."""
    return cell("code", text, name, role, execution_count=None, outputs=[])


def cell(kind: str, text: str, name: str, role: dict[str, Any], **more: Any) -> NotebookNode:
    """A cell of the given kind; `role` are the arguments of `nbgrader_role`."""
    # nbformat's own makers validate each cell, which takes longer than all else; the whole
    # notebook is validated once.
    made: NotebookNode = nbformat.from_dict(
        {
            "cell_type": kind,
            "id": name[:LONGEST_CELL_ID],
            "metadata": {"nbgrader": nbgrader_role(name, **role)},
            "source": text.strip(),
            **more,
        }
    )
    return made


def nbgrader_role(
    name: str,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
    points: float | None = None,
) -> dict[str, Any]:
    """nbgrader's cell metadata, schema version 3."""
    role = {
        "grade": grade,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return role if points is None else role | {"points": points}


def introduction(bank: Bank, items: Sequence[Any]) -> str:
    """The first cell's text: title, questions, points, time, due date and instructions."""
    total = sum(item.points for item in items)
    minutes = getattr(bank, "minutes", None)
    time = f" Plan about {minutes} minutes." if minutes else ""
    # A bank is a chapter's; an assignment may have a day and instructions as well.
    day, words = getattr(bank, "due", None), getattr(bank, "instructions", "")
    due = f"\n\nDue: {day}." if day else ""
    more = f"\n\n{words}" if words else ""
    lists = Counter(
        frozenset(option.text for option in item.options) for item in items if item.kind == "choice"
    )
    shared = (
        "\n- Some questions share a list of options. Each option may be right in several of them, "
        "in one or in none."
        if any(number > 1 for number in lists.values())
        else ""
    )
    return f"""\
# Graded quiz: {bank.title}

{len(items)} questions, {counted(total)}.{time} Health education, not medical or legal \
advice.{due}{more}

- Each question has an answer cell. Put your answer there and run the cell.
- Then run the check below it. A check looks at the form of an answer only; it does not know \
whether the answer is right.
- Add cells for your own notes where you like. Leave the cells that are here in their places.
- Where several letters may be right, each right one earns a share and each wrong one costs a \
share. No question goes below zero.{shared}"""


HAND_IN = """\
## Before you hand in

Run the cell below: it lists what is still empty. Then choose *Kernel > Restart Kernel and Run \
All Cells*, save, validate and submit."""


# Stands in the source notebooks in place of what makes one course's numbers differ from another's;
# see `secret`.
VARIANT_KEY_PLACEHOLDER = "put in when the quiz is made for handing out"
NAME = "answer_student"


def is_personalised(item: Any) -> bool:
    """Whether each student has numbers of their own in this item."""
    return getattr(item, "template", None) is not None


def name_cells(bank: Bank) -> list[NotebookNode]:
    """Where students write the name from which their numbers follow."""
    text = """\
## Your name

Some questions have numbers of your own. They follow from the name with which you log in or hand \
in, so write exactly that name."""
    hint = '# Your name in quotes. Example: "ada"'
    answer = with_solution(f"{hint}\n{NAME} = None", f'{NAME} = "instructor"')
    check = f"""\
# Run the cell above first.
if not isinstance(globals().get({NAME!r}), str):
    print("{WRITE_NAME}")
else:
    print("{YOUR_NUMBERS}", repr({NAME}.strip().lower()))"""
    return [
        markdown(text, f"{bank.chapter}-name-question", locked=True),
        code(answer, f"{bank.chapter}-name", solution=True),
        code(check, f"{bank.chapter}-name-check", locked=True),
    ]


def numbers_name(item: Any) -> str:
    """Name of the variable that holds a student's own numbers of an item."""
    return answer_name(item).replace("answer_", "numbers_", 1)


def numbers_arguments(item: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the lists and the example of a personalised item, as they stand in the notebook."""
    lists, example = (
        {name: plain(values) for name, values in group.items()}
        for group in lists_of(item.template["parameters"])
    )
    return lists, example


def numbers_call(item: Any, student: str = f"globals().get({NAME!r})") -> str:
    """Source of the call that draws a student's own numbers."""
    lists, example = numbers_arguments(item)
    return (
        f"numbers_of({student}, {item.id!r}, {lists!r}, {example!r}, {VARIANT_KEY_PLACEHOLDER!r})"
    )


def plain(values: Any) -> Any:
    """Numbers as a reader writes them: 80 for 80.0."""
    return (
        [plain(value) for value in values]
        if isinstance(values, list)
        else int(values)
        if float(values).is_integer()
        else values
    )


def numbers_cell(item: Any, number: int) -> NotebookNode:
    """Locked cell that tells a student the numbers of a question; they can be used by name in the
    answer.
    """
    source = f"""\
# Run this cell: it shows your own numbers for question {number}. They follow from your name; \
no answer is in here.
def _own_numbers(student):
    from builtins import all, divmod, int, len, str  # a star import may have replaced them
{indent(plain_source(numbers_of), "    ")}
    return {numbers_call(item, "student")}

{numbers_name(item)} = _own_numbers(globals().get({NAME!r}))
if isinstance(globals().get({NAME!r}), str):
    for _name, _value in {numbers_name(item)}.items():
        print(_name, "=", _value)
else:
    print("{NAME_FIRST}")"""
    return code(source, f"{cell_id(item)}-numbers", locked=True)


def personalised_stem(item: Any) -> str:
    """The stem with the names of its numbers in place of the numbers."""
    text = PLACE.sub(
        lambda match: f"**`{match['name'] or match['formula'].strip()}`**", item.template["stem"]
    )
    number = f'{numbers_name(item)}["{next(iter(item.parameters))}"]'
    return (
        f"{text}\n\nThe cell below this text shows what the bold names stand for in *your*"
        f" question. In your answer you may write `{number}` for a number, or the number itself."
    )


def personalised_solution(item: Any) -> str:
    """The answer of a student who calculates with the numbers of the notebook, as Python."""
    return re.sub(
        r"[a-z_]+",
        lambda match: (
            f'{numbers_name(item)}["{match[0]}"]'
            if match[0] in item.parameters
            else f"math.{match[0]}"
        ),
        str(item.template["formula"]).strip(),
    )


def counted(points: float) -> str:
    """ "1 point" or "n points"."""
    return f"{points:g} {'point' if points == 1 else 'points'}"


def question(item: Any, number: int, *more: str) -> NotebookNode:
    """Locked Markdown cell: heading, stem, and what there is to choose from."""
    parts = [
        f"## Question {number} ({counted(item.points)})",
        item.stem.strip(),
        *filter(None, more),
    ]
    return markdown(
        with_pictures(with_facts("\n\n".join(parts))), f"{cell_id(item)}-question", locked=True
    )


def lettered(item: Any, texts: Sequence[str]) -> str:
    """Texts as a list with the letters of the order shown."""
    return "\n".join(
        f"- **{letter}**: {indent(texts[index].strip(), '  ').lstrip()}"
        for letter, index in shown(item)
    )


def with_solution(blank: str, solution: str) -> str:
    """Return an answer cell with its solution between nbgrader's marks."""
    return f"{blank}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"


def must(condition: str, message: str) -> str:
    """Line of a visible check; the message is short, since Validate cuts a line at 87
    characters.
    """
    return f"assert {condition}, {message!r}"


def answer_cells(item: Any, number: int, hint: str, example: str, share: str) -> list[NotebookNode]:
    """Answer cell and graded cell of a question that is answered with one variable."""
    name = answer_name(item)
    blank = f"# {hint} Example: {example}\n{name} = None"
    answer = with_solution(blank, f"{name} = {key_of(item)!r}")
    return [
        code(answer, f"{cell_id(item)}-answer", solution=True),
        graded_cell(item, visible_check(item, number), share),
    ]


def visible_check(item: Any, number: int) -> str:
    """Return the lines of a question's check that students see."""
    checks = form_checks(item, number, answer_name(item))
    return "\n".join([FIRST_LINE, *(line for check in checks for line in check.lines)])


def graded_cell(item: Any, check: str, share: str) -> NotebookNode:
    """Visible check of form, then hidden code whose last expression is the points earned.

    A visible check may fail only where the marking gives nothing. nbgrader takes a result that
    float() cannot read, such as np.float64(0.0), for full credit; so the points are made a plain
    float.
    """
    hidden = f"""\
### BEGIN HIDDEN TESTS
def _points(answer):
    from builtins import {BUILTINS}
{indent(share.strip(), "    ")}
    return float(round({float(item.points)!r} * min(max(share, 0.0), 1.0), 4))

_points({answer_name(item)})
### END HIDDEN TESTS"""
    return code(f"{check}\n{hidden}", cell_id(item), grade=True, locked=True, points=item.points)


def choice_cells(item: Any, number: int) -> list[NotebookNode]:
    """Cells of a choice item: question, answer, hidden test."""
    _, span = letters_of(item)
    share = f"share = answer.strip().lower() == {key_of(item)!r}"
    return [
        question(
            item, number, lettered(item, [option.text for option in item.options]), "Choose one."
        ),
        *answer_cells(item, number, f"One letter, {span}, in quotes.", '"a"', share),
    ]


def choices_cells(item: Any, number: int) -> list[NotebookNode]:
    """Cells of a multiple-choice item."""
    letters, span = letters_of(item)
    key = key_of(item)
    share = f"""\
right, wrong = set({key}), set({[letter for letter in letters if letter not in key]})
ticked = {{x.strip().lower() for x in answer if isinstance(x, str)}}
share = len(ticked & right) / len(right) - len(ticked & wrong) / len(wrong)"""
    return [
        question(
            item,
            number,
            lettered(item, [option.text for option in item.options]),
            "Choose all that apply.",
        ),
        *answer_cells(item, number, f"Letters, {span}, as a list.", '["a", "b"]', share),
    ]


def number_cells(item: Any, number: int) -> list[NotebookNode]:
    """Cells of a number item, with the student's own numbers where it has variants."""
    unit = f" (unit: {item.unit})" if item.unit else ""
    share = f"share = abs(float(answer) - {item.key!r}) <= {item.allowed!r} * (1 + 1e-9) + 1e-12"
    if is_personalised(item):
        return personalised_number_cells(item, number, unit)
    return [
        question(item, number, f"Give a number{unit}."),
        *answer_cells(item, number, f"A number{unit}, or a calculation.", "3 * 1.5", share),
    ]


def personalised_number_cells(item: Any, number: int, unit: str) -> list[NotebookNode]:
    """Cells of a number item whose quantities are drawn for each student."""
    name, tolerance = answer_name(item), item.tolerance
    allowed = (
        repr(tolerance.absolute)
        if tolerance.relative is None
        else f"abs(key) * {tolerance.relative!r}"
    )
    share = f"""\
from builtins import divmod, int
from math import exp, log, sqrt

{plain_source(numbers_of)}
mine = {numbers_call(item)}
{", ".join(item.parameters)}, = [mine[name] for name in {list(item.parameters)!r}]
key = {str(item.template["formula"]).strip()}
share = isinstance(globals().get({NAME!r}), str) and abs(float(answer) - key) <= {allowed} * (1 + \
1e-9) + 1e-12"""
    blank = f"# A number{unit}, or a calculation. Example: 3 * 1.5\n{name} = None"
    answer = with_solution(blank, f"{name} = {personalised_solution(item)}")
    return [
        question(
            item.model_copy(update={"stem": personalised_stem(item)}),
            number,
            f"Give a number{unit}.",
        ),
        numbers_cell(item, number),
        code(answer, f"{cell_id(item)}-answer", solution=True),
        graded_cell(item, visible_check(item, number), share),
    ]


def order_cells(item: Any, number: int) -> list[NotebookNode]:
    """Cells of an order item."""
    _, span = letters_of(item)
    share = f"""\
key = {key_of(item)}
letters = [x.strip().lower() for x in answer]
followers = set(zip(key, key[1:]))
share = sum(pair in followers for pair in zip(letters, letters[1:])) / len(followers)"""
    return [
        question(
            item, number, lettered(item, item.entries), "Give the letters in the right order."
        ),
        *answer_cells(
            item, number, f"Each letter, {span}, once, as a list.", '["b", "a", ...]', share
        ),
    ]


def match_cells(item: Any, number: int) -> list[NotebookNode]:
    """Cells of a match item."""
    _, span = letters_of(item)
    places = len(item.pairs)
    share = f"""\
key = {key_of(item)}
letters = [x.strip().lower() for x in answer]
share = sum(a == b for a, b in zip(letters, key)) / len(key)"""
    rows = "\n".join(f"{place}. {pair.left.strip()}" for place, pair in enumerate(item.pairs, 1))
    rights = lettered(item, [pair.right for pair in item.pairs])
    return [
        question(
            item,
            number,
            rows,
            rights,
            "Give one letter for each row, from the first row to the last.",
        ),
        *answer_cells(
            item, number, f"{places} letters, {span}, as a list.", '["b", "a", ...]', share
        ),
    ]


def code_cells(item: Any, number: int) -> list[NotebookNode]:
    """Starter, an example without points that Validate reports, and all cases behind the points.

    The example has a cell of its own: where it fails, the other cases still earn their points. A
    function
    that gives what its starter gives counts as blank, as the starter may be right in a case such
    as zero.
    """
    first = item.cases[0]
    call = f"{item.function}({', '.join(map(repr, first.args))})"
    values = first.expected if isinstance(first.expected, list) else [first.expected]
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        same = (
            f"np.shape(_got) == {shape_of(first.expected)} and np.allclose(_got,"
            f" {first.expected!r}, rtol={first.tolerance!r}, atol={first.tolerance * 1e-3!r})"
        )
    else:
        same = f"_got == {first.expected!r}"
    example = [
        "# The example. After you hand in, more cases are tried; each counts the same.",
        f"_got = {call}",
        must(
            "_got is not None", f"Question {number} is still empty: the function returns nothing."
        ),
        f"assert {same}, {f'Question {number}: expected {first.expected!r}, got '!r} + repr(_got)",
    ]
    share = f"""\
import contextlib, copy, io, math, warnings
from numbers import Real

{plain_source(as_float)}
{plain_source(equal)}
cases = {[(case.args, case.expected, case.tolerance) for case in item.cases]!r}

def results(function):
    values = []
    for arguments, _, _ in cases:
        # A warning would stand on stderr, and nbgrader gives nothing for a cell with stderr.
        with contextlib.redirect_stdout(io.StringIO()), \
contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                value = function(*copy.deepcopy(arguments))
                values.append(value.tolist() if hasattr(value, "tolist") else value)
            except Exception:
                values.append(...)
    return values

handed_out = dict(globals())
exec({item.starter!r}, handed_out)
got = results(answer)
is_blank = repr(got) == repr(results(handed_out[{item.function!r}]))
right = sum(equal(value, expected, tolerance) for value, (_, expected, tolerance) in zip(got, \
cases))
share = 0.0 if is_blank else right / len(cases)"""
    solution = (
        f"{item.starter.strip()}\n### BEGIN SOLUTION\n{item.solution.strip()}\n### END SOLUTION"
    )
    return [
        question(item, number, f"For example, `{call}` should give `{first.expected!r}`."),
        code(solution, f"{cell_id(item)}-answer", solution=True),
        code("\n".join(example), f"{cell_id(item)}-example", grade=True, locked=True, points=0),
        graded_cell(
            item, "# All cases count here; one that raises an error counts as not solved.", share
        ),
    ]


def plain_source(function: Callable[..., Any]) -> str:
    """Return the source of a function as a notebook can hold it: without annotations, whose names
    it would have to import.
    """
    text = inspect.getsource(function)
    [node] = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    node.returns = None
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        argument.annotation = None
    first = node.body[0].lineno - 1  # the signature may take several lines
    head = f"def {node.name}({ast.unparse(node.args)}):"
    return "\n".join([head, *text.splitlines()[first:], ""])


def shape_of(value: Any) -> tuple[int, ...]:
    """Return what np.shape gives for a number or for lists of equal length; without numpy."""
    if not isinstance(value, list):
        return ()
    return (len(value), *(shape_of(value[0]) if value else ()))


def text_cells(item: Any, number: int) -> list[NotebookNode]:
    """Answer that a person reads, and beside it the rubric, which only the marker's version
    shows.
    """
    rubric = "\n".join(
        f"# [ ] {counted(row.points)}: {' '.join(with_facts(row.criterion).split())}"
        for row in item.rubric
    )
    marker = (
        f"# A person reads the answer above ({counted(item.points)}).\n"
        f"### BEGIN HIDDEN TESTS\n{rubric}\n### END HIDDEN TESTS"
    )
    return [
        question(item, number, "Write in the cell below. A person reads it."),
        markdown(
            f"### BEGIN SOLUTION\n{with_facts(item.sample).strip()}\n### END SOLUTION",
            cell_id(item),
            grade=True,
            solution=True,
            points=item.points,
        ),
        code(marker, f"{cell_id(item)}-rubric", grade=True, locked=True, points=0),
    ]


CELLS = {
    "choice": choice_cells,
    "choices": choices_cells,
    "number": number_cells,
    "order": order_cells,
    "match": match_cells,
    "code": code_cells,
    "text": text_cells,
}


def still_empty(items: Sequence[Any]) -> str:
    """Locked cell at the end that prints which questions have no answer yet, and where to look
    oneself.
    """
    numbered = list(enumerate(items, 1))
    answers = [
        f"    {number}: globals().get({answer_name(item)!r}),"
        for number, item in numbered
        if item.kind not in ("code", "text")
    ]
    lines = [
        "# What is still empty? This cell only looks; it hands nothing in.",
        "_answers = {",
        *answers,
        "}",
        "_empty = [str(_number) for _number, _answer in _answers.items() if _answer is None]",
        f'print("{STILL_EMPTY}" + ", ".join(_empty) if _empty else "{NONE_EMPTY}")',
    ]
    if any(is_personalised(item) for item in items):
        lines.append(f'if not isinstance(globals().get({NAME!r}), str):\n    print("{NO_NAME}")')
    lines += [f'print("{line}")' for line in look_yourself(items)]
    return "\n".join(lines)


STILL_EMPTY = "Still empty: question "
NONE_EMPTY = "Each question that asks for letters or a number has an answer."
NO_NAME = "Your name is still missing in the cell near the top."
WRITE_NAME = "Write your name in quotes in the cell above."
NAME_FIRST = "First write your name in the cell near the top, run it, and come back."
YOUR_NUMBERS = "Your numbers are those of"


def look_yourself(items: Sequence[Any]) -> Iterator[str]:
    """Return the lines on questions that the last cell cannot check."""
    look = {
        kind: ", ".join(str(number) for number, item in enumerate(items, 1) if item.kind == kind)
        for kind in ("code", "text")
    }
    if look["code"]:
        yield f"Look for yourself whether the example comes out in question {look['code']}."
    if look["text"]:
        yield f"Look for yourself whether there is text in question {look['text']}."


def printed_by(bank: Bank, cell_name: str, values: Mapping[str, Any], key: str) -> str | None:
    """Return what an ungraded cell of a source notebook prints, without executing it.

    cell_name : id of a locked cell that `source_notebook` made from the bank
    values    : variable -> plain value at that point of the notebook
    key       : the variant key that the quiz was handed out with
    returns   : text, or None where the cell calls a student's function and has to be executed
    raises    : ValueError for a name from which no numbers follow
    """
    items = bank.used_for("graded")
    name = values.get(NAME)
    if cell_name == f"{bank.chapter}-name-check":
        if not isinstance(name, str):
            return f"{WRITE_NAME}\n"
        return f"{YOUR_NUMBERS} {name.strip().lower()!r}\n"
    if cell_name == f"{bank.chapter}-still-empty":
        empty = [
            str(number)
            for number, item in enumerate(items, 1)
            if item.kind not in ("code", "text") and values.get(answer_name(item)) is None
        ]
        lines = [STILL_EMPTY + ", ".join(empty) if empty else NONE_EMPTY]
        lines += [NO_NAME] * (any(map(is_personalised, items)) and not isinstance(name, str))
        return "".join(f"{line}\n" for line in (*lines, *look_yourself(items)))
    for item in items:
        if cell_name == f"{cell_id(item)}-numbers":
            if not isinstance(name, str):
                return f"{NAME_FIRST}\n"
            numbers = numbers_of(name, item.id, *numbers_arguments(item), key)
            return "".join(f"{place} = {value}\n" for place, value in numbers.items())
        if cell_name == f"{cell_id(item)}-example":
            return None
    return ""
