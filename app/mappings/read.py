"""Read a telephony's file by a mapping: a stream of bytes in, call history and a quality report out. No database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

from app.calls.history import COLUMNS, CallsRow, Queue, history_of
from app.calls.parse import ParsedCalls, report_of
from app.calls.quality import contradictions
from app.calls.schemas import MappedOut, SplitOut
from app.csv_table import CsvFileError
from app.findings import Sieve, shown
from app.mappings.clock import NoSuchTime, Resolver, reading
from app.mappings.columns import Header, named, preamble_value
from app.mappings.figures import Faulty, Figures, Marks
from app.mappings.legs import Calls, Thresholds
from app.mappings.schemas import Amount, CellPlace, MappingIn, Split
from app.mappings.tally import QUARTER, Tally, as_row
from app.schema import Schema
from app.spreadsheet import Cell, Format, Layout, Row, cells_of, text_of

_LISTED_SPLITS = 20  # unknown ones that a report names


class Profile(Schema):
    """A mapping by name and version, as a report names it."""

    name: str
    version: int
    mapping: MappingIn


def read_mapped(
    file: BinaryIO, media: Format, profile: Profile, *, zone: ZoneInfo, thresholds: Thresholds, now: datetime
) -> ParsedCalls:
    """Parse and check a telephony's file: rows by split and interval, or by call, to sums by queue and quarter-hour.

    Parameters
    ----------
    zone : the force's time zone
    thresholds : by which a file of single calls is counted
    now : the present, with time zone: a history of days to come is refused

    Raises
    ------
    CsvFileError : not readable as such a file, a column is missing, or personal data in it. Faulty rows are in the
        report instead.
    """
    mapping = profile.mapping
    above: list[Row] = []
    header: Header | None = None
    reader: _Reader | None = None
    for number, cells in cells_of(file, media, Layout(mapping.separator, mapping.encoding, mapping.sheet)):
        if number <= mapping.skip_rows:
            above.append((number, cells))
        elif header is None:
            header = Header(number, [text_of(cell) for cell in cells], mapping)
            reader = _Reader(mapping, header, above, zone, thresholds)
        else:
            assert reader is not None
            reader.take(number, cells)
    if header is None or reader is None:
        raise CsvFileError(
            f"the file has no header below its first {mapping.skip_rows} rows", expected="a header and rows"
        )
    if reader.sieve.rows_read == 0:
        raise CsvFileError("the file has a header but no rows", row=header.number + 1, expected="at least one row")
    return reader.result(profile, now)


class _Reader:
    """Takes row after row; the sums are made up at the end."""

    def __init__(
        self, mapping: MappingIn, header: Header, above: Sequence[Row], zone: ZoneInfo, thresholds: Thresholds
    ) -> None:
        self.sieve: Sieve[CallsRow] = Sieve(2, "queue {0}", contradictions)
        self._mapping, self._header, self._zone = mapping, header, zone
        self._splits = {_plain(name): (name, split) for name, split in mapping.splits.items()}
        self._only = {column: {_plain(value) for value in values} for column, values in mapping.only.items()}
        self._footer = tuple(_plain(text) for text in mapping.footer)
        self._fixed = {
            id(place): place.value if place.value is not None else preamble_value(place, above)
            for place in (mapping.split, mapping.time.at, mapping.time.date)
            if place is not None and place.column is None
        }
        amounts = mapping.columns if mapping.calls is None else mapping.calls.columns
        self._figures = Figures(cast(Mapping[str, Amount], amounts), header.places, Marks.of(mapping))
        self._resolver = Resolver(mapping.time, zone)
        self._tally, self._calls = Tally(timedelta(minutes=mapping.interval_min)), Calls(thresholds)
        self._passed_over: Counter[str] = Counter()
        self._unknown: set[str] = set()
        self._rows_of: Counter[str] = Counter()

    def take(self, number: int, cells: list[Cell]) -> None:
        self.sieve.rows_read += 1
        self._header.check(number, cells)
        first = next((_plain(text_of(cell)) for cell in cells if cell not in (None, "")), "")
        if self._footer and first.startswith(self._footer):
            self._passed_over["totals"] += 1
            return
        for column, values in self._only.items():
            if _plain(text_of(self._cell(column, cells))) not in values:
                self._passed_over[f"other values of {named(column)}"] += 1
                return
        name = text_of(self._at(self._mapping.split, cells))
        if not name:
            self._passed_over["no split"] += 1
            return
        known = self._splits.get(_plain(name))
        if known is None:
            self._refuse_split(number, name)
        elif known[1].queue is None:
            self._passed_over["splits of no queue"] += 1
        else:
            self._count(number, known[0], known[1], cells)

    def _count(self, number: int, name: str, split: Split, cells: list[Cell]) -> None:
        try:
            figures = self._figures.of(cells)
            moment = self._moment(name, cells)
        except Faulty as fault:
            value = None if fault.cell is None else shown(text_of(fault.cell))
            self.sieve.reject(number, [(named(fault.column), value, fault.reason)])
            return
        except NoSuchTime as error:
            if any(figures.values()):
                self._reject_time(number, cells, str(error))
            else:
                self._passed_over["the hour that the clocks skip"] += 1
            return
        except ValueError as error:
            self._reject_time(number, cells, str(error))
            return
        if self._mapping.calls is not None:
            self._count_call(number, split, moment, figures, cells)
            self._rows_of[name] += 1
            return
        if figures["offered"] is None:
            self.sieve.reject(number, [("offered", None, "a number of offered calls is expected")])
            return
        reason = self._tally.add(number, name, split, moment, figures)
        if reason:
            self.sieve.reject(number, [("interval_start", moment.isoformat(), reason)])
        elif reason == "":
            self.sieve.duplicates += 1
            repeats = f"row {number} repeats an earlier row of split {name!r}; counted once"
            self.sieve.warnings.add(number, "interval_start", moment.isoformat(), repeats)

    def _count_call(
        self, number: int, split: Split, arrival: datetime, figures: dict[str, float | None], cells: list[Cell]
    ) -> None:
        calls = self._mapping.calls
        assert calls is not None
        assert split.queue is not None
        said = text_of(self._cell(calls.outcome, cells))
        outcome = next((told for text, told in calls.outcomes.items() if _plain(text) == _plain(said)), None)
        if outcome is None:
            known = ", ".join(calls.outcomes)
            self.sieve.reject(number, [(named(calls.outcome), shown(said), f"one of the mapping's outcomes: {known}")])
        elif outcome == "ignored":
            self._passed_over["outcomes that are no calls"] += 1
        elif figures["wait_s"] is None and outcome != "continues":
            self.sieve.reject(number, [("wait_s", None, "a wait is expected")])
        else:
            call_id = None if calls.call_id is None else text_of(self._cell(calls.call_id, cells)) or None
            if call_id is None and outcome == "continues":
                self._passed_over["legs that went on"] += 1
                return
            leg = (arrival, figures["wait_s"] or 0.0, figures.get("talk_s"), figures.get("wrap_s"), outcome)
            self._calls.add(split.queue, call_id, leg)

    def _moment(self, name: str, cells: list[Cell]) -> datetime:
        """When the row's call arrived, or its interval starts [UTC]."""
        clock = self._mapping.time
        on = None if clock.date is None else self._at(clock.date, cells)
        value = reading(clock, self._at(clock.at, cells), on)
        if self._mapping.calls is not None:
            return self._resolver.of_call(value)
        start = self._resolver.of_interval(value, name)
        if clock.marks == "end":
            start -= self._tally.width
        if (start.minute * 60 + start.second) % self._tally.width.seconds or start.microsecond:
            raise ValueError(f"the {clock.marks} of an interval of {self._mapping.interval_min} minutes is expected")
        return start

    def result(self, profile: Profile, now: datetime) -> ParsedCalls:
        """All quarter-hours by queue and time, checked."""
        mapping, is_calls = self._mapping, self._mapping.calls is not None
        fields = self._calls.thresholds.fields if is_calls else tuple(mapping.columns or ())
        if is_calls and mapping.calls is not None:
            fields = tuple(n for n in fields if n not in ("talk_s", "wrap_s") or n in mapping.calls.columns)
            self._tally.cells = self._calls.cells()
        left_out = filled = 0
        cells = self._tally.cells
        if cells and (is_calls or mapping.omitted == "zero"):
            filled = self._tally.fill(
                sorted({queue for queue, _ in cells}),
                [name for name in fields if name in COLUMNS],
                *self._covered(now),
            )
        elif cells:
            left_out = self._tally.drop_incomplete(mapping.splits, self.sieve.warnings)
        for key in sorted(cells):
            self.sieve.take(cells[key].row, cast(CallsRow, as_row(key, cells[key], COLUMNS)))
        history = history_of(self.sieve.rows())
        told = MappedOut(
            name=profile.name,
            version=profile.version,
            splits=self._told_splits(is_calls),
            passed_over=dict(self._passed_over),
            filled=filled,
            left_out=left_out,
            unread_columns=[named(name) for name in self._header.unread.values()],
        )
        report = report_of(history, self.sieve, self._zone, now, QUARTER).model_copy(update={"mapping": told})
        columns = ("queue", "interval_start", *(name for name in COLUMNS if name in fields))
        return ParsedCalls(columns, history, report)

    def _covered(self, now: datetime) -> tuple[datetime, datetime]:
        """From the first quarter-hour that the file tells of to the end of the last, nothing to come included."""
        starts = [start for _, start in self._tally.cells]
        first, last = min(starts), max(starts)
        if self._mapping.omitted_over == "rows":
            return first, last + QUARTER
        days = (moment.astimezone(self._zone).date() for moment in (first, last))
        begin, end = (
            datetime.combine(day + timedelta(days=n), datetime.min.time(), self._zone).astimezone(first.tzinfo)
            for n, day in enumerate(days)
        )
        return begin, max(min(end, now - QUARTER), last + QUARTER)

    def _told_splits(self, is_calls: bool) -> list[SplitOut]:
        rows = self._rows_of if is_calls else self._tally.rows
        return [
            SplitOut(
                split=name,
                queue=cast(Queue, self._mapping.splits[name].queue),
                rows=rows[name],
                offered=None if is_calls else self._tally.offered[name],
            )
            for name in sorted(rows)
        ]

    def _refuse_split(self, number: int, name: str) -> None:
        self.sieve.rejected += 1
        if name not in self._unknown and len(self._unknown) < _LISTED_SPLITS:
            self._unknown.add(name)
            reason = (
                f"split {named(name)!r} is not in the mapping: give its queue, or null where its calls do not count"
            )
            self.sieve.issues.add(number, "split", named(name), reason)

    def _reject_time(self, number: int, cells: list[Cell], reason: str) -> None:
        value = shown(text_of(self._at(self._mapping.time.at, cells)))
        self.sieve.reject(number, [("time", value, reason)])

    def _at(self, place: CellPlace, cells: list[Cell]) -> Cell:
        if place.column is None:
            return self._fixed[id(place)]
        return self._cell(place.column, cells)

    def _cell(self, column: str, cells: list[Cell]) -> Cell:
        place = self._header.places[column]
        return cells[place] if place < len(cells) else None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
