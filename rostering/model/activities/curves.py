"""Breaks as curves: how many of a class have started by each quarter-hour, in place of who takes which when.

Duties whose windows keep one order form a class: of any two, the one that may start its break sooner must also start it
sooner at the latest. Then counts ``B`` with ``#(last <= t) <= B(t) <= #(first <= t)`` can be given to people
first-in-first-out, and every way to give people their breaks has such counts: the curve is exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ortools.sat.python import cp_model


@dataclass(frozen=True, slots=True)
class Job:
    """One break to be placed: first and last start [quarter-hours], and its start before, if it had one.

    key : number of the duty and kind of break
    wanted : a Boolean that says whether it takes place at all; None: it does
    """

    key: tuple[int, int]
    first: int
    last: int
    before: int | None
    wanted: cp_model.IntVar | None = None


def chains(jobs: Iterable[Job]) -> list[list[Job]]:
    """``jobs`` in the fewest classes whose windows keep one order, each in that order.

    Taken by first start, a job joins the class whose latest last start is the greatest that it does not undercut
    (Dilworth's theorem by patience sorting).
    """
    classes: list[list[Job]] = []
    tops: list[int] = []  # latest last start of each class, rising
    for job in sorted(jobs, key=lambda job: (job.first, job.last)):
        place = bisect_right(tops, job.last)
        if place == 0:
            classes.insert(0, [job])
            tops.insert(0, job.last)
        else:
            classes[place - 1].append(job)
            tops[place - 1] = job.last
    return classes


@dataclass
class Curve:
    """Counts of one class: ``started[t]`` breaks of ``length`` quarter-hours have started by the end of ``t``."""

    jobs: list[Job]
    length: int
    first: int
    last: int
    started: list[cp_model.IntVar] = field(default_factory=list)

    def by(self, t: int) -> cp_model.IntVar | None:
        """Breaks started by the end of quarter-hour ``t``; None: none can have."""
        if t < self.first:
            return None
        return self.started[min(t, self.last) - self.first]


def add_curve(model: cp_model.CpModel, jobs: Sequence[Job], length: int) -> Curve:
    """The curve of one class, with what its jobs did before as the hint."""
    curve = Curve(list(jobs), length, jobs[0].first, max(job.last for job in jobs))
    certain = [job for job in jobs if job.wanted is None]
    firsts, lasts = [job.first for job in certain], [job.last for job in certain]
    hinted = all(job.before is not None for job in certain)
    before = sorted(job.before for job in jobs if job.before is not None)
    may = _Running(model, [(job.first, job.wanted) for job in jobs if job.wanted is not None])
    must = _Running(model, [(job.last, job.wanted) for job in jobs if job.wanted is not None])
    for t in range(curve.first, curve.last + 1):
        low, high = bisect_right(lasts, t), bisect_right(firsts, t)
        at_most, at_least = may.by(t), must.by(t)
        count = model.new_int_var(low, high + may.place, "")
        if curve.started:
            model.add(count >= curve.started[-1])
        if at_most is not None:
            model.add(count <= high + at_most)
        if at_least is not None:
            model.add(count >= low + at_least)
        if hinted:
            model.add_hint(count, bisect_right(before, t))
        curve.started.append(count)
    return curve


class _Running:
    """How many of some Booleans, each from its quarter-hour on, are true by a quarter-hour: a sum of few terms."""

    def __init__(self, model: cp_model.CpModel, waiting: list[tuple[int, cp_model.IntVar]]) -> None:
        self.model, self.waiting, self.place = model, waiting, 0  # how many of them can be true by now
        self.total: cp_model.IntVar | None = None

    def by(self, t: int) -> cp_model.IntVar | None:
        """The number by ``t``, which rises from call to call; None: none of them is that early."""
        place = self.place
        while place < len(self.waiting) and self.waiting[place][0] <= t:
            place += 1
        if place > self.place:
            new = [var for _, var in self.waiting[self.place : place]]
            total = self.model.new_int_var(0, place, "")
            self.model.add(total == sum(new) + (0 if self.total is None else self.total))
            self.place, self.total = place, total
        return self.total


def starts_of(curve: Curve, counts: Sequence[float], shares: Sequence[float]) -> list[int]:
    """First-in-first-out: start of each job, where the counts reach the middle of its share.

    counts : value of ``started``; shares : per job how far it takes place, 0 or 1, or between in a relaxation
    """
    starts, begun, place = [], 0.0, 0
    for job, share in zip(curve.jobs, shares, strict=True):
        while place < len(counts) - 1 and counts[place] < begun + share / 2:
            place += 1
        starts.append(min(max(curve.first + place, job.first), job.last))
        begun += share
    return starts
