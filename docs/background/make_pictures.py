"""Makes the pictures of forecasting.md from the shared data, with the library and the benchmark's own scores.

    .venv/bin/python docs/background/make_pictures.py [DATA]

DATA is the folder that holds ``calls/``: ``../shared/data`` beside the repository if not given. Takes a minute; the
same data and code give the same pictures. Prophet runs as in the benchmark: from its cache, or in ``.venv-peers``,
which is made when absent. matplotlib is no dependency of the product: it comes along with Prophet and is used here
alone.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, DayLocator, WeekdayLocator
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter
from numpy.typing import NDArray
from picture_style import BAND, INK, OTHER, OURS, STYLE, save
from shared_sets import FINE, ROUND_THE_CLOCK, WEEKS, Shared, tell

from benchmarks import files, histories, product, scoring
from benchmarks.origins import known_until, positions, rolling
from forecasting import intraday
from forecasting.days import fold
from forecasting.forecast import path_quantiles
from forecasting.models import profile
from forecasting.series import IntervalSeries

Array = NDArray[np.float64]
_HERE = Path(__file__).resolve().parent
_DATA = _HERE.parents[2] / "shared" / "data"


def noise_floor(shared: Shared) -> Figure:
    """WAPE of the forecast and of Prophet above the floor of each set."""
    figure, axes = plt.subplots(figsize=(8, 4.6))
    means = np.geomspace(0.8, 1500, 200)
    axes.plot(means, np.sqrt(2 / np.pi / means), color=INK, linewidth=1.2)
    axes.annotate("noise floor, 0.8/√calls", (90, np.sqrt(2 / np.pi / 90)), (-8, -8), **_beside("right", "top"))
    for name in FINE:
        figures = shared.measured(name).figures
        mean, floor = figures["mean"], figures["floor"]
        ours, prophet = (figures["models"][model]["wape"] for model in ("pacesetter", "prophet"))
        axes.plot([mean, mean], [floor, prophet], color="#999999", linewidth=1, zorder=1)
        axes.plot(mean, floor, "_", color=INK, markersize=14, markeredgewidth=2)
        axes.plot(mean, prophet, "D", color=OTHER, markerfacecolor="white", markersize=7, markeredgewidth=1.6)
        axes.plot(mean, ours, "o", color=OURS, markersize=8)
        if prophet > 1.2 * floor:
            axes.annotate(name, (mean, prophet), (0, 9), **_beside("center", "bottom"))
        elif mean < 5:
            axes.annotate(name, (mean, prophet), (12, 4), **_beside("left", "bottom"))
        else:
            axes.annotate(name, (mean, ours), (-10, -6), **_beside("right", "top"))
    for marker, colour, fill, label in (
        ("D", OTHER, "white", "Prophet with its defaults"),
        ("o", OURS, OURS, "this forecast"),
        ("_", INK, INK, "floor of the set"),
    ):
        axes.plot([], [], marker, color=colour, markerfacecolor=fill, markersize=8, markeredgewidth=1.6, label=label)
    axes.legend(loc="lower left")
    axes.set(xscale="log", yscale="log", xlim=(0.8, 1500), ylim=(0.022, 1.1))
    axes.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]))
    axes.yaxis.set_major_locator(FixedLocator([0.03, 0.05, 0.1, 0.2, 0.5, 1]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.set(xlabel="mean calls per interval (log scale)", ylabel="WAPE, four weeks ahead (log scale)")
    axes.set_title("Where calls are few, chance alone makes most of the error")
    return figure


def cleaning(shared: Shared) -> Figure:
    """Three faults put into a history, what was listed, and the forecasts with and without cleaning."""
    counts = shared.counts("N. American bank")
    origin = rolling(counts, 6, weeks=WEEKS)[3]
    faulty = histories.with_faults(counts, origin)
    fixed = product.forecast(faulty, counts, weeks=WEEKS)
    spoilt = product.forecast(faulty, counts, weeks=WEEKS, cleaning=False)
    undisturbed = product.forecast(known_until(counts, origin), counts, weeks=WEEKS)

    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 6.2), height_ratios=(1.1, 1))
    is_open = ~np.isnan(faulty.values)
    shown = np.flatnonzero(is_open & (np.arange(origin.first) >= origin.first - 28 * counts.grid.n_slots))
    above.plot(faulty.values[shown], color=INK, linewidth=0.8)
    seconds = counts.grid.utc_s[shown]
    for note in fixed.cleaning:
        inside = np.flatnonzero((seconds >= note.start.timestamp()) & (seconds < note.end.timestamp()))
        if not inside.size:
            continue
        above.axvspan(inside[0], inside[-1] + 1, facecolor="#f6d5b0", edgecolor=OTHER, hatch="///", linewidth=0.8)
        said = re.sub(r"\d{4,}", lambda calls: f"{int(calls[0]):,}", note.reason.partition(";")[0])
        said = re.sub(r"(:|,|where|times|\d{3}(?= were)) ", r"\1\n", said)
        is_late = inside[0] > shown.size / 2
        at, ha = (inside[0] - 8, "right") if is_late else (inside[-1] + 9, "left")
        above.annotate(said, (at, 2400), ha=ha, va="top", fontsize=9)
    days, first = np.unique(counts.grid.dates[shown], return_index=True)
    above.set_xticks(first[::5], [f"{day.astype(datetime):%a %-d %b}" for day in days[::5]])
    above.set(ylabel="calls per quarter-hour", ylim=(0, 3000), xlim=(0, shown.size))
    above.set_title("Three faults put into four weeks of a bank: each is found, listed and left out")

    actual = counts.series.values[origin.scored]
    dates, day = np.unique(counts.grid.dates[origin.scored], return_inverse=True)
    worked = scoring.known_days(actual, day)
    totals = {
        label: scoring.day_sums(actual, values, day)[worked] / 1000
        for label, values in (("came", np.nan_to_num(actual)), ("fixed", fixed.mean[0]), ("spoilt", spoilt.mean[0]))
    }
    at = np.arange(worked.sum())
    below.plot(at, totals["came"], "o", color=INK, markersize=4.5, label="calls that came")
    below.plot(at, totals["fixed"], "-", color=OURS, linewidth=2, label="forecast from the faulty history, cleaned")
    below.plot(at, totals["spoilt"], "--", color=OTHER, linewidth=1.8, label="the same, not cleaned")
    below.set_xticks(at[::5], [f"{day.astype(datetime):%a %-d %b}" for day in dates[worked][::5]])
    low, high = below.get_ylim()
    below.set(ylabel="calls a day (thousands)", ylim=(low, high + 0.4 * (high - low)))
    below.legend(loc="upper right", ncols=1)
    wapes = [scoring.wape(actual, one.mean[0]) for one in (undisturbed, fixed, spoilt)]
    below.set_title(
        f"The next four weeks: WAPE {_pct(wapes[1])} cleaned, {_pct(wapes[2])} not ({_pct(wapes[0])} without faults)"
    )
    return figure


def level(shared: Shared) -> Figure:
    """Twelve weeks of a UK region's days, with the days that are not ordinary."""
    counts = shared.counts("Devon ambulance")
    origin = rolling(counts, 6, weeks=12, spacing_days=56)[-1]
    made = product.forecast(known_until(counts, origin), counts, weeks=12)
    dates = counts.grid.dates[origin.scored].astype(datetime)
    actual = counts.series.values[origin.scored]
    lower, upper = made.quantiles((0.1, 0.9))[:, 0]
    figure, axes = plt.subplots(figsize=(8, 4.2))
    axes.fill_between(dates, lower, upper, color=BAND, linewidth=0, label="80% interval")
    axes.plot(dates, made.mean[0], color=OURS, linewidth=1.8, label="expected calls")
    axes.plot(dates, actual, "o", color=INK, markersize=3.5, label="calls that came")
    for month, day, text, offset, ha, va in (
        (12, 25, "Christmas Day", (-14, -30), "right", "top"),
        (12, 26, "Boxing Day", (0, 62), "center", "bottom"),
        (12, 31, "New Year's\nEve", (14, 4), "left", "center"),
    ):
        at = next(i for i, date in enumerate(dates) if (date.month, date.day) == (month, day))
        line = {"arrowstyle": "-", "color": INK, "shrinkB": 3}
        axes.annotate(text, (dates[at], made.mean[0, at]), offset, arrowprops=line, **_beside(ha, va))
    axes.xaxis.set_major_locator(WeekdayLocator(0, 2))
    axes.xaxis.set_major_formatter(DateFormatter("Mon %-d %b"))
    low, high = axes.get_ylim()
    axes.set(ylabel="calls a day", ylim=(low, high + 0.1 * (high - low)), xlim=(None, dates[-1] + timedelta(days=8)))
    axes.legend(loc="upper left", ncols=3)
    wape = scoring.wape(actual, made.mean[0])
    floor = scoring.floor(actual, counts.grid.weekdays[origin.scored], counts.grid.slots[origin.scored], 86_400)
    axes.set_title(f"Devon ambulance, twelve weeks ahead: WAPE {_pct(wape)}, noise floor {_pct(floor)}")
    return figure


