"""Regressors of the daily level: seasons and partners' feeds, learned, replaced, late, and never from the future."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import scores
from forecasting.covariates import Covariate, covariate
from forecasting.demand import forecast
from forecasting.events import Event, occurrences
from forecasting.features import day_features, season_regressor
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import LONDON, synthetic_history, true_means

ZONE = ZoneInfo("Europe/London")
FIRST = date(2023, 1, 2)
LONG_AGO = datetime(2022, 1, 1, tzinfo=UTC)


def feed_of(name: str, first: date, values: np.ndarray, issued: datetime = LONG_AGO) -> Covariate:
    return covariate(name, [(first + timedelta(days=k), float(v), issued) for k, v in enumerate(values)])


def dates_from(first: date, days: int) -> np.ndarray:
    return np.arange(np.datetime64(first), np.datetime64(first) + days)


def calls_with(by_day: np.ndarray, *, seed: int, per_day: float = 900.0) -> tuple[np.ndarray, np.ndarray]:
    """Calls and their expectation, (intervals,), of whole weeks whose days are ``by_day`` (days,) times the usual."""
    means, day = true_means(LONDON, FIRST, by_day.size // 7, per_day=per_day)
    means = means * by_day[day]
    return np.random.default_rng(seed).poisson(means).astype(float), means


def cut(values: np.ndarray, weeks: int) -> IntervalSeries:
    start, end = LONDON.midnight(FIRST), LONDON.midnight(FIRST + timedelta(weeks=weeks))
    return IntervalSeries(start, 900, values[: (end - start) // timedelta(minutes=15)])


# --- seasons


def test_a_season_is_the_share_of_each_day_inside_it():
    fair = Event("fair", datetime(2024, 3, 30, 18, tzinfo=ZONE), datetime(2024, 4, 3, 6, tzinfo=ZONE))
    found = occurrences([fair], LONG_AGO, datetime(2025, 1, 1, tzinfo=UTC), "Europe/London")
    days, _ = day_features(dates_from(date(2024, 3, 29), 7), LONDON, LONG_AGO, found)
    share = days.values[:, days.names.index(season_regressor("fair"))]
    # The spring clock change takes an hour of the second day and nothing of its share.
    assert share == pytest.approx([0, 6 / 24, 1, 1, 1, 6 / 24, 0])


def test_no_event_can_take_the_name_of_another_regressor():
    name = "first_working_day_after_holiday"
    fair = Event(name, datetime(2024, 2, 5, tzinfo=ZONE), datetime(2024, 2, 10, tzinfo=ZONE))
    found = occurrences([fair], LONG_AGO, datetime(2025, 1, 1, tzinfo=UTC), "Europe/London")
    days, _ = day_features(dates_from(date(2024, 2, 1), 14), LONDON, LONG_AGO, found)
    assert len(set(days.names)) == len(days.names)
    assert days.values[:, days.names.index(season_regressor(name))].sum() == 5


def seasonal_forecast(effect: float, multiplier: float | None = None, seed: int = 1):
    """Forty weeks with three fairs of ten days, the third one begins with the horizon."""
    by_day = np.ones(42 * 7)
    events = []
    for first in (8 * 7, 22 * 7, 40 * 7):
        by_day[first : first + 10] = effect
        start = datetime.combine(FIRST + timedelta(days=first), datetime.min.time(), ZONE)
        own = multiplier if first == 40 * 7 else None
        events.append(Event("fair", start, start + timedelta(days=10), multiplier=own))
    calls, truth = calls_with(by_day, seed=seed)
    made = forecast({"999": cut(calls, 40)}, LONDON, weeks=2, n_paths=2, seed=1, events=events)
    return made, truth[-made.intervals :]


def test_a_season_is_learned_and_comes_back():
    made, truth = seasonal_forecast(1.3)
    [effect] = made.effects
    assert (effect.n_occurrences, effect.applied) == (2, effect.learned)
    # log 1.3 = .26 against a prior of standard deviation .15: shrunk, and by little after twenty days of 900 calls.
    assert 1.15 < effect.learned < 1.32
    assert effect.lower < effect.learned < effect.upper
    fair = slice(0, 10 * 96)
    assert abs(scores.bias(truth[fair], made.mean[0, fair])) < 0.09
    assert not made.cleaning, "fairs are days to learn from, however far from others"
    without, _ = seasonal_forecast(1.0)
    assert without.effects[0].learned == pytest.approx(1.0, abs=0.04)


def test_the_planners_value_replaces_what_was_learned_and_nothing_else():
    learned, _ = seasonal_forecast(1.3)
    planned, _ = seasonal_forecast(1.3, multiplier=1.5)
    assert planned.effects[0].learned == learned.effects[0].learned
    assert (planned.effects[0].planner, planned.effects[0].applied) == (1.5, 1.5)
    ratio = planned.mean[0] / learned.mean[0]
    assert ratio[: 10 * 96] == pytest.approx(1.5 / learned.effects[0].learned)
    assert (ratio[10 * 96 :] == 1).all()


def test_seasons_of_one_name_keep_their_own_values():
    series = synthetic_history(8, seed=2, per_day=(600.0,))["999"]
    start = datetime.combine(FIRST + timedelta(weeks=8), datetime.min.time(), ZONE)

    def fair(day: int, multiplier: float | None) -> Event:
        first = start + timedelta(days=day)
        return Event("fair", first, first + timedelta(days=4), multiplier=multiplier)

    options = {"weeks": 2, "n_paths": 2, "seed": 1}
    plain = forecast({"999": series}, LONDON, **options)
    events = [fair(0, 1.5), fair(5, None), fair(10, 3.0), fair(10, 3.0)]
    made = forecast({"999": series}, LONDON, **options, events=events)
    by_day = (made.mean[0] / plain.mean[0]).reshape(14, 96).mean(axis=1)
    assert by_day == pytest.approx([1.5] * 4 + [1] * 6 + [3] * 4, rel=1e-3)


# --- feeds


@pytest.fixture(scope="module")
def rainy():
    """A year's half in which a standard deviation of rain takes a tenth of the calls away."""
    rain = np.random.default_rng(9).normal(5, 2, 28 * 7)
    calls, truth = calls_with(np.exp(-0.1 * (rain - 5) / 2), seed=9)
    return rain, cut(calls, 26), truth


