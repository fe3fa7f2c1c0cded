"""Tiny computations for the worker's tests: imported in the child by their path, like a room's `compute`."""

from __future__ import annotations

import os
import signal
import struct
import time
from pathlib import Path
from typing import Any


def double(inputs: int, report: Any) -> int:
    report(0.5, "doubling", objective=inputs)
    return 2 * inputs


def fail(inputs: object, report: Any) -> None:  # noqa: ARG001
    raise ValueError("handler H007 has no contract")


def vanish(inputs: object, report: Any) -> None:  # noqa: ARG001
    os._exit(7)


def killed(inputs: object, report: Any) -> None:  # noqa: ARG001
    os.kill(os.getpid(), signal.SIGKILL)


def killed_telling(inputs: object, report: Any) -> None:
    """Killed with half of a message sent."""
    os.write(report._pipe.fileno(), struct.pack("!i", 100) + b"half")
    killed(inputs, report)


def hoard(inputs: int, report: Any) -> int:  # noqa: ARG001
    """Holds `inputs` MiB for a while."""
    held = b"x" * (inputs * 2**20)
    time.sleep(1.5)
    return len(held)


def await_file(inputs: str, report: Any) -> int:
    """Goes on until the file named is there."""
    report(0.1, "waiting")
    while not Path(inputs).exists():
        time.sleep(0.02)
    return 3


def linger(inputs: int, report: Any) -> str:
    """Takes as many milliseconds as asked."""
    report(0.1, f"lingering in {os.getpid()}")
    time.sleep(inputs / 1000)
    return "something"


def unpicklable(inputs: object, report: Any) -> Any:  # noqa: ARG001
    return lambda: None


def dawdle(inputs: str, report: Any) -> None:
    """Writes its process to the file named, then never ends."""
    Path(inputs).write_text(str(os.getpid()))
    report(0.1, "dawdling")
    while True:
        time.sleep(0.05)


def settle(inputs: str, report: Any) -> int:
    """Writes its process to the file named, goes on until it is cancelled, then returns what it has."""
    Path(inputs).write_text(str(os.getpid()))
    while not report.cancelled():
        time.sleep(0.02)
    return 5
