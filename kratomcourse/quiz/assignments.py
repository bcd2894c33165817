"""Assignments as data: `quizzes/assignments/NAME.yml` says what a quiz asks, for how many points.

An assignment is read and checked here and becomes an `AssignedBank`, which everything that knows a
bank can use. Making notebooks from it is up to `grading.assignment_source`.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path, yaml_error
from .bank import (
    AnyItem,
    Bank,
    Criterion,
    Item,
    Level,
    Objective,
    Record,
    banks_dir,
    item_lines,
    load_bank,
    read_yaml,
    repeated_fields,
)

NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LONGEST_NAME = 60
OWN_BANK = "own-bank"  # folder beside the assignments, for items that are nobody else's
KINDS = ("choice", "choices", "number", "order", "match", "code", "text")
LEVELS: tuple[str, ...] = get_args(Level)
# Minutes that a student needs for one question; a rough guide, used where a file gives no time.
MINUTES: Mapping[str, float] = {
    "choice": 1.5,
    "choices": 2,
    "number": 3,
    "order": 2,
    "match": 3,
    "code": 6,
    "text": 8,
}
DUE = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::\d\d)?\s*(\S+)?")


class Entry(Record):
    """One line of an assignment: an item by its id, or a choice of items."""

    id: str | None = Field(None, description="this item")
    objective: list[str] = Field(default_factory=list, description="any of these objectives")
    chapter: str | None = Field(None, description="any objective of this chapter")
    level: list[str] = Field(default_factory=list, description="any of these levels")
    kind: list[str] = Field(default_factory=list, description="any of these kinds")
    number: int | None = Field(None, ge=1, description="how many; all where it is left out")
    points: float | None = Field(None, gt=0, le=100, description="of each; the bank's without it")

    @field_validator("objective", "level", "kind", mode="before")
    @classmethod
    def one_or_more(cls, value: object) -> object:
        """Take a single word for a list of one."""
        return [value] if isinstance(value, str) else value

    @field_validator("chapter", mode="before")
    @classmethod
    def chapter_as_text(cls, value: object) -> object:
        """Take the number that YAML makes of 02 for the chapter."""
        return f"{value:02}" if isinstance(value, int) else value

    @model_validator(mode="after")
    def item_or_choice(self) -> Self:
        """Check that the line names either an item or a choice, with words that exist."""
        chooses = bool(self.objective or self.chapter or self.level or self.kind or self.number)
        if bool(self.id) == chooses:
            raise ValueError(
                "this line gives neither an item nor a choice, or both;"
                " write either id, or objective, chapter, level, kind and number"
            )
        if not self.id and not (self.objective or self.chapter):
            raise ValueError("this line does not say where to choose; add objective or chapter")
        for words, known in ((self.level, LEVELS), (self.kind, KINDS)):
            for word in words:
                if word not in known:
                    hint = did_you_mean(word, known) or f"use one of: {', '.join(known)}"
                    raise ValueError(f"'{word}' is unknown; {hint}")
        return self


class AssignmentFile(Record):
    """One file of `quizzes/assignments`, as it is written."""

    title: str = Field(min_length=3)
    instructions: str = Field("", description="shown at the top of the notebook")
    minutes: int | None = Field(None, ge=1, le=600, description="time that students should plan")
    due: str | None = Field(None, description="such as 2027-02-01 23:59 Europe/Berlin")
    seed: str = Field("1", description="another seed chooses other items")
    order: Literal["listed", "shuffled"] = "listed"
    banks: list[str] = Field(default_factory=list, description="folders with own banks")
    items: list[Entry] = Field(min_length=1)

    @field_validator("due", mode="before")
    @classmethod
    def known_moment(cls, value: object) -> object:
        """Check the date, and that it has a time zone."""
        if value is None:
            return None
        text = str(value)
        due_moment(text)
        return text

    @field_validator("seed", mode="before")
    @classmethod
    def seed_as_text(cls, value: object) -> object:
        """Take a number for text."""
        return str(value) if isinstance(value, int) else value


class AssignedBank(Bank):
    """The items of one assignment, in order and with its points, as a bank of their own."""

    chapter: str = Field(pattern=NAME)
    file: str = ""
    instructions: str = ""
    minutes: int | None = None
    due: str | None = None
    homes: dict[str, Bank] = Field(default_factory=dict, exclude=True, repr=False)

    def home_of(self, objective: str) -> Bank:
        """Return the bank that an objective comes from."""
        return self.homes.get(objective, self)

    @property
    def points(self) -> float:
        """Return what can be earned."""
        return sum(item.points for item in self.items)


@dataclass(frozen=True)
class AssignmentLines:
    """Where an assignment is read: its file, and the line of each entry."""

    file: str
    lines: Sequence[int] = ()

    def problem(
        self, message: str, hint: str, entry: int | None = None, item: str = ""
    ) -> Diagnostic:
        """Return a diagnostic for one entry, or for the file."""
        line = self.lines[entry] if entry is not None and entry < len(self.lines) else None
        return Diagnostic(self.file, message, hint, line, item)


def due_moment(text: str) -> datetime:
    """Return a due date in UTC and without a zone, as nbgrader stores it.

    raises : ValueError, with the fix after a semicolon
    """
    match = DUE.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"'{text}' is not a date and time; write it like 2027-02-01 23:59 Europe/Berlin"
        )
    day, clock, zone = match.groups()
    if not zone:
        raise ValueError(
            f"'{text}' has no time zone; add one, such as UTC, Europe/Berlin or America/Chicago"
        )
    if zone not in ("UTC", "Z", "GMT") and zone not in available_timezones():
        near = did_you_mean(zone, available_timezones()) or "use one such as Europe/Berlin"
        raise ValueError(f"'{zone}' is not a time zone; {near}")
    try:
        local = datetime.fromisoformat(f"{day} {clock}")
    except ValueError as error:
        raise ValueError(f"'{text}' is not a date that exists; correct it") from error
    aware = local.replace(tzinfo=UTC if zone in ("UTC", "Z", "GMT") else ZoneInfo(zone))
    return aware.astimezone(UTC).replace(tzinfo=None)


def assignments_dir(root: Path) -> Path:
    """Return the folder of assignments of a course folder, or that of this course."""
    own = root / "assignments"
    if own.is_dir():
        return own
    here = Path(__file__).resolve()
    checkout = here.parents[2] / "quizzes" / "assignments"
    return checkout if checkout.is_dir() else here.parent / "assignment_data"


def assignment_path(root: Path, name: str) -> Path:
    """Return where an assignment is written down, whether or not it exists."""
    return assignments_dir(root) / f"{name}.yml"


def assignment_names(root: Path) -> list[str]:
    """Return the names of all assignments of a course folder, in order."""
    return sorted(path.stem for path in assignments_dir(root).glob("*.yml"))


def find_assignment(root: Path, name: str, banks: Path | None = None) -> AssignedBank:
    """Return one assignment by its name.

    root   : folder with nbgrader_config.py
    banks  : folder of bank files; `bank` in root where there is one, else that of the course
    raises : CourseError for an unknown name, or for what is wrong in its file
    """
    path = assignment_path(root, name)
    if not path.is_file():
        names = assignment_names(root)
        hint = did_you_mean(name, names) or (
            "course assignment list shows those that exist;"
            f" course assignment new {name} starts one"
        )
        raise CourseError(Diagnostic(shown_path(path), f"there is no assignment '{name}'.", hint))
    return load_assignment_file(path, root, banks)


def load_assignment_file(path: Path, root: Path, banks: Path | None = None) -> AssignedBank:
    """Return the assignment in a file, with its items.

    raises : CourseError that lists every mistake with file, line, item and fix
    """
    spec, place = read_assignment(path)
    found, problems = banks_for(spec, root, banks, place)
    return assembled(path.stem, spec, found, place, problems)


def read_assignment(path: Path) -> tuple[AssignmentFile, AssignmentLines]:
    """Return the content of an assignment's file; CourseError for what is not one."""
    file = shown_path(path)
    if len(path.stem) > LONGEST_NAME or not re.fullmatch(NAME, path.stem):
        raise CourseError(
            Diagnostic(
                file,
                "an assignment cannot have this name.",
                f"use small letters, digits and hyphens, at most {LONGEST_NAME}",
            )
        )
    try:
        node, data = read_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        hint = "look at this line and the one before; compare with another assignment"
        raise yaml_error(error, path, hint) from error
    if not isinstance(data, dict):
        raise CourseError(
            Diagnostic(file, "is not an assignment.", "write title and items, as the others do", 1)
        )
    if twice := list(repeated_fields(node)):
        raise CourseError(
            Diagnostic(file, f"the field '{name}' is given twice.", "keep one of the two", line)
            for name, line in twice
        )
    place = AssignmentLines(file, item_lines(node))
    try:
        return AssignmentFile.model_validate(data), place
    except ValidationError as error:
        raise CourseError(
            [schema_problem(dict(issue), place, data) for issue in error.errors()]
        ) from error


