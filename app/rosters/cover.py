"""How many heads a time is short of, by the roster that counts, else by requirement and nominal duties. Counting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.people.schemas import HandlerIn
from app.requirements import repository as requirement_rows
from app.rosters import repository
from app.rosters.document import duties_from_json
from app.rosters.history import counting, every_duty
from app.rosters.pattern import assumed_duties
from app.rosters.states import RosterStatus
from app.tables import RosterRow
from rostering.roster import Activity, Duty
from rostering.rules import RuleSet

Basis = Literal["published", "draft", "nominal", "none"]
Ints = NDArray[np.int64]
_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)
_DESKS = (Activity.CALLS_999, Activity.CALLS_101)


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Heads wanted and on calls by quarter-hour from `start` [UTC], (2, intervals), 999 first; duties behind it.

    needed, on_calls : None where nothing says what is needed
    """

    basis: Basis
    start: datetime
    needed: Ints | None
    on_calls: Ints | None
    duties: Mapping[tuple[str, date], Duty]

    def short_without(self, duty: Duty, away: Sequence[Duty] = ()) -> Ints | None:
        """Heads short in each quarter-hour of `duty` that the cover reaches, where the people of `away` stay away.

        A quarter-hour is short of as many as 999 alone is, or both queues together, whichever is more: who holds both
        skills can sit at either desk.
        """
        return self.short(duty.start, duty.end, away)

    def short(self, begin: datetime, end: datetime, away: Sequence[Duty] = ()) -> Ints | None:
        """The same in each quarter-hour between two times."""
        if self.needed is None or self.on_calls is None:
            return None
        there = self.on_calls.copy()
        for gone in away:
            there -= heads_of(gone, self.start, there.shape[1])
        short = self.needed - there
        worst = np.maximum(np.maximum(short[0], short.sum(axis=0)), 0)
        first, last = ((moment.astimezone(UTC) - self.start) // _QUARTER for moment in (begin, end))
        return np.asarray(worst[max(first, 0) : max(last, 0)], dtype=np.int64)


def heads_of(duty: Duty, start: datetime, n: int) -> Ints:
    """The duty's head on calls by quarter-hour, (2, n), 999 first."""
    heads = np.zeros((2, n), dtype=np.int64)
    for span in duty.activities:
        if span.activity in _DESKS:
            first, last = ((moment.astimezone(UTC) - start) // _QUARTER for moment in (span.start, span.end))
            heads[_DESKS.index(span.activity), max(first, 0) : max(last, 0)] += 1
    return heads


def covers(
    session: Session,
    force_id: UUID,
    first: date,
    last: date,
    handlers: Sequence[HandlerIn],
    zone: ZoneInfo,
    rules: RuleSet,
) -> dict[date, Cover]:
    """The cover of each local date between two, both included.

    handlers : everybody with the days that they were told, for dates that no roster has
    """
    monday = first - timedelta(days=first.weekday())
    chosen = counting(repository.heads(session, force_id, monday, last + _DAY), monday, last + _DAY)
    rows = repository.of_ids(session, force_id, {head.id for head in chosen.values()})
    rostered = {roster_id: _of_roster(row, zone) for roster_id, row in rows.items()}
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    bare = [day for day in days if day - timedelta(days=day.weekday()) not in chosen]
    found = {}
    for day in days:
        head = chosen.get(day - timedelta(days=day.weekday()))
        if head is not None:
            found[day] = rostered[head.id]
    if bare:
        nominal = _of_patterns(session, force_id, bare[0], bare[-1], handlers, zone, rules)
        found |= dict.fromkeys(bare, nominal)
    return found


def _of_roster(row: RosterRow, zone: ZoneInfo) -> Cover:
    columns: dict[str, Any] = row.body["coverage"]
    return Cover(
        basis="published" if row.status == RosterStatus.PUBLISHED else "draft",
        start=datetime.fromisoformat(columns["999"]["start"][0]).astimezone(UTC),
        needed=np.array([columns[desk]["rostered"] for desk in ("999", "101")], dtype=np.int64),
        on_calls=np.array([columns[desk]["on_calls"] for desk in ("999", "101")], dtype=np.int64),
        duties=_by_day(duties_from_json(every_duty(row.body)), zone),
    )


def _of_patterns(
    session: Session,
    force_id: UUID,
    first: date,
    last: date,
    handlers: Sequence[HandlerIn],
    zone: ZoneInfo,
    rules: RuleSet,
) -> Cover:
    """Nominal duties, against the newest requirement that covers these dates where there is one."""
    begin, end = (datetime.combine(day, datetime.min.time(), zone).astimezone(UTC) for day in (first, last + _DAY))
    # The evening before as well: its duties reach into the first date.
    duties = assumed_duties(handlers, first - _DAY, (last - first).days + 2, zone, rules)
    by_day = _by_day([duty for duty in duties if duty.start >= begin], zone)
    row = requirement_rows.newest_over(session, force_id, begin, end)
    if row is None:
        return Cover("none", begin, None, None, by_day)
    until, place = (end - row.starts_at) // _QUARTER, (begin - row.starts_at) // _QUARTER
    needed = requirement_rows.heads(row, "rostered")[:, place:until]
    on_calls = sum((heads_of(duty, begin, needed.shape[1]) for duty in duties), np.zeros_like(needed))
    return Cover("nominal", begin, needed, on_calls, by_day)


def _by_day(duties: Iterable[Duty], zone: ZoneInfo) -> dict[tuple[str, date], Duty]:
    return {(duty.handler, duty.start.astimezone(zone).date()): duty for duty in duties}
