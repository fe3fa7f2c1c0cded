"""The ledger of burdens, and one person's explained: who may see whom, and which groups are too small to be shown."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.access import Work
from app.assessments import service as assessments
from app.assessments.schemas import LeaveProposal
from app.database import utc_now
from app.errors import Conflict, NotFound
from app.fairness.items import items_of
from app.fairness.schemas import (
    BurdenItem,
    BurdenOut,
    ExplainOut,
    FairnessOut,
    GroupOut,
    NextWeights,
    SpreadOut,
    WindowOut,
    WithoutIn,
)
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.identity.roles import Permission
from app.people import service as people
from app.people.schemas import HandlerIn
from app.rosters import joined
from app.rosters.borne import BURDENS, Borne, borne, published_on, window
from app.rosters.look import View
from app.rosters.period import week_bounds
from app.runs.schemas import RunOut
from rostering.fairness import Spread, hidden_groups, place_of, spread_of
from rostering.rules import RuleId

WINDOWS = (13, 52)


@dataclass(frozen=True, slots=True)
class _Group:
    """Handlers on the same pattern; the name says what the pattern is, not who works it."""

    name: str
    refs: tuple[str, ...]


def of_person(work: Work, ref: str, until: date | None) -> ExplainOut:
    """Burdens of the handler over 13 and 52 weeks beside colleagues on the same pattern, and each one's cause.

    Raises `NotFound` for a handler who is none, and for anybody but themselves to whom the key belongs to a handler.
    """
    may_see_all = _require_seen(work, ref)
    settings = forces.current_settings(work.session, work.force.id).settings
    handlers = people.all_of(work.session, work.force.id)
    if ref not in {handler.ref for handler in handlers}:
        raise _unknown(ref)
    until = until or this_monday(settings)
    found = borne(work.session, work.force.id, settings, window(until, max(WINDOWS)), until)
    group = next(group for group in _groups(handlers) if ref in group.refs)
    colleagues = [other for other in group.refs if other != ref]
    shown = may_see_all or len(colleagues) >= settings.least_group
    items = items_of(work.session, work.force.id, settings, found, ref)
    return ExplainOut(
        handler=ref,
        group=group.name,
        until=until,
        windows=[_window(found, ref, colleagues if shown else [], weeks, items) for weeks in WINDOWS],
        items=items,
        next_roster=_weights(settings, found, ref, [handler.ref for handler in handlers]),
    )


def schedule(work: Work, ref: str, view: View, on: date | None) -> dict[str, Any]:
    """One handler's published schedule. Raises as `of_person`."""
    _require_seen(work, ref)
    if ref not in {handler.ref for handler in people.all_of(work.session, work.force.id)}:
        raise _unknown(ref)
    return joined.viewed(work.session, work.force.id, view, on, ref, None)


def of_groups(work: Work, weeks: int, until: date | None) -> FairnessOut:
    """The ledger by group. Who may plan sees every group and person; anybody else no group of fewer than the settings'
    `least_group`, and none from which such a group could be told by taking away."""
    settings = forces.current_settings(work.session, work.force.id).settings
    until = until or this_monday(settings)
    since = window(until, weeks)
    found = borne(work.session, work.force.id, settings, since, until)
    groups = _groups(people.all_of(work.session, work.force.id))
    may_see_all = work.actor.may(Permission.PLAN)
    sizes = {group.name: len(group.refs) for group in groups}
    hidden = frozenset[str]() if may_see_all else hidden_groups(sizes, settings.least_group)
    everybody = _Group("everybody", tuple(ref for group in groups for ref in group.refs))
    too_few = not may_see_all and len(everybody.refs) < settings.least_group
    return FairnessOut(
        until=until,
        weeks=weeks,
        published_weeks=found.weeks_since(since),
        least_group=settings.least_group,
        everybody=_group(found, everybody, since, is_hidden=too_few, with_people=False),
        groups=[
            _group(found, group, since, is_hidden=group.name in hidden or too_few, with_people=may_see_all)
            for group in groups
        ],
    )


def without(work: Work, ref: str, body: WithoutIn, idempotency_key: str | None) -> RunOut:
    """Queue the nearest roster without the handler's duty of a date, and its price: an assessment of that day off in
    the published roster, as if everything of the roster might still move. Raises `NotFound` or `Conflict`."""
    if ref not in {handler.ref for handler in people.all_of(work.session, work.force.id)}:
        raise _unknown(ref)
    head = published_on(work.session, work.force.id, body.date)
    if head is None:
        raise Conflict(f"no published roster covers {body.date}: nothing to look at")
    settings = forces.current_settings(work.session, work.force.id).settings
    begin = week_bounds(head.week_start, settings)[0] - timedelta(days=1)
    asked = LeaveProposal(
        kind="leave", roster_id=head.id, handler=ref, date=body.date, now=begin, effort=body.effort, seed=body.seed,
        replications=body.replications,
    )  # fmt: skip
    return assessments.request(work, asked, idempotency_key)


