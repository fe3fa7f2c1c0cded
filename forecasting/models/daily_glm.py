"""Daily level: a Poisson regression whose effects are shrunk by pseudo-observations.

log E[calls of a day] = log exposure + weekday + trend + time of year + time of month + kind of day + regressors,
weighted by age, times what the last days say beyond it.

A pseudo-observation of `a` calls, expected `a` without the effect, multiplies the likelihood by a gamma(a, a)
density of the effect's multiplier: the conjugate prior. With overdispersion phi, a = phi / sd**2 gives the log
multiplier a prior standard deviation of about sd [1]_. A multiplier seen on one bank holiday thus moves part of
the way, and terms that the history cannot tell apart stay near no effect instead of running away. For terms that
change over weeks phi is that of four-week sums: days that err together are not so many witnesses.

References
----------
.. [1] Bedrick, Christensen and Johnson (1996), A new perspective on priors for generalized linear models.
"""

from dataclasses import dataclass, replace

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.signal import lfilter

from forecasting.calendar import DayKind, weekdays
from forecasting.days import DailyTotals, DayFeatures

HALF_LIFE_DAYS = 1095.0  # three years: the time of year needs to be seen more than once
_FOURIER_PAIRS = 6
_MONTH_PAIRS = 2  # pay days and bills
_DAYS_FOR_FOURIER = 365
_TREND_DAMPING_YEARS = 0.25
_SD_WEEKDAY, _SD_TREND, _SD_FOURIER, _SD_MONTH, _SD_KIND = 0.5, 0.05, 0.07, 0.05, 0.3
_BLOCK_DAYS = 28
_MIN_BLOCKS = 4
# Half-lives [days] of what counts as recent, and by how much the level must be thought to drift at the least: a level
# of weeks that moves by 2%, whatever was seen, and one of days that moves as it was seen to.
_RECENT = ((21.0, 0.02), (5.0, 0.0))
_YEAR_DAYS = 365.25
_MOST_STEPS, _LONGEST_STEP, _TOLERANCE = 30, 1.0, 1e-6  # of Newton's method, on the log scale
_CHI2_MEDIAN = 0.455  # of one degree of freedom
_INTERVAL_80 = 1.2816  # standard deviations from the middle of a normal to its 10% and 90% points


@dataclass(frozen=True, slots=True)
class Terms:
    """Which terms the regression has: ``kinds`` of day seen in the history, annual ``has_fourier`` terms or not."""

    last: np.datetime64
    kinds: tuple[DayKind, ...]
    has_fourier: bool

    def design(self, days: DayFeatures) -> NDArray[np.float64]:
        """Design matrix (days, terms): constant, weekdays, damped trend, year, month, kinds of day, regressors."""
        weekday = weekdays(days.dates)
        columns = [np.ones(days.dates.size)] + [(weekday == day).astype(float) for day in range(1, 7)]
        years = (days.dates - self.last).astype(float) / _YEAR_DAYS
        # Beyond the history the trend fades out instead of running on.
        ahead = _TREND_DAMPING_YEARS * (1 - np.exp(-np.maximum(years, 0) / _TREND_DAMPING_YEARS))
        columns.append(np.where(years > 0, ahead, years))
        if self.has_fourier:
            columns += _waves(days.dates.astype("datetime64[D]").astype(float) / _YEAR_DAYS, _FOURIER_PAIRS)
        columns += _waves(_share_of_month(days.dates), _MONTH_PAIRS)
        columns += [np.array([k is kind for k in days.kinds], dtype=float) for kind in self.kinds]
        return np.column_stack([*columns, days.values])

    def prior_sd(self, days: DayFeatures) -> NDArray[np.float64]:
        """Prior standard deviation of each coefficient, (terms,), on the log scale; the constant's is infinite."""
        fourier = [_SD_FOURIER] * (2 * _FOURIER_PAIRS * self.has_fourier)
        month, kinds = [_SD_MONTH] * (2 * _MONTH_PAIRS), [_SD_KIND] * len(self.kinds)
        return np.array([np.inf, *[_SD_WEEKDAY] * 6, _SD_TREND, *fourier, *month, *kinds, *days.prior_sd])

    def is_slow(self, days: DayFeatures) -> NDArray[np.bool_]:
        """Whether each term (terms,) changes over weeks rather than days."""
        n_waves = 2 * _FOURIER_PAIRS * self.has_fourier + 2 * _MONTH_PAIRS
        return np.array([*[False] * 7, True, *[True] * n_waves, *[False] * len(self.kinds), *days.is_slow], dtype=bool)


def _waves(turns: NDArray[np.float64], pairs: int) -> list[NDArray[np.float64]]:
    return [wave(2 * np.pi * pair * turns) for pair in range(1, pairs + 1) for wave in (np.cos, np.sin)]


