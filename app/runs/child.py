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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, Protocol

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL_S = 0.2
_MOST_OFTEN_S = 0.5  # a phase is reported at once, its progress no more often than this


class Report(Protocol):
    """How a computation tells where it is: share done 0..1, phase in words, and any figures."""

    def __call__(self, share: float, phase: str, **figures: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Message:
    """What a child sends: progress, its result, or why it failed."""

    kind: str
    share: float = 0.0
    phase: str = ""
    content: Any = None


def warm_up() -> None:
    """Start the forkserver, which loads what the computations need."""
    # The arrays are small: more BLAS threads only spin, on cores that the solver needs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(["app.runs.preload"])
    forkserver.ensure_running()


@contextmanager
def child(compute: str, inputs: Any) -> Iterator[Iterator[Message | None]]:
    """Run `compute` ("module:function") on `inputs` in a child; yields its messages, None while there is none.

    Leaving the block kills the child if it still runs.
    """
    context = mp.get_context("forkserver")
    ours, theirs = context.Pipe()
    held, lifeline = context.Pipe()
    process = context.Process(target=_main, args=(compute, theirs, lifeline), daemon=True)
    process.start()
    theirs.close()
    lifeline.close()
    try:
        ours.send(inputs)
        yield _messages(ours, process)
    finally:
        process.kill()
        process.join()
        held.close()
        ours.close()


def _messages(pipe: Connection, process: ForkServerProcess) -> Iterator[Message | None]:
    while True:
        if not pipe.poll(_POLL_S):
            yield None
            continue
        try:
            message: Message = pipe.recv()
        except EOFError:
            process.join(5)
            yield Message("failed", content=f"the computing process ended with exit code {process.exitcode}")
            return
        yield message
        if message.kind in ("done", "failed"):
            return


def _main(compute: str, pipe: Connection, lifeline: Connection) -> None:
    _die_with_worker(lifeline)
    module, function = compute.split(":")
    inputs = pipe.recv()

    last: list[Any] = [-_MOST_OFTEN_S, ""]  # when and in which phase it was last told

    def report(share: float, phase: str, **figures: Any) -> None:
        now = time.monotonic()
        if phase != last[1] or now - last[0] >= _MOST_OFTEN_S:
            last[:] = now, phase
            pipe.send(Message("progress", min(max(share, 0.0), 1.0), phase, figures))

    try:
        result = getattr(importlib.import_module(module), function)(inputs, report)
    except Exception as error:
        # The worker records it as the run's reason and logs the trace; nothing is swallowed.
        traceback.print_exc()
        # A refusal by a library says in its words what is wrong; of anything else the kind helps whoever mends it.
        told = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        pipe.send(Message("failed", content=told))
    else:
        pipe.send(Message("done", share=1.0, content=result))


def _die_with_worker(lifeline: Connection) -> None:
    """Kernel signal when the forkserver goes, and end of file on a pipe that only the worker holds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        try:
            lifeline.recv()
        except EOFError:
            logging.getLogger(__name__).warning("worker is gone, computation ends")
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
