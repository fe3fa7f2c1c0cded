"""What the page of a roster shows: days, people with their duties, cover. Counting and words; no SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson

from app.web import words
from app.web.rosters.drawing import Drawn, area, drawn, gaps, letters, outline, place, strokes

Zoom = Literal["day", "week", "weeks"]
Look = Literal["day", "week", "weeks", "month", "year"]
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """A stored roster, and what the force knows beside it.

    body, problem : as stored with the roster
    teams, names : by handler; names only for whoever may see them
    holidays : names of bank holidays by local date
    """

    week_start: date
    weeks: int
    zone: ZoneInfo
    body: Mapping[str, Any]
    problem: Mapping[str, Any]
    teams: Mapping[str, str | None]
    names: Mapping[str, str]
    holidays: Mapping[date, str]


@dataclass(frozen=True, slots=True)
class DayColumn:
    """A local date: its quarter-hours, 92 or 100 of them where the clocks change, and what is special of it."""

    date: date
    quarters: int
    is_weekend: bool
    holiday: str | None
    clocks: str | None
    ticks: Sequence[tuple[str, str]]  # where local hours stand, in percent of the day, and their labels


@dataclass(frozen=True, slots=True)
class Cell:
    """A person's local date: `kind` is duty, rest or leave; `text` says it."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A person: paths by letter, letters where the zoom has room for them, a cell for each day."""

    ref: str
    name: str | None
    team: str
    skills: tuple[str, ...]
    roles: tuple[str, ...]
    paths: Mapping[str, str]
    letters: Sequence[tuple[str, str]]
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Strip:
    """A queue's cover: heads to roster against heads on calls, drawn `top` heads high; `gaps` are where it is short."""

    queue: str
    top: int
    required: str
    on_calls: str
    gaps: Sequence[tuple[int, int, int]]
    summary: str


@dataclass(frozen=True, slots=True)
class Grid:
    """What is drawn, `quarters` wide from `begin` [UTC]; `offset` quarter-hours of the roster lie before it.

    data : for the script
    """

    zoom: Zoom
    begin: datetime
    quarters: int
    offset: int
    days: Sequence[DayColumn]
    rows: Sequence[Row]
    strips: Sequence[Strip]
    short: Sequence[Mapping[str, Any]]
    teams: Sequence[str]
    data: Mapping[str, Any]


