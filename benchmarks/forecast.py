"""``python -m benchmarks.forecast FILE...``: the product beside its peers on files of counts.

Progress and a table for reading go to stderr; the last line of stdout is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

# CPU seconds are compared, and idle threads that spin would count; set before numpy loads.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from benchmarks import core, cpu, files, histories, intraday, summary  # noqa: E402
from benchmarks.peer_runs import PEERS  # noqa: E402
from forecasting.series import DAY_S  # noqa: E402

_SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "calls"
_WEEKS = 4
# Published at 84 days ahead; six origins four weeks apart, so that all of them lie in the last year of the data.
_DAILY_WEEKS = 12
_DAILY_SPACING_DAYS = 28
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
    except files.FileInvalid as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(result, allow_nan=False))
    return 0


def _run(given: argparse.Namespace) -> dict[str, Any]:
    series = _series(given)
    weeks = given.weeks or (_DAILY_WEEKS if given.suite == "daily" else _WEEKS)
    found: dict[str, Any]
    if given.suite in ("core", "daily"):
        spacing_days = _DAILY_SPACING_DAYS if given.suite == "daily" else 7 * weeks
        options = core.Options(
            given.origins, weeks, spacing_days, tuple(given.peers), given.jobs, is_cached=not given.no_cache
        )
        found = core.run(series, options, _tell)
        _tell("done\n" + summary.table(found))
        rows = summary.daily(found) if given.suite == "daily" else summary.summary(found)
    else:
        found = (
            cpu.run(series, _tell)
            if given.suite == "cpu"
            else _SUITES[given.suite](series, given.origins, weeks, given.jobs, _tell)
        )
        rows = summary.ratios(found)
        _tell("done\n" + json.dumps(rows, indent=1))
    return {"suite": given.suite, "series": found, "summary": rows}


def _series(given: argparse.Namespace) -> list[files.Counts]:
    interval_s = files.parse_frequency(given.frequency) if given.frequency else None
    shared = [_SHARED_DAILY] if given.suite == "daily" else _SHARED_FILES
    names = [*given.files, *([str(_SHARED / name) for name in shared] if given.shared else [])]
    if not names and given.suite != "cpu":
        raise files.FileInvalid("no file is given: expected at least one, or --shared")
    found: dict[str, files.Counts] = {}
    for name in names:
        source = files.parse_source(name, interval_s, given.timezone, given.country, given.subdivision)
        for counts in files.read(source):
            if (counts.series.interval_s == DAY_S) != (given.suite == "daily") and given.suite in ("daily", "intraday"):
                raise files.FileInvalid(
                    f"{source.path}: intervals of {counts.series.interval_s} s; the {given.suite} suite expects "
                    + ("days" if given.suite == "daily" else "parts of a day")
                )
            if counts.name in found:
                raise files.FileInvalid(f"{source.path}: {counts.name} is given twice; run files of one name apart")
            if given.column and counts.name.rpartition(":")[2] not in given.column:
                continue
            found[counts.name] = counts
            for note in counts.notes:
                _tell(f"{counts.name}: {note}")
    return list(found.values())


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
