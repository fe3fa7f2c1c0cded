"""Seeded random forces with every rule and mode, for the property that no roster of the solver breaks a rule.

People work patterns that are legal in themselves, so that nearly everybody has a legal plan; whatever else a problem
can say is drawn at random around them: consents with dates, leave, training, learning, roles, agreements, wishes,
offers, ledgers, pins, published and frozen duties, tables, briefings, rule sets, weeks with a clock change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from rostering.problem import (
    Agreement,
    Band,
    Consent,
    Contract,
    Cover,
    Handler,
    Leave,
    Ledger,
    Mode,
    NominalDuty,
    Offer,
    OfferKind,
    RoleCover,
    RoleValidity,
    RosterProblem,
    Skill,
    SkillValidity,
    Training,
    Wish,
)
from rostering.roster import Activity, ActivitySpan, Duty
from rostering.rules import RULE_SETS, RuleId, RuleSet, meal_min, paid_min

ZONE = ZoneInfo("Europe/London")
MONDAYS = (date(2025, 2, 3), date(2025, 3, 24), date(2025, 10, 20))  # the last two end with a clock change
BOTH = (SkillValidity(Skill.CALLS_999), SkillValidity(Skill.CALLS_101))
_DAY, _MIN = timedelta(days=1), timedelta(minutes=1)
_ORIGIN = date(2020, 1, 6)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Letters of a cycle of days, length of its duties [min], weeks of the contract's cycle."""

    days: str
    length_min: int
    cycle_weeks: int


STARTS = {"E": time(7), "D": time(10), "L": time(14, 30), "N": time(21, 30)}
PATTERNS = (
    Pattern("EELLNN----", 585, 10),
    Pattern("EEELL--LLNN---EEELL---NNN---EELL---", 585, 5),
    Pattern("EELLL----", 540, 9),
    Pattern("DDDDD--", 480, 4),
    Pattern("D-DL---", 495, 4),
    Pattern("LLLLL--LLLL---", 555, 4),
)


def random_force(
    seed: int, *, size: int | None = None, mode: Mode | None = None, n_weeks: int | None = None
) -> RosterProblem:
    """A problem of 5 to 300 people and one to four weeks, drawn from ``seed``."""
    rng = np.random.default_rng(seed)
    mode = mode or _pick(rng, list(Mode))
    size = size or round(5 * 60 ** rng.random())
    drawn = int(rng.choice([1, 1, 1, 2, 3, 4])) if size <= 60 else 1
    n_weeks = n_weeks or drawn
    clock_change = rng.random() < 0.5
    monday = MONDAYS[int(rng.integers(1, 3))] - 7 * _DAY * int(rng.integers(n_weeks)) if clock_change else MONDAYS[0]
    force = _Force(rng, _rules(rng), mode, monday, n_weeks, bool(rng.random() < 0.3))
    people = [force.handler(f"H{number + 1:03}") for number in range(size)]
    return force.problem(people)


def _pick(rng: np.random.Generator, choices: list[_T]) -> _T:
    return choices[int(rng.integers(len(choices)))]


def _rules(rng: np.random.Generator) -> RuleSet:
    """One of the rule sets, often with values of a force's own."""
    rules = _pick(rng, list(RULE_SETS.values()))
    own: dict[RuleId, dict[str, int]] = {}
    if rng.random() < 0.3:
        own[RuleId.RUN] = {"most_duties": int(rng.integers(6, 8))}
    if rng.random() < 0.3:
        own[RuleId.DAILY_REST] = {"rest_min": int(rng.choice([600, 660, 675]))}
    if rng.random() < 0.2:
        own[RuleId.NIGHT_LENGTH] = {"longest_min": 600}
    if rng.random() < 0.2:
        own[RuleId.LEARNING] = {"session_min": 45}
    return rules.own("random", "1", own, "drawn at random") if own else rules


