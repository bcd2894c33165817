"""Single cues: what a reader who has not read the question could go by, and how far it would carry.

Each cue is a number per option. Under the null hypothesis the key is a random option of its item,
so the sum of (cue of the key minus mean of the item) has mean 0 and a known variance; a cue that
departs from that by more than chance allows points at the key, or away from it.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist, fmean, pvariance

from ..quiz.bank import Bank, Choice
from ..quiz.item_text import with_facts

CONNECTIVE = r"\b(as|since|because|so|therefore|thus|hence)\b"
HEDGE = (
    r"\b(may|might|can|could|some|about|perhaps|probably|likely|often|usually|mostly|roughly"
    r"|at least|at most|in part|partly|tends?)\b"
)
ABSOLUTE = (
    r"\b(only|never|always|all|every|none|nothing|nobody|everybody|everyone|impossible|must"
    r"|completely|entirely|any|proves?|whole)\b"
)
NEGATION = r"\b(no|not|nor|cannot|without|neither)\b|n't\b"
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "had",
        "has",
        "have",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "that",
        "the",
        "their",
        "them",
        "they",
        "this",
        "to",
        "was",
        "were",
        "what",
        "which",
        "who",
        "will",
        "with",
        "would",
        "than",
        "then",
        "there",
        "these",
        "those",
        "you",
        "your",
    ]
)
RANK_LIMITS = 0.06  # a rank or place holds 19 to 31% of the keys of four-option items
CONFIDENCE = 0.95  # over all cues together


@dataclass(frozen=True)
class SeenItem:
    """A choice item as someone sees it who looks at its form: texts as printed, and the key."""

    id: str
    chapter: str
    stem: str
    options: tuple[str, ...]
    key: int


@dataclass(frozen=True)
class CueResult:
    """How far one cue separates keys from distractors."""

    name: str
    keys: float  # mean over keys
    distractors: float  # mean over distractors
    z: float  # standard deviations from what a random key gives
    limit: float  # largest |z| that chance allows
    alone: tuple[str, ...]  # items whose key alone has the cue, or alone lacks it

    @property
    def is_balanced(self) -> bool:
        """Whether the cue separates keys from distractors no more than chance allows."""
        return abs(self.z) <= self.limit


@dataclass(frozen=True)
class Balance:
    """How the keys of items with one number of options spread over ranks of length or places."""

    what: str
    options: int
    shares: tuple[float, ...]  # of the keys, by rank or place
    items: int

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest share allowed: six points off, or what chance does to few items."""
        fair = 1 / self.options
        chance = NormalDist().inv_cdf(0.975) * math.sqrt(fair * (1 - fair) / self.items)
        return fair - max(RANK_LIMITS, chance), fair + max(RANK_LIMITS, chance)

    @property
    def is_balanced(self) -> bool:
        """Whether each rank holds a share of the keys within the bounds."""
        low, high = self.bounds
        return all(low <= share <= high for share in self.shares)


def questions(banks: Iterable[Bank]) -> list[SeenItem]:
    """Return the choice items of banks, texts with their facts put in."""
    return [
        SeenItem(
            item.id,
            bank.chapter,
            with_facts(item.stem),
            tuple(with_facts(option.text).strip() for option in item.options),
            next(place for place, option in enumerate(item.options) if option.correct),
        )
        for bank in banks
        for item in bank.items
        if isinstance(item, Choice)
    ]


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return re.findall(r"[a-z']+", text.lower())


def content_words(text: str) -> set[str]:
    """Return the words of a text that carry meaning, cut to six letters so that forms agree."""
    return {word[:6] for word in words_of(text) if len(word) > 3 and word not in STOP_WORDS}


def has(pattern: str) -> Callable[[SeenItem], list[float]]:
    """Return a cue: 1 for an option that holds a pattern, else 0."""
    found = re.compile(pattern, re.IGNORECASE)
    return lambda question: [float(bool(found.search(text))) for text in question.options]


def mid_ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value from 0 (largest) to 1 (smallest); equal values share theirs."""
    return [
        (sum(other > value for other in values) + (sum(o == value for o in values) - 1) / 2)
        / max(len(values) - 1, 1)
        for value in values
    ]


def length_rank(question: SeenItem) -> list[float]:
    """Rank of each option by its number of characters, ties shared."""
    return mid_ranks([len(text) for text in question.options])


def middle_length(question: SeenItem) -> list[float]:
    """1 for an option that is neither the longest nor the shortest."""
    return [float(0 < rank < 1) for rank in length_rank(question)]


def place_in_file(question: SeenItem) -> list[float]:
    """Place of each option in the bank's file, from 0 (first) to 1 (last)."""
    return [place / (len(question.options) - 1) for place in range(len(question.options))]


