"""Proven lower bounds of the tiers, by ascent on the Lagrangian; each given that the tiers before are no worse."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.lagrangian import GRID, Climb, ascend, lagrangian, on_grid
from rostering.model.need import N_CALL_ROWS, Need, marginal_prices, seat_cost
from rostering.model.state import Force, Reached

ALL = 3  # in place of a tier: the tiers together, by the force's weights
ROUNDS, _FEWEST = 1000, 200  # steps of a first ascent: of a small force, of the largest
_ROUNDS_OPTIONS = 30_000  # options from which on steps, which take as long as there are options, become fewer
_CHUNK, _CHUNK_OPTIONS = 20, 400_000  # steps between two looks at the mean prices; steps x options at most
_RATES = (0.1, 0.001)  # first and last step of an ascent, in units of a price's scale
_AGAIN = 0.3  # a later ascent begins with steps so much shorter, and has twice as many
_MOST_PROOFS = 32
_SEAT_PEOPLE = 20.0  # quarter-hours moved that a seat short is worth when an ascent of the people tier begins
_AGAIN_FACTOR = 8.0  # by which the service tier's weight may leave that of the best bound; its square at first
_OWN_SCALE = 0.3  # of prices in units of the people and the cost tier: a quarter-hour moved, a seat over
_STRIDE_OPTIONS, _MOST_STRIDE = 15_000, 16  # options from which on a step plans one person in so many anew


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """Prices that prove a bound: every roster's tiers, weighted, are at least ``value``.

    weights : of the tiers, (3,); price : of one more head, (rows, n); value : exact, without rounding error
    """

    weights: tuple[float, float, float]
    price: Floats
    value: float

    def bound(self, tier: int, reached: Reached) -> int:
        """What it says of ``tier``, given that the tiers before it are at most ``reached``; a whole number."""
        left = Fraction(self.value) - sum(Fraction(self.weights[i]) * reached[i] for i in range(tier))
        return math.ceil(left / Fraction(self.weights[tier])) if self.weights[tier] > 0 else 0


@dataclass
class _Ascent:
    """One tier's prices on their way, and the proofs found."""

    tier: int
    climb: Climb
    rounds: int
    chunk: int
    first_rate: float = _RATES[0]
    done: int = 0
    begun: bool = False
    slopes: Floats = field(default_factory=lambda: np.zeros((2, 3)))
    proofs: list[Proof] = field(default_factory=list)

    def rates(self) -> Floats:
        """Lengths of the next steps, falling geometrically over the ascent."""
        at = np.arange(self.done, self.done + self.chunk) / self.rounds
        return np.asarray(self.first_rate * (_RATES[1] / self.first_rate) ** np.minimum(at, 1.0), dtype=np.float64)

    def restart(self, price: Floats, weights: Floats) -> None:
        """Begin again from good prices with shorter steps and more of them."""
        self.climb.price[:], self.climb.mean_price[:] = price, price
        self.climb.weights[:], self.climb.mean_weights[:] = weights, weights
        self.climb.weight_range[:] = max(weights[0] / _AGAIN_FACTOR, GRID), weights[0] * _AGAIN_FACTOR
        self.climb.first[:], self.climb.second[:], self.slopes[:] = 0.0, 0.0, 0.0
        self.first_rate, self.rounds, self.done = max(_AGAIN * self.first_rate, _RATES[1]), 2 * self.rounds, 0


