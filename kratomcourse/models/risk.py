"""Counting people: shares with intervals, and rates under a chosen denominator. Says nothing about
causes.
"""

import math

import numpy as np

from .arrays import ArrayLike, FloatArray
from .receptors import not_negative, positive


def wilson(
    count: ArrayLike, total: ArrayLike, z: float = 1.959964
) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval for a share; it keeps its promise for small counts and for none at all.

    count   : people with the event, 0 <= count <= total; number or array
    total   : people looked at, > 0
    z       : quantile of the normal distribution; 1.96 for 95 per cent
    returns : (low, high), shares in [0, 1]
    raises  : ValueError for counts out of range

    Wilson (1927). The people must be a sample for the interval to speak of more than them.
    """
    count, total = not_negative("count", count), positive("total", total)
    if np.any(count > total):
        raise ValueError(f"count {count} is above total {total}")
    share = count / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def most_after_none(total: ArrayLike, confidence: float = 0.95) -> FloatArray:
    """Largest share that is still compatible with no event among `total` people (one-sided): 1 - (1
    - confidence) ** (1 / total).

    total      : people looked at, > 0; number or array
    confidence : between 0 and 1
    returns    : share; for 95 per cent close to 3 / total, the rule of three
    raises     : ValueError for arguments out of range
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    return 1 - (1 - confidence) ** (1 / positive("total", total))


def rate(events: ArrayLike, people: ArrayLike, per: float = 100_000) -> FloatArray:
    """Events for each `per` people in the same time: events / people * per.

    events : >= 0; number or array
    people : the denominator, > 0. Who is counted here decides the answer
    returns: events for each `per` people
    raises : ValueError for a negative count or an empty denominator
    """
    return not_negative("events", events) / positive("people", people) * per


def standard_error_from_interval(
    low: ArrayLike, high: ArrayLike, z: float = 1.959964
) -> FloatArray:
    """Standard error of the logarithm of a ratio from its published interval: (ln high - ln low) /
    (2 z).

    low, high : ends of the interval of an odds ratio, risk ratio or rate ratio, > 0; numbers or
                arrays
    z         : quantile with which the interval was made; 1.96 for 95 per cent
    raises    : ValueError for an end that is not positive, or a low end above the high one
    """
    low, high = positive("low", low), positive("high", high)
    if np.any(low > high):
        raise ValueError(f"low {low} is above high {high}")
    error: FloatArray = (np.log(high) - np.log(low)) / (2 * z)
    return error


def whole_people(share: float, total: int) -> int:
    """Share as a whole count of people out of `total`, rounded half up; ValueError for a share
    outside 0 to 1.
    """
    if not 0 <= float(share) <= 1:
        raise ValueError(f"share must lie between 0 and 1, got {share}; divide per cent by 100")
    return math.floor(float(share) * total + 0.5)
