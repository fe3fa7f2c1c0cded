"""The mean of one queue without its short events: levels times shapes, and what other members of the ensemble say.

Members count equally. The daily level is the regression's, averaged with Prophet's from eighteen months of history on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from forecasting import effects
from forecasting.calendar import Calendar, DayKind, LocalGrid
from forecasting.covariates import Covariate
from forecasting.days import DailyTotals, DayFeatures, DayTable, daily_totals
from forecasting.events import EventEffect, Occurrence
from forecasting.features import day_features, season_regressor, share_inside
from forecasting.models import boosted, daily_glm, daily_prophet, interval_glm, profile

PROPHET_WEIGHT = 1 / 3  # docs/decisions/0004


@dataclass(frozen=True, slots=True)
class Setting:
    """What all queues share: the calendar, when the forecast is made, the horizon's grid, partners' feeds, the seed of
    optimisers, whether histories are cleaned and whether boosted trees take part."""

    calendar: Calendar
    known_by: datetime
    ahead: LocalGrid
    covariates: tuple[Covariate, ...]
    seed: int
    is_cleaned: bool
    boosting: bool


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What a queue's calls are expected to be: ``mean`` (intervals ahead,) and ``past_mean`` (intervals of history,);
    ``fitted`` level to ``daily`` totals, ``shares`` (days, slots) of the past; ``effects`` of seasons."""

    mean: NDArray[np.float64]
    past_mean: NDArray[np.float64]
    fitted: daily_glm.FittedLevel
    daily: DailyTotals
    shares: NDArray[np.float64]
    effects: tuple[EventEffect, ...]
    notes: tuple[str, ...]


def baseline(
    queue: str,
    values: NDArray[np.float64],
    table: DayTable,
    grid: LocalGrid,
    seasons: Sequence[Occurrence],
    setting: Setting,
) -> Baseline:
    """Fit every member to a cleaned history with at least one call.

    Parameters
    ----------
    values : (intervals,), cleaned calls, NaN where missing; ``table`` are the same by day, ``grid`` is theirs
    seasons : occurrences of long events, past and ahead
    """
    calendar, ahead = setting.calendar, setting.ahead
    shape = profile.fit(table)
    dates = np.arange(table.dates[0], ahead.dates[-1] + np.timedelta64(1, "D"))
    days, feature_notes = day_features(
        dates, calendar, setting.known_by, seasons, setting.covariates, first_ahead=ahead.dates[0]
    )
    # The day of the origin may be both the last of the history and the first ahead.
    first_ahead = int((ahead.dates[0] - dates[0]).astype(np.int64))
    past, days_ahead = days.slice(0, table.dates.size), days.slice(first_ahead, dates.size)
    shares = shape.of_days(table.dates, table.kinds)
    daily = daily_totals(table, shares, past)
    fitted = daily_glm.fit(daily)
    level, level_notes = _level(fitted, daily, days_ahead, setting)
    past_mean = _at_intervals(fitted.forecast(past)[:, None] * shares, past, grid)
    members = [_at_intervals(level[:, None] * shape.of_days(days_ahead.dates, days_ahead.kinds), days_ahead, ahead)]
    if interval_glm.is_apt(table):
        members += _waves_member(table, members[0], days_ahead, ahead)
    if setting.boosting and table.dates.size < boosted.MIN_DAYS:
        level_notes.append(f"boosted trees not used, since history is under {boosted.MIN_DAYS // 7} weeks")
    elif setting.boosting:
        members.append(boosted.fit(values, past_mean, grid, seed=setting.seed).forecast(ahead, members[0]))
    own_values, season_effects = _season_effects(queue, seasons, fitted, daily, days_ahead, calendar)
    notes = (*_closed_notes(shape, table), *feature_notes, *level_notes)
    return Baseline(
        mean=np.mean(members, axis=0) * own_values[(ahead.dates - days_ahead.dates[0]).astype(np.int64)],
        past_mean=past_mean,
        fitted=fitted,
        daily=daily,
        shares=shares,
        effects=tuple(season_effects),
        notes=tuple(f"queue {queue}: {note}" for note in notes),
    )


