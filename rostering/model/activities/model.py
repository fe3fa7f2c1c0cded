"""The second model in CP-SAT: meals, short breaks and learning as curves where they are exact, else one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from ortools.sat.python import cp_model

from rostering.model.activities.curves import Curve, Job, add_curve, chains, starts_of
from rostering.model.activities.duties import FinalDuty, Learning, learning_starts, row_of
from rostering.model.activities.linear import relaxed
from rostering.model.activities.places import Places, free_starts, heads_of, learning_quarters
from rostering.model.activities.service import Expr, Service, add_service
from rostering.model.arrays import Ints

_HALF = 0.5
_LEARN = 3  # the kind after meal, break before it and break after it
Jobs: TypeAlias = dict[tuple[int, int], list[Job]]  # by row and length


@dataclass(frozen=True, slots=True)
class Budget:
    """What one solve may use: seconds and CP-SAT's deterministic time, whichever ends first."""

    seconds: float
    deterministic: float
    seed: int


@dataclass(frozen=True, slots=True)
class Solved:
    """Places found or None, the proven lower bound of the service cost, deterministic time that it took."""

    places: Places | None
    bound: int
    deterministic: float = 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """Final duties, learning that is due, tables, and people on calls from other duties, (3, intervals)."""

    duties: Sequence[FinalDuty]
    learning: Sequence[Learning]
    service: Service
    present: Ints

    def value(self, places: Places) -> tuple[int, int]:
        """Service cost, and seats short in total."""
        return self.service.value(heads_of(self.duties, places, self.present))


@dataclass
class Build:
    """A model while it is built.

    heads : people on calls if nothing were placed, (3, intervals)
    learning : what stands, per duty
    cost, seats, most_seats : service cost, seats short in total and their greatest number
    terms : what the variables take off, by row and interval
    wanted : jobs that may take place, with how many of them do, for each handler and length of session
    places : Booleans by start, for each job (duty, kind, length) that is no part of a curve
    """

    model: cp_model.CpModel
    heads: Ints
    learning: tuple[tuple[tuple[int, int], ...], ...]
    cost: Expr = 0
    seats: Expr = 0
    most_seats: int = 0
    terms: dict[tuple[int, int], list[tuple[int, cp_model.IntVar]]] = field(default_factory=lambda: defaultdict(list))
    wanted: list[tuple[int, list[cp_model.IntVar]]] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    places: dict[tuple[int, int, int], dict[int, cp_model.IntVar]] = field(default_factory=dict)

    def take_off(self, row: int, quarters: Iterable[int], coefficient: int, var: cp_model.IntVar) -> None:
        """``var`` times ``coefficient`` people of a row are off calls in those quarters that are intervals."""
        for t in quarters:
            if 0 <= t < self.heads.shape[1]:
                self.terms[row, t].append((coefficient, var))


