"""Marking outside: the student's cells run in a room, and the points are given here, where no student's code is.

Room in, Outcome out. This module reads and writes no file and no gradebook.
"""

import base64
import binascii
import json
import time
from functools import lru_cache
from pathlib import PurePosixPath

from nbgrader.utils import compute_checksum, determine_grade
from nbformat import NotebookNode

from ..quiz import mark
from ..quiz.variants import variant
from .answers import is_missing, literal_answers, read_answer, recorded
from .intake import Refused, lay_over, plain, visible, whole
from .records import CellMark, Outcome
from .room import Ended, NoRoom, RoomDied
from .source import NAME, answer_name, own_numbers

ATTEMPTS = 3
SHOWN = ("text/plain", "text/latex", "image/png", "image/jpeg")


def mark_submission(paper, submission, room):
    """Run and mark one submission.

    paper      : Paper
    submission : Submission
    room       : Room that nobody else uses; it is entered only where the answers are not literals
    returns    : Outcome, refused or marked, or failed where the machine let it down three times or the grader has a fault
    """
    for _ in range(ATTEMPTS):
        try:
            return marked_once(paper, submission, room)
        except RoomDied as error:
            why = f"the room died {ATTEMPTS} times ({error}); does this machine have too little memory?"
        except NoRoom:
            raise
        except (
            Exception
        ) as error:  # a fault of the grader costs this submission's marking, and nobody else's
            why = f"the grader itself failed on it ({type(error).__name__}: {plain(str(error))[:200]}); please report this"
            break
    return Outcome(
        submission.student, submission.quiz, "failed", why, timestamp=submission.timestamp
    )


def marked_once(paper, submission, room):
    start = time.perf_counter()
    try:
        cells, noted, forged = lay_over(paper, submission.notebook)
    except Refused as error:
        return Outcome(
            submission.student,
            submission.quiz,
            "refused",
            str(error),
            timestamp=submission.timestamp,
        )
    desk = desk_for(paper, cells, submission, room)
    desk.student = submission.student
    try:
        for cell in cells:
            if cell.cell_type == "code":
                desk.do(cell)
        forged += desk.other_name()
    finally:
        ended = desk.leave()
    marks, comments = marks_of(cells, paper)
    return Outcome(
        submission.student,
        submission.quiz,
        "marked",
        marks=marks,
        comments=comments,
        notebook=notebook_text(paper, cells),
        files=files_of(paper, submission),
        timestamp=submission.timestamp,
        noted=(*submission.noted, *noted, *desk.noted),
        contained=tuple(forged + ([ended] if ended else [])),
        ran_inside=tuple(desk.ran_inside),
        used_kernel=isinstance(desk, RoomDesk),
    ).with_seconds(time.perf_counter() - start)


def files_of(paper, submission):
    """The student's files and the instructor's, which win: over one of the same name, and over one that stands in their way."""
    places = {str(above) for name in paper.files for above in PurePosixPath(name).parents}
    kept = {
        name: data
        for name, data in submission.files.items()
        if name not in places
        and not any(str(above) in paper.files for above in PurePosixPath(name).parents)
    }
    return kept | paper.files


