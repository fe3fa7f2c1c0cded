"""From levers as a planner gives them to the library's changes; in a child process."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from app.forces.schemas import ForceSettings
from app.forces.staffing import Spread, SwitchboardStage
from app.requirements.assumed import lending_of
from app.requirements.expected import Expected
from app.requirements.service import INTERVAL
from app.rosters.desks import desk_matrix, lending_rows
from app.scenarios import levers
from app.scenarios.run import Inputs, Staffed
from rostering.staffing.assumptions import CallbackPolicy, Desk, Switchboard
from rostering.staffing.scenarios import demand, people
from rostering.staffing.scenarios.levers import WHOLE, Change, Span, Uncertain
from rostering.staffing.seats.targets import ServiceTargets

_DESKS = {
    "999": Desk.CALLS_999,
    "101": Desk.CALLS_101,
    "lending": Desk.LENDING,
    "switchboard": Desk.SWITCHBOARD,
}


def changes_of(inputs: Inputs, targets: ServiceTargets) -> list[Change]:
    """Every lever as a change. Raises `ValueError` where one asks for what there is not."""
    found = []
    for i, lever in enumerate(inputs.asked.changes):
        try:
            found.append(_change(lever, inputs, targets))
        except ValueError as error:
            raise ValueError(f"changes[{i}] ({lever.kind}): {error}") from error
    return found


def rows_of(staffed: Staffed, start: datetime, intervals: int) -> people.RowsReplaced:
    """The duties that touch the span, as rows; each handler's paid hours on their first row."""
    desks = desk_matrix(staffed.duties, start, intervals)
    touches = (desks != Desk.OFF).any(axis=1)
    duties = [duty for duty, touched in zip(staffed.duties, touches, strict=True) if touched]
    refs = sorted({duty.handler for duty in duties})
    number = {ref: i for i, ref in enumerate(refs)}
    handlers = np.array([number[duty.handler] for duty in duties], dtype=np.int64)
    return people.RowsReplaced(
        desks=desks[touches],
        handlers=handlers,
        paid_h=_paid_h(staffed, [duty.handler for duty in duties]),
        skilled_999=np.array([duty.handler in staffed.skilled_999 for duty in duties], dtype=bool),
        is_roster=True,
    )


def with_lending(rows: people.RowsReplaced, known: Expected) -> people.RowsReplaced:
    """The rows, and the people of interruptible desks, who are paid for their own work."""
    desks = lending_rows(lending_of(known))
    n = desks.shape[0]
    first = int(rows.handlers.max(initial=-1)) + 1
    return replace(
        rows,
        desks=np.concatenate([rows.desks, desks]),
        handlers=np.concatenate([rows.handlers, first + np.arange(n)]),
        paid_h=np.concatenate([rows.paid_h, np.zeros(n)]),
        skilled_999=np.concatenate([rows.skilled_999, np.ones(n, dtype=bool)]),
    )


def _paid_h(staffed: Staffed, of_rows: list[str]) -> NDArray[np.float64]:
    """A handler's paid hours, leave credited, spread over the rows that they work."""
    rows = {ref: of_rows.count(ref) for ref in set(of_rows)}
    return np.array([staffed.paid_min.get(ref, 0) / 60 / rows[ref] for ref in of_rows], dtype=np.float64)


def _change(lever: levers.Lever, inputs: Inputs, targets: ServiceTargets) -> Change:
    if isinstance(
        lever,
        levers.DemandLever | levers.ChannelShiftLever | levers.SurgeLever | levers.HandlingTimeLever,
    ):
        return _of_calls(lever, inputs)
    if isinstance(lever, levers.PatienceLever | levers.RepeatsLever | levers.CallbacksLever):
        return _of_callers(lever)
    return _of_room(lever, inputs, targets)


def _of_calls(
    lever: levers.DemandLever | levers.ChannelShiftLever | levers.SurgeLever | levers.HandlingTimeLever, inputs: Inputs
) -> Change:
    where = _span(lever, inputs)
    if isinstance(lever, levers.SurgeLever):
        return demand.Surge(lever.multiplier, where, lever.queue)
    if isinstance(lever, levers.ChannelShiftLever):
        return demand.ChannelShift(lever.queue, _uncertain(lever.share), lever.contact_s, lever.concurrency, where)
    if isinstance(lever, levers.HandlingTimeLever):
        return demand.HandlingTimeChange(_uncertain(lever.factor), lever.queue, where)
    if lever.category is None:
        return demand.DemandChange(_uncertain(lever.factor), lever.queue, where)
    assert lever.queue is not None
    share = lever.share or _category_share(inputs.expected.settings, lever.category, lever.queue)
    return demand.CategoryChange(lever.category, lever.queue, _uncertain(share), _uncertain(lever.factor), where)


def _of_callers(lever: levers.PatienceLever | levers.RepeatsLever | levers.CallbacksLever) -> Change:
    if isinstance(lever, levers.PatienceLever):
        return demand.PatienceChange(_uncertain(lever.factor), lever.queue)
    if isinstance(lever, levers.CallbacksLever):
        return demand.CallbackChange(None if lever.policy is None else CallbackPolicy(**lever.policy.model_dump()))
    shares = (lever.redial_999, lever.redial_101, lever.spill)
    return demand.RepeatsChange(*(None if share is None else _uncertain(share) for share in shares))


def _of_room(lever: levers.Lever, inputs: Inputs, targets: ServiceTargets) -> Change:
    if isinstance(lever, levers.HeadcountLever):
        return people.Headcount(lever.change, lever.skill)
    if isinstance(lever, levers.SkillMixLever):
        return people.SkillMix(lever.change)
    if isinstance(lever, levers.SeatsLever):
        return people.Seats(_DESKS[lever.desk], lever.change, _span(lever, inputs))
    if isinstance(lever, levers.AbsenceLever):
        return people.AbsenceChange(lever.rate)
    if isinstance(lever, levers.TargetsLever):
        chosen = ServiceTargets(
            service_level=targets.service_level if lever.service_level is None else lever.service_level,
            abandonment=targets.abandonment if lever.abandonment is None else lever.abandonment,
        )
        return people.TargetsChange(chosen, lever.threshold_999_s)
    if isinstance(lever, levers.SwitchboardLever):
        stage = lever.stage or inputs.expected.settings.switchboard or SwitchboardStage()
        return people.SwitchboardChange(Switchboard(**stage.model_dump()) if lever.on else None, lever.seats or 0)
    assert inputs.replaced is not None
    rows = rows_of(inputs.replaced, inputs.expected.start, inputs.expected.intervals)
    return with_lending(rows, inputs.expected)


def _category_share(settings: ForceSettings, name: str, queue: str) -> Spread:
    for category in settings.categories:
        if (category.name, category.queue) == (name, queue):
            return category.share
    raise ValueError(f"category {name!r} of queue {queue} is not in the force's settings")


def _span(lever: levers.Lever, inputs: Inputs) -> Span:
    start, intervals = inputs.expected.start, inputs.expected.intervals
    since, until = lever.span()
    if since is None and until is None:
        return WHOLE
    first = 0 if since is None else (since - start) // INTERVAL
    last = intervals if until is None else min((until - start) // INTERVAL, intervals)
    return Span(max(first, 0), last)


def _uncertain(values: levers.Factor | Spread) -> Uncertain:
    return Uncertain(values.low, values.likely, values.high)
