"""Structural overtime: what published rosters lacked without it, week after week, beside what was foreseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.calls import repository as calls
from app.capacity import repository
from app.capacity.schemas import GapRow, OvertimeOut
from app.errors import NotFound
from app.evaluations.service import history_ends
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forces.staffing import WEEKDAYS
from app.rosters.document import duties_from_json, problem_from_json
from app.rosters.history import every_duty
from app.tables import RosterRow
from rostering.recurring import HOURS, hours_of_week, recurring_gaps
from rostering.roster import Activity
from rostering.tour import Kind, TourDuty, tours_of

Floats = NDArray[np.float64]

QUARTER, WEEK = timedelta(minutes=15), timedelta(weeks=1)
_ON_CALLS = (Activity.CALLS_999, Activity.CALLS_101)
_BESIDES = (Kind.REST_DAY, Kind.TOIL, Kind.UNASKED)
_QUARTER_H = 0.25
_LEAST_RATIO, _MOST_RATIO = 0.25, 4.0  # of calls that came over those expected: beyond it a record is at fault

DEFINITIONS = {
    "short": "heads wanted for the calls that came, less those on calls without overtime, rest-day work and TOIL: the "
    "requirement's heads times the load that came over the load that it expected, by hour",
    "foreseen": "the same with the heads that the requirement itself wanted, made from the forecast of the time",
    "structural": "short in the same local hour of the week in each of the newest weeks, and foreseen in most of them",
    "posts": "hours a week over the hours that a post gives to calls",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Week:
    """Of one published week, by local hour (168,) [handler-hours]: what was short and foreseen short without overtime,
    the overtime on calls, and all hours on calls."""

    short: Floats
    foreseen: Floats
    overtime: Floats
    on_calls: Floats


def structural(
    session: Session, force_id: UUID, n_weeks: int, least_weeks: int, least_h: float, post_week_h: float
) -> OvertimeOut:
    """What recurs in the newest `n_weeks` whole weeks that are rostered and recorded. Raises `NotFound` without any."""
    settings = forces.current_settings(session, force_id).settings
    ends = history_ends(session, force_id)
    if not ends:
        raise NotFound("this force has no call history: what came is not known")
    recorded = min(ends.values()).astimezone(settings.zone).date()
    until = repository.newest_published_week(session, force_id, recorded)
    if until is None:
        raise NotFound(f"no published roster ends by {recorded}, when the recorded calls end")
    first = until - n_weeks * WEEK
    weeks: dict[date, _Week] = {}
    rosters: list[UUID] = []
    for row in repository.published(session, force_id, first, until):
        rosters.append(row.id)
        weeks |= {monday: week for monday, week in _weeks_of(session, row, settings) if first <= monday < until}
    mondays = [first + n * WEEK for n in range(n_weeks)]
    nothing = np.full(HOURS, np.nan)
    short, foreseen, overtime = (
        np.array([getattr(weeks[m], name) if m in weeks else nothing for m in mondays])
        for name in ("short", "foreseen", "overtime")
    )
    found = recurring_gaps(short, foreseen, n_weeks=least_weeks, least_h=least_h)
    total_h = sum(gap.short_h for gap in found)
    # An hour that the clocks skip is NaN.
    on_calls_h = sum(float(np.nansum(week.on_calls)) for week in weeks.values())
    overtime_h = sum(float(np.nansum(week.overtime)) for week in weeks.values())
    return OvertimeOut(
        weeks=n_weeks,
        rosters=rosters,
        missing_weeks=[monday for monday in mondays if monday not in weeks],
        structural=[
            GapRow.model_validate(
                {
                    "weekday": WEEKDAYS[gap.hour // 24],
                    "from": f"{gap.hour % 24:02d}:00",
                    "weeks": gap.weeks,
                    "short_h": round(gap.short_h, 3),
                    "overtime_h": round(float(np.nanmean(overtime[-gap.weeks :, gap.hour])), 3),
                    "foreseen": round(gap.foreseen, 3),
                }
            )
            for gap in found
        ],
        structural_h_per_week=round(total_h, 3),
        posts=round(total_h / post_week_h, 3),
        overtime_h_per_week=round(overtime_h / max(len(weeks), 1), 3),
        overtime_share=round(overtime_h / on_calls_h, 4) if on_calls_h else None,
        definitions=DEFINITIONS,
    )


def _weeks_of(session: Session, row: RosterRow, settings: ForceSettings) -> list[tuple[date, _Week]]:
    """Each week of a published roster."""
    coverage, zone = row.body["coverage"], settings.zone
    starts = [datetime.fromisoformat(start) for start in coverage["999"]["start"]]
    columns = {
        name: np.array([coverage[q][name] for q in ("999", "101")], dtype=float) for name in ("rostered", "on_calls")
    }
    overtime = overtime_quarters(row, starts[0], len(starts))
    ordinary = columns["on_calls"] - overtime
    ratio = _load_ratio(session, row, starts, settings)
    local = [start.astimezone(zone) for start in starts]
    hour = np.array([moment.weekday() * 24 + moment.hour for moment in local])
    monday = np.array([(moment.date() - timedelta(days=moment.weekday())).toordinal() for moment in local])
    found = []
    for first in np.unique(monday):
        part = monday == first
        needed, there = columns["rostered"][:, part], ordinary[:, part]

        def by_hour(values: Floats, at: NDArray[np.int64] = hour[part]) -> Floats:
            return hours_of_week(values, at) * _QUARTER_H

        found.append(
            (
                date.fromordinal(int(first)),
                _Week(
                    short=by_hour(_missing(needed * ratio[part], there)),
                    foreseen=by_hour(_missing(needed, there)),
                    overtime=by_hour(overtime[:, part].sum(axis=0)),
                    on_calls=by_hour(columns["on_calls"][:, part].sum(axis=0)),
                ),
            )
        )
    return found


def _missing(needed: Floats, there: Floats) -> Floats:
    """Heads missing, (intervals,), of both desks (2, intervals): in total, or at the 999 desk alone if that is more."""
    missing: Floats = np.maximum(np.maximum(needed.sum(axis=0) - there.sum(axis=0), needed[0] - there[0]), 0.0)
    return missing


def overtime_quarters(row: RosterRow, start: datetime, n: int) -> Floats:
    """People on calls in overtime, rest-day work or TOIL by quarter-hour from `start`, (2, n), the 999 desk first."""
    problem = problem_from_json(row.certificate["problem"])
    found = np.zeros((2, n))
    for tour in tours_of(problem, duties_from_json(every_duty(row.body))):
        for one in tour.duties:
            for span in one.duty.activities:
                if span.activity in _ON_CALLS:
                    first, last = ((moment - start) // QUARTER for moment in (span.start, span.end))
                    for at in range(max(first, 0), min(last, n)):
                        found[_ON_CALLS.index(span.activity), at] += is_besides(one, start + at * QUARTER)
    return found


def is_besides(one: TourDuty, moment: datetime) -> bool:
    """Whether a quarter-hour of a duty is not the pattern's: all of rest-day work and TOIL, of overtime what lies
    outside the duty that was lengthened."""
    if one.kind in _BESIDES:
        return True
    return one.kind is Kind.OVERTIME and one.base is not None and not one.base[0] <= moment < one.base[1]


def _load_ratio(session: Session, row: RosterRow, starts: Sequence[datetime], settings: ForceSettings) -> Floats:
    """Load that came over the load expected, by quarter-hour but alike within each hour, (intervals,); NaN where a
    quarter-hour of the hour is not recorded."""
    begin, until = starts[0], starts[-1] + QUARTER
    expected_from, expected = repository.expected_calls(session, row.requirement_id)
    first = (begin - expected_from) // QUARTER
    handling = (settings.queues.emergency.mean_handling_s, settings.queues.non_emergency.mean_handling_s)
    came, told = np.zeros(len(starts)), np.zeros(len(starts))
    for queue, handling_s in zip(("999", "101"), handling, strict=True):
        moments, read = calls.read(session, row.force_id, queue, ("offered",), since=begin, until=until)
        offered = np.full(len(starts), np.nan)
        offered[[(moment - begin) // QUARTER for moment in moments]] = read["offered"]
        came += offered * handling_s
        told += np.array(expected[queue][first : first + len(starts)]) * handling_s
    return hourly_ratio(came, told, starts)


def hourly_ratio(came: Floats, told: Floats, starts: Sequence[datetime]) -> Floats:
    """`came` over `told` of each hour, (intervals,) for its quarter-hours."""
    hour = np.array([int(start.timestamp()) // 3600 for start in starts])
    place = hour - hour[0]
    came_h, told_h = np.bincount(place, came), np.bincount(place, told)
    ratio = np.divide(came_h, told_h, out=np.ones(came_h.size), where=told_h > 0)
    return np.asarray(np.clip(ratio, _LEAST_RATIO, _MOST_RATIO)[place], dtype=np.float64)