def desk_for(paper, cells, submission, room):
    """Where the answers come from: read off the page where all of them are literals, else out of a room."""
    literals = {}
    if all(
        cell.of is None
        or not cell.of.grade
        or cell.of.name in paper.items
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
            return PageDesk(paper, literals)
    return RoomDesk(paper, room, submission)


class Desk:
    """Does the cells of one notebook in order; what is common to both ways."""

    ended = ""  # why the submission ended early

    def __init__(self, paper):
        self.paper, self.noted, self.ran_inside, self.count = paper, [], [], 0

    def do(self, cell):
        self.count += 1
        cell.count = self.count
        item = (
            self.paper.items.get(cell.of.name) if cell.of is not None and cell.of.is_test else None
        )
        if item is not None:
            self.mark(cell, item)
        else:
            self.run(cell)

    def mark(self, cell, item):
        """Points of an item as the output that nbgrader reads, below what its visible check says."""
        written = self.answer(item)
        item = variant(
            item, self.student, self.paper.course
        )  # by who handed in, whatever name the notebook holds
        cell.outputs, holds = form_checked(
            visible(cell.of.source), answer_name(item), written, self.count
        )
        answer = None if is_missing(written) else self.given(item, written)
        points = mark(item, answer).points
        cell.record = recorded(item, answer)
        if holds and is_missing(written) and not self.ended:
            cell.outputs.append(not_defined(answer_name(item), cell.of.source, self.count))
        elif holds:
            cell.outputs.append(result_output(points, self.count))

    def other_name(self):
        """A line where the notebook took its numbers from another name than that of whoever handed it in."""
        own = [item for item in self.paper.items.values() if own_numbers(item)]
        written = self.value(NAME) if own else {"$": "missing"}
        name = (
            None
            if is_missing(written)
            else written.value
            if isinstance(written, Plain)
            else read_answer(written)
        )
        if name is None or str(name).strip().lower() == self.student.strip().lower():
            return []
        return [
            f"the notebook holds the name {str(name)[:40]!r}, so {len(own)} of its questions showed the numbers of somebody else and were marked with those of '{self.student}'"
        ]

    def given(self, item, written):
        """The answer in the form that `quiz.mark` takes. A function that does what its starter does is a blank."""
        if item.kind == "code" and (written is None or written == self.blank(item)):
            return None
        return read_answer(written)

    def leave(self):
        return ""


class PageDesk(Desk):
    """For a notebook in which every answer is a literal: no process is needed."""

    def __init__(self, paper, literals):
        super().__init__(paper)
        self.literals, self.names = literals, {}

    def run(self, cell):
        if id(cell) in self.literals:
            self.names |= self.literals[id(cell)]
        elif cell.of is not None:  # locked, so the instructor's own words
            cell.outputs, _ = executed(visible(cell.of.source), self.names, self.count)

    def answer(self, item):
        return self.value(answer_name(item))

    def value(self, name):
        return Plain(self.names[name]) if name in self.names else {"$": "missing"}

    def given(self, item, written):
        return written.value


class Plain:
    """A value read off the page."""

    def __init__(self, value):
        self.value = value


class RoomDesk(Desk):
    """Cells run in a room; for a submission that ended early the rest stays without an answer."""

    def __init__(self, paper, room, submission):
        super().__init__(paper)
        self.room = room
        self.blanks = blanks_of(paper, room)
        self.visit = room.enter(files_of(paper, submission))

    def run(self, cell):
        is_test = cell.of is not None and cell.of.is_test
        if is_test and cell.of.points:
            self.ran_inside.append(cell.of.name)
            source = cell.source
        else:
            source = visible(cell.source) if is_test else cell.source
        try:
            outputs, _, interrupted = self.visit.run(source)
        except Ended as error:
            cell.outputs = [error_output("Ended", str(error), self.count)]
            self.ended = str(error)
            return
        cell.outputs = cleaned(outputs, self.count)
        if is_test and not cell.of.points:
            cell.outputs = [
                output for output in cell.outputs if output["output_type"] != "execute_result"
            ]
        if interrupted:
            self.noted.append(
                f"the cell '{cell.of.name if cell.of else 'of the student'}' was stopped after {self.room.limits.cell_seconds:g} s"
            )

    def answer(self, item):
        try:
            if item.kind == "code":
                return self.visit.results(item.function, [case.args for case in item.cases])
        except Ended as error:
            self.ended = str(error)
            return {"$": "missing"}
        return self.value(answer_name(item))

    def value(self, name):
        try:
            return self.visit.value(name)
        except Ended as error:
            self.ended = str(error)
            return {"$": "missing"}

    def blank(self, item):
        return self.blanks[item.id]

    def leave(self):
        return self.visit.end() or self.ended


def blanks_of(paper, room):
    """Item id -> what the starter of each code item returns; found out once for a room and a paper."""
    known = room.__dict__.setdefault("blanks", {})
    key = (paper.quiz, paper.name, tuple(cell.checksum for cell in paper.cells))
    if key not in known:
        found = {}
        for item in paper.items.values():
            if item.kind != "code":
                continue
            visit = room.enter()
            try:
                for cell in paper.cells:
                    if cell.cell_type == "code" and cell.locked and not cell.grade:
                        visit.run(cell.source)
                visit.run(item.starter)
                found[item.id] = visit.results(item.function, [case.args for case in item.cases])
            finally:
                visit.end()
        known[key] = found
    return known[key]


# What the instructor's own lines say about an answer


@lru_cache(maxsize=4096)
def compiled(source):
    return compile(source, "<check>", "exec")


def form_checked(source, name, written, count):
    """(outputs, whether it holds) of a visible check, run here on the plain value of the answer."""
    if isinstance(written, Plain):
        names = {name: written.value}
    else:
        names = {} if is_missing(written) else {name: read_answer(written)}
    return executed(source, names, count)


def executed(source, names, count):
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


def not_defined(name, source, count):
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


def cleaned(outputs, count):
    """Outputs that a room told, reduced to text and pictures: nothing in them can run in a browser."""
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
                    "text": whole(output["text"]),
                }
            )
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {
                mime: whole(text)
                for mime, text in output["data"].items()
                if mime in SHOWN and isinstance(text, str) and holds(mime, text)
            }
            if data:
                extra = {"execution_count": count} if kind == "execute_result" else {}
                kept.append({"output_type": kind, "data": data, "metadata": {}} | extra)
        elif kind == "error":
            lines = output.get("traceback")
            lines = (
                [whole(line) for line in lines if isinstance(line, str)]
                if isinstance(lines, list)
                else []
            )
            kept.append(
                {
                    "output_type": "error",
                    "ename": whole(str(output.get("ename"))[:200]),
                    "evalue": whole(str(output.get("evalue"))[:4000]),
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


def marks_of(cells, paper):
    """Marks and comments as nbgrader's own rules read them from the graded cells."""
    marks, comments = {}, {}
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
            marks[cell.of.name] = CellMark(
                None if auto is None else min(max(float(auto), 0.0), most), auto is None
            )
        if cell.of.solution or cell.of.task:
            unchanged = not cell.of.task and cell.of.checksum == compute_checksum(
                node or as_node(cell)
            )
            comments[cell.of.name] = "No response." if unchanged else None
    return marks, comments


def as_node(cell):
    return NotebookNode(
        {
            "cell_type": cell.cell_type,
            "source": cell.source,
            "metadata": NotebookNode({"nbgrader": NotebookNode(role_of(cell.of))}),
            "outputs": [NotebookNode(output) for output in cell.outputs],
        }
    )


def role_of(of):
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


def notebook_text(paper, cells):
    """The graded notebook as text; its form is that of nbformat 4.5."""
    written, used = [], set()
    for number, cell in enumerate(cells):
        name = (cell.of.name if cell.of is not None else "")[:64]
        identity = name if name and name not in used else f"own-{number}"
        used.add(identity)
        node = {"cell_type": cell.cell_type, "id": identity, "metadata": {}, "source": cell.source}
        if cell.of is not None and cell.of.name:
            node["metadata"] = {"nbgrader": role_of(cell.of)} | (
                {"course": cell.record} if cell.record else {}
            )
        if cell.cell_type == "code":
            node |= {"execution_count": cell.count, "outputs": cell.outputs}
        written.append(node)
    metadata = {"kernelspec": paper.kernelspec, "language_info": {"name": "python"}}
    return json.dumps(
        {"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5},
        ensure_ascii=False,
        indent=1,
    )
