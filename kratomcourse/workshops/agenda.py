"""The minutes of a workshop: whole parts of chapters, as long as their headers say, between the fixed parts of the day."""

import itertools
from dataclasses import dataclass, field

from ..chapters import find_chapter
from ..errors import CourseError, Diagnostic

# Fixed parts: (what, minutes, what happens).
OPENING = (
    (
        "Welcome and ground rules",
        5,
        "Who we are, how we speak, where help is. Everybody may leave the room at any time, without saying why.",
    ),
)
BEFORE = (
    "Questions before",
    8,
    "Form A on paper, without names unless you agreed on a code. Nobody is graded.",
)
BREAK = ("Break", 10, "Water, air, and somebody to talk to for whoever wants to.")
AFTER = ("Questions after", 8, "Form B: as many questions on the same objectives.")
CLOSING = (
    (
        "Feedback, and where help is",
        5,
        "The feedback form is voluntary. Read the help lines aloud once more.",
    ),
)
BREAK_FROM = 75  # minutes of a workshop that needs a break


@dataclass
class Agenda:
    minutes: int
    rows: list = field(default_factory=list)  # (start, minutes, what, what happens)
    parts: list = field(default_factory=list)
    left_out: list = field(default_factory=list)


def plan(chapters, minutes, root, chosen=None, tests=True):
    """Agenda of exactly `minutes`.

    chapters : numbers or names
    chosen   : numbers of parts such as 4.1, in the order given; None lets the plan choose whole parts that fill the time
    tests    : with the questions before and after
    returns  : Agenda whose rows add up to `minutes`; what is left over is time for talk
    raises   : CourseError that says how many minutes are missing, and what would fit
    """
    parts = [part for name in chapters for part in find_chapter(name, root).parts]
    fixed = [*OPENING, *([BEFORE] if tests else []), *([AFTER] if tests else []), *CLOSING]
    pause = minutes >= BREAK_FROM
    room = minutes - sum(part[1] for part in fixed) - (BREAK[1] if pause else 0)
    if chosen:
        known = {part.number: part for part in parts}
        if unknown := [number for number in chosen if number not in known]:
            raise CourseError(
                Diagnostic(
                    "workshop",
                    f"there is no part {unknown[0]} in these chapters.",
                    f"take from {told(parts)}",
                )
            )
        taken = [known[number] for number in chosen]
        need = sum(part.minutes for part in taken)
        if need > room:
            raise CourseError(
                Diagnostic(
                    "workshop",
                    f"these parts take {need} minutes, and {max(room, 0)} of {minutes} remain beside welcome, questions, break and feedback.",
                    f"--minutes {minutes - room + need}, or fewer --parts",
                )
            )
    else:
        taken = best_fit(parts, room)
        if taken is None:
            least = sum(
                min(part.minutes for part in parts if part.chapter == chapter)
                for chapter in {part.chapter for part in parts}
            )
            raise CourseError(
                Diagnostic("workshop", f"{max(room, 0)} of {minutes} minutes remain beside welcome, questions, break and feedback; one part of each chapter takes {least} at least.",
                        f"--minutes {minutes - room + least}, fewer --chapters, or --no-tests")
            )  # fmt: skip
    agenda = Agenda(minutes, parts=taken, left_out=[part for part in parts if part not in taken])
    clock = 0
    spare = room - sum(part.minutes for part in taken)
    before = [*OPENING, *([BEFORE] if tests else [])]
    middle = [
        (
            f"{part.number} {part.title}",
            part.minutes,
            "Slides, one question for the room, one try at the keyboard.",
        )
        for part in taken
    ]
    if pause:
        half, at = sum(row[1] for row in middle) / 2, 0
        while at < len(middle) - 1 and sum(row[1] for row in middle[:at]) < half:
            at += 1
        middle.insert(max(at, 1), BREAK)
    talk = (
        [
            (
                "Open questions",
                spare,
                "What you do not know, say so. Write it down and look it up together.",
            )
        ]
        if spare
        else []
    )
    for what, length, happens in [*before, *middle, *talk, *([AFTER] if tests else []), *CLOSING]:
        agenda.rows.append((clock, length, what, happens))
        clock += length
    return agenda


def best_fit(parts, room):
    """The first parts of each chapter, at least one of each, that fill the most of `room` minutes; None where none fit.

    First parts, because later ones rest on them. Of fillings that are as full the one that shares the time most evenly.
    """
    chapters = list(dict.fromkeys(part.chapter for part in parts))
    of = {chapter: [part for part in parts if part.chapter == chapter] for chapter in chapters}
    best, score = None, None
    for counts in itertools.product(*(range(1, len(of[chapter]) + 1) for chapter in chapters)):
        shares = [
            sum(part.minutes for part in of[chapter][:count])
            for chapter, count in zip(chapters, counts, strict=True)
        ]
        if sum(shares) <= room and (score is None or (sum(shares), min(shares)) > score):
            best, score = counts, (sum(shares), min(shares))
    return best and [
        part for chapter, count in zip(chapters, best, strict=True) for part in of[chapter][:count]
    ]


def told(parts):
    return ", ".join(f"{part.number} {part.title} ({part.minutes} min)" for part in parts)
