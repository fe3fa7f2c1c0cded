"""Erlang's formulas against published numbers and against the laws that they must obey."""

import csv
import math
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from rostering.staffing import erlang_a, erlang_b, erlang_c
from tests.shared import DATA, needs

PUBLISHED = DATA / "queueing/published.csv"

# offered per hour, AHT, handlers, threshold, quantity, value, tolerance; CRAN package ErlangC 0.1.0, README
CITED = [
    (200, 180, 14, 20, "p_wait", 0.1741319, 5e-8),
    (200, 180, 14, 20, "service_level", 0.8883500, 5e-8),
]


@pytest.mark.parametrize(("per_h", "aht_s", "handlers", "threshold_s", "quantity", "value", "tolerance"), CITED)
def test_cited_values(per_h, aht_s, handlers, threshold_s, quantity, value, tolerance):
    found = erlang_c(per_h / 3600, aht_s, handlers, threshold_s=threshold_s)
    assert getattr(found, quantity) == pytest.approx(value, abs=tolerance)


@needs(PUBLISHED)
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


@pytest.mark.parametrize("handlers", [1, 14, 1000, 10_000])
@pytest.mark.parametrize("load", [0.3, 0.97, 1.03])
@pytest.mark.parametrize("patience_s", [30.0, 1000.0])
def test_to_the_last_digits(handlers, load, patience_s):
    """Against sums of sixty digits from the empty room upwards: they start where the product's never do."""
    per_s = load * handlers / 300.0
    with localcontext() as context:
        context.prec = 60
        rate, answers, gives_up = Decimal(per_s), 1 / Decimal(300), 1 / Decimal(patience_s)
        weight, idle, full, waiting, calls = Decimal(1), Decimal(0), Decimal(0), Decimal(0), 0
        while calls <= handlers or weight > full * Decimal("1e-25"):
            idle, full = (idle + weight, full) if calls < handlers else (idle, full + weight)
            waiting += max(calls - handlers, 0) * weight
            calls += 1
            weight *= rate / (min(calls, handlers) * answers + max(calls - handlers, 0) * gives_up)
        p_wait, p_abandon = full / (idle + full), waiting / (idle + full) * gives_up / rate
    found = erlang_a(per_s, 300.0, patience_s, handlers)
    assert found.p_wait == pytest.approx(float(p_wait), rel=1e-13)
    assert found.p_abandon == pytest.approx(float(p_abandon), rel=1e-13)
    if load < 1.0 and handlers == 10_000 and load == 0.3:
        assert p_abandon < Decimal("1e-200")  # far below what the sum around the mode could say


def test_loss_of_a_fraction_is_exact():
    found = erlang_b(0.5, 3)
    assert found == pytest.approx((0.5**3 / 6) / (1 + 0.5 + 0.5**2 / 2 + 0.5**3 / 6), rel=1e-15)
    assert 0.0 < erlang_b(100.0, 400) < 1e-80
    assert erlang_b(1e6, 1_000_000) == pytest.approx(math.sqrt(2 / math.pi) * 1e-3, rel=1e-3)  # Jagerman's limit


def test_a_million_erlangs_and_more():
    found = erlang_a(1e6 / 300, 300, 300, 1_000_000)
    assert found.p_wait == pytest.approx(0.5, abs=1e-3)
    overload = erlang_a(2e6 / 300, 300, 300, 1_000_000)
    assert overload.p_abandon == pytest.approx(0.5, rel=1e-6)  # fluid limit
    with pytest.raises(ValueError, match="would have to be followed"):
        erlang_a(1e16, 300, 300, 10)


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
