"""Did a change do what was said of it? Segmented regression of a daily series, and paired weeks, each with an interval.

Daily values before and after a date are a level, weekdays, a straight trend where asked for, and a step at the date.
Days that follow each other are alike, which makes plain standard errors too small: the regression is done on
quasi-differences of first order (Prais-Winsten), and its errors are those of Newey and West, which hold whatever
likeness and unequal spread is left.

References
----------
.. [1] Wagner, Soumerai, Zhang and Ross-Degnan (2002), Segmented regression analysis of interrupted time series studies
       in medication use research. J Clin Pharm Ther 27.
.. [2] Newey and West (1987), A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent
       covariance matrix. Econometrica 55.
.. [3] Andrews and Monahan (1992), An improved heteroskedasticity and autocorrelation consistent covariance matrix
       estimator. Econometrica 60: quasi-differences first.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.regression.linear_model import OLS

from forecasting.errors import HistoryTooShort, SeriesInvalid

Floats = NDArray[np.float64]

FEWEST_DAYS = 28  # on either side of the change
FEWEST_WEEKS = 4  # pairs
_LAGS = 7  # days of likeness that the errors allow for besides the first order: a week
_MOST_LIKENESS = 0.95  # of neighbouring days: beyond it a step and a drift are the same
_ROUNDS = 3  # of likeness and regression in turn


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of a mean: ``estimate`` in the series' unit, its standard error and interval at ``level``.

    degrees : of freedom of the t distribution that the interval is from
    likeness : first-order autocorrelation of days around the regression; 0 of paired weeks
    """

    estimate: float
    standard_error: float
    lower: float
    upper: float
    level: float
    n_before: int
    n_after: int
    degrees: int
    likeness: float


def interrupted(
    values: ArrayLike, first_day: date, change: date, *, level: float = 0.90, with_trend: bool = False
) -> Effect:
    """Step of a daily series at a date.

    Parameters
    ----------
    values : (days,), one a local day from ``first_day`` on; NaN where a day is unknown or not to be counted, such as
        days on which the change came into force
    first_day : date of the first value
    change : first day on which the change holds
    level : of the interval, above 0 and below 1
    with_trend : whether a straight line through both sides is part of what is expected without the change; it takes a
        drift for what it is and makes the interval wider

    Raises
    ------
    HistoryTooShort : fewer than 28 known days before or after the change
    SeriesInvalid : a value is infinite, the level is out of range, or the days do not differ at all
    """
    known, day = _known_days(values, level)
    weekday = np.array([(first_day + timedelta(days=int(i))).weekday() for i in day])
    is_after = day >= (change - first_day).days
    n_after = int(is_after.sum())
    for side, n in (("before", known.size - n_after), ("from", n_after)):
        if n < FEWEST_DAYS:
            raise HistoryTooShort(f"{n} known days {side} {change}: expected at least {FEWEST_DAYS}")
    columns = [np.ones(day.size), is_after.astype(float), *(weekday == d for d in np.unique(weekday)[1:])]
    if with_trend:
        columns.append((day - day.mean()) / max(float(day.std()), 1.0))
    design = np.column_stack(columns).astype(float)
    if np.ptp(known) == 0:
        raise SeriesInvalid(f"all {known.size} days have the value {known[0]:g}: expected days that differ")
    likeness = _likeness(design, known, day)
    estimate, error = _step(design, known, day, likeness)
    # What the data tell of a mean is worth fewer days the more alike they are: half the distance on both sides.
    degrees = max(int(known.size * (1 - likeness) / (1 + likeness)) - design.shape[1], 5)
    reach = float(stats.t.ppf(0.5 + level / 2, degrees)) * error
    return Effect(
        estimate, error, estimate - reach, estimate + reach, level, known.size - n_after, n_after, degrees, likeness
    )


def paired_weeks(before: ArrayLike, after: ArrayLike, *, level: float = 0.90) -> Effect:
    """Mean difference of weeks from those that each is compared with, such as the same weeks a year earlier.

    Parameters
    ----------
    before, after : (weeks,) each, pairs in order; a pair of which either is NaN is left out

    Raises
    ------
    HistoryTooShort : fewer than four pairs
    SeriesInvalid : the lengths differ, or the level is out of range
    """
    old, new = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if old.ndim != 1 or old.shape != new.shape:
        raise SeriesInvalid(f"weeks before {old.shape} and after {new.shape}: expected two rows of one length")
    if not 0 < level < 1:
        raise SeriesInvalid(f"level is {level}: expected above 0 and below 1")
    difference = (new - old)[np.isfinite(new - old)]
    n = difference.size
    if n < FEWEST_WEEKS:
        raise HistoryTooShort(f"{n} pairs of weeks: expected at least {FEWEST_WEEKS}")
    estimate, error = float(difference.mean()), float(difference.std(ddof=1)) / n**0.5
    reach = float(stats.t.ppf(0.5 + level / 2, n - 1)) * error
    return Effect(estimate, error, estimate - reach, estimate + reach, level, n, n, n - 1, 0.0)


def _known_days(values: ArrayLike, level: float) -> tuple[Floats, NDArray[np.int64]]:
    """The known values and the numbers of their days."""
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1 or np.isinf(series).any():
        raise SeriesInvalid(f"values have the shape {series.shape}: expected one row of finite numbers or NaN")
    if not 0 < level < 1:
        raise SeriesInvalid(f"level is {level}: expected above 0 and below 1")
    day = np.flatnonzero(~np.isnan(series))
    return series[day], day


def _likeness(design: Floats, values: Floats, day: NDArray[np.int64]) -> float:
    """First-order autocorrelation of the days around the regression, corrected for what the regression takes from it:
    about (p + 1) / n + 3 rho / n of n days and p terms (Kendall 1954)."""
    rho = 0.0
    n, p = design.shape
    for _ in range(_ROUNDS):
        x, y = _differenced(design, values, day, rho)
        coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
        rest = values - design @ coefficients
        follows = np.diff(day) == 1
        raw = float((rest[1:] * rest[:-1])[follows].sum() / max(float((rest**2).sum()), 1e-300))
        rho = float(np.clip((raw * n + (p + 1) / 2) / (n - 3), 0.0, _MOST_LIKENESS))
    return rho


def _differenced(design: Floats, values: Floats, day: NDArray[np.int64], rho: float) -> tuple[Floats, Floats]:
    """Quasi-differences of first order; a day after a gap starts anew, as the first one does (Prais and Winsten)."""
    follows = np.concatenate([[False], np.diff(day) == 1])
    start = (1 - rho**2) ** 0.5
    x, y = design * start, values * start
    x[follows] = design[follows] - rho * design[np.flatnonzero(follows) - 1]
    y[follows] = values[follows] - rho * values[np.flatnonzero(follows) - 1]
    return x, y


def _step(design: Floats, values: Floats, day: NDArray[np.int64], likeness: float) -> tuple[float, float]:
    """The step and its standard error: the plain one of the quasi-differences, or the robust one where that is larger.

    The robust one alone is too small by a tenth at a few dozen days, since lags are cut off and drawn to zero.
    """
    x, y = _differenced(design, values, day, likeness)
    model = OLS(y, x)
    plain = model.fit()
    robust = model.fit(cov_type="HAC", cov_kwds={"maxlags": _LAGS, "use_correction": True})
    return float(plain.params[1]), float(max(plain.bse[1], robust.bse[1]))
