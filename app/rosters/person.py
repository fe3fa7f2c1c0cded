"""One handler as stored, with what was rostered before, as the roster problem's `Handler` of a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.forces.schemas import ForceSettings
from app.forces.staffing import WEEKDAYS
from app.people.schemas import HandlerIn, TrainingIn
from app.rosters.contract import changes_within, contract_of
from app.rosters.history import WEEK, LastWeeks
from app.rosters.hours import minutes_before, paid_history
from app.rosters.pattern import is_skilled, nominal_duties, on_leave
from rostering.problem import (
    Agreement,
    Band,
    Consent,
    Handler,
    Leave,
    Ledger,
    Mode,
    NominalDuty,
    Offer,
    RoleValidity,
    Skill,
    SkillValidity,
    Training,
    Wish,
)
from rostering.roster import Duty
from rostering.rules import RuleId, RuleSet

_SESSION_MIN = 60


def person(
    handler: HandlerIn,
    settings: ForceSettings,
    rules: RuleSet,
    week_start: date,
    n_weeks: int,
    mode: Mode,
    before: Sequence[Duty],
    last: LastWeeks,
) -> Handler:
    """The handler in the `n_weeks` from `week_start`; `before` are the duties of the fortnight before."""
    n_days, zone = 7 * n_weeks, settings.zone
    days = [week_start + timedelta(days=day) for day in range(n_days)]
    nominal = nominal_duties(handler, week_start, n_days, zone)
    in_pattern = nominal if mode is not Mode.FREE else ()
    worked = [day for day in days if is_skilled(handler, day) and not on_leave(handler, day)]
    contract = contract_of(handler, week_start, n_weeks, zone)
    average_weeks = rules[RuleId.WEEKLY_AVERAGE]["weeks"] - 1
    return Handler(
        ref=handler.ref,
        contract=contract,
        skills=tuple(SkillValidity(Skill(s.skill), s.first, s.last) for s in handler.skills),
        nominal=in_pattern,
        consent=Consent(
            **handler.consent.model_dump(), others=tuple(Consent(**one.model_dump()) for one in handler.consents)
        ),
        # A day without a valid skill is credited like leave: there is no desk to sit at.
        leave=(
            *(Leave(leave.first, leave.last, leave.credited) for leave in handler.leave),
            *(Leave(day, day) for day in days if not is_skilled(handler, day)),
        ),
        training=tuple(
            Training(t.start, t.length_min)
            for t in handler.training
            if _is_in_a_duty(t, handler, nominal) or (mode is Mode.FREE and t.start.astimezone(zone).date() in worked)
        ),
        preferred_offset_min=handler.preferred_offset_min,
        worked_min_by_week=minutes_before(
            handler, handler.worked_min_by_week, week_start, average_weeks, settings, rules, last.all_worked
        ),
        paid_min_by_week=paid_history(handler, settings, rules, week_start, n_weeks, mode, last).by_week,
        last_week=tuple(sorted((duty.start, duty.end) for duty in before if duty.handler == handler.ref)),
        next_start=_next_start(handler, days[-1] + timedelta(days=1), zone) if mode is not Mode.FREE else None,
        opted_out_48h=handler.opted_out_48h,
        roles=tuple(RoleValidity(role.role, role.first, role.last) for role in handler.roles),
        agreements=tuple(
            Agreement(tuple(WEEKDAYS.index(day) for day in agreed.weekdays), agreed.off, agreed.earliest, agreed.latest)
            for agreed in handler.agreements
        ),
        wishes=tuple(Wish(wish.date, wish.band, wish.weight) for wish in handler.wishes if wish.date in days),
        offers=tuple(Offer(**offer.model_dump()) for offer in handler.offers if offer.date in days),
        ledger=_ledger(handler.ref, rules, week_start, last),
        learning_min=learning_due(handler, week_start, n_weeks, [d.date for d in nominal if d.date in worked], last),
        night_worker=handler.night_worker,
        bands=tuple(Band(band) for band in handler.bands),
    )


def left_out(handlers: Sequence[HandlerIn], week_start: date, n_weeks: int, zone: ZoneInfo) -> tuple[str, ...]:
    """In words: who is not rostered on which days for want of a skill, and which training lies outside every duty."""
    return tuple(note for handler in handlers for note in _unplaced(handler, week_start, 7 * n_weeks, zone))


def _unplaced(handler: HandlerIn, first: date, n_days: int, zone: ZoneInfo) -> Iterator[str]:
    nominal = nominal_duties(handler, first, n_days, zone)
    for day in changes_within(handler, first, first + timedelta(days=n_days - 1)):
        yield f"handler {handler.ref}: another contract counts from {day}, the hours of its week are due by days"
    unskilled = [
        f"{duty.date}" for duty in nominal if not is_skilled(handler, duty.date) and not on_leave(handler, duty.date)
    ]
    if unskilled:
        yield f"handler {handler.ref} has no valid skill and is not rostered on {', '.join(unskilled)}"
    around = nominal_duties(handler, first - timedelta(days=1), n_days + 1, zone)
    for session in handler.training:
        inside = 0 <= (session.start.astimezone(zone).date() - first).days < n_days
        if inside and not _is_in_a_duty(session, handler, around):
            yield f"handler {handler.ref}: training at {session.start.isoformat()} lies in no duty and is not rostered"


def _is_in_a_duty(session: TrainingIn, handler: HandlerIn, nominal: Sequence[NominalDuty]) -> bool:
    """Whether the session touches a duty as far as consent can move it; after midnight it is the night duty's."""
    end = session.start + timedelta(minutes=session.length_min)
    for duty in nominal:
        agreed = handler.consent_on(duty.date)
        latest = duty.end + timedelta(minutes=agreed.finish_later_min)
        if session.start < latest and end > duty.start - timedelta(minutes=agreed.start_earlier_min):
            return True
    return False


