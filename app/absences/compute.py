"""The computation of options, in a child process: ranked first by the staffing tables, then simulated in pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from app.absences import stored
from app.absences.effect import effects_of, paired
from app.absences.run import Inputs, Result, Simulated
from app.requirements.assumed import posts_of
from app.runs.child import Report
from rostering.coverage import cost_of_heads, heads_on_calls
from rostering.roster import Duty
from rostering.same_day.absence import QUARTER, ceil_quarter
from rostering.same_day.options import Option, options
from rostering.same_day.scene import Lender, Scene
from rostering.same_day.terms import flags_of

_RANKED = 0.4  # share of the run's progress


def compute(inputs: Inputs, report: Report) -> Result:
    """Options with their simulated effect; told first without it."""
    content: dict[str, Any] = {"lost": [_span(duty) for duty in inputs.lost], "notes": list(inputs.notes)}
    if inputs.gap is None:
        hours = inputs.settings.same_day.hours_ahead
        content["notes"].append(f"nothing is missing in the next {hours} h: a repair of the roster looks further")
        scene = _scene(inputs, (inputs.now, inputs.now + timedelta(hours=hours)))
        found: tuple[Option, ...] = (Option((), 0, 0, None, ()),)
        return Result(content | {"gap": None, "options": _told(inputs, scene, found)})
    scene = _scene(inputs, inputs.gap)
    found = options(scene, _cost_of_whole(inputs))
    content |= {
        "gap": {"start": scene.start.isoformat(), "end": scene.end.isoformat()},
        "options": _told(inputs, scene, found),
    }
    report(_RANKED, "ranked by what the staffing tables expect", **content)
    if inputs.simulated is not None:
        _simulate(inputs, inputs.simulated, scene, found, content["options"], report)
    return Result(content)


def _scene(inputs: Inputs, gap: tuple[Any, Any]) -> Scene:
    soon = ceil_quarter(inputs.now)
    return Scene(
        problem=inputs.problem,
        duties=inputs.duties,
        now=soon,
        start=max(gap[0], soon),
        end=gap[1],
        limits=inputs.limits,
        turns=inputs.turns,
        lenders=tuple(_lenders(inputs)),
        away=inputs.away,
    )


def _lenders(inputs: Inputs) -> Iterator[Lender]:
    """Interruptible desks with their heads by interval of the cover, as far as the forecast's span goes."""
    if inputs.simulated is None:
        return
    known, n = inputs.simulated.expected, inputs.problem.cover.n_intervals
    places = (known.start - inputs.problem.begin) // QUARTER + np.arange(known.intervals)
    inside = (places >= 0) & (places < n)
    for post in posts_of(known):
        if post.lends:
            heads = np.zeros(n, dtype=np.int64)
            heads[places[inside]] = post.heads[inside]
            yield Lender(post.name, tuple(heads.tolist()))


def _cost_of_whole(inputs: Inputs) -> int:
    """Service tier of calls with nobody away and nothing more wanted."""
    problem, duties = inputs.whole
    return int(cost_of_heads(problem, heads_on_calls(problem, duties)).sum())


def _told(inputs: Inputs, scene: Scene, found: Sequence[Option]) -> list[dict[str, Any]]:
    """Every option as it is stored."""
    told = []
    for rank, option in enumerate(found, start=1):
        flags = flags_of(scene, option.moves)
        settings = inputs.settings
        told.append(stored.as_data(scene, option, rank, flags, settings.same_day, settings.pay_per_h))
    return told


def _simulate(
    inputs: Inputs,
    simulated: Simulated,
    scene: Scene,
    found: Sequence[Option],
    told: Sequence[dict[str, Any]],
    report: Report,
) -> None:
    """Add to each option what it does to calls, paired with doing nothing."""
    effects = effects_of(simulated, scene, inputs.seed)
    accepted = effects.lost(())
    for number, (option, data) in enumerate(zip(found, told, strict=True)):
        share = _RANKED + (1 - _RANKED) * number / len(found)
        report(share, "simulating each option with the calls of doing nothing")
        late, lost = effects.lost(option.moves) if option.moves else accepted
        data["simulated"] = {"late_999": paired(late, accepted[0]), "lost_101": paired(lost, accepted[1])}


def _span(duty: Duty) -> dict[str, str]:
    return {"start": duty.start.isoformat(), "end": duty.end.isoformat()}
