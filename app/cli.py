"""The `pacesetter` command. Each command imports what it needs, so that `--help` is quick and the API stays light."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app.audit.command import audit
from app.operations import logs
from app.settings import Settings, settings

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print variables, and with them keys
    help="Pacesetter: forecasts 999 and 101 calls, works out the handlers they need and rosters them, with proof.",
)
cli.add_typer(audit, name="audit")

Host = Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1, this machine only.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one. Default: 8999.")]


@cli.callback()
def _logging() -> None:
    logs.configure(settings().log_format, settings().log_level)


@cli.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Run everything on this machine: database, API and worker. Stop it with Ctrl+C.

    Without PACESETTER_DATABASE_URL it keeps its own PostgreSQL in the data folder (PACESETTER_DATA_DIR). At the very
    first start it prints the administrator's key, once: keep it.
    """
    from app.server.supervisor import StartError, running_service

    try:
        with running_service(_listening(host, port)) as service:
            _show_first_key(service.first_key)
            typer.echo(f"Pacesetter serves at {service.address} - documentation at {service.address}/docs")
            service.watch()
    except StartError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        typer.echo("stopped")


@cli.command()
def api(host: Host = None, port: Port = None) -> None:
    """Run the HTTP API alone, on the database of PACESETTER_DATABASE_URL. Start as many as you like."""
    gc.disable()  # nothing that is loaded becomes garbage
    from app.edge.server import run
    from app.main import create_app

    chosen = _listening(host, port)
    run(create_app(_require_database()), chosen.host, chosen.port)


@cli.command()
def worker() -> None:
    """Run a worker alone, on the database of PACESETTER_DATABASE_URL. It computes forecasts and rosters."""
    from app.runs.worker import work

    work(_require_database(), settings().worker_concurrency)


@cli.command()
def migrate(
    revision: Annotated[str, typer.Argument(help="Schema step to go to; 'base' undoes all.")] = "head",
) -> None:
    """Bring the database of PACESETTER_DATABASE_URL to this version's schema.

    The first time, log in as a user that may create roles. Prints the administrator's key of a new installation, once.
    """
    from app.server.migrate import migrate as run_steps
    from app.server.migrate import set_service_password
    from app.server.supervisor import make_first_key

    url = _require_database()
    run_steps(url, revision)
    if revision == "head":
        if (password := settings().service_password) is not None:
            set_service_password(url, password.get_secret_value())
        _show_first_key(make_first_key(url))
    typer.echo(f"the schema is at {revision}")


