"""Random numbers as a hash of who asks: (seed, replication, call, purpose). No state, so no order of asking matters."""

import math

import numpy as np

from rostering.staffing.checks import Floats
from rostering.staffing.simulation.compiled import helper, merged, rare

_GOLDEN, _MIX_1, _MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
_TO_UNIT = 2.0**-52  # 52 bits and a half: neither 0 nor 1 after rounding
_LAYERS, _TAIL, _AREA = 128, 3.442619855899, 9.91256303526217e-3  # of the ziggurat


def _ziggurat() -> tuple[Floats, Floats]:
    """Right ends of the ziggurat's layers (129,), and the shares of each that lie under the curve for sure (128,)."""
    ends = np.zeros(_LAYERS + 1)
    density = math.exp(-0.5 * _TAIL * _TAIL)
    ends[0], ends[1] = _AREA / density, _TAIL
    for layer in range(2, _LAYERS):
        ends[layer] = math.sqrt(-2.0 * math.log(_AREA / ends[layer - 1] + density))
        density = math.exp(-0.5 * ends[layer] * ends[layer])
    return ends, ends[1:] / ends[:-1]


_ENDS, _SURE = _ziggurat()


@merged
def mixed(key: int, value: int) -> int:  # pragma: no cover - compiled
    """Hash of a key and a number, signed: the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    z = np.uint64(key) + (np.uint64(value) + np.uint64(1)) * _GOLDEN
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return np.int64(z ^ (z >> _31))  # type: ignore[return-value]


@merged
def unit(bits: int) -> float:  # pragma: no cover - compiled
    """Number in (0, 1), never 0 or 1, from the upper 52 bits of a hash."""
    return (float(np.int64(np.uint64(bits) >> _12)) + 0.5) * _TO_UNIT


@merged
def uniform(key: int, value: int) -> float:  # pragma: no cover - compiled
    """Uniform number in (0, 1), never 0 or 1."""
    return unit(mixed(key, value))


@helper
def exponential(key: int, value: int) -> float:  # pragma: no cover - compiled
    """Exponential number of mean 1."""
    return -math.log(uniform(key, value))


@merged
def normal(key: int, value: int) -> float:  # pragma: no cover - compiled
    """Standard normal number by the ziggurat method (Marsaglia and Tsang 2000, in Doornik's 2005 form)."""
    bits = mixed(key, value)
    while True:
        layer = bits & (_LAYERS - 1)  # bits that the number itself does not use
        u = 2.0 * unit(bits) - 1.0
        if abs(u) < _SURE[layer]:
            return float(u * _ENDS[layer])
        if layer == 0:
            return tail(bits, u)
        x = u * _ENDS[layer]
        high = math.exp(-0.5 * (_ENDS[layer] * _ENDS[layer] - x * x))
        low = math.exp(-0.5 * (_ENDS[layer + 1] * _ENDS[layer + 1] - x * x))
        if low + uniform(bits, 0) * (high - low) < 1.0:
            return float(x)
        bits = mixed(bits, 1)


@rare
def tail(bits: int, sign: float) -> float:  # pragma: no cover - compiled
    """Normal number beyond the ziggurat's base (Marsaglia 1964)."""
    while True:
        bits = mixed(bits, 1)
        x, y = math.log(uniform(bits, 2)) / _TAIL, math.log(uniform(bits, 3))
        if -2.0 * y >= x * x:
            return x - _TAIL if sign < 0.0 else _TAIL - x


@helper
def lognormal(key: int, value: int, sigma: float) -> float:  # pragma: no cover - compiled
    """Lognormal number of mean 1; ``sigma`` is the standard deviation of its logarithm."""
    return math.exp(sigma * normal(key, value) - 0.5 * sigma * sigma)
