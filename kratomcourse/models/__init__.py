"""Arithmetic on numpy arrays, nothing else: receptors, pharmacokinetics, interactions. Reads no file, draws nothing."""

from .interactions import activity_left, activity_left_time_dependent, activity_needed, auc_ratio
from .pharmacokinetics import (
    TwoCompartments,
    absorption_rate,
    accumulation,
    largest_tail_share,
    one_compartment,
    repeated,
    share_of_steady_state,
    two_compartments_through,
)
from .receptors import combined_response, nanomolar, occupancy, operational_response, tau_for_maximum

__all__ = [
    "TwoCompartments",
    "absorption_rate",
    "accumulation",
    "activity_left",
    "activity_left_time_dependent",
    "activity_needed",
    "auc_ratio",
    "combined_response",
    "largest_tail_share",
    "nanomolar",
    "occupancy",
    "one_compartment",
    "operational_response",
    "repeated",
    "share_of_steady_state",
    "tau_for_maximum",
    "two_compartments_through",
]
