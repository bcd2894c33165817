"""Scores one submission: its cells run in a sandbox, and points are computed here, where no student code runs.

Submission in, Outcome out. This module reads and writes no file and no gradebook.
"""

import base64
import binascii
import json
import time
from functools import lru_cache
from pathlib import PurePosixPath

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, determine_grade

from ...quiz import mark
from ...quiz.variants import variant
from ..assignment_source.notebooks import NAME, answer_name, is_personalised
from ..sandbox.session import SandboxCrashed, SandboxUnavailable, SessionEnded
from .answers import is_missing, literal_answers, read_answer, recorded
from .records import CellScore, Outcome
from .submission import (
    InvalidSubmission,
    overwrite_locked_cells,
    replace_surrogates,
    strip_hidden_tests,
    terminal_safe,
)

ATTEMPTS = 3
SHOWN = ("text/plain", "text/latex", "image/png", "image/jpeg")


def grade_submission(assignment, submission, sandbox):
    """Run and mark one submission.

    paper      : Paper
    submission : Submission
    sandbox    : Sandbox that nobody else uses; needed only where the answers are not literals
    returns    : Outcome, refused or marked, or failed where the machine let it down three times or the grader has a fault
    """
    for _ in range(ATTEMPTS):
        try:
            return grade_once(assignment, submission, sandbox)
        except SandboxCrashed as error:
            why = f"the sandbox crashed {ATTEMPTS} times ({error}); does this machine have too little memory?"
        except SandboxUnavailable:
            raise
        except (
            Exception
        ) as error:  # a fault of the grader costs this submission's marking, and nobody else's
            why = f"the grader itself failed on it ({type(error).__name__}: {terminal_safe(str(error))[:200]}); please report this"
            break
    return Outcome(
        submission.student, submission.quiz, "failed", why, timestamp=submission.timestamp
    )


def grade_once(assignment, submission, sandbox):
    start = time.perf_counter()
    try:
        cells, repairs, tampering = overwrite_locked_cells(assignment, submission.notebook)
    except InvalidSubmission as error:
        return Outcome(
            submission.student,
            submission.quiz,
            "rejected",
            str(error),
            timestamp=submission.timestamp,
        )
    grader = choose_grader(assignment, cells, submission, sandbox)
    grader.student = submission.student
    try:
        for cell in cells:
            if cell.cell_type == "code":
                grader.process_cell(cell)
        tampering += grader.check_student_name()
    finally:
        ended = grader.finish()
    scores, comments = scores_of(cells, assignment)
    return Outcome(
        submission.student,
        submission.quiz,
        "graded",
        scores=scores,
        comments=comments,
        notebook=notebook_text(assignment, cells),
        files=files_of(assignment, submission),
        timestamp=submission.timestamp,
        repairs=(*submission.repairs, *repairs, *grader.repairs),
        violations=tuple(tampering + ([ended] if ended else [])),
        tests_in_kernel=tuple(grader.tests_in_kernel),
        used_kernel=isinstance(grader, SandboxGrader),
    ).with_seconds(time.perf_counter() - start)


def files_of(assignment, submission):
    """The student's files and the instructor's, which win: over one of the same name, and over one that stands in their way."""
    places = {str(above) for name in assignment.files for above in PurePosixPath(name).parents}
    kept = {
        name: data
        for name, data in submission.files.items()
        if name not in places
        and not any(str(above) in assignment.files for above in PurePosixPath(name).parents)
    }
    return kept | assignment.files


def choose_grader(assignment, cells, submission, sandbox):
    """Where the answers come from: read off the page where all of them are literals, else from a sandbox."""
    literals = {}
    if all(
        cell.of is None
        or not cell.of.grade
        or cell.of.name in assignment.items
        or not cell.of.is_test
        or not cell.of.points
        for cell in cells
    ):
        for cell in cells:
            if cell.cell_type != "code" or (cell.of is not None and not cell.of.solution):
                continue
            values = literal_answers(cell.source)
            if values is None or any(not name.startswith("answer_") for name in values):
                break
            literals[id(cell)] = values
        else:
            return LiteralGrader(assignment, literals)
    return SandboxGrader(assignment, sandbox, submission)


