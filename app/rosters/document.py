"""A roster problem and its duties as JSON, so that a certificate can be re-checked offline by anyone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from rostering.problem import Cover, Handler, RosterProblem
from rostering.roster import Duty, Roster
from rostering.rules import RuleSet

_HANDLERS = TypeAdapter(tuple[Handler, ...])
_DUTIES = TypeAdapter(tuple[Duty, ...])
_RULES = TypeAdapter(RuleSet)
_COVER_COLUMNS = ("needed_999", "needed_101", "already_999", "already_101")


def problem_to_json(problem: RosterProblem) -> dict[str, Any]:
    return {
        "week_start": problem.week_start.isoformat(),
        "timezone": problem.timezone,
        "meals_paid": problem.meals_paid,
        "start_step_min": problem.start_step_min,
        "length_step_min": problem.length_step_min,
        "cover": {"start": problem.cover.start.isoformat()}
        | {name: getattr(problem.cover, name).tolist() for name in _COVER_COLUMNS},
        "handlers": _HANDLERS.dump_python(problem.handlers, mode="json"),
        "frozen_duties": duties_to_json(problem.frozen_duties),
        "rules": _RULES.dump_python(problem.rules, mode="json"),
    }


def problem_from_json(document: dict[str, Any]) -> RosterProblem:
    """Raises `ValueError` (pydantic's or the library's) naming what is wrong."""
    cover = document["cover"]
    return RosterProblem(
        week_start=date.fromisoformat(document["week_start"]),
        timezone=document["timezone"],
        cover=Cover(
            start=datetime.fromisoformat(cover["start"]),
            needed_999=np.array(cover["needed_999"], dtype=np.int64),
            needed_101=np.array(cover["needed_101"], dtype=np.int64),
            already_999=np.array(cover["already_999"], dtype=np.int64),
            already_101=np.array(cover["already_101"], dtype=np.int64),
        ),
        handlers=_HANDLERS.validate_python(document["handlers"]),
        frozen_duties=_DUTIES.validate_python(document["frozen_duties"]),
        rules=_RULES.validate_python(document["rules"]),
        meals_paid=document["meals_paid"],
        start_step_min=document["start_step_min"],
        length_step_min=document["length_step_min"],
    )


def duties_to_json(duties: tuple[Duty, ...]) -> list[dict[str, Any]]:
    dumped: list[dict[str, Any]] = _DUTIES.dump_python(duties, mode="json")
    return dumped


def duties_from_json(document: list[dict[str, Any]]) -> tuple[Duty, ...]:
    return _DUTIES.validate_python(document)


def roster_from_json(document: list[dict[str, Any]]) -> Roster:
    return Roster(duties_from_json(document))
