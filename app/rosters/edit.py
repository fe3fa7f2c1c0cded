"""Edits by hand and swaps: checked at once without the solver, refused where a hard rule would break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access import Work
from app.certificates.canonical import digest
from app.database import utc_now
from app.errors import Conflict
from app.rest_owed import service as rest_owed
from app.rosters import summary
from app.rosters.amend import Draft, amended
from app.rosters.document import duties_from_json, duties_to_json, problem_from_json, problem_to_json
from app.rosters.edit_schemas import CoverAfter, EditOut, EditsIn, FindingOut, OverrideIn, TierChange
from app.rosters.life import matching, record, require_may_change
from app.rosters.notice import flag_as_data
from app.rosters.schemas import FlagOut
from app.rosters.service import entry, sealed
from app.rosters.states import EDITED, RosterStatus
from app.tables import RosterRow
from rostering.check import CheckReport, Violation, check
from rostering.notice import OVERRIDABLE, Flag, Needs, notice_flags, rest_flags
from rostering.problem import RosterProblem
from rostering.roster import Duty, Roster


@dataclass(frozen=True, slots=True)
class Assessment:
    """A roster before and after a change, each checked; `duties` are those before, `broken` the rules that the change
    breaks."""

    draft: Draft
    duties: tuple[Duty, ...]
    before: CheckReport
    after: CheckReport
    broken: tuple[Violation, ...]
    mended: tuple[Violation, ...]
    overridden: tuple[Violation, ...]
    flags: tuple[Flag, ...]

    @property
    def refused(self) -> tuple[Violation, ...]:
        """Broken rules that nothing sets aside."""
        return tuple(violation for violation in self.broken if violation not in self.overridden)


def edit(work: Work, roster_id: UUID, if_match: str | None, body: EditsIn, *, dry_run: bool) -> EditOut:
    """Apply the edits, or only say what they would do.

    Raises as `life.matching`; `Forbidden` where the roster is approved or published and this is no manager; `Conflict`
    where it is superseded, or the edits break a hard rule that is not set aside; `Invalid` for an edit of nothing.
    """
    row = matching(work, roster_id, if_match)
    require_editable(work, row)
    problem, duties = stored(row)
    found = assessed(row, problem, duties, amended(problem, duties, body.changes), body.overrides)
    if not dry_run:
        require_legal(found)
        details = {"changes": [change.model_dump(mode="json") for change in body.changes]}
        apply(work, row, EDITED, found, body.reason, body.overrides, details)
        note_owed(work, row, found, body.overrides)
    return told(row, found, applied=not dry_run)


def stored(row: RosterRow) -> tuple[RosterProblem, tuple[Duty, ...]]:
    """The problem behind a stored roster, and the duties that are not frozen in it."""
    return problem_from_json(row.certificate["problem"]), duties_from_json(row.body["duties"])


def require_editable(work: Work, row: RosterRow) -> None:
    """Raise `Conflict` for a superseded roster, `Forbidden` where only a manager may change it."""
    if row.status == RosterStatus.SUPERSEDED:
        raise Conflict(f"roster {row.id} is superseded: it stays as it is")
    require_may_change(work, row)


def assessed(
    row: RosterRow,
    problem: RosterProblem,
    duties: Sequence[Duty],
    draft: Draft,
    overrides: Sequence[OverrideIn],
) -> Assessment:
    """Check a roster before and after; a published one's changes against the rules of notice as well."""
    before, after = check(problem, Roster(tuple(duties))), check(draft.problem, Roster(tuple(draft.duties)))
    broken, mended = _without(after.violations, before.violations), _without(before.violations, after.violations)
    named = {override.handler for override in overrides}
    flags = rest_flags(draft.problem, draft.duties)
    if row.status == RosterStatus.PUBLISHED:
        flags += notice_flags(draft.problem, duties, draft.duties, utc_now())
    return Assessment(
        draft=draft,
        duties=tuple(duties),
        before=before,
        after=after,
        broken=broken,
        mended=mended,
        overridden=tuple(v for v in broken if v.rule in OVERRIDABLE and v.handler in named),
        flags=flags,
    )


def _without(violations: Sequence[Violation], others: Sequence[Violation]) -> tuple[Violation, ...]:
    known = Counter((v.rule, v.handler, v.when) for v in others)
    left = []
    for violation in violations:
        key = (violation.rule, violation.handler, violation.when)
        if known[key]:
            known[key] -= 1
        else:
            left.append(violation)
    return tuple(left)


