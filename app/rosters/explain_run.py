"""The explanation run's ends in the database: what relaxations and agreements of a stored roster are worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.errors import Conflict, invalid
from app.rosters import service
from app.rosters.document import duties_from_json, problem_from_json
from app.rosters.explain_schemas import ExplanationIn
from app.runs import service as runs
from app.runs.outcome import Stored
from app.runs.schemas import RunOut
from app.tables import RunRow
from rostering.problem import RosterProblem
from rostering.roster import Roster

_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The roster as it stood when it was asked for; `interval`: number of the quarter-hour, None: none is explained."""

    problem: RosterProblem
    roster: Roster
    interval: int | None
    agreements: bool
    seconds: int


def request(work: Work, roster_id: UUID, body: ExplanationIn, idempotency_key: str | None) -> RunOut:
    """Queue the explanation. Raises `NotFound`, or `Invalid` for an interval outside the roster."""
    asked = {"roster_id": str(roster_id), **body.model_dump(mode="json")}
    earlier = runs.earlier(work, "explanation", asked, idempotency_key)
    if earlier is not None:
        return earlier
    row = service.find(work.session, work.force.id, roster_id)
    place = None
    if body.interval is not None:
        problem = problem_from_json(row.certificate["problem"])
        place, left = divmod(body.interval - problem.begin, _QUARTER)
        if left or not 0 <= place < problem.n_intervals:
            span = f"{problem.begin.isoformat()} to {problem.end.isoformat()}"
            raise invalid("interval", body.interval.isoformat(), f"the start of a quarter-hour of {span}")
    inputs = {"roster_id": str(row.id), "revision": row.revision, "interval": place, "agreements": body.agreements,
              "seconds": body.seconds}  # fmt: skip
    return runs.request(work, "explanation", asked, inputs, 0, idempotency_key)


def load(session: Session, run: RunRow) -> Inputs:
    asked = run.inputs
    row = service.find(session, run.force_id, UUID(asked["roster_id"]))
    if row.revision != asked["revision"]:
        raise Conflict(
            f"roster {row.id} is at revision {row.revision} now, asked for was {asked['revision']}: ask again"
        )
    return Inputs(
        problem=problem_from_json(row.certificate["problem"]),
        roster=Roster(duties_from_json(row.body["duties"])),
        interval=asked["interval"],
        agreements=asked["agreements"],
        seconds=asked["seconds"],
    )


def store(session: Session, run: RunRow, result: dict[str, Any]) -> Stored:  # noqa: ARG001 - as every kind
    return Stored({"roster_id": run.inputs["roster_id"], "revision": run.inputs["revision"], **result})
