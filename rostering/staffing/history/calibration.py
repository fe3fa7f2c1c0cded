"""The simulated room calibrated against recorded service, and its predictions of later days judged.

Not all the time logged on is time for calls: the effective availability is the share at which the simulated room, given
the calls that came and the handlers logged on, serves as was recorded. It is fitted on the days before, predicts the
days after, and is fitted anew each week.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.assumptions import QueueAssumptions, RoomAssumptions
from rostering.staffing.checks import Floats, Ints, require_count
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.availability import (
    GRID,
    AvailabilityEstimate,
    DayCurves,
    Predicted,
    angles,
    estimate_availability,
    predict,
)
from rostering.staffing.history.patience import PatienceEstimate
from rostering.staffing.history.record import ServiceRecord, handling_times, patience_of
from rostering.staffing.simulation.result import Count, Staff
from rostering.staffing.simulation.room import ControlRoom, seat_rows
from rostering.staffing.simulation.simulate import simulate

LEARNED_DAYS = 56
BLOCK_DAYS = 7  # predicted at once
FEWEST_DAYS = 28  # known ones among those learned from
MEASURES = ("service_level_999", "abandonment_101")
_LEAD_IN_S = 4 * 3600  # simulated before a block, so that its first calls find a room at work

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What was learned from the newest days, and how earlier predictions of later days turned out.

    learned_from, learned_until : first and last + 1 day that `availability` and `patience` were learned from
    days : (predicted days,), their numbers; `predicted` and `recorded` (days, measures) go with them
    """

    availability: AvailabilityEstimate
    patience: tuple[PatienceEstimate, PatienceEstimate]
    learned_from: int
    learned_until: int
    days: Ints
    predicted: Predicted
    recorded: Floats
    availability_by_day: Floats  # (predicted days,), as learned before each
    on_calls: float  # share of logged-on time on calls at that availability: who leaves finishes a call first
    replications: int

    @property
    def is_inside(self) -> NDArray[np.bool_]:
        """(days, measures): whether the recorded value lies in the 90% interval, its bounds included."""
        slack = 1e-4  # of bounds found by bisection
        return np.asarray(
            (self.recorded >= self.predicted.lower - slack) & (self.recorded <= self.predicted.upper + slack)
        )


