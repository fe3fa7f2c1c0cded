"""Scenarios: requested as runs, refused where their changes contradict each other or ask for what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forecasts import service as forecasts
from app.requirements import service as requirements
from app.requirements.service import INTERVAL, QUEUES
from app.rosters import service as rosters
from app.rosters.period import week_bounds
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.scenarios import repository
from app.scenarios.levers import (
    DemandLever,
    HeadcountLever,
    Lever,
    PatternLever,
    RepeatsLever,
    RosterLever,
    SkillMixLever,
    SurgeLever,
)
from app.scenarios.schemas import ScenarioEntry, ScenarioIn, ScenariosOut
from app.tables import ScenarioRow

_WEEK = timedelta(days=7)
_MOST = timedelta(weeks=5)


@dataclass(frozen=True, slots=True)
class _Base:
    """The plan that is changed: whose forecast, from when to when, and how many handlers work it (None: seats)."""

    forecast_id: UUID
    since: datetime
    until: datetime
    n_handlers: int | None


def request(work: Work, body: ScenarioIn, idempotency_key: str | None) -> RunOut:
    """Queue a scenario. Raises `NotFound` for an unknown base, `Invalid` naming the change that can't be made."""
    asked = body.model_dump(mode="json", by_alias=True)
    earlier = runs.earlier(work, "scenario", asked, idempotency_key)
    if earlier is not None:
        return earlier
    settings = forces.current_settings(work.session, work.force.id)
    base = _base(work, body, settings.settings)
    _check(work, body.changes, base, settings.settings)
    inputs = {
        "forecast_id": str(base.forecast_id),
        "from": base.since.isoformat(),
        "to": base.until.isoformat(),
        "settings_version": settings.version,
    }
    return runs.request(work, "scenario", asked, inputs, body.seed, idempotency_key)


def find(session: Session, force_id: UUID, scenario_id: UUID) -> ScenarioRow:
    row = repository.find(session, force_id, scenario_id)
    if row is None:
        raise NotFound(f"scenario {scenario_id} is unknown")
    return row


def asked(session: Session, row: ScenarioRow) -> ScenarioIn:
    """What the scenario was asked for with, but for its changes: they are the row's, and may be of a kind that is no
    longer taken."""
    return ScenarioIn.model_validate(runs.get(session, row.run_id).inputs["asked"] | {"changes": []})


def page(session: Session, force_id: UUID, cursor: UUID | None, size: int) -> ScenariosOut:
    """Newest first, from the one after `cursor`. Raises `Invalid` for a cursor that is none."""
    rows, following = repository.page(session, force_id, cursor, size)
    return ScenariosOut(scenarios=[entry(session, row) for row in rows], next=following)


def entry(session: Session, row: ScenarioRow) -> ScenarioEntry:
    return ScenarioEntry(
        id=row.id,
        run_id=row.run_id,
        name=row.name,
        created_at=row.created_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        settings_version=row.settings_version,
        base=row.base,
        changes=row.changes,
        synthetic=forces.settings_of_version(session, row.force_id, row.settings_version).synthetic,
    )


def _base(work: Work, body: ScenarioIn, settings: ForceSettings) -> _Base:
    session, force_id, base = work.session, work.force.id, body.base
    if base.roster_id is not None:
        roster = rosters.find(session, force_id, base.roster_id)
        begin, end = week_bounds(roster.week_start, settings, roster.weeks)
        if body.since is not None or body.until is not None:
            raise invalid("from, to", _shown(body.since, body.until), "neither: a roster is compared over its weeks")
        return _Base(roster.forecast_id, begin, end, len(roster.body["paid_min"]))
    if base.requirement_id is not None:
        requirement = requirements.find(session, force_id, base.requirement_id)
        name, bounds = f"requirement {requirement.id}", (requirement.starts_at, requirement.ends_at)
        forecast_id = requirement.forecast_id
    else:
        forecast = forecasts.find(session, force_id, base.forecast_id)
        name, bounds, forecast_id = f"forecast {forecast.id}", (forecast.starts_at, forecast.ends_at), forecast.id
        missing = set(QUEUES) - set(forecast.description["queues"])
        if missing:
            raise Conflict(f"{name} has no queue {', '.join(sorted(missing))}: a scenario needs 999 and 101")
    since = body.since or bounds[0]
    # Seven local days: an hour less or more where the clocks change.
    week_later = since.astimezone(settings.zone) + _WEEK
    until = body.until or min(week_later.astimezone(since.tzinfo), bounds[1])
    on_grid = not (since - bounds[0]) % INTERVAL and not (until - bounds[0]) % INTERVAL
    if not (bounds[0] <= since < until <= bounds[1] and on_grid and until - since <= _MOST):
        raise invalid(
            "from, to",
            _shown(since, until),
            f"at most {_MOST.days} days on quarter-hours of {name}, {_shown(*bounds)}",
        )
    return _Base(forecast_id, since, until, None)


