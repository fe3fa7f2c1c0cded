"""The control room simulated call by call, over many replications."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rostering.staffing.assumptions import Desk, QueueAssumptions
from rostering.staffing.checks import Floats, Ints, require_count
from rostering.staffing.definitions import Definitions
from rostering.staffing.simulation import layout
from rostering.staffing.simulation.kernel import simulate_replications
from rostering.staffing.simulation.result import Count, SimulationResult, Staff
from rostering.staffing.simulation.room import ControlRoom

CHUNK = 8  # replications that one task simulates; only speed depends on it
MEMORY_BYTES = 2 << 30  # that the result may take
CALLS_AN_INTERVAL, CALLS_A_REPLICATION = 1_000_000, 10_000_000  # first attempts at most
ATTEMPTS_A_LINE = 1 << 25  # callers who wait in one line, at most, over a replication
DAY_S = 86_400
_AS_DEFINED = Definitions()


def simulate(
    room: ControlRoom,
    calls: ArrayLike,
    *,
    definitions: Definitions = _AS_DEFINED,
    seed: int,
    threads: int = 1,
    first_replication: int = 0,
    days: ArrayLike | None = None,
) -> SimulationResult:
    """Simulate the room once for each row of ``calls``.

    999 calls go to the longest idle handler of the 999 desk, else to one of an interruptible desk; 101 calls to the 101
    desk, else to the 999 desk while more than the reserve are idle there. A free handler of the 999 desk takes waiting
    999 calls first. Who is on a call when the desk changes finishes it first; breaks then start late and end as
    planned. Redials meet the switchboard again, where there is one, and who gives up there dials again as others do.
    A caller who accepts a call back keeps the place; a failed attempt is repeated ahead of all who wait for 101.

    The room starts empty. After the last interval nobody dials any more, and its staff goes on until nobody waits; if
    nobody is left to answer, those who wait give up. Who would have dialled again after the span is counted in the
    result's ``unfinished``. Times of staff end with the span.

    Parameters
    ----------
    calls : first attempts, (replications, 2, intervals), 999 first. Whole-number arrays: exactly so many calls, at
        uniform times of their interval. Float arrays: expected calls, which come as a Poisson process of that rate;
        two rooms at slightly different rates share their calls
    definitions : thresholds, clocks and what counts apart; nothing in the room depends on them
    seed : results depend on the seed, the replication and the arguments alone; equal seeds share their randomness call
        by call, so that two rooms can be compared in pairs
    threads : threads used, >= 1; no result depends on it
    first_replication : number of the first replication, >= 0: further replications of a simulation begun before
    days : (intervals,), local day of each interval, whole numbers that never fall; default: 24 hours each from the
        start. Waits are kept by day, so that quantiles of waits can be told of whole days

    Raises
    ------
    ValueError : an argument is out of range, the shapes disagree, or the result would not fit into memory

    References
    ----------
    .. [1] Law (2015), Simulation Modeling and Analysis, chapters 2 and 11.
    .. [2] Gans, Koole and Mandelbaum (2003), Telephone call centers, MSOM 5(2).
    """
    require_count(1, threads=threads)
    require_count(0, seed=seed, first_replication=first_replication)
    n, n_replications = room.aht_s.shape[1], np.asarray(calls).shape[0] if np.ndim(calls) else 0
    day_of = _day_of(days, n, room.interval_s)
    out = _Output.empty(n_replications, n, int(day_of[-1]) + 1)
    first_attempts, is_counts = _checked_calls(calls, room)
    desks = room.desks.astype(np.int64)
    shared = (_rules(room, definitions, is_counts), np.ascontiguousarray(room.aht_s.T), _copy(room.reserve),
              *_changes(desks), *_on_duties(desks), day_of, desks.shape[0])  # fmt: skip

    def run(start: int) -> Ints:
        part = slice(start, start + CHUNK)
        return _simulate_part(int(first_replication) + start, int(seed), first_attempts[part], shared, out.part(part))

    starts = range(0, n_replications, CHUNK)
    if threads == 1:
        loads = [run(start) for start in starts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            loads = list(pool.map(run, starts))
    load = sum(loads, np.zeros((desks.shape[0], 5), dtype=np.int64)) / n_replications
    return SimulationResult(
        definitions=definitions,
        interval_s=room.interval_s,
        counts=np.moveaxis(out.tallies[..., : len(Count)], (1, 2, 3), (3, 2, 1)),
        switchboard=np.moveaxis(out.tallies[:, :, 1, len(Count) :], 1, 2),
        staff=np.moveaxis(out.staff, 1, 2),
        handlers=_handlers(load, room),
        waits=np.moveaxis(out.waits, 1, 2),
        wait_edges_s=wait_edges_s(),
        day_starts=np.append(np.flatnonzero(np.diff(day_of, prepend=-1)), n),
        unfinished=out.unfinished,
    )


class _Output(NamedTuple):
    """What replications write, each a row of its own."""

    tallies: NDArray[np.int32]  # (replications, intervals, 2, N_TALLY)
    staff: NDArray[np.float32]  # (replications, intervals, Staff)
    waits: NDArray[np.int32]  # (replications, days, 2, N_BINS)
    unfinished: Ints  # (replications, 3)

    @classmethod
    def empty(cls, n_replications: int, n: int, n_days: int) -> "_Output":
        """Raises ValueError where it would not fit into memory."""
        each = 4 * (n * (2 * layout.N_TALLY + len(Staff)) + n_days * 2 * layout.N_BINS)
        if n_replications * each > MEMORY_BYTES:
            raise ValueError(
                f"{n_replications:,} replications of {n} intervals take {n_replications * each / 2**30:.1f} GiB of "
                f"{MEMORY_BYTES / 2**30:.0f}: at most {MEMORY_BYTES // each:,} are possible at once"
            )
        return cls(
            np.empty((n_replications, n, 2, layout.N_TALLY), dtype=np.int32),
            np.empty((n_replications, n, len(Staff)), dtype=np.float32),
            np.empty((n_replications, n_days, 2, layout.N_BINS), dtype=np.int32),
            np.empty((n_replications, 3), dtype=np.int64),
        )

    def part(self, rows: slice) -> "_Output":
        return _Output(self.tallies[rows], self.staff[rows], self.waits[rows], self.unfinished[rows])


def _simulate_part(first: int, seed: int, first_attempts: Floats, shared: tuple[Any, ...], out: _Output) -> Ints:
    """Simulate some replications into ``out``; returns the load of each duty, (duties, 5)."""
    # As many as dial first in all: enough unless many dial again. Memory that nobody comes to costs nothing.
    room_for, first_for = _at_most(first_attempts.sum(axis=2)), _at_most(first_attempts)
    while room_for <= ATTEMPTS_A_LINE:
        load = np.zeros((shared[-1], 5), dtype=np.int64)
        out.unfinished[:] = 0
        arguments: tuple[Any, ...] = (first, seed, first_attempts, *shared, room_for, first_for, *out, load)
        if simulate_replications(*arguments):
            return load
        room_for, first_for = 4 * room_for, 2 * first_for
    raise ValueError(
        f"more than {ATTEMPTS_A_LINE // 4:,} callers wait in a replication: calls, redial or spill are too many"
    )


def _day_of(days: ArrayLike | None, n: int, interval_s: int) -> Ints:
    """Days of the intervals (n,), numbered from 0 without gaps."""
    if days is None:
        return np.arange(n) // max(DAY_S // interval_s, 1)
    given = np.asarray(days)
    if given.shape != (n,) or not np.issubdtype(given.dtype, np.integer) or (np.diff(given) < 0).any():
        raise ValueError(f"days must be ({n},) whole numbers that never fall, got {given.dtype} {given.shape}")
    return np.cumsum(np.diff(given, prepend=given[0]) > 0).astype(np.int64)


def wait_edges_s() -> Floats:
    """Bounds of the bins of waits, (bins + 1,) [s]; the last is open."""
    doublings, part = np.divmod(np.arange(layout.N_BINS - 1), layout.BINS_A_DOUBLING)
    return np.concatenate([[0.0], 2.0**doublings * (1 + part / layout.BINS_A_DOUBLING), [np.inf]])


def _at_most(expected: Floats) -> int:
    """More than a Poisson number with the largest of these means ever is."""
    most = float(expected.max())
    return int(most + 12 * math.sqrt(most)) + 100


def _checked_calls(calls: ArrayLike, room: ControlRoom) -> tuple[Floats, bool]:
    """First attempts as floats, and whether they are numbers of calls rather than rates."""
    given, n = np.asarray(calls), room.aht_s.shape[1]
    if given.ndim != 3 or given.shape[0] == 0 or given.shape[1:] != (2, n):
        raise ValueError(f"calls must have the shape (replications, 2, {n}), got {given.shape}")
    is_counts = np.issubdtype(given.dtype, np.integer)
    if not is_counts and not np.issubdtype(given.dtype, np.floating):
        raise ValueError(f"calls must be whole numbers (calls) or floats (expected calls), got {given.dtype}")
    checked = np.ascontiguousarray(given, dtype=np.float64)
    if not ((checked >= 0) & (checked <= CALLS_AN_INTERVAL)).all():
        raise ValueError(f"calls must lie between 0 and {CALLS_AN_INTERVAL:,} in each interval, {_worst(checked)}")
    most = float(checked.sum(axis=(1, 2)).max())
    if most > CALLS_A_REPLICATION:
        raise ValueError(f"calls of a replication must sum to {CALLS_A_REPLICATION:,} at most, got {most:,.0f}")
    return checked, bool(is_counts)


def _worst(calls: Floats) -> str:
    wrong = np.argwhere(~((calls >= 0) & (calls <= CALLS_AN_INTERVAL)))[0]
    return f"got {calls[tuple(wrong)]} in replication {wrong[0]}, {('999', '101')[wrong[1]]}, interval {wrong[2]}"


def _rules(room: ControlRoom, definitions: Definitions, is_counts: bool) -> Floats:
    """The room's assumptions and the definitions as `layout` places them."""
    rules, assumed = np.zeros(layout.N_RULES), room.assumptions
    transfer = definitions.transfer
    rules[layout.RING_S], rules[layout.SHORT_S] = definitions.ring_s, definitions.short_abandon_s
    rules[layout.MESSAGE_S], rules[layout.TRANSFER_S] = definitions.message_s, transfer.mean_s
    rules[layout.TRANSFER_SIGMA] = _sigma(transfer.cv)
    rules[layout.THRESHOLD_S : layout.THRESHOLD_S + 2] = definitions.threshold_999_s, definitions.threshold_101_s
    for queue, callers in enumerate(assumed.queues):
        rules[layout.SIGMA + queue], rules[layout.BALKING + queue] = _sigma(callers.handling_cv), callers.balking
        rules[layout.REDIAL + queue], rules[layout.REDIAL_DELAY_S + queue] = callers.redial, callers.redial_delay_s
        rules[layout.PATIENCE_S + queue] = _patience_scale_s(callers)
        rules[layout.PATIENCE_POWER + queue] = 1 / callers.patience_shape
    rules[layout.PATIENCE_S + layout.LINE_RETRIES] = np.inf
    rules[layout.PATIENCE_POWER + layout.LINE_SWITCHBOARD] = 1.0
    rules[layout.SPILL], rules[layout.SPILL_DELAY_S] = assumed.spill, assumed.spill_delay_s
    if (policy := assumed.callbacks) is not None:
        if policy.attempts >= layout.ATTEMPTS_MAX:
            raise ValueError(f"callbacks.attempts must be below {layout.ATTEMPTS_MAX}, got {policy.attempts}")
        rules[layout.CALLBACKS], rules[layout.OFFER_AFTER_S] = 1.0, policy.offer_after_s
        rules[layout.ACCEPTS], rules[layout.REACHED] = policy.accepts, policy.reached
        rules[layout.ATTEMPTS], rules[layout.RETRY_AFTER_S] = policy.attempts, policy.retry_after_s
        rules[layout.ATTEMPT_S] = policy.attempt_s
    if (switchboard := assumed.switchboard) is not None:
        rules[layout.HAS_SWITCHBOARD], rules[layout.SWITCHBOARD_AHT_S] = 1.0, switchboard.aht_s
        rules[layout.SIGMA + 2], rules[layout.RESOLVES] = _sigma(switchboard.handling_cv), switchboard.resolves
        rules[layout.PATIENCE_S + layout.LINE_SWITCHBOARD] = switchboard.patience_s
    rules[layout.AVAILABILITY], rules[layout.ABSENCE_RATE] = assumed.availability, assumed.absence_rate
    rules[layout.INTERVAL_S], rules[layout.SPAN_S] = room.interval_s, room.interval_s * room.aht_s.shape[1]
    if room.exponential:
        rules[layout.SIGMA : layout.SIGMA + 3] = layout.EXPONENTIAL
    rules[layout.IS_COUNTS], rules[layout.INTERCHANGEABLE] = is_counts, room.interchangeable
    return rules


