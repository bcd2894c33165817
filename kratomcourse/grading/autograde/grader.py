"""Scores one submission: its cells run in a sandbox, and points are computed here.

Submission in, Outcome out; no file and no gradebook is touched, and no cell of anyone is executed
in this process. What the course generated is evaluated from its data (`form_checks`), everything
else runs in the sandbox.
"""

import base64
import binascii
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, determine_grade

from ...quiz import mark
from ...quiz.variants import variant
from ..assignment_source.form_checks import MISSING, form_checks, run_form_checks
from ..assignment_source.notebooks import NAME, answer_name, is_personalised, printed_by
from ..sandbox.session import (
    LIGHT_PRELOAD,
    PRELOAD,
    Sandbox,
    SandboxCrashed,
    SandboxSession,
    SandboxUnavailable,
    SessionEnded,
)
from .answers import is_missing, literal_answers, read_answer, recorded
from .names import replace_surrogates, terminal_safe
from .records import (
    Assignment,
    AssignmentNotebook,
    CellScore,
    NotebookOutcome,
    Outcome,
    SourceCell,
    Submission,
)
from .regular_files import InvalidSubmission
from .submission import Cell, instructors_files_win, overwrite_locked_cells, strip_hidden_tests

Output = dict[str, Any]

ATTEMPTS = 3
FIGURES = re.compile(r"pandas|plot|pylab|scipy|seaborn|sklearn|statsmodels")
SHOWN = ("text/plain", "text/latex", "image/png", "image/jpeg")
MOST_OUTPUTS = 1000  # of one cell


def grade_submission(
    assignment: Assignment, submission: Submission, sandbox: Sandbox | None
) -> Outcome:
    """Run and score one submission.

    sandbox : that nobody else uses; needed only where the answers are not all literals
    returns : an outcome in any case; failed where the sandbox crashed three times, or where the
              grader itself has a fault: that costs this submission its scores, and no other
    raises  : SandboxUnavailable where the machine cannot run any submission
    """
    why = ""
    for _ in range(ATTEMPTS):
        try:
            return grade_once(assignment, submission, sandbox)
        except InvalidSubmission as error:
            return not_graded(submission, "rejected", str(error))
        except SandboxCrashed as error:
            why = (
                f"the sandbox crashed {ATTEMPTS} times ({error});"
                " does this machine have too little memory?"
            )
        except SandboxUnavailable:
            raise
        except Exception as error:
            return not_graded(submission, "failed", grader_fault(error))
    return not_graded(submission, "failed", why)


def grader_fault(error: BaseException) -> str:
    """Return the line for an exception that a submission caused in the grader."""
    said = terminal_safe(str(error))[:200]
    return f"the grader itself failed on it ({type(error).__name__}: {said}); please report this"


def not_graded(submission: Submission, state: Any, why: str) -> Outcome:
    """Return the outcome of a submission without scores."""
    return Outcome(submission.student, submission.quiz, state, why, timestamp=submission.timestamp)


def grade_once(assignment: Assignment, submission: Submission, sandbox: Sandbox | None) -> Outcome:
    """Return the outcome of a submission; raises what `grade_submission` turns into one."""
    start = time.perf_counter()
    files = instructors_files_win(dict(submission.files), dict(assignment.files))
    graded = [
        grade_notebook(
            notebook, submission.student, submission.notebooks[notebook.name], files, sandbox
        )
        if notebook.name in submission.notebooks
        else NotebookOutcome(notebook.name, "", nothing_handed_in(notebook), used_kernel=False)
        for notebook in assignment.notebooks
    ]
    return Outcome(
        submission.student,
        submission.quiz,
        "graded",
        notebooks=tuple(graded),
        files=files,
        timestamp=submission.timestamp,
        repairs=(*submission.repairs, *(line for one in graded for line in one.repairs)),
        violations=tuple(line for one in graded for line in one.violations),
    ).with_seconds(time.perf_counter() - start)


def nothing_handed_in(notebook: AssignmentNotebook) -> dict[str, CellScore]:
    """Return zeros for a notebook that is missing, as nbgrader gives them."""
    return {cell.name: CellScore(0.0) for cell in notebook.cells if cell.grade or cell.task}