class Grader:
    """Does the cells of one notebook in order; what is common to both ways."""

    ended = ""  # why the submission ended early

    def __init__(self, assignment):
        self.assignment, self.repairs, self.tests_in_kernel, self.count = assignment, [], [], 0

    def process_cell(self, cell):
        self.count += 1
        cell.count = self.count
        item = (
            self.assignment.items.get(cell.of.name)
            if cell.of is not None and cell.of.is_test
            else None
        )
        if item is not None:
            self.mark(cell, item)
        else:
            self.run(cell)

    def mark(self, cell, item):
        """Points of an item as the output that nbgrader reads, below what its visible check says."""
        written = self.answer(item)
        item = variant(
            item, self.student, self.assignment.course
        )  # by who handed in, whatever name the notebook holds
        cell.outputs, holds = run_form_check(
            strip_hidden_tests(cell.of.source), answer_name(item), written, self.count
        )
        answer = None if is_missing(written) else self.answer_for_marking(item, written)
        points = mark(item, answer).points
        cell.record = recorded(item, answer)
        if holds and is_missing(written) and not self.ended:
            cell.outputs.append(name_error_output(answer_name(item), cell.of.source, self.count))
        elif holds:
            cell.outputs.append(result_output(points, self.count))

    def check_student_name(self):
        """A line where the notebook took its numbers from another name than that of whoever handed it in."""
        own = [item for item in self.assignment.items.values() if is_personalised(item)]
        written = self.value(NAME) if own else {"$": "missing"}
        name = (
            None
            if is_missing(written)
            else written.value
            if isinstance(written, LiteralValue)
            else read_answer(written)
        )
        if name is None or str(name).strip().lower() == self.student.strip().lower():
            return []
        return [
            f"the notebook holds the name {str(name)[:40]!r}, so {len(own)} of its questions showed the numbers of somebody else and were marked with those of '{self.student}'"
        ]

    def answer_for_marking(self, item, written):
        """The answer in the form that `quiz.mark` takes. A function that does what its starter does is a blank."""
        if item.kind == "code" and (written is None or written == self.starter_result(item)):
            return None
        return read_answer(written)

    def finish(self):
        return ""


class LiteralGrader(Grader):
    """For a notebook in which every answer is a literal: no process is needed."""

    def __init__(self, assignment, literals):
        super().__init__(assignment)
        self.literals, self.names = literals, {}

    def run(self, cell):
        if id(cell) in self.literals:
            self.names |= self.literals[id(cell)]
        elif cell.of is not None:  # locked, so the instructor's own words
            cell.outputs, _ = run_trusted(
                strip_hidden_tests(cell.of.source), self.names, self.count
            )

    def answer(self, item):
        return self.value(answer_name(item))

    def value(self, name):
        return LiteralValue(self.names[name]) if name in self.names else {"$": "missing"}

    def answer_for_marking(self, item, written):
        return written.value


class LiteralValue:
    """A value read off the page."""

    def __init__(self, value):
        self.value = value


