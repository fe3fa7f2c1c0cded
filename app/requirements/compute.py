"""The requirement run's computation, in a child process: knows the library, not the database."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from app.requirements.assumed import (
    Register,
    definitions_of,
    lending_of,
    patience,
    posts_of,
    room_assumptions,
    shrinkage_of,
    targets_of,
)
from app.requirements.expected import Expected
from app.requirements.run import Inputs, Result
from app.requirements.service import QUEUES
from app.runs.child import Report
from rostering.staffing import Demand, Requirement, RoomAssumptions, SeatRules, requirement
from rostering.staffing.seats.posts import heads_by_skill
from rostering.staffing.seats.targets import Correction
from rostering.staffing.seats.uncertainty import rates_behind

_SEED = 1
# Of each round of the correction, for up to two weeks; longer spans get fewer, so that they cost no more. A day has a
# seventh of a week's calls, so that its service is known nearly three times worse.
_REPLICATIONS = {"interval": 200, "day": 600, "week": 200}
_FEWEST = 50
_INTERVALS_OF_A_WEEK = 672
_COMPUTED = 0.8  # share of the run's progress


def compute(asked: Inputs, report: Report) -> Result:
    """Seats and heads per quarter-hour that meet both targets under the forecast's uncertainty."""
    inputs = asked.expected
    register = Register(inputs)
    assumptions = seats_assumptions(room_assumptions(inputs, register))
    rules = rules_of(inputs, register)
    needed = requirement(
        demand_of(inputs),
        assumptions,
        targets_of(inputs.settings),
        definitions_of(inputs.settings),
        rules,
        seed=_SEED,
        replications=_replications(inputs) if asked.correct else 0,
        progress=lambda share, phase: report(_COMPUTED * share, phase),
    )
    return Result(description=_description(inputs, needed, rules, register, report), columns=_columns(needed, inputs))


def _replications(inputs: Expected) -> int:
    weeks = inputs.intervals / _INTERVALS_OF_A_WEEK
    return max(int(_REPLICATIONS[inputs.settings.targets.scope] * min(1.0, 2.0 / weeks)), _FEWEST)


def demand_of(inputs: Expected) -> Demand:
    """The calls to staff for, with sampled rates and what the history abandoned."""
    return Demand(
        start=inputs.start,
        interval_s=inputs.interval_s,
        mean_calls=inputs.mean_calls,
        rate_cv=inputs.rate_cv,
        aht_s=inputs.aht_s,
        days=inputs.days,
        aht_cv=inputs.aht_cv,
        rates=rates_behind(inputs.paths, inputs.mean_calls, inputs.day_cv, inputs.rate_cv, inputs.days, _SEED),
        past_abandonment=inputs.past_abandonment,
    )


def seats_assumptions(assumptions: RoomAssumptions) -> RoomAssumptions:
    """Seats are handlers who are there and can take a call: what keeps heads from that is shrinkage."""
    return replace(assumptions, absence_rate=0.0, availability=1.0)


def rules_of(inputs: Expected, register: Register) -> SeatRules:
    settings = inputs.settings
    lending = lending_of(inputs)
    return SeatRules(
        min_seats_999=register.setting("fewest seats with skill 999", "min_seats_999", "seats", "assumption"),
        shrinkage=shrinkage_of(inputs, register),
        lending=lending if lending.any() and settings.posts else None,
    )


