"""What people bear by week: each person for who plans, groups that are large enough for everybody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.bi.dictionary import CHANGED, Column, Row, Scope, Table, Type
from app.bi.plans import once_published
from app.people import service as people
from app.tables import RosterRow

OTHERS = "other teams"
_MEANINGS = {
    "paid_min": ("min", "Time that counts towards the contract, leave credited."),
    "worked_min": ("min", "Time that counts towards working time, leave credited."),
    "nights": ("duties", "Night duties."),
    "weekends": ("duties", "Duties on a Saturday or Sunday."),
    "bank_holidays": ("duties", "Duties on a bank holiday from Monday to Friday; empty in rosters of before."),
    "learning_min": ("min", "Protected learning."),
    "wishes_lost": ("wishes", "Wishes that were not met."),
}


def _load(session: Session, scope: Scope) -> Iterator[Row]:
    teams = {handler.ref: handler.team for handler in people.all_of(session, scope.force_id)}
    query = once_published(scope, RosterRow.body["by_week"]).execution_options(yield_per=1)
    for roster_id, revision, status, changed_at, by_week in session.execute(query):
        for monday, burdens in sorted((by_week or {}).items()):
            week = date.fromisoformat(monday)
            begin = datetime.combine(week, datetime.min.time(), scope.zone).astimezone(UTC)
            is_before = scope.since is not None and begin < scope.since
            if is_before or (scope.until is not None and begin >= scope.until):
                continue
            told = _singly(burdens, teams) if scope.sees_people else groups(burdens, teams, scope.least_group)
            for handler, team, n, figures in told:
                subject = handler or f"team {team}"
                yield (str(roster_id), week, subject, handler, team, n, revision, status, *figures, changed_at)


Told = Iterator[tuple[str | None, str | None, int, list[int | None]]]


def _singly(burdens: Mapping[str, Mapping[str, int]], teams: Mapping[str, str | None]) -> Told:
    for ref in sorted(burdens["paid_min"]):
        yield ref, teams.get(ref), 1, _figures(burdens, [ref])


def groups(burdens: Mapping[str, Mapping[str, int]], teams: Mapping[str, str | None], smallest: int) -> Told:
    """Sums by team; teams of fewer people than `smallest` are told together, or not at all where that is too few."""
    members: dict[str, list[str]] = defaultdict(list)
    for ref in burdens["paid_min"]:
        members[teams.get(ref) or OTHERS].append(ref)
    for team in [team for team, refs in members.items() if len(refs) < smallest and team != OTHERS]:
        members[OTHERS] += members.pop(team)
    for team, refs in sorted(members.items()):
        if len(refs) >= smallest:
            yield None, team, len(refs), _figures(burdens, refs)


def _figures(burdens: Mapping[str, Mapping[str, int]], refs: Sequence[str]) -> list[int | None]:
    """Sums over people in the order of the columns, None of what was not counted when the roster was made."""
    return [sum(burdens[name].get(ref, 0) for ref in refs) if name in burdens else None for name in _MEANINGS]


def _columns() -> tuple[Column, ...]:
    figures: list[Any] = [Column(name, Type.INTEGER, *_MEANINGS[name]) for name in _MEANINGS]
    return (
        Column("roster_id", Type.TEXT, "", "Which roster."),
        Column("week_start", Type.DATE, "", "Local Monday."),
        Column("subject", Type.TEXT, "", "The handler, or the team as `team NAME`."),
        Column("handler", Type.TEXT, "", "Pseudonymous reference; empty where a row sums a team."),
        Column("team", Type.TEXT, "", f"As it is now; `{OTHERS}` where teams are too small to be told."),
        Column("people", Type.INTEGER, "handlers", "How many the row sums."),
        Column("revision", Type.INTEGER, "", "Of the roster."),
        Column("status", Type.TEXT, "", "published, or superseded."),
        *figures,
        CHANGED,
    )


TABLES = (
    Table(
        "people_load",
        "What people bear by week in every roster ever published. Keys with the right to plan see each person, "
        "all others sums by team, of teams that are large enough (the setting `least_group`).",
        ("roster_id", "week_start", "subject"),
        _columns(),
        _load,
    ),
)
