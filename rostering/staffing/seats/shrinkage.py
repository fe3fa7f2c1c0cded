"""Shrinkage by reason: from seats on calls to heads, at each interval's local weekday and quarter-hour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rostering.staffing.checks import Floats, frozen_copy

_WEEK = (7, 96)  # days, quarter-hours


@dataclass(frozen=True, slots=True, eq=False)
class ShrinkagePart:
    """One reason for which time is lost.

    share : of the time that the reasons before it left, one number or (7, 96) by local weekday, Monday first, and
        quarter-hour of the day, 0 <= share < 1
    on_the_day : lost out of what is rostered, such as sickness and unplanned time; leave, training, meals and breaks
        are not, because a weekly roster places them
    """

    name: str
    share: ArrayLike
    on_the_day: bool

    def __post_init__(self) -> None:
        share = np.asarray(self.share, dtype=np.float64)
        if share.shape not in ((), _WEEK):
            raise ValueError(f"{self.name}: share must be one number or {_WEEK}, Monday first, got {share.shape}")
        wrong = ~((share >= 0.0) & (share < 1.0))
        if wrong.any():
            raise ValueError(f"{self.name}: share must be at least 0 and below 1, got {share[wrong].ravel()[0]}")
        object.__setattr__(self, "share", frozen_copy(share, np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Shrinkage:
    """Share of rostered time lost in each interval, and what each reason takes of it, in the order given."""

    total: Floats  # (intervals,)
    parts: dict[str, Floats]  # share of all rostered time by reason, (intervals,) each; they add up to ``total``


def shrinkage_at(
    parts: Sequence[ShrinkagePart], weekday: ArrayLike, quarter: ArrayLike, *, on_the_day_only: bool
) -> Shrinkage:
    """Shrinkage of intervals that start at these local weekdays (0 is Monday) and quarter-hours of the day (0 is
    midnight), (intervals,) each.

    Reasons follow each other in the order given, each taking its share of what is left: 10% leave and 5% sickness lose
    14.5%, not 15%. A weekly roster takes ``on_the_day_only``; the posts that a force needs over the years take all.

    Raises
    ------
    ValueError : weekdays or quarter-hours are out of range, or two reasons share a name
    """
    days, quarters = _within("weekday", weekday, _WEEK[0]), _within("quarter", quarter, _WEEK[1])
    names = [part.name for part in parts]
    if len(set(names)) < len(names):
        raise ValueError(f"reasons are named {names}: expected each name once")
    left = np.ones(np.broadcast_shapes(days.shape, quarters.shape))
    found: dict[str, Floats] = {}
    for part in parts:
        if part.on_the_day or not on_the_day_only:
            share = np.broadcast_to(np.asarray(part.share, dtype=np.float64), _WEEK)[days, quarters]
            found[part.name] = left * share
            left = left * (1.0 - share)
    return Shrinkage(1.0 - left, found)


def _within(name: str, values: ArrayLike, below: int) -> NDArray[np.int64]:
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.integer) or (array < 0).any() or (array >= below).any():
        raise ValueError(f"{name} must be whole numbers from 0 to {below - 1}")
    return array.astype(np.int64)
