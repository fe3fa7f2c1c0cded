"""The guide's examples are events that the service takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.helpers import FORCE, done

GUIDE = Path(__file__).parents[3] / "docs/guides/events.md"
TEXT = GUIDE.read_text()
BODIES = [json.loads(body) for body in re.findall(r"/events --json '(\{.*?\})'", TEXT, flags=re.DOTALL)]
ROWS = re.findall(r"^\| ([^|]+) \| `([^`]+)`, `([^`]+)` \| `(FREQ[^`]+)` \|$", TEXT, flags=re.MULTILINE)
BODIES += [{"name": name, "starts": starts, "ends": ends, "rule": rule} for name, starts, ends, rule in ROWS]


def test_the_examples_are_found():
    assert len(BODIES) == 7


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["name"])
def test_an_example_is_taken(bare, body):
    done(bare.post(f"/v1/forces/{FORCE}/events", json=body), 201)
