"""The counterfactual run's computation, in a child process: both sides rostered, checked, and met by the calls that
came."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.counterfactuals.run import Inputs, Result, Week
from app.counterfactuals.sides import (
    erlang_c_heads,
    required,
    scaled_to,
    solved,
    weighted_loss,
    with_heads,
    with_requirement,
)
from app.requirements.assumed import Register, definitions_of, lending_of, room_assumptions
from app.rosters.desks import desk_matrix, lending_rows
from app.runs.child import Report
from rostering.problem import RosterProblem
from rostering.roster import Duty
from rostering.rules import paid_min
from rostering.staffing import ControlRoom, RoomAssumptions, simulate
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.shortfall import LATE_WEIGHT
from rostering.staffing.simulation.result import Count

Floats = NDArray[np.float64]

_THREADS = min(2, os.cpu_count() or 1)  # no result depends on it
_SECONDS = 180.0  # that cap one roster's search
_Z95 = 1.959964
_SIDES = ("compared_with", "counterfactual")
_MEASURES = ("service_level_999", "abandonment_101", "mean_wait_999_s", "mean_wait_101_s")

DEFINITIONS = {
    "late_999": "999 calls not answered within their threshold, short abandons among them",
    "lost_101": "101 calls abandoned",
    "weighted": f"late 999 calls, each weighed as {LATE_WEIGHT} lost 101 calls, plus lost 101 calls: the weights of "
    "the roster's service tier",
    "is_better": "the difference of `weighted` is below 0 in the mean of the replications; is_sure: beyond its bounds",
    "erlang_c": "two Erlang C sums on the mean forecast of then, 999 by its target and 101 at 90% within 30 s, scaled "
    "to the heads of the requirement, so that both sides ask for equal hours; rostered by the same search",
    "paid_h": "of duties that start in the week, without credited leave [h]",
}


def compute(inputs: Inputs, report: Report) -> Result:
    """Each week's two sides, and all together."""
    rows, sums, register = [], [], None
    for number, week in enumerate(inputs.weeks):
        report(number / len(inputs.weeks), f"the week of {week.monday}")
        register = Register(week.week)
        row, lost = _one(inputs, week, register)
        rows.append(row)
        sums.append(lost)
    assert register is not None
    return Result(
        {
            "by_week": rows,
            "together": _together(rows, sums),
            "definitions": DEFINITIONS,
            "assumptions": register.entries,
            "notes": list(inputs.notes),
        }
    )


def _one(inputs: Inputs, week: Week, register: Register) -> tuple[dict[str, Any], dict[str, Floats]]:
    """One week's figures, and what was lost by side and name (replications,)."""
    needed = required(week.reach)
    ours = with_requirement(week.problem, needed, week.reach)
    heads = np.array([needed.rostered_999, needed.rostered_101])
    theirs = with_heads(week.problem, scaled_to(erlang_c_heads(week.reach), int(heads.sum())))
    duties = {"counterfactual": _rostered(inputs, ours, "counterfactual")}
    duties["compared_with"] = week.worked if week.worked is not None else _rostered(inputs, theirs, "Erlang C")
    reserve = needed.reserve[: week.week.intervals]
    assumptions = room_assumptions(week.week, register)
    refs = sorted({duty.handler for side in duties.values() for duty in side})
    row: dict[str, Any] = {
        "week_start": week.monday.isoformat(),
        "forecast_id": str(week.forecast_id),
        "roster_id": None if week.roster_id is None else str(week.roster_id),
        "paid_h": {side: round(_paid_h(week.problem, duties[side]), 2) for side in _SIDES},
        "duties": {side: len(duties[side]) for side in _SIDES},
    }
    met = {side: _met(inputs, week, duties[side], refs, reserve, assumptions) for side in _SIDES}
    lost = {name: np.stack([met[side][name] for side in _SIDES]) for name in ("late_999", "lost_101", "weighted")}
    for name in (*lost, *_MEASURES):
        row[name] = _paired(*(met[side][name] for side in _SIDES))
    return row | _verdict(row["weighted"]), lost


