"""A planner's multipliers: a new forecast each time, the old one untouched, sums and paths carry them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session, service_engine
from app.forecasts.adjust import multiplied
from app.tables import AuditRow
from forecasting.forecast import Forecast
from tests.helpers import FORCE, ORIGIN, OTHER, add_calls, add_force, compute_run, done, history_csv, problem

SPAN = {"from": "2026-03-24T18:00:00Z", "to": "2026-03-24T22:00:00Z"}  # 16 quarter-hours
WANTED = {"queue": "999", **SPAN, "multiplier": 1.5, "reason": "Football final"}


def post(api, forecast_id, **changes):
    return api.post(f"/v1/forces/{FORCE}/forecasts/{forecast_id}/adjustments", json=WANTED | changes)


def read(api, forecast_id="latest", **query):
    return done(api.get(f"/v1/forces/{FORCE}/forecasts/{forecast_id}", params=query))


@pytest.fixture(scope="module")
def original(stocked) -> str:
    return read(stocked, kind="full")["id"]


def test_an_adjusted_forecast_carries_it_and_the_original_is_kept(stocked, original):
    before = read(stocked, original)
    answer = post(stocked, original)
    made = done(answer, 201)
    assert answer.headers["location"] == f"/v1/forces/{FORCE}/forecasts/{made['id']}"
    assert (made["kind"], made["based_on"], made["original_id"]) == ("adjusted", original, original)
    assert read(stocked, original) == before
    after = done(stocked.get(answer.headers["location"]))
    assert after["description"]["adjustments"] == made["adjustments"]
    first = before["queues"]["999"]["start"].index("2026-03-24T18:00:00Z")
    inside = slice(first, first + 16)
    ratio = np.array(after["queues"]["999"]["mean"]) / before["queues"]["999"]["mean"]
    assert ratio[inside] == pytest.approx(1.5, abs=1e-3)
    assert np.delete(ratio, np.r_[inside]) == pytest.approx(1.0)
    assert after["queues"]["101"] == before["queues"]["101"]
    assert read(stocked)["id"] == made["id"]
    assert read(stocked, kind="full")["id"] == original


def test_an_adjustment_says_who_when_and_why(stocked, original):
    made = done(post(stocked, original, reason="  Storm warning "), 201)
    (told,) = made["adjustments"]
    assert (told["reason"], told["actor"], told["multiplier"]) == ("Storm warning", "first administrator", 1.5)
    assert (told["forecast_id"], told["based_on"], told["at"]) == (made["id"], original, made["created_at"])
    span = told["calls"]["999"]
    assert span["after"] == pytest.approx(1.5 * span["before"], abs=0.02)
    change = made["calls"]["999"]
    assert change["after"] - change["before"] == pytest.approx(span["after"] - span["before"], abs=0.03)
    assert made["calls"]["101"]["after"] == made["calls"]["101"]["before"]
    assert done(stocked.get(f"/v1/forces/{FORCE}/forecasts/{made['id']}/adjustments")) == made


def test_an_adjustment_is_audited(stocked, stocked_database, original):
    made = done(post(stocked, original), 201)
    engine = service_engine(stocked_database.service, pool_size=1)
    with force_session(engine, EVERY_FORCE) as session:
        line = session.scalars(select(AuditRow).where(AuditRow.subject == made["id"])).one()
    engine.dispose()
    assert (line.action, line.details["adjustment"]) == ("forecast adjusted", made["adjustments"][0])


def test_an_adjusted_forecast_is_adjusted_again(stocked, original):
    once = done(post(stocked, original, multiplier=2), 201)
    twice = done(post(stocked, once["id"], queue=None, multiplier=0.5, reason="Called off"), 201)
    assert [a["reason"] for a in twice["adjustments"]] == ["Football final", "Called off"]
    assert (twice["original_id"], twice["based_on"]) == (original, once["id"])
    assert twice["calls"]["999"]["after"] == pytest.approx(twice["calls"]["999"]["before"], abs=0.02)
    assert twice["calls"]["101"]["after"] < twice["calls"]["101"]["before"]


def test_a_forecast_without_adjustments_says_so(stocked, original):
    told = done(stocked.get(f"/v1/forces/{FORCE}/forecasts/{original}/adjustments"))
    assert (told["adjustments"], told["original_id"]) == ([], original)
    assert all(change["before"] == change["after"] for change in told["calls"].values())


def test_the_largest_multiplier_is_allowed(stocked, original):
    done(post(stocked, original, multiplier=10), 201)
    done(post(stocked, original, multiplier=1, **{"from": "2026-03-23T00:00:00Z", "to": "2026-04-05T23:00:00Z"}), 201)


def test_multipliers_of_multipliers_stay_within_what_paths_can_hold(stocked, original):
    made, at = original, {"from": SPAN["from"], "to": "2026-03-24T18:15:00Z"}
    calls = read(stocked, original, queue="999", **at)["queues"]["999"]["mean"][0]
    for _ in range(int(np.log10(100_000 / calls))):
        made = done(post(stocked, made, multiplier=10, **at), 201)["id"]
    problem(post(stocked, made, multiplier=10, **at), 422, "multiplier", "100000 calls")
    assert read(stocked)["id"] == made


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"multiplier": 0}, ["multiplier", "greater than 0"]),
        ({"multiplier": -1}, ["multiplier"]),
        ({"multiplier": 10.001}, ["multiplier", "10"]),
        ({"multiplier": "1.2"}, ["multiplier", "1.2", "number"]),
        ({"multiplier": True}, ["multiplier", "number"]),
        ({"from": 1774375200}, ["from", "not a number"]),
        ({"reason": " "}, ["reason"]),
        ({"reason": None}, ["reason"]),
        ({"queue": "112"}, ["queue", "112"]),
        ({"from": "2026-03-22T23:45:00Z"}, ["2026-03-22T23:45", "2026-03-23T00:00"]),
        ({"to": "2026-04-05T23:15:00Z"}, ["2026-04-05T23:15", "2026-04-05T23:00"]),
        ({"to": "2026-03-24T18:00:00Z"}, ["span"]),
        ({"from": "2026-03-24T18:05:00Z"}, ["quarter-hour"]),
        ({"from": "2026-03-24T18:00:00"}, ["from", "timezone"]),
        ({"note": "x"}, ["note", "not permitted"]),
    ],
)
def test_what_can_not_be_an_adjustment_is_refused(stocked, original, change, words):
    problem(post(stocked, original, **change), 422, *words)


def test_another_forces_forecast_is_unknown(stocked):
    theirs = done(stocked.get(f"/v1/forces/{OTHER}/forecasts/latest"))["id"]
    problem(post(stocked, theirs), 404, theirs)


DAYS, PATHS, CV = 3, 4000, 0.1


@pytest.fixture(scope="module")
def made_up() -> Forecast:
    """Paths drawn as a forecast draws them: Poisson around a gamma day factor, 480 calls a day."""
    rng = np.random.default_rng(1)
    mean = np.full((1, DAYS * 96), 5.0)
    factor = rng.gamma(1 / CV**2, CV**2, (PATHS, 1, DAYS)).repeat(96, axis=-1)
    return Forecast(
        origin=datetime(2026, 1, 5, tzinfo=UTC), start=datetime(2026, 1, 5, tzinfo=UTC), interval_s=900,
        timezone="Europe/London", queues=("999",), mean=mean, rate_cv=np.full_like(mean, CV),
        day_cv=np.full_like(mean, CV), intraday_strength=np.ones(1), carry_over=np.zeros(1),
        paths=rng.poisson(factor * mean).astype(np.int32),
    )  # fmt: skip


@pytest.mark.parametrize("multiplier", [0.25, 0.9, 1.2, 3.0])
def test_paths_keep_their_mean_and_their_spread(made_up, multiplier):
    """The day's total of a negative binomial with the same day factor: variance m + cv^2 m^2, m the new mean."""
    day = slice(96, 192)
    after = multiplied(made_up, [0], day, multiplier, seed=[1])
    totals = after.paths[:, 0, day].sum(axis=1)
    expected = multiplier * 480
    variance = expected + (CV * expected) ** 2
    assert abs(totals.mean() - expected) < 4 * (variance / PATHS) ** 0.5
    # The variance of a sample variance is about 2 variance^2 / paths; the gamma's tail adds a little.
    assert totals.var(ddof=1) == pytest.approx(variance, rel=0.03 + 4 * (2 / PATHS) ** 0.5)
    assert np.issubdtype(after.paths.dtype, np.integer)
    assert (after.paths >= 0).all()
    outside = np.r_[0:96, 192:288]
    assert (after.paths[..., outside] == made_up.paths[..., outside]).all()


def test_the_same_seed_gives_the_same_paths_and_another_gives_others(made_up):
    one, same, other = (multiplied(made_up, [0], slice(0, 96), 1.3, seed=[s]) for s in (1, 1, 2))
    assert (one.paths == same.paths).all()
    assert (one.paths != other.paths).any()


def test_an_old_forecast_adjusted_today_stays_behind_a_newer_one(api, engine):
    def forecast() -> str:
        run = done(api.post(f"/v1/forces/{FORCE}/forecasts", json={"weeks": 1, "paths": 50}), 202)
        return str(compute_run(engine, run["id"])["forecast_id"])

    add_force(api)
    done(add_calls(api, history_csv(3)))
    old = forecast()
    known = read(api, old)["created_at"]
    done(add_calls(api, history_csv(3, ORIGIN + timedelta(days=1))))
    newer = forecast()
    adjusted = done(post(api, old), 201)["id"]
    assert read(api)["id"] == newer
    assert read(api, kind="adjusted")["id"] == adjusted
    assert read(api, known_by=known)["id"] == old
