"""Today's calls in, rankings asked for and read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from app.access import Work
from app.calls import service as calls
from app.calls.history import COLUMNS, CallsRow, history_of
from app.calls.parse import ParsedCalls, report_of
from app.calls.quality import contradictions
from app.calls.service import INTERVAL
from app.database import utc_now
from app.errors import Conflict, NotFound
from app.findings import Sieve
from app.forces import service as forces
from app.forecasts import repository as forecast_rows
from app.forecasts import service as forecasts
from app.intraday import repository
from app.intraday.schemas import ActualIn, ActualsIn, ActualsOut, IntradayOut
from app.runs import repository as run_rows
from app.runs import service as runs
from app.runs.schemas import RunOut

KIND = "ranking"
FRESH = timedelta(hours=2, minutes=15)  # the schedule asks every two hours
_SKEW = timedelta(minutes=1)  # between the telephony's clock and ours
_REACH = timedelta(hours=48)  # that actuals of a day go back
_SEED = 1


def take(work: Work, body: ActualsIn) -> ActualsOut:
    """Store today's calls so far: all of them or nothing; other values than those stored supersede them. The rest of
    the day is forecast anew and ranked. Raises `Invalid` with the report where an interval is refused."""
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    now = utc_now()
    sieve: Sieve[CallsRow] = Sieve(2, "queue {0}", contradictions)
    _sift(sieve, body.intervals, now)
    history = history_of(sieve.rows())
    given = tuple(name for name in COLUMNS if name in body.intervals[0].model_fields_set)
    parsed = ParsedCalls(given, history, report_of(history, sieve, zone, now, INTERVAL))
    source = "actuals" if body.source is None else f"actuals {body.source}"
    report = calls.store(work, parsed, source, dry_run=False)
    found = ActualsOut(**dict(report))
    try:
        run = request(work, None)
    except Conflict as error:
        return found.model_copy(update={"not_ranked": error.detail})
    return found.model_copy(update={"run_id": run.id})


def _sift(sieve: Sieve[CallsRow], intervals: Sequence[ActualIn], now: datetime) -> None:
    latest = max(interval.interval_start for interval in intervals)
    for place, interval in enumerate(intervals, 1):
        sieve.rows_read += 1
        start = interval.interval_start.astimezone(UTC)
        reason = None
        if (start - datetime(1990, 1, 1, tzinfo=UTC)) % INTERVAL:
            reason = "the start of a quarter-hour is expected"
        elif start + INTERVAL > now + _SKEW:
            reason = f"it is not over: expected to end by {now.isoformat(timespec='seconds')}"
        elif start < latest - _REACH:
            reason = "it is more than 48 hours before the newest: import a history with POST .../calls"
        if reason is not None:
            sieve.reject(place, [("interval_start", start.isoformat(), reason)])
            continue
        values = [getattr(interval, name) for name in COLUMNS]
        values[1] = start
        sieve.take(place, cast(CallsRow, tuple(values)))


def request(work: Work, now: datetime | None) -> RunOut:
    """Queue a ranking from the end of the call history on; where `now` is given, only of its local day.

    Raises `Conflict` where no forecast covers it or, with `now`, the history ends before today.
    """
    if now is not None:
        row = forecasts.today(work, now)
        until = forecasts.known_until(work.session, work.force.id)
    else:
        until = forecasts.known_until(work.session, work.force.id)
        found = forecast_rows.find(work.session, work.force.id, covering=until)
        if found is None:
            raise Conflict(
                f"no forecast covers {until.isoformat()}, where the call history ends: POST to .../forecasts"
            )
        row = found
    inputs = {
        "forecast_id": str(row.id),
        "until": until.isoformat(),
        "settings_version": forces.current_settings(work.session, work.force.id).version,
    }
    return runs.request(work, KIND, {"forecast_id": str(row.id)}, inputs, _SEED)


def is_rostered(work: Work, at: datetime) -> bool:
    """Whether a published roster covers the local date of `at`."""
    day = at.astimezone(forces.current_settings(work.session, work.force.id).settings.zone).date()
    return bool(repository.plans(work.session, work.force.id, day, day + timedelta(days=1)))


def refresh_today(work: Work, now: datetime) -> RunOut:
    """What the clock asks for every two hours: the rest of today anew, ranked where a roster is published. Raises
    `Conflict` where today has no calls that are not known yet, or a ranking is under way."""
    if run_rows.is_under_way(work.session, work.force.id, KIND):
        raise Conflict("a ranking is under way")
    forecasts.today(work, now)
    return request(work, now) if is_rostered(work, now) else forecasts.request_todays_refresh(work, now)


def latest(work: Work, size: int, now: datetime, known_by: datetime | None = None) -> IntradayOut:
    """The newest ranking, or the newest that knows no calls after `known_by`. Raises `NotFound`."""
    row = repository.newest(work.session, work.force.id, known_by)
    if row is None:
        raise NotFound("no ranking yet: POST today's calls to .../actuals, with a published roster and a forecast")
    items, told = row.columns["intervals"], dict(row.description)
    return IntradayOut(
        id=row.id,
        run_id=row.run_id,
        created_at=row.created_at,
        data_as_of=row.data_as_of,
        is_stale=now - row.data_as_of > FRESH,
        ends_at=row.ends_at,
        forecast_id=row.forecast_id,
        based_on=UUID(told["based_on"]),
        rosters=told["rosters"],
        synthetic=told["synthetic"],
        targets=told["targets"],
        notes=told["notes"],
        total=len(items),
        intervals=items[:size],
    )
