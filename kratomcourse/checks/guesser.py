"""A guesser that sees the options alone: how often is the key found without the question?

For each chapter a logistic regression learns on other chapters what keys look like and is tried on
this one. It sees of an option only how it differs from the mean of its neighbours in the same item,
so that nothing but a contrast within an item can count. Ties are shared, never broken by order.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING, Any

from ..errors import CourseError, Diagnostic
from .cues import SeenItem, content_words, shape, words_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

MODELS = ("words", "shape", "words and shape")
LIMIT = 0.34  # of the bank; a reader who knows nothing then gets 34 of 100
GIVEN_AWAY = 0.6  # of the models; an item found more often is named
REPEATS = 10  # bootstrap samples of the training items for each model
STRENGTH = 0.1  # inverse of the shrinkage: few items, many words


@dataclass(frozen=True)
class Share:
    """How often keys were found, with what chance would give."""

    name: str
    found: float  # number of keys, ties shared
    items: int
    chance: float  # mean of one over the number of options

    @property
    def share(self) -> float:
        """Share of keys found, 0 to 1."""
        return self.found / self.items if self.items else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the share (Wilson)."""
        if not self.items:
            return 0.0, 1.0
        z, n, p = NormalDist().inv_cdf(0.975), self.items, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(middle - half, 0.0), min(middle + half, 1.0)

    @property
    def limit(self) -> float:
        """Largest share allowed: LIMIT, or what a guesser that knows nothing reaches in 1 of 40
        banks of this size, whichever is larger."""
        if not self.items:
            return 1.0
        error = math.sqrt(self.chance * (1 - self.chance) / self.items)
        return max(LIMIT, self.chance + NormalDist().inv_cdf(0.975) * error)


@dataclass(frozen=True)
class Guesses:
    """What the guesser found in a set of items."""

    bank: dict[str, Share]  # by model
    chapters: dict[str, dict[str, Share]]  # by chapter, then by model
    items: dict[str, float]  # share of all models and samples that found the key, by item

    @property
    def given_away(self) -> list[tuple[str, float]]:
        """Items whose key more than GIVEN_AWAY of the models found, the worst first."""
        found = [(item, share) for item, share in self.items.items() if share > GIVEN_AWAY]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    @property
    def is_clean(self) -> bool:
        """Whether every model found at most its limit."""
        return all(share.share <= share.limit for share in self.bank.values())


def guess(
    items: Sequence[SeenItem], pool: Sequence[SeenItem] = (), repeats: int = REPEATS
) -> Guesses:
    """Return how often the keys of some items are found without their stems, chapter by chapter.

    items   : what is tried; each chapter by models that learned on the others
    pool    : what the models learn on; `items` where it is empty
    repeats : bootstrap samples for the items that are named; the shares come from all items
    raises  : CourseError where scikit-learn is not installed
    """
    chapters = sorted({item.chapter for item in items})
    bank = {model: [0.0, 0] for model in MODELS}
    by_chapter: dict[str, dict[str, Share]] = {}
    by_item: dict[str, list[float]] = {item.id: [] for item in items}
    for chapter in chapters:
        train = [item for item in pool or items if item.chapter != chapter]
        if not train:
            continue
        test = [item for item in items if item.chapter == chapter]
        chance = fmean(1 / len(item.options) for item in test)
        by_chapter[chapter] = {}
        for model in MODELS:
            plain, *sampled = found_keys(model, train, test, repeats)
            by_chapter[chapter][model] = Share(chapter, sum(plain), len(test), chance)
            for hits in sampled:
                for item, hit in zip(test, hits, strict=True):
                    by_item[item.id].append(hit)
    chance = fmean(1 / len(item.options) for item in items) if items else 0.25
    for model in MODELS:
        shares = [shares[model] for shares in by_chapter.values()]
        bank[model] = [sum(one.found for one in shares), sum(one.items for one in shares)]
    return Guesses(
        {name: Share("bank", found, int(count), chance) for name, (found, count) in bank.items()},
        by_chapter,
        {item: fmean(hits) for item, hits in by_item.items() if hits},
    )


