"""Laws of the search: costs of intervals, proposals, optima that are proven, determinism, cancelling, repair, gains."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import numpy as np
import pytest

from rostering.check import check
from rostering.model import annealing
from rostering.model.annealing import ByEffort, Cooling, cooled
from rostering.model.bound import Bounds
from rostering.model.gains import gains
from rostering.model.moves import BASE, LEARN, OWNER, ROW, make_trial
from rostering.model.need import calls_in, interval_costs, marginal_prices, roles_in
from rostering.model.options import person_options
from rostering.model.person import mark
from rostering.model.proposals import propose, shift
from rostering.model.repair import lost_service, repair_options
from rostering.model.search import anneal
from rostering.model.solve import roster
from rostering.model.start import greedy_start
from rostering.model.state import Force, State, make_force, tiers_of, weighted
from rostering.model.watch import Watch
from rostering.people import RoleValidity
from rostering.problem import Consent, Handler, Leave, Mode, RoleCover, RosterProblem
from rostering.roster import Activity, EndedBy, Progress, Roster, RosterOutcome, SolveBudget, SolveStatus, TierName
from rostering.rules import RuleId
from tests.rostering.roster_helpers import MONDAY, cover, force, handler, local, nominal, problem


class Stopped(Watch):
    """A watch that shows what a test says [s]."""

    at_s = 0.0

    @property
    def share(self) -> float:
        return self.at_s / self.budget.seconds


TINY = SolveBudget(seconds=600, seed=1, workers=1, effort=1)
NARROW = Consent(30, 30, 30, 30)


def tiny(n_people: int, seed: int, **more: object) -> RosterProblem:
    """A few people with two duties each on three days, and a need that they cannot meet everywhere."""
    rng = np.random.default_rng(seed)
    need = np.zeros(720, dtype=np.int64)
    need[4 * 8 : 4 * 66] = rng.integers(0, 3, 4 * 58)
    nines = np.minimum(need, rng.integers(0, 2, 720))
    people = []
    for n in range(n_people):
        days = sorted(rng.choice(3, 2, replace=False).tolist())
        duties = [nominal(MONDAY + timedelta(days=day), int(rng.integers(8, 14))) for day in days]
        people.append(handler(f"H{n}", duties, consent=NARROW, preferred_offset_min=30 * int(rng.integers(-1, 2))))
    return problem(people, need=cover(nines=nines, ones=need - nines), **more)


def proven(whole: RosterProblem) -> tuple[int, ...]:
    """Tiers of a roster that is proven best."""
    outcome = roster(whole, TINY)
    assert (outcome.status, outcome.ended_by) == (SolveStatus.OPTIMAL, EndedBy.PROOF)
    return tuple(tier.objective for tier in outcome.tiers)


@pytest.fixture(scope="module")
def roomy() -> Force:
    """A force with roles, tables of calls, both kinds of skill, and learning for every third."""
    whole = force(12, seed=2)
    n = whole.cover.n_intervals
    rng = np.random.default_rng(5)
    tables = [np.cumsum(np.cumsum(rng.integers(0, 9, (n, k)), axis=1), axis=1) for k in (4, 2)]
    with_zero = [np.concatenate([np.zeros((n, 1), dtype=np.int64), table], axis=1) for table in tables]
    need = replace(whole.cover, cost_short=with_zero[0], cost_short_999=with_zero[1])
    roles = {0: "supervisor", 1: "trainee", 2: "trainee", 3: "tutor", 4: "supervisor"}
    people = [
        replace(who, roles=(RoleValidity(roles[k]),)) if k in roles else who for k, who in enumerate(whole.handlers)
    ]
    people = [replace(who, learning_min=60 * (k % 3 == 0)) for k, who in enumerate(people)]
    wanted = RoleCover("supervisor", whole.begin, whole.end, 1)
    whole = replace(whole, cover=need, handlers=tuple(people), role_cover=(wanted,))
    return make_force(whole, [person_options(whole, who) for who in whole.handlers])


def by_hand(force: Force, t: int, heads: np.ndarray) -> int:
    """Service cost of an interval counted in plain Python from the problem."""
    whole = force.problem
    nines, ones = int(whole.cover.needed_999[t]), int(whole.cover.needed_101[t])
    only_999, only_101, both = (int(h) for h in heads[:3])
    # As many 999 seats as can be filled, then what is left for 101.
    on_999 = min(nines, only_999 + both)
    left = both - max(on_999 - only_999, 0)
    short_999, short = nines - on_999, nines - on_999 + max(ones - only_101 - left, 0)
    cost = 0
    for table, seats in ((whole.cover.cost_short, short), (whole.cover.cost_short_999, short_999)):
        assert table is not None
        row, last = table[t].tolist(), table.shape[1] - 1
        cost += row[seats] if seats <= last else row[last] + (seats - last) * (row[last] - row[last - 1])
    if t < whole.n_intervals:
        supervisors, trainees, tutors = (int(h) for h in heads[3:])
        cost += whole.rules[RuleId.ROLES]["short_call"] * max(1 - supervisors, 0)
        cost += whole.rules[RuleId.TRAINEES]["beyond_call"] * max(trainees - 2 * tutors, 0)
    return cost


def test_an_intervals_cost_is_that_of_the_tables_and_roles(roomy: Force) -> None:
    rng = np.random.default_rng(1)
    need, count = roomy.need, roomy.need.present.copy()
    for t in rng.integers(0, count.shape[1], 300).tolist():
        count[:, t] = rng.integers(0, 4, count.shape[0])
        got = calls_in(need, t, *count[:3, t].tolist())[0] + roles_in(need, t, count)
        assert got == by_hand(roomy, t, count[:, t])


def test_a_marginal_price_is_what_one_head_more_changes(roomy: Force) -> None:
    count, n = roomy.need.present.copy(), roomy.need.present.shape[1]
    price, before, after = np.zeros(count.shape), np.zeros(n), np.zeros(n)
    marginal_prices(roomy.need, 0, n, count, roomy.weights, price)
    interval_costs(roomy.need, count, roomy.weights, before)
    for row in range(count.shape[0]):
        count[row] += 1
        interval_costs(roomy.need, count, roomy.weights, after)
        count[row] -= 1
        assert price[row] == pytest.approx(after - before)


def test_a_proposal_changes_the_heads_that_its_options_mark(roomy: Force) -> None:
    state = greedy_start(roomy)
    assert state is not None
    rng, trial = np.random.default_rng(3), make_trial(*state.count.shape)
    moves, changed = roomy.moves, 0
    for _ in range(500):
        n = propose(moves, trial, state.choice, state.breaks, rng)
        expected = np.zeros_like(trial.heads)
        trial.heads[:], trial.seen[:] = 0, False
        n_touched = 0
        for k in range(n):
            slot = int(trial.slot[k])
            was, now = state.breaks[slot], trial.breaks[k]
            mark(roomy.week, slot, state.choice[slot], was, -1, expected)
            mark(roomy.week, slot, trial.option[k], now, 1, expected)
            n_touched = shift(
                moves.table, moves.blocked, moves.roles, slot, moves.info[slot, BASE], moves.info[slot, ROW],
                moves.info[slot, LEARN],
                state.choice[slot], was, trial.option[k], now, trial.heads, trial.touched, trial.seen, n_touched,
            )  # fmt: skip
        assert np.array_equal(trial.heads, expected)
        assert set(np.flatnonzero(expected.any(axis=0))) <= set(trial.touched[:n_touched].tolist())
        changed += bool(expected.any())
    assert changed > 200


def test_annealing_keeps_count_of_what_it_changes(roomy: Force) -> None:
    state = greedy_start(roomy)
    assert state is not None
    before = weighted(roomy, tiers_of(roomy, state))
    trial, rng = make_trial(*state.count.shape), np.random.default_rng(3)
    gain = anneal(
        roomy.week, roomy.need, roomy.moves, trial, state.choice, state.breaks, state.count, roomy.weights, 100.0,
        3000, rng,
    )  # fmt: skip
    assert weighted(roomy, tiers_of(roomy, state)) == pytest.approx(before + gain)
    recounted = roomy.need.present.copy()
    for slot, option in enumerate(state.choice.tolist()):
        mark(roomy.week, slot, option, state.breaks[slot], 1, recounted)
    assert np.array_equal(recounted, state.count)
    assert_learning_is_clear(roomy, state)


def assert_learning_is_clear(force: Force, state: State) -> None:
    """Everybody's sessions lie inside their duties, on calls, clear of briefing, breaks and training."""
    held = np.zeros(len(force.people), dtype=np.int64)
    week = force.week
    for slot, lesson in enumerate(state.breaks[:, 3].tolist()):
        if lesson < 0:
            continue
        option, own = int(state.choice[slot]), set(range(lesson, lesson + int(week.learning[slot])))
        held[force.moves.info[slot, OWNER]] += 1
        assert own <= set(range(int(week.start[option] + week.off_calls[option]), int(week.end[option])))
        assert not week.blocked[slot, [quarter - int(week.base[slot]) for quarter in own]].any()
        for kind in range(3):
            if (start := int(state.breaks[slot, kind])) >= 0:
                assert own.isdisjoint(range(start, start + int(week.lengths[kind, option])))
    assert np.array_equal(held, week.sessions)


