"""Erlang's formulas against published numbers and against the laws that they must obey."""

import csv
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from rostering.staffing import erlang_a, erlang_b, erlang_c

PUBLISHED = Path(__file__).parents[5] / "shared" / "data" / "queueing" / "published.csv"

# offered per hour, AHT, handlers, threshold, quantity, value, tolerance; CRAN package ErlangC 0.1.0, README
CITED = [
    (200, 180, 14, 20, "p_wait", 0.1741319, 5e-8),
    (200, 180, 14, 20, "service_level", 0.8883500, 5e-8),
]


@pytest.mark.parametrize(("per_h", "aht_s", "handlers", "threshold_s", "quantity", "value", "tolerance"), CITED)
def test_cited_values(per_h, aht_s, handlers, threshold_s, quantity, value, tolerance):
    found = erlang_c(per_h / 3600, aht_s, handlers, threshold_s=threshold_s)
    assert getattr(found, quantity) == pytest.approx(value, abs=tolerance)


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the shared folder is not beside this checkout")
def test_published_values():
    rows = list(csv.DictReader(PUBLISHED.open()))
    assert rows
    for row in rows:
        per_s, aht_s, handlers = float(row["arrivals_per_h"]) / 3600, float(row["aht_s"]), int(row["handlers"])
        threshold_s = float(row["threshold_s"] or 20)
        if row["model"] == "Erlang C":
            found = erlang_c(per_s, aht_s, handlers, threshold_s=threshold_s)
        else:
            found = erlang_a(per_s, aht_s, float(row["patience_s"]), handlers, threshold_s=threshold_s)
        # One unit of the last digit printed: some sources cut, some round.
        assert getattr(found, row["quantity"]) == pytest.approx(float(row["value"]), abs=10.0 ** -int(row["digits"])), (
            row
        )


loads = st.floats(0.05, 200.0)


@given(load=loads, handlers=st.integers(1, 250), patience_s=st.floats(5.0, 5000.0))
@settings(max_examples=60, deadline=None)
def test_one_more_handler_never_hurts(load, handlers, patience_s):
    fewer, more = (erlang_a(load / 300, 300, patience_s, n) for n in (handlers, handlers + 1))
    assert more.p_abandon <= fewer.p_abandon + 1e-12
    assert more.service_level >= fewer.service_level - 1e-12
    assert erlang_b(load, handlers + 1) <= erlang_b(load, handlers)


@given(load=loads, handlers=st.integers(1, 250))
@settings(max_examples=60, deadline=None)
def test_patience_equal_to_aht_is_poisson(load, handlers):
    # Every caller leaves at the same rate, waiting or not: the calls present are those of a room with endless seats.
    found = erlang_a(load / 300, 300, 300, handlers)
    assert found.p_wait == pytest.approx(poisson.sf(handlers - 1, load), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("load", "handlers"), [(0.5, 1), (9.5, 11), (90.0, 100), (950.0, 1000)])
def test_endless_patience_is_erlang_c(load, handlers):
    patient, endless = (
        erlang_a(load / 300, 300, 1e9, handlers, threshold_s=20),
        erlang_c(load / 300, 300, handlers, threshold_s=20),
    )
    for quantity in ("p_wait", "service_level", "mean_wait_s", "occupancy"):
        assert getattr(patient, quantity) == pytest.approx(getattr(endless, quantity), rel=1e-3)
    assert erlang_a(load / 300, 300, math.inf, handlers) == erlang_c(load / 300, 300, handlers)


def test_answered_or_abandoned():
    found = erlang_a(10 / 300, 300, 120, 9, threshold_s=1e5)  # a threshold past every wait
    assert found.service_level + found.p_abandon == pytest.approx(1.0, abs=1e-9)
    assert found.occupancy == pytest.approx(10 / 9 * (1 - found.p_abandon), rel=1e-9)


def test_ten_thousand_handlers_and_overload():
    found = erlang_a(10_000 / 300, 300, 300, 10_000)
    assert found.p_wait == pytest.approx(poisson.sf(9_999, 10_000), rel=1e-9)
    assert erlang_c(2.0, 300, 599).mean_wait_s == math.inf
    assert erlang_c(2.0, 300, 599).service_level == 0.0
    assert erlang_b(0.0, 3) == 0.0
    assert erlang_b(5.0, 0) == 1.0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((0.0, 300, 300, 5), "offered_per_s"),
        ((0.1, -3, 300, 5), "aht_s"),
        ((0.1, 300, 0.0, 5), "patience_s"),
        ((0.1, 300, math.nan, 5), "patience_s"),
        ((0.1, 300, 300, 0), "handlers"),
        ((math.inf, 300, 300, 1), "offered_per_s"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        erlang_a(*arguments)
