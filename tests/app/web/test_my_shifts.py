"""A handler's own page where no roster is published, but people were told their days."""

from __future__ import annotations

import re

from tests.helpers import FORCE, add_force, add_handlers, bearer, done, handler_body

BASE = f"/v1/forces/{FORCE}"


def test_weeks_that_people_were_told_are_shown_by_their_pattern(api):
    add_force(api)
    done(add_handlers(api, handler_body("H001")))
    done(api.post(f"{BASE}/roll-out", json={"first": "2026-03-16", "months": 3}))
    done(add_handlers(api, handler_body("H001"), handler_body("H002")))  # who was told nothing
    body = {"name": "x", "roles": ["handler"]}

    def days(ref, day):
        key = done(api.post(f"{BASE}/keys", json=body | {"handler_ref": ref}), 201)["key"]
        page = api.get(f"/forces/{FORCE}/my-shifts", params={"date": day}, headers=bearer(key)).text
        return re.findall(r"By your pattern|Rest day|Not published yet|07:00 to 16:00|[\d.]+ hours on duty", page)

    told = ["36.00 hours on duty", *["By your pattern", "07:00 to 16:00"] * 4, *["Rest day"] * 3]
    assert days("H001", "2026-05-06") == told
    assert (
        days("H001", "2026-09-02") == days("H002", "2026-05-06") == ["0.00 hours on duty", *["Not published yet"] * 7]
    )
