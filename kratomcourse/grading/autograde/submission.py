"""Read a submission: no link is followed, nothing runs, and sizes are bounded.

Then the instructor's version replaces all that students may not change, by the ids of cells. A
student decides the answers, and nothing else.
"""

import itertools
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ..sandbox.limits import Limits
from .likely_notebook import explain_missing
from .names import replace_surrogates, terminal_safe
from .records import AssignmentNotebook, SourceCell, Submission
from .regular_files import InvalidSubmission, read_file
from .timestamps import canonical, parse_timestamp

MOST_FILES = 200
MOST_CELLS = 2000
LONGEST_NAME = 200
RAW_MB = 100  # of a notebook with its outputs, which are dropped before it is measured
MOST_TOKENS = 2_000_000  # strings and brackets of such a notebook


def read_submission(
    folder: Path, student: str, quiz: str, notebooks: Sequence[str], limits: Limits
) -> Submission:
    """Return the content of one submission.

    folder    : `submitted/<student>/<quiz>`
    notebooks : names of the assignment's notebooks, without .ipynb
    raises    : InvalidSubmission for links, other things that are not files, sizes beyond the
                limits, an impossible time, and where none of the notebooks is there
    """
    for part in (folder, folder.parent):
        if part.is_symlink():
            raise InvalidSubmission(f"{terminal_safe(part.name)} is a symbolic link, not a folder")
    budget = int(limits.extra_mb * (1 << 20))
    found: dict[str, bytes] = {}
    files: dict[str, bytes] = {}
    strays: dict[str, str] = {}  # name -> path
    timestamp = None
    for path, name in iter_files(folder):
        stem = name.removesuffix(".ipynb")
        if stem != name and stem in notebooks:
            found[stem] = read_notebook(path, name, int(limits.notebook_mb * (1 << 20)))
        elif name == "timestamp.txt":
            timestamp = read_timestamp(path, name)
        elif name.startswith("timestamp.txt/"):
            raise InvalidSubmission("timestamp.txt is a folder")
        elif stem != name:
            strays[name] = path
        else:
            files[name] = read_file(path, name, budget)
            budget -= len(files[name])
    if not found:
        there = strays_of(strays, int(limits.notebook_mb * (1 << 20))) | files
        take = f"course class take {shlex.quote(terminal_safe(student))} {quiz}"
        raise InvalidSubmission(explain_missing(notebooks, there, take))
    missing = [name for name in notebooks if name not in found]
    return Submission(
        student,
        quiz,
        {name: found[name] for name in notebooks if name in found},
        files,
        timestamp,
        tuple(f"{name}.ipynb is missing, so its questions have no points" for name in missing),
    )


def strays_of(paths: Mapping[str, str], most: int) -> dict[str, bytes]:
    """Return the notebooks with other names; one that cannot be read counts as empty."""
    found = {}
    for name, path in paths.items():
        try:
            found[name] = read_notebook(path, name, most)
        except InvalidSubmission:
            found[name] = b""
    return found


def read_timestamp(path: str, name: str) -> str | None:
    """Return the time of handing in, in nbgrader's own form; None for an empty file."""
    text = read_file(path, name, 1000).decode(errors="replace").strip()
    if not text:
        return None
    try:
        return canonical(parse_timestamp(text))
    except ValueError as error:
        raise InvalidSubmission(
            f"the time in timestamp.txt cannot be read ('{terminal_safe(text)[:40]}':"
            f" {terminal_safe(str(error))[:80]}); correct or delete that file"
        ) from None


