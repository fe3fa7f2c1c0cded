"""Daily level: a Poisson regression whose effects are shrunk by pseudo-observations.

log E[calls of a day] = log exposure + weekday + trend + annual Fourier terms + kind of day, weighted by age.

A pseudo-observation of `a` calls, expected `a` without the effect, multiplies the likelihood by a gamma(a, a)
density of the effect's multiplier: the conjugate prior. With overdispersion phi, a = phi / sd**2 gives the log
multiplier a prior standard deviation of about sd [1]_. A multiplier seen on one bank holiday thus moves part of
the way, and terms that the history cannot tell apart stay near no effect instead of running away.

References
----------
.. [1] Bedrick, Christensen and Johnson (1996), A new perspective on priors for generalized linear models.
"""

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray

from forecasting.calendar import DayKind, weekdays
from forecasting.days import DailyTotals

HALF_LIFE_DAYS = 730.0  # two years: DESIGN of the daily level
_FOURIER_PAIRS = 3
_DAYS_FOR_FOURIER = 365
_TREND_DAMPING_YEARS = 0.25
_SD_WEEKDAY, _SD_TREND, _SD_FOURIER, _SD_KIND = 0.5, 0.15, 0.1, 0.25
_RECENT_DAYS = 28
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Terms:
    """Which terms the regression has: ``kinds`` of day seen in the history, annual ``has_fourier`` terms or not."""

    last: np.datetime64
    kinds: tuple[DayKind, ...]
    has_fourier: bool

    def design(self, dates: NDArray[np.datetime64], kinds: tuple[DayKind, ...]) -> NDArray[np.float64]:
        """Design matrix (days, terms): constant, six weekdays, damped trend, Fourier pairs, kinds of day."""
        weekday = weekdays(dates)
        columns = [np.ones(dates.size)] + [(weekday == day).astype(float) for day in range(1, 7)]
        years = (dates - self.last).astype(float) / _YEAR_DAYS
        # Beyond the history the trend fades out instead of running on.
        ahead = _TREND_DAMPING_YEARS * (1 - np.exp(-np.maximum(years, 0) / _TREND_DAMPING_YEARS))
        columns.append(np.where(years > 0, ahead, years))
        if self.has_fourier:
            angle = 2 * np.pi * dates.astype("datetime64[D]").astype(float) / _YEAR_DAYS
            for pair in range(1, _FOURIER_PAIRS + 1):
                columns += [np.cos(pair * angle), np.sin(pair * angle)]
        columns += [np.array([k is kind for k in kinds], dtype=float) for kind in self.kinds]
        return np.column_stack(columns)

    def prior_sd(self) -> NDArray[np.float64]:
        """Prior standard deviation of each coefficient, (terms,), on the log scale; the constant's is infinite."""
        fourier = [_SD_FOURIER] * (2 * _FOURIER_PAIRS * self.has_fourier)
        return np.array([np.inf] + [_SD_WEEKDAY] * 6 + [_SD_TREND] + fourier + [_SD_KIND] * len(self.kinds))


@dataclass(frozen=True, slots=True, eq=False)
class FittedLevel:
    """A daily level ready to be carried forward.

    ``coefficients`` (terms,) on the log scale; ``recent_factor`` the shrunk ratio of the last four weeks to the
    regression; ``dispersion`` Pearson's phi.
    """

    terms: Terms
    coefficients: NDArray[np.float64]
    recent_factor: float
    dispersion: float

    def forecast(self, dates: NDArray[np.datetime64], kinds: tuple[DayKind, ...]) -> NDArray[np.float64]:
        """Expected calls of a full 24-hour day on each date, (days,)."""
        log_level = self.terms.design(dates, kinds) @ self.coefficients
        return np.asarray(self.recent_factor * np.exp(log_level), dtype=np.float64)