def calibrate(
    record: ServiceRecord,
    definitions: Definitions,
    *,
    handling_cv: tuple[float, float] = (1.0, 1.0),
    learned_days: int = LEARNED_DAYS,
    replications: int = 16,
    seed: int = 1,
    threads: int = 1,
    progress: Progress | None = None,
) -> Calibration:
    """Fit the effective availability on rolling days and predict the days after.

    Each block of seven days is simulated, at each availability of a grid, with the calls that came (counts by
    interval), the handlers logged on, and handling times and patience learned from the days before it; the first
    blocks take those of the first days, which are never predicted. A later day's interval has in it the chance within
    the day, the spread of availability from day to day, and the uncertainty of both availability parameters.

    Parameters
    ----------
    record : at least ``learned_days`` and one more day
    handling_cv : spread of handling times, 999 first
    learned_days : whole weeks to learn from, in days
    replications : simulations of each block and availability, at least 8

    Raises
    ------
    ValueError : the record is too short or has too few known days, or an argument is out of range
    """
    require_count(8, replications=replications)
    require_count(BLOCK_DAYS, learned_days=learned_days)
    known = record.known_days()
    if record.days < learned_days or known[-learned_days:].sum() < FEWEST_DAYS:
        whole = int(known[-learned_days:].sum())
        raise ValueError(
            f"the record has {record.days} days, {whole} of the last {learned_days} whole: at least {learned_days} "
            f"days and {FEWEST_DAYS} whole ones among the last are needed, with calls, waits, handling times and "
            "handlers logged on in every interval"
        )
    first = record.days % BLOCK_DAYS  # blocks end with the record
    curves, z, on_calls = _curves(
        record, definitions, first, handling_cv, learned_days, replications, seed, threads, progress
    )
    numbers = np.arange(first, record.days)
    parts: list[tuple[Ints, Predicted, float]] = []
    for start in range(first + learned_days, record.days, BLOCK_DAYS):
        before = _known(numbers, known, start - learned_days, start)
        ahead = _known(numbers, known, start, start + BLOCK_DAYS)
        if before.size >= FEWEST_DAYS and ahead.size:
            told = estimate_availability(curves.of(before), z[before])
            parts.append((numbers[ahead], predict(curves.of(ahead), told, z[ahead]), told.mean))
    newest = _known(numbers, known, record.days - learned_days, record.days)
    days = np.concatenate([days for days, _, _ in parts]) if parts else np.zeros(0, dtype=np.int64)
    newest_estimate = estimate_availability(curves.of(newest), z[newest])
    return Calibration(
        availability=newest_estimate,
        patience=patience_of(record, record.span(record.days - learned_days, record.days)),
        learned_from=record.days - learned_days,
        learned_until=record.days,
        days=days,
        predicted=_joined([predicted for _, predicted, _ in parts]),
        recorded=np.sin(z[days - first]) ** 2,
        availability_by_day=np.concatenate([np.full(days.size, mean) for days, _, mean in parts] or [np.zeros(0)]),
        on_calls=float(np.interp(newest_estimate.mean, GRID, on_calls[-(learned_days // BLOCK_DAYS) :].mean(axis=0))),
        replications=replications,
    )


def _curves(
    record: ServiceRecord,
    definitions: Definitions,
    first: int,
    handling_cv: tuple[float, float],
    learned_days: int,
    replications: int,
    seed: int,
    threads: int,
    progress: Progress | None,
) -> tuple[DayCurves, Floats, Floats]:
    """Curves of the days from ``first`` on; what was recorded, z (days, measures); and the share of logged-on time that
    was on calls, (blocks, grid)."""
    means, covariances, on_calls = [], [], []
    blocks = range(first, record.days, BLOCK_DAYS)
    for number, start in enumerate(blocks):
        learned = record.span(max(start - learned_days, 0), max(start, min(learned_days, record.days)))
        part, lead_in = _with_lead_in(record, start)
        room = _room(record, learned, part, handling_cv)
        calls = np.repeat(record.offered[None, :, part], replications, axis=0)
        day = record.day[part][lead_in:] - start
        at_grid, shares = [], []
        logged_on_s = float(record.staffed[:, part].sum()) * record.interval_s
        for availability in GRID:
            assumed = replace(room.assumptions, availability=float(availability))
            # The same seed at each availability: the curve is smooth, its points share their calls.
            result = simulate(
                replace(room, assumptions=assumed), calls, definitions=definitions, seed=seed + number, threads=threads
            )
            at_grid.append(_daily_angles(result.counts[..., lead_in:], day))
            shares.append(
                float(result.staff[:, Staff.ON_CALLS_S].sum(dtype=float)) / replications / max(logged_on_s, 1.0)
            )
        on_calls.append(shares)
        z = np.stack(at_grid, axis=1)  # (replications, grid, days, measures)
        gap = z - z.mean(axis=0)
        means.append(z.mean(axis=0).transpose(1, 0, 2))
        covariances.append(np.einsum("rgdm,rgdn->dgmn", gap, gap) / (replications - 1))
        if progress is not None:
            progress((number + 1) / len(blocks), "simulating the recorded days")
    within = record.by_day(record.within)[0, first:]
    offered, abandoned = record.by_day(record.offered)[:, first:], record.by_day(record.abandoned)[1, first:]
    recorded = np.stack([angles(within, offered[0]), angles(abandoned, offered[1])], axis=-1)
    curves = DayCurves(np.concatenate(means), np.concatenate(covariances), replications)
    return curves, recorded, np.array(on_calls)


def _with_lead_in(record: ServiceRecord, start: int) -> tuple[slice, int]:
    """Intervals of a block with its lead-in, and how many of them that is."""
    block = record.span(start, start + BLOCK_DAYS)
    lead_in = min(_LEAD_IN_S // record.interval_s, block.start)
    return slice(block.start - lead_in, block.stop), lead_in


def _room(record: ServiceRecord, learned: slice, part: slice, handling_cv: tuple[float, float]) -> ControlRoom:
    """The room of a part of the record, its callers and handling times as another part tells them."""
    emergency, non_emergency = (
        QueueAssumptions(patience_s=told.patience_s, handling_cv=cv)
        for told, cv in zip(patience_of(record, learned), handling_cv, strict=True)
    )
    aht_s = handling_times(record, learned)[:, record.hour[part]]
    desks = seat_rows(*record.staffed[:, part])
    return ControlRoom(record.interval_s, desks, aht_s, RoomAssumptions(emergency, non_emergency))


def _daily_angles(counts: NDArray[np.int32], day: Ints) -> Floats:
    """z of both measures by replication and day, (replications, days, measures)."""
    starts = np.searchsorted(day, np.arange(day[-1] + 1))
    daily = np.add.reduceat(counts[:, [Count.OFFERED, Count.WITHIN, Count.ABANDONED]], starts, axis=-1)
    service_level = angles(daily[:, 1, 0], daily[:, 0, 0])
    abandonment = angles(daily[:, 2, 1], daily[:, 0, 1])
    return np.nan_to_num(np.stack([service_level, abandonment], axis=-1))


def _known(numbers: Ints, known: NDArray[np.bool_], start: int, end: int) -> Ints:
    """Positions among ``numbers`` of the known days in [start, end)."""
    return np.flatnonzero((numbers >= start) & (numbers < end) & known[numbers])


def _joined(parts: list[Predicted]) -> Predicted:
    if not parts:
        nothing = np.zeros((0, len(MEASURES)))
        return Predicted(nothing, nothing, nothing, nothing)
    return Predicted(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("lower", "median", "upper", "rank"))
    )
