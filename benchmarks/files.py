"""Files of counts -> series: local wall-clock starts become UTC intervals, with what is missing left open."""

import csv
import gzip
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar, LocalGrid
from forecasting.errors import CalendarInvalid
from forecasting.series import DAY_S, IntervalSeries

DEFAULT_TIMEZONE = "Europe/London"
_MISSING = {"", "na", "nan", "null", "none"}
_UNITS_S = {
    "min": 60,
    "t": 60,
    "m": 60,
    "h": 3600,
    "hour": 3600,
    "hourly": 3600,
    "d": DAY_S,
    "day": DAY_S,
    "daily": DAY_S,
}


class FileInvalid(ValueError):
    """A file of counts, or how it is to be read, makes no sense; names the file, the row and the value."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how to read it; what is None is worked out from the file or its time zone."""

    path: Path
    interval_s: int | None = None
    timezone: str | None = None
    country: str | None = None
    subdivision: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """One column of a file: ``<file stem>:<column>``, its UTC intervals, calendar and local grid.

    ``notes`` say what of the file could not be used as it stood.
    """

    name: str
    series: IntervalSeries
    calendar: Calendar
    grid: LocalGrid
    notes: tuple[str, ...]

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """(7, slots): whether that weekday's slot ever holds a count; what never does is closed."""
        seen = np.zeros((7, self.grid.n_slots), dtype=bool)
        known = ~np.isnan(self.series.values)
        seen[self.grid.weekdays[known], self.grid.slots[known]] = True
        return seen


def parse_frequency(text: str) -> int:
    """Width of an interval [s] from ``15min``, ``30min``, ``1h``, ``hourly``, ``daily`` and the like."""
    match = re.fullmatch(r"(\d*)\s*([a-z]+)", text.strip().lower())
    unit_s = _UNITS_S.get(match.group(2)) if match else None
    width_s = int(match.group(1) or 1) * unit_s if match and unit_s else 0
    if width_s <= 0 or DAY_S % width_s:
        raise FileInvalid(f"frequency is {text!r}: expected a part of a day such as 15min, 30min, hourly or daily")
    return width_s


def parse_source(
    text: str, interval_s: int | None, timezone: str | None, country: str | None, subdivision: str | None
) -> Source:
    """``FILE``, or ``FILE@30min@Asia/Jerusalem`` with settings of its own that go before the given ones."""
    path = text
    while "@" in path:
        front, _, setting = path.rpartition("@")
        if setting in available_timezones():
            timezone = setting
        elif re.fullmatch(r"\d*[A-Za-z]+", setting) and not Path(path).exists():
            interval_s = parse_frequency(setting)
        else:
            break
        path = front
    return Source(Path(path), interval_s, timezone, country, subdivision)


