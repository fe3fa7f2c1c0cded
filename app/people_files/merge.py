"""What rows of a file make of handlers as stored: pure, all of it named where it contradicts itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from pydantic import ValidationError

from app.errors import Invalid
from app.findings import Findings
from app.people import patterns
from app.people.overlaps import require_no_overlaps, span
from app.people.pattern_schemas import PatternInUseIn
from app.people.schemas import HandlerIn, LeaveIn
from app.people_files.columns import Kind
from app.people_files.read import Line

Body = dict[str, Any]
_CONTRACT = ("cycle_weeks", "meals_paid", "annualised", "clock_change")
_PLAIN = ("team", "night_worker", "opted_out_48h")
_MOVES = ("start_earlier_min", "start_later_min", "finish_earlier_min", "finish_later_min")
_DATED = {Kind.SKILLS: "skill", Kind.LEAVE: None, Kind.CONSENTS: None}  # what two rows of a day may still differ in


@dataclass(frozen=True, slots=True)
class Known:
    """What stands: handlers, patterns in use, and approved leave that no file takes away."""

    handlers: Mapping[str, HandlerIn]
    patterns: Mapping[str, PatternInUseIn]
    approved: Mapping[str, Sequence[LeaveIn]]


@dataclass(frozen=True, slots=True)
class _Rows:
    """One handler's rows, and what they meet: `with_roles`, whether the file of skills names roles at all."""

    ref: str
    rows: Sequence[Line]
    stands: HandlerIn | None
    known: Known
    add: bool
    with_roles: bool

    @property
    def body(self) -> Body:
        """The handler as it stands, of a new one the reference alone."""
        return {"ref": self.ref} if self.stands is None else self.stands.model_dump(mode="json")


def merged(kind: Kind, lines: Sequence[Line], known: Known, refused: Findings, *, add: bool) -> list[HandlerIn]:
    """Handlers as the file wants them, by reference; rows that can't be used go to `refused`.

    Rows of a handler take the place of what is stored of that kind, or are added to it; approved leave stays.
    """
    by_ref: dict[str, list[Line]] = {}
    for line in lines:
        by_ref.setdefault(line.values["ref"], []).append(line)
    with_roles = any(line.values.get("skill") not in (None, "999", "101") for line in lines)
    found = []
    for ref, rows in sorted(by_ref.items()):
        stands = known.handlers.get(ref)
        if stands is None and kind is not Kind.PEOPLE:
            _refuse(rows[0], "ref", f"handler {ref} is unknown: import the file of people first", refused, ref)
            continue
        if _contradict(kind, rows, refused, ref):
            continue
        try:
            body = _MERGE[kind](_Rows(ref, rows, stands, known, add, with_roles))
            handler = HandlerIn.model_validate(body)
            require_no_overlaps([handler])
        except ValidationError as error:
            for item in error.errors():
                where = ".".join(str(part) for part in item["loc"])
                _refuse(rows[0], where, item["msg"].removeprefix("Value error, "), refused, ref)
        except (ValueError, Invalid) as error:
            _refuse(rows[0], None, getattr(error, "detail", str(error)), refused, ref)
        else:
            found.append(handler)
    return found


def _refuse(line: Line, column: str | None, reason: str, refused: Findings, ref: str) -> None:
    told = reason if ref in reason else f"handler {ref}: {reason}"
    refused.add(line.number, column, None, f"row {line.number}, {told}")


