"""Archives that an LMS gives for a whole class, and those of nbgrader's own form.

Who submitted is read from the outer name alone, which the platform or the instructor made: a
student's own archive cannot name anyone. So the form of an archive is never guessed from what is in
it; without a word it is one student's, named after the student. Times are the platform's.
"""

import io
import re
import stat
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...errors import CourseError, Diagnostic, shown_path
from ..autograde.names import id_problem, terminal_safe
from ..autograde.regular_files import InvalidSubmission
from ..autograde.timestamps import parse_timestamp
from ..sandbox.limits import Limits
from .exchange_inbox import Refusal
from .submitted_files import CollectedSubmission, FileBudget

MOST_ENTRIES = 50_000  # of the archive of a class
MOST_ARCHIVE_MB = 8_000  # what the archive of a class may become
MOST_STUDENT_MB = 200  # of one student's zip file

MOODLE = re.compile(r"(?P<name>[^/]+?)_(?P<key>\d+)_assignsubmission_file_?(?:/|_)?(?P<file>.+)")
CANVAS = re.compile(r"(?P<name>[^/_]+)_(?:LATE_)?(?P<key>\d+)_(?P<submission>\d+)_(?P<file>[^/]+)")
CANVAS_AGAIN = re.compile(r"-\d+(?=\.ipynb$)")  # Canvas's mark of a second submission
NBGRADER = re.compile(
    r"(?P<name>[^/+]+)\+[^/+]+\+(?P<time>\d{4}-\d\d-\d\d \d\d[:_-]\d\d[:_-]\d\d[^/+]*)"
    r"(?:\+[^/+]*)?/(?P<file>.+)"
)
FOLDERS = re.compile(r"(?:submitted/)?(?P<name>[^/]+)/(?P<file>.+)")
SINGLE = re.compile(r"(?P<name>[^/]+)\.(?P<file>ipynb|zip)")


@dataclass(frozen=True)
class Person:
    """Who a platform says submitted."""

    name: str  # as its archive has it
    key: str = ""  # number of the platform


Lookup = Callable[[Person], tuple[str, tuple[str, ...]]]  # -> (student id, notes)


@dataclass(frozen=True)
class ArchiveEntry:
    """One file of an archive, with whose it is."""

    info: zipfile.ZipInfo
    person: Person
    file: str
    when: datetime | None = None


def read_archive(
    path: Path, limits: Limits, lookup: Lookup, form: str = "student"
) -> Iterator[CollectedSubmission | Refusal]:
    """Yield the submissions of one archive.

    path   : a zip file, or a notebook that is named after its student
    lookup : finds the student id of a person
    form   : student, for the zip file of one student; or moodle, canvas or nbgrader, for a class
    raises : CourseError where the archive of a class cannot be read
    """
    if form == "student":
        yield one_student(path, limits, lookup)
        return
    if form not in FORMS:
        names = ", ".join(("student", *FORMS))
        raise CourseError(Diagnostic("--from", f"'{form}' is unknown.", f"one of {names}"))
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CourseError(
            Diagnostic(shown_path(path), f"is not a zip archive ({error}).", "download it again")
        ) from None
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        check_archive(path, infos)
        entries = [entry for info in infos if (entry := FORMS[form](info)) is not None]
        if not entries:
            raise CourseError(
                Diagnostic(
                    shown_path(path),
                    f"has no file with a name as {form} gives it.",
                    "name another form with --from",
                )
            )
        yield from by_person(archive, entries, limits, lookup)


def check_archive(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    """CourseError for an archive that no class makes."""
    size = sum(info.file_size for info in infos)
    if len(infos) > MOST_ENTRIES or size > MOST_ARCHIVE_MB << 20:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                f"has {len(infos)} files of {size >> 20} MB in all.",
                f"split it; at most {MOST_ENTRIES} files and {MOST_ARCHIVE_MB} MB are read",
            )
        )


def moodle_entry(info: zipfile.ZipInfo) -> ArchiveEntry | None:
    """Return an entry of Moodle's "Download all submissions", with folders or without."""
    match = MOODLE.fullmatch(info.filename)
    if match is None:
        return None
    return ArchiveEntry(info, Person(match["name"], match["key"]), match["file"], time_of(info))


def canvas_entry(info: zipfile.ZipInfo) -> ArchiveEntry | None:
    """Return an entry of Canvas's submissions.zip."""
    match = CANVAS.fullmatch(info.filename)
    if match is None:
        return None
    file = CANVAS_AGAIN.sub("", match["file"])
    return ArchiveEntry(info, Person(match["name"], match["key"]), file, time_of(info))


def nbgrader_entry(info: zipfile.ZipInfo) -> ArchiveEntry | None:
    """Return an entry of a folder of nbgrader's, or of a file or folder named after a student."""
    if match := NBGRADER.fullmatch(info.filename):
        clock = re.sub(r"[_-]", ":", match["time"][11:19])  # file systems without a colon
        try:
            when = parse_timestamp(f"{match['time'][:11]}{clock}{match['time'][19:]}")
        except ValueError:
            return None
        return ArchiveEntry(info, Person(match["name"]), match["file"], when)
    if match := FOLDERS.fullmatch(info.filename):
        return ArchiveEntry(info, Person(match["name"]), match["file"])
    if match := SINGLE.fullmatch(info.filename):
        return ArchiveEntry(info, Person(match["name"]), info.filename)
    return None


