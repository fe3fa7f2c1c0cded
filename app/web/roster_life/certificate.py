"""A roster's certificate in words: what was checked, how good it is against what is proven, what service it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.rosters.schemas import RosterOut
from app.web.roster_life import terms
from rostering.roster import EndedBy
from rostering.rules import RuleId, RuleSet


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of simulated service: mean, range of nine weeks in ten, what it is held against."""

    label: str
    mean: float
    low: float
    high: float
    target: float | None
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class CertificateView:
    """What the page shows. `tiers`: name, what it counts, found, limit, gap in words; `rules`: id, text, facts checked;
    `days`: date, then 999 in time and 101 lost as median, lower, upper."""

    n_checked: int
    violations: list[dict[str, Any]]
    broken: str
    notices: list[dict[str, Any]]
    tiers: list[tuple[str, str, int, float, str]]
    service: list[Target]
    sampled_weeks: int | None
    days: list[tuple[date, tuple[float, ...], tuple[float, ...]]]
    rules: list[tuple[str, str, int]]
    rule_set: str
    ended_by: str | None
    is_repeatable: bool  # the search ended by itself: the same again gives the same roster
    notes: list[str]
    definitions: list[str]
    how: dict[str, Any]


def seen(roster: RosterOut, rules: RuleSet) -> CertificateView:
    """Of a stored roster. `rules` : those that it was made by."""
    told = roster.certificate
    checked: Mapping[str, int] = told["rules"]["checked"]
    simulation = told.get("simulation") or {}
    return CertificateView(
        n_checked=sum(checked.values()),
        violations=told["rules"]["violations"],
        broken=terms.broken(len(told["rules"]["violations"])),
        notices=told["rules"].get("notices", []),
        tiers=tiers_of(told),
        service=targets(roster.service),
        sampled_weeks=roster.service.get("sampled_weeks"),
        days=_days(roster.daily),
        rules=[(name, rules[RuleId(name)].text, n) for name, n in sorted(checked.items(), key=lambda one: -one[1])],
        rule_set=f"{told['rules']['name']} {told['rules']['version']}",
        ended_by=terms.ENDED_BY.get(told.get("ended_by") or ""),
        is_repeatable=told.get("ended_by") in (EndedBy.PROOF, EndedBy.EFFORT),
        notes=told.get("notes", []),
        definitions=simulation.get("definitions", []),
        how={name: told[name] for name in ("seed", "effort", "seconds") if name in told},
    )


def tiers_of(certificate: Mapping[str, Any]) -> list[tuple[str, str, int, float, str]]:
    """First one first."""
    solver = certificate.get("solver") or {}
    return [
        (label, counts, solver[name]["objective"], solver[name]["bound"], terms.gap_words(solver[name]))
        for name, (label, counts) in terms.TIERS.items()
        if name in solver
    ]


def targets(service: Mapping[str, Any]) -> list[Target]:
    """Simulated service against its targets; empty where it was not simulated."""
    found = []
    for queue, figure, label, is_more_better in (
        ("999", "service_level", "999 answered in time", True),
        ("999", "over_60s_published", "999 waiting over 60 seconds", None),
        ("101", "abandonment", "101 given up", False),
    ):
        known = service.get(queue, {}).get(figure)
        if known is None:
            continue
        target = service[queue].get("target") if is_more_better is not None else None
        is_met = None if target is None else (known["mean"] >= target) == is_more_better or known["mean"] == target
        found.append(Target(label, known["mean"], known["p05"], known["p95"], target, is_met))
    return found


def _days(daily: Mapping[str, Any]) -> list[tuple[date, tuple[float, ...], tuple[float, ...]]]:
    if not daily:
        return []
    level, lost = daily["service_level_999"], daily["abandonment_101"]
    order = ("median", "lower", "upper")
    return [
        (date.fromisoformat(day), tuple(level[side][i] for side in order), tuple(lost[side][i] for side in order))
        for i, day in enumerate(daily["dates"])
    ]
