"""Publication against the rules of notice: what people were told already, what is new to them, who agreed to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.errors import Conflict, invalid
from app.people import service as people
from app.rosters import repository
from app.rosters.document import duties_from_json, problem_from_json
from app.rosters.history import every_duty
from app.rosters.nominal import nominal_weeks
from app.rosters.schemas import PublishIn
from app.tables import RosterRow
from rostering.notice import Flag, Needs, notice_flags, publication_flags
from rostering.roster import Duty

_OPEN = (Needs.AGREEMENT, Needs.AGREEMENT_OR_EXIGENCY)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a roster is published in place of, newest first, and what that needs or leaves owed."""

    replaces: tuple[UUID, ...]
    flags: tuple[Flag, ...]


def flag_as_data(flag: Flag) -> dict[str, Any]:
    """The flag as JSON."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(flag).items()}


def notice_of(session: Session, row: RosterRow, now: datetime) -> Notice:
    """What publishing the roster `now` changes of what its people were told of the same weeks: by rosters, else as
    nominal duties by a roll-out; where no roster was, whether it comes early enough."""
    problem = problem_from_json(row.certificate["problem"])
    zone = ZoneInfo(problem.timezone)
    until = row.week_start + timedelta(weeks=row.weeks)
    before = told(session, row, zone)
    told_weeks = {day for other, _ in before for day in _days(other)}
    nominal = nominal_weeks(
        session, row.force_id, people.all_of(session, row.force_id), row.week_start, until,
        {day for day in told_weeks if day.weekday() == 0},
    )  # fmt: skip
    flags: tuple[Flag, ...] = ()
    if not before:
        flags = publication_flags(problem.rules, row.week_start, until - timedelta(days=1), now.date())
    duties = [*(duty for _, some in before for duty in some), *nominal.duties]
    fresh = notice_flags(problem, duties, duties_from_json(row.body["duties"]), now)
    # Of a week without a roster only those were told something who had their days rolled out.
    flags += tuple(flag for flag in fresh if flag.day in told_weeks or nominal.was_told(flag.handler or "", flag.day))
    return Notice(tuple(other.id for other, _ in before), flags)


def told(session: Session, row: RosterRow, zone: ZoneInfo) -> list[tuple[RosterRow, list[Duty]]]:
    """Rosters that people were told last of the roster's weeks, with their duties in these weeks: each week's is the
    one that was published last, whether it still stands or was superseded since."""
    until = row.week_start + timedelta(weeks=row.weeks)
    seen: set[date] = set()
    found = []
    for other in repository.once_published(session, row.force_id, row.week_start, until):
        weeks = {day for day in _days(other) if row.week_start <= day < until} - seen
        if other.id == row.id or not weeks:
            continue
        seen |= weeks
        every = duties_from_json(every_duty(other.body))
        found.append((other, [duty for duty in every if duty.start.astimezone(zone).date() in weeks]))
    return found


def _days(row: RosterRow) -> list[date]:
    return [row.week_start + timedelta(days=day) for day in range(7 * row.weeks)]


def require_notice(row: RosterRow, notice: Notice, body: PublishIn) -> None:
    """Raise `Conflict` that names each handler whose notice is too short and who did not agree; `Invalid` for consent
    to nothing, and for an exigency where the rule wants agreement."""
    needs = {(flag.handler, flag.day): flag.needs for flag in notice.flags if flag.needs in _OPEN}
    agreed = {(key.handler, key.date) for key in body.agreed}
    pressed = {(key.handler, key.date) for key in body.exigency}
    for where, keys in (("agreed", agreed), ("exigency", pressed)):
        if unknown := sorted(keys - set(needs)):
            raise invalid(where, f"{unknown[0][0]} on {unknown[0][1]}", "a handler's date whose notice is too short")
    if wrong := sorted(key for key in pressed if needs[key] is Needs.AGREEMENT):
        raise invalid(
            "exigency", f"{wrong[0][0]} on {wrong[0][1]}", "a date near enough for it: this one needs agreement"
        )
    missing = [
        flag for flag in notice.flags if flag.needs in _OPEN and (flag.handler, flag.day) not in agreed | pressed
    ]
    if missing:
        first = missing[0]
        raise Conflict(
            f"roster {row.id} was not published: {len(missing)} duties change with too little notice; first rule "
            f"{first.rule}, handler {first.handler}: {first.message}",
            errors=[
                {
                    "where": f"rule {flag.rule}",
                    "value": flag.handler,
                    "expected": f"{flag.message}; or {_consent(flag.needs)}",
                    **flag_as_data(flag),
                }
                for flag in missing
            ],
        )


def _consent(needs: Needs) -> str:
    either = needs is Needs.AGREEMENT_OR_EXIGENCY
    return "the handler among `agreed`" + (", or among `exigency` with its reason" if either else "")


def as_data(notice: Notice, body: PublishIn) -> dict[str, Any]:
    """For the audit and the certificate."""
    return {
        "replaces": [str(roster_id) for roster_id in notice.replaces],
        "notice": [flag_as_data(flag) for flag in notice.flags],
        "agreed": _keys(body.agreed),
        "exigency": _keys(body.exigency),
    }


def _keys(keys: Sequence[Any]) -> list[dict[str, Any]]:
    dumped: list[dict[str, Any]] = [key.model_dump(mode="json") for key in keys]
    return dumped