FORMS: dict[str, Callable[[zipfile.ZipInfo], ArchiveEntry | None]] = {
    "moodle": moodle_entry,
    "canvas": canvas_entry,
    "nbgrader": nbgrader_entry,
}


def time_of(info: zipfile.ZipInfo) -> datetime | None:
    """Return the time of an entry in UTC; archives hold the local time of the platform."""
    try:
        local = datetime(*info.date_time)
    except ValueError:
        return None
    if local.year < 1990:  # no time was written
        return None
    return local.astimezone(UTC).replace(tzinfo=None)


def by_person(
    archive: zipfile.ZipFile, entries: list[ArchiveEntry], limits: Limits, lookup: Lookup
) -> Iterator[CollectedSubmission | Refusal]:
    """Yield what each person submitted; a fault of one is a refusal of one."""
    grouped: dict[Person, list[ArchiveEntry]] = defaultdict(list)
    for entry in entries:
        grouped[entry.person].append(entry)
    owners: dict[str, Person] = {}
    for person, own in sorted(grouped.items(), key=lambda pair: (pair[0].name, pair[0].key)):
        student, notes = lookup(person)
        if why := id_problem(student):
            yield Refusal(student or person.name, f"its name is not a valid id: {why}")
        elif student in owners:
            yield Refusal(
                student, f"'{person.name}' and '{owners[student].name}' are the same student here"
            )
        else:
            owners[student] = person
            yield read_person(archive, student, own, limits, notes)


def read_person(
    archive: zipfile.ZipFile,
    student: str,
    entries: list[ArchiveEntry],
    limits: Limits,
    notes: tuple[str, ...],
) -> CollectedSubmission | Refusal:
    """Return one person's submission, or why it cannot be read."""
    budget = FileBudget(limits)
    try:
        for entry in entries:
            if is_clutter(entry.file):
                continue
            budget.next_entry(entry.file)
            budget.add(entry.file, read_entry(archive, entry.info, budget.most(entry.file)))
        files = unpacked(budget.files, limits)
    except InvalidSubmission as error:
        return Refusal(student, str(error))
    times = [entry.when for entry in entries if entry.when is not None]
    return CollectedSubmission(student, max(times, default=None), files, notes)


def is_clutter(name: str) -> bool:
    """Whether a file is one that macOS or an editor adds: hidden, or below __MACOSX."""
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or (last.startswith(".") and ".." not in name)


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """Return the content of a file in an archive, of which no size is believed."""
    mode = info.external_attr >> 16
    name = terminal_safe(info.filename)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise InvalidSubmission(f"{name} is not an ordinary file")
    if info.flag_bits & 0x1:
        raise InvalidSubmission(f"{name} is encrypted")
    if info.file_size > most:
        raise InvalidSubmission(f"{name} is larger than {most / (1 << 20):.3g} MB")
    try:
        with archive.open(info) as file:
            content = file.read(most + 1)
    except Exception as error:  # zipfile raises much for what is broken
        raise InvalidSubmission(
            f"{name} cannot be unpacked ({terminal_safe(str(error))[:100]})"
        ) from None
    if len(content) > most:
        raise InvalidSubmission(f"{name} is larger than {most / (1 << 20):.3g} MB")
    return content


def unpacked(files: Mapping[str, bytes], limits: Limits) -> dict[str, bytes]:
    """Return the files of a zip that a student submitted in place of the notebook itself.

    One level is unpacked, and only where there is nothing else; names inside it are names of files.
    """
    if len(files) != 1 or not next(iter(files)).lower().endswith(".zip"):
        return dict(files)
    [(name, content)] = files.items()
    budget = FileBudget(limits)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if info.is_dir() or is_clutter(info.filename):
                    continue
                budget.next_entry(info.filename)
                budget.add(info.filename, read_entry(archive, info, budget.most(info.filename)))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise InvalidSubmission(
            f"{terminal_safe(name)} is not a zip archive ({terminal_safe(str(error))[:100]})"
        ) from None
    return without_top_folder(budget.files)


def without_top_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files without the one folder that holds all of them, if there is one."""
    tops = {name.partition("/")[0] for name in files}
    if len(tops) == 1 and all("/" in name for name in files):
        return {name.partition("/")[2]: content for name, content in files.items()}
    return files


def one_student(path: Path, limits: Limits, lookup: Lookup) -> CollectedSubmission | Refusal:
    """Return the submission in a zip file or notebook that is named after its student."""
    student, notes = lookup(Person(path.stem))
    if why := id_problem(student):
        return Refusal(student, f"its name is not a valid id: {why}")
    budget = FileBudget(limits)
    try:
        if path.suffix.lower() == ".ipynb":
            with path.open("rb") as file:
                budget.add(path.name, file.read(budget.most(path.name) + 1))
            files = budget.files
        else:
            name = "submission.zip"
            with path.open("rb") as file:
                content = file.read((MOST_STUDENT_MB << 20) + 1)
            if len(content) > MOST_STUDENT_MB << 20:
                raise InvalidSubmission(f"its zip file is larger than {MOST_STUDENT_MB} MB")
            files = unpacked({name: content}, limits)
            if files and all(MOODLE.fullmatch(n) or CANVAS.fullmatch(n) for n in files):
                return Refusal(
                    student, "it looks like the archive of a class; name its form with --from"
                )
    except InvalidSubmission as error:
        return Refusal(student, str(error))
    except OSError as error:
        return Refusal(student, f"{terminal_safe(path.name)} cannot be read ({error.strerror})")
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    return CollectedSubmission(student, changed, files, notes)
