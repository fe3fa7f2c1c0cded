"""Roles and what each may do."""

from __future__ import annotations

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
    ADMINISTER = "administer"


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {Permission.ADMINISTER},
    Role.PLANNER: frozenset(Permission) - {Permission.ADMINISTER, Permission.MANAGE},
    Role.SUPERVISOR: frozenset({Permission.READ, Permission.REPAIR}),
    Role.SYSTEM: frozenset({Permission.READ, Permission.IMPORT}),
    Role.AUDITOR: frozenset({Permission.READ}),
    Role.HANDLER: frozenset({Permission.EXPLAIN}),
    Role.STAFF_REPRESENTATIVE: frozenset({Permission.FAIRNESS}),
}
