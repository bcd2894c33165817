"""A chapter's check items and the glossary as an Anki deck; graded items never become cards."""

import zlib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import ClassVar

import genanki

from ...evidence import load_course
from ...quiz.bank import AnyItem, Choice, Choices, key_of
from ...quiz.item_text import to_html
from ..item_html import marker_html, options_of, stem_html
from ..registry import ALL_KINDS, ExportedQuiz

MODEL = genanki.Model(
    1607392801,  # never changes: Anki identifies the note type by it
    load_course().title,
    fields=[{"name": "Front"}, {"name": "Back"}, {"name": "Id"}],
    templates=[
        {"name": "Card", "qfmt": "{{Front}}", "afmt": "{{FrontSide}}<hr id=answer>{{Back}}"}
    ],
    css=".card { font: 20px/1.5 sans-serif; text-align: left; max-width: 40em; margin: auto; }",
)


def anki_deck(quiz: ExportedQuiz, path: Path) -> int:
    """Write the deck of one chapter: a card for each item and each glossary term.

    path    : .apkg file to write
    returns : number of cards
    """
    deck = genanki.Deck(
        zlib.crc32(f"{load_course().slug}:{quiz.name}".encode()) + 1,
        f"{load_course().title}::{quiz.title}",
    )
    for item in quiz.items:
        deck.add_note(
            note(
                item.id,
                front(item),
                back(item),
                [quiz.name, item.objective.replace(".", "-"), item.level],
            )
        )
    for term, meaning in quiz.glossary.items():
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


def note(identity: str, question: str, answer: str, tags: list[str]) -> genanki.Note:
    """Return a note; its id makes a second import update the card instead of adding another."""
    return genanki.Note(
        MODEL,
        [question, answer, identity],
        guid=genanki.guid_for(load_course().slug, identity),
        tags=tags,
    )


def front(item: AnyItem) -> str:
    """Return the front of a card: the stem, and what there is to choose from."""
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


def back(item: AnyItem) -> str:
    """Return the back of a card: the answer with its feedback and explanation."""
    if isinstance(item, Choice | Choices):
        rows = "".join(
            f"<li>{'<b>Right.</b> ' if option.correct else ''}{to_html(option.text, inline=True)}"
            f"<br /><small>{to_html(option.feedback, inline=True)}</small></li>"
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
                f"<li><b>{to_html(pair.left, inline=True)}</b>: "
                f"{to_html(pair.right, inline=True)}"
                f"<br /><small>{to_html(pair.feedback, inline=True)}</small></li>"
                for pair in item.pairs
            )
            + "</ul>"
        )
    else:
        answer = marker_html(item)
    return answer + (to_html(item.explanation) if item.explanation else "")


class Anki:
    """Writes an Anki deck of check items and glossary terms."""

    name = "anki"
    title = "Anki flash cards, with the glossary"
    suffix = ".apkg"
    uses = ("check",)  # a card shows its answer, so graded items never become cards
    kinds = ALL_KINDS
    lossy: ClassVar[Mapping[str, str]] = {
        "points": "left out",
        "code": "the solution is shown, not run",
    }

    def write(self, quiz: ExportedQuiz, path: Path) -> int:
        """Write the deck; return its number of cards."""
        return anki_deck(quiz, path)


EXPORTER = Anki()
