"""Call types whose truth is known, and a real bank's, judged on the week that they did not see."""

import csv
import gzip
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.calendar import Calendar
from forecasting.errors import HistoriesDisagree, HistoryTooShort, HorizonInvalid
from forecasting.handling_mix import mixed_handling_time
from forecasting.handling_time import handling_time
from forecasting.series import IntervalSeries
from tests.forecasting.test_handling_time import DAY, INTERVAL_S, LONDON, START
from tests.shared import DATA, needs

BANK = DATA / "calls/anonymous_bank/calls_february.csv.gz"
SHORT_S, LONG_S = 200.0, 600.0


def two_types(weeks: int, *, seed: int, per_interval: float = 8.0):
    """Short calls by day and long ones by night, more of the long at weekends; and the long ones' share (7, slots)."""
    rng = np.random.default_rng(seed)
    night = 0.5 + 0.4 * np.cos(2 * np.pi * np.arange(DAY) / DAY)
    share = np.array([night * (1.0 if day < 5 else 1.1) for day in range(7)]).clip(0, 0.95)
    long_calls = np.tile(share.ravel(), weeks)
    parts = {}
    for name, mean_s, part in (("long", LONG_S, long_calls), ("short", SHORT_S, 1 - long_calls)):
        calls = rng.poisson(per_interval * part).astype(float)
        seconds = np.where(calls > 0, rng.gamma(np.maximum(calls, 1e-9) / 0.5, mean_s * 0.5), 0.0)
        parts[name] = (IntervalSeries(START, INTERVAL_S, seconds), IntervalSeries(START, INTERVAL_S, calls))
    return parts, share


def end_of(parts) -> datetime:
    return next(iter(parts.values()))[1].end


def mixed(parts, intervals: int = 672):
    return mixed_handling_time(parts, LONDON, start=end_of(parts), intervals=intervals)


def totals(parts):
    handled, answered = (np.sum([part[i].values for part in parts.values()], axis=0) for i in (0, 1))
    return IntervalSeries(START, INTERVAL_S, handled), IntervalSeries(START, INTERVAL_S, answered)


def test_the_mean_follows_the_mix_over_day_and_week():
    parts, share = two_types(8, seed=1)
    truth = (share * LONG_S + (1 - share) * SHORT_S).ravel()
    found = mixed(parts)
    assert np.abs(found.mean_s / truth - 1).mean() < 0.025
    # Means of weekday x slot without types see eight weeks of eight calls each: about 9% off by chance alone.
    handled, answered = totals(parts)
    raw = handled.values.reshape(8, -1).sum(axis=0) / answered.values.reshape(8, -1).sum(axis=0)
    assert np.abs(found.mean_s / truth - 1).mean() < 0.5 * np.abs(raw / truth - 1).mean()


def test_types_and_intervals_add_up_to_the_queue():
    parts, _ = two_types(6, seed=2)
    found = mixed(parts)
    assert sum(level.share for level in found.types) == pytest.approx(1)
    assert sum(level.share * level.mean_s for level in found.types) == pytest.approx(found.overall_s, rel=1e-9)
    handled, answered = totals(parts)
    assert found.overall_s == pytest.approx(handled.values.sum() / answered.values.sum(), rel=0.03)
    # Over the same week of calls that the shares were learned from, with their recency.
    recency = 0.5 ** (np.arange(6 * 672, 0, -1) / DAY / 28)
    weight = (answered.values * recency).reshape(6, 672).sum(axis=0)
    assert np.average(found.mean_s, weights=weight) == pytest.approx(found.overall_s, rel=1e-9)
    whole = handling_time(handled, answered, LONDON, start=answered.end, intervals=672)
    assert (found.overall_s, found.level_cv) == (whole.overall_s, whole.level_cv)


def test_levels_of_types_are_found():
    parts, _ = two_types(6, seed=3)
    levels = {level.name: level for level in mixed(parts).types}
    for name, truth in (("long", LONG_S), ("short", SHORT_S)):
        assert levels[name].mean_s == pytest.approx(truth, rel=0.03)
        assert 0 < levels[name].cv < 0.05
        assert levels[name].n_calls == parts[name][1].values.sum()


def test_one_type_alone_is_the_queue():
    parts, _ = two_types(6, seed=4)
    handled, answered = parts["long"]
    alone = mixed_handling_time({"long": (handled, answered)}, LONDON, start=answered.end, intervals=672)
    whole = handling_time(handled, answered, LONDON, start=answered.end, intervals=672)
    assert alone.mean_s == pytest.approx(whole.mean_s, rel=1e-9)
    assert alone.mean_cv == pytest.approx(whole.mean_cv, rel=1e-9)


