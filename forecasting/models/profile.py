"""How the calls of a day spread over its slots: smoothed weekday profiles and the curves of special days.

A profile is estimated from counts, so quiet slots are uncertain. It is therefore weighted towards recent weeks,
smoothed along the week by a Gaussian kernel that runs across midnight, and shrunk to the mean of its group (Monday
to Friday and the weekend, or Monday to Thursday and each other day alone). How much of each, and which groups, is
chosen by the multinomial likelihood of the latest weeks.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import DayKind, weekdays
from forecasting.days import DayTable, is_open
from forecasting.series import DAY_S

_GROUPS = ((0, 0, 0, 0, 0, 1, 1), (0, 0, 0, 0, 1, 2, 3))  # of Monday to Sunday
_HALF_LIVES_WEEKS = (8.0, 26.0, 104.0)
_BANDWIDTHS_S = (0.0, 600.0, 1200.0, 2400.0, 3600.0)
_OWN_WEIGHTS = (0.15, 0.4, 0.7, 1.0)
_SPECIAL_BANDWIDTH_S = 3600.0
# Calls without effect that each special curve is assumed to have seen within its kernel: a multiplier of one slot
# learned from as many calls moves halfway.
_SPECIAL_PRIOR_CALLS = 30.0
_SPECIAL_DAY_WEIGHT = 1e-3
_MIN_SHARE = 1e-3  # of the mean share of a slot; an open slot never has probability 0


@dataclass(frozen=True, slots=True)
class ProfileSettings:
    """How a profile is estimated: half-life of a week's weight, kernel width (standard deviation), own weight beside
    that of the weekday's group, and the group (7,) of each weekday."""

    half_life_weeks: float = 26.0
    bandwidth_s: float = 2400.0
    own_weight: float = 0.4
    groups: tuple[int, ...] = _GROUPS[0]

    def __post_init__(self) -> None:
        if self.half_life_weeks <= 0 or self.bandwidth_s < 0 or not 0 <= self.own_weight <= 1:
            raise ValueError(f"{self}: expected a positive half-life, a bandwidth >= 0 and an own weight in 0..1")


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """``shares`` (7, slots): each weekday's share of its calls by slot, rows sum to 1, or to 0 where closed.

    ``special`` holds a multiplier curve (slots,) for each kind of day that history has seen.
    """

    settings: ProfileSettings
    shares: NDArray[np.float64]
    special: dict[DayKind, NDArray[np.float64]]

    def of_days(self, dates: NDArray[np.datetime64], kinds: tuple[DayKind, ...]) -> NDArray[np.float64]:
        """Shares by slot of each date, (days, slots): the weekday's, bent by the curve of its kind."""
        shares = self.shares[weekdays(dates)]
        for row, kind in enumerate(kinds):
            if kind in self.special:
                bent = shares[row] * self.special[kind]
                shares[row] = bent * (shares[row].sum() / max(bent.sum(), np.finfo(float).tiny))
        return shares


def fit(table: DayTable) -> Profile:
    """The profile of ``table``, with settings chosen on its last four weeks (fewer on short histories)."""
    settings = _choose_settings(table)
    shares = weekday_shares(table, settings)
    return Profile(settings, shares, _special_curves(table, shares))