def grade_notebook(
    notebook: AssignmentNotebook,
    student: str,
    content: bytes,
    files: Mapping[str, bytes],
    sandbox: Sandbox | None,
) -> NotebookOutcome:
    """Run and score one notebook of a submission.

    content : bytes of the notebook handed in
    files   : the student's and the instructor's other files, which the cells see
    raises  : InvalidSubmission, SandboxCrashed
    """
    overlaid = overwrite_locked_cells(notebook, content)
    cells = overlaid.cells
    grader = choose_grader(notebook, student, cells, files, sandbox)
    try:
        for cell in cells:
            if cell.cell_type == "code":
                grader.process_cell(cell)
        grader.check_student_name()
    finally:
        ended = grader.finish()
    scores, comments = scores_of(cells)
    return NotebookOutcome(
        notebook.name,
        notebook_text(notebook, cells),
        scores,
        comments,
        repairs=(*overlaid.repairs, *grader.repairs),
        violations=(*overlaid.tampering, *grader.violations, *([ended] if ended else [])),
        tests_in_kernel=tuple(grader.tests_in_kernel),
        used_kernel=isinstance(grader, SandboxGrader),
    )


def choose_grader(
    notebook: AssignmentNotebook,
    student: str,
    cells: Sequence[Cell],
    files: Mapping[str, bytes],
    sandbox: Sandbox | None,
) -> "Grader":
    """Return a grader that reads literals, where all answers are literals and every other code
    cell is one that the course generated; else one that runs the notebook in the sandbox."""
    literals: dict[int, dict[str, Any]] = {}
    for cell in cells:
        if cell.cell_type != "code":
            continue
        if cell.of is not None and not cell.of.solution:
            if cell.of.name in notebook.generated:
                continue
            break
        values = literal_answers(cell.source)
        if values is None or any(not name.startswith("answer_") for name in values):
            break
        literals[id(cell)] = values
    else:
        if not any(item.kind == "code" for item in notebook.items.values()):
            return LiteralGrader(notebook, student, literals)
    if sandbox is None:
        raise SandboxUnavailable("a sandbox is needed for this notebook")
    return SandboxGrader(notebook, student, cells, sandbox, files)


