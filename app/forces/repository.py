"""Forces and settings in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import quick
from app.tables import ActorRow, AuditRow, ForceRow, ForceSettingsRow


def find(session: Session, slug: str) -> ForceRow | None:
    """The force, apart from the session: nothing of it ever changes."""
    row = quick(session, "select id, slug, name, created_at from forces where slug = %s", (slug,)).fetchone()
    return None if row is None else force_of(row)


def force_of(row: Sequence[Any]) -> ForceRow | None:
    """The force of a row of its columns, apart from the session; None of a row of nulls."""
    force_id, slug, name, created_at = row
    if force_id is None:
        return None
    return ForceRow(id=force_id, slug=slug, name=name, created_at=created_at.astimezone(UTC))


def by_id(session: Session, force_id: UUID) -> ForceRow:
    return session.get_one(ForceRow, force_id)


def slugs(session: Session, force_ids: Collection[UUID]) -> dict[UUID, str]:
    """Slugs of the forces among these that the session may see."""
    return dict(quick(session, "select id, slug from forces where id = any(%s)", (list(force_ids),)).fetchall())


def all_visible(session: Session) -> list[ForceRow]:
    return list(session.scalars(select(ForceRow).order_by(ForceRow.slug)))


def add(session: Session, force: ForceRow) -> None:
    session.add(force)
    session.flush()


def newest_settings(session: Session, force_id: UUID) -> ForceSettingsRow:
    query = (
        select(ForceSettingsRow)
        .where(ForceSettingsRow.force_id == force_id)
        .order_by(ForceSettingsRow.version.desc())
        .limit(1)
    )
    return session.scalars(query).one()


def settings_of_version(session: Session, force_id: UUID, version: int) -> ForceSettingsRow:
    return session.get_one(ForceSettingsRow, (force_id, version))


def all_settings(session: Session, force_id: UUID) -> list[tuple[ForceSettingsRow, str | None]]:
    """Every version of the settings, oldest first, each with who stored it (as `who_stored`)."""
    query = (
        select(ForceSettingsRow, func.coalesce(AuditRow.details["by"].astext, ActorRow.name))
        .outerjoin(AuditRow, (AuditRow.force_id == ForceSettingsRow.force_id) & (AuditRow.action == "settings")
                   & (AuditRow.subject == func.concat("version ", ForceSettingsRow.version)))
        .outerjoin(ActorRow, AuditRow.actor_id == ActorRow.id)
        .where(ForceSettingsRow.force_id == force_id)
        .order_by(ForceSettingsRow.version)
    )  # fmt: skip
    return [(row, name) for row, name in session.execute(query)]


def add_settings(
    session: Session, force_id: UUID, version: int, created_at: datetime, settings: dict[str, object]
) -> None:
    session.add(ForceSettingsRow(force_id=force_id, version=version, created_at=created_at, settings=settings))
    session.flush()


def who_stored(session: Session, force_id: UUID, version: int) -> str | None:
    """Name of who stored this version of the settings, from the audit: kept there, since an administrator of the
    installation is no actor of the force."""
    query = (
        select(func.coalesce(AuditRow.details["by"].astext, ActorRow.name))
        .select_from(AuditRow)
        .outerjoin(ActorRow, AuditRow.actor_id == ActorRow.id)
        .where(AuditRow.force_id == force_id, AuditRow.action == "settings", AuditRow.subject == f"version {version}")
        .limit(1)
    )
    return session.scalars(query).one_or_none()