def schema_problem(
    issue: Mapping[str, Any], place: AssignmentLines, data: Mapping[str, Any]
) -> Diagnostic:
    """Return a pydantic error as a diagnostic."""
    where: tuple[Any, ...] = issue["loc"]
    entry = where[1] if len(where) > 1 and where[0] == "items" else None
    field = str(where[-1]) if where and not isinstance(where[-1], int) else ""
    known = [*AssignmentFile.model_fields, *Entry.model_fields]
    if issue["type"] == "extra_forbidden":
        message = f"'{field}' is not a field of this place."
        hint = did_you_mean(field, known) or "remove it, or correct its spelling"
    elif issue["type"] == "missing":
        message, hint = f"{field} is missing.", "add it"
    elif issue["type"] == "value_error":
        said, _, hint = issue["msg"].removeprefix("Value error, ").partition("; ")
        message = f"{field}: {said}." if field else f"{said}."
    else:
        message = f"{field or 'this line'}: {issue['msg']}."
        hint = "compare with the same field of another assignment"
    entries = data.get("items")
    given = entries[entry] if isinstance(entries, list) and isinstance(entry, int) else None
    item = str(given.get("id") or "") if isinstance(given, dict) else ""
    return place.problem(message, hint, entry, item)


def banks_for(
    spec: AssignmentFile, root: Path, banks: Path | None, place: AssignmentLines
) -> tuple[dict[str, Bank], list[Diagnostic]]:
    """Return the banks that an assignment may need, and a problem for each private one not there.

    Banks of the course that mention nothing of the assignment are not read: reading all takes a
    second or two.
    """
    folder = banks or (root / "bank" if (root / "bank").is_dir() else banks_dir())
    words = {entry.id or "" for entry in spec.items} | {
        objective for entry in spec.items for objective in entry.objective
    }
    chapters = {entry.chapter for entry in spec.items}
    found: dict[str, Bank] = {}
    for path in sorted(folder.glob("*.yml")):
        named = any(chapter in (path.stem, path.stem[:2]) for chapter in chapters if chapter)
        if named or mentions(path, words):
            found[path.stem] = load_bank(path)
    problems = []
    for name in private_folders(spec, root):
        own = (root / Path(name).expanduser()).resolve()
        if not own.is_dir():
            problems.append(
                place.problem(
                    f"the private bank '{name}' is not there.",
                    f"put it back at {own}, or take it and its items out of this file",
                )
            )
            continue
        for path in sorted(own.glob("*.yml")):
            found[f"{name}/{path.stem}"] = load_bank(path)
    return found, problems


