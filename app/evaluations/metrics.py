"""What is predicted and measured: each figure with its queue and the recorded columns that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Metric(StrEnum):
    """Shares lie in 0..1 and are of calls offered; times are means of the calls answered."""

    OFFERED_999 = "offered_calls_999"
    OFFERED_101 = "offered_calls_101"
    SERVICE_LEVEL_999 = "service_level_999"
    ABANDONMENT_999 = "abandonment_999"
    ABANDONMENT_101 = "abandonment_101"
    ANSWER_999 = "mean_answer_999_s"
    ANSWER_101 = "mean_answer_101_s"
    HANDLING_999 = "mean_handling_999_s"
    HANDLING_101 = "mean_handling_101_s"

    @property
    def queue(self) -> str:
        return "999" if "999" in self.value else "101"

    @property
    def is_count(self) -> bool:
        """Whether it is a sum of calls rather than a ratio of two sums."""
        return self in (Metric.OFFERED_999, Metric.OFFERED_101)


# Of each ratio: columns whose sum is divided by the sum of the last one.
_PARTS: dict[Metric, tuple[tuple[str, ...], str]] = {
    Metric.SERVICE_LEVEL_999: (("answered_within_threshold",), "offered"),
    Metric.ABANDONMENT_999: (("abandoned",), "offered"),
    Metric.ABANDONMENT_101: (("abandoned",), "offered"),
    Metric.ANSWER_999: (("answered_wait_s",), "answered"),
    Metric.ANSWER_101: (("answered_wait_s",), "answered"),
    Metric.HANDLING_999: (("talk_s", "wrap_s"), "answered"),
    Metric.HANDLING_101: (("talk_s", "wrap_s"), "answered"),
}


def columns_of(metric: Metric) -> tuple[str, ...]:
    """Columns of the interval records that the metric needs."""
    if metric.is_count:
        return ("offered",)
    above, below = _PARTS[metric]
    return (*above, below)


def by_group(metric: Metric, columns: Mapping[str, Floats], group: NDArray[np.int64], n: int) -> Floats:
    """The metric of each of `n` groups of quarter-hours, (n,); NaN where a quarter-hour of the group is not recorded,
    or there is nothing to divide by.

    columns : (intervals,) each, NaN where not recorded; group : (intervals,), 0 up to n - 1
    """
    wanted = columns_of(metric)
    missing = np.zeros(group.size, dtype=bool)
    for name in wanted:
        missing |= np.isnan(columns[name])
    has_gap = np.bincount(group, missing, minlength=n) > 0

    def summed(name: str) -> Floats:
        return np.bincount(group, np.nan_to_num(columns[name]), minlength=n).astype(np.float64)

    if metric.is_count:
        return np.where(has_gap, np.nan, summed("offered"))
    above, below = _PARTS[metric]
    total, of = sum((summed(name) for name in above), np.zeros(n)), summed(below)
    ratio = np.divide(total, of, out=np.full(n, np.nan), where=of > 0)
    return np.where(has_gap, np.nan, ratio)
