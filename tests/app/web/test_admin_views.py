"""What the pages of administration make of settings and rules: no database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.errors import Invalid
from app.forces.schemas import ForceSettings
from app.forces.service import StoredSettings
from app.web.admin.rules_view import chosen, differences, holding, sides
from app.web.admin.settings_view import at, groups
from rostering.rules import RULE_SETS

DEFAULT = ForceSettings()
OWN = ForceSettings.model_validate({
    "rules": {"W1": {"rest_min": 720}}, "queues": {"999": {"service_level": 0.925}}, "pay_per_h": 21,
})  # fmt: skip


def stored(version: int, settings: ForceSettings) -> StoredSettings:
    return StoredSettings(version, datetime(2026, 11, version, 12, tzinfo=UTC), f"manager {version}", settings)


def flattened(value: object, path: str = "") -> dict[str, object]:
    """Every value by its path; lists are whole."""
    if not isinstance(value, dict) or not value:
        return {path: value}
    return {leaf: inner for name, part in value.items()
            for leaf, inner in flattened(part, f"{path}.{name}" if path else name).items()}  # fmt: skip


VERSIONS = [stored(1, DEFAULT), stored(2, OWN), stored(3, OWN)]


def test_every_value_of_the_settings_is_shown_once_but_for_the_rules():
    shown = [one.path for group in groups(VERSIONS) for one in group.settings]
    assert len(shown) == len(set(shown))
    body = OWN.model_dump(mode="json", by_alias=True)
    for path in flattened(body):
        if not path.startswith("rule"):
            assert any(path == one or path.startswith(f"{one}.") for one in shown), path
    assert all(at(body, path) is not None or path in ("callbacks", "switchboard", "queues.999.mean_answer_s")
               or path.startswith("retention") for path in shown)  # fmt: skip


def test_a_value_says_who_set_it_and_since_when():
    by_path = {one.path: one for group in groups(VERSIONS) for one in group.settings}
    own, delivered = by_path["queues.999.service_level"], by_path["queues.101.redial.likely"]
    assert (own.shown, own.is_own, own.by) == ("92.5%", True, "manager 2")
    assert own.since == VERSIONS[1].created_at
    assert (delivered.shown, delivered.is_own, delivered.by) == ("30%", False, None)
    assert delivered.is_assumption
    assert by_path["pay_per_h"].shown == "21 pounds an hour"
    assert by_path["queues.999.threshold_s"].shown == "10 seconds"
    assert by_path["shrinkage"].shown == "absence on the day, unplanned time"


def test_a_rule_shows_its_own_value_beside_the_published_one():
    own = [one for one in holding(OWN) if one.is_own]
    assert [(str(one.rule.id), [(value.words, value.value, value.published) for value in one.values])
            for one in own] == [("W1", [("rest, minutes", 720, 660)])]  # fmt: skip


def test_what_differs_between_two_versions_is_named():
    found = sides(VERSIONS)
    assert [side.key for side in found] == ["v3", "v2", "v1", *RULE_SETS]
    newest, oldest = found[0], chosen(found, "v1", found[0])
    told = {(one.what, one.before, one.after) for one in differences(oldest, newest)}
    assert told == {
        ("W1: rest, minutes", "660", "720"),
        ("999: Service level", "90%", "92.5%"),
        ("Pay", "18 pounds an hour", "21 pounds an hour"),
    }
    assert differences(newest, found[1]) == []
    with pytest.raises(Invalid, match="v9"):
        chosen(found, "v9", newest)


def test_rule_sets_are_compared_as_published():
    found = sides(VERSIONS[:1])
    staff, scotland = (chosen(found, key, found[0]) for key in ("england-wales-police-staff", "scotland-officers"))
    told = differences(staff, scotland)
    assert told[0].what == "Rule set"
    assert ("H2: most duties", "7", "6") in {(one.what, one.before, one.after) for one in told}