def test_learning_is_part_of_what_is_proven_best() -> None:
    whole = tiny(2, 5)
    learning = replace(whole, handlers=tuple(replace(who, learning_min=60) for who in whole.handlers))
    outcome = roster(learning, TINY)
    assert outcome.status is SolveStatus.OPTIMAL
    assert outcome.roster is not None
    assert not check(learning, outcome.roster).violations
    best, spans = outcome.tiers[0].objective, [s for duty in outcome.roster.duties for s in duty.activities]
    assert sum(s.activity == Activity.LEARNING for s in spans) == 2
    assert best >= proven(whole)[0]
    bound = Bounds(make_force(learning, [person_options(learning, who) for who in learning.handlers]))
    for _ in range(10):
        bound.climb(0, (best, 0, 0))
    assert bound.best(0, (best, 0, 0)) <= best


def test_one_handler_more_never_worsens_service() -> None:
    for seed in (1, 2):
        few = tiny(3, seed)
        more = replace(few, handlers=(*few.handlers, replace(tiny(4, seed).handlers[-1], ref="H9")))
        assert proven(more)[0] <= proven(few)[0]


def test_the_order_of_people_changes_nothing() -> None:
    whole = tiny(4, 3)
    assert proven(replace(whole, handlers=whole.handlers[::-1])) == proven(whole)


