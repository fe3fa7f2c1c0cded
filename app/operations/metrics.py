"""Figures for Prometheus: what this process has answered, and what the database says of runs, results and workers."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import EVERY_FORCE, force_session, utc_now
from app.operations import repository

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The registry of one API process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.in_flight = Gauge("pacesetter_http_in_flight", "Requests being answered.", registry=self.registry)
        self._answered = Counter(
            "pacesetter_http_requests",
            "Answers by route; status 0: the client went away first.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "pacesetter_http_request_seconds",
            "Time from the head of a request to the end of its answer [s].",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        method = method if method in _METHODS else "other"  # a client can make up any number of them
        self._answered.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def serve(self, engine: Engine, host: str, port: int) -> None:
        """Answer `GET /metrics` on a port of its own, from a thread of its own."""
        self.registry.register(State(engine))
        start_http_server(port, addr=host, registry=self.registry)


class State(Collector):
    """What the database says, asked at each scrape. Every API process tells the same: take one, or the greatest."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: the registry would otherwise ask the database when the process starts."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("pacesetter_database_up", "1 where the database answered this scrape, else 0.")
        try:
            with force_session(self._engine, EVERY_FORCE) as session:
                found = repository.state(session, utc_now())
        except SQLAlchemyError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        for family in found:
            metric = GaugeMetricFamily(f"pacesetter_{family.name}", family.meaning, labels=family.labels)
            for labels, value in family.values:
                metric.add_metric(labels, value)
            yield metric
