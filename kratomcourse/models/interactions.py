"""How much a blocked enzyme raises the exposure to another drug: the static model of drug
interactions.

Static means: one constant concentration of the blocker, for ever. Real concentrations rise and
fall.
"""

import numpy as np

from .arrays import ArrayLike, FloatArray
from .receptors import not_negative, positive


def auc_ratio(activity: ArrayLike, share: ArrayLike = 1.0) -> FloatArray:
    """Exposure (area under the curve) with a blocked enzyme, as a multiple of exposure without.

    activity : share of the enzyme's activity that is left, in (0, 1]; above 1 for induction
    share    : share of the drug's clearance that goes through this enzyme, in [0, 1]
    returns  : ratio, 1 where nothing is blocked
    raises   : ValueError for arguments out of range

    Rowland and Matin (1973). With share = 1 it is 1 / activity.
    """
    activity, share = positive("activity", activity), share_of_one(share)
    return 1 / (share * activity + 1 - share)


def activity_needed(ratio: ArrayLike, share: ArrayLike = 1.0) -> FloatArray:
    """Share of enzyme activity that must be left to explain an observed ratio; the inverse of
    `auc_ratio`.

    ratio   : observed ratio of areas, > 0 and below 1 / (1 - share)
    share   : share of clearance through this enzyme, in (0, 1]
    raises  : ValueError where blocking this enzyme completely could not raise exposure so far
    """
    ratio, share = positive("ratio", ratio), share_of_one(share)
    left = (1 / ratio - 1 + share) / positive("share", share)
    if np.any(left <= 0):
        raise ValueError(
            f"a ratio of {ratio} cannot come from this enzyme alone: it clears {share} of the drug"
        )
    return left


def activity_left(concentration: ArrayLike, ki: ArrayLike) -> FloatArray:
    """Share of enzyme activity left by a competing blocker that lets go again: 1 / (1 +
    concentration / ki).

    concentration, ki : unbound, same unit; >= 0 and > 0
    """
    return 1 / (1 + not_negative("concentration", concentration) / positive("ki", ki))


def activity_left_time_dependent(
    concentration: ArrayLike, ki: ArrayLike, kinact: ArrayLike, kdeg: ArrayLike
) -> FloatArray:
    """Share of enzyme left at balance when a blocker destroys it for good and the body makes it
    anew.

    concentration, ki : unbound, same unit; >= 0 and > 0; ki gives half of the fastest destruction
    kinact            : fastest rate of destruction, per h, >= 0
    kdeg              : rate at which the body renews the enzyme, per h, > 0 (ln 2 / half-life of
                        the enzyme)
    returns           : share in (0, 1]
    raises            : ValueError for arguments out of range

    Mayhew, Jones and Hall (2000). Supposes that the concentration stays for days, which it does not
    after one dose."""
    concentration, ki = not_negative("concentration", concentration), positive("ki", ki)
    destroyed = not_negative("kinact", kinact) * concentration / (ki + concentration)
    kdeg = positive("kdeg", kdeg)
    return kdeg / (kdeg + destroyed)


def share_of_one(value: ArrayLike) -> FloatArray:
    """The argument as a float array; ValueError outside [0, 1]."""
    value = np.asarray(value, dtype=float)
    if not np.all((value >= 0) & (value <= 1)):
        raise ValueError(f"share must lie in [0, 1], got {value}")
    return value