def require_legal(found: Assessment, agreed: Collection[str] = ()) -> None:
    """Raise `Conflict` that names each rule that would break, and whose notice is missing but who has not agreed."""
    wrong = [
        {"where": f"rule {v.rule}", "value": v.handler, "expected": v.message, "overridable": v.rule in OVERRIDABLE}
        for v in found.refused
    ]
    wrong += [
        {"where": f"rule {flag.rule}", "value": flag.handler, "expected": f"{flag.message}; or the handler's agreement"}
        for flag in found.flags
        if flag.needs in (Needs.AGREEMENT, Needs.AGREEMENT_OR_EXIGENCY) and flag.handler not in agreed
    ]
    if wrong:
        first = wrong[0]
        raise Conflict(
            f"nothing was changed: {len(wrong)} rules would be broken; first {first['where']}, handler "
            f"{first['value']}: {first['expected']}",
            errors=wrong,
        )


def apply(
    work: Work,
    row: RosterRow,
    action: str,
    found: Assessment,
    reason: str | None,
    overrides: Sequence[OverrideIn],
    details: dict[str, Any],
) -> None:
    """Store the change as the roster's next revision and seal its certificate anew. An approved roster is a draft
    again: it was something else that was approved."""
    draft, after = found.draft, found.after
    changed = _changed(duties_from_json(row.body["duties"]), draft.duties)
    used = [override for override in overrides if override.handler in {v.handler for v in found.overridden}]
    details = details | changed | {"overrides": [override.model_dump(mode="json") for override in used],
                                   "owed": [flag_as_data(flag) for flag in found.flags if flag.owed_min]}  # fmt: skip
    status = RosterStatus.DRAFT if row.status == RosterStatus.APPROVED else None
    record(work, row, action, reason, details, status=status)
    required = {skill: columns["required"] for skill, columns in row.body["coverage"].items()}
    body = summary.body(draft.problem, draft.duties, after, required)
    row.body = row.body | body | {"service": {}, "daily": {}, "moves": []}  # those of the roster before the edit
    edited = {"revision": row.revision, "at": utc_now().isoformat(), "by": work.actor.name, "action": action,
              "reason": reason, "overrides": details["overrides"]}  # fmt: skip
    document = problem_to_json(draft.problem)
    row.certificate = row.certificate | {
        "rules": summary.rules_checked(draft.problem, after),
        "solver": {str(tier): _tier(row, str(tier), cost, document) for tier, cost in after.cost.items()},
        "simulation": {},
        "edits": [*row.certificate.get("edits", []), edited],
        "inputs": {"problem": digest(document), "duties": digest(body["duties"])},
        "problem": document,
    }
    sealed(row)


def note_owed(work: Work, row: RosterRow, found: Assessment, overrides: Sequence[OverrideIn]) -> list[UUID]:
    """Keep what the change leaves owed until it is given."""
    named = {violation.handler for violation in found.overridden}
    reasons = {override.handler: override.reason for override in overrides if override.handler in named}
    return rest_owed.of_change(work, row, found.flags, reasons)


def _tier(row: RosterRow, name: str, cost: int, document: dict[str, Any]) -> dict[str, Any]:
    """A tier as recounted. Of the bounds only that of the first stays, and only while the problem is the same: it does
    not rest on how good the roster is."""
    before = row.certificate["solver"].get(name, {})
    stands = name == "service" and document == row.certificate["problem"] and before.get("bound") is not None
    bound = before["bound"] if stands else None
    gap = None if bound is None else round((cost - bound) / cost, 5) if cost else 0.0
    return {"status": "edited", "objective": cost, "bound": bound, "gap": gap}


def told(row: RosterRow, found: Assessment, *, applied: bool) -> EditOut:
    """What a change does, as an answer."""
    return EditOut(
        applied=applied,
        roster=entry(row),
        violations=[_finding(v) for v in found.refused],
        mended=[_finding(v) for v in found.mended],
        overridden=[_finding(v) for v in found.overridden],
        flags=[FlagOut(**flag_as_data(flag)) for flag in found.flags],
        tiers={
            str(tier): TierChange(before=found.before.cost[tier], after=cost) for tier, cost in found.after.cost.items()
        },
        **_changed(found.duties, found.draft.duties),
        coverage={
            str(skill): CoverAfter(
                on_calls=cover.on_calls.tolist(),
                short_before=int(found.before.coverage[skill].short.sum()),
                short_after=int(cover.short.sum()),
            )
            for skill, cover in found.after.coverage.items()
        },
    )


def _finding(violation: Violation) -> FindingOut:
    return FindingOut.model_validate(summary.finding(violation))


def _changed(before: Sequence[Duty], after: Sequence[Duty]) -> dict[str, Any]:
    """Duties that went and duties that came."""
    return {
        "removed": duties_to_json(tuple(duty for duty in before if duty not in after)),
        "added": duties_to_json(tuple(duty for duty in after if duty not in before)),
    }