def mentions(path: Path, words: Iterable[str]) -> bool:
    """Whether a bank file contains one of these ids."""
    text = path.read_text(encoding="utf-8")
    return any(word in text for word in words if word)


def private_folders(spec: AssignmentFile, root: Path) -> list[str]:
    """Return the folders with own banks: those of the file, and `own-bank` where it exists."""
    default = [OWN_BANK] if (root / OWN_BANK).is_dir() and OWN_BANK not in spec.banks else []
    return [*spec.banks, *default]


def assembled(
    name: str,
    spec: AssignmentFile,
    banks: Mapping[str, Bank],
    place: AssignmentLines,
    problems: Sequence[Diagnostic] = (),
) -> AssignedBank:
    """Return the assignment that a file describes; CourseError lists what cannot be resolved."""
    chooser = Chooser(spec, banks, place)
    chosen = chooser.choose()
    if problems or chooser.problems:
        raise CourseError([*problems, *chooser.problems])
    if spec.order == "shuffled":
        chosen = sorted(chosen, key=lambda item: rank(f"order|{spec.seed}", item.id))
    asked = {item.objective for item in chosen}
    objectives: dict[str, Objective] = {
        one.id: one for bank in banks.values() for one in bank.objectives if one.id in asked
    }
    # Built without validation: every part was validated when its bank was read.
    return AssignedBank.model_construct(
        chapter=name,
        title=spec.title,
        objectives=list(objectives.values()),
        items=chosen,
        file=place.file,
        instructions=spec.instructions.strip(),
        minutes=spec.minutes,
        due=spec.due,
        homes={one.id: bank for bank in banks.values() for one in bank.objectives},
    )