def _check(work: Work, changes: Sequence[Lever], base: _Base, settings: ForceSettings) -> None:
    """Raise `Invalid` or `NotFound` for the first change that contradicts another, the base or the settings."""
    for i, change in enumerate(changes):
        where = f"changes[{i}] ({change.kind})"
        since, until = _span(change, base)
        if not base.since <= since < until <= base.until:
            raise invalid(f"{where}.from, to", _shown(since, until), f"inside {_shown(base.since, base.until)}")
        if (since - base.since) % INTERVAL or (until - base.since) % INTERVAL:
            raise invalid(f"{where}.from, to", _shown(since, until), "times on the quarter-hour")
        if isinstance(change, DemandLever) and change.category is not None:
            _check_category(where, change, settings)
        if isinstance(change, RepeatsLever):
            _check_repeats(where, change, settings)
        if isinstance(change, HeadcountLever | SkillMixLever):
            _check_people(where, change, changes, base)
        if isinstance(change, RosterLever):
            _check_roster(work, where, change, base, settings)
    for (i, one), (k, other) in combinations(enumerate(changes), 2):
        shared = one.subjects() & other.subjects()
        replaces = isinstance(one, RosterLever | PatternLever) and isinstance(other, RosterLever | PatternLever)
        if (one.kind == other.kind or replaces) and shared and _overlap(_span(one, base), _span(other, base)):
            raise invalid(
                f"changes[{k}] ({other.kind})",
                ", ".join(sorted(shared)),
                f"no second {one.kind} of the same at the same time: it contradicts changes[{i}]",
            )


def _check_category(where: str, change: DemandLever, settings: ForceSettings) -> None:
    if change.queue is None:
        raise invalid(f"{where}.queue", None, f"the queue of category {change.category!r}: 999 or 101")
    known = [c.name for c in settings.categories if c.queue == change.queue]
    if change.share is None and change.category not in known:
        names = ", ".join(known) or "none"
        raise invalid(f"{where}.category", change.category, f"its share, or one of the settings' categories: {names}")


def _check_repeats(where: str, change: RepeatsLever, settings: ForceSettings) -> None:
    """A caller who gave up on 101 dials one of both again, or neither, whichever values are taken together."""
    on_101 = settings.queues.non_emergency
    redial, spill = change.redial_101 or on_101.redial, change.spill or on_101.spill
    for case in ("low", "likely", "high"):
        shares = getattr(redial, case), getattr(spill, case)
        if sum(shares) > 1:
            raise invalid(where, f"redial_101 {shares[0]:g} and spill {shares[1]:g}", "at most 1 together: a caller "
                          "who gave up on 101 dials one of them again, or neither")  # fmt: skip


def _check_people(where: str, change: HeadcountLever | SkillMixLever, changes: Sequence[Lever], base: _Base) -> None:
    n_handlers = base.n_handlers
    if any(isinstance(other, RosterLever | PatternLever) for other in changes):
        return  # how many handlers the replacement has is known when it is loaded
    if n_handlers is None and isinstance(change, HeadcountLever):
        raise invalid(f"{where}.change", change.change, "seats instead: a requirement or forecast has no handlers yet")
    if n_handlers is not None and isinstance(change, HeadcountLever) and change.change < -n_handlers:
        raise invalid(f"{where}.change", change.change, f"at most the {n_handlers} handlers of the roster taken away")


def _check_roster(work: Work, where: str, change: RosterLever, base: _Base, settings: ForceSettings) -> None:
    roster = rosters.find(work.session, work.force.id, change.roster_id)
    begin, end = week_bounds(roster.week_start, settings, roster.weeks)
    if (begin, end) != (base.since, base.until):
        raise invalid(f"{where}.roster_id", str(change.roster_id), f"a roster of {_shown(base.since, base.until)}")


def _span(change: Lever, base: _Base) -> tuple[datetime, datetime]:
    since, until = change.span()
    if isinstance(change, SurgeLever) and until is not None:
        until = min(until, max(base.until, change.start))  # an incident may outlast what is looked at
    return since or base.since, until or base.until


def _overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _shown(since: Any, until: Any) -> str:
    return " to ".join("absent" if moment is None else moment.isoformat() for moment in (since, until))
