"""The forecast of a whole history: laws, edges, and statistics against a truth that was put in."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecasting import scores
from forecasting.demand import forecast
from forecasting.errors import ForecastingError, HistoriesDisagree, HistoryTooShort, HorizonInvalid
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import LONDON, assert_mean, synthetic_history, true_means

WEEK = 7 * 96


@pytest.fixture(scope="module")
def history():
    return synthetic_history(30, seed=1, day_cv=0.12, correlation=0.5)


def test_shape_and_grid(history):
    made = forecast(history, LONDON, weeks=2, n_paths=40, seed=1)
    assert made.queues == ("101", "999")
    assert made.start == made.origin == history["999"].end
    assert made.paths.shape == (40, 2, 2 * WEEK)
    assert (made.mean > 0).all()
    assert (made.rate_cv > 0).all()
    assert any("Prophet not used" in note and "30 weeks" in note for note in made.notes)


def test_same_seed_same_paths_whatever_the_order(history):
    first = forecast(history, LONDON, weeks=1, n_paths=20, seed=1)
    again = forecast(dict(reversed(history.items())), LONDON, weeks=1, n_paths=20, seed=1)
    other = forecast(history, LONDON, weeks=1, n_paths=20, seed=2)
    assert (first.paths == again.paths).all()
    assert (first.mean == again.mean).all()
    assert (first.mean == other.mean).all()
    assert (first.paths != other.paths).any()


def test_paths_vary_around_the_mean_as_rate_cv_says(history):
    made = forecast(history, LONDON, weeks=1, n_paths=4000, seed=1)
    for queue in range(2):
        excess = made.paths[:, queue].var(axis=0, ddof=1) - made.mean[queue]
        promised = (made.rate_cv[queue] * made.mean[queue]) ** 2
        assert excess.sum() == pytest.approx(promised.sum(), rel=0.1)
        assert made.paths[:, queue].mean() == pytest.approx(made.mean[queue].mean(), rel=0.01)


def test_progress_runs_from_nothing_to_all(history):
    told: list[float] = []
    forecast(history, LONDON, weeks=1, n_paths=5, seed=1, progress=lambda share, _step: told.append(share))
    assert told[0] == 0
    assert told[-1] == 1
    assert told == sorted(told)


@pytest.mark.parametrize(("first", "intervals"), [(date(2023, 1, 9), 668), (date(2023, 8, 14), 676)])
def test_the_weeks_of_both_clock_changes(first, intervals):
    """Ten weeks of history, then the week whose Sunday changes the clocks; calls follow the wall clock."""
    history = synthetic_history(10, seed=4, first=first, per_day=(2000.0,), day_cv=0.02)
    made = forecast(history, LONDON, weeks=1, n_paths=10, seed=1)
    assert made.intervals == intervals
    assert made.end == LONDON.midnight(first + timedelta(weeks=11))
    truth, _ = true_means(LONDON, first + timedelta(weeks=10), 1, per_day=2000.0)
    sunday = slice(6 * 96 + 16, None)  # after the change
    assert scores.wape(truth, made.mean[0]) < 0.05
    assert scores.wape(truth[sunday], made.mean[0, sunday]) < 0.06
    # The same forecast an hour off, as if it followed UTC, would be far outside.
    assert scores.wape(truth[sunday], np.roll(made.mean[0, sunday], 4)) > 0.08


def test_mean_is_close_to_the_truth_and_closer_than_a_mean_of_four_weeks():
    made = forecast(synthetic_history(40, seed=6, per_day=(600.0,)), LONDON, weeks=2, n_paths=5, seed=1)
    truth, _ = true_means(LONDON, date(2023, 1, 2) + timedelta(weeks=40), 2, per_day=600.0)
    # Four weeks of 6 calls an interval: 0.8 / sqrt(4 * 6) = 16% by Poisson noise alone.
    assert scores.wape(truth[: made.intervals], made.mean[0]) < 0.08


def test_day_factor_is_recovered():
    """A day factor of 12% must come out as a rate_cv of about 12%, plus the level's own error of about 2% of it."""
    found = []
    for seed in range(8):
        history = synthetic_history(60, seed=100 + seed, per_day=(900.0,), day_cv=0.12)
        found.append(float(forecast(history, LONDON, weeks=2, n_paths=2, seed=1).rate_cv.mean()))
    assert_mean(found, 0.1225, detectable=0.02)


