"""The pages of a workshop kit, and the folder that needs no network.

PDFs and slides come from elsewhere, as files; this module writes everything into one folder.
"""

import datetime as dt
import html
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import CourseError, Diagnostic, shown_path
from ..evidence import evidence_dir, known_text, load_table
from ..evidence.first_aid import SITUATIONS, first_aid
from .agenda import Agenda

STYLE = (Path(__file__).parent / "templates" / "kit.css").read_text(encoding="utf-8")

RULES = (
    "You may leave the room at any time, and come back, without saying why.",
    "Speak from yourself, or not at all. Nobody is asked whether they use anything.",
    "What people say about themselves stays here. What we learn may leave.",
    "Put people first: a person who uses, not a user; someone in recovery, not clean.",
    "We name no shops and no products, and we give no amounts. No one here can tell you what "
    "is right for your body.",
    "Not knowing is an answer. We say so, and write the question down.",
    "No pictures and no recordings.",
    "If it becomes too much, the person at the door has time for you.",
)

CHECKLIST = (
    ("A week before", (
        "Read the chapters with the facilitator notes (the instructor edition of the book).",
        "Ask a service near you whether someone can be in the room, or on the phone.",
        "Call every help line on the list that you'll give people, and write today's date "
        "beside it.",
        "Tell people what it's about, that it's education and not treatment, and that nothing "
        "is recorded.",
    )),
    ("The day before", (
        "Open index.html from this folder on the machine that you will use, with the network off.",
        "Step through the slides once; press S for the notes.",
        "Print: questions before and after, handout, help lines, feedback form. Print a few "
        "spare ones.",
        "If people bring laptops: start the room once, and open it from a second machine.",
    )),
    ("In the room", (
        "A door that people can leave by without crossing in front of everyone.",
        "Water. A quiet corner or second room, and a person who will sit there.",
        "First aid and the help lines on the wall, large. If there is a naloxone kit, say "
        "where it is.",
        "A clock. The agenda says when to stop.",
    )),
    ("Afterwards", (
        "Collect the papers yourself, and keep no list of names beside them.",
        "Compare the questions before and after for the group, never for one person.",
        "Destroy what you do not need. Write down which question no one could answer.",
        "If you're worried about someone: ask them, in private, and offer the lines again.",
    )),
)  # fmt: skip

FEEDBACK = (
    "What will you remember?",
    "What was not clear, or not right?",
    "Did something hurt, or should it be said in another way?",
    "What do you want to know now?",
)


def write_kit(
    folder: Path,
    title: str,
    agenda: Agenda,
    files: dict[str, tuple[str, bytes]],
    again: bool = False,
    today: dt.date | None = None,
) -> tuple[Path, Path]:
    """Write the kit to `folder` and a zip beside it, completely or not at all.

    folder : path of the kit; must not exist unless `again`
    title  : of the workshop
    agenda : Agenda
    files  : {path in the kit: (label, bytes)}; slides, handout and papers, made by others
    returns: (folder, zip file)
    raises : CourseError where the folder exists, or cannot be written
    """
    folder = Path(folder)
    if folder.exists() and not again:
        raise CourseError(
            Diagnostic(
                shown_path(folder),
                "exists already, perhaps with notes of yours in it.",
                "name another folder with --to, or replace it with --again",
            )
        )
    day = (today or dt.date.today()).isoformat()
    pages = {
        "agenda.html": ("Agenda", agenda_page(title, agenda)),
        "ground-rules.html": (
            "Ground rules, to read aloud or to put up",
            page("Ground rules", listed(RULES)),
        ),
        "first-aid.html": ("First aid, to put up or to give to people", first_aid_page()),
        "help-lines.html": ("Help lines, with the day on which each was seen", help_page()),
        "checklist.html": ("Checklist for the room", checklist_page()),
        "feedback.html": ("Feedback form, voluntary and without names", feedback_page(title)),
    }
    links = "".join(
        f'<li><a href="{html.escape(name)}">{html.escape(label)}</a></li>'
        for name, (label, _) in (pages | files).items()
    )
    note = (
        f"<p class=small>Put together on {day}. Health education, not medical or legal advice. "
        "Nothing here needs a network.</p>"
    )
    everything = {name: text.encode() for name, (_, text) in pages.items()} | {
        name: content for name, (_, content) in files.items()
    }
    everything["index.html"] = page(
        title, f"<p>{agenda.minutes} minutes.</p><ul>{links}</ul>{note}"
    ).encode()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            beside.chmod(0o755)
            for name, content in everything.items():
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                (beside / name).write_bytes(content)
            packed = beside.with_suffix(".zip")
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as stick:
                for name in sorted(everything):
                    stick.write(beside / name, f"{folder.name}/{name}")
            old = None
            if folder.exists():
                old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
                folder.replace(old)
            beside.replace(folder)
            packed.replace(folder.with_name(f"{folder.name}.zip"))
            if old:
                shutil.rmtree(old)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            beside.with_suffix(".zip").unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(
            Diagnostic(
                shown_path(folder),
                f"cannot be written ({error.strerror}).",
                "free some space, or name a folder of yours with --to",
            )
        ) from error
    return folder, folder.with_name(f"{folder.name}.zip")