def _require_seen(work: Work, ref: str) -> bool:
    """Whether the actor sees everybody; a handler's key learns of nobody else, not even that they exist."""
    if work.actor.may(Permission.PLAN):
        return True
    if work.actor.handler_ref != ref:
        raise _unknown(ref)
    return False


def _unknown(ref: str) -> NotFound:
    return NotFound(f"handler {ref} is unknown")


def this_monday(settings: ForceSettings) -> date:
    """Of the week that it is where the force is."""
    today = utc_now().astimezone(settings.zone).date()
    return today - timedelta(days=today.weekday())


def _groups(handlers: Sequence[HandlerIn]) -> list[_Group]:
    """By pattern, whatever week of it somebody is in."""
    refs: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for handler in handlers:
        days = [
            None if day is None else (day.start.isoformat("minutes"), day.length_min) for day in handler.pattern.days
        ]
        turns = (tuple(days[n:] + days[:n]) for n in range(len(days)))
        refs[min(turns, key=repr)].append(handler.ref)
    return [_Group(_named(key), tuple(sorted(of))) for key, of in sorted(refs.items(), key=lambda one: repr(one[0]))]


def _named(days: tuple[Any, ...]) -> str:
    """Length, duties and a few letters of its digest, since two patterns may be alike in both."""
    n_duties = sum(day is not None for day in days)
    mark = hashlib.sha256(repr(days).encode()).hexdigest()[:6]
    return f"{n_duties} duties in {len(days)} days ({mark})"


def spread_out(found: Spread | None) -> SpreadOut | None:
    """As an answer; None where nobody is in it."""
    if found is None:
        return None
    quartiles = {"lower_quartile": found.lower, "median": found.median, "upper_quartile": found.upper}
    return SpreadOut(n=found.n, mean=round(found.mean, 3), **quartiles)


def _group(found: Borne, group: _Group, since: date, *, is_hidden: bool, with_people: bool) -> GroupOut:
    each = {ref: {name: found.total(name, ref, since) for name in BURDENS} for ref in group.refs}
    spreads = {name: spread_out(spread_of([one[name] for one in each.values()])) for name in BURDENS}
    return GroupOut(
        group=group.name,
        n=None if is_hidden else len(group.refs),
        hidden=is_hidden,
        burdens={} if is_hidden else {name: spread for name, spread in spreads.items() if spread is not None},
        handlers=each if with_people else None,
    )


def _window(found: Borne, ref: str, colleagues: Collection[str], weeks: int, items: Sequence[BurdenItem]) -> WindowOut:
    since = window(found.until, weeks)
    burdens = {}
    for name in BURDENS:
        own, spread = found.total(name, ref, since), spread_of([found.total(name, one, since) for one in colleagues])
        place = None if spread is None else place_of(own, spread)
        burdens[name] = BurdenOut(own=own, colleagues=spread_out(spread), place=place)
    causes: dict[str, Counter[Any]] = {name: Counter() for name in BURDENS}
    for item in items:
        for name in item.burdens if item.date >= since else ():
            causes[name][item.cause] += 1
    return WindowOut(
        weeks=weeks,
        published_weeks=found.weeks_since(since),
        burdens=burdens,
        causes={name: dict(counted) for name, counted in causes.items()},
    )


def _weights(settings: ForceSettings, found: Borne, ref: str, everybody: Sequence[str]) -> NextWeights:
    """Prices of rule FAIRNESS, and of rule CHANGES with it, over its window."""
    rules = forces.rule_set(settings)
    rule, since = rules[RuleId.FAIRNESS], window(found.until, rules[RuleId.FAIRNESS]["window_weeks"])

    def above(*burdens: str) -> int:
        borne_by = {one: sum(found.total(name, one, since) for name in burdens) for one in everybody}
        return max(0, (len(borne_by) * borne_by[ref] - sum(borne_by.values())) // len(borne_by))

    def price(base: int, more: int) -> int:
        return min(rule["most"], base + rule["per_above_mean"] * more)

    per_day = rules[RuleId.CHANGES]["per_day"]
    return NextWeights(
        night=price(rule["per_night"], above("nights")),
        night_at_mean=price(rule["per_night"], 0),
        weekend_or_bank_holiday=price(rule["per_weekend_duty"], above("weekends", "bank_holidays")),
        weekend_or_bank_holiday_at_mean=price(rule["per_weekend_duty"], 0),
        change=per_day + price(0, above("short_notice")),
        change_at_mean=per_day,
    )
