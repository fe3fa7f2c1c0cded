"""Laws of whole forecasts, and the members of the ensemble: waves on short histories, trees on request."""

import builtins
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import scores
from forecasting.days import fold
from forecasting.demand import forecast
from forecasting.errors import ForecastingError
from forecasting.forecast import Forecast
from forecasting.models import boosted, interval_glm
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import LONDON, synthetic_history, true_means

FIRST = date(2023, 1, 2)
LEVELS = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)


def scaled(history: dict[str, IntervalSeries], factor: float) -> dict[str, IntervalSeries]:
    return {queue: IntervalSeries(s.start, s.interval_s, factor * s.values) for queue, s in history.items()}


@pytest.fixture(scope="module")
def made() -> Forecast:
    """Thirteen weeks over the autumn clock change, from the middle of a day on."""
    history = synthetic_history(34, seed=1, day_cv=0.12, correlation=0.5)
    cut = LONDON.midnight(date(2023, 8, 16)) + timedelta(hours=13, minutes=15)
    return forecast({q: s.until(cut) for q, s in history.items()}, LONDON, weeks=13, n_paths=300, seed=1)


# --- laws


def test_paths_are_counts_around_the_mean(made):
    assert made.paths.dtype == np.int32
    assert made.paths.min() >= 0
    assert np.isfinite(made.mean).all()
    for queue in range(2):
        by_week = made.paths[:, queue, : 13 * 672].reshape(-1, 13, 672).sum(axis=-1)
        means = made.mean[queue, : 13 * 672].reshape(13, 672).sum(axis=-1)
        standard_error = by_week.std(axis=0) / by_week.shape[0] ** 0.5
        assert (np.abs(by_week.mean(axis=0) - means) < 4.5 * standard_error).all()
        assert (standard_error < 0.01 * means).all(), "an error of 4% would be seen"


@pytest.mark.parametrize("grain", ["15min", "hour", "day", "week"])
def test_quantiles_are_ordered_and_sums_add_up(made, grain):
    sums = made.aggregate(grain)
    quantiles = sums.quantiles(LEVELS)
    assert (np.diff(quantiles, axis=0) >= 0).all()
    assert (quantiles[0] == sums.paths.min(axis=0)).all()
    assert (quantiles[-1] == sums.paths.max(axis=0)).all()
    assert sums.mean.sum(axis=-1) == pytest.approx(made.mean.sum(axis=-1))
    assert (sums.paths.sum(axis=-1) == made.paths.sum(axis=-1)).all()


def test_finer_sums_make_up_coarser_ones(made):
    fine, coarse = ("15min", "hour", "day"), ("hour", "day", "week")
    for finer, coarser in zip(map(made.aggregate, fine), map(made.aggregate, coarse), strict=True):
        first_s = np.array([start.timestamp() for start in finer.starts])
        edges = np.searchsorted(first_s, [start.timestamp() for start in coarser.starts])
        assert (np.add.reduceat(finer.paths, edges, axis=-1) == coarser.paths).all()
    hours = [
        (end - start) / timedelta(hours=1)
        for start, end in zip(made.aggregate("day").starts, made.aggregate("day").ends, strict=True)
    ]
    assert hours[1:-1].count(25.0) == 1
    assert hours[1:-1].count(24.0) == len(hours) - 3
    assert hours[0] + hours[-1] == 24


def test_thirteen_weeks_know_less_than_one(made):
    first, last = slice(0, 672), slice(-672, None)
    for queue in range(2):
        assert made.rate_cv[queue, last].mean() >= made.rate_cv[queue, first].mean()


@pytest.mark.parametrize("weeks", [3, 12, 30])
@pytest.mark.parametrize("factor", [2, 5])
def test_more_of_the_same_calls_more_of_the_same(weeks, factor):
    history = synthetic_history(weeks, seed=3, per_day=(700.0,), day_cv=0.08)
    base, more = (forecast(h, LONDON, weeks=2, n_paths=2, seed=1) for h in (history, scaled(history, factor)))
    # Shrinkage and the width of kernels follow the number of calls: about, not exactly.
    assert more.mean.sum() == pytest.approx(factor * base.mean.sum(), rel=0.02)
    assert scores.wape(factor * base.mean[0], more.mean[0]) < 0.06


@settings(max_examples=4, deadline=None)
@given(st.permutations(["999", "101", "switchboard"]), st.integers(0, 2**40))
def test_the_order_of_queues_changes_nothing(order, seed):
    quarters = synthetic_history(4, seed=5, per_day=(300.0, 500.0, 40.0), correlation=0.4)
    history = {q: IntervalSeries(s.start, 3600, s.values.reshape(-1, 4).sum(axis=1)) for q, s in quarters.items()}
    options = {"weeks": 1, "n_paths": 5, "seed": seed}
    first = forecast(history, LONDON, **options)
    again = forecast({queue: history[queue] for queue in order}, LONDON, **options)
    assert (first.paths == again.paths).all()
    assert (first.mean == again.mean).all()
    assert first.notes == again.notes


# --- waves on short histories


def short_table(weeks: int, seed: int, per_day: float, is_open=None):
    means, _ = true_means(LONDON, FIRST, weeks, per_day=per_day)
    grid = LONDON.grid(LONDON.midnight(FIRST), 900, means.size)
    calls = np.random.default_rng(seed).poisson(means).astype(float)
    return fold(calls if is_open is None else np.where(is_open(grid), calls, np.nan), grid, LONDON)


def wave_truth(per_day: float) -> np.ndarray:
    means, _ = true_means(LONDON, FIRST, 1, per_day=per_day)
    return means.reshape(7, 96)


