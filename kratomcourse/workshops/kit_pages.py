"""A workshop to carry on a stick: agenda, slides, handout, questions before and after, house rules, help, checklist, feedback form.

What other outlets make (PDFs) is handed in as files; this module lays everything into one folder that opens without a network.
"""

import datetime as dt
import html
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from ..errors import CourseError, Diagnostic, shown_path
from ..evidence import evidence_dir, known_text, load_table
from ..evidence.first_aid import SITUATIONS, first_aid

STYLE = """
body { font-family: system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; line-height: 1.5; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328; background: #fff; }
h1 { font-size: 1.8rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2rem; } a { color: #0062a3; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid #9aa3ad; }
td.minutes { white-space: nowrap; } .small { color: #434a52; font-size: .9rem; } .line { border-bottom: 1px solid #5a6169; height: 2.2rem; }
li { margin-bottom: .5rem; } li.box { list-style: none; margin-left: -1.2rem; } .box::before { content: "\\2610\\00a0"; }
@media (prefers-color-scheme: dark) { @media screen { body { color: #e8ebee; background: #14181e; } a { color: #6cbcf0; } .small { color: #a2abb5; } } }
@media print { body { margin: 0; max-width: none; } a { color: inherit; } tr, li { break-inside: avoid; } }
"""

RULES = (
    "You may leave the room at any time, and come back, without saying why.",
    "Speak from yourself, or not at all. Nobody is asked whether they use anything.",
    "What somebody tells about themselves stays here. What we learn may leave.",
    "A person is a person first: somebody who uses kratom, not a user; somebody in recovery, not clean.",
    "We name no shops and no products, and we give no amounts. Nobody here can tell you what is right for your body.",
    "Not knowing is an answer. We say it, and write the question down.",
    "Phones stay in the bag for pictures. No recordings.",
    "If it becomes too much, the person at the door has time for you.",
)

CHECKLIST = (
    ("A week before", (
        "Read the chapters with the facilitator notes (the instructor edition of the book).",
        "Ask a service near you whether somebody can be in the room, or on the phone.",
        "Check every help line on the list that you will hand out: call it, and write today's date beside it.",
        "Tell the people who come what it is about, that it is education and not treatment, and that nothing is recorded.",
    )),
    ("The day before", (
        "Open index.html from this folder on the machine that you will use, with the network off.",
        "Step through the slides once; press S for the notes.",
        "Print: questions before and after, handout, help lines, feedback form. A few more than people.",
        "If people bring laptops: start the room once, and open it from a second machine.",
    )),
    ("In the room", (
        "A door that people can leave by without crossing in front.",
        "Water. A quiet corner or second room, and a person who will sit there.",
        "First aid and the help lines on the wall, large. If there is a naloxone kit, say where it is.",
        "A clock. The agenda says when to stop.",
    )),
    ("Afterwards", (
        "Collect the papers yourself, and keep no list of names beside them.",
        "Look at the questions before and after for the group, never for one person.",
        "Destroy what you do not need. Write down which question nobody could answer.",
        "If you are worried about somebody: ask them, in private, and offer the lines again.",
    )),
)  # fmt: skip

FEEDBACK = (
    "What will you remember?",
    "What was not clear, or not right?",
    "Was there something said that hurt, or that should be said in another way?",
    "What do you want to know now?",
)


