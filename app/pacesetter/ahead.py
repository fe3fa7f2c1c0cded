"""The risk ahead: quarter-hours of the ranking, the weakest of them, tonight's weakest hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.intraday.schemas import IntradayOut, WeakInterval
from app.pacesetter.schemas import RiskOut, RiskyQuarter, WeakHour

N_WEAKEST = 10
_EVENING, _MORNING = time(18), time(7)  # tonight


def risk(ranking: IntradayOut, day: date, now: datetime | None, zone: ZoneInfo) -> RiskOut:
    """The ranking as a day's meeting reads it: from the day's midnight on, and of the weakest those that are not over
    at `now` (None: all)."""
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    ranked = [one for one in ranking.intervals if one.start >= midnight]
    ahead = [one for one in ranked if now is None or one.end > now]
    since, until = tonight(day, now, zone)
    inside = [one for one in ahead if since <= one.start < until]
    return RiskOut(
        ranking_id=ranking.id,
        data_as_of=ranking.data_as_of,
        ends_at=ranking.ends_at,
        quarters=[
            RiskyQuarter(start=one.start, chance_999=one.chance_999, chance_101=one.chance_101)
            for one in sorted(ranked, key=lambda one: one.start)
        ],
        weakest=ahead[:N_WEAKEST],
        tonight=weakest_hour(inside, zone),
        targets=ranking.targets,
        notes=ranking.notes,
    )


def tonight(day: date, now: datetime | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From 18:00 of the day, or `now` where that is later, to 07:00; before 07:00 the night is the one that lasts."""
    morning, evening = (datetime.combine(day, at, zone).astimezone(UTC) for at in (_MORNING, _EVENING))
    if now is not None and now < morning:
        return now, morning
    following = datetime.combine(day + timedelta(days=1), _MORNING, zone).astimezone(UTC)
    return (evening if now is None else max(now, evening)), following


def weakest_hour(intervals: Sequence[WeakInterval], zone: ZoneInfo) -> WeakHour | None:
    """The local clock hour with the highest mean chance, the earliest of equals; None without intervals."""
    hours: dict[datetime, list[WeakInterval]] = defaultdict(list)
    for one in intervals:
        local = one.start.astimezone(zone)
        hours[local.replace(minute=0).astimezone(UTC)].append(one)
    if not hours:
        return None
    means = {start: sum(one.chance for one in inside) / len(inside) for start, inside in hours.items()}
    start = min(means, key=lambda hour: (-means[hour], hour))
    inside = hours[start]
    return WeakHour(
        start=min(one.start for one in inside),
        end=max(one.end for one in inside),
        chance=round(means[start], 4),
        weakest=min(inside, key=lambda one: one.rank),
    )