def _sigma(cv: float) -> float:
    """Standard deviation of the logarithm of a lognormal number with coefficient of variation ``cv``."""
    return math.sqrt(math.log1p(cv * cv))


def _patience_scale_s(callers: QueueAssumptions) -> float:
    """Scale of the Weibull distribution whose mean is the patience [s]."""
    return callers.patience_s / math.gamma(1 + 1 / callers.patience_shape)


def _changes(desks: Ints) -> tuple[Ints, Ints]:
    """Bounds (intervals + 1,) of each interval's changes, and these (changes, 3) in time order: duty, new desk, whether
    the duty is over."""
    n = desks.shape[1]
    before = np.concatenate([np.full((desks.shape[0], 1), Desk.OFF, dtype=np.int64), desks[:, :-1]], axis=1)
    interval, duty = np.nonzero((desks != before).T)
    last = np.where((desks != Desk.OFF).any(axis=1), n - 1 - (desks[:, ::-1] != Desk.OFF).argmax(axis=1), -1)
    at = np.concatenate([[0], np.cumsum(np.bincount(interval, minlength=n))]).astype(np.int64)
    return at, np.column_stack([duty, desks[duty, interval], interval > last[duty]]).astype(np.int64)


def _on_duties(desks: Ints) -> tuple[Ints, Ints]:
    """Bounds (intervals + 1,) and numbers of the duties at the 999 and 101 desks and the switchboard, by interval."""
    interval, duty = np.nonzero(np.isin(desks, (Desk.CALLS_999, Desk.CALLS_101, Desk.SWITCHBOARD)).T)
    at = np.concatenate([[0], np.cumsum(np.bincount(interval, minlength=desks.shape[1]))]).astype(np.int64)
    return at, duty.astype(np.int64)


def _handlers(load: Floats, room: ControlRoom) -> Floats:
    """Means per replication of each duty, summed by handler; milliseconds to seconds."""
    assert room.handlers is not None  # filled in on creation
    by_handler = np.zeros((int(room.handlers.max(initial=-1)) + 1, load.shape[1]))
    np.add.at(by_handler, room.handlers, load)
    by_handler[:, layout.BUSY_S :] /= 1000.0
    return by_handler


def _copy(values: NDArray[np.int64] | None) -> Ints:
    """A writable array, so that compiled code meets one type."""
    assert values is not None  # filled in on creation
    return np.array(values, dtype=np.int64)
