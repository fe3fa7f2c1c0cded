"""What the pages of administration show of what the rooms answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.access import Work
from app.errors import NotFound
from app.events import service as event_service
from app.events.schemas import EventIn, EventOut
from app.forces.schemas import ForceSettings
from app.requirements import service as requirements
from app.runs import service as run_service
from app.runs.schemas import FINISHED, RunEntry, RunStatus
from app.schema import Schema
from app.web.roster_life import terms


@dataclass(frozen=True, slots=True)
class Assumed:
    """The register of what a requirement assumed."""

    made_at: datetime
    entries: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event with what its form starts from: local times as they are typed, and the body that the fields change."""

    event: EventOut
    etag: str
    starts: str
    ends: str
    body: Markup


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run in words; `status` with the colour of its tag."""

    run: RunEntry
    kind: str
    status: tuple[str, str]
    phase: str
    reason: str | None

    @property
    def is_under_way(self) -> bool:
        return self.run.status not in FINISHED


def as_json(settings: ForceSettings) -> Markup:
    """The settings as a script element of a page may hold them."""
    return _script(settings)


def register(work: Work) -> Assumed | None:
    """What the newest requirement assumed; None where there is none."""
    try:
        row = requirements.find(work.session, work.force.id, None)
    except NotFound:
        return None
    return Assumed(row.created_at, row.description.get("register", []))


def events(standing: Sequence[EventOut], zone: ZoneInfo) -> list[ShownEvent]:
    """The latest first."""
    shown = [
        ShownEvent(
            one,
            event_service.etag(one),
            _typed(one.starts, zone),
            _typed(one.ends, zone),
            _script(EventIn.model_validate(one.model_dump(include=set(EventIn.model_fields)))),
        )
        for one in standing
    ]
    return sorted(shown, key=lambda one: one.starts, reverse=True)


def runs(work: Work, entries: Sequence[RunEntry]) -> list[ShownRun]:
    """The runs, each with why it ended, where it failed or was cancelled."""
    why = run_service.reasons(work, [one for one in entries if one.status in (RunStatus.FAILED, RunStatus.CANCELLED)])
    return [
        ShownRun(one, terms.kind(one.kind), terms.RUN_STATUSES[one.status], terms.phase(one.phase), why.get(one.id))
        for one in entries
    ]


def _typed(at: datetime, zone: ZoneInfo) -> str:
    local = at if at.tzinfo is None else at.astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M}"


def _script(body: Schema) -> Markup:
    return Markup(body.model_dump_json(by_alias=True).replace("<", "\\u003c"))
