"""Solver-free checker: recounts every rule, the cover and the cost of a roster. Shares no code with the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from rostering.check_hours import check_hours, check_rest
from rostering.coverage import SkillCoverage, recount_cover
from rostering.findings import Book, Violation, local_date, minutes, quarters
from rostering.problem import Handler, NominalDuty, RosterProblem, Skill
from rostering.roster import Activity, ActivitySpan, Duty, Roster, TierName
from rostering.rules import RuleId, meal_min

_CALLS = {Activity.CALLS_999: Skill.CALLS_999, Activity.CALLS_101: Skill.CALLS_101}


@dataclass(frozen=True, slots=True, eq=False)
class CheckReport:
    """What the checker found.

    violations : broken hard rules
    notices : soft rules not met
    rules_checked : number of facts tested per rule
    start : first interval of the coverage, UTC; one every 15 minutes
    coverage : per skill, over the local week; people of frozen and foreign duties included
    cost : value of each tier, the tail included, as ``Tier.objective``
    """

    violations: tuple[Violation, ...]
    notices: tuple[Violation, ...]
    rules_checked: Mapping[RuleId, int]
    start: datetime
    coverage: Mapping[Skill, SkillCoverage]
    cost: Mapping[TierName, int]

    @property
    def is_legal(self) -> bool:
        """Whether no hard rule is broken."""
        return not self.violations


def check(problem: RosterProblem, roster: Roster) -> CheckReport:
    """Recount ``roster`` against ``problem``: rules, coverage of the local week, cost of week and tail."""
    book = Book(problem)
    handlers = {handler.ref: handler for handler in problem.handlers}
    of_handler: dict[str, list[Duty]] = {ref: [] for ref in handlers}
    for duty in sorted(roster.duties, key=lambda duty: duty.start):
        known = duty.handler in handlers
        book.expect(known, RuleId.FIXED_DAYS, duty.handler, duty.start, "not a handler of this week, expected none")
        if known:
            of_handler[duty.handler].append(duty)
    people_cost = sum(_check_handler(book, handlers[ref], duties) for ref, duties in of_handler.items())
    coverage, service, over = recount_cover(problem, roster)
    hard = [v for v in book.broken if problem.rules[v.rule].hard]
    soft = [v for v in book.broken if not problem.rules[v.rule].hard]
    cost = {TierName.SERVICE: service, TierName.PEOPLE: people_cost, TierName.COST: over}
    checked = MappingProxyType(dict(book.tested))
    return CheckReport(tuple(hard), tuple(soft), checked, problem.begin, coverage, MappingProxyType(cost))


def _check_handler(book: Book, handler: Handler, duties: list[Duty]) -> int:
    """Every rule of one handler's week; people cost [quarter-hours]."""
    days = _check_days(book, handler, duties)
    moved = 0
    for duty in duties:
        _check_activities(book, duty)
        _check_breaks(book, duty)
        _check_skills(book, handler, duty)
        longest = book.problem.rules[RuleId.DUTY_MAX]["duty_max_min"]
        length = minutes(duty.start, duty.end)
        book.expect(
            0 < length <= longest,
            RuleId.DUTY_MAX,
            handler.ref,
            duty.start,
            f"duty of {length} min, expected at most {longest}",
        )
        if (nominal := days.get(local_date(book.problem, duty.start))) is not None:
            moved += _check_moves(book, handler, nominal, duty)
    _check_training(book, handler, duties)
    check_rest(book, handler, duties)
    return moved + check_hours(book, handler, duties)


def _check_days(book: Book, handler: Handler, duties: list[Duty]) -> dict[date, NominalDuty]:
    """Days of leave, missing, extra and double duties; the nominal duties by date that are worked."""
    expected = {duty.date: duty for duty in handler.nominal if not handler.on_leave(duty.date)}
    found = Counter(local_date(book.problem, duty.start) for duty in duties)
    for day in expected:
        book.expect(
            found[day] == 1,
            RuleId.FIXED_DAYS,
            handler.ref,
            expected[day].start,
            f"{found[day]} duties on {day}, expected 1",
        )
    for duty in duties:
        day = local_date(book.problem, duty.start)
        leave = handler.on_leave(day)
        book.expect(not leave, RuleId.LEAVE, handler.ref, duty.start, "duty on leave, expected none")
        book.expect(
            leave or day in expected,
            RuleId.FIXED_DAYS,
            handler.ref,
            duty.start,
            f"duty on {day}, expected a rest day",
        )
    return expected


def _check_activities(book: Book, duty: Duty) -> None:
    grid = book.problem.rules[RuleId.ACTIVITIES]["grid_min"]
    at = duty.start
    for span in duty.activities:
        ok = span.start == at and span.end > span.start and minutes(book.problem.begin, span.end) % grid == 0
        ok = ok and (span.end - span.start) % timedelta(minutes=grid) == timedelta(0)
        book.expect(
            ok,
            RuleId.ACTIVITIES,
            duty.handler,
            span.start,
            f"{span.activity} {span.start} to {span.end}, expected from {at}, by quarter-hours",
        )
        at = span.end
    book.expect(
        at == duty.end,
        RuleId.ACTIVITIES,
        duty.handler,
        duty.end,
        f"activities end {at}, expected the duty's end {duty.end}",
    )


