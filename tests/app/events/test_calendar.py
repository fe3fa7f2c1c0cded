"""The one calendar of a force, the events that a forecast takes, and effects beside planners' values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session, utc_now
from app.events import service
from app.forces.schemas import ForceSettings
from app.tables import ForceRow
from forecasting.terms import SCHOOL_HOLIDAY
from tests.helpers import FORCE, add_calls, add_force, compute_run, done, history_csv, problem

EVENTS = f"/v1/forces/{FORCE}/events"


@pytest.fixture
def api(api):
    add_force(api)
    return api


def add(api, **event):
    return done(api.post(EVENTS, json=event), 201)


def calendar(api, first, last):
    answer = done(api.get(f"{EVENTS}/occurrences", params={"from": first, "to": last}))
    return [(o["name"], o["source"], o["start"], o["end"]) for o in answer["occurrences"]]


def test_built_in_days_assumptions_and_own_events_come_in_one_calendar(api):
    add(api, name="street party", starts="2026-12-31T21:00", ends="2027-01-01T02:00")
    found = calendar(api, "2026-12-26", "2027-01-01")
    assert ("boxing_day", "calendar", "2026-12-26T00:00:00Z", "2026-12-27T00:00:00Z") in found
    assert ("bank_holiday", "calendar", "2026-12-28T00:00:00Z", "2026-12-29T00:00:00Z") in found
    assert (SCHOOL_HOLIDAY, "assumed", "2026-12-19T00:00:00Z", "2027-01-04T00:00:00Z") in found
    assert ("street party", "force", "2026-12-31T21:00:00Z", "2027-01-01T02:00:00Z") in found
    assert [start for _, _, start, _ in found] == sorted(start for _, _, start, _ in found)


def test_own_school_holidays_replace_the_assumed_ones(api):
    add(api, name=SCHOOL_HOLIDAY, starts="2026-10-19T00:00", ends="2026-10-24T00:00")
    assert [source for name, source, *_ in calendar(api, "2026-10-01", "2026-12-31") if name == SCHOOL_HOLIDAY] == [
        "force"
    ]


def test_an_evening_stays_in_the_evening_over_the_clock_change(api):
    add(api, name="match", starts="2026-10-20T19:45", ends="2026-10-20T21:45", rule="FREQ=WEEKLY;COUNT=2")
    matches = [start for name, _, start, _ in calendar(api, "2026-10-20", "2026-10-27") if name == "match"]
    assert matches == ["2026-10-20T18:45:00Z", "2026-10-27T19:45:00Z"]


def test_holidays_are_named_and_carry_no_event(api):
    day = done(api.get(f"{EVENTS}/occurrences", params={"from": "2026-12-25", "to": "2026-12-25"}))["occurrences"][-1]
    assert (day["name"], day["holiday"], day["kind"], day["event_id"]) == ("christmas_day", "Christmas Day", None, None)


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [("2026-01-01", "2026-01-01", 200), ("2026-01-02", "2026-01-01", 422), ("2026-01-01", "2028-03-10", 200),
     ("2026-01-01", "2028-03-11", 422), ("1989-01-01", "1990-01-01", 422)],
)  # fmt: skip
def test_the_calendar_is_of_a_span_in_order_and_bounded(bare, first, last, status):
    answer = bare.get(f"{EVENTS}/occurrences", params={"from": first, "to": last})
    assert answer.status_code == status, answer.text
    if status == 422:
        problem(answer, 422, "from", first)


def known(engine, at: datetime, settings: ForceSettings | None = None):
    with force_session(engine, EVERY_FORCE) as session:
        force_id: UUID = session.scalars(select(ForceRow.id).where(ForceRow.slug == FORCE)).one()
        return service.known(session, force_id, settings or ForceSettings(), at)


def test_a_forecast_takes_the_versions_that_stood(api, engine):
    before = utc_now()
    event = add(api, name="fair", starts="2026-06-01T10:00", ends="2026-06-01T18:00")
    between = utc_now()
    address = f"{EVENTS}/{event['id']}"
    change = {"name": "fair", "starts": "2026-06-01T10:00", "ends": "2026-06-01T20:00", "multiplier": 1.5}
    done(api.put(address, json=change | {"reason": "two stages"}, headers={"If-Match": "*"}))
    after = utc_now()
    api.delete(address, headers={"If-Match": "*"})

    def fairs(at):
        taken = known(engine, at)
        return [
            (event.end, event.multiplier, event.reason, version.version)
            for event, version in zip(taken.own, taken.versions, strict=True)
        ]

    assert fairs(before) == []
    assert fairs(between) == [(datetime(2026, 6, 1, 17, tzinfo=UTC), None, None, 1)]
    assert fairs(after) == [(datetime(2026, 6, 1, 19, tzinfo=UTC), 1.5, "two stages", 2)]
    assert fairs(utc_now()) == []


def test_outages_are_taken_as_not_to_learn_from(api, engine):
    for kind in ("outage", "incident", "demand"):
        add(api, name=kind, starts="2026-06-01T10:00", ends="2026-06-01T18:00", kind=kind)
    taken = {event.name: event.is_excluded for event in known(engine, utc_now()).all}
    assert taken == {"outage": True, "incident": True, "demand": False, SCHOOL_HOLIDAY: False}


@pytest.mark.parametrize(("subdivision", "n_notes"), [("ENG", 1), ("SCT", 0)])
@pytest.mark.usefixtures("api")
def test_school_holidays_are_assumed_in_england_alone_and_said_to_be(engine, subdivision, n_notes):
    taken = known(engine, utc_now(), ForceSettings(subdivision=subdivision))
    assert (len(taken.assumed) > 0) == bool(n_notes)
    assert len(taken.notes) == n_notes


def test_another_time_zone_that_moves_a_rules_first_day_is_told(api):
    add(api, name="match", starts="2026-10-20T01:00", ends="2026-10-20T02:00", rule="FREQ=WEEKLY;BYDAY=TU")
    settings = {"timezone": "America/New_York", "country": "US"}
    done(api.put(f"/v1/forces/{FORCE}/settings", json=settings))
    answer = api.get(f"{EVENTS}/occurrences", params={"from": "2026-10-20", "to": "2026-10-27"})
    problem(answer, 409, "America/New_York", "match", "Monday 2026-10-19")


def test_effects_need_a_forecast(api):
    problem(api.get(f"{EVENTS}/effects"), 404, "no full forecast yet", "/forecasts")


def test_effects_stand_beside_the_planners_values(api, engine):
    add(
        api, name="fair", starts="2026-06-01T10:00", ends="2026-06-01T18:00", queues=["101"], multiplier=1.5,
        reason="two stages",
    )  # fmt: skip
    add(api, name="outage", starts="2026-03-01T10:00", ends="2026-03-01T11:00", kind="outage")
    done(add_calls(api, history_csv(3)))
    compute_run(engine, done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 1, "paths": 50}), 202)["id"])
    used = done(api.get(f"/v1/forces/{FORCE}/forecasts/latest"))["inputs"]
    assert used["events"] == {event["id"]: 1 for event in done(api.get(EVENTS))["events"]}
    answer = done(api.get(f"{EVENTS}/effects"))
    (fair,) = [effect for effect in answer["effects"] if effect["name"] == "fair"]
    assert (fair["queue"], fair["n_occurrences"], fair["learned"]) == ("101", 0, None)
    (planner,) = fair["planner"]
    assert (planner["multiplier"], planner["reason"], planner["set_by"]) == (1.5, "two stages", "first administrator")
    assert not [effect for effect in answer["effects"] if effect["name"] == "outage"]


def test_learned_effects_of_the_newest_forecast_are_shown(api, engine, database):
    add(api, name="fair", starts="2026-02-28T10:00", ends="2026-02-28T18:00", multiplier=1.5, reason="two stages")
    done(add_calls(api, history_csv(2)))
    compute_run(engine, done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 1, "paths": 50}), 202)["id"])
    effect = {
        "queue": "999", "name": "fair", "n_occurrences": 4, "learned": 1.21, "lower": 1.05, "upper": 1.4,
        "planner": 1.5, "applied": 1.5, "set_by": "first administrator", "reason": "two stages",
    }  # fmt: skip
    with psycopg.connect(database.owner) as connection:
        connection.execute("update forecasts set description = description || %s", (Jsonb({"effects": [effect]}),))
    effects = {(e["name"], e["queue"]): e for e in done(api.get(f"{EVENTS}/effects"))["effects"]}
    seen = effects["fair", "999"]
    assert (seen["learned"], seen["lower"], seen["upper"], seen["n_occurrences"]) == (1.21, 1.05, 1.4, 4)
    assert (seen["applied"], seen["planner"][0]["multiplier"]) == (1.5, 1.5)
    assert effects["fair", "101"]["learned"] is None
    assert timedelta(0) <= utc_now() - datetime.fromisoformat(seen["planner"][0]["set_at"]) < timedelta(hours=1)