def test_without_a_day_factor_almost_none_is_found():
    found = [
        float(
            forecast(
                synthetic_history(40, seed=s, per_day=(900.0,), day_cv=0.0), LONDON, weeks=1, n_paths=2, seed=1
            ).rate_cv.mean()
        )
        for s in range(4)
    ]
    assert np.mean(found) < 0.04


def test_queues_move_together_as_their_days_did():
    found = []
    for seed in range(6):
        history = synthetic_history(50, seed=200 + seed, day_cv=0.15, correlation=0.7)
        days = forecast(history, LONDON, weeks=2, n_paths=600, seed=1).aggregate("day").paths[..., 1:-1]
        found += [float(np.corrcoef(days[:, 0, k], days[:, 1, k])[0, 1]) for k in range(0, days.shape[-1], 6)]
    # Poisson noise of 600 and 900 calls takes the correlation of day totals from .7 to about .66.
    assert abs(np.mean(found) - 0.66) < 0.15


def test_intervals_and_days_are_covered_as_promised():
    by_interval, by_day = [], []
    for seed in range(14):
        whole = synthetic_history(34, seed=300 + seed, per_day=(500.0,), day_cv=0.12)["999"]
        cut = LONDON.midnight(date(2023, 1, 2) + timedelta(weeks=32))
        made = forecast({"999": whole.until(cut)}, LONDON, weeks=2, n_paths=200, seed=seed)
        first = int((cut - whole.start).total_seconds()) // 900
        actual = whole.values[first : first + made.intervals]
        rng = np.random.default_rng(seed)
        by_interval.append(scores.pit_coverage(scores.pit(actual, made.paths[:, 0], rng), 0.8))
        days = made.aggregate("day").paths[:, 0]
        totals = np.add.reduceat(actual, np.arange(0, actual.size, 96))
        by_day.append(scores.pit_coverage(scores.pit(totals, days, rng), 0.8))
    assert_mean(by_interval, 0.8, detectable=0.03)
    assert_mean(by_day, 0.8, detectable=0.15)


def test_prophet_joins_on_long_history_and_stays_silent(capfd):
    history = synthetic_history(80, seed=9, per_day=(500.0,), annual=0.1)
    made = forecast(history, LONDON, weeks=1, n_paths=5, seed=1)
    again = forecast(history, LONDON, weeks=1, n_paths=5, seed=1)
    assert not any("Prophet" in note for note in made.notes)
    assert (made.mean == again.mean).all()
    truth, _ = true_means(LONDON, date(2023, 1, 2) + timedelta(weeks=80), 1, per_day=500.0, annual=0.1)
    assert scores.wape(truth, made.mean[0]) < 0.1
    assert capfd.readouterr() == ("", "")


# --- edges of the input


def test_two_whole_weeks_are_just_enough(history):
    start = history["999"].start
    enough = history["999"].until(start + timedelta(days=14))
    made = forecast({"999": enough}, LONDON, weeks=1, n_paths=50, seed=1)
    assert np.isfinite(made.mean).all()
    assert any("history is too short to forecast its past" in note for note in made.notes)
    short = history["999"].until(start + timedelta(days=14) - timedelta(minutes=15))
    with pytest.raises(HistoryTooShort, match=r"queue 999 has 13\.99 days"):
        forecast({"999": short}, LONDON, weeks=1, seed=1)


def test_a_day_and_nothing_are_too_short(history):
    day = history["999"].until(history["999"].start + timedelta(days=1))
    with pytest.raises(HistoryTooShort, match=r"queue 999 has 1\.00 days"):
        forecast({"999": day}, LONDON, weeks=1, seed=1)
    nothing = IntervalSeries(day.start, 900, np.full(20 * 96, np.nan))
    with pytest.raises(HistoryTooShort, match=r"0\.00 days"):
        forecast({"999": nothing}, LONDON, weeks=1, seed=1)


@pytest.mark.parametrize("value", [0.0, 1.0, 250.0])
def test_constant_series(value):
    series = IntervalSeries(LONDON.midnight(date(2024, 1, 8)), 900, np.full(10 * WEEK, value))
    made = forecast({"999": series}, LONDON, weeks=2, n_paths=50, seed=1)
    assert made.mean == pytest.approx(np.full_like(made.mean, value), rel=0.02)
    assert made.rate_cv.max() < 0.05
    if value == 0:
        assert (made.paths == 0).all()
        assert any("no calls" in note for note in made.notes)


def test_a_silent_queue_leaves_the_other_alone(history):
    silent = IntervalSeries(history["999"].start, 900, np.zeros(history["999"].values.size))
    made = forecast({"999": history["999"], "101": silent}, LONDON, weeks=1, n_paths=50, seed=1)
    alone = forecast({"999": history["999"]}, LONDON, weeks=1, n_paths=50, seed=1)
    assert (made.mean[1] == alone.mean[0]).all()
    assert (made.paths[:, 0] == 0).all()


