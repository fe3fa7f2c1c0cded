"""Who is on, by the published rosters, and who comes and goes next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.pacesetter.schemas import OnDuty, OnDutyOut, Turn
from rostering.roster import ActivitySpan, Duty

AWAY = "away"
_AHEAD = timedelta(hours=12)
Away = Callable[[Duty], list[tuple[datetime, datetime]]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A handler on duty or soon on it: in which activity, and what follows; None before the duty and in its last
    activity. away_until : where the handler is away then, or as the duty begins"""

    duty: Duty
    now: ActivitySpan | None
    then: ActivitySpan | None
    away_until: datetime | None


def placed(duty: Duty, away: Away, at: datetime) -> Placed:
    """Where the handler of a duty that runs or is to come is at a time."""
    spans = duty.activities
    place = next((n for n, span in enumerate(spans) if span.start <= at < span.end), None)
    then = None if place is None or place + 1 == len(spans) else spans[place + 1]
    until = next((end for start, end in away(duty) if start <= max(at, duty.start) < end), None)
    return Placed(duty, None if place is None else spans[place], then, until)


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
    found = placed(duty, away, now)
    if found.away_until is not None:
        return OnDuty(handler=duty.handler, activity=AWAY, until=min(found.away_until, duty.end), duty_end=duty.end)
    if found.now is None:  # a gap that no rule allows; said as it is
        return OnDuty(handler=duty.handler, activity="-", until=duty.end, duty_end=duty.end)
    return OnDuty(handler=duty.handler, activity=str(found.now.activity), until=found.now.end, duty_end=duty.end)


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