class SandboxGrader(Grader):
    """Runs cells in a sandbox; for a submission that ended early the rest stays without an answer."""

    def __init__(self, assignment, sandbox, submission):
        super().__init__(assignment)
        self.sandbox = sandbox
        self.starters = starter_results(assignment, sandbox)
        self.session = sandbox.start(files_of(assignment, submission))

    def run(self, cell):
        is_test = cell.of is not None and cell.of.is_test
        if is_test and cell.of.points:
            self.tests_in_kernel.append(cell.of.name)
            source = cell.source
        else:
            source = strip_hidden_tests(cell.source) if is_test else cell.source
        try:
            outputs, _, interrupted = self.session.run(source)
        except SessionEnded as error:
            cell.outputs = [error_output("Ended", str(error), self.count)]
            self.ended = str(error)
            return
        cell.outputs = sanitise_outputs(outputs, self.count)
        if is_test and not cell.of.points:
            cell.outputs = [
                output for output in cell.outputs if output["output_type"] != "execute_result"
            ]
        if interrupted:
            self.repairs.append(
                f"the cell '{cell.of.name if cell.of else 'of the student'}' was stopped after {self.sandbox.limits.cell_seconds:g} s"
            )

    def answer(self, item):
        try:
            if item.kind == "code":
                return self.session.results(item.function, [case.args for case in item.cases])
        except SessionEnded as error:
            self.ended = str(error)
            return {"$": "missing"}
        return self.value(answer_name(item))

    def value(self, name):
        try:
            return self.session.value(name)
        except SessionEnded as error:
            self.ended = str(error)
            return {"$": "missing"}

    def starter_result(self, item):
        return self.starters[item.id]

    def finish(self):
        return self.session.end() or self.ended


def starter_results(assignment, sandbox):
    """Item id -> what the starter of each code item returns; found out once per sandbox and assignment."""
    known = sandbox.__dict__.setdefault("blanks", {})
    key = (assignment.quiz, assignment.name, tuple(cell.checksum for cell in assignment.cells))
    if key not in known:
        found = {}
        for item in assignment.items.values():
            if item.kind != "code":
                continue
            session = sandbox.start()
            try:
                for cell in assignment.cells:
                    if cell.cell_type == "code" and cell.locked and not cell.grade:
                        session.run(cell.source)
                session.run(item.starter)
                found[item.id] = session.results(item.function, [case.args for case in item.cases])
            finally:
                session.end()
        known[key] = found
    return known[key]


# What the instructor's own lines say about an answer


@lru_cache(maxsize=4096)
def compiled(source):
    return compile(source, "<check>", "exec")


def run_form_check(source, name, written, count):
    """(outputs, whether it holds) of a visible check, run here on the plain value of the answer."""
    if isinstance(written, LiteralValue):
        names = {name: written.value}
    else:
        names = {} if is_missing(written) else {name: read_answer(written)}
    return run_trusted(source, names, count)


def run_trusted(source, names, count):
    """(outputs, whether it holds) of lines of the instructor, with names bound to plain values."""
    printed = []

    def collect(*values, sep=" ", end="\n"):
        printed.append(str(sep).join(map(str, values)) + str(end))

    try:
        exec(compiled(source), {**names, "print": collect})
        outputs, holds = [], True
    except Exception as error:
        outputs, holds = (
            [error_output(type(error).__name__, str(error), count, line_of(error, source))],
            False,
        )
    text = "".join(printed)
    return (
        [{"output_type": "stream", "name": "stdout", "text": text}] if text else []
    ) + outputs, holds


def line_of(error, source):
    trace, line = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<check>":
            line = f"line {trace.tb_lineno}\n    {source.splitlines()[trace.tb_lineno - 1].strip()}"
        trace = trace.tb_next
    return line


def error_output(kind, text, count, line=""):
    place = [f"  Cell In[{count}], {line}\n"] if line else []
    trace = ["Traceback (most recent call last):\n", *place, f"{kind}: {text}\n"]
    return {"output_type": "error", "ename": kind, "evalue": text, "traceback": trace}


def name_error_output(name, source, count):
    """What Python says where the check calls what the student never defined: whoever marks by hand sees why there is no point."""
    line = next(
        (
            f"line {number}\n    {text}"
            for number, text in enumerate(source.splitlines(), 1)
            if text.startswith("_points(")
        ),
        "",
    )
    return error_output("NameError", f"name '{name}' is not defined", count, line)


def result_output(points, count):
    return {
        "output_type": "execute_result",
        "data": {"text/plain": repr(float(points))},
        "metadata": {},
        "execution_count": count,
    }


