"""Share of duties that a re-solve changes after the forecast moves by 2% everywhere, keeping to the roster before.

The product's own force of 120 people and one week: solved, its calls raised by 2% in every quarter-hour, solved again
from the roster that there is. Beside it the same without keeping to anything, and without changing anything.
"""

import sys
from typing import Any

from app.rosters.keep import kept_to
from benchmarks.roster_force import own_force
from rostering.coverage import recount_cover
from rostering.findings import local_date
from rostering.model.solve import roster
from rostering.problem import Mode, RosterProblem
from rostering.roster import Duty, Roster, SolveBudget, TierName

_HANDLERS, _MOVED = 120, 1.02
_EFFORT = 15  # what the service takes for 120 people, one week and 30 s
_SECONDS = 90.0  # that only cap it, so that a busy machine finds the same rosters
_MOST = 0.02  # the service's default


def measure(seed: int) -> dict[str, Any]:
    """Shares of person-days that differ, and the service tier of each roster against the calls as they are now."""
    before = own_force(_HANDLERS, 1, Mode.WEEKLY, seed).problem
    now = own_force(_HANDLERS, 1, Mode.WEEKLY, seed, calls=_MOVED).problem
    old = _solved(before, seed)
    kept, most = kept_to(now, old.duties, _MOST)
    anew = _solved(now, seed)
    few = _solved(kept, seed, most)
    free = _solved(kept, seed, len(old.duties))
    service = {
        name: recount_cover(now, found).total(TierName.SERVICE)
        for name, found in (("old", old), ("kept_2pct", few), ("kept", free), ("anew", anew))
    }
    return {
        "duties_changed_after_2pct": _changed(now, old, few),
        "duties_changed_at_usual_price": _changed(now, old, free),
        "duties_changed_anew": _changed(now, old, anew),
        "stability_service": service,
    }


def _solved(problem: RosterProblem, seed: int, most: int | None = None) -> Roster:
    budget = SolveBudget(seconds=_SECONDS, seed=seed, effort=_EFFORT)
    outcome = roster(problem, budget, most_changes=most)
    if outcome.roster is None:
        raise SystemExit(f"no roster: {outcome.status}, {outcome.notes}")
    print(f"{problem.mode}: {outcome.tiers[0]}, {outcome.ended_by}", file=sys.stderr, flush=True)
    return outcome.roster


def _changed(problem: RosterProblem, old: Roster, new: Roster) -> float:
    """Share of the duties whose handler's date has another start or end, or none, in the new roster."""
    times = [{_key(problem, duty): (duty.start, duty.end) for duty in one.duties} for one in (old, new)]
    differ = {key for key in times[0].keys() | times[1].keys() if times[0].get(key) != times[1].get(key)}
    return round(len(differ) / len(times[0]), 4)


def _key(problem: RosterProblem, duty: Duty) -> tuple[str, str]:
    return duty.handler, f"{local_date(problem, duty.start)}"


if __name__ == "__main__":
    print(measure(1))