@cli.command()
def demo(
    calls: Annotated[
        Path | None,
        typer.Option(help="Your own history (CSV: queue,interval_start,offered,...) instead of a made-up force."),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Time zone of --calls, such as Europe/London.")] = "Europe/London",
    seconds: Annotated[int, typer.Option(min=5, max=3600, help="Time for the roster's search.")] = 60,
    serve: Annotated[bool, typer.Option(help="Keep serving after the summary.")] = True,
    port: Port = None,
) -> None:
    """Show the whole of it: history, forecast, requirement and next week's roster, over the public HTTP API.

    Without --calls it makes up a synthetic force. With --calls it makes up handlers and, where the file has none,
    handling times for your history, and rosters the first week that starts after it.
    """
    from app.client import ClientError
    from app.demonstration.demo import run_demo
    from app.server.supervisor import StartError, running_service

    # Of the processes that it starts: quiet beside its summary, and open to the accounts that it names.
    os.environ.setdefault("PACESETTER_LOG_LEVEL", "warning")
    os.environ.setdefault("PACESETTER_LOCAL_ACCOUNTS", "true")
    if calls is not None and not calls.is_file():
        _fail(f"--calls {calls}: there is no such file")
    try:
        with running_service(_listening(None, port)) as service:
            run_demo(service, calls=calls, timezone=timezone, seconds=seconds)
            if serve:
                typer.echo(f"\nServing at {service.address} - stop with Ctrl+C")
                service.watch()
    except (StartError, ClientError) as error:
        _fail(str(error))
    except KeyboardInterrupt:
        typer.echo("stopped")


@cli.command()
def check(
    file: Annotated[Path, typer.Argument(help="A certificate, saved from GET .../rosters/{id}/certificate.")],
    key: Annotated[
        str | None, typer.Option(help="Public key that must have signed it, from GET /v1/certificate-key.")
    ] = None,
) -> None:
    """Check a roster's certificate again, offline and without the solver: signature, rules, cover and cost.

    Exit status 0: everything holds. 1: something does not. 2: the file can't be read.
    """
    from app.certificates.recheck import RecheckError, recheck

    try:
        verdict = recheck(file.read_bytes(), key)
    except (OSError, RecheckError) as error:
        _fail(f"{file}: {error}", code=2)
    typer.echo("\n".join(verdict.lines))
    raise typer.Exit(0 if verdict.holds else 1)


@cli.command()
def key(
    name: Annotated[str, typer.Argument(help="Whom the key is for.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days until it expires.")] = 30,
) -> None:
    """Make an administrator's key, for whoever lost the first one. Needs the database, not another key.

    Uses PACESETTER_DATABASE_URL, or the embedded database in the data folder while the service is stopped.
    """
    from app.database import utc_now
    from app.server.supervisor import StartError, make_admin_key, service_database

    try:
        with service_database(settings()) as url:
            typer.echo(make_admin_key(url, name, utc_now() + timedelta(days=days)))
    except StartError as error:
        _fail(str(error))


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="File to write; one of that name is replaced.")]) -> None:
    """Write the whole database, and the key made for certificates, to one file. Keep it as safe as the database.

    Uses PACESETTER_DATABASE_URL, with a login that sees every row, while the service goes on; or the embedded database
    in the data folder while the service is stopped.
    """
    from app.operations import backup as made

    with _owned() as url:
        manifest = made.backup(url, file, settings().data_dir)
    typer.echo(f"{file}: schema {manifest.schema_version}, version {manifest.version}, {file.stat().st_size:,} bytes")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that 'pacesetter backup' wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before what is stored is replaced.")] = False,
) -> None:
    """Put a backup in place of everything that the database holds, all of it or nothing. Stop the service first.

    Uses PACESETTER_DATABASE_URL, with a login that may make roles, or the embedded database in the data folder.
    """
    from app.operations import backup as made

    if not file.is_file():
        _fail(f"{file}: there is no such file")
    if not yes and not typer.confirm("This replaces everything that the database holds. Go on?"):
        _fail("nothing was changed")
    with _owned() as url:
        manifest = made.restore(url, file, settings().data_dir)
    typer.echo(f"restored what {file} held at {manifest.made_at}; schema {manifest.schema_version}")
    typer.echo("run 'pacesetter migrate' where this version's schema is newer")


@contextmanager
def _owned() -> Iterator[str]:
    from app.operations.backup import BackupError
    from app.server.supervisor import StartError, owned_database

    try:
        with owned_database(settings()) as url:
            yield url
    except (StartError, BackupError) as error:
        _fail(str(error))


def _listening(host: str | None, port: int | None) -> Settings:
    changes = {"host": host, "port": port}
    return settings().model_copy(update={name: value for name, value in changes.items() if value is not None})


def _require_database() -> str:
    url = settings().database_url
    if url is None:
        _fail("PACESETTER_DATABASE_URL is not set: give the address of a PostgreSQL, or use 'pacesetter serve'")
    return url


def _show_first_key(made: str | None) -> None:
    if made is not None:
        typer.echo(f"The administrator's key, shown this once - keep it:\n\n    {made}\n")


def _fail(message: str, code: int = 1) -> NoReturn:
    typer.secho(message, fg=typer.colors.RED, err=True)
    raise typer.Exit(code)
