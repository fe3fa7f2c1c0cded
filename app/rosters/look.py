"""Looks at a stored roster: views by day, week, month and year, and explanations. No solver."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.errors import invalid
from app.forces import service as forces
from app.people import service as people
from app.rosters.document import duties_from_json, problem_from_json
from app.rosters.history import every_duty
from app.rosters.summary import finding
from app.tables import RosterRow
from rostering.check import check
from rostering.explain import IntervalExplanation, explain_interval, penalty_totals
from rostering.roster import Duty, Roster
from rostering.views import Cell, DayView, TableView, day_view, month_view, week_view, year_view

View = Literal["day", "week", "month", "year"]
_QUARTER = timedelta(minutes=15)


def zone_of(session: Session, row: RosterRow) -> ZoneInfo:
    """The force's zone when the roster was made."""
    return forces.settings_of_version(session, row.force_id, row.settings_version).zone


def teams_of(session: Session, force_id: UUID) -> dict[str, str | None]:
    """Each handler's team, as stored now."""
    return {handler.ref: handler.team for handler in people.all_of(session, force_id)}


def refs_of(
    session: Session, row: RosterRow, handler: str | None, team: str | None
) -> tuple[set[str] | None, dict[str, str | None]]:
    """Handlers asked for, None: all, and everybody's team. Raises `Invalid` for a handler or team that is none."""
    teams = teams_of(session, row.force_id)
    return chosen(teams, set(teams) | set(row.body["paid_min"]), handler, team), teams


def chosen(
    teams: Mapping[str, str | None], known: Collection[str], handler: str | None, team: str | None
) -> set[str] | None:
    """Of the handlers `known` those asked for, None: all. Raises `Invalid` as `refs_of`."""
    if handler is not None and handler not in known:
        raise invalid("handler", handler, "a handler of the roster or force")
    if team is not None and team not in teams.values():
        named = ", ".join(sorted({name for name in teams.values() if name})) or "none"
        raise invalid("team", team, f"one of the force's teams: {named}")
    if handler is None and team is None:
        return None
    return {ref for ref in known if handler in (None, ref) and team in (None, teams.get(ref))}


def duties_of(row: RosterRow, *, with_carried_over: bool = False) -> tuple[Duty, ...]:
    """Every duty of the roster's period, and those that reach into it where asked for."""
    before = row.body["carried_over"] if with_carried_over else []
    return duties_from_json([*before, *every_duty(row.body)])


def viewed(row: RosterRow, zone: ZoneInfo, view: View, on: date | None, refs: Collection[str] | None) -> dict[str, Any]:
    """The view that holds the local date `on`, the roster's first where absent."""
    day = on or row.week_start
    duties = [d for d in duties_of(row, with_carried_over=True) if refs is None or d.handler in refs]
    return seen(duties, zone, view, day, sorted(refs if refs is not None else row.body["paid_min"]))


def seen(duties: Sequence[Duty], zone: ZoneInfo, view: View, day: date, people: Sequence[str]) -> dict[str, Any]:
    """The view of these duties that holds the local date `day`, with a row for each of `people`."""
    if view == "day":
        return _day(day_view(duties, zone.key, day, people))
    if view == "week":
        table = week_view(duties, zone.key, day - timedelta(days=day.weekday()), people)
    elif view == "month":
        table = month_view(duties, zone.key, day.year, day.month, people)
    else:
        table = year_view(duties, zone.key, day.year, people)
    return _table(view, table)


def _day(view: DayView) -> dict[str, Any]:
    return {
        "view": "day",
        "date": view.day,
        "starts": [start.isoformat() for start in view.starts],
        "rows": [{"handler": row.handler, "codes": row.codes, "minutes": dict(row.minutes)} for row in view.rows],
        "totals": dict(view.totals),
    }


def _table(name: str, view: TableView) -> dict[str, Any]:
    return {
        "view": name,
        "columns": list(view.columns),
        "rows": [
            {"handler": row.handler, "cells": [_cell(cell) for cell in row.cells], "total": _cell(row.total)}
            for row in view.rows
        ],
        "totals": [_cell(cell) for cell in view.totals],
        "total": _cell(view.total),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "on_duty_min": cell.on_duty_min,
        "minutes": dict(cell.minutes),
        "duties": [[start.isoformat(), end.isoformat()] for start, end in cell.duties],
    }


def explained(row: RosterRow, interval: datetime | None, handler: str | None) -> dict[str, Any]:
    """Why an interval is as it is; or what the roster costs one handler, or all, by rule and subject.

    Raises `Invalid` for an interval outside the roster, a handler who is not of it, or both asked for at once.
    """
    problem, roster = problem_from_json(row.certificate["problem"]), Roster(duties_from_json(row.body["duties"]))
    if interval is not None:
        if handler is not None:
            raise invalid("handler", handler, "either an interval or a handler, not both")
        place, left = divmod(interval - problem.begin, _QUARTER)
        if left or not 0 <= place < problem.n_intervals:
            span = f"{problem.begin.isoformat()} to {problem.end.isoformat()}"
            raise invalid("interval", interval.isoformat(), f"the start of a quarter-hour of {span}")
        return _interval(explain_interval(problem, roster, place))
    checked = check(problem, roster)
    if handler is not None and handler not in checked.handlers:
        raise invalid("handler", handler, "a handler of the roster")
    terms = [total for total in penalty_totals(checked) if handler in (None, total.subject)]
    return {
        "penalties": [asdict(total) for total in terms],
        "terms": [asdict(term) for term in checked.penalties if term.subject == handler],
        "people": {ref: asdict(told) for ref, told in checked.handlers.items() if handler in (None, ref)},
        "notices": [finding(v) for v in checked.notices if handler in (None, v.handler)],
    }


def _interval(told: IntervalExplanation) -> dict[str, Any]:
    return {
        "start": told.start,
        "needed": _by_name(told.needed),
        "on_calls": _by_name(told.on_calls),
        "short": _by_name(told.short),
        "cost": told.cost,
        "binding": [{"rule": str(rule), "people": n} for rule, n in told.binding],
        "least": asdict(told.least),
        "people": [asdict(person) | {"findings": [finding(v) for v in person.findings]} for person in told.people],
    }


def _by_name(figures: Mapping[Any, int]) -> dict[str, int]:
    return {str(name): int(figure) for name, figure in figures.items()}
