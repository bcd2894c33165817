"""Cards to learn with: the check items of a chapter and the glossary as an Anki deck. Graded items never become cards."""

import re
import zlib
from html import escape

import genanki

from ..quiz.bank import key_of
from ..quiz.words import to_html
from .words import marker_html, options_of, stem_html

MODEL = genanki.Model(
    1607392801,  # stable for ever: Anki knows a note's form by it
    "Kratom and Harm Reduction",
    fields=[{"name": "Front"}, {"name": "Back"}, {"name": "Id"}],
    templates=[
        {"name": "Card", "qfmt": "{{Front}}", "afmt": "{{FrontSide}}<hr id=answer>{{Back}}"}
    ],
    css=".card { font: 20px/1.5 sans-serif; text-align: left; max-width: 40em; margin: auto; }",
)


def anki_deck(bank, glossary, path):
    """Write the deck of one chapter.

    glossary : {term: meaning}
    path     : .apkg file to write
    returns  : number of cards
    """
    deck = genanki.Deck(
        zlib.crc32(f"kratom:{bank.chapter}".encode()) + 1,
        f"Kratom and Harm Reduction::{bank.title}",
    )
    for item in bank.used_for("check"):
        deck.add_note(
            note(
                item.id,
                front(item),
                back(item),
                [bank.chapter, item.objective.replace(".", "-"), item.level],
            )
        )
    for term, meaning in glossary.items():
        deck.add_note(
            note(
                f"glossary.{term.lower()}",
                f"<p><b>{escape(term)}</b></p>",
                to_html(meaning),
                ["glossary"],
            )
        )
    genanki.Package(deck).write_to_file(str(path))
    return len(deck.notes)


def note(identity, question, answer, tags):
    # The id makes a second import update a card instead of doubling it.
    return genanki.Note(
        MODEL,
        [question, answer, identity],
        guid=genanki.guid_for("kratom-course", identity),
        tags=tags,
    )


def front(item):
    if item.kind in ("choice", "choices"):
        options = "".join(
            f"<li>{to_html(option.text, inline=True)}</li>" for _, option in options_of(item)
        )
        return f"{stem_html(item)}<ol type='a'>{options}</ol>"
    if item.kind == "order":
        return (
            stem_html(item)
            + "<ul>"
            + "".join(f"<li>{to_html(entry, inline=True)}</li>" for entry in sorted(item.entries))
            + "</ul>"
        )
    if item.kind == "match":
        rights = "".join(
            f"<li>{to_html(right, inline=True)}</li>"
            for right in sorted(pair.right for pair in item.pairs)
        )
        return (
            stem_html(item)
            + "<ul>"
            + "".join(f"<li>{to_html(pair.left, inline=True)}</li>" for pair in item.pairs)
            + f"</ul><p>with</p><ul>{rights}</ul>"
        )
    return stem_html(item)


def back(item):
    if item.kind in ("choice", "choices"):
        rows = "".join(
            f"<li>{'<b>Right.</b> ' if option.correct else ''}{to_html(option.text, inline=True)}<br /><small>{to_html(option.feedback, inline=True)}</small></li>"
            for _, option in options_of(item)
        )
        answer = f"<ol type='a'>{rows}</ol>"
    elif item.kind == "number":
        answer = f"<p><b>{key_of(item):.4g} {escape(item.unit)}</b></p>{to_html(item.feedback)}"
    elif item.kind == "order":
        answer = (
            "<ol>"
            + "".join(f"<li>{to_html(entry, inline=True)}</li>" for entry in item.entries)
            + f"</ol>{to_html(item.feedback)}"
        )
    elif item.kind == "match":
        answer = (
            "<ul>"
            + "".join(
                f"<li><b>{to_html(pair.left, inline=True)}</b>: {to_html(pair.right, inline=True)}<br /><small>{to_html(pair.feedback, inline=True)}</small></li>"
                for pair in item.pairs
            )
            + "</ul>"
        )
    else:
        answer = marker_html(item)
    return answer + (to_html(item.explanation) if item.explanation else "")


def read_glossary(path):
    """{term: meaning} of a page with one {glossary} directive."""
    body = re.search(r"```\{glossary\}\n(.*?)\n```", path.read_text(encoding="utf-8"), re.S)[1]
    entries = re.findall(r"^(\S.*)\n((?:[ \t]+.*\n?|\n(?=[ \t]))+)", body + "\n", re.M)
    return {
        term.strip(): re.sub(
            r"\{term\}`([^`<]+?)\s*(?:<[^`]*>)?`", r"\1", " ".join(meaning.split())
        )
        for term, meaning in entries
    }
