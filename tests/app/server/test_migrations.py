"""Schema steps go both ways, and what they make is what the ORM classes describe."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from app.server.migrate import migrate
from app.tables import Base

OURS = "(select oid from pg_namespace where nspname in ('public', 'procrastinate'))"
SCHEMA = {
    "columns": "select table_schema, table_name, column_name, data_type, is_nullable, column_default, is_identity "
    "from information_schema.columns where table_schema in ('public', 'procrastinate')",
    "constraints": "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
    f"where connamespace in {OURS}",
    "indexes": "select schemaname, indexname, indexdef from pg_indexes where schemaname in ('public', 'procrastinate')",
    "policies": "select tablename, policyname, cmd, qual, with_check from pg_policies",
    "security": "select oid::regclass::text, relrowsecurity, relforcerowsecurity, relowner::regrole::text "
    f"from pg_class where relkind = 'r' and relnamespace in {OURS}",
    "rights": "select table_schema, table_name, grantee, privilege_type from information_schema.role_table_grants "
    "where table_schema in ('public', 'procrastinate')",
    "functions": "select pronamespace::regnamespace::text, proname, pg_get_function_identity_arguments(oid) "
    f"from pg_proc where pronamespace in {OURS}",
    "types": f"select typnamespace::regnamespace::text, typname from pg_type where typnamespace in {OURS}",
}


def schema(url: str) -> dict[str, list]:
    with psycopg.connect(url) as connection:
        return {name: sorted(connection.execute(query).fetchall(), key=str) for name, query in SCHEMA.items()}


def test_up_down_and_up_again_leaves_the_same_schema(empty_database):
    url = empty_database.owner
    migrate(url)
    first = schema(url)
    assert all(first.values())
    migrate(url, "base")
    left = schema(url)
    assert {row[1] for row in left["columns"]} <= {"alembic_version"}
    assert {row[2] for row in left["rights"]} <= {"postgres"}
    assert not left["policies"]
    assert not left["functions"]
    migrate(url)
    assert schema(url) == first


def test_a_migrated_database_is_left_as_it_is(database):
    first = schema(database.owner)
    migrate(database.owner)
    assert schema(database.owner) == first


def test_of_two_that_migrate_one_takes_the_steps(empty_database):
    with ThreadPoolExecutor(2) as both:
        for made in [both.submit(migrate, empty_database.owner) for _ in range(2)]:
            made.result()
    assert schema(empty_database.owner)["columns"]


def test_each_step_can_be_undone_alone(empty_database):
    migrate(empty_database.owner)
    first = schema(empty_database.owner)
    migrate(empty_database.owner, "-1")
    migrate(empty_database.owner)
    assert schema(empty_database.owner) == first


def test_the_tables_are_those_of_the_orm_classes(database):
    engine = create_engine(make_url(database.owner).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
