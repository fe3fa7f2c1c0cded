"""A week solved anew that keeps to a draft: what is asked, what it becomes, which state of the search is taken."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from app.database import EVERY_FORCE, force_session
from app.rosters import run
from app.runs import repository as runs
from rostering.model.repair import USUAL, within
from rostering.problem import Mode
from tests.app.rosters.conftest import WEEK
from tests.helpers import FORCE, done, problem

ROSTERS = f"/v1/forces/{FORCE}/rosters"


def ask(stocked, **body):
    return stocked.post(ROSTERS, json={"week_start": WEEK.isoformat(), "seconds": 5} | body)


def test_a_kept_draft_is_what_people_would_be_told(stocked, make):
    """Of eight duties an eighth is one, a little less none; the new roster is based on the old one."""
    kept = make(WEEK)
    for share, most in ((0.125, 1), (0.124, 0), (None, 0)):
        asked = {"keep_to": kept} | ({} if share is None else {"most_changed": share})
        answer = done(ask(stocked, **asked), 202)
        with force_session(stocked.app.state.engine, EVERY_FORCE) as session:
            inputs = run.load(session, runs.locked(session, UUID(answer["id"])))
        assert inputs.problem.mode is Mode.REPAIR
        assert len(inputs.problem.published) == 8
        assert inputs.problem.published == inputs.before
        assert inputs.most_changes == most
    assert not inputs.problem.frozen_duties


def test_only_a_draft_of_the_same_weeks_can_be_kept_to(stocked, make):
    kept = make(WEEK)
    problem(ask(stocked, keep_to=kept, mode="free"), 422, "keep_to goes with mode weekly")
    pins = {"from_roster_id": kept, "handlers": ["H001"]}
    problem(ask(stocked, keep_to=kept, pinned=pins), 422, "without pinned")
    problem(ask(stocked, keep_to=kept, week_start=(WEEK + timedelta(weeks=1)).isoformat(), weeks=1), 422, "keep_to")
    problem(ask(stocked, keep_to=str(UUID(int=7))), 404, "unknown")
    tag = stocked.get(f"{ROSTERS}/{kept}").headers["ETag"]
    done(stocked.post(f"{ROSTERS}/{kept}/supersede", json={"reason": "x"}, headers={"If-Match": tag}))
    problem(ask(stocked, keep_to=kept), 409, "is superseded")


@pytest.mark.parametrize(("most", "price"), [(9, USUAL), (8, 15.0), (3, 15.0), (2, 60.0), (1, None)])
def test_the_lowest_price_that_changes_few_enough_is_taken(most, price):
    found = [SimpleNamespace(price=p, n_changed=n) for p, n in ((60.0, 2), (15.0, 3), (USUAL, 9), (2.0, 1))]
    taken = within(found, most)  # type: ignore[arg-type]
    assert (None if taken is None else taken.price) == price
