"""Expected calls of the synthetic force: week, year, holidays and events, as factors with mean 1 around a level."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

QUARTERS: Final = 96
WEEK: Final = 7 * QUARTERS

# Relative calls by hour of day, 00:00 first. Assumed: 999 peaks in the evening, 101 in office hours, as forces report.
_HOURS_999: Final = (
    0.86, 0.72, 0.60, 0.50, 0.42, 0.39, 0.44, 0.60, 0.80, 0.92, 1.00, 1.06,
    1.12, 1.14, 1.18, 1.28, 1.36, 1.42, 1.46, 1.46, 1.42, 1.36, 1.24, 1.06,
)  # fmt: skip
_HOURS_101: Final = (
    0.34, 0.26, 0.20, 0.17, 0.15, 0.18, 0.30, 0.62, 1.18, 1.72, 1.84, 1.78,
    1.62, 1.58, 1.62, 1.60, 1.56, 1.48, 1.34, 1.18, 1.02, 0.84, 0.66, 0.48,
)  # fmt: skip
_WEEKDAYS_999: Final = (0.96, 0.95, 0.96, 0.98, 1.04, 1.10, 1.02)
_WEEKDAYS_101: Final = (1.15, 1.08, 1.05, 1.04, 1.03, 0.86, 0.79)
_NIGHT_OUT_999: Final = 0.75  # added on Friday and Saturday night at its height, 21:00 to 05:00

# Growth a year and height of summer over the year's mean: 999 rose 11% in two years to 2020 while 101 fell 13%
# (HMICFRS, A call for help, 2020); milder here. Seasonal height: assumption, in the range of published monthly counts.
_GROWTH: Final = (0.03, -0.02)
_SUMMER: Final = (0.06, 0.03)
_SUMMER_PEAK_DAY: Final = 200

# (month, day, first hour, length [h], 999 lift at its height, 101 lift). New Year's Eve: nearly half a day's
# emergency calls between 21:00 and 03:00 (BT, December 2018). The others: assumptions.
_EVENINGS: Final = (
    (12, 31, 18, 12, 1.6, 0.25),
    (10, 31, 16, 8, 0.40, 0.10),
    (11, 5, 16, 8, 0.50, 0.12),
)
_BONFIRE_SATURDAY: Final = (16, 8, 0.45, 0.10)
_CHRISTMAS_DAY: Final = (0.92, 0.60)


def weekly_shapes() -> Floats:
    """Relative calls of 999 and 101 by local quarter-hour from Monday 00:00, mean 1 each, (2, 672)."""
    quarters = np.arange(WEEK) / 4
    shapes = []
    for hours, weekdays in ((_HOURS_999, _WEEKDAYS_999), (_HOURS_101, _WEEKDAYS_101)):
        hourly = np.tile(hours, 7)
        daily = np.interp(quarters, np.arange(168) + 0.5, hourly, period=168)
        # Weekdays turn over at 04:00, the quietest hour, so that midnight has no step.
        shapes.append(daily * np.roll(np.repeat(weekdays, QUARTERS), 16))
    for day in (4, 5):
        shapes[0] = shapes[0] + _NIGHT_OUT_999 * np.roll(_bump(np.arange(WEEK), 0, 32), day * QUARTERS + 84)
    return np.stack([shape / shape.mean() for shape in shapes])


def expected_factors(starts: pd.DatetimeIndex, zone: str, level_week: date) -> Floats:
    """Expected calls relative to the level, (2, intervals): week, season and trend, holidays, events.

    Season and trend are 1 in the middle of the week that begins on `level_week`, so that the size of demand there does
    not depend on the time of year.
    """
    local = starts.tz_convert(zone)
    slots = local.hour.to_numpy() * 4 + local.minute.to_numpy() // 15
    weekday = local.day_of_week.to_numpy()
    dates = local.date
    shapes = weekly_shapes()
    years = range(dates[0].year - 1, dates[-1].year + 2)
    bank_holidays = holidays.country_holidays("GB", subdiv="ENG", years=years)
    closed = np.array([day in bank_holidays for day in dates])
    factors = np.stack(
        [
            shapes[0][weekday * QUARTERS + slots],
            shapes[1][np.where(closed, 6, weekday) * QUARTERS + slots],  # 101 takes bank holidays for Sundays
        ]
    )
    factors *= _season_and_trend(local, level_week)
    christmas = (local.month == 12) & (local.day == 25)
    factors[:, christmas] *= np.array(_CHRISTMAS_DAY)[:, None]
    wall = starts.tz_convert(zone).tz_localize(None)
    for year in years:
        for first, hours, lift_999, lift_101 in _evenings(year):
            elapsed = ((wall - first) / pd.Timedelta(minutes=15)).to_numpy()
            bump = _bump(elapsed, 0, hours * 4)
            factors *= 1 + np.array([[lift_999], [lift_101]]) * bump
    return factors


def _season_and_trend(local: pd.DatetimeIndex, level_week: date) -> Floats:
    day = local.day_of_year.to_numpy() + local.hour.to_numpy() / 24
    level_day = level_week + timedelta(days=3)
    years = (local.tz_localize(None) - pd.Timestamp(level_day)).total_seconds().to_numpy() / (365.25 * 86400)
    out = []
    for growth, summer in zip(_GROWTH, _SUMMER, strict=True):
        season = 1 + summer * np.cos(2 * np.pi * (day - _SUMMER_PEAK_DAY) / 365.25)
        at_level = 1 + summer * np.cos(2 * np.pi * (level_day.timetuple().tm_yday - _SUMMER_PEAK_DAY) / 365.25)
        out.append(season / at_level * np.exp(growth * years))
    return np.stack(out)


def _evenings(year: int) -> list[tuple[pd.Timestamp, int, float, float]]:
    """Local start, length [h] and lifts of the year's eventful evenings."""
    evenings = [
        (pd.Timestamp(year, month, day, hour), hours, lift_999, lift_101)
        for month, day, hour, hours, lift_999, lift_101 in _EVENINGS
    ]
    fifth = date(year, 11, 5)
    nearest = min((fifth + timedelta(days=d) for d in range(-3, 4)), key=lambda d: d.weekday() != 5)
    if nearest != fifth:
        hour, hours, lift_999, lift_101 = _BONFIRE_SATURDAY
        evenings.append((pd.Timestamp(nearest) + pd.Timedelta(hours=hour), hours, lift_999, lift_101))
    return evenings


def _bump(position: NDArray[np.generic], first: float, length: float) -> Floats:
    """A sine-squared hill of height 1 on [first, first + length], 0 elsewhere."""
    share = (np.asarray(position, dtype=np.float64) - first) / length
    return np.where((share > 0) & (share < 1), np.sin(np.pi * np.clip(share, 0, 1)) ** 2, 0.0)
