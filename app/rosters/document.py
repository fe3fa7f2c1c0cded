"""A roster problem and its duties as JSON, so that a certificate can be re-checked offline by anyone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from rostering.problem import BAND_STARTS, BandStarts, Cover, Handler, Mode, RoleCover, RosterProblem
from rostering.roster import Duty, Roster
from rostering.rules import RuleSet

_HANDLERS = TypeAdapter(tuple[Handler, ...])
_DUTIES = TypeAdapter(tuple[Duty, ...])
_RULES = TypeAdapter(RuleSet)
_BANDS = TypeAdapter(tuple[BandStarts, ...])
_ROLES = TypeAdapter(tuple[RoleCover, ...])
_HEADS = ("needed_999", "needed_101", "already_999", "already_101")
_COSTS = ("cost_short", "cost_short_999")


def problem_to_json(problem: RosterProblem) -> dict[str, Any]:
    """Everything that the problem says; absent cost tables are null."""
    cover = problem.cover
    costs = {name: getattr(cover, name) for name in _COSTS}
    return {
        "week_start": problem.week_start.isoformat(),
        "n_weeks": problem.n_weeks,
        "mode": str(problem.mode),
        "timezone": problem.timezone,
        "meals_paid": problem.meals_paid,
        "start_step_min": problem.start_step_min,
        "length_step_min": problem.length_step_min,
        "briefing_min": problem.briefing_min,
        "told_at": None if problem.told_at is None else problem.told_at.isoformat(),
        "bank_holidays": [day.isoformat() for day in problem.bank_holidays],
        "band_starts": _BANDS.dump_python(problem.band_starts, mode="json"),
        "role_cover": _ROLES.dump_python(problem.role_cover, mode="json"),
        "cover": {"start": cover.start.isoformat()}
        | {name: getattr(cover, name).tolist() for name in _HEADS}
        | {name: None if table is None else table.tolist() for name, table in costs.items()},
        "handlers": _HANDLERS.dump_python(problem.handlers, mode="json"),
        "frozen_duties": duties_to_json(problem.frozen_duties),
        "pinned": duties_to_json(problem.pinned),
        "published": duties_to_json(problem.published),
        "rules": _RULES.dump_python(problem.rules, mode="json"),
    }


def problem_from_json(document: dict[str, Any]) -> RosterProblem:
    """The problem; what older documents lack is as it was then. Raises `ValueError` naming what is wrong."""
    return RosterProblem(
        week_start=date.fromisoformat(document["week_start"]),
        timezone=document["timezone"],
        cover=_cover_from_json(document["cover"]),
        handlers=_HANDLERS.validate_python(document["handlers"]),
        frozen_duties=_DUTIES.validate_python(document["frozen_duties"]),
        rules=_RULES.validate_python(document["rules"]),
        meals_paid=document["meals_paid"],
        start_step_min=document["start_step_min"],
        length_step_min=document["length_step_min"],
        n_weeks=document.get("n_weeks", 1),
        mode=Mode(document.get("mode", Mode.WEEKLY)),
        band_starts=_BANDS.validate_python(document["band_starts"]) if "band_starts" in document else BAND_STARTS,
        pinned=_DUTIES.validate_python(document.get("pinned", ())),
        published=_DUTIES.validate_python(document.get("published", ())),
        role_cover=_ROLES.validate_python(document.get("role_cover", ())),
        briefing_min=document.get("briefing_min", 0),
        told_at=None if document.get("told_at") is None else datetime.fromisoformat(document["told_at"]),
        bank_holidays=tuple(date.fromisoformat(day) for day in document.get("bank_holidays", ())),
    )


def _cover_from_json(cover: dict[str, Any]) -> Cover:
    arrays: dict[str, Any] = {
        name: None if cover.get(name) is None else np.array(cover[name], dtype=np.int64) for name in (*_HEADS, *_COSTS)
    }
    return Cover(start=datetime.fromisoformat(cover["start"]), **arrays)


def duties_to_json(duties: tuple[Duty, ...]) -> list[dict[str, Any]]:
    dumped: list[dict[str, Any]] = _DUTIES.dump_python(duties, mode="json")
    return dumped


def duties_from_json(document: list[dict[str, Any]]) -> tuple[Duty, ...]:
    return _DUTIES.validate_python(document)


def roster_from_json(document: list[dict[str, Any]]) -> Roster:
    return Roster(duties_from_json(document))
