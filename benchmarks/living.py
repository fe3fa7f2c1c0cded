"""The living roster's bars: ``python -m benchmarks.living`` prints one JSON line.

Each part is a module of its own with ``measure(seed) -> dict``, which returns the keys named for it here, and whatever
explains them. ``--only absence stability`` runs some of them; what did not run is null.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.product import cpu_s

PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "absence": ("benchmarks.living_absence", ("absence_options_s", "absence_simulated_s")),
    "stability": ("benchmarks.living_stability", ("duties_changed_after_2pct",)),
    "intraday": ("benchmarks.living_intraday", ("intraday_s",)),
    "year": ("benchmarks.living_year", ("weeks_better_than_erlang_c", "coverage_90")),
    "assessment": ("benchmarks.living_assessment", ("assessment_s",)),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.living", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    print(json.dumps(measured(asked.only, asked.seed)))


def measured(parts: Sequence[str], seed: int) -> dict[str, Any]:
    """The figures of these parts, with their CPU seconds; keys of all others are null."""
    found: dict[str, Any] = {key: None for _, keys in PARTS.values() for key in keys}
    for name in parts:
        module, keys = PARTS[name]
        if find_spec(module) is None:
            print(f"{name}: there is no {module} yet", file=sys.stderr)
            continue
        began, used = time.monotonic(), cpu_s()
        figures = import_module(module).measure(seed)
        if missing := sorted(set(keys) - figures.keys()):
            raise SystemExit(f"{module} told {sorted(figures)}: expected {missing} as well")
        found |= figures | {f"{name}_cpu_s": round(cpu_s() - used, 1)}
        told = {key: figures[key] for key in keys}
        print(f"{name}: {told} in {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    main()
