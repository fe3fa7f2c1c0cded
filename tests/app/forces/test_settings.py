"""Forces and their settings: versions that never change, and refusals that name what is wrong and store nothing."""

from __future__ import annotations

import math
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select

from app.database import EVERY_FORCE, force_session
from app.forces.schemas import PARTS_OF_GB, ForceSettings
from app.forces.service import set_by
from app.tables import AuditRow, ForceRow, ForceSettingsRow
from forecasting.calendar import Calendar
from tests.helpers import FORCE, OTHER, add_force, done, problem


def put(api: TestClient, **settings: object):
    return api.put(f"/v1/forces/{FORCE}/settings", json=settings)


def n_rows(engine: Engine, *tables: type) -> list[int]:
    with force_session(engine, EVERY_FORCE) as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_a_new_force_has_its_first_settings_and_the_defaults_of_the_rest(api):
    made = add_force(api, shrinkage=0.2)
    assert (made["slug"], made["settings_version"]) == (FORCE, 1)
    stored = done(api.get(f"/v1/forces/{FORCE}/settings"))
    assert stored["version"] == 1
    lost = 1 - math.prod(1 - part["share"] for part in stored["settings"]["shrinkage"])
    assert lost == pytest.approx(0.2, abs=1e-12)
    assert stored["settings"]["timezone"] == "Europe/London"
    assert stored["settings"]["queues"]["999"]["service_level"] == 0.90


def test_a_key_sees_the_forces_that_it_may(api, key_for):
    add_force(api, FORCE)
    add_force(api, OTHER)
    assert [force["slug"] for force in done(api.get("/v1/forces"))] == [FORCE, OTHER]
    assert [force["slug"] for force in done(api.get("/v1/forces", headers=key_for(OTHER, "auditor")))] == [OTHER]


def test_a_slug_is_given_once(api):
    add_force(api)
    problem(api.post("/v1/forces", json={"slug": FORCE, "name": "again"}), 409, FORCE)


@pytest.mark.parametrize("slug", ["", "North", "north shire", "-north", "n" * 64, "nörd", "a/b"])
def test_a_slug_that_does_not_fit_an_address_is_refused(api, slug):
    problem(api.post("/v1/forces", json={"slug": slug, "name": "x"}), 422, "slug")


def test_changed_settings_are_a_new_version_and_the_old_one_stays(api, engine):
    add_force(api, shrinkage=0.2)
    assert done(put(api, shrinkage=0.3))["version"] == 2
    now = done(api.get(f"/v1/forces/{FORCE}/settings"))["settings"]["shrinkage"]
    with force_session(engine, EVERY_FORCE) as session:
        kept = session.scalars(select(ForceSettingsRow).order_by(ForceSettingsRow.version)).all()
        assert kept[0].settings["shrinkage"] != now
        assert kept[1].settings["shrinkage"] == now
        lines = session.scalars(select(AuditRow).where(AuditRow.action == "settings")).all()
        assert [line.details["after"] for line in lines] == [row.settings for row in kept]


def test_the_same_settings_again_make_no_new_version(api):
    add_force(api, shrinkage=0.2, rules={"W1": {"rest_min": 720}})
    for _ in range(2):
        assert done(put(api, shrinkage=0.2, rules={"W1": {"rest_min": 720}}))["version"] == 1


def test_the_answer_can_be_sent_back_as_it_came(api):
    add_force(api, queues={"101": {"abandonment": 0.07}})
    settings = done(api.get(f"/v1/forces/{FORCE}/settings"))["settings"]
    assert done(put(api, **settings))["version"] == 1


@pytest.mark.parametrize(("absence_rate", "accepted"), [(0.2, True), (0.2001, False)])
def test_absence_is_part_of_shrinkage(api, absence_rate, accepted):
    add_force(api)
    answer = put(api, shrinkage=0.2, absence_rate=absence_rate)
    if accepted:
        assert done(answer)["version"] == 2
    else:
        problem(answer, 422, "absence_rate 0.2001", "shrinkage 0.2", "part of shrinkage")


@pytest.mark.parametrize(
    ("level", "status"),
    [(0.890, 200), (0.892, 422)],  # P(lognormal of mean 5 and deviation 2.5 <= 8) = Phi(1.2311) = 0.8909
)
def test_a_level_by_the_published_clock_stays_below_what_ringing_and_transfer_leave(api, level, status):
    add_force(api)
    answer = put(api, targets={"clock": "published"}, queues={"999": {"service_level": level}},
                 definitions={"ring_s": 2, "transfer": {"mean_s": 5, "cv": 0.5}})  # fmt: skip
    if status == 200:
        done(answer)
    else:
        problem(answer, status, "service_level", str(level), "0.8909", "published clock")


