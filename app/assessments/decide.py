"""A person's decision on an assessment: kept beside it, and applied to handlers where asked for."""

from __future__ import annotations

from uuid import UUID

from app.access import Work
from app.assessments import predicted, repository
from app.assessments.schemas import AssessmentDecisionIn, AssessmentDecisionOut
from app.assessments.service import decision_out, find
from app.audit.repository import add_line
from app.database import utc_now
from app.errors import Conflict, invalid
from app.people import service as people
from app.people.schemas import HandlerIn, HandlersIn
from app.tables import AssessmentDecisionRow, AssessmentRow

FLEXIBLE, PATTERN = "flexible_working", "pattern"


def decide(work: Work, assessment_id: UUID, body: AssessmentDecisionIn) -> AssessmentDecisionOut:
    """Record the decision, with an audit line. The assessment itself stays as it was.

    Raises `NotFound`; `Invalid` for an application that is declined without a ground or without consulting whoever
    made it; `Conflict` where it is decided and this is no appeal, or the handlers have changed since.
    """
    row = find(work.session, work.force.id, assessment_id)
    repository.lock(work.session, row)
    before = repository.decisions(work.session, {row.id})
    _require_order(row, before, body)
    _require_lawful(row, body)
    applied = _applied(work, row, body) if body.apply else []
    made = AssessmentDecisionRow(
        force_id=row.force_id,
        assessment_id=row.id,
        number=len(before) + 1,
        created_at=utc_now(),
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        body=body.model_dump(mode="json"),
        applied=applied,
    )
    repository.add_decision(work.session, made)
    if body.decision != "decline":
        predicted.enter(work, row, body.decision, body.reason)
    add_line(work.session, force_id=row.force_id, actor_id=work.actor.id, action=f"assessment {body.decision}",
             subject=str(row.id), reason=body.reason, grounds=made.body["grounds"],
             consulted_on=made.body["consulted_on"], appeal=body.appeal, applied=applied,
             points_to=row.figures["points_to"])  # fmt: skip
    return decision_out(made)


def _require_order(row: AssessmentRow, before: list[AssessmentDecisionRow], body: AssessmentDecisionIn) -> None:
    if not before and body.appeal:
        raise Conflict(f"assessment {row.id} has no decision yet: nothing to appeal against")
    if before and not body.appeal:
        last = before[-1]
        raise Conflict(
            f"assessment {row.id} was decided by {last.actor_name} at {last.created_at.isoformat()} "
            f"({last.body['decision']}): only an appeal decides it again"
        )
    if before and before[-1].body["decision"] != "decline":
        raise Conflict(f"assessment {row.id} was decided as {before[-1].body['decision']}: expected a declined one")


def _require_lawful(row: AssessmentRow, body: AssessmentDecisionIn) -> None:
    """What the Act asks of a refusal: s.80G(1)(aza) consultation, s.80G(1)(b) a ground."""
    if row.kind != FLEXIBLE:
        if body.grounds:
            raise invalid("grounds", ", ".join(body.grounds), "none: they are of flexible-working applications")
        return
    if body.decision == "decline":
        if not body.grounds:
            raise invalid("grounds", [], "one or more of the eight statutory grounds of refusal")
        if not body.consulted:
            raise invalid("consulted", False, "true, with the day: an application is refused only after consulting "
                          "whoever made it")  # fmt: skip
    if body.consulted_on is not None and row.received is not None and body.consulted_on < row.received:
        raise invalid("consulted_on", f"{body.consulted_on}", f"a day from {row.received}, when it was received")


def _applied(work: Work, row: AssessmentRow, body: AssessmentDecisionIn) -> list[str]:
    """Change the handlers as was assessed; their references."""
    if row.kind not in (FLEXIBLE, PATTERN):
        raise invalid("apply", True, f"false: {row.kind} is applied to its roster, by an edit, a repair or a swap")
    which = "asked" if body.decision == "accept" else "alternative"
    wanted = row.proposed.get(which)
    if not wanted:
        raise Conflict(f"assessment {row.id} found no alternative that could be applied: change the handlers yourself")
    now = {handler.ref: handler.model_dump(mode="json") for handler in people.all_of(work.session, row.force_id)}
    for ref, before in row.proposed["before"].items():
        if now.get(ref) != before:
            raise Conflict(f"handler {ref} has changed since assessment {row.id}: assess it again")
    changed = [HandlerIn.model_validate(one) for one in wanted.values()]
    people.store(work.session, work.actor, row.force_id, HandlersIn(handlers=changed))
    return sorted(wanted)