def _next_start(handler: HandlerIn, first: date, zone: ZoneInfo) -> datetime | None:
    """Earliest start of the next week's first duty that is not on leave."""
    duties = [duty for duty in nominal_duties(handler, first, 7, zone) if not on_leave(handler, duty.date)]
    if not duties:
        return None
    earliest = min(duties, key=lambda duty: duty.start)
    # Consent could move a duty of Monday into this week; what this week must leave open begins with the next.
    week_end = datetime.combine(first, datetime.min.time(), zone).astimezone(earliest.start.tzinfo)
    moved = timedelta(minutes=handler.consent_on(earliest.date).start_earlier_min)
    return max(earliest.start - moved, week_end)


def _ledger(ref: str, rules: RuleSet, week_start: date, last: LastWeeks) -> Ledger:
    """Burdens of published weeks over the window of rule FAIRNESS."""
    mondays = [week_start - back * WEEK for back in range(1, rules[RuleId.FAIRNESS]["window_weeks"] + 1)]

    def borne(by_week: Mapping[date, Mapping[str, int]]) -> int:
        return sum(by_week.get(monday, {}).get(ref, 0) for monday in mondays if monday in last.published)

    return Ledger(
        nights=borne(last.nights),
        weekends=borne(last.weekends),
        wishes_lost=borne(last.wishes_lost),
        bank_holidays=borne(last.bank_holidays),
        short_notice=borne(last.short_notice),
    )


def learning_due(handler: HandlerIn, week_start: date, n_weeks: int, worked: Sequence[date], last: LastWeeks) -> int:
    """Protected learning due in the period [min]: the quota's share of the weeks passed by its end, less what was had.

    Cycles count from the pattern's anchor. Whole sessions of an hour, at most one for each day of duty: who is away
    cannot learn, and catches up. Weeks of the cycle without a roster are taken to have had their share.
    """
    if handler.learning is None:
        return 0
    quota, weeks = handler.learning.minutes, handler.learning.weeks
    due = 0
    monday, end = week_start, week_start + n_weeks * WEEK
    anchor = handler.pattern.anchor - timedelta(days=handler.pattern.anchor.weekday())
    while monday < end:
        place = (monday - anchor).days // 7 % weeks
        cycle_begin, cycle_end = monday - place * WEEK, monday + (weeks - place) * WEEK
        passed = min(cycle_end, end)
        due += _whole(quota, (passed - cycle_begin).days // 7, weeks)
        due -= _given(handler.ref, quota, weeks, cycle_begin, monday, last)
        monday = passed
    return max(min(due, _SESSION_MIN * len(worked)), 0) // _SESSION_MIN * _SESSION_MIN


def _given(ref: str, quota: int, weeks: int, first: date, until: date, last: LastWeeks) -> int:
    """Learning of the cycle's weeks before the period [min]."""
    given, monday, place = 0, first, 0
    while monday < until:
        if monday in last.minutes:
            given += last.learning_min.get(monday, {}).get(ref, 0)
        else:
            given += _whole(quota, place + 1, weeks) - _whole(quota, place, weeks)
        monday, place = monday + WEEK, place + 1
    return given


def _whole(quota: int, passed: int, weeks: int) -> int:
    """Share of the quota due after `passed` weeks, in whole sessions [min]."""
    return quota * passed // (weeks * _SESSION_MIN) * _SESSION_MIN
