"""What each role may do on real routes, and that a key of another force learns nothing from any route."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.access import OF_INSTALLATION, Planning, Reading
from app.identity.roles import ALLOWED, Permission, Role
from app.permissions import document, route_needs
from tests.helpers import FORCE, OTHER, add_calls, add_force, bearer, done, handler_body, history_csv, problem

IMPORT = {
    "content": "queue,interval_start,offered\n999,2026-06-01T00:00:00Z,1\n",
    "headers": {"Content-Type": "text/csv"},
}
NONE = "00000000-0000-7000-8000-000000000000"
ADJUSTMENT = {"from": "2026-06-01T00:00:00Z", "to": "2026-06-02T00:00:00Z", "multiplier": 2, "reason": "x"}
LEAVE = {"kind": "leave", "roster_id": NONE, "handler": "H001", "date": "2026-06-29"}
WEAK = {"queue": "999", "start": "2096-06-29T12:00:00Z", "end": "2096-06-29T13:00:00Z"}
FORCE_PATHS = "/v1/forces/{force}"


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_it_is_for_and_nothing_else(api, key_for, role):
    """On every route there is: what matters is whether it is forbidden, not whether it succeeds."""
    add_force(api)
    headers = key_for(FORCE, role)
    for route in route_needs(api.app):
        if not route.path.startswith((FORCE_PATHS, "/forces/{force}/")):
            continue
        more = body_of(route.method, route.path)
        path = filled(route.path)
        answer = api.request(route.method, path, **more | {"headers": more.get("headers", {}) | headers})
        if Permission(route.need) in ALLOWED[role]:
            assert answer.status_code not in (401, 403), f"{role} {route}: {answer.text}"
            assert answer.status_code < 500
        else:
            problem(answer, 403, route.need, role)


@pytest.mark.parametrize("role", Role)
def test_what_is_the_installations_is_kept_from_every_role_of_a_force(api, key_for, role):
    add_force(api)
    headers = key_for(FORCE, role)
    tried = 0
    for route in route_needs(api.app):
        if route.need.endswith(OF_INSTALLATION):
            more = body_of(route.method, route.path)
            problem(api.request(route.method, filled(route.path), **more | {"headers": headers}), 403)
            tried += 1
    assert tried >= 6


def test_every_permission_is_what_some_route_needs(api):
    needs = {route.need for route in route_needs(api.app)}
    assert needs >= set(Permission)


def test_the_reference_of_permissions_is_that_of_the_routes(api):
    written = Path("docs/reference/permissions.md").read_text(encoding="utf-8")
    again = "make it anew: python -m app.permissions docs/reference/permissions.md"
    assert written == document(api.app), again


@pytest.mark.parametrize(("declared", "named"), [([], "nothing"), ([Planning, Reading], "plan")])
def test_a_route_that_declares_no_need_or_two_is_found(declared, named):
    app = FastAPI()

    def endpoint(**_: object) -> None: ...

    parameters = [
        inspect.Parameter(f"work{n}", inspect.Parameter.KEYWORD_ONLY, annotation=need)
        for n, need in enumerate(declared)
    ]
    endpoint.__signature__ = inspect.Signature(parameters)
    app.add_api_route("/v1/forces/{force}/secrets", endpoint)
    with pytest.raises(LookupError, match=rf"secrets declares .*{named}"):
        route_needs(app)


@pytest.mark.parametrize("role", Role)
def test_only_the_installations_administrator_adds_forces(api, key_for, role):
    add_force(api)
    answer = api.post("/v1/forces", json={"slug": OTHER, "name": "x"}, headers=key_for(FORCE, role))
    problem(answer, 403)
    assert [force["slug"] for force in done(api.get("/v1/forces"))] == [FORCE]


def test_a_forces_administrator_is_none_of_the_installation(api, key_for):
    add_force(api)
    made = api.post(f"/v1/forces/{FORCE}/keys", json={"name": "x", "roles": ["admin"]}, headers=key_for(FORCE, "admin"))
    own = bearer(done(made, 201)["key"])
    problem(api.post("/v1/forces", json={"slug": OTHER, "name": "x"}, headers=own), 403)
    problem(api.post("/v1/keys", json={"name": "x", "roles": ["auditor"]}, headers=own), 403)


def test_several_roles_add_up(api, key_for):
    add_force(api)
    headers = key_for(FORCE, "system", "supervisor")
    assert add_calls(api, "queue,interval_start,offered\n999,2026-06-01T00:00:00Z,1\n").status_code == 200
    done(api.get(f"/v1/forces/{FORCE}/calls", headers=headers))
    problem(api.post(f"/v1/forces/{FORCE}/forecasts", json={}, headers=headers), 403)


def operations(api):
    """Every operation that the API documents, so that a new route is covered as soon as it exists."""
    for path, item in done(api.get("/openapi.json"))["paths"].items():
        for method in item:
            yield method.upper(), path


def filled(path, **given):
    """The path with its parts filled in: what ends in `_id` with one that does not exist, unless it is given."""
    known = {"force": FORCE, "name": "rain", "ref": "H001", "option": "accept", "view": "day", "day": "2096-06-29",
             "secret": "x" * 43, "date": "2026-06-29",
             "requirement_id": "latest", "roster_id": "latest"} | given  # fmt: skip
    for name in re.findall(r"{(\w+)}", path):
        value = known.get(name, NONE if name.endswith("_id") else None)
        assert value is not None, f"{path} has a part that this test does not know: add it"
        path = path.replace(f"{{{name}}}", value)
    return path


def body_of(method, path):
    """A body that is read without complaint: one that is not is refused before any force is looked up."""
    if method == "GET" or method == "DELETE":
        return {}
    if path == f"{FORCE_PATHS}/calls":
        return IMPORT
    bodies = {
        "/v1/forces": {"slug": "eastshire", "name": "x"},
        f"{FORCE_PATHS}/accounts": {"name": "jo", "roles": ["auditor"]},
        "/v1/keys": {"name": "x", "roles": ["auditor"]},
        f"{FORCE_PATHS}/keys": {"name": "x", "roles": ["auditor"]},
        f"{FORCE_PATHS}/handlers": {"handlers": [handler_body()]},
        f"{FORCE_PATHS}/assessments": LEAVE,
        f"{FORCE_PATHS}/rosters": {"week_start": "2026-06-29"},
        f"{FORCE_PATHS}/absences": {"handler": "H001", "date": "2026-06-29"},
        f"{FORCE_PATHS}/options": WEAK,
        f"{FORCE_PATHS}/actions": {"text": "x", "owner": "x"},
        f"{FORCE_PATHS}/forecasts/{{forecast_id}}/adjustments": ADJUSTMENT,
    }
    return {"json": bodies.get(path, {})}


def test_another_forces_key_gets_404_on_its_runs(api, key_for):
    add_force(api, FORCE)
    add_force(api, OTHER)
    done(add_calls(api, history_csv(2)))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={}), 202)["id"]
    theirs = key_for(OTHER, "admin")
    tried = 0
    for method, path in operations(api):
        if path.startswith("/v1/runs/"):
            hidden = problem(api.request(method, filled(path, run_id=run), headers=theirs), 404)
            unknown = str(uuid4())
            expected = problem(api.request(method, filled(path, run_id=unknown), headers=theirs), 404)
            assert hidden.pop("request_id") != expected.pop("request_id")
            assert str(hidden).replace(run, unknown) == str(expected)
            tried += 1
    assert tried >= 3
    assert done(api.get(f"/v1/runs/{run}", headers=key_for(FORCE, "auditor")))["status"] == "queued"


def test_reading_roles_cannot_cancel(api, key_for):
    add_force(api)
    done(add_calls(api, history_csv(2)))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={}), 202)["id"]
    problem(api.delete(f"/v1/runs/{run}", headers=key_for(FORCE, "auditor")), 403, "plan")
    assert done(api.get(f"/v1/runs/{run}"))["status"] == "queued"


def test_every_operation_needs_a_key_but_health(api):
    del api.headers["authorization"]
    for method, path in operations(api):
        answer = api.request(method, filled(path, run_id=str(uuid4())), **body_of(method, path))
        open_to_all = {"/health/live": 200, "/health/ready": 200, "/v1/certificate-key": 200,
                       "/v1/calendar-feeds/{secret}": 404}  # fmt: skip
        assert answer.status_code == open_to_all.get(path, 401), f"{method} {path}"
