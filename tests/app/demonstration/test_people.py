"""Synthetic handlers: legal patterns that pay their contracts, and enough of them for the load."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.demonstration.calls import demonstration_load
from app.demonstration.patterns import FAMILIES, meal_min, on_call_min, paid_min, patterns
from app.demonstration.people import (
    FILL,
    LEAVE_DAYS,
    LEAVE_WEEKS,
    demonstration_handlers,
    heads_of,
    on_call_hours,
    seats_of,
)
from app.demonstration.person import ROLES, with_wishes
from app.demonstration.settings import NAME, demonstration_force, file_force
from app.forces.staffing import WEEKDAYS
from app.people.schemas import HandlerIn, HandlersIn

LONDON = ZoneInfo("Europe/London")
WEEKS = [date(2026, 6, 8), date(2026, 3, 23), date(2026, 10, 19), date(2026, 12, 21)]  # clock changes and Christmas
SMALL = demonstration_load() * np.array([[2 / 8.1], [1.5 / 12.6]])


def people(seed=1, week_start=WEEKS[0], n_handlers=110, load=None, **more) -> list[HandlerIn]:
    load = demonstration_load() if load is None else load
    rng = np.random.default_rng(seed)
    return demonstration_handlers(load, week_start=week_start, rng=rng, n_handlers=n_handlers, **more)


def duties(handler: HandlerIn, first: date, days: int) -> list[tuple[date, datetime, datetime]]:
    """Date, start and end (UTC) of each duty of the pattern."""
    found = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        duty = handler.pattern.days[(day - handler.pattern.anchor).days % len(handler.pattern.days)]
        if duty is not None:
            start = datetime.combine(day, duty.start, tzinfo=LONDON).astimezone(UTC)
            found.append((day, start, start + timedelta(minutes=duty.length_min)))
    return found


def is_night(start: datetime, end: datetime) -> bool:
    """Three hours or more between 23:00 and 06:00 local."""
    midnight = datetime.combine(start.astimezone(LONDON).date() + timedelta(days=1), time(), tzinfo=LONDON)
    low, high = midnight - timedelta(hours=1), midnight + timedelta(hours=6)
    return min(end, high) - max(start, low) >= timedelta(hours=3)


def longest_rest(busy: list[tuple[datetime, datetime]], low: datetime, high: datetime) -> list[float]:
    """Hours free of duty between `low` and `high`, each stretch."""
    edges = [low] + [moment for start, end in busy if end > low and start < high for moment in (start, end)] + [high]
    return [(b - a) / timedelta(hours=1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("week_start", WEEKS)
def test_every_pattern_keeps_the_rules_of_rest(week_start):
    for handler in people(week_start=week_start):
        first = week_start - timedelta(days=14)
        tour = duties(handler, first, 84)
        run = nights = 0
        for (day, start, end), (next_day, next_start, next_end) in pairwise(tour):
            rest = next_start - end
            assert rest >= timedelta(hours=11), handler.ref
            run = run + 1 if next_day - day == timedelta(days=1) else 0
            assert run < 6, f"{handler.ref}: more than six duties in a row"
            if is_night(start, end):
                nights = nights + 1 if is_night(next_start, next_end) and run else 0
                assert nights < 4, f"{handler.ref}: more than four nights in a row"
                if not is_night(next_start, next_end):
                    assert rest >= timedelta(hours=46), f"{handler.ref}: little rest after the last night"
        busy = [(start, end) for _, start, end in tour]
        for week in range(1, 11):
            low, mid, high = (
                datetime.combine(first + timedelta(weeks=w), time(), tzinfo=LONDON).astimezone(UTC)
                for w in (week - 1, week, week + 1)
            )
            both = longest_rest(busy, low, high)
            in_week = max(longest_rest(busy, mid, high))
            # 24 h in a week, or 48 h or twice 24 h in a fortnight, besides the daily 11 h (WTR 1998, reg. 11).
            assert in_week >= 35 or max(both) >= 59 or sum(rest >= 35 for rest in both) >= 2, handler.ref


@pytest.mark.parametrize("pattern", patterns(), ids=lambda p: p.family)
def test_every_pattern_pays_its_contract_within_half_an_hour_a_week(pattern):
    assert pattern.cycle_weeks * 7 % len(pattern.days) == 0, "the cycle holds whole patterns"
    paid = sum(paid_min(slot.length_min) for slot in pattern.days if slot)
    assert abs(paid * 7 / len(pattern.days) - pattern.weekly_min) <= 30
    assert abs(paid * 7 / len(pattern.days) - pattern.weekly_min) * pattern.cycle_weeks <= 240


@pytest.mark.parametrize(
    ("length_min", "meal", "on_call"), [(345, 30, 300), (360, 45, 300), (465, 45, 405), (480, 45, 405), (540, 60, 450)]
)
def test_meals_and_short_breaks(length_min, meal, on_call):
    assert meal_min(length_min) == meal
    assert on_call_min(length_min) == on_call


def test_the_same_seed_gives_the_same_people_and_they_are_valid_bodies():
    first, again, other = people(1), people(1), people(2)
    assert first == again
    assert first != other
    HandlersIn.model_validate_json(HandlersIn(handlers=first).model_dump_json())
    assert len({handler.ref for handler in first}) == 110


@pytest.mark.parametrize("seed", range(3))
def test_the_mix_of_people(seed):
    force = people(seed)
    dual = [h for h in force if {s.skill for s in h.skills} == {"999", "101"}]
    assert all("101" in {s.skill for s in h.skills} for h in force)
    assert 0.72 <= len(dual) / 110 <= 0.78
    part_time = [h for h in force if h.contract.weekly_min < 2220]
    assert all(1200 <= h.contract.weekly_min <= 1500 for h in part_time)
    assert 0.16 <= (len(part_time) + 1) / 110 <= 0.24
    lengths = {len(h.pattern.days) for h in force}
    assert {10, 35, 8} <= lengths, "6 on 4 off, five-week and 4 on 4 off all occur"
    fixed = [h for h in force if h.consent.start_later_min == 0]
    assert 0.01 <= len(fixed) / 110 <= 0.22  # 10%, four standard errors
    assert all(abs(h.preferred_offset_min) <= h.consent.start_later_min for h in force)
    assert 0 < sum(h.opted_out_48h for h in force) < 16
    assert sum(bool(h.training) for h in force) == 9


def test_training_lies_inside_a_duty_by_day_and_not_on_leave():
    for week_start in WEEKS:
        trained = [h for h in people(week_start=week_start) if h.training]
        assert trained
        for handler in trained:
            (session,) = handler.training
            end = session.start + timedelta(minutes=session.length_min)
            (day,) = [d for d, s, e in duties(handler, week_start, 7) if s <= session.start and end <= e]
            assert not any(block.first <= day <= block.last for block in handler.leave)
            assert 120 <= session.length_min <= 180
            assert 8 <= session.start.astimezone(LONDON).hour < 18


def test_training_follows_the_time_zone_of_the_force():
    (handler, *_) = [h for h in people(timezone="America/New_York") if h.training]
    (session,) = handler.training
    local = session.start.astimezone(ZoneInfo("America/New_York"))
    duty = handler.pattern.days[(local.date() - handler.pattern.anchor).days % len(handler.pattern.days)]
    assert duty is not None
    assert local.hour == duty.start.hour + 1


def test_leave_takes_a_ninth_of_the_days():
    expected = LEAVE_WEEKS + LEAVE_DAYS * 2 / 7
    assert expected == pytest.approx(0.11, abs=0.002)
    for seed in range(3):
        lost = worked = 0
        for handler in people(seed):
            for day, _, _ in duties(handler, WEEKS[0], 7):
                worked += 1
                lost += any(block.first <= day <= block.last for block in handler.leave)
        # The number of people on leave is fixed; who has how many duties in those days varies: se 0.9 points.
        assert lost / worked == pytest.approx(expected, abs=0.036)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("week_start", WEEKS)
def test_110_people_are_needed_for_nine_tenths_of_their_hours(seed, week_start):
    needed = heads_of(seats_of(demonstration_load().sum(axis=0))).sum() / 4
    assert 0.89 <= needed / on_call_hours(people(seed, week_start), week_start) <= 0.95


@pytest.mark.parametrize("factor", [0.25, 0.6, 1.0, 2.0])
def test_as_many_people_as_the_load_asks_for(factor):
    load = demonstration_load() * factor
    needed = heads_of(seats_of(load.sum(axis=0))).sum() / 4
    force = people(n_handlers=None, load=load)
    assert needed / on_call_hours(force, WEEKS[0]) == pytest.approx(FILL, abs=0.05)


def test_a_small_history_gets_a_small_force():
    assert 25 <= len(people(n_handlers=None, load=SMALL)) <= 45
    assert len(people(n_handlers=3, load=SMALL)) == 3


def test_cover_follows_the_need_hour_by_hour():
    heads = heads_of(seats_of(demonstration_load().sum(axis=0)))
    cover = np.zeros(672 + 96)
    for handler in people():
        for day, _, _ in duties(handler, WEEKS[0], 7):
            if any(block.first <= day <= block.last for block in handler.leave):
                continue
            duty = handler.pattern.days[(day - handler.pattern.anchor).days % len(handler.pattern.days)]
            first = (day - WEEKS[0]).days * 96 + duty.start.hour * 4 + duty.start.minute // 15
            cover[first : first + duty.length_min // 15] += on_call_min(duty.length_min) / duty.length_min
    since_monday_morning = slice(32, 672)  # before it last week's nights cover
    short = np.maximum(heads - cover[:672], 0)[since_monday_morning].sum() / heads[since_monday_morning].sum()
    assert short <= 0.03, "even unmoved, the patterns leave little of the need uncovered"


def test_families_leave_room_for_everybody():
    assert sum(f.least for f in FAMILIES) < 1 < sum(f.most for f in FAMILIES)
    assert {p.family for p in patterns()} == {f.name for f in FAMILIES}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"week_start": date(2026, 6, 9)}, "not a Monday"),
        ({"load": np.zeros((2, 671))}, "must be"),
        ({"load": np.full((2, 672), -1.0)}, "must be"),
        ({"n_handlers": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_asked_for(change, words):
    with pytest.raises(ValueError, match=words):
        people(**change)


def test_forces_say_what_is_made_up():
    assert demonstration_force().settings.synthetic
    assert "synthetic" in NAME
    assert demonstration_force().name == NAME
    force = file_force("America/New_York")
    assert "assumed" in force.name
    assert (force.settings.country, force.settings.timezone) == ("US", "America/New_York")


def test_wishes_and_roles_leave_patterns_as_they_are():
    plain, monday = people(), WEEKS[0]
    said = with_wishes(plain, week_start=monday, n_weeks=2, rng=np.random.default_rng(8))
    kept = ("ref", "contract", "skills", "pattern", "consent", "leave", "training")
    assert all(getattr(a, name) == getattr(b, name) for a, b in zip(plain, said, strict=True) for name in kept)
    assert {role.role for person in said for role in person.roles} == set(ROLES)
    for person in said:
        assert all(0 <= (wish.date - monday).days < 14 for wish in person.wishes)
        for agreement in person.agreements:
            anchor = person.pattern.anchor.weekday()
            assert all(person.pattern.days[(WEEKDAYS.index(day) - anchor) % 7] is None for day in agreement.weekdays)
    assert HandlerIn.model_validate(said[0].model_dump(mode="json")) == said[0]
