"""Absences kept, and options asked for heads that are missing from a published roster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.absences import look, repository
from app.absences.schemas import (
    AbsenceIn,
    AbsenceOut,
    AbsenceStatus,
    AgainIn,
    EndIn,
    OptionsOut,
    WeakIn,
)
from app.access import Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, Invalid, NotFound, invalid
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.people.team import require_own_team
from app.rosters import edit
from app.rosters import repository as roster_rows
from app.rosters import service as rosters
from app.rosters.history import WEEK
from app.rosters.states import RosterStatus
from app.runs import service as runs
from app.tables import AbsenceRow, OptionsRow, RosterRow
from rostering.errors import ProblemError
from rostering.problem import RosterProblem
from rostering.roster import Duty
from rostering.same_day.absence import Away, TakenOut, taken_out

KIND = "same_day"
_LONGEST = timedelta(weeks=26)
_DAY = timedelta(days=1)


def tell(work: Work, body: AbsenceIn, idempotency_key: str | None) -> AbsenceOut:
    """Keep an absence and ask for options. Raises `Invalid` for an absence of nobody, of a rest day, or that is over;
    `Conflict` where no published roster has its time, or the same person is away then already."""
    require_own_team(work, body.handler)
    asked = {"absence": body.model_dump(mode="json", by_alias=True)}
    earlier = runs.earlier(work, KIND, asked, idempotency_key)
    if earlier is not None:
        return look.read(work, UUID(earlier.inputs["absence_id"]))
    now = (body.now or utc_now()).astimezone(UTC)
    settings = forces.current_settings(work.session, work.force.id).settings
    start, end, row = _when(work, body, settings)
    if end <= now:
        raise invalid("until", end.isoformat(), f"after now, {now.isoformat()}: the absence is over")
    away = Away(body.handler, start, end, body.credited)
    if not without(*edit.stored(row), away).lost:
        raise invalid(
            "handler",
            body.handler,
            f"a duty of roster {row.id} from {start.isoformat()} to {end.isoformat()}: it is a rest day or leave then",
        )
    for other in repository.counting(work.session, work.force.id, start, [AbsenceStatus.WITHDRAWN]):
        if other.handler == body.handler and other.starts_at < end:
            raise Conflict(
                f"handler {body.handler} is away from {other.starts_at.isoformat()} to {other.ends_at.isoformat()} "
                f"already: end or withdraw absence {other.id}, or tell the rest of the time"
            )
    absence = AbsenceRow(
        id=new_id(),
        force_id=work.force.id,
        handler=body.handler,
        starts_at=start,
        ends_at=end,
        credited=body.credited,
        told_at=now,
        created_at=utc_now(),
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        status=AbsenceStatus.OPEN,
        changed_at=None,
        changed_by=None,
    )
    repository.add(work.session, absence)
    _audit(work, absence, "absence told")
    _ask(work, row, now, body.seed, asked, idempotency_key, absence=absence)
    return look.out(work.session, absence, settings.same_day)


def _when(work: Work, body: AbsenceIn, settings: ForceSettings) -> tuple[datetime, datetime, RosterRow]:
    """Begin and end of the absence [UTC], and the published roster that has the duty in which it begins."""
    zone = settings.zone
    if body.date is not None:
        row = _roster_of(work, body.date, body.handler)
        for _, duty in _duties(work, body.handler, [body.date], zone):
            return duty.start, duty.end, row
        raise invalid("date", f"{body.date}", f"a date on which handler {body.handler} has a duty of roster {row.id}")
    if body.since is None or body.until is None:  # the schema has both or neither
        return _under_way(work, body.handler, (body.now or utc_now()).astimezone(UTC), zone)
    if body.until - body.since > _LONGEST:
        raise invalid("until", body.until.isoformat(), f"at most 26 weeks after {body.since.isoformat()}")
    day, start, end = body.since.astimezone(zone).date(), body.since.astimezone(UTC), body.until.astimezone(UTC)
    # A night that began the evening before belongs to that date's roster.
    for row, duty in _duties(work, body.handler, [day - _DAY, day], zone):
        if duty.end > start and duty.start < end:
            return start, end, row
    return start, end, _roster_of(work, day, body.handler)


def _under_way(work: Work, handler: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime, RosterRow]:
    """The duty that has not ended, where it begins within a day; a night may have begun the evening before."""
    day = now.astimezone(zone).date()
    for row, duty in _duties(work, handler, [day - _DAY, day, day + _DAY], zone):
        if duty.end > now and duty.start < now + _DAY:
            return duty.start, duty.end, row
    raise invalid("handler", handler, "somebody with a duty under way or within a day: say of which `date`")


def _duties(work: Work, handler: str, days: Sequence[date], zone: ZoneInfo) -> Iterator[tuple[RosterRow, Duty]]:
    """The handler's duties that begin on one of the local dates, each with the published roster that has the date."""
    for day in days:
        row = _published(work.session, work.force.id, day)
        if row is None:
            continue
        problem, duties = edit.stored(row)
        for duty in (*problem.frozen_duties, *duties):
            if duty.handler == handler and duty.start.astimezone(zone).date() == day:
                yield row, duty