def _contradict(kind: Kind, rows: Sequence[Line], refused: Findings, ref: str) -> bool:
    """Whether two rows of one handler can't both hold; each such pair is told by its lines."""
    before = refused.total
    for one, other in combinations(rows, 2):
        if kind is Kind.PEOPLE:
            dated = [_is_dated(row) for row in (one, other)]
            if not all(dated) and dated[0] == dated[1]:
                reason = f"handler {ref} comes twice, in rows {one.number} and {other.number}: expected once, or with "
                refused.add(other.number, "ref", ref, reason + "contract_first and contract_last")
            for name in (*_PLAIN, "pattern", "position", "anchor", "skills"):
                if name in one.values and name in other.values and one.values[name] != other.values[name]:
                    reason = f"handler {ref}: rows {one.number} and {other.number} say different things of {name}"
                    refused.add(other.number, name, None, reason)
        elif kind in _DATED and _same(kind, one, other) and _meet(kind, one, other):
            spans = " and ".join(span(row.values.get("first"), _last(row, kind)) for row in (one, other))
            reason = f"handler {ref}: rows {one.number} and {other.number} overlap, {spans}: expected no day twice"
            refused.add(other.number, "first", None, reason)
    return refused.total > before


def _same(kind: Kind, one: Line, other: Line) -> bool:
    name = _DATED[kind]
    if kind is Kind.CONSENTS and not (_is_limited(one) and _is_limited(other)):
        return _is_limited(one) == _is_limited(other)  # one without dates stands beside any with dates
    return name is None or one.values[name] == other.values[name]


def _is_limited(row: Line) -> bool:
    return "first" in row.values or "last" in row.values


def _is_dated(row: Line) -> bool:
    return "contract_first" in row.values or "contract_last" in row.values


def _last(row: Line, kind: Kind) -> date | None:
    last: date | None = row.values.get("last", row.values["first"] if kind is Kind.LEAVE else None)
    return last


def _meet(kind: Kind, one: Line, other: Line) -> bool:
    spans = [(row.values.get("first") or date.min, _last(row, kind) or date.max) for row in (one, other)]
    return bool(spans[0][0] <= spans[1][1] and spans[1][0] <= spans[0][1])


def _people(one: _Rows) -> Body:
    told: Body = {}
    for row in one.rows:
        told |= {name: value for name, value in row.values.items() if name in (*_PLAIN, "pattern", "skills")}
        told |= {name: row.values[name] for name in ("position", "anchor") if name in row.values}
    body: Body = one.body
    body |= {name: told[name] for name in _PLAIN if name in told}
    if "pattern" in told or "position" in told or "anchor" in told:
        body["pattern"] = _pattern(told, one.stands, one.known).model_dump(mode="json")
    elif one.stands is None:
        raise ValueError("is new: expected pattern, with position or anchor")
    if "skills" in told:
        kept = [] if one.stands is None else [s for s in one.stands.skills if s.first is not None or s.last is not None]
        # Dated skills are another file's matter: this one says only who holds what at all.
        plain = [s for s in told["skills"] if s not in {skill.skill for skill in kept}]
        body["skills"] = [s.model_dump(mode="json") for s in kept if s.skill in told["skills"]] + plain
    elif one.stands is None:
        raise ValueError("is new: expected skills such as 999 101")
    return body | _contracts(one.rows, one.stands)


def _pattern(told: Mapping[str, Any], stands: HandlerIn | None, known: Known) -> Any:
    name = told.get("pattern") or (None if stands is None else stands.pattern.name)
    if name is None:
        raise ValueError("has a position or anchor and no pattern: expected the name of a pattern in use")
    if "position" not in told and "anchor" not in told:
        if stands is None or stands.pattern.name != name:
            raise ValueError(f"takes up pattern {name}: expected its position or anchor")
        return stands.pattern
    return patterns.held(known.patterns, name, told.get("position"), told.get("anchor"))


def _contracts(rows: Sequence[Line], stands: HandlerIn | None) -> Body:
    """The standing contract is that of the row without dates, of a new handler else that of the row that begins last;
    rows with dates take the place of the dated contracts."""
    standing = {} if stands is None else stands.contract.model_dump(mode="json")
    dated = []
    for row in rows:
        own = {name: row.values[name] for name in _CONTRACT if name in row.values}
        if "contracted_h" in row.values:
            own["weekly_min"] = row.values["contracted_h"]
        if own.get("annualised") and "cycle_weeks" not in own:
            own["cycle_weeks"] = 52
        if _is_dated(row):
            first, last = row.values.get("contract_first"), row.values.get("contract_last")
            dated.append((first or date.min, {**standing, **own, "first": first, "last": last}))
        else:
            standing = {**standing, **own}
    dated.sort(key=lambda one: one[0])
    if not standing and dated:
        standing = {name: value for name, value in dated[-1][1].items() if name not in ("first", "last")}
    if "weekly_min" not in standing:
        raise ValueError("is new: expected contracted_h, the hours a week")
    told: Body = {"contract": standing}
    return told | {"contracts": [one for _, one in dated]} if dated else told