def write_kit(folder, title, agenda, files, again=False, today=None):
    """Lay the kit into `folder` and a zip beside it; made beside and renamed, so that no half kit is ever there.

    folder : path of the kit; must not exist unless `again`
    title  : of the workshop
    agenda : Agenda
    files  : {path in the kit: (label, bytes)}; slides, handout and papers, made by others
    returns: (folder, zip file)
    raises : CourseError where the folder exists, or can not be written
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
            "Ground rules, to read aloud or to hang up",
            page("Ground rules", listed(RULES)),
        ),
        "first-aid.html": ("First aid, to hang up or to hand out", first_aid_page()),
        "help-lines.html": ("Help lines, with the day on which each was seen", help_page()),
        "checklist.html": ("Checklist for the room", checklist_page()),
        "feedback.html": ("Feedback form, voluntary and without names", feedback_page(title)),
    }
    links = "".join(
        f'<li><a href="{html.escape(name)}">{html.escape(label)}</a></li>'
        for name, (label, _) in (pages | files).items()
    )
    note = f"<p class=small>Put together on {day}. Health education, not medical or legal advice. Nothing here needs a network.</p>"
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
                os.replace(folder, old)
            os.replace(beside, folder)
            os.replace(packed, folder.with_name(f"{folder.name}.zip"))
            if old:
                shutil.rmtree(old)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            beside.with_suffix(".zip").unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(
            Diagnostic(
                shown_path(folder),
                f"can not be written ({error.strerror}).",
                "free some space, or name a folder of yours with --to",
            )
        ) from error
    return folder, folder.with_name(f"{folder.name}.zip")


def page(title, body):
    return f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{html.escape(title)}</title><style>{STYLE}</style></head>\n<body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>\n'


def listed(texts, boxes=False):
    return (
        "<ul>"
        + "".join(f"<li{' class=box' if boxes else ''}>{html.escape(text)}</li>" for text in texts)
        + "</ul>"
    )


def agenda_page(title, agenda):
    rows = "".join(
        f"<tr><td class=minutes>{agenda.clock(start)}</td><td class=minutes>{length} min</td><th scope=row>{html.escape(what)}</th><td>{html.escape(happens)}</td></tr>"
        for start, length, what, happens in agenda.rows
    )
    out = "".join(
        f"<li>{html.escape(f'{part.number} {part.title} ({part.minutes} min)')}</li>"
        for part in agenda.left_out
    )
    left = f"<h2>Left out for time</h2><ul>{out}</ul>" if out else ""
    return page(
        title,
        f"<p>{agenda.minutes} minutes in all. Minutes are those that each part says it takes.</p><table><thead><tr><th scope=col>from</th><th scope=col>minutes</th><th scope=col>what</th><th scope=col>how</th></tr></thead><tbody>{rows}</tbody></table>{left}",
    )


HAPPENED = dict(zip(SITUATIONS, ("If someone won't wake up", "A seizure", "Chest pain")))


def first_aid_blocks(reasons=False):
    """[(heading, HTML)]: the steps of each situation as a numbered list, with the reason for each step where it is wanted."""
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


def first_aid_page():
    drawing = evidence_dir().parent / "book" / "images" / "recovery-position.svg"
    picture = drawing.read_text(encoding="utf-8") if drawing.exists() else ""
    body = "".join(
        f"<h2>{html.escape(heading)}</h2>{steps}{picture if place == 0 else ''}"
        for place, (heading, steps) in enumerate(first_aid_blocks(reasons=True))
    )
    return page(
        "First aid",
        body
        + "<p class=small>Lay first aid for adults. The operator on the phone comes first. A sheet does not replace a course in first aid.</p>",
    )


def help_page():
    lines = load_table("help_lines")
    body = "<p>Numbers change. Each stands here as it was last seen, with the day. Call them before you hand this out.</p>"
    for country, there in lines.groupby("country", sort=False):
        rows = "".join(
            f"<tr><th scope=row>{html.escape(line.service)}</th><td>{html.escape(line.contact)}{f' or text {html.escape(str(line.sms))}' if isinstance(line.sms, str) and line.sms else ''}</td>"
            f"<td>{html.escape(line.for_what)}</td><td>{html.escape(known_text(line))}</td></tr>"
            for line in there.itertuples()
        )
        body += f"<h2>{html.escape(country)}</h2><table><thead><tr><th scope=col>service</th><th scope=col>how</th><th scope=col>for what</th><th scope=col>last seen</th></tr></thead><tbody>{rows}</tbody></table>"
    return page("Help lines", body)


def checklist_page():
    return page(
        "Checklist",
        "".join(
            f"<h2>{html.escape(when)}</h2>{listed(what, boxes=True)}" for when, what in CHECKLIST
        ),
    )


def feedback_page(title):
    asked = "".join(
        f"<h2>{html.escape(question)}</h2><div class=line></div><div class=line></div><div class=line></div>"
        for question in FEEDBACK
    )
    return page(
        "Feedback",
        f"<p>{html.escape(title)}. Date: ______________</p>"
        "<p><strong>You need not fill this in.</strong> Do not write your name, or anything by which somebody could know you or another person. "
        "It is read by the people who led the workshop, to make the next one better, and then destroyed.</p>"
        f"{asked}<p class=box>My words may be quoted, without my name.</p><p class=box>Please do not quote me.</p>",
    )
