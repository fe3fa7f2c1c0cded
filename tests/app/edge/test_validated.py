"""What a client has is not sent again; what it doesn't have, or what has changed, is."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.helpers import FORCE, done

SETTINGS = f"/v1/forces/{FORCE}/settings"
PATHS = (SETTINGS, "/v1/forces", f"/v1/forces/{FORCE}/handlers", f"/v1/forces/{FORCE}/forecasts", "/health/live")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sent", ["{}", '"other", {}', "*"])
def test_the_same_again_is_304_without_a_body(bare, path, sent):
    first = bare.get(path)
    again = bare.get(path, headers={"If-None-Match": sent.format(first.headers["etag"])})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-type" not in again.headers


@pytest.mark.parametrize("sent", ['"other"', "", "nonsense"])
def test_anything_else_is_answered(bare, sent):
    assert done(bare.get(SETTINGS, headers={"If-None-Match": sent}))["version"] >= 1


def test_what_has_changed_has_another_tag(bare):
    before = bare.get(SETTINGS)
    settings = before.json()["settings"] | {"meals_paid": True}
    done(bare.put(SETTINGS, json=settings))
    after = bare.get(SETTINGS, headers={"If-None-Match": before.headers["etag"]})
    assert done(after)["settings"]["meals_paid"] is True
    assert after.headers["etag"] != before.headers["etag"]


def test_refusals_and_changes_have_no_tag(bare):
    for answer in (bare.get("/v1/forces/nowhere/settings"), bare.post("/v1/forces", json={})):
        assert "etag" not in answer.headers


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip", "gzip"), ("identity", None), ("br", None)])
def test_large_answers_are_compressed_where_the_client_can(bare, accepted, encoding):
    with bare.stream("GET", SETTINGS, headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert json.loads(gzip.decompress(raw) if encoding else raw)["settings"]
