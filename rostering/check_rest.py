"""Rest and runs of one handler, recounted by the checker as elapsed time, history and frozen duties included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rostering.findings import Book, local_date, minutes
from rostering.problem import RosterProblem
from rostering.rules import RuleId
from rostering.tour import Span, Tour, TourDuty, is_night

_OPEN_MIN = 10**6  # a rest without a known start or end
_Rest = tuple[datetime | None, datetime | None]


def check_rest(book: Book, tour: Tour) -> None:
    """Single duty, daily rest, weekly rest, duties and nights in a row."""
    _check_gaps(book, tour)
    if tour.rostered:
        _check_weekly_rest(book, tour)
    _check_runs(book, tour)


def _check_gaps(book: Book, tour: Tour) -> None:
    """Overlaps and daily rest before each duty; not between two duties that nobody rosters here."""
    rest_min, who = book.problem.rules[RuleId.DAILY_REST]["rest_min"], tour.handler.ref
    free_from, was_fixed = _end_of(tour.history), True
    for one in tour.duties:
        start = one.duty.start
        if free_from is not None and not (was_fixed and one.is_frozen):
            gap = minutes(free_from, start)
            book.expect(gap >= 0, RuleId.SINGLE_DUTY, who, start, f"overlaps the last by {-gap} min")
            told = f"{gap} min of rest before the duty, expected {rest_min}"
            book.expect(gap >= rest_min, RuleId.DAILY_REST, who, start, told)
        if free_from is None or one.duty.end >= free_from:
            free_from, was_fixed = one.duty.end, one.is_frozen


def _end_of(spans: tuple[Span, ...]) -> datetime | None:
    return max((end for _, end in spans), default=None)


def _check_weekly_rest(book: Book, tour: Tour) -> None:
    rests = rests_of(tour)
    for week in range(book.problem.n_weeks):
        first = book.problem.week_start + timedelta(days=7 * week)
        told = (
            f"no rest of 24 h besides the daily rest in the week of {first}, nor one of 48 h or two of 24 h in the "
            "fortnight that ends with it"
        )
        book.expect(_has_weekly_rest(book.problem, rests, first), RuleId.WEEKLY_REST, tour.handler.ref, None, told)


def rests_of(tour: Tour) -> list[_Rest]:
    """Rests between duties: open before the known ones; after the last one open, or until the next one known."""
    rests: list[_Rest] = []
    free_from: datetime | None = None
    for start, end in (*tour.history, *((one.duty.start, one.duty.end) for one in tour.duties)):
        rests.append((free_from, start))
        free_from = end if free_from is None else max(free_from, end)
    return [*rests, (free_from, tour.handler.next_start)]


def _has_weekly_rest(problem: RosterProblem, rests: list[_Rest], monday: date) -> bool:
    """24 h in the week, or 48 h or twice 24 h in it and the previous week, each besides the daily rest.

    A rest counts if it lasts the weekly and the daily rest together and its weekly part lies in the week or fortnight.
    """
    rule, week_end = problem.rules[RuleId.WEEKLY_REST], _midnight(problem, monday + timedelta(days=7))

    def count(since: date, least_min: int) -> int:
        opens, n = _midnight(problem, since), 0
        for start, end in rests:
            whole = minutes(start, end) if start is not None and end is not None else _OPEN_MIN
            inside = minutes(max(start or opens, opens), min(end or week_end, week_end))
            n += inside >= least_min and whole >= least_min + rule["daily_rest_min"]
        return n

    before = monday - timedelta(days=7)
    return (
        count(monday, rule["week_rest_min"]) >= 1
        or count(before, rule["fortnight_rest_min"]) >= 1
        or count(before, rule["week_rest_min"]) >= 2
    )


def _midnight(problem: RosterProblem, day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), ZoneInfo(problem.timezone)).astimezone(UTC)


def _check_runs(book: Book, tour: Tour) -> None:
    most, most_nights = (
        book.problem.rules[RuleId.RUN]["most_duties"],
        book.problem.rules[RuleId.NIGHT_RUN]["most_nights"],
    )
    runs = runs_of(book.problem, tour)
    for one in tour.rostered:
        run, night_run = runs[one.date]
        told = f"{run} days of duty in a row, expected at most {most}"
        book.expect(run <= most, RuleId.RUN, tour.handler.ref, one.duty.start, told)
        if one.is_night:
            told = f"{night_run} nights in a row, expected at most {most_nights}"
            book.expect(night_run <= most_nights, RuleId.NIGHT_RUN, tour.handler.ref, one.duty.start, told)


def runs_of(problem: RosterProblem, tour: Tour) -> dict[date, tuple[int, int]]:
    """For each date with a duty, history included: days of duty and nights of duty in a row that end with it."""
    nights = dates_worked(problem, tour)
    runs: dict[date, tuple[int, int]] = {}
    for day in sorted(nights):
        run, night_run = runs.get(day - timedelta(days=1), (0, 0))
        runs[day] = run + 1, night_run + 1 if nights[day] else 0
    return runs


def dates_worked(problem: RosterProblem, tour: Tour) -> dict[date, bool]:
    """Local dates with a duty, history included, and whether one of them is a night duty."""
    nights: dict[date, bool] = {}
    for start, end in tour.history:
        day = local_date(problem, start)
        nights[day] = nights.get(day, False) or is_night(problem, start, end)
    for one in tour.duties:
        nights[one.date] = nights.get(one.date, False) or one.is_night
    return nights


def before(tour: Tour, one: TourDuty) -> Span | None:
    """The latest duty that starts earlier, history included."""
    spans = [*tour.history, *((other.duty.start, other.duty.end) for other in tour.duties)]
    return max((span for span in spans if span[0] < one.duty.start), default=None)
