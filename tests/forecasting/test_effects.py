"""Events of hours: learned from what the baseline leaves, shrunk, told apart by queue, or replaced by the planner."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import effects, scores
from forecasting.calendar import LocalGrid
from forecasting.demand import forecast
from forecasting.events import Event, occurrences
from forecasting.events import mask as mask_of
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import LONDON, assert_mean, synthetic_history, true_means

ZONE = ZoneInfo("Europe/London")
FIRST = date(2023, 1, 2)
START = LONDON.midnight(FIRST)
TRUTH = 1.6
PER_INTERVAL, HOURS = 8.0, 6
PRIOR_CALLS = 4.0  # 1 / 0.5**2, the prior's standard deviation


def event(day: date, hour: int = 15, hours: float = HOURS, rule: str | None = None, **more) -> Event:
    start = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)
    end = (start.astimezone(UTC) + timedelta(hours=hours)).astimezone(ZONE)
    return Event("match", start, end, rule, **more)


def grid_of(weeks: int) -> LocalGrid:
    end = LONDON.midnight(FIRST + timedelta(weeks=weeks))
    return LONDON.grid(START, 900, int((end - START).total_seconds()) // 900)


def within(found: Event, grid: LocalGrid) -> np.ndarray:
    return mask_of(occurrences([found], START, START + timedelta(weeks=60), "Europe/London"), grid)


def learned(k: int, day_variance: float, seed: int) -> effects.Learned:
    """What is learned of ``k`` weekly occurrences of a known effect, under gamma day factors."""
    grid = grid_of(16)
    matches = event(date(2023, 1, 14), rule=f"FREQ=WEEKLY;COUNT={k}")
    inside = within(matches, grid)
    rng = np.random.default_rng(seed)
    day = (grid.dates - grid.dates[0]).astype(np.int64)
    factor = rng.gamma(1 / day_variance, day_variance, day[-1] + 1) if day_variance else np.ones(day[-1] + 1)
    baseline = np.full(grid.dates.size, PER_INTERVAL)
    calls = rng.poisson(baseline * factor[day] * np.where(inside, TRUTH, 1.0)).astype(float)
    found = occurrences([matches], START, START + timedelta(weeks=30), "Europe/London")
    result = effects.learn(found, calls, baseline, ~inside, day_variance, grid)
    assert result is not None
    assert result.n_occurrences == k
    return result


@pytest.mark.parametrize("day_variance", [0.0, 0.15**2])
def test_the_effect_is_learned_near_its_shrunk_expectation_and_nearer_when_seen_more_often(day_variance):
    errors = []
    for k in (1, 4, 12):
        expected_calls = k * PER_INTERVAL * 4 * HOURS
        weight = 1 / (1 + day_variance * PER_INTERVAL * 4 * HOURS)
        shrunk = (PRIOR_CALLS + TRUTH * weight * expected_calls) / (PRIOR_CALLS + weight * expected_calls)
        found = [learned(k, day_variance, seed).multiplier for seed in range(60)]
        assert_mean(found, shrunk, detectable=0.15)
        errors.append(float(np.std(found)))
        assert TRUTH - shrunk < 0.07
    assert errors[0] > 1.5 * errors[1] > 2 * errors[2]


@pytest.mark.parametrize("day_variance", [0.0, 0.15**2])
def test_the_interval_of_an_effect_covers_it_as_often_as_it_says(day_variance):
    results = [learned(k, day_variance, seed) for k in (3, 9) for seed in range(100)]
    share = np.mean([result.lower <= TRUTH <= result.upper for result in results])
    assert share == pytest.approx(0.8, abs=3 * (0.8 * 0.2 / 200) ** 0.5)  # of 200: three standard errors are 8.5 points


def test_the_curve_follows_the_hours_and_keeps_the_sum():
    grid = grid_of(16)
    matches = event(date(2023, 1, 14), rule="FREQ=WEEKLY;COUNT=10")
    found = occurrences([matches], START, START + timedelta(weeks=30), "Europe/London")
    inside = within(matches, grid)
    late = inside & (grid.slots >= 4 * 19)  # the last two of six hours
    baseline = np.full(grid.dates.size, 20.0)
    calls = np.random.default_rng(3).poisson(baseline * np.where(late, 3.0, 1.0)).astype(float)
    result = effects.learn(found, calls, baseline, ~inside, 0.0, grid)
    assert result is not None
    assert result.multiplier == pytest.approx((4 + 2 * 3) / 6, rel=0.03)
    assert (result.multiplier * result.curve)[:4] == pytest.approx(1.0, abs=0.15)
    assert (result.multiplier * result.curve)[4:] == pytest.approx(3.0, abs=0.3)
    bent = effects.apply(baseline, found, result, grid)
    assert bent[inside].sum() == pytest.approx(result.multiplier * baseline[inside].sum())
    assert (bent[~inside] == baseline[~inside]).all()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 16 * 7 - 4),
    st.integers(0, 23),
    st.floats(0.25, 70.0),
    st.floats(0.01, 20.0),
    st.lists(st.floats(0.1, 5.0), min_size=1, max_size=80),
)
def test_a_planners_value_holds_exactly_on_its_span_and_nowhere_else(day, hour, hours, multiplier, curve):
    grid = grid_of(16)
    fair = event(FIRST + timedelta(days=day), hour, round(4 * hours) / 4, multiplier=multiplier)
    found = occurrences([fair], START, START + timedelta(weeks=30), "Europe/London")
    mean, _ = true_means(LONDON, FIRST, 16, per_day=700.0)
    known = effects.Learned(3, 1.5, 1.2, 1.8, np.array(curve))
    bent = effects.apply(mean, found, known, grid)
    inside = within(fair, grid)
    assert inside.any()
    assert bent[inside].sum() == pytest.approx(multiplier * mean[inside].sum())
    assert (bent[~inside] == mean[~inside]).all()


def test_an_effect_without_observed_hours_is_none():
    grid = grid_of(2)
    found = occurrences([event(date(2023, 1, 14))], START, START + timedelta(weeks=2), "Europe/London")
    nothing, some = np.zeros(grid.dates.size), np.full(grid.dates.size, 3.0)
    every = np.ones(grid.dates.size, dtype=bool)
    assert effects.learn(found, some * np.nan, some, every, 0.0, grid) is None
    assert effects.learn(found, some, nothing, every, 0.0, grid) is None
    assert effects.learn([], some, some, every, 0.0, grid) is None


# --- in whole forecasts


def history_with(found: Event, weeks: int, effect: float, seed: int, per_day: float = 900.0, first: date = FIRST):
    """Poisson calls with ``effect`` in the hours of ``found``, and the truth of these weeks and two more."""
    means, _ = true_means(LONDON, first, weeks + 2, per_day=per_day)
    start = LONDON.midnight(first)
    grid = LONDON.grid(start, 900, means.size)
    inside = mask_of(occurrences([found], start, start + timedelta(weeks=weeks + 3), "Europe/London"), grid)
    means = means * np.where(inside, effect, 1.0)
    n = int((LONDON.midnight(first + timedelta(weeks=weeks)) - start).total_seconds()) // 900
    calls = np.random.default_rng(seed).poisson(means[:n]).astype(float)
    return IntervalSeries(start, 900, calls), means[n:], inside[n:]


@pytest.mark.parametrize(
    ("first", "matches"),
    [
        (FIRST, event(date(2023, 2, 4), 20, 10, "FREQ=WEEKLY;INTERVAL=2")),  # across midnight
        # Across midnight into the day of the spring clock change, which is the last night ahead.
        (date(2022, 12, 5), event(date(2023, 1, 28), 20, 10, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA")),
        (date(2023, 7, 3), event(date(2023, 8, 5), 20, 11, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA")),  # autumn
    ],
)
def test_events_across_midnight_and_clock_changes_are_forecast(first, matches):
    series, truth, inside = history_with(matches, 15, 2.0, seed=4, first=first, per_day=2000.0)
    made = forecast({"999": series}, LONDON, weeks=2, n_paths=2, seed=1, events=[matches])
    assert inside.any()
    ahead, truth, inside = made.mean[0], truth[: made.intervals], inside[: made.intervals]
    assert scores.wape(truth[inside], ahead[inside]) < 0.09
    assert scores.wape(truth[~inside], ahead[~inside]) < 0.05
    [effect] = made.effects
    # Nights are smoothed into their neighbours: the baseline of few free ones is known to some hundredths.
    assert effect.learned == pytest.approx(2.0, abs=0.1)
    assert not made.cleaning


def test_an_event_of_one_queue_leaves_the_other_bit_for_bit():
    history = synthetic_history(16, seed=2, correlation=0.6)
    ahead = event(date(2023, 4, 26), multiplier=3.0, queues=("999",))
    matches = event(date(2023, 2, 4), rule="FREQ=WEEKLY;INTERVAL=2", queues=("999",))
    plain, planned, learned_too = (
        forecast(history, LONDON, weeks=1, n_paths=30, seed=1, events=events) for events in ([], [ahead], [matches])
    )
    other, own = plain.queues.index("101"), plain.queues.index("999")
    for made in (planned, learned_too):
        assert (made.mean[other] == plain.mean[other]).all()
        assert (made.mean[own] != plain.mean[own]).any()
        assert {effect.queue for effect in made.effects} == {"999"}
    # Draws are common: what a planner adds to one queue ahead changes that queue's hours and nothing else.
    assert (planned.paths[:, other] == plain.paths[:, other]).all()
    inside = planned.mean[own] != plain.mean[own]
    assert inside.sum() == 4 * HOURS
    assert planned.mean[own, inside].sum() == pytest.approx(3 * plain.mean[own, inside].sum())


def test_an_event_of_every_week_is_part_of_the_usual_week():
    """Nothing but its calls tells what a Saturday is: left to the event, it would be closed."""
    series = synthetic_history(20, seed=1, per_day=(900.0,))["999"]
    market = event(date(2023, 1, 7), rule="FREQ=WEEKLY")
    plain = forecast({"999": series}, LONDON, weeks=1, n_paths=2, seed=1)
    made = forecast({"999": series}, LONDON, weeks=1, n_paths=2, seed=1, events=[market])
    assert (made.mean == plain.mean).all()
    assert (made.effects[0].n_occurrences, made.effects[0].learned, made.effects[0].applied) == (0, None, 1.0)
    assert any("no week of the history is free of match" in note for note in made.notes)
    every_hour = event(FIRST, 0, 24, "FREQ=DAILY")
    assert (forecast({"999": series}, LONDON, weeks=1, n_paths=2, seed=1, events=[every_hour]).mean == plain.mean).all()
    # From the second week on, the first one tells what Saturdays are without.
    later = event(date(2023, 1, 14), rule="FREQ=WEEKLY")
    told = forecast({"999": series}, LONDON, weeks=1, n_paths=2, seed=1, events=[later])
    assert told.effects[0].n_occurrences == 19
    assert scores.wape(plain.mean[0], told.mean[0]) < 0.04


def test_an_event_too_short_for_the_intervals_says_that_it_changes_nothing():
    series = synthetic_history(6, seed=1, per_day=(900.0,))["999"]
    hourly = IntervalSeries(series.start, 3600, series.values[: series.values.size // 4 * 4].reshape(-1, 4).sum(axis=1))
    brief = event(date(2023, 2, 15), hours=0.5, multiplier=2.0)
    plain = forecast({"999": hourly}, LONDON, weeks=1, n_paths=2, seed=1)
    made = forecast({"999": hourly}, LONDON, weeks=1, n_paths=2, seed=1, events=[brief])
    assert (made.mean == plain.mean).all()
    assert any("match fills half of no interval of 3600 s" in note for note in made.notes)
    longer = event(date(2023, 2, 15), hours=0.75, multiplier=2.0)
    moved = forecast({"999": hourly}, LONDON, weeks=1, n_paths=2, seed=1, events=[longer])
    assert ((moved.mean / plain.mean).round(9) == 2).sum() == 1


# --- what is tagged is not learned from


def test_a_tagged_day_of_three_times_the_calls_changes_nothing_an_untagged_one_does():
    series = synthetic_history(16, seed=6, per_day=(900.0,), day_cv=0.05)["999"]
    wild = date(2023, 4, 12)
    grid = LONDON.grid(series.start, 900, series.values.size)
    values = np.where(grid.dates == np.datetime64(wild), 3 * series.values, series.values)
    busy = IntervalSeries(series.start, 900, values)
    tag = Event(
        "incident", datetime.combine(wild, datetime.min.time(), ZONE), datetime(2023, 4, 13, tzinfo=ZONE),
        is_excluded=True,
    )  # fmt: skip
    options = {"weeks": 2, "n_paths": 2, "seed": 1}
    without = forecast({"999": series}, LONDON, **options)
    tagged = forecast({"999": busy}, LONDON, **options, events=[tag])
    untagged = forecast({"999": busy}, LONDON, **options, cleaning=False)
    change = [abs(scores.bias(without.mean[0], made.mean[0])) for made in (tagged, untagged)]
    assert change[0] < 0.01 < change[1]
    # Bit for bit: what happened in the tagged hours is never looked at.
    assert (tagged.mean == forecast({"999": series}, LONDON, **options, events=[tag]).mean).all()
    assert [note.reason for note in tagged.cleaning] == ["tagged incident: not learned from"]
    # Cleaning finds such a day by itself.
    cleaned = forecast({"999": busy}, LONDON, **options)
    assert abs(scores.bias(without.mean[0], cleaned.mean[0])) < 0.01
