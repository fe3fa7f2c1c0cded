"""A few requests of every operation, made from the published document, and every check that schemathesis has.

The long run is `python -m benchmarks.service fuzz_api`.
"""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth

from app.main import create_app
from tests.helpers import FORCE

ENDLESS = "/v1/runs/{run_id}/events"  # nobody computes the run that it would follow
EXAMPLES = 2
# A request that the document allows may still contradict what is stored, or mean another version.
REFUSALS = ["2xx", "304", "401", "403", "404", "409", "410", "412", "413", "415", "422", "428"]

config = SchemathesisConfig.from_dict(
    {
        "parameters": {
            "path.force": FORCE,
            "path.ref": "H001",
            "path.forecast_id": "latest",
            "header.If-None-Match": '"none"',  # what is no tag is passed over, not refused (RFC 9110, 13.1.2)
        },
        "generation": {"with-security-parameters": False},  # every request has the key
        "phases": {"coverage": {"enabled": False}},  # thousands of requests: the long run's
        "checks": {"positive_data_acceptance": {"expected-statuses": REFUSALS}},
    }
)
document = create_app("postgresql://nobody@127.0.0.1:1/none").openapi()
schema = schemathesis.openapi.from_dict(document, config=config).exclude(path=ENDLESS)


@schema.parametrize()
@seeded(1)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_its_word(case, stocked):
    own = {"Authorization": stocked.headers["Authorization"]}
    asked = requests.Request(**case.as_transport_kwargs(base_url="http://testserver", headers=own)).prepare()
    headers = {name: value if isinstance(value, bytes) else value.encode("latin-1")
               for name, value in asked.headers.items()}  # fmt: skip
    answer = stocked.request(asked.method, asked.url, content=asked.body, headers=headers)
    case.validate_response(answer, headers=own, excluded_checks=[ignored_auth])  # which asks a server by itself


def test_every_operation_is_asked():
    assert len(list(schema.get_all_operations())) == sum(len(item) for item in document["paths"].values()) - 1


@pytest.mark.parametrize(("field", "value"), [("weeks", True), ("weeks", False)])
def test_true_is_no_number(bare, field, value):
    answer = bare.post(f"/v1/forces/{FORCE}/forecasts", json={field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": field, "value": value, "expected": "expected a number"}]
