"""Row-level security as the database itself enforces it, whatever the application forgets."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from app.database import SERVICE_OPTIONS, SERVICE_ROLE
from app.tables import Base
from tests.helpers import FORCE, OTHER

TENANT_TABLES = sorted(
    name for name, table in Base.metadata.tables.items() if name == "forces" or "force_id" in table.columns
)
IMMUTABLE = [
    "accounts",
    "actors",
    "audit",
    "audit_heads",
    "calibrations",
    "capacity_plans",
    "counterfactuals",
    "covariate_values",
    "decisions",
    "event_versions",
    "force_settings",
    "forces",
    "forecast_scores",
    "forecasts",
    "mapping_versions",
    "rankings",
    "leave_requests",
    "pay_tables",
    "prediction_scores",
    "predictions",
    "replays",
    "requirements",
    "roll_outs",
    "rolled_days",
    "roster_changes",
    "rosters",
    "run_events",
    "scenarios",
    "superseded_records",
    "sessions",
    "swap_requests",
]


@pytest.fixture(scope="module")
def database(stocked_database):
    """Two forces, with rows in most tables."""
    return stocked_database


@pytest.fixture
def service(database):
    """A connection of the service role, as the application has it, before any force is chosen; nothing is kept."""
    with psycopg.connect(database.service, options=SERVICE_OPTIONS) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def ids(database) -> dict[str, UUID]:
    with psycopg.connect(database.owner) as connection:
        return dict(connection.execute("select slug, id from forces").fetchall())


def choose(connection, force) -> None:
    connection.execute("select set_config('pacesetter.force', %s, true)", (str(force),))


def count(connection, table: str) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
    return connection.execute(query).fetchone()[0]


def test_every_tenant_table_has_row_security_that_binds_its_owner_too(database):
    with psycopg.connect(database.owner) as connection:
        found = connection.execute(
            "select c.relname, c.relrowsecurity and c.relforcerowsecurity, c.relowner::regrole::text, count(p.polname) "
            "from pg_class c left join pg_policy p on p.polrelid = c.oid "
            "where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') "
            "and c.relname <> 'alembic_version' "
            "group by c.oid order by c.relname"
        ).fetchall()
        checks = connection.execute("select tablename, cmd, qual, with_check from pg_policies").fetchall()
    assert found == [(table, True, "pacesetter_owner", 1) for table in TENANT_TABLES]
    assert len(TENANT_TABLES) >= 40
    for table, command, seen, written in checks:
        assert (command, seen) == ("ALL", written), table
        assert ("id" if table == "forces" else "force_id") in seen


def test_neither_role_can_step_around_it(database):
    with psycopg.connect(database.owner) as connection:
        roles = connection.execute(
            "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles "
            "where rolname like 'pacesetter%'"
        ).fetchall()
        may_be_owner = connection.execute(
            "select pg_has_role(%s, 'pacesetter_owner', 'member')", (SERVICE_ROLE,)
        ).fetchone()
    assert sorted(roles) == [("pacesetter_owner", *[False] * 4), ("pacesetter_service", *[False] * 4)]
    assert may_be_owner == (False,)


@pytest.mark.parametrize("setting", [None, "", "someone", str(uuid4())])
def test_without_a_force_nothing_is_visible(service, setting):
    if setting is not None:
        choose(service, setting)
    assert {table: count(service, table) for table in TENANT_TABLES} == dict.fromkeys(TENANT_TABLES, 0)


def test_a_force_sees_its_own_rows_alone(service, ids):
    filled = 0
    for table in TENANT_TABLES:
        choose(service, "*")
        column = "id" if table == "forces" else "force_id"
        query = sql.SQL("select count(*) from {} where {} = %s").format(sql.Identifier(table), sql.Identifier(column))
        own = service.execute(query, (ids[FORCE],)).fetchone()[0]
        choose(service, ids[FORCE])
        assert count(service, table) == own, table
        filled += own > 0
    assert filled >= 9


def test_the_choice_ends_with_the_transaction(service, ids):
    choose(service, ids[FORCE])
    assert count(service, "handlers") > 0
    service.commit()
    assert count(service, "handlers") == 0


def test_a_row_of_another_force_is_neither_added_nor_taken_over(service, ids):
    insert = "insert into handlers (force_id, ref, body, updated_at) values (%s, 'H900', '{}', now())"
    choose(service, ids[FORCE])
    with pytest.raises(InsufficientPrivilege), service.transaction():
        service.execute(insert, (ids[OTHER],))
    with pytest.raises(InsufficientPrivilege), service.transaction():
        service.execute("update handlers set force_id = %s", (ids[OTHER],))
    assert service.execute("update handlers set updated_at = now() where force_id = %s", (ids[OTHER],)).rowcount == 0
    assert service.execute(insert, (ids[FORCE],)).rowcount == 1


def test_what_is_history_cannot_be_changed(service):
    choose(service, "*")
    for table in IMMUTABLE:
        column = "id" if table == "forces" else "force_id"
        refused(service, "update {0} set {1} = {1}", table, column)


def test_nothing_is_deleted_or_loosened_by_the_service(service):
    choose(service, "*")
    for table in TENANT_TABLES:
        for command in ("delete from {}", "truncate {}", "drop table {}", "alter table {} disable row level security"):
            refused(service, command, table)


def refused(connection, command: str, *names: str) -> None:
    with pytest.raises(InsufficientPrivilege), connection.transaction():
        connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))
