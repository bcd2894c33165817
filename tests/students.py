"""Students of the tests: what each kind of student writes, and how it gets into a fetched
notebook.
"""

import nbformat

from kratomcourse.demo.student_answers import right, wrong
from kratomcourse.grading.assignment_source.notebooks import (
    NAME,
    answer_name,
    cell_id,
    is_personalised,
    personalised_solution,
)
from kratomcourse.quiz.bank import key_of

__all__ = ["partial", "right", "write_answers", "wrong"]


def partial(item):
    """Right where there is one thing to get right; else the part of it that `test_nbgrader` counts
    by hand.
    """
    key = key_of(item)
    match item.kind:
        case "choices":
            return key[:1]  # one of the right letters, and no wrong one
        case "order":
            return [*key[:-2], key[-1], key[-2]]  # the last two the wrong way round
        case "match":
            return [key[0], *key[2:], key[1]]  # the first row right, the others each one off
        case "code":
            first = item.cases[0]
            return (
                f"def {item.function}(*arguments):\n    return {first.expected!r} if "
                f"list(arguments) == {first.args!r} else 'not known'"
            )
    return right(item)


def write_answers(path, items, answers):
    """Put answers (item id -> answer) into the fetched notebook at `path`; other items stay as they
    were handed out.
    """
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    for cell in notebook.cells:
        if cell.source.endswith(f"{NAME} = None") or f"{NAME} = None\npass" in cell.source:
            cell.source = f"{NAME} = {path.parents[1].name!r}"
    for item in items:
        if item.id not in answers:
            continue
        answer = answers[item.id]
        if is_personalised(item) and answer == right(item):
            cells[
                f"{cell_id(item)}-answer"
            ].source = f"{answer_name(item)} = {personalised_solution(item)}"
        elif item.kind == "text":
            cells[cell_id(item)].source = answer
        else:
            cells[f"{cell_id(item)}-answer"].source = (
                answer if item.kind == "code" else f"{answer_name(item)} = {answer!r}"
            )
    nbformat.write(notebook, path)