@dataclass
class _Force:
    """What all people of a force share."""

    rng: np.random.Generator
    rules: RuleSet
    mode: Mode
    monday: date
    n_weeks: int
    meals_paid: bool

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    @property
    def days(self) -> list[date]:
        return [self.monday + n * _DAY for n in range(7 * self.n_weeks)]

    def at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, ZONE).astimezone(UTC)

    def handler(self, ref: str) -> Handler:
        """A handler at a random place of a random pattern; history as the pattern says."""
        rng, pattern = self.rng, _pick(self.rng, list(PATTERNS))
        shift = int(rng.integers(len(pattern.days)))
        if len(pattern.days) % 7 == 0:
            shift -= shift % 7
        duties = list(self._duties(pattern, shift))
        before = [duty for duty in duties if duty.date < self.monday]
        own = [duty for duty in duties if self.monday <= duty.date <= self.days[-1]]
        after = [duty for duty in duties if duty.date > self.days[-1]]
        paid = paid_min(self.rules, pattern.length_min, meals_paid=self.meals_paid)
        by_week = [0] * 16
        for duty in before:
            by_week[(duty.date - self.monday).days // 7] += paid
        per_cycle = sum(letter != "-" for letter in pattern.days) * paid / (len(pattern.days) / 7)
        reach = int(rng.choice([0, 60, 90, 120]))
        consent = Consent(reach, reach, reach, reach, *self._dates(0.1))
        leave = self._leave()
        nights = "N" in pattern.days
        known = tuple((duty.start, duty.end) for duty in before if duty.date >= self.monday - 14 * _DAY)
        who = Handler(
            ref,
            Contract(round(per_cycle), pattern.cycle_weeks),
            BOTH if self.chance(0.7) else BOTH[int(rng.integers(2)) :][:1],
            tuple(own) if self.mode is not Mode.FREE else (),
            consent,
            leave,
            preferred_offset_min=int(rng.choice([-30, 0, 0, 0, 45])),
            worked_min_by_week=tuple(by_week)[int(rng.integers(3)) :],
            paid_min_by_week=tuple(by_week),
            last_week=known,
            opted_out_48h=self.chance(0.1),
            next_start=max(after[0].start - reach * _MIN, self._end()) if self.mode is not Mode.FREE else None,
            roles=self._roles(),
            ledger=Ledger(*(int(n) for n in rng.integers(0, 12, 3))),
            night_worker=nights,
            bands=tuple(Band) if nights else (Band.EARLY, Band.DAY, Band.LATE),
        )
        return self._with_more(who, own)

    def _end(self) -> datetime:
        return self.at(self.days[-1] + _DAY, time(0))

    def _duties(self, pattern: Pattern, shift: int) -> Iterator[NominalDuty]:
        """The pattern's duties from 16 weeks before the period to a fortnight after it."""
        for offset in range(-7 * 16, 7 * self.n_weeks + 14):
            day = self.monday + offset * _DAY
            letter = pattern.days[((day - _ORIGIN).days + shift) % len(pattern.days)]
            if letter != "-":
                yield NominalDuty(day, self.at(day, STARTS[letter]), pattern.length_min)

    def _dates(self, share: float) -> tuple[date | None, date | None]:
        """Open on both sides, sometimes from or until a date of the period."""
        if not self.chance(share):
            return None, None
        day = _pick(self.rng, self.days)
        return (day, None) if self.chance(0.5) else (None, day)

    def _leave(self) -> tuple[Leave, ...]:
        if not self.chance(0.2):
            return ()
        first = _pick(self.rng, self.days)
        return (Leave(first, first + int(self.rng.integers(7)) * _DAY),)

    def _roles(self) -> tuple[RoleValidity, ...]:
        names = {"supervisor": 0.15, "tutor": 0.15, "trainee": 0.1, "mental_health": 0.05}
        return tuple(RoleValidity(name, *self._dates(0.1)) for name, share in names.items() if self.chance(share))

    def _with_more(self, who: Handler, own: list[NominalDuty]) -> Handler:
        """Training, learning, agreements, wishes and offers that fit the handler's duties."""
        rng, worked = self.rng, [duty for duty in own if not who.on_leave(duty.date)]
        more: dict[str, object] = {}
        if worked and self.mode is not Mode.FREE and self.chance(0.1):
            more["training"] = (Training(_pick(rng, worked).start + 60 * _MIN, int(rng.choice([60, 90]))),)
        if len(worked) >= 2 and self.chance(0.3):
            more["learning_min"] = 60
        if self.chance(0.3):
            bands: list[Band | None] = [None, *Band]
            more["wishes"] = tuple(
                Wish(_pick(rng, self.days), _pick(rng, bands), int(rng.integers(1, 6))) for _ in range(2)
            )
        rests = set(range(7)) - {duty.date.weekday() for duty in own}
        if self.mode is not Mode.FREE and rests and self.chance(0.15):
            more["agreements"] = (Agreement(tuple(sorted(rests)), off=True),)
        elif self.mode is Mode.FREE and self.chance(0.15):
            more["agreements"] = (Agreement((int(rng.integers(7)),), off=True), Agreement((0, 1), earliest=time(8)))
        elif self.chance(0.3):
            more["offers"] = tuple(self._offers(own))
        return replace(who, **more)  # type: ignore[arg-type]

    def _offers(self, own: list[NominalDuty]) -> Iterator[Offer]:
        """A day that is worked lengthened by up to two hours, another one worked besides."""
        day = _pick(self.rng, self.days)
        for duty in own:
            if duty.date == day:
                start = duty.start.astimezone(UTC)
                yield Offer(OfferKind.OVERTIME, day, start - 120 * _MIN, duty.end + 120 * _MIN, 120)
                return
        kind = OfferKind.REST_DAY if self.chance(0.5) else OfferKind.TOIL
        yield Offer(kind, day, self.at(day, time(6)), self.at(day, time(23)), int(self.rng.choice([360, 480, 600])))

    def problem(self, people: list[Handler]) -> RosterProblem:
        """The force's problem, its cover near what the patterns give."""
        rng, begin = self.rng, self.at(self.monday, time(0))
        published, frozen = self._standing(people, begin)
        n = int((self._end() - begin) / (15 * _MIN)) + 48
        pins = self._pins(people, published, frozen)
        covered = [duty for duty in frozen if duty.end > begin]
        return RosterProblem(
            self.monday,
            "Europe/London",
            self._cover(people, begin, n),
            tuple(people),
            tuple(covered),
            self.rules,
            meals_paid=self.meals_paid,
            start_step_min=int(rng.choice([15, 30])),
            length_step_min=int(rng.choice([15, 30])),
            n_weeks=self.n_weeks,
            mode=self.mode,
            pinned=pins,
            published=published,
            role_cover=self._role_cover(),
            briefing_min=int(rng.choice([0, 0, 15])),
            told_at=begin - int(rng.integers(0, 8)) * _DAY if self.chance(0.5) else None,
        )

    def _standing(self, people: list[Handler], begin: datetime) -> tuple[tuple[Duty, ...], tuple[Duty, ...]]:
        """Published duties in repair, some people sick, what is past frozen; else last week's that reach in."""
        frozen = [
            self.written(who, *who.last_week[-1]) for who in people if who.last_week and who.last_week[-1][1] > begin
        ]
        if self.mode is not Mode.REPAIR:
            return (), tuple(frozen)
        now = self.at(_pick(self.rng, self.days[:5]), time(12))
        published = []
        for place, who in enumerate(people):
            duties = [duty for duty in who.nominal if not who.on_leave(duty.date) and not self.chance(0.03)]
            told = [self.written(who, duty.start.astimezone(UTC), duty.end) for duty in duties]
            published += told
            frozen += [duty for duty in told if duty.start < now]
            if self.chance(0.1):
                sick = now.astimezone(ZONE).date() + _DAY
                people[place] = replace(who, leave=(*who.leave, Leave(sick, sick + _DAY)), training=(), learning_min=0)
        return tuple(published), tuple(frozen)

    def written(self, who: Handler, start: datetime, end: datetime) -> Duty:
        """A duty with its meal in the middle and no short breaks."""
        day = start.astimezone(ZONE).date()
        desk = Activity.CALLS_999 if who.has_skill(Skill.CALLS_999, day) else Activity.CALLS_101
        length = int((end - start) / _MIN)
        meal = meal_min(self.rules, length)
        at = start + (length - meal) // 30 * 15 * _MIN
        spans = ((desk, start, at), (Activity.MEAL, at, at + meal * _MIN), (desk, at + meal * _MIN, end))
        return Duty(who.ref, start, end, tuple(ActivitySpan(*span) for span in spans))

    def _pins(self, people: list[Handler], published: tuple[Duty, ...], frozen: tuple[Duty, ...]) -> tuple[Duty, ...]:
        """The pattern's times of a few duties pinned."""
        held = {(duty.handler, duty.start) for duty in frozen}
        told = {(duty.handler, duty.start) for duty in published}
        return tuple(
            self.written(who, duty.start.astimezone(UTC), duty.end)
            for who in people
            for duty in who.nominal[:1]
            if self.chance(0.05)
            and not who.on_leave(duty.date)
            and (who.ref, duty.start) not in held
            and (self.mode is not Mode.REPAIR or (who.ref, duty.start) in told)
        )

    def _role_cover(self) -> tuple[RoleCover, ...]:
        if not self.chance(0.6):
            return ()
        evenings = (RoleCover("mental_health", self.at(d, time(17)), self.at(d + _DAY, time(1)), 1) for d in self.days)
        whole = RoleCover("supervisor", self.at(self.monday, time(0)), self._end(), 1)
        return (whole, *evenings)

    def _cover(self, people: list[Handler], begin: datetime, n: int) -> Cover:
        """Heads near what people give, drawn towards a daily wave, with tables of calls in half of the forces."""
        there = self._presence(people, begin, n)
        hours = np.arange(n) / 4 % 24
        wave = there[:-48].mean() * (1 + 0.3 * np.cos((hours - 16) / 24 * 2 * np.pi))
        shape = np.where(np.arange(n) < n - 48, 0.7 * there + 0.3 * wave, 0)
        heads = np.maximum(np.round(shape * self.rng.uniform(0.7, 1.1)), 0).astype(np.int64)
        nines = np.round(heads * 0.4).astype(np.int64)
        tables: dict[str, Any] = {}
        if self.chance(0.5):
            for name in ("cost_short", "cost_short_999"):
                steps = np.sort(self.rng.integers(0, 400, (n, 5)), axis=1)
                tables[name] = np.concatenate([np.zeros((n, 1), dtype=np.int64), steps.cumsum(axis=1)], axis=1)
        return Cover(begin, nines, heads - nines, **tables)

    def _presence(self, people: list[Handler], begin: datetime, n: int) -> np.ndarray:
        """People on calls by quarter-hour as the pattern says; in free mode their hours by a usual day."""
        there = np.zeros(n)
        if self.mode is Mode.FREE:
            return np.full(n, sum(who.contract.weekly_min for who in people) / (7 * 1440) * 0.85)
        for who in people:
            for duty in who.nominal:
                if not who.on_leave(duty.date):
                    first = int((duty.start - begin) / (15 * _MIN))
                    there[first : first + duty.length_min // 15] += 0.82
        return there