def _skills(one: _Rows) -> Body:
    dated = [{**_dates(row), "skill": row.values["skill"]} for row in one.rows if row.values["skill"] in ("999", "101")]
    roles = [
        {**_dates(row), "role": row.values["skill"]} for row in one.rows if row.values["skill"] not in ("999", "101")
    ]
    body = one.body
    if dated:
        body["skills"] = _entries(body["skills"], dated, one.add)
    if one.with_roles:
        body["roles"] = _entries(body["roles"], roles, one.add)
    return body


def _leave(one: _Rows) -> Body:
    body = one.body
    wanted = [
        LeaveIn(
            first=row.values["first"],
            last=row.values.get("last", row.values["first"]),
            credited=row.values.get("credited", True),
        )
        for row in one.rows
    ]
    stands = [] if one.stands is None else one.stands.leave
    stays = stands if one.add else [leave for leave in one.known.approved.get(one.ref, ()) if leave in stands]
    # What was approved here and comes back from the other system is one leave, not two.
    stays = [leave for leave in stays if not any(new.first <= leave.first and leave.last <= new.last for new in wanted)]
    every = sorted([*stays, *wanted], key=lambda leave: leave.first)
    if every != sorted(stands, key=lambda leave: leave.first):
        body["leave"] = [leave.model_dump(mode="json") for leave in every]
    return body


def _consents(one: _Rows) -> Body:
    body = one.body
    moves = [
        (_is_limited(row), {**{name: row.values.get(name, 0) for name in _MOVES}, **_dates(row)}) for row in one.rows
    ]
    plain, dated = ([move for limited, move in moves if limited is wanted] for wanted in (False, True))
    if plain or not one.add:
        body["consent"] = plain[0] if plain else {}
    body["consents"] = _entries(body["consents"], dated, one.add)
    return body


def _agreements(one: _Rows) -> Body:
    body = one.body
    names = ("off", "earliest", "latest")
    agreed = [
        {"weekdays": list(row.values["weekdays"]), **{name: row.values[name] for name in names if name in row.values}}
        for row in one.rows
    ]
    body["agreements"] = _entries(body["agreements"], agreed, one.add)
    return body


def _entries(stored: list[Body], wanted: list[Body], add: bool) -> list[Body]:
    """In order of their dates; as stored where nothing differs. One that stands already is not added again."""
    new = [_plain(one) for one in wanted]
    kept = [one for one in stored if add and not any(other.items() <= one.items() for other in new)]
    entries = [*kept, *new]
    if len(entries) == len(stored) and all(any(one.items() <= s.items() for s in stored) for one in entries):
        return stored
    return sorted(entries, key=lambda one: str(one.get("first") or ""))


def _plain(one: Body) -> Body:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in one.items()}


def _dates(row: Line) -> Body:
    return {name: row.values[name] for name in ("first", "last") if name in row.values}


_Merge = Callable[[_Rows], Body]
_MERGE: Mapping[Kind, _Merge] = {
    Kind.PEOPLE: _people,
    Kind.SKILLS: _skills,
    Kind.LEAVE: _leave,
    Kind.CONSENTS: _consents,
    Kind.AGREEMENTS: _agreements,
}


def duplicates(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Rows that repeat an earlier one exactly: their lines."""
    seen: dict[str, int] = {}
    for line in lines:
        first = seen.setdefault(repr(sorted(line.values.items())), line.number)
        if first != line.number:
            yield line.number, first
