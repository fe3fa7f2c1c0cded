"""Who is on, by the published rosters, and who comes and goes next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from app.pacesetter.schemas import OnDuty, OnDutyOut, Turn
from rostering.roster import Duty

AWAY = "away"
_AHEAD = timedelta(hours=12)
Away = Callable[[Duty], list[tuple[datetime, datetime]]]


def on_duty(duties: Sequence[Duty], away: Away, required: dict[str, int], now: datetime) -> OnDutyOut:
    """People whose duty holds `now`, what they do, and the turns of the next twelve hours, without who is away."""
    people = [_person(duty, away, now) for duty in duties if duty.start <= now < duty.end]
    people.sort(key=lambda person: (person.activity, person.handler))
    return OnDutyOut(
        at=now,
        heads=dict(Counter(person.activity for person in people)),
        required=required,
        people=people,
        turns=_turns(duties, away, now),
    )


def _person(duty: Duty, away: Away, now: datetime) -> OnDuty:
    until = next((end for start, end in away(duty) if start <= now < end), None)
    if until is not None:
        return OnDuty(handler=duty.handler, activity=AWAY, until=min(until, duty.end), duty_end=duty.end)
    doing = next((span for span in duty.activities if span.start <= now < span.end), None)
    if doing is None:  # a gap that no rule allows; said as it is
        return OnDuty(handler=duty.handler, activity="-", until=duty.end, duty_end=duty.end)
    return OnDuty(handler=duty.handler, activity=str(doing.activity), until=doing.end, duty_end=duty.end)


def _turns(duties: Sequence[Duty], away: Away, now: datetime) -> list[Turn]:
    starting: dict[datetime, list[str]] = defaultdict(list)
    finishing: dict[datetime, list[str]] = defaultdict(list)
    for duty in duties:
        spans = away(duty)
        for moment, found in ((duty.start, starting), (duty.end, finishing)):
            if now < moment <= now + _AHEAD and not any(first <= moment <= last for first, last in spans):
                found[moment].append(duty.handler)
    return [
        Turn(at=at, starting=sorted(starting.get(at, [])), finishing=sorted(finishing.get(at, [])))
        for at in sorted({*starting, *finishing})
    ]
