"""What the demand pages make of figures: intervals of local calendars, bands, and words at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.accuracy.schemas import AccuracyRow, Model
from app.database import EVERY_FORCE, force_session, service_engine
from app.events.schemas import OccurrenceOut
from app.forces import repository as forces
from app.web.demand.figures import demand
from app.web.demand.spans import WIDTHS, edges
from app.web.demand.view import event_rows, summary, verdict
from forecasting.forecast import Grain
from tests.helpers import FORCE, ORIGIN, done

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize("grain", Grain)
def test_intervals_tile_the_days_asked_for(grain):
    on = date(2026, 10, 25)  # the clocks go back
    found = edges(on, grain, LONDON)
    assert found == sorted(set(found))
    assert found[0] <= datetime(2026, 10, 24, 23, tzinfo=UTC) < found[-1]
    widths = {b - a for a, b in pairwise(found)}
    expected = {
        Grain.QUARTER_HOUR: {timedelta(minutes=15)},
        Grain.HOUR: {timedelta(hours=1)},
        Grain.DAY: {timedelta(hours=24), timedelta(hours=25)},
        Grain.WEEK: {timedelta(days=7), timedelta(days=7, hours=1), timedelta(days=7, hours=-1)},
    }
    assert widths <= expected.get(grain, widths)
    if grain is Grain.MONTH:
        assert {start.astimezone(LONDON).day for start in found} == {1}
    if grain is Grain.YEAR:
        assert {(start.astimezone(LONDON).month, start.astimezone(LONDON).day) for start in found} == {(1, 1)}
    if grain is Grain.WEEK:
        assert {start.astimezone(LONDON).weekday() for start in found} == {0}
    assert set(WIDTHS) == set(Grain)


def test_a_band_is_told_by_what_came_within_it_edges_included():
    came, low, high = [5.0, 10.0, 11.0, None, 4.0], [5, 5, 5, 5, None], [10, 10, 10, 10, 10]
    assert summary(came, low, high, "day", 0.9).startswith("2 of 3 days that came lie within the 90% band")
    assert summary([None], [1], [2], "day", 0.9).startswith("No interval")


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-07-04T14:00:00Z", "2026-07-04T16:00:00Z", ("Sat 4 Jul 2026, 15:00", "Sat 4 Jul 2026, 17:00")),
        ("2026-07-03T23:00:00Z", "2026-07-05T23:00:00Z", ("Sat 4 Jul 2026", "Sun 5 Jul 2026")),
        ("2026-07-04T14:00:00Z", "2026-07-04T23:00:00Z", ("Sat 4 Jul 2026, 15:00", "Sun 5 Jul 2026, 00:00")),
    ],
)
def test_an_event_ends_when_it_ends_and_whole_days_with_their_last_date(start, end, told):
    event = OccurrenceOut.model_validate({"name": "x", "source": "force", "kind": None, "start": start, "end": end})
    (row,) = event_rows([event], LONDON)
    assert (row.first, row.last) == told


def row(**values: object) -> AccuracyRow:
    nothing = dict.fromkeys(("wape_daily", "floor", "excess_over_floor", "crps", "pit95", "day80", "wape"))
    measures = {"multiple_of_floor": 1.049, "bias": 0.0099, "pit80": 0.83, "wape_over": {Model.PROPHET: 1.0}}
    same = {"queue": "999", "lead_week": 1, "model": Model.PACESETTER, "n_forecasts": 3, "offered_calls": 100}
    return AccuracyRow(**nothing | same | measures | values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "As exact as chance allows; no lean; bands as wide as they should be."),
        ({"multiple_of_floor": 1.051}, "5% more error than chance"),
        ({"bias": 0.0101}, "1.0% too many calls forecast"),
        ({"bias": -0.02}, "2.0% too few calls forecast"),
        ({"pit80": 0.831}, "bands too wide: 83%"),
        ({"pit80": 0.769}, "bands too narrow: 77%"),
        ({"wape_over": {Model.PROPHET: 1.01, Model.FOUR_WEEK_MEAN: 0.9}}, "worse than Prophet"),
        ({"multiple_of_floor": None, "bias": None, "pit80": None}, "Not enough to say."),
    ],
)
def test_accuracy_is_told_in_words_at_their_edges(values, expected):
    assert expected in verdict(row(**values))


def test_calls_of_a_month_of_days_are_those_stored_and_the_forecast_lies_where_it_ends(stocked, stocked_database):
    session_engine = service_engine(stocked_database.service, pool_size=1)
    stored = done(stocked.get(f"/v1/forces/{FORCE}/calls"))["queues"]["999"]
    on = ORIGIN.date()
    grid = edges(on, Grain.DAY, LONDON)
    with force_session(session_engine, EVERY_FORCE) as session:
        force = forces.find(session, FORCE)
        found = demand(session, force.id, grid, Grain.DAY, on, 0.9, LONDON)
    session_engine.dispose()
    told, at = found.queues["999"], list(found.starts).index(ORIGIN)
    week = stored["values"]["offered"]  # the newest week is answered where no span is asked for
    assert told.actual[at - 7 : at] == [sum(week[i : i + 96]) for i in range(0, 672, 96)]
    assert told.actual[at:] == [None] * (len(found.starts) - at)
    assert all(value is not None for value in told.mean[at:])
    assert told.mean[at - 1] is None
    assert all(told.bands[0.95][i] >= told.bands[0.25][i] for i in range(at, len(found.starts)))
