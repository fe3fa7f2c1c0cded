"""Options on the day: who is away is gone, every rule holds, and what is told of service is what is recounted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest

from rostering.check import broken_by, check
from rostering.coverage import cost_of_heads, recount_cover
from rostering.errors import ProblemError
from rostering.problem import Cover, Offer, OfferKind, Training
from rostering.roster import Activity, Roster, TierName
from rostering.rules import RuleId
from rostering.same_day.absence import Away, ceil_quarter, floor_quarter, taken_out
from rostering.same_day.call_out import call_outs
from rostering.same_day.inside import inside_moves
from rostering.same_day.move import Judge, MoveKind, applied, heads_of
from rostering.same_day.options import Option, options
from rostering.same_day.scene import Lender, Limits, Scene, Turn, window_of, worth_of
from rostering.same_day.terms import flags_of

from .roster_helpers import MONDAY, handler, local, nominal, problem, written_duty
from .same_day_helpers import as_told, cost, somebody_away

WEDNESDAY = MONDAY + timedelta(days=2)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def told() -> tuple:  # type: ignore[type-arg]
    made, duties = as_told(60)
    return made, duties, *somebody_away(made, duties, local(WEDNESDAY, 6))


def test_one_by_one_the_handlers_break_what_the_roster_breaks() -> None:
    """A law: rules are a handler's alone. Duties are shifted at random so that many rules break."""
    made, duties = as_told(25, seed=3)
    rng = np.random.default_rng(1)
    shifted = tuple(
        replace(duty, start=duty.start + k * HOUR, end=duty.end + k * HOUR)
        for duty, k in zip(duties, rng.integers(-5, 6, len(duties)).tolist(), strict=True)
    )
    whole = check(made, Roster(shifted)).violations
    alone = [violation for who in made.handlers for violation in broken_by(made, who.ref, shifted)]
    assert len(whole) > 50
    assert len({violation.rule for violation in whole}) >= 4
    assert sorted(map(str, whole)) == sorted(map(str, alone))
    with pytest.raises(ProblemError, match="nobody is not of this period"):
        broken_by(made, "nobody", shifted)


def test_heads_cost_what_the_service_tier_counts(told) -> None:
    made, duties, out, scene = told
    for roster, whose in ((duties, made), (scene.duties, scene.problem)):
        counted = recount_cover(whose, Roster(tuple(roster))).total(TierName.SERVICE)
        assert cost(whose, roster) == counted
    assert out.lost


def test_every_option_is_legal_and_saves_what_it_says(told) -> None:
    """Recounted from the whole roster, by the whole checker, for each option."""
    made, duties, _, scene = told
    without = cost(scene.problem, duties)
    found = options(scene, without)
    assert {option.moves == () for option in found} == {True, False}
    before = {(v.rule, v.handler, v.when) for v in check(scene.problem, Roster(scene.duties)).violations}
    for option in found:
        changed, after = applied(scene.problem, scene.duties, option.moves)
        broken = {(v.rule, v.handler, v.when) for v in check(changed, Roster(tuple(after))).violations} - before
        assert broken == {(v.rule, v.handler, v.when) for v in option.broken}
        assert option.cost == cost(changed, after)
        assert option.cost <= option.cost_before == cost(scene.problem, scene.duties)
        assert {v.rule for v in option.broken} <= {RuleId.DAILY_REST}
    assert made.handlers != scene.problem.handlers


def test_ranks_put_enough_service_and_less_disturbance_first(told) -> None:
    _, duties, _, scene = told
    found = options(scene, cost(scene.problem, duties))
    enough = [option.recovered is not None and option.recovered >= 0.85 for option in found if not option.broken]
    assert enough == sorted(enough, reverse=True)
    less = [option.cost for option, is_enough in zip(found, enough, strict=False) if not is_enough]
    assert less == sorted(less)


def test_a_combination_is_shown_only_where_each_part_of_it_helps(told) -> None:
    _, duties, _, scene = told
    without = cost(scene.problem, duties)
    worth = worth_of(scene.problem, scene.duties)

    def saved(moves) -> int:
        heads = sum((heads_of(scene.problem, move) for move in moves), np.zeros_like(worth.on_calls))
        return int((worth.cost - cost_of_heads(scene.problem, worth.on_calls + heads)).sum())

    together = [option for option in options(scene, without) if len(option.moves) > 1]
    assert together
    for option in together:
        assert len(option.moves) <= 3
        best = max(saved(part) for part in combinations(option.moves, len(option.moves) - 1))
        assert saved(option.moves) > best


