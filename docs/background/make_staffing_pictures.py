"""Makes the pictures of staffing.md: the demonstration force's week, and a bank's February from the shared data.

    .venv/bin/python docs/background/make_staffing_pictures.py

Takes two minutes, most of it to correct requirements by simulation; the same code gives the same pictures. matplotlib
is no dependency of the product: it comes along with Prophet and is used in this folder alone.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray
from picture_style import BAND, INK, OTHER, OURS, STYLE, save

from app.demonstration.calls import MEAN_HANDLING_S
from benchmarks.calibration import FEBRUARY, february_calls
from benchmarks.queueing_targets import CALLERS, INTERVAL_S, week
from rostering.staffing import (
    ControlRoom,
    Count,
    Definitions,
    Scope,
    SeatRules,
    ServiceTargets,
    requirement,
    seat_rows,
    simulate,
    two_class_performance,
)
from rostering.staffing.history.patience_fit import caller_patience
from rostering.staffing.queueing.fewest import erlang_c_handlers

Array = NDArray[np.float64]
_HERE = Path(__file__).resolve().parent
_FRIDAY = slice(4 * 96, 5 * 96)


def seats() -> Figure:
    """A Friday of the demonstration force: seats by skill beside two separate Erlang C sums, and the load."""
    demand = week()
    per_s = demand.mean_calls / INTERVAL_S
    sums = sum(
        erlang_c_handlers(per_s[q], MEAN_HANDLING_S[q], 0.9, threshold_s=within)
        for q, within in enumerate((10.0, 30.0))
    )
    needed = {
        scope: requirement(demand, CALLERS, ServiceTargets(scope=scope), Definitions(), SeatRules(), replications=200)
        for scope in (Scope.INTERVAL, Scope.WEEK)
    }
    figure, axis = plt.subplots(figsize=(8, 4.4))
    at = np.arange(97) / 4

    def steps(values: Array) -> Array:
        day = values[_FRIDAY]
        return np.append(day, day[-1])

    each = needed[Scope.INTERVAL]
    both = each.seats_999 + each.seats_101
    axis.fill_between(at, 0, steps(each.seats_999), step="post", color=BAND, label="999 desk (dual-skilled)")
    axis.fill_between(
        at, steps(each.seats_999), steps(both), step="post", facecolor="#e6f0fa", edgecolor=OURS, hatch="///",
        linewidth=0, label="101 only",
    )  # fmt: skip
    axis.step(at, steps(both), where="post", color=OURS, linewidth=2, label="each quarter-hour meets both targets")
    whole = needed[Scope.WEEK]
    axis.step(at, steps(whole.seats_999 + whole.seats_101), where="post", color=INK, linewidth=1.2, linestyle="--",
              label="the week meets them")  # fmt: skip
    axis.step(at, steps(sums), where="post", color=OTHER, linewidth=1.6, label="two separate Erlang C sums")
    axis.plot(at, steps((per_s * demand.aht_s).sum(axis=0)), color="#777777", linewidth=1, label="offered load")
    axis.set(xlim=(0, 24), ylim=(0, None), xlabel="hour of Friday", ylabel="seats, erlangs", xticks=range(0, 25, 3))
    axis.set_title("One room needs fewer seats than two queues that never help each other")
    axis.legend(loc="upper left", ncols=2)
    axis.set_ylim(0, 1.35 * float(sums[_FRIDAY].max()))
    return figure


def patience() -> Figure:
    """A bank's February: how long callers would wait, three ways."""
    calls = february_calls(FEBRUARY)
    found = caller_patience(calls.wait_s, calls.abandoned)
    gave_up_s = float(calls.wait_s[calls.abandoned].mean())
    figure, axis = plt.subplots(figsize=(8, 4.2))
    curve = found.survival
    inside = (curve.times_s >= found.balking.at_once_s) & (curve.times_s <= 720)
    begin = curve.at(found.balking.at_once_s)[0]
    lower, middle, upper = (part[inside] / begin for part in (curve.lower, curve.survival, curve.upper))
    axis.fill_between(curve.times_s[inside], lower, upper, step="post", color=BAND)
    axis.step(curve.times_s[inside], middle, where="post", color=OURS, linewidth=2,
              label="Kaplan-Meier with its 90% band")  # fmt: skip
    at = np.linspace(0, 900, 300)
    for law, style in zip(found.laws, ("--", "-."), strict=True):
        label = f"{law.law.capitalize()} law, mean {law.patience_s:.0f} s"
        axis.plot(at, [law.survival(time_s) for time_s in at], style, color=INK, linewidth=1.3, label=label)
    axis.plot(at, np.exp(-at / gave_up_s), ":", color=OTHER, linewidth=2,
              label=f"as if patience were the mean wait of those who gave up, {gave_up_s:.0f} s")  # fmt: skip
    axis.set(xlim=(0, 900), ylim=(0, 1), xlabel="wait [s]", ylabel="share of those who wait, still waiting")
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_title("Callers are far more patient than those who gave up suggest")
    axis.legend(loc="upper right")
    return figure


def surge() -> Figure:
    """A two-hour incident: what the formula says of each quarter-hour, and what simulation says."""
    demand = week()
    needed = requirement(demand, CALLERS, ServiceTargets(), Definitions(), SeatRules())
    calls = needed.first_attempts.copy()
    incident = slice(4 * 96 + 4 * 18, 4 * 96 + 4 * 20)
    calls[:, incident] *= 1.6
    plan = (needed.seats_999, needed.seats_101)
    room = ControlRoom(INTERVAL_S, seat_rows(*plan), demand.aht_s, CALLERS, reserve=needed.reserve)
    counts = simulate(room, np.broadcast_to(calls, (600, *calls.shape)), seed=7).counts
    shown = slice(4 * 96 + 4 * 15, 4 * 96 + 4 * 24)
    sums = counts[:, :, 0, shown].sum(axis=0, dtype=float)
    simulated = sums[Count.WITHIN] / sums[Count.OFFERED]
    patience_s = tuple(queue.patience_s for queue in CALLERS.queues)
    formula = [
        two_class_performance(
            calls[:, i] / INTERVAL_S,
            demand.aht_s[:, i],
            patience_s,
            int(plan[0][i]),
            int(plan[1][i]),
            reserve=int(needed.reserve[i]),
        ).service_level[0]
        for i in range(shown.start, shown.stop)
    ]
    figure, axis = plt.subplots(figsize=(8, 4))
    at = 15 + np.arange(simulated.size) / 4
    axis.axvspan(18, 20, facecolor="#f6d5b0", edgecolor=OTHER, hatch="///", linewidth=0.6)
    axis.annotate("60% more calls", (19, 0.94), ha="center")
    axis.step(at, simulated, where="post", color=OURS, linewidth=2, label="simulated, 600 evenings")
    axis.step(at, formula, where="post", color=INK, linestyle="--", linewidth=1.3,
              label="steady state of each quarter-hour")  # fmt: skip
    axis.axhline(0.9, color="#777777", linewidth=1)
    axis.set(xlim=(15, 24), ylim=(0, 1), xlabel="hour of Friday", ylabel="999 answered within 10 s")
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_title("An incident must be simulated: formulas know neither its beginning nor its end")
    axis.legend(loc="lower right")
    return figure


PICTURES = {"staffing-seats": seats, "staffing-patience": patience, "staffing-surge": surge}


def main() -> None:
    plt.rcParams.update(STYLE)
    for name in sys.argv[1:] or PICTURES:
        print(name, flush=True)
        save(PICTURES[name](), _HERE / "pictures" / f"{name}.png")


if __name__ == "__main__":
    main()
