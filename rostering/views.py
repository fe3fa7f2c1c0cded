"""Four views of one schedule: a day by quarter-hours, week and month by dates, a year by months. Plain counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rostering.roster import Activity, Duty

_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)
OFF_DUTY = "."
CODES: Mapping[Activity, str] = MappingProxyType(
    {
        Activity.CALLS_999: "9",
        Activity.CALLS_101: "1",
        Activity.MEAL: "M",
        Activity.BREAK: "B",
        Activity.TRAINING: "T",
        Activity.LEARNING: "L",
        Activity.BRIEFING: "H",
    }
)


@dataclass(frozen=True, slots=True)
class DayRow:
    """One handler's day: a code of ``CODES`` or ``OFF_DUTY`` for each quarter-hour, minutes by activity."""

    handler: str
    codes: str
    minutes: Mapping[Activity, int]


@dataclass(frozen=True, slots=True)
class DayView:
    """A local day: 96 quarter-hours, 92 or 100 on the days of clock changes, by their starts in local time."""

    day: date
    starts: tuple[datetime, ...]
    rows: tuple[DayRow, ...]
    totals: Mapping[Activity, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a handler, or all of them, do in one column: minutes by activity; duties that start there."""

    minutes: Mapping[Activity, int]
    duties: tuple[tuple[datetime, datetime], ...]

    @property
    def on_duty_min(self) -> int:
        """Minutes of all activities."""
        return sum(self.minutes.values())


@dataclass(frozen=True, slots=True)
class TableRow:
    """One handler: a cell for each column, and their sum."""

    handler: str
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True)
class TableView:
    """A week or month by local dates, or a year by months, each column told by its first date.

    totals : all handlers by column; total : everything
    """

    columns: tuple[date, ...]
    rows: tuple[TableRow, ...]
    totals: tuple[Cell, ...]
    total: Cell


def day_view(duties: Iterable[Duty], timezone: str, day: date, handlers: Sequence[str] = ()) -> DayView:
    """The local day of everybody with a duty in it and of ``handlers``, by reference.

    A quarter-hour's code is that of the activity at its start. A minute belongs to the local date on which it falls,
    in this view and in all others.
    """
    zone = ZoneInfo(timezone)
    begin, end = _midnight(day, zone), _midnight(day + _DAY, zone)
    starts = tuple((begin + n * _QUARTER).astimezone(zone) for n in range((end - begin) // _QUARTER))
    codes = {ref: [OFF_DUTY] * len(starts) for ref in handlers}
    minutes: dict[str, Counter[Activity]] = {ref: Counter() for ref in handlers}
    for duty in duties:
        for activity, first, last in _parts(duty, begin, end):
            row = codes.setdefault(duty.handler, [OFF_DUTY] * len(starts))
            minutes.setdefault(duty.handler, Counter())[activity] += _minutes(first, last)
            for n in range(-((begin - first) // _QUARTER), -((begin - last) // _QUARTER)):
                row[n] = CODES[activity]
    rows = tuple(DayRow(ref, "".join(codes[ref]), _frozen(minutes[ref])) for ref in sorted(codes))
    return DayView(day, starts, rows, _frozen(sum(minutes.values(), Counter())))


def week_view(duties: Iterable[Duty], timezone: str, monday: date, handlers: Sequence[str] = ()) -> TableView:
    """The seven local dates from ``monday`` on."""
    return _table(duties, timezone, [monday + n * _DAY for n in range(8)], handlers)


def month_view(duties: Iterable[Duty], timezone: str, year: int, month: int, handlers: Sequence[str] = ()) -> TableView:
    """The local dates of a month."""
    first, end = date(year, month, 1), _next_month(date(year, month, 1))
    return _table(duties, timezone, [first + n * _DAY for n in range((end - first).days + 1)], handlers)


def year_view(duties: Iterable[Duty], timezone: str, year: int, handlers: Sequence[str] = ()) -> TableView:
    """The months of a year."""
    return _table(duties, timezone, [date(year, month, 1) for month in range(1, 13)] + [date(year + 1, 1, 1)], handlers)


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Local midnight at which ``day`` begins, as UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _minutes(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(minutes=1)


def _frozen(minutes: Mapping[Activity, int]) -> Mapping[Activity, int]:
    """Minutes in the order of the activities, without those of none."""
    return MappingProxyType({activity: minutes[activity] for activity in Activity if minutes.get(activity)})


def _parts(duty: Duty, begin: datetime, end: datetime) -> Iterator[tuple[Activity, datetime, datetime]]:
    """Activities of ``duty`` within ``begin`` to ``end``, in UTC."""
    for span in duty.activities:
        first, last = max(span.start.astimezone(UTC), begin), min(span.end.astimezone(UTC), end)
        if first < last:
            yield span.activity, first, last


def _table(duties: Iterable[Duty], timezone: str, edges: Sequence[date], handlers: Sequence[str]) -> TableView:
    """Columns from each date of ``edges`` to the next."""
    zone = ZoneInfo(timezone)
    moments = [_midnight(edge, zone) for edge in edges]
    found: dict[str, list[Cell]] = {ref: [_NOTHING] * (len(edges) - 1) for ref in handlers}
    for duty in sorted(duties, key=lambda duty: duty.start):
        if duty.end <= moments[0] or duty.start >= moments[-1]:
            continue
        row = found.setdefault(duty.handler, [_NOTHING] * (len(edges) - 1))
        for n, (begin, end) in enumerate(pairwise(moments)):
            if duty.end <= begin or duty.start >= end:
                continue
            minutes: Counter[Activity] = Counter()
            for activity, first, last in _parts(duty, begin, end):
                minutes[activity] += _minutes(first, last)
            starts = ((duty.start, duty.end),) if begin <= duty.start < end else ()
            if minutes or starts:
                row[n] = _sum((row[n], Cell(_frozen(minutes), starts)))
    rows = tuple(TableRow(ref, tuple(cells), _sum(cells)) for ref, cells in sorted(found.items()))
    totals = tuple(_sum(row.cells[n] for row in rows) for n in range(len(edges) - 1))
    return TableView(tuple(edges[:-1]), rows, totals, _sum(totals))


_NOTHING = Cell(MappingProxyType({}), ())


def _sum(cells: Iterable[Cell]) -> Cell:
    minutes: Counter[Activity] = Counter()
    duties: list[tuple[datetime, datetime]] = []
    for cell in cells:
        minutes.update(cell.minutes)
        duties.extend(cell.duties)
    return Cell(_frozen(minutes), tuple(sorted(duties)))
