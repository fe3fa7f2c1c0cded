"""ORM classes only: what is stored, one module per noun."""

from app.tables.absences import AbsenceRow, CallOutRow, OptionsRow, RestOwedRow
from app.tables.actions import ActionRow
from app.tables.assessments import AssessmentDecisionRow, AssessmentRow
from app.tables.audit import AuditHeadRow, AuditRow
from app.tables.base import Base
from app.tables.calls import IntervalRecordRow, IntervalSpanRow, MappingVersionRow, SupersededRecordRow
from app.tables.capacity import CapacityRow, PayTableRow
from app.tables.counterfactuals import CounterfactualRow
from app.tables.evaluations import DecisionRow, PredictionRow, PredictionScoreRow
from app.tables.events import CovariateValueRow, EventVersionRow
from app.tables.forces import ForceRow, ForceSettingsRow
from app.tables.handling import HandlingRecordRow
from app.tables.history import CalibrationRow, ReplayFileRow, ReplayRow
from app.tables.identity import ActorRow, ApiKeyRow
from app.tables.leave import LeaveRequestRow
from app.tables.own import CalendarFeedRow
from app.tables.people import BalanceRow, HandlerNameRow, HandlerRow, PatternInUseRow, PeopleMappingRow, WorkedWeekRow
from app.tables.rankings import RankingRow
from app.tables.results import ForecastRow, RequirementRow
from app.tables.rosters import RosterChangeRow, RosterRow, SwapRow
from app.tables.runs import RunEventRow, RunRow
from app.tables.scenarios import ScenarioRow
from app.tables.scores import ForecastScoreRow
from app.tables.sign_in import AccountRow, SessionRow
from app.tables.webhooks import WebhookDeliveryRow, WebhookRow
from app.tables.year import RolledDaysRow, RollOutRow

__all__ = [
    "AbsenceRow",
    "AccountRow",
    "ActionRow",
    "ActorRow",
    "ApiKeyRow",
    "AssessmentDecisionRow",
    "AssessmentRow",
    "AuditHeadRow",
    "AuditRow",
    "BalanceRow",
    "Base",
    "CalendarFeedRow",
    "CalibrationRow",
    "CallOutRow",
    "CapacityRow",
    "CounterfactualRow",
    "CovariateValueRow",
    "DecisionRow",
    "EventVersionRow",
    "ForceRow",
    "ForceSettingsRow",
    "ForecastRow",
    "ForecastScoreRow",
    "HandlerNameRow",
    "HandlerRow",
    "HandlingRecordRow",
    "IntervalRecordRow",
    "IntervalSpanRow",
    "LeaveRequestRow",
    "MappingVersionRow",
    "OptionsRow",
    "PatternInUseRow",
    "PayTableRow",
    "PeopleMappingRow",
    "PredictionRow",
    "PredictionScoreRow",
    "RankingRow",
    "ReplayFileRow",
    "ReplayRow",
    "RequirementRow",
    "RestOwedRow",
    "RollOutRow",
    "RolledDaysRow",
    "RosterChangeRow",
    "RosterRow",
    "RunEventRow",
    "RunRow",
    "ScenarioRow",
    "SessionRow",
    "SupersededRecordRow",
    "SwapRow",
    "WebhookDeliveryRow",
    "WebhookRow",
    "WorkedWeekRow",
]
