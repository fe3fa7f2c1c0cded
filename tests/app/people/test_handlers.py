"""Handlers over HTTP: all of a body or nothing, and refusals that name the handler."""

from __future__ import annotations

import pytest

from tests.helpers import FORCE, add_force, add_handlers, done, handler_body, problem

DUTY = {"start": "07:00", "length_min": 540}


@pytest.fixture(autouse=True)
def force(api):
    add_force(api)


def listed(api):
    return {handler["ref"]: handler for handler in done(api.get(f"/v1/forces/{FORCE}/handlers"))["handlers"]}


def report(api, *handlers):
    told = done(add_handlers(api, *handlers))
    return told["created"], told["updated"], told["unchanged"]


def test_handlers_are_added_replaced_or_left(api):
    assert report(api, handler_body("H1"), handler_body("H2")) == (2, 0, 0)
    assert report(api, handler_body("H1"), handler_body("H2", skills=["101"]), handler_body("H3")) == (1, 1, 1)
    assert list(listed(api)) == ["H1", "H2", "H3"]
    assert listed(api)["H2"]["skills"] == [{"skill": "101", "first": None, "last": None}]


def test_an_answer_can_be_sent_back_as_it_came(api):
    done(
        add_handlers(api, handler_body(leave=[{"first": "2026-06-01", "last": "2026-06-01"}], preferred_offset_min=-30))
    )
    handler = listed(api)["H001"]
    del handler["updated_at"]
    assert report(api, handler) == (0, 0, 1)


def without(field):
    return {name: value for name, value in handler_body("H007").items() if name != field}


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (without("contract"), ["handlers[1].contract", "H007", "required"]),
        (without("pattern"), ["handlers[1].pattern", "H007", "required"]),
        (without("skills"), ["handlers[1].skills", "H007"]),
        (without("ref"), ["handlers[1].ref", "required"]),
        (handler_body("H007", skills=[]), ["skills", "H007", "at least 1"]),
        (handler_body("H007", skills=["112"]), ["skills[0].skill", "H007", "112", "'999' or '101'"]),
        (
            handler_body("H007", skills=[{"skill": "999", "first": "2026-06-02", "last": "2026-06-01"}]),
            ["skills[0]", "H007", "2026-06-02", "2026-06-01"],
        ),
        (handler_body("H007", contract={"weekly_min": 4321}), ["weekly_min", "H007", "4321", "4320"]),
        (handler_body("H007", contract={"weekly_min": 0}), ["weekly_min", "H007", "greater than 0"]),
        (
            handler_body("H007", pattern={"anchor": "2026-03-02", "days": [DUTY | {"start": "07:05"}]}),
            ["pattern.days[0]", "H007", "07:05", "quarter-hour"],
        ),
        (
            handler_body("H007", pattern={"anchor": "2026-03-02", "days": [DUTY | {"start": "07:00+01:00"}]}),
            ["pattern.days[0]", "H007", "07:00", "local"],
        ),
        (handler_body("H007", pattern={"anchor": "2026-03-02", "days": []}), ["pattern.days", "H007", "at least 1"]),
        (
            handler_body("H007", pattern={"anchor": "2026-03-02", "days": [DUTY | {"length_min": 735}]}),
            ["length_min", "H007", "735", "720"],
        ),
        (
            handler_body("H007", leave=[{"first": "2026-06-02", "last": "2026-06-01"}]),
            ["leave[0]", "H007", "leave ends 2026-06-01 before it starts 2026-06-02"],
        ),
        (
            handler_body("H007", training=[{"start": "2026-06-02T10:00:00", "length_min": 60}]),
            ["training[0].start", "H007", "timezone"],
        ),
        (
            handler_body("H007", training=[{"start": "2026-06-02T10:05:00Z", "length_min": 60}]),
            ["training[0]", "H007", "quarter-hour"],
        ),
        (handler_body("H007", consent={"start_earlier_min": -15}), ["start_earlier_min", "H007", "-15"]),
        (
            handler_body("H007", consent={"start_earlier_min": 20}),
            ["start_earlier_min", "H007", "20", "multiple of 15"],
        ),
        (handler_body("H007", preferred_offset_min=255), ["preferred_offset_min", "H007", "255", "240"]),
        (handler_body("H007", name="Jane"), ["handlers[1].name", "H007", "not permitted"]),
        (handler_body("Jane Smith"), ["handlers[1].ref", "pattern"]),
        (handler_body("H007", worked_min_by_week=[10081]), ["worked_min_by_week[0]", "H007", "10080"]),
    ],
)
def test_a_handler_that_can_not_be_rostered_is_named_and_nobody_is_stored(api, handler, words):
    problem(add_handlers(api, handler_body("H001"), handler), 422, *words)
    assert listed(api) == {}


def test_a_ref_comes_once(api):
    problem(
        add_handlers(api, handler_body("H1"), handler_body("H2"), handler_body("H1")), 422, "handlers.ref", "H1", "once"
    )
    assert listed(api) == {}


@pytest.mark.parametrize(
    "body", [{}, {"handlers": []}, {"handlers": {}}, {"handlers": [None]}, [], "H001", {"people": []}]
)
def test_a_body_of_another_shape_is_refused(api, body):
    problem(api.post(f"/v1/forces/{FORCE}/handlers", json=body), 422)


def test_what_the_limits_still_allow(api):
    widest = handler_body(
        "h.1_A-b",
        contract={"weekly_min": 4320, "cycle_weeks": 52},
        pattern={"anchor": "2026-03-02", "days": [{"start": "00:00", "length_min": 720}, None]},
        consent=dict.fromkeys(["start_earlier_min", "start_later_min", "finish_earlier_min", "finish_later_min"], 0),
        leave=[{"first": "2026-06-01", "last": "2026-06-01"}],
        skills=[{"skill": "101", "first": "2026-06-01", "last": "2026-06-01"}],
        training=[{"start": "2026-06-02T10:00:00+01:00", "length_min": 15}],
        worked_min_by_week=[10080] * 16,
    )
    assert report(api, widest) == (1, 0, 0)


@pytest.mark.parametrize(
    ("weekly_min", "warned"), [(1920, False), (1980, False), (1981, True), (1860, False), (1859, True)]
)
def test_a_pattern_off_its_contract_is_stored_with_a_warning(api, weekly_min, warned):
    body = done(add_handlers(api, handler_body(contract={"weekly_min": weekly_min, "cycle_weeks": 1})))
    assert body["created"] == 1
    assert bool(body["warnings"]) == warned
    if warned:
        assert "H001" in body["warnings"][0]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"consent": {"start_later_min": 735}}, "720"),
        ({"history_until": "2026-06-02"}, "Monday"),
        ({"training": [{"start": "2026-06-01T10:00:00+00:07", "length_min": 60}]}, "quarter"),
        (
            {
                "training": [
                    {"start": "2026-06-01T10:00:00Z", "length_min": 60},
                    {"start": "2026-06-01T10:45:00Z", "length_min": 30},
                ]
            },
            "before the session",
        ),
    ],
)
def test_what_no_roster_could_hold_is_refused(api, change, word):
    problem(add_handlers(api, handler_body(**change)), 422, "H001", word)


def test_sessions_may_touch_and_consent_may_reach_half_a_day(api):
    training = [{"start": f"2026-06-01T{hour}:00:00Z", "length_min": 60} for hour in (10, 11)]
    done(add_handlers(api, handler_body(training=training, consent={"start_later_min": 720})))
