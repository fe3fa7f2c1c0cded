"""Laws of patience: right on simulated callers, the same as other packages' answers, and the published February."""

import gzip
import math

import numpy as np
import pytest
from scipy.stats import CensoredData, weibull_min
from statsmodels.duration.survfunc import SurvfuncRight

from rostering.staffing.history.patience import estimate_patience
from rostering.staffing.history.patience_fit import Law, balking_from_totals, balking_share, caller_patience
from rostering.staffing.history.survival import kaplan_meier
from tests.shared import DATA, needs

FEBRUARY = DATA / "calls/anonymous_bank/calls_february.csv.gz"


def callers(rng, n=4000, scale_s=300.0, shape=1.6, balking=0.0, offered_s=90.0):
    """Waits and who gave up: Weibull patience against exponential offered waits, some of which are none."""
    patience = scale_s * rng.weibull(shape, n)
    patience[rng.random(n) < balking] = 0.0
    offered = rng.exponential(offered_s, n) * (rng.random(n) < 0.7)
    return np.minimum(patience, offered), (patience < offered)


def test_kaplan_meier_and_greenwood_agree_with_another_package():
    waits, gave_up = callers(np.random.default_rng(1), n=500)
    waits = np.round(waits)  # ties
    found, other = kaplan_meier(waits, gave_up), SurvfuncRight(waits, gave_up.astype(int))
    assert found.times_s == pytest.approx(other.surv_times)
    assert found.survival == pytest.approx(other.surv_prob, abs=1e-12)
    inner = other.surv_prob > 0.01
    se = other.surv_prob_se[inner] / other.surv_prob[inner] / -np.log(other.surv_prob[inner])  # of log(-log)
    assert found.lower[inner] == pytest.approx(other.surv_prob[inner] ** np.exp(1.6448536 * se), abs=1e-6)
    assert found.upper[inner] == pytest.approx(other.surv_prob[inner] ** np.exp(-1.6448536 * se), abs=1e-6)


def test_the_survival_of_a_handful_by_hand():
    curve = kaplan_meier([1, 2, 2, 3, 4], [True, True, False, False, True])
    assert curve.times_s.tolist() == [1, 2, 4]
    assert curve.survival == pytest.approx([4 / 5, 4 / 5 * 3 / 4, 0])
    assert curve.at(0.5) == (1.0, 1.0, 1.0)
    assert math.isnan(curve.at(5.0)[0])


def test_the_band_covers_as_often_as_stated():
    rng, n, covered = np.random.default_rng(2), 400, 0
    truth = math.exp(-((100 / 300) ** 1.6))
    for _ in range(n):
        _, lower, upper = kaplan_meier(*callers(rng, n=300)).at(100.0)
        covered += lower <= truth <= upper
    assert abs(covered / n - 0.90) <= 3 * math.sqrt(0.09 / n)


@pytest.mark.parametrize("law", list(Law))
def test_the_fit_agrees_with_another_package(law):
    waits, gave_up = callers(np.random.default_rng(3), offered_s=200.0)
    waits, gave_up = waits[waits > 0], gave_up[waits > 0]
    (found,) = [fit for fit in caller_patience(waits, gave_up, at_once_s=0.0).laws if fit.law is law]
    data = CensoredData(uncensored=waits[gave_up], right=waits[~gave_up])
    fixed = {"f0": 1.0} if law is Law.EXPONENTIAL else {}
    shape, _, scale = weibull_min.fit(data, floc=0, **fixed)
    assert found.shape == pytest.approx(shape, rel=2e-3)
    assert found.scale_s == pytest.approx(scale, rel=2e-3)
    log_likelihood = weibull_min.logpdf(waits[gave_up], shape, 0, scale).sum()
    log_likelihood += weibull_min.logsf(waits[~gave_up], shape, 0, scale).sum()
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=0.05)


