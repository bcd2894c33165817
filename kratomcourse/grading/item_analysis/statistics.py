"""Classical item statistics: a table of scores in, numbers with their intervals out.

No file, no gradebook, no words. Scores are points, one row a student and one column an item.
Students who submitted nothing are not in the table.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number and its interval; nan where the data do not determine it."""

    value: float
    low: float
    high: float


UNKNOWN = Estimate(np.nan, np.nan, np.nan)


def facility(shares: Any, level: float = LEVEL) -> Estimate:
    """Mean share of the points of one item, 0 to 1.

    shares  : (n,) points earned as a share of what the item gives, 0 to 1
    returns : Estimate; its interval lies within 0 and 1 even where all are right
    raises  : ValueError for shares outside 0 to 1

    Wilson's score interval (Wilson 1927). It is for right or wrong; with shares between it is on
    the wide side, because no share in 0 to 1 varies more than a yes or no of the same mean.
    """
    shares = np.asarray(shares, dtype=float)
    if shares.size == 0:
        return UNKNOWN
    if shares.min() < -1e-9 or shares.max() > 1 + 1e-9:
        raise ValueError("shares lie between 0 and 1; divide points by what the item gives")
    count, mean, z = shares.size, float(shares.mean()), special.ndtri((1 + level) / 2)
    middle = (mean + z**2 / (2 * count)) / (1 + z**2 / count)
    half = (
        z
        / (1 + z**2 / count)
        * np.sqrt(max(mean * (1 - mean), 0.0) / count + z**2 / (4 * count**2))
    )
    return Estimate(mean, float(max(middle - half, 0.0)), float(min(middle + half, 1.0)))


def correlation(one: Any, other: Any, level: float = LEVEL) -> Estimate:
    """Pearson's correlation with an interval that does not ask for normal data.

    one, other : (n,) numbers
    returns    : Estimate; unknown where one of the two does not vary; without interval below five
                 students or where the correlation is perfect

    The variance of r is that of its influence values, so it holds for right-or-wrong scores as well
    (the distribution-free variance of Steiger and Hakstian 1982); the interval is symmetric in
    Fisher's z and uses Student's t. Where Fisher's own variance, for normal data, is larger, it is
    taken: few students give too small a picture of their own spread.
    """
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    count = one.size
    if count < 2 or np.ptp(one) < 1e-12 or np.ptp(other) < 1e-12:
        return UNKNOWN
    a, b = (one - one.mean()) / one.std(), (other - other.mean()) / other.std()
    r = float(np.clip(np.mean(a * b), -1, 1))
    if count < 5 or abs(r) > 1 - 1e-9:
        return Estimate(r, np.nan, np.nan)
    influence = a * b - r / 2 * (a**2 + b**2)
    spread = max(
        np.sqrt(np.sum(influence**2) / (count - 3) / count) / (1 - r**2), 1 / np.sqrt(count - 3)
    )
    half = special.stdtrit(count - 2, (1 + level) / 2) * spread
    return Estimate(r, float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half)))


def item_total(scores: Any, level: float = LEVEL) -> Any:
    """Corrected item-total correlation of each item: with the sum of the others, so that it does
    not agree with itself.

    scores  : (n, k) points
    returns : list of k Estimates
    """
    scores = np.asarray(scores, dtype=float)
    total = scores.sum(axis=1)
    return [correlation(column, total - column, level) for column in scores.T]


def alpha(scores: Any, level: float = LEVEL) -> Estimate:
    """Cronbach's alpha; where all items are right or wrong for the same points it is KR-20.

    scores  : (n, k) points
    returns : Estimate; unknown for fewer than two items or students, or where the totals do not
              vary
    raises  : ValueError for a score that is missing

    Cronbach (1951); KR-20 is formula 20 of Kuder and Richardson (1937). Interval of Feldt (1965): 1
    - (1 - alpha) F with n - 1 and (n - 1)(k - 1) degrees of freedom. It is exact for parallel
    normal items and has been found to hold well for right-or-wrong ones; our tests show by how much
    on simulated classes.
    """
    scores = np.asarray(scores, dtype=float)
    if np.isnan(scores).any():
        raise ValueError("a score is missing; leave out the student or the item")
    count, items = scores.shape
    if count < 2 or items < 2 or (total := scores.sum(axis=1).var(ddof=1)) < 1e-12:
        return UNKNOWN
    value = items / (items - 1) * (1 - scores.var(axis=0, ddof=1).sum() / total)
    tail, degrees = (1 - level) / 2, (count - 1, (count - 1) * (items - 1))
    return Estimate(
        float(value),
        float(1 - (1 - value) * special.fdtri(*degrees, 1 - tail)),
        float(1 - (1 - value) * special.fdtri(*degrees, tail)),
    )


def standard_error(scores: Any) -> float:
    """Standard error of measurement of the total, in points: sd times the root of 1 - alpha; nan
    where alpha is unknown.
    """
    scores = np.asarray(scores, dtype=float)
    value = alpha(scores).value
    return (
        float(scores.sum(axis=1).std(ddof=1) * np.sqrt(1 - min(max(value, 0.0), 1.0)))
        if np.isfinite(value)
        else np.nan
    )


def is_right_or_wrong(scores: Any, most: Any) -> bool:
    """Whether every item is worth the same and gives all or nothing, so that alpha is KR-20.

    scores : (n, k) points
    most   : (k,) points of each item
    """
    scores, most = np.asarray(scores, dtype=float), np.asarray(most, dtype=float)
    return bool(
        np.ptp(most) < 1e-9 and np.all((np.abs(scores) < 1e-9) | (np.abs(scores - most) < 1e-9))
    )


def thirds(totals: Any) -> Any:
    """0, 1 or 2 for each student: in the lower, middle or upper third by score.

    totals  : (n,) points
    returns : (n,) integers; students with the same score share a third, so that the thirds may
              differ in size
    """
    places = (stats.rankdata(totals) - 0.5) / max(len(totals), 1)
    return np.digitize(places, [1 / 3, 2 / 3])
