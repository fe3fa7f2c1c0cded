"""A deprecated operation says so in the document and in every answer; others do not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

import pytest
from fastapi import APIRouter, FastAPI, Response
from fastapi.testclient import TestClient

from app.edge.deprecation import Deprecations, deprecated
from app.edge.openapi import complete
from app.errors import PROBLEM_RESPONSES, NotFound, install_handlers
from app.main import create_app

SINCE, UNTIL, LINK = date(2026, 7, 1), date(2027, 1, 1), "https://pacesetter.example.org/changes#old"


@pytest.fixture
def client():
    app = FastAPI(responses=PROBLEM_RESPONSES)
    router = APIRouter(prefix="/v1", tags=["test"])

    @router.get("/old/{n}", **deprecated(since=SINCE, until=UNTIL, link=LINK))
    def old(n: int, response: Response) -> int:
        """It will go."""
        if n == 404:
            raise NotFound("404 is not here")
        response.headers["Link"] = '</v1/old/2>; rel="next"'
        return n

    @router.get("/new/{n}")
    def new(n: int) -> int:
        """It stays."""
        return n

    app.include_router(router)
    install_handlers(app)
    complete(app)
    app.add_middleware(Deprecations)
    return TestClient(app)


@pytest.mark.parametrize(("n", "status"), [("1", 200), ("404", 404), ("x", 422)])
def test_every_answer_says_since_when_until_when_and_where_to_look(client, n, status):
    answer = client.get(f"/v1/old/{n}")
    assert answer.status_code == status
    assert answer.headers["deprecation"] == f"@{int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())}"
    assert parsedate_to_datetime(answer.headers["sunset"]) == datetime(2027, 1, 1, tzinfo=UTC)
    assert answer.headers["sunset"].endswith(" GMT")
    links = answer.headers.get_list("link")
    assert f'<{LINK}>; rel="deprecation"' in links
    assert len(links) == (2 if status == 200 else 1)


def test_others_say_nothing(client):
    for path in ("/v1/new/1", "/v1/new/x", "/nowhere"):
        assert not {"deprecation", "sunset", "link"} & client.get(path).headers.keys()


def test_the_document_says_so_too(client):
    paths = client.app.openapi()["paths"]
    old, new = paths["/v1/old/{n}"]["get"], paths["/v1/new/{n}"]["get"]
    assert old["deprecated"] is True
    for response in old["responses"].values():
        assert {"Deprecation", "Sunset"} <= response["headers"].keys()
    assert "deprecated" not in new
    assert "Deprecation" not in new["responses"]["200"]["headers"]


@pytest.mark.parametrize(
    ("until", "link"),
    [
        (date(2026, 12, 30), LINK),
        (date(2026, 6, 30), LINK),
        (UNTIL, "http://example.org"),
        (UNTIL, "https://a\r\nb: c"),
    ],
)
def test_too_short_a_notice_or_no_address_is_refused(until, link):
    with pytest.raises(ValueError, match="expected"):
        deprecated(since=SINCE, until=until, link=link)


def test_half_a_year_is_enough():
    assert deprecated(since=SINCE, until=date(2026, 12, 31), link=LINK)["deprecated"]


def test_whatever_of_the_service_is_deprecated_declares_how():
    document = create_app("postgresql://nobody@127.0.0.1:1/none").openapi()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert bool(operation.get("deprecated")) is ("x-deprecation" in operation), f"{method} {path}"
