"""The capacity run's computation, in a child process: posts, curve, months and failure demand."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.capacity.pay import pay_between
from app.capacity.run import Inputs, Result
from app.capacity.service import month_after
from app.forces.staffing import Spread
from app.requirements.assumed import Register, definitions_of, room_assumptions, targets_of
from app.requirements.service import QUEUES
from app.runs.child import Report
from rostering.staffing import ControlRoom
from rostering.staffing.assumptions import Desk
from rostering.staffing.capacity.curve import MEASURES, Curve, PostsModel, PostsNeeded, curve, posts_needed
from rostering.staffing.capacity.failure import Kind, Spent, Triangle, failure_demand
from rostering.staffing.capacity.headcount import (
    Attrition,
    Intake,
    Pipeline,
    Ramp,
    chance_short,
    first_month,
    project,
)
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.uncertainty import rates_behind

Floats = NDArray[np.float64]

_THREADS = min(2, os.cpu_count() or 1)  # no result depends on it
_AROUND = (0.80, 0.85, 0.90, 0.95, 1.0, 1.05, 1.10, 1.20)  # of the posts needed, at which the curve is drawn
_MOST_BETA_POSTS = 3.0  # posts searched up to, over those that the load alone fills
_FACTORS = 5  # demand factors at which posts are found; between them they are interpolated
_WEEKS_A_YEAR = 365.25 / 7
_CHANCES = (0.10, 0.50, 0.90)
_DRAWS = 4000  # of failure demand's shares
_TAIL = 0.05


def compute(inputs: Inputs, report: Report) -> Result:
    """The plan's figures."""
    register = Register(inputs.expected)
    model = _model(inputs, register)
    report(0.02, "posts that meet both targets")
    base = _needed(model)
    notes = [
        "posts hold both skills: a room with people for 101 alone needs as many or more",
        "heads follow the calls by the square-root rule; how far a roster falls behind that is `fit`",
        "absence on the day and unavailable time are simulated; what is planned away is taken from a post's hours",
    ]
    if base.posts is None:
        raise ValueError(
            "no number of posts within the bounds of the search meets both targets: see the settings' targets"
        )
    report(0.15, "service against posts")
    drawn = curve(model, [share * base.posts for share in _AROUND], lambda share: report(0.15 + 0.25 * share, "curve"))
    months = failing = None
    if inputs.asked.pipeline is not None:
        report(0.4, "headcount by month")
        months, failing, more = _months(inputs, model, base.posts, report)
        notes += more
    report(0.9, "failure demand")
    failure = _failure(inputs, model, base) if inputs.asked.failure_demand else None
    price, more = _price(inputs, base)
    return Result(
        {
            "needed": _told(inputs, model, base),
            "curve": _curve(drawn),
            "months": months,
            "failing": failing,
            "failure_demand": failure,
            "price": price,
            "assumptions": [*register.entries, *_post_assumptions(inputs)],
            "notes": [*notes, *more],
        }
    )


def _model(inputs: Inputs, register: Register) -> PostsModel:
    known = inputs.expected
    assumptions = room_assumptions(known, register)
    offered = rates_behind(known.paths, known.mean_calls, known.day_cv, known.rate_cv, known.days, inputs.asked.seed)
    rates = first_attempts(offered, known.past_abandonment, assumptions, known.interval_s)
    nobody = np.full((1, known.intervals), Desk.OFF, dtype=np.int8)
    plan = Plan(
        room=ControlRoom(known.interval_s, nobody, known.aht_s, assumptions),
        rates=rates,
        days=known.days,
        definitions=definitions_of(known.settings),
        targets=targets_of(known.settings),
        paid_h=np.zeros(1),
        skilled_999=np.ones(1, dtype=bool),
        pay_per_h=known.settings.pay_per_h,
        is_roster=False,
    )
    weeks = known.intervals * plan.interval_h / 168
    return PostsModel(
        plan=plan,
        load=rates.mean(axis=0) * known.aht_s / known.interval_s,
        hours_per_post=weeks * _post_h(inputs, "likely"),
        floor=register.setting("fewest seats with skill 999", "min_seats_999", "seats", "assumption"),
        seed=inputs.asked.seed,
        replications=inputs.asked.replications,
        threads=_THREADS,
    )


