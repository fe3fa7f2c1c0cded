"""Options as JSON: what is shown of them, and beside it the changes themselves, so that one can be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from app.absences.schemas import ACCEPT
from app.forces.same_day import SameDay
from app.rosters.notice import flag_as_data
from app.rosters.summary import finding
from rostering.findings import local_date
from rostering.layout import CALLS
from rostering.notice import Flag
from rostering.problem import OfferKind, RosterProblem
from rostering.roster import Duty
from rostering.same_day.move import Move, MoveKind
from rostering.same_day.options import Candidate, Option
from rostering.same_day.scene import Scene, Turn

_MOVES = TypeAdapter(tuple[Move, ...])
_KEPT = "moves"  # of a stored change: the change itself, and the same one by others


def as_data(
    scene: Scene, option: Option, rank: int, flags: Sequence[Flag], settings: SameDay, pay: float
) -> dict[str, Any]:
    """An option as it is stored: `OptionOut` without what the reader may do, and the moves themselves."""
    changes = [_change(scene, candidate, flags, settings, pay) for candidate in option.candidates]
    prices = [change["pay"] for change in changes]
    return {
        "id": str(rank) if option.candidates else ACCEPT,
        "rank": rank,
        "what": "; ".join(change["what"] for change in changes) or "accept the gap: nobody's day changes",
        "changes": changes,
        "legality": {
            "legal": not option.broken,
            "broken": [finding(violation) for violation in option.broken],
        },
        "flags": [flag_as_data(flag) for flag in flags],
        "people_disturbed": option.people_disturbed,
        "paid_min": option.paid_min,
        "pay": None if None in prices else round(sum(prices), 2),
        "expected": {
            "weighted_calls": option.cost / 1000,
            "accept": option.cost_before / 1000,
            "recovered": None if option.recovered is None else round(option.recovered, 4),
        },
        "simulated": None,
    }


def moves_of(stored: Mapping[str, Any], instead: Mapping[str, str]) -> tuple[list[Move], list[str]]:
    """The moves of a stored option, with others `instead` of those named, by reference; and who is not in the order of
    asking of the change that they were to take over."""
    moves, unknown, left = [], [], dict(instead)
    for change in stored["changes"]:
        alike = _MOVES.validate_python(change[_KEPT])
        by = left.pop(alike[0].subject, None)
        chosen = [move for move in alike if by in (None, move.subject)]
        moves.append(chosen[0] if chosen else alike[0])
        unknown += [] if chosen or by is None else [by]
    return moves, [*unknown, *left]


def shown(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The option without what is kept for publishing it."""
    changes = [{name: value for name, value in change.items() if name != _KEPT} for change in stored["changes"]]
    return {**stored, "changes": changes}


def beyond(stored: Mapping[str, Any], limits: SameDay) -> list[str]:
    """Limits of the delegation that an option exceeds, in words."""
    found = []
    kinds = sorted({change["kind"] for change in stored["changes"]} - set(limits.kinds))
    if kinds:
        found.append(f"same_day.kinds: {', '.join(kinds)} is not among {', '.join(limits.kinds) or 'none'}")
    n_duties = sum(change["kind"] != MoveKind.DESK for change in stored["changes"])
    if n_duties > limits.most_duties:
        found.append(f"same_day.most_duties: {n_duties} duties change, expected at most {limits.most_duties}")
    overtime = sum(change["paid_min"] for change in stored["changes"])
    if overtime > limits.most_overtime_min:
        told = f"{overtime} min are paid besides, expected at most {limits.most_overtime_min}"
        found.append(f"same_day.most_overtime_min: {told}")
    late = [change["notice_min"] for change in stored["changes"] if change["notice_min"] > 60 * limits.hours_ahead]
    if late:
        found.append(f"same_day.hours_ahead: a change {late[0]} min ahead, expected at most {limits.hours_ahead} h")
    if stored["legality"]["broken"] and not limits.may_override:
        found.append("same_day.may_override: a rule has to be set aside, expected none")
    return found


