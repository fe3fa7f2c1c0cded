"""The synthetic history: calibrated within its standard errors, consistent, repeatable, readable by the import."""

import io
import subprocess
import sys
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from app.calls.parse import read_calls
from app.demonstration.calls import (
    DAY_CORRELATION,
    DAY_CV,
    INTERVAL_CV,
    MEAN_HANDLING_S,
    MEAN_OFFERED,
    demonstration_demand,
    load_of,
    mean_calls_by_slot,
    write_csv,
)
from app.demonstration.control_room import demonstration_calls
from app.demonstration.settings import demonstration_force
from app.demonstration.shapes import expected_factors, weekly_shapes
from app.demonstration.truth import CALLERS

LONDON = "Europe/London"
NOW = datetime(2100, 12, 31, tzinfo=UTC)
END = date(2026, 7, 20)  # a Monday without a bank holiday near


def made(seed: int = 1, end: date = END, weeks: int = 16):
    """Callers alone."""
    return demonstration_demand(end, np.random.default_rng(seed), weeks=weeks)


@pytest.fixture(scope="module")
def long():
    return [made(seed, weeks=110) for seed in range(4)]


@pytest.fixture(scope="module")
def histories():
    """With the service of the control room."""
    return [demonstration_calls(END, np.random.default_rng(seed), weeks=weeks) for seed, weeks in ((0, 110), (1, 20))]


def expected_of(calls, end=END):
    return np.array(MEAN_OFFERED)[:, None] * expected_factors(calls.starts, LONDON, end)


def by_day(calls, values):
    """Sums by local day, (2, days), without the two days of outage and incident."""
    local = calls.starts.tz_convert(LONDON)
    day = (local.tz_localize(None).normalize() - local[0].tz_localize(None).normalize()).days.to_numpy()
    totals = np.stack([np.bincount(day, row) for row in values])
    return np.delete(totals, [day[calls.outage[0]], day[calls.incident[0]]], axis=1)


def csv_of(calls) -> bytes:
    text = io.StringIO()
    write_csv(calls, text)
    return text.getvalue().encode()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(histories):
    again = demonstration_calls(END, np.random.default_rng(1), weeks=20)
    assert csv_of(histories[1]) == csv_of(again)
    assert csv_of(histories[0]) != csv_of(again)


def test_the_history_reads_back_without_a_rejected_row(histories):
    report = read_calls(io.BytesIO(csv_of(histories[0])), zone=ZoneInfo(LONDON), now=NOW).report
    assert report.rows_read == report.rows_accepted == 2 * len(histories[0].starts)
    assert (report.issues_total, report.warnings_total, report.gaps_total) == (0, 0, 0)
    assert [change.expected for change in report.clock_changes] == [100, 92, 100, 92]
    assert all(set(change.found.values()) == {change.expected} for change in report.clock_changes)


def test_answers_lie_in_three_bands_that_fit_their_waits(histories):
    """Sums of waits, which are recorded apart, bound the bands: up to 10 s, 10 to 60 s, over 60 s."""
    for calls in histories:
        to_60, over_60 = calls.answered_10_60s, calls.answered_over_60s
        within_10 = calls.answered - to_60 - over_60
        assert (np.stack([within_10, to_60, over_60]) >= 0).all()
        assert (within_10[0] == calls.answered_within_threshold[0]).all()
        assert ((within_10 + to_60)[1] == calls.answered_within_threshold[1]).all()
        assert (calls.answered_wait_s + 1 >= 10 * to_60 + 60 * over_60).all()  # sums are kept in whole seconds
        is_quick = over_60 == 0
        assert (calls.answered_wait_s <= 10 * within_10 + 60 * to_60)[is_quick].all()
        assert (to_60.sum(axis=1) > 0).all()
        assert (over_60.sum(axis=1) > 0).all()


def test_laws_of_the_counts(histories):
    for calls in histories:
        assert (calls.answered + calls.abandoned == calls.offered).all()
        assert (calls.answered_within_threshold <= calls.answered).all()
        assert (calls.handlers_staffed >= 0).all()
        for seconds, count in (
            (calls.talk_s, calls.answered),
            (calls.wrap_s, calls.answered),
            (calls.answered_wait_s, calls.answered),
            (calls.abandoned_wait_s, calls.abandoned),
        ):
            assert (seconds[count == 0] == 0).all()
            assert (seconds >= 0).all()


@pytest.mark.parametrize("end", [END, date(2026, 1, 19), date(2026, 4, 27), date(2026, 11, 16)])
def test_the_level_at_the_end_does_not_depend_on_the_date(end):
    first, last = (pd.Timestamp(d, tz=LONDON) for d in (end, end + pd.Timedelta(days=7)))
    starts = pd.date_range(first, last, freq="15min", inclusive="left").tz_convert("UTC")
    # Within the week season and trend move a little around its middle, where they are 1.
    assert expected_factors(starts, LONDON, end).mean(axis=1) == pytest.approx(1, abs=0.005)


