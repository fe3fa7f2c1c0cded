"""What is backed up comes back as it was, in another database, all of it or nothing."""

from __future__ import annotations

import tarfile

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql

from app.main import create_app
from app.operations.backup import BackupError, backup, restore
from app.server.migrate import migrate
from app.server.supervisor import make_first_key
from app.tables import Base
from tests.helpers import FORCE, add_calls, add_force, add_handlers, bearer, done, handler_body, history_csv


def content(url: str) -> dict[str, list[str]]:
    """Every row of every table as text, and who may do what with it."""
    with psycopg.connect(url) as connection:
        found = {}
        for name in sorted(Base.metadata.tables):
            query = sql.SQL("select t::text from {} t order by 1").format(sql.Identifier(name))
            found[name] = [row[0] for row in connection.execute(query)]
        for name, query in (
            ("rights", "select table_name, grantee, privilege_type from information_schema.role_table_grants "
                       "where table_schema = 'public' order by 1, 2, 3"),
            ("policies", "select tablename, qual from pg_policies order by 1, 2"),
            ("forced", "select relname, relforcerowsecurity from pg_class where relnamespace = 'public'::regnamespace "
                       "and relkind in ('r', 'p') order by 1"),
            ("jobs", "select task_name, args from procrastinate.procrastinate_jobs order by id"),
        ):  # fmt: skip
            found[name] = [str(row) for row in connection.execute(query)]
    return found


def test_a_backup_comes_back_whole_and_the_service_goes_on(database, clone, tmp_path):
    key = make_first_key(database.service)
    with TestClient(create_app(database.service), headers=bearer(key)) as api:
        add_force(api)
        done(add_calls(api, history_csv(2)))
        done(add_handlers(api, handler_body()))
        done(api.post(f"/v1/forces/{FORCE}/forecasts", json={}), 202)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "certificate-key.pem").write_bytes(b"a key")
    file = tmp_path / "kept.backup"
    made = backup(database.owner, file, tmp_path / "here")
    assert file.stat().st_mode & 0o777 == 0o600
    other = clone("template0")
    migrate(other.owner)
    make_first_key(other.service)  # something that is to go
    assert restore(other.owner, file, tmp_path / "there") == made
    assert content(other.owner) == content(database.owner)
    assert (tmp_path / "there" / "certificate-key.pem").read_bytes() == b"a key"
    with TestClient(create_app(other.service), headers=bearer(key)) as api:
        assert done(api.get("/health/ready"))["status"] == "ready"
        done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 1}), 202)


def test_what_is_no_backup_or_was_changed_changes_nothing(database, tmp_path):
    file = tmp_path / "kept.backup"
    backup(database.owner, file, tmp_path)
    before = content(database.owner)
    (tmp_path / "nonsense").write_bytes(b"nonsense" * 1000)
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        archive.add(file, "../../etc/passwd")
    whole = bytearray(file.read_bytes())
    whole[-20_000] ^= 1
    (tmp_path / "changed").write_bytes(whole)
    (tmp_path / "half").write_bytes(file.read_bytes()[: len(whole) // 2])
    for name in ("nonsense", "other.tar", "changed", "half", "absent"):
        with pytest.raises(BackupError):
            restore(database.owner, tmp_path / name, tmp_path)
    assert content(database.owner) == before
