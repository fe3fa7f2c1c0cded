"""The service's bars: ``python -m benchmarks.service [load|faults|scale|fuzz|fuzz_api|probes]`` prints one JSON line.

Each part is a module ``benchmarks.service_<part>`` with ``measure(...) -> dict``; its keyword arguments are options.
"""

import argparse
import inspect
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.product import cpu_s

PARTS = ("load", "faults", "scale", "fuzz", "fuzz_api", "probes")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    for part in PARTS:
        if find_spec(f"benchmarks.service_{part}") is not None:
            _add_options(parts.add_parser(part, help=_module(part).__doc__), _module(part).measure)
    asked = vars(parser.parse_args(arguments))
    part, used = asked.pop("part"), cpu_s()
    figures = _module(part).measure(**asked)
    print(json.dumps({"benchmark": f"service {part}", **figures, "cpu_s": round(cpu_s() - used, 1)}))


def _add_options(parser: argparse.ArgumentParser, measure: Any) -> None:
    """An option for each keyword argument; its default says of what type it is."""
    for name, parameter in inspect.signature(measure).parameters.items():
        option, default = f"--{name.replace('_', '-')}", parameter.default
        if isinstance(default, bool):
            parser.add_argument(option, action=argparse.BooleanOptionalAction, default=default)
        else:
            parser.add_argument(option, type=str if default is None else type(default), default=default)


def _module(part: str) -> Any:
    return import_module(f"benchmarks.service_{part}")


def tell(line: str) -> None:
    """Progress, beside the result."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
