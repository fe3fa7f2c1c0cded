"""Rosters beside peers on the problems that they can express: `python -m benchmarks.roster_peers [FILE...]`.

One after the other, each with the same wall seconds and workers; one counter, the checker of named-shift rosters, says
what each roster costs and which rules it breaks.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import peer_runs
from benchmarks.roster_peer_problems import MADE_UP, PeerProblem
from rostering.errors import ProblemError
from rostering.named.check import check
from rostering.named.problem import NamedProblem, NamedRoster
from rostering.named.reading import parse
from rostering.named.solve import solve
from rostering.roster import SolveBudget

_ROOT = Path(__file__).resolve().parent
_INSTANCES = _ROOT.parent.parent / "shared" / "data" / "instances" / "nrp"
_SPARE_S = 300.0  # [s] that a peer may take for building its model, beyond its seconds of search
_SCRIPTS = {"shift_sat": "shift_sat", "timefold": "timefold_rosters", "pyworkforce": "min_hours"}
_ONE_THREAD = ("timefold",)  # as many run beside each other, with seeds of their own, as others have workers
_WARM_UP = """SECTION_HORIZON
7
SECTION_SHIFTS
E,480,
SECTION_STAFF
A,E=7,2400,480,5,1,1,1
SECTION_COVER
0,E,1,100,1
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one side made of a problem, as the checker counts it.

    objective : None where there is no roster, or one that breaks rules; ``error`` then says which
    seconds, cpu_s : wall and CPU [s], of a peer with its own start-up
    """

    objective: int | None
    error: str | None
    status: str
    seconds: float
    cpu_s: float

    def figures(self) -> dict[str, object]:
        return {
            "objective": self.objective,
            "status": self.status,
            "error": self.error,
            "seconds": round(self.seconds, 2),
            "cpu_s": round(self.cpu_s, 1),
        }


def main(arguments: list[str] | None = None) -> int:
    """The last line of stdout is a JSON object. Exit code 1: a file is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.roster_peers", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="instances of Curtois and Qu")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", nargs="+", choices=_SCRIPTS, default=list(_SCRIPTS))
    parser.add_argument("--made", nargs="+", metavar="NAME", default=[], help="made-up problems: " + ", ".join(MADE_UP))
    options = parser.parse_args(arguments)
    try:
        problems = [*instances(options.files), *made_up(options.made)] if options.files or options.made else defaults()
    except (OSError, ProblemError) as error:
        print(error, file=sys.stderr)
        return 1
    found = {}
    solve(parse(_WARM_UP), SolveBudget(seconds=5.0, workers=options.workers))  # compiles, unmeasured
    for problem in problems:
        peers = [name for name in problem.peers if name in options.peers]
        if peers:
            found[problem.name] = compare(problem, peers, options)
    print(json.dumps({"problems": found, "summary": summary(found)}))
    return 0


def defaults() -> list[PeerProblem]:
    """The shared instances in the order of their numbers, and all made-up problems."""
    if not _INSTANCES.exists():
        tell("the instances in the folder shared beside this checkout are absent: made-up problems only")
    numbered = sorted(_INSTANCES.glob("Instance*.txt"), key=lambda path: int(path.stem.removeprefix("Instance")))
    return [*instances(numbered), *made_up(list(MADE_UP))]


def instances(files: Sequence[Path]) -> list[PeerProblem]:
    """The problems of ``files``.

    Raises
    ------
    OSError, ProblemError : a file cannot be read, or is no instance; the message names it
    """
    problems = []
    for path in files:
        try:
            problems.append(PeerProblem(path.stem, parse(path.read_text()), ("shift_sat", "timefold")))
        except ProblemError as error:
            raise ProblemError(f"{path}: {error}") from error
    return problems


def made_up(names: Sequence[str]) -> list[PeerProblem]:
    """The made-up problems of these names.

    Raises
    ------
    ProblemError : a name is unknown
    """
    for name in names:
        if name not in MADE_UP:
            raise ProblemError(f"made-up problem {name!r}, expected one of {', '.join(MADE_UP)}")
    return [MADE_UP[name](name) for name in names]


