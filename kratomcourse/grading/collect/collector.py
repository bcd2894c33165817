"""Collects the submissions of a quiz into the folder submitted/, as `course collect` does."""

import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nbgrader.api import Gradebook
from nbgrader.api import Student as StoredStudent
from sqlalchemy import select

from ...errors import CourseError, Diagnostic, shown_path
from ...files import replace_folder
from ..autograde.gradebook import retry_while_locked
from ..autograde.instructor_version import CourseLayout, load_assignment
from ..autograde.names import terminal_safe
from ..autograde.regular_files import InvalidSubmission
from ..autograde.submission import read_timestamp
from ..autograde.timestamps import canonical, parse_timestamp
from ..sandbox.limits import Limits
from .archives import Person, read_archive
from .exchange_inbox import Refusal, read_inbox
from .submitted_files import CollectedSubmission, name_notebook

State = Literal["collected", "unchanged", "rejected"]


@dataclass(frozen=True)
class CollectRow:
    """What became of one submission."""

    student: str
    state: State
    notes: tuple[str, ...] = ()


class Roster:
    """The class list of the gradebook, by what a platform knows of a student."""

    def __init__(self, layout: CourseLayout) -> None:
        with Gradebook(layout.db_url, layout.course_id) as gradebook:
            rows = gradebook.db.execute(
                select(
                    StoredStudent.id,
                    StoredStudent.first_name,
                    StoredStudent.last_name,
                    StoredStudent.lms_user_id,
                )
            ).all()
        self.ids = {row.id for row in rows}
        self.keys = {str(row.lms_user_id): row.id for row in rows if row.lms_user_id}
        self.names: dict[str, set[str]] = {}
        for row in rows:
            first, last = row.first_name or "", row.last_name or ""
            for name in (f"{first} {last}", f"{last} {first}", f"{last}, {first}"):
                self.names.setdefault(squeezed_name(name), set()).add(row.id)

    def find(self, person: Person) -> tuple[str, tuple[str, ...]]:
        """Return (student id, notes) of someone in an archive."""
        if person.key and person.key in self.keys:
            return self.keys[person.key], ()
        if not person.key and (person.name in self.ids or not self.ids):
            return person.name, ()
        known = self.names.get(squeezed_name(person.name), set()) if person.name else set()
        if len(known) == 1:
            return next(iter(known)), ()
        if person.name in self.ids:
            return person.name, ()
        why = "has the name of several students" if known else "is not in the class list"
        new = person.name if not person.key else f"{slug(person.name)}-{person.key}"
        return new, (f"'{terminal_safe(person.name)}' {why}, so it is kept as '{new}'",)


def squeezed_name(name: str) -> str:
    """Return a name in the form in which platforms write it into file names."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def slug(name: str) -> str:
    """Return a name that can be a student id."""
    return re.sub(r"[^\w]+", ".", unicodedata.normalize("NFC", name).strip().lower()).strip(".")


def collect(
    layout: CourseLayout,
    quiz: str,
    archives: Iterable[Path] = (),
    form: str = "student",
    inbound: Path | None = None,
    check_owner: bool = True,
    trust_names: bool = False,
    limits: Limits | None = None,
) -> list[CollectRow]:
    """Collect the submissions of a quiz; returns a row for each student.

    archives    : zip files or notebooks; the exchange is read where there are none
    form        : of the archives: student, moodle, canvas or nbgrader
    inbound     : folder of an exchange; that of nbgrader_config.py where None
    check_owner : whether a folder of the exchange has to belong to the account in its name
    trust_names : take the times that the folders' names say
    raises      : CourseError where there is nothing to read, or the quiz does not exist
    """
    limits = limits or Limits()
    assignment = retry_while_locked(lambda: load_assignment(layout, quiz))
    notebooks = [notebook.name for notebook in assignment.notebooks]
    paths = list(archives)
    if paths:
        found = from_archives(layout, paths, limits, form)
    else:
        inbound = inbound or layout.exchange_root / layout.course_id / "inbound"
        if not inbound.is_dir():
            raise CourseError(
                Diagnostic(
                    shown_path(inbound),
                    "is not there, so there is no exchange to collect from.",
                    "name it in NBGRADER_EXCHANGE, or give archives",
                )
            )
        found = read_inbox(inbound, quiz, limits, check_owner, trust_names)
    rows = []
    for one in found:
        if isinstance(one, Refusal):
            rows.append(CollectRow(one.student, "rejected", (one.why,)))
            continue
        files, notes = name_notebook(one.files, notebooks)
        rows.append(store(layout, quiz, one, files, (*one.notes, *notes)))
    return sorted(rows, key=lambda row: (row.student, row.state))


def from_archives(
    layout: CourseLayout, paths: Iterable[Path], limits: Limits, form: str
) -> Iterator[CollectedSubmission | Refusal]:
    """Yield the submissions of several archives; a folder stands for the archives in it."""
    roster = Roster(layout)
    for path in paths:
        if path.is_dir():
            inside = sorted(
                entry for entry in path.iterdir() if entry.suffix.lower() in (".zip", ".ipynb")
            )
            for entry in inside:
                yield from read_archive(entry, limits, roster.find, form)
        elif path.exists():
            yield from read_archive(path, limits, roster.find, form)
        else:
            raise CourseError(Diagnostic(shown_path(path), "is not there.", "check its name"))


def store(
    layout: CourseLayout,
    quiz: str,
    one: CollectedSubmission,
    files: dict[str, bytes],
    notes: tuple[str, ...],
) -> CollectRow:
    """Write a submission into submitted/, unless one is there that is not older."""
    folder = layout.submitted / one.student
    place = folder / quiz
    if folder.is_symlink() or place.is_symlink():
        return CollectRow(one.student, "rejected", ("its folder in submitted/ is a link",))
    if place.is_dir() and is_not_newer(place, one, files):
        return CollectRow(one.student, "unchanged", notes)
    beside = folder / f".{quiz}.new"
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        stamp = {"timestamp.txt": canonical(one.when).encode()} if one.when else {}
        # nbgrader names a page of feedback after this text, and stops where one is missing.
        secret = {"submission_secret.txt": secrets.token_hex(64).encode()}
        for name, content in (secret | files | stamp).items():
            write_new(beside / name, content)
        replace_folder(beside, place)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        return CollectRow(
            one.student, "rejected", (f"it cannot be stored ({error.strerror})", *notes)
        )
    return CollectRow(one.student, "collected", notes)


def is_not_newer(place: Path, one: CollectedSubmission, files: dict[str, bytes]) -> bool:
    """Whether what is stored is as new as what came; by content where there is no time."""
    try:
        stored = read_timestamp(str(place / "timestamp.txt"), "timestamp.txt")
    except InvalidSubmission:
        stored = None
    if one.when is not None and stored is not None:
        return one.when <= parse_timestamp(stored)
    return all(
        (place / name).is_file() and (place / name).read_bytes() == content
        for name, content in files.items()
    )


def write_new(path: Path, content: bytes) -> None:
    """Write a file that was not there; a link in its place is an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def collect_lines(quiz: str, rows: list[CollectRow]) -> Iterator[str]:
    """Yield the summary of collecting: counts, and a line for each student to look at."""
    counts = {
        state: sum(row.state == state for row in rows)
        for state in ("collected", "unchanged", "rejected")
    }
    yield f"quiz {quiz}: " + ", ".join(f"{number} {state}" for state, number in counts.items())
    for row in rows:
        if row.state == "rejected" or (row.notes and row.state == "collected"):
            line = f"  {row.student}: {row.state}" + "".join(f"; {note}" for note in row.notes)
            yield terminal_safe(line)
