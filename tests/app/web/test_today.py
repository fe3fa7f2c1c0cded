"""The daily page at the edges of what is known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from starlette.requests import Request

from app.actions.schemas import ActionOut
from app.pacesetter.schemas import PacesetterOut, RiskOut
from app.web.shell import html
from app.web.today import view

LONDON, NOW = ZoneInfo("Europe/London"), datetime(2026, 11, 26, 9, tzinfo=UTC)


def told(**known: object) -> PacesetterOut:
    """A morning with a ranking of which no quarter-hour has a roster."""
    risk = RiskOut(
        ranking_id=uuid4(), data_as_of=NOW, ends_at=NOW, quarters=[], weakest=[], tonight=None, targets=[], notes=[]
    )
    body = {
        "date": date(2026, 11, 26), "timezone": LONDON.key, "made_at": NOW, "data_as_of": NOW, "is_stale": False,
        "synthetic": True, "yesterday": None, "risk": risk, "on_duty": None, "actions": [],
        "missing": {"yesterday": "none", "on_duty": "nobody"},
    }  # fmt: skip
    return PacesetterOut.model_validate(body | known)


def test_a_ranking_without_a_roster_is_told_as_that():
    morning = told()
    page = html(Request({"type": "http", "headers": []}), "today/live.html", title="Today", zone=LONDON, told=morning,
                shown=view.shown(morning, LONDON), address=None)  # fmt: skip
    assert b"No quarter-hour of the ranking has a published roster." in page.body


@pytest.mark.parametrize(
    ("due", "state", "is_overdue"),
    [(None, "open", False), (date(2026, 11, 26), "open", False), (date(2026, 11, 25), "open", True),
     (date(2026, 11, 25), "closed", False)],
)  # fmt: skip
@pytest.mark.parametrize("page", [date(2026, 11, 26), date(2026, 11, 20), date(2026, 11, 30)])
def test_an_action_is_overdue_from_the_day_after_its_date_on_whichever_days_page(page, due, state, is_overdue):
    action = ActionOut(id=uuid4(), text="x", owner="y", due=due, state=state, outcome=None, created_at=NOW,
                       created_by="z", changed_at=NOW, changed_by="z", closed_at=None, revision=3)  # fmt: skip
    (shown,) = view.shown(told(actions=[action], date=page), LONDON).actions
    assert (shown.is_overdue, shown.etag) == (is_overdue, f'"{action.id}-3"')
