"""Cycles of annealing on the best roster so far, beside whatever else improves it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rostering.named.arrays import coverage, objective
from rostering.named.bound import Bound
from rostering.named.force import Force, Lines
from rostering.named.search import need_of, reinsert

_BLOCK_S = 0.1  # [s] of annealing between two looks at the clock
_TAKEN = 5  # handlers taken away at once
_HOT, _WARM, _COLD = 0.5, 0.1, 0.005  # of the largest weight: start of the first cycle, of later ones, end of each
_CYCLES = 3
_ROUNDS, _TURNS = 20, 25  # of a block at first, and blocks of a cycle where effort counts


@dataclass(slots=True)
class Best:
    """Best roster so far, the bound, and when to end; shared by threads.

    is_priced : whether the bound's prices are as good as they get
    """

    force: Force
    ends: float
    lines: Lines
    value: int
    bound: Bound
    is_priced: bool = False
    is_complete: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def offer(self, lines: Lines) -> None:
        """Keep ``lines`` if they are better."""
        value = objective(self.force.arrays, lines)
        with self.lock:
            if value < self.value:
                self.lines, self.value = lines.copy(), value

    def is_proven(self) -> bool:
        """Whether the bound has met the roster, or nothing better is left."""
        whole = self.bound.whole
        return self.is_complete or (whole is not None and whole >= self.value)

    def left_s(self) -> float:
        """Time left [s]; 0 where there is nothing left to do."""
        return 0.0 if self.is_proven() else max(self.ends - time.monotonic(), 0.0)


@dataclass(slots=True)
class _State:
    """A roster that annealing changes, its coverage and cost."""

    lines: Lines
    count: NDArray[np.int64]
    value: int


def anneal(best: Best, rng: np.random.Generator, ends: float, effort: int | None = None) -> None:
    """Cycles, each from the best roster, until ``ends`` or for ``effort`` cycles of a fixed length.

    The first is hot enough to move whole seats of cover. Until there are prices the roster only gets better as it can.
    """
    if effort is None:
        state, patience = _state(best), time.monotonic() + (ends - time.monotonic()) / 4
        while not best.is_priced and best.left_s() > 0 and time.monotonic() < patience:
            _block(best, state, _COLD, rng.random((_ROUNDS, 3 + _TAKEN)))
    began = time.monotonic()
    cycle_s, cycle = max((ends - began) / _CYCLES, _BLOCK_S), 0
    while best.left_s() > 0 and time.monotonic() < ends and (effort is None or cycle < effort):
        _cycle(best, rng, _HOT if cycle == 0 else _WARM, cycle_s, is_timed=effort is None)
        cycle += 1


def _cycle(best: Best, rng: np.random.Generator, start: float, seconds: float, *, is_timed: bool) -> None:
    began, turns, rounds, share = time.monotonic(), 0, _ROUNDS, 0.0
    state = _state(best)
    while share < 1 and best.left_s() > 0:
        heat = start * (_COLD / start) ** share
        took_s = _block(best, state, heat, rng.random((rounds, 3 + _TAKEN)))
        turns += 1
        share = turns / _TURNS
        if is_timed:
            rounds = max(1, min(round(rounds * _BLOCK_S / max(took_s, 1e-3)), 2 * rounds))
            share = (time.monotonic() - began) / seconds


def _state(best: Best) -> _State:
    with best.lock:
        lines, value = best.lines.copy(), best.value
    return _State(lines, coverage(best.force.arrays, lines), value)


def _block(best: Best, state: _State, heat: float, draws: NDArray[np.float64]) -> float:
    """A round for each of ``draws`` at ``heat`` times the largest weight; the time that it took [s]."""
    began, bound, arrays = time.monotonic(), best.bound, best.force.arrays
    heaviest = float(arrays.under.max(initial=1))
    share = 0.0 if bound.whole is None else 1.0
    change, top, top_lines = reinsert(
        best.force.graphs, need_of(arrays), bound.prices, state.lines, state.count, heat * heaviest, share, draws
    )
    if state.value + top < best.value - 0.5:
        best.offer(top_lines)
    state.value += round(change)
    return time.monotonic() - began
