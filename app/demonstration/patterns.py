"""Working patterns of the synthetic force: cycles of duties that are legal in themselves and pay their contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FULL_TIME_MIN: Final = 2220  # 37 h a week, Police Staff Council


@dataclass(frozen=True, slots=True)
class Slot:
    """A duty of a cycle: minutes from local midnight to its start, and its length with the meal [min]."""

    start_min: int
    length_min: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A cycle of days, None a rest day, with the contract that it pays on average over whole cycles."""

    family: str
    days: tuple[Slot | None, ...]
    weekly_min: int
    cycle_weeks: int
    phase_step: int = 1  # 7 where the cycle is tied to weekdays


@dataclass(frozen=True, slots=True)
class Family:
    """Share of people who work a family of patterns, least and most."""

    name: str
    least: float
    most: float


FAMILIES: Final = (
    Family("6 on 4 off", 0.14, 0.50),
    Family("5-week variable shift", 0.06, 0.25),
    Family("4 on 4 off", 0.03, 0.08),
    Family("days", 0.05, 0.20),
    Family("lates", 0.06, 0.20),
    Family("early and late", 0.08, 0.25),
    Family("part-time", 0.16, 0.22),
)


def meal_min(length_min: int) -> int:
    """Unpaid meal of a duty [min]: refreshment table of police circular 001/2019, on the quarter-hour."""
    return 60 if length_min >= 540 else 45 if length_min >= 360 else 30


def short_breaks_min(length_min: int) -> int:
    """Paid short breaks of a duty [min]: two of 15 from 8 h, one from 4 h (HSE guidance on screen work)."""
    return 30 if length_min >= 480 else 15 if length_min >= 240 else 0


def paid_min(length_min: int) -> int:
    """Paid part of a duty [min]; meals are unpaid."""
    return length_min - meal_min(length_min)


def on_call_min(length_min: int) -> int:
    """Part of a duty that is left for calls after meal and short breaks [min]."""
    return paid_min(length_min) - short_breaks_min(length_min)


def patterns() -> tuple[Pattern, ...]:
    """Every pattern that handlers of the synthetic force may have."""
    return (*_rotating(), *_twelve_hours(), *_without_nights(), *_part_time())


def _at(hour: float, length_min: int) -> Slot:
    return Slot(round(hour * 60), length_min)


def _cycle(codes: str, **slots: Slot) -> tuple[Slot | None, ...]:
    return tuple(slots.get(code) for code in codes)


def _rotating() -> Iterator[Pattern]:
    """Earlies, lates and nights, forward, of 9 3/4 and 10 h: 6-in-10 at 37 h needs 8.81 paid hours a duty."""
    for early, late, night in ((7, 15, 21.5), (8, 16, 22), (7, 14, 21)):
        slots = {"E": _at(early, 585), "L": _at(late, 585), "N": _at(night, 600)}
        yield Pattern("6 on 4 off", _cycle("EELLNN----", **slots), FULL_TIME_MIN, 10)
        # 21 duties in five weeks, as in the variable shift arrangement of Greater Manchester Police
        weeks = "EELLNN-" + "--EELLL" + "---NNNN" + "--EEE--" + "---LLL-"
        yield Pattern("5-week variable shift", _cycle(weeks, **slots), FULL_TIME_MIN, 5, phase_step=7)


def _twelve_hours() -> Iterator[Pattern]:
    for day, night in ((7, 19), (8, 20)):
        slots = {"D": _at(day, 690), "N": _at(night, 690)}
        yield Pattern("4 on 4 off", _cycle("DDNN----", **slots), FULL_TIME_MIN, 8)


def _without_nights() -> Iterator[Pattern]:
    for hour in (7.0, 7.5, 8.5, 9.5):
        long, short = _at(hour, 495), _at(hour, 480)
        yield Pattern("days", _cycle("AABBA--", A=long, B=short), FULL_TIME_MIN, 4)
    for hour in (11.0, 13.0, 15.0, 16.0, 16.5):
        yield Pattern("lates", _cycle("LLLLL--LLLL---", L=_at(hour, 555)), FULL_TIME_MIN, 4)
    for early, late in ((7, 15), (8, 14), (9, 16)):
        slots = {"E": _at(early, 525), "L": _at(late, 525)}
        yield Pattern("early and late", _cycle("EELLLL---", **slots), FULL_TIME_MIN, 9)


def _part_time() -> Iterator[Pattern]:
    for hour in (8.0, 9.5, 11.0):
        yield Pattern("part-time", _cycle("DDD----", D=_at(hour, 480)), 1320, 4)
    for hour in (15.0, 16.0, 17.0):
        yield Pattern("part-time", _cycle("LLL----", L=_at(hour, 540)), 1440, 4)
    for hour in (8.0, 17.0, 18.0):
        yield Pattern("part-time", _cycle("DDDD---", D=_at(hour, 360)), 1260, 4)
    for hour in (9.0, 14.0, 17.0):
        yield Pattern("part-time", _cycle("----DDD-----DD", D=_at(hour, 585)), 1320, 4, phase_step=7)
