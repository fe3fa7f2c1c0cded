"""Answers of the fairness room."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.rosters.causes import Cause
from app.schema import Day, Schema
from rostering.fairness import Place


class SpreadOut(Schema):
    """A burden over a group of `n` people."""

    n: int
    lower_quartile: float
    median: float
    upper_quartile: float
    mean: float


class BurdenOut(Schema):
    """One person's burden beside that of colleagues on the same pattern."""

    own: int
    colleagues: SpreadOut | None = Field(description="Null: fewer of them than may be shown, or none.")
    place: Place | None


class WindowOut(Schema):
    """The weeks before, those that a published roster covers."""

    weeks: int
    published_weeks: int
    burdens: dict[str, BurdenOut] = Field(
        description="nights, weekends and bank_holidays are duties, the latter from Monday to Friday; short_notice are "
        "days that others changed after they had been told."
    )
    causes: dict[str, dict[Cause, int]] = Field(description="Of each burden, how many duties came about how.")


class BurdenItem(Schema):
    """One duty or change that burdens."""

    date: date
    burdens: list[str]
    cause: Cause
    start: datetime | None
    end: datetime | None
    roster_id: UUID
    changed_at: datetime | None = Field(description="Of a change at short notice.")


class NextWeights(Schema):
    """What the next roster counts one more of them as, in quarter-hours moved, beside somebody at the mean."""

    night: int
    night_at_mean: int
    weekend_or_bank_holiday: int
    weekend_or_bank_holiday_at_mean: int
    change: int
    change_at_mean: int


class ExplainOut(Schema):
    """Somebody's burdens, why each came about, and what they weigh in the next roster."""

    handler: str
    group: str = Field(description="Of handlers on the same pattern, whatever week of it they are in.")
    until: date = Field(description="Monday of this week: what is explained lies before it.")
    windows: list[WindowOut]
    items: list[BurdenItem] = Field(description="Newest first, of the longest window.")
    next_roster: NextWeights


class GroupOut(Schema):
    """Handlers on the same pattern."""

    group: str
    n: int | None = Field(description="Null: not shown.")
    hidden: bool = Field(description="Fewer people than may be shown, or it would tell of such a group.")
    burdens: dict[str, SpreadOut] = Field(description="Of a group that is shown.")
    handlers: dict[str, dict[str, int]] | None = Field(description="Each person's, for planners and managers alone.")


class FairnessOut(Schema):
    """The ledger of burdens by group."""

    until: date
    weeks: int
    published_weeks: int
    least_group: int
    everybody: GroupOut
    groups: list[GroupOut]


class TeamOut(Schema):
    """A team, or the people who are in none."""

    team: str
    n: int | None = Field(description="Null: not shown.")
    hidden: bool = Field(description="Fewer people than may be shown, or it would tell of such a team.")
    burdens: dict[str, SpreadOut] = Field(
        description="Those of groups, and fatigue: points of the rule H4 in this week's published roster."
    )


class TeamsOut(Schema):
    """Burdens and fatigue by team; nobody's own."""

    until: date
    weeks: int
    published_weeks: int
    least_group: int
    roster_id: UUID | None = Field(description="This week's published roster, which fatigue is counted in.")
    teams: list[TeamOut]


class WithoutIn(Schema):
    """Ask for the nearest roster in which the handler has no duty on a date."""

    date: Day
    effort: int | None = Field(None, ge=1, le=10_000)
    replications: int = Field(192, ge=32, le=2000)
    seed: int = Field(1, ge=0, le=2**31 - 1)
