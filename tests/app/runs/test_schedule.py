"""What the clock asks for: ordinary runs, never two of a kind, none where there is nothing new."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session
from app.runs import schedule
from app.settings import Settings
from app.tables import ActorRow, RunRow
from tests.helpers import FORCE, ORIGIN, OTHER, add_calls, add_force, compute_run, done, end_run, history_csv

NOON = ORIGIN + timedelta(hours=12)


@pytest.fixture(autouse=True)
def _told(caplog):
    caplog.set_level(logging.INFO, logger=schedule.__name__)


@pytest.fixture
def forecast_id(api, engine) -> str:
    add_force(api)
    done(add_calls(api, history_csv(3)))
    run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 2, "paths": 60, "seed": 5}), 202)
    return compute_run(engine, run["id"])["forecast_id"]


def run_of(api, made: list[UUID]) -> dict:
    (run_id,) = made
    return done(api.get(f"/v1/runs/{run_id}"))


def more_calls(api, hours: float) -> None:
    lines = history_csv(2, ORIGIN + timedelta(hours=hours)).splitlines()
    done(
        add_calls(api, "\n".join([lines[0], *(line for line in lines[1:] if line.split(",")[1] >= ORIGIN.isoformat())]))
    )


def test_a_force_with_history_is_forecast_and_the_others_are_passed_over(api, engine, caplog):
    add_force(api)
    done(add_calls(api, history_csv(2)))
    add_force(api, OTHER)
    add_force(api, "eastshire")
    done(add_calls(api, history_csv(1), "eastshire"))
    run = run_of(api, schedule.reforecast(engine))
    assert (run["force"], run["kind"], run["status"]) == (FORCE, "forecast", "queued")
    assert "no call history" in caplog.text
    assert "7.0 days of history" in caplog.text


def test_a_scheduled_run_is_in_the_name_of_the_schedule(api, engine):
    add_force(api)
    done(add_calls(api, history_csv(2)))
    made = schedule.reforecast(engine)
    with force_session(engine, EVERY_FORCE) as session:
        actor = session.get(ActorRow, session.get(RunRow, made[0]).actor_id)
        assert (actor.name, actor.roles) == ("schedule", [])
    compute_run(engine, str(made[0]))
    more_calls(api, 3)
    again = schedule.reforecast(engine)
    with force_session(engine, EVERY_FORCE) as session:
        assert session.get(RunRow, again[0]).actor_id == actor.id


def test_a_forecast_is_made_again_only_with_new_calls_and_always_as_far_ahead(api, engine, forecast_id, caplog):
    assert schedule.reforecast(engine) == []
    assert f"no new calls since forecast {forecast_id}" in caplog.text
    more_calls(api, 2)
    run = run_of(api, schedule.reforecast(engine))
    assert run["inputs"]["weeks"] == 8, "whatever was asked for last"
    assert run["inputs"]["until"] == (ORIGIN + timedelta(hours=2)).isoformat()


def test_nothing_is_asked_for_twice(api, engine, caplog):
    add_force(api)
    done(add_calls(api, history_csv(2)))
    assert len(schedule.reforecast(engine)) == 1
    assert schedule.reforecast(engine) == []
    assert "under way" in caplog.text


def test_today_is_refreshed_once_for_each_news(api, engine, forecast_id, caplog):
    assert schedule.refresh(engine, NOON) == []
    assert f"no new calls since forecast {forecast_id}" in caplog.text
    more_calls(api, 12)
    made = schedule.refresh(engine, NOON)
    run = run_of(api, made)
    assert (run["kind"], run["inputs"]["forecast_id"]) == ("intraday", forecast_id)
    assert schedule.refresh(engine, NOON) == []
    compute_run(engine, str(made[0]))
    assert schedule.refresh(engine, NOON) == []
    assert "no new calls since forecast" in caplog.text
    more_calls(api, 14)
    assert len(schedule.refresh(engine, NOON + timedelta(hours=2))) == 1


@pytest.mark.usefixtures("forecast_id")
@pytest.mark.parametrize("now", [NOON + timedelta(days=1), NOON + timedelta(weeks=2), NOON - timedelta(days=1)])
def test_yesterdays_calls_refresh_nothing(api, engine, caplog, now):
    more_calls(api, 12)
    assert schedule.refresh(engine, now) == []
    assert "no calls of today" in caplog.text or "no forecast covers" in caplog.text


@pytest.mark.usefixtures("forecast_id")
@pytest.mark.parametrize(("hours", "n_runs"), [(23.75, 1), (24, 0)])
def test_a_day_that_is_whole_has_no_rest(api, engine, caplog, hours, n_runs):
    more_calls(api, hours)
    assert len(schedule.refresh(engine, ORIGIN + timedelta(hours=23, minutes=50))) == n_runs
    assert ("no rest of today" in caplog.text) == (n_runs == 0)


@pytest.mark.usefixtures("forecast_id")
def test_what_was_missed_is_scored(api, engine):
    """The run that the import asked for was cancelled."""
    more_calls(api, 7 * 24 - 1)  # the clocks go forward
    with force_session(engine, EVERY_FORCE) as session:
        missed = session.scalars(select(RunRow.id).where(RunRow.kind == "score")).one()
    assert schedule.score(engine) == []  # it is under way
    done(api.delete(f"/v1/runs/{missed}"))
    run = run_of(api, schedule.score(engine))
    assert end_run(engine, run["id"]).result == {"weeks_scored": 2, "forecasts": 1}


def test_without_forecasts_nothing_is_scored(api, engine):
    add_force(api)
    assert schedule.score(engine) == []


@pytest.mark.parametrize("cron", ["", "daily", "0 25 * * *"])
def test_a_schedule_that_is_none_is_refused(cron):
    with pytest.raises(ValidationError, match="cron"):
        Settings(refresh_cron=cron)
