"""A realistic week and a tolerance that proves itself."""

import math

import numpy as np

from rostering.staffing import QueueAssumptions

ASSUMPTIONS = (QueueAssumptions(math.inf), QueueAssumptions(300.0))


def week(per_h=(32, 52), days=7):
    """Mean calls and AHT, (2, intervals) each: a night trough of 0.35 and an afternoon peak of 1.5 times the mean."""
    hour = (np.arange(96 * days) % 96) / 4
    shape = np.interp(hour, [0, 3, 5, 8, 12, 16, 19, 22, 24], [0.7, 0.4, 0.35, 0.9, 1.2, 1.5, 1.35, 1.0, 0.7])
    return np.outer(per_h, shape) / 4, np.tile([[340.0], [600.0]], (1, hour.size))


def assert_mean(samples, expected, *, detectable, slack=0.0):
    """The mean agrees within four standard errors (and a stated slack), and an error of ``detectable`` would show."""
    se = np.std(samples, ddof=1) / len(samples) ** 0.5
    assert 4 * se <= detectable, f"too few replications to see an error of {detectable}: four errors are {4 * se}"
    assert abs(np.mean(samples) - expected) <= 4 * se + slack, f"{np.mean(samples)} +- {se}, expected {expected}"
