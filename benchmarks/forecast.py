"""``python -m benchmarks.forecast FILE...``: the product beside its peers on files of counts.

Progress and a table for reading go to stderr; the last line of stdout is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

# CPU seconds are compared, and idle threads that spin would count; set before numpy loads.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from benchmarks import core, cpu, files, histories, intraday, summary  # noqa: E402
from benchmarks.peer_runs import PEERS  # noqa: E402
from forecasting.errors import CalendarInvalid, SeriesInvalid  # noqa: E402
from forecasting.series import DAY_S  # noqa: E402

_SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "calls"
_WEEKS = 4
# The published benchmark looks 84 days ahead; six origins 56 days apart cover the last year of its data, 2019.
_DAILY_WEEKS = 12
_DAILY_SPACING_DAYS = 56
_SUITES = {"intraday": intraday.run, "dirty": histories.dirty, "cold": histories.cold}
_SHARED_FILES = (
    "montco/counts_15min.csv@15min@America/New_York",
    "bank/counts_15min.csv@15min@America/New_York",
    "anonymous_bank/counts_30min.csv@30min@Asia/Jerusalem",
    "denver_ems/counts_hourly.csv.gz@hourly@America/Denver",
)
_SHARED_DAILY = "swast_daily/daily.csv@daily@Europe/London"


def main(arguments: list[str] | None = None) -> int:
    """Run one suite; 2 where the input makes no sense."""
    given = _parser().parse_args(arguments)
    try:
        result = _run(given)
    except (files.FileInvalid, CalendarInvalid, SeriesInvalid) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(result, allow_nan=False))
    return 0


def _run(given: argparse.Namespace) -> dict[str, Any]:
    series = _series(given)
    weeks = given.weeks or (_DAILY_WEEKS if given.suite == "daily" else _WEEKS)
    found: dict[str, Any]
    if given.suite == "cpu":
        found = cpu.run(series, _tell)
        rows = summary.ratios(found)
    elif given.suite in ("core", "daily"):
        spacing_days = given.spacing_days or (_DAILY_SPACING_DAYS if given.suite == "daily" else 7 * weeks)
        options = core.Options(
            given.origins, weeks, spacing_days, tuple(given.peers), given.jobs, is_cached=not given.no_cache
        )
        found = core.run(series, options, _tell)
        print(summary.table(found), file=sys.stderr)
        rows = summary.daily(found) if given.suite == "daily" else summary.summary(found)
    else:
        found = _SUITES[given.suite](series, given.origins, weeks, given.jobs, _tell)
        rows = summary.ratios(found)
    print(json.dumps(rows, indent=1), file=sys.stderr)
    return {"suite": given.suite, "series": found, "summary": rows}


def _series(given: argparse.Namespace) -> list[files.Counts]:
    interval_s = files.parse_frequency(given.frequency) if given.frequency else None
    shared = [_SHARED_DAILY] if given.suite == "daily" else _SHARED_FILES
    names = [*given.files, *([str(_SHARED / name) for name in shared] if given.shared else [])]
    if not names and given.suite != "cpu":
        raise files.FileInvalid("no file is given: expected at least one, or --shared")
    sources = [files.parse_source(name, interval_s, given.timezone, given.country, given.subdivision) for name in names]
    read = [(source, counts) for source in sources for counts in files.read(source) if _is_wanted(given, counts)]
    times = Counter(counts.name for _, counts in read)
    found: dict[str, files.Counts] = {}
    for source, counts in read:
        # Files of one name in several folders are told apart by the folder.
        name = counts.name if times[counts.name] == 1 else f"{source.path.resolve().parent.name}/{counts.name}"
        if name in found:
            raise files.FileInvalid(f"{source.path}: {name} is given twice")
        found[name] = replace(counts, name=name)
        for note in counts.notes:
            _tell(f"{name}: {note}")
    if not found and names:
        raise files.FileInvalid(f"no column is left: asked for {given.column}")
    return list(found.values())


def _is_wanted(given: argparse.Namespace, counts: files.Counts) -> bool:
    is_daily = counts.series.interval_s == DAY_S
    if (given.suite == "daily" and not is_daily) or (given.suite == "intraday" and is_daily):
        raise files.FileInvalid(
            f"{counts.name}: intervals of {counts.series.interval_s} s; the {given.suite} suite expects "
            + ("days" if given.suite == "daily" else "parts of a day")
        )
    return not given.column or counts.name.rpartition(":")[2] in given.column


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="counts; FILE@30min@Asia/Jerusalem has its own settings"
    )
    parser.add_argument("--shared", action="store_true", help="add the sets of ../shared/data with their settings")
    parser.add_argument("--frequency", help="15min, 30min, hourly, daily; worked out from the file if not given")
    parser.add_argument("--timezone", help=f"IANA name, {files.DEFAULT_TIMEZONE} if not given")
    parser.add_argument("--country", help="ISO 3166 code whose holidays count; that of the time zone if not given")
    parser.add_argument("--subdivision", help="its part, as the holidays package names it")
    parser.add_argument("--origins", type=_positive, default=6)
    parser.add_argument(
        "--weeks", type=_positive, help=f"ahead; {_WEEKS} if not given, {_DAILY_WEEKS} in the daily suite"
    )
    parser.add_argument(
        "--spacing-days", type=_positive, help=f"between origins; all --weeks, in the daily suite {_DAILY_SPACING_DAYS}"
    )
    parser.add_argument("--suite", choices=("core", "daily", "cpu", *_SUITES), default="core")
    parser.add_argument("--column", action="append", help="only columns of this name (repeatable)")
    parser.add_argument("--peers", type=_peers, default=PEERS, help="of " + ",".join(PEERS) + "; none for no peer")
    parser.add_argument("--jobs", type=_positive, default=1, help="processes at once")
    parser.add_argument("--no-cache", action="store_true", help="run the peers anew")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value}: expected at least 1")
    return value


def _peers(text: str) -> tuple[str, ...]:
    names = () if text == "none" else tuple(text.split(","))
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown peers {unknown}: expected some of {', '.join(PEERS)}")
    return names


_START = time.monotonic()


def _tell(text: str) -> None:
    print(f"[{time.monotonic() - _START:7.1f} s] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
