"""Blood concentrations after swallowing a drug: one compartment, two compartments, repeated
exposure.

All models here are linear: twice the dose gives twice the concentration, and a half-life never
changes. They describe
an average curve. None of them may be run backwards to a dose for a person.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import ArrayLike, FloatArray
from .receptors import not_negative, positive


def unit_curve(time: ArrayLike, ka: float, k: float) -> FloatArray:
    """Concentration curve of one compartment with first-order uptake, scaled to an area of 1 (per
    h).

    Bateman's function in a form that stays exact where ka and k meet.
    """
    time = np.asarray(time, dtype=float)
    after = np.maximum(time, 0)
    gap = ka - k
    spread = after if gap == 0 else -np.expm1(-gap * after) / gap
    return np.where(time < 0, 0.0, ka * k * np.exp(-k * after) * spread)


def one_compartment(
    time: ArrayLike, dose: ArrayLike, clearance: ArrayLike, volume: ArrayLike, ka: ArrayLike
) -> FloatArray:
    """Blood concentration after one oral dose, when the body is one well-stirred vessel.

    time      : h after the dose; number or array (0 before the dose)
    dose      : nmol, >= 0
    clearance : apparent clearance CL/F, L/h, > 0
    volume    : apparent volume V/F, L, > 0
    ka        : rate of uptake, per h, > 0
    returns   : concentration, nmol/L
    raises    : ValueError for arguments out of these ranges

    Area under the curve is dose / clearance, half-life ln 2 * volume / clearance.
    """
    dose, clearance = not_negative("dose", dose), positive("clearance", clearance)
    return (
        dose
        / clearance
        * unit_curve(time, float(positive("ka", ka)), float(clearance / positive("volume", volume)))
    )


def absorption_rate(peak_time: float, k: float) -> float:
    """Rate of uptake ka (per h) with which one compartment peaks at `peak_time`: ln(ka / k) / (ka -
    k) = peak_time.

    peak_time : h, > 0
    k         : rate of elimination, per h, 0 < k < 1 / peak_time
    raises    : ValueError where no ka above k gives that peak
    """
    if not 0 < k * peak_time < 1:
        raise ValueError(
            f"no uptake faster than k = {k:g} per h peaks at {peak_time:g} h; k * peak_time "
            "must lie between 0 and 1"
        )
    return crossing(lambda ka: slope(peak_time, ka, k), 1 / peak_time, 1e6 / peak_time)


@dataclass(frozen=True)
class TwoCompartments:
    """Blood concentration after one oral dose with a fast and a slow phase; made by
    `two_compartments_through`.

    The curve is the area times a weighted sum of two one-compartment curves, which is the same
    thing as two vessels with elimination from the first.
    """

    area: float  # nmol/L * h, to infinite time
    tail_share: float  # share of the area that belongs to the slow phase, in (0, 1)
    alpha: float  # rate of the fast phase, per h
    beta: float  # rate of the slow phase, per h
    ka: float  # rate of uptake, per h

    def __call__(self, time: ArrayLike) -> FloatArray:
        """Concentration at `time` (h after the dose), nmol/L; 0 before the dose."""
        fast, slow = unit_curve(time, self.ka, self.alpha), unit_curve(time, self.ka, self.beta)
        return self.area * ((1 - self.tail_share) * fast + self.tail_share * slow)

    @property
    def half_life(self) -> float:
        """Terminal half-life, h."""
        return math.log(2) / self.beta

    def vessels(self, dose: float) -> dict[str, float]:
        """Apparent parameters of the two vessels for a dose in nmol.

        returns : dict with clearance CL/F (L/h), central volume V1/F (L), flow between the vessels
                  Q/F (L/h), second volume V2/F (L)
        """
        k10 = (1 - self.tail_share) * self.alpha + self.tail_share * self.beta
        k21 = self.alpha * self.beta / k10
        k12 = self.alpha + self.beta - k10 - k21
        clearance = dose / self.area
        central = clearance / k10
        return {
            "clearance": clearance,
            "central": central,
            "flow": k12 * central,
            "second": k12 * central / k21,
        }


def two_compartments_through(
    peak: float, peak_time: float, area: float, half_life: float, tail_share: float
) -> "TwoCompartments":
    """The two-compartment curve with exactly this peak, peak time, area and terminal half-life.

    peak       : highest concentration, nmol/L, > 0
    peak_time  : h after the dose, > 0
    area       : area under the curve to infinite time, nmol/L * h, > 0
    half_life  : terminal half-life, h
    tail_share : share of the area in the slow phase; four measured numbers cannot fix five
                 parameters, so it is free
    returns    : TwoCompartments
    raises     : ValueError where no such curve exists, naming the largest share or the peak that is
                 possible
    """
    for name, value in (
        ("peak", peak),
        ("peak_time", peak_time),
        ("area", area),
        ("half_life", half_life),
    ):
        positive(name, value)
    if not 0 < tail_share < 1:
        raise ValueError(f"tail_share must lie between 0 and 1, got {tail_share:g}")
    beta = math.log(2) / half_life
    sharpest = sharpest_curve(peak_time, area, beta, tail_share)
    if sharpest(peak_time) < peak:
        raise ValueError(
            f"with a tail share of {tail_share:g} the peak cannot exceed "
            f"{float(sharpest(peak_time)):.4g}"
            f" nmol/L, {peak:g} is asked; take a smaller share"
        )
    if curve_with(beta * 1.0001, peak_time, area, beta, tail_share)(peak_time) > peak:
        raise ValueError(
            f"a peak of {peak:g} nmol/L is lower than one slow compartment gives; the data "
            "need no fast phase"
        )
    alpha = crossing(
        lambda alpha: peak - float(curve_with(alpha, peak_time, area, beta, tail_share)(peak_time)),
        beta * 1.0001,
        sharpest.alpha,
    )
    return curve_with(alpha, peak_time, area, beta, tail_share)


def largest_tail_share(peak: float, peak_time: float, area: float, half_life: float) -> float:
    """Largest share of the area that the slow phase can hold while the curve still reaches its
    peak; in (0, 1).
    """
    beta = math.log(2) / half_life
    return crossing(
        lambda share: float(sharpest_curve(peak_time, area, beta, share)(peak_time)) - peak,
        1e-6,
        1 - 1e-6,
    )


def curve_with(
    alpha: float, peak_time: float, area: float, beta: float, tail_share: float
) -> TwoCompartments:
    """The curve with this fast rate, its uptake chosen so that it peaks at `peak_time`."""

    def rise(ka: float) -> float:
        return (1 - tail_share) * slope(peak_time, ka, alpha) + tail_share * slope(
            peak_time, ka, beta
        )

    return TwoCompartments(
        area, tail_share, alpha, beta, crossing(rise, 1e-6 / peak_time, 1e6 / peak_time)
    )


def sharpest_curve(
    peak_time: float, area: float, beta: float, tail_share: float
) -> TwoCompartments:
    """The curve with the highest peak: uptake and fast phase have the same rate, beyond it they
    exchange their names.
    """

    def rise(rate: float) -> float:
        return (1 - tail_share) * slope(peak_time, rate, rate) + tail_share * slope(
            peak_time, rate, beta
        )

    rate = crossing(rise, 1e-6 / peak_time, 1e6 / peak_time)
    return TwoCompartments(area, tail_share, rate, beta, rate)


def slope(time: float, ka: float, k: float) -> float:
    """Rate of change of `unit_curve` at one time, per h squared."""
    spread = time if ka == k else -math.expm1(-(ka - k) * time) / (ka - k)
    return ka * k * math.exp(-k * time) * (math.exp(-(ka - k) * time) - k * spread)


def crossing(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that falls from positive to negative between two positive ends is 0, by
    bisection of the logarithm.
    """
    for _ in range(80):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return math.sqrt(low * high)


