"""Whatever changes anything leaves a line, or says here why it leaves none; a change tells before and after."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.audit.repository import add_line
from app.edge.examples import BODIES
from app.edge.routing import Router
from app.main import create_app
from tests.helpers import FORCE, add_calls, add_force, add_handlers, done, handler_body, history_csv

FORCE_PATHS = "/v1/forces/{force}"
_RUN = "a computation: its run tells who asked for what, and changes nothing else"
# Operations that change nothing which somebody would have to answer for, or tell of it elsewhere.
WITHOUT_A_LINE = {
    "ask_again": _RUN,
    "ask_for_options": _RUN,
    "ask_what_would_help": _RUN,
    "ask_without": _RUN,
    "refresh_forecast": _RUN,
    "repair_roster": _RUN,
    "request_assessment": _RUN,
    "request_calibration": _RUN,
    "request_capacity": _RUN,
    "request_counterfactual": _RUN,
    "request_forecast": _RUN,
    "request_pattern": _RUN,
    "request_requirement": _RUN,
    "request_roster": _RUN,
    "request_scenario": _RUN,
    "score_evaluations": _RUN,
    "post_log_ons": "a file for a replay, which it is emptied after; the replay's line tells of the calls",
    "end_session": "the end of one's own session stands in the session",
    "test_webhook": "a message that tells of nothing, listed with the others",
}


def named_in(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The application's functions that the source of `function` names."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        found = function.__globals__.get(node.id) if isinstance(node, ast.Name) else None
        for name in reversed(names):
            found = getattr(found, name, None) if isinstance(found, ModuleType) else None
        if inspect.isfunction(found) and found.__module__.startswith(("app.", __name__)):
            yield found


def leads_to_a_line(function: Callable[..., Any]) -> bool:
    """Whether any of what `function` calls, or they call, writes to the audit."""
    seen, waiting = set[Callable[..., Any]](), [function]
    while waiting:
        one = waiting.pop()
        if one is add_line:
            return True
        if one not in seen:
            seen.add(one)
            waiting += named_in(one)
    return False


def changing(app: FastAPI) -> dict[str, Callable[..., Any]]:
    """Functions of the documented operations that change something, by method and path."""
    return {
        f"{method} {context.path_format}": inspect.unwrap(context.original_route.endpoint)
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute) and context.original_route.include_in_schema
        for method in context.methods or ()
        if method not in ("GET", "HEAD")
    }


def untold(app: FastAPI) -> list[str]:
    return [name for name, function in changing(app).items()
            if function.__name__ not in WITHOUT_A_LINE and not leads_to_a_line(function)]  # fmt: skip


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app("postgresql://nobody@127.0.0.1:1/none")


def test_every_operation_that_changes_anything_leads_to_a_line_of_the_audit(app):
    assert len(changing(app)) >= 75
    assert not untold(app)


def test_no_reason_is_given_for_what_needs_none(app):
    functions = {function.__name__: function for function in changing(app).values()}
    assert WITHOUT_A_LINE.keys() <= functions.keys()
    assert not [name for name in WITHOUT_A_LINE if leads_to_a_line(functions[name])]


def silent() -> None:
    """Changes something and tells nobody."""


def told() -> None:
    """By way of another function."""
    by_way()


def by_way() -> None:
    add_line  # noqa: B018


def test_the_walk_would_find_one_that_forgets():
    router = Router()
    router.post("/silent")(silent)
    router.post("/told")(told)
    app = FastAPI()
    app.router.routes.extend(router.routes)
    assert untold(app) == ["POST /silent"]


@pytest.fixture
def force(api):
    add_force(api)
    done(add_handlers(api, handler_body("H001"), handler_body("H002")))


def newest(api) -> dict[str, Any]:
    return done(api.get(f"/v1/forces/{FORCE}/audit", params={"limit": 1}))["lines"][0]


def changed(api, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The line of this change; there must be exactly one more than before."""
    address = f"/v1/forces/{FORCE}/{path}"
    before = newest(api)["number"]
    if headers is None and (tag := api.get(address).headers.get("etag")):
        headers = {"If-Match": tag}
    answer = api.request(method, address, json=body, headers=headers)
    assert answer.is_success, answer.text
    line = newest(api)
    assert line["number"] == before + 1
    return line


@pytest.mark.usefixtures("force")
def test_changes_tell_what_was_before_and_after(api):
    settings = done(api.get(f"/v1/forces/{FORCE}/settings"))["settings"]
    line = changed(api, "PUT", "settings", settings | {"meals_paid": True}, {})
    assert (line["before"]["meals_paid"], line["after"]["meals_paid"]) == (False, True)

    pay = BODIES["put_pay_table"]
    assert changed(api, "PUT", "pay-table", pay, {})["before"] is None
    dearer = {"rates": [pay["rates"][0] | {"pay_per_h": 20.0}]}
    line = changed(api, "PUT", "pay-table", dearer)
    assert [line[end]["rates"][0]["pay_per_h"] for end in ("before", "after")] == [18.5, 20.0]

    mapping = BODIES["calls.put_mapping"]
    changed(api, "PUT", "mappings/acd", mapping, {})
    line = changed(api, "PUT", "mappings/acd", mapping | {"splits": {"999": {"queue": "999"}}})
    assert [list(line[end]["splits"]) for end in ("before", "after")] == [["999 EMERG"], ["999"]]
    line = changed(api, "DELETE", "mappings/acd", None)
    assert (list(line["before"]["splits"]), line["after"]) == (["999"], None)

    records = {"balances": [{"balance": "leave", "as_of": "2026-04-01", "minutes": 7200}]}
    changed(api, "PUT", "handlers/H001/records", records, {})
    records["balances"][0]["minutes"] = 7000
    line = changed(api, "PUT", "handlers/H001/records", records, {})
    assert [[row["minutes"] for row in line[end]["balances"]] for end in ("before", "after")] == [[7200], [7000]]

    line = changed(api, "PATCH", "handlers/H001", {"consent": {"start_earlier_min": 30}})
    consent = line["details"]["fields"]["consent"]
    assert [consent[end]["start_earlier_min"] for end in ("before", "after")] == [0, 30]

    line = changed(api, "PUT", "handlers/H001/name", {"name": "Jo Bloggs"}, {})
    assert (line["before"], line["after"]) == ({"named": False}, {"named": True})
    assert "Bloggs" not in str(line)
    line = changed(api, "DELETE", "handlers/H001/name", None, {})
    assert (line["before"], line["after"]) == ({"named": True}, {"named": False})


@pytest.mark.usefixtures("force")
def test_a_cancelled_run_tells_who_cancelled_it(api):
    done(add_calls(api, history_csv(2)))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={}), 202)
    for _ in range(2):  # the second changes nothing and leaves no line
        done(api.delete(f"/v1/runs/{run['id']}"))
    lines = [line for line in done(api.get(f"/v1/forces/{FORCE}/audit"))["lines"] if line["action"] == "run cancelled"]
    assert [(line["subject"], line["before"]["status"], line["after"]["status"]) for line in lines] == [
        (run["id"], "queued", "cancelled")
    ]
