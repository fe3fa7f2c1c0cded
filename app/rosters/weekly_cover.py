"""A week's cover as its page shows it: heads required and on calls by the roster that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.requirements import repository as requirement_rows
from app.rosters import repository
from app.rosters.history import WEEK, counting
from app.tables import RequirementRow, RosterRow

Ints = NDArray[np.int64]
QUARTER = timedelta(minutes=15)
DESKS = ("999", "101")


@dataclass(frozen=True, slots=True, eq=False)
class WeekCover:
    """By quarter-hour of the local week from `start` [UTC]; arrays are (2, intervals), 999 first, or (intervals,).

    required : heads to roster on calls, with shrinkage; on_calls : heads rostered, None without a roster
    floor, chance : seats of both skills together that the floor alone needs, and that meet the targets with the chance
        that the force asks for; None where the requirement has none. confidence : that chance
    daily : the roster's predicted days
    """

    monday: date
    start: datetime
    required: Ints
    on_calls: Ints | None
    floor: Ints | None
    chance: Ints | None
    confidence: float | None
    roster_id: UUID | None
    status: str | None
    requirement_id: UUID
    made_at: datetime
    daily: Mapping[str, Any]

    @property
    def intervals(self) -> int:
        return int(self.required.shape[1])

    @property
    def surplus(self) -> Ints | None:
        """Heads on calls beyond those required: the lesser of 999 alone and of both skills together, since who holds
        both can sit at either desk. Negative: short of."""
        if self.on_calls is None:
            return None
        over = self.on_calls - self.required
        return np.asarray(np.minimum(over[0], over.sum(axis=0)), dtype=np.int64)


def week_cover(session: Session, force_id: UUID, monday: date, zone: ZoneInfo) -> WeekCover | None:
    """The week by its published roster, else its newest draft, else by the newest requirement that covers it; None
    where there is none of them."""
    begin, end = (datetime.combine(day, datetime.min.time(), zone).astimezone(UTC) for day in (monday, monday + WEEK))
    head = counting(repository.heads(session, force_id, monday, monday + WEEK), monday, monday + WEEK).get(monday)
    if head is None:
        found = requirement_rows.newest_over(session, force_id, begin, end)
        return None if found is None else _of_requirement(found, monday, begin, end)
    row = repository.of_ids(session, force_id, [head.id])[head.id]
    requirement = requirement_rows.find(session, force_id, row.requirement_id)
    assert requirement is not None, f"requirement {row.requirement_id} of roster {row.id} is gone"
    return _of_roster(row, requirement, monday, begin, end)


def _of_roster(row: RosterRow, requirement: RequirementRow, monday: date, begin: datetime, end: datetime) -> WeekCover:
    columns = row.body["coverage"]
    first = datetime.fromisoformat(columns["999"]["start"][0]).astimezone(UTC)
    span = slice((begin - first) // QUARTER, (end - first) // QUARTER)
    floor, chance = _seats(requirement, begin, end)
    return WeekCover(
        monday=monday,
        start=begin,
        required=np.array([columns[desk]["rostered"][span] for desk in DESKS], dtype=np.int64),
        on_calls=np.array([columns[desk]["on_calls"][span] for desk in DESKS], dtype=np.int64),
        floor=floor,
        chance=chance,
        confidence=requirement.description.get("targets", {}).get("confidence"),
        roster_id=row.id,
        status=row.status,
        requirement_id=requirement.id,
        made_at=row.created_at,
        daily=row.body.get("daily") or {},
    )


def _of_requirement(row: RequirementRow, monday: date, begin: datetime, end: datetime) -> WeekCover:
    span = slice((begin - row.starts_at) // QUARTER, (end - row.starts_at) // QUARTER)
    floor, chance = _seats(row, begin, end)
    return WeekCover(
        monday=monday,
        start=begin,
        required=requirement_rows.heads(row, "rostered")[:, span],
        on_calls=None,
        floor=floor,
        chance=chance,
        confidence=row.description.get("targets", {}).get("confidence"),
        roster_id=None,
        status=None,
        requirement_id=row.id,
        made_at=row.created_at,
        daily={},
    )


def _seats(row: RequirementRow, begin: datetime, end: datetime) -> tuple[Ints | None, Ints | None]:
    """Floor and chance seats of the week; None where the requirement lacks them or does not reach."""
    span = slice((begin - row.starts_at) // QUARTER, (end - row.starts_at) // QUARTER)
    found = []
    for name in ("seats_minimum", "seats_chance"):
        values = row.columns.get(name)
        has_all = values is not None and span.start >= 0 and span.stop <= len(values)
        found.append(np.array(values[span], dtype=np.int64) if values is not None and has_all else None)
    return found[0], found[1]
