"""Correction by simulation: seats found again with what simulation says the prediction leaves out.

The seats are simulated at the sampled rates. What a span lacks there over what was predicted for it, in calls, is known
from then on, and the seats are found again with it; later rounds of a longer scope take new replications, and what they
find is averaged. A path's own prediction is the control variate of its replications: only what it does not explain is
noise. Spans whose own difference is within the noise take more of the common one
(empirical Bayes). The seats that stand are judged by replications that no correction has seen.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rostering.staffing.assumptions import Desk, RoomAssumptions
from rostering.staffing.checks import Floats, Ints
from rostering.staffing.definitions import CallbackCounting, Counting, Denominator
from rostering.staffing.seats.plan import Plan, over_spans, plan_seats, scope_spans
from rostering.staffing.seats.prediction import Prediction
from rostering.staffing.seats.spans import Paths, path_lacks
from rostering.staffing.seats.switchboard import FrontStage
from rostering.staffing.seats.targets import Clock, Correction, Scope, SeatRules
from rostering.staffing.simulation.result import Count, SimulationResult
from rostering.staffing.simulation.room import ControlRoom, seat_rows
from rostering.staffing.simulation.simulate import simulate

MAX_ROUNDS = 4  # of a longer scope
MAX_INTERVAL_ROUNDS = 2  # of intervals, which are known too little for more
ENOUGH_POINTS = 0.08  # percentage points of a span's target at which the seats stand
PROMISED_POINTS = 0.25
CERTAIN = 3.0  # standard errors, of one span
FALSE_ALARMS = 0.05  # chance that of many spans that meet their targets one is taken to miss


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What simulation says of seats, by span and target; lacks in calls (waiting: seconds)."""

    lack: Floats  # (spans, 3)
    se: Floats  # (spans, 3)
    calls: Floats  # what a lack is a share of: calls offered of its queue, (spans, 3)
    service_level: float  # of 999, over all
    abandonment: float  # of 101, over all
    ses: tuple[float, float]  # of these two
    by_interval: Floats  # (2, intervals)

    @property
    def points(self) -> Floats:
        """Simulated service minus target of the target that binds, (spans,) [percentage points]."""
        worst = np.take_along_axis(self._shares, self.binding[:, None], axis=1)[:, 0]
        return np.where(np.isfinite(worst), -100.0 * worst, 0.0)

    @property
    def binding(self) -> Ints:
        """The target that is nearest to being missed, (spans,)."""
        nearest: Ints = np.argmax(self._shares, axis=1)
        return nearest

    @property
    def _shares(self) -> Floats:
        """Lacks as shares of calls, (spans, 3); -inf where nothing is asked."""
        asked = (self.lack != 0.0) & (self.calls > 0.0)
        shares: Floats = np.divide(self.lack, self.calls, out=np.full_like(self.lack, -np.inf), where=asked)
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class FrontRoom:
    """Callers as they dial, and the switchboard if there is one: simulated with the seats."""

    assumptions: RoomAssumptions
    stage: FrontStage | None

    @property
    def seats(self) -> Ints:
        return np.zeros(1, dtype=np.int64) if self.stage is None else self.stage.seats


def corrected(
    prediction: Prediction,
    rules: SeatRules,
    paths: Paths,
    first_plan: Plan,
    front: FrontRoom,
    *,
    seed: int,
    replications: int,
    threads: int,
    tell: Callable[[float, str], None],
) -> tuple[Plan, Correction]:
    """The plan whose targets hold in simulation, and what correction found."""
    simulation = _Simulation(prediction, paths, front, seed, replications, threads)
    spanned = prediction.targets.scope is not Scope.INTERVAL
    plan = first_plan
    first: Judged | None = None
    rounds = 0
    most = MAX_ROUNDS if spanned else MAX_INTERVAL_ROUNDS
    found: list[Floats] = []  # what simulation finds besides the prediction, once the seats hardly change
    for rounds in range(1, most + 1):
        tell(rounds / (most + 1), f"simulating the seats, round {rounds}")
        judged = simulation.judge(plan, (rounds - 1) * replications if spanned else 0)
        first = first or judged
        unexplained = judged.lack - plan.lack
        if spanned and rounds > 1:
            found.append(unexplained)
            unexplained = np.mean(found, axis=0)
            judged = replace(judged, lack=plan.lack + unexplained, se=judged.se / len(found) ** 0.5)
        if spanned and not prediction.targets.by_chance and (np.abs(judged.points) <= ENOUGH_POINTS).all():
            break
        known = known_lacks(judged, unexplained)
        again = plan_seats(prediction, rules, None if not spanned else paths, known, plan)
        unchanged = all(
            np.array_equal(getattr(again.split, name), getattr(plan.split, name)) for name in ("seats_999", "seats_101")
        )
        plan = again
        if unchanged and not spanned:
            break
    tell((most + 0.5) / (most + 1), "judging the seats by new simulated weeks")
    after = simulation.judge(plan, most * replications)
    before = first or after
    changed = plan.total - first_plan.total
    error, se = _worst(after) if spanned else _off_prediction(after, plan)
    return plan, Correction(
        rounds=rounds,
        replications=replications,
        seats_added_h=float(changed.sum()) * prediction.demand.interval_s / 3600.0,
        intervals_changed=int((changed != 0).sum()),
        service_level_999_before=before.service_level,
        service_level_999=after.service_level,
        service_level_999_se=after.ses[0],
        abandonment_101_before=before.abandonment,
        abandonment_101=after.abandonment,
        abandonment_101_se=after.ses[1],
        error_points=error,
        error_se_points=se,
        holds=abs(error) <= PROMISED_POINTS + CERTAIN * se if spanned else not _misses(after).any(),
        by_interval=after.by_interval,
    )


