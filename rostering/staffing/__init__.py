"""How many handlers a control room needs, and what service a roster of them gives."""

from rostering.staffing.assumptions import QueueAssumptions, RoomAssumptions
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.patience import PatienceEstimate, estimate_patience
from rostering.staffing.history.patience_fit import CallerPatience, PatienceLaw, caller_patience
from rostering.staffing.history.survival import SurvivalCurve, kaplan_meier
from rostering.staffing.queueing.erlang import QueuePerformance, erlang_a, erlang_b, erlang_c
from rostering.staffing.queueing.priority import TwoClassPerformance, two_class_performance
from rostering.staffing.seats.demand import Demand
from rostering.staffing.seats.requirement import requirement
from rostering.staffing.seats.targets import Clock, Correction, Requirement, Scope, SeatRules, ServiceTargets
from rostering.staffing.simulation.result import Count, Estimate, ServiceSummary, SimulationResult, Staff
from rostering.staffing.simulation.room import ControlRoom, seat_rows
from rostering.staffing.simulation.simulate import simulate

__all__ = [
    "CallerPatience",
    "Clock",
    "ControlRoom",
    "Correction",
    "Count",
    "Definitions",
    "Demand",
    "Estimate",
    "PatienceEstimate",
    "PatienceLaw",
    "QueueAssumptions",
    "QueuePerformance",
    "Requirement",
    "RoomAssumptions",
    "Scope",
    "SeatRules",
    "ServiceSummary",
    "ServiceTargets",
    "SimulationResult",
    "Staff",
    "SurvivalCurve",
    "TwoClassPerformance",
    "caller_patience",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "estimate_patience",
    "kaplan_meier",
    "requirement",
    "seat_rows",
    "simulate",
    "two_class_performance",
]
