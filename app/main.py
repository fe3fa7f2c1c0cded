"""Builds the application from settings, routers and error handlers."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi_offline import FastAPIOffline

from app import health
from app.absences import routes as absences
from app.accuracy import routes as accuracy
from app.actions import routes as actions
from app.assessments import routes as assessments
from app.audit import routes as audit
from app.bi import routes as bi
from app.body_limit import BodyLimit
from app.calibration import routes as calibration
from app.calls import routes as calls
from app.capacity import routes as capacity
from app.certificates import routes as certificates
from app.counterfactuals import routes as counterfactuals
from app.covariates import routes as covariates
from app.data_protection import routes as data_protection
from app.database import service_engine
from app.edge.deprecation import Deprecations
from app.edge.openapi import complete
from app.edge.rate_limits import RateLimits
from app.edge.validated import Validated
from app.edge.watched import watch
from app.errors import install_handlers
from app.evaluations import routes as evaluations
from app.events import routes as events
from app.fairness import routes as fairness
from app.forces import routes as forces
from app.forecasts import routes as forecasts
from app.handlers import routes as handlers
from app.handling import routes as handling
from app.identity import routes as identity
from app.intraday import routes as intraday
from app.leave_requests import routes as leave_requests
from app.mappings import routes as mappings
from app.operations.metrics import Metrics
from app.own import routes as own
from app.pacesetter import routes as pacesetter
from app.patterns import routes as patterns
from app.people import pattern_routes as patterns_in_use
from app.people import routes as people
from app.people_files import routes as people_files
from app.replays import routes as replays
from app.requirements import routes as requirements
from app.rest_owed import routes as rest_owed
from app.rosters import edit_routes as roster_edits
from app.rosters import life_routes as roster_life
from app.rosters import look_routes as roster_looks
from app.rosters import routes as rosters
from app.runs import queue
from app.runs import routes as runs
from app.scenarios import routes as scenarios
from app.security_headers import SecurityHeaders
from app.settings import settings
from app.sign_in import account_routes as accounts
from app.sign_in import routes as sign_in
from app.versions import PRODUCT, versions
from app.web.admin import routes as admin_pages
from app.web.assets import PLACE, Assets
from app.web.cover import routes as cover_page
from app.web.demand import routes as demand_page
from app.web.fairness import routes as fairness_page
from app.web.my_shifts import routes as my_shifts
from app.web.problems import ProblemPages
from app.web.roster_life import routes as roster_life_pages
from app.web.roster_life import step_routes as roster_step_pages
from app.web.rosters import routes as roster_page
from app.web.start import routes as start_page
from app.web.team import routes as team_page
from app.web.today import routes as today_page
from app.web.what_if import routes as what_if_pages
from app.webhooks import routes as webhooks
from app.year import routes as year

_DESCRIPTION = """Forecasts 999 and 101 calls in quarter-hours, works out how many handlers each quarter-hour needs,
and rosters named handlers to meet it, with proof. Times are RFC 3339, answers are in UTC. Long work answers 202 with a
run."""

_SETTLED_S = 2.0  # after a start: what could wait until then is loaded, before somebody waits for it


def _load_what_runs_want() -> None:
    """What the first request for a run would otherwise take its time for."""
    queue.load()
    versions()


def create_app(database_url: str | None = None) -> FastAPI:
    """The API on the database at `database_url`, by default that of the settings."""
    url = database_url or settings().database_url
    if url is None:
        raise RuntimeError("PACESETTER_DATABASE_URL is not set: set it, or use 'pacesetter serve'")

    at_once = settings().api_connections

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.engine = service_engine(url, pool_size=at_once, statement_timeout_s=settings().statement_timeout_s)
        app.state.seats, app.state.stopping = anyio.Semaphore(at_once), threading.Event()
        if settings().metrics_port is not None:
            app.state.metrics.serve(app.state.engine, settings().metrics_host, settings().metrics_port)
        loading = threading.Timer(_SETTLED_S, _load_what_runs_want)
        loading.daemon = True
        loading.start()
        yield
        loading.cancel()
        app.state.engine.dispose()

    # Its documentation pages bring their scripts along: a control room's network has no way out.
    app = FastAPIOffline(
        title="Pacesetter",
        version=PRODUCT,
        description=_DESCRIPTION,
        lifespan=lifespan,
        telemetry={"auto_configure": settings().telemetry, "logs": False, "operation_spans": False},
    )
    app.state.metrics = Metrics()
    watch(app, app.state.metrics)
    for room in (  # what is asked most comes first: addresses are tried in this order
        health,
        runs,
        forces,
        forecasts,
        identity,
        audit,
        accounts,
        sign_in,
        calls,
        mappings,
        handling,
        people,
        data_protection,
        handlers,
        people_files,
        patterns_in_use,
        year,
        leave_requests,
        events,
        covariates,
        intraday,
        accuracy,
        calibration,
        replays,
        requirements,
        rosters,
        roster_life,
        roster_edits,
        roster_looks,
        absences,
        rest_owed,
        patterns,
        certificates,
        bi,
        scenarios,
        assessments,
        fairness,
        own,
        evaluations,
        counterfactuals,
        capacity,
        webhooks,
        actions,
        pacesetter,
        start_page,
        roster_life_pages,
        roster_step_pages,
        what_if_pages,
        roster_page,
        admin_pages,
        my_shifts,
        team_page,
        fairness_page,
        today_page,
        cover_page,
        demand_page,
    ):
        app.router.routes.extend(room.router.routes)
    app.mount(PLACE, Assets())
    install_handlers(app)
    complete(app)
    files = ("/calls", "/handling", "/replays", "/log-ons")
    # The last is the outermost.
    app.add_middleware(BodyLimit, most_bytes=settings().max_body_bytes, streamed=files)
    app.add_middleware(Validated)
    app.add_middleware(Deprecations)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=1)
    app.add_middleware(
        RateLimits,
        per_key=settings().rate_limit_per_key,
        per_address=settings().rate_limit_per_address,
        refused=settings().rate_limit_refused,
    )
    app.add_middleware(ProblemPages)
    app.add_middleware(SecurityHeaders, is_https=settings().is_https)
    return app