def shape(shared: Shared) -> Figure:
    """Raw weekday means by slot against the smoothed shape."""
    counts = shared.counts("Montgomery traffic")
    whole = fold(counts.series.values, counts.grid, counts.calendar)
    now = whole.dates.size - 7 * WEEKS
    table, ahead = whole.slice(0, now), whole.slice(now, whole.dates.size)
    smooth = profile.fit(table).shares
    last_weeks = table.slice(now - 7 * WEEKS, now)
    raw = profile.weekday_shares(last_weeks, profile.ProfileSettings(1e6, 0.0, 1.0))
    calls = last_weeks.counts[last_weeks.weekdays == 4].sum(axis=1).mean()
    hours = (np.arange(96) + 0.5) / 4
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.step(hours, calls * raw[4], where="mid", color=OTHER, linewidth=1, label="mean of the last four Fridays")
    axes.plot(hours, calls * smooth[4], color=OURS, linewidth=2.2, label="smoothed shape")
    axes.set_xticks(range(0, 25, 3), [f"{hour:02d}:00" for hour in range(0, 25, 3)])
    axes.set(xlim=(0, 24), ylim=(0, None), xlabel="local time", ylabel="calls per quarter-hour")
    axes.legend(loc="upper left")
    totals = ahead.counts.sum(axis=1, keepdims=True)
    misses = [np.abs(ahead.counts - totals * one[ahead.weekdays]).sum() / totals.sum() for one in (raw, smooth)]
    axes.set_title(
        "Four weeks' means follow chance; the smoothed shape misses the next four weeks\n"
        f"by {_pct(misses[1], 0)} instead of {_pct(misses[0], 0)}, given each day's total (traffic, Fridays shown)"
    )
    return figure


