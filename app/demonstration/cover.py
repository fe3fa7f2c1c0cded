"""Which pattern and phase for whom, so that the cover of the week follows the heads needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.demonstration.patterns import FAMILIES, Pattern, on_call_min, patterns

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAYS_BEFORE: Final = 7
HORIZON_DAYS: Final = 42  # leave and balance are looked at from a week before to four weeks after the week
HOURS: Final = 30.0  # on-call hours a person-week without leave, a first guess
_SLOTS: Final = 96
_WEEK: Final = 672
_OTHER_WEEKS: Final = 0.15  # their weight beside the week that will be rostered
_SHORT: Final = 3.0  # weight of a slot below the aim beside one above
_PASSES: Final = 4
CARRIED_OVER: Final = slice(0, 28)  # Monday 00:00-07:00: last week's nights, which the week's roster can't move
_CARRIED_OVER_WEIGHT: Final = 4.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pattern whose day `phase` falls on the Monday of the week."""

    pattern: Pattern
    phase: int


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value
class _Table:
    """Duties of the candidates over the horizon: first and last + 1 slot, on-call share, (candidates, days)."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    share: Floats  # 0 on rest days
    family: NDArray[np.int64]  # (candidates,)


def candidates() -> list[Candidate]:
    """Every pattern in every phase."""
    return [Candidate(p, phase) for p in patterns() for phase in range(0, len(p.days), p.phase_step)]


def cover_of(chosen: Sequence[Candidate], leave: Bools) -> Floats:
    """Expected handlers on calls by local quarter-hour of the week, breaks spread evenly over each duty, (672,).

    leave : days of leave of each, (people, HORIZON_DAYS)
    """
    table = _table(chosen)
    cover = _spread(table, np.arange(len(chosen)), leave)
    return cover[DAYS_BEFORE * _SLOTS : DAYS_BEFORE * _SLOTS + _WEEK]


def assign(known: Sequence[Candidate], heads: Floats, n: int) -> list[Candidate]:
    """A candidate for each of `n` people, one after another, then again in turn: least squares, relative to heads.

    heads : needed on calls by local quarter-hour of the week, (672,), > 0

    The cover aimed at is `heads` times what the people can give in all over what is needed in all, so that spare hours
    or a lack of them spread evenly. Each family keeps its least and most share of people.
    """
    table = _table(known)
    nobody_away = np.zeros((1, HORIZON_DAYS), dtype=bool)
    weight = np.tile(1 / heads, HORIZON_DAYS // 7) * _OTHER_WEEKS
    target_week = slice(DAYS_BEFORE * _SLOTS, DAYS_BEFORE * _SLOTS + _WEEK)
    weight[target_week] /= _OTHER_WEEKS
    weight[target_week][CARRIED_OVER] *= _CARRIED_OVER_WEIGHT
    weight = np.append(weight, np.zeros(_SLOTS))
    needed = np.append(np.tile(heads, HORIZON_DAYS // 7), np.zeros(_SLOTS))
    scale = n * HOURS * 4 / heads.sum()  # corrected in each pass
    picked = np.full(n, -1)
    cover = np.zeros_like(needed)
    counts = np.zeros(len(FAMILIES), dtype=np.int64)
    least = np.array([int(f.least * n) for f in FAMILIES])
    most = np.array([int(np.ceil(f.most * n)) for f in FAMILIES])
    for _ in range(_PASSES):
        for person in range(n):
            if picked[person] >= 0:
                cover -= _spread(table, picked[person : person + 1], nobody_away)
                counts[table.family[picked[person]]] -= 1
            allowed = counts < most
            if (least - counts).clip(min=0).sum() >= n - (picked >= 0).sum() + (picked[person] >= 0):
                allowed &= counts < least
            lack = scale * needed - cover
            gain = _gains(table, weight * np.where(lack > 0, _SHORT, 1.0), lack)
            gain[~allowed[table.family]] = -np.inf
            picked[person] = int(np.argmax(gain))
            counts[table.family[picked[person]]] += 1
            cover += _spread(table, picked[person : person + 1], nobody_away)
        scale = cover[target_week].sum() / heads.sum()
    return [known[index] for index in picked]


def _table(chosen: Sequence[Candidate]) -> _Table:
    first = np.zeros((len(chosen), HORIZON_DAYS), dtype=np.int64)
    length = np.zeros_like(first)
    share = np.zeros(first.shape)
    names = [family.name for family in FAMILIES]
    for row, candidate in enumerate(chosen):
        days = candidate.pattern.days
        for day in range(HORIZON_DAYS):
            slot = days[(candidate.phase + day - DAYS_BEFORE) % len(days)]
            if slot is not None:
                first[row, day] = day * _SLOTS + slot.start_min // 15
                length[row, day] = slot.length_min // 15
                share[row, day] = on_call_min(slot.length_min) / slot.length_min
    family = np.array([names.index(c.pattern.family) for c in chosen])
    return _Table(first, first + length, share, family)


def _spread(table: _Table, rows: NDArray[np.int64], leave: Bools) -> Floats:
    """Cover by slot of the horizon and a day more, of one candidate (a row of the table) for each row of `leave`."""
    share = np.where(leave, 0.0, table.share[rows])
    steps = np.zeros((HORIZON_DAYS + 1) * _SLOTS + 1)
    np.add.at(steps, table.first[rows], share)
    np.add.at(steps, table.last[rows], -share)
    return np.asarray(np.cumsum(steps)[:-1])


def _gains(table: _Table, weight: Floats, lack: Floats) -> Floats:
    """Fall of the weighted squares of `lack` if one more person took each candidate, (candidates,)."""
    share = table.share
    lacking = np.concatenate([[0.0], np.cumsum(weight * lack)])
    weights = np.concatenate([[0.0], np.cumsum(weight)])
    linear = lacking[table.last] - lacking[table.first]
    square = weights[table.last] - weights[table.first]
    return np.asarray((2 * share * linear - share**2 * square).sum(axis=1))