def sanitise_outputs(outputs, count):
    """Outputs reported by a sandbox, reduced to text and pictures: nothing in them can run in a browser."""
    kept = []
    for output in outputs[:1000]:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream" and isinstance(output.get("text"), str):
            kept.append(
                {
                    "output_type": "stream",
                    "name": "stderr" if output.get("name") == "stderr" else "stdout",
                    "text": replace_surrogates(output["text"]),
                }
            )
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {
                mime: replace_surrogates(text)
                for mime, text in output["data"].items()
                if mime in SHOWN and isinstance(text, str) and holds(mime, text)
            }
            if data:
                extra = {"execution_count": count} if kind == "execute_result" else {}
                kept.append({"output_type": kind, "data": data, "metadata": {}} | extra)
        elif kind == "error":
            lines = output.get("traceback")
            lines = (
                [replace_surrogates(line) for line in lines if isinstance(line, str)]
                if isinstance(lines, list)
                else []
            )
            kept.append(
                {
                    "output_type": "error",
                    "ename": replace_surrogates(str(output.get("ename"))[:200]),
                    "evalue": replace_surrogates(str(output.get("evalue"))[:4000]),
                    "traceback": lines,
                }
            )
    return kept


def holds(mime, text):
    if not mime.startswith("image/"):
        return True
    try:
        base64.b64decode("".join(text.split()), validate=True)
        return True
    except (binascii.Error, ValueError):
        return False


# The graded notebook, and the marks that nbgrader would read from it


def scores_of(cells, assignment):
    """Marks and comments as nbgrader's own rules read them from the graded cells."""
    scores, comments = {}, {}
    for cell in cells:
        if cell.of is None or not cell.of.name:
            continue
        node = None
        if cell.of.grade:
            node = as_node(cell)
            try:
                auto, most = determine_grade(node)
            except (ValueError, KeyError):  # a hand-written test said more than there is to have
                auto, most = 0.0, cell.of.points
            scores[cell.of.name] = CellScore(
                None if auto is None else min(max(float(auto), 0.0), most), auto is None
            )
        if cell.of.solution or cell.of.task:
            unchanged = not cell.of.task and cell.of.checksum == compute_checksum(
                node or as_node(cell)
            )
            comments[cell.of.name] = "No response." if unchanged else None
    return scores, comments


def as_node(cell):
    return NotebookNode(
        {
            "cell_type": cell.cell_type,
            "source": cell.source,
            "metadata": NotebookNode({"nbgrader": NotebookNode(nbgrader_metadata(cell.of))}),
            "outputs": [NotebookNode(output) for output in cell.outputs],
        }
    )


def nbgrader_metadata(of):
    role = {
        "grade": of.grade,
        "grade_id": of.name,
        "locked": of.locked,
        "schema_version": 3,
        "solution": of.solution,
        "task": of.task,
    }
    role |= {"cell_type": of.cell_type, "checksum": of.checksum}
    return role | ({"points": of.points} if of.points is not None else {})


def notebook_text(assignment, cells):
    """The graded notebook as text; its form is that of nbformat 4.5."""
    written, used = [], set()
    for number, cell in enumerate(cells):
        name = (cell.of.name if cell.of is not None else "")[:64]
        identity = name if name and name not in used else f"own-{number}"
        used.add(identity)
        node = {"cell_type": cell.cell_type, "id": identity, "metadata": {}, "source": cell.source}
        if cell.of is not None and cell.of.name:
            node["metadata"] = {"nbgrader": nbgrader_metadata(cell.of)} | (
                {"course": cell.record} if cell.record else {}
            )
        if cell.cell_type == "code":
            node |= {"execution_count": cell.count, "outputs": cell.outputs}
        written.append(node)
    metadata = {"kernelspec": assignment.kernelspec, "language_info": {"name": "python"}}
    return json.dumps(
        {"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5},
        ensure_ascii=False,
        indent=1,
    )
