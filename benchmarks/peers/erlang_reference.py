"""Erlang's formulas with sixty digits, summed from the empty room upwards: a JSON list of cases in, values out.

Called as ``python erlang_reference.py CASES.json``; a case has the model, the arrival rate [1/s], AHT [s], patience
[s] or nothing, handlers and the threshold [s].
"""

import json
import sys
from pathlib import Path

from mpmath import exp, fsum, mp, mpf, nstr

mp.dps = 60
_END = mpf(10) ** -55  # weights below this share of what counts are left out


def main() -> None:
    cases = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(
        json.dumps([{name: nstr(value, 40) for name, value in MODELS[case["model"]](case).items()} for case in cases])
    )


def erlang_b(case: dict) -> dict:
    load, n = mpf(case["offered_per_s"]) * mpf(case["aht_s"]), case["handlers"]
    term = total = mpf(1)
    for k in range(n, 0, -1):
        term *= k / load
        total += term
    return {"loss": 1 / total}


def erlang_c(case: dict) -> dict:
    aht_s, n = mpf(case["aht_s"]), case["handlers"]
    load = mpf(case["offered_per_s"]) * aht_s
    loss = erlang_b(case)["loss"]
    p_wait = loss / (1 - load / n * (1 - loss))
    spare_per_s = (n - load) / aht_s
    return {
        "p_wait": p_wait,
        "service_level": 1 - p_wait * exp(-spare_per_s * case["threshold_s"]),
        "mean_wait_s": p_wait / spare_per_s,
        "occupancy": load / n,
    }


def erlang_a(case: dict) -> dict:
    per_s, aht_s, n = mpf(case["offered_per_s"]), mpf(case["aht_s"]), case["handlers"]
    gives_up = 1 / mpf(case["patience_s"])
    weights = [mpf(1)]
    largest, departs, k = mpf(1), mpf(0), 0
    while k <= n or departs < per_s or weights[-1] > _END * min(weights[n], largest):
        k += 1
        departs = min(k, n) / aht_s + max(k - n, 0) * gives_up
        weights.append(weights[-1] * per_s / departs)
        largest = max(largest, weights[-1])
    total, line = fsum(weights), weights[n:]
    waiting = fsum(m * weight for m, weight in enumerate(line)) / total
    answered = fsum(weight * share for weight, share in zip(line, within(case, len(line)), strict=True))
    busy = fsum(k * weight for k, weight in enumerate(weights[:n])) + n * fsum(line)
    return {
        "p_wait": fsum(line) / total,
        "p_abandon": waiting * gives_up / per_s,
        "service_level": (fsum(weights[:n]) + answered) / total,
        "mean_wait_s": waiting / per_s,
        "occupancy": busy / total / n,
    }


def within(case: dict, n_places: int) -> list:
    """P(answered within the threshold) of a caller behind 0, 1, ... others.

    The caller moves up at the rates c + m g, ..., c (c the handlers', g one caller's) and is gone at g. With
    independent exponential clocks the chance is c / (c + (m + 1) g) x P(more than m events of a pure birth process that
    starts at c + g and gains g with each event), whose counts are negative binomial.
    """
    gives_up = 1 / mpf(case["patience_s"])
    answers = case["handlers"] / mpf(case["aht_s"])
    moved = 1 - exp(-gives_up * case["threshold_s"])
    shape = answers / gives_up + 1
    term = (1 - moved) ** shape
    terms = [term]
    while len(terms) <= n_places or term > _END * terms[n_places] or (len(terms) + shape) / len(terms) * moved > 0.999:
        term *= (len(terms) - 1 + shape) / len(terms) * moved
        terms.append(term)
    more = [mpf(0)]
    for term in reversed(terms):
        more.append(more[-1] + term)
    more.reverse()  # more[k]: at least k events
    return [answers / (answers + (m + 1) * gives_up) * more[m + 1] for m in range(n_places)]


MODELS = {"Erlang B": erlang_b, "Erlang C": erlang_c, "Erlang A": erlang_a}

if __name__ == "__main__":
    main()
