"""Every page opens where nothing is known yet."""

from __future__ import annotations

from fastapi.routing import iter_route_contexts

from tests.helpers import FORCE, add_handlers, bearer, done, handler_body


def pages(app):
    """Addresses of a force's pages that name nothing further."""
    patterns = {context.path_format for context in iter_route_contexts(app.routes) if "GET" in (context.methods or ())}
    return sorted(one.format(force=FORCE) for one in patterns
                  if one.startswith("/forces/{force}") and one.count("{") == 1)  # fmt: skip


def test_every_page_of_an_empty_force_opens(bare):
    found = pages(bare.app)
    assert f"/forces/{FORCE}/today" in found
    own = f"/forces/{FORCE}/my-shifts"  # of handlers alone
    week = {"week_start": "2026-06-01"}  # that one of them wants
    told = {path: bare.get(path, params=week).status_code for path in found if path != own}
    assert told == dict.fromkeys(told, 200)
    done(add_handlers(bare, handler_body()))
    body = {"name": "x", "roles": ["handler"], "handler_ref": "H001"}
    key = done(bare.post(f"/v1/forces/{FORCE}/keys", json=body), 201)["key"]
    for view in ("week", "month"):
        answer = bare.get(own, params={"view": view}, headers=bearer(key))
        assert answer.status_code == 200, answer.text


def test_people_are_refused_in_words_for_people(bare):
    key = done(bare.post(f"/v1/forces/{FORCE}/keys", json={"name": "x", "roles": ["supervisor"]}), 201)["key"]
    headers = bearer(key) | {"Accept": "text/html"}
    answer = bare.get(f"/forces/{FORCE}/admin/settings", headers=headers)
    assert answer.status_code == 403
    assert '<h1 class="govuk-heading-l">You may not do that</h1>' in answer.text
    assert " key " not in answer.text


def test_a_chart_that_cannot_be_drawn_is_not_a_file(bare):
    answer = bare.get(f"/forces/{FORCE}/today", params={"csv": "calls-999"}, headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "chart 'calls-999' is not on this page" in answer.json()["detail"]
