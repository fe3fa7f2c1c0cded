"""Evidence for each statutory ground of refusal: the figures that speak to it, or that the data hold none.

Employment Rights Act 1996, s.80G(1)(b). Whether a ground applies is the employer's to decide; this only says what the
figures show, each with what would count as evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from app.assessments.schemas import Ground
from rostering.staffing.seats.shortfall import LATE_WEIGHT

POST_WEEK_H = 37.0  # Police Staff Council: the full-time week
_STATUTE = "Employment Rights Act 1996, s.80G(1)(b)"
_PLACES = dict(zip(Ground, ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii"), strict=True))
_IDLE, _IDLER = 0.5, 0.1  # share of the time on calls from which work is said to be too little, and by how much more
_HARM_CALLS, _A_PENNY = 1e-9, 0.005


class Finding(StrEnum):
    """What the figures show of a ground."""

    EVIDENCE = "evidence"
    NO_EVIDENCE = "no evidence of it"
    NO_DATA = "no evidence in the data"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One ground with its figures; `told` says what they mean and what would count as evidence."""

    ground: Ground
    statute: str
    finding: Finding
    figures: dict[str, Any]
    told: str


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What an assessment has computed, as the grounds read it.

    service, people, cost : both sides and differences
    stands_service, changed_service : service tier of the base, with everybody else as they stand, and reorganised
    roles : service cost of missing roles, (base, changed)
    idle : share of an applicant's time on calls that is not needed, (base, changed); None: unknown
    pay_per_h : of the settings; n_weeks : of the period; acceptable_calls : a week, as asked
    """

    service: Mapping[str, Any]
    people: Mapping[str, Any]
    cost: Mapping[str, Any]
    base_service: int
    stands_service: int | None
    changed_service: int
    roles: tuple[int, int]
    idle: tuple[float, float] | None
    pay_per_h: float
    n_weeks: int
    acceptable_calls: float


def evidence(shown: Shown) -> list[dict[str, Any]]:
    """Every ground in the order of the Act."""
    found = (
        _costs(shown),
        _demand(shown),
        _reorganise(shown),
        _recruit(shown),
        _quality(shown),
        _performance(shown),
        _insufficient(shown),
        _of(Ground.STRUCTURAL, Finding.NO_DATA, {}, "no planned structural change is recorded in the product"),
    )
    return [asdict(one) | {"ground": str(one.ground), "finding": str(one.finding)} for one in found]


def harmed(shown: Shown) -> dict[str, bool]:
    """Whether late 999 or lost 101 calls rise by more than is acceptable and the simulation's 95% interval together; of
    the acceptable calls a late 999 call takes five."""
    most = shown.acceptable_calls * shown.n_weeks
    return {"late_999": _rises(shown.service["late_999"], most / LATE_WEIGHT),
            "lost_101": _rises(shown.service["lost_101"], most)}  # fmt: skip


def _rises(figure: Mapping[str, float | None], most: float = 0.0) -> bool:
    difference, half = figure["difference"], figure["difference_half"]
    return difference is not None and half is not None and difference - half > most + _HARM_CALLS


def _of(ground: Ground, finding: Finding, figures: dict[str, Any], told: str) -> Evidence:
    return Evidence(ground, f"{_STATUTE}({_PLACES[ground]})", finding, figures, told)


def _costs(shown: Shown) -> Evidence:
    """Pay of both sides, and what it would cost to fill the heads that are newly short."""
    short_h = _newly_short_h(shown)
    pay, to_fill = shown.cost["pay"]["difference"], short_h * shown.pay_per_h
    figures = {
        "pay": shown.cost["pay"],
        "paid_h": shown.cost["paid_h"],
        "hours_newly_short": round(short_h, 2),
        "pay_to_fill_them": round(to_fill, 2),
    }
    is_dearer = pay > _A_PENNY or (pay + to_fill > _A_PENNY and any(harmed(shown).values()))
    told = (
        "pounds in the period, meals and breaks left out; evidence: pay rises, or calls are lost and the pay to fill "
        "the heads newly short is more than is saved"
    )
    return _of(Ground.COSTS, Finding.EVIDENCE if is_dearer else Finding.NO_EVIDENCE, figures, told)


def _newly_short_h(shown: Shown) -> float:
    """Hours short of the heads to roster, which have shrinkage in them, beyond those of the base."""
    return float(max(shown.cost["short_h"]["difference"], 0.0))


def _demand(shown: Shown) -> Evidence:
    names = ("late_999", "lost_101", "service_level_999", "abandonment_101")
    finding = Finding.EVIDENCE if any(harmed(shown).values()) else Finding.NO_EVIDENCE
    return _of(
        Ground.DEMAND,
        finding,
        {name: shown.service[name] for name in names},
        "calls in the period; evidence: late 999 or lost 101 rise by more than is acceptable and the 95% interval",
    )


def _reorganise(shown: Shown) -> Evidence:
    """How much of what is lost comes back when everybody else is rostered anew."""
    if shown.stands_service is None:
        return _of(Ground.REORGANISE, Finding.NO_DATA, {}, "no roster could be made with the others as they stand")
    lost = shown.stands_service - shown.base_service
    won = shown.stands_service - shown.changed_service
    figures = {
        "service_tier": {
            "base": shown.base_service,
            "others_as_they_stand": shown.stands_service,
            "reorganised": shown.changed_service,
        },
        "share_won_back": round(won / lost, 4) if lost > 0 else None,
    }
    left = shown.changed_service > shown.base_service and any(harmed(shown).values())
    finding = Finding.EVIDENCE if left else Finding.NO_EVIDENCE
    return _of(
        Ground.REORGANISE,
        finding,
        figures,
        "service tier, lower is better; evidence: it stays worse and calls "
        "are lost after everybody else was rostered anew within their patterns and consents",
    )


def _recruit(shown: Shown) -> Evidence:
    hours = _newly_short_h(shown)
    figures = {"hours_to_fill": round(hours, 2), "posts_of_37_h": round(hours / POST_WEEK_H / shown.n_weeks, 3)}
    told = "what would have to be recruited; vacancies and applicants are not recorded in the product"
    return _of(Ground.RECRUIT, Finding.NO_DATA, figures, told)


def _quality(shown: Shown) -> Evidence:
    """Supervisors, tutors and specialists on duty, and very late answers."""
    before, after = shown.roles
    figures = {
        "roles_short_tier": {"base": before, "changed": after, "difference": after - before},
        "over_60s_999": shown.service["over_60s_999"],
    }
    finding = Finding.EVIDENCE if after > before or _rises(shown.service["over_60s_999"]) else Finding.NO_EVIDENCE
    return _of(
        Ground.QUALITY,
        finding,
        figures,
        "evidence: fewer supervisors, tutors or specialists on duty than are "
        "wanted, or more 999 calls answered after a minute; the content of calls is not recorded",
    )


def _performance(shown: Shown) -> Evidence:
    """What colleagues bear: strain, occupancy, overruns."""
    strain = shown.people["by_rule"]["fatigue"]
    figures = {
        "fatigue_tier": strain,
        "occupancy": shown.service["occupancy"],
        "overrun_h": shown.service["overrun_h"],
        "break_debt_min": shown.people["break_debt_min"],
    }
    worse = _rises(shown.service["overrun_h"]) or _rises(shown.service["occupancy"])
    finding = Finding.EVIDENCE if worse and any(harmed(shown).values()) else Finding.NO_EVIDENCE
    return _of(
        Ground.PERFORMANCE,
        finding,
        figures,
        "evidence: calls are lost while occupancy or overruns rise by more "
        "than the 95% interval; individual performance is not recorded",
    )


def _insufficient(shown: Shown) -> Evidence:
    if shown.idle is None:
        told = "no application for other times, or no time on calls in the period"
        return _of(Ground.INSUFFICIENT_WORK, Finding.NO_DATA, {}, told)
    before, after = shown.idle
    finding = Finding.EVIDENCE if after >= _IDLE and after - before >= _IDLER else Finding.NO_EVIDENCE
    told = (
        "share of the time on calls in which the heads wanted are there without it, now and as proposed; evidence: "
        f"from {_IDLE:g}, and by {_IDLER:g} more than now: assumptions"
    )
    return _of(Ground.INSUFFICIENT_WORK, finding, {"share_not_needed": {"base": before, "changed": after}}, told)


def points_to(found: list[dict[str, Any]], is_legal: bool, has_alternative: bool) -> str:
    """accept: legal and no ground has evidence; conditional: the nearest alternative has none; else decline."""
    if is_legal and not any(one["finding"] == Finding.EVIDENCE for one in found):
        return "accept"
    return "conditional" if has_alternative else "decline"