def test_volume_is_the_level_within_its_standard_error():
    ratios = []
    for seed in range(30):
        calls = made(seed)
        recent = slice(-4 * 672, None)  # outage and incident lie five weeks and more back
        ratios.append(calls.first_attempts[:, recent].sum(axis=1) / expected_of(calls)[:, recent].sum(axis=1))
    se = np.std(ratios, axis=0, ddof=1) / len(ratios) ** 0.5
    assert (4 * se <= 0.02).all(), "too few histories to see an error of 2%"
    assert (np.abs(np.mean(ratios, axis=0) - 1) <= 4 * se).all()


def test_days_vary_and_move_together_as_stated(long):
    between, ratios = [], []
    for calls in long:
        expected = by_day(calls, expected_of(calls))
        # Poisson and interval noise of a day's ratio, to be taken off: 1/mean and cv^2 times the sum of squares.
        squares = by_day(calls, expected_of(calls) ** 2)
        noise = 1 / expected + INTERVAL_CV**2 * squares / expected**2
        ratio = by_day(calls, calls.first_attempts) / expected
        ratios.append(ratio)
        between.append((ratio - 1) ** 2 - noise)
    excess = np.concatenate(between, axis=1)
    se = excess.std(axis=1) / excess.shape[1] ** 0.5
    assert (4 * se <= 0.25 * DAY_CV**2).all()
    assert (np.abs(excess.mean(axis=1) - DAY_CV**2) <= 4 * se).all()
    product = np.prod(np.concatenate(ratios, axis=1) - 1, axis=0)
    se_product = product.std() / product.size**0.5
    assert abs(product.mean() - DAY_CORRELATION * DAY_CV**2) <= 4 * se_product <= 0.3 * DAY_CV**2


def test_new_years_eve_takes_near_half_a_days_emergency_calls_in_six_hours():
    shares = []
    for seed in range(8):
        calls = made(seed, end=date(2026, 1, 26))
        local = calls.starts.tz_convert(LONDON)
        night = (local >= pd.Timestamp(2025, 12, 31, 21, tz=LONDON)) & (local < pd.Timestamp(2026, 1, 1, 3, tz=LONDON))
        usual = 96 * expected_of(calls, date(2026, 1, 26))[0].mean()
        shares.append(calls.first_attempts[0, night].sum() / usual)
    # "almost half a day's calls in just six hours" (BT, December 2018)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)
    assert 4 * np.std(shares) / 8**0.5 <= 0.1


@pytest.mark.parametrize(
    ("evening", "usual", "queue", "least", "most"),
    [
        ((2025, 10, 31, 20), (2025, 10, 24, 20), 0, 1.25, 1.5),  # Halloween
        ((2025, 11, 5, 20), (2025, 11, 12, 20), 0, 1.4, 1.6),  # Bonfire Night
        ((2025, 11, 8, 20), (2025, 11, 15, 20), 0, 1.3, 1.5),  # its Saturday
        ((2026, 5, 4, 11), (2026, 5, 11, 11), 1, 0.55, 0.8),  # early May bank holiday
        ((2026, 5, 4, 11), (2026, 5, 11, 11), 0, 0.95, 1.05),
        ((2026, 5, 16, 1), (2026, 5, 13, 1), 0, 1.5, 3.0),  # Friday night against Tuesday night
    ],
)
def test_events_lift_or_drop_what_is_expected(evening, usual, queue, least, most):
    moments = pd.DatetimeIndex([pd.Timestamp(*when, tz=LONDON) for when in sorted((evening, usual))]).tz_convert("UTC")
    factors = expected_factors(moments, LONDON, END)[queue]
    ratio = factors[0] / factors[1] if evening < usual else factors[1] / factors[0]
    assert least <= ratio <= most


@pytest.mark.parametrize(("day", "intervals"), [("2026-03-29", 92), ("2025-10-26", 100), ("2026-03-28", 96)])
def test_clock_change_days_have_their_intervals_and_keep_the_local_shape(day, intervals):
    calls = made(weeks=40)
    local = calls.starts.tz_convert(LONDON)
    on_day = local.strftime("%Y-%m-%d") == day
    assert on_day.sum() == intervals
    assert (np.diff(calls.starts.asi8) == np.diff(calls.starts.asi8)[0]).all()
    factors = expected_of(calls)
    noon = factors[:, on_day & (local.hour == 12)].mean(axis=1)
    noon_before = factors[:, (local.date == date.fromisoformat(day) - pd.Timedelta(days=7)) & (local.hour == 12)]
    assert noon == pytest.approx(noon_before.mean(axis=1), rel=0.02)