def iter_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (path, name relative to the folder) of each file below a folder.

    raises : InvalidSubmission for anything else than files and folders
    """
    found, waiting = 0, [(str(folder), "")]
    while waiting:
        place, prefix = waiting.pop()
        for entry in list_folder(place, terminal_safe(prefix)):
            name, found = prefix + entry.name, found + 1
            if found > MOST_FILES or len(name) > LONGEST_NAME:
                raise InvalidSubmission(
                    f"there are more than {MOST_FILES} files in it,"
                    f" or names of more than {LONGEST_NAME} characters"
                )
            if name != replace_surrogates(name):
                raise InvalidSubmission(
                    f"the file name {terminal_safe(name)} is not valid UTF-8; rename the file"
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


def list_folder(place: str, name: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder, by name; never more than one beyond the limit."""
    try:
        with os.scandir(place) as found:
            return sorted(itertools.islice(found, MOST_FILES + 1), key=lambda entry: entry.name)
    except OSError as error:
        raise InvalidSubmission(
            f"the folder {name or 'of the submission'} cannot be read ({error.strerror})"
        ) from None


def read_notebook(path: str | Path, name: str, most: int) -> bytes:
    """Return a notebook, without its outputs where it would be too large with them."""
    return within_limit(read_file(path, name, RAW_MB << 20), name, most)


def within_limit(content: bytes, name: str, most: int) -> bytes:
    """Return a notebook of at most `most` bytes; outputs do not count, as grading makes them
    anew.
    """
    if len(content) > most:
        content = without_outputs(content)
    if len(content) > most:
        raise InvalidSubmission(
            f"{terminal_safe(name)} is larger than {most / (1 << 20):.3g} MB, outputs not counted"
        )
    return content


TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
IN_CELL = ("{", "[", "{")  # notebook, its list of cells, a cell


def without_outputs(content: bytes) -> bytes:
    """Return a notebook whose cells have empty outputs, without building anything in memory.

    Walks over strings and brackets only, and gives the content back unchanged where it is not JSON
    of the expected form or has too many of them.
    """
    kept: list[bytes] = []
    stack: list[str] = []
    done, skip_from, key_end = 0, -1, -1
    for number, token in enumerate(TOKEN.finditer(content)):
        if number > MOST_TOKENS:
            return content
        text = token[0]
        if text in (b"{", b"["):
            if (
                text == b"["
                and tuple(stack) == IN_CELL
                and key_end >= 0
                and content[key_end : token.start()].strip() == b":"
            ):
                skip_from = token.start()
            stack.append(text.decode())
            if len(stack) > 1000:
                return content
        elif text in (b"}", b"]"):
            if not stack:
                return content
            stack.pop()
            if skip_from >= 0 and len(stack) == len(IN_CELL):
                kept += [content[done:skip_from], b"[]"]
                done, skip_from = token.end(), -1
        key_end = token.end() if text == b'"outputs"' and tuple(stack) == IN_CELL else -1
    return b"".join([*kept, content[done:]])


@dataclass
class Cell:
    """A cell of the notebook that will be graded: the student's source, or the instructor's."""

    cell_type: str
    source: str
    of: SourceCell | None = None  # the instructor's cell; None for one that the student added
    outputs: list[dict[str, Any]] = field(default_factory=list)
    count: int | None = None
    record: dict[str, Any] = field(default_factory=dict)  # see `answers.recorded`
    was_missing: bool = False  # from what was submitted, and restored


@dataclass(frozen=True)
class StudentCell:
    """A cell as it was handed in; everything else in the file is ignored."""

    name: str  # its grade_id, or empty
    cell_id: str
    cell_type: str
    source: str
    points: float | None


@dataclass
class Overlaid:
    """The cells to grade, and what overwriting the locked ones found."""

    cells: list[Cell]
    repairs: list[str]
    tampering: list[str]


