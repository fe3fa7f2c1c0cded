"""What the pages of what-ifs say, from values alone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from app.scenarios.levers import Lever
from app.web.what_if import levers, sides

LONDON = ZoneInfo("Europe/London")
EXAMPLES = {
    "demand": ({"factor": 1.1, "queue": "101"}, "101 calls at 110% of today’s"),
    "surge": (
        {"start": "2026-07-04T18:00:00Z", "hours": 4, "multiplier": 1.5},
        "all calls at 150% for 4 hours, from Sat 4 Jul, 19:00",
    ),
    "handling_time": ({"factor": {"low": 0.9, "likely": 1.0, "high": 1.2}},
                      "handling time of all calls at 90% to 120%, likely 100%"),
    "patience": ({"factor": 0.8, "queue": "101"}, "patience of 101 calls at 80%"),
    "absence": ({"rate": 0.06}, "6% of duties lost on the day"),
    "headcount": ({"change": -3, "skill": "999"}, "-3 people with 999"),
    "skill_mix": ({"change": 5}, "+5 people trained for 999"),
    "seats": ({"desk": "999", "change": 1}, "+1 seats at the 999 desk"),
    "callbacks_on": ({"kind": "callbacks", "policy": {"offer_after_s": 90, "accepts": 0.2}},
                     "callbacks offered after 1 min 30 s, 20% accept"),
    "callbacks_off": ({"kind": "callbacks", "policy": None}, "no callbacks"),
    "repeats": ({"redial_101": 0.4}, "who dials again: 101 redials: 40%"),
    "channel_shift": ({"share": 0.1}, "10% of 101 calls become digital contacts"),
    "switchboard_on": ({"kind": "switchboard", "on": True, "seats": 4}, "a switchboard of 4 seats"),
    "switchboard_off": ({"kind": "switchboard", "on": False}, "no switchboard"),
    "targets": ({"service_level": 0.95}, "targets: 95% of 999 in time"),
    "roster": ({"roster_id": "0198b1f0-8c2e-7cc3-98c5-5f2f8f3b9d11"}, "another roster"),
}  # fmt: skip


def test_every_lever_that_the_form_offers_is_known_here():
    assert {one.variant for one in levers.OFFERED} == set(EXAMPLES)


@pytest.mark.parametrize("variant", EXAMPLES)
def test_a_stored_change_is_told_in_words_and_found_again_in_the_form(variant):
    given, words = EXAMPLES[variant]
    checked = TypeAdapter(Lever).validate_python({"kind": variant} | given)
    stored = checked.model_dump(mode="json", by_alias=True)
    assert levers.told(stored, LONDON) == words
    assert levers.variant(stored) == variant
    assert next(one for one in levers.OFFERED if one.variant == variant).kind == checked.kind


def paired(difference: float, half: float) -> dict[str, float]:
    return {"base": 0.9, "base_half": half, "changed": 0.9 + difference, "changed_half": half,
            "difference": difference, "difference_half": half}  # fmt: skip


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [(0.009, "no clear difference"), (0.011, "better"), (-0.011, "worse"), (0.0, "no clear difference")],
)
def test_a_difference_counts_only_beyond_its_interval(difference, verdict):
    block = {"service_level_999": paired(difference, 0.01)}
    assert sides.rows(block, sides.SERVICE)[0].verdict == verdict
    # Where less is better the same difference reads the other way round.
    other = {"better": "worse", "worse": "better"}.get(verdict, verdict)
    assert sides.rows({"abandonment_101": paired(difference, 0.01)}, sides.SERVICE)[0].verdict == other


def test_what_one_queue_gains_at_the_others_expense_is_told():
    worse_101 = {"abandonment_101": paired(0.05, 0.01), "mean_wait_101_s": paired(20.0, 2.0)}
    assert sides.paid_for({"service_level_999": paired(0.02, 0.01)} | worse_101).startswith("999 gains and 101 pays")
    better_101 = {"abandonment_101": paired(-0.05, 0.01)}
    assert sides.paid_for({"service_level_999": paired(-0.02, 0.01)} | better_101).startswith("101 gains and 999 pays")
    assert sides.paid_for({"service_level_999": paired(0.02, 0.01)} | better_101) is None
    assert sides.paid_for({"service_level_999": paired(0.009, 0.01)} | worse_101) is None


def test_the_grid_marks_targets_either_side_and_shades_the_worst_darkest():
    cells = [
        {
            "volume": volume,
            "handling_time": 1.0,
            "absence_rate": 0.04,
            "service": {"service_level_999": {"changed": level}},
        }
        for volume, level in ((1.1, 0.899), (1.0, 0.9), (0.9, 0.95))
    ]
    (sheet,) = sides.sheets(cells, "service_level_999", {"service_level_999": 0.9})
    assert sheet.columns == ["90%", "100%", "110%"]
    ((_, found),) = sheet.rows
    assert [cell.is_met for cell in found] == [True, True, False]
    assert (found[0].shade, found[2].shade) == (0, 4)
    assert all(cell.is_met is None for cell in sides.sheets(cells, "service_level_999", {})[0].rows[0][1])
