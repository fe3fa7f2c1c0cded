"""A plan judged from the problem alone: whether it is legal, its people and cost tiers; and random small problems."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from rostering.problem import (
    Band,
    BandStarts,
    Consent,
    Contract,
    Handler,
    Leave,
    Ledger,
    Mode,
    Offer,
    OfferKind,
    RosterProblem,
    Wish,
)
from rostering.roster import Duty
from rostering.rules import ENGLAND_WALES_STAFF, RuleId, RuleSet, paid_min, tolerance_min
from tests.rostering.roster_helpers import BOTH, LONDON, MONDAY, cover, local, nominal

Span = tuple[datetime, datetime]


def minutes(first: datetime, second: datetime) -> int:
    return int((second.astimezone(UTC) - first.astimezone(UTC)).total_seconds()) // 60


def quarters(span_min: int) -> int:
    return -(-abs(span_min) // 15)


class Judge:
    """Rules of one handler's plan, straight from their definitions."""

    def __init__(self, problem: RosterProblem, who: Handler) -> None:
        self.problem, self.who, self.rules = problem, who, problem.rules
        zone = ZoneInfo(problem.timezone)
        mine = [d for d in problem.frozen_duties if d.handler == who.ref]
        self.frozen = [(d.start, d.end) for d in mine if d.start >= problem.begin]
        earlier = [(d.start, d.end) for d in mine if d.start < problem.begin]
        self.history = sorted({(a.astimezone(UTC), b.astimezone(UTC)) for a, b in (*who.last_week, *earlier)})
        self.zone = zone
        self.published = {self.date(d.start): d for d in problem.published if d.handler == who.ref}
        self.nominal = {d.date: d for d in who.nominal}

    def date(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def clock(self, moment: datetime) -> int:
        here = moment.astimezone(self.zone)
        return here.hour * 60 + here.minute

    def is_night(self, span: Span) -> bool:
        total, at = 0, span[0]
        while at < span[1]:
            total += 15 * (self.clock(at) >= 1380 or self.clock(at) < 360)
            at += timedelta(minutes=15)
        return total >= self.rules[RuleId.NIGHT]["least_min"]

    def paid(self, length: int) -> int:
        return paid_min(self.rules, length, meals_paid=self.problem.meals_paid)

    def base(self, day: date) -> Span | None:
        if day in self.published:
            return self.published[day].start, self.published[day].end
        return (self.nominal[day].start, self.nominal[day].end) if day in self.nominal else None

    def is_overtime(self, span: Span) -> bool:
        day = self.date(span[0])
        base = self.base(day)
        if span in self.frozen or base is None or self.is_ordinary(span):
            return False
        return span[0] <= base[0] and span[1] >= base[1]

    def is_ordinary(self, span: Span) -> bool:
        day = self.date(span[0])
        base, rule = self.base(day), self.rules[RuleId.LENGTHS]
        if self.problem.mode is Mode.REPAIR and base == span:
            return True
        if day in self.nominal:
            base = self.nominal[day].start, self.nominal[day].end
        if base is None:
            return False
        a, b, c, d = self.who.consent.moves_min(day)
        length = minutes(*base)
        low, high = min(rule["shortest_min"], length), max(rule["longest_min"], length)
        ok = low <= minutes(*span) <= high and minutes(*span) <= self.rules[RuleId.DUTY_MAX]["duty_max_min"]
        return ok and -a <= minutes(base[0], span[0]) <= b and -c <= minutes(base[1], span[1]) <= d

    def is_rest_day(self, span: Span) -> bool:
        return self.problem.mode is not Mode.FREE and self.base(self.date(span[0])) is None

    def contract(self, span: Span) -> int:
        if self.is_rest_day(span):
            return 0
        return (
            self.paid(minutes(*self.base(self.date(span[0])))) if self.is_overtime(span) else self.paid(minutes(*span))
        )

    def is_legal(self, duties: list[Span]) -> bool:
        spans = sorted([*duties, *self.frozen])
        return self._hours(spans, duties) and self._gaps(spans) and self._weekly(spans) and self._runs(spans)

    def _hours(self, spans: list[Span], duties: list[Span]) -> bool:
        off, tolerance = self._off(spans)
        worked = sum(self.paid(minutes(*span)) for span in spans) + self._credit(self.who.on_leave)
        fine = abs(off) <= tolerance
        for rule_id in (RuleId.WEEKLY_AVERAGE, RuleId.NIGHT_AVERAGE):
            holds = not self.who.opted_out_48h if rule_id is RuleId.WEEKLY_AVERAGE else self.who.night_worker
            if holds and duties:
                rule = self.rules[rule_id]
                weeks = max(rule["weeks"], self.problem.n_weeks)
                days = 7 - rule["rest_days_per_week"] if rule_id is RuleId.NIGHT_AVERAGE else 1
                past = list(self.who.worked_min_by_week)[::-1][: weeks - self.problem.n_weeks]
                past += [self.who.contract.weekly_min] * (weeks - self.problem.n_weeks - len(past))
                fine = fine and worked + sum(past) <= rule["average_min"] * weeks * days
        return fine

    def _credit(self, counts: object) -> int:
        days = [self.problem.week_start + timedelta(days=n) for n in range(7 * self.problem.n_weeks)]
        frozen = {self.date(start) for start, _ in self.frozen}
        if self.problem.mode is Mode.FREE:
            return self.who.contract.weekly_min * sum(counts(day) for day in days) // 7
        return sum(self.paid(d.length_min) for d in self.who.nominal if counts(d.date) and d.date not in frozen)

    def _off(self, spans: list[Span]) -> tuple[int, int]:
        contract = self.who.contract
        weeks = max(contract.cycle_weeks, self.problem.n_weeks)
        past = list(self.who.paid_min_by_week)[::-1][: weeks - self.problem.n_weeks]
        past += [contract.weekly_min] * (weeks - self.problem.n_weeks - len(past))
        total = sum(past) + self._credit(self.who.credited) + sum(self.contract(span) for span in spans)
        return total - weeks * contract.weekly_min, tolerance_min(self.rules, weeks)

    def _gaps(self, spans: list[Span]) -> bool:
        known = [(span, True) for span in self.history] + [(span, span in self.frozen) for span in spans]
        rest = self.rules[RuleId.DAILY_REST]["rest_min"]
        return all(minutes(a[1], b[0]) >= rest or (x and y) for (a, x), (b, y) in pairwise(known))

    def _weekly(self, spans: list[Span]) -> bool:
        known = [*self.history, *spans]
        never = datetime(1999, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
        ends = [never[0], *(span[1] for span in known)]
        starts = [*(span[0] for span in known), self.who.next_start or never[1]]
        rests, rule = list(zip(ends, starts, strict=True)), self.rules[RuleId.WEEKLY_REST]
        weeks = [local(self.problem.week_start, 0, days=7 * k) for k in range(-1, self.problem.n_weeks + 1)]

        def count(opens: datetime, closes: datetime, least: int) -> int:
            return sum(
                minutes(max(a, opens), min(b, closes)) >= least and minutes(a, b) >= least + rule["daily_rest_min"]
                for a, b in rests
            )

        return all(
            count(opens, closes, rule["week_rest_min"]) >= 1
            or count(before, closes, rule["fortnight_rest_min"]) >= 1
            or count(before, closes, rule["week_rest_min"]) >= 2
            for before, opens, closes in zip(weeks, weeks[1:], weeks[2:], strict=False)
        )

    def _runs(self, spans: list[Span]) -> bool:
        known = {self.date(a): self.is_night((a, b)) for a, b in [*self.history, *spans]}
        for span in spans:
            run, nights = self._run(known, self.date(span[0]))
            if span not in self.frozen and run > self.rules[RuleId.RUN]["most_duties"]:
                return False
            if span not in self.frozen and nights > self.rules[RuleId.NIGHT_RUN]["most_nights"]:
                return False
        return True

    def _run(self, known: dict[date, bool], day: date) -> tuple[int, int]:
        run = nights = 0
        while day - timedelta(days=run) in known:
            run += 1
        while known.get(day - timedelta(days=nights), False):
            nights += 1
        return run, nights

    def people(self, duties: list[Span]) -> int:
        spans = sorted([*duties, *self.frozen])
        known = [*self.history, *spans]
        days = {self.date(a): (a, b) for a, b in known}
        nights = {day: self.is_night(span) for day, span in days.items()}
        fatigue, after = self.rules[RuleId.FATIGUE], self.rules[RuleId.AFTER_NIGHTS]
        total = quarters(self._off(spans)[0])
        for span in spans:
            day, before = self.date(span[0]), known[known.index(span) - 1] if known.index(span) else None
            run, night_run = self._run(nights, day)
            total += fatigue["per_duty_beyond"] * (run > fatigue["duties_free"])
            total += fatigue["per_night_beyond"] * (night_run > fatigue["nights_free"])
            total += fatigue["per_long"] * (minutes(*span) > fatigue["long_over_min"])
            total += fatigue["per_early"] * (self.clock(span[0]) < fatigue["early_before_min"])
            one, two = day - timedelta(days=1), day - timedelta(days=2)
            alone = one not in days and two in days and not self.who.on_leave(one)
            total += fatigue["per_single_rest_day"] * alone
            if one in days and self.clock(days[one][0]) - self.clock(span[0]) > fatigue["backward_over_min"]:
                total += fatigue["per_backward"]
            if before and self.is_night(before) and not self.is_night(span):
                total += after["per_time"] * (minutes(before[1], span[0]) < after["rest_min"])
            total += self._fair(span) + (self._moves(span) if span not in self.frozen else 0)
        return total + self._wishes(spans) + self._changes(duties)

    def _fair(self, span: Span) -> int:
        rule, total = self.rules[RuleId.FAIRNESS], 0
        day = self.date(span[0])
        off = day.weekday() >= 5 or day in self.problem.bank_holidays
        for name, fields, counts in (
            ("per_night", ("nights",), self.is_night(span)),
            ("per_weekend_duty", ("weekends", "bank_holidays"), off),
        ):
            above = self._above(*fields)
            total += counts * min(rule["most"], rule[name] + rule["per_above_mean"] * above)
        return total

    def _above(self, *fields: str) -> int:
        borne = [sum(getattr(one.ledger, field) for field in fields) for one in (self.who, *self.problem.handlers)]
        return max(0, int(np.floor(borne[0] - np.mean(borne[1:]) + 1e-9)))

    def _moves(self, span: Span) -> int:
        day = self.date(span[0])
        if day not in self.nominal:
            return 0
        if self.is_overtime(span):
            span = self.base(day)
        own, wish = self.nominal[day], self.who.preferred_offset_min
        return quarters(minutes(own.start, span[0]) - wish) + quarters(minutes(own.end, span[1]) - wish)

    def _wishes(self, spans: list[Span]) -> int:
        worked = {self.date(a): a for a, _ in spans}
        total = 0
        for wish in self.who.wishes:
            if not self.who.on_leave(wish.date):
                met = wish.date not in worked
                if wish.band is not None:
                    met = wish.date in worked and self._band(self.clock(worked[wish.date])) is wish.band
                total += self.rules[RuleId.WISHES]["per_point"] * wish.weight * (not met)
        return total

    def _band(self, clock: int) -> Band:
        def away(band: BandStarts) -> int:
            inside = band.first_min <= clock <= band.last_min
            return 0 if inside else min((band.first_min - clock) % 1440, (clock - band.last_min) % 1440)

        return min(self.problem.band_starts, key=away).band

    def _changes(self, duties: list[Span]) -> int:
        if self.problem.mode is not Mode.REPAIR:
            return 0
        rule, plan = self.rules[RuleId.CHANGES], {self.date(span[0]): span for span in duties}
        fair = self.rules[RuleId.FAIRNESS]
        more = min(fair["most"], fair["per_above_mean"] * self._above("short_notice"))
        frozen, total = {self.date(start) for start, _ in self.frozen}, 0
        for day in {*plan, *self.published} - frozen:
            told, now = self.published.get(day), plan.get(day)
            if self.who.on_leave(day) or (told and now and (told.start, told.end) == now):
                continue
            first, second = (told.start, told.end) if told else now, now or (told.start, told.end)
            moved = quarters(minutes(first[0], second[0])) + quarters(minutes(first[1], second[1]))
            whole = quarters(minutes(*first))
            total += rule["per_day"] + more + rule["per_quarter"] * (moved if told and now else whole)
        return total

    def cost(self, duties: list[Span]) -> int:
        rule, total = self.rules[RuleId.OVERTIME], 0
        told = self.problem.told_at or self.problem.begin
        for span in duties:
            if self.is_overtime(span):
                total += rule["per_overtime"] * (minutes(*span) - minutes(*self.base(self.date(span[0])))) // 15
            if self.is_rest_day(span):
                prices = [
                    rule["per_rest_day"] if offer.kind is OfferKind.REST_DAY else rule["per_toil"]
                    for offer in self.who.offers
                    if offer.kind is not OfferKind.OVERTIME and offer.earliest <= span[0] and span[1] <= offer.latest
                ]
                late = span[0] < told + timedelta(days=rule["notice_days"])
                total += minutes(*span) // 15 * (min(prices) + rule["per_short_notice"] * late)
        return total


def odd_rules(rng: np.random.Generator) -> RuleSet:
    """Rules tight enough to bind within a week of few duties."""
    rules = ENGLAND_WALES_STAFF
    rules = rules.replaced(RuleId.RUN, most_duties=int(rng.integers(2, 7)))
    rules = rules.replaced(RuleId.NIGHT_RUN, most_nights=int(rng.integers(1, 4)))
    rules = rules.replaced(RuleId.FATIGUE, duties_free=int(rng.integers(1, 4)), nights_free=int(rng.integers(1, 3)))
    rules = rules.replaced(RuleId.CONTRACT, tolerance_min=int(rng.integers(15, 60)) * 60)
    rules = rules.replaced(RuleId.AFTER_NIGHTS, rest_min=int(rng.choice([1500, 2000, 2760, 3600])))
    rules = rules.replaced(
        RuleId.WEEKLY_REST, week_rest_min=int(rng.choice([1440, 1440, 2880, 3600])), fortnight_rest_min=4320
    )
    return rules.replaced(RuleId.DAILY_REST, rest_min=int(rng.choice([660, 660, 660, 960])))


def _history(rng: np.random.Generator, week: date) -> tuple[Span, ...]:
    spans: list[Span] = []
    for back in range(int(rng.integers(0, 9)), 0, -1):
        start = local(week, int(rng.choice([6, 9, 14, 21])), days=-back)
        if rng.random() < 0.6 and (not spans or minutes(spans[-1][1], start) >= 600):
            spans.append((start, start + timedelta(minutes=480)))
    return tuple(spans)


def random_problem(seed: int, mode: Mode, weeks: int = 1) -> RosterProblem:
    """A handler or two with few options a day and everything that the mode knows."""
    rng = np.random.default_rng((seed, list(Mode).index(mode), weeks))
    week = date(2025, 3, 24) if rng.random() < 0.3 else date(2025, 10, 20) if rng.random() < 0.3 else MONDAY
    days = 7 * weeks
    off = set(rng.choice(days, size=days - 4, replace=False).tolist())
    worked = [day for day in range(days) if day not in off]
    starts = {day: int(rng.choice([6, 7, 14, 21])) for day in range(days)}
    duties = tuple(
        nominal(week + timedelta(days=day), starts[day], length_min=int(rng.choice([480, 540])))
        for day in (worked if mode is not Mode.FREE else ())
    )
    offers: list[Offer] = []
    published: list[Duty] = []
    frozen: list[Duty] = []
    if mode is Mode.REPAIR:
        for duty in duties:
            start = duty.start + timedelta(minutes=int(rng.choice([0, 0, 30, 150])))
            published.append(Duty("A", start, start + timedelta(minutes=duty.length_min), ()))
        if rng.random() < 0.5:
            frozen, published = published[:1], published
    for day in range(days) if mode is not Mode.FREE else ():
        if rng.random() < 0.3 and len(offers) < 2:
            kind = OfferKind.OVERTIME if day in worked else OfferKind(str(rng.choice(["rest_day", "toil"])))
            first = starts[day] - 1 if day in worked else 8
            most = 60 if day in worked else 480
            date_ = week + timedelta(days=day)
            offers.append(Offer(kind, date_, local(date_, first), local(date_, first, days=1), most))
    leave = (Leave(week + timedelta(days=worked[1]), week + timedelta(days=worked[1]), bool(rng.random() < 0.5)),)
    wishes = tuple(
        Wish(
            week + timedelta(days=int(day)),
            [None, Band.EARLY, Band.NIGHT][int(rng.integers(3))],
            int(rng.integers(1, 4)),
        )
        for day in rng.choice(days, size=3, replace=False)
    )
    if mode is Mode.FREE:
        leave = tuple(Leave(week + timedelta(days=day), week + timedelta(days=day)) for day in off)
    elif rng.random() < 0.6:
        leave = ()
    past = tuple(int(x) for x in rng.integers(1800, 2700, size=16))
    who = Handler(
        "A",
        Contract(int(rng.choice([1500, 2220])), int(rng.choice([1, 4]))),
        BOTH,
        duties,
        Consent(*(int(x) for x in rng.choice([0, 60], size=4))) if mode is not Mode.FREE else Consent(),
        leave,
        preferred_offset_min=int(rng.choice([-30, 0, 30])),
        worked_min_by_week=past,
        paid_min_by_week=past,
        last_week=_history(rng, week),
        next_start=local(week, int(rng.choice([0, 6, 30 % 24])), days=days) if rng.random() < 0.4 else None,
        wishes=wishes,
        offers=tuple(offers),
        ledger=Ledger(*(int(n) for n in rng.integers(0, 9, size=5))),
        night_worker=bool(rng.random() < 0.3),
    )
    other = Handler("B", Contract(2220), BOTH, (), ledger=Ledger(2, 1, 0, 1, 2))
    bands = (BandStarts(Band.EARLY, 360, 360), BandStarts(Band.LATE, 840, 840), BandStarts(Band.NIGHT, 1290, 1290))
    rules = odd_rules(rng).replaced(RuleId.LENGTHS, shortest_min=420, longest_min=540)
    return RosterProblem(
        week,
        LONDON,
        _cover(week, weeks),
        (who, other),
        tuple(frozen),
        rules,
        mode=mode,
        n_weeks=weeks,
        start_step_min=60,
        length_step_min=60,
        band_starts=bands,
        published=tuple(published),
        told_at=local(week, 0, days=-int(rng.integers(0, 4))),
        bank_holidays=(week, week + timedelta(days=2)),
    )


def _cover(week: date, weeks: int) -> object:
    return cover(week, tail=48 + 672 * (weeks - 1))