def overwrite_locked_cells(notebook: AssignmentNotebook, content: bytes) -> Overlaid:
    """Return the instructor's version with the student's answers, and the student's own cells.

    content : bytes of the notebook handed in
    raises  : InvalidSubmission for what is not a notebook
    """
    known = {cell.name: cell for cell in notebook.cells if cell.name}
    handed_out = {cell.source for cell in notebook.cells if not cell.name}
    repairs: list[str] = []
    tampering: list[str] = []
    answers: dict[str, StudentCell] = {}
    own: dict[str, list[Cell]] = {}
    last = ""
    for cell in identified(notebook, parse_cells(content), repairs):
        if cell.name not in known:
            if cell.name:
                repairs.append(
                    f"a cell with the unknown id '{terminal_safe(cell.name[:60])}' counts as the"
                    " student's own"
                )
            if cell.source not in handed_out:
                own.setdefault(last, []).append(Cell(cell.cell_type, cell.source))
            continue
        if cell.name in answers:
            repairs.append(f"the cell '{cell.name}' was there more than once; the last one counts")
        answers[cell.name], last = cell, cell.name
    cells = [*own.pop("", [])]
    anchor = 0  # behind the last cell that is there; the student's own cells follow
    waiting: list[Cell] = []  # the student's own cells after the last cell that is there
    for of in notebook.cells:
        answer = answers.get(of.name) if of.name else None
        if answer is None:
            if of.name and (of.grade or of.solution):
                repairs.append(f"the cell '{of.name}' was missing and was restored")
            restored = Cell(of.cell_type, of.source, of, was_missing=True)
            if of.solution:
                # Before the student's own cells: an answer that was typed anew must not be undone.
                cells.insert(anchor, restored)
                anchor += 1
            else:
                if anchor == len(cells) and not waiting:
                    anchor += 1  # nothing of the student's stands before it, so the order stays
                cells += [*waiting, restored]
                waiting = []
            continue
        cells += waiting
        cells.append(Cell(of.cell_type, answer.source if of.solution else of.source, of))
        waiting, anchor = own.pop(of.name, []), len(cells)
        if not of.solution and of.grade:
            note_changes(answer, of, notebook, repairs, tampering)
    return Overlaid(cells + waiting, repairs, tampering)


def note_changes(
    answer: StudentCell,
    of: SourceCell,
    notebook: AssignmentNotebook,
    repairs: list[str],
    tampering: list[str],
) -> None:
    """Note where a check, or its points, are not those of the instructor."""
    if is_modified(answer.source, of, notebook.hidden_marks):
        repairs.append(f"the check '{of.name}' was changed; it was restored")
    if answer.points is not None and of.points is not None and answer.points != of.points:
        tampering.append(
            f"the points of '{of.name}' were changed to {str(answer.points)[:20]};"
            f" they are {of.points:g} again"
        )


def identified(
    notebook: AssignmentNotebook, cells: list[StudentCell], repairs: list[str]
) -> list[StudentCell]:
    """Return the cells with the names of those whose metadata was lost, where they are certain.

    First by the id that Jupyter keeps beside the metadata; then, where no cell has metadata any
    more (a notebook that went through another program), by the locked text around the answers.
    """
    known = {cell.name: cell for cell in notebook.cells if cell.name}
    taken = {cell.name for cell in cells}
    by_id = {name[:64]: name for name in known if name not in taken}
    found = []
    for cell in cells:
        name = by_id.get(cell.cell_id) if not cell.name else None
        if name and known[name].cell_type == cell.cell_type:
            del by_id[cell.cell_id]
            repairs.append(f"the cell '{name}' had lost its metadata and was found by its id")
            cell = renamed(cell, name)
        found.append(cell)
    if any(cell.name in known for cell in found):
        return found
    aligned = align_by_text(notebook, found)
    if any(cell.name for cell in aligned):
        repairs.append("all cells had lost their metadata and were found by the text around them")
    return aligned


def renamed(cell: StudentCell, name: str) -> StudentCell:
    """Return the cell as the one of a name."""
    return StudentCell(name, cell.cell_id, cell.cell_type, cell.source, cell.points)


