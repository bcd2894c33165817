"""What makes a single item hard to read, or a copy of another one.

Cues that point at keys are no matter of a single item: a rule such as "the key is not the longest"
becomes the next cue. `course check --bank` weighs them over all items.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from .bank import AnyItem, Bank
from .item_text import with_facts

CATCH_ALL = re.compile(
    r"\b(all|none|both|neither) of (the|these) (above|answers|options|others|statements)\b",
    re.IGNORECASE,
)
NEGATIVE = re.compile(r"\b(which|what|who)\b[^.?!]*\b(not|except|least)\b[^.?!]*\?", re.IGNORECASE)
OTHER_ROLE = re.compile(r"\{(?!fact\b)([a-z]+)\}`")  # the bank's texts know facts alone
ALIKE = 0.82  # stems more alike than this ask the same thing


@dataclass(frozen=True)
class Finding:
    """One weakness of one item."""

    item: str
    rule: str
    message: str
    hint: str
    is_error: bool = False


def lint(bank: Bank) -> list[Finding]:
    """Findings about the items of one bank, in the order of the file."""
    return [finding for item in bank.items for finding in lint_item(item)]


def lint_item(item: Any) -> Iterator[Finding]:
    """Findings about one item's wording, for an author to read."""
    stem = with_facts(item.stem)
    asked = re.sub(r"\*\*(not|except|least)\*\*", "", stem, flags=re.IGNORECASE)
    if NEGATIVE.search(asked):
        yield Finding(
            item.id,
            "negative",
            "the stem asks for what is not so, without emphasis.",
            "write **not**, or ask it the other way round",
        )
    if found := OTHER_ROLE.search(item.model_dump_json()):
        yield Finding(
            item.id,
            "role",
            f"a text uses {{{found[1]}}}, which a question prints as it stands.",
            "cite a fact of that work: {fact}`id:cite`",
            is_error=True,
        )
    if item.kind not in ("choice", "choices"):
        return
    for option in item.options:
        if found := CATCH_ALL.search(option.text):
            yield Finding(
                item.id,
                "catch-all",
                f"an option says \u201c{found[0]}\u201d.",
                "name what is meant",
                is_error=True,
            )


def copies(items: Sequence[AnyItem]) -> Iterator[tuple[AnyItem, AnyItem]]:
    """(earlier, later) pairs of items of one kind whose stems ask the same thing in nearly the same
    words.
    """
    stems = {item.id: normal(item.stem) for item in items}
    sets = {name: set(words) for name, words in stems.items()}
    for one, other in combinations(items, 2):
        a, b = sets[one.id], sets[other.id]
        # Cheap first: two lists of words that are this much alike share most of their words.
        if (
            one.kind == other.kind
            and len(a & b) > 0.6 * max(len(a), len(b))
            and (
                SequenceMatcher(None, stems[one.id], stems[other.id], autojunk=False).ratio()
                > ALIKE
            )
        ):
            yield one, other


def normal(text: str) -> list[str]:
    """A stem as its words in lower case, without roles, numbers and signs."""
    text = re.sub(r"\{[a-z-]+\}`[^`]*`", " ", text.lower())
    return re.findall(r"[a-z]+", text)