def test_a_feed_that_tells_improves_the_forecast(rainy):
    rain, history, truth = rainy
    plain = forecast({"999": history}, LONDON, weeks=2, n_paths=2, seed=1)
    told = forecast({"999": history}, LONDON, weeks=2, n_paths=2, seed=1, covariates=[feed_of("rain", FIRST, rain)])
    actual = truth[-told.intervals :]
    # Days differ by 10%: without the feed that is lost, with it most comes back.
    assert scores.wape(actual, told.mean[0]) < 0.7 * scores.wape(actual, plain.mean[0])
    assert not any("rain" in note for note in told.notes)


@pytest.mark.parametrize(
    ("values", "issued", "words"),
    [
        (slice(0, 26 * 7), LONG_AGO, "covariate rain is late: no value from 2023-07-03 on .* 14 of 14 days ahead"),
        (slice(0, 28 * 7), datetime(2023, 7, 2, 23, 0, 1, tzinfo=UTC), "0 days of it were known"),
        (slice(0, 0), LONG_AGO, "0 days of it were known"),
    ],
)
def test_a_feed_that_is_late_or_empty_leaves_the_forecast_as_without_it(rainy, values, issued, words):
    rain, history, _ = rainy
    plain = forecast({"999": history}, LONDON, weeks=2, n_paths=20, seed=1)
    late = forecast(
        {"999": history}, LONDON, weeks=2, n_paths=20, seed=1,
        covariates=[feed_of("rain", FIRST, rain[values], issued)],
    )  # fmt: skip
    assert (late.mean == plain.mean).all()
    assert (late.paths == plain.paths).all()
    [note] = [note for note in late.notes if "rain" in note]
    assert re.search(words, note)


def test_a_feed_known_for_some_days_ahead_says_for_which(rainy):
    rain, history, _ = rainy
    some = forecast(
        {"999": history}, LONDON, weeks=2, n_paths=2, seed=1, covariates=[feed_of("rain", FIRST, rain[: 27 * 7])]
    )
    whole = forecast({"999": history}, LONDON, weeks=2, n_paths=2, seed=1, covariates=[feed_of("rain", FIRST, rain)])
    assert (some.mean[0, : 7 * 96] == whole.mean[0, : 7 * 96]).all()
    assert any("no value from 2023-07-10 on" in note and "7 of 14 days" in note for note in some.notes)
    plain = forecast({"999": history}, LONDON, weeks=2, n_paths=2, seed=1)
    assert scores.wape(plain.mean[0, 7 * 96 :], some.mean[0, 7 * 96 :]) < 0.03


@pytest.mark.parametrize("weeks_later", [0, 1, 3])
def test_a_feed_is_late_from_the_end_of_the_history_on_whenever_the_forecast_is_made(rainy, weeks_later):
    rain, history, _ = rainy
    made = forecast(
        {"999": history}, LONDON, weeks=2, n_paths=2, seed=1, known_by=history.end + timedelta(weeks=weeks_later),
        covariates=[feed_of("rain", FIRST, rain[: 26 * 7 + 3])],
    )  # fmt: skip
    [note] = [note for note in made.notes if "rain" in note]
    assert "no value from 2023-07-06 on" in note
    assert "11 of 14 days ahead" in note


def test_a_feed_that_never_varies_is_left_out(rainy):
    _, history, _ = rainy
    flat = feed_of("rain", FIRST, np.full(28 * 7, 0.1))
    plain = forecast({"999": history}, LONDON, weeks=2, n_paths=2, seed=1)
    made = forecast({"999": history}, LONDON, weeks=2, n_paths=2, seed=1, covariates=[flat])
    assert (made.mean == plain.mean).all()
    assert any("rain" in note and "that vary" in note for note in made.notes)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8 * 7 - 1), st.floats(-1e3, 1e3), st.integers(1, 10**6)),
        unique_by=lambda row: (row[0], row[2]), max_size=30,
    )
)  # fmt: skip
def test_what_is_issued_after_the_origin_never_matters(later):
    history = synthetic_history(6, seed=3, per_day=(300.0,))["999"]
    rain = np.random.default_rng(2).normal(size=8 * 7)
    known = [(FIRST + timedelta(days=k), float(v), LONG_AGO) for k, v in enumerate(rain)]
    after = [(FIRST + timedelta(days=k), v, history.end + timedelta(seconds=s)) for k, v, s in later]
    made = [
        forecast({"999": history}, LONDON, weeks=1, n_paths=3, seed=1, covariates=[covariate("rain", rows)])
        for rows in (known, known + after)
    ]
    assert (made[0].mean == made[1].mean).all()
    assert (made[0].paths == made[1].paths).all()
    assert made[0].notes == made[1].notes