def _worst(judged: Judged) -> tuple[float, float]:
    """The points furthest from 0 of a span, and their standard error."""
    points = judged.points
    span = int(np.abs(points).argmax())
    noise = np.divide(judged.se[span], judged.calls[span], out=np.zeros(3), where=judged.calls[span] > 0.0)
    return float(points[span]), 100.0 * float(noise[judged.binding[span]])


def _off_prediction(judged: Judged, plan: Plan) -> tuple[float, float]:
    """Simulated minus predicted service over all intervals, of the queue that is further off, and its standard error
    [percentage points].

    Whole seats overshoot the target of a single interval, and a single interval is known too little to be judged.
    """
    unexplained = (judged.lack - plan.lack - plan.known)[:, :2].sum(axis=0)
    calls = judged.calls[:, :2].sum(axis=0)
    points = -100.0 * np.divide(unexplained, calls, out=np.zeros(2), where=calls > 0.0)
    queue = int(np.abs(points).argmax())
    return float(points[queue]), 100.0 * float(np.nan_to_num(judged.ses[queue]))


def _misses(judged: Judged) -> NDArray[np.bool_]:
    """Intervals and targets (intervals, 3) that lie below by more than is promised and noise: by chance alone some of
    many lie low."""
    missed: NDArray[np.bool_] = judged.lack > CERTAIN * judged.se + PROMISED_POINTS / 100.0 * judged.calls
    return missed


def certain(compared: int) -> float:
    """Standard errors beyond which the worst of so many figures is no chance (Bonferroni), at least ``CERTAIN``."""
    return max(CERTAIN, float(-ndtri(FALSE_ALARMS / compared)))


def known_lacks(judged: Judged, unexplained: Floats) -> Floats:
    """What each span lacks besides its prediction, (spans, 3), from what simulation found unexplained.

    Shares of calls are drawn to their common value by as much as noise explains of their spread; a span known to
    half of what is promised, or that misses its target by more than noise, keeps its own.
    """
    calls, se = judged.calls, judged.se
    share = np.divide(unexplained, calls, out=np.zeros_like(unexplained), where=calls > 0.0)
    noise = np.divide(se, calls, out=np.zeros_like(se), where=calls > 0.0) ** 2
    total = calls.sum(axis=0)
    common = np.divide(unexplained.sum(axis=0), total, out=np.zeros(3), where=total > 0.0)
    spread = np.divide((calls * (share - common) ** 2).sum(axis=0), total, out=np.zeros(3), where=total > 0.0)
    mean_noise = np.divide((calls * noise).sum(axis=0), total, out=np.zeros(3), where=total > 0.0)
    between = np.maximum(spread - mean_noise, 0.0)
    own = np.divide(between, between + noise, out=np.zeros_like(noise), where=between + noise > 0.0)
    sharp = np.sqrt(noise) <= PROMISED_POINTS / 200.0
    own = np.where(sharp | (judged.lack > certain(se.size) * se), 1.0, own)
    known: Floats = calls * (common + own * (share - common))
    return known


