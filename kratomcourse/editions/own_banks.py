"""Banks of an edition: the course's items for what it keeps, and the edition's own beside them."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..chapters import objectives_of
from ..errors import CourseError, Diagnostic, did_you_mean, shown_path, yaml_error
from ..quiz.bank import item_lines, load_bank, read_yaml
from .edition_file import Edition
from .selection import KeptChapter, Selection

BANK = "quizzes/bank"
ITEM_ID = re.compile(r"^\s*-\s+(?:\{\s*)?id:\s*([\w.-]+)", re.M)


@dataclass
class OwnBank:
    """One file of an edition's bank."""

    path: Path
    items: list[dict[str, Any]] = field(default_factory=list)
    objectives: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # {item id: its line}


def edition_banks(edition: Edition, selection: Selection) -> dict[str, bytes]:
    """Return {name in the course: content} of the banks of an edition.

    raises : CourseError that names file, item and fix, for an own item that can't be taken
    """
    folder = edition.upstream / BANK
    own = own_banks(edition, selection)
    made: dict[str, bytes] = {}
    problems: list[Diagnostic] = []
    for kept in selection.kept:
        name = kept.chapter.name
        path = folder / f"{name}.yml"
        if not path.is_file():
            continue
        content, found = merged(path, kept, own.get(name))
        made[f"{BANK}/{name}.yml"] = content
        problems += found
    if problems:
        raise CourseError(problems)
    return made


def own_banks(edition: Edition, selection: Selection) -> dict[str, OwnBank]:
    """Return {chapter: own items}; CourseError for a file or an id that can't be taken."""
    if not edition.fields.bank:
        return {}
    folder = edition.path("bank", edition.fields.bank, "bank")
    if isinstance(folder, Diagnostic):
        raise CourseError(folder)
    if not folder.is_dir():
        message = f"{edition.fields.bank} is not a folder."
        hint = "name a folder with a file for each chapter, such as 04-risk.yml"
        raise CourseError(edition.problem("bank", message, hint, "bank"))
    chapters = [one.chapter.name for one in selection.kept]
    owners = ids_of_the_course(edition.upstream / BANK)
    found: dict[str, OwnBank] = {}
    problems: list[Diagnostic] = []
    for path in sorted(folder.glob("*.yml")):
        if path.stem not in chapters:
            hint = did_you_mean(path.stem, chapters) or f"use one of: {', '.join(chapters)}"
            message = f"the edition has no chapter '{path.stem}'."
            problems.append(Diagnostic(shown_path(path), message, f"rename the file; {hint}"))
            continue
        try:
            bank = read_own(path)
        except CourseError as error:
            problems += error.diagnostics
            continue
        problems += clashes(bank, owners)
        found[path.stem] = bank
    if problems:
        raise CourseError(problems)
    return found


def ids_of_the_course(folder: Path) -> dict[str, str]:
    """Return {item id: file that has it} of all banks of the course, kept or not."""
    return {
        item_id: f"{BANK}/{path.name}"
        for path in sorted(folder.glob("*.yml"))
        for item_id in ITEM_ID.findall(path.read_text(encoding="utf-8"))
    }


def read_own(path: Path) -> OwnBank:
    """Return the content of an own file, which needs no objectives where it names the course's."""
    file = shown_path(path)
    try:
        node, data = read_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise yaml_error(error, path) from error
    items = data.get("items") if isinstance(data, dict) else None
    objectives = data.get("objectives") or [] if isinstance(data, dict) else []
    are_records = isinstance(items, list) and all(
        isinstance(one, dict) and one.get("id") for one in (*items, *objectives)
    )
    if not are_records:
        message, hint = "is no bank of items.", "write items: and below it the items, each with id"
        raise CourseError(Diagnostic(file, message, hint, 1))
    known = {"chapter", "title", "objectives", "items"}
    if unknown := [name for name in data if name not in known]:
        hint = did_you_mean(str(unknown[0]), known) or f"use one of: {', '.join(sorted(known))}"
        raise CourseError(Diagnostic(file, f"'{unknown[0]}' is not a field.", hint))
    ids = [str(item["id"]) for item in items or []]
    lines = dict(zip(ids, item_lines(node), strict=False))
    return OwnBank(path, list(items or []), list(objectives), lines)


def clashes(bank: OwnBank, owners: dict[str, str]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each id that is taken; note the others as taken."""
    for item in bank.items:
        item_id = str(item["id"])
        if item_id in owners:
            yield Diagnostic(
                shown_path(bank.path),
                f"there is an item of this id in {owners[item_id]} already.",
                "give your item another id, such as one with the name of your place in it",
                bank.lines.get(item_id),
                item_id,
            )
        owners.setdefault(item_id, shown_path(bank.path))


def merged(path: Path, kept: KeptChapter, own: OwnBank | None) -> tuple[bytes, list[Diagnostic]]:
    """Return (content, problems) of a chapter's bank with the edition's items.

    Objectives that only parts left out teach are gone, and with them their items.
    """
    if kept.is_whole and own is None:
        return path.read_bytes(), []
    _node, data = read_yaml(path.read_text(encoding="utf-8"))
    gone = set() if kept.is_whole else objectives_left_out(path, kept)
    own = own or OwnBank(path)
    data["objectives"] = [one for one in data["objectives"] if one["id"] not in gone]
    data["objectives"] += own.objectives
    data["items"] = [one for one in data["items"] if one["objective"] not in gone] + own.items
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        made.write_text(text, encoding="utf-8")
        try:
            load_bank(made)
        except CourseError as error:
            return b"", [in_its_file(one, own, path) for one in error.diagnostics]
    return text.encode(), []


def in_its_file(found: Diagnostic, own: OwnBank, path: Path) -> Diagnostic:
    """Return a diagnostic of a merged bank with the file that has the item."""
    is_own = found.item in own.lines or not found.item
    file = shown_path(own.path if is_own else path)
    return Diagnostic(file, found.message, found.hint, own.lines.get(found.item), found.item)


def objectives_left_out(path: Path, kept: KeptChapter) -> set[str]:
    """Return the objectives that a chapter's left-out parts teach, and none that it keeps."""
    bank = load_bank(path)
    taught = {one.id for part in kept.parts for one in objectives_of(part, bank)}
    gone = [part for part in kept.chapter.parts if part not in kept.parts]
    return {one.id for part in gone for one in objectives_of(part, bank)} - taught
