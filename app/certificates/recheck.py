"""Re-checks a certificate offline: signature, digests, and the solver-free checker on the problem and duties in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from app.certificates import seal
from app.certificates.canonical import digest
from app.rosters.document import problem_from_json, roster_from_json
from rostering.check import check
from rostering.notice import OVERRIDABLE

_DIGESTED = ("problem", "duties")  # parts of the certificate whose digests are among its inputs


class RecheckError(Exception):
    """The file is no certificate; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether everything that the certificate claims holds, and the findings in words."""

    holds: bool
    lines: tuple[str, ...]


def recheck(content: bytes, public_key: str | None = None) -> Verdict:
    """Verify the signature, recount rules, cover and cost, and compare them with what the certificate claims.

    `public_key`: whose signature it must be; None takes any, which shows that nothing was changed but not who signed.
    Raises `RecheckError`.
    """
    try:
        certificate: dict[str, Any] = orjson.loads(content)
        problem = problem_from_json(certificate["problem"])
        roster = roster_from_json(certificate["duties"])
        claimed_hash = certificate["rules"]["hash"]
        claimed_tiers = {name: tier["objective"] for name, tier in certificate["solver"].items()}
        claimed_digests = {name: certificate["inputs"][name] for name in _DIGESTED}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecheckError(f"not a roster certificate ({type(error).__name__}: {error})") from error
    report = check(problem, roster)
    unsealed = seal.fault(certificate, public_key)
    faults = [] if unsealed is None else [unsealed]
    set_aside = _overrides(certificate)
    broken = [v for v in report.violations if (v.rule, v.handler) not in set_aside]
    faults += [f"{v.rule} {v.handler} {v.when or ''}: {v.message}" for v in broken]
    if problem.rules.hash != claimed_hash:
        faults.append(f"rule set: the certificate names {claimed_hash}, its rules hash to {problem.rules.hash}")
    for name, claimed in claimed_digests.items():
        if (found := digest(certificate[name])) != claimed:
            faults.append(f"{name}: the certificate names the digest {claimed}, found {found}")
    for tier, cost in report.cost.items():
        if claimed_tiers.get(tier) != cost:
            faults.append(f"tier {tier}: the certificate claims {claimed_tiers.get(tier)}, recounted {cost}")
    facts = sum(report.rules_checked.values())
    short = {skill: int(part.short.sum()) for skill, part in report.coverage.items()}
    lines = [
        *(["SYNTHETIC: made up, in whole or in part"] if certificate.get("synthetic") else []),
        f"{len(roster.duties)} duties of {len(problem.handlers)} handlers, week of {problem.week_start}",
        *([f"signed with the key {certificate['signature']['public_key']}"] if unsealed is None else []),
        f"{facts} facts tested against {len(report.rules_checked)} rules: {len(report.violations)} broken",
        *(
            f"SET ASIDE {v.rule} {v.handler}: {v.message}; {set_aside[v.rule, v.handler]}"
            for v in report.violations
            if v not in broken
        ),
        *(
            f"skill {skill}: {gap} handler-quarter-hours short of what was to be rostered"
            for skill, gap in short.items()
        ),
        *(f"FAULT {fault}" for fault in faults),
        "everything that the certificate claims holds" if not faults else f"{len(faults)} faults",
    ]
    return Verdict(not faults, tuple(lines))


def _overrides(certificate: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Who set which rule aside and why, by rule and handler: those that may be, as edits by hand recorded it."""
    return {
        (str(rule), override["handler"]): f"{edited['by']}: {override['reason']}"
        for edited in certificate.get("edits", [])
        for override in edited["overrides"]
        for rule in OVERRIDABLE
        if override["rule"] == rule
    }