def test_whoever_had_fewest_turns_is_asked_first_but_after_who_offered(told) -> None:
    _, _, _, scene = told
    worth, judge = worth_of(scene.problem, scene.duties), Judge(scene)
    plain = [move.subject for _, move in call_outs(scene, worth, judge, 20) if move.end - move.start > 5 * HOUR]
    assert len(plain) >= 2
    first, second = plain[:2]
    turns = replace(scene, turns={first: Turn(0, 1, 60)})
    assert call_outs(turns, worth, Judge(turns), 20)[0][1].subject != first
    offer = Offer(OfferKind.TOIL, WEDNESDAY, scene.start - HOUR, scene.end + HOUR, 600)
    offered = replace(
        scene,
        problem=replace(
            scene.problem,
            handlers=tuple(replace(h, offers=(offer,)) if h.ref == second else h for h in scene.problem.handlers),
        ),
    )
    move = call_outs(offered, worth, Judge(offered), 20)[0][1]
    assert (move.subject, move.is_agreed, move.terms) == (second, True, OfferKind.TOIL)


@pytest.mark.parametrize("lead_min", [60, 75])
def test_nobody_comes_sooner_than_the_lead_time(told, lead_min: int) -> None:
    """Told an hour before, a duty may start on time with a lead of an hour; a quarter-hour more moves it."""
    _, _, out, scene = told
    now = out.lost[0].start - HOUR
    late = Scene(out.problem, out.duties, now, scene.start, scene.end, Limits(lead_min=lead_min), away=scene.away)
    found = call_outs(late, worth_of(out.problem, out.duties), Judge(late), 3)
    starts = {move.start for _, move in found}
    assert min(starts) == max(now + timedelta(minutes=lead_min), out.lost[0].start)


def test_a_meal_moves_out_of_the_gap_but_never_into_the_past() -> None:
    """Two people, the need falls short at noon alone; the meal at noon moves, unless it has begun."""
    people = [handler(ref, [nominal(MONDAY, 8)]) for ref in ("H1", "H2")]
    duties = tuple(written_duty(ref, local(MONDAY, 8), 480, 240) for ref in ("H1", "H2"))
    nines = np.zeros(7 * 96 + 48, dtype=np.int64)
    nines[48:51] = 2  # 12:00 to 12:45
    need = Cover(local(MONDAY, 0), nines, np.zeros_like(nines))
    made = problem(people, need=need)
    for now, movable in ((local(MONDAY, 12), True), (local(MONDAY, 12, 15), False)):
        scene = Scene(made, duties, now, local(MONDAY, 12, 15), local(MONDAY, 12, 45))
        found = inside_moves(scene, worth_of(made, duties), Judge(scene), 9)
        assert bool(found) == movable
        for _, move in found:
            assert move.kind is MoveKind.BREAK
            assert move.after is not None
            meal = next(span for span in move.after.activities if span.activity is Activity.MEAL)
            assert meal.start == local(MONDAY, 12, 15)  # later it would end less than three hours before the duty


def test_overtime_is_of_the_duty_as_told_and_breaks_no_rule_that_it_may_keep() -> None:
    """Nine hours and a half would want a longer meal, and it has been taken: the extension stops short of it."""
    people = [handler("H1", [nominal(MONDAY, 8)]), handler("H2", [nominal(MONDAY, 14)])]
    duties = (written_duty("H1", local(MONDAY, 8), 480, 180), written_duty("H2", local(MONDAY, 14), 480, 240))
    nines = np.zeros(7 * 96 + 48, dtype=np.int64)
    nines[56:88] = 1
    made = problem(people, need=Cover(local(MONDAY, 0), nines, np.zeros_like(nines)))
    out = taken_out(made, duties, Away("H2", local(MONDAY, 14), local(MONDAY, 22)))
    scene = Scene(out.problem, out.duties, local(MONDAY, 13), local(MONDAY, 14), local(MONDAY, 22))
    longest = max(
        (o for o in options(scene, 0) if [m.kind for m in o.moves] == [MoveKind.EXTEND]),
        key=lambda option: option.moves[0].end,
    ).moves[0]
    assert longest.after is not None
    assert longest.end == local(MONDAY, 16, 30)  # 8.5 hours: from nine on the meal is an hour
    assert longest.terms is OfferKind.OVERTIME
    assert not longest.is_agreed
    flags = flags_of(scene, [longest])
    assert [(flag.rule, flag.owed_min) for flag in flags] == [(RuleId.OVERTIME, 0)]


