"""Forces and their settings, kept as immutable versions."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, invalid
from app.forces import repository
from app.forces.schemas import ForceIn, ForceOut, ForceSettings, SettingsOut
from app.identity.service import Actor
from app.tables import ForceRow
from rostering.rules import ENGLAND_WALES_STAFF, RuleId, RuleSet


def create(session: Session, actor: Actor, force: ForceIn) -> ForceOut:
    """Add a force with its first settings. Raises `Conflict` where the slug is taken."""
    if repository.find(session, force.slug) is not None:
        raise Conflict(f"force {force.slug!r} exists already: choose another slug, or PUT its settings")
    rule_set(force.settings)
    row = ForceRow(id=new_id(), slug=force.slug, name=force.name, created_at=utc_now())
    repository.add(session, row)
    _store(session, actor, row.id, 1, force.settings)
    return describe(session, row)


def describe(session: Session, row: ForceRow) -> ForceOut:
    version = repository.newest_settings(session, row.id).version
    return ForceOut(slug=row.slug, name=row.name, settings_version=version, created_at=row.created_at)


def visible(session: Session) -> list[ForceOut]:
    return [describe(session, row) for row in repository.all_visible(session)]


def current_settings(session: Session, force_id: UUID) -> SettingsOut:
    row = repository.newest_settings(session, force_id)
    return SettingsOut(
        version=row.version, created_at=row.created_at, settings=ForceSettings.model_validate(row.settings)
    )


def settings_of_version(session: Session, force_id: UUID, version: int) -> ForceSettings:
    return ForceSettings.model_validate(repository.settings_of_version(session, force_id, version).settings)


def set_by(session: Session, force_id: UUID, version: int) -> str:
    """In words: which version of the settings, and who stored it when."""
    row = repository.settings_of_version(session, force_id, version)
    name = repository.who_stored(session, force_id, version) or "unknown"
    return f"settings version {version}, {name}, {row.created_at:%Y-%m-%d}"


def change_settings(session: Session, actor: Actor, force_id: UUID, settings: ForceSettings) -> SettingsOut:
    """Store a new version; the same settings again change nothing."""
    rule_set(settings)
    current = current_settings(session, force_id)
    if current.settings != settings:
        _store(session, actor, force_id, current.version + 1, settings)
    return current_settings(session, force_id)


def rule_set(settings: ForceSettings) -> RuleSet:
    """The police-staff rules with the force's own values. Raises `Invalid` for a rule or value that does not exist."""
    rules = ENGLAND_WALES_STAFF
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


def _store(session: Session, actor: Actor, force_id: UUID, version: int, settings: ForceSettings) -> None:
    body = settings.model_dump(mode="json", by_alias=True)
    repository.add_settings(session, force_id, version, utc_now(), body)
    add_line(session, force_id=force_id, actor_id=actor.id, action="settings", subject=f"version {version}", after=body)
