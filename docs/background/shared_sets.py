"""The shared sets that the pictures are made from, each read and forecast once."""

import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import core, files, peer_runs, product
from benchmarks.origins import Origin, blocks, rolling
from benchmarks.results import Made

SETS = {
    "Montgomery traffic": ("montco/counts_15min.csv@15min@America/New_York", "Traffic"),
    "Montgomery EMS": ("montco/counts_15min.csv@15min@America/New_York", "EMS"),
    "Denver EMS": ("denver_ems/counts_hourly.csv.gz@hourly@America/Denver", "offered"),
    "Anonymous Bank": ("anonymous_bank/counts_30min.csv@30min@Asia/Jerusalem", "offered"),
    "N. American bank": ("bank/counts_15min.csv@15min@America/New_York", "offered"),
    "Devon ambulance": ("swast_daily/daily.csv@daily@Europe/London", "Devon"),
}
FINE = tuple(SETS)[:5]
ROUND_THE_CLOCK = tuple(SETS)[:3]
WEEKS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One set at its three reported origins: what the product made at each, and the benchmark's figures."""

    counts: files.Counts
    origins: list[Origin]
    made: list[Made]
    figures: dict[str, Any]

    def local(self, origin: Origin) -> list[datetime]:
        """Local wall-clock start of each scored interval."""
        zone = ZoneInfo(self.counts.calendar.timezone)
        seconds = self.counts.grid.utc_s[origin.scored].tolist()
        return [datetime.fromtimestamp(second, zone).replace(tzinfo=None) for second in seconds]


class Shared:
    """The sets of the data folder, each read and forecast once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.counts = cache(self._counts)
        self.measured = cache(self._measured)

    def _counts(self, name: str) -> files.Counts:
        text, column = SETS[name]
        source = files.parse_source(str(self._folder / "calls" / text), None, None, None, None)
        return next(counts for counts in files.read(source) if counts.name.endswith(f":{column}"))

    def _measured(self, name: str) -> Measured:
        counts = self.counts(name)
        origins = blocks(rolling(counts, 6, weeks=WEEKS))["report"]
        made = [product.at_origin(counts, origin, WEEKS) for origin in origins]
        peers = peer_runs.run(counts, origins, ("prophet",), tell=tell)
        results = {"pacesetter": made, "prophet": [peers["prophet", origin] for origin in origins]}
        good = [one for one in made if isinstance(one, Made)]
        return Measured(counts, origins, good, core.score(counts, origins, results))


def tell(text: str) -> None:
    """Progress, for whoever waits."""
    print(text, file=sys.stderr, flush=True)
