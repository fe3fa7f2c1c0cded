"""`pacesetter audit`: whether the audit is as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from uuid import UUID

    from app.audit.chain import Verdict

audit = typer.Typer(no_args_is_help=True, help="The audit: check that it is as it was written.")

_INSTALLATION = "installation"


@audit.callback()
def _commands() -> None:
    """So that `verify` keeps its name while it is the only command."""


@audit.command()
def verify(
    file: Annotated[Path | None, typer.Option(help="Check an export (jsonl) instead of the database.")] = None,
    heads: Annotated[
        Path | None,
        typer.Option(help="File with the heads noted at the last time, kept elsewhere: made where it is absent."),
    ] = None,
) -> None:
    """Find any line of the audit that was changed, removed or added past the chain.

    Uses PACESETTER_DATABASE_URL, or the embedded database in the data folder while the service is stopped. Whoever may
    write to the whole database could make a chain anew: `--heads FILE` notices that, if the file is kept elsewhere.
    Exit status 0: the audit holds. 1: it does not. 2: it can't be read.
    """
    from app.server.supervisor import StartError

    try:
        faults = _of_file(file) if file is not None else _of_database(heads)
    except (OSError, ValueError, StartError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise typer.Exit(2) from error
    raise typer.Exit(1 if faults else 0)


def _of_file(file: Path) -> int:
    import orjson

    from app.audit.service import verified_lines

    exported: list[dict[str, Any]] = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    faults = verified_lines(exported)
    _tell(file.name, len(exported), faults)
    return len(faults)


def _of_database(heads: Path | None) -> int:
    import orjson

    known: dict[str, dict[str, Any]] = {}
    if heads is not None and heads.exists():
        known = orjson.loads(heads.read_bytes())
    n_faults = 0
    for name, verdict in _verdicts(known):
        _tell(name, verdict.n_lines, verdict.faults)
        n_faults += len(verdict.faults)
        known[name] = {"number": verdict.head.number, "hash": verdict.head.hash}
    if heads is not None and n_faults == 0:
        heads.write_bytes(orjson.dumps(known, option=orjson.OPT_INDENT_2))
    return n_faults


def _verdicts(known: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Verdict]]:
    """Each chain's name and verdict, the installation's first; all of one moment."""
    from sqlalchemy.orm import Session

    from app.audit.chain import Head
    from app.audit.service import verified
    from app.database import EVERY_FORCE, service_engine, work_for
    from app.forces import repository as forces
    from app.server.supervisor import service_database
    from app.settings import settings

    with service_database(settings()) as url:
        engine = service_engine(url, pool_size=1)
        try:
            with Session(engine) as session:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                work_for(session, EVERY_FORCE)
                chains: list[tuple[str, UUID | None]] = [(_INSTALLATION, None)]
                chains += [(force.slug, force.id) for force in forces.all_visible(session)]
                for name, force_id in chains:
                    noted = [Head(**known[name])] if known.get(name, {}).get("number") else []
                    yield name, verified(session, force_id, noted)
        finally:
            engine.dispose()


def _tell(name: str, n_lines: int, faults: list[str]) -> None:
    typer.echo(f"{name}: {n_lines} lines, {'all as written' if not faults else f'{len(faults)} faults'}")
    for fault in faults:
        typer.echo(f"  {fault}")
