"""Compiled functions that only compiled ones call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

_F = TypeVar("_F", bound=Callable[..., Any])
# Wrappers for callers in Python take as long to compile as the functions, whose arguments hold dozens of arrays.
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def inner(function: _F) -> _F:
    """Compile a function that has no caller in Python."""
    compiled: _F = njit(**_OPTIONS)(function)
    return compiled
