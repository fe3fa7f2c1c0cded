"""How many handlers a control room needs, and what service a roster of them gives."""

from rostering.staffing.erlang import QueuePerformance, erlang_a, erlang_b, erlang_c
from rostering.staffing.patience import PatienceEstimate, estimate_patience
from rostering.staffing.priority import TwoClassPerformance, two_class_performance
from rostering.staffing.requirement import requirement
from rostering.staffing.simulation import (
    Estimate,
    ServiceSummary,
    SimulationResult,
    seat_activity,
    simulate,
    simulate_seats,
)
from rostering.staffing.targets import QueueAssumptions, Requirement, ServiceTargets

__all__ = [
    "Estimate",
    "PatienceEstimate",
    "QueueAssumptions",
    "QueuePerformance",
    "Requirement",
    "ServiceSummary",
    "ServiceTargets",
    "SimulationResult",
    "TwoClassPerformance",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "estimate_patience",
    "requirement",
    "seat_activity",
    "simulate",
    "simulate_seats",
    "two_class_performance",
]
