"""A queue too young to be learned alone: another queue's shape, at its own level.

What the new queue has had of the other's calls since it began is a ratio, known as well as its few calls tell. Events
that concern both do to it what they do to the other; planners' values for it are its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecasting import effects
from forecasting.calendar import LocalGrid
from forecasting.dispersion import DayFactor
from forecasting.errors import HistoryTooShort
from forecasting.events import EventEffect, Occurrence, mask
from forecasting.features import LONGEST_EVENT
from forecasting.learn import QueueForecast
from forecasting.series import DAY_S, IntervalSeries

_UNLIKE_DAY_VARIANCE = 0.1**2  # by which days of two queues differ, before anything is known of it
_UNLIKE_SHAPE_VARIANCE = 0.2**2
_MAX_VARIANCE = 1.0


def follow(
    queue: str,
    history: Mapping[str, IntervalSeries],
    learned: Mapping[str, QueueForecast],
    its_own: Sequence[Occurrence],
    ahead: LocalGrid,
    refusal: HistoryTooShort,
) -> QueueForecast:
    """Forecast ``queue`` after the learned queue that had the most calls while it existed; ``its_own`` are occurrences
    of events that concern it, past and ahead.

    Raises
    ------
    HistoryTooShort : ``refusal``, where the queue has less than a day of calls or no learned queue had any meanwhile
    """
    own = history[queue]
    both = {parent: _together(own, history[parent]) for parent in learned}
    parent = max(both, key=lambda name: both[name][1].sum(), default=None)
    if parent is None or both[parent][0].size < DAY_S // own.interval_s or both[parent][1].sum() == 0:
        raise refusal
    calls, parents_calls = both[parent][0].sum(), both[parent][1].sum()
    # A call more on each side: a queue that has had none so far may have some tomorrow.
    ratio = (calls + 1) / (parents_calls + 1)
    level_variance = 1 / (calls + 1) + 1 / (parents_calls + 1)
    followed = learned[parent]
    variance = followed.factor.variance + level_variance + _UNLIKE_DAY_VARIANCE
    together = followed.factor.persistence * followed.factor.variance.mean() + level_variance
    days = both[parent][0].size * own.interval_s / DAY_S
    mean, found = _with_events(queue, parent, ratio, followed, its_own, ahead)
    unknown = np.full_like(followed.residuals.misses, np.nan)
    return replace(
        followed,
        mean=mean,
        usual=ratio * followed.usual,
        residuals=replace(followed.residuals, misses=unknown, means=unknown, is_rolling=False),
        factor=DayFactor(np.minimum(variance, _MAX_VARIANCE), float(np.clip(together / variance.mean(), 0.0, 0.9))),
        interval_variance=min(followed.interval_variance + _UNLIKE_SHAPE_VARIANCE, _MAX_VARIANCE),
        carry_over=0.0,
        notes=(
            f"queue {queue}: {days:.1f} days of history are too few to learn from; it takes the shape of {parent} at "
            f"{ratio:.3g} of its calls, as seen so far",
        ),
        cleaning=(),
        effects=found,
    )


def _with_events(
    queue: str, parent: str, ratio: float, followed: QueueForecast, its_own: Sequence[Occurrence], ahead: LocalGrid
) -> tuple[NDArray[np.float64], tuple[EventEffect, ...]]:
    """Mean (intervals ahead,) of the young ``queue`` with its own events in it, and what was applied of each."""
    own = [occurrence for occurrence in its_own if not occurrence.event.is_excluded]
    shared = [o for o in own if parent in (o.event.queues or (parent,))]
    inherits = mask([o for o in shared if o.event.multiplier is None], ahead)
    mean = ratio * np.where(inherits, followed.mean, followed.usual)
    found = []
    for name in sorted({occurrence.event.name for occurrence in own}):
        same = [occurrence for occurrence in own if occurrence.event.name == name]
        # A season of both is in the usual mean of the other already.
        is_new = [o for o in same if o.event.multiplier and (o not in shared or o.end - o.start <= LONGEST_EVENT)]
        mean = effects.apply(mean, is_new, None, ahead)
        effect = effects.described(queue, same[-1], 0, None)
        others = next((e.applied for e in followed.effects if e.name == name), None)
        if others is not None and effect.planner is None and same[-1] in shared:
            effect = replace(effect, applied=others)
        found.append(effect)
    return mean, tuple(found)


def _together(own: IntervalSeries, other: IntervalSeries) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Calls of both series in the intervals known of both (intervals,); they end at the same instant."""
    size = min(own.values.size, other.values.size)
    first, second = own.values[own.values.size - size :], other.values[other.values.size - size :]
    known = ~np.isnan(first) & ~np.isnan(second)
    return first[known], second[known]