def _check_breaks(book: Book, duty: Duty) -> None:
    """Statutory break, the meal's length and place, short breaks."""
    rules, length, who = book.problem.rules, minutes(duty.start, duty.end), duty.handler
    statutory, rule = rules[RuleId.STATUTORY_BREAK], rules[RuleId.MEAL]
    rests = [s for s in _merged(duty.activities) if s.activity in (Activity.MEAL, Activity.BREAK)]
    inner = [s for s in rests if s.start > duty.start and s.end < duty.end]
    book.expect(
        length <= statutory["duty_over_min"] or any(minutes(s.start, s.end) >= statutory["break_min"] for s in inner),
        RuleId.STATUTORY_BREAK,
        who,
        duty.start,
        f"no break of {statutory['break_min']} min inside a duty of {length} min",
    )
    meals = [s for s in rests if s.activity == Activity.MEAL]
    due = meal_min(rules, length)
    clear = rule["clear_ends_min"]
    if length < rule["clear_from_min"]:
        clear = max(0, (length - due) * rule["clear_percent"] // 1500 * 15)
    lengths = [minutes(s.start, s.end) for s in meals]
    book.expect(lengths == [due], RuleId.MEAL, who, duty.start, f"meals {lengths} min, expected one of {due}")
    for meal in meals:
        before, behind = minutes(duty.start, meal.start), minutes(meal.end, duty.end)
        book.expect(
            min(before, behind) >= clear,
            RuleId.MEAL,
            who,
            meal.start,
            f"meal {before} min after the start, {behind} before the end, expected {clear} or more",
        )
    short = rules[RuleId.SHORT_BREAKS]
    room = clear >= short["clear_ends_min"] + short["break_min"] + short["clear_meal_min"]  # before and after alike
    wanted = room * ((length >= short["one_from_min"]) + (length >= short["two_from_min"]))
    taken = sum(s.activity == Activity.BREAK and minutes(s.start, s.end) == short["break_min"] for s in inner)
    book.expect(taken >= wanted, RuleId.SHORT_BREAKS, who, duty.start, f"{taken} short breaks, expected {wanted}")


def _check_skills(book: Book, handler: Handler, duty: Duty) -> None:
    day = local_date(book.problem, duty.start)
    for span in duty.activities:
        if (skill := _CALLS.get(span.activity)) is not None:
            book.expect(
                handler.has_skill(skill, day),
                RuleId.SKILL,
                handler.ref,
                span.start,
                f"answers {skill} on {day}, expected a valid skill {skill}",
            )


def _check_moves(book: Book, handler: Handler, nominal: NominalDuty, duty: Duty) -> int:
    """Consent and lengths; quarter-hours that start and finish lie off the handler's wish."""
    consent, lengths = handler.consent, book.problem.rules[RuleId.LENGTHS]
    start, finish = minutes(nominal.start, duty.start), minutes(nominal.end, duty.end)
    ok = -consent.start_earlier_min <= start <= consent.start_later_min
    ok = ok and -consent.finish_earlier_min <= finish <= consent.finish_later_min
    book.expect(
        ok,
        RuleId.CONSENT,
        handler.ref,
        duty.start,
        f"start moved {start} min, finish {finish} min, expected within {consent}",
    )
    length = minutes(duty.start, duty.end)
    low = min(lengths["shortest_min"], nominal.length_min)
    high = max(lengths["longest_min"], nominal.length_min)
    book.expect(
        low <= length <= high,
        RuleId.LENGTHS,
        handler.ref,
        duty.start,
        f"duty of {length} min, expected {low} to {high}",
    )
    wish = handler.preferred_offset_min
    return quarters(abs(start - wish)) + quarters(abs(finish - wish))


def _check_training(book: Book, handler: Handler, duties: list[Duty]) -> None:
    due: Counter[tuple[datetime, datetime]] = Counter()
    for session in handler.training:
        if handler.on_leave(local_date(book.problem, session.start)):
            continue
        start, end = session.start.astimezone(UTC), session.end
        due[(start, end)] += 1
        inside = any(
            s.activity == Activity.TRAINING and s.start <= start and s.end >= end
            for duty in duties
            for s in _merged(duty.activities)
        )
        book.expect(inside, RuleId.TRAINING, handler.ref, start, f"no training until {end}, expected the session")
    planned = sum(minutes(start, end) for start, end in due)
    given = sum(minutes(s.start, s.end) for d in duties for s in d.activities if s.activity == Activity.TRAINING)
    book.expect(
        given == planned,
        RuleId.TRAINING,
        handler.ref,
        None,
        f"{given} min of training, expected the {planned} of the sessions",
    )


def _merged(spans: Iterable[ActivitySpan]) -> list[ActivitySpan]:
    """Neighbouring spans of one activity as one."""
    merged: list[ActivitySpan] = []
    for span in spans:
        if merged and merged[-1].activity == span.activity and merged[-1].end == span.start:
            merged[-1] = ActivitySpan(span.activity, merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged
