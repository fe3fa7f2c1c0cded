from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from benchmarks import histories, peer_runs, summary
from benchmarks.files import Counts, FileInvalid
from benchmarks.origins import blocks, known_until, positions, rolling
from forecasting.calendar import Calendar
from forecasting.series import IntervalSeries

LONDON = Calendar("Europe/London")


def counts_of(start, end, *, values=None):
    size = int((end - start).total_seconds()) // 3600
    series = IntervalSeries(start, 3600, np.arange(size, dtype=float) % 50 if values is None else values)
    return Counts("made:calls", series, LONDON, LONDON.grid(start, 3600, size), ())


def test_origins_end_at_the_datas_end_on_the_same_local_hour():
    # The clocks go forward on 31 March, so that one of the four-week steps is an hour shorter.
    counts = counts_of(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 4, 21, 16, tzinfo=UTC))
    origins = rolling(counts, 2, weeks=4)
    assert origins[-1].last == counts.series.values.size
    assert origins[0].last == origins[1].first
    assert [origin.last - origin.first for origin in origins] == [28 * 24, 28 * 24 - 1]
    assert {known_until(counts, origin).end.astimezone(UTC).hour for origin in origins} == {17}


def test_the_first_half_selects_and_the_last_half_reports():
    counts = counts_of(datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))
    origins = rolling(counts, 6, weeks=4)
    assert blocks(origins) == {"report": origins[3:], "select": origins[:3]}
    assert positions(origins).size == 6 * 28 * 24 + 1  # the autumn hour


def test_daily_origins_may_overlap():
    counts = counts_of(datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))
    origins = rolling(counts, 6, weeks=12, spacing_days=28)
    assert {b.first - a.first for a, b in pairwise(origins)} <= {671, 672, 673}
    assert origins[-1].last == counts.series.values.size


@pytest.mark.parametrize(("days", "is_enough"), [(14, True), (13, False)])
def test_two_weeks_of_history_are_the_least(days, is_enough):
    start = datetime(2024, 1, 1, tzinfo=UTC)
    counts = counts_of(start, start + timedelta(days=days + 28))
    if is_enough:
        assert rolling(counts, 1, weeks=4)[0].first == days * 24
    else:
        with pytest.raises(FileInvalid, match=r"made:calls: data of 41\.0 days leave 13\.0"):
            rolling(counts, 1, weeks=4)


def test_peers_see_a_wall_clock_grid():
    # Two days around the autumn change: the repeated hour is the mean of the two, and both map back to it.
    start = datetime(2024, 10, 26, 23, tzinfo=UTC)
    counts = counts_of(start, start + timedelta(hours=49))
    wall = peer_runs._Wall(counts)
    assert wall.start == datetime(2024, 10, 27)  # noqa: DTZ001  peers know local time alone
    assert wall.values.size == 48
    np.testing.assert_array_equal(wall.values[:4], [0, 1.5, 3, 4])
    np.testing.assert_array_equal(wall.index[:4], [0, 1, 1, 2])


def test_the_hour_that_spring_skips_is_missing_to_peers():
    start = datetime(2024, 3, 31, 0, tzinfo=UTC)
    wall = peer_runs._Wall(counts_of(start, start + timedelta(hours=23)))
    assert wall.values.size == 24
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(wall.values)), [1])


def test_faults_hit_three_days_of_the_last_four_weeks_and_nothing_else():
    start = datetime(2023, 11, 1, tzinfo=UTC)
    size = 100 * 24
    counts = counts_of(start, start + timedelta(hours=size), values=np.full(size, 7.0))
    (origin,) = rolling(counts, 1, weeks=4)
    clean, faulty = known_until(counts, origin), histories.with_faults(counts, origin)
    by_day = faulty.values.reshape(-1, 24)
    changed = np.flatnonzero((by_day != clean.values.reshape(-1, 24)).any(axis=1))
    assert changed.size == 3
    assert changed.min() >= 72 - 29
    assert sorted(by_day[changed].sum(axis=1)) == [0, 7 * 18, 3 * 7 * 24]
    np.testing.assert_array_equal(faulty.values, histories.with_faults(counts, origin).values)


def figures(floor, product, prophet, other):
    models = {"pacesetter": product, "prophet": prophet, "mstl": other}
    same = {"wape_daily": 0.1, "bias": 0.0, "crps": 1.0, "day80": 0.8}
    return {
        "floor": floor,
        "is_round_the_clock": True,
        "models": {
            model: {"error": "no"} if wape is None else {"wape": wape, **same} for model, wape in models.items()
        },
    }


def test_summary_by_hand():
    rows = summary.summary(
        {
            "a": figures(0.2, 0.21, 0.24, 0.215),
            "b": figures(0.2, 0.22, 0.21, 0.4),  # Prophet is within .02 of the floor
            "c": figures(0.2, 0.22, None, 0.2),
        }
    )
    assert rows["excess_over_prophet"] == {"a": pytest.approx(0.01 / 0.04)}
    assert rows["excess_excluded"] == ["b"]
    assert rows["wape_over_prophet_gm"] == pytest.approx((0.21 / 0.24 * 0.22 / 0.21) ** 0.5)
    assert rows["worst_over_best_peer"] == pytest.approx(1.1)
    assert rows["best_peer"] == {"a": "mstl", "b": "prophet", "c": "mstl"}
    assert rows["without"] == ["c"]