def test_patience_shape_and_balking_are_recovered_with_honest_intervals():
    rng, n = np.random.default_rng(4), 150
    mean = 300.0 * math.gamma(1 + 1 / 1.6)
    inside, found = np.zeros(3), []
    for _ in range(n):
        told = caller_patience(*callers(rng, n=2500, balking=0.06))
        best, balking = told.best, told.balking
        assert best.law is Law.WEIBULL
        inside += [
            best.lower_s <= mean <= best.upper_s,
            best.shape_lower <= 1.6 <= best.shape_upper,
            balking.lower <= 0.06 <= balking.upper,
        ]
        found.append([best.patience_s, best.shape, balking.share])
    se = np.std(found, axis=0, ddof=1) / math.sqrt(n)
    assert (4 * se <= [12, 0.05, 0.005]).all()
    assert (np.abs(np.mean(found, axis=0) - [mean, 1.6, 0.06]) <= 4 * se + [3, 0.01, 0]).all()
    assert (np.abs(inside / n - 0.90) <= 3 * math.sqrt(0.09 / n)).all()


def test_truncation_on_the_left_leaves_the_law_where_it_is():
    waits, gave_up = callers(np.random.default_rng(5), n=60_000)
    near, far = (caller_patience(waits, gave_up, at_once_s=cut).best for cut in (0.0, 30.0))
    assert far.lower_s < near.patience_s < far.upper_s
    assert far.shape_lower < near.shape < far.shape_upper


def test_exponential_callers_need_no_shape():
    told = caller_patience(*callers(np.random.default_rng(6), n=20_000, shape=1.0), at_once_s=0.0)
    weibull = next(fit for fit in told.laws if fit.law is Law.WEIBULL)
    assert weibull.shape_lower < 1.0 < weibull.shape_upper
    assert told.best.distance < 0.1


def test_balking_by_the_exact_binomial():
    found = balking_share(0, 20, at_once_s=1.0)
    assert (found.share, found.lower) == (0.0, 0.0)
    assert (1 - found.upper) ** 20 == pytest.approx(0.05)
    with pytest.raises(ValueError, match="nobody had to wait"):
        balking_share(0, 0, at_once_s=1.0)


def test_totals_bound_the_balking_that_single_calls_show():
    waits, gave_up = callers(np.random.default_rng(8), n=20_000, balking=0.1)
    short = int((gave_up & (waits <= 2.0)).sum())
    within = int((~gave_up & (waits <= 10.0)).sum())
    lower, upper = balking_from_totals(waits.size, within, short)
    assert lower < caller_patience(waits, gave_up, at_once_s=2.0).balking.share < upper
    assert lower == pytest.approx(short / waits.size, abs=0.005)  # against all calls
    assert upper - lower < 0.08
    assert balking_from_totals(50, 50, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="exceed offered 10"):
        balking_from_totals(10, 8, 3)


@pytest.mark.parametrize(
    ("waits", "gave_up", "named"),
    [
        ([1.0, -2.0], [True, False], "wait_s of call 1 is -2.0"),
        ([1.0, math.inf], [True, False], "wait_s of call 1 is inf"),
        ([1.0], [True, False], "one value a call"),
        ([], [], "one value a call"),
        ([5.0] * 60, [True] * 29 + [False] * 31, "29 callers gave up"),
    ],
)
def test_bad_calls_are_named(waits, gave_up, named):
    with pytest.raises(ValueError, match=named):
        caller_patience(waits, gave_up)
    assert caller_patience([5.0, 6.0] * 30, [True] * 30 + [False] * 30).best.abandoned == 30


@needs(FEBRUARY)
def test_the_february_of_the_anonymous_bank():
    with gzip.open(FEBRUARY, "rt") as file:
        rows = [line.rstrip("\n").split(",") for line in file][1:]
    calls = [row for row in rows if row[7] != "PHANTOM"]
    waits, gave_up = np.array([float(row[5]) for row in calls]), np.array([row[7] == "HANG" for row in calls])
    assert waits[gave_up].mean() == pytest.approx(44, abs=0.5)  # what must not be taken for patience
    total = estimate_patience(waits[~gave_up].sum(), waits[gave_up].sum(), int(gave_up.sum()))
    assert total.patience_s == pytest.approx(232, abs=1)
    told = caller_patience(waits, gave_up)
    survival, lower, upper = told.survival.at(600.0)
    assert survival == pytest.approx(0.25, abs=0.005)
    assert lower < survival < upper
    assert math.exp(-600 / total.patience_s) < lower  # exponential patience is refuted
    assert told.best.law is Law.WEIBULL
    assert told.best.shape_upper < 1.0