def _change(scene: Scene, candidate: Candidate, flags: Sequence[Flag], settings: SameDay, pay: float) -> dict[str, Any]:
    move = candidate.move
    own = [flag for flag in flags if flag.handler == move.handler and flag.rule == "P4"]
    return {
        "kind": str(move.kind),
        "subject": move.subject,
        "what": _words(scene.problem, move),
        "gained": _span(move.start, move.end),
        "duty_before": _of(move.before),
        "duty_after": _of(move.after),
        "needs_agreement": not move.is_agreed,
        "terms": None if move.terms is None else str(move.terms),
        "notice_min": max((_first_change(move) - scene.now) // timedelta(minutes=1), 0),
        "paid_min": move.paid_min,
        "pay": _price(scene.problem, move, settings, pay),
        "toil_min": sum(flag.owed_min for flag in own),
        "call_order": [_turn(scene, one) for one in (move, *candidate.others)] if move.handler and move.terms else [],
        _KEPT: _MOVES.dump_python((move, *candidate.others), mode="json"),
    }


def _price(problem: RosterProblem, move: Move, settings: SameDay, pay: float) -> float | None:
    """Pounds of what is paid besides; plain time within the contract costs nothing more, time off is owed instead."""
    if move.terms in (None, OfferKind.TOIL):
        return 0.0
    factor = settings.pay_on(local_date(problem, move.start))
    if factor is None:
        return None
    times = factor.overtime if move.terms is OfferKind.OVERTIME else factor.rest_day
    return round(move.paid_min / 60 * pay * times, 2)


def _turn(scene: Scene, move: Move) -> dict[str, Any]:
    turn = scene.turns.get(move.subject, Turn())
    return {
        "handler": move.subject,
        "offered": move.is_agreed,
        "times_13_weeks": turn.times_13,
        "times_52_weeks": turn.times_52,
        "minutes_52_weeks": turn.minutes_52,
    }


def _first_change(move: Move) -> datetime:
    """The first moment at which the day differs."""
    if move.session is not None and move.session.to is not None:
        return min(move.start, move.session.to)
    if move.before is None or move.after is None:
        return move.start
    before, after = ({(s.activity, s.start, s.end) for s in duty.activities} for duty in (move.before, move.after))
    return min(start for _, start, _ in before ^ after)


def _words(problem: RosterProblem, move: Move) -> str:
    zone = ZoneInfo(problem.timezone)
    begin, end = (moment.astimezone(zone).strftime("%H:%M") for moment in (move.start, move.end))
    if move.kind is MoveKind.DESK:
        return f"one head of the desk {move.subject} answers 999 from {begin} to {end}"
    if move.kind is MoveKind.EXTEND:
        later = move.before is not None and move.start >= move.before.end
        return f"{move.subject} {'stays until ' + end if later else 'comes at ' + begin}"
    if move.kind is MoveKind.CALL_OUT:
        return f"{move.subject} is called out from {begin} to {end}"
    if move.session is not None and move.session.to is None:
        return f"{move.subject} has the session of {begin} another day"
    to = _moved_to(move).astimezone(zone).strftime("%H:%M")
    what = "session" if move.session is not None else "break"
    return f"{move.subject} has the {what} of {begin} at {to}"


def _moved_to(move: Move) -> datetime:
    """Where a break or session of a duty lies now."""
    assert move.before is not None  # such a move changes a duty
    assert move.after is not None
    was = {(span.activity, span.start) for span in move.before.activities}
    new = (s.start for s in move.after.activities if s.activity not in CALLS and (s.activity, s.start) not in was)
    return next(new, move.start)


def _of(duty: Duty | None) -> dict[str, str] | None:
    return None if duty is None else _span(duty.start, duty.end)


def _span(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": start.isoformat(), "end": end.isoformat()}
