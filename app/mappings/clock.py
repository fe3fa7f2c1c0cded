"""When a row is: from a telephony's own way of writing times to UTC, both clock changes included."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.csv_table import YEARS
from app.mappings.schemas import FileClock
from app.spreadsheet import Cell, text_of

_BACKWARDS = timedelta(minutes=30)  # calls are logged a little out of order; a clock goes back by an hour


def reading(clock: FileClock, at: Cell, on: Cell) -> datetime:
    """What the file's clock shows at the mark of a row: aware where the file gives an offset, else as it stands.

    Raises `ValueError` for what is no such time.
    """
    at = _end_of_range(clock, at)
    is_midnight_of = False
    if isinstance(at, datetime):
        value = at
    else:
        if clock.date is not None and isinstance(at, str) and at[:5] == "24:00":
            at, is_midnight_of = "00:00" + at[5:], True
        value = _parsed(clock, at, on)
    if clock.midnight_ends_day and clock.date is not None and value.time() == time():
        is_midnight_of = True
    if is_midnight_of:
        value += timedelta(days=1)
    if not YEARS[0] <= value.year <= YEARS[1]:
        raise ValueError(f"a time in the years {YEARS[0]} to {YEARS[1]} is expected")
    if clock.zone == "offset" and value.utcoffset() is None:
        raise ValueError("a time with its offset from UTC is expected, as the mapping's zone says")
    if clock.zone != "offset" and value.utcoffset() is not None:
        raise ValueError("a time without an offset is expected: is the mapping's zone 'offset'?")
    return value


def _end_of_range(clock: FileClock, at: Cell) -> Cell:
    """The start or end of a cell that has both."""
    if clock.range is None or not isinstance(at, str):
        return at
    start, mark, end = at.partition(clock.range)
    if not mark:
        raise ValueError(f"start and end with {clock.range!r} between them are expected")
    return (start if clock.marks == "start" else end).strip()


def _parsed(clock: FileClock, at: Cell, on: Cell) -> datetime:
    if clock.date is not None and isinstance(on, datetime | date) and isinstance(at, time):
        return datetime.combine(on.date() if isinstance(on, datetime) else on, at)
    text = at.isoformat() if isinstance(at, time) else text_of(at)
    if clock.date is not None:
        day = on.date().isoformat() if isinstance(on, datetime) else text_of(on)
        text = f"{day} {text}"
    try:
        # Its zone is the mapping's.
        return datetime.fromisoformat(text) if clock.format is None else datetime.strptime(text, clock.format)  # noqa: DTZ007
    except (ValueError, OverflowError):
        wanted = "ISO 8601" if clock.format is None else f"the format {clock.format!r}"
        raise ValueError(f"a date and time in {wanted} is expected") from None


class NoSuchTime(ValueError):
    """A local time that the clocks go forward over."""


class Resolver:
    """From readings to UTC. An hour that local clocks show twice is told apart by what came before."""

    def __init__(self, clock: FileClock, zone: ZoneInfo) -> None:
        self._zone = {"utc": ZoneInfo("UTC"), "offset": ZoneInfo("UTC"), "local": zone}[clock.zone]
        self._seen: set[tuple[Hashable, datetime]] = set()
        self._last: datetime | None = None
        self._is_second = False

    def of_interval(self, value: datetime, split: Hashable) -> datetime:
        """A split's row that shows a time for the second time is of the hour's second run."""
        return self._utc(value, lambda: self._again(value, split))

    def of_call(self, value: datetime) -> datetime:
        """Calls in order of time: within the hour, a clock that goes back is in its second run."""
        moment = self._utc(value, lambda: self._went_back(value))
        self._last = value if value.utcoffset() is None else None
        return moment

    def _again(self, value: datetime, split: Hashable) -> bool:
        key = (split, value)
        is_again = key in self._seen
        self._seen.add(key)
        return is_again

    def _went_back(self, value: datetime) -> bool:
        if self._last is not None and self._last.date() == value.date():
            self._is_second |= value < self._last - _BACKWARDS
        else:
            self._is_second = False
        return self._is_second

    def _utc(self, value: datetime, is_second: Callable[[], bool]) -> datetime:
        if value.utcoffset() is not None:
            return value.astimezone(UTC)
        first, second = (value.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return first.astimezone(UTC)
        if first.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != value:
            raise NoSuchTime("this time does not exist: the clocks go forward over it; is the mapping's zone utc?")
        return (second if is_second() else first).astimezone(UTC)
