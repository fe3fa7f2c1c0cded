"""Events: what is refused, recurrence by the wall clock over both clock changes, and the intervals that they cover."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.calendar import Calendar
from forecasting.errors import EventInvalid
from forecasting.events import Event, mask, occurrences

LONDON = ZoneInfo("Europe/London")
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def local(month: int, day: int, hour: int = 0, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON, fold=fold)


KICK_OFF = local(8, 1, 19)


def match(start: datetime = KICK_OFF, hours: float = 3, **changes) -> Event:
    """A home match of three hours on a Saturday evening."""
    given = {"name": "match", "start": start, "end": start + timedelta(hours=hours)} | changes
    return Event(**given)


def found(event: Event, since: datetime = YEAR[0], until: datetime = YEAR[1]):
    return occurrences([event], since, until, "Europe/London")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "  "}, ["name", "'  '"]),
        ({"start": datetime(2026, 8, 1, 19)}, ["start", "2026-08-01T19:00:00", "time zone"]),  # noqa: DTZ001
        ({"end": datetime(2026, 8, 1, 22)}, ["end", "2026-08-01T22:00:00", "time zone"]),  # noqa: DTZ001
        ({"end": local(8, 1, 19)}, ["2026-08-01T19:00:00+01:00", "not after"]),
        ({"end": local(8, 1, 18)}, ["2026-08-01T18:00:00+01:00", "2026-08-01T19:00:00+01:00"]),
        ({"start": local(8, 1, 19).replace(microsecond=1)}, ["start", "19:00:00.000001", "whole seconds"]),
        ({"multiplier": float("nan")}, ["multiplier", "nan"]),
        ({"multiplier": float("inf")}, ["multiplier", "inf"]),
        ({"multiplier": 0.0}, ["multiplier", "0.0", "above 0"]),
        ({"multiplier": 20.001}, ["multiplier", "20.001", "at most 20"]),
        ({"multiplier": 1.5, "is_excluded": True}, ["excluded", "1.5"]),
        ({"queues": ("999", "999")}, ["queues", "once"]),
        ({"queues": ("",)}, ["queues"]),
        ({"rule": ""}, ["RFC 5545"]),
        ({"rule": "every Saturday"}, ["EVERY SATURDAY", "RFC 5545"]),
        ({"rule": "FREQ=HOURLY"}, ["HOURLY", "DAILY"]),
        ({"rule": "FREQ=DAILY;BYHOUR=1,2,3"}, ["BYHOUR"]),
        ({"rule": "FREQ=DAILY;BYMONTHDAY=30"}, ["BYMONTHDAY", "MONTHLY"]),
        ({"rule": "FREQ=WEEKLY;INTERVAL=0"}, ["INTERVAL", "'0'"]),
        ({"rule": "FREQ=WEEKLY;COUNT=-1"}, ["COUNT", "'-1'"]),
        ({"rule": "FREQ=WEEKLY;COUNT=2,3"}, ["COUNT", "2,3"]),
        ({"rule": "FREQ=WEEKLY;COUNT=3;UNTIL=20261231"}, ["COUNT", "UNTIL"]),
        ({"rule": "FREQ=WEEKLY;UNTIL=20261301"}, ["UNTIL", "20261301"]),
        ({"rule": "FREQ=WEEKLY;UNTIL=20260731"}, ["ends on 2026-07-31"]),
        ({"rule": "FREQ=YEARLY;BYMONTH=13"}, ["BYMONTH", "13"]),
        ({"rule": "FREQ=YEARLY;BYMONTH=0"}, ["BYMONTH", "'0'"]),
        ({"rule": "FREQ=WEEKLY;BYDAY=SAT"}, ["BYDAY", "SAT"]),
        ({"rule": "FREQ=WEEKLY;BYDAY=2SA"}, ["BYDAY", "2SA", "MONTHLY"]),
        ({"rule": "FREQ=MONTHLY;BYDAY=6SA"}, ["BYDAY", "6SA", "1 to 5"]),
        ({"rule": "FREQ=MONTHLY;BYDAY=0SA"}, ["BYDAY", "0SA"]),
        ({"rule": "FREQ=YEARLY;BYMONTH=8;BYDAY=-6SA"}, ["BYDAY", "-6SA", "-5"]),
        ({"rule": "FREQ=YEARLY;BYDAY=54SA"}, ["BYDAY", "54SA", "1 to 53"]),
        ({"rule": "FREQ=WEEKLY;FREQ=DAILY"}, ["FREQ", "twice"]),
        ({"rule": "FREQ=WEEKLY;BYDAY=SU"}, ["Saturday 2026-08-01", "Sunday 2026-08-02"]),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, ["no day at all"]),
        ({"rule": "FREQ=WEEKLY;COUNT=3\nEXDATE:20260808"}, ["COUNT"]),
    ],
)
def test_what_can_not_be_an_event_is_refused(changes, words):
    with pytest.raises(EventInvalid) as refusal:
        match(**changes)
    for word in words:
        assert word in str(refusal.value)


@pytest.mark.parametrize("multiplier", [1e-3, 1.0, 20.0])
def test_a_multiplier_at_its_limits_is_allowed(multiplier):
    assert match(multiplier=multiplier).multiplier == multiplier


@pytest.mark.parametrize(("minutes", "allowed"), [(24 * 60, True), (24 * 60 + 1, False)])
def test_occurrences_may_touch_but_not_overlap(minutes, allowed):
    if allowed:
        match(hours=minutes / 60, rule="FREQ=DAILY")
        return
    with pytest.raises(EventInvalid, match="overlap"):
        match(hours=minutes / 60, rule="FREQ=DAILY")


def test_months_of_a_rule_that_are_too_short_are_found():
    match(local(1, 1), 28 * 24, rule="FREQ=MONTHLY")
    with pytest.raises(EventInvalid, match="2026-02-01"):
        match(local(1, 1), 29 * 24, rule="FREQ=MONTHLY")


def test_a_match_stays_at_seven_in_the_evening_over_both_clock_changes():
    weekly = found(match(datetime(2026, 1, 3, 19, tzinfo=LONDON), rule="FREQ=WEEKLY;BYDAY=SA"))
    assert len(weekly) == 52
    for occurrence in weekly:
        assert occurrence.start.tzinfo is UTC
        start, end = occurrence.start.astimezone(LONDON), occurrence.end.astimezone(LONDON)
        assert (start.hour, start.minute, end.hour, start.date()) == (19, 0, 22, end.date())
    assert {occurrence.start.hour for occurrence in weekly} == {18, 19}


def test_the_wall_clock_is_the_forces_whatever_zone_the_start_is_written_in():
    rule = "FREQ=WEEKLY;COUNT=20"
    start = local(8, 1, 19)
    in_utc = match(start.astimezone(UTC), rule=rule)
    assert [o.start for o in found(in_utc)] == [o.start for o in found(match(start, rule=rule))]


def test_a_night_over_a_clock_change_lasts_as_long_as_its_hours():
    """Saturday 22:00 to Sunday 04:00, every week: five hours in spring, seven in autumn, else six."""
    night = match(datetime(2026, 1, 3, 22, tzinfo=LONDON), 6, rule="FREQ=WEEKLY")
    lengths = {o.start.astimezone(LONDON).date(): (o.end - o.start) / timedelta(hours=1) for o in found(night)}
    assert lengths.pop(date(2026, 3, 28)) == 5
    assert lengths.pop(date(2026, 10, 24)) == 7
    assert set(lengths.values()) == {6.0}


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        # 29 March 2026 has no 01:00 to 02:00: 01:30 is taken as 02:30 British Summer Time.
        (datetime(2026, 3, 28, 1, 30, tzinfo=LONDON), 30, ("2026-03-29T01:30", "2026-03-29T01:30")),
        (datetime(2026, 3, 28, 1, 30, tzinfo=LONDON), 45, ("2026-03-29T01:30", "2026-03-29T02:15")),
        (datetime(2026, 3, 28, 0, 30, tzinfo=LONDON), 60, ("2026-03-29T00:30", "2026-03-29T01:30")),
        # 25 October 2026 has 01:00 to 02:00 twice: the first is meant.
        (datetime(2026, 10, 24, 1, 30, tzinfo=LONDON), 15, ("2026-10-25T00:30", "2026-10-25T00:45")),
        (datetime(2026, 10, 24, 0, 30, tzinfo=LONDON), 120, ("2026-10-24T23:30", "2026-10-25T02:30")),
    ],
)
def test_wall_clock_times_that_do_not_exist_or_exist_twice(start, minutes, expected):
    second = found(match(start, minutes / 60, rule="FREQ=DAILY;COUNT=2"))[1]
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in expected)
    if end <= begin:
        end = begin + timedelta(minutes=minutes)
    assert (second.start, second.end) == (begin, end)


def test_the_first_occurrence_is_the_instants_given():
    """The second 01:30 of the autumn day, which a wall clock alone could not name."""
    start = local(10, 25, 1, 30, fold=1)
    once = found(Event("outage", start, local(10, 25, 1, 45, fold=1)))
    assert [(o.start, o.end) for o in once] == [
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 45, tzinfo=UTC))
    ]
    backwards = Event("outage", local(10, 25, 1, 45), local(10, 25, 1, 15, fold=1), "FREQ=WEEKLY;COUNT=3")
    assert {o.end - o.start for o in found(backwards)} == {timedelta(minutes=30)}


@pytest.mark.parametrize(
    ("until", "n"), [("20260815", 3), ("20260814", 2), ("20260815T190000", 3), ("20260815T185959", 2),
                     ("20260815T180000Z", 3), ("20260815T175959Z", 2)],
)  # fmt: skip
def test_until_includes_its_day_or_its_instant(until, n):
    assert len(found(match(rule=f"RRULE:FREQ=WEEKLY;UNTIL={until}"))) == n


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", ["08-01", "08-15", "08-29"]),
        ("FREQ=MONTHLY;BYDAY=1SA;COUNT=3", ["08-01", "09-05", "10-03"]),
        ("FREQ=MONTHLY;BYDAY=-5SA;COUNT=2", ["08-01", "10-03"]),
        ("FREQ=YEARLY;BYDAY=31SA,53SA;COUNT=1", ["08-01"]),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1;COUNT=2", ["08-01", "09-05"]),
        ("FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=1,31;COUNT=2", ["08-01", "08-31"]),
        ("freq=daily;byday=sa,su;count=3", ["08-01", "08-02", "08-08"]),
        ("FREQ=DAILY", None),
    ],
)
def test_rules_give_the_days_of_the_standard(rule, days):
    starts = [f"{o.start:%m-%d}" for o in found(match(rule=rule))]
    assert starts == days if days else len(starts) == 153


@pytest.mark.parametrize(
    ("since", "until", "n"),
    [
        (local(8, 1, 22), local(8, 8, 19), 0),  # begins as the first ends, ends as the second begins
        (local(8, 1, 21, 59), local(8, 8, 19), 1),
        (local(8, 1, 22), local(8, 8, 19, 1), 1),
        (local(8, 1, 20), local(8, 1, 21), 1),  # inside
    ],
)
def test_a_window_finds_what_touches_it(since, until, n):
    assert len(found(match(rule="FREQ=WEEKLY"), since, until)) == n


def test_several_events_come_in_order_of_time():
    fair = Event("fair", local(8, 1), local(8, 10))
    all_of = occurrences([match(rule="FREQ=WEEKLY;COUNT=3"), fair], *YEAR, "Europe/London")
    assert [o.event.name for o in all_of] == ["fair", "match", "match", "match"]
    assert [o.start for o in all_of] == sorted(o.start for o in all_of)


def test_a_window_of_too_many_occurrences_is_refused():
    daily = match(datetime(1990, 1, 1, 12, tzinfo=LONDON), rule="FREQ=DAILY")
    day = timedelta(days=1)
    assert len(found(daily, daily.start, daily.start + 10_000 * day)) == 10_000
    with pytest.raises(EventInvalid, match="10000 times"):
        found(daily, daily.start, daily.start + 10_001 * day)
    with pytest.raises(EventInvalid, match="time zone"):
        found(daily, datetime(2026, 1, 1), YEAR[1])  # noqa: DTZ001


@given(st.integers(0, 334 * 24 * 60), st.integers(1, 24 * 60), st.integers(1, 9))
def test_occurrences_follow_each_other_without_overlap(first_min, minutes, interval):
    start = (YEAR[0] + timedelta(minutes=first_min)).astimezone(LONDON)
    seen = found(match(start, minutes / 60, rule=f"FREQ=DAILY;INTERVAL={interval}"))
    assert all(o.start < o.end for o in seen)
    assert all(a.end <= b.start for a, b in pairwise(seen))
    assert abs(len(seen) - (YEAR[1] - start) / timedelta(days=interval)) <= 1


@pytest.mark.parametrize(
    ("start", "end", "n", "first"),
    [
        (local(8, 1, 19), local(8, 1, 22), 12, 76),
        (local(8, 1, 19, 7), local(8, 1, 19, 30), 2, 76),  # eight of fifteen minutes
        (local(8, 1, 19, 8), local(8, 1, 19, 30), 1, 77),  # seven
        (local(8, 1, 19, 4), local(8, 1, 19, 11), 0, 0),
        (local(7, 31), local(8, 3), 96, 0),
    ],
)
def test_the_mask_holds_intervals_that_lie_mostly_inside(start, end, n, first):
    grid = Calendar("Europe/London").grid(local(8, 1), 900, 96)
    inside = mask(occurrences([Event("fair", start, end)], *YEAR, "Europe/London"), grid)
    assert inside.dtype == np.bool_
    assert inside.sum() == n
    assert not n or int(inside.argmax()) == first


def test_nothing_masks_nothing():
    grid = Calendar("Europe/London").grid(local(8, 1), 900, 96)
    assert not mask((), grid).any()
