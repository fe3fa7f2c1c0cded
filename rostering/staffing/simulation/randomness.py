"""Random numbers as a hash of who asks: (seed, replication, call, purpose). No state, so no order of asking matters."""

import math

import numpy as np

from rostering.staffing.checks import Floats
from rostering.staffing.simulation.compiled import helper, merged, rare

_GOLDEN, _MIX_1, _MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
_TO_UNIT = 2.0**-52  # 52 bits and a half: neither 0 nor 1 after rounding
# Layers of the ziggurats (Marsaglia and Tsang 2000), where their tails begin, the area of each layer.
_LAYERS, _TAIL, _AREA = 128, 3.442619855899, 9.91256303526217e-3
_EXP_LAYERS, _EXP_TAIL, _EXP_AREA = 256, 7.69711747013104972, 3.9496598225815571993e-3


def _ziggurat(layers: int, tail: float, area: float, power: int) -> Floats:
    """Right ends (layers + 1,) of the layers under the curve exp(-x**power / power)."""
    ends = np.zeros(layers + 1)
    density = math.exp(-(tail**power) / power)
    ends[0], ends[1] = area / density, tail
    for layer in range(2, layers):
        density += area / ends[layer - 1]
        ends[layer] = (-power * math.log(density)) ** (1 / power)
    return ends


_ENDS = _ziggurat(_LAYERS, _TAIL, _AREA, 2)
_EXP_ENDS = _ziggurat(_EXP_LAYERS, _EXP_TAIL, _EXP_AREA, 1)


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
    return exponential_of(mixed(key, value))


@merged
def exponential_of(bits: int) -> float:  # pragma: no cover - compiled
    """Exponential number of mean 1 from a hash, by the ziggurat method: no logarithm but in 1 of 90 cases."""
    layer = bits & (_EXP_LAYERS - 1)  # bits that the number itself does not use
    x = unit(bits) * _EXP_ENDS[layer]
    return float(x) if x < _EXP_ENDS[layer + 1] else exponential_at_edge(bits, layer, x)


@rare
def exponential_at_edge(bits: int, layer: int, x: float) -> float:  # pragma: no cover - compiled
    """Exponential number whose first try fell outside the part of its layer that lies under the curve for sure."""
    while x >= _EXP_ENDS[layer + 1]:
        bits = mixed(bits, 1)
        if layer == 0:
            return float(_EXP_TAIL - math.log(unit(bits)))
        high, low = math.exp(-_EXP_ENDS[layer + 1]), math.exp(-_EXP_ENDS[layer])
        if low + unit(bits) * (high - low) < math.exp(-x):
            return float(x)
        bits = mixed(bits, 1)
        layer = bits & (_EXP_LAYERS - 1)
        x = unit(bits) * _EXP_ENDS[layer]
    return float(x)


@merged
def normal(key: int, value: int) -> float:  # pragma: no cover - compiled
    """Standard normal number by the ziggurat method (Marsaglia and Tsang 2000, in Doornik's 2005 form)."""
    bits = mixed(key, value)
    while True:
        layer = bits & (_LAYERS - 1)  # bits that the number itself does not use
        x = (2.0 * unit(bits) - 1.0) * _ENDS[layer]
        if abs(x) < _ENDS[layer + 1]:
            return float(x)
        if layer == 0:
            return tail(bits, x)
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
