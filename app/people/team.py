"""The team of a supervisor, where the data say which it is: that of the handler whom the key or session belongs to."""

from __future__ import annotations

from app.access import Work
from app.errors import NotFound
from app.identity.roles import Permission
from app.people import service as people


def own_team(work: Work) -> set[str] | None:
    """Handlers whom the actor answers for; None: everybody, as planners do, and whoever has no team here."""
    if work.actor.handler_ref is None or work.actor.may(Permission.PLAN):
        return None
    teams = {handler.ref: handler.team for handler in people.all_of(work.session, work.force.id)}
    team = teams.get(work.actor.handler_ref)
    return None if team is None else {ref for ref, name in teams.items() if name == team}


def require_own_team(work: Work, ref: str) -> None:
    """Raise `NotFound` for a handler whom the actor does not answer for, as for one who does not exist."""
    team = own_team(work)
    if team is not None and ref not in team:
        raise NotFound(f"handler {ref!r} is unknown: see GET .../handlers")