def test_missing_months_and_starts_that_differ(history):
    values = history["999"].values.copy()
    values[10 * WEEK : 18 * WEEK] = np.nan
    late = IntervalSeries(history["101"].start + timedelta(weeks=20), 900, history["101"].values[20 * WEEK :])
    made = forecast(
        {"999": IntervalSeries(history["999"].start, 900, values), "101": late}, LONDON, weeks=1, n_paths=50, seed=1
    )
    whole = forecast(history, LONDON, weeks=1, n_paths=50, seed=1)
    assert scores.wape(whole.mean, made.mean) < 0.1


def test_missing_last_days_are_stated(history):
    values = history["999"].values.copy()
    values[-3 * 96 :] = np.nan
    made = forecast({"999": IntervalSeries(history["999"].start, 900, values)}, LONDON, weeks=1, n_paths=5, seed=1)
    assert any("the last 3.0 days of history are missing" in note for note in made.notes)


def test_outage_is_reported_and_not_learned(history):
    values = history["999"].values.copy()
    values[-5 * 96 - 50 : -5 * 96] = 0
    made = forecast({"999": IntervalSeries(history["999"].start, 900, values)}, LONDON, weeks=1, n_paths=5, seed=1)
    clean = forecast({"999": history["999"]}, LONDON, weeks=1, n_paths=5, seed=1)
    assert [note.queue for note in made.cleaning] == ["999"]
    assert scores.wape(clean.mean, made.mean) < 0.02


def test_disagreeing_histories_are_refused(history):
    shorter = history["101"].until(history["101"].end - timedelta(minutes=15))
    with pytest.raises(HistoriesDisagree, match="one common end"):
        forecast({"999": history["999"], "101": shorter}, LONDON, weeks=1, seed=1)
    hourly = IntervalSeries(history["101"].start, 3600, history["101"].values.reshape(-1, 4).sum(axis=1))
    with pytest.raises(HistoriesDisagree, match="one common width"):
        forecast({"999": history["999"], "101": hourly}, LONDON, weeks=1, seed=1)
    assert forecast({"101": hourly}, LONDON, weeks=1, n_paths=2, seed=1).intervals == 168


@pytest.mark.parametrize(("weeks", "n_paths"), [(0, 10), (14, 10), (1, 0)])
def test_horizon_outside_its_range(history, weeks, n_paths):
    with pytest.raises(HorizonInvalid, match="expected"):
        forecast(history, LONDON, weeks=weeks, n_paths=n_paths, seed=1)


def test_parts_of_calls_and_no_queue_are_refused(history):
    with pytest.raises(ForecastingError, match="whole calls"):
        forecast({"999": IntervalSeries(history["999"].start, 900, np.full(3000, 0.5))}, LONDON, weeks=1, seed=1)
    with pytest.raises(ForecastingError, match="no queue"):
        forecast({}, LONDON, weeks=1, seed=1)


@settings(max_examples=15, deadline=None)
@given(
    level=st.sampled_from([0.002, 0.05, 1.0, 30.0]),
    days=st.integers(13, 100),
    spoilt=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5), st.sampled_from([np.nan, 0.0, 40.0])), max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
@example(level=0.002, days=79, spoilt=[(0.75, 0.5, 40.0)], seed=0)  # the spread of a few wild weeks is bounded
def test_odd_histories_end_in_a_forecast_or_a_clear_error(level, days, spoilt, seed):
    values = np.random.default_rng(seed).poisson(level, days * 24).astype(float)
    for begin, length, value in spoilt:
        first = int(begin * values.size)
        values[first : first + int(length * values.size)] = value
    history = {"999": IntervalSeries(LONDON.midnight(date(2023, 11, 20)), 3600, values)}
    try:
        made = forecast(history, LONDON, weeks=2, n_paths=20, seed=1)
    except HistoryTooShort:
        made = None
    if made is None:
        seen = {i // 24 for i in np.flatnonzero(~np.isnan(values))}
        assert days - min(seen, default=days) < 15 or len(seen) <= 10
        return
    assert np.isfinite(made.mean).all()
    assert made.rate_cv.max() <= 3**0.5 + 1e-9  # both factors at their bound: (1 + 1) (1 + 1) - 1
    assert made.mean.max() <= 10 * max(np.nanmax(values), 1)  # a trend may rise, but must not run away
