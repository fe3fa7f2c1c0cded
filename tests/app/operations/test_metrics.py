"""What the database says of runs, workers and results, as Prometheus reads it."""

from __future__ import annotations

import psycopg
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app.database import service_engine
from app.operations.metrics import State
from tests.helpers import FORCE, done


def told(url: str) -> dict[tuple[str, ...], float]:
    engine = service_engine(url, pool_size=1)
    registry = CollectorRegistry()
    registry.register(State(engine))
    text = generate_latest(registry).decode()
    engine.dispose()
    return {
        (sample.name.removeprefix("pacesetter_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_runs_queue_gaps_coverage_and_workers_are_told(stocked, stocked_database):
    before = told(stocked_database.service)
    assert before["database_up",] == 1
    assert before["runs", "forecast", "succeeded"] == 2
    assert before["workers",] == 0
    assert before["queue_oldest_seconds",] == 0
    done(stocked.post(f"/v1/forces/{FORCE}/requirements", json={"correct": False}), 202)
    with psycopg.connect(stocked_database.owner) as connection:
        connection.execute("update runs set created_at = created_at - interval '90 s' where status = 'queued'")
        connection.execute("insert into procrastinate.procrastinate_workers default values")
        connection.execute("insert into procrastinate.procrastinate_workers (last_heartbeat) "
                           "values (now() - interval '1 minute')")  # fmt: skip
    after = told(stocked_database.service)
    assert after["runs", "requirement", "queued"] == 1
    assert after["queue_depth", "runs.execute"] == before["queue_depth", "runs.execute"] + 1
    assert after["queue_oldest_seconds",] >= 90
    assert after["workers",] == 1


def test_a_database_that_is_away_is_told_as_such():
    assert told("postgresql://nobody@127.0.0.1:9/none") == {("database_up",): 0.0}