def _level(
    fitted: daily_glm.FittedLevel, daily: DailyTotals, ahead: DayFeatures, setting: Setting
) -> tuple[NDArray[np.float64], list[str]]:
    """Expected calls of a full day on each date, (days,): regression, averaged with Prophet on long histories."""
    level = fitted.forecast(ahead)
    weeks, notes = daily.dates.size // 7, []
    if not fitted.terms.has_fourier:
        notes.append(f"no annual pattern, since history is {weeks} weeks and not a year")
    for kind in sorted(set(ahead.kinds) - {DayKind.ORDINARY} - set(fitted.terms.kinds)):
        notes.append(f"no {kind.replace('_', ' ')} in the history; taken as an ordinary day")
    if not daily_prophet.is_apt(daily):
        needed = daily_prophet.MIN_DAYS // 7 + 1
        notes.append(f"Prophet not used, since history is {weeks} weeks; it is from {needed} weeks without gaps on")
        return level, notes
    prophet_level = daily_prophet.fit(daily, setting.calendar, seed=setting.seed).forecast(ahead)
    return (1 - PROPHET_WEIGHT) * level + PROPHET_WEIGHT * prophet_level, notes


def _at_intervals(by_day: NDArray[np.float64], days: DayFeatures, grid: LocalGrid) -> NDArray[np.float64]:
    """What ``by_day`` (days, slots) says of each interval of ``grid``, (intervals,)."""
    by_interval: NDArray[np.float64] = by_day[(grid.dates - days.dates[0]).astype(np.int64), grid.slots]
    return by_interval


def _waves_member(
    table: DayTable, mean: NDArray[np.float64], days: DayFeatures, ahead: LocalGrid
) -> list[NDArray[np.float64]]:
    """The interval regression's mean (intervals,), where waves describe the week; special days stay as in ``mean``."""
    week = interval_glm.fit(table)
    if week.dispersion > interval_glm.MAX_DISPERSION:
        return []
    is_ordinary = np.array([kind is DayKind.ORDINARY for kind in days.kinds])
    at = (ahead.dates - days.dates[0]).astype(np.int64)
    return [np.where(is_ordinary[at], week.forecast(ahead), mean)]


def _season_effects(
    queue: str,
    seasons: Sequence[Occurrence],
    fitted: daily_glm.FittedLevel,
    daily: DailyTotals,
    ahead: DayFeatures,
    calendar: Calendar,
) -> tuple[NDArray[np.float64], list[EventEffect]]:
    """What planners' own values of seasons change of the learned level ahead, (days,), and each season's effect."""
    change, found = np.ones(ahead.dates.size), []
    for name in sorted({season.event.name for season in seasons}):
        regressor = season_regressor(name)
        at = ahead.names.index(regressor)
        same = [season for season in seasons if season.event.name == name]
        was_seen = (daily.features.values[:, at] > 0) & (daily.exposure > 0)
        n_seen = int((np.diff(was_seen.astype(int), prepend=0) == 1).sum())
        learned = daily_glm.effect(fitted, daily, regressor) if n_seen else None
        found.append(effects.described(queue, same[-1], n_seen, learned))
        left = ahead.values[:, at].copy()  # share of each day that no planner's value has moved yet
        for event in dict.fromkeys(season.event for season in same):
            if event.multiplier is not None:
                inside = share_inside([season for season in same if season.event == event], ahead.dates, calendar)
                inside = np.minimum(inside, left)
                left -= inside
                change *= np.exp(inside * (np.log(event.multiplier) - np.log(learned[0] if learned else 1.0)))
    return change, found


def _closed_notes(shape: profile.Profile, table: DayTable) -> list[str]:
    """What was assumed of intervals of the week that were never seen."""
    seen = np.zeros(shape.shares.shape)
    np.add.at(seen, table.weekdays, table.observed)
    is_closed = shape.shares == 0
    figures = ((is_closed, "as closed"), (~is_closed & (seen == 0), "like their neighbours"))
    return [
        f"{n} of {seen.size} intervals of the week were never seen; taken {how}"
        for n, how in ((int(which.sum()), how) for which, how in figures)
        if n
    ]