HEAD = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)
HAPPENED = dict(
    zip(SITUATIONS, ("If someone won't wake up", "A seizure", "Chest pain"), strict=True)
)


def page(title: str, body: str) -> str:
    """Return a whole HTML page."""
    shown = html.escape(title)
    return (
        f"{HEAD}<title>{shown}</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>{shown}</h1>{body}</main></body></html>\n"
    )


def listed(texts: Iterable[str], boxes: bool = False) -> str:
    """Return texts as a list, with boxes to tick if wanted."""
    box = " class=box" if boxes else ""
    return "<ul>" + "".join(f"<li{box}>{html.escape(text)}</li>" for text in texts) + "</ul>"


def table(heads: Iterable[str], rows: str) -> str:
    """Return a table with a row of headings."""
    cells = "".join(f"<th scope=col>{head}</th>" for head in heads)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>"


def agenda_page(title: str, agenda: Agenda) -> str:
    """Return the page with the timetable."""
    rows = "".join(
        f"<tr><td class=minutes>{agenda.clock(start)}</td><td class=minutes>{length} min</td>"
        f"<th scope=row>{html.escape(what)}</th><td>{html.escape(happens)}</td></tr>"
        for start, length, what, happens in agenda.rows
    )
    out = listed(f"{part.number} {part.title} ({part.minutes} min)" for part in agenda.left_out)
    return page(
        title,
        f"<p>{agenda.minutes} minutes in all. Each part takes as long as its own page says.</p>"
        + table(("from", "minutes", "what", "how"), rows)
        + (f"<h2>Left out for time</h2>{out}" if agenda.left_out else ""),
    )


def first_aid_blocks(reasons: bool = False) -> list[tuple[str, str]]:
    """Return [(heading, HTML)]: the steps of each situation, with their reasons if wanted."""
    blocks = []
    for situation, heading in HAPPENED.items():
        items = "".join(
            f"<li><strong>{html.escape(step.lead)}</strong> {html.escape(step.detail)}"
            + (f" <em>{html.escape(step.reason)}</em>" if reasons else "")
            + "</li>"
            for step in first_aid(situation)
        )
        blocks.append((heading, f"<ol>{items}</ol>"))
    return blocks


def first_aid_page() -> str:
    """Return the first-aid sheet, with the drawing of the recovery position."""
    drawing = evidence_dir().parent / "book" / "images" / "recovery-position.svg"
    picture = drawing.read_text(encoding="utf-8") if drawing.exists() else ""
    body = "".join(
        f"<h2>{html.escape(heading)}</h2>{steps}{picture if place == 0 else ''}"
        for place, (heading, steps) in enumerate(first_aid_blocks(reasons=True))
    )
    return page(
        "First aid",
        f"{body}<p class=small>First aid for adults by people without training. The operator on "
        "the phone comes first. A sheet does not replace a course in first aid.</p>",
    )


def help_page() -> str:
    """Return the page with all help lines, by country."""
    body = (
        "<p>Numbers change. This page gives each as of the day beside it. "
        "Call them before you give this to anyone.</p>"
    )
    for country, lines in load_table("help_lines").groupby("country", sort=False):
        rows = "".join(help_row(line) for line in lines.itertuples())
        body += f"<h2>{html.escape(str(country))}</h2>"
        body += table(("service", "how", "for what", "as of"), rows)
    return page("Help lines", body)


def help_row(line: Any) -> str:
    """Return the table row of one help line."""
    sms = f" or text {line.sms}" if isinstance(line.sms, str) and line.sms else ""
    return (
        f"<tr><th scope=row>{html.escape(line.service)}</th>"
        f"<td>{html.escape(line.contact + sms)}</td><td>{html.escape(line.for_what)}</td>"
        f"<td>{html.escape(known_text(line))}</td></tr>"
    )


def checklist_page() -> str:
    """Return the checklist for before, during and after."""
    return page(
        "Checklist",
        "".join(
            f"<h2>{html.escape(when)}</h2>{listed(what, boxes=True)}" for when, what in CHECKLIST
        ),
    )


def feedback_page(title: str) -> str:
    """Return the feedback form."""
    line = "<div class=line></div>"
    asked = "".join(f"<h2>{html.escape(question)}</h2>{line * 3}" for question in FEEDBACK)
    return page(
        "Feedback",
        f"<p>{html.escape(title)}. Date: ______________</p>"
        "<p><strong>You don't have to fill this in.</strong> Don't write your name, or anything by "
        "which someone could recognise you or another person. It is read by the people who led the "
        "workshop, to make the next one better, and then destroyed.</p>"
        f"{asked}<p class=box>My words may be quoted, without my name.</p>"
        "<p class=box>Please do not quote me.</p>",
    )