def packages_for(cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return what the warm interpreter should import before these cells run.

    Only the time depends on it: what is not imported before, the cells import themselves.
    """
    uses_figures = any(cell.cell_type == "code" and FIGURES.search(cell.source) for cell in cells)
    return PRELOAD if uses_figures else LIGHT_PRELOAD


class Grader:
    """Processes the cells of one notebook in order; what both ways have in common."""

    def __init__(self, notebook: AssignmentNotebook, student: str) -> None:
        self.notebook, self.student = notebook, student
        self.ended = ""  # why the submission ended early
        self.repairs: list[str] = []
        self.violations: list[str] = []
        self.tests_in_kernel: list[str] = []
        self.count = 0

    def run(self, cell: Cell) -> None:
        """Do what a cell does that no bank item scores."""
        raise NotImplementedError

    def value(self, name: str) -> Any:
        """Return the plain value of a variable, or MISSING."""
        raise NotImplementedError

    def case_results(self, item: Any) -> Any:
        """Return what a function returns for each case, MISSING, or None for a blank."""
        raise NotImplementedError

    def finish(self) -> str:
        """Release what was used; returns why the submission ended early, if it did."""
        return self.ended

    def process_cell(self, cell: Cell) -> None:
        """Run or score one code cell."""
        self.count += 1
        cell.count = self.count
        is_test = cell.of is not None and cell.of.is_test
        item = self.notebook.items.get(cell.of.name) if cell.of is not None and is_test else None
        if item is None:
            self.run(cell)
        else:
            self.score(cell, item)

    def score(self, cell: Cell, item: Any) -> None:
        """Write the points of an item as the output that nbgrader reads, below its visible
        check.
        """
        name = answer_name(item)
        answer = self.case_results(item) if item.kind == "code" else self.value(name)
        given = None if answer is MISSING else answer
        # By who handed in, whatever name the notebook holds.
        own = variant(item, self.student, self.notebook.variant_key)
        checks = form_checks(item, self.question_number(item), name)
        form = run_form_checks(checks, name, answer)
        if form.printed:
            cell.outputs.append(stream_output(form.printed))
        points = mark(own, given).points
        cell.record = recorded(own, given)
        if form.error:
            line = f"line {form.line}\n    {form.source}"
            cell.outputs.append(error_output(form.error, form.message, self.count, line))
        elif answer is MISSING and not self.ended:
            source = cell.of.source if cell.of is not None else ""
            cell.outputs.append(name_error_output(name, source, self.count))
        else:
            cell.outputs.append(result_output(points or 0.0, self.count))

    def question_number(self, item: Any) -> int:
        """Return the number of a question in its notebook, from 1."""
        graded = self.notebook.bank.used_for("graded") if self.notebook.bank else []
        return next((at for at, one in enumerate(graded, 1) if one.id == item.id), 0)

    def check_student_name(self) -> None:
        """Note where the notebook's numbers are not those of the student who submitted it."""
        own = [item for item in self.notebook.items.values() if is_personalised(item)]
        if not own or self.ended:
            return
        name = self.value(NAME)
        if name is None or name is MISSING:
            self.repairs.append(
                f"no name was written in the cell near the top; {len(own)} questions were scored"
                f" with the numbers of '{self.student}', worth"
                f" {sum(item.points for item in own):g} points"
            )
        elif str(name).strip().lower() != self.student.strip().lower():
            self.violations.append(
                f"the notebook holds the name {str(name)[:40]!r}, so {len(own)} of its questions"
                " showed the numbers of someone else and were scored with those of"
                f" '{self.student}'"
            )


class LiteralGrader(Grader):
    """For a notebook in which every answer is a literal: no process is needed, and nothing runs."""

    def __init__(
        self, notebook: AssignmentNotebook, student: str, literals: Mapping[int, dict[str, Any]]
    ) -> None:
        super().__init__(notebook, student)
        self.literals = literals
        self.names: dict[str, Any] = {}

    def run(self, cell: Cell) -> None:
        """Take the values of an answer cell, or print what a generated cell prints."""
        if id(cell) in self.literals:
            self.names |= self.literals[id(cell)]
        elif cell.of is not None and self.notebook.bank is not None:
            try:
                printed = printed_by(
                    self.notebook.bank, cell.of.name, self.names, self.notebook.variant_key
                )
            except ValueError as error:  # a name that cannot be encoded
                line = terminal_safe(str(error))[:200]
                cell.outputs = [error_output(type(error).__name__, line, self.count)]
                return
            cell.outputs = [stream_output(printed)] if printed else []

    def value(self, name: str) -> Any:
        """Return the literal that a variable was given."""
        return self.names.get(name, MISSING)


class SandboxGrader(Grader):
    """Runs cells in a sandbox; after an early end the remaining answers count as missing."""

    def __init__(
        self,
        notebook: AssignmentNotebook,
        student: str,
        cells: Sequence[Cell],
        sandbox: Sandbox,
        files: Mapping[str, bytes],
    ) -> None:
        super().__init__(notebook, student)
        self.sandbox = sandbox
        sandbox.ensure(packages_for(cells))
        self.starters = starter_results(notebook, sandbox)
        self.output_left = sandbox.limits.output_kb << 10  # characters that are kept
        self.session = sandbox.start(files)

    def run(self, cell: Cell) -> None:
        """Run one cell and keep its outputs, up to a size for the whole submission."""
        is_test = cell.of is not None and cell.of.is_test
        source = cell.source
        has_points = is_test and cell.of is not None and bool(cell.of.points)
        if cell.of is not None and has_points:
            self.tests_in_kernel.append(cell.of.name)
        elif is_test:
            source = strip_hidden_tests(source, self.notebook.hidden_marks)
        try:
            done = self.session.run(source)
        except SessionEnded as error:
            cell.outputs = [error_output("SessionEnded", str(error), self.count)]
            self.ended = str(error)
            return
        cell.outputs, self.output_left = fitting(
            sanitise_outputs(done.outputs, self.count), self.output_left
        )
        if is_test and not has_points:
            cell.outputs = [
                output for output in cell.outputs if output["output_type"] != "execute_result"
            ]
        if has_points and not done.success and not any(map(is_error, cell.outputs)):
            cell.outputs.append(
                error_output("ExecutionFailed", "the cell failed without saying so", self.count)
            )
        if done.interrupted:
            which = f"the cell '{cell.of.name}'" if cell.of is not None else "a cell of the student"
            self.violations.append(
                f"{which} was stopped after {self.sandbox.limits.cell_seconds:g} s"
            )

    def value(self, name: str) -> Any:
        """Return the plain value of a variable of the student's kernel."""
        return self.asked(lambda: self.session.value(name))

    def case_results(self, item: Any) -> Any:
        """Return what a function returns; one that does what its starter does is a blank."""
        cases = [case.args for case in item.cases]
        written: Any = None

        def ask() -> Any:
            nonlocal written
            written = self.session.results(item.function, cases)
            return written

        answer = self.asked(ask)
        if answer is MISSING:
            return MISSING
        return None if written is None or written == self.starters[item.id] else answer

    def asked(self, ask: Any) -> Any:
        """Return the plain value of a reply; MISSING for a missing name or an ended session."""
        if self.ended:
            return MISSING
        try:
            written = ask()
        except SessionEnded as error:
            self.ended = str(error)
            return MISSING
        return MISSING if is_missing(written) else read_answer(written)

    def finish(self) -> str:
        """End the session."""
        return self.session.end() or self.ended


def starter_results(notebook: AssignmentNotebook, sandbox: Sandbox) -> dict[str, Any]:
    """Return, by item id, what the starter of each code item returns.

    Found out once for a sandbox and a notebook, in sessions without any student's cell.
    """
    known: dict[Any, dict[str, Any]] = sandbox.starter_results
    key = (notebook.quiz, notebook.name, tuple(cell.checksum for cell in notebook.cells))
    if key not in known:
        found = {}
        for item in notebook.items.values():
            if item.kind != "code":
                continue
            session = sandbox.start()
            try:
                run_locked_cells(notebook, session)
                session.run(item.starter)
                found[item.id] = session.results(item.function, [case.args for case in item.cases])
            finally:
                session.end()
        known[key] = found
    return known[key]


def run_locked_cells(notebook: AssignmentNotebook, session: SandboxSession) -> None:
    """Run the instructor's ungraded code cells."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.locked and not cell.grade:
            session.run(cell.source)


# Outputs


def stream_output(text: str) -> Output:
    """Return text on the standard output."""
    return {"output_type": "stream", "name": "stdout", "text": replace_surrogates(text)}


def error_output(kind: str, text: str, count: int, line: str = "") -> Output:
    """Return an exception as a notebook holds it."""
    place = [f"  Cell In[{count}], {line}\n"] if line else []
    trace = ["Traceback (most recent call last):\n", *place, f"{kind}: {text}\n"]
    return {"output_type": "error", "ename": kind, "evalue": text, "traceback": trace}


def name_error_output(name: str, source: str, count: int) -> Output:
    """Return what Python says where a check uses what the student never defined.

    A reader of the notebook then sees why there is no point.
    """
    line = next(
        (
            f"line {number}\n    {text}"
            for number, text in enumerate(source.splitlines(), 1)
            if text.startswith("_points(")
        ),
        "",
    )
    return error_output("NameError", f"name '{name}' is not defined", count, line)


def result_output(points: float, count: int) -> Output:
    """Return points as the result of a cell, from which nbgrader reads them."""
    return {
        "output_type": "execute_result",
        "data": {"text/plain": repr(float(points))},
        "metadata": {},
        "execution_count": count,
    }


def is_error(output: Output) -> bool:
    """Whether an output is an exception."""
    return bool(output["output_type"] == "error")


def fitting(outputs: Iterable[Output], room: int) -> tuple[list[Output], int]:
    """Return the outputs that fit into what a submission may print in all, errors in any case.

    room    : characters that may still be printed
    returns : the outputs, and the characters left, below 0 after an error that went beyond
    """
    kept = []
    for output in outputs:
        size = size_of(output)
        if size <= room or is_error(output):
            room -= size
            kept.append(output)
    return kept, room


def size_of(output: Output) -> int:
    """Return the number of characters of an output."""
    texts = output.get("data", {}).values() if "data" in output else [output.get("text", "")]
    return sum(map(len, texts)) + sum(map(len, output.get("traceback", ())))


def sanitise_outputs(outputs: Iterable[Any], count: int) -> list[Output]:
    """Return outputs that a sandbox reported, reduced to text and pictures.

    Nothing in them can run in a browser, and all of it can be written to a file.
    """
    kept = []
    for output in list(outputs)[:MOST_OUTPUTS]:
        clean = sanitise_output(output, count) if isinstance(output, dict) else None
        if clean is not None:
            kept.append(clean)
    return kept


def sanitise_output(output: dict[Any, Any], count: int) -> Output | None:
    """Return one output with nothing but text and pictures; None for one that has neither."""
    kind = output.get("output_type")
    if kind == "stream" and isinstance(output.get("text"), str):
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return stream_output(output["text"]) | {"name": name}
    if kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
        data = {
            mime: replace_surrogates(text)
            for mime, text in output["data"].items()
            if mime in SHOWN and isinstance(text, str) and is_valid_data(mime, text)
        }
        extra = {"execution_count": count} if kind == "execute_result" else {}
        return {"output_type": kind, "data": data, "metadata": {}} | extra if data else None
    if kind == "error":
        lines = output.get("traceback")
        return {
            "output_type": "error",
            "ename": replace_surrogates(str(output.get("ename"))[:200]),
            "evalue": replace_surrogates(str(output.get("evalue"))[:4000]),
            "traceback": [replace_surrogates(line) for line in lines if isinstance(line, str)]
            if isinstance(lines, list)
            else [],
        }
    return None


def is_valid_data(mime: str, text: str) -> bool:
    """Whether a picture is base64; text is always valid."""
    if not mime.startswith("image/"):
        return True
    try:
        base64.b64decode("".join(text.split()), validate=True)
        return True
    except (binascii.Error, ValueError):
        return False


# The graded notebook, and the scores that nbgrader would read from it


def scores_of(cells: Iterable[Cell]) -> tuple[dict[str, CellScore], dict[str, str | None]]:
    """Return scores and comments as nbgrader's own rules read them from the graded cells."""
    scores: dict[str, CellScore] = {}
    comments: dict[str, str | None] = {}
    for cell in cells:
        of = cell.of
        if of is None or not of.name:
            continue
        if of.grade:
            try:
                auto, most = determine_grade(as_node(cell, of))
            except (ValueError, KeyError):  # a test that said more than there is to have
                auto, most = 0.0, of.points or 0.0
            score = None if auto is None else min(max(float(auto), 0.0), most)
            scores[of.name] = CellScore(score, auto is None)
        if of.grade and of.solution and cell.was_missing:
            # What the student wrote may be in a cell of their own: a person has to look.
            scores[of.name], comments[of.name] = CellScore(None, True), None
            continue
        if of.solution or of.task:
            unchanged = not of.task and of.checksum == compute_checksum(as_node(cell, of))
            comments[of.name] = "No response." if unchanged else None
    return scores, comments


def as_node(cell: Cell, of: SourceCell) -> NotebookNode:
    """Return a cell as nbgrader's functions take it."""
    return NotebookNode(
        {
            "cell_type": cell.cell_type,
            "source": cell.source,
            "metadata": NotebookNode({"nbgrader": NotebookNode(nbgrader_metadata(of))}),
            "outputs": [NotebookNode(output) for output in cell.outputs],
        }
    )


def nbgrader_metadata(of: SourceCell) -> dict[str, Any]:
    """Return the metadata of a cell as nbgrader writes it."""
    role = {
        "grade": of.grade,
        "grade_id": of.name,
        "locked": of.locked,
        "schema_version": 3,
        "solution": of.solution,
        "task": of.task,
        "cell_type": of.cell_type,
        "checksum": of.checksum,
    }
    return role | ({"points": of.points} if of.points is not None else {})


def notebook_text(notebook: AssignmentNotebook, cells: Sequence[Cell]) -> str:
    """Return the graded notebook as JSON of nbformat 4.5, which can be encoded in UTF-8."""
    written: list[dict[str, Any]] = []
    used: set[str] = set()
    for number, cell in enumerate(cells):
        name = (cell.of.name if cell.of is not None else "")[:64]
        identity = name if name and name not in used else f"own-{number}"
        used.add(identity)
        node: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": identity,
            "metadata": {},
            "source": cell.source,
        }
        if cell.of is not None and cell.of.name:
            node["metadata"] = {"nbgrader": nbgrader_metadata(cell.of)} | (
                {"course": cell.record} if cell.record else {}
            )
        if cell.cell_type == "code":
            node |= {"execution_count": cell.count, "outputs": cell.outputs}
        written.append(node)
    metadata = {"kernelspec": dict(notebook.kernelspec), "language_info": {"name": "python"}}
    text = json.dumps(
        {"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5},
        ensure_ascii=False,
        indent=1,
    )
    return replace_surrogates(text)
