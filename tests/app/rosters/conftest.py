"""Rosters stored without a solver: what the patterns say is a legal roster of the stocked force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.certificates.canonical import digest
from app.database import EVERY_FORCE, force_session
from app.people.schemas import HandlerIn
from app.rosters import run, summary
from app.rosters.document import problem_to_json
from app.rosters.pattern import assumed_duties
from app.runs import repository as runs
from rostering.check import check
from rostering.roster import Duty, Roster
from tests.helpers import FORCE, done

WEEK = date(2026, 3, 23)


def roster_result(inputs: run.Inputs, duties: Sequence[Duty]) -> run.Result:
    """What the child would have made of these duties, its simulation and bounds left out."""
    problem = inputs.problem
    checked = check(problem, Roster(tuple(duties)))
    seats = dict(zip(("999", "101"), inputs.heads.seats.tolist(), strict=True))
    tiers = {
        str(tier): {"status": "feasible", "objective": cost, "bound": 0.0, "gap": 1.0}
        for tier, cost in checked.cost.items()
    }
    body = summary.body(problem, duties, checked, seats) | {"service": {}}
    certificate = {
        "synthetic": True,
        "outcome": "feasible",
        "rules": summary.rules_checked(problem, checked),
        "solver": tiers,
        "notes": list(inputs.notes),
        "inputs": {"problem": digest(problem_to_json(problem)), "duties": digest(body["duties"])},
        "problem": problem_to_json(problem),
    }
    return run.Result("feasible", None, (run.Made(body, certificate),))


def missing_consent(answer: httpx.Response) -> list[dict[str, str]]:
    """Handlers' dates whose change a publication was refused for; none where it was not refused."""
    if answer.status_code != 409:
        return []
    return [{"handler": error["value"], "date": error["day"]} for error in answer.json()["errors"]]


@pytest.fixture
def make(stocked) -> Callable[..., str]:
    """Asks for a roster and stores it as the worker does: with these duties, else with those of the patterns."""
    engine = stocked.app.state.engine

    def made(week: date = WEEK, duties: Sequence[Duty] | None = None, headers: Any = None, **asked: object) -> str:
        wanted = {"week_start": week.isoformat(), "seconds": 5, **asked}
        answer = stocked.post(f"/v1/forces/{FORCE}/rosters", json=wanted, headers=headers or {})
        run_id = UUID(done(answer, 202)["id"])
        listed = done(stocked.get(f"/v1/forces/{FORCE}/handlers"))["handlers"]
        people = [HandlerIn.model_validate({k: v for k, v in p.items() if k != "updated_at"}) for p in listed]
        with force_session(engine, EVERY_FORCE) as session:
            row = runs.locked(session, run_id)
            inputs = run.load(session, row)
            n_days = 7 * inputs.problem.n_weeks
            if duties is None:
                duties = assumed_duties(people, week, n_days, inputs.settings.zone, inputs.problem.rules)
            stored = run.store(session, row, roster_result(inputs, duties))
            assert stored.result is not None
            return str(stored.result["roster_id"])

    return made
