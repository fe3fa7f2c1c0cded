"""What a model made of one origin: a mean for each scored interval, or why there is none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRODUCT = "pacesetter"


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """``mean`` (intervals,) [calls]; ``paths`` (paths, intervals), product alone; ``cpu_s`` of fit and forecast."""

    mean: NDArray[np.float64]
    cpu_s: float
    paths: NDArray[np.integer] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a model has no forecast."""

    error: str