def _description(
    inputs: Expected, needed: Requirement, rules: SeatRules, register: Register, report: Report
) -> dict[str, Any]:
    settings = inputs.settings
    hours = inputs.interval_s / 3600
    targets, definitions = targets_of(settings), definitions_of(settings)
    seats_h, rostered_h = needed.seats.sum() * hours, (needed.rostered_999 + needed.rostered_101).sum() * hours
    return {
        "targets": {
            "999": {
                "threshold_s": definitions.threshold_999_s,
                "service_level": targets.service_level,
                "mean_answer_s": targets.mean_answer_999_s,
            },
            "101": {"abandonment": targets.abandonment},
            **settings.targets.model_dump(mode="json"),
        },
        "assumptions": {queue: patience(inputs, q) for q, queue in enumerate(QUEUES)},
        "register": register.entries,
        "shrinkage": float(rules.shrinkage_of(inputs.intervals).mean()),
        "definitions": list(definitions.words()),
        "hours": {
            "seats_h": float(seats_h),
            "rostered_h": float(rostered_h),
            "minimum_h": float(needed.seats_minimum.sum() * hours),
            "chance_h": float(needed.seats_chance.sum() * hours),
            "switchboard_h": float(needed.switchboard_seats.sum() * hours),
        },
        "range": _range(inputs, needed, report),
        "correction": None if needed.correction is None else _told(needed.correction),
        "posts": [post.model_dump(mode="json", by_alias=True) for post in settings.posts],
        "notes": [
            "rates are sampled from the forecast: 999 and 101 are high and low together as far as the forecast says",
            "redials and spill of past abandonment are taken out of the forecast calls, and those of the predicted "
            "service are put back"
            if inputs.past_abandonment is not None
            else "the history does not count abandoned calls: every forecast call is taken to be a first attempt",
        ],
    }


def _told(correction: Correction) -> dict[str, Any]:
    """What simulation found; None where there was nothing to measure."""
    found = {name: value for name, value in asdict(correction).items() if name != "by_interval"}
    return {name: None if value != value else value for name, value in found.items()}


def _range(inputs: Expected, needed: Requirement, report: Report) -> dict[str, Any] | None:
    """Hours on calls where redial, spill and balking are as low, and as high, as they may be; None where all are known.

    Computed without simulation, so what its correction has added or taken away is put on top of both.
    """
    queues = inputs.settings.queues
    shares = (queues.emergency.redial, queues.emergency.balking, queues.non_emergency.redial,
              queues.non_emergency.balking, queues.non_emergency.spill)  # fmt: skip
    if all(share.is_known for share in shares):
        return None
    corrected_h = 0.0 if needed.correction is None else needed.correction.seats_added_h
    found: dict[str, Any] = {
        "of": "hours on calls with redial, spill and balking all at their low and at their high shares; high ones take "
        "more of the calls in the history for repeats, which better service spares"
    }
    for step, case in enumerate(("low", "high")):
        report(_COMPUTED + (1 - _COMPUTED) * step / 2, f"seats with redial and spill {case}")
        register = Register(inputs)
        seats = requirement(
            demand_of(inputs),
            seats_assumptions(room_assumptions(inputs, register, case)),
            targets_of(inputs.settings),
            definitions_of(inputs.settings),
            replace(rules_of(inputs, register), split=False),  # which moves seats between desks and adds none
            seed=_SEED,
        ).seats
        found[f"at_{case}_shares_h"] = float(seats.sum() * inputs.interval_s / 3600) + corrected_h
    return found


def _columns(needed: Requirement, inputs: Expected) -> dict[str, Any]:
    def by_queue(values: Any, digits: int) -> dict[str, list[float]]:
        return {name: values[q].round(digits).tolist() for q, name in enumerate(QUEUES)}

    return {
        "seats": {"999": needed.seats_999.tolist(), "101": needed.seats_101.tolist()},
        "rostered": {"999": needed.rostered_999.tolist(), "101": needed.rostered_101.tolist()},
        "heads": {
            skill: heads.tolist()
            for skill, heads in heads_by_skill(needed.rostered_999, needed.rostered_101, posts_of(inputs)).items()
        },
        "seats_minimum": needed.seats_minimum.tolist(),
        "seats_chance": needed.seats_chance.tolist(),
        "reserve": needed.reserve.tolist(),
        "switchboard_seats": needed.switchboard_seats.tolist(),
        "service_level_999": needed.service_level_999.round(5).tolist(),
        "service_level_999_published": needed.service_level_999_published.round(5).tolist(),
        "abandonment_101": needed.abandonment_101.round(5).tolist(),
        "mean_wait_s": by_queue(needed.mean_wait_s, 2),
        "mean_answer_s": by_queue(needed.mean_answer_s, 2),
        "offered_calls": by_queue(needed.offered_calls, 4),
        "first_attempts": by_queue(needed.first_attempts, 4),
        "occupancy": needed.occupancy.round(5).tolist(),
    }
