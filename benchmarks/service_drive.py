"""A closed loop of HTTP requests from a process of its own: each connection sends one as soon as its last is answered.

``python -m benchmarks.service_drive`` reads one JSON object on stdin (`Load`), prints one (`Told`), and parses no more
of an answer than it must, so that it takes little of the core that the server needs.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psutil

WARM_UP_S = 1.0  # before anything is counted
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """`requests` (method, path, headers) in turn, over `connections` for `seconds`; the key is sent with each."""

    host: str
    port: int
    key: str
    requests: list[tuple[str, str, dict[str, str]]]
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Told:
    """Latencies [ms], answers a second, and how many of each status; `n_failed` connections broke or timed out."""

    per_s: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    n: int
    statuses: dict[str, int]
    n_failed: int
    driver_cpu_s: float


def drive(load: Load) -> Told:
    """Run the load in a process of its own."""
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.service_drive"],
        input=json.dumps(asdict(load)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Told(**json.loads(made.stdout))


async def _driven(load: Load) -> Told:
    wires = [_wire(load, request) for request in load.requests]
    begin = time.perf_counter() + WARM_UP_S
    end = begin + load.seconds
    latencies: list[float] = []
    statuses: Counter[str] = Counter()
    failed = await asyncio.gather(
        *(_connection(load, wires, number, (begin, end), latencies, statuses) for number in range(load.connections))
    )
    ms = np.array(latencies) * 1000
    used = psutil.Process().cpu_times()
    return Told(
        per_s=round(ms.size / load.seconds, 1),
        p50_ms=round(float(np.median(ms)), 2),
        p99_ms=round(float(np.quantile(ms, 0.99)), 2),
        worst_ms=round(float(ms.max()), 2),
        n=int(ms.size),
        statuses=dict(statuses),
        n_failed=sum(failed),
        driver_cpu_s=round(used.user + used.system, 2),
    )


async def _connection(
    load: Load, wires: list[bytes], number: int, span: tuple[float, float], latencies: list[float],
    statuses: Counter[str],
) -> int:  # fmt: skip
    """Requests on one connection, the first at its own place in the list; 1 where it broke, else 0."""
    try:
        reader, writer = await asyncio.open_connection(load.host, load.port, limit=2**24)
        at = number
        while (began := time.perf_counter()) < span[1]:
            writer.write(wires[at % len(wires)])
            status = await asyncio.wait_for(_answer(reader), _TIMEOUT_S)
            if began >= span[0]:
                latencies.append(time.perf_counter() - began)
                statuses[status] += 1
            at += 1
        writer.close()
    except (OSError, EOFError, TimeoutError):
        return 1
    return 0


async def _answer(reader: asyncio.StreamReader) -> str:
    """Status of an answer, read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = head[9:12].decode()
    if status != "304":
        lower = head.lower()
        at = lower.index(b"content-length:") + len(b"content-length:")
        await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
    return status


def _wire(load: Load, request: tuple[str, str, dict[str, str]]) -> bytes:
    method, path, headers = request
    lines = {"Host": f"{load.host}:{load.port}", "Authorization": f"Bearer {load.key}", **headers}
    return "".join([f"{method} {path} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in lines.items()),
                    "\r\n"]).encode()  # fmt: skip


def main() -> None:
    asked: dict[str, Any] = json.load(sys.stdin)
    asked["requests"] = [(method, path, headers) for method, path, headers in asked["requests"]]
    print(json.dumps(asdict(asyncio.run(_driven(Load(**asked))))))


if __name__ == "__main__":
    main()