def _choose_settings(table: DayTable) -> ProfileSettings:
    holdout_weeks = min(4, table.dates.size // 21)
    if holdout_weeks == 0 or table.counts.sum() == 0:
        return ProfileSettings()
    cut = table.dates.size - 7 * holdout_weeks
    train, recent = table.slice(0, cut), table.slice(cut, table.dates.size)
    held_out = _by_weekday(recent, recent.counts, recent.is_ordinary.astype(float))
    sums = {half_life: _weighted_sums(train, half_life) for half_life in _HALF_LIVES_WEEKS}
    opening = is_open(train)
    best, best_score = ProfileSettings(), -np.inf
    for half_life, bandwidth, own, groups in product(_HALF_LIVES_WEEKS, _BANDWIDTHS_S, _OWN_WEIGHTS, _GROUPS):
        settings = ProfileSettings(half_life, bandwidth, own, groups)
        shares = _shares(*sums[half_life], opening, settings)
        log_share = np.log(np.maximum(shares, 1e-9))
        score = float((held_out * log_share).sum())  # multinomial log-likelihood, given each day's total
        if score > best_score:
            best, best_score = settings, score
    return best


def weekday_shares(table: DayTable, settings: ProfileSettings) -> NDArray[np.float64]:
    """Shares (7, slots) of the ordinary days of ``table``; a closed slot has share 0, see `days.is_open`."""
    return _shares(*_weighted_sums(table, settings.half_life_weeks), is_open(table), settings)


def _weighted_sums(table: DayTable, half_life_weeks: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    age_weeks = np.arange(table.dates.size)[::-1] / 7.0
    weight = 0.5 ** (age_weeks / half_life_weeks)
    # Special days have shapes of their own: they tell only where no ordinary day was seen.
    weight = weight * np.where(table.is_ordinary, 1.0, _SPECIAL_DAY_WEIGHT)
    return _by_weekday(table, table.counts, weight), _by_weekday(table, table.observed, weight)


def _by_weekday(table: DayTable, values: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros((7, values.shape[1]))
    np.add.at(sums, table.weekdays, values * weight[:, None])
    return sums


def _shares(
    calls: NDArray[np.float64],
    observed: NDArray[np.float64],
    opening: NDArray[np.bool_],
    settings: ProfileSettings,
) -> NDArray[np.float64]:
    slot_s = DAY_S / calls.shape[1]
    groups = np.equal.outer(settings.groups, settings.groups).astype(float)
    own = _smoothed_rate(calls, observed, settings.bandwidth_s / slot_s)
    pool = _smoothed_rate(groups @ calls, groups @ observed, settings.bandwidth_s / slot_s)
    # A slot that no kernel reaches says nothing: it takes its group's rate, or else the whole week's.
    pool = np.where(np.isnan(pool), calls.sum() / max(float(observed.sum()), 1e-9), pool)
    own = np.where(np.isnan(own), pool, own)
    own, pool = _normalised(own * opening), _normalised(pool * opening)
    shares = _normalised(settings.own_weight * own + (1 - settings.own_weight) * pool)
    floor = _MIN_SHARE / calls.shape[1] * opening
    return _normalised(np.maximum(shares, floor))


def _smoothed_rate(calls: NDArray[np.float64], observed: NDArray[np.float64], bandwidth: float) -> NDArray[np.float64]:
    """Calls per observed interval (7, slots), both smoothed along the week; NaN where nothing was observed."""
    smooth_calls = _smooth_circular(calls.ravel(), bandwidth)
    smooth_observed = _smooth_circular(observed.ravel(), bandwidth)
    rate = np.where(smooth_observed > 1e-9, smooth_calls / np.maximum(smooth_observed, 1e-9), np.nan)
    return np.maximum(rate, 0.0).reshape(calls.shape)


def _smooth_circular(values: NDArray[np.float64], bandwidth: float) -> NDArray[np.float64]:
    """Gaussian kernel of standard deviation ``bandwidth`` [slots] on a circle, by its Fourier transform."""
    if bandwidth == 0:
        return values
    frequency = np.fft.rfftfreq(values.size)
    damping = np.exp(-2 * (np.pi * frequency * bandwidth) ** 2)
    smoothed: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(values) * damping, values.size)
    return smoothed


def _normalised(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    total = rows.sum(axis=1, keepdims=True)
    normalised: NDArray[np.float64] = rows / np.where(total > 0, total, 1.0)
    return normalised


def _special_curves(table: DayTable, shares: NDArray[np.float64]) -> dict[DayKind, NDArray[np.float64]]:
    """Smoothed calls over expected calls by slot of each kind of special day seen, shrunk to 1.

    The ratio compares with the weekday's shares at the special day's own total, so that it bends the shape only;
    the day's level is the daily model's. New Year's night needs no rule of its own: its evening belongs to one
    kind and its early hours to the next.
    """
    slot_s = DAY_S / shares.shape[1]
    window = 2 * np.sqrt(np.pi) * _SPECIAL_BANDWIDTH_S / slot_s  # slots that the kernel effectively sums
    expected_share = table.observed * shares[table.weekdays]
    totals = table.counts.sum(axis=1)
    exposure = expected_share.sum(axis=1)
    scale = np.where(exposure > 0, totals / np.maximum(exposure, 1e-9), 0.0)
    curves: dict[DayKind, NDArray[np.float64]] = {}
    for kind in sorted(set(table.kinds) - {DayKind.ORDINARY}):
        rows = np.array([k is kind for k in table.kinds])
        calls = _smooth_day(table.counts[rows].sum(axis=0), _SPECIAL_BANDWIDTH_S / slot_s) * window
        expected = (expected_share[rows] * scale[rows, None]).sum(axis=0)
        smooth = _smooth_day(expected, _SPECIAL_BANDWIDTH_S / slot_s) * window
        curves[kind] = (calls + _SPECIAL_PRIOR_CALLS) / (smooth + _SPECIAL_PRIOR_CALLS)
    return curves


def _smooth_day(values: NDArray[np.float64], bandwidth: float) -> NDArray[np.float64]:
    """Gaussian kernel within one day, mirrored at both midnights: a special evening must not leak into its morning."""
    mirrored = np.concatenate([values, values[::-1]])
    return np.maximum(_smooth_circular(mirrored, bandwidth)[: values.size], 0.0)
