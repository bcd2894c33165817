"""What makes an item easy to guess, hard to read, or a copy of another one. Each finding names the item and the mend."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations

from .words import with_facts

ABSOLUTE = re.compile(r"\b(always|never|all|none|every|only|nobody|everybody|impossible|completely|proves?)\b", re.IGNORECASE)
CATCH_ALL = re.compile(r"\b(all|none|both|neither) of (the|these) (above|answers|options|others|statements)\b", re.IGNORECASE)
NEGATIVE = re.compile(r"\b(which|what|who)\b[^.?!]*\b(not|except|least)\b[^.?!]*\?", re.IGNORECASE)
TOO_LONG = 1.25  # a key this much longer than the longest distractor gives itself away
ALIKE = 0.82  # stems more alike than this ask the same thing


@dataclass(frozen=True)
class Finding:
    """One weakness of one item."""

    item: str
    rule: str
    message: str
    hint: str
    is_error: bool = False


def lint(bank):
    """Findings about the items of one bank, in the order of the file."""
    return [finding for item in bank.items for finding in lint_item(item)]


def lint_item(item):
    stem = with_facts(item.stem)
    asked = re.sub(r"\*\*(not|except|least)\*\*", "", stem, flags=re.IGNORECASE)
    if NEGATIVE.search(asked):
        yield Finding(item.id, "negative", "the stem asks for what is not so, without emphasis.", "write **not**, or ask it the other way round")
    if item.kind not in ("choice", "choices"):
        return
    right = [option.text for option in item.options if option.correct]
    wrong = [option.text for option in item.options if not option.correct]
    for option in item.options:
        if found := CATCH_ALL.search(option.text):
            yield Finding(item.id, "catch-all", f"an option says \u201c{found[0]}\u201d.", "name what is meant", is_error=True)
    if item.kind == "choice" and len(right[0]) > TOO_LONG * max(map(len, wrong)) and len(right[0]) > 25:
        yield Finding(item.id, "longest", "the key is much longer than every other option.", "shorten it, or make another option as exact")
    if item.kind == "choice" and all(ABSOLUTE.search(text) for text in wrong) and not ABSOLUTE.search(right[0]):
        yield Finding(item.id, "absolute", "every wrong option is absolute and the key is not.", "make an option wrong by what it says, not by its \u201calways\u201d")
    if item.kind == "choice" and (shared := given_away(stem, right[0], wrong)):
        yield Finding(item.id, "given-away", f"only the key repeats \u201c{shared}\u201d from the stem.", "use the word in another option too, or not in the key")


def given_away(stem, key, wrong):
    """A long word that stands in the stem and the key and in no other option; empty where there is none."""
    words = lambda text: set(re.findall(r"[a-z]{9,}", text.lower()))  # noqa: E731
    shared = words(stem) & words(key) - set().union(*map(words, wrong))
    return min(shared, default="")


def copies(items):
    """(earlier, later) pairs of items of one kind whose stems ask the same thing in nearly the same words."""
    stems = {item.id: normal(item.stem) for item in items}
    sets = {name: set(words) for name, words in stems.items()}
    for one, other in combinations(items, 2):
        a, b = sets[one.id], sets[other.id]
        # Cheap first: two lists of words that are this much alike share most of their words.
        if one.kind == other.kind and len(a & b) > 0.6 * max(len(a), len(b)):
            if SequenceMatcher(None, stems[one.id], stems[other.id], autojunk=False).ratio() > ALIKE:
                yield one, other


def normal(text):
    """A stem as its words in lower case, without roles, numbers and signs."""
    text = re.sub(r"\{[a-z-]+\}`[^`]*`", " ", text.lower())
    return re.findall(r"[a-z]+", text)
