"""Named-shift rosters on instances of Curtois and Qu: `python -m benchmarks.nrp FILE --seconds S --out CSV`."""

import argparse
import json
import sys
import time
from pathlib import Path

from rostering.errors import ProblemError
from rostering.named.reading import parse, to_csv
from rostering.named.solve import NamedOutcome, solve
from rostering.roster import SolveBudget

_WRITING_S = 1.5  # [s] kept back for a solver that ends late, the check and the file


def main(arguments: list[str] | None = None) -> int:
    """Solve one file; the last line of stdout is a JSON object. Exit code 1: the file is wrong."""
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    try:
        problem = parse(options.file.read_text())
        seconds = max(options.seconds - _WRITING_S, options.seconds / 2)
        outcome = solve(problem, SolveBudget(seconds=seconds, seed=options.seed, workers=options.workers))
    except (OSError, ProblemError) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 1
    if outcome.roster is not None and options.out is not None:
        options.out.write_text(to_csv(problem, outcome.roster))
    if outcome.without_roster:
        print(f"no legal roster for: {', '.join(outcome.without_roster)}", file=sys.stderr)
    print(json.dumps(_figures(outcome, time.monotonic() - began)))
    return 0


def _figures(outcome: NamedOutcome, seconds: float) -> dict[str, object]:
    return {
        "status": outcome.status.value,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "seconds": round(seconds, 2),
    }


if __name__ == "__main__":
    sys.exit(main())