class Bounds:
    """Bounds that get better with each call of ``climb``; safe to read while another thread climbs.

    chunk : steps of one call of ``climb``
    rounds : steps of each tier's first ascent; None: by the number of options
    anywhere : prove without using where people cannot be, for whoever recounts the bound by prices alone
    """

    def __init__(self, force: Force, rounds: int | None = None, *, anywhere: bool = False) -> None:
        self._week, self._need = force.week, force.need
        weights, n_options = force.weights, max(force.week.start.size, 1)
        self._stride = int(np.clip(n_options // _STRIDE_OPTIONS, 1, _MOST_STRIDE))
        rounds = rounds or int(np.clip(ROUNDS * self._stride * _ROUNDS_OPTIONS / n_options, _FEWEST, ROUNDS))
        self.chunk = int(np.clip(_CHUNK_OPTIONS * self._stride // n_options, 4, _CHUNK))
        of_people, of_cost = _SEAT_PEOPLE / seat_cost(force.need), weights[1] / weights[2]
        starts = ((1.0, 0.0, 0.0), (of_people, 1.0, 0.0), (of_people * of_cost, of_cost, 1.0), tuple(weights))
        self._ascents = [
            _Ascent(tier, make_climb(force.week, force.need, on_grid(np.array(weights))), rounds, self.chunk)
            for tier, weights in enumerate(starts)
        ]
        for ascent in self._ascents[1:ALL]:
            ascent.climb.scale[:] = _OWN_SCALE
        for ascent in self._ascents if anywhere else ():
            _forget_limits(force.need, ascent.climb, len(force.people))
        for tier in (1, 2):
            self._ascents[tier].proofs.append(floor(force.week, force.need, tier))

    def climb(self, tier: int, reached: Reached) -> float:
        """A few more steps for ``tier``, or for ``ALL``, if the tiers before it are kept at ``reached``; best bound."""
        ascent = self._ascents[tier]
        if not ascent.begun and 0 < tier < ALL and (known := self._ascents[tier - 1].proofs):
            before = known[-1]
            if before.weights[tier - 1] > 0:
                price = before.price * (ascent.climb.weights[tier - 1] / before.weights[tier - 1])
                ascent.climb.price[:] = ascent.climb.mean_price[:] = on_grid(price)
        ascent.begun = True
        value, weights, price = ascend(
            self._week,
            self._need,
            ascent.climb,
            tier,
            np.array(reached),
            ascent.rates(),
            ascent.done,
            ascent.slopes,
            self._stride,
        )
        ascent.done += ascent.chunk
        found = Proof((float(weights[0]), float(weights[1]), float(weights[2])), price, float(value))
        self._keep(ascent, found, reached)
        if ascent.done >= ascent.rounds:
            best = self.proof(tier, reached)
            best = best if best.weights[0] > 0 else found  # the floor has no price to begin from
            ascent.restart(best.price, np.array(best.weights))
        return self.best(tier, reached)

    def _keep(self, ascent: _Ascent, proof: Proof, reached: Reached) -> None:
        """Keep a proof that says more than the others; they may yet say more for other values reached."""
        if not ascent.proofs or _says(proof, ascent.tier, reached) > _says(
            self.proof(ascent.tier, reached), ascent.tier, reached
        ):
            ascent.proofs.append(proof)
        if len(ascent.proofs) > _MOST_PROOFS:
            del ascent.proofs[1]

    def proof(self, tier: int, reached: Reached) -> Proof:
        """The proof that says most of ``tier``; there is one once it has been climbed."""
        return max(self._ascents[tier].proofs, key=lambda proof: _says(proof, tier, reached))

    def best(self, tier: int, reached: Reached) -> float:
        """Best bound so far of ``tier``, a whole number, 0 or more; of ``ALL`` that of the weighted tiers."""
        if not self._ascents[tier].proofs:
            return 0.0
        proof = self.proof(tier, reached)
        return max(proof.value, 0.0) if tier == ALL else float(max(proof.bound(tier, reached), 0))

    def complete(self, reached: Reached) -> None:
        """Climb once for each tier that has not been climbed yet."""
        for ascent in self._ascents[:ALL]:
            if not ascent.begun:
                self.climb(ascent.tier, reached)


def _says(proof: Proof, tier: int, reached: Reached) -> float:
    """What the proof says of the tier, nearly: to compare proofs with."""
    if tier == ALL:
        return proof.value
    if proof.weights[tier] <= 0:
        return -math.inf
    return (proof.value - sum(proof.weights[i] * reached[i] for i in range(tier))) / proof.weights[tier]


def climb_until(bounds: Bounds, reached: list[Reached], stop: threading.Event) -> None:
    """Climb for the three tiers in turn until told to stop; ``reached[0]`` is today's incumbent."""
    turn = 0
    while not stop.is_set():
        now = reached[0]
        tier = (0, 1, 0, 1, 1, 0, 1, 2)[turn % 8]
        if bounds.best(tier, now) < now[tier]:
            bounds.climb(tier, now)
        else:
            stop.wait(0.01)
        turn += 1


@contextmanager
def climbing(bounds: Bounds, reached: list[Reached], *, beside: bool) -> Iterator[None]:
    """Climb in a thread of its own while the block runs, if ``beside``; ``reached[0]`` as in ``climb_until``."""
    stop = threading.Event()
    climber = threading.Thread(target=climb_until, args=(bounds, reached, stop), daemon=True)
    if beside:
        climber.start()
    try:
        yield
    finally:
        stop.set()
        if beside:
            climber.join()


def _forget_limits(need: Need, climb: Climb, n_people: int) -> None:
    """Everybody may be anywhere; where that is false the price is what one head more than possible would spare."""
    heads = need.present + climb.most
    marginal_prices(need, 0, heads.shape[1], heads, climb.weights, climb.price)
    climb.price[:] = on_grid(np.where(heads[:N_CALL_ROWS].sum(axis=0) > need.need.sum(axis=0), 0.0, climb.price))
    climb.mean_price[:] = climb.price
    climb.most[climb.most.any(axis=1)] = n_people


def floor(week: Week, need: Need, tier: int) -> Proof:
    """The bound that needs no prices: everybody's and every interval's least of one tier alone."""
    weights = np.zeros(3)
    weights[tier] = 1.0
    climb = make_climb(week, need, weights)
    cost, at = np.zeros(week.start.size), np.zeros((3, week.start.size), dtype=np.int64)
    value = lagrangian(week, need, climb, cost, at)
    return Proof((float(weights[0]), float(weights[1]), float(weights[2])), climb.price.copy(), float(value))


def make_climb(week: Week, need: Need, weights: Floats) -> Climb:
    """Prices at zero with their range and scale, everything else empty."""
    rows, n = need.present.shape
    low, scale = _range(need, weights[0], rows)
    high = np.zeros((rows, n))
    high[:N_CALL_ROWS] = 4 * weights[2]
    if need.trainee_row >= 0:
        high[need.trainee_row, : need.n_role_intervals] = weights[0] * need.trainee_price
    heads = np.zeros((rows, n), dtype=np.int64)
    slots = week.base.size
    return Climb(
        price=np.zeros((rows, n)),
        low=low,
        high=high,
        weights=weights.copy(),
        weight_range=np.array([max(weights[0] / _AGAIN_FACTOR**2, GRID), max(weights[0] * _AGAIN_FACTOR**2, GRID)]),
        scale=scale,
        most=most_heads(week, rows, n),
        heads=heads,
        presence=heads.copy(),
        choice=np.full(slots, -1, dtype=np.int64),
        breaks=np.full((slots, 4), -1, dtype=np.int64),
        first=np.zeros((rows, n)),
        second=np.zeros((rows, n)),
        mean_price=np.zeros((rows, n)),
        mean_weights=weights.copy(),
        tiers=np.zeros(3, dtype=np.int64),
        worth=np.zeros(week.slot_from.size - 1),
        own=np.zeros((week.slot_from.size - 1, 2), dtype=np.int64),
        lessons=np.full((week.slot_from.size - 1, 2, 2), -1, dtype=np.int64),
    )


def _range(need: Need, weight: float, rows: int) -> tuple[Floats, Floats]:
    """Lowest price that makes sense by unit of service, and a price's scale, (rows, n) each."""
    wanted = need.need.sum(axis=0)
    last, last_999 = (np.diff(table, axis=1)[:, -1] for table in (need.service, need.service_999))
    at = np.minimum(1 + wanted // 10, need.service.shape[1] - 1)
    usual = np.take_along_axis(need.service, at[:, None], 1) - np.take_along_axis(need.service, at[:, None] - 1, 1)
    usual = (usual[:, 0] + need.service_999[:, 1] - need.service_999[:, 0]).astype(np.float64)
    middle = max(float(np.median(usual[usual > 0])) if (usual > 0).any() else 1.0, 1.0)
    low, scale = np.zeros((rows, wanted.size)), np.zeros((rows, wanted.size))
    low[:N_CALL_ROWS] = -np.stack([last + last_999, last, last + last_999])
    scale[:N_CALL_ROWS] = weight * np.clip(usual, 0.3 * middle, 3 * middle) / 10
    inside = np.arange(wanted.size) < need.n_role_intervals
    low[N_CALL_ROWS:] = -(need.role_price + need.per_tutor * need.trainee_price) * inside
    scale[N_CALL_ROWS:] = weight * max(need.role_price, need.trainee_price) / 10
    return low, scale


def most_heads(week: Week, rows: int, n: int) -> Ints:
    """Most heads of ours that could be there, (rows, n): on calls after the briefing, in a role from the start."""
    most = np.zeros((rows, n), dtype=np.int64)
    for person in range(week.slot_from.size - 1):
        there = np.zeros((rows, n), dtype=np.bool_)
        for slot in range(week.slot_from[person], week.slot_from[person + 1]):
            options = slice(week.option_from[slot], week.option_from[slot + 1])
            if options.start == options.stop:
                continue
            start, last = week.start[options], max(week.end[options].max(), 0)
            if week.skill_class[slot] >= 0:
                there[week.skill_class[slot], max((start + week.off_calls[options]).min(), 0) : last] = True
            held = np.flatnonzero(week.roles[slot]) + N_CALL_ROWS
            there[held, max(start.min(), 0) : last] = True
        most += there
    return most
