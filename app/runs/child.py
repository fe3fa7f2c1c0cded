"""The child process in which one run computes. It dies with its worker and can be killed at any moment.

Children come from a forkserver that has loaded the heavy libraries once: importing them anew costs seconds per run.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import multiprocessing as mp
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, Protocol

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL_S = 0.05  # how soon whoever reads the messages hears of anything else, a cancel among it
_STOP = "stop"
_SERVER_GONE = 255  # what multiprocessing tells of a child whose forkserver has died
_MOST_OFTEN_S = 0.5  # a phase is reported at once, its progress no more often than this


class Report(Protocol):
    """How a computation tells where it is: share done 0..1, phase in words, and any figures; and learns that it is to
    stop with the best that it has."""

    def __call__(self, share: float, phase: str, **figures: Any) -> None: ...

    def cancelled(self) -> bool:
        """Whether the run was cancelled. Asked again and again by computations that keep what they have."""
        ...


class ChildGoneError(Exception):
    """The child was killed, or could not be started: another may have more luck."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a child sends: progress, its result, or why it failed; "died" where it was killed."""

    kind: str
    share: float = 0.0
    phase: str = ""
    content: Any = None


def warm_up() -> None:
    """Start the forkserver, which loads what the computations need."""
    # The arrays are small: more BLAS threads only spin, on cores that the solver needs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(["app.runs.tied", "app.runs.preload"])
    forkserver.ensure_running()
    with child("app.runs.child:nothing", None) as first:  # answers once everything is loaded
        for _ in first.messages:
            pass


def nothing(inputs: None, report: Report) -> None:
    """The least that a child can compute."""


@dataclass(frozen=True, slots=True)
class Child:
    """A computation at work: its process, its `messages`, None while there is none, and a way to ask it to stop."""

    pid: int
    messages: Iterator[Message | None]
    stop: Callable[[], None]


@contextmanager
def child(compute: str, inputs: Any) -> Iterator[Child]:
    """Run `compute` ("module:function") on `inputs` in a child. Leaving the block kills it if it still runs.

    Raises `ChildGoneError`.
    """
    context = mp.get_context("forkserver")
    ours, theirs = context.Pipe()
    held, lifeline = context.Pipe()
    process = context.Process(target=_main, args=(compute, theirs, lifeline), daemon=True)
    with _lost_if_broken("could not be started"):
        process.start()
    theirs.close()
    lifeline.close()
    try:
        with _lost_if_broken("ended before it began"):
            ours.send(inputs)

        def stop() -> None:
            with suppress(OSError):  # it has just ended: its last message says how
                held.send(_STOP)

        assert process.pid is not None
        yield Child(process.pid, _messages(ours, process), stop)
    finally:
        process.kill()
        process.join()
        held.close()
        ours.close()


@contextmanager
def _lost_if_broken(how: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError) as error:
        raise ChildGoneError(f"the computing process {how}: {type(error).__name__}") from error


def _messages(pipe: Connection, process: ForkServerProcess) -> Iterator[Message | None]:
    while True:
        if not pipe.poll(_POLL_S):
            yield None
            continue
        try:
            message: Message = pipe.recv()
        except (EOFError, OSError):  # the latter also where it was killed in the middle of a message
            process.join(5)
            code = process.exitcode
            was_killed = code is None or code < 0 or code == _SERVER_GONE
            yield Message(
                "died" if was_killed else "failed", content=f"the computing process ended with exit code {code}"
            )
            return
        yield message
        if message.kind != "progress":
            return


class _Reporter:
    """Tells the worker by `pipe`, a phase at once and its progress now and then."""

    def __init__(self, pipe: Connection, stopped: threading.Event) -> None:
        self._pipe, self._stopped = pipe, stopped
        self._last, self._phase = -_MOST_OFTEN_S, ""

    def __call__(self, share: float, phase: str, **figures: Any) -> None:
        now = time.monotonic()
        if phase != self._phase or now - self._last >= _MOST_OFTEN_S:
            self._last, self._phase = now, phase
            self._pipe.send(Message("progress", min(max(share, 0.0), 1.0), phase, figures))

    def cancelled(self) -> bool:
        return self._stopped.is_set()


def _main(compute: str, pipe: Connection, lifeline: Connection) -> None:
    stopped = threading.Event()
    _die_with_worker(lifeline, stopped)
    module, function = compute.split(":")
    inputs = pipe.recv()
    try:
        result = getattr(importlib.import_module(module), function)(inputs, _Reporter(pipe, stopped))
    except Exception as error:
        # The worker records it as the run's reason and logs the trace; nothing is swallowed.
        traceback.print_exc()
        # A refusal by a library says in its words what is wrong; of anything else the kind helps whoever mends it.
        told = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        pipe.send(Message("failed", content=told))
    else:
        pipe.send(Message("done", share=1.0, content=result))


def end_with_parent() -> None:
    """Let the kernel kill this process when the one that made it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _die_with_worker(lifeline: Connection, stopped: threading.Event) -> None:
    """Kernel signal when the forkserver goes, and end of file on a pipe that only the worker holds; what the worker
    sends on it means to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()

    def watch() -> None:
        try:
            while lifeline.recv() == _STOP:
                stopped.set()
        except EOFError:
            logging.getLogger(__name__).warning("worker is gone, computation ends")
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