def test_relaxing_a_rule_never_worsens_the_optimum() -> None:
    whole = tiny(3, 4)
    wider = tuple(replace(who, consent=Consent(60, 60, 60, 60)) for who in whole.handlers)
    rested = whole.rules.replaced(RuleId.DAILY_REST, rest_min=600)
    for relaxed in (replace(whole, handlers=wider), replace(whole, rules=rested)):
        assert proven(relaxed)[0] <= proven(whole)[0]


def test_the_same_seed_and_effort_give_the_same_roster_with_one_worker_or_two() -> None:
    whole = force(10, seed=4)
    one, two = (roster(whole, SolveBudget(seconds=900, seed=3, workers=n, effort=2)) for n in (1, 2))
    assert one.roster == two.roster
    assert one.ended_by == two.ended_by == EndedBy.EFFORT


def test_an_effort_that_does_not_fit_the_time_cools_with_the_clock() -> None:
    """Of the tenfold of what fits: the same part as by the clock at the end, so that the last of it is cold."""
    watch = Stopped(SolveBudget(seconds=100.0, effort=1))
    pace = ByEffort(total=10_000, n_slots=1, block=10, people=1, watch=watch, until=0.9)
    parts = []
    for second in range(91):
        watch.at_s = second
        parts.append(pace.part())
        pace.done(10, 1.0)
    assert parts == sorted(parts)
    assert parts[45] == pytest.approx(0.045)
    assert parts[90] == 1.0
    assert pace.ended_by is EndedBy.SECONDS


def test_an_effort_that_fits_the_time_knows_no_clock() -> None:
    watch = Stopped(SolveBudget(seconds=100.0, effort=1))
    pace = ByEffort(total=500, n_slots=1, block=10, people=1, watch=watch, until=0.9)
    for second in range(51):
        watch.at_s = second
        assert pace.part() == second / 50
        pace.done(10, 1.0)
    assert pace.ended_by is EndedBy.EFFORT


def test_however_great_its_effort_a_search_looks_up_often(monkeypatch: pytest.MonkeyPatch, roomy: Force) -> None:
    """One two-hundredth of it would be minutes in which neither the clock nor a cancel is seen."""
    blocks: list[int] = []
    monkeypatch.setattr(annealing, "anneal", lambda *work: blocks.append(work[-2]))
    state = greedy_start(roomy)
    assert state is not None
    watch = Stopped(SolveBudget(seconds=60, effort=100_000), cancelled=lambda: len(blocks) == 3)
    _, ended = cooled(roomy, state, watch, 1.0, lambda _best, _tiers: False, Cooling())
    assert ended is EndedBy.CANCEL
    assert blocks == [200_000] * 3


def test_a_cancelled_solve_keeps_its_best() -> None:
    whole = force(10, seed=4)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 5

    outcome = roster(whole, SolveBudget(seconds=900, workers=1, effort=10_000), cancelled=cancelled)
    assert outcome.ended_by is EndedBy.CANCEL
    assert outcome.roster is not None
    assert check(whole, outcome.roster).is_legal


