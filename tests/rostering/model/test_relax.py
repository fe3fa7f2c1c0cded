"""One person re-solved is the best of all; a relaxation named with a gain gains that, by the checker."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import numpy as np
import pytest

from rostering.check import check
from rostering.model.options import person_options
from rostering.model.relax import AgreementCost, Kind, agreement_costs, relaxations
from rostering.model.resolve import heads_without, joined, resolved
from rostering.model.state import make_force
from rostering.problem import Agreement, Consent, RosterProblem
from rostering.roster import Duty, Roster, TierName
from tests.rostering.roster_helpers import (
    BAND,
    BOTH,
    MONDAY,
    ONLY_101,
    cover,
    handler,
    local,
    nominal,
    problem,
    written_duty,
)

TUESDAY = MONDAY + timedelta(days=1)
DUTIES = [nominal(MONDAY, 8), nominal(TUESDAY, 8)]


def two_days(needed: np.ndarray | int, *people: object, **more: object) -> tuple[RosterProblem, Roster]:
    """Everybody on their nominal duties of 08:00 to 16:00, meals at noon; people wanted on 999."""
    whole = problem(people, need=cover(MONDAY, needed), **more)  # type: ignore[arg-type]
    duties = [
        written_duty(who.ref, duty.start, duty.length_min, 240, "101" if who.skills == ONLY_101 else "999")
        for who in whole.handlers
        for duty in who.nominal
    ]
    return whole, Roster(tuple(sorted(duties, key=lambda duty: (duty.start, duty.handler))))


def tiers(whole: RosterProblem, made: Roster) -> tuple[int, ...]:
    report = check(whole, made)
    assert report.violations == ()
    return tuple(report.cost[tier] for tier in TierName)


@pytest.mark.parametrize("seed", range(2))
def test_a_person_re_solved_is_the_best_of_all(seed: int) -> None:
    """Every start and length within consent, every place of the meal of one duty of five hours, by the checker."""
    rng = np.random.default_rng(seed)
    needed = np.zeros(720, dtype=np.int64)
    needed[28:60] = rng.integers(0, 3, size=32)
    who = handler("A", [nominal(MONDAY, 8, length_min=300)], consent=Consent(30, 30, 30, 30))
    beside = handler("B", [nominal(MONDAY, 9, length_min=300)])
    whole = problem([who, beside], need=cover(MONDAY, needed))
    other = written_duty("B", local(MONDAY, 9), 300, 120)
    weights = make_force(whole, [person_options(whole, who)]).weights
    values = []
    for start in (-30, 0, 30):
        for finish in (-30, 0, 30):
            for meal in range(60, 240, 15):
                at = local(MONDAY, 8) + timedelta(minutes=start)
                report = check(whole, Roster((written_duty("A", at, 300 + finish - start, meal), other)))
                if not report.violations:
                    values.append(sum(w * report.cost[tier] for w, tier in zip(weights, TierName, strict=True)))
    found = resolved(whole, who, heads_without(whole, Roster((other,)), "A"))
    assert found is not None
    assert len(values) > 10
    assert sum(w * value for w, value in zip(weights, found.tiers, strict=True)) == min(values)
    made = joined(whole, Roster((other,)), "A", found.duties)
    assert tiers(whole, made) == found.tiers


def test_a_relaxation_gains_what_it_says() -> None:
    """Consent, a skill, an agreement set aside: the checker finds the roster legal and the gain to the unit."""
    needed = np.full(720, 0)
    needed[62:68] = 3  # 15:30 to 17:00 on Monday
    needed[40:44] = 3
    people = [
        handler("A", DUTIES, consent=Consent(0, 30, 0, 30)),
        handler("B", DUTIES, consent=BAND, agreements=(Agreement((0, 1), latest=time(16)),)),
        handler("C", DUTIES, skills=ONLY_101),
    ]
    whole, made = two_days(needed, *people)
    found = [one for t in (41, 65, 67) for one in relaxations(whole, made, t)]
    assert {one.kind for one in found} >= {Kind.CONSENT, Kind.AGREEMENT, Kind.SKILL}
    for one in found:
        who = next(handler for handler in whole.handlers if handler.ref == one.handler)
        alone = resolved(whole, who, heads_without(whole, made, who.ref))
        assert alone is not None
        before = tiers(whole, joined(whole, made, who.ref, alone.duties))
        after = tiers(one.problem, one.roster)
        assert tuple(b - a for b, a in zip(before, after, strict=True)) == tuple(one.gain[tier] for tier in TierName)
        assert one.gain[TierName.SERVICE] > 0
        assert one.gain_there > 0
        others = [duty for duty in one.roster.duties if duty.handler != one.handler]
        assert [(d.handler, d.start, d.end) for d in others] == [
            (d.handler, d.start, d.end) for d in made.duties if d.handler != one.handler
        ]
        assert check(whole, one.roster).violations  # it is not legal without the relaxation
    gains = [one.gain[TierName.SERVICE] for one in relaxations(whole, made, 65)]
    assert gains == sorted(gains, reverse=True)


def test_overtime_and_rest_days_are_offered() -> None:
    """Two hours after the duty and a duty on the rest day, with their price in the cost tier."""
    needed = np.full(720, 0)
    needed[64:72] = 1  # 16:00 to 18:00 on Monday
    needed[236:260] = 1  # 11:00 to 17:00 on Wednesday
    whole, made = two_days(needed, handler("A", DUTIES))
    for t, kind in ((71, Kind.OVERTIME), (250, Kind.REST_DAY)):
        (found,) = (one for one in relaxations(whole, made, t) if one.kind is kind)
        alone = resolved(whole, whole.handlers[0], heads_without(whole, made, "A"))
        assert alone is not None
        before = tiers(whole, joined(whole, made, "A", alone.duties))
        after = tiers(found.problem, found.roster)
        assert tuple(b - a for b, a in zip(before, after, strict=True)) == tuple(found.gain[tier] for tier in TierName)
        assert found.gain[TierName.SERVICE] > 0 > found.gain[TierName.COST]


def test_nothing_is_named_where_nothing_helps() -> None:
    whole, made = two_days(0, handler("A", DUTIES))
    assert relaxations(whole, made, 41) == ()
    short, same = two_days(np.where(np.arange(720) == 250, 3, 0), handler("A", DUTIES, skills=BOTH))
    assert all(one.kind is Kind.REST_DAY for one in relaxations(short, same, 250))


def test_what_consent_costs() -> None:
    """An hour more of it is worth what the checker counts; where nobody is short it is worth nothing in service."""
    needed = np.full(720, 0)
    needed[64:68] = 1  # 16:00 to 17:00 on Monday
    whole, made = two_days(needed, handler("A", DUTIES))
    (cost,) = agreement_costs(whole, made)
    assert (cost.kind, cost.handler) == (Kind.CONSENT, "A")
    assert cost.cost[TierName.SERVICE] == 4 * 16  # four seats of 999, one quarter-hour each
    wider = replace(whole, handlers=(replace(whole.handlers[0], consent=Consent(60, 60, 60, 60)),))
    plans = [resolved(one, one.handlers[0], heads_without(one, made, "A")) for one in (whole, wider)]
    told = [
        tiers(one, joined(one, made, "A", plan.duties)) for one, plan in zip((whole, wider), plans, strict=True) if plan
    ]
    assert tuple(a - b for a, b in zip(*told, strict=True)) == tuple(cost.cost[tier] for tier in TierName)
    met, same = two_days(np.where(needed, 0, 0), handler("A", DUTIES))
    assert agreement_costs(met, same)[0].cost[TierName.SERVICE] == 0


def test_learning_of_the_person_is_placed_again() -> None:
    needed = np.full(720, 1)
    who = handler("A", DUTIES, consent=BAND, learning_min=60)
    whole, made = two_days(needed, who, handler("B", DUTIES))
    alone = resolved(whole, who, heads_without(whole, made, "A"))
    assert alone is not None
    assert tiers(whole, joined(whole, made, "A", alone.duties)) == alone.tiers
    assert isinstance(alone.duties[0], Duty)


def test_what_an_agreement_costs() -> None:
    """Lifting it is worth what the checker counts; one that binds nothing costs nothing."""
    needed = np.full(720, 0)
    needed[64:68] = 1  # 16:00 to 17:00 on Monday
    late, idle = Agreement((0,), latest=time(16)), Agreement((6,), off=True)
    whole, made = two_days(needed, handler("A", DUTIES, consent=Consent(0, 60, 0, 60), agreements=(late, idle)))
    costs = {one.message: one for one in agreement_costs(whole, made) if one.kind is Kind.AGREEMENT}
    dear, free = costs["agreement for Monday"], costs["agreement for Sunday"]
    assert dear.cost[TierName.SERVICE] == 4 * 16  # four seats of 999, one quarter-hour each
    assert set(free.cost.values()) == {0}
    lifted = replace(whole, handlers=(replace(whole.handlers[0], agreements=(idle,)),))
    alone, new = (resolved(one, one.handlers[0], heads_without(one, made, "A")) for one in (whole, lifted))
    assert alone is not None
    assert new is not None
    told = [tiers(one, joined(one, made, "A", plan.duties)) for one, plan in ((whole, alone), (lifted, new))]
    assert tuple(a - b for a, b in zip(*told, strict=True)) == tuple(dear.cost[tier] for tier in TierName)
    assert isinstance(dear, AgreementCost)