def grid(facts: Facts, zoom: Zoom, day: date) -> Grid:
    """The grid at a zoom, around the local date `day`, which is of the roster's weeks."""
    zone = facts.zone
    begin = _midnight(facts.week_start, zone)
    first_day, n_days = _window(facts, zoom, day)
    days = [_column(first_day + n * _DAY, facts, zoom) for n in range(n_days)]
    offset, quarters = place(_midnight(first_day, zone), begin), sum(column.quarters for column in days)
    duties = _by_handler(facts.body, begin)
    people = sorted(facts.problem["handlers"], key=lambda one: (facts.teams.get(one["ref"]) or "~", one["ref"]))
    window = (offset, offset + quarters)
    rows = [_row(one, facts, duties[one["ref"]], days, window, zoom) for one in people]
    strips = [_strip(queue, facts.body["coverage"][queue], window) for queue in ("999", "101")]
    shown = [
        duty.compact(at)
        for at, one in enumerate(people)
        for duty in duties[one["ref"]]
        if duty.start < window[1] and duty.end > window[0]
    ]
    return Grid(
        zoom=zoom,
        begin=_midnight(first_day, zone),
        quarters=quarters,
        offset=offset,
        days=days,
        rows=rows,
        strips=strips,
        short=_short(strips, _midnight(first_day, zone)),
        teams=sorted({row.team for row in rows if row.team}),
        data={
            "begin": int(begin.timestamp() // 60),
            "offset": offset,
            "quarters": quarters,
            "zone": zone.key,
            "days": [[f"{column.date}", column.quarters, words.short_day(column.date, zone)] for column in days],
            "people": [one["ref"] for one in people],
            "duties": shown,
            "cover": {
                queue: {
                    name: facts.body["coverage"][queue][name][window[0] : window[1]]
                    for name in ("rostered", "on_calls")
                }
                for queue in ("999", "101")
            },
            "rules": {rule["id"]: rule["text"] for rule in facts.problem["rules"]["rules"]},
        },
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)


def _window(facts: Facts, zoom: Zoom, day: date) -> tuple[date, int]:
    """First local date of the zoom and its days."""
    if zoom == "day":
        return day, 1
    if zoom == "week":
        return day - timedelta(days=day.weekday()), 7
    return facts.week_start, 7 * facts.weeks


def cell_classes(column: DayColumn) -> dict[str, str]:
    """Classes of a cell on that date by its kind; short, since they are sent once for each person."""
    day = f"c q{column.quarters}" + (" w" if column.is_weekend or column.holiday else "")
    return {"duty": f"{day} d", "rest": day, "leave": f"{day} l"}


def script_safe(data: Mapping[str, Any]) -> str:
    """JSON that may stand inside of a `script` element."""
    return orjson.dumps(data).decode().replace("<", "\\u003c")


def steps(facts: Facts, look: Look, day: date) -> tuple[date | None, date | None]:
    """The dates to go back and on to; None: not of the roster's weeks."""
    last = facts.week_start + timedelta(days=7 * facts.weeks - 1)
    if look not in ("day", "week"):
        return None, None
    width = timedelta(days=1 if look == "day" else 7)
    before, after = day - width, day + width
    return before if before >= facts.week_start else None, after if after <= last else None


def _column(day: date, facts: Facts, zoom: Zoom) -> DayColumn:
    begin, end = (_midnight(day + n * _DAY, facts.zone) for n in (0, 1))
    quarters = place(end, begin)
    clocks = None
    if quarters != 96:
        clocks = "Clocks go forward: 23 hours" if quarters < 96 else "Clocks go back: 25 hours"
    step_h = {"day": 1, "week": 6, "weeks": 24}[zoom]
    ticks = []
    for hour in range(0, 24, step_h):
        at = place(datetime.combine(day, time(hour), facts.zone).astimezone(UTC), begin)
        ticks.append((f"{100 * at / quarters:.2f}%", f"{hour:02d}"))
    return DayColumn(day, quarters, day.weekday() >= _SATURDAY, facts.holidays.get(day), clocks, ticks)


def _by_handler(body: Mapping[str, Any], begin: datetime) -> dict[str, list[Drawn]]:
    found: dict[str, list[Drawn]] = defaultdict(list)
    for name, fixed in (("carried_over", True), ("frozen", True), ("duties", False)):
        for duty in body.get(name, ()):
            found[duty["handler"]].append(drawn(duty, begin, fixed=fixed))
    return found


def _row(
    person: Mapping[str, Any],
    facts: Facts,
    duties: Sequence[Drawn],
    days: Sequence[DayColumn],
    window: tuple[int, int],
    zoom: Zoom,
) -> Row:
    ref = person["ref"]
    starts = {duty.start: duty for duty in duties}
    cells, at = [], window[0]
    leave = [(date.fromisoformat(one["first"]), date.fromisoformat(one["last"])) for one in person["leave"]]
    for column in days:
        found = next((starts[n] for n in range(at, at + column.quarters) if n in starts), None)
        if found is not None:
            cells.append(Cell("duty", _times(found, facts)))
        elif any(first <= column.date <= last for first, last in leave):
            cells.append(Cell("leave", "Leave"))
        else:
            cells.append(Cell("rest", "Rest day"))
        at += column.quarters
    return Row(
        ref=ref,
        name=facts.names.get(ref),
        team=facts.teams.get(ref) or "",
        skills=_held(person["skills"], "skill", days),
        roles=_held(person["roles"], "role", days),
        paths=strokes(duties, *window),
        letters=letters(duties, *window) if zoom == "day" else (),
        cells=cells,
    )


def _times(duty: Drawn, facts: Facts) -> str:
    begin = _midnight(facts.week_start, facts.zone)
    start, end = (begin + timedelta(minutes=15 * at) for at in (duty.start, duty.end))
    return f"{words.clock(start, facts.zone)} to {words.clock(end, facts.zone)}"


def _held(validities: Iterable[Mapping[str, Any]], name: str, days: Sequence[DayColumn]) -> tuple[str, ...]:
    """What is held on any of the days."""
    first, last = days[0].date.isoformat(), days[-1].date.isoformat()
    return tuple(
        sorted(
            {one[name] for one in validities if (one["first"] or first) <= last and first <= (one["last"] or last)},
            reverse=True,
        )
    )


def _strip(queue: str, columns: Mapping[str, Sequence[int]], window: tuple[int, int]) -> Strip:
    required, on_calls = (columns[name][slice(*window)] for name in ("rostered", "on_calls"))
    top = max(*required, *on_calls, 1) + 1
    short = gaps(required, on_calls)
    quarters = sum(last - first for first, last, _ in short)
    summary = f"{queue}: short in {quarters} of {len(required)} quarter-hours" if quarters else f"{queue}: never short"
    return Strip(queue, top, outline(required, top), area(on_calls, top), short, summary)


def _short(strips: Sequence[Strip], begin: datetime) -> list[dict[str, Any]]:
    """Stretches that are short, in order of time."""
    found = [
        {
            "queue": strip.queue,
            "start": begin + timedelta(minutes=15 * first),
            "end": begin + timedelta(minutes=15 * last),
            "seats": seats,
            "at": first,
        }
        for strip in strips
        for first, last, seats in strip.gaps
    ]
    return sorted(found, key=lambda one: (one["start"], one["queue"]))