def _roster_of(work: Work, day: date, handler: str | None) -> RosterRow:
    """The published roster that has a local date, and the handler among its people."""
    row = _published(work.session, work.force.id, day)
    if row is None:
        raise Conflict(f"no published roster has {day}: publish one, or tell the absence as leave of the handler")
    if handler is not None and handler not in row.body["paid_min"]:
        raise invalid("handler", handler, f"a handler of roster {row.id}")
    return row


def _published(session: Session, force_id: UUID, day: date) -> RosterRow | None:
    monday = day - timedelta(days=day.weekday())
    heads = roster_rows.heads(session, force_id, monday, monday + WEEK)
    told = [head for head in heads if head.status == RosterStatus.PUBLISHED]
    return rosters.find(session, force_id, told[-1].id) if told else None


def without(problem: RosterProblem, duties: Sequence[Duty], away: Away | None) -> TakenOut:
    """The roster while somebody is away; as it is where nobody is. Raises `Invalid` for what the library refuses."""
    if away is None:
        return TakenOut(problem, tuple(duties), ())
    try:
        return taken_out(problem, duties, away)
    except ProblemError as error:
        raise Invalid(str(error)) from error


def away_of(absence: AbsenceRow) -> Away:
    return Away(absence.handler, absence.starts_at, absence.ends_at, absence.credited)


def again(work: Work, absence_id: UUID, body: AgainIn, idempotency_key: str | None) -> AbsenceOut:
    """Ask for options of an absence anew. Raises `NotFound`, and `Conflict` where it does not count or is decided."""
    absence = look.find_own(work, absence_id)
    settings = forces.current_settings(work.session, work.force.id).settings
    asked = {"absence_id": str(absence.id), "again": body.model_dump(mode="json")}
    if runs.earlier(work, KIND, asked, idempotency_key) is not None:
        return look.out(work.session, absence, settings.same_day)
    require_open(work.session, absence)
    now = (body.now or utc_now()).astimezone(UTC)
    before = repository.newest_options(work.session, absence.id)
    assert before is not None  # every absence was asked about
    row = rosters.find(work.session, work.force.id, before.roster_id)
    if row.status != RosterStatus.PUBLISHED:
        row = _roster_of(work, absence.starts_at.astimezone(settings.zone).date(), absence.handler)
    _ask(work, row, now, body.seed, asked, idempotency_key, absence=absence)
    return look.out(work.session, absence, settings.same_day)


def weak(work: Work, body: WeakIn, idempotency_key: str | None) -> OptionsOut:
    """Ask for options for an interval in which heads are missing. Raises `Conflict` where no published roster has it,
    `Invalid` where it is over."""
    asked = {"weak": body.model_dump(mode="json")}
    earlier = runs.earlier(work, KIND, asked, idempotency_key)
    if earlier is not None:
        return look.read_options(work, UUID(earlier.inputs["options_id"]))
    now = (body.now or utc_now()).astimezone(UTC)
    if body.end <= now:
        raise invalid("end", body.end.isoformat(), f"after now, {now.isoformat()}: the interval is over")
    settings = forces.current_settings(work.session, work.force.id).settings
    row = _roster_of(work, body.start.astimezone(settings.zone).date(), None)
    made = _ask(work, row, now, body.seed, asked, idempotency_key, weak=asked["weak"])
    return look.options_out(work.session, made, settings.same_day)