@dataclass(frozen=True, slots=True, eq=False)
class _Simulation:
    """Everything about the simulation but the seats."""

    prediction: Prediction
    paths: Paths
    front: FrontRoom
    seed: int
    replications: int
    threads: int

    def judge(self, plan: Plan, first_replication: int) -> Judged:
        """Simulate the plan's seats; the replications take the paths in turn."""
        prediction = self.prediction
        path = (first_replication + np.arange(self.replications)) % self.paths.first.shape[0]
        result = simulate(
            self._room(plan),
            self._dialled()[path],
            definitions=prediction.definitions,
            seed=self.seed,
            threads=self.threads,
            first_replication=first_replication,
        )
        spans = scope_spans(prediction)
        counted = counted_calls(result)
        lack = simulated_lacks(counted, prediction)
        predicted = path_lacks(prediction, self.paths, plan.total)
        rest = over_spans(lack - predicted[path], spans)
        root = np.sqrt(self.replications)
        offered = counted.offered.mean(axis=0)  # (2, intervals)
        calls = over_spans(np.stack([offered[0], offered[1], offered[0]], axis=-1), spans)
        whole = rest.reshape(self.replications, -1, 3).sum(axis=1).std(axis=0, ddof=1) / root
        sums = offered.sum(axis=1)
        within = counted.within.mean(axis=0)
        abandoned = counted.abandoned.mean(axis=0)
        is_of_offered = prediction.definitions.service_level_of is Denominator.OFFERED
        base = sums[0] if is_of_offered else counted.answered.mean(axis=0).sum()
        shares = (within / np.maximum(offered[0], 1e-300), abandoned / np.maximum(offered[1], 1e-300))
        return Judged(
            lack=rest.mean(axis=0) + over_spans(predicted.mean(axis=0), spans),
            se=rest.std(axis=0, ddof=1) / root,
            calls=calls,
            service_level=_ratio(within.sum(), base),
            abandonment=_ratio(abandoned.sum(), sums[1]),
            ses=(_ratio(whole[0], base), _ratio(whole[1], sums[1])),
            by_interval=np.stack(shares),
        )

    def _dialled(self) -> Floats:
        stage = self.front.stage
        return self.paths.first if stage is None else stage.dialled(self.paths.first)

    def _room(self, plan: Plan) -> ControlRoom:
        """Whoever sits is there: absence is shrinkage, which comes on top of seats."""
        demand = self.prediction.demand
        rows = [seat_rows(plan.split.seats_999, plan.split.seats_101)]
        for seats, desk in ((self.prediction.table.lending, Desk.LENDING), (self.front.seats, Desk.SWITCHBOARD)):
            if seats.any():
                rows.append(np.where(np.arange(seats.max())[:, None] < seats, desk, Desk.OFF).astype(np.int8))
        return ControlRoom(
            interval_s=demand.interval_s,
            desks=np.concatenate(rows),
            aht_s=demand.aht_s,
            assumptions=replace(self.front.assumptions, absence_rate=0.0),
            reserve=plan.split.reserve,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Simulated calls as the definitions count them."""

    offered: Floats  # (replications, 2, intervals)
    within: Floats  # 999, by the targets' clock, (replications, intervals)
    within_published: Floats
    answered: Floats  # 999
    answered_wait_s: Floats  # 999 [s]
    abandoned: Floats  # 101


def counted_calls(result: SimulationResult) -> Counted:
    """Simulated counts, (replications, ..., intervals), with what the definitions leave out left out."""
    rules = result.definitions
    counts = result.counts.astype(np.float64)
    left_out = np.zeros_like(counts[:, Count.ABANDONED])
    if rules.short_abandons is Counting.EXCLUDED:
        left_out += counts[:, Count.ABANDONED_SHORT]
    if rules.message_leavers is Counting.EXCLUDED:
        left_out += counts[:, Count.ABANDONED_IN_MESSAGE]
    abandoned = counts[:, Count.ABANDONED] - left_out
    answered = counts[:, Count.ANSWERED]
    accepted = counts[:, Count.CALLBACKS_ACCEPTED]
    if rules.callbacks is CallbackCounting.ABANDONED:
        abandoned = abandoned + accepted
    elif rules.callbacks is CallbackCounting.ANSWERED:
        answered = answered + accepted
    return Counted(
        offered=answered + abandoned,
        within=counts[:, Count.WITHIN, 0],
        within_published=counts[:, Count.WITHIN_PUBLISHED, 0],
        answered=answered[:, 0],
        answered_wait_s=counts[:, Count.ANSWERED_WAIT_S, 0],
        abandoned=abandoned[:, 1],
    )


def simulated_lacks(calls: Counted, prediction: Prediction) -> Floats:
    """Lacks (replications, intervals, 3) of simulated calls against the targets, as ``counted.lacks`` has them."""
    targets, definitions = prediction.targets, prediction.definitions
    within = calls.within if targets.clock is Clock.FORCE else calls.within_published
    base = calls.offered[:, 0] if definitions.service_level_of is Denominator.OFFERED else calls.answered
    lack = np.zeros((*within.shape, 3))
    if targets.service_level > 0.0:
        lack[..., 0] = targets.service_level * base - within
    if targets.abandonment < 1.0:
        lack[..., 1] = calls.abandoned - targets.abandonment * calls.offered[:, 1]
    if targets.mean_answer_999_s is not None:
        lack[..., 2] = calls.answered_wait_s - targets.mean_answer_999_s * calls.answered
    return lack


def _ratio(part: float, of: float) -> float:
    return float(part / of) if of > 0.0 else float("nan")
