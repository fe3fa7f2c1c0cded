"""Each lever alone changes what it should and nothing else; contradictions are refused by name."""

import numpy as np
import pytest

from rostering.staffing import ServiceTargets
from rostering.staffing.assumptions import CallbackPolicy, Desk, Switchboard
from rostering.staffing.scenarios.apply import apply
from rostering.staffing.scenarios.demand import (
    CallbackChange,
    CategoryChange,
    ChannelShift,
    DemandChange,
    HandlingTimeChange,
    PatienceChange,
    RepeatsChange,
    Surge,
)
from rostering.staffing.scenarios.levers import Case, Span, Uncertain, known
from rostering.staffing.scenarios.people import (
    AbsenceChange,
    Headcount,
    RowsReplaced,
    Seats,
    SkillMix,
    SwitchboardChange,
    TargetsChange,
)
from tests.rostering.staffing.scenarios.plans import N, small_plan

ROSTER, PROFILE = small_plan(is_roster=True), small_plan()
PARTS = ("rates", "aht_s", "assumptions", "rows", "targets", "digital")


def parts(plan):
    """What of a plan a change may touch, each comparable."""
    return {
        "rates": plan.rates.tobytes(),
        "aht_s": plan.room.aht_s.tobytes(),
        "assumptions": plan.room.assumptions,
        "rows": (plan.room.desks.tobytes(), plan.room.handlers.tobytes(), plan.paid_h.tobytes(),
                 plan.skilled_999.tobytes()),
        "targets": (plan.targets, plan.definitions),
        "digital": plan.digital_h.tobytes(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        (DemandChange(known(1.1), "999"), {"rates"}),
        (CategoryChange("mental health", "101", known(0.1), known(0.7)), {"rates"}),
        (ChannelShift("101", known(0.1)), {"rates", "digital"}),
        (Surge(2.0, Span(10, 20)), {"rates"}),
        (HandlingTimeChange(known(1.1), "101"), {"aht_s"}),
        (PatienceChange(known(2.0), "999"), {"assumptions"}),
        (RepeatsChange(spill=known(0.2)), {"assumptions"}),
        (CallbackChange(CallbackPolicy()), {"assumptions"}),
        (AbsenceChange(0.1), {"assumptions"}),
        (SwitchboardChange(Switchboard(), seats=2), {"assumptions", "rows"}),
        (Headcount(-3), {"rows"}),
        (Headcount(3, "999"), {"rows"}),
        (SkillMix(2), {"rows"}),
        (Seats(Desk.CALLS_101, 2, Span(0, 50)), {"rows"}),
        (TargetsChange(ServiceTargets(service_level=0.8), 15.0), {"targets"}),
    ],
)
def test_a_lever_touches_its_own_part_alone(change, touched):
    before, after = parts(ROSTER), parts(apply(ROSTER, [change]))
    assert {name for name in PARTS if before[name] != after[name]} == touched


def test_a_category_is_a_share_of_its_queue_and_categories_add_up():
    cut = [CategoryChange(name, "101", known(0.1), known(f)) for name, f in (("a", 0.5), ("b", 0.0))]
    changed = apply(PROFILE, cut).rates
    np.testing.assert_allclose(changed[:, 1], PROFILE.rates[:, 1] * (1 - 0.05 - 0.1))
    np.testing.assert_array_equal(changed[:, 0], PROFILE.rates[:, 0])
    grown = apply(PROFILE, [*cut, DemandChange(known(1.2), "101")]).rates
    np.testing.assert_allclose(grown, changed * [[1.0], [1.2]])


def test_a_shift_of_channel_conserves_contacts():
    changed = apply(PROFILE, [ChannelShift("101", known(0.2), contact_s=900.0, concurrency=3.0)])
    moved = (PROFILE.rates - changed.rates).sum(axis=1).mean(axis=0)
    np.testing.assert_allclose(changed.digital_h, moved * 900 / 3 / 3600)


def test_uncertain_effects_go_from_the_smallest_to_the_largest():
    change = CategoryChange("a", "999", Uncertain(0.05, 0.1, 0.2), Uncertain(0.3, 0.5, 0.8))
    assert [change.queue_change(case) for case in Case] == pytest.approx([-0.01, -0.05, -0.14])
    demand = DemandChange(Uncertain(1.0, 1.1, 1.3))
    means = [apply(PROFILE, [demand], case).rates.mean() / PROFILE.rates.mean() for case in Case]
    assert means == pytest.approx([1.0, 1.1, 1.3])


def test_a_span_bounds_a_change():
    rates = apply(PROFILE, [Surge(3.0, Span(8, 12), "999")]).rates / PROFILE.rates
    np.testing.assert_allclose(rates[:, 0, 8:12], 3)
    assert (np.delete(rates[:, 0], np.s_[8:12], axis=1) == 1).all()
    assert (rates[:, 1] == 1).all()