def same_opening(question: SeenItem) -> list[float]:
    """1 for an option that begins with the same word as another one."""
    first = [(words_of(text) or [""])[0] for text in question.options]
    return [float(first.count(word) > 1) for word in first]


def overlap_with_stem(question: SeenItem) -> list[float]:
    """Number of content words that each option shares with the stem."""
    stem = content_words(question.stem)
    return [float(len(content_words(text) & stem)) for text in question.options]


def overlap_with_options(question: SeenItem) -> list[float]:
    """Mean overlap (Jaccard, 0 to 1) of each option's words with the other options'."""
    words = [content_words(text) for text in question.options]
    return [
        fmean(
            len(own & other) / max(len(own | other), 1) for j, other in enumerate(words) if j != i
        )
        for i, own in enumerate(words)
    ]


CUES: dict[str, Callable[[SeenItem], list[float]]] = {
    "length rank (0 longest)": length_rank,
    "middling length": middle_length,
    "place in the file": place_in_file,
    "semicolon": has(r";"),
    "colon": has(r":"),
    "comma": has(r","),
    "dash or bracket": has(r"[(\u2013\u2014]"),
    "quotation": has(r"[\"\u201c]"),
    "several sentences": has(r"[.?!] +\S"),
    "digits": has(r"\d"),
    "connective": has(CONNECTIVE),
    "hedge": has(HEDGE),
    "absolute": has(ABSOLUTE),
    "negation": has(NEGATION),
    "shared opening": same_opening,
    "overlap with stem": overlap_with_stem,
    "overlap with options": overlap_with_options,
}


def cue_results(items: Sequence[SeenItem]) -> list[CueResult]:
    """Return how far each cue separates the keys of some items from their distractors."""
    limit = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * len(CUES)))
    return [cue_result(name, cue, items, limit) for name, cue in CUES.items()]


def cue_result(
    name: str, cue: Callable[[SeenItem], list[float]], items: Sequence[SeenItem], limit: float
) -> CueResult:
    """Return how far one cue separates keys from distractors.

    limit : largest |z| that chance allows
    """
    keys, others, alone = [], [], []
    total = variance = 0.0
    for item in items:
        values = cue(item)
        rest = [value for place, value in enumerate(values) if place != item.key]
        total += values[item.key] - fmean(values)
        variance += pvariance(values)
        keys.append(values[item.key])
        others += rest
        if set(values) == {0.0, 1.0} and values[item.key] not in rest:
            alone.append(item.id)
    z = total / math.sqrt(variance) if variance else 0.0
    return CueResult(name, fmean(keys or [0]), fmean(others or [0]), z, limit, tuple(alone))


def balances(items: Sequence[SeenItem]) -> list[Balance]:
    """Return how keys spread over length ranks and places, by number of options.

    Numbers of options with fewer than 20 items are left out: chance alone would decide there.
    """
    found = []
    for count in sorted({len(item.options) for item in items}):
        same = [item for item in items if len(item.options) == count]
        if len(same) < 20:
            continue
        ranks, places = [0.0] * count, [0.0] * count
        for item in same:
            lengths = [len(text) for text in item.options]
            own = lengths[item.key]
            first = sum(length > own for length in lengths)
            tied = lengths.count(own)
            for rank in range(first, first + tied):
                ranks[rank] += 1 / tied
            places[item.key] += 1
        for what, counts in (("length rank", ranks), ("place in the file", places)):
            shares = tuple(value / len(same) for value in counts)
            found.append(Balance(what, count, shares, len(same)))
    return found


@lru_cache(maxsize=4096)
def shape(question: SeenItem) -> list[list[float]]:
    """Return the cues of each option as numbers, one row per option: what a guesser looks at."""
    columns = [cue(question) for name, cue in CUES.items() if name != "place in the file"]
    columns.append([float(text.count(",")) for text in question.options])
    columns.append([float(len(text)) / mean_length(question) for text in question.options])
    columns.append([float(len(text.split())) for text in question.options])
    columns.append([fmean(map(len, words_of(text) or [""])) for text in question.options])
    columns.append(
        [float(sum(a == b for a, b in pairwise(words_of(text)))) for text in question.options]
    )
    return [list(row) for row in zip(*columns, strict=True)]


def mean_length(question: SeenItem) -> float:
    """Mean number of characters of the options; 1 where all are empty."""
    return fmean(map(len, question.options)) or 1.0
