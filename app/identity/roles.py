"""Roles and what each may do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    PLANNER = "planner"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"
    AUDITOR = "auditor"
    HANDLER = "handler"  # of a key that belongs to one handler
    STAFF_REPRESENTATIVE = "staff_representative"


class Permission(StrEnum):
    READ = "read"
    IMPORT = "import"
    REPAIR = "repair"  # a published roster's day, within what its force delegates
    PLAN = "plan"
    MANAGE = "manage"
    EXPLAIN = "explain"  # schedule and burdens of a person: a handler's own alone
    FAIRNESS = "fairness"  # burdens of groups
    AUDIT = "audit"
    ADMINISTER = "administer"


# In words, for the reference of permissions.
MEANING: dict[Permission, str] = {
    Permission.READ: "see calls, handlers, forecasts, requirements, rosters and runs",
    Permission.IMPORT: "bring in history, handling times, log-ons and feeds",
    Permission.REPAIR: "repair the day of a published roster within what its force delegates, absences above all",
    Permission.PLAN: "store handlers and events, ask for runs, cancel them, adjust forecasts, edit drafts",
    Permission.MANAGE: "change settings, approve and publish rosters, change what is approved",
    Permission.EXPLAIN: "see a person's schedule and burdens; a handler: the own alone",
    Permission.FAIRNESS: "see the burdens of groups of people",
    Permission.AUDIT: "read and export the audit",
    Permission.ADMINISTER: "make, rotate and revoke keys; who may sign in",
}

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {Permission.ADMINISTER, Permission.AUDIT},
    Role.PLANNER: frozenset(Permission) - {Permission.ADMINISTER, Permission.AUDIT, Permission.MANAGE},
    Role.SUPERVISOR: frozenset({Permission.READ, Permission.REPAIR}),
    Role.SYSTEM: frozenset({Permission.READ, Permission.IMPORT}),
    Role.HANDLER: frozenset({Permission.EXPLAIN}),
    Role.STAFF_REPRESENTATIVE: frozenset({Permission.FAIRNESS}),
    Role.AUDITOR: frozenset({Permission.READ, Permission.AUDIT}),
}


def permitted(roles: Iterable[Role], scopes: Iterable[Permission] | None) -> frozenset[Permission]:
    """What `roles` allow together, narrowed to `scopes` where a key has any."""
    allowed = frozenset[Permission]().union(*(ALLOWED[role] for role in roles))
    return allowed if scopes is None else allowed & frozenset(scopes)
