"""Intake: what a student handed in, read without following a link, running anything, or filling the memory.

Then the instructor's version is laid over it by the ids of its cells, so that nothing a student did to locked
cells, points or ids is left. Whoever made the notebook decides its answers, and nothing else.
"""

import itertools
import json
import os
import re
import stat
from dataclasses import dataclass, field

from .records import SourceCell, Submission

MOST_FILES = 200
MOST_CELLS = 2000
LONGEST_NAME = 200
# A time as nbgrader writes it. Anything else is not handed to nbgrader, whose reader opens the file that a zone names.
TIME = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?( [A-Za-z]\w*(/[A-Za-z][\w+-]*)*| [+-]\d{4})?",
    re.ASCII,
)


class InvalidSubmission(Exception):
    """A submission that can not be marked as it is; the text says why, and what would help."""


def read_submission(folder, student, quiz, notebook, limits):
    """Bytes of one submission.

    folder   : `submitted/<student>/<quiz>`
    notebook : name of the notebook without .ipynb
    returns  : Submission
    raises   : Refused for links, other things that are no files, and sizes beyond the limits
    """
    for part in (folder, folder.parent):
        if part.is_symlink():
            raise InvalidSubmission(
                f"{terminal_safe(part.name)} is a symbolic link and not a folder"
            )
    budget, files, timestamp, content, repairs = (
        int(limits.extra_mb * (1 << 20)),
        {},
        None,
        None,
        (),
    )
    for path, name in iter_files(folder):
        if name == f"{notebook}.ipynb":
            content = read_file(path, name, int(limits.notebook_mb * (1 << 20)))
        elif name == "timestamp.txt":
            text = read_file(path, name, 1000).decode(errors="replace").strip()
            timestamp = text if TIME.fullmatch(text) else None
            repairs = (
                ()
                if timestamp or not text
                else (
                    f"the time of handing in can not be read ('{terminal_safe(text)[:40]}'), so nothing counts as late",
                )
            )
        elif name.startswith("timestamp.txt/"):
            raise InvalidSubmission("timestamp.txt is a folder")
        elif not name.endswith(".ipynb"):
            files[name] = read_file(path, name, budget)
            budget -= len(files[name])
    if content is None:
        raise InvalidSubmission(f"there is no {notebook}.ipynb in it")
    return Submission(student, quiz, content, files, timestamp, repairs)


def iter_files(folder):
    """(path, name relative to the folder) of each file below a folder; Refused for anything else than files and folders."""
    found, waiting = 0, [(str(folder), "")]
    while waiting:
        place, prefix = waiting.pop()
        for entry in list_folder(place, terminal_safe(prefix)):
            name, found = prefix + entry.name, found + 1
            if found > MOST_FILES or len(name) > LONGEST_NAME:
                raise InvalidSubmission(
                    f"there are more than {MOST_FILES} files in it, or names of more than {LONGEST_NAME} characters"
                )
            if entry.is_symlink():
                raise InvalidSubmission(f"{terminal_safe(name)} is a symbolic link")
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and entry.name != "__pycache__":
                    waiting.append((entry.path, f"{name}/"))
            elif entry.is_file(follow_symlinks=False):
                yield entry.path, name
            else:
                raise InvalidSubmission(f"{terminal_safe(name)} is neither a file nor a folder")


def list_folder(place, name):
    """What lies in a folder, by name; never more than one beyond the limit, however many there are."""
    try:
        with os.scandir(place) as found:
            return sorted(itertools.islice(found, MOST_FILES + 1), key=lambda entry: entry.name)
    except OSError as error:
        raise InvalidSubmission(
            f"the folder {name or 'of the submission'} can not be read ({error.strerror})"
        ) from None


def terminal_safe(text):
    """Text of a student for a line of the report: no line ends, no commands to a terminal, no half characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def read_file(path, name, most):
    """Content of a regular file; never waits at a pipe, never follows a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise InvalidSubmission(
            f"{terminal_safe(name)} can not be read ({error.strerror})"
        ) from None
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):  # a folder can not even be opened as a file
        os.close(handle)
        raise InvalidSubmission(f"{terminal_safe(name)} is not an ordinary file")
    with os.fdopen(handle, "rb") as file:
        if about.st_nlink > 1:
            raise InvalidSubmission(
                f"{terminal_safe(name)} is a second name of a file that lies somewhere else"
            )
        content = file.read(most + 1)
    if len(content) > most:
        raise InvalidSubmission(f"{terminal_safe(name)} is larger than {most / (1 << 20):.3g} MB")
    return content


