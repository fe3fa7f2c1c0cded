"""A demonstration force's years: calls that came, what was recorded of them, people with a year of leave, and the room
as it really is (`app.demonstration.truth`), which no model reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.demonstration import truth
from app.demonstration.calls import (
    MEAN_HANDLING_S,
    DemonstrationCalls,
    DemonstrationDemand,
    demonstration_demand,
    demonstration_load,
    handling_by_hour,
)
from app.demonstration.control_room import demonstration_calls
from app.demonstration.people import LEAVE_DAYS, LEAVE_WEEKS, demonstration_handlers
from app.demonstration.settings import SEED, demonstration_force
from app.people.schemas import HandlerIn, LeaveIn
from app.rosters.desks import desk_matrix
from rostering.roster import Duty
from rostering.staffing import ControlRoom, Definitions, SimulationResult, simulate
from rostering.staffing.assumptions import Desk

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

END = date(2026, 7, 20)  # a Monday; the reported year ends here, the year for choosing a year before
YEARS = 2
HISTORY_WEEKS = 58  # before the first of both years
SETTINGS = demonstration_force().settings
ZONE = SETTINGS.zone
INTERVAL_S = 900
QUARTER, WEEK = timedelta(minutes=15), timedelta(weeks=1)
_AWAY_QUARTERS = 2  # a handler steps away for half an hour at a time, as in the truth


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Two years and what came before: first attempts, and what the telephony recorded under the staffing of then."""

    demand: DemonstrationDemand
    recorded: DemonstrationCalls
    seed: int

    def place(self, moment: datetime) -> int:
        """Number of the interval that starts at ``moment``."""
        return int((moment - self.demand.starts[0].to_pydatetime()) / QUARTER)


def world(seed: int = SEED) -> World:
    """The demonstration force with a longer history than it usually has."""
    weeks = HISTORY_WEEKS + 52 * YEARS
    recorded = demonstration_calls(END, np.random.default_rng(seed), weeks)
    # The recorder draws its demand first, so that the same generator draws it again.
    demand = demonstration_demand(END, np.random.default_rng(seed), weeks, added_by_repeats=truth.ADDED_BY_REPEATS)
    return World(demand, recorded, seed)


def mondays(years_back: int) -> list[date]:
    """Mondays of the 52 weeks of the reported year (0), or of a year before it."""
    first = END - 52 * (years_back + 1) * WEEK
    return [first + n * WEEK for n in range(52)]


def midnight(day: date) -> datetime:
    """Local midnight as UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def people_of(first: date, weeks: int, seed: int) -> list[HandlerIn]:
    """The demonstration's people, whose patterns start with the week of ``first``, with leave of ``weeks`` weeks: each
    week the usual share away all week and the usual share for two days, everybody in turn. Nobody trains: sessions
    would have to follow the duties."""
    rng = np.random.default_rng([seed, 7])
    people = demonstration_handlers(demonstration_load(), week_start=first, rng=rng, n_handlers=None)
    n = len(people)
    leave: list[list[LeaveIn]] = [[] for _ in people]
    order, turn = rng.permutation(n), 0
    for week in range(-1, weeks + 2):
        monday = first + week * WEEK
        whole, short = round(LEAVE_WEEKS * n), round(LEAVE_DAYS * n)
        for who in order[np.arange(turn, turn + whole) % n]:
            leave[who].append(LeaveIn(first=monday, last=monday + timedelta(days=6)))
        for who in order[np.arange(turn + whole, turn + whole + short) % n]:
            day = monday + timedelta(days=int(rng.integers(0, 6)))
            leave[who].append(LeaveIn(first=day, last=day + timedelta(days=1)))
        turn += whole + short
    return [
        person.model_copy(update={"leave": away, "training": []}) for person, away in zip(people, leave, strict=True)
    ]


def lived(
    known: World,
    duties: Sequence[Duty],
    refs: Sequence[str],
    begin: datetime,
    days: Ints,
    reserve: Ints | None,
    replication: int,
    definitions: Definitions,
) -> SimulationResult:
    """One week as it happened with these duties: the first attempts that came, callers, handling, absence and
    availability as they really are. Equal replications share their chance, whatever the duties: people are absent on
    the same dates and away in the same half-hours.

    refs : everybody who may have a duty, in a fixed order; days : (intervals,), local date ordinals
    """
    n = days.size
    at = known.place(begin)
    local = pd.DatetimeIndex([begin + i * QUARTER for i in range(n)]).tz_convert(ZONE)
    rng = np.random.default_rng([known.seed, int(days[0]), replication])
    first_day, n_days = int(days[0]) - 1, int(days[-1] - days[0]) + 2
    wave = truth.AVAILABILITY_DRIFT * np.sin(2 * np.pi * (np.arange(n_days) + first_day) / 365.25)
    available = np.clip(truth.AVAILABILITY + wave + truth.AVAILABILITY_DAY_SD * rng.standard_normal(n_days), 0.5, 1.0)
    is_absent = rng.random((len(refs), n_days)) < truth.ABSENCE_RATE
    drawn = np.repeat(rng.random((len(refs), -(-n // _AWAY_QUARTERS))), _AWAY_QUARTERS, axis=1)[:, :n]
    is_away = drawn >= available[days - first_day]
    number = {ref: i for i, ref in enumerate(refs)}
    who = np.array([number[duty.handler] for duty in duties])
    day = np.array([duty.start.astimezone(ZONE).toordinal() - first_day for duty in duties]).clip(0)
    desks = desk_matrix(duties, begin, n)
    gone = is_away[who] | is_absent[who, day][:, None]
    room = ControlRoom(
        interval_s=INTERVAL_S,
        desks=np.where(gone, Desk.OFF, desks).astype(np.int8),
        aht_s=np.array(MEAN_HANDLING_S)[:, None] * handling_by_hour(local),
        assumptions=truth.CALLERS,
        reserve=reserve,
        handlers=who,
    )
    came = known.demand.first_attempts[None, :, at : at + n]
    return simulate(room, came, definitions=definitions, seed=known.seed + 1000 * replication, days=days)
