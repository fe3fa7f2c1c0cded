"""Range checks of arguments, with messages that name the argument, its value and what was expected."""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def require_positive(**values: float) -> None:
    """Raise ValueError unless each value is finite and above 0."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be a finite number above 0, got {value}")


def require_not_negative(**values: float) -> None:
    """Raise ValueError unless each value is finite and at least 0."""
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be a finite number of at least 0, got {value}")


def require_patience(**values: float) -> None:
    """Raise ValueError unless each patience is above 0 [s]; infinity stands for callers who never give up."""
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0 s (infinity: nobody gives up), got {value}")


def require_share(**values: float) -> None:
    """Raise ValueError unless each value lies in 0..1, both included."""
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} must be a share between 0 and 1, got {value}")


def require_count(minimum: int, **values: int) -> None:
    """Raise ValueError unless each value is a whole number of at least ``minimum``."""
    for name, value in values.items():
        if value != int(value) or value < minimum:
            raise ValueError(f"{name} must be a whole number of at least {minimum}, got {value}")


def frozen_copy(values: ArrayLike, dtype: type) -> NDArray[np.generic]:
    """Read-only copy of an array, so that a frozen value is frozen all through."""
    copy: NDArray[np.generic] = np.array(values, dtype=dtype)
    copy.setflags(write=False)
    return copy


def per_queue_intervals(name: str, values: ArrayLike, *, above_zero: bool) -> Floats:
    """Check an array (2, intervals), 999 first, for finite values of at least (or above) 0.

    Raises
    ------
    ValueError : the shape is not (2, intervals) or a value is out of range; the message names the first such value
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] != 2 or array.shape[1] == 0:
        raise ValueError(f"{name} must have the shape (2, intervals), 999 first, got {array.shape}")
    wrong = ~np.isfinite(array) | (array <= 0 if above_zero else array < 0)
    if wrong.any():
        queue, interval = np.argwhere(wrong)[0]
        bound = "above 0" if above_zero else "at least 0"
        raise ValueError(
            f"{name}: {('999', '101')[queue]} in interval {interval} is {array[queue, interval]}, expected {bound}"
        )
    return array
