"""Every setting is in the reference, with its default; what it does not know is not there; a wrong value is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
ROW = re.compile(r"\| `PACESETTER_(\w+)` \| (.+?) \| (.+?) \|")


def rows() -> dict[str, str]:
    found = ROW.findall(REFERENCE.read_text(encoding="utf-8"))
    assert len({name for name, _, _ in found}) == len(found)
    return {name.lower(): default.strip("`") for name, default, _ in found}


def test_every_setting_is_documented_and_nothing_else():
    assert rows().keys() == Settings.model_fields.keys()
    assert all(field.description for field in Settings.model_fields.values())


def test_defaults_are_as_documented(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PACESETTER_{name.upper()}", raising=False)
    documented = rows()
    for name, value in Settings().model_dump(mode="json").items():
        if value is None:
            assert documented[name].startswith("none"), name
        elif name != "data_dir":  # of the user's own
            assert documented[name] == (
                f"{value:g}" if isinstance(value, float) else f"{value}".replace("False", "false")
            )


@pytest.mark.parametrize(
    ("name", "value"),
    [("RATE_LIMIT_PER_KEY", "often"), ("LOG_LEVEL", "loud"), ("API_CONNECTIONS", "0"), ("REFRESH_CRON", "hourly"),
     ("METRICS_PORT", "70000"), ("STATEMENT_TIMEOUT_S", "-1"), ("WEBHOOK_NETWORKS", "10.0.0.1/8")],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"PACESETTER_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
