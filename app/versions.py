"""Versions that a result names: the product's own and those of the libraries that shape its numbers."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

PRODUCT = version("pacesetter")  # read once: it stands in a file
_LIBRARIES = ("pacesetter", "numpy", "numba", "ortools", "prophet", "scipy", "statsmodels")


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}
