"""How many handlers a control room needs, and what service a roster of them gives."""

from rostering.staffing.assumptions import QueueAssumptions, RoomAssumptions
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.calibration import Calibration, calibrate
from rostering.staffing.history.calls import CallRecords, LogOns, infer_log_ons
from rostering.staffing.history.patience import PatienceEstimate, estimate_patience
from rostering.staffing.history.patience_fit import CallerPatience, PatienceLaw, caller_patience
from rostering.staffing.history.record import ServiceRecord
from rostering.staffing.history.replay import Replay, replay
from rostering.staffing.history.survival import SurvivalCurve, kaplan_meier
from rostering.staffing.queueing.erlang import QueuePerformance, erlang_a, erlang_b, erlang_c
from rostering.staffing.queueing.priority import TwoClassPerformance, two_class_performance
from rostering.staffing.seats.demand import Demand
from rostering.staffing.seats.posts import FixedPost, heads_by_skill
from rostering.staffing.seats.requirement import requirement
from rostering.staffing.seats.shrinkage import ShrinkagePart, shrinkage_at
from rostering.staffing.seats.targets import Clock, Correction, Requirement, Scope, SeatRules, ServiceTargets
from rostering.staffing.simulation.result import Count, Estimate, ServiceSummary, SimulationResult, Staff
from rostering.staffing.simulation.room import ControlRoom, seat_rows
from rostering.staffing.simulation.simulate import simulate

__all__ = [
    "Calibration",
    "CallRecords",
    "CallerPatience",
    "Clock",
    "ControlRoom",
    "Correction",
    "Count",
    "Definitions",
    "Demand",
    "Estimate",
    "FixedPost",
    "LogOns",
    "PatienceEstimate",
    "PatienceLaw",
    "QueueAssumptions",
    "QueuePerformance",
    "Replay",
    "Requirement",
    "RoomAssumptions",
    "Scope",
    "SeatRules",
    "ServiceRecord",
    "ServiceSummary",
    "ServiceTargets",
    "ShrinkagePart",
    "SimulationResult",
    "Staff",
    "SurvivalCurve",
    "TwoClassPerformance",
    "calibrate",
    "caller_patience",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "estimate_patience",
    "heads_by_skill",
    "infer_log_ons",
    "kaplan_meier",
    "replay",
    "requirement",
    "seat_rows",
    "shrinkage_at",
    "simulate",
    "two_class_performance",
]
