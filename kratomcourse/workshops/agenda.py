"""The minutes of a workshop: whole parts of chapters between the fixed parts of the day."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..chapters import Part, find_chapter
from ..errors import CourseError, Diagnostic

Fixed = tuple[str, int, str]  # what, minutes, what happens
OPENING: tuple[Fixed, ...] = (
    (
        "Welcome and ground rules",
        5,
        "Who we are, how we speak, where help is. "
        "Everyone may leave the room at any time, without saying why.",
    ),
)
BEFORE: Fixed = (
    "Questions before",
    8,
    "Form A on paper, without names unless you agreed on a code. No one is graded.",
)
BREAK: Fixed = ("Break", 10, "Water, air, and someone to talk to for anyone who wants to.")
AFTER: Fixed = ("Questions after", 8, "Form B: as many questions on the same objectives.")
CLOSING: tuple[Fixed, ...] = (
    (
        "Feedback, and where help is",
        5,
        "The feedback form is voluntary. Read the help lines aloud once more.",
    ),
)
TEACHING = "Slides, one question for the room, one try at the keyboard."
TALK = "If you don't know, say so. Write the question down and look it up together."
BREAK_FROM = 75  # minutes of a workshop that needs a break


@dataclass
class Agenda:
    """A workshop's timetable.

    minutes  : in all
    rows     : (start, minutes, what, what happens); start in minutes from the beginning
    parts    : parts of chapters that are taught, in order
    left_out : parts of the same chapters that do not fit
    begins   : time of day of the beginning, in minutes after midnight; 0 shows minutes passed
    """

    minutes: int
    rows: list[tuple[int, int, str, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    left_out: list[Part] = field(default_factory=list)
    begins: int = 0

    def clock(self, start: int) -> str:
        """Return the time of day of a row, or the time passed where no beginning is known."""
        at = (self.begins + start) % (24 * 60)
        return f"{at // 60}:{at % 60:02d}"


def parse_start(text: str) -> int:
    """Return minutes after midnight of a time such as 14:00; CourseError for anything else."""
    hours, _, minutes = text.partition(":")
    if hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60:
        return int(hours) * 60 + int(minutes)
    raise CourseError(Diagnostic("workshop", f"'{text}' is no time of day.", "--start 14:00"))


def plan(
    chapters: Sequence[str],
    minutes: int,
    root: Path,
    chosen: Sequence[str] | None = None,
    tests: bool = True,
    without: Sequence[str] = (),
    begins: int = 0,
) -> Agenda:
    """Return an agenda of exactly `minutes`; what is left over is time to talk.

    chapters : numbers or names
    chosen   : numbers of parts such as 4.1, in the order given; None takes the core parts, which
               are about safety, and fills the time with the first parts of each chapter
    tests    : with the questions before and after
    without  : numbers of parts to leave out, core parts too
    begins   : time of day, in minutes after midnight
    raises   : CourseError that says how many minutes are missing, and what would fit
    """
    parts = [part for name in chapters for part in find_chapter(name, root).parts]
    known = {part.number: part for part in parts}
    for number in [*(chosen or ()), *without]:
        if number not in known:
            raise CourseError(
                Diagnostic(
                    "workshop",
                    f"there is no part {number} in these chapters.",
                    f"take from {listed(parts)}",
                )
            )
    before = [*OPENING, *([BEFORE] if tests else [])]
    after = [*([AFTER] if tests else []), *CLOSING]
    pause = minutes >= BREAK_FROM
    room = minutes - sum(row[1] for row in [*before, *after]) - (BREAK[1] if pause else 0)
    if chosen:
        taken = [known[number] for number in chosen]
        require_fit(taken, room, minutes)
    else:
        taken = choose_parts([part for part in parts if part.number not in without], room, minutes)
    middle = [(title_of(part), part.minutes, happens_in(part)) for part in taken]
    spare = room - sum(part.minutes for part in taken)
    if pause:
        middle.insert(place_of_break(middle), BREAK)
    talk = [("Open questions", spare, TALK)] if spare else []
    agenda = Agenda(
        minutes, parts=taken, left_out=[part for part in parts if part not in taken], begins=begins
    )
    clock = 0
    for what, length, happens in [*before, *middle, *talk, *after]:
        agenda.rows.append((clock, length, what, happens))
        clock += length
    return agenda


def title_of(part: Part) -> str:
    """Number and title of a part."""
    return f"{part.number} {part.title}"


def happens_in(part: Part) -> str:
    """What the leader does in a part."""
    return f"Core part, about safety: always keep it. {TEACHING}" if part.core else TEACHING


def place_of_break(rows: Sequence[Fixed]) -> int:
    """Return where the break goes: after the first half of the minutes, never at the beginning."""
    half, at = sum(row[1] for row in rows) / 2, 0
    while at < len(rows) - 1 and sum(row[1] for row in rows[:at]) < half:
        at += 1
    return max(at, 1)


def require_fit(taken: Sequence[Part], room: int, minutes: int) -> None:
    """Raise CourseError if the chosen parts take more than `room` minutes."""
    need = sum(part.minutes for part in taken)
    if need > room:
        raise CourseError(
            Diagnostic(
                "workshop",
                f"these parts take {need} minutes, and {max(room, 0)} of {minutes} remain beside "
                "welcome, questions, break and feedback.",
                f"--minutes {minutes - room + need}, or fewer --parts",
            )
        )


def choose_parts(parts: Sequence[Part], room: int, minutes: int) -> list[Part]:
    """Return core parts first, then the first parts of each chapter that fill the time best.

    raises : CourseError if not even one part of each chapter fits
    """
    shortest: dict[str, int] = {}
    for part in parts:
        shortest[part.chapter] = min(part.minutes, shortest.get(part.chapter, part.minutes))
    least = sum(shortest.values())
    if least > room:
        raise CourseError(
            Diagnostic(
                "workshop",
                f"{max(room, 0)} of {minutes} minutes remain beside welcome, questions, break and "
                f"feedback; one part of each chapter takes {least} at least.",
                f"--minutes {minutes - room + least}, fewer --chapters, or --no-tests",
            )
        )
    core: list[Part] = []
    for part in sorted((part for part in parts if part.core), key=lambda part: part.core):
        covered = {part.chapter, *(one.chapter for one in core)}
        reserved = sum(length for chapter, length in shortest.items() if chapter not in covered)
        if sum(one.minutes for one in core) + part.minutes + reserved <= room:
            core.append(part)
    rest = [part for part in parts if part not in core]
    left = room - sum(part.minutes for part in core)
    return core + best_fit(rest, left, {part.chapter for part in core})


def best_fit(parts: Sequence[Part], room: int, covered: set[str]) -> list[Part]:
    """Return the first parts of each chapter that fill the most of `room` minutes.

    First parts, because later ones rest on them; at least one of each chapter that is not covered.
    Of fillings that are equally full, the one that shares the time most evenly.
    """
    chapters = list(dict.fromkeys(part.chapter for part in parts))
    of = {chapter: [part for part in parts if part.chapter == chapter] for chapter in chapters}
    best: tuple[int, ...] = ()
    score: tuple[int, int] | None = None
    ranges = (range(chapter not in covered, len(of[chapter]) + 1) for chapter in chapters)
    for counts in itertools.product(*ranges):
        shares = [
            sum(part.minutes for part in of[chapter][:count])
            for chapter, count in zip(chapters, counts, strict=True)
        ]
        new = (sum(shares), min(shares, default=0))
        if sum(shares) <= room and (score is None or new > score):
            best, score = counts, new
    # A long shortest part may not come first; then the chapter's shortest one stands for it.
    if score is None:
        return [
            min(of[chapter], key=lambda part: part.minutes)
            for chapter in chapters
            if chapter not in covered
        ]
    return [
        part for chapter, count in zip(chapters, best, strict=True) for part in of[chapter][:count]
    ]


def listed(parts: Sequence[Part]) -> str:
    """Return parts with their minutes, for a message."""
    return ", ".join(f"{part.number} {part.title} ({part.minutes} min)" for part in parts)
