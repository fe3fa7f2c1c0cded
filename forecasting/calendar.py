"""The local calendar of a control room: wall-clock slots of UTC intervals and the days that are not ordinary.

References
----------
.. [1] Banking and Financial Dealings Act 1971 and royal proclamations, as recorded by the ``holidays`` package:
       bank holidays of England and Wales with substitute days and one-offs.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from numpy.typing import NDArray

from forecasting.errors import CalendarInvalid
from forecasting.series import DAY_S, utc_on_grid

_SATURDAY = 5
_LONGEST_BREAK_DAYS = 7


class DayKind(StrEnum):
    """What sets a local date apart from other dates of its weekday; each date has exactly one kind."""

    ORDINARY = "ordinary"
    NEW_YEARS_EVE = "new_years_eve"
    NEW_YEARS_DAY = "new_years_day"
    CHRISTMAS_EVE = "christmas_eve"
    CHRISTMAS_DAY = "christmas_day"
    BOXING_DAY = "boxing_day"
    CHRISTMAS_PERIOD = "christmas_period"
    BANK_HOLIDAY = "bank_holiday"
    HALLOWEEN = "halloween"
    BONFIRE_NIGHT = "bonfire_night"
    BONFIRE_SATURDAY = "bonfire_saturday"


_HALLOWEEN_COUNTRIES = frozenset({"GB", "IE", "US", "CA"})
_NEW_YEAR_KINDS = {(12, 31): DayKind.NEW_YEARS_EVE, (1, 1): DayKind.NEW_YEARS_DAY}
_CHRISTMAS_KINDS = {
    (12, 24): DayKind.CHRISTMAS_EVE,
    (12, 25): DayKind.CHRISTMAS_DAY,
    (12, 26): DayKind.BOXING_DAY,
}


@dataclass(frozen=True, slots=True, eq=False)
class LocalGrid:
    """Wall-clock features of consecutive UTC intervals.

    ``dates`` (intervals,) local date as datetime64[D]; ``slots`` (intervals,) position in the local day, 0 to
    ``n_slots - 1``; ``utc_s`` (intervals,) UTC start [s since 1970]; ``offset_s`` (intervals,) local minus UTC [s].
    The spring day lacks the slots of its missing hour, the autumn day has those of the repeated hour twice.
    """

    interval_s: int
    dates: NDArray[np.datetime64]
    slots: NDArray[np.int64]
    utc_s: NDArray[np.int64]
    offset_s: NDArray[np.int64]

    @property
    def n_slots(self) -> int:
        """Slots of an ordinary day."""
        return DAY_S // self.interval_s

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """(intervals,), 0 is Monday."""
        return weekdays(self.dates)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The time zone and public holidays of one place.

    Parameters
    ----------
    timezone : IANA name, such as ``Europe/London``
    country : ISO 3166 code of the country whose public holidays count; None knows none
    subdivision : its part, as the ``holidays`` package names it; ``ENG`` has the bank holidays of England and Wales

    Raises
    ------
    CalendarInvalid : one of them is unknown
    """

    timezone: str
    country: str | None = "GB"
    subdivision: str | None = "ENG"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise CalendarInvalid(f"timezone is {self.timezone!r}: expected an IANA name like Europe/London") from error
        if self.country is None and self.subdivision is not None:
            raise CalendarInvalid(f"subdivision is {self.subdivision!r} without a country: expected None")
        _public_holidays(self.country, self.subdivision, 2020)

    def grid(self, start: datetime, interval_s: int, intervals: int) -> LocalGrid:
        """Local dates and slots of ``intervals`` consecutive intervals from ``start`` (with time zone)."""
        first = int(utc_on_grid(start, interval_s).timestamp())
        utc_s = first + interval_s * np.arange(intervals, dtype=np.int64)
        offset_s = utc_offsets_s(utc_s, self.timezone)
        local_s = utc_s + offset_s
        dates = (local_s // DAY_S).astype("datetime64[D]")
        return LocalGrid(interval_s, dates, local_s % DAY_S // interval_s, utc_s, offset_s)

    def holiday_name(self, day: date) -> str | None:
        """Name of the public holiday on ``day``, None on any other day."""
        return _public_holidays(self.country, self.subdivision, day.year).get(day)

    def kind(self, day: date) -> DayKind:
        """The one kind of ``day``. A fixed date keeps its kind when its bank holiday moves to a substitute day."""
        if self.country is None or self._keeps(day, 12, 25):
            fixed = _CHRISTMAS_KINDS.get((day.month, day.day))
            if fixed is not None:
                return fixed
        if self.country is None or self._keeps(day, 1, 1):
            fixed = _NEW_YEAR_KINDS.get((day.month, day.day))
            if fixed is not None:
                return fixed
        if self.holiday_name(day) is not None:
            return DayKind.BANK_HOLIDAY
        if self._keeps(day, 12, 25) and (day.month, day.day) > (12, 26):
            return DayKind.CHRISTMAS_PERIOD
        if self.country in _HALLOWEEN_COUNTRIES and (day.month, day.day) == (10, 31):
            return DayKind.HALLOWEEN
        return self._bonfire_kind(day)

    def _keeps(self, day: date, month: int, day_of_month: int) -> bool:
        """Whether that date is a public holiday here, in the year of ``day``."""
        return self.holiday_name(date(day.year, month, day_of_month)) is not None

    def _bonfire_kind(self, day: date) -> DayKind:
        if self.country != "GB":
            return DayKind.ORDINARY
        if (day.month, day.day) == (11, 5):
            return DayKind.BONFIRE_NIGHT
        # Displays are held on the Saturday nearest to the fifth: the second to the eighth of November.
        if day.month == 11 and abs(day.day - 5) <= 3 and day.weekday() == _SATURDAY:
            return DayKind.BONFIRE_SATURDAY
        return DayKind.ORDINARY

    def kinds(self, dates: NDArray[np.datetime64]) -> list[DayKind]:
        """The kind of each local date, in order."""
        return [self.kind(day) for day in dates.astype("datetime64[D]").tolist()]

    def working_days_after_holiday(self, dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """1 on the first working day after a public holiday, 2 on the second, 0 on any other date; (dates,).

        What people put off over a long weekend they ring about when it is over.
        """
        return np.array(
            [self._working_days_after(day) for day in dates.astype("datetime64[D]").tolist()], dtype=np.int64
        )

    def _working_days_after(self, day: date) -> int:
        if self._is_off(day):
            return 0
        working_days = 1
        for back in range(1, _LONGEST_BREAK_DAYS):
            earlier = day - timedelta(days=back)
            if self.holiday_name(earlier) is not None:
                return working_days
            working_days += not self._is_off(earlier)
            if working_days > 2:
                break
        return 0

    def _is_off(self, day: date) -> bool:
        return day.weekday() in _weekend(self.country, self.subdivision) or self.holiday_name(day) is not None

    def weeks_later(self, moment: datetime, weeks: int) -> datetime:
        """The same wall-clock time ``weeks`` later (earlier if negative) [UTC]: 668 or 676 quarter-hours on a week
        whose Sunday changes the clocks."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        return (local + timedelta(weeks=weeks)).astimezone(UTC)

    def local_date(self, moment: datetime) -> date:
        """The local date of an instant."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def midnight(self, day: date) -> datetime:
        """Start of the local ``day`` in UTC (its first instant where midnight does not exist)."""
        zone = ZoneInfo(self.timezone)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def local_dates(start: datetime, interval_s: int, intervals: int, timezone: str) -> NDArray[np.datetime64]:
    """Local date (intervals,) as datetime64[D] of consecutive intervals from ``start``."""
    utc_s = int(start.timestamp()) + interval_s * np.arange(intervals, dtype=np.int64)
    dates: NDArray[np.datetime64] = ((utc_s + utc_offsets_s(utc_s, timezone)) // DAY_S).astype("datetime64[D]")
    return dates


def utc_offsets_s(utc_s: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Local time minus UTC [s] at each instant, (instants,), for instants ``utc_s`` [s since 1970]."""
    zone = ZoneInfo(timezone)

    def offset_s(second: int) -> int:
        moment = datetime.fromtimestamp(int(second), zone)
        return int((moment.utcoffset() or timedelta()).total_seconds())

    if not utc_s.size:
        return np.zeros(0, dtype=np.int64)
    # Offsets change twice a year at most: one look at each end of a UTC day tells, but for the days of a change.
    days, day = np.unique(utc_s // DAY_S, return_inverse=True)
    at_edges = np.array([[offset_s(edge * DAY_S) for edge in (first, first + 1)] for first in days.tolist()])
    offsets = at_edges[day, 0]
    for at in np.flatnonzero(np.diff(at_edges)[day, 0] != 0):
        offsets[at] = offset_s(utc_s[at])
    return np.asarray(offsets, dtype=np.int64)


def weekdays(dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Weekday of each date, (dates,), 0 is Monday."""
    # 1 January 1970 was a Thursday, weekday 3.
    return (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7


@lru_cache(maxsize=512)
def _public_holidays(country: str | None, subdivision: str | None, year: int) -> dict[date, str]:
    if country is None:
        return {}
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError as error:  # how the package says that it has no such country or part
        raise CalendarInvalid(
            f"no public holidays are known for country {country!r} with subdivision {subdivision!r}: "
            "expected an ISO 3166 code and a subdivision of the holidays package, or None"
        ) from error
    return dict(found)


@lru_cache(maxsize=64)
def _weekend(country: str | None, subdivision: str | None) -> frozenset[int]:
    """Weekdays off, 0 is Monday: Friday and Saturday in some countries."""
    if country is None:
        return frozenset({5, 6})
    return frozenset(holidays.country_holidays(country, subdiv=subdivision).weekend)
