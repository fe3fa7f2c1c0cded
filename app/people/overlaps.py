"""What contradicts itself within one handler: two contracts, consents, skills or leaves of the same days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import Protocol

from app.errors import Invalid
from app.people.schemas import HandlerIn


class _Dated(Protocol):
    @property
    def first(self) -> date | None: ...

    @property
    def last(self) -> date | None: ...


def require_no_overlaps(handlers: Sequence[HandlerIn]) -> None:
    """Raise `Invalid` that names each handler with two entries of a kind on the same day, and both entries."""
    errors = [
        {"where": what, "value": f"{spans[0]} and {spans[1]}", "expected": "no day twice", "subject": handler.ref}
        for handler in handlers
        for what, *spans in _overlaps(handler)
    ]
    if errors:
        first = errors[0]
        raise Invalid(
            f"handler {first['subject']}: {first['where']} overlap, {first['value']}: expected no day twice",
            errors=errors,
        )


def _overlaps(handler: HandlerIn) -> Iterator[tuple[str, str, str]]:
    undated = [one for one in handler.consents if one.first is None and one.last is None]
    if undated:
        yield "consents", "one without dates", "the others"
    lists: list[tuple[str, Sequence[_Dated]]] = [
        ("contracts", handler.contracts),
        ("consents", [one for one in handler.consents if one not in undated]),
        ("leave", handler.leave),
    ]
    lists += [(f"skill {name}", [s for s in handler.skills if s.skill == name]) for name in ("999", "101")]
    roles = sorted({role.role for role in handler.roles})
    lists += [(f"role {name}", [role for role in handler.roles if role.role == name]) for name in roles]
    for what, entries in lists:
        for one, other in combinations(sorted(entries, key=lambda e: e.first or date.min), 2):
            if (one.last or date.max) >= (other.first or date.min):
                yield what, span(one.first, one.last), span(other.first, other.last)


def span(first: date | None, last: date | None) -> str:
    """Two dates in words; None: open."""
    return f"{first or 'open'} to {last or 'open'}"
