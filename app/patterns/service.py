"""Patterns: requested as runs, whose results hold them."""

from __future__ import annotations

from datetime import timedelta

from app.access import Work
from app.errors import Conflict
from app.forces import service as forces
from app.patterns.schemas import PatternSearchIn
from app.requirements import service as requirements
from app.runs import service as runs
from app.runs.schemas import RunOut

_WEEK = timedelta(weeks=1)


def request(work: Work, body: PatternSearchIn, idempotency_key: str | None) -> RunOut:
    """Queue a design or an assessment. Raises `NotFound` without a requirement, `Conflict` where it is shorter than a
    week."""
    asked = body.model_dump(mode="json")
    earlier = runs.earlier(work, "pattern", asked, idempotency_key)
    if earlier is not None:
        return earlier
    requirement = requirements.find(work.session, work.force.id, body.requirement_id)
    if requirement.ends_at - requirement.starts_at < _WEEK:
        raise Conflict(
            f"requirement {requirement.id} covers {requirement.starts_at.isoformat()} to "
            f"{requirement.ends_at.isoformat()}: a pattern needs a week or more"
        )
    inputs = {
        "requirement_id": str(requirement.id),
        "settings_version": forces.current_settings(work.session, work.force.id).version,
    }
    return runs.request(work, "pattern", asked, inputs, body.seed, idempotency_key)