def test_time_that_runs_out_ends_a_solve() -> None:
    seen: list[Progress] = []
    outcome = roster(force(10, seed=4), SolveBudget(seconds=0.5, workers=1), seen.append)
    assert outcome.ended_by is EndedBy.SECONDS
    assert outcome.roster is not None
    assert {progress.tier for progress in seen} <= set(TierName)
    assert [progress.phase for progress in seen][:3] == ["loading", "options", "start"]


@pytest.fixture(scope="module")
def published() -> tuple[RosterProblem, RosterOutcome]:
    whole = force(15, seed=6)
    return whole, roster(whole, SolveBudget(seconds=900, workers=1, effort=3))


def fallen_sick(whole: RosterProblem, outcome: RosterOutcome, refs: set[str]) -> RosterProblem:
    """The problem of the repair: these people are absent from Thursday on."""
    assert outcome.roster is not None
    away = Leave(MONDAY + timedelta(days=3), MONDAY + timedelta(days=6))
    people = tuple(replace(who, leave=(*who.leave, away)) if who.ref in refs else who for who in whole.handlers)
    return replace(whole, mode=Mode.REPAIR, handlers=people, published=outcome.roster.duties)


def test_a_repair_without_need_changes_nothing(published: tuple[RosterProblem, RosterOutcome]) -> None:
    whole, outcome = published
    repair = fallen_sick(whole, outcome, set())
    mended = roster(repair, SolveBudget(seconds=900, workers=1, effort=1))
    assert mended.roster is not None
    assert outcome.roster is not None
    report = check(repair, mended.roster)
    before = check(whole, outcome.roster)
    assert report.cost[TierName.SERVICE] <= before.cost[TierName.SERVICE]


def test_options_of_a_repair_trade_changes_for_cover(published: tuple[RosterProblem, RosterOutcome]) -> None:
    whole, outcome = published
    repair = fallen_sick(whole, outcome, {"H002", "H003"})
    before, without = lost_service(repair)
    assert without > before
    options = repair_options(repair, SolveBudget(seconds=900, workers=1, effort=6))
    assert len(options) > 1
    days, service = [o.changed_days for o in options], [o.tiers[0] for o in options]
    assert days == sorted(days)
    assert service == sorted(service, reverse=True)
    for option in options:
        assert check(repair, option.roster).is_legal
        assert option.people_disturbed <= option.changed_days
        assert all(bound <= tier for bound, tier in zip(option.bounds, option.tiers, strict=True))
    assert 0 < max(option.bounds[0] for option in options) <= min(service), "no repair is below it, whatever it changes"
    assert options[-1].recovered > 0


def moved_problem() -> tuple[RosterProblem, Handler]:
    need = np.zeros(720, dtype=np.int64)
    need[4 * 17 : 4 * 18] = 1
    who = handler(duties=[nominal(MONDAY, 9), nominal(MONDAY + timedelta(days=1), 9)], consent=Consent(60, 60, 60, 60))
    return problem([who], need=cover(ones=need)), who


def test_a_moved_duty_is_worth_what_putting_it_back_costs() -> None:
    whole, _ = moved_problem()
    outcome = roster(whole, TINY)
    assert outcome.roster is not None
    stays = replace(whole, handlers=tuple(replace(who, consent=Consent()) for who in whole.handlers))
    before = roster(stays, TINY)
    assert before.roster is not None
    # Tuesday may be shortened to make up for Monday's hour: that costs no more and no less.
    gain = next(gain for gain in gains(whole, before.roster, outcome.roster) if gain.date == MONDAY)
    assert gain.after is not None
    assert gain.after.end.astimezone(UTC) == local(MONDAY, 18)
    put_back = tuple(gain.before if duty == gain.after else duty for duty in outcome.roster.duties)
    back, new = check(whole, Roster(put_back)).cost, check(whole, outcome.roster).cost
    assert gain.worth == tuple(back[tier] - new[tier] for tier in TierName)
    assert gain.worth[0] == 4  # the hour's four quarter-hours


def test_an_old_duty_that_is_not_allowed_any_more_has_no_worth() -> None:
    whole, who = moved_problem()
    before = roster(whole, TINY)
    ill = replace(whole, handlers=(replace(who, leave=(Leave(MONDAY, MONDAY),)),))
    after = roster(ill, TINY)
    assert before.roster is not None
    assert after.roster is not None
    by_date = {gain.date: gain for gain in gains(ill, before.roster, after.roster)}
    assert by_date[MONDAY].after is None
    assert by_date[MONDAY].worth is None
