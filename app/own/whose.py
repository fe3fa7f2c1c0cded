"""Who may do something for a handler: they themselves, and whoever plans."""

from __future__ import annotations

from app.access import Work
from app.errors import Conflict, NotFound
from app.identity.roles import Permission


def require_own(work: Work, ref: str) -> None:
    """Raise `NotFound` unless the actor is the handler or plans: a handler learns of nobody else, not even that they
    exist."""
    if not work.actor.may(Permission.PLAN) and work.actor.handler_ref != ref:
        raise NotFound(f"handler {ref!r} is unknown: see GET .../handlers")


def require_self(work: Work, ref: str, what: str) -> None:
    """Raise as `require_own`, and `Conflict` for a planner, who can't do `what` in somebody's place."""
    require_own(work, ref)
    if work.actor.handler_ref != ref:
        raise Conflict(f"{what} is for handler {ref} alone, and {work.actor.name!r} is not that handler")
