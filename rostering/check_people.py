"""The people tier of one handler and what overtime costs, term by term, recounted by the checker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from rostering.check_rest import before, dates_worked, runs_of
from rostering.findings import Book, local_date, minutes, quarters
from rostering.problem import Band, Handler, Mode
from rostering.roster import TierName
from rostering.rules import RuleId
from rostering.tour import Kind, Span, Tour, TourDuty, band_of, clock_min, is_night

_DAY = timedelta(days=1)
_SATURDAY = 5


def count_choices(book: Book, tours: Iterable[Tour]) -> None:
    """What people were promised or asked: moves off their wish, wishes, changes of what was published, overtime."""
    handlers = book.problem.handlers
    for tour in tours:
        for one in tour.duties:
            _count_moves(book, tour, one)
            _count_overtime(book, tour.handler, one)
        _count_wishes(book, tour)
        if book.problem.mode is Mode.REPAIR:
            _count_changes(book, tour, _above(handlers, tour.handler, "short_notice"))


def count_strain(book: Book, tours: Iterable[Tour]) -> None:
    """Fatigue, days after nights, and nights and weekends against the ledger."""
    handlers = book.problem.handlers
    for tour in tours:
        above = (
            _above(handlers, tour.handler, "nights"),
            _above(handlers, tour.handler, "weekends", "bank_holidays"),
        )
        for one in tour.duties:
            _count_after_nights(book, tour, one)
            _count_fairness(book, tour.handler, one, above)
        _count_fatigue(book, tour)


def _above(handlers: Sequence[Handler], who: Handler, *burdens: str) -> int:
    """Whole units that somebody's ledger has above the mean of everybody's, 0 or more."""
    borne: list[int] = [sum(getattr(handler.ledger, name) for name in burdens) for handler in handlers]
    own: int = sum(getattr(who.ledger, name) for name in burdens)
    return max(0, (len(borne) * own - sum(borne)) // len(borne))


def _people(book: Book, rule: RuleId, who: Handler, when: datetime | date, amount: int) -> None:
    book.penalise(TierName.PEOPLE, rule, who.ref, when, amount)


def _count_moves(book: Book, tour: Tour, one: TourDuty) -> None:
    """Quarter-hours that start and finish lie off the wish, of duties that the pattern has."""
    nominal = tour.days.nominal.get(one.date)
    if nominal is None or one.is_frozen or one.kind in (Kind.REST_DAY, Kind.TOIL) or one.base is None:
        return
    wish = tour.handler.preferred_offset_min
    start, end = one.base if one.kind is Kind.OVERTIME else (one.duty.start, one.duty.end)
    off = quarters(abs(minutes(nominal[0], start) - wish)) + quarters(abs(minutes(nominal[1], end) - wish))
    _people(book, RuleId.CONSENT, tour.handler, one.duty.start, off)


def _count_fatigue(book: Book, tour: Tour) -> None:
    """Rule FATIGUE: long runs, long and early duties, single rest days, starts that move backward."""
    problem, rule = book.problem, book.problem.rules[RuleId.FATIGUE]
    runs, worked = runs_of(problem, tour), dates_worked(problem, tour)
    clocks = _clocks(book, tour)
    for one in tour.duties:
        run, night_run = runs[one.date]
        yesterday, alone = one.date - _DAY, one.date - 2 * _DAY
        rested = yesterday not in worked and not tour.handler.on_leave(yesterday)
        backward = clocks.get(yesterday, one.clock_min) - one.clock_min
        amount = (
            rule["per_duty_beyond"] * (run > rule["duties_free"])
            + rule["per_night_beyond"] * (one.is_night and night_run > rule["nights_free"])
            + rule["per_long"] * (one.length_min > rule["long_over_min"])
            + rule["per_early"] * (one.clock_min < rule["early_before_min"])
            + rule["per_single_rest_day"] * (rested and alone in worked)
            + rule["per_backward"] * (backward > rule["backward_over_min"])
        )
        _people(book, RuleId.FATIGUE, tour.handler, one.duty.start, amount)


def _clocks(book: Book, tour: Tour) -> dict[date, int]:
    """Local start of each date's duty [min], history included."""
    starts = [*(start for start, _ in tour.history), *(one.duty.start for one in tour.duties)]
    return {local_date(book.problem, start): clock_min(book.problem, start) for start in starts}


