"""Burdens compared between people, and which groups may be shown without telling of anybody in particular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Place(StrEnum):
    """Where somebody stands among their colleagues: no rank, so that nobody is pointed at."""

    LOWEST_QUARTER = "lowest quarter"
    MIDDLE = "middle half"
    HIGHEST_QUARTER = "highest quarter"


@dataclass(frozen=True, slots=True)
class Spread:
    """A burden over a group of `n` people: quartiles by linear interpolation, and the mean."""

    n: int
    lower: float
    median: float
    upper: float
    mean: float


def spread_of(borne: Sequence[float]) -> Spread | None:
    """Spread of a burden; None of nobody."""
    if not borne:
        return None
    lower, median, upper = (float(q) for q in np.quantile(np.array(borne, dtype=np.float64), (0.25, 0.5, 0.75)))
    return Spread(len(borne), lower, median, upper, float(np.mean(borne)))


def place_of(own: float, colleagues: Spread) -> Place:
    """Above the upper quartile, below the lower, or between, both included."""
    if own > colleagues.upper:
        return Place.HIGHEST_QUARTER
    return Place.LOWEST_QUARTER if own < colleagues.lower else Place.MIDDLE


def hidden_groups(sizes: Mapping[str, int], least: int) -> frozenset[str]:
    """Groups of one partition of everybody that are not to be shown beside the total.

    A group of fewer than `least` people is hidden. Together the hidden ones are the total less those shown, so that
    further groups, the smallest first, are hidden until they are `least` people or more, or nobody.
    """
    order = sorted((name for name, size in sizes.items() if size), key=lambda name: (sizes[name], name))
    hidden = {name for name in order if sizes[name] < least}
    for name in order:
        if not hidden or sum(sizes[one] for one in hidden) >= least:
            break
        hidden.add(name)
    return frozenset(hidden)
