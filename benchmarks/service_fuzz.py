"""Fuzzing: files that are imported, changed at random; what must be 0 of each kind of failure."""

from typing import Any

from benchmarks import service_fuzz_imports


def measure(inputs: int = 3000, over_http: int = 300, seed: int = 1) -> dict[str, Any]:
    """`inputs` files read in this process and `over_http` more sent to a service, beside those made to do harm."""
    return service_fuzz_imports.measure(inputs, over_http, seed)
