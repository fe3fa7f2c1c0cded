"""Why somebody has a duty: the pattern, their consent, a swap, cover for somebody absent, or the solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.rosters.repository import DutySpan, ToldChange
from app.rosters.states import EDITED, PUBLISHED, SWAPPED
from rostering.problem import Mode
from rostering.rules import RuleSet
from rostering.tour import is_night_by


class Cause(StrEnum):
    """What gave somebody a duty."""

    PATTERN = "pattern"
    CONSENT = "consent"  # an offer, an edit that they agreed to, or a start moved within what they consented to
    SWAP = "swap"
    ABSENCE_COVER = "absence cover"
    SOLVER = "solver"


def cause_of(
    span: DutySpan,
    known: Mapping[UUID, tuple[str, dict[str, Any]]],
    changes: Iterable[ToldChange],
    rules: RuleSet,
    zone: ZoneInfo,
) -> Cause:
    """The newest step that gave the handler this duty, in its roster or one published before that it goes back to;
    without one, what the roster's problem says of the date.

    known : mode of each roster, and the handler as its problem has them
    changes : steps of the rosters, in order of time
    """
    steps = list(changes)
    told = {done.roster_id for done in steps if done.action == PUBLISHED} | {span.roster_id}
    edited = [done for done in steps if done.roster_id in told and _gives(done.details, span)]
    if edited and edited[-1].action == SWAPPED:
        return Cause.SWAP
    if edited and edited[-1].action == EDITED:
        return _of_edit(edited[-1].details, span)
    mode, handler = known.get(span.roster_id, ("", {}))
    day = span.start.astimezone(zone).date()
    if any(_offers(offer, day, span) for offer in handler.get("offers", ())):
        return Cause.CONSENT
    nominal = [duty for duty in handler.get("nominal", ()) if duty["date"] == day.isoformat()]
    if not nominal:
        return Cause.ABSENCE_COVER if mode == Mode.REPAIR else Cause.SOLVER
    start, moved = datetime.fromisoformat(nominal[0]["start"]), is_night_by(rules, zone, span.start, span.end)
    by_pattern = is_night_by(rules, zone, start, start + (span.end - span.start))
    return Cause.PATTERN if moved == by_pattern else Cause.CONSENT


def _gives(details: Mapping[str, Any], span: DutySpan) -> bool:
    """Whether a step brought the handler this duty."""
    here = (span.handler, span.start, span.end)
    added, removed = (
        [
            (d["handler"], datetime.fromisoformat(d["start"]), datetime.fromisoformat(d["end"]))
            for d in details.get(name, ())
        ]
        for name in ("added", "removed")
    )
    return here in added and here not in removed


def _of_edit(details: Mapping[str, Any], span: DutySpan) -> Cause:
    """An edit that the handler agreed to or offered; anything else that a planner did is cover."""
    own = [edit for edit in details.get("changes", ()) if edit["handler"] == span.handler]
    agreed = any(edit.get("agreed") or edit.get("offer") for edit in own)
    return Cause.CONSENT if agreed else Cause.ABSENCE_COVER


def _offers(offer: Mapping[str, Any], day: date, span: DutySpan) -> bool:
    """Whether an offer of that date other than overtime, which lengthens a duty that is there, holds the duty."""
    return (
        offer["kind"] != "overtime"
        and offer["date"] == day.isoformat()
        and datetime.fromisoformat(offer["earliest"]) <= span.start
        and span.end <= datetime.fromisoformat(offer["latest"])
    )
