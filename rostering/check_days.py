"""Days, times and lengths of one handler's duties, recounted by the checker."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rostering.findings import Book, minutes
from rostering.problem import Agreement, Mode
from rostering.rules import RuleId
from rostering.tour import Kind, Tour, TourDuty, is_consented, length_limits


def check_days(book: Book, tour: Tour) -> None:
    """Days of duty, leave and pins."""
    problem, handler = book.problem, tour.handler
    found = Counter(one.date for one in tour.rostered)
    for day, base in tour.must.items():
        told = f"{found[day]} duties on {day}, expected 1"
        book.expect(found[day] == 1, RuleId.FIXED_DAYS, handler.ref, base[0], told)
    frozen = {one.date for one in tour.duties if one.is_frozen}
    for one in tour.rostered:
        start, leave = one.duty.start, handler.on_leave(one.date)
        book.expect(not leave, RuleId.LEAVE, handler.ref, start, "duty on leave, expected none")
        wrong = _misplaced(book, tour, one, found[one.date], held=one.date in frozen)
        book.expect(leave or wrong is None, RuleId.FIXED_DAYS, handler.ref, start, wrong or "")
    times = {(one.duty.start, one.duty.end) for one in tour.rostered}
    for pin in problem.pinned:
        if pin.handler == handler.ref:
            told = f"no duty until {pin.end.isoformat()}, expected the pinned one"
            book.expect((pin.start, pin.end) in times, RuleId.PINNED, handler.ref, pin.start, told)


def _misplaced(book: Book, tour: Tour, one: TourDuty, n_duties: int, *, held: bool) -> str | None:
    """What is wrong with a duty on its date, or None."""
    problem = book.problem
    if not 0 <= (one.date - problem.week_start).days < 7 * problem.n_weeks:
        return f"duty on {one.date}, expected a date of the period from {problem.week_start}"
    if held:
        return f"duty on {one.date} besides the frozen one, expected none"
    if n_duties > 1 and one.date not in tour.must:
        return f"{n_duties} duties on {one.date}, expected at most 1"
    if one.date not in tour.must and one.kind is Kind.UNASKED:
        return f"duty on {one.date}, expected a rest day: no offer of that date allows it"
    return None


def check_times(book: Book, tour: Tour) -> None:
    """Consent or offer, lengths, agreements, the longest duty and the longest night duty."""
    rules, who = book.problem.rules, tour.handler.ref
    longest, longest_night = rules[RuleId.DUTY_MAX]["duty_max_min"], rules[RuleId.NIGHT_LENGTH]["longest_min"]
    for one in tour.rostered:
        start, length = one.duty.start, one.length_min
        told = f"duty of {length} min, expected at most {longest}"
        book.expect(0 < length <= longest, RuleId.DUTY_MAX, who, start, told)
        night_ok = not (one.is_night and longest_night) or length <= longest_night
        told = f"night duty of {length} min, expected at most {longest_night}"
        book.expect(night_ok, RuleId.NIGHT_LENGTH, who, start, told)
        if book.problem.mode is Mode.FREE:
            _check_free(book, tour, one)
        elif one.base is not None:
            _check_moves(book, tour, one, one.base)
        is_published = book.problem.mode is Mode.REPAIR and tour.days.published.get(one.date) == (start, one.duty.end)
        for agreement in tour.handler.agreements:
            if one.date.weekday() in agreement.weekdays:
                wrong = _against(book, agreement, one)
                book.expect(wrong is None or is_published, RuleId.AGREEMENT, who, start, wrong or "")


def _check_free(book: Book, tour: Tour, one: TourDuty) -> None:
    """Free mode: the start in one of the handler's bands, the length in the catalogue."""
    bands = [band for band in book.problem.band_starts if band.band in tour.handler.bands]
    fits = any(band.first_min <= one.clock_min <= band.last_min for band in bands)
    named = ", ".join(f"{band.band} {_clock(band.first_min)} to {_clock(band.last_min)}" for band in bands)
    told = f"starts {_clock(one.clock_min)}, expected a start of a band: {named or 'none'}"
    book.expect(fits, RuleId.CONSENT, tour.handler.ref, one.duty.start, told)
    low, high = length_limits(book.problem, None)
    told = f"duty of {one.length_min} min, expected {low} to {high}"
    book.expect(low <= one.length_min <= high, RuleId.LENGTHS, tour.handler.ref, one.duty.start, told)


def _check_moves(book: Book, tour: Tour, one: TourDuty, base: tuple[datetime, datetime]) -> None:
    """Consent and lengths of a duty on a working day; one that an offer lengthens, or that was published, has both."""
    who, duty = tour.handler.ref, one.duty
    given = one.kind in (Kind.ORDINARY, Kind.OVERTIME)
    start, finish = minutes(base[0], duty.start), minutes(base[1], duty.end)
    start_earlier, start_later, finish_earlier, finish_later = tour.handler.consent.moves_min(one.date)
    told = (
        f"start moved {start:+} min, finish {finish:+} min, expected within the consent of this date, start "
        f"{-start_earlier:+} to {start_later:+} and finish {-finish_earlier:+} to {finish_later:+} min, or an offer of "
        "overtime"
    )
    consented = given or is_consented(tour.handler, one.date, duty, base)
    book.expect(consented, RuleId.CONSENT, who, duty.start, told)
    low, high = length_limits(book.problem, base)
    told = f"duty of {one.length_min} min, expected {low} to {high}"
    book.expect(given or low <= one.length_min <= high, RuleId.LENGTHS, who, duty.start, told)


def _against(book: Book, agreement: Agreement, one: TourDuty) -> str | None:
    """How the duty breaks the agreement of its weekday, or None."""
    if agreement.off:
        return f"duty on {one.date}, expected none by the handler's agreement"
    if agreement.earliest is not None and one.clock_min < _minute(agreement.earliest):
        return f"starts {_clock(one.clock_min)}, expected {agreement.earliest:%H:%M} or later by the agreement"
    if agreement.latest is not None and one.duty.end > _latest_end(book, agreement, agreement.latest, one.date):
        return f"ends {one.duty.end.isoformat()}, expected {agreement.latest:%H:%M} or sooner by the agreement"
    return None


def _latest_end(book: Book, agreement: Agreement, latest: time, day: date) -> datetime:
    """The agreement's latest end of a duty of ``day``: one at or before its earliest start is of the next date."""
    overnight = agreement.earliest is not None and latest <= agreement.earliest
    return datetime.combine(day + timedelta(days=overnight), latest, ZoneInfo(book.problem.timezone))


def _minute(moment: time) -> int:
    return 60 * moment.hour + moment.minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
