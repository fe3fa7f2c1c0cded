from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.calendar import Calendar, DayKind
from forecasting.days import daily_totals, fold
from forecasting.errors import CalendarInvalid
from tests.forecasting.synthetic import LONDON, bare_days

SPRING, AUTUMN = date(2024, 3, 31), date(2024, 10, 27)


def grid_of_day(calendar: Calendar, day: date):
    start, end = calendar.midnight(day), calendar.midnight(day + timedelta(days=1))
    return calendar.grid(start, 900, int((end - start).total_seconds()) // 900)


@pytest.mark.parametrize(("day", "intervals"), [(SPRING, 92), (AUTUMN, 100), (date(2024, 6, 1), 96)])
def test_local_days_at_the_clock_changes(day, intervals):
    grid = grid_of_day(LONDON, day)
    assert grid.slots.size == intervals
    assert set(grid.dates.tolist()) == {day}


def test_spring_day_lacks_the_hour_from_one():
    assert sorted(set(range(96)) - set(grid_of_day(LONDON, SPRING).slots.tolist())) == [4, 5, 6, 7]


def test_autumn_day_has_the_hour_from_one_twice():
    slots, times = np.unique(grid_of_day(LONDON, AUTUMN).slots, return_counts=True)
    assert slots.tolist() == list(range(96))
    assert slots[times == 2].tolist() == [4, 5, 6, 7]


@given(
    st.integers(4 * 24 * 365 * 45, 4 * 24 * 365 * 65),  # quarter-hours since 1970: 2014 to 2034
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_grid_agrees_with_the_wall_clock(quarter, timezone):
    start = datetime.fromtimestamp(900 * quarter, UTC)
    grid = Calendar(timezone, None, None).grid(start, 900, 3)
    for i in range(3):
        local = (start + timedelta(minutes=15 * i)).astimezone(ZoneInfo(timezone))
        assert grid.dates[i].item() == local.date()
        assert grid.slots[i] == (local.hour * 60 + local.minute) // 15
        assert grid.weekdays[i] == local.weekday()


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_flat_calls_on_a_clock_change_day_are_exposure_and_not_level(day):
    """One call in each interval is the same level on every day, whatever the day's length."""
    first = LONDON.midnight(day - timedelta(days=3))
    end = LONDON.midnight(day + timedelta(days=4))
    intervals = int((end - first).total_seconds()) // 900
    table = fold(np.ones(intervals), LONDON.grid(first, 900, intervals), LONDON)
    daily = daily_totals(table, np.full((7, 96), 1 / 96), bare_days(table.dates))
    assert daily.totals.tolist() == [96, 96, 96, 92 if day == SPRING else 100, 96, 96, 96]
    assert daily.totals / daily.exposure == pytest.approx(96)


# gov.uk/bank-holidays: England and Wales, with substitute days and one-offs.
@pytest.mark.parametrize(
    "day",
    [
        date(2020, 5, 8),  # early May moved to VE Day
        date(2021, 12, 27),  # Christmas Day on a Saturday
        date(2021, 12, 28),  # Boxing Day on a Sunday
        date(2022, 1, 3),  # New Year's Day on a Saturday
        date(2022, 6, 2),  # spring bank holiday moved to the Platinum Jubilee
        date(2022, 6, 3),  # Platinum Jubilee
        date(2022, 9, 19),  # State Funeral of Queen Elizabeth II
        date(2022, 12, 27),  # Christmas Day on a Sunday
        date(2023, 1, 2),  # New Year's Day on a Sunday
        date(2023, 5, 8),  # Coronation of King Charles III
        date(2024, 3, 29),  # Good Friday
        date(2024, 4, 1),  # Easter Monday
        date(2024, 8, 26),  # summer bank holiday
    ],
)
def test_published_bank_holidays_of_england_and_wales(day):
    assert LONDON.kind(day) is DayKind.BANK_HOLIDAY


@pytest.mark.parametrize(
    "day",
    [
        date(2020, 5, 4),  # the Monday from which early May was moved
        date(2022, 5, 30),  # the Monday from which the spring bank holiday was moved
        date(2024, 1, 2),  # a bank holiday of Scotland only
        date(2024, 3, 18),  # of Northern Ireland only
    ],
)
def test_days_that_are_no_bank_holiday_in_england_and_wales(day):
    assert LONDON.holiday_name(day) is None
    assert LONDON.kind(day) is DayKind.ORDINARY


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2023, 12, 31), DayKind.NEW_YEARS_EVE),
        (date(2022, 1, 1), DayKind.NEW_YEARS_DAY),
        (date(2021, 12, 25), DayKind.CHRISTMAS_DAY),
        (date(2021, 12, 26), DayKind.BOXING_DAY),
        (date(2024, 12, 27), DayKind.CHRISTMAS_PERIOD),
        (date(2024, 10, 31), DayKind.HALLOWEEN),
        (date(2024, 11, 5), DayKind.BONFIRE_NIGHT),
        (date(2024, 11, 2), DayKind.BONFIRE_SATURDAY),
        (date(2023, 11, 4), DayKind.BONFIRE_SATURDAY),
        (date(2022, 11, 5), DayKind.BONFIRE_NIGHT),  # itself a Saturday
        (date(2024, 11, 9), DayKind.ORDINARY),
    ],
)
def test_kinds_of_day(day, kind):
    assert LONDON.kind(day) is kind


@given(st.integers(2000, 2040))
def test_every_november_has_one_bonfire_night_and_one_saturday_for_it(year):
    kinds = [LONDON.kind(date(year, 11, day)) for day in range(1, 13)]
    assert kinds.count(DayKind.BONFIRE_NIGHT) == 1
    is_saturday_itself = date(year, 11, 5).weekday() == 5
    assert kinds.count(DayKind.BONFIRE_SATURDAY) == (0 if is_saturday_itself else 1)


def test_other_places():
    there = Calendar("America/New_York", "US", None)
    assert there.holiday_name(date(2016, 7, 4)) == "Independence Day"
    assert there.kind(date(2016, 11, 5)) is DayKind.ORDINARY
    assert Calendar("Asia/Tokyo", None, None).kind(date(2024, 4, 29)) is DayKind.ORDINARY


@pytest.mark.parametrize(
    "arguments",
    [("Europe/Lond0n",), ("Europe/London", "XX", None), ("Europe/London", "GB", "XYZ"), ("Europe/London", None), ("",)],
)
def test_unknown_places_are_refused(arguments):
    with pytest.raises(CalendarInvalid, match="expected"):
        Calendar(*arguments)
