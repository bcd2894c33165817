"""Start an assignment: choose questions that cover the objectives, and write a file to edit."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..files import write_atomic
from ..quiz import load_banks
from ..quiz.assignments import (
    KINDS,
    assignment_path,
    due_moment,
    find_assignment,
    minutes_for,
    rank,
    read_assignment,
    short_name,
)
from ..quiz.bank import AnyItem, Bank

# What a short quiz asks: nothing that a person has to read, and no program to write.
QUICK_KINDS = ("choice", "choices", "number", "order", "match")
NUMBERS_IN_TEN = 2  # at most, of ten questions; they take the longest


@dataclass(frozen=True)
class NewAssignment:
    """What the instructor asked for."""

    name: str
    chapters: Sequence[str]
    number: int = 10
    kinds: Sequence[str] = ()
    title: str | None = None
    minutes: int | None = None
    seed: str = "1"
    without: Sequence[str] = field(default_factory=tuple)  # assignments whose items are not asked
    texts: int = 0  # questions that a person reads, beside the others
    due: str | None = None


def write_assignment(root: Path, wanted: NewAssignment) -> Path:
    """Choose questions and write the file of a new assignment; returns its path.

    raises : CourseError for a name that exists, an unknown chapter, or too few questions
    """
    path = free_path(root, wanted.name)
    banks = [named_bank(chapter) for chapter in wanted.chapters]
    if not banks:
        known = ", ".join(load_banks())
        raise CourseError(
            Diagnostic(
                "course assignment new",
                "no chapter was named.",
                f"add --chapter and one of: {known}; or --from and the name of an assignment",
            )
        )
    asked = {item.id for name in wanted.without for item in find_assignment(root, name).items}
    check_due(wanted.due)
    items = spread(banks, wanted, asked)
    if wanted.texts:
        read = replace(wanted, number=wanted.texts, kinds=("text",))
        items += spread(banks, read, asked | {item.id for item in items})
    title = wanted.title or " and ".join(bank.title for bank in banks)
    minutes = wanted.minutes or minutes_for(items)
    write_atomic(path, file_text(title, minutes, wanted.seed, items, wanted.due))
    read_assignment(path)
    return path


def copy_assignment(root: Path, name: str, new_name: str) -> Path:
    """Copy an assignment's file under a new name."""
    find_assignment(root, name)
    path = free_path(root, new_name)
    write_atomic(path, assignment_path(root, name).read_text(encoding="utf-8"))
    return path


def free_path(root: Path, name: str) -> Path:
    """Return where a new assignment goes; CourseError where there is one."""
    folder = root / "assignments"
    path = folder / f"{name}.yml" if folder.is_dir() else assignment_path(root, name)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise CourseError(
            Diagnostic(
                "course assignment new",
                f"'{name}' cannot be the name of an assignment.",
                "use small letters, digits and hyphens, such as midterm-1",
            )
        )
    if path.exists():
        raise CourseError(
            Diagnostic(shown_path(path), "there is such an assignment already.", "use another name")
        )
    return path


def named_bank(chapter: str) -> Bank:
    """Return a chapter's bank by its name or number."""
    banks = load_banks()
    for name, bank in banks.items():
        if chapter in (name, name[:2]):
            return bank
    raise CourseError(
        Diagnostic(
            "course assignment new",
            f"there is no chapter '{chapter}' with a bank.",
            did_you_mean(chapter, banks) or f"use one of: {', '.join(banks)}",
        )
    )


def spread(banks: Sequence[Bank], wanted: NewAssignment, asked: Collection[str]) -> list[AnyItem]:
    """Return questions that go round the objectives, in the order of the bank.

    asked  : ids of items that other assignments ask
    raises : CourseError where the banks have too few
    """
    kinds = check_kinds(wanted.kinds)
    pool = [
        item
        for bank in banks
        for item in bank.used_for("graded")
        if item.kind in kinds and item.id not in asked
    ]
    ordered = sorted(pool, key=lambda item: rank(wanted.seed, item.id))
    objectives = turns(banks)
    chosen: dict[str, AnyItem] = {}
    names: set[str] = set()
    while len(chosen) < wanted.number:
        before = len(chosen)
        for objective in objectives:
            if len(chosen) == wanted.number:
                break
            fits = [
                item
                for item in ordered
                if item.objective == objective
                and item.id not in chosen
                and short_name(item) not in names
                and not too_many_numbers(item, chosen.values(), wanted)
            ]
            # A kind that is not asked yet comes first, so that a quiz is not all of one kind.
            there = [item.kind for item in chosen.values()]
            fits.sort(key=lambda item: there.count(item.kind) if there.count(item.kind) < 2 else 2)
            if fits:
                chosen[fits[0].id] = fits[0]
                names.add(short_name(fits[0]))
        if len(chosen) == before:
            raise CourseError(
                Diagnostic(
                    "course assignment new",
                    f"{before} questions can be chosen, and {wanted.number} are wanted.",
                    f"ask for --number {before}, name more chapters, or allow more kinds",
                )
            )
    return [item for item in pool if item.id in chosen]


def turns(banks: Sequence[Bank]) -> list[str]:
    """Return all objectives, the chapters taking turns."""
    lists = [[one.id for one in bank.objectives] for bank in banks]
    longest = max(map(len, lists))
    return [one[place] for place in range(longest) for one in lists if place < len(one)]


def too_many_numbers(item: AnyItem, chosen: Collection[AnyItem], wanted: NewAssignment) -> bool:
    """Whether one more question that asks for a number would make the quiz slow."""
    if item.kind != "number" or wanted.kinds:
        return False
    numbers = sum(one.kind == "number" for one in chosen)
    return numbers + 1 > max(1, wanted.number * NUMBERS_IN_TEN // 10)


def check_kinds(kinds: Sequence[str]) -> Sequence[str]:
    """Return the kinds to choose from; CourseError for an unknown one."""
    for kind in kinds:
        if kind not in KINDS:
            raise CourseError(
                Diagnostic(
                    "course assignment new",
                    f"'{kind}' is no kind of question.",
                    did_you_mean(kind, KINDS) or f"use one of: {', '.join(KINDS)}",
                )
            )
    return kinds or QUICK_KINDS


def check_due(due: str | None) -> None:
    """CourseError for a due date that is not a moment."""
    try:
        if due:
            due_moment(due)
    except ValueError as error:
        what, _, fix = str(error).partition("; ")
        raise CourseError(Diagnostic("--due", f"{what}.", fix)) from error


def file_text(
    title: str, minutes: int, seed: str, items: Sequence[AnyItem], due: str | None = None
) -> str:
    """Return the text of an assignment's file."""
    lines = [
        "# What students are asked. Lines can be moved, changed, taken out and added; then:",
        "# course assignment check, course assignment build. How to write one: For instructors.",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        f"minutes: {minutes}",
        f"due: {due}" if due else "# due: 2027-02-01 23:59 Europe/Berlin",
        f"seed: {json.dumps(seed, ensure_ascii=False)}",
        "items:",
    ]
    objective = ""
    for item in items:
        if item.objective != objective:
            objective = item.objective
            lines.append(f"  # {objective}")
        lines.append(f"  - id: {item.id}")
    return "\n".join(lines) + "\n"