def _share_of_month(dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
    month = dates.astype("datetime64[M]")
    first, following = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")
    share: NDArray[np.float64] = ((dates - first).astype(float) + 0.5) / (following - first).astype(float)
    return share


@dataclass(frozen=True, slots=True, eq=False)
class FittedLevel:
    """A daily level ready to be carried forward.

    ``coefficients`` (terms,) on the log scale; ``pseudo_calls`` (terms,) that shrink them; ``recent_factor`` the
    shrunk ratio of the last days to the regression; ``dispersion`` Pearson's phi.
    """

    terms: Terms
    coefficients: NDArray[np.float64]
    pseudo_calls: NDArray[np.float64]
    recent_factor: float
    dispersion: float

    def forecast(self, days: DayFeatures) -> NDArray[np.float64]:
        """Expected calls of a full 24-hour day on each of ``days``, (days,)."""
        log_level = self.terms.design(days) @ self.coefficients
        return np.asarray(self.recent_factor * np.exp(log_level), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The days that count: ``design`` (days, terms), the rest (days,), ``age`` [days]."""

    design: NDArray[np.float64]
    totals: NDArray[np.float64]
    exposure: NDArray[np.float64]
    weight: NDArray[np.float64]
    age: NDArray[np.float64]

    def mean(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        expected: NDArray[np.float64] = self.exposure * np.exp(self.design @ coefficients)
        return expected


def _seen(daily: DailyTotals, terms: Terms) -> _Seen:
    seen = daily.exposure > 0
    age = (terms.last - daily.dates[seen]).astype(float)
    weight = 0.5 ** (age / HALF_LIFE_DAYS)
    return _Seen(terms.design(daily.features)[seen], daily.totals[seen], daily.exposure[seen], weight, age)


def fit(daily: DailyTotals) -> FittedLevel:
    """Fit the level to daily totals with at least one call; days without exposure count for nothing."""
    dates = daily.dates[daily.exposure > 0]
    kinds_seen = {k for k, e in zip(daily.features.kinds, daily.exposure, strict=True) if e > 0}
    has_fourier = bool((daily.dates[-1] - dates[0]).astype(int) + 1 >= _DAYS_FOR_FOURIER)
    terms = Terms(daily.dates[-1], tuple(sorted(kinds_seen - {DayKind.ORDINARY})), has_fourier)
    seen = _seen(daily, terms)
    prior_sd, is_slow = terms.prior_sd(daily.features), terms.is_slow(daily.features)
    strength = np.ones(prior_sd.size)
    for _ in range(2):  # the prior's strength needs the overdispersion, which needs a first fit
        pseudo_calls = strength / prior_sd**2
        coefficients = _fit_poisson(seen, pseudo_calls)
        mean = seen.mean(coefficients)
        dispersion = _pearson_dispersion((seen.totals - mean) ** 2 / mean, prior_sd.size)
        strength = np.where(is_slow, max(_block_dispersion(seen, mean), dispersion), dispersion)
    recent = _recent_factor(seen, mean, daily.dates.size, dispersion)
    return FittedLevel(terms, coefficients, pseudo_calls, recent, dispersion)


def refit(fitted: FittedLevel, daily: DailyTotals) -> FittedLevel:
    """``fitted`` learned anew from an earlier part of its history: same terms and priors, other coefficients.

    Newton's steps from the known coefficients on the same likelihood: a tenth of the time of a model from scratch,
    which rolling origins need a dozen times.
    """
    terms = replace(fitted.terms, last=daily.dates[-1])
    seen = _seen(daily, terms)
    coefficients = fitted.coefficients.copy()
    for _ in range(_MOST_STEPS):
        mean = seen.weight * seen.mean(coefficients)
        prior_mean = fitted.pseudo_calls * np.exp(coefficients)
        gradient = seen.design.T @ (seen.weight * seen.totals - mean) + fitted.pseudo_calls - prior_mean
        step = np.linalg.solve((seen.design * mean[:, None]).T @ seen.design + np.diag(prior_mean), gradient)
        coefficients += np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < _TOLERANCE:
            break
    recent = _recent_factor(seen, seen.mean(coefficients), daily.dates.size, fitted.dispersion)
    return replace(fitted, terms=terms, coefficients=coefficients, recent_factor=recent)


def effect(fitted: FittedLevel, daily: DailyTotals, name: str) -> tuple[float, float, float]:
    """Multiplier of the regressor ``name`` at value 1 in the fit to ``daily``, with its 80% interval."""
    seen = _seen(daily, fitted.terms)
    mean = seen.weight * seen.mean(fitted.coefficients)
    information = (seen.design * mean[:, None]).T @ seen.design + np.diag(fitted.pseudo_calls)
    at = daily.features.names.index(name) - len(daily.features.names)
    error = np.sqrt(fitted.dispersion * np.linalg.pinv(information)[at, at])
    log_effect, reach = fitted.coefficients[at], _INTERVAL_80 * error
    return float(np.exp(log_effect)), float(np.exp(log_effect - reach)), float(np.exp(log_effect + reach))


def _fit_poisson(seen: _Seen, pseudo_calls: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients (terms,) of the weighted Poisson GLM with ``pseudo_calls`` (terms,) that say "no effect"."""
    shrunk = pseudo_calls > 0
    rows = np.vstack([seen.design, np.eye(pseudo_calls.size)[shrunk]])
    calls = np.concatenate([seen.totals, pseudo_calls[shrunk]])
    offset = np.log(np.concatenate([seen.exposure, pseudo_calls[shrunk]]))
    weights = np.concatenate([seen.weight, np.ones(int(shrunk.sum()))])
    start = np.zeros(pseudo_calls.size)
    start[0] = np.log(float((seen.weight * seen.totals).sum() / (seen.weight * seen.exposure).sum()))
    family = sm.families.Poisson()
    model = sm.GLM(calls, rows, family=family, offset=offset, freq_weights=weights, hasconst=True)
    # For the log link Newton's steps are those of reweighted least squares, without a decomposition of all rows.
    fitted = model.fit(start_params=start, method="newton", disp=False, skip_hessian=True)
    return np.asarray(fitted.params, dtype=np.float64)


def _pearson_dispersion(squares: NDArray[np.float64], n_terms: int) -> float:
    """Pearson's phi from squared residuals over means, at least 1; one counts for at most sixteen usual ones."""
    free = max(squares.size - n_terms, squares.size / 4)
    typical = max(float(np.median(squares)) / _CHI2_MEDIAN, 1.0)
    return max(float(np.minimum(squares, 16 * typical).sum() / free), 1.0)


def _block_dispersion(seen: _Seen, mean: NDArray[np.float64]) -> float:
    """Pearson's phi of four-week sums; 1 on less than four of them."""
    block = (seen.age // _BLOCK_DAYS).astype(np.int64)
    expected = np.bincount(block, mean)
    full = np.bincount(block) >= _BLOCK_DAYS // 2
    if full.sum() < _MIN_BLOCKS:
        return 1.0
    squares = (np.bincount(block, seen.totals) - expected)[full] ** 2 / expected[full]
    return _pearson_dispersion(squares, 0)


def _recent_factor(seen: _Seen, mean: NDArray[np.float64], n_days: int, dispersion: float) -> float:
    """Shrunk ratio of the last days to the regression: first of the last weeks, then of the last days to those.

    Days are clipped at three standard deviations.
    """
    row = n_days - 1 - seen.age.astype(np.int64)
    spread = 3 * np.sqrt(dispersion * mean)
    calls, expected = np.zeros((2, n_days))
    calls[row], expected[row] = np.clip(seen.totals, mean - spread, mean + spread), mean
    factor = 1.0
    for half_life_days, least_drift in _RECENT:
        factor *= _shrunk_ratio(calls, factor * expected, row, dispersion, half_life_days, least_drift)
    return factor


def _shrunk_ratio(
    calls: NDArray[np.float64],
    expected: NDArray[np.float64],
    row: NDArray[np.int64],
    dispersion: float,
    half_life_days: float,
    least_drift: float,
) -> float:
    """Credibility-weighted ratio of recent ``calls`` to ``expected`` calls, both (days,) with 0 where not seen.

    The weight is drift / (drift + noise): noise is the variance that ``dispersion`` gives such a ratio, drift what the
    same ratio has varied by beyond it at every day of the history, at least ``least_drift`` squared. ``row``
    (days seen,) is where days were seen.
    """
    decay = 0.5 ** (1 / half_life_days)
    recent_calls, recent_expected = lfilter([1.0], [1.0, -decay], [calls, expected])
    squares = lfilter([1.0], [1.0, -(decay**2)], expected)
    warm = np.arange(calls.size) >= 2 * half_life_days
    enough = recent_expected > 0.25 * np.median(recent_expected[row])
    usable = warm & enough
    if usable.sum() < 2 * half_life_days or not enough[-1]:
        return 1.0
    ratio = recent_calls[usable] / recent_expected[usable]
    noise = dispersion * squares[usable] / recent_expected[usable] ** 2
    drift = max(float(((ratio - 1) ** 2 - noise).mean()), least_drift**2)
    credibility = drift / (drift + float(noise[-1]))
    return float(1 + credibility * (ratio[-1] - 1))