def _away(inputs: Inputs) -> Spread:
    """Share of paid time away by plan: the settings' parts where there are any, else the body's."""
    parts = [part.share for part in inputs.settings.shrinkage if not part.on_the_day]
    if not parts:
        return inputs.asked.post.planned_away
    share = 1 - float(np.prod([1 - part for part in parts]))
    return type(inputs.asked.post.planned_away)(low=share, likely=share, high=share)


def _post_h(inputs: Inputs, case: str) -> float:
    """Hours of a post a week that fall where calls want them: likely, or the `most` and `fewest` that are possible."""
    away, fit, week_h = _away(inputs), inputs.asked.post.fit, inputs.asked.post.week_h
    if case == "likely":
        return week_h * (1 - away.likely) * fit.likely
    return week_h * ((1 - away.low) * fit.high if case == "most" else (1 - away.high) * fit.low)


def _needed(model: PostsModel, near: float | None = None) -> PostsNeeded:
    load_h = float(model.load.sum()) * model.plan.interval_h
    return posts_needed(model, _MOST_BETA_POSTS * max(load_h, model.hours_of_floor) / model.hours_per_post, near)


def _told(inputs: Inputs, model: PostsModel, found: PostsNeeded) -> dict[str, Any]:
    """Posts with the bounds of the simulation, and those of what a post gives besides."""
    per_week = model.hours_per_post / _post_h(inputs, "likely")
    hours = {name: None if value is None else value * model.hours_per_post for name, value in asdict(found).items()}

    def posts(hours_needed: float | None, case: str) -> float | None:
        return None if hours_needed is None else _number(hours_needed / (per_week * _post_h(inputs, case)))

    return {
        "posts": _number(found.posts),
        "posts_lower": _number(found.lower),
        "posts_upper": _number(found.upper),
        "posts_at_least": posts(hours["lower"], "most"),
        "posts_at_most": posts(hours["upper"], "fewest"),
        "hours_on_calls": _number(hours["posts"]),
        "hours_lower": _number(hours["lower"]),
        "hours_upper": _number(hours["upper"]),
        "of": "lower, upper: of the simulation, 95%; at_least, at_most: with all that a post may give besides",
    }


def _curve(found: Curve) -> dict[str, Any]:
    return {
        "posts": _numbers(found.posts),
        "hours_on_calls": _numbers(found.hours),
        **{
            name: {
                "mean": _numbers(found.mean[name]),
                "lower": _numbers(found.lower[name]),
                "upper": _numbers(found.upper[name]),
            }
            for name in MEASURES
        },
        "weeks_simulated": found.replications,
    }


def _months(
    inputs: Inputs, model: PostsModel, base: float, report: Report
) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    """Each month's people, need, service and chance of falling short; the first months that do; notes."""
    asked = inputs.asked.pipeline
    assert asked is not None
    assert inputs.people is not None
    factors, notes = _factors(inputs)
    needed = _needed_at(model, base, factors, report)
    pipeline = _pipeline(inputs)
    found = project(pipeline, asked.draws, inputs.asked.seed)
    # What a post gives is not known exactly either: its draws weigh the people of each future.
    rng = np.random.default_rng([inputs.asked.seed, 1])
    away, fit = (
        Triangle(s.low, s.likely, s.high).draws(asked.draws, rng) for s in (_away(inputs), inputs.asked.post.fit)
    )
    worth = inputs.asked.post.week_h * (1 - away) * fit / _post_h(inputs, "likely")
    weighed = type(found)(found.in_post, found.recruits, found.leavers, found.effective * worth[:, None], found.rates)
    chance = chance_short(weighed, needed.tolist())
    rows = []
    for m, month in enumerate(inputs.months):
        report(0.6 + 0.3 * m / len(inputs.months), f"service of {month:%B %Y}")
        effective = float(weighed.effective[:, m].mean())
        service = model.scaled(factors[m], factors[m]).service(max(effective, 1e-6))
        pay, reason = _pay(inputs, month, month_after(month, 1) - timedelta(days=1))
        if reason is not None:
            notes.append(f"{month:%Y-%m} has no price: {reason}")
        in_post = _spread_of(found.in_post[:, m])
        rows.append(
            {
                "month": f"{month:%Y-%m}",
                "calls_factor": _number(float(factors[m])),
                "in_post": in_post,
                "of_intakes": _spread_of(found.recruits[:, m]),
                "leavers": _spread_of(found.leavers[:, m]),
                "effective_posts": _spread_of(weighed.effective[:, m]),
                "posts_needed": _number(float(needed[m])),
                "chance_short": _number(float(chance[m])),
                **{name: {"mean": _number(mean), "half": _number(half)} for name, (mean, half) in service.items()},
                "pay_per_h": _number(pay),
                "price_in_post": _price_of(inputs, in_post["mean"], pay),
                "price_needed": _price_of(inputs, float(needed[m]), pay),
            }
        )
    labels = [row["month"] for row in rows]
    failing = {
        f"chance_{chance_of:g}": None if (at := first_month(chance, chance_of)) is None else labels[at]
        for chance_of in _CHANCES
    } | {"of": "first month in which the effective posts fall short of those needed with at least this chance",
         "attrition_per_year": _spread_of(found.rates)}  # fmt: skip
    return rows, failing, notes