@dataclass
class Cell:
    """A cell of the notebook that will be graded: the student's source, or the instructor's where it is locked."""

    cell_type: str
    source: str
    of: SourceCell | None = None  # the instructor's cell; None for one that the student added
    outputs: list = field(default_factory=list)
    count: int | None = None
    record: dict = field(default_factory=dict)  # what the answer said, see `answers.recorded`


def overwrite_locked_cells(assignment, content):
    """Cells of the instructor's version with the student's answers, and the student's own cells where they stood.

    paper   : Paper
    content : bytes of the notebook handed in
    returns : (list of Cell, lines on what was put right, lines on what nobody does by accident)
    raises  : Refused for what is no notebook
    """
    known = {cell.name: cell for cell in assignment.cells if cell.name}
    answers, own, repairs, tampering, last = {}, {}, [], [], ""
    for cell in parse_cells(content):
        name = cell["name"]
        if name not in known:
            if name:
                repairs.append(
                    f"a cell with the unknown id '{terminal_safe(name[:60])}' counts as the student's own"
                )
            if not any(
                text == cell["source"]
                for text in (of.source for of in assignment.cells if not of.name)
            ):
                own.setdefault(last, []).append(Cell(cell["cell_type"], cell["source"]))
            continue
        if name in answers:
            repairs.append(f"the cell '{name}' stood there more than once; the last one counts")
        answers[name], last = cell, name
    cells = [*own.get("", [])]
    for of in assignment.cells:
        cell = answers.get(of.name)
        if cell is None and of.name and (of.grade or of.solution):
            repairs.append(f"the cell '{of.name}' was missing and was put back")
        takes_answer = cell is not None and of.solution
        cells.append(Cell(of.cell_type, cell["source"] if takes_answer else of.source, of))
        if cell is not None and not of.solution and of.grade:
            if is_modified(cell["source"], of):
                tampering.append(f"the check '{of.name}' was changed; it is the instructor's again")
            if cell["points"] is not None and of.points is not None and cell["points"] != of.points:
                tampering.append(
                    f"the points of '{of.name}' were changed to {str(cell['points'])[:20]}; they are {of.points:g} again"
                )
        cells += own.get(of.name, []) if of.name else []
    return cells, repairs, tampering


def is_modified(source, of):
    """Whether a locked cell is not what was handed out: the instructor's text without what is hidden."""
    return "".join(source.split()) not in (
        "".join(of.source.split()),
        "".join(strip_hidden_tests(of.source).split()),
    )


def strip_hidden_tests(source):
    """A test as students see it, without what stands between the marks of hidden tests."""
    kept, hidden = [], False
    for line in source.split("\n"):
        if "### BEGIN HIDDEN TESTS" in line:
            hidden = True
        elif "### END HIDDEN TESTS" in line:
            hidden = False
        elif not hidden:
            kept.append(line)
    return "\n".join(kept).rstrip("\n")


def parse_cells(content):
    """Name, type, source and points of each cell handed in; everything else in the file is ignored."""
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidSubmission(
            "the notebook is not UTF-8 text; open it in Jupyter, save it and hand it in again"
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise InvalidSubmission(
            "the file is not a notebook (it is not JSON, or broken off); hand it in again"
        ) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise InvalidSubmission(
            "the file is not a notebook of format 4; open it in Jupyter, save it and hand it in again"
        )
    if len(cells) > MOST_CELLS:
        raise InvalidSubmission(f"the notebook has more than {MOST_CELLS} cells")
    found = []
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            continue
        source = cell.get("source", "")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise InvalidSubmission("a cell of the notebook holds no text")
        metadata = cell.get("metadata")
        role = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        role = role if isinstance(role, dict) else {}
        name, points = role.get("grade_id"), role.get("points")
        found.append(
            {
                "name": name if isinstance(name, str) else "",
                "cell_type": cell["cell_type"],
                "source": replace_surrogates(source),
                "points": points
                if isinstance(points, (int, float)) and not isinstance(points, bool)
                else None,
            }
        )
    return found


def replace_surrogates(text):
    """Text without half characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