def _count_after_nights(book: Book, tour: Tour, one: TourDuty) -> None:
    """Rule AFTER_NIGHTS: a duty that is no night duty too soon after one."""
    rule, last = book.problem.rules[RuleId.AFTER_NIGHTS], before(tour, one)
    soon = last is not None and not one.is_night and minutes(last[1], one.duty.start) < rule["rest_min"]
    amount = rule["per_time"] * (soon and last is not None and is_night(book.problem, *last))
    _people(book, RuleId.AFTER_NIGHTS, tour.handler, one.duty.start, amount)


def _count_fairness(book: Book, handler: Handler, one: TourDuty, above: tuple[int, int]) -> None:
    """Rule FAIRNESS: nights, and duties on weekends and bank holidays, dearer above the mean of the ledger."""
    rule = book.problem.rules[RuleId.FAIRNESS]
    prices = [
        min(rule["most"], rule[name] + rule["per_above_mean"] * more)
        for name, more in zip(("per_night", "per_weekend_duty"), above, strict=True)
    ]
    amount = prices[0] * one.is_night + prices[1] * (
        one.date.weekday() >= _SATURDAY or one.date in book.problem.bank_holidays
    )
    _people(book, RuleId.FAIRNESS, handler, one.duty.start, amount)


def _count_wishes(book: Book, tour: Tour) -> None:
    """Rule WISHES: a day off with a duty, or a band without one; not on leave."""
    problem, per_point = book.problem, book.problem.rules[RuleId.WISHES]["per_point"]
    bands: dict[date, set[Band]] = {}
    for one in tour.duties:
        bands.setdefault(one.date, set()).add(band_of(problem, one.clock_min))
    for wish in tour.handler.wishes:
        within = 0 <= (wish.date - problem.week_start).days < 7 * problem.n_weeks
        if within and not tour.handler.on_leave(wish.date):
            met = wish.date not in bands if wish.band is None else wish.band in bands.get(wish.date, ())
            _people(book, RuleId.WISHES, tour.handler, wish.date, 0 if met else wish.weight * per_point)


def _count_changes(book: Book, tour: Tour, above: int) -> None:
    """Rule CHANGES: each date that differs from the published roster; not on leave, nor frozen. By rule FAIRNESS a date
    is dearer for whoever was changed at short notice more often than the mean (``above``)."""
    rule = book.problem.rules[RuleId.FAIRNESS]
    more = min(rule["most"], rule["per_above_mean"] * above)
    planned = {one.date: (one.duty.start, one.duty.end) for one in tour.duties}
    frozen = {one.date for one in tour.duties if one.is_frozen}
    for day in sorted({*planned, *tour.days.published} - frozen):
        if not tour.handler.on_leave(day):
            amount = _change(book, tour.days.published.get(day), planned.get(day), more)
            _people(book, RuleId.CHANGES, tour.handler, day, amount)


def _change(book: Book, told: Span | None, planned: Span | None, more: int) -> int:
    if told == planned:
        return 0
    rule = book.problem.rules[RuleId.CHANGES]
    if told is None or planned is None:
        moved = sum(quarters(minutes(*span)) for span in (told, planned) if span is not None)
    else:
        moved = sum(quarters(abs(minutes(a, b))) for a, b in zip(told, planned, strict=True))
    return rule["per_day"] + more + rule["per_quarter"] * moved


def _count_overtime(book: Book, handler: Handler, one: TourDuty) -> None:
    """Rule OVERTIME: work besides the pattern, in the cost tier."""
    problem, rule = book.problem, book.problem.rules[RuleId.OVERTIME]
    if one.is_frozen or one.kind not in (Kind.OVERTIME, Kind.REST_DAY, Kind.TOIL):
        return
    if one.kind is Kind.OVERTIME:
        amount = rule["per_overtime"] * quarters(one.overtime_min)
    else:
        short_notice = one.duty.start < (problem.told_at or problem.begin) + timedelta(days=rule["notice_days"])
        per_quarter = rule["per_rest_day" if one.kind is Kind.REST_DAY else "per_toil"]
        amount = (per_quarter + rule["per_short_notice"] * short_notice) * quarters(one.length_min)
    book.penalise(TierName.COST, RuleId.OVERTIME, handler.ref, one.duty.start, amount)