def test_waves_recover_a_shape_from_two_weeks():
    per_day, errors, raw = 400.0, [], []
    truth = wave_truth(per_day)
    for seed in range(6):
        table = short_table(2, seed, per_day)
        fitted = interval_glm.fit(table)
        errors.append(scores.wape(truth.ravel(), fitted.mean.ravel()))
        means = (table.counts[:7] + table.counts[7:]) / 2
        raw.append(scores.wape(truth.ravel(), means.ravel()))
        assert fitted.dispersion < 1.3, "the truth is nearly waves"
        assert fitted.mean.sum() == pytest.approx(truth.sum(), rel=4 / (2 * 7 * per_day) ** 0.5)
    # Two Poisson counts of about four calls: 0.8 / sqrt(8) = 27% by slot means, 25 terms of 5600 calls a third of it.
    assert np.mean(raw) == pytest.approx(0.27, abs=0.03)
    assert np.mean(errors) < np.mean(raw) / 3


def test_waves_are_refused_where_the_week_has_edges():
    def in_office(grid):
        return (grid.weekdays < 5) & (grid.slots >= 36) & (grid.slots < 68)

    table = short_table(6, 1, 1500.0)
    grid = LONDON.grid(LONDON.midnight(FIRST), 900, 6 * 672)
    calls = table.counts.ravel() * np.where(in_office(grid), 1.0, 0.02)
    edged = fold(np.round(calls), grid, LONDON)
    assert interval_glm.fit(edged).dispersion > interval_glm.MAX_DISPERSION
    assert interval_glm.fit(table).dispersion < interval_glm.MAX_DISPERSION
    # Without the member the forecast keeps to the edges.
    made = forecast({"101": IntervalSeries(LONDON.midnight(FIRST), 900, np.round(calls))}, LONDON, weeks=1, n_paths=2,
                    seed=1)  # fmt: skip
    ahead = LONDON.grid(made.start, 900, made.intervals)
    opening = in_office(ahead)
    assert made.mean[0, ~opening].sum() < 0.15 * made.mean.sum()
    # Closed hours that hold no rows at all stay empty.
    closed = np.where(in_office(grid), table.counts.ravel(), np.nan)
    made = forecast({"101": IntervalSeries(LONDON.midnight(FIRST), 900, closed)}, LONDON, weeks=1, n_paths=2, seed=1)
    assert (made.mean[0, ~opening] == 0).all()
    assert (made.mean[0, opening] > 0).all()


@pytest.mark.parametrize(
    ("days", "slots", "is_apt"), [(56, 96, True), (57, 96, False), (20, 24, True), (20, 12, False)]
)
def test_waves_need_a_short_history_of_fine_intervals(days, slots, is_apt):
    interval_s = 86_400 // slots
    grid = LONDON.grid(LONDON.midnight(FIRST), interval_s, days * slots)
    assert interval_glm.is_apt(fold(np.ones(days * slots), grid, LONDON)) == is_apt


# --- boosted trees


def test_trees_without_a_signal_change_next_to_nothing_and_with_one_they_find_it():
    pytest.importorskip("lightgbm")
    means, _ = true_means(LONDON, FIRST, 26, per_day=1500.0)
    grid = LONDON.grid(LONDON.midnight(FIRST), 900, means.size)
    ahead = LONDON.grid(LONDON.midnight(FIRST + timedelta(weeks=26)), 900, 2 * 672)
    usual = means[: 2 * 672]
    calls = np.random.default_rng(1).poisson(means).astype(float)
    same = boosted.fit(calls, means, grid, seed=1).forecast(ahead, usual)
    assert scores.wape(usual, same) < 0.01
    # A first of the month with half as many calls again, which neither weekday nor shape can know.
    first_days = grid.dates.astype("datetime64[M]").astype("datetime64[D]") + np.timedelta64(2, "D") > grid.dates
    bumped = np.random.default_rng(2).poisson(means * np.where(first_days, 1.5, 1.0)).astype(float)
    found = boosted.fit(bumped, means, grid, seed=1)
    later = LONDON.grid(LONDON.midnight(date(2023, 8, 1)), 900, 96)
    assert found.forecast(later, means[:96]).sum() > 1.2 * means[:96].sum()
    again = boosted.fit(bumped, means, grid, seed=1)
    assert (again.forecast(ahead, usual) == found.forecast(ahead, usual)).all()


def test_trees_in_a_forecast_change_little_and_a_short_history_says_that_they_are_not_used():
    pytest.importorskip("lightgbm")
    history = synthetic_history(17, seed=4, per_day=(600.0,), day_cv=0.05)
    options = {"weeks": 1, "n_paths": 2, "seed": 1}
    plain, grown = (forecast(history, LONDON, **options, boosting=boosting) for boosting in (False, True))
    assert (plain.mean != grown.mean).any()
    assert scores.wape(plain.mean[0], grown.mean[0]) < 0.03
    short = {"999": history["999"].until(history["999"].start + timedelta(days=boosted.MIN_DAYS - 2))}
    plain, grown = (forecast(short, LONDON, **options, boosting=boosting) for boosting in (False, True))
    assert (plain.mean == grown.mean).all()
    assert any("boosted trees not used, since history is under 16 weeks" in note for note in grown.notes)


def test_trees_say_clearly_that_their_package_is_absent(monkeypatch):
    found = builtins.__import__

    def without_trees(name, *rest, **more):
        if name == "lightgbm":
            raise ImportError(name)
        return found(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_trees)
    history = synthetic_history(17, seed=4, per_day=(60.0,))
    with pytest.raises(ForecastingError, match="needs the package lightgbm: install the extra 'boosting'"):
        forecast(history, LONDON, weeks=1, n_paths=2, seed=1, boosting=True)
