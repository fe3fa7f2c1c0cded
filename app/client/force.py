"""The operations of one force that nearly every program needs; all others go through `Client.call`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from app.client.run import Run

if TYPE_CHECKING:
    from app.client.client import Client

Grain = Literal["15min", "hour", "day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Force:
    """One force of the service; times that are sent carry a time zone."""

    client: Client
    slug: str

    @property
    def path(self) -> str:
        return f"/v1/forces/{self.slug}"

    def settings(self) -> dict[str, Any]:
        """The settings in force, with their version."""
        return dict(self.client.get(f"{self.path}/settings"))

    def change_settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Store `settings`, whole, as a new version."""
        return dict(self.client.call("PUT", f"{self.path}/settings", json=dict(settings)).json())

    def import_calls(self, csv: bytes, *, dry_run: bool = False) -> dict[str, Any]:
        """Import history; the report of what was read and stored."""
        headers = {"Content-Type": "text/csv"}
        params = {"dry_run": dry_run}
        return dict(self.client.call("POST", f"{self.path}/calls", content=csv, headers=headers, params=params).json())

    def put_handlers(self, handlers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Add handlers, or replace those with the same `ref`."""
        body = {"handlers": [dict(handler) for handler in handlers]}
        return dict(self.client.call("POST", f"{self.path}/handlers", json=body).json())

    def forecast(self, *, weeks: int = 3, seed: int = 1, **more: Any) -> Run:
        """Ask for a forecast from the end of the history."""
        return self.client.start(f"{self.path}/forecasts", {"weeks": weeks, "seed": seed, **more})

    def requirement(self, *, since: datetime | None = None, until: datetime | None = None, **more: Any) -> Run:
        """Ask for a requirement, of the whole forecast where no span is given."""
        return self.client.start(f"{self.path}/requirements", _span(since, until) | more)

    def roster(self, week_start: date, *, seconds: int = 60, seed: int = 1, **more: Any) -> Run:
        """Ask for the roster of the week from `week_start`, a local Monday."""
        asked = {"week_start": week_start.isoformat(), "seconds": seconds, "seed": seed}
        return self.client.start(f"{self.path}/rosters", asked | more)

    def read_forecast(
        self,
        forecast_id: str = "latest",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        levels: Sequence[float] = (0.1, 0.5, 0.9),
        aggregate: Grain | None = None,
        queue: str | None = None,
    ) -> dict[str, Any]:
        """A forecast, column by column."""
        view = _span(since, until) | {"levels": ",".join(f"{level:g}" for level in levels)}
        chosen = {"aggregate": aggregate, "queue": queue}
        params = view | {name: value for name, value in chosen.items() if value is not None}
        return dict(self.client.get(f"{self.path}/forecasts/{forecast_id}", params=params))

    def read_requirement(self, requirement_id: str = "latest") -> dict[str, Any]:
        return dict(self.client.get(f"{self.path}/requirements/{requirement_id}"))

    def read_roster(self, roster_id: str = "latest") -> dict[str, Any]:
        return dict(self.client.get(f"{self.path}/rosters/{roster_id}"))

    def rosters(self, **params: Any) -> Iterator[dict[str, Any]]:
        """Every stored roster without its duties, newest first."""
        return self.client.pages(f"{self.path}/rosters", "rosters", **params)

    def step(self, roster_id: str, step: Literal["approve", "publish", "supersede"], **body: Any) -> dict[str, Any]:
        """Take the roster as it stands now a step on. Raises `Problem` 412 where somebody changes it meanwhile."""
        address = f"{self.path}/rosters/{roster_id}"
        tag = self.client.call("GET", address).headers["ETag"]
        return dict(self.client.call("POST", f"{address}/{step}", json=body, headers={"If-Match": tag}).json())


def _span(since: datetime | None, until: datetime | None) -> dict[str, Any]:
    moments = {"from": since, "to": until}
    return {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
