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


class Permission(StrEnum):
    READ = "read"
    IMPORT = "import"
    PLAN = "plan"
    MANAGE = "manage"
    ADMINISTER = "administer"


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset({Permission.READ, Permission.IMPORT, Permission.PLAN, Permission.MANAGE}),
    Role.PLANNER: frozenset({Permission.READ, Permission.IMPORT, Permission.PLAN}),
    Role.SUPERVISOR: frozenset({Permission.READ}),
    Role.SYSTEM: frozenset({Permission.READ, Permission.IMPORT}),
    Role.AUDITOR: frozenset({Permission.READ}),
}
