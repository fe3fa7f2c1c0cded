"""The audit as its readers see it: pages, exports, and whether a chain holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.audit import repository
from app.audit.chain import Head, Verdict, linked, verify
from app.audit.repository import Filters
from app.audit.schemas import AuditActor, AuditHead, AuditLine, AuditPage
from app.errors import invalid
from app.representation import csv_bytes, json_bytes
from app.tables import AuditRow

COLUMNS = ("number", "at", "actor_id", "actor", "action", "subject", "reason", "before", "after", "details", "hash")

_Found = tuple[AuditRow, str | None, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A page: filters, where it begins, how long it is, and its direction."""

    filters: Filters
    cursor: str | None
    limit: int
    newest_first: bool


def read(session: Session, force_id: UUID | None, asked: Asked) -> AuditPage:
    """A page of a chain's lines. Raises `Invalid` for a cursor that is none."""
    found, following = _page(session, force_id, asked)
    head = repository.head(session, force_id)
    return AuditPage(
        lines=[_line(row, name) for row, name, _ in found],
        head=None if head is None else AuditHead(number=head.number, hash=head.hash),
        next_cursor=following,
    )


def exported_csv(session: Session, force_id: UUID | None, asked: Asked) -> tuple[bytes, str | None]:
    """The page as CSV, with the cursor of the next."""
    found, following = _page(session, force_id, asked)
    return csv_bytes(COLUMNS, (_cells(_line(row, name)) for row, name, _ in found)), following


def exported_lines(session: Session, force_id: UUID | None, asked: Asked) -> tuple[bytes, str | None]:
    """The page as JSON lines that `pacesetter audit verify --file` checks again, with the cursor of the next."""
    found, following = _page(session, force_id, asked)
    known = {row.number: row.hash.hex() for row, _, _ in found if row.hash is not None}
    lines = []
    for row, name, content in found:
        number, own = _linked(row)
        before = known.get(number - 1)
        if before is None:
            before = repository.hash_of(session, force_id, number - 1)
        lines.append(json_bytes({"previous": before, "hash": own, "actor_name": name, "content": content}) + b"\n")
    return b"".join(lines), following


def verified(session: Session, force_id: UUID | None, known: Iterable[Head] = ()) -> Verdict:
    """Whether a chain holds, from a session that sees one moment of the database."""
    return verify(repository.whole_chain(session, force_id), repository.head(session, force_id), known)


def verified_lines(exported: Iterable[dict[str, Any]]) -> list[str]:
    """What is wrong with lines of an export, which filters may have thinned: each is checked against the hash before it
    that it names, and that hash against the line before where it is there too."""
    faults, lines = [], dict[int, dict[str, Any]]()
    for place, line in enumerate(exported, start=1):
        try:
            number = int(orjson.loads(line["content"])["number"])
            intact = linked(line["previous"], line["content"]) == line["hash"]
        except (KeyError, TypeError, ValueError):
            faults.append(f"line {place} of the file is no line of an audit export")
            continue
        if not intact:
            faults.append(f"line {number} was changed: its content has another hash")
        lines[number] = line
    for number, line in sorted(lines.items()):
        before = lines.get(number - 1)
        if before is not None and before["hash"] != line["previous"]:
            faults.append(f"line {number} does not follow line {number - 1}")
    return faults


def _page(session: Session, force_id: UUID | None, asked: Asked) -> tuple[list[_Found], str | None]:
    after = None if asked.cursor is None else _number(asked.cursor)
    found = repository.page(session, force_id, asked.filters, after, asked.limit + 1, newest_first=asked.newest_first)
    more = len(found) > asked.limit
    return found[: asked.limit], str(found[asked.limit - 1][0].number) if more else None


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise invalid("cursor", cursor, "what next_cursor of the page before says")
    return int(cursor)


def _linked(row: AuditRow) -> tuple[int, str]:
    assert row.number is not None
    assert row.hash is not None
    return row.number, row.hash.hex()


def _line(row: AuditRow, name: str | None) -> AuditLine:
    number, own = _linked(row)
    details = dict(row.details)
    return AuditLine(
        number=number,
        at=row.at,
        actor=AuditActor(id=row.actor_id, name=name),
        action=row.action,
        subject=row.subject,
        reason=details.pop("reason", None),
        before=details.pop("before", None),
        after=details.pop("after", None),
        details=details,
        hash=own,
    )


def _cells(line: AuditLine) -> tuple[object, ...]:
    parts = (None if part is None else json_bytes(part).decode() for part in (line.before, line.after, line.details))
    who = (line.actor.id, line.actor.name)
    return line.number, line.at.isoformat(), *who, line.action, line.subject, line.reason, *parts, line.hash