def read(source: Source) -> list[Counts]:
    """Every column of the file as a series; all share the file's first start and last end.

    Rows in an hour that the clocks skip are dropped. Of an hour that they repeat, a start given twice is one row for
    each of the two; given once it may hold either or both, so both count as missing.
    A file in long form (start, count, name of the series) is spread to columns.

    Raises
    ------
    FileInvalid : no rows, a start that is no time, off the grid or given twice, or a count that is no whole number >= 0
    """
    where = source.path.name
    header, rows = _wide(where, *_table(source.path))
    lines, moments = [], []
    for line, cells in rows:
        lines.append(line)
        moments.append(_moment(cells[0], f"{where}, row {line}"))
    columns = _columns(where, header, rows)
    interval_s = source.interval_s or _usual_step(where, moments)
    calendar = calendar_of(source, is_daily=interval_s == DAY_S)
    utc_s, notes = _utc_seconds(where, lines, moments, interval_s, calendar.timezone)
    kept = np.flatnonzero(utc_s >= 0)
    if not kept.size:
        raise FileInvalid(f"{where}: no row has a start that can be used")
    first, last = int(utc_s[kept].min()), int(utc_s[kept].max())
    start = datetime.fromtimestamp(first, UTC)
    position = (utc_s[kept] - first) // interval_s
    grid = calendar.grid(start, interval_s, (last - first) // interval_s + 1)
    found = []
    for column, values in columns.items():
        spread = np.full((last - first) // interval_s + 1, np.nan)
        spread[position] = values[kept]
        series = IntervalSeries(start, interval_s, spread)
        found.append(Counts(f"{_stem(source.path)}:{column}", series, calendar, grid, notes))
    return found


def calendar_of(source: Source, *, is_daily: bool) -> Calendar:
    """The place of a file: its time zone, and the country that the zone lies in unless another is given.

    Days have no time zone: a daily file is read as UTC days with the holidays of its place.
    """
    timezone = source.timezone or DEFAULT_TIMEZONE
    country = source.country or _country_of_zone(timezone)
    subdivision = source.subdivision or ("ENG" if country == "GB" and timezone == "Europe/London" else None)
    clock = "UTC" if is_daily else timezone
    if source.country is not None:
        return Calendar(clock, country, subdivision)
    try:
        return Calendar(clock, country, subdivision if country else None)
    except CalendarInvalid:
        return Calendar(clock, None, None)  # the zone is good or fails here: only the country's holidays are unknown


@cache
def _country_of_zone(timezone: str) -> str | None:
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    for row in table.splitlines():
        cells = row.split("\t")
        if not row.startswith("#") and cells[2] == timezone:
            return cells[0]
    return None


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".csv")


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    if not path.is_file():
        raise FileInvalid(f"{path}: no such file")
    content = path.read_bytes()
    try:
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise FileInvalid(f"{path.name}: expected UTF-8 text, or that in gzip where it ends in .gz: {error}") from error
    reader = csv.reader(text.splitlines())
    header = next(reader, [])
    rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    if len(header) < 2 or not rows:
        raise FileInvalid(f"{path.name}: expected a header of at least two columns, and rows below it")
    for line, cells in rows:
        if len(cells) != len(header):
            raise FileInvalid(f"{path.name}, row {line}: {len(cells)} cells, expected {len(header)} as in the header")
    return [name.strip() for name in header], rows


def _wide(
    where: str, header: list[str], rows: list[tuple[int, list[str]]]
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The table itself, or, where its third and last column holds names, one column for each name."""
    if len(header) != 3 or all(_is_count_or_missing(cells[2]) for _, cells in rows):
        return header, rows
    names = sorted({cells[2].strip() for _, cells in rows})
    spread: dict[str, tuple[int, list[str]]] = {}
    for line, (start, count, name) in rows:
        cells = spread.setdefault(start, (line, [start, *[""] * len(names)]))[1]
        at = 1 + names.index(name.strip())
        if cells[at]:
            raise FileInvalid(f"{where}, row {line}: {name} at {start} was given before")
        cells[at] = count
    return [header[0], *names], list(spread.values())


def _is_count_or_missing(text: str) -> bool:
    return bool(re.fullmatch(r"[-+.\de]*", text.strip().lower())) or text.strip().lower() in _MISSING


def _moment(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise FileInvalid(f"{where}: start is {text!r}, expected a time such as 2024-03-01 07:15:00") from error


def _columns(where: str, header: list[str], rows: list[tuple[int, list[str]]]) -> dict[str, NDArray[np.float64]]:
    if len(set(header)) != len(header):
        raise FileInvalid(f"{where}: columns are {header}, expected each name once")
    return {
        name: np.array([_count(cells[at], f"{where}, row {line}, column {name}") for line, cells in rows])
        for at, name in enumerate(header[1:], start=1)
    }


def _count(text: str, where: str) -> float:
    if text.strip().lower() in _MISSING:
        return np.nan
    try:
        count = float(text)
    except ValueError:
        count = -1.0
    if not (count >= 0 and count % 1 == 0):
        raise FileInvalid(f"{where}: count is {text!r}, expected a whole number >= 0, or nothing where it is missing")
    return count


def _usual_step(where: str, moments: list[datetime]) -> int:
    ordered = sorted({moment.replace(tzinfo=None) for moment in moments})
    steps = Counter(int((b - a).total_seconds()) for a, b in pairwise(ordered))
    step_s = steps.most_common(1)[0][0] if steps else 0
    if step_s <= 0 or DAY_S % step_s:
        raise FileInvalid(
            f"{where}: starts are mostly {step_s} seconds apart, expected a part of a day; give --frequency"
        )
    return step_s


def _utc_seconds(
    where: str, lines: list[int], moments: list[datetime], interval_s: int, timezone: str
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """UTC start [s since 1970] of each row, -1 where it cannot be used, and notes on those."""
    zone = ZoneInfo(timezone)
    seen: dict[int, int] = {}
    utc_s = np.full(len(moments), -1, dtype=np.int64)
    times = Counter(moment for moment in moments if moment.tzinfo is None)
    skipped, repeated_once = 0, 0
    for at, moment in enumerate(moments):
        local = moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)
        if (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) % timedelta(seconds=interval_s):
            raise FileInvalid(f"{where}, row {lines[at]}: start {moment} is off the grid of {interval_s} seconds")
        if moment.tzinfo is not None:
            instants: tuple[int, ...] = (int(moment.timestamp()),)
        else:
            instants = _instants(local, zone)
            skipped += not instants
            if len(instants) == 2 and times[moment] == 1:
                repeated_once += 1
                continue
        if not instants:
            continue
        free = [instant for instant in instants if instant not in seen]
        if not free:
            raise FileInvalid(f"{where}, row {lines[at]}: start {moment} was given before, in row {seen[instants[0]]}")
        seen[free[0]] = lines[at]
        utc_s[at] = free[0]
    notes = []
    if skipped:
        notes.append(f"{skipped} rows in hours that the clocks skip, dropped")
    if repeated_once:
        notes.append(f"{repeated_once} rows in hours that the clocks repeat, given once: missing")
    return utc_s, tuple(notes)


def _instants(local: datetime, zone: ZoneInfo) -> tuple[int, ...]:
    """The UTC instants [s] at which the wall clock shows ``local``: none, one or two, in order."""
    found = set()
    for fold in (0, 1):
        instant = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == local:
            found.add(int(instant.timestamp()))
    return tuple(sorted(found))
