"""Random numbers as a hash of who asks: (seed, replication, call, purpose). No state, so no order of asking matters."""

import math

import numpy as np
from numba import njit

_GOLDEN, _MIX_1, _MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
_TO_UNIT = 2.0**-52  # 52 bits and a half: neither 0 nor 1 after rounding


@njit(cache=True, inline="always")
def mixed(key: int, value: int) -> int:  # pragma: no cover - compiled
    """Hash of a key and a number, signed: the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    z = np.uint64(key) + (np.uint64(value) + np.uint64(1)) * _GOLDEN
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return np.int64(z ^ (z >> _31))  # type: ignore[return-value]


@njit(cache=True, inline="always")
def uniform(key: int, value: int) -> float:  # pragma: no cover - compiled
    """Uniform number in (0, 1), never 0 or 1."""
    return (float(np.uint64(mixed(key, value)) >> _12) + 0.5) * _TO_UNIT


@njit(cache=True)
def exponential(key: int, value: int) -> float:  # pragma: no cover - compiled
    """Exponential number of mean 1."""
    return -math.log(uniform(key, value))


@njit(cache=True)
def lognormal(key: int, value: int, sigma: float) -> float:  # pragma: no cover - compiled
    """Lognormal number of mean 1; ``sigma`` is the standard deviation of its logarithm (Box and Muller 1958)."""
    if sigma == 0.0:
        return 1.0
    radius = math.sqrt(-2.0 * math.log(uniform(key, value)))
    normal = radius * math.cos(2.0 * math.pi * uniform(mixed(key, value), 1))
    return math.exp(sigma * normal - 0.5 * sigma * sigma)
