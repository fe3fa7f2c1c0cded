"""Accounts in the database."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.tables import AccountRow, ActorRow

LOCAL = "local"


def locked(session: Session, issuer: str, subject: str, force_id: UUID | None = None) -> AccountRow | None:
    """The account of `subject`, locked until the transaction ends; of a local one the name alone says whose it is."""
    query = select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject)
    if issuer != LOCAL:
        query = query.where(AccountRow.force_id.is_not_distinct_from(force_id))
    return session.scalars(query.with_for_update()).one_or_none()


def of_actor(session: Session, actor_id: UUID) -> AccountRow | None:
    """The local account of an actor, locked."""
    query = select(AccountRow).where(AccountRow.actor_id == actor_id, AccountRow.issuer == LOCAL)
    return session.scalars(query.with_for_update()).one_or_none()


def find(session: Session, force_id: UUID, account_id: UUID) -> tuple[AccountRow, ActorRow] | None:
    query = (
        select(AccountRow, ActorRow)
        .join(ActorRow, ActorRow.id == AccountRow.actor_id)
        .where(AccountRow.id == account_id, AccountRow.force_id == force_id, AccountRow.issuer == LOCAL)
        .with_for_update(of=AccountRow)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def all_of(session: Session, force_id: UUID) -> list[tuple[AccountRow, ActorRow]]:
    query = (
        select(AccountRow, ActorRow)
        .join(ActorRow, ActorRow.id == AccountRow.actor_id)
        .where(AccountRow.force_id == force_id, AccountRow.issuer == LOCAL)
        .order_by(AccountRow.created_at.desc())
    )
    return [(account, actor) for account, actor in session.execute(query)]


def actor(session: Session, actor_id: UUID) -> ActorRow:
    return session.get_one(ActorRow, actor_id)


def add(session: Session, account: AccountRow) -> None:
    session.add(account)
    session.flush()
