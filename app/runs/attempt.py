"""One attempt at one run: chosen in its turn, computed in a child, stored under its attempt.

Whatever happens ends as a status of the run, never as a lost one. A database that is away is waited for: what a child
has computed meanwhile is not thrown away.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

import psutil
from procrastinate.job_context import AbortReason
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, force_session, utc_now
from app.errors import PacesetterError
from app.runs import recovery, repository
from app.runs.child import Child, ChildGoneError, Message, child
from app.runs.kinds import KINDS, Kind
from app.runs.schemas import RunStatus
from app.settings import RunLimit, settings

log = logging.getLogger(__name__)

OVERDUE = timedelta(seconds=60)  # after which a run that waits is as urgent as any
_LOOK_S = 2.0  # how often a running attempt asks the database whether it is still wanted
_WEIGH_S = 0.5  # how often its memory is looked at
_GRACE_S = 60.0  # that a computation which keeps its best has to come to an end, checks and simulation included
_PATIENCE_S = 600.0  # that a database which is away is waited for
_PAUSE_S = 0.5

Aborting = Callable[[], AbortReason | None]
Result = TypeVar("Result")


class Superseded(Exception):
    """This attempt is no longer the current one: whatever it made is dropped."""


@dataclass(frozen=True, slots=True)
class End:
    """How the computing ended: with a result or a reason as `content`, by its own death, or because it had to."""

    how: Literal["done", "failed", "died", "cancelled", "given back"]
    content: Any = None
    is_cancelled: bool = False  # asked to stop with its best, which is the content


@dataclass(frozen=True, slots=True)
class Attempt:
    """The run that this worker computes, and the number that fences what it stores."""

    engine: Engine
    force_id: UUID
    run_id: UUID
    number: int
    kind_name: str
    kind: Kind
    aborting: Aborting

    def steadily(self, step: Callable[[Session], Result]) -> Result:
        """`step` in a transaction of its own, again where the database was away: it has its effects once, since each
        step is fenced by the attempt's number."""
        return _steadily(self.engine, self.force_id, self.aborting, step)

    def once(self, step: Callable[[Session], Result]) -> Result | None:
        """`step` if the database is there; None where it is not."""
        try:
            with force_session(self.engine, self.force_id) as session:
                return step(session)
        except DBAPIError as error:
            if not is_away(error):
                raise
            return None


def is_away(error: DBAPIError) -> bool:
    """Whether the database, rather than what it was asked, is the cause: away, restarting, full."""
    return error.connection_invalidated or isinstance(error, OperationalError)


def _steadily(engine: Engine, force: UUID | str, aborting: Aborting, step: Callable[[Session], Result]) -> Result:
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with force_session(engine, force) as session:
                result = step(session)
        except DBAPIError as error:
            if not is_away(error) or time.monotonic() > give_up or aborting() is AbortReason.SHUTDOWN:
                raise
            log.warning("the database is away (%s): waiting for it", type(error.orig).__name__)
            time.sleep(_PAUSE_S)
        else:
            return result


def execute(engine: Engine, job_id: int, aborting: Aborting = lambda: None) -> None:
    """Spend the token `job_id` on the run whose turn it is, if any waits."""
    attempt = _claim(engine, job_id, aborting)
    if attempt is None:
        return
    try:
        _see_through(attempt)
    except Superseded:
        log.warning("run %s: this attempt was superseded, its result is dropped", attempt.run_id)


def rehearse(engine: Engine) -> None:
    """Choose among no kinds of runs: the first choice of a process takes its time for mappers, statements and a
    connection, and no run should wait for these."""

    def step(session: Session) -> None:
        repository.of_job(session, 0)
        repository.next_in_turn(session, {}, utc_now(), OVERDUE)

    _steadily(engine, EVERY_FORCE, lambda: None, step)


def priorities() -> Mapping[str, int]:
    """Of every kind that this version knows: a newer one's runs are left to its own workers."""
    return {name: int(kind.priority) for name, kind in KINDS.items()}


def _claim(engine: Engine, job_id: int, aborting: Aborting) -> Attempt | None:
    def step(session: Session) -> Attempt | None:
        # One that it has already was claimed by this step, whose answer was lost.
        run = repository.of_job(session, job_id)
        if run is None:
            run = repository.next_in_turn(session, priorities(), utc_now(), OVERDUE)
            if run is None:
                return None
            run.attempt += 1
            run.status, run.started_at, run.progress, run.job_id = RunStatus.RUNNING, utc_now(), 0.0, job_id
            repository.add_event(session, run.force_id, run.id, "started", {"attempt": run.attempt})
        return Attempt(engine, run.force_id, run.id, run.attempt, run.kind, KINDS[run.kind], aborting)

    return _steadily(engine, EVERY_FORCE, aborting, step)


def _see_through(attempt: Attempt) -> None:
    try:
        inputs = attempt.steadily(
            lambda session: attempt.kind.load(session, repository.locked(session, attempt.run_id))
        )
        _settle(attempt, _computed(attempt, inputs))
    except Superseded:
        raise
    except PacesetterError as error:
        _end(attempt, RunStatus.FAILED, error.detail)
    except Exception as error:
        if isinstance(error, DBAPIError) and is_away(error):
            raise  # the run has no job now: it is put back as soon as the database is there again
        log.exception("run %s failed in the worker", attempt.run_id)
        _end(attempt, RunStatus.FAILED, "an internal error; the worker's log has it")


