"""Names set and erased; everything held on a handler, told."""

from __future__ import annotations

from typing import Any

from app.access import Work
from app.audit.repository import add_line
from app.data_protection import repository
from app.data_protection.about import about
from app.data_protection.schemas import HeldOut, NameIn, NameOut, SubjectAccessOut
from app.database import utc_now
from app.errors import NotFound
from app.identity.roles import Permission
from app.tables import Base, HandlerNameRow


def set_name(work: Work, ref: str, body: NameIn) -> NameOut:
    """Raises `NotFound` for a handler who is unknown."""
    _require_handler(work, ref)
    row = repository.name_row(work.session, work.force.id, ref)
    if row is None:
        row = HandlerNameRow(force_id=work.force.id, ref=ref, name=body.name, updated_at=utc_now())
        repository.add_name(work.session, row)
        before = False
    else:
        before = row.name is not None
        row.name, row.updated_at = body.name, utc_now()
    _audit(work, "handler's name set", ref, before={"named": before}, after={"named": True})
    return NameOut(ref=ref, name=body.name, updated_at=row.updated_at)


def get_name(work: Work, ref: str) -> NameOut:
    """Raises `NotFound` for a handler without one."""
    row = repository.name_row(work.session, work.force.id, ref)
    if row is None or row.name is None:
        raise NotFound(f"handler {ref} has no name here")
    return NameOut(ref=ref, name=row.name, updated_at=row.updated_at)


def names_for(work: Work) -> dict[str, str]:
    """Names of the force's handlers by reference; none for whoever may not plan, as `get_name`."""
    return repository.names(work.session, work.force.id) if work.actor.may(Permission.PLAN) else {}


def erase_name(work: Work, ref: str) -> None:
    """Erased where there is one; nothing else holds it. Raises `NotFound` for a handler who is unknown."""
    _require_handler(work, ref)
    row = repository.name_row(work.session, work.force.id, ref)
    if row is not None and row.name is not None:
        row.name, row.updated_at = None, utc_now()
        _audit(work, "handler's name erased", ref, before={"named": True}, after={"named": False})


def subject_access(work: Work, ref: str) -> SubjectAccessOut:
    """Everything that names the handler, in every table, without what is of others.

    Raises `NotFound` for a handler who is unknown. The audit tells who asked.
    """
    _require_handler(work, ref)
    others = repository.refs(work.session, work.force.id) - {ref}
    held = []
    for table in repository.searched_tables():
        rows = [about(row, ref, others) for row in repository.rows_naming(work.session, table, work.force.id, ref)]
        if rows:
            held.append(HeldOut(table=table.name, meaning=_meaning(table.name), rows=rows))
    name = repository.name_row(work.session, work.force.id, ref)
    _audit(work, "subject access", ref)
    return SubjectAccessOut(
        ref=ref,
        name=None if name is None else name.name,
        made_at=utc_now(),
        held=held,
        not_searched=repository.NOT_SEARCHED,
    )


def _meaning(table: str) -> str:
    """The first sentence that its class says of itself."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is Base.metadata.tables[table]:
            return " ".join((mapper.class_.__doc__ or "").split(".")[0].split())
    return ""


def _require_handler(work: Work, ref: str) -> None:
    if not repository.is_handler(work.session, work.force.id, ref):
        raise NotFound(f"handler {ref} does not exist here")


def _audit(work: Work, action: str, ref: str, **details: Any) -> None:
    # Never the name: nothing is erased from the audit.
    add_line(work.session, force_id=work.force.id, actor_id=work.actor.id, action=action, subject=ref, **details)