def solve_places(
    facts: Facts,
    before: Places,
    free: Collection[str],
    budget: Budget,
) -> Solved:
    """Breaks of everybody, and learning of the handlers ``free``, where they hurt least.

    before : learning of the others, which stands; and the hint

    The bound holds given the learning that stands.
    """
    build = _built(facts, before, free, loose=False)
    # Of equal service the fewest seats short: the sum of heads stands, so that this is the least over the need.
    weight = build.most_seats + 1
    build.model.minimize(weight * build.cost + build.seats)
    solver = _solver(budget)
    status = solver.solve(build.model)
    spent = solver.response_proto.deterministic_time
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Solved(None, 0, spent)
    places = _read(build, lambda var: float(solver.value(var)))
    return Solved(places, max(0, round(solver.best_objective_bound)) // weight, spent)


def relaxed_places(facts: Facts, before: Places, seconds: float) -> Solved:
    """Everybody's learning free, halves allowed, and beside breaks or not: a bound that holds for all activities.

    Its learning leads to good places; its breaks are none.
    """
    build = _built(facts, before, {who.handler for who in facts.learning}, loose=True)
    build.model.minimize(build.cost)
    found = relaxed(build.model, seconds)
    if found is None:
        return Solved(None, 0)
    values, bound = found
    return Solved(_read(build, lambda var: values[var.index]), bound)


def _built(facts: Facts, before: Places, free: Collection[str], *, loose: bool) -> Build:
    moving = [who for who in facts.learning if who.handler in free]
    numbers = {number for who in moving for number in who.duties}
    stands = before.without_learning(numbers)
    heads = heads_of(facts.duties, Places.nothing(len(facts.duties), stands.learning), facts.present)
    build = Build(cp_model.CpModel(), heads, stands.learning)
    jobs: Jobs = defaultdict(list)
    for number, duty in enumerate(facts.duties):
        _add_breaks(build, jobs, number, duty, before, apart=number in numbers and not loose)
    for who in moving:
        (_add_loose_learning if loose else _add_learning)(build, jobs, facts.duties, who, before)
    for (row, length), of_class in sorted(jobs.items()):
        for chain in chains(of_class):
            _add_curve(build, row, chain, length)
    most_off = _most_off(facts.duties, stands, numbers, loose=loose, like=heads)
    build.cost, build.seats, build.most_seats = add_service(build.model, facts.service, heads, build.terms, most_off)
    return build


def _solver(budget: Budget) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = budget.seed
    solver.parameters.max_time_in_seconds = max(budget.seconds, 0.05)
    solver.parameters.max_deterministic_time = budget.deterministic
    # The linear relaxation is nearly whole: it finds and proves, where probing and symmetry would take the time.
    solver.parameters.linearization_level = 2
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    return solver


def _add_breaks(
    build: Build,
    jobs: Jobs,
    number: int,
    duty: FinalDuty,
    before: Places,
    *,
    apart: bool,
) -> None:
    """The breaks of a duty: jobs of a class, or Booleans where it is ``apart`` or a window has holes."""
    if duty.skill_class is None:
        return
    taken = learning_quarters(build.learning[number])
    for kind, window in enumerate(duty.windows):
        starts = free_starts(window, taken)
        if not starts:
            continue
        at = before.breaks[number][kind]
        if not apart and len(starts) == starts[-1] - starts[0] + 1:
            job = Job((number, kind), starts[0], starts[-1], at if at in starts else None)
            jobs[row_of(duty), window.length].append(job)
            continue
        places = {start: build.model.new_bool_var("") for start in starts}
        build.model.add_exactly_one(places.values())
        build.places[number, kind, window.length] = places
        for start, var in places.items():
            build.model.add_hint(var, start == at)
            build.take_off(row_of(duty), range(start, start + window.length), 1, var)


def _add_learning(
    build: Build,
    jobs: Jobs,
    duties: Sequence[FinalDuty],
    who: Learning,
    before: Places,
) -> None:
    """Sessions of one handler: Booleans by duty and start, beside the breaks of the duty and each other."""
    del jobs
    for length in sorted(set(who.sessions)):
        every: list[cp_model.IntVar] = []
        for number in who.duties:
            places = {start: build.model.new_bool_var("") for start in learning_starts(duties[number], length)}
            build.places[number, _LEARN, length] = places
            every += places.values()
            for start, var in places.items():
                build.model.add_hint(var, (start, length) in before.learning[number])
                build.take_off(row_of(duties[number]), range(start, start + length), 1, var)
        build.model.add(sum(every) == who.sessions.count(length))
    for number in who.duties:
        _add_one_at_a_time(build, number)


def _add_one_at_a_time(build: Build, number: int) -> None:
    """One break or session in each quarter-hour, and a quarter-hour between sessions: each stays one of its own."""
    own = [(kind, length, places) for (of, kind, length), places in build.places.items() if of == number]
    for kinds, apart in (((0, 1, 2, _LEARN), 0), ((_LEARN,), 1)):
        at: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for kind, length, places in own:
            if kind in kinds:
                for start, var in places.items():
                    for quarter in range(start, start + length + apart):
                        at[quarter].append(var)
        for together in at.values():
            build.model.add_at_most_one(together)


def _add_loose_learning(
    build: Build,
    jobs: Jobs,
    duties: Sequence[FinalDuty],
    who: Learning,
    before: Places,
) -> None:
    """Sessions of one handler as jobs that may take place in each duty, from the first to the last start there."""
    for length in sorted(set(who.sessions)):
        every: list[cp_model.IntVar] = []
        for number in who.duties:
            starts = learning_starts(duties[number], length)
            at = sorted(start for start, of in before.learning[number] if of == length)
            for copy in range(-(-len(who.sessions) // len(who.duties)) if starts else 0):
                wanted = build.model.new_bool_var("")
                build.model.add_hint(wanted, copy < len(at))
                job = Job((number, _LEARN), starts[0], starts[-1], at[copy] if copy < len(at) else None, wanted)
                jobs[row_of(duties[number]), length].append(job)
                every.append(wanted)
        build.model.add(sum(every) == who.sessions.count(length))
        build.wanted.append((who.sessions.count(length), every))


def _add_curve(build: Build, row: int, jobs: list[Job], length: int) -> None:
    """The counts of one class; while a break lasts it has started and its like a length ago has not ended."""
    curve = add_curve(build.model, jobs, length)
    build.curves.append(curve)
    for t in range(curve.first, curve.last + length):
        if (started := curve.by(t)) is not None:
            build.take_off(row, (t,), 1, started)
        if (ended := curve.by(t - length)) is not None:
            build.take_off(row, (t,), -1, ended)


def _most_off(duties: Sequence[FinalDuty], stands: Places, moving: Collection[int], *, loose: bool, like: Ints) -> Ints:
    """How many people of each row may be off calls at most by what is placed, (3, intervals)."""
    most = np.zeros_like(like)
    for number, duty in enumerate(duties):
        if duty.skill_class is None:
            continue
        off = np.zeros(like.shape[1], dtype=np.int64)
        taken = learning_quarters(stands.learning[number])
        for window in duty.windows:
            if starts := free_starts(window, taken):
                off[max(starts[0], 0) : max(starts[-1] + window.length, 0)] = 1
        if number in moving:
            within = slice(max(duty.start, 0), max(duty.end, 0))
            off[within] = off[within] + 1 if loose else 1
        most[row_of(duty)] += off
    return most


def _read(build: Build, value: Callable[[cp_model.IntVar], float]) -> Places:
    """Places by first-in-first-out from the curves, and from the Booleans."""
    breaks = [list(at) for at in Places.nothing(len(build.learning)).breaks]
    learning = [list(spans) for spans in build.learning]

    def put(number: int, kind: int, start: int, length: int) -> None:
        if kind == _LEARN:
            learning[number].append((start, length))
        else:
            breaks[number][kind] = start

    chosen = _chosen(build, value)
    for curve in build.curves:
        shares = [1.0 if job.wanted is None else value(job.wanted) for job in curve.jobs]
        starts = starts_of(curve, [value(count) for count in curve.started], shares)
        for job, start in zip(curve.jobs, starts, strict=True):
            if job.wanted is None or job.wanted.index in chosen:
                put(*job.key, start, curve.length)
    for (number, kind, length), places in build.places.items():
        for start, var in places.items():
            if value(var) > _HALF:
                put(number, kind, start, length)
    return Places(tuple((m, b, a) for m, b, a in breaks), tuple(tuple(sorted(spans)) for spans in learning))


def _chosen(build: Build, value: Callable[[cp_model.IntVar], float]) -> set[int]:
    """Indices of the jobs that take place: of each handler as many as sessions are due, the greatest shares first."""
    chosen: set[int] = set()
    for n_due, wanted in build.wanted:
        chosen.update(var.index for var in sorted(wanted, key=value, reverse=True)[:n_due])
    return chosen