def align_by_text(notebook: AssignmentNotebook, cells: list[StudentCell]) -> list[StudentCell]:
    """Return the cells with names: locked ones by their text, answers by their place between
    them.
    """
    texts: dict[tuple[str, str], list[str]] = {}
    for of in notebook.cells:
        if of.name and not of.solution:
            text = squeezed(strip_hidden_tests(of.source, notebook.hidden_marks))
            texts.setdefault((of.cell_type, text), []).append(of.name)
    named = []
    for cell in cells:
        names = texts.get((cell.cell_type, squeezed(cell.source)))
        named.append(renamed(cell, names.pop(0)) if names else cell)
    place = {cell.name: at for at, cell in enumerate(named) if cell.name}
    order = [of for of in notebook.cells if of.name]
    for at, of in enumerate(order):
        before = next((o.name for o in reversed(order[:at]) if o.name in place), None)
        after = next((o.name for o in order[at + 1 :] if o.name in place), None)
        if of.name in place or not of.solution:
            continue
        low = place[before] + 1 if before is not None else 0
        high = place[after] if after is not None else len(named)
        between = [
            n for n in range(low, high) if not named[n].name and named[n].cell_type == of.cell_type
        ]
        if len(between) == 1:
            named[between[0]] = renamed(named[between[0]], of.name)
            place[of.name] = between[0]
    return named


def squeezed(text: str) -> str:
    """Return text without blanks and line ends."""
    return "".join(text.split())


def is_modified(source: str, of: SourceCell, marks: tuple[str, str]) -> bool:
    """Whether a locked cell is not what was handed out: the instructor's text, hidden tests or
    not.
    """
    return squeezed(source) not in (
        squeezed(of.source),
        squeezed(strip_hidden_tests(of.source, marks)),
    )


def strip_hidden_tests(
    source: str, marks: tuple[str, str] = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
) -> str:
    """Return a test as students see it, by the delimiters of nbgrader's ClearHiddenTests."""
    begin, end = marks
    kept, hidden = [], False
    for line in source.split("\n"):
        if begin in line:
            hidden = True
        elif end in line:
            hidden = False
        elif not hidden:
            kept.append(line)
    return "\n".join(kept).rstrip("\n")


def parse_cells(content: bytes) -> list[StudentCell]:
    """Return the cells handed in.

    raises : InvalidSubmission for what is not a notebook of format 4
    """
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidSubmission(
            "the notebook is not UTF-8 text; open it in Jupyter, save it and submit it again"
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise InvalidSubmission(
            "this file is not a readable notebook: its JSON is missing or incomplete;"
            " please submit it again"
        ) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise InvalidSubmission(
            "the file is not a notebook of format 4;"
            " open it in Jupyter, save it and submit it again"
        )
    if len(cells) > MOST_CELLS:
        raise InvalidSubmission(f"the notebook has more than {MOST_CELLS} cells")
    return [
        parse_cell(cell)
        for cell in cells
        if isinstance(cell, dict) and cell.get("cell_type") in ("code", "markdown", "raw")
    ]


def parse_cell(cell: dict[str, Any]) -> StudentCell:
    """Return what counts of one cell of a notebook."""
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise InvalidSubmission("a cell of the notebook holds no text")
    metadata = cell.get("metadata")
    role = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    role = role if isinstance(role, dict) else {}
    name, points, cell_id = role.get("grade_id"), role.get("points"), cell.get("id")
    return StudentCell(
        name if isinstance(name, str) else "",
        cell_id if isinstance(cell_id, str) else "",
        cell["cell_type"],
        replace_surrogates(source),
        points if isinstance(points, (int, float)) and not isinstance(points, bool) else None,
    )


def instructors_files_win(
    submitted: dict[str, bytes], instructors: dict[str, bytes]
) -> dict[str, bytes]:
    """Return both; the instructor's win over one of the same name, and over one in their way."""
    places = {str(above) for name in instructors for above in PurePosixPath(name).parents}
    kept = {
        name: data
        for name, data in submitted.items()
        if name not in places
        and not any(str(above) in instructors for above in PurePosixPath(name).parents)
    }
    return kept | instructors
