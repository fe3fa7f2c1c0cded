"""The ranking run's ends in the database: today's calls, the forecast to refresh, cover; the ranking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.database import new_id, utc_now
from app.forecasts import intraday
from app.forecasts import service as forecasts
from app.forecasts.run import Result as Refreshed
from app.forecasts.run import keep
from app.forecasts.schemas import ForecastKind
from app.intraday import repository
from app.intraday.cover import Cover, cover
from app.requirements.expected import Expected, expected
from app.runs.outcome import Stored
from app.tables import RankingRow, RunRow
from forecasting.calendar import Calendar


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """`refresh` : what the rest of today is forecast anew from, a reason where it is not; `ahead` : the stored forecast
    from the newest calls to the end of tomorrow; `cover` likewise."""

    refresh: intraday.Inputs | str
    ahead: Expected
    cover: Cover


@dataclass(frozen=True, slots=True)
class Result:
    """What came out: the refreshed forecast, or why there is none; the ranking, or why there is none."""

    refreshed: Refreshed | str
    description: dict[str, Any]
    items: list[dict[str, Any]] | str


def load(session: Session, run: RunRow) -> Inputs:
    row = forecasts.find(session, run.force_id, UUID(run.inputs["forecast_id"]))
    until = datetime.fromisoformat(run.inputs["until"])
    version = run.inputs["settings_version"]
    calendar = Calendar(row.description["timezone"], None, None)
    zone = ZoneInfo(calendar.timezone)
    after_tomorrow = calendar.midnight(until.astimezone(zone).date() + timedelta(days=2))
    ends_at = min(after_tomorrow, row.ends_at)
    return Inputs(
        refresh=intraday.load(session, run),
        ahead=expected(session, run.force_id, row.id, until, ends_at, version),
        cover=cover(session, run.force_id, until, ends_at, zone),
    )


def store(session: Session, run: RunRow, result: Result) -> Stored:
    based_on = UUID(run.inputs["forecast_id"])
    made: dict[str, Any] = {}
    if not isinstance(result.refreshed, str):
        made |= keep(session, run, result.refreshed, ForecastKind.INTRADAY, based_on).result or {}
    if isinstance(result.items, str):
        return Stored(made or None, "not_ranked", result.items)
    row = RankingRow(
        id=new_id(),
        force_id=run.force_id,
        run_id=run.id,
        created_at=utc_now(),
        settings_version=run.inputs["settings_version"],
        forecast_id=UUID(made["forecast_id"]) if made else based_on,
        data_as_of=datetime.fromisoformat(run.inputs["until"]),
        ends_at=datetime.fromisoformat(result.description["ends_at"]),
        description=result.description | {"based_on": str(based_on)},
        columns={"intervals": result.items},
    )
    repository.add(session, row)
    return Stored(made | {"ranking_id": str(row.id)})