def found_keys(
    model: str, train: Sequence[SeenItem], test: Sequence[SeenItem], repeats: int
) -> list[list[float]]:
    """Return the share of the point that a model earns in each test item: 1, 0, or part of a tie.

    model   : one of MODELS
    repeats : bootstrap samples of the training items
    returns : 1 + repeats lists with one number per test item; the first from all training items
    """
    import numpy as np
    from scipy import sparse

    blocks_train, blocks_test = [], []
    if "words" in model:
        vocabulary = vocabulary_of(train)
        blocks_train.append(word_contrasts(train, vocabulary))
        blocks_test.append(word_contrasts(test, vocabulary))
    if "shape" in model:
        raw = np.vstack([contrast(np.array(shape(item))) for item in train])
        scale = np.maximum(raw.std(axis=0), 1e-9)
        blocks_train.append(sparse.csr_matrix(raw / scale))
        tested = np.vstack([contrast(np.array(shape(item))) for item in test])
        blocks_test.append(sparse.csr_matrix(tested / scale))
    inputs, tests = sparse.hstack(blocks_train, "csr"), sparse.hstack(blocks_test, "csr")
    target = np.concatenate([np.arange(len(item.options)) == item.key for item in train])
    owner = np.repeat(np.arange(len(train)), [len(item.options) for item in train])
    random = np.random.default_rng(0)
    hits = []
    for repeat in range(repeats + 1):
        drawn = random.integers(0, len(train), len(train))
        counts = np.bincount(drawn, minlength=len(train)) if repeat else np.ones(len(train))
        fitted = classifier().fit(inputs, target, sample_weight=counts[owner])
        hits.append(hits_of(test, np.round(fitted.decision_function(tests), 6)))
    return hits


def hits_of(test: Sequence[SeenItem], scores: "FloatArray") -> list[float]:
    """Return the point that each item earns when the option with the highest score is chosen."""
    hits, start = [], 0
    for item in test:
        own = scores[start : start + len(item.options)]
        best = own == own.max()
        hits.append(float(best[item.key]) / float(best.sum()))
        start += len(item.options)
    return hits


def classifier() -> Any:
    """Return an untrained logistic regression with strong shrinkage and balanced classes."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise CourseError(
            Diagnostic(
                "course check --bank",
                "needs scikit-learn, which is not installed.",
                "run make test once, or pip install -r requirements.txt",
            )
        ) from None
    return LogisticRegression(
        C=STRENGTH, class_weight="balanced", fit_intercept=False, solver="liblinear"
    )


def vocabulary_of(train: Sequence[SeenItem]) -> dict[str, int]:
    """Return the words and pairs of words that at least two training options hold, numbered."""
    counts: dict[str, int] = {}
    for item in train:
        for text in item.options:
            for word in tokens(text):
                counts[word] = counts.get(word, 0) + 1
    return {word: n for n, word in enumerate(sorted(w for w, count in counts.items() if count > 1))}


def tokens(text: str) -> set[str]:
    """Return what a model of words sees of an option: words, stems and punctuation."""
    return {
        *words_of(text),
        *(f"~{stem}" for stem in content_words(text)),
        *set(text) & set(";:,?!()"),
    }


def word_contrasts(items: Sequence[SeenItem], vocabulary: dict[str, int]) -> Any:
    """Return which words each option has that its neighbours lack: (options, words) sparse."""
    from scipy import sparse

    rows, columns, values, row = [], [], [], 0
    for item in items:
        known = [
            {vocabulary[word] for word in tokens(t) if word in vocabulary} for t in item.options
        ]
        counts: dict[int, int] = {}
        for words in known:
            for word in words:
                counts[word] = counts.get(word, 0) + 1
        for words in known:
            for word, count in counts.items():
                own = word in words
                value = own - (count - own) / max(len(known) - 1, 1)
                if value:
                    rows.append(row)
                    columns.append(word)
                    values.append(value)
            row += 1
    return sparse.csr_matrix((values, (rows, columns)), shape=(row, len(vocabulary)))


def contrast(table: "FloatArray") -> "FloatArray":
    """Return each row minus the mean of the others: (options, features) array."""
    count = len(table)
    others: FloatArray = (table.sum(axis=0) - table) / max(count - 1, 1)
    return table - others
