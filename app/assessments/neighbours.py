"""Proposals near to one that is asked for, the nearest first: from which the nearest acceptable one is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from app.assessments.schemas import FlexibleProposal, PatternProposal
from app.forces.staffing import WEEKDAYS
from app.patterns.schemas import ShiftIn
from app.people.schemas import AgreementIn

_HOUR_MIN, _DAY_MIN = 60, 1440
# How far a step is thought to be from what was asked for: an hour is near, another day further, a day given up most.
_AN_HOUR, _ANOTHER_DAY, _HOURS_HALFWAY, _A_DAY_LESS = 1, 2, 2, 3
_MOST = 40  # proposals that are tried


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A proposal, how far it is from the one asked for, and what differs, in words."""

    asked: Any
    distance: int
    told: str


def applications_near(asked: FlexibleProposal, contract_min: int) -> list[Neighbour]:
    """Applications that ask for a little less or for another day: one or two steps away.

    contract_min : the contract as it is, towards which other hours move [min a week]
    """
    found: dict[str, Neighbour] = {}
    first = list(_steps(asked, contract_min))
    further = (
        Neighbour(two.asked, one.distance + two.distance, f"{one.told}; {two.told}")
        for one in first
        for two in _steps(one.asked, contract_min)
    )
    for near in sorted([*first, *further], key=lambda one: one.distance):
        found.setdefault(near.asked.model_dump_json(), near)
    found.pop(asked.model_dump_json(), None)
    return list(found.values())[:_MOST]


def _steps(asked: FlexibleProposal, contract_min: int) -> Iterator[Neighbour]:
    for place, agreed in enumerate(asked.agreements):
        for new, distance, told in _agreement_steps(agreed):
            others = [other for n, other in enumerate(asked.agreements) if n != place]
            kept = [*others[:place], *([] if new is None else [new]), *others[place:]]
            if kept or asked.weekly_min is not None:
                yield Neighbour(asked.model_copy(update={"agreements": kept}), distance, told)
    if asked.weekly_min is not None and abs(asked.weekly_min - contract_min) > _HOUR_MIN:
        halfway = (asked.weekly_min + contract_min) // 2
        told = f"{halfway / 60:.1f} h a week instead of {asked.weekly_min / 60:.1f} h"
        yield Neighbour(asked.model_copy(update={"weekly_min": halfway}), _HOURS_HALFWAY, told)


def _agreement_steps(agreed: AgreementIn) -> Iterator[tuple[AgreementIn | None, int, str]]:
    if agreed.earliest is not None and (at := _minute(agreed.earliest) - _HOUR_MIN) >= 0:
        yield (
            _with(agreed, earliest=_clock(at)),
            _AN_HOUR,
            f"from {_clock(at):%H:%M} instead of {agreed.earliest:%H:%M}",
        )
    if agreed.latest is not None and (at := _minute(agreed.latest) + _HOUR_MIN) < _DAY_MIN:
        told = f"until {_clock(at):%H:%M} instead of {agreed.latest:%H:%M}"
        yield _with(agreed, latest=_clock(at)), _AN_HOUR, told
    for day in agreed.weekdays:
        others = [other for other in agreed.weekdays if other != day]
        for step in (-1, 1):
            other = WEEKDAYS[(WEEKDAYS.index(day) + step) % 7]
            if agreed.off and other not in agreed.weekdays:
                told = f"{other} off instead of {day}"
                yield _with(agreed, weekdays=sorted([*others, other], key=WEEKDAYS.index)), _ANOTHER_DAY, told
        what = "off" if agreed.off else "within these times"
        yield (_with(agreed, weekdays=others) if others else None), _A_DAY_LESS, f"without {day} {what}"


def _with(agreed: AgreementIn, **changes: object) -> AgreementIn:
    return AgreementIn.model_validate(agreed.model_dump() | changes)


def patterns_near(asked: PatternProposal) -> list[Neighbour]:
    """Patterns one step away: a shift an hour earlier or later, or half an hour longer or shorter, wherever it is."""
    shifts = sorted({(day.start, day.length_min) for week in asked.proposed for day in week if day is not None})
    found = []
    for start, length in shifts:
        for moved in (-_HOUR_MIN, _HOUR_MIN):
            at = _clock((_minute(start) + moved) % _DAY_MIN)
            new = ShiftIn(start=at, length_min=length)
            found.append(_replaced(asked, start, length, new, _AN_HOUR, f"{at:%H:%M} instead of {start:%H:%M}"))
        for longer in (-30, 30):
            if 240 <= length + longer <= 720:
                new = ShiftIn(start=start, length_min=length + longer)
                told = f"{(length + longer) / 60:g} h from {start:%H:%M} instead of {length / 60:g} h"
                found.append(_replaced(asked, start, length, new, _AN_HOUR, told))
    return found[:_MOST]


def _replaced(asked: PatternProposal, start: time, length: int, new: ShiftIn, distance: int, told: str) -> Neighbour:
    weeks = [
        [new if day is not None and (day.start, day.length_min) == (start, length) else day for day in week]
        for week in asked.proposed
    ]
    return Neighbour(asked.model_copy(update={"proposed": weeks}), distance, told)


def days_near(first: int = 1, most: int = 7) -> list[timedelta]:
    """Other days for a day's leave, the nearest first."""
    return [timedelta(days=sign * n) for n in range(first, most + 1) for sign in (-1, 1)]


def _minute(clock: time) -> int:
    return 60 * clock.hour + clock.minute


def _clock(minute: int) -> time:
    return time(*divmod(minute, 60))