def _rostered(inputs: Inputs, problem: RosterProblem, name: str) -> tuple[Duty, ...]:
    """Duties of a side, those that stand before the week included. Raises `ValueError` where there is no roster."""
    found, reason = solved(problem, inputs.effort, inputs.seed, _SECONDS)
    if found is None:
        raise ValueError(f"the week of {problem.week_start}, {name}: {reason}")
    return (*problem.frozen_duties, *found.duties)


def _met(
    inputs: Inputs,
    week: Week,
    duties: Sequence[Duty],
    refs: Sequence[str],
    reserve: NDArray[np.int64],
    assumptions: RoomAssumptions,
) -> dict[str, Floats]:
    """What the calls that came would have met, by name (replications,)."""
    known = week.week
    lent = lending_rows(lending_of(known))
    number = {ref: i for i, ref in enumerate(refs)}
    handlers = [*(number[duty.handler] for duty in duties), *range(len(refs), len(refs) + lent.shape[0])]
    room = ControlRoom(
        interval_s=known.interval_s,
        desks=np.concatenate([desk_matrix(duties, known.start, known.intervals), lent]),
        aht_s=known.aht_s,
        assumptions=assumptions,
        reserve=reserve,
        handlers=np.array(handlers, dtype=np.int64),
    )
    offered = np.where(np.isnan(week.came), known.mean_calls, week.came)
    first = np.rint(first_attempts(offered, known.past_abandonment, assumptions, known.interval_s)).astype(np.int64)
    found = simulate(
        room,
        np.repeat(first[None], inputs.replications, axis=0),
        definitions=definitions_of(inputs.settings),
        seed=inputs.seed,
        threads=_THREADS,
        days=known.days,
    )
    sums = found.counts.sum(axis=3, dtype=np.float64)
    late = sums[:, Count.OFFERED, 0] - sums[:, Count.WITHIN, 0]
    lost = sums[:, Count.ABANDONED, 1]
    measures = found.measures()
    return {
        "late_999": late,
        "lost_101": lost,
        "weighted": weighted_loss(late, lost, LATE_WEIGHT),
        **{name: measures[name] for name in _MEASURES},
    }


def _paired(theirs: Floats, ours: Floats) -> dict[str, Any]:
    """Means of both sides, their difference, and the half-width of its 95% interval."""
    difference = ours - theirs
    known = difference[~np.isnan(difference)]
    half = _Z95 * known.std(ddof=1) / known.size**0.5 if known.size > 1 else float("nan")
    values = {
        "compared_with": float(np.nanmean(theirs)) if known.size else float("nan"),
        "counterfactual": float(np.nanmean(ours)) if known.size else float("nan"),
        "difference": float(known.mean()) if known.size else float("nan"),
        "difference_half": float(half),
    }
    return {name: None if value != value else float(f"{value:.6g}") for name, value in values.items()}


def _verdict(weighted: dict[str, Any]) -> dict[str, Any]:
    return {
        "is_better": weighted["difference"] < 0,
        "is_sure": abs(weighted["difference"]) > weighted["difference_half"],
    }


def _together(rows: Sequence[dict[str, Any]], sums: Sequence[dict[str, Floats]]) -> dict[str, Any]:
    """All weeks as one: sums of what was lost and of paid hours."""
    found: dict[str, Any] = {name: _paired(*np.sum([one[name] for one in sums], axis=0)) for name in sums[0]}
    paid = {side: round(sum(row["paid_h"][side] for row in rows), 2) for side in _SIDES}
    return found | _verdict(found["weighted"]) | {
        "paid_h": paid,
        "weeks": len(rows),
        "weeks_better": sum(row["is_better"] for row in rows),
        "weeks_better_and_sure": sum(row["is_better"] and row["is_sure"] for row in rows),
        "weeks_worse_and_sure": sum(not row["is_better"] and row["is_sure"] for row in rows),
    }  # fmt: skip


def _paid_h(problem: RosterProblem, duties: Sequence[Duty]) -> float:
    return sum(
        paid_min(problem.rules, int((duty.end - duty.start).total_seconds()) // 60, meals_paid=problem.meals_paid) / 60
        for duty in duties
        if problem.begin <= duty.start < problem.end
    )