def test_the_outage_records_nothing_and_no_other_day_is_silent(long, histories):
    for calls in histories:
        span = slice(*calls.outage)
        assert calls.offered[:, span].sum() <= 5  # redials of those who gave up just before
    for calls in long:
        span = slice(*calls.outage)
        assert not calls.first_attempts[:, span].any()
        assert expected_of(calls)[:, span].sum() > 300  # calls: impossible zeros
        both = calls.first_attempts.sum(axis=0)
        both[span] = 1
        silent = np.convolve(both == 0, np.ones(8), mode="valid").max()
        assert silent < 8, "two silent hours besides the outage"


def test_the_major_incident_raises_demand(long):
    for calls in long:
        span = slice(*calls.incident)
        lift = calls.first_attempts[0, span].sum() / expected_of(calls)[0, span].sum()
        assert 2.2 <= lift <= 3.9  # 3 with a day factor of 8% and Poisson noise of about 6% over 2.5 h


def test_offered_calls_have_the_level_although_redials_and_spill_are_among_them(histories):
    calls = histories[0]
    ratio = by_day(calls, calls.offered) / by_day(calls, expected_of(calls))
    se = ratio.std(axis=1, ddof=1) / ratio.shape[1] ** 0.5
    assert (4 * se <= 0.02).all(), "too few days to see an error of 2%"
    assert (np.abs(ratio.mean(axis=1) - 1) <= 4 * se).all()


def test_service_is_plausible(histories):
    calls = histories[0]
    level_999 = calls.answered_within_threshold[0].sum() / calls.offered[0].sum()
    assert 0.82 <= level_999 <= 0.93  # forces reach 85-93% within 10 s
    assert 0.015 <= calls.abandoned[1].sum() / calls.offered[1].sum() <= 0.12
    handling = (calls.talk_s + calls.wrap_s).sum(axis=1) / calls.answered.sum(axis=1)
    assert handling == pytest.approx(np.array(MEAN_HANDLING_S), rel=0.01)


def test_patience_looks_as_the_settings_assume(histories):
    """Within a tenth: the settings are round numbers, the truth has another law of patience."""
    calls, queues = histories[0], demonstration_force().settings.queues
    waiting = (calls.answered_wait_s + calls.abandoned_wait_s).sum(axis=1) / calls.abandoned.sum(axis=1)
    assert waiting[0] == pytest.approx(queues.emergency.mean_patience_s, rel=0.1)
    assert waiting[1] == pytest.approx(queues.non_emergency.mean_patience_s, rel=0.1)


def test_handlers_follow_the_expected_load(histories):
    calls = histories[0]
    load = np.array(MEAN_HANDLING_S) @ expected_of(calls) / 900
    staffed = calls.handlers_staffed.sum(axis=0)
    assert np.corrcoef(load, staffed)[0, 1] > 0.95
    assert (staffed > load).mean() > 0.95


def test_abandonment_rises_with_load(histories):
    calls = histories[0]
    pressure = by_day(calls, calls.offered).sum(axis=0) / by_day(calls, expected_of(calls)).sum(axis=0)
    share = by_day(calls, calls.abandoned)[1] / by_day(calls, calls.offered)[1]
    busy, quiet = pressure > np.quantile(pressure, 0.8), pressure < np.quantile(pressure, 0.2)
    assert share[busy].mean() > 1.2 * share[quiet].mean()


def test_the_command_line_makes_the_history_without_loading_what_makes_it():
    script = (
        "import sys; from datetime import date; from app.demonstration import demo; "
        "demo.HISTORY_WEEKS = 16; made = demo._synthetic_history(date(2026, 7, 20)); "
        "print(len(made.splitlines())); print(*sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    rows, loaded = told.stdout.splitlines()[:2]
    assert int(rows) == 1 + 2 * 16 * 672
    assert not {"numba", "scipy", "rostering.staffing", "app.demonstration.truth"} & set(loaded.split())


def test_the_truth_is_not_in_what_the_force_is_told():
    settings = demonstration_force().settings
    assert settings.synthetic
    assert settings.queues.non_emergency.mean_patience_s != CALLERS.non_emergency.patience_s
    assert settings.queues.emergency.mean_patience_s != CALLERS.emergency.patience_s


def test_a_short_history_is_refused():
    made(weeks=16)
    with pytest.raises(ValueError, match="weeks is 15"):
        made(weeks=15)


def test_mean_calls_by_slot_finds_the_weekly_shape():
    calls = made(weeks=16)
    for queue in (0, 1):
        found = mean_calls_by_slot(calls.starts, calls.first_attempts[queue], LONDON)
        shape = MEAN_OFFERED[queue] * weekly_shapes()[queue]
        assert found.shape == (672,)
        assert found.mean() == pytest.approx(shape.mean(), rel=0.08)  # four standard errors of 84 days, the outage
        assert np.corrcoef(found, shape)[0, 1] > 0.97


def test_load_is_calls_times_handling_time():
    calls = np.stack([np.full(3, 9.0), np.full(3, 3.0)])
    assert load_of(calls, (100.0, 300.0)).tolist() == [[1.0] * 3, [1.0] * 3]