def _ask(
    work: Work,
    row: RosterRow,
    now: datetime,
    seed: int,
    asked: dict[str, Any],
    idempotency_key: str | None,
    *,
    absence: AbsenceRow | None = None,
    weak: dict[str, Any] | None = None,
) -> OptionsRow:
    """Queue the run that makes options, and the row that will hold them."""
    options_id = new_id()
    inputs = {
        "options_id": str(options_id),
        "absence_id": None if absence is None else str(absence.id),
        "roster_id": str(row.id),
        "now": now.isoformat(),
        "settings_version": forces.current_settings(work.session, work.force.id).version,
    }
    run = runs.request(work, KIND, asked, inputs, seed, idempotency_key)
    made = OptionsRow(
        id=options_id,
        force_id=work.force.id,
        run_id=run.id,
        absence_id=None if absence is None else absence.id,
        roster_id=row.id,
        revision=row.revision,
        created_at=utc_now(),
        asked_at=now,
        weak=weak,
        options=None,
        chosen=None,
        chosen_at=None,
        chosen_by=None,
    )
    repository.add(work.session, made)
    return made


def end(work: Work, absence_id: UUID, body: EndIn) -> AbsenceOut:
    """Note when somebody is back. Raises `NotFound`, `Conflict` where it was withdrawn, `Invalid` before its start."""
    absence = _locked(work, absence_id)
    if body.until <= absence.starts_at:
        raise invalid("until", body.until.isoformat(), f"after {absence.starts_at.isoformat()}; else withdraw it")
    before = _state(absence)
    absence.ends_at = body.until.astimezone(UTC)
    return _changed(work, absence, AbsenceStatus.ENDED, before)


def withdraw(work: Work, absence_id: UUID) -> AbsenceOut:
    """Take an absence back: it counts no longer. A repair that was published stands; edits undo it."""
    absence = _locked(work, absence_id)
    return _changed(work, absence, AbsenceStatus.WITHDRAWN, _state(absence))


def _locked(work: Work, absence_id: UUID) -> AbsenceRow:
    look.find_own(work, absence_id)
    absence = repository.locked(work.session, work.force.id, absence_id)
    if absence is None:
        raise NotFound(f"absence {absence_id} is unknown")
    if absence.status == AbsenceStatus.WITHDRAWN:
        raise Conflict(f"absence {absence.id} was withdrawn: tell it anew")
    return absence


def _changed(work: Work, absence: AbsenceRow, status: AbsenceStatus, before: dict[str, str]) -> AbsenceOut:
    absence.status, absence.changed_at, absence.changed_by = status, utc_now(), work.actor.name
    work.session.flush()
    _audit(work, absence, f"absence {status}", before=before, after=_state(absence))
    return look.out(work.session, absence, look.limits(work))


def _state(absence: AbsenceRow) -> dict[str, str]:
    return {"status": str(absence.status), "until": absence.ends_at.isoformat()}


def _audit(work: Work, absence: AbsenceRow, action: str, **details: Any) -> None:
    add_line(
        work.session,
        force_id=absence.force_id,
        actor_id=work.actor.id,
        action=action,
        subject=str(absence.id),
        handler=absence.handler,
        since=absence.starts_at.isoformat(),
        until=absence.ends_at.isoformat(),
        **details,
    )


def require_open(session: Session, absence: AbsenceRow) -> None:
    """Raise `Conflict` for an absence that was withdrawn, or for which an option was published."""
    if absence.status == AbsenceStatus.WITHDRAWN:
        raise Conflict(f"absence {absence.id} was withdrawn: nothing has to be repaired")
    decided = repository.chosen_options(session, absence.id)
    if decided is not None:
        raise Conflict(f"option {decided.chosen} was published for absence {absence.id} by {decided.chosen_by}")
