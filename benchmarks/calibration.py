"""`python -m benchmarks.calibration`: do later days lie in their predicted intervals, and what does a replay miss?

The demonstration force's recorded service comes from a hidden truth (`app.demonstration.truth`) that the calibration
never reads: it sees the history as the import would, with the force's settings. The replay is that of the Anonymous
Bank's February, where the shared data are present. Progress goes to stderr; the last line of stdout is one JSON object.
"""

import argparse
import csv
import gzip
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.calibration.compute import record_of
from app.calibration.run import COLUMNS, Inputs
from app.demonstration import truth
from app.demonstration.control_room import demonstration_calls
from app.demonstration.settings import HISTORY_WEEKS, SEED, demonstration_force
from rostering.staffing.assumptions import QueueAssumptions, RoomAssumptions
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.calibration import MEASURES, calibrate
from rostering.staffing.history.calls import BREAK_S, CallRecords, infer_log_ons
from rostering.staffing.history.matching import matching_availability
from rostering.staffing.history.patience import estimate_patience
from rostering.staffing.history.patience_fit import CallerPatience, caller_patience
from rostering.staffing.history.replay import MEASURES as REPLAYED
from rostering.staffing.history.replay import Replay, errors, replay

END = date(2026, 7, 20)
WEEKS = 62  # eight to learn from first, 54 to predict
LEVEL = 0.90
_SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
FEBRUARY = _SHARED / "calls" / "anonymous_bank" / "calls_february.csv.gz"
FEBRUARY_START = datetime(1999, 2, 1)  # noqa: DTZ001 - wall clock of the place, which changed no clocks then
THRESHOLD_S = 20.0
LEARNED_DAYS = 14  # of the February: availability is matched on them, judged on the others


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="demonstration histories, each of its own seed")
    parser.add_argument("--replications", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    found = coverage(range(SEED, SEED + chosen.seeds), chosen.replications, chosen.threads)
    found["february"] = february_errors(FEBRUARY) if FEBRUARY.exists() else None
    print(json.dumps(found))


def coverage(seeds: range, replications: int, threads: int) -> dict[str, Any]:
    """How often results of later days lay in their 90% intervals, and the availability found beside the true one."""
    inside, ranks, found, began = [], [], [], time.process_time()
    for seed in seeds:
        inputs = demonstration_inputs(seed)
        cv = inputs.settings.handling_time_cv
        told = calibrate(
            record_of(inputs), Definitions(), handling_cv=(cv, cv), replications=replications, seed=seed,
            threads=threads,
        )  # fmt: skip
        inside.append(told.is_inside)
        ranks.append(told.predicted.rank)
        found.append(told.availability)
        tell(f"seed {seed}: {told.days.size} days, inside {told.is_inside.mean(axis=0).round(4).tolist()}")
    is_inside, n = np.concatenate(inside), sum(part.shape[0] for part in inside)
    shares = is_inside.mean(axis=0)
    se = (LEVEL * (1 - LEVEL) / n) ** 0.5
    # The two results of a day are not independent: the pooled error is that of the days' own means.
    pooled_se = float(is_inside.mean(axis=1).std(ddof=1)) / n**0.5
    return {
        "coverage_999": round(float(shares[0]), 4),
        "coverage_101": round(float(shares[1]), 4),
        "coverage_pooled": round(float(is_inside.mean()), 4),
        "stated": LEVEL,
        "days": n,
        "se": round(se, 4),
        "pooled_se": round(pooled_se, 4),
        "mean_rank": {m: round(float(np.concatenate(ranks)[:, i].mean()), 4) for i, m in enumerate(MEASURES)},
        "availability": [round(one.mean, 4) for one in found],
        "availability_interval": [[round(one.lower, 4), round(one.upper, 4)] for one in found],
        "availability_spread": [round(one.spread, 4) for one in found],
        "true_availability": truth.AVAILABILITY,
        "true_spread": truth.AVAILABILITY_DAY_SD,
        "cpu_s": round(time.process_time() - began, 1),
    }


def demonstration_inputs(seed: int) -> Inputs:
    """The newest weeks of a demonstration history, as the calibration's run would load them."""
    made = demonstration_calls(END, np.random.default_rng(seed), HISTORY_WEEKS)
    settings = demonstration_force().settings
    local = made.starts.tz_convert(settings.zone)
    dates = np.array([moment.toordinal() for moment in local])
    keep = dates > dates[-1] - 7 * WEEKS
    first = int(dates[keep][0])
    return Inputs(
        start=made.starts[keep][0].to_pydatetime(),
        interval_s=900,
        days=[date.fromordinal(day).isoformat() for day in range(first, int(dates[-1]) + 1)],
        day=dates[keep] - first,
        hour=local.hour.to_numpy()[keep],
        columns={name: getattr(made, name)[:, keep].astype(np.float64) for name in COLUMNS},
        replications=0,
        seed=seed,
        settings=settings,
    )


def february_errors(path: Path) -> dict[str, Any]:
    """Errors of a replay of the February under three laws of patience, log-ons told by the calls."""
    calls = february_calls(path)
    patience = caller_patience(calls.wait_s, calls.abandoned)
    log_ons = infer_log_ons(calls)
    hours = int(np.ceil(calls.arrival_s[-1] / 3600)) + 1
    is_later = np.arange(hours) >= 24 * LEARNED_DAYS
    judged: dict[str, Any] = {}
    for name, assumed in february_callers(calls, patience):

        def replayed(availability: float, assumed: QueueAssumptions = assumed, n: int = 20) -> Replay:
            room = RoomAssumptions(QueueAssumptions(np.inf), assumed, availability=availability)
            return replay(
                calls, log_ons, room, Definitions(threshold_101_s=THRESHOLD_S), replications=n,
                with_formula=availability == 1.0 or n > 20,
            )  # fmt: skip

        as_it_is = replayed(1.0, n=100)
        later = is_later[: as_it_is.offered.shape[1]]
        matched = matching_availability(replayed, 1, among=~later)
        tell(f"February, {name}: availability {matched.availability:.3f} on the first {LEARNED_DAYS} days")
        judged[name] = {
            "all_logged_on_time": dict(judgements(as_it_is, None)),
            "matched_availability": round(matched.availability, 3),
            "matched_then_later_days": dict(judgements(replayed(matched.availability, n=100), later)),
        }
    curve, totals = patience.survival, waiting(calls)
    return {
        "mean_wait_of_abandoned_s": round(float(calls.wait_s[calls.abandoned].mean()), 1),
        "waiting_over_abandonments_s": round(totals, 1),
        "survival_at_600_s": [round(value, 4) for value in curve.at(600.0)],
        "balking": round(patience.balking.share, 4),
        "laws": {
            fit.law.value: {
                "mean_s": round(fit.patience_s, 1),
                "interval_s": [round(fit.lower_s, 1), round(fit.upper_s, 1)],
                "shape": round(fit.shape, 3),
                "log_likelihood": round(fit.log_likelihood, 1),
                "distance_from_kaplan_meier": round(fit.distance, 4),
                "survival_at_600_s": round(fit.survival(600.0) * (1 - patience.balking.share), 4),
            }
            for fit in patience.laws
        },
        "log_ons": f"inferred, break {BREAK_S:g} s",
        "replay": judged,
    }


def judgements(replayed: Replay, among: NDArray[np.bool_] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Errors of each measure by hour, hour of the day and day; of the formulas by hour."""
    hours = np.arange(replayed.offered.shape[1])
    pools = {"hour": hours, "hour_of_day": hours % 24, "day": hours // 24}
    for measure in REPLAYED:
        told = {by: errors(replayed, 1, measure, by=pool, among=among) for by, pool in pools.items()}
        told["formula_by_hour"] = errors(replayed, 1, measure, among=among, formula=True)
        yield (
            measure,
            {
                "recorded": round(told["hour"].actual, 4),
                "predicted": round(told["hour"].predicted, 4),
                **{
                    by: {
                        "bias": round(one.bias, 4),
                        "rmse": round(one.rmse, 4),
                        "correlation": round(one.correlation, 3),
                        "chance_rmse": None if np.isnan(one.chance_rmse) else round(one.chance_rmse, 4),
                    }
                    for by, one in told.items()
                },
            },
        )


def february_callers(calls: CallRecords, patience: CallerPatience) -> Iterator[tuple[str, QueueAssumptions]]:
    """Exponential patience of all waiting, and both fitted laws with those who leave at once apart."""
    handled = calls.handling_s[~calls.abandoned]
    cv = float(handled.std() / handled.mean())
    yield "exponential_all_waiting", QueueAssumptions(waiting(calls), handling_cv=cv)
    for fit in patience.laws:
        yield (
            f"{fit.law.value}_with_balking",
            QueueAssumptions(fit.patience_s, handling_cv=cv, patience_shape=fit.shape, balking=patience.balking.share),
        )


def waiting(calls: CallRecords) -> float:
    """All waiting over abandonments [s]."""
    left = calls.abandoned
    return estimate_patience(
        float(calls.wait_s[~left].sum()), float(calls.wait_s[left].sum()), int(left.sum())
    ).patience_s


def february_calls(path: Path) -> CallRecords:
    """Calls of the February but phantoms, all as one queue (101), from the moment that they joined it."""
    with gzip.open(path, "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] != "PHANTOM"]
    rows.sort(key=lambda row: row["queue_local"])
    names = sorted({row["agent"] for row in rows if row["agent"]})
    number = {name: index for index, name in enumerate(names)}
    gave_up = np.array([row["outcome"] == "HANG" for row in rows])
    arrival = [(datetime.fromisoformat(row["queue_local"]) - FEBRUARY_START).total_seconds() for row in rows]
    who = np.array([number.get(row["agent"], -1) for row in rows])
    return CallRecords(
        queue=np.ones(len(rows), dtype=np.int8),
        arrival_s=np.array(arrival),
        wait_s=np.array([float(row["wait_s"]) for row in rows]),
        handling_s=np.where(gave_up, 0.0, np.array([float(row["service_s"]) for row in rows])),
        abandoned=gave_up,
        handler=np.where(gave_up, -1, who),
    )


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
