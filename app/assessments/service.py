"""Assessments: requested as runs, read, and decided on by people."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.assessments import clock, repository
from app.assessments.schemas import (
    AssessmentDecisionOut,
    AssessmentEntry,
    AssessmentOut,
    AssessmentsOut,
    DecisionClock,
    FlexibleProposal,
    LeaveProposal,
    PatternProposal,
    Proposal,
    SwapProposal,
)
from app.database import utc_now
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from app.people import service as people
from app.requirements import service as requirements
from app.rosters import service as rosters
from app.rosters.document import duties_from_json
from app.rosters.states import RosterStatus
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import AssessmentDecisionRow, AssessmentRow

_ROUNDS = 480  # of one person's week, of each side: four for 120 people


def request(work: Work, body: Proposal, idempotency_key: str | None) -> RunOut:
    """Queue an assessment. Raises `NotFound`, `Conflict` where no requirement covers the weeks or the roster is
    superseded, `Invalid` for a handler, team, duty or day that there is not."""
    asked = body.model_dump(mode="json")
    earlier = runs.earlier(work, "assessment", asked, idempotency_key)
    if earlier is not None:
        return earlier
    inputs = _of_weeks(work, body) if isinstance(body, PatternProposal | FlexibleProposal) else _of_roster(work, body)
    return runs.request(work, "assessment", asked, inputs, body.seed, idempotency_key)


def _of_weeks(work: Work, body: PatternProposal | FlexibleProposal) -> dict[str, Any]:
    requirement = requirements.find(work.session, work.force.id, body.requirement_id)
    settings = forces.current_settings(work.session, work.force.id)
    rosters.require_cover(requirement, body.week_start, body.weeks, settings.settings)
    handlers = people.all_of(work.session, work.force.id)
    if not handlers:
        raise Conflict("this force has no handlers: POST them to .../handlers first")
    if isinstance(body, FlexibleProposal) and body.handler not in {handler.ref for handler in handlers}:
        raise invalid("handler", body.handler, "a handler of the force")
    if isinstance(body, PatternProposal) and body.team is not None:
        teams = {handler.team for handler in handlers if handler.team}
        if body.team not in teams:
            raise invalid("team", body.team, f"one of the force's teams: {', '.join(sorted(teams)) or 'none'}")
    return {
        "week_start": body.week_start.isoformat(),
        "weeks": body.weeks,
        "effort": body.effort or max(1, _ROUNDS // (len(handlers) * body.weeks)),
        "requirement_id": str(requirement.id),
        "forecast_id": str(requirement.forecast_id),
        "settings_version": settings.version,
    }


def _of_roster(work: Work, body: LeaveProposal | SwapProposal) -> dict[str, Any]:
    row = rosters.find(work.session, work.force.id, body.roster_id)
    if row.status == RosterStatus.SUPERSEDED:
        raise Conflict(f"roster {row.id} is superseded: nothing of it is to be assessed")
    settings = forces.current_settings(work.session, work.force.id)
    requirement = requirements.find(work.session, work.force.id, row.requirement_id)
    rosters.require_cover(requirement, row.week_start, row.weeks, settings.settings)
    zone = settings.settings.zone
    duties = {(d.handler, d.start.astimezone(zone).date()): d for d in duties_from_json(row.body["duties"])}
    now = utc_now()
    if isinstance(body, LeaveProposal):
        now = (body.now or now).astimezone(UTC)
        duty = duties.get((body.handler, body.date))
        if duty is None or duty.start <= now:
            raise invalid("date", f"{body.date}", f"a day of duty of {body.handler} in roster {row.id} that has not "
                          f"begun by {now.isoformat()}")  # fmt: skip
    else:
        _check_swap(row.body["paid_min"], duties, body)
    return {
        "week_start": row.week_start.isoformat(),
        "weeks": row.weeks,
        "effort": body.effort or max(1, _ROUNDS // (len(row.body["paid_min"]) * row.weeks)),
        "requirement_id": str(requirement.id),
        "forecast_id": str(requirement.forecast_id),
        "settings_version": settings.version,
        "revision": row.revision,
        "now": now.isoformat(),
    }


def _check_swap(known: dict[str, int], duties: dict[tuple[str, date], Any], body: SwapProposal) -> None:
    swap = body.swap
    if (swap.give.handler, swap.give.date) not in duties:
        raise invalid("swap.give", f"{swap.give.handler} on {swap.give.date}", "a duty of the roster that may change")
    if swap.to not in known:
        raise invalid("swap.to", swap.to, "a handler of the roster")
    if swap.take is not None and (swap.to, swap.take) not in duties:
        raise invalid("swap.take", f"{swap.to} on {swap.take}", "a duty of the roster that may change")


def find(session: Session, force_id: UUID, assessment_id: UUID) -> AssessmentRow:
    row = repository.find(session, force_id, assessment_id)
    if row is None:
        raise NotFound(f"assessment {assessment_id} is unknown")
    return row


def page(session: Session, force_id: UUID, *, kind: str | None, cursor: UUID | None, size: int) -> AssessmentsOut:
    """Newest first, from the one after `cursor`. Raises `Invalid` for a cursor that is none."""
    after = None if cursor is None else repository.find(session, force_id, cursor)
    if cursor is not None and after is None:
        raise invalid("cursor", str(cursor), "the `next` of an earlier page")
    rows = repository.page(session, force_id, kind=kind, after=after, size=size + 1)
    decided = repository.decisions(session, {row.id for row in rows})
    return AssessmentsOut(
        assessments=[AssessmentEntry(**_entry(session, row, _of(decided, row.id))) for row in rows[:size]],
        next=rows[size - 1].id if len(rows) > size else None,
    )


def read(session: Session, row: AssessmentRow) -> AssessmentOut:
    """The assessment with its figures and what was decided."""
    return AssessmentOut(**_entry(session, row, repository.decisions(session, {row.id})), figures=row.figures)


def _of(decided: list[AssessmentDecisionRow], assessment_id: UUID) -> list[AssessmentDecisionRow]:
    return [one for one in decided if one.assessment_id == assessment_id]


def _entry(session: Session, row: AssessmentRow, decided: list[AssessmentDecisionRow]) -> dict[str, Any]:
    settings = forces.settings_of_version(session, row.force_id, row.settings_version)
    return {
        "id": row.id,
        "run_id": row.run_id,
        "created_at": row.created_at,
        "kind": row.kind,
        "settings_version": row.settings_version,
        "synthetic": settings.synthetic,
        "proposal": row.asked,
        "points_to": row.figures["points_to"],
        "clock": clock_of(session, row, utc_now().astimezone(settings.zone).date()),
        "decisions": [decision_out(one) for one in decided],
    }


def clock_of(session: Session, row: AssessmentRow, today: date) -> DecisionClock | None:
    """The decision period of an application; None of anything else."""
    if row.received is None or row.handler is None:
        return None
    agreed = row.asked.get("agreed_until")
    last = clock.decide_by(row.received, None if agreed is None else date.fromisoformat(agreed))
    others = repository.received(session, row.force_id, row.handler)
    return DecisionClock(
        received=row.received,
        decide_by=last,
        days_left=(last - today).days,
        agreed=agreed is not None,
        applications_in_12_months=clock.in_12_months(row.received, others),
    )


def decision_out(row: AssessmentDecisionRow) -> AssessmentDecisionOut:
    body = {name: row.body[name] for name in ("decision", "reason", "grounds", "consulted_on", "appeal")}
    return AssessmentDecisionOut(**body, applied=row.applied, decided_at=row.created_at, decided_by=row.actor_name)