def test_handlers_leave_and_come_by_lot_reproducibly():
    people = ROSTER.n_handlers
    fewer = apply(ROSTER, [Headcount(-4)], seed=5)
    assert fewer.n_handlers == people - 4
    assert parts(fewer) == parts(apply(ROSTER, [Headcount(-4)], seed=5))
    assert parts(fewer) != parts(apply(ROSTER, [Headcount(-4)], seed=6))
    more = apply(ROSTER, [Headcount(people + 1)])
    assert more.n_handlers == 2 * people + 1  # everybody's duties once, and one twice
    assert more.paid_h.sum() >= 2 * ROSTER.paid_h.sum()
    assert apply(ROSTER, [Headcount(-people)]).n_handlers == 0


def test_skill_mix_moves_people_between_desks():
    trained = apply(ROSTER, [SkillMix(1)])
    assert (trained.room.desks != Desk.OFF).sum() == (ROSTER.room.desks != Desk.OFF).sum()
    assert trained.skilled_999.sum() > ROSTER.skilled_999.sum()
    moved = apply(PROFILE, [SkillMix(-2)]).room.desks
    lost = (PROFILE.room.desks == Desk.CALLS_999).sum(axis=0) - (moved == Desk.CALLS_999).sum(axis=0)
    assert (lost == 2).all()


def test_seats_are_paid_for_while_they_are_there():
    more = apply(PROFILE, [Seats(Desk.CALLS_999, 3, Span(0, 40))])
    assert more.paid_h.sum() - PROFILE.paid_h.sum() == 3 * 40 / 4
    fewer = apply(PROFILE, [Seats(Desk.CALLS_999, -2, Span(0, 40))])
    count = (fewer.room.desks == Desk.CALLS_999).sum(axis=0) - (PROFILE.room.desks == Desk.CALLS_999).sum(axis=0)
    assert count.tolist() == [-2] * 40 + [0] * (N - 40)


def test_another_roster_takes_the_place_of_all_rows():
    desks = np.full((5, N), Desk.CALLS_999, dtype=np.int8)
    other = RowsReplaced(desks, np.arange(5), np.full(5, 40.0), np.ones(5, dtype=bool), is_roster=True)
    changed = apply(ROSTER, [Headcount(-2), other])
    assert changed.n_handlers == 3
    assert changed.paid_h.sum() == 120


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([DemandChange(known(1.1)), DemandChange(known(0.9), "101")], ["changes 1 and 2", "DemandChange", "queue 101"]),
        ([Surge(2.0, Span(0, 10)), Surge(3.0, Span(9, 12))], ["Surge", "overlap"]),
        ([AbsenceChange(0.1), Headcount(1), AbsenceChange(0.2)], ["changes 1 and 3", "AbsenceChange"]),
        ([CategoryChange("a", "101", known(0.6), known(0.5)), CategoryChange("b", "101", known(0.5), known(0.5))],
         ["a, b", "1.10", "101"]),
        ([Surge(2.0, Span(0, N + 1))], ["change 1", "Surge", f"{N + 1}", f"{N}"]),
        ([Headcount(-1000)], ["headcount -1000", f"{ROSTER.n_handlers}"]),
        ([SkillMix(-1000)], ["skill mix -1000", "with skill 999"]),
        ([Seats(Desk.CALLS_999, -100)], ["-100 seats", "the 999 desk"]),
    ],
)  # fmt: skip
def test_contradictions_name_the_changes_and_values(changes, words):
    with pytest.raises(ValueError) as caught:
        apply(ROSTER, changes)
    for word in words:
        assert word in str(caught.value)


def test_two_of_a_kind_may_follow_each_other():
    apply(ROSTER, [Surge(2.0, Span(0, 9)), Surge(3.0, Span(9, 12)), DemandChange(known(1.1), "999"),
                   DemandChange(known(0.9), "101")])  # fmt: skip


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SwitchboardChange(None, seats=3), "off with 3 seats"),
        (lambda: SwitchboardChange(Switchboard(), seats=0), "seats"),
        (lambda: DemandChange(known(-1.0)), "-1"),
        (lambda: DemandChange(known(1.0), "112"), "112"),
        (lambda: Uncertain(2.0, 1.0, 3.0), "in this order"),
        (lambda: HandlingTimeChange(known(0.0)), "above 0"),
        (lambda: RepeatsChange(), "neither"),
        (lambda: AbsenceChange(1.5), "1.5"),
        (lambda: Headcount(0), "0"),
        (lambda: Span(5, 5), "5"),
        (lambda: apply(PROFILE, [Headcount(1)]), "profile of seats"),
        (lambda: apply(ROSTER, [RepeatsChange(redial_101=known(1.0))]), "redial"),
    ],
)
def test_bad_changes_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
