"""A file of people: read, compared with what stands, then stored whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import utc_now
from app.errors import Invalid, invalid
from app.findings import Findings
from app.handlers import consequences
from app.leave_requests import repository as leave_rows
from app.people import patterns
from app.people import repository as people_rows
from app.people import service as people
from app.people.schemas import HandlerIn, LeaveIn
from app.people_files import mappings
from app.people_files.columns import Kind
from app.people_files.merge import Known, duplicates, merged
from app.people_files.read import Line, ReadFile, read_file
from app.people_files.schemas import Change, PeopleImportReport, PeopleMappingIn
from app.spreadsheet import Format

_LISTED, _WARNINGS = 500, 100


def take(
    work: Work, file: BinaryIO, format: Format, kind: Kind | None, mapping: str | None, *, add: bool, dry_run: bool
) -> PeopleImportReport:
    """Read a file and store what it changes, with an audit line; the same file again changes nothing.

    Raises `NotFound` for an unknown mapping, `Invalid` where neither kind nor mapping says what the file is, the file
    can't be read, or a row is refused and it is no dry run.
    """
    chosen = _mapping(work.session, work.force.id, kind, mapping)
    read = read_file(file, format, chosen)
    lines, warnings = _once(read)
    if chosen.kind in (Kind.HOURS, Kind.BALANCES):
        report = _figures(work, chosen.kind, lines, read, dry_run=dry_run)
    else:
        report = _handlers(work, chosen.kind, lines, read, add=add, dry_run=dry_run)
    report = report.model_copy(
        update={"mapping": mapping, "dry_run": dry_run, "warnings": [*warnings, *report.warnings][:_WARNINGS]}
    )
    if report.refused_total and not dry_run:
        errors = [{"where": one.column or "row", "row": one.row, "value": one.value, "expected": one.reason}
                  for one in report.refused]  # fmt: skip
        detail = f"nothing was stored: {report.refused_total} rows are refused; first: {report.refused[0].reason}"
        raise Invalid(detail, errors=errors, report=report.model_dump(mode="json"))
    if not dry_run and report.created_total + report.changed_total:
        _audit(work, file, report)
    return report


def _mapping(session: Session, force_id: UUID, kind: Kind | None, name: str | None) -> PeopleMappingIn:
    if name is None:
        if kind is None:
            raise invalid("kind", None, f"one of {', '.join(Kind)}, or the name of a mapping")
        return PeopleMappingIn(kind=kind)
    found = mappings.find(session, force_id, name)
    if kind is not None and kind != found.kind:
        raise invalid("kind", kind, f"{found.kind}, which mapping {name} reads, or none")
    return found


def _once(read: ReadFile) -> tuple[list[Line], list[str]]:
    """Rows that repeat another one exactly count once."""
    twice = dict(duplicates(read.lines))
    told = [f"row {number} repeats row {first}: counted once" for number, first in twice.items()]
    return [line for line in read.lines if line.number not in twice], told


def _handlers(
    work: Work, kind: Kind, lines: Sequence[Line], read: ReadFile, *, add: bool, dry_run: bool
) -> PeopleImportReport:
    session, force_id = work.session, work.force.id
    before = {handler.ref: handler for handler in people.all_of(session, force_id)}
    approved: dict[str, list[LeaveIn]] = {}
    for row in leave_rows.approved(session, force_id) if kind is Kind.LEAVE else ():
        approved.setdefault(row.ref, []).append(LeaveIn(first=row.first, last=row.last))
    known = Known(before, patterns.by_name(session, force_id), approved)
    after = merged(kind, lines, known, read.refused, add=add)
    created = [one for one in after if one.ref not in before]
    changed = [one for one in after if one.ref in before and one != before[one.ref]]
    if not dry_run and not read.refused.total:
        people.write(session, force_id, [*created, *changed])
    return _report(
        kind,
        read,
        [_change(None, one) for one in created],
        [_change(before[one.ref], one) for one in changed],
        len(after) - len(created) - len(changed),
        [*_changing_contracts([*created, *changed]), *people.off_contract(session, force_id, [*created, *changed])]
        if kind is Kind.PEOPLE
        else [],
        consequences.of_changes(work, [(before[one.ref], one) for one in changed])[:_LISTED],
    )


def _changing_contracts(handlers: Sequence[HandlerIn]) -> list[str]:
    """Contracts that begin or end within a week, in words."""
    told = []
    for handler in handlers:
        starts = {one.first for one in handler.contracts} | {
            one.last + timedelta(days=1) for one in handler.contracts if one.last is not None
        }
        told += [
            f"handler {handler.ref}: another contract counts from {day}, a {day:%A}: its week is due by days"
            for day in sorted(day for day in starts if day is not None and day.weekday())
        ]
    return told


def _change(before: HandlerIn | None, after: HandlerIn) -> Change:
    return Change(ref=after.ref, what=None, fields=people.changed_fields(before, after))


def _figures(work: Work, kind: Kind, lines: Sequence[Line], read: ReadFile, *, dry_run: bool) -> PeopleImportReport:
    """Recorded weeks, or balances: one row for each handler and week, or handler, kind and date."""
    session, force_id = work.session, work.force.id
    known = {handler.ref for handler in people.all_of(session, force_id)}
    stands = _standing(session, force_id, kind, known)
    wanted = _wanted(kind, lines, known, read.refused)
    created: list[Change] = []
    changed: list[Change] = []
    for key, fields in wanted.items():
        old = stands.get(key, {})
        new = {name: {"before": old.get(name), "after": value} for name, value in fields.items()
               if old.get(name) != value}  # fmt: skip
        what = " ".join(str(part) for part in key[1:])
        if new:
            (changed if key in stands else created).append(Change(ref=str(key[0]), what=what, fields=new))
    if not dry_run and not read.refused.total:
        now = utc_now()
        for key, fields in wanted.items():
            if kind is Kind.HOURS:
                people_rows.put_worked_week(session, force_id, key, now, **fields)
            else:
                people_rows.put_balance(session, force_id, key, now, fields["minutes"])
    return _report(kind, read, created, changed, len(wanted) - len(created) - len(changed), [], [])


def _standing(session: Session, force_id: UUID, kind: Kind, refs: set[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    if kind is Kind.HOURS:
        rows = people.recorded_weeks(session, force_id, date(1990, 1, 1), date(2101, 1, 1))
        return {(r.ref, r.week_start): {"planned_min": r.planned_min, "actual_min": r.actual_min} for r in rows}
    return {(r.ref, r.kind, r.as_of): {"minutes": r.minutes} for r in people_rows.balances(session, force_id, refs)}


def _wanted(
    kind: Kind, lines: Sequence[Line], known: set[str], refused: Findings
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What each row says by its key; rows of nobody, off a Monday or against another row are refused."""
    wanted: dict[tuple[Any, ...], dict[str, Any]] = {}
    by_line: dict[tuple[Any, ...], int] = {}
    for line in lines:
        told, ref = line.values, line.values["ref"]
        if ref not in known:
            refused.add(line.number, "ref", ref, f"row {line.number}, handler {ref} is unknown: import people first")
            continue
        if kind is Kind.HOURS:
            monday = told["week_start"]
            if monday.weekday():
                reason = f"row {line.number}, handler {ref}: week_start {monday} is a {monday:%A}, expected a Monday"
                refused.add(line.number, "week_start", str(monday), reason)
                continue
            key: tuple[Any, ...] = (ref, monday)
            fields = {f"{name}_min": told[f"{name}_h"] for name in ("planned", "actual") if f"{name}_h" in told}
        else:
            key, fields = (ref, told["balance"], told["as_of"]), {"minutes": told["hours"]}
        if not fields:
            refused.add(
                line.number, None, None, f"row {line.number}, handler {ref}: no hours, expected planned or actual"
            )
        elif key in wanted:
            reason = f"row {line.number}, handler {ref}: row {by_line[key]} says other hours of the same time"
            refused.add(line.number, None, None, reason)
        else:
            wanted[key], by_line[key] = fields, line.number
    return wanted


def _report(
    kind: Kind,
    read: ReadFile,
    created: list[Change],
    changed: list[Change],
    unchanged: int,
    warnings: list[str],
    published: list[Any],
) -> PeopleImportReport:
    return PeopleImportReport(
        kind=kind,
        mapping=None,
        dry_run=False,
        rows_read=read.rows_read,
        created=created[:_LISTED],
        created_total=len(created),
        changed=changed[:_LISTED],
        changed_total=len(changed),
        unchanged=unchanged,
        unknown_columns=read.unknown,
        refused=read.refused.listed,
        refused_total=read.refused.total,
        warnings=warnings,
        published=published,
    )


def _audit(work: Work, file: BinaryIO, report: PeopleImportReport) -> None:
    """Who imported what: the file by its digest, the fields that changed by handler."""
    file.seek(0)
    add_line(
        work.session,
        force_id=work.force.id,
        actor_id=work.actor.id,
        action="people import",
        subject=f"{report.created_total + report.changed_total} of {report.kind}",
        mapping=report.mapping,
        sha256=sha256(file.read()).hexdigest(),
        created=[change.ref for change in report.created],
        changed=[change.model_dump(mode="json") for change in report.changed],
    )