def fit(daily: DailyTotals) -> FittedLevel:
    """Fit the level to daily totals with at least one call; days without exposure count for nothing."""
    seen = daily.exposure > 0
    dates, last = daily.dates[seen], daily.dates[-1]
    kinds = tuple(sorted({k for k, s in zip(daily.kinds, seen, strict=True) if s} - {DayKind.ORDINARY}))
    terms = Terms(last, kinds, has_fourier=bool((last - dates[0]).astype(int) + 1 >= _DAYS_FOR_FOURIER))
    design = terms.design(daily.dates, daily.kinds)[seen]
    age = (last - dates).astype(float)
    weight = 0.5 ** (age / HALF_LIFE_DAYS)
    totals, exposure = daily.totals[seen], daily.exposure[seen]
    dispersion = 1.0
    for _ in range(2):  # the prior's strength needs the overdispersion, which needs a first fit
        coefficients = _fit_poisson(design, totals, exposure, weight, dispersion / terms.prior_sd() ** 2)
        mean = exposure * np.exp(design @ coefficients)
        dispersion = _pearson_dispersion(totals, mean, design.shape[1])
    return FittedLevel(terms, coefficients, _recent_factor(totals, mean, age, dispersion), dispersion)


def _fit_poisson(
    design: NDArray[np.float64],
    totals: NDArray[np.float64],
    exposure: NDArray[np.float64],
    weight: NDArray[np.float64],
    pseudo_calls: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Coefficients (terms,) of the weighted Poisson GLM with ``pseudo_calls`` (terms,) that say "no effect"."""
    shrunk = pseudo_calls > 0
    rows = np.vstack([design, np.eye(pseudo_calls.size)[shrunk]])
    calls = np.concatenate([totals, pseudo_calls[shrunk]])
    offset = np.log(np.concatenate([exposure, pseudo_calls[shrunk]]))
    weights = np.concatenate([weight, np.ones(int(shrunk.sum()))])
    start = np.zeros(pseudo_calls.size)
    start[0] = np.log(float((weight * totals).sum() / (weight * exposure).sum()))
    family = sm.families.Poisson()
    model = sm.GLM(calls, rows, family=family, offset=offset, freq_weights=weights, hasconst=True)
    # For the log link Newton's steps are those of reweighted least squares, without a decomposition of all rows.
    fitted = model.fit(start_params=start, method="newton", disp=False, skip_hessian=True)
    return np.asarray(fitted.params, dtype=np.float64)


def _pearson_dispersion(totals: NDArray[np.float64], mean: NDArray[np.float64], n_terms: int) -> float:
    """Pearson's phi, at least 1; single days count for at most sixteen times the usual square."""
    squares = (totals - mean) ** 2 / mean
    free = max(totals.size - n_terms, totals.size / 4)
    typical = max(float(np.median(squares)) / 0.455, 1.0)  # median of chi-square with one degree of freedom
    return max(float(np.minimum(squares, 16 * typical).sum() / free), 1.0)


def _recent_factor(
    totals: NDArray[np.float64], mean: NDArray[np.float64], age: NDArray[np.float64], dispersion: float
) -> float:
    """Credibility-weighted ratio of the last four weeks to the regression.

    The weight is drift / (drift + noise): noise is the variance that phi gives a block of four weeks, drift what
    the blocks' ratios vary beyond it. Days are clipped at three standard deviations.
    """
    spread = 3 * np.sqrt(dispersion * mean)
    clipped = np.clip(totals, mean - spread, mean + spread)
    block = (age // _RECENT_DAYS).astype(int)
    expected = np.bincount(block, mean)
    calls = np.bincount(block, clipped)
    full = np.bincount(block) >= _RECENT_DAYS // 2
    if full.sum() < 3 or not full[0]:
        return 1.0
    ratio = calls[full] / expected[full]
    noise = dispersion / expected[full]
    drift = max(float(((ratio - 1) ** 2 - noise).mean()), 0.0)
    credibility = drift / (drift + float(noise[0]))
    return float(1 + credibility * (ratio[0] - 1))