@pytest.mark.parametrize(("n_calls", "pooled"), [(29, True), (30, False)])
def test_a_type_with_few_calls_does_not_stand_alone(n_calls, pooled):
    parts, _ = two_types(4, seed=5)
    size = parts["long"][1].values.size
    calls = np.zeros(size)
    calls[:: size // n_calls][:n_calls] = 1
    calls[np.flatnonzero(calls)[n_calls:]] = 0
    parts["rare"] = (IntervalSeries(START, INTERVAL_S, calls * 900), IntervalSeries(START, INTERVAL_S, calls))
    found = mixed(parts)
    level = next(level for level in found.types if level.name == "rare")
    assert (level.n_calls, level.is_pooled) == (n_calls, pooled)
    assert any("take the queue's handling time: rare" in note for note in found.notes) is pooled
    if pooled:
        assert level.mean_s == pytest.approx(found.overall_s, rel=0.02)
    else:
        assert level.mean_s == pytest.approx(900, rel=0.03)


def test_rare_types_are_learned_together():
    parts, _ = two_types(4, seed=6)
    size = parts["long"][1].values.size
    for k, name in enumerate(("rare", "rarer")):
        calls = np.zeros(size)
        calls[k :: size // 20][:20] = 1
        parts[name] = (IntervalSeries(START, INTERVAL_S, calls * 900), IntervalSeries(START, INTERVAL_S, calls))
    found = mixed(parts)
    assert any("learned together: rare, rarer" in note for note in found.notes)
    rare = [level for level in found.types if level.is_pooled]
    assert [level.mean_s for level in rare] == pytest.approx([900, 900], rel=0.03)


def test_a_mis_keyed_interval_is_listed_with_its_type():
    parts, _ = two_types(4, seed=7)
    handled, answered = parts["short"]
    seconds = handled.values.copy()
    seconds[int(np.flatnonzero(answered.values == 1)[3])] = 30_000
    dirty = parts | {"short": (IntervalSeries(START, INTERVAL_S, seconds), answered)}
    found = mixed(dirty)
    assert found.mean_s == pytest.approx(mixed(parts).mean_s, rel=0.003)
    assert [note for note in found.notes if note.startswith("call type short:") and "30000 s for 1 calls" in note]


def test_bad_input_is_named():
    parts, _ = two_types(2, seed=8)
    with pytest.raises(HistoryTooShort, match="no call type"):
        mixed_handling_time({}, LONDON, start=START, intervals=4)
    cut = tuple(series.until(START + timedelta(days=2)) for series in parts["short"])
    with pytest.raises(HistoriesDisagree, match="'short'"):
        mixed(parts | {"short": cut}, 4)
    with pytest.raises(HorizonInvalid, match="intervals is 0"):
        mixed(parts, 0)
    none = IntervalSeries(START, INTERVAL_S, np.zeros(DAY))
    with pytest.raises(HistoryTooShort, match="0 answered calls of 1 call types"):
        mixed_handling_time({"none": (none, none)}, LONDON, start=none.end, intervals=4)


def bank_calls(interval_s: int):
    """Seconds and calls (2, intervals) of each type that the bank's handlers answered in four weeks of February."""
    zone = ZoneInfo("Asia/Jerusalem")
    start = datetime(1999, 2, 1, tzinfo=zone)
    found: dict[str, np.ndarray] = {}
    with gzip.open(BANK, "rt") as file:
        for row in csv.DictReader(file):
            at = int((datetime.fromisoformat(row["queue_local"]).replace(tzinfo=zone) - start).total_seconds())
            if row["outcome"] == "AGENT" and at < 28 * 86_400:
                calls = found.setdefault(row["type"], np.zeros((2, 28 * 86_400 // interval_s)))
                calls[:, at // interval_s] += (float(row["service_s"]), 1)
    return start, found


@needs(BANK)
@pytest.mark.parametrize("interval_s", [900, 1800])
def test_the_mix_beats_the_constant_and_raw_means_on_a_week_unseen(interval_s):
    start, calls = bank_calls(interval_s)
    known = 21 * 86_400 // interval_s
    parts = {
        name: (IntervalSeries(start, interval_s, seconds), IntervalSeries(start, interval_s, counts))
        for name, (seconds, counts) in ((name, values[:, :known]) for name, values in calls.items())
    }
    ahead = 7 * 86_400 // interval_s
    calendar = Calendar("Asia/Jerusalem", None, None)
    end = end_of(parts)
    seconds, counts = np.sum(list(calls.values()), axis=0)
    whole = [IntervalSeries(start, interval_s, values[:known]) for values in (seconds, counts)]
    constant = seconds[:known].sum() / counts[:known].sum()
    weekly = [values[:known].reshape(3, ahead).sum(axis=0) for values in (seconds, counts)]
    means = {
        "mix": mixed_handling_time(parts, calendar, start=end, intervals=ahead).mean_s,
        "time of day": handling_time(*whole, calendar, start=end, intervals=ahead).mean_s,
        "constant": np.full(ahead, constant),
        "weekday x slot": np.where(weekly[1] > 0, weekly[0] / np.maximum(weekly[1], 1), constant),
    }
    # Call-weighted absolute error of the interval's mean, over the handling time of the week.
    error = {
        name: np.abs(seconds[known:] - counts[known:] * mean).sum() / seconds[known:].sum()
        for name, mean in means.items()
    }
    assert error["mix"] < error["time of day"] < error["constant"] < error["weekday x slot"], error


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_was_recorded_the_answer_is_finite(data):
    size = data.draw(st.sampled_from([24, 24 * 8, 24 * 30]))
    seed = data.draw(st.integers(0, 2**32 - 1))
    spread = data.draw(st.sampled_from([0.0, 1.0, 3.0, 8.0]))
    rng = np.random.default_rng(seed)
    parts = {}
    for name in "abc"[: data.draw(st.integers(1, 3))]:
        calls = rng.poisson(data.draw(st.sampled_from([0.01, 0.5, 30.0])), size).astype(float)
        seconds = calls * 300 * np.exp(spread * rng.normal(size=size))
        seconds[rng.random(size) < data.draw(st.sampled_from([0.0, 0.3, 1.0]))] = data.draw(
            st.sampled_from([0.0, np.nan])
        )
        parts[name] = (IntervalSeries(START, 3600, np.minimum(seconds, 1e9)), IntervalSeries(START, 3600, calls))
    try:
        found = [mixed(parts, 30), *(handling_time(*p, LONDON, start=p[1].end, intervals=30) for p in parts.values())]
    except HistoryTooShort:
        return
    for one in found:
        for array in (one.mean_s, one.mean_cv, np.array([one.overall_s, one.level_cv, one.call_cv or 0.0])):
            assert np.isfinite(array).all()
            assert (array >= 0).all()