def compare(problem: PeerProblem, peers: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    """The product once, then each peer, with the same seconds and workers."""
    own = run_product(problem, options)
    tell(f"{problem.name}: pacesetter {own.figures()}")
    found: dict[str, Any] = {"pacesetter": own.figures(), "peers": {}}
    for name in peers:
        other = run_peer(name, problem, options)
        tell(f"{problem.name}: {name} {other.figures()}")
        found["peers"][name] = other.figures() | verdict(own.objective, other.objective)
    return found


def verdict(own: int | None, other: int | None) -> dict[str, Any]:
    """``ratio`` of the product's objective over the peer's, and whose is ``better``."""
    ratio = own / other if own is not None and other else None
    if own == other:
        return {"ratio": ratio, "better": "equal"}
    is_own = other is None or (own is not None and own < other)
    return {"ratio": ratio, "better": "pacesetter" if is_own else "peer"}


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """How often each is better, by peer."""
    counts: dict[str, dict[str, int]] = {}
    for problem in found.values():
        for name, peer in problem["peers"].items():
            counts.setdefault(name, {"pacesetter": 0, "equal": 0, "peer": 0})[peer["better"]] += 1
    return counts


def run_product(problem: PeerProblem, options: argparse.Namespace) -> Entry:
    began, used = time.monotonic(), time.process_time()
    outcome = solve(problem.named, SolveBudget(seconds=options.seconds, seed=options.seed, workers=options.workers))
    seconds, cpu_s = time.monotonic() - began, time.process_time() - used
    objective, error = count(problem, outcome.roster)
    return Entry(objective, error, outcome.status.value, seconds, cpu_s)


def run_peer(name: str, problem: PeerProblem, options: argparse.Namespace) -> Entry:
    """The peer in its own environment; the best of several beside each other where it has one thread."""
    n_copies = options.workers if name in _ONE_THREAD else 1
    used = _children_s()
    with tempfile.TemporaryDirectory() as folder:
        python = peer_runs.environment(tell)
        answers = _ask(python, _SCRIPTS[name], problem, options, [Path(folder) / str(n) for n in range(n_copies)])
    cpu_s = _children_s() - used
    entries = []
    for answer in answers:
        if "error" in answer:
            entries.append(Entry(None, answer["error"], "failed", answer["seconds"], cpu_s))
            continue
        objective, error = count(problem, to_roster(answer["days"]))
        said = answer.get("says")
        # A model's own sum may hold slack that its roster does not need, but never too little.
        if objective is not None and said is not None and said < objective - 1e-6:
            error = f"says {said} of its own roster"
        entries.append(Entry(objective, error, answer["status"], answer["seconds"], cpu_s))
    return min(entries, key=lambda entry: (entry.objective is None, entry.objective or 0))


def _ask(
    python: Path, script: str, problem: PeerProblem, options: argparse.Namespace, folders: Sequence[Path]
) -> list[dict[str, Any]]:
    """One answer for each folder, from processes that run beside each other."""
    processes = []
    for place, folder in enumerate(folders):
        folder.mkdir()
        asked = {"seconds": options.seconds, "workers": options.workers, "seed": options.seed + place}
        (folder / "request.json").write_text(json.dumps(problem.request() | asked), encoding="utf-8")
        command = [str(python), str(_ROOT / "peers" / f"{script}.py"), "request.json", "answer.json"]
        with (folder / "said").open("w") as said:
            processes.append(subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, start_new_session=True))
    ends = time.monotonic() + options.seconds + _SPARE_S
    return [_answer(process, folder, ends) for process, folder in zip(processes, folders, strict=True)]


def _answer(process: subprocess.Popen[bytes], folder: Path, ends: float) -> dict[str, Any]:
    began = time.monotonic()
    try:
        process.wait(max(ends - began, 0.0))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own session: the peer and what it started, nothing else
        process.wait()
        return {"error": f"took over {_SPARE_S:.0f} s beyond its seconds", "seconds": time.monotonic() - began}
    path = folder / "answer.json"
    if path.exists():
        answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return answer
    last_words = (folder / "said").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    return {"error": f"ended without an answer: {' '.join(last_words)}", "seconds": time.monotonic() - began}


def to_roster(days: Sequence[Sequence[str | None]] | None) -> NamedRoster | None:
    """A helper's rows as a roster."""
    return None if days is None else NamedRoster(tuple(map(tuple, days)))


def count(problem: PeerProblem, roster: NamedRoster | None) -> tuple[int | None, str | None]:
    """Objective by the checker, or what stands against the roster: none, rules broken, seats short."""
    if roster is None:
        return None, "no roster"
    report = check(problem.named, roster)
    if report.violations:
        return None, f"breaks {len(report.violations)} rules, first: {report.violations[0]}"
    if problem.is_cover_hard and (n_short := seats_short(problem.named, roster)):
        return None, f"{n_short} seats short where none may be"
    return report.objective, None


def seats_short(problem: NamedProblem, roster: NamedRoster) -> int:
    """Handlers missing over all days and shifts."""
    return sum(
        max(need.handlers - sum(row[need.day] == need.shift for row in roster.days), 0) for need in problem.requirement
    )


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
