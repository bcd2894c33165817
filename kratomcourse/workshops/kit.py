"""Assemble a workshop kit: agenda and slides from here, question papers and handout from `exports`."""

from pathlib import Path

from ..chapters import find_chapter, objectives_of
from ..errors import CourseError, Diagnostic
from ..evidence import known_text, load_table
from ..exports.exam_pdf import PAGE_SIZES, exam_and_key, handout_pdf
from ..quiz import load_banks
from ..quiz.parallel import parallel_forms
from .agenda import plan
from .kit_pages import first_aid_blocks, write_kit
from .slides import handout_blocks, slides_html


def make_workshop(root, chapters, minutes, parts, items, tests, seed, size, to, again, say):
    """Make the kit.

    root     : folder of the course
    chapters : numbers or names
    parts    : numbers of parts such as 4.1, or an empty list for those that fit
    items    : questions on each paper; None for one of each objective
    tests    : whether there are papers before and after
    returns  : (folder, zip file, Agenda)
    raises   : CourseError for what does not fit, does not exist, or lies there already
    """
    if not chapters:
        raise CourseError(Diagnostic("workshop", "no chapter is named.", "--chapters 4,6"))
    if size not in PAGE_SIZES:
        raise CourseError(
            Diagnostic(
                "workshop", f"'{size}' is no size of paper.", f"use one of: {', '.join(PAGE_SIZES)}"
            )
        )
    names = [find_chapter(name, root).name for name in dict.fromkeys(chapters)]
    folder = (
        Path(to)
        if to
        else root / "exports" / f"workshop-{'-'.join(name[:2] for name in names)}-{minutes}"
    )
    if folder.exists() and not again:
        raise CourseError(
            Diagnostic(
                str(folder),
                "exists already, perhaps with notes of yours in it.",
                "name another folder with --to, or replace it with --again",
            )
        )
    agenda = plan(names, minutes, root, parts or None, tests=tests)
    banks = load_banks()
    title = " and ".join(banks[name].title for name in names)
    files = {}
    forms = []
    if tests:
        objectives = {
            objective.id
            for part in agenda.parts
            for objective in objectives_of(part, banks[part.chapter])
        }
        taught = [narrowed(banks[name], objectives) for name in names]
        forms = parallel_forms(taught, items or len(objectives), seed, use="any")
    asked = {item.id for form in forms for item in form}
    for name in names:
        say(f"making the slides of {name}")
        titles = [part.title for part in agenda.parts if part.chapter == name]
        # What a paper asks is not shown on a slide, with its answer, in between.
        files[f"slides/{name}.html"] = (
            f"Slides: {banks[name].title}",
            slides_html(name, root, say, titles, asked).encode(),
        )
    say("setting handout and papers")
    blocks = [block for name in names for block in handout_blocks(name, root)]
    files["handout.pdf"] = (
        "Handout (PDF)",
        handout_pdf(title, [*first_aid_blocks(), *blocks, help_block()], size),
    )
    for letter, when, chosen in zip("AB", ("before", "after"), forms):
        paper, key = exam_and_key(title, chosen, f"{seed}-{letter}", size, letter)
        files[f"questions-{when}.pdf"] = (f"Questions {when}, form {letter} (PDF)", paper)
        files[f"questions-{when}-key.pdf"] = (
            f"Key to the questions {when} (PDF; for whoever leads)",
            key,
        )
    return *write_kit(folder, f"Workshop: {title}", agenda, files, again), agenda


def narrowed(bank, objectives):
    """The bank with the items of these objectives alone."""
    return bank.model_copy(
        update={
            "objectives": [
                objective for objective in bank.objectives if objective.id in objectives
            ],
            "items": [item for item in bank.items if item.objective in objectives],
        }
    )


def help_block():
    from html import escape

    lines = load_table("help_lines")
    rows = "".join(
        f"<tr><td>{escape(line.country)}</td><td>{escape(line.service)}</td><td>{escape(line.contact)}</td><td>{escape(known_text(line))}</td></tr>"
        for line in lines.itertuples()
    )
    return (
        "Help, as each line was last seen",
        f"<table><tr><th>where</th><th>service</th><th>how</th><th>last seen</th></tr>{rows}</table>",
    )
