"""Evidence on the statutory grounds: what turns each, one step either side of its limit."""

from __future__ import annotations

import pytest

from app.assessments.grounds import Shown, evidence, points_to
from app.assessments.schemas import Ground

NAMES = ("late_999", "lost_101", "service_level_999", "abandonment_101", "over_60s_999", "occupancy", "overrun_h")


def figure(difference: float = 0.0, half: float = 1.0) -> dict[str, float]:
    return {"base": 10.0, "base_half": 1.0, "changed": 10.0 + difference, "changed_half": 1.0,
            "difference": difference, "difference_half": half}  # fmt: skip


def shown(*, pay=0.0, short_h=0.0, idle=(0.2, 0.2), changed=100, roles=0, acceptable=0.0, **service) -> Shown:
    return Shown(
        service={name: figure() for name in NAMES} | service,
        people={"by_rule": {"fatigue": {"difference": 0}}, "break_debt_min": {"difference": 0}},
        cost={
            name: {"difference": value} for name, value in (("pay", pay), ("paid_h", pay / 18), ("short_h", short_h))
        },
        base_service=100,
        stands_service=140,
        changed_service=changed,
        roles=(50, 50 + roles),
        idle=idle,
        pay_per_h=18.0,
        n_weeks=2,
        acceptable_calls=acceptable,
    )


def found(given: Shown) -> set[str]:
    return {one["ground"] for one in evidence(given) if one["finding"] == "evidence"}


HARM = {"late_999": figure(1.1)}  # by more than its half-width of 1


@pytest.mark.parametrize(
    ("given", "grounds"),
    [
        ({}, set()),
        ({"late_999": figure(1.0)}, set()),
        (HARM, {"customer_demand"}),
        ({"lost_101": figure(1.1)}, {"customer_demand"}),
        ({"late_999": figure(1.4), "acceptable": 1.0}, set()),
        ({"late_999": figure(1.5), "acceptable": 1.0}, {"customer_demand"}),
        ({"lost_101": figure(3.0), "acceptable": 1.0}, set()),
        ({"lost_101": figure(3.1), "acceptable": 1.0}, {"customer_demand"}),
        ({"late_999": figure(-5.0)}, set()),
        ({"pay": 0.004}, set()),
        ({"pay": 1.0}, {"additional_costs"}),
        ({"pay": -30.0, "short_h": 2.0}, set()),
        ({"pay": -30.0, "short_h": 2.0} | HARM, {"additional_costs", "customer_demand"}),
        ({"pay": -40.0, "short_h": 2.0} | HARM, {"customer_demand"}),
        ({"changed": 101}, set()),
        ({"changed": 101} | HARM, {"customer_demand", "reorganise_existing_staff"}),
        ({"roles": 1}, {"quality"}),
        ({"over_60s_999": figure(0.2, 0.1)}, {"quality"}),
        ({"overrun_h": figure(2.0)}, set()),
        ({"overrun_h": figure(2.0)} | HARM, {"customer_demand", "performance"}),
        ({"idle": (0.2, 0.49)}, set()),
        ({"idle": (0.2, 0.5)}, {"insufficiency_of_work"}),
        ({"idle": (0.8, 0.89)}, set()),
    ],
)
def test_a_ground_has_evidence_from_its_limit_on(given, grounds):
    assert found(shown(**given)) == grounds


def test_every_ground_is_told_in_the_order_of_the_act():
    told = evidence(shown())
    assert [one["ground"] for one in told] == [str(ground) for ground in Ground]
    places = [one["statute"].removeprefix("Employment Rights Act 1996, s.80G(1)(b)") for one in told]
    assert places == ["(i)", "(ii)", "(iii)", "(iv)", "(v)", "(vi)", "(vii)", "(viii)"]
    silent = {one["ground"] for one in told if one["finding"] == "no evidence in the data"}
    assert silent == {"recruit_additional_staff", "planned_structural_changes"}
    assert found(shown(idle=None)) == set()


def test_what_was_won_back_is_a_share_of_what_was_lost():
    (told,) = [one for one in evidence(shown(changed=110)) if one["ground"] == "reorganise_existing_staff"]
    assert told["figures"]["share_won_back"] == 0.75


def test_the_figures_point_and_a_person_decides():
    fine, wrong = evidence(shown()), evidence(shown(**HARM))
    assert points_to(fine, True, False) == "accept"
    assert points_to(fine, False, False) == "decline", "it breaks a rule"
    assert points_to(wrong, True, True) == "conditional"
    assert points_to(wrong, True, False) == "decline"