def _computed(attempt: Attempt, inputs: Any) -> End:
    try:
        with child(attempt.kind.compute, inputs) as computing:
            return _watched(attempt, computing)
    except ChildGoneError as error:
        return End("died", str(error))


def _settle(attempt: Attempt, end: End) -> None:
    if end.how == "done":
        _store(attempt, end.content, is_cancelled=end.is_cancelled)
    elif end.how == "failed":
        _end(attempt, RunStatus.FAILED, end.content)
    elif end.how == "cancelled":
        _end(attempt, RunStatus.CANCELLED, "cancelled while it computed")
    else:
        attempt.steadily(lambda session: _put_back(session, attempt, end))


def _put_back(session: Session, attempt: Attempt, end: End) -> None:
    run = repository.current(session, attempt.run_id, attempt.number)
    if run is None:
        raise Superseded
    if end.how == "died":
        recovery.lose(session, run, end.content, in_child=True)
    else:
        recovery.give_back(session, run, "its worker stopped")


def _watched(attempt: Attempt, computing: Child) -> End:
    """Follow the child until it ends or has to."""
    limit = limit_of(attempt.kind_name)
    began = time.monotonic()
    stopped_at: float | None = None  # when it was asked to stop with the best that it has
    look_at, weigh_at = began + _LOOK_S, began
    for message in computing.messages:
        if message is not None and message.kind == "progress":
            _report(attempt, message)
        elif message is not None:
            assert message.kind in ("done", "failed", "died")
            return End(message.kind, message.content, is_cancelled=stopped_at is not None)  # type: ignore[arg-type]
        now = time.monotonic()
        if attempt.aborting() is AbortReason.SHUTDOWN:
            return End("given back")
        if now - began > limit.time_s:
            return End("failed", _beyond("computed for", f"{now - began:.0f} s", attempt, f"{limit.time_s:g} s"))
        if now >= weigh_at:
            weigh_at = now + _WEIGH_S
            if (used_mb := _memory_mb(computing.pid)) > limit.memory_mb:
                return End("failed", _beyond("used", f"{used_mb:.0f} MiB", attempt, f"{limit.memory_mb} MiB"))
        if stopped_at is not None:
            if now - stopped_at > _GRACE_S:
                return End("cancelled")
        elif attempt.aborting() is not None or now >= look_at:
            look_at = now + _LOOK_S
            if not (_is_wanted(attempt) and attempt.aborting() is None):
                if not attempt.kind.keeps_best:
                    return End("cancelled")
                stopped_at = now
                computing.stop()
    raise AssertionError("a child's messages end with how it ended")


def _is_wanted(attempt: Attempt) -> bool:
    """Whether nobody has cancelled the run. Raises `Superseded` where another attempt has taken over."""

    def step(session: Session) -> bool:
        if repository.should_go_on(session, attempt.run_id, attempt.number):
            return True
        if not repository.is_current(session, attempt.run_id, attempt.number):
            raise Superseded
        return False

    return attempt.once(step) is not False  # a database that is away has not changed its mind


@dataclass(frozen=True, slots=True)
class Limit:
    """Most that a run may compute [s], and that its process may hold [MiB]."""

    time_s: float
    memory_mb: int


def limit_of(kind_name: str) -> Limit:
    general = Limit(settings().run_time_s, settings().run_memory_mb)
    own = settings().run_limits.get(kind_name, RunLimit())
    return replace(general, **own.model_dump(exclude_none=True))


def _beyond(did: str, value: str, attempt: Attempt, limit: str) -> str:
    return f"stopped: it {did} {value}, and the limit of a {attempt.kind_name} run is {limit}"


def _memory_mb(pid: int) -> float:
    """What the process holds, with what it shares with the process it came from [MiB]; 0 where it has ended."""
    try:
        return float(psutil.Process(pid).memory_info().rss / 2**20)
    except psutil.NoSuchProcess:
        return 0.0


def _store(attempt: Attempt, content: Any, *, is_cancelled: bool) -> None:
    status = RunStatus.CANCELLED if is_cancelled else RunStatus.SUCCEEDED

    def step(session: Session) -> None:
        stored = attempt.kind.store(session, repository.locked(session, attempt.run_id), content)
        reason = stored.reason
        if is_cancelled:
            kept = "the best so far is kept" if stored.result is not None else "there was nothing to keep"
            reason = f"cancelled while it computed; {kept}"
        figures = {"result": stored.result, "outcome": stored.outcome, "reason": reason}
        if not repository.finish(session, attempt.run_id, attempt.number, status, progress=1.0, **figures):
            raise Superseded  # rolls back what was just stored
        repository.add_event(session, attempt.force_id, attempt.run_id, str(status), figures)

    attempt.steadily(step)


def _report(attempt: Attempt, message: Message) -> None:
    def step(session: Session) -> None:
        if repository.report(session, attempt.run_id, attempt.number, message.share, message.phase):
            data = {"progress": message.share, "phase": message.phase, **message.content}
            repository.add_event(session, attempt.force_id, attempt.run_id, "progress", data)

    attempt.once(step)


def _end(attempt: Attempt, status: RunStatus, reason: str) -> None:
    def step(session: Session) -> None:
        if not repository.finish(session, attempt.run_id, attempt.number, status, reason=reason):
            raise Superseded
        repository.add_event(session, attempt.force_id, attempt.run_id, str(status), {"reason": reason})

    attempt.steadily(step)
