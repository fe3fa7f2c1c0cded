"""Probes from one force into another over HTTP: every route, every role, things of the other force that are there."""

import os
import tempfile
from pathlib import Path
from typing import Any

import httpx

from app.database import SERVICE_ROLE
from app.identity.roles import Role
from app.main import create_app
from app.permissions import RouteNeed, route_needs
from benchmarks.service import tell
from benchmarks.service_room import own_service, worker_stopped
from tests.app.identity.test_roles import FORCE_PATHS
from tests.app.test_probes import PAGES, PLAIN, SECRET, absent, address, asked, filled_tables, foreign
from tests.helpers import FORCE, OTHER, add_force, bearer, done

_NOWHERE = "nowhere"

_Asked = tuple[str, dict[str, str]]  # a force, and things of it


def measure() -> dict[str, Any]:
    """What is foreign must answer as what is absent, and nothing of the other force may stand in an answer: what does
    otherwise is a leak. Raises `RuntimeError` where both answers are such that they tell nothing."""
    os.environ["PACESETTER_RATE_LIMIT_REFUSED"] = "10000000/minute"
    with tempfile.TemporaryDirectory() as made, own_service(Path(made)) as (service, client), worker_stopped(service):
        add_force(client, FORCE)
        add_force(client, OTHER)
        ids = filled_tables(service.database_url.replace(f"//{SERVICE_ROLE}:@", "//postgres:@"))
        if ids["api_keys"] not in client.get(f"/v1/forces/{OTHER}/keys?include_ended=true").text:
            raise RuntimeError("the other force's things are not there: nothing could leak")
        routes = [one for one in route_needs(create_app(service.database_url))
                  if one.path.startswith((FORCE_PATHS, PAGES))]  # fmt: skip
        n_probes, leaks = 0, []
        for role in Role:
            headers = bearer(_key(client, role))
            for route in routes:
                for pair in _pairs(route, ids):
                    found, expected = (
                        asked(client, route, headers, address(route, force, things), things | {"force": force})
                        for force, things in pair
                    )
                    n_probes += 1
                    if expected[0] in (401, 429) or expected[0] >= 500:
                        raise RuntimeError(f"{role} {route.method} {route.path} answers {expected}: that tells nothing")
                    if found != expected or SECRET in found[1]:
                        leaks.append(f"{role} {route.method} {route.path}")
                        tell(f"leak: {leaks[-1]}: {found} instead of {expected}")
    return {"cross_tenant_leaks": len(leaks), "cross_tenant_probes": n_probes, "cross_tenant_operations": len(routes)}


def _key(client: httpx.Client, role: Role) -> str:
    whose = {"handler_ref": "H001"} if role is Role.HANDLER else {}
    body = {"name": "probe", "roles": [role]} | whose
    key: str = done(client.post(f"/v1/forces/{FORCE}/keys", json=body), 201)["key"]
    return key


def _pairs(route: RouteNeed, ids: dict[str, str]) -> list[tuple[_Asked, _Asked]]:
    """What is asked for beside what must answer just so: the other force by its name, its things under the own one."""
    theirs, nobodys = foreign(route, ids), absent(route)
    by_name = [((OTHER, theirs), (_NOWHERE, theirs))]
    return by_name if theirs.keys() <= PLAIN.keys() else [*by_name, ((FORCE, theirs), (FORCE, nobodys))]
