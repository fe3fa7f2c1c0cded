"""Headcount by month: leavers, recruits in induction and as trainees, retirements; attrition is not known exactly.

Many futures are drawn. In each the attrition rate is one draw of what past leavers tell of it, and how many leave in a
month is a binomial draw at that rate. What a person gives to calls is counted in posts: a trained person is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rostering.staffing.checks import Floats, Ints, require_count, require_not_negative, require_positive, require_share

WEEKS_A_MONTH = 365.25 / 12 / 7
MOST_MONTHS = 60
_STEPS = 64  # of a month, over which what a recruit gives is averaged


@dataclass(frozen=True, slots=True)
class Attrition:
    """Leavers that were seen in so many person-years; a rate that is assumed says how many person-years it is worth."""

    leavers: float
    person_years: float

    def __post_init__(self) -> None:
        require_not_negative(leavers=self.leavers)
        require_positive(person_years=self.person_years)

    def rates(self, n: int, rng: np.random.Generator) -> Floats:
        """Draws of the yearly rate, (n,): gamma, the posterior of a Poisson rate under Jeffreys' prior [1]_.

        References
        ----------
        .. [1] Gelman and others (2013), Bayesian Data Analysis, section 2.6.
        """
        return np.asarray(rng.gamma(self.leavers + 0.5, 1 / self.person_years, n), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Intake:
    """Recruits who start with a month, counted from 0."""

    month: int
    people: int

    def __post_init__(self) -> None:
        require_count(0, month=self.month, people=self.people)


@dataclass(frozen=True, slots=True)
class Ramp:
    """From recruit to trained: nothing in induction, then calls at a trainee's speed.

    induction_weeks : Cheshire's control room trains for six weeks (HMICFRS)
    trainee_weeks, trainee_speed : assumption: how long, and a trained person's share of calls until then, 0..1
    drop_out : share of recruits who leave before they are trained, at the end of their induction, 0..1
    """

    induction_weeks: float = 6.0
    trainee_weeks: float = 12.0
    trainee_speed: float = 0.7
    drop_out: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative(induction_weeks=self.induction_weeks, trainee_weeks=self.trainee_weeks)
        require_share(trainee_speed=self.trainee_speed, drop_out=self.drop_out)

    def gives(self, month: int) -> float:
        """Mean share of a trained person that a recruit gives in the ``month``-th month, 0 the first."""
        weeks = (month + (np.arange(_STEPS) + 0.5) / _STEPS) * WEEKS_A_MONTH
        trained = weeks >= self.induction_weeks + self.trainee_weeks
        return float(np.where(weeks < self.induction_weeks, 0.0, np.where(trained, 1.0, self.trainee_speed)).mean())


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Who is there, who comes, who is known to go.

    people : trained people at the start of the first month
    retirements, releases : people who go for good, and who are away on training, by month (months,), >= 0
    """

    people: int
    attrition: Attrition
    intakes: tuple[Intake, ...]
    retirements: tuple[int, ...]
    releases: tuple[float, ...]
    ramp: Ramp = Ramp()

    def __post_init__(self) -> None:
        require_count(0, people=self.people)
        if not 1 <= len(self.retirements) <= MOST_MONTHS or len(self.releases) != len(self.retirements):
            raise ValueError(
                f"retirements are of {len(self.retirements)} months and releases of {len(self.releases)}: expected one "
                f"number for each of 1 to {MOST_MONTHS} months"
            )
        for name in ("retirements", "releases"):
            if min(getattr(self, name)) < 0:
                raise ValueError(f"{name} are {getattr(self, name)}: expected none below 0")
        if late := [one.month for one in self.intakes if one.month >= len(self.retirements)]:
            raise ValueError(f"an intake starts in month {late[0]}: expected one of 0 to {len(self.retirements) - 1}")

    @property
    def months(self) -> int:
        return len(self.retirements)


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Futures (draws, months): people in post, those of intakes among them, leavers, and effective posts on calls."""

    in_post: Ints
    recruits: Ints
    leavers: Ints
    effective: Floats
    rates: Floats  # (draws,), yearly


def project(pipeline: Pipeline, draws: int, seed: int) -> Projection:
    """So many futures of the pipeline.

    Each month: recruits start, known retirements go, others leave with the chance 1 - exp(-rate / 12), recruits drop
    out with the month in which their induction ends. Effective posts are those in the middle of the month: half of the
    month's leavers still count. Somebody away on training gives nothing.

    Raises
    ------
    ValueError : draws or seed is out of range
    """
    require_count(1, draws=draws)
    require_count(0, seed=seed)
    rng = np.random.default_rng(seed)
    months, ramp = pipeline.months, pipeline.ramp
    rates = pipeline.attrition.rates(draws, rng)
    chance = -np.expm1(-rates / 12)
    trained = np.full(draws, pipeline.people, dtype=np.int64)
    cohorts = [np.zeros(draws, dtype=np.int64) for _ in pipeline.intakes]
    ends_in = int(ramp.induction_weeks // WEEKS_A_MONTH)
    found: dict[str, list[Floats | Ints]] = {"in_post": [], "recruits": [], "leavers": [], "effective": []}
    for month in range(months):
        retired = np.minimum(trained, pipeline.retirements[month])
        left = rng.binomial(trained - retired, chance)
        gives = (trained - (retired + left) / 2) - np.minimum(pipeline.releases[month], trained)
        trained = trained - retired - left
        gone = retired + left
        for number, intake in enumerate(pipeline.intakes):
            age = month - intake.month
            if age < 0:
                continue
            if age == 0:
                cohorts[number] = np.full(draws, intake.people, dtype=np.int64)
            away = rng.binomial(cohorts[number], chance)
            if age == ends_in:
                away = away + rng.binomial(cohorts[number] - away, ramp.drop_out)
            gives = gives + (cohorts[number] - away / 2) * ramp.gives(age)
            cohorts[number] = cohorts[number] - away
            gone = gone + away
        recruits = _sum(cohorts, draws)
        for name, value in (
            ("in_post", trained + recruits), ("recruits", recruits), ("leavers", gone), ("effective", gives)
        ):  # fmt: skip
            found[name].append(value)
    columns = {name: np.stack(values, axis=1) for name, values in found.items()}
    return Projection(
        in_post=columns["in_post"].astype(np.int64),
        recruits=columns["recruits"].astype(np.int64),
        leavers=columns["leavers"].astype(np.int64),
        effective=np.maximum(columns["effective"], 0.0),
        rates=rates,
    )


def chance_short(projection: Projection, needed: Sequence[float]) -> Floats:
    """Share of the futures in which the effective posts of a month fall short of those ``needed``, (months,)."""
    return np.asarray((projection.effective < np.asarray(needed, dtype=np.float64)).mean(axis=0), dtype=np.float64)


def first_month(chance: Floats, at_least: float) -> int | None:
    """The first month whose chance of falling short is at least so large; None where none is."""
    found = np.flatnonzero(chance >= at_least)
    return int(found[0]) if found.size else None


def _sum(cohorts: Sequence[Ints], draws: int) -> Ints:
    return np.sum(cohorts, axis=0) if cohorts else np.zeros(draws, dtype=np.int64)
