"""Learned effects of the newest forecast beside the planners' own values as they stand now."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from app.events import service
from app.events.schemas import EffectsOut, EventEffectOut, EventKind, EventOut, PlannerValue
from app.forecasts import service as forecasts
from app.forecasts.schemas import ForecastKind


def listed(session: Session, force_id: UUID) -> EffectsOut:
    """By event name and queue; events that the forecast did not know are listed too. Raises `NotFound`."""
    forecast = forecasts.find(session, force_id, kind=ForecastKind.FULL)
    learned = {(effect["name"], effect["queue"]): effect for effect in forecast.description.get("effects", [])}
    standing = [event for event in service.standing(session, force_id) if event.kind is EventKind.DEMAND]
    own = {(event.name, queue) for event in standing for queue in event.queues or forecast.description["queues"]}
    effects = []
    for name, queue in sorted(learned.keys() | own):
        effect = learned.get((name, queue), {})
        effects.append(
            EventEffectOut(
                queue=queue,
                name=name,
                n_occurrences=effect.get("n_occurrences", 0),
                learned=effect.get("learned"),
                lower=effect.get("lower"),
                upper=effect.get("upper"),
                applied=effect.get("applied"),
                planner=[value for event in standing for value in _planner(event, name, queue)],
            )
        )
    return EffectsOut(forecast_id=forecast.id, forecast_created_at=forecast.created_at, effects=effects)


def _planner(event: EventOut, name: str, queue: str) -> list[PlannerValue]:
    if event.name != name or (event.queues and queue not in event.queues):
        return []
    if event.multiplier is None or event.reason is None:
        return []
    return [
        PlannerValue(
            event_id=event.id,
            version=event.version,
            multiplier=event.multiplier,
            set_by=event.set_by,
            set_at=event.changed_at,
            reason=event.reason,
        )
    ]
