"""Optional member: boosted trees that correct level times shape by what weeks, months and years have in common.

Poisson trees with the other members' mean as offset [1]_, so that without evidence they change nothing. Needs the
package lightgbm (the extra ``boosting``); it is loaded only when asked for.

References
----------
.. [1] Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import LocalGrid
from forecasting.errors import ForecastingError

MIN_DAYS = 112  # sixteen weeks
_ROUNDS = 30
_SETTINGS = {
    "objective": "poisson",
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_data_in_leaf": 500,
    "lambda_l2": 100.0,
    "num_threads": 1,
    "deterministic": True,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True, eq=False)
class FittedTrees:
    """Trees that give the log of a correction."""

    booster: Any

    def forecast(self, ahead: LocalGrid, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """``mean`` (intervals,) of the other members, corrected."""
        correction = self.booster.predict(_features(ahead), raw_score=True)
        return np.asarray(mean * np.exp(correction), dtype=np.float64)


def fit(calls: NDArray[np.float64], mean: NDArray[np.float64], grid: LocalGrid, *, seed: int) -> FittedTrees:
    """Fit to the known ``calls`` (intervals,) with positive ``mean`` (intervals,) of the other members.

    Raises
    ------
    ForecastingError : lightgbm is not installed
    """
    try:
        import lightgbm
    except ImportError as error:
        raise ForecastingError("boosting needs the package lightgbm: install the extra 'boosting'") from error
    known = ~np.isnan(calls) & (mean > 0)
    data = lightgbm.Dataset(_features(grid)[known], calls[known], init_score=np.log(mean[known]))
    return FittedTrees(lightgbm.train({**_SETTINGS, "seed": seed % 2**31}, data, _ROUNDS))


def _features(grid: LocalGrid) -> NDArray[np.float64]:
    """(intervals, features): slot, weekday, slot of the week, day of the month, day of the year."""
    month, year = grid.dates.astype("datetime64[M]"), grid.dates.astype("datetime64[Y]")
    day_of_month = (grid.dates - month.astype("datetime64[D]")).astype(np.int64)
    day_of_year = (grid.dates - year.astype("datetime64[D]")).astype(np.int64)
    week_slot = grid.weekdays * grid.n_slots + grid.slots
    return np.column_stack([grid.slots, grid.weekdays, week_slot, day_of_month, day_of_year]).astype(np.float64)
