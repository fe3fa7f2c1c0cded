"""Publication of an option: a supervisor's within what is delegated, a manager's any; the roster's next revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.absences import look, repository, service, stored
from app.absences.schemas import AbsenceStatus, ChoiceIn, ChosenOut
from app.access import Work
from app.database import new_id, utc_now
from app.errors import Conflict, Forbidden, NotFound, invalid
from app.forces import service as forces
from app.identity.roles import Permission
from app.rosters import edit
from app.rosters.amend import Draft
from app.rosters.life import matching
from app.rosters.notice import flag_as_data
from app.rosters.schemas import FlagOut
from app.rosters.service import entry
from app.rosters.states import RosterStatus
from app.tables import AbsenceRow, CallOutRow, OptionsRow, RosterRow
from rostering.errors import ProblemError
from rostering.findings import minutes
from rostering.same_day.move import Move, MoveKind, applied

REPAIRED = "repaired on the day"
_COUNTED = (MoveKind.EXTEND, MoveKind.CALL_OUT)


def of_absence(work: Work, absence_id: UUID, option: str, if_match: str | None, body: ChoiceIn) -> ChosenOut:
    """Publish an option of an absence's newest options. Raises as `publish`."""
    look.find_own(work, absence_id)
    absence, options = look.newest_options(work.session, work.force.id, absence_id)
    return publish(work, options, absence, option, if_match, body)


def of_options(work: Work, options_id: UUID, option: str, if_match: str | None, body: ChoiceIn) -> ChosenOut:
    """Publish an option of a weak interval, or of an absence by the name of its options. Raises as `publish`."""
    options = look.find_options(work.session, work.force.id, options_id)
    absence = None
    if options.absence_id is not None:
        absence, newest = look.newest_options(work.session, work.force.id, options.absence_id)
        if newest.id != options.id:
            raise Conflict(f"options {options.id} are older than {newest.id} of the same absence: choose among those")
    return publish(work, options, absence, option, if_match, body)


def publish(
    work: Work, options: OptionsRow, absence: AbsenceRow | None, option: str, if_match: str | None, body: ChoiceIn
) -> ChosenOut:
    """Make the option the published roster's next revision, its certificate sealed anew.

    Raises as `life.matching`; `NotFound` for an option that is none; `Conflict` where one was published already, the
    roster or a duty is no longer what the option was made for, somebody has not agreed, or a rule would break that is
    not set aside; `Forbidden` beyond what is delegated; `Invalid` for people who are not asked.
    """
    row = matching(work, options.roster_id, if_match)
    options = repository.locked_options(work.session, options.id)
    if row.status != RosterStatus.PUBLISHED:
        raise Conflict(f"roster {row.id} is {row.status}: expected the published one; ask for options again")
    _require_undecided(work, options, absence)
    one = _option_of(work, options, option)
    _require_delegated(work, one)
    moves, unknown = stored.moves_of(one, {who.subject: who.by for who in body.instead})
    if unknown:
        raise invalid("instead", unknown[0], "somebody in the order of asking, in place of somebody of the option")
    _require_agreed(moves, body)
    found = _assessed(row, absence, moves, body)
    edit.require_legal(found)
    asked = {"options": str(options.id), "option": option, "agreed": list(body.agreed)}
    asked |= {} if absence is None else {"absence": str(absence.id)}
    reason = body.reason or one["what"]
    edit.apply(work, row, REPAIRED, found, reason, body.overrides, asked)
    owed = edit.note_owed(work, row, found, body.overrides)
    for move in moves:
        if move.kind in _COUNTED:
            repository.add(work.session, _call_out(row, move))
    options.chosen, options.chosen_at, options.chosen_by = option, utc_now(), work.actor.name
    flags = [FlagOut(**flag_as_data(flag)) for flag in found.flags]
    return ChosenOut(roster=entry(row), option=option, flags=flags, rest_owed=owed)


def _require_undecided(work: Work, options: OptionsRow, absence: AbsenceRow | None) -> None:
    if options.chosen is not None:
        raise Conflict(f"option {options.chosen} of {options.id} was published by {options.chosen_by} already")
    if absence is not None:
        service.require_open(work.session, absence)


def _option_of(work: Work, options: OptionsRow, option: str) -> Mapping[str, Any]:
    content = look.content_of(work.session, options)
    for one in content.get("options", []):
        if one["id"] == option:
            found: Mapping[str, Any] = one
            return found
    known = ", ".join(one["id"] for one in content.get("options", [])) or "none yet"
    raise NotFound(f"option {option!r} of {options.id} is unknown: there are {known}")


def _require_delegated(work: Work, one: Mapping[str, Any]) -> None:
    """Raise `Forbidden` that names each limit which a supervisor's option exceeds."""
    if work.actor.may(Permission.MANAGE):
        return
    limits = forces.current_settings(work.session, work.force.id).settings.same_day
    over = stored.beyond(one, limits)
    if over:
        errors = [{"where": f"settings.{told.split(':')[0]}", "value": one["id"], "expected": told} for told in over]
        raise Forbidden(f"option {one['id']} is beyond what a supervisor may publish: {over[0]}", errors=errors)


def _require_agreed(moves: Sequence[Move], body: ChoiceIn) -> None:
    """Raise `Conflict` that names everybody who is asked for something and is not told to have agreed."""
    asked = [move for move in moves if not move.is_agreed]
    missing = [move for move in asked if move.subject not in body.agreed]
    if missing:
        raise Conflict(
            f"nothing was published: handler {missing[0].subject} has not agreed; expected among `agreed`",
            errors=[
                {"where": "agreed", "value": move.subject, "expected": f"the handler's agreement to {move.kind}"}
                for move in missing
            ],
        )
    strangers = sorted(set(body.agreed) - {move.subject for move in moves})
    if strangers:
        raise invalid("agreed", strangers[0], "a handler whose day the option changes")


def _assessed(row: RosterRow, absence: AbsenceRow | None, moves: Sequence[Move], body: ChoiceIn) -> edit.Assessment:
    """The roster without whoever is away, before and after the moves: what the absence itself breaks is not theirs."""
    counts = absence is not None and absence.status != AbsenceStatus.WITHDRAWN
    out = service.without(*edit.stored(row), service.away_of(absence) if absence is not None and counts else None)
    try:
        problem, duties = applied(out.problem, out.duties, moves)
    except ProblemError as error:
        raise Conflict(f"roster {row.id} has changed: {error}; ask for options again") from error
    return edit.assessed(row, out.problem, out.duties, Draft(problem, duties), body.overrides)


def _call_out(row: RosterRow, move: Move) -> CallOutRow:
    return CallOutRow(
        id=new_id(),
        force_id=row.force_id,
        handler=move.subject,
        kind=str(move.kind),
        starts_at=move.start,
        minutes=minutes(move.start, move.end),
        roster_id=row.id,
        created_at=utc_now(),
    )
