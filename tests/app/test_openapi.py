"""The published contract: every address of it, its schemas, and a problem for every failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.main import create_app
from tests.helpers import handler_body

FORCE = "/v1/forces/{force}"
CONTRACT = {
    "/v1/forces": {"get", "post"},
    f"{FORCE}/settings": {"get", "put"},
    f"{FORCE}/calls": {"get", "post"},
    f"{FORCE}/mappings": {"get"},
    f"{FORCE}/mappings/{{name}}": {"get", "put", "delete"},
    f"{FORCE}/actuals": {"post"},
    f"{FORCE}/intraday": {"get"},
    f"{FORCE}/tables": {"get"},
    f"{FORCE}/tables/{{name}}": {"get"},
    f"{FORCE}/handling": {"get", "post"},
    f"{FORCE}/handlers": {"get", "post"},
    f"{FORCE}/handlers/{{ref}}": {"get", "put", "patch", "delete"},
    f"{FORCE}/handlers/{{ref}}/records": {"get", "put"},
    f"{FORCE}/people/import": {"post"},
    f"{FORCE}/people/mappings": {"get"},
    f"{FORCE}/people/mappings/{{name}}": {"get", "put", "delete"},
    f"{FORCE}/patterns-in-use": {"get"},
    f"{FORCE}/patterns-in-use/{{name}}": {"get", "put"},
    f"{FORCE}/roll-out": {"get", "post"},
    f"{FORCE}/roll-out/{{ref}}": {"get"},
    f"{FORCE}/leave-requests": {"get", "post"},
    f"{FORCE}/leave-requests/{{request_id}}": {"get"},
    f"{FORCE}/leave-requests/{{request_id}}/approve": {"post"},
    f"{FORCE}/leave-requests/{{request_id}}/decline": {"post"},
    f"{FORCE}/events": {"get", "post"},
    f"{FORCE}/events/import": {"post"},
    f"{FORCE}/events/occurrences": {"get"},
    f"{FORCE}/events/effects": {"get"},
    f"{FORCE}/events/{{event_id}}": {"get", "put", "delete"},
    f"{FORCE}/events/{{event_id}}/versions": {"get"},
    f"{FORCE}/covariates": {"get"},
    f"{FORCE}/covariates/{{name}}": {"get", "post"},
    f"{FORCE}/forecasts": {"get", "post"},
    f"{FORCE}/forecasts/{{forecast_id}}": {"get"},
    f"{FORCE}/forecasts/{{forecast_id}}/adjustments": {"get", "post"},
    f"{FORCE}/forecasts/{{forecast_id}}/intraday": {"post"},
    f"{FORCE}/accuracy": {"get"},
    f"{FORCE}/requirements": {"post"},
    f"{FORCE}/requirements/{{requirement_id}}": {"get"},
    f"{FORCE}/rosters": {"get", "post"},
    f"{FORCE}/rosters/{{roster_id}}": {"get", "patch"},
    f"{FORCE}/rosters/{{roster_id}}/swaps": {"get", "post"},
    f"{FORCE}/rosters/{{roster_id}}/repair": {"post"},
    f"{FORCE}/rosters/{{roster_id}}/explain": {"get", "post"},
    f"{FORCE}/rosters/{{roster_id}}/views/{{view}}": {"get"},
    f"{FORCE}/rosters/views/{{view}}": {"get"},
    f"{FORCE}/patterns": {"post"},
    f"{FORCE}/rosters/{{roster_id}}/approve": {"post"},
    f"{FORCE}/rosters/{{roster_id}}/publish": {"post"},
    f"{FORCE}/rosters/{{roster_id}}/supersede": {"post"},
    f"{FORCE}/rosters/{{roster_id}}/changes": {"get"},
    f"{FORCE}/rosters/{{roster_id}}/certificate": {"get"},
    f"{FORCE}/assessments": {"get", "post"},
    f"{FORCE}/assessments/{{assessment_id}}": {"get"},
    f"{FORCE}/assessments/{{assessment_id}}/decision": {"post"},
    f"{FORCE}/handlers/{{ref}}/explain": {"get"},
    f"{FORCE}/handlers/{{ref}}/explain/without": {"post"},
    f"{FORCE}/handlers/{{ref}}/schedule/{{view}}": {"get"},
    f"{FORCE}/fairness": {"get"},
    f"{FORCE}/fairness/teams": {"get"},
    f"{FORCE}/handlers/{{ref}}/wishes/{{day}}": {"put", "delete"},
    f"{FORCE}/handlers/{{ref}}/swap-requests": {"get", "post"},
    f"{FORCE}/handlers/{{ref}}/calendar-feed": {"get", "post", "delete"},
    "/v1/calendar-feeds/{secret}": {"get"},
    f"{FORCE}/absences": {"get", "post"},
    f"{FORCE}/absences/{{absence_id}}": {"get"},
    f"{FORCE}/absences/{{absence_id}}/options/{{option}}/publish": {"post"},
    f"{FORCE}/options": {"post"},
    f"{FORCE}/options/{{options_id}}": {"get"},
    f"{FORCE}/rest-owed": {"get"},
    f"{FORCE}/rest-owed/{{owed_id}}/given": {"post"},
    f"{FORCE}/scenarios": {"get", "post"},
    f"{FORCE}/scenarios/{{scenario_id}}": {"get"},
    f"{FORCE}/decisions": {"post"},
    f"{FORCE}/evaluations": {"get"},
    f"{FORCE}/evaluations/coverage": {"get"},
    f"{FORCE}/evaluations/scores": {"post"},
    f"{FORCE}/counterfactuals": {"get", "post"},
    f"{FORCE}/capacity": {"get", "post"},
    f"{FORCE}/capacity/overtime": {"get"},
    f"{FORCE}/pay-table": {"get", "put"},
    f"{FORCE}/keys": {"get", "post"},
    f"{FORCE}/keys/{{key_id}}": {"delete"},
    f"{FORCE}/keys/{{key_id}}/rotate": {"post"},
    f"{FORCE}/audit": {"get"},
    f"{FORCE}/actions": {"get", "post"},
    f"{FORCE}/actions/{{action_id}}": {"get", "patch"},
    f"{FORCE}/pacesetter/{{date}}": {"get"},
    f"{FORCE}/accounts": {"get", "post"},
    f"{FORCE}/accounts/{{account_id}}": {"delete"},
    "/v1/session": {"get", "delete"},
    "/v1/keys": {"get", "post"},
    "/v1/audit": {"get"},
    "/v1/runs/{run_id}": {"get", "delete"},
    "/v1/runs/{run_id}/events": {"get"},
    "/health/live": {"get"},
    "/health/ready": {"get"},
}
OPEN = ("/health/", "/v1/certificate-key", "/v1/calendar-feeds/")  # what needs no key
PROBLEMS = {"401", "403", "404", "409", "413", "415", "422"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app("postgresql://nobody@127.0.0.1:1/none").openapi()


def operations(document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for part in value if isinstance(value, list) else []:
        yield from nodes(part)


def test_the_contract_is_there(document):
    for path, methods in CONTRACT.items():
        assert methods <= document["paths"][path].keys(), path


def test_it_is_openapi_3_1_and_every_reference_resolves(document):
    assert document["openapi"].startswith("3.1")
    for node in nodes(document):
        if "$ref" in node:
            target: Any = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                assert part in target, node["$ref"]
                target = target[part]


def test_every_schema_is_a_json_schema(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_operation_documents_its_problems_and_itself(document):
    for path, method, operation in operations(document):
        assert operation.get("description"), f"{method} {path} says nothing of itself"
        assert operation["responses"].keys() >= PROBLEMS, f"{method} {path}"
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert set(response["content"]) == {"application/problem+json"}, f"{method} {path} {status}"
                fields = response["content"]["application/problem+json"]["schema"]["properties"]
                assert {"type", "title", "status", "detail", "instance", "errors"} <= fields.keys()
    assert "503" in document["paths"]["/health/ready"]["get"]["responses"]


def test_long_work_is_answered_with_a_place_to_follow_it(document):
    for kind in ("forecasts", "requirements", "rosters", "scenarios"):
        responses = document["paths"][f"{FORCE}/{kind}"]["post"]["responses"]
        assert "Location" in responses["202"]["headers"]
        assert "200" not in responses


def test_what_comes_as_csv_too_says_so_and_names_its_columns(document):
    for path in ("forecasts/{forecast_id}", "accuracy"):
        responses = document["paths"][f"{FORCE}/{path}"]["get"]["responses"]
        assert set(responses["200"]["content"]) == {"application/json", "text/csv"}
        assert "$ref" in responses["200"]["content"]["application/json"]["schema"]
        assert "queue" in responses["200"]["content"]["text/csv"]["example"]
        assert "ETag" in responses["200"]["headers"]
        assert "content" not in responses["304"]


def test_operations_ask_for_a_key_but_health(document):
    for path, method, operation in operations(document):
        assert bool(operation.get("security")) is not path.startswith(OPEN), f"{method} {path}"


def schema(document, name: str) -> dict[str, Any]:
    found = [key for key in document["components"]["schemas"] if key in (name, f"{name}-Input")]
    assert found, name
    return {"$ref": f"#/components/schemas/{found[0]}", "components": document["components"]}


def test_the_schemas_of_settings_and_handlers_are_published(document):
    handler = Draft202012Validator(schema(document, "HandlerIn"))
    handler.validate(handler_body())
    assert not handler.is_valid({name: value for name, value in handler_body().items() if name != "contract"})
    assert not handler.is_valid(handler_body(name="Jane"))
    settings = Draft202012Validator(schema(document, "ForceSettings"))
    settings.validate({"meals_paid": True, "queues": {"999": {"service_level": 0.95}}})
    assert not settings.is_valid({"meals_paid": "sometimes"})
    assert not settings.is_valid({"shrinkage": 0.6})


def test_every_answer_says_which_request_it_answers(document):
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            assert "X-Request-ID" in response["headers"], f"{method} {path} {status}"
        for status in ("429", "503"):
            assert "Retry-After" in operation["responses"][status]["headers"]


def test_every_json_answer_to_get_can_be_asked_for_again(document):
    for path, method, operation in operations(document):
        if method == "get" and "application/json" in operation["responses"].get("200", {}).get("content", {}):
            assert "ETag" in operation["responses"]["200"]["headers"], path
            assert "content" not in operation["responses"]["304"], path
            assert [p["name"].lower() for p in operation["parameters"]].count("if-none-match") == 1, path


def test_every_body_has_an_example_that_is_one(document):
    for path, method, operation in operations(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                whole = content["schema"] | {"components": document["components"]}
                Draft202012Validator(whole).validate(content["example"])
            elif kind.startswith("text/"):
                assert content["example"].strip(), f"{method} {path}"


def test_every_problem_has_an_example_that_is_one(document):
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                content = response["content"]["application/problem+json"]
                Draft202012Validator(content["schema"]).validate(content["example"])
                assert content["example"]["status"] == int(status)


def test_no_schema_is_named_by_where_its_class_stands(document):
    """As FastAPI names it where two classes have one name: no client generator makes a sensible name of that."""
    names = {name.removesuffix("-Input").removesuffix("-Output") for name in document["components"]["schemas"]}
    assert not [name for name in names if not name.isalnum()]