def rank(seed: str, item_id: str) -> bytes:
    """Return where a seed places an item; one more item in the bank moves no other."""
    return hashlib.sha256(f"{seed}|{item_id}".encode()).digest()


def short_name(item: Item) -> str:
    """Return the name under which an item is answered; no two of an assignment may share it."""
    function = getattr(item, "function", None)
    return str(function or item.id.partition(".")[2])


def with_points(item: AnyItem, points: float | None) -> AnyItem:
    """Return an item that is worth so many points; a rubric is scaled with it."""
    if points is None or points == item.points:
        return item
    changes: dict[str, Any] = {"points": points}
    rubric: Sequence[Criterion] | None = getattr(item, "rubric", None)
    if rubric:
        share = points / item.points
        changes["rubric"] = [
            row.model_copy(update={"points": row.points * share}) for row in rubric
        ]
    template = getattr(item, "template", None)
    if template is not None:
        changes["template"] = {**template, "points": points}
    return item.model_copy(update=changes)


class Chooser:
    """Finds the items of each entry, and collects what is wrong."""

    def __init__(
        self, spec: AssignmentFile, banks: Mapping[str, Bank], place: AssignmentLines
    ) -> None:
        self.spec, self.place = spec, place
        self.problems: list[Diagnostic] = []
        self.items: dict[str, AnyItem] = {}
        self.chapters: dict[str, str] = {}  # item -> chapter of its bank
        self.banks = banks
        owners: dict[str, str] = {}
        for key, bank in banks.items():
            for item in bank.items:
                if item.id in owners:
                    self.problems.append(
                        place.problem(
                            f"two banks have an item of this id: {owners[item.id]} and {key}.",
                            "give your own item another id",
                            item=item.id,
                        )
                    )
                owners[item.id] = key
                self.items[item.id] = item
                self.chapters[item.id] = bank.chapter
        self.taken: set[str] = set()
        self.names: set[str] = set()

    def choose(self) -> list[AnyItem]:
        """Return the items of all entries in the order of the file; items by id come first."""
        chosen: dict[int, list[AnyItem]] = {}
        for number, entry in enumerate(self.spec.items):
            if entry.id:
                chosen[number] = self.by_id(number, entry, entry.id)
        for number, entry in enumerate(self.spec.items):
            if not entry.id:
                chosen[number] = self.by_choice(number, entry)
        return [item for number in sorted(chosen) for item in chosen[number]]

    def by_id(self, number: int, entry: Entry, item_id: str) -> list[AnyItem]:
        """Return the item that an entry names."""
        item = self.items.get(item_id)
        if item is None:
            hint = did_you_mean(item_id, every_id(self.items)) or (
                "look up the id in quizzes/bank; items of your own belong into"
                f" quizzes/{OWN_BANK}, or into a folder that `banks` names"
            )
            self.report(number, "no bank has this item.", hint, item_id)
            return []
        if not item.is_graded:
            self.report(
                number,
                "this item is shown in the book with its answer, so it cannot be graded.",
                f"take a graded item of the objective {item.objective}",
                item_id,
            )
            return []
        if item_id in self.taken:
            self.report(
                number,
                "this item is listed twice, so its points would count twice.",
                "keep one of the two lines",
                item_id,
            )
            return []
        return [self.take(item, entry)]

    def by_choice(self, number: int, entry: Entry) -> list[AnyItem]:
        """Return the items that an entry chooses, in the order of the bank."""
        if not self.is_known(number, entry):
            return []
        fits = [item for item in self.items.values() if self.suits(item, entry)]
        order = sorted(fits, key=lambda item: rank(self.spec.seed, item.id))
        wanted: set[str] = set()
        names = set(self.names)
        for item in order if entry.number else fits:
            if entry.number and (len(wanted) == entry.number or short_name(item) in names):
                continue
            wanted.add(item.id)
            names.add(short_name(item))
        if entry.number and len(wanted) < entry.number:
            self.report(
                number,
                f"the bank has {len(wanted)} graded items left for this line,"
                f" and {entry.number} are wanted.",
                f"write number: {len(wanted)}, or allow more levels and kinds"
                if wanted
                else "allow more levels and kinds, or take the line out",
            )
        return [self.take(item, entry) for item in fits if item.id in wanted]

    def is_known(self, number: int, entry: Entry) -> bool:
        """Whether objectives and chapter of an entry exist."""
        objectives = [one.id for bank in self.banks.values() for one in bank.objectives]
        unknown = [name for name in entry.objective if name not in objectives]
        for name in unknown:
            hint = did_you_mean(name, objectives) or "course assignment new lists the objectives"
            self.report(number, f"there is no objective '{name}'.", hint)
        chapter = entry.chapter
        there = [bank.chapter for bank in self.banks.values()]
        if chapter and not any(chapter in (name, name[:2]) for name in there):
            known = sorted(path.stem for path in banks_dir().glob("*.yml"))
            hint = did_you_mean(chapter, known) or f"use one of: {', '.join(known)}"
            self.report(number, f"there is no chapter '{chapter}' with a bank.", hint)
            return False
        return not unknown

    def suits(self, item: AnyItem, entry: Entry) -> bool:
        """Whether an entry may choose an item."""
        chapter = self.chapters[item.id]
        return (
            item.is_graded
            and item.id not in self.taken
            and (not entry.objective or item.objective in entry.objective)
            and (not entry.chapter or entry.chapter in (chapter, chapter[:2]))
            and (not entry.level or item.level in entry.level)
            and (not entry.kind or item.kind in entry.kind)
        )

    def take(self, item: AnyItem, entry: Entry) -> AnyItem:
        """Return an item with the points of an entry, and let no other line have it."""
        self.taken.add(item.id)
        self.names.add(short_name(item))
        return with_points(item, entry.points)

    def report(self, number: int, message: str, hint: str, item: str = "") -> None:
        """Note what is wrong with an entry."""
        self.problems.append(self.place.problem(message, hint, number, item))


def every_id(loaded: Iterable[str]) -> list[str]:
    """Return the ids of the loaded banks and of the course's bank, to find what was meant."""
    ids = set(loaded)
    for path in banks_dir().glob("*.yml"):
        ids |= set(re.findall(r"^\s*- id: ([\w.-]+)$", path.read_text(encoding="utf-8"), re.M))
    return sorted(ids)


def minutes_for(items: Iterable[Item]) -> int:
    """Return roughly how long a student needs, rounded up to five minutes."""
    total = sum(MINUTES[str(getattr(item, "kind", "choice"))] for item in items)
    return int(-(-total // 5) * 5)
