"""Arithmetic on numpy arrays, nothing else: receptors, pharmacokinetics, interactions, risk. Reads
no file, draws nothing.
"""

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
from .receptors import (
    combined_response,
    nanomolar,
    occupancy,
    operational_response,
    tau_for_maximum,
)
from .risk import most_after_none, rate, standard_error_from_interval, whole_people, wilson

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
    "most_after_none",
    "nanomolar",
    "occupancy",
    "one_compartment",
    "operational_response",
    "rate",
    "repeated",
    "share_of_steady_state",
    "standard_error_from_interval",
    "tau_for_maximum",
    "two_compartments_through",
    "whole_people",
    "wilson",
]
