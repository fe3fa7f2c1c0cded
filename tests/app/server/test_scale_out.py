"""What the compose file and its guide name exists: settings, commands, addresses of health."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
import yaml
from sqlalchemy.engine import make_url

from app.cli import cli
from app.database import SERVICE_ROLE
from app.server.migrate import set_service_password
from app.settings import Settings

ROOT = Path(__file__).parents[3]
FILES = ("compose.yaml", "docs/guides/scale-out.md", "Dockerfile")


@pytest.mark.parametrize("file", FILES)
def test_only_settings_that_exist_are_named(file):
    named = set(re.findall(r"PACESETTER_([A-Z_]+)", (ROOT / file).read_text(encoding="utf-8")))
    assert named
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_the_compose_file_scales_apis_and_workers_on_one_migrated_database():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    commands = {command.name or command.callback.__name__ for command in cli.registered_commands}
    assert {services[name]["command"][1] for name in ("migrate", "api", "worker")} == {"migrate", "api", "worker"}
    assert {"migrate", "api", "worker"} <= commands
    databases = {}
    for name in ("api", "worker"):
        assert services[name]["deploy"]["replicas"] >= 2
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert "PACESETTER_CERTIFICATE_KEY" in services[name]["environment"], "one key for all machines"
        databases[name] = services[name]["environment"]["PACESETTER_DATABASE_URL"]
    assert databases["api"] == databases["worker"]
    assert SERVICE_ROLE in databases["api"]
    assert services["api"]["environment"]["FORWARDED_ALLOW_IPS"] == "*", "else the proxy is every client"
    assert "ports" not in services["api"], "the proxy alone reaches it"
    assert "volumes" not in services["api"].keys() | services["worker"].keys()


def test_the_services_login_gets_its_password_as_a_digest(database):
    set_service_password(database.owner, "correct horse battery")
    with psycopg.connect(database.owner) as connection:
        stored = connection.execute("select rolpassword from pg_authid where rolname = %s", (SERVICE_ROLE,)).fetchone()
        assert stored[0].startswith("SCRAM-SHA-256$")
        connection.execute(f"alter role {SERVICE_ROLE} password null")
    assert make_url(database.service).username == SERVICE_ROLE