def fans(shared: Shared) -> Figure:
    """A week by hour and four weeks by day, with 80% and 95% bands from the same sample paths."""
    figure, panels = plt.subplots(3, 1, figsize=(8, 8.4))
    ems, traffic = (shared.measured(name) for name in ("Montgomery EMS", "Montgomery traffic"))
    origin, made = ems.origins[-1], ems.made[-1]
    hourly = made.paths.reshape(len(made.paths), -1, 4).sum(axis=2)[:, : 7 * 24]
    middle = [start + timedelta(minutes=30) for start in ems.local(origin)[: 7 * 96 : 4]]
    actual = ems.counts.series.values[origin.scored].reshape(-1, 4).sum(axis=1)[: 7 * 24]
    _fan(panels[0], middle, hourly, made.mean.reshape(-1, 4).sum(axis=1)[: 7 * 24], actual, step="mid")
    inside = scoring.pit_coverage(*scoring.path_pit(actual, hourly), 0.8)
    panels[0].set_title(f"EMS, the first week by hour: {_pct(inside, 0)} of the hours lie in the 80% band")
    panels[0].set(ylabel="calls an hour", ylim=(0, actual.max() * 1.28))
    panels[0].xaxis.set_major_locator(DayLocator())
    panels[0].xaxis.set_major_formatter(DateFormatter("%a %-d %b"))
    panels[0].legend(loc="upper center", ncols=4)
    for panel, measured, name in ((panels[1], ems, "EMS"), (panels[2], traffic, "Traffic")):
        bands, inside = [], []
        for origin, made in zip(measured.origins, measured.made, strict=True):
            by_day = made.paths.reshape(len(made.paths), -1, 96)
            actual = measured.counts.series.values[origin.scored].reshape(-1, 96).sum(axis=1)
            # Each quarter-hour's paths shuffled by themselves: the same quarter-hours, as if days moved none of them.
            apart = np.random.default_rng(product.SEED).permuted(by_day, axis=0)
            bands = [by_day.sum(axis=2), apart.sum(axis=2)]
            inside.append([scoring.pit_coverage(*scoring.path_pit(actual, band), 0.8) for band in bands])
        dates = measured.local(origin)[::96]
        _fan(panel, dates, bands[0], made.mean.reshape(-1, 96).sum(axis=1), actual)
        for edge, label in zip(
            path_quantiles(bands[1], (0.1, 0.9)), (None, "80% if quarter-hours were independent"), strict=True
        ):
            panel.plot(dates, edge, "--", color=OTHER, linewidth=1.2, label=label)
        share, share_apart = np.mean(inside, axis=0)
        panel.set_title(
            f"{name} by day: {_pct(share, 0)} of {28 * len(inside)} days in the 80% band, "
            f"{_pct(share_apart, 0)} in the dashed one"
        )
        low, high = panel.get_ylim()
        panel.set(ylabel="calls a day", ylim=(max(low, 0), high + 0.22 * (high - low)))
        panel.xaxis.set_major_locator(WeekdayLocator(0))
        panel.xaxis.set_major_formatter(DateFormatter("Mon %-d %b"))
        handles, labels = panel.get_legend_handles_labels()
        panel.legend(handles[-1:], labels[-1:], loc="upper right")
    return figure


