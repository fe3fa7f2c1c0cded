"""Starts processes of the service for tests, from one that has loaded everything: a second each would be too much.

Reads lines on stdin, `api <port> <url>` or `worker <namespace or -> <url>`, and tells the process of each on stdout.
Everything ends with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG, CLONE_NEWNET = 1, 0x40000000


def main() -> None:
    from app.edge.server import run
    from app.main import create_app
    from app.runs import worker

    worker.warm_up = lambda: None
    stand_in()
    gc.freeze()
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    for line in sys.stdin:
        what, where, url = line.split()
        pid = os.fork()
        if pid:
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        sys.stdin.close()
        try:
            if what == "api":
                run(create_app(url), "127.0.0.1", int(where))
            else:
                enter(where)
                worker.work(url, 1)
        finally:
            sys.stderr.flush()
            os._exit(0 if sys.exc_info()[0] is None else 1)


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def enter(namespace: str) -> None:
    if namespace != "-":
        with Path("/var/run/netns", namespace).open() as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"can't enter {namespace}")


def stand_in() -> None:
    """In place of a forecast: wait for as many milliseconds as its seed says, then add a line to the audit."""
    from app.audit.repository import add_line
    from app.runs.kinds import KINDS, Kind
    from app.runs.outcome import Stored

    def store(session: Any, run: Any, result: str) -> Stored:
        add_line(
            session, force_id=run.force_id, actor_id=run.actor_id, action="made", subject=f"{run.id} {os.getpid()}"
        )
        return Stored({"made": result}, None, None)

    KINDS["forecast"] = Kind(lambda _, run: run.seed, "tests.app.runs.computations:linger", store)


if __name__ == "__main__":
    main()