def repeated(
    curve: Callable[[ArrayLike], FloatArray], time: ArrayLike, interval: float, doses: int
) -> FloatArray:
    """Concentration under repeated exposure: the single curves added up.

    curve    : function of h after one dose, nmol/L, 0 before it
    time     : h after the first dose; number or array
    interval : h between doses, > 0
    doses    : how many, >= 1
    returns  : concentration, nmol/L
    raises   : ValueError for an interval that is not positive or fewer than one dose

    Holds for linear models only: it cannot show a half-life that changes with repetition.
    """
    positive("interval", interval)
    if doses < 1:
        raise ValueError(f"doses must be at least 1, got {doses}")
    time = np.asarray(time, dtype=float)
    return sum(
        (curve(time - number * interval) for number in range(int(doses))),
        start=np.zeros_like(time),
    )


def share_of_steady_state(time: ArrayLike, half_life: float) -> FloatArray:
    """Share of the final level that regular exposure has reached: 1 - 2 ** (-time / half_life).

    time, half_life : same unit; >= 0 and > 0. Exact for the level just before each dose of a
                      one-phase curve.
    """
    return 1 - 2 ** (-not_negative("time", time) / positive("half_life", half_life))


def accumulation(interval: ArrayLike, half_life: ArrayLike) -> FloatArray:
    """How many times the level just before a dose grows from the first to the last of many doses.

    interval, half_life : same unit, > 0. For one phase; of a curve with several it speaks of the
                          slow one.
    """
    return 1 / (1 - 2 ** (-positive("interval", interval) / positive("half_life", half_life)))
