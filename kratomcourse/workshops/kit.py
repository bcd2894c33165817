"""Assemble a workshop kit: agenda and slides from here, papers and handout from `exports`."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ..chapters import find_chapter, objectives_of
from ..errors import CourseError, Diagnostic
from ..evidence import known_text, load_rows
from ..exports.exam_pdf import PAGE_SIZES, exam_and_key, handout_pdf
from ..quiz import load_banks
from ..quiz.parallel import parallel_forms
from .agenda import Agenda, parse_start, plan
from .kit_pages import first_aid_blocks, write_kit
from .slides import handout_blocks, slides_html

LEAST_ITEMS = 8  # questions on a paper; with fewer, before and after differ by chance alone
FRESH_DAYS = 730  # a help line on the handout was seen within this time


@dataclass(frozen=True)
class KitOptions:
    """What goes into a workshop kit.

    chapters : numbers or names
    minutes  : of the whole workshop
    parts    : numbers of parts such as 4.1; empty takes the core parts and what else fits
    without  : numbers of parts to leave out
    start    : time of day such as 14:00; empty shows the minutes passed
    items    : questions on each paper; None for one of each objective, and at least eight
    tests    : whether there are papers before and after
    seed     : of the choice and order of questions
    size     : of the paper, a4 or letter
    to       : folder of the kit; None for exports/workshop-...
    again    : replace a kit that exists
    """

    chapters: Sequence[str]
    minutes: int = 90
    parts: Sequence[str] = ()
    without: Sequence[str] = ()
    start: str = ""
    items: int | None = None
    tests: bool = True
    seed: str = "1"
    size: str = "a4"
    to: Path | None = None
    again: bool = False


def make_workshop(
    root: Path, options: KitOptions, say: Callable[[str], Any]
) -> tuple[Path, Path, Agenda]:
    """Make the kit; return (folder, zip file, agenda).

    root   : folder of the course
    raises : CourseError for what does not fit, does not exist, or is there already
    """
    if not options.chapters:
        raise CourseError(Diagnostic("workshop", "no chapter is given.", "--chapters 4,6"))
    if options.size not in PAGE_SIZES:
        raise CourseError(
            Diagnostic(
                "workshop",
                f"'{options.size}' is no size of paper.",
                f"use one of: {', '.join(PAGE_SIZES)}",
            )
        )
    names = [find_chapter(name, root).name for name in dict.fromkeys(options.chapters)]
    stem = f"workshop-{'-'.join(name[:2] for name in names)}-{options.minutes}"
    folder = options.to or root / "exports" / stem
    if folder.exists() and not options.again:
        raise CourseError(
            Diagnostic(
                str(folder),
                "exists already, perhaps with notes of yours in it.",
                "give another folder with --to, or replace it with --again",
            )
        )
    agenda = plan(
        names,
        options.minutes,
        root,
        options.parts or None,
        options.tests,
        options.without,
        parse_start(options.start) if options.start else 0,
    )
    banks = load_banks()
    title = " and ".join(banks[name].title for name in names)
    forms = parallel_papers(names, agenda, banks, options) if options.tests else []
    if forms and len(forms[0]) < LEAST_ITEMS:
        say(
            f"each paper has {len(forms[0])} questions, because the bank has no more pairs on what "
            "is taught: compare groups with care, or teach more parts"
        )
    asked = {item.id for form in forms for item in form}
    files: dict[str, tuple[str, bytes]] = {}
    for name in names:
        say(f"making the slides of {name}")
        titles = [part.title for part in agenda.parts if part.chapter == name]
        # What a paper asks is not shown on a slide, with its answer, in between.
        slides = slides_html(name, root, say, titles, asked)
        files[f"slides/{name}.html"] = (f"Slides: {banks[name].title}", slides.encode())
    say("setting handout and papers")
    blocks = [block for name in names for block in handout_blocks(name, root)]
    files["handout.pdf"] = (
        "Handout (PDF)",
        handout_pdf(title, [*first_aid_blocks(), *blocks, help_block()], options.size),
    )
    for letter, when, chosen in zip("AB", ("before", "after"), forms, strict=False):
        seed = f"{options.seed}-{letter}"
        paper, key = exam_and_key(title, chosen, seed, options.size, letter, named=False)
        files[f"questions-{when}.pdf"] = (f"Questions {when}, form {letter} (PDF)", paper)
        files[f"questions-{when}-key.pdf"] = (
            f"Key to the questions {when} (PDF; for the teacher)",
            key,
        )
    return *write_kit(folder, f"Workshop: {title}", agenda, files, options.again), agenda


def parallel_papers(
    names: Sequence[str], agenda: Agenda, banks: dict[str, Any], options: KitOptions
) -> list[Any]:
    """Return two parallel forms of questions on the objectives that the agenda teaches."""
    objectives = {
        objective.id
        for part in agenda.parts
        for objective in objectives_of(part, banks[part.chapter])
    }
    taught = [narrowed(banks[name], objectives) for name in names]
    if options.items:
        return list(parallel_forms(taught, options.items, options.seed, use="any"))
    # As many as the bank has pairs for, from eight down to one of each objective.
    for count in range(max(LEAST_ITEMS, len(objectives)), len(objectives), -1):
        try:
            return list(parallel_forms(taught, count, options.seed, use="any"))
        except CourseError:
            continue
    return list(parallel_forms(taught, len(objectives), options.seed, use="any"))


def narrowed(bank: Any, objectives: set[str]) -> Any:
    """Return the bank with the items of these objectives only."""
    return bank.model_copy(
        update={
            "objectives": [
                objective for objective in bank.objectives if objective.id in objectives
            ],
            "items": [item for item in bank.items if item.objective in objectives],
        }
    )


def help_block(today: dt.date | None = None) -> tuple[str, str]:
    """Return heading and table of the help lines that were seen within the last two years."""
    oldest = (today or dt.date.today()) - dt.timedelta(days=FRESH_DAYS)
    rows = "".join(
        f"<tr><td>{escape(line.country)}</td><td>{escape(line.service)}</td>"
        f"<td>{escape(line.contact)}</td><td>{escape(known_text(line))}</td></tr>"
        for line in load_rows("help_lines")
        if dt.date.fromisoformat(line.as_of) >= oldest
    )
    return (
        "Help, with the day each line is as of (older ones are not printed)",
        f"<table><tr><th>where</th><th>service</th><th>how</th><th>as of</th></tr>{rows}</table>",
    )
