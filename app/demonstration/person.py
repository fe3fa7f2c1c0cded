"""What synthetic handlers say of themselves beside their patterns: teams, roles, agreements, wishes, learning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import numpy as np

from app.forces.staffing import WEEKDAYS
from app.people.schemas import AgreementIn, HandlerIn, LearningIn, RoleIn, WishIn
from rostering.people import Band

TEAMS: Final = 5
ROLES: Final = {"supervisor": 0.14, "tutor": 0.12, "trainee": 0.05}  # share of people; drawn apart
AGREED: Final = 1 / 3  # of those whose week is the same every week: their days off are agreed
WISHING: Final = 0.4  # share of people with a wish in a week
NIGHT_FROM_H: Final = 19


def with_wishes(
    people: list[HandlerIn], *, week_start: date, n_weeks: int, rng: np.random.Generator
) -> list[HandlerIn]:
    """The same people with teams, roles, agreements, wishes over `n_weeks` from `week_start`, and an hour of protected
    learning in each four weeks; nothing that was said of them changes."""
    return [
        person.model_copy(
            update={
                "team": f"Team {'ABCDE'[place % TEAMS]}",
                "roles": [RoleIn(role=role) for role, share in ROLES.items() if rng.random() < share],
                "agreements": list(_agreements(person, rng)),
                "wishes": list(_wishes(week_start, n_weeks, rng)),
                "learning": LearningIn(minutes=60, weeks=4),
                "night_worker": any(day is not None and day.start.hour >= NIGHT_FROM_H for day in person.pattern.days),
            }
        )
        for place, person in enumerate(people)
    ]


def _agreements(person: HandlerIn, rng: np.random.Generator) -> Iterator[AgreementIn]:
    days = person.pattern.days
    if len(days) == 7 and rng.random() < AGREED:
        anchor = person.pattern.anchor.weekday()
        off = sorted((anchor + place) % 7 for place, day in enumerate(days) if day is None)
        yield AgreementIn(weekdays=[WEEKDAYS[day] for day in off], off=True)


def _wishes(week_start: date, n_weeks: int, rng: np.random.Generator) -> Iterator[WishIn]:
    wanted: list[Band | None] = [None, *Band]
    for week in range(n_weeks):
        if rng.random() < WISHING:
            day = week_start + timedelta(days=7 * week + int(rng.integers(7)))
            yield WishIn(date=day, band=wanted[int(rng.integers(len(wanted)))], weight=int(rng.integers(1, 6)))
