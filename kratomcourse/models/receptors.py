"""Binding and effect at one kind of receptor at equilibrium: occupancy, and the operational model
of agonism.

Concentrations are unbound and at the receptor. Nothing here knows of brains, tolerance or persons.
"""

from collections.abc import Sequence

import numpy as np

from .arrays import ArrayLike, FloatArray


def occupancy(concentration: ArrayLike, ki: ArrayLike) -> FloatArray:
    """Share of receptors bound at equilibrium by one competing ligand.

    concentration : unbound concentration at the receptor, nmol/L, >= 0; number or array
    ki            : inhibition constant, nmol/L, > 0; number or array
    returns       : share in [0, 1], broadcast over the arguments
    raises        : ValueError for a negative concentration or a ki that is not positive

    Hill equation with slope 1. Says nothing about effect: that needs efficacy too.
    """
    concentration, ki = not_negative("concentration", concentration), positive("ki", ki)
    return concentration / (concentration + ki)


def operational_response(concentration: ArrayLike, ka: ArrayLike, tau: ArrayLike) -> FloatArray:
    """Response of one agonist, as a share of the largest response that the system can give.

    concentration : unbound concentration, nmol/L, >= 0
    ka            : affinity constant, nmol/L, > 0
    tau           : efficacy of the drug in this system, no unit, >= 0; 0 is a blocker. It holds the
                    drug, the number of receptors and the amplification behind them
    returns       : share in [0, 1)
    raises        : ValueError for arguments out of these ranges

    Operational model of Black and Leff (1983) with slope 1. The largest response is tau / (1 +
    tau), and half of that is reached at ka / (1 + tau).
    """
    concentration, ka, tau = (
        not_negative("concentration", concentration),
        positive("ka", ka),
        not_negative("tau", tau),
    )
    return concentration * tau / (ka + concentration * (1 + tau))


def combined_response(
    concentrations: Sequence[ArrayLike], kas: Sequence[float], taus: Sequence[float]
) -> FloatArray:
    """Response of several drugs that compete for the same receptors.

    concentrations : one entry a drug, each a number or an array, nmol/L
    kas, taus      : one number a drug, as in `operational_response`
    returns        : share in [0, 1)
    raises         : ValueError for arguments out of range, or lists of different lengths
    """
    bound: list[FloatArray] = [
        not_negative("concentration", c) / positive("ka", ka)
        for c, ka in zip(concentrations, kas, strict=True)
    ]
    stimulus = sum(
        (not_negative("tau", tau) * share for tau, share in zip(taus, bound, strict=True)),
        start=np.zeros(()),
    )
    return stimulus / (1 + sum(bound, start=np.zeros(())) + stimulus)


def tau_for_maximum(maximum: ArrayLike) -> FloatArray:
    """Efficacy tau that gives this largest response: maximum / (1 - maximum).

    maximum : Emax as a share of what the system can give, in [0, 1)
    raises  : ValueError outside; at 1 the assay is saturated and cannot tell how large tau is
    """
    maximum = np.asarray(maximum, dtype=float)
    if np.any((maximum < 0) | (maximum >= 1)):
        raise ValueError(f"maximum must lie in [0, 1), got {maximum}; divide per cent by 100")
    tau: FloatArray = maximum / (1 - maximum)
    return tau


def nanomolar(nanogram_per_ml: ArrayLike, molar_mass: float) -> FloatArray:
    """Concentration in nmol/L from ng/mL and the molar mass in g/mol; ValueError for a negative or
    zero argument.
    """
    return (
        1000 * not_negative("nanogram_per_ml", nanogram_per_ml) / positive("molar_mass", molar_mass)
    )


def not_negative(name: str, value: ArrayLike) -> FloatArray:
    """The argument as a float array; ValueError where it is negative or not a number."""
    value = np.asarray(value, dtype=float)
    if not np.all(value >= 0):
        raise ValueError(f"{name} must not be negative, got {value}")
    return value


def positive(name: str, value: ArrayLike) -> FloatArray:
    """The argument as a float array; ValueError where it is not above zero."""
    value = np.asarray(value, dtype=float)
    if not np.all(value > 0):
        raise ValueError(f"{name} must be above 0, got {value}")
    return value
