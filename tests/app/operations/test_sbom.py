"""The bill of materials against the lock and against what is installed."""

from __future__ import annotations

import json
import re
from importlib.metadata import requires
from pathlib import Path

import pytest
from cyclonedx.model.bom import Bom

from app.operations.sbom import document, locked, normal

ROOT = Path(__file__).parents[3]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bom():
    return json.loads(document(LOCK, (ROOT / "pyproject.toml").read_text(encoding="utf-8")))


def test_every_pin_of_the_lock_is_there_with_all_its_hashes_and_nothing_else(bom):
    pins = re.findall(r"^([\w.-]+)==(\S+)", LOCK, flags=re.MULTILINE)
    assert sorted((one["name"], one["version"]) for one in bom["components"]) == sorted(
        (normal(name), version) for name, version in pins
    )
    hashes = [one["content"] for part in bom["components"] for one in part["hashes"]]
    assert len(hashes) == LOCK.count("--hash=sha256:")
    assert set(hashes) == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", LOCK))
    references = [part["bom-ref"] for part in bom["components"]]
    assert len(references) == len(set(references))


def test_it_is_cyclonedx_and_reads_back(bom):
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert len(Bom.from_json(bom).components) == len(bom["components"])  # type: ignore[attr-defined]


def test_what_is_installed_beside_the_tools_has_a_licence(bom):
    parts = {part["name"]: part for part in bom["components"]}
    bare = [name for name, part in parts.items() if not part.get("licenses") and part["scope"] == "required"]
    assert set(bare) <= {"colorama"}  # of Windows alone
    assert parts["fastapi"]["licenses"] == [{"license": {"id": "MIT"}}]


def test_tools_are_told_from_what_the_service_needs(bom):
    scopes = {part["name"]: part["scope"] for part in bom["components"]}
    for name in ("fastapi", "starlette", "psycopg-binary", "numpy", "procrastinate"):
        assert scopes[name] == "required"
    for name in ("pytest", "schemathesis", "mypy", "cyclonedx-python-lib"):
        assert scopes[name] == "excluded"


def test_who_needs_whom_is_what_the_packages_say(bom):
    """Against the metadata of one installed package, which the lock was not read for."""
    needs = {one["ref"].split("@")[0]: {ref.split("@")[0] for ref in one.get("dependsOn", [])}
             for one in bom["dependencies"]}  # fmt: skip
    plain = {normal(re.match(r"[\w.-]+", text)[0]) for text in requires("httpx") or () if "extra ==" not in text}
    assert needs["pkg:pypi/httpx"] == {f"pkg:pypi/{name}" for name in plain}
    assert {"pkg:pypi/fastapi", "pkg:pypi/standardwebhooks"} <= needs["pacesetter"]
    assert "pkg:pypi/pytest" not in needs["pacesetter"]


@pytest.mark.parametrize("line", ["fastapi>=1", "    --hash=md5:00", "-e ."])
def test_what_is_no_lock_is_refused(line):
    with pytest.raises(ValueError, match="line 1"):
        locked(line)
