"""A day's page, put together from what the rooms have."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.access import Work
from app.actions import service as actions
from app.calls import repository as call_rows
from app.calls.service import INTERVAL
from app.database import utc_now
from app.errors import NotFound
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.intraday import service as intraday
from app.intraday.cover import away_of, cover
from app.pacesetter import ahead, day, duty
from app.pacesetter.recorded import QUEUES, foreseen, recorded
from app.pacesetter.schemas import OnDutyOut, PacesetterOut, PastDayOut, RiskOut
from app.rosters import joined
from app.rosters import repository as rosters
from rostering.roster import Duty

_DAY = timedelta(days=1)
_MOST_RANKED = 500
NO_CALLS = "There is no call history yet. Import one, then the days appear here."
NO_DAY = "No calls of the day before are stored. Import them, or have the telephony send them."
NO_RANKING = (
    "No ranking of this day yet. It needs a forecast, a published roster and the calls so far of the day; it is then "
    "made every two hours."
)
NO_ROSTER = "No published roster covers this time. Publish one, then the people on duty appear here."
OTHER_DAY = "Who is on is shown for today alone."


def pacesetter(work: Work, on: date, now: datetime | None = None) -> PacesetterOut:
    """The page of the local date `on`; `now` is the present where absent."""
    session, force_id, now = work.session, work.force.id, now or utc_now()
    settings = forces.current_settings(session, force_id).settings
    zone = settings.zone
    is_today = on == now.astimezone(zone).date()
    missing: dict[str, str] = {}
    spans = call_rows.span(session, force_id)
    data_as_of = max((last + INTERVAL for _, last, _ in spans.values()), default=None)
    yesterday = _yesterday(session, force_id, on - _DAY, settings) if spans else None
    if yesterday is None:
        missing["yesterday"] = NO_DAY if spans else NO_CALLS
    risk = _risk(work, on, now if is_today else None, zone)
    if risk is None:
        missing["risk"] = NO_RANKING
    on_duty = _on_duty(session, force_id, now, zone) if is_today else None
    if on_duty is None:
        missing["on_duty"] = NO_ROSTER if is_today else OTHER_DAY
    begin, end = (day.local(on + n * _DAY, time(), zone) for n in (-1, 1))
    return PacesetterOut(
        date=on,
        timezone=settings.timezone,
        made_at=now,
        data_as_of=data_as_of,
        is_stale=is_today and data_as_of is not None and now - data_as_of > intraday.FRESH,
        synthetic=settings.synthetic,
        yesterday=yesterday,
        risk=risk,
        on_duty=on_duty,
        actions=actions.standing(session, force_id, begin, end),
        missing=missing,
    )


def _yesterday(session: Session, force_id: UUID, on: date, settings: ForceSettings) -> PastDayOut | None:
    zone = settings.zone
    begin = day.local(on, time(), zone)
    until = day.local(on + _DAY, day.NIGHT_ENDS, zone)
    told = recorded(session, force_id, begin, until)
    rows = rosters.daily_figures(session, force_id, on)
    return day.told(
        day.Past(
            day=on,
            zone=zone,
            settings=settings,
            recorded=told,
            foreseen=foreseen(session, force_id, begin, until),
            cover=cover(session, force_id, begin, until, zone),
            daily=rows,
        )
    )


def _risk(work: Work, on: date, now: datetime | None, zone: ZoneInfo) -> RiskOut | None:
    begin, end = (day.local(on + n * _DAY, time(), zone) for n in (0, 1))
    try:
        ranking = intraday.latest(work, _MOST_RANKED, now or end, known_by=end)
    except NotFound:
        return None
    # One that was made before the day began still says something of it; one that ended before does not.
    return ahead.risk(ranking, on, now, zone) if ranking.ends_at > begin else None


def whereabouts(session: Session, force_id: UUID, at: datetime, ahead: timedelta) -> list[duty.Placed] | None:
    """Who is where on a duty that runs at a time or begins within `ahead`, by duty; None where none is published of the
    days around."""
    duties, away = _published(session, force_id, at, forces.zone(session, force_id))
    near = [one for one in duties if one.start - ahead <= at < one.end]
    return (
        [duty.placed(one, away, at) for one in sorted(near, key=lambda one: (one.start, one.handler))]
        if duties
        else None
    )


def _published(session: Session, force_id: UUID, at: datetime, zone: ZoneInfo) -> tuple[list[Duty], duty.Away]:
    """Duties of the days around, and when each one's handler is away."""
    on = at.astimezone(zone).date()
    duties = [one for _, one in joined.published(session, force_id, on - _DAY, on + 2 * _DAY)]
    return duties, away_of(session, force_id, at - _DAY, zone)


def _on_duty(session: Session, force_id: UUID, now: datetime, zone: ZoneInfo) -> OnDutyOut | None:
    quarter = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    held = cover(session, force_id, quarter, quarter + INTERVAL, zone)
    if not held.is_rostered[0]:
        return None
    required = {queue: int(held.required[q, 0]) for q, queue in enumerate(QUEUES) if held.required[q, 0] >= 0}
    duties, away = _published(session, force_id, now, zone)
    return duty.on_duty(duties, away, required, now)