def calibration(shared: Shared) -> Figure:
    """Stated against observed coverage of every set, and where in their distributions the calls fell."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4), width_ratios=(1.25, 1))
    rows = np.arange(len(FINE))[::-1]
    for key, stated, marker, colour, label in (
        ("pit80", 0.8, "o", OURS, "intervals, 80%"),
        ("day80", 0.8, "s", OTHER, "day totals, 80%"),
        ("pit95", 0.95, "^", INK, "intervals, 95%"),
    ):
        shares = [shared.measured(name).figures["models"]["pacesetter"][key] for name in FINE]
        offset = 0.12 if key == "day80" else -0.12
        fill = "white" if key == "day80" else colour
        left.plot(
            shares, rows - offset, marker, color=colour, markerfacecolor=fill, markersize=7.5, label=label, zorder=3
        )
        left.axvline(stated, color=INK, linewidth=1, linestyle="--" if key == "pit95" else "-", zorder=1)
    left.set_yticks(rows, FINE)
    left.set(xlim=(0.7, 1), ylim=(-0.5, len(FINE) - 0.5), xlabel="share that fell inside")
    left.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    figure.legend(loc="outside lower center", ncols=3)
    left.set_title("As stated (lines), as seen (marks)")

    bounds = []
    for name in ROUND_THE_CLOCK:
        measured = shared.measured(name)
        actual = measured.counts.series.values[positions(measured.origins)]
        paths = np.concatenate([made.paths for made in measured.made], axis=1)
        bounds.append(scoring.path_pit(actual, paths))
    lower, upper = (np.concatenate(part) for part in zip(*bounds, strict=True))
    edges = np.linspace(0, 1, 11)
    inside = np.clip(np.minimum(upper[:, None], edges[1:]) - np.maximum(lower[:, None], edges[:-1]), 0, None)
    right.bar(
        edges[:-1] + 0.05, (inside / (upper - lower)[:, None]).mean(axis=0), 0.092, facecolor=BAND, edgecolor=OURS
    )
    right.axhline(0.1, color=INK, linewidth=1.2)
    right.set(xlim=(0, 1), ylim=(0, 0.15), xlabel="stated chance of fewer (24-hour sets)", ylabel="share of intervals")
    right.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.set_title("A tenth falls in each tenth")
    return figure


def noon(shared: Shared) -> Figure:
    """A day re-forecast at noon, and the rest of every day of twelve weeks before and after the update."""
    counts = shared.counts("Anonymous Bank")
    found = []
    for origin in rolling(counts, 12, weeks=1):
        made = product.forecast(known_until(counts, origin), counts, weeks=1)
        actual, half = counts.series.values[origin.scored], counts.grid.n_slots // 2
        for midnight in range(0, actual.size, counts.grid.n_slots):
            at = midnight + half
            updated = intraday.update(
                made, {made.queues[0]: IntervalSeries(made.start, made.interval_s, actual[:at])}, seed=product.SEED
            )
            today = slice(midnight, midnight + 2 * half)
            found.append((counts.grid.dates[origin.scored][at], actual[today], made.mean[0, today], updated, half))
    rest = np.array([[a[h:].sum(), m[h:].sum(), u.mean[0, :h].sum()] for _, a, m, u, h in found])
    alone, after = np.abs(rest[:, 1] - rest[:, 0]), np.abs(rest[:, 2] - rest[:, 0])
    worst = int(np.argmax(alone))
    date, actual, mean, updated, half = found[worst]
    hours = np.arange(2 * half) / 2 + 0.25
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4.4), width_ratios=(1.45, 1))
    lower, upper = updated.quantiles((0.1, 0.9))[:, 0, :half]
    left.fill_between(hours[half:], lower, upper, color=BAND, linewidth=0, label="80% interval at noon")
    left.plot(hours, mean, "--", color=OTHER, linewidth=1.8, label="forecast made before that day")
    left.plot(hours[half:], updated.mean[0, :half], color=OURS, linewidth=2.2, label="forecast at noon")
    left.plot(hours, actual, "o", color=INK, markersize=3.5, label="calls that came")
    left.axvline(12, color=INK, linewidth=0.9)
    left.set_xticks(range(0, 25, 4), [f"{hour:02d}:00" for hour in range(0, 25, 4)])
    left.set(xlim=(0, 24), ylim=(0, None), xlabel="local time", ylabel="calls per half-hour")
    left.set_title(f"{date.astype(datetime):%A %-d %B %Y}, at noon")
    most = max(alone.max(), after.max()) * 1.06
    right.plot([0, most], [0, most], color=INK, linewidth=1)
    right.plot(alone, after, "o", color=OURS, markersize=5, markerfacecolor="none")
    right.plot(alone[worst], after[worst], "o", color=OURS, markersize=7, label="this day among the others")
    right.annotate("worse", (0.08, 0.92), xycoords="axes fraction", style="italic")
    right.annotate("better", (0.74, 0.08), xycoords="axes fraction", style="italic")
    right.set(xlim=(0, most), ylim=(0, most), xlabel="forecast left alone [calls]")
    right.set_ylabel("re-forecast at noon [calls]")
    right.set_title(f"Miss of {len(found)} afternoons: {_pct(after.sum() / alone.sum() - 1, 0)}")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _fan(
    axes: Axes, when: Sequence[datetime], paths: NDArray[np.int64], mean: Array, actual: Array, step: Any = None
) -> None:
    edges = path_quantiles(paths, (0.025, 0.1, 0.9, 0.975))
    axes.fill_between(when, edges[0], edges[3], step=step, color=BAND, alpha=0.45, linewidth=0, label="95%")
    axes.fill_between(when, edges[1], edges[2], step=step, color=BAND, linewidth=0, label="80%")
    axes.plot(when, mean, color=OURS, linewidth=1.8, label="expected")
    axes.plot(when, actual, "o", color=INK, markersize=3, label="calls that came")


def _beside(ha: str, va: str) -> dict[str, Any]:
    return {"textcoords": "offset points", "ha": ha, "va": va, "fontsize": 9.5}


def _pct(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}%".replace("-", "−")


_PICTURES: dict[str, Callable[[Shared], Figure]] = {
    "noise-floor": noise_floor,
    "cleaning": cleaning,
    "level": level,
    "shape": shape,
    "fans": fans,
    "calibration": calibration,
    "noon": noon,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=_DATA, help="folder that holds calls/ (%(default)s)")
    parser.add_argument("--only", choices=_PICTURES, action="append", help="this picture (repeatable)")
    given = parser.parse_args()
    if not (given.data / "calls").is_dir():
        print(f"error: {given.data} has no folder calls/: expected the shared data there, or its path", file=sys.stderr)
        return 2
    mpl.use("Agg")
    shared = Shared(given.data)
    with mpl.rc_context(STYLE):
        for name in given.only or _PICTURES:
            tell(name)
            try:
                figure = _PICTURES[name](shared)
            except files.FileInvalid as error:
                print(f"error: {error}", file=sys.stderr)
                return 2
            save(figure, _HERE / "pictures" / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