def test_settings_name_who_stored_them_to_workers_that_see_one_force(api, engine):
    add_force(api)
    done(put(api, min_seats_999=3))
    with force_session(engine, EVERY_FORCE) as session:
        force_id = session.scalars(select(ForceRow.id)).one()
    with force_session(engine, force_id) as session:
        told = set_by(session, force_id, 2)
    assert told.startswith("settings version 2, ")
    assert "unknown" not in told


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"timezone": "Europe/Atlantis"}, ["timezone", "Europe/Atlantis", "Europe/London"]),
        ({"country": "GB", "subdivision": "ATL"}, ["subdivision", "ATL", "GB"]),
        ({"country": "US", "subdivision": "ENG"}, ["subdivision", "ENG", "US"]),
        ({"country": "FR"}, ["country", "FR", "GB"]),
        ({"shrinkige": 0.1}, ["shrinkige", "0.1", "not permitted"]),
        ({"shrinkage": 0.6}, ["shrinkage", "0.6", "less than 0.6"]),
        ({"shrinkage": "much"}, ["shrinkage", "much", "number"]),
        ({"queues": {"999": {"service_level": 90}}}, ["queues.999.service_level", "90", "0.9999"]),
        ({"queues": {"112": {}}}, ["queues.112", "not permitted"]),
        ({"start_step_min": 20}, ["start_step_min", "20", "15, 30 or 60"]),
        ({"rules": {"W99": {"rest_min": 600}}}, ["settings.rules.W99", "rest_min", "W1"]),
        ({"rules": {"W1": {"rest_h": 11}}}, ["settings.rules.W1", "rest_h", "rest_min"]),
        ({"rules": {"W1": {"rule_id": 1}}}, ["settings.rules.W1", "rule_id", "rest_min"]),
        ({"rules": {"W1": {"rest_min": -1}}}, ["settings.rules.W1", "rest_min", "-1", "0 or more"]),
        ({"rules": {"W1": {"rest_min": "long"}}}, ["rules.W1.rest_min", "long", "integer"]),
    ],
)
def test_contradicting_settings_name_thing_value_and_expectation(api, engine, settings, words):
    add_force(api)
    before = n_rows(engine, ForceSettingsRow, AuditRow)
    problem(put(api, **settings), 422, *words)
    problem(api.post("/v1/forces", json={"slug": OTHER, "name": "x", "settings": settings}), 422, *words)
    assert n_rows(engine, ForceSettingsRow, AuditRow, ForceRow) == [*before, 1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shrinkage": [{"name": "sickness", "share": 0.7}]}, ["shrinkage[0].share", "0.7", "less than 0.6"]),
        ({"shrinkage": [{"name": n, "share": 0.4} for n in "ab"]}, ["0.640", "less than 0.6"]),
        ({"shrinkage": [{"name": "a", "share": 0.1, "from": "07:10"}]}, ["07:10", "quarter-hour"]),
        ({"shrinkage": [{"name": "a", "share": 0.1, "weekdays": ["Someday"]}]}, ["weekdays[0]", "Someday", "Monday"]),
        ({"queues": {"101": {"redial": {"low": 0.5, "likely": 0.3, "high": 0.6}}}}, ["redial", "in this order"]),
        ({"queues": {"101": {"redial": 0.8, "spill": 0.3}}}, ["queues.101", "0.8", "0.3", "exceed 1"]),
        ({"queues": {"999": {"spill": 0.1}}}, ["queues.999.spill", "not permitted"]),
        ({"targets": {"scope": "month"}}, ["targets.scope", "month", "week"]),
        ({"definitions": {"callbacks": "maybe"}}, ["definitions.callbacks", "maybe", "excluded"]),
        ({"callbacks": {"attempts": 0}}, ["callbacks.attempts", "0", "1"]),
        ({"posts": [{"name": "desk", "skill": "pilot", "heads": 1}]}, ["posts[0].skill", "pilot", "dispatch"]),
        ({"shrinkage": [{"name": "a", "share": 0.1}] * 2}, ["shrinkage", "a, a", "each name once"]),
        ({"definitions": {"ring_s": 10}}, ["ring_s", "10", "threshold"]),
        ({"queues": {"999": {"mean_answer_s": 2}}, "definitions": {"ring_s": 2}}, ["mean_answer_s", "ring_s"]),
        ({"queues": {"101": {"redial": "often"}}}, ["queues.101.redial", "often", "a number, or low"]),
        ({"categories": [{"name": "x", "queue": "101", "share": 0.1}] * 2}, ["categories", "each name once"]),
    ],
)
def test_contradicting_assumptions_name_thing_value_and_expectation(api, settings, words):
    add_force(api)
    problem(put(api, **settings), 422, *words)


def test_versions_of_before_shrinkage_had_parts_still_load():
    old = {"shrinkage": 0.06, "absence_rate": 0.04, "queues": {"999": {"threshold_s": 10, "mean_patience_s": 600}}}
    settings = ForceSettings.model_validate(old)
    assert settings.on_the_day == pytest.approx(0.06, abs=1e-12)
    assert settings.absence_rate == pytest.approx(0.04, abs=1e-12)
    assert ForceSettings.model_validate(settings.model_dump(mode="json", by_alias=True)) == settings
    assert ForceSettings.model_validate({"shrinkage": 0, "absence_rate": 0}).shrinkage == ()


def test_a_number_is_a_share_that_is_known():
    settings = ForceSettings.model_validate({"queues": {"101": {"redial": 0.25}}})
    assert settings.queues.non_emergency.redial.is_known
    assert not ForceSettings().queues.non_emergency.redial.is_known


@pytest.mark.parametrize("settings", [{"country": "GB", "subdivision": None}, {"country": "US", "subdivision": "PA"}])
def test_a_country_goes_with_its_own_parts_or_with_none(api, settings):
    add_force(api)
    assert (
        done(put(api, **settings))["settings"] | settings == done(api.get(f"/v1/forces/{FORCE}/settings"))["settings"]
    )


@pytest.mark.parametrize("part", PARTS_OF_GB)
def test_parts_that_are_known_have_public_holidays(part):
    assert Calendar("Europe/London", "GB", part).holiday_name(date(2026, 12, 25)) is not None