def _factors(inputs: Inputs) -> tuple[Floats, list[str]]:
    """Calls of each month over those of the base week: as asked, else as last year's months compare with the base."""
    asked = inputs.asked.pipeline
    assert asked is not None
    given = {one.month: one.factor for one in asked.demand}
    known = inputs.expected
    days = known.intervals * known.interval_s / 86400
    weight = (known.aht_s * known.mean_calls).sum(axis=1) / known.mean_calls.sum(axis=1).clip(min=1e-9)
    base = float((known.mean_calls.sum(axis=1) / days) @ weight)
    factors, notes = np.ones(len(inputs.months)), []
    for m, month in enumerate(inputs.months):
        last = inputs.last_year[m]
        if m in given:
            factors[m] = given[m]
        elif last is not None:
            factors[m] = float(np.array(last) @ weight) / base
        else:
            notes.append(f"{month:%Y-%m} is taken to have the base week's calls: the history has no such month in full")
    return factors, notes


def _needed_at(model: PostsModel, base: float, factors: Floats, report: Report) -> Floats:
    """Posts needed at each month's calls, (months,): found at a few factors, linear between them."""
    low, high = float(factors.min()), float(factors.max())
    grid = np.array([low]) if high - low < 1e-6 else np.linspace(low, high, _FACTORS)
    found = []
    for number, factor in enumerate(grid):
        report(0.4 + 0.2 * number / grid.size, "posts needed by month")
        needed = _needed(model.scaled(float(factor), float(factor)), base * float(factor)).posts
        if needed is None:
            raise ValueError(f"no number of posts meets both targets at {factor:.2f} times the base week's calls")
        found.append(needed)
    return np.asarray(np.interp(factors, grid, np.maximum.accumulate(found)), dtype=np.float64)


def _pipeline(inputs: Inputs) -> Pipeline:
    asked = inputs.asked.pipeline
    assert asked is not None
    assert inputs.people is not None
    n = len(inputs.months)
    retirements, training = [0.0] * n, [0.0] * n
    for listed, of in ((retirements, asked.retirements), (training, asked.training)):
        for one in of:
            listed[one.month] += one.people
    return Pipeline(
        people=inputs.people,
        attrition=Attrition(asked.attrition.leavers, asked.attrition.person_years),
        intakes=tuple(Intake(one.month, one.people) for one in asked.intakes),
        retirements=tuple(round(people) for people in retirements),
        releases=tuple(training),
        ramp=Ramp(**asked.ramp.model_dump()),
    )


