"""Absences and options as they are shown: what the run has made so far, and what of it is delegated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.absences import repository, stored
from app.absences.schemas import AbsenceEntry, AbsenceOut, AbsencesOut, AbsenceStatus, OptionOut, OptionsOut, SpanOut
from app.access import Work
from app.errors import NotFound
from app.forces import service as forces
from app.forces.same_day import SameDay
from app.people.team import own_team
from app.rosters import repository as roster_rows
from app.rosters import service as rosters
from app.runs import repository as run_rows
from app.runs import service as runs
from app.runs.schemas import RunStatus
from app.tables import AbsenceRow, OptionsRow


def find(session: Session, force_id: UUID, absence_id: UUID) -> AbsenceRow:
    absence = repository.find(session, force_id, absence_id)
    if absence is None:
        raise NotFound(f"absence {absence_id} is unknown")
    return absence


def find_own(work: Work, absence_id: UUID) -> AbsenceRow:
    """The absence. Raises `NotFound`, also for one of a team that the actor does not answer for."""
    absence, own = find(work.session, work.force.id, absence_id), own_team(work)
    if own is not None and absence.handler not in own:
        raise NotFound(f"absence {absence_id} is unknown")
    return absence


def find_options(session: Session, force_id: UUID, options_id: UUID) -> OptionsRow:
    """The options. Raises `NotFound`."""
    row = repository.options(session, force_id, options_id)
    if row is None:
        raise NotFound(f"options {options_id} are unknown")
    return row


def newest_options(session: Session, force_id: UUID, absence_id: UUID) -> tuple[AbsenceRow, OptionsRow]:
    """An absence and its newest options. Raises `NotFound`."""
    absence = find(session, force_id, absence_id)
    row = repository.newest_options(session, absence.id)
    if row is None:
        raise NotFound(f"absence {absence.id} has no options: POST to .../absences/{absence.id}/options")
    return absence, row


def listed(work: Work, status: AbsenceStatus | None, handler: str | None, size: int) -> AbsencesOut:
    own = own_team(work)
    rows = repository.listed(work.session, work.force.id, status=status, handler=handler, among=own, size=size)
    return AbsencesOut(absences=[AbsenceEntry.model_validate(_entry(row)) for row in rows])


def read(work: Work, absence_id: UUID) -> AbsenceOut:
    """An absence with the options that there are so far. Raises `NotFound`."""
    return out(work.session, find_own(work, absence_id), limits(work))


def read_options(work: Work, options_id: UUID) -> OptionsOut:
    """Options, those that there are so far. Raises `NotFound`."""
    return options_out(work.session, find_options(work.session, work.force.id, options_id), limits(work))


def limits(work: Work) -> SameDay:
    return forces.current_settings(work.session, work.force.id).settings.same_day


def _entry(absence: AbsenceRow) -> dict[str, Any]:
    same = ("id", "handler", "credited", "told_at", "status", "changed_at", "changed_by")
    told = {"since": absence.starts_at, "until": absence.ends_at, "told_by": absence.actor_name}
    return {name: getattr(absence, name) for name in same} | told


def out(session: Session, absence: AbsenceRow, limits: SameDay) -> AbsenceOut:
    newest = repository.newest_options(session, absence.id)
    shown = None if newest is None else options_out(session, newest, limits)
    content = {} if newest is None else content_of(session, newest)
    lost = [SpanOut.model_validate(span) for span in content.get("lost", [])]
    roster_id = None if newest is None else newest.roster_id
    return AbsenceOut(**_entry(absence), roster_id=roster_id, lost=lost, options=shown)


def content_of(session: Session, row: OptionsRow) -> Mapping[str, Any]:
    """What the run has made so far."""
    if row.options is not None:
        return row.options
    told = repository.told_so_far(session, row.run_id)
    return {} if told is None else told.data


def options_out(session: Session, row: OptionsRow, limits: SameDay) -> OptionsOut:
    """Options as they are shown, with what of them is delegated."""
    content = content_of(session, row)
    options = [_option(one, limits) for one in content.get("options", [])]
    run = runs.get(session, row.run_id)
    has_failed = run_rows.is_finished(run) and run.status != RunStatus.SUCCEEDED
    stage = "failed" if has_failed else "simulated" if row.options else "ranked" if options else "asked"
    same = ("id", "run_id", "absence_id", "roster_id", "revision", "asked_at", "chosen", "chosen_at", "chosen_by")
    return OptionsOut.model_validate(
        {name: getattr(row, name) for name in same}
        | {"weak": row.weak, "stage": stage, "gap": content.get("gap"), "options": options}
        | {"notes": [*content.get("notes", []), *([run.reason] if has_failed and run.reason else [])]}
    )


def _option(one: Mapping[str, Any], limits: SameDay) -> OptionOut:
    over = stored.beyond(one, limits)
    return OptionOut.model_validate(stored.shown(one) | {"delegated": not over, "beyond": over})


def roster_etag(work: Work, roster_id: UUID) -> str:
    """Names the roster's revision, for whoever publishes an option. Raises `NotFound`."""
    revision = roster_rows.revision(work.session, work.force.id, roster_id)
    if revision is None:
        raise NotFound(f"roster {roster_id} is unknown")
    return rosters.tag(roster_id, revision)
