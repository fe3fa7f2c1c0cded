import csv
from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecasting.backtest import FOUR_WEEK_MEAN, PRODUCT, SEASONAL_NAIVE, Score, backtest
from forecasting.calendar import Calendar
from forecasting.errors import HistoryTooShort, HorizonInvalid
from forecasting.events import Event, mask, occurrences
from forecasting.series import IntervalSeries, regular_series
from tests.forecasting.synthetic import LONDON, synthetic_history
from tests.shared import DATA, needs

MONTGOMERY = DATA / "calls/montco/force_999_101.csv"


def pooled(rows: list[Score], name: str) -> float:
    """Mean of a score over rows, weighted by their calls: the score of all their intervals together."""
    return float(np.average([getattr(row, name) for row in rows], weights=[row.offered_calls for row in rows]))


def by_model(rows: tuple[Score, ...]) -> dict[tuple[str, str], list[Score]]:
    groups: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for row in rows:
        groups[row.queue, row.model].append(row)
    return groups


def test_one_row_for_each_origin_queue_week_and_model():
    history = synthetic_history(24, seed=1)
    rows = backtest(history, LONDON, weeks=2, origins=3, n_paths=50, seed=1)
    keys = {(row.origin, row.queue, row.lead_week, row.model) for row in rows}
    assert len(keys) == len(rows) == 3 * 2 * 2 * 3
    end = history["999"].end
    assert sorted({row.origin for row in rows}) == [end - timedelta(weeks=w) for w in (6, 4, 2)]
    groups = by_model(rows)
    for queue in history:
        product = pooled(groups[queue, PRODUCT], "wape")
        assert product < pooled(groups[queue, FOUR_WEEK_MEAN], "wape") < pooled(groups[queue, SEASONAL_NAIVE], "wape")
        assert product > pooled(groups[queue, PRODUCT], "floor") * 0.95


def test_the_future_does_not_leak_into_the_forecast():
    """Changing what came after the last origin changes its scores' actuals and nothing that was forecast."""
    whole = synthetic_history(20, seed=2, per_day=(500.0,))["999"]
    changed = whole.values.copy()
    changed[-7 * 96 :] = 0
    first = backtest({"999": whole}, LONDON, weeks=1, origins=1, n_paths=20, seed=1)
    other = backtest({"999": IntervalSeries(whole.start, 900, changed)}, LONDON, weeks=1, origins=1, n_paths=20, seed=1)
    assert [row.floor for row in first] == [row.floor for row in other]
    assert [row.offered_calls for row in other] == [0, 0, 0]


@pytest.mark.parametrize("first", [date(2023, 1, 9), date(2023, 8, 14)])
def test_origins_keep_their_wall_clock_over_a_clock_change(first):
    history = synthetic_history(12, seed=1, first=first, per_day=(500.0,))
    rows = [r for r in backtest(history, LONDON, weeks=2, origins=2, n_paths=20, seed=1) if r.model == PRODUCT]
    assert [row.lead_week for row in rows] == [1, 2, 1, 2]
    assert [row.origin for row in rows[::2]] == [LONDON.midnight(first + timedelta(weeks=w)) for w in (8, 10)]
    ahead = history["999"].values[int((rows[2].origin - history["999"].start).total_seconds()) // 900 :]
    assert sum(row.offered_calls for row in rows[2:]) == ahead.sum()


def test_bad_input_is_named():
    history = synthetic_history(6, seed=1, per_day=(500.0,))
    with pytest.raises(HistoryTooShort, match="queue 999"):
        backtest(history, LONDON, weeks=4, origins=2, seed=1)
    with pytest.raises(HorizonInvalid, match="origins 0"):
        backtest(history, LONDON, weeks=1, origins=0, seed=1)


@needs(MONTGOMERY)
def test_montgomery_county_near_its_noise_floor():
    """Real 911 calls: as good as the design measured, and uncertainty that holds."""
    with MONTGOMERY.open() as file:
        records = list(csv.DictReader(file))
    history = {
        queue: regular_series(
            [datetime.fromisoformat(r["interval_start"]) for r in records if r["queue"] == queue],
            [float(r["offered"]) for r in records if r["queue"] == queue],
            interval_s=900,
        )
        for queue in ("999", "101")
    }
    rows = backtest(history, Calendar("America/New_York", "US", None), weeks=4, origins=3, n_paths=200, seed=1)
    groups = by_model(rows)
    # DESIGN section 5 has .563 (EMS) and .709 (traffic) on six origins; the last three are somewhat easier.
    assert pooled(groups["999", PRODUCT], "wape") < 0.57
    assert pooled(groups["101", PRODUCT], "wape") < 0.715
    for queue in history:
        product = groups[queue, PRODUCT]
        assert pooled(product, "wape") < 0.93 * pooled(groups[queue, FOUR_WEEK_MEAN], "wape")
        assert abs(pooled(product, "bias")) < 0.04
        assert pooled(product, "pit_80") == pytest.approx(0.8, abs=0.03)
        # 84 days, standard error .044 and more, since bad days come together.
        assert pooled(product, "day_80") == pytest.approx(0.8, abs=0.13)


def test_held_out_events_are_forecast_better_with_them_in_the_calendar():
    """A match every other Saturday doubles its four hours; so does New Year's night, seen twice and held out once."""
    series = synthetic_history(156, seed=3, per_day=(900.0,), first=date(2021, 3, 1))["999"]
    zone = ZoneInfo("Europe/London")
    match = Event(
        "home match",
        datetime(2021, 3, 6, 14, tzinfo=zone),
        datetime(2021, 3, 6, 18, tzinfo=zone),
        "FREQ=WEEKLY;INTERVAL=2",
    )
    night = Event(
        "new year's night",
        datetime(2021, 12, 31, 18, tzinfo=zone),
        datetime(2022, 1, 1, 6, tzinfo=zone),
        "FREQ=YEARLY",
    )
    inside = mask(
        occurrences([match, night], series.start, series.end, "Europe/London"),
        LONDON.grid(series.start, 900, series.values.size),
    )
    calls = series.values + np.where(inside, np.random.default_rng(4).poisson(series.values), 0)
    history = {"999": IntervalSeries(series.start, 900, calls)}
    until = {"999": history["999"].until(LONDON.midnight(date(2024, 1, 22)))}
    options = {"weeks": 4, "origins": 1, "n_paths": 2, "seed": 1}
    without = by_model(backtest(until, LONDON, **options))["999", PRODUCT]
    with_them = by_model(backtest(until, LONDON, **options, events=[match, night]))["999", PRODUCT]
    assert pooled(with_them, "wape") < pooled(without, "wape") - 0.01
