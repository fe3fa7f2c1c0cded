"""The steps of a roster's life: which one is next, what stands in its way, what was done so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from app.rosters.notice import Notice
from app.rosters.schemas import ChangeOut
from app.rosters.states import RosterStatus
from rostering.notice import Flag, Needs

_ACTIONS: Final = {
    "approved": "Approved",
    "published": "Published",
    "superseded": "Taken out of use",
    "edited": "Edited by hand",
    "swapped": "Two people swapped",
}
_NEEDS: Final[Mapping[Needs, str]] = {
    Needs.NOTHING: "nothing: an offer covers it",
    Needs.REASON: "a reason, and rest in return",
    Needs.EARLIER: "an earlier publication; it is told, and stands in the record",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's day that changes with too little notice, and what may make it stand."""

    handler: str
    day: date
    messages: tuple[str, ...]
    may_be_exigency: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What publication means besides, for which nobody has to be asked."""

    handler: str | None
    day: date
    message: str
    needs: str
    owed_min: int


@dataclass(frozen=True, slots=True)
class Done:
    """A change that made a revision."""

    change: ChangeOut
    action: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepsView:
    """What the page shows; `blocked`: why the next step is not for whoever looks, None where it is."""

    next_step: str | None
    blocked: str | None
    asked: list[Asked]
    told: list[Told]
    replaces: tuple[UUID, ...]
    done: list[Done]


def seen(status: RosterStatus, notice: Notice | None, done: Sequence[ChangeOut], *, blocked: str | None) -> StepsView:
    """Of a roster as it stands. `notice` : what its publication now would mean; None where it is not next."""
    asked: dict[tuple[str, date], Asked] = {}
    told = []
    for flag in notice.flags if notice else ():
        if flag.needs in (Needs.AGREEMENT, Needs.AGREEMENT_OR_EXIGENCY) and flag.handler is not None:
            key = (flag.handler, flag.day)
            asked[key] = _asked(flag, asked.get(key))
        else:
            told.append(
                Told(flag.handler, flag.day, flag.message, _NEEDS.get(flag.needs, str(flag.needs)), flag.owed_min)
            )
    return StepsView(
        next_step={RosterStatus.DRAFT: "approve", RosterStatus.APPROVED: "publish"}.get(status),
        blocked=blocked,
        asked=sorted(asked.values(), key=lambda one: (one.day, one.handler)),
        told=told,
        replaces=notice.replaces if notice else (),
        done=[Done(one, _ACTIONS.get(one.action, one.action), _details(one.details)) for one in reversed(done)],
    )


def _asked(flag: Flag, known: Asked | None) -> Asked:
    either = flag.needs is Needs.AGREEMENT_OR_EXIGENCY
    if known is None:
        return Asked(flag.handler or "", flag.day, (flag.message,), either)
    # Of two rules on one day the stricter decides.
    return Asked(known.handler, known.day, (*known.messages, flag.message), known.may_be_exigency and either)


def _details(details: Mapping[str, Any]) -> tuple[str, ...]:
    """What a change tells besides its reason, in words."""
    found = []
    for name, words in (("agreed", "agreed to"), ("exigency", "by exigency")):
        keys = details.get(name) or ()
        if keys:
            found.append(f"{words}: " + ", ".join(f"{key['handler']} on {key['date']}" for key in keys))
    if details.get("added") or details.get("removed"):
        people = sorted({duty["handler"] for part in ("added", "removed") for duty in details.get(part) or ()})
        found.append("duties of " + ", ".join(people))
    if details.get("notice"):
        found.append(f"{len(details['notice'])} remarks by the rules of notice")
    return tuple(found)