def test_an_absence_takes_whole_duties_and_ends_of_duties() -> None:
    one = handler("H1", [nominal(MONDAY, 8), nominal(WEDNESDAY, 8)], learning_min=60,
                  training=(Training(local(WEDNESDAY, 9), 60),))  # fmt: skip
    duties = tuple(written_duty("H1", local(day, 8), 480, 240) for day in (MONDAY, WEDNESDAY))
    made = problem([one])
    out = taken_out(made, duties, Away("H1", local(MONDAY, 12), local(WEDNESDAY, 20)))
    assert [(duty.start, duty.end) for duty in out.lost] == [
        (local(MONDAY, 12), local(MONDAY, 16)),
        (local(WEDNESDAY, 8), local(WEDNESDAY, 16)),
    ]
    assert [(duty.start, duty.end) for duty in out.problem.frozen_duties] == [(local(MONDAY, 8), local(MONDAY, 12))]
    assert out.duties == ()
    left = out.problem.handlers[0]
    assert [left.on_leave(day) for day in (MONDAY, WEDNESDAY)] == [False, True]
    assert left.training == ()
    back = taken_out(made, duties, Away("H1", local(MONDAY, 0), local(MONDAY, 10, 7)))
    assert [(duty.start, duty.end) for duty in back.problem.frozen_duties] == [
        (local(MONDAY, 10, 15), local(MONDAY, 16))
    ]
    with pytest.raises(ProblemError, match="lies inside the duty"):
        taken_out(made, duties, Away("H1", local(MONDAY, 9), local(MONDAY, 10)))
    with pytest.raises(ProblemError, match="after its start"):
        Away("H1", local(MONDAY, 9), local(MONDAY, 9))
    with pytest.raises(ProblemError, match="H7 is not of the roster"):
        taken_out(made, duties, Away("H7", local(MONDAY, 9), local(MONDAY, 10)))


def test_a_desk_lends_a_head_while_it_has_one(told) -> None:
    _, duties, _, scene = told
    n = scene.problem.cover.n_intervals
    there = np.zeros(n, dtype=int)
    there[scene.gap] = 1
    for heads, is_offered in ((there, True), (there - np.eye(1, n, scene.gap.start, dtype=int)[0], False)):
        lending = replace(scene, lenders=(Lender("digital", tuple(heads.tolist())),))
        kinds = {tuple(m.kind for m in o.moves) for o in options(lending, cost(scene.problem, duties))}
        assert ((MoveKind.DESK,) in kinds) == is_offered


def test_what_is_missing_within_the_hours_ahead() -> None:
    now, until = local(MONDAY, 5, 7), local(MONDAY, 17, 7)
    spans = [(local(MONDAY, 3), local(MONDAY, 6)), (local(MONDAY, 16), local(MONDAY, 20))]
    assert window_of(spans, now, until) == (local(MONDAY, 5, 15), local(MONDAY, 17, 15))
    assert window_of(spans[:0], now, until) is None
    assert window_of([(local(MONDAY, 18), local(MONDAY, 20))], now, until) is None
    assert floor_quarter(now) == local(MONDAY, 5)
    assert ceil_quarter(local(MONDAY, 5)) == local(MONDAY, 5)


def accepted(found: tuple[Option, ...]) -> Option:
    return next(option for option in found if not option.moves)


def test_where_nothing_is_lost_accepting_comes_first() -> None:
    made, duties = as_told(10)
    out, scene = somebody_away(made, duties, local(WEDNESDAY, 6))
    nobody = np.zeros(scene.problem.cover.n_intervals, dtype=np.int64)
    idle = replace(scene, problem=replace(out.problem, cover=Cover(out.problem.cover.start, nobody, nobody)))
    found = options(idle, 0)
    assert found[0] is accepted(found)
    assert found[0].recovered is None


def test_a_break_never_becomes_one_with_another() -> None:
    """Only the quarter-hours beside the second break could spare a head: the first one stays where it is, until a
    quarter-hour elsewhere can."""
    duty = written_duty("H1", local(MONDAY, 8), 480, 240)
    breaks = [span.start for span in duty.activities if span.activity is Activity.BREAK]
    nines = np.zeros(7 * 96 + 48, dtype=np.int64)
    nines[32:64] = 1
    quarter = timedelta(minutes=15)
    for spared, moves in ((breaks[1] - quarter, 0), (breaks[1] + quarter, 0), (breaks[0] + quarter, 1)):
        need = nines.copy()
        need[(spared - local(MONDAY, 0)) // quarter] = 0
        made = problem([handler("H1", [nominal(MONDAY, 8)])], need=Cover(local(MONDAY, 0), need, np.zeros_like(need)))
        scene = Scene(made, (duty,), local(MONDAY, 8), breaks[0], breaks[0] + quarter)
        assert len(inside_moves(scene, worth_of(made, (duty,)), Judge(scene), 9)) == moves
