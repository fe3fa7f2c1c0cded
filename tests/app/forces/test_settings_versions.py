"""Settings that somebody else changed meanwhile, and why they were changed."""

from __future__ import annotations

from tests.helpers import FORCE, add_force, done, problem

SETTINGS = f"/v1/forces/{FORCE}/settings"


def test_a_stale_edit_is_refused_and_a_reason_is_kept(api):
    add_force(api)
    answer = api.get(SETTINGS)
    tag, settings = answer.headers["ETag"], done(answer)["settings"]
    assert api.get(SETTINGS, headers={"If-None-Match": tag}).status_code == 304
    changed = api.put(
        SETTINGS, json=settings | {"meals_paid": True}, params={"reason": "The agreement of May"},
        headers={"If-Match": tag},
    )  # fmt: skip
    assert done(changed)["version"] == 2
    stale = api.put(SETTINGS, json=settings | {"pay_per_h": 20}, headers={"If-Match": tag})
    problem(stale, 412, "of the settings")
    assert done(api.put(SETTINGS, json=settings | {"pay_per_h": 20}, headers={"If-Match": changed.headers["ETag"]}))
    lines = done(api.get(f"/v1/forces/{FORCE}/audit?action=settings"))["lines"]
    assert [(line["subject"], line["reason"]) for line in lines] == [
        ("version 3", None), ("version 2", "The agreement of May"), ("version 1", None),
    ]  # fmt: skip
