"""The threads of an API process share one core: the least busy of those that the process may use.

The interpreter runs one of them at a time anyway. But where its lock is handed from core to core, each handover has to
wake the other, which in a virtual machine takes longer than much of a small read (decision 0013).
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path

import psutil

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 2.0
_BETTER_BY = 0.25  # of a core: for less it is not worth to move


async def keep_together() -> None:
    """Look every now and then where there is most room; ends when cancelled, or at once where cores can't be chosen."""
    if sys.platform != "linux" or len(cores := os.sched_getaffinity(0)) < 2 or not cores <= _busy().keys():
        return  # the last: a container may be shown other cores than it has
    try:
        await _follow(cores)
    except (OSError, KeyError):  # a core that it had was taken away: it may use all that are left
        log.warning("this process no longer keeps to one core: its cores were changed while it ran")


async def _follow(cores: Collection[int]) -> None:
    mine = random.choice(sorted(cores))
    _move(mine)
    at, busy, own = time.monotonic(), _busy(), time.process_time()
    while True:
        # Not all of a machine's processes at the same moment, which would drive each other to and fro.
        await asyncio.sleep(_LOOK_EVERY_S * random.uniform(0.5, 1.5))
        at_before, busy_before, own_before = at, busy, own
        at, busy, own = time.monotonic(), _busy(), time.process_time()
        others = {core: (busy[core] - busy_before[core]) / (at - at_before) for core in cores}
        others[mine] -= (own - own_before) / (at - at_before)
        if (best := roomier(others, mine)) != mine:
            mine = best
            _move(mine)


def roomier(others: Mapping[int, float], mine: int) -> int:
    """The core that others keep least busy, as a share of its time; `mine` unless it is clearly better."""
    best = min(others, key=others.__getitem__)
    return best if others[best] + _BETTER_BY < others[mine] else mine


def _busy() -> dict[int, float]:
    """Seconds that each core has worked since the machine started; what runs niced gives way and does not count."""
    return {core: times.user + times.system + times.softirq for core, times in enumerate(psutil.cpu_times(percpu=True))}


def _move(core: int) -> None:
    for thread in Path("/proc/self/task").iterdir():
        try:
            os.sched_setaffinity(int(thread.name), {core})
        except ProcessLookupError:  # it has ended meanwhile
            continue
