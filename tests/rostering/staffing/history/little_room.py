"""A control room simulated call by call in plain Python, sharing nothing with the product's simulation."""

import heapq
import math

import numpy as np

from rostering.staffing.history.calls import CallRecords, LogOns

DAY_S = 86_400.0


def busy_days(rng, days=30, *, per_h=(14.0, 26.0), aht_s=(300.0, 420.0), patience_s=(500.0, 200.0), shape=1.0,
              handlers=(4, 2), open_h=(8, 20)):  # fmt: skip
    """Calls and true log-ons of days open from 08:00 to 20:00: the first handlers take 999 before 101, the others 101.

    Callers come as a Poisson process, wait in the order of arrival of their queue, and give up after a Weibull
    patience; handling times are lognormal with a deviation of 0.8 of the mean.
    """
    rows, spells = [], []
    for day in range(days):
        start, end = day * DAY_S + open_h[0] * 3600.0, day * DAY_S + open_h[1] * 3600.0
        spells += [(handler, start, end) for handler in range(sum(handlers))]
        rows += _one_day(rng, start, end, per_h, aht_s, patience_s, shape, handlers)
    rows.sort()
    arrival, queue, wait, handling, gave_up, handler = map(np.array, zip(*rows, strict=True))
    calls = CallRecords(queue, arrival, wait, handling, gave_up, handler)
    who, first, last = map(np.array, zip(*spells, strict=True))
    return calls, LogOns(who, first, last)


def _one_day(rng, start, end, per_h, aht_s, patience_s, shape, handlers):
    arrivals = []
    for queue in range(2):
        n = rng.poisson(per_h[queue] * (end - start) / 3600.0)
        scale = patience_s[queue] / math.gamma(1 + 1 / shape)
        patience = scale * rng.weibull(shape, n)
        sigma = math.sqrt(math.log1p(0.64))
        handling = aht_s[queue] * np.exp(sigma * rng.standard_normal(n) - sigma**2 / 2)
        arrivals += zip(rng.uniform(start, end, n), [queue] * n, patience, handling, strict=True)
    events = [(at, 1, call) for call, (at, *_) in enumerate(sorted(arrivals))]
    arrivals.sort()
    heapq.heapify(events)
    idle, waiting, told = list(range(sum(handlers))), ([], []), {}
    while events:
        now, is_arrival, which = heapq.heappop(events)
        if is_arrival:
            waiting[arrivals[which][1]].append(which)
        else:
            idle.append(which)
        for handler in sorted(idle, key=lambda h: h < handlers[0]):  # the 101 desk first
            call = _next(waiting, arrivals, told, now, queues=(0, 1) if handler < handlers[0] else (1,))
            if call is not None:
                idle.remove(handler)
                at, queue, _, handling = arrivals[call]
                told[call] = (at, queue, now - at, handling, False, handler)
                heapq.heappush(events, (now + handling, 0, handler))
    for line in waiting:
        for call in line:
            at, queue, patience, _ = arrivals[call]
            told[call] = (at, queue, patience, 0.0, True, -1)
    return list(told.values())


def _next(waiting, arrivals, told, now, queues):
    for queue in queues:
        while waiting[queue]:
            call = waiting[queue].pop(0)
            at, _, patience, _ = arrivals[call]
            if at + patience >= now:
                return call
            told[call] = (at, queue, patience, 0.0, True, -1)
    return None