def _failure(inputs: Inputs, model: PostsModel, base: PostsNeeded) -> dict[str, Any]:
    """Hours of handling by kind, and the posts that the targets would need without all of it."""
    known, settings = inputs.expected, inputs.settings
    categories = {(one.name, one.queue): one.share for one in settings.categories}
    kinds = []
    for one in inputs.asked.failure_demand:
        share = one.share or categories[one.name, one.queue]
        parts = [Triangle(s.low, s.likely, s.high) for s in (share, one.repeat, one.preventable)]
        kinds.append(Kind(one.name, QUEUES.index(one.queue), parts[0], parts[1], parts[2], one.handling))
    calls = known.mean_calls.sum(axis=1)
    handling_h = (known.mean_calls * known.aht_s).sum(axis=1) / 3600
    found = failure_demand(kinds, calls, handling_h, _DRAWS, inputs.asked.seed)
    assert base.posts is not None
    freed = {}
    for case, of in (("likely", "mean"), ("fewest", "lower"), ("most", "upper")):
        shares = [float(getattr(spent, of)) for spent in found[-1].share]
        without = _needed(model.scaled(*(1 - min(share, 1.0) for share in shares)), base.posts).posts
        freed[case] = None if without is None else _number(max(base.posts - without, 0.0))
    return {
        "kinds": [
            {"name": one.name, "repeat_h": _spent(one.repeat_h), "preventable_h": _spent(one.preventable_h),
             "handling_h": _spent(one.total_h), "calls": _spent(one.calls),
             "share_999": _spent(one.share[0]), "share_101": _spent(one.share[1])}
            for one in found
        ],
        "posts_freed": freed,
        "of": "the base week; mean and 90% interval over what is not known of the shares; posts freed: those needed "
        "less those needed without these calls, each found by simulation",
    }  # fmt: skip


def _price(inputs: Inputs, base: PostsNeeded) -> tuple[dict[str, Any], list[str]]:
    """A year of the posts needed at the pay of the base week."""
    first = inputs.expected.local_starts[0].date()
    pay, reason = _pay(inputs, first, first + timedelta(days=6))
    per_post = None if pay is None else pay * inputs.asked.post.week_h * _WEEKS_A_YEAR
    return (
        {
            "pay_per_h": _number(pay),
            "post_per_year": _number(per_post),
            "needed_per_year": None if per_post is None or base.posts is None else _number(per_post * base.posts),
            "source": "the pay table" if inputs.rates is not None else "the settings' pay of an hour",
        },
        [] if reason is None else [f"the base week has no price: {reason}"],
    )


def _pay(inputs: Inputs, first: date, last: date) -> tuple[float | None, str | None]:
    if inputs.rates is None:
        return inputs.settings.pay_per_h, None
    return pay_between(inputs.rates, inputs.asked.post.grade, first, last)


def _price_of(inputs: Inputs, posts: float, pay: float | None) -> float | None:
    """Pay of so many posts for a month [pounds]."""
    return None if pay is None else _number(posts * pay * inputs.asked.post.week_h * _WEEKS_A_YEAR / 12)


def _post_assumptions(inputs: Inputs) -> list[dict[str, Any]]:
    post, away = inputs.asked.post, _away(inputs)
    is_set = any(not part.on_the_day for part in inputs.settings.shrinkage)
    return [
        {"name": "paid hours of a post", "value": post.week_h, "unit": "h a week", "source": "Police Staff Council",
         "set_by": "the request"},
        {"name": "planned away", "value": away.likely, "low": away.low, "high": away.high, "unit": "share of paid time",
         "source": "the force's settings" if is_set else "assumption",
         "set_by": "settings" if is_set else "the request"},
        {"name": "fit", "value": post.fit.likely, "low": post.fit.low, "high": post.fit.high,
         "unit": "share of rostered hours where calls want them", "source": "assumption", "set_by": "the request"},
    ]  # fmt: skip


def _spread_of(values: NDArray[Any]) -> dict[str, Any]:
    lower, upper = np.quantile(values, (_TAIL, 1 - _TAIL))
    return {"mean": _number(float(values.mean())), "lower": _number(float(lower)), "upper": _number(float(upper))}


def _spent(value: Spent) -> dict[str, Any]:
    return {name: _number(number) for name, number in asdict(value).items()}


def _number(value: float | None) -> Any:
    """Six significant digits; None where there is no number."""
    return None if value is None or value != value else float(f"{value:.6g}")


def _numbers(values: Floats) -> list[Any]:
    return [_number(float(value)) for value in values]
