"""Forces and their settings, kept as immutable versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, invalid
from app.forces import repository
from app.forces.schemas import ForceIn, ForceOut, ForceSettings, SettingsOut
from app.identity.service import Actor
from app.if_match import require_match
from app.newest import Newest
from app.tables import ForceRow, ForceSettingsRow
from rostering.rules import RULE_SETS, RuleId, RuleSet


def create(session: Session, actor: Actor, force: ForceIn) -> ForceOut:
    """Add a force with its first settings. Raises `Conflict` where the slug is taken."""
    if repository.find(session, force.slug) is not None:
        raise Conflict(f"force {force.slug!r} exists already: choose another slug, or PUT its settings")
    rule_set(force.settings)
    require_attainable(force.settings)
    row = ForceRow(id=new_id(), slug=force.slug, name=force.name, created_at=utc_now())
    repository.add(session, row)
    _store(session, actor, row.id, 1, None, force.settings)
    return describe(session, row)


def describe(session: Session, row: ForceRow) -> ForceOut:
    version = repository.newest_settings(session, row.id).version
    return ForceOut(slug=row.slug, name=row.name, settings_version=version, created_at=row.created_at)


def visible(session: Session) -> list[ForceOut]:
    return [describe(session, row) for row in repository.all_visible(session)]


def current_settings(session: Session, force_id: UUID) -> SettingsOut:
    row = repository.newest_settings(session, force_id)
    return SettingsOut(version=row.version, created_at=row.created_at, settings=_read(row))


def zone(session: Session, force_id: UUID) -> ZoneInfo:
    """The force's time zone."""
    return current_settings(session, force_id).settings.zone


def today(session: Session, force_id: UUID) -> date:
    """The force's local date."""
    return utc_now().astimezone(zone(session, force_id)).date()


def settings_of_version(session: Session, force_id: UUID, version: int) -> ForceSettings:
    return _read(repository.settings_of_version(session, force_id, version))


_kept = Newest[tuple[UUID, int, datetime], ForceSettings](256)


def _read(row: ForceSettingsRow) -> ForceSettings:
    """The settings of a stored version; kept in memory, since a version never changes and checking one takes longer
    than most requests. Its time is part of its name: the number alone may be given again after a failed commit."""
    return _kept.get((row.force_id, row.version, row.created_at), lambda: ForceSettings.model_validate(row.settings))


def set_by(session: Session, force_id: UUID, version: int) -> str:
    """In words: which version of the settings, and who stored it when."""
    row = repository.settings_of_version(session, force_id, version)
    name = repository.who_stored(session, force_id, version) or "unknown"
    return f"settings version {version}, {name}, {row.created_at:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """A version of the settings: as it is read now, and as it was stored by whom."""

    version: int
    created_at: datetime
    by: str | None
    settings: ForceSettings


def every_version(session: Session, force_id: UUID) -> list[StoredSettings]:
    """All versions of the settings, oldest first."""
    found = repository.all_settings(session, force_id)
    return [StoredSettings(row.version, row.created_at, name, _read(row)) for row, name in found]


def tag(version: int) -> str:
    """The ETag of a version of the settings."""
    return f'"settings-{version}"'


def change_settings(
    session: Session,
    actor: Actor,
    force_id: UUID,
    settings: ForceSettings,
    *,
    reason: str | None = None,
    if_match: str | None = None,
) -> SettingsOut:
    """Store a new version; the same settings again change nothing. Raises `PreconditionFailed` where `if_match` names
    another version than the one in force."""
    current = current_settings(session, force_id)
    if if_match is not None:
        require_match(if_match, tag(current.version), "the settings")
    rule_set(settings)
    require_attainable(settings)
    if current.settings != settings:
        _store(session, actor, force_id, current.version + 1, current.settings, settings, reason)
    return current_settings(session, force_id)


def require_attainable(settings: ForceSettings) -> None:
    """Raise `Invalid` for targets that no number of seats reaches: time that passes even where nobody waits, and
    reasons for shrinkage that cannot be told apart."""
    queue, definitions = settings.queues.emergency, settings.definitions
    limit_s = queue.threshold_s - definitions.ring_s
    if limit_s <= 0:
        raise invalid("settings.definitions.ring_s", definitions.ring_s, f"less than the 999 threshold of "
                      f"{queue.threshold_s:g} s: the phone rings until it has passed")  # fmt: skip
    if queue.mean_answer_s is not None and queue.mean_answer_s <= definitions.ring_s:
        raise invalid("settings.queues.999.mean_answer_s", queue.mean_answer_s,
                      f"more than ring_s, {definitions.ring_s:g} s of every answer")  # fmt: skip
    if settings.targets.clock == "published":
        most = definitions.transfer.share_within(limit_s)
        for name, level in (
            ("queues.999.service_level", queue.service_level),
            ("targets.floor_service_level", settings.targets.floor_service_level),
        ):
            if level >= most:
                raise invalid(f"settings.{name}", level, f"less than {most:.4f}: by the published clock no more calls "
                              f"are answered within {queue.threshold_s:g} s even where nobody waits, with "
                              f"{definitions.ring_s:g} s of ringing and {definitions.transfer.mean_s:g} s of "
                              "transfer")  # fmt: skip
    names = [part.name for part in settings.shrinkage]
    if len(set(names)) < len(names):
        raise invalid("settings.shrinkage", ", ".join(names), "each name once")


def rule_set(settings: ForceSettings) -> RuleSet:
    """The chosen rules with the force's own values. Raises `Invalid` for a rule or value that does not exist."""
    rules = RULE_SETS[settings.rule_set]
    for rule, values in settings.rules.items():
        if rule not in set(RuleId):
            raise invalid(f"settings.rules.{rule}", values, f"one of the rules {', '.join(RuleId)}")
        known = [name for name, _ in rules[RuleId(rule)].values]
        if not values.keys() <= set(known):
            raise invalid(f"settings.rules.{rule}", values, f"values of that rule alone: {', '.join(known) or 'none'}")
        try:
            rules = rules.replaced(RuleId(rule), **values)
        except ValueError as error:
            raise invalid(f"settings.rules.{rule}", values, str(error)) from error
    return rules


def _store(
    session: Session,
    actor: Actor,
    force_id: UUID,
    version: int,
    before: ForceSettings | None,
    after: ForceSettings,
    reason: str | None = None,
) -> None:
    body = _body(after)
    repository.add_settings(session, force_id, version, utc_now(), body)
    was = None if before is None else _body(before)
    why = {} if reason is None else {"reason": reason}
    add_line(session, force_id=force_id, actor_id=actor.id, action="settings", subject=f"version {version}",
             before=was, after=body, by=actor.name, **why)  # fmt: skip


def _body(settings: ForceSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", by_alias=True)
