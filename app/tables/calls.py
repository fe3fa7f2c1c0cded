from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class _Counted:
    """What the telephony counted in one quarter-hour; columns ending `_s` are sums of seconds. `recorded_at` is when
    it was stored, `source` what brought it."""

    offered: Mapped[int]
    answered: Mapped[int | None]
    answered_within_threshold: Mapped[int | None]
    answered_10_60s: Mapped[int | None]
    answered_over_60s: Mapped[int | None]
    abandoned: Mapped[int | None]
    abandoned_short: Mapped[int | None]
    talk_s: Mapped[float | None]
    wrap_s: Mapped[float | None]
    answered_wait_s: Mapped[float | None]
    abandoned_wait_s: Mapped[float | None]
    callbacks_offered: Mapped[int | None]
    callbacks_accepted: Mapped[int | None]
    callbacks_completed: Mapped[int | None]
    handlers_staffed: Mapped[int | None]
    recorded_at: Mapped[datetime]
    source: Mapped[str]


class IntervalRecordRow(_Counted, Base):
    """What counts now of one queue in one quarter-hour."""

    __tablename__ = "interval_records"

    # Its force exists: the database keeps `IntervalSpanRow` as rows come and go, which refers to it.
    force_id: Mapped[UUID] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(primary_key=True)


class IntervalSpanRow(Base):
    """First and last interval of a queue, and how many there are; written by the database alone."""

    __tablename__ = "interval_spans"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    first_start: Mapped[datetime]
    last_start: Mapped[datetime]
    intervals: Mapped[int]


class SupersededRecordRow(_Counted, Base):
    """What counted until `superseded_at`, when a correction took its place. Never changed."""

    __tablename__ = "superseded_records"
    __table_args__ = (Index(None, "force_id", "superseded_at"),)

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(primary_key=True)
    superseded_at: Mapped[datetime] = mapped_column(primary_key=True)


class MappingVersionRow(Base):
    """One immutable version of a mapping profile (`MappingIn`) by which a telephony's files are read; the newest counts
    until withdrawn. Names are kept beside `actor_id`, since an administrator of the installation is no actor of the
    force.
    """

    __tablename__ = "mapping_versions"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    is_withdrawn: Mapped[bool]
    body: Mapped[dict[str, Any]]
