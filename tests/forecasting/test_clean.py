from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from forecasting.calendar import DayKind
from forecasting.clean import cleaned
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import LONDON, synthetic_history


def clean_values(series: IntervalSeries, values: np.ndarray):
    kept, notes = cleaned("999", replace(series, values=values), LONDON)
    return kept.values, notes


def test_working_lines_are_left_alone():
    """Twenty histories without any fault: an outage in one of them would be a false alarm."""
    for seed in range(20):
        series = synthetic_history(12, seed=seed, per_day=(200.0,), day_cv=0.15)["999"]
        _, notes = clean_values(series, series.values)
        assert notes == ()


def test_an_outage_becomes_missing_and_is_listed():
    series = synthetic_history(12, seed=1, per_day=(600.0,))["999"]
    values = series.values.copy()
    first = 30 * 96 + 48  # noon
    values[first : first + 16] = 0
    given = values.copy()
    result, notes = clean_values(series, values)
    [note] = notes
    assert np.isnan(result[first : first + 16]).all()
    assert np.isnan(result).sum() == 16
    assert note.start == series.start + timedelta(seconds=900 * first)
    assert note.end - note.start == timedelta(hours=4)
    assert note.queue == "999"
    assert "outage" in note.reason
    assert (values == given).all(), "the history itself must not change"


def test_quiet_night_is_no_outage():
    """Where two calls are usual, two hours without any are chance: e**-2 each time."""
    series = synthetic_history(12, seed=1, per_day=(24.0,))["999"]
    values = series.values.copy()
    values[40 * 96 + 48 : 40 * 96 + 56] = 0
    _, notes = clean_values(series, values)
    assert notes == ()


def test_an_extreme_day_is_not_learned_from():
    series = synthetic_history(12, seed=2, per_day=(600.0,))["999"]
    values = series.values.copy()
    values[50 * 96 : 51 * 96] *= 3
    result, notes = clean_values(series, values)
    [note] = notes
    assert "extreme day" in note.reason
    # The clocks went forward before that day: four intervals fewer.
    assert LONDON.grid(note.start, 900, 1).dates[0].item() == date(2023, 1, 2) + timedelta(days=50)
    assert np.isnan(result).sum() == 96


def test_a_busy_new_years_day_is_left_to_the_calendar():
    series = synthetic_history(12, seed=2, first=date(2023, 11, 20), per_day=(600.0,))["999"]
    values = series.values.copy()
    at = (date(2024, 1, 1) - date(2023, 11, 20)).days * 96
    values[at : at + 96] *= 3
    _, notes = clean_values(series, values)
    assert notes == ()


def test_a_service_closed_on_public_holidays_has_no_outage_on_them():
    """Closing on three of them is a habit and is learned; on one of many it is an outage."""
    series = synthetic_history(60, seed=4, per_day=(600.0,))["999"]
    grid = LONDON.grid(series.start, 900, series.values.size)
    kinds = dict(zip(np.unique(grid.dates), LONDON.kinds(np.unique(grid.dates)), strict=True))
    holidays = [day for day, kind in kinds.items() if kind is DayKind.BANK_HOLIDAY]
    assert len(holidays) > 3
    closed = np.where(np.isin(grid.dates, holidays), 0.0, series.values)
    assert clean_values(series, closed)[1] == ()
    once = np.where(grid.dates == holidays[0], 0.0, series.values)
    [note] = clean_values(series, once)[1]
    assert "outage" in note.reason


def test_the_rush_after_a_holiday_is_left_to_the_calendar():
    series = synthetic_history(40, seed=5, per_day=(9000.0,), day_cv=0.02)["999"]
    grid = LONDON.grid(series.start, 900, series.values.size)
    rush, other = date(2023, 5, 2), date(2023, 5, 16)  # Tuesdays: after the early May bank holiday, and after none
    for day, n_notes in ((rush, 0), (other, 1)):
        values = np.where(grid.dates == np.datetime64(day), np.round(1.5 * series.values), series.values)
        assert len(clean_values(series, values)[1]) == n_notes
