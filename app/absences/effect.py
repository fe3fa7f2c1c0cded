"""What options do to calls: the room simulated around the gap, each option with the random numbers of accepting it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.absences.run import Simulated
from app.requirements.assumed import Register, definitions_of, lending_of, room_assumptions
from app.requirements.expected import Expected
from app.rosters.desks import desk_matrix, lending_rows
from rostering.roster import Duty
from rostering.same_day.absence import QUARTER
from rostering.same_day.move import Move, MoveKind
from rostering.same_day.scene import Scene
from rostering.staffing import ControlRoom, simulate
from rostering.staffing.assumptions import Desk, RoomAssumptions
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.uncertainty import rates_behind

Floats = NDArray[np.float64]

REPLICATIONS = 256
_THREADS = 2
_Z95 = 1.959964  # normal quantile of two-sided 95%


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """A room around a gap, ready to be simulated again and again.

    calls : first attempts, (replications, 2, intervals)
    standing : duties of the span with nothing done, one row each
    first : interval of the span from which calls count
    """

    simulated: Simulated
    assumptions: RoomAssumptions
    calls: Floats
    standing: tuple[Duty, ...]
    numbers: dict[str, int]
    first: int
    seed: int

    def lost(self, moves: Sequence[Move]) -> tuple[Floats, Floats]:
        """Late 999 and lost 101 calls of each replication with these moves, (replications,) each."""
        known = self.simulated.expected
        duties = list(self.standing)
        for move in moves:
            if move.before is not None and move.after is not None:
                duties[duties.index(move.before)] = move.after
            elif move.after is not None:
                duties.append(move.after)  # a row of its own behind the others, so that theirs keep their chances
        lent = _lent(lending_rows(lending_of(known)), [move for move in moves if move.kind is MoveKind.DESK], known)
        rows = [self.numbers[duty.handler] for duty in duties]
        room = ControlRoom(
            interval_s=known.interval_s,
            desks=np.concatenate([lent, desk_matrix(duties, known.start, known.intervals)]),
            aht_s=known.aht_s,
            assumptions=self.assumptions,
            handlers=np.array([*range(len(self.numbers), len(self.numbers) + lent.shape[0]), *rows]),
            reserve=self.simulated.reserve,
        )
        definitions = definitions_of(known.settings)
        found = simulate(room, self.calls, definitions=definitions, seed=self.seed, threads=_THREADS, days=known.days)
        return found.lost(self.first)


def effects_of(simulated: Simulated, scene: Scene, seed: int) -> Effects:
    """The room of a scene. Nobody is taken to be away but those of whom it was told."""
    known = simulated.expected
    assumptions = replace(room_assumptions(known, Register(known)), absence_rate=0.0)
    offered = rates_behind(known.paths, known.mean_calls, known.day_cv, known.rate_cv, known.days, seed)
    calls = first_attempts(offered, known.past_abandonment, assumptions, known.interval_s)
    end = known.local_starts[-1]
    every = (*scene.problem.frozen_duties, *scene.duties)
    standing = tuple(duty for duty in every if duty.end > known.start and duty.start <= end)
    return Effects(
        simulated=simulated,
        assumptions=assumptions,
        calls=calls[np.arange(REPLICATIONS) % calls.shape[0]],
        standing=standing,
        numbers={ref: n for n, ref in enumerate(sorted({h.ref for h in scene.problem.handlers}))},
        first=(scene.start - known.start) // QUARTER,
        seed=seed,
    )


def paired(changed: Floats, accepted: Floats) -> dict[str, float]:
    """Mean of a figure and its difference from doing nothing, with half-widths of their 95% intervals."""
    difference = changed - accepted
    return {
        "mean": round(float(changed.mean()), 3),
        "half_width": round(_half(changed), 3),
        "against_accept": round(float(difference.mean()), 3),
        "against_accept_half_width": round(_half(difference), 3),
    }


def _half(values: Floats) -> float:
    return _Z95 * float(values.std(ddof=1)) / math.sqrt(values.size)


def _lent(rows: NDArray[np.int8], moves: Sequence[Move], known: Expected) -> NDArray[np.int8]:
    """Rows of the interruptible desks, (posts, intervals), with one of them at the 999 desk for each move."""
    lent = rows.copy()
    for row, move in zip(lent, moves, strict=False):
        first, last = ((moment - known.start) // QUARTER for moment in (move.start, move.end))
        part = row[max(first, 0) : max(last, 0)]
        part[part == Desk.LENDING] = Desk.CALLS_999
    return lent
