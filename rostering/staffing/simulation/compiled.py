"""How the simulation's functions are compiled.

Passing a dozen arrays costs more than most of these functions do, so all are made part of their caller: by numba where
a function has one caller (it is then compiled once), by LLVM where it has several. None of them allocates, so that
counting the references to each array is left out, and none is called from Python.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

_MERGED: dict[str, Any] = {"inline": "always"}
_INTERNAL: dict[str, Any] = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def merged(function: F) -> F:
    """For functions that have one caller."""
    compiled: F = njit(cache=True, **_MERGED)(function)
    return compiled


def helper(function: F) -> F:
    """For functions that have several."""
    compiled: F = njit(cache=True, forceinline=True, **_INTERNAL)(function)
    return compiled


def rare(function: F) -> F:
    """For functions that are seldom called, or large: they stay apart."""
    compiled: F = njit(cache=True, **_INTERNAL)(function)
    return compiled
