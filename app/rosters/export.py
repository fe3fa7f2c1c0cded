"""A roster as files: CSV and workbook, one line for each activity, and calendars of duties. UTC, with local times."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from app.representation import csv_bytes
from app.tables import RosterRow
from rostering.roster import ActivitySpan, Duty
from rostering.views import TableView, month_view

FileFormat = Literal["csv", "xlsx", "ical"]
MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ical": "text/calendar; charset=utf-8",
}
COLUMNS = (
    "roster_id", "revision", "handler", "team", "date", "duty_start", "duty_end", "activity", "start", "end",
    "start_local", "end_local", "minutes",
)  # fmt: skip
DUTY_COLUMNS = (
    "roster_id", "revision", "handler", "team", "date", "start", "end", "start_local", "end_local", "minutes",
)  # fmt: skip


def as_file(
    row: RosterRow, duties: Sequence[Duty], teams: Mapping[str, str | None], zone: ZoneInfo, format: FileFormat
) -> bytes:
    """`duties` as a file; `teams` names each handler's."""
    if format == "csv":
        return csv_bytes(COLUMNS, _activities(row, duties, teams, zone))
    return _workbook(row, duties, teams, zone) if format == "xlsx" else _calendar(row, duties, zone)


def chosen(duties: Sequence[Duty], refs: Collection[str] | None) -> list[Duty]:
    """Duties of these handlers, None: of all, by start and handler."""
    return sorted((d for d in duties if refs is None or d.handler in refs), key=lambda d: (d.start, d.handler))


def _activities(
    row: RosterRow, duties: Sequence[Duty], teams: Mapping[str, str | None], zone: ZoneInfo
) -> Iterator[tuple[object, ...]]:
    for duty in duties:
        for span in duty.activities:
            yield (*_whose(row, duty, teams, zone), _utc(duty.start), _utc(duty.end), str(span.activity),
                   *_times(span.start, span.end, zone))  # fmt: skip


def _duties(
    row: RosterRow, duties: Sequence[Duty], teams: Mapping[str, str | None], zone: ZoneInfo
) -> Iterator[tuple[object, ...]]:
    for duty in duties:
        yield (*_whose(row, duty, teams, zone), *_times(duty.start, duty.end, zone))


def _whose(row: RosterRow, duty: Duty, teams: Mapping[str, str | None], zone: ZoneInfo) -> tuple[object, ...]:
    day = duty.start.astimezone(zone).date().isoformat()
    return str(row.id), row.revision, duty.handler, teams.get(duty.handler), day


def _times(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[object, ...]:
    local = (start.astimezone(zone).isoformat(), end.astimezone(zone).isoformat())
    return _utc(start), _utc(end), *local, (end.astimezone(UTC) - start.astimezone(UTC)) // timedelta(minutes=1)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _workbook(row: RosterRow, duties: Sequence[Duty], teams: Mapping[str, str | None], zone: ZoneInfo) -> bytes:
    """Duties, activities, and hours on duty by handler and date. Times are texts with their offsets: a cell has no time
    zone."""
    from openpyxl import Workbook  # loaded where it is wanted: it would be a tenth of the process's start

    book = Workbook(write_only=True)
    for name, columns, lines in (
        ("duties", DUTY_COLUMNS, _duties(row, duties, teams, zone)),
        ("activities", COLUMNS, _activities(row, duties, teams, zone)),
    ):
        sheet = book.create_sheet(name)
        sheet.append(columns)
        for line in lines:
            sheet.append(line)
    months = sorted({(day.year, day.month) for duty in duties for day in (duty.start.astimezone(zone).date(),)})
    for year, month in months:
        sheet = book.create_sheet(f"hours {year}-{month:02d}")
        for cells in _hours(month_view(duties, zone.key, year, month)):
            sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _hours(view: TableView) -> Iterator[list[object]]:
    yield ["handler", *(day.isoformat() for day in view.columns), "total"]
    for row in view.rows:
        yield [row.handler, *(cell.on_duty_min / 60 for cell in row.cells), row.total.on_duty_min / 60]
    yield ["total", *(cell.on_duty_min / 60 for cell in view.totals), view.total.on_duty_min / 60]


def _calendar(row: RosterRow, duties: Sequence[Duty], zone: ZoneInfo) -> bytes:
    """RFC 5545. A duty keeps its UID while its handler and date stay, so that a calendar follows later revisions."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Pacesetter//rosters//EN")
    calendar.add("version", "2.0")
    for duty in duties:
        event = Event()
        day = duty.start.astimezone(zone).date()
        event.add("uid", f"{row.week_start}-{duty.handler}-{day}@pacesetter")
        event.add("sequence", row.revision)
        event.add("dtstamp", row.created_at)
        event.add("dtstart", duty.start.astimezone(UTC))
        event.add("dtend", duty.end.astimezone(UTC))
        event.add("summary", f"Duty {duty.handler}")
        event.add("status", "CONFIRMED" if row.status == "published" else "TENTATIVE")
        event.add("description", "\n".join(_line(span, zone) for span in duty.activities))
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _line(span: ActivitySpan, zone: ZoneInfo) -> str:
    return f"{span.start.astimezone(zone):%H:%M}-{span.end.astimezone(zone):%H:%M} {span.activity}"
