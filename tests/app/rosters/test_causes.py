"""Why somebody has a duty, and which changes came at short notice: from stored steps alone, no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.rosters.causes import Cause, cause_of
from app.rosters.repository import DutySpan, ToldChange
from app.rosters.short_notice import by_monday, changed_days
from rostering.rules import ENGLAND_WALES_STAFF as RULES

LONDON = ZoneInfo("Europe/London")
THIS, BEFORE, DRAFT = UUID(int=1), UUID(int=2), UUID(int=3)
DAY = date(2026, 6, 27)  # a Saturday
EARLY = (datetime(2026, 6, 27, 6, tzinfo=UTC), datetime(2026, 6, 27, 15, tzinfo=UTC))
NIGHT = (datetime(2026, 6, 27, 20, tzinfo=UTC), datetime(2026, 6, 28, 5, tzinfo=UTC))


def duty(ref="A", times=EARLY):
    return {"handler": ref, "start": times[0].isoformat(), "end": times[1].isoformat()}


def step(action, roster=THIS, at="2026-06-20T12:00:00+00:00", **details):
    return ToldChange(roster, 2, datetime.fromisoformat(at), action, None, details)


def cause(*steps, times=EARLY, mode="weekly", nominal=None, offers=()):
    worked = [] if nominal is None else [{"date": DAY.isoformat(), "start": nominal[0].isoformat(), "length_min": 540}]
    known = {THIS: (mode, {"ref": "A", "nominal": worked, "offers": list(offers)})}
    return cause_of(DutySpan(THIS, "A", *times), known, steps, RULES, LONDON)


OFFER = {"kind": "rest_day", "date": "2026-06-27", "earliest": EARLY[0].isoformat(), "latest": EARLY[1].isoformat()}
GIVEN = {"added": [duty()], "removed": [duty("B")]}
PUBLISHED = step("published", BEFORE, "2026-06-01T12:00:00+00:00")


@pytest.mark.parametrize(
    ("steps", "more", "expected"),
    [
        ((), {"nominal": EARLY}, Cause.PATTERN),
        ((), {"nominal": EARLY, "times": NIGHT}, Cause.CONSENT),
        ((), {"nominal": NIGHT, "times": NIGHT}, Cause.PATTERN),
        ((), {}, Cause.SOLVER),
        ((), {"mode": "repair"}, Cause.ABSENCE_COVER),
        ((), {"mode": "repair", "offers": [OFFER]}, Cause.CONSENT),
        ((), {"offers": [OFFER | {"kind": "overtime"}]}, Cause.SOLVER),
        ((), {"offers": [OFFER | {"date": "2026-06-26"}]}, Cause.SOLVER),
        ((step("swapped", **GIVEN),), {"nominal": EARLY}, Cause.SWAP),
        ((step("swapped", **GIVEN | {"removed": [duty()]}),), {"nominal": EARLY}, Cause.PATTERN),
        ((PUBLISHED, step("swapped", BEFORE, **GIVEN)), {"mode": "repair"}, Cause.SWAP),
        ((step("swapped", DRAFT, **GIVEN),), {}, Cause.SOLVER),
        ((step("edited", changes=[{"kind": "add", "handler": "A"}], **GIVEN),), {}, Cause.ABSENCE_COVER),
        ((step("edited", changes=[{"kind": "add", "handler": "A", "offer": "toil"}], **GIVEN),), {}, Cause.CONSENT),
        ((step("edited", changes=[{"kind": "move", "handler": "A", "agreed": True}], **GIVEN),), {}, Cause.CONSENT),
        ((step("swapped", **GIVEN), step("edited", changes=[{"kind": "move", "handler": "A"}], **GIVEN)), {},
         Cause.ABSENCE_COVER),
    ],
)  # fmt: skip
def test_a_duty_has_the_cause_that_gave_it_last(steps, more, expected):
    assert cause(*steps, **more) is expected


def noticed(*steps):
    return [(one.handler, one.day) for one in changed_days(steps, LONDON)]


FLAG = {"rule": "P2", "handler": "A", "day": "2026-06-27", "needs": "agreement_or_exigency"}
MOVED = {"changes": [{"kind": "move", "handler": "A"}], "added": [duty()], "removed": [duty(times=NIGHT)]}


def test_a_publication_burdens_whose_notice_was_too_short():
    """Not whom an offer covers, nor the roster as a whole."""
    others = [FLAG | {"needs": "nothing", "handler": "B"}, FLAG | {"handler": None, "needs": "earlier"}]
    assert noticed(step("published", notice=[FLAG, *others])) == [("A", DAY)]
    assert noticed(step("published")) == []


@pytest.mark.parametrize(
    ("at", "is_short"), [("2026-03-27T12:00:00+00:00", False), ("2026-03-28T12:00:00+00:00", True)]
)
def test_an_edit_is_at_short_notice_within_three_months(at, is_short):
    told = step("published", at="2026-03-01T12:00:00+00:00")
    assert noticed(told, step("edited", at=at, **MOVED)) == ([("A", DAY)] if is_short else [])


def test_edits_of_drafts_days_off_offers_and_other_breaks_burden_nobody():
    told = step("published", at="2026-03-01T12:00:00+00:00")
    assert noticed(step("edited", **MOVED)) == [], "nobody had been told"
    same = {"added": [duty()], "removed": [duty()], "changes": [{"kind": "break", "handler": "A"}]}
    removed = {"removed": [duty()], "changes": [{"kind": "remove", "handler": "A"}]}
    offered = {"added": [duty()], "changes": [{"kind": "add", "handler": "A", "offer": "rest_day"}]}
    assert noticed(told, *(step("edited", **details) for details in (same, removed, offered))) == []


def test_changes_are_counted_by_their_week():
    told = step("published", at="2026-03-01T12:00:00+00:00")
    found = changed_days([told, step("edited", **MOVED), step("edited", **MOVED)], LONDON)
    assert by_monday(found) == {DAY - timedelta(days=5): {"A": 2}}
