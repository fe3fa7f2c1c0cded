"""A run as its page shows it: how far it is, what it has found, where its result stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.runs.schemas import FINISHED, RunEvent, RunOut, RunStatus
from app.web.charts import Chart, Line
from app.web.roster_life import terms
from rostering.roster import TierName

_RESULTS = {  # of a kind: key of its result, address below the force, words of the link
    "roster": ("roster_id", "/rosters/{}", "Look at the roster"),
    "scenario": ("scenario_id", "/what-if/{}", "Look at both sides"),
    "forecast": ("forecast_id", "/demand", "Look at the forecast"),
    "requirement": ("requirement_id", "/cover", "Look at the requirement"),
}


@dataclass(frozen=True, slots=True)
class Search:
    """The newest figures of a roster's search: service shortfall found, and what no roster can be below."""

    objective: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """(found - limit) / found, 0..1."""
        if self.objective is None or self.bound is None:
            return None
        return (self.objective - self.bound) / self.objective if self.objective else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class RunView:
    """What the page shows. `links`: address below the force and words, the first one foremost."""

    run: RunOut
    title: str
    status: tuple[str, str]
    phase: str
    is_finished: bool
    is_search: bool
    search: Search
    chart: Chart | None
    links: list[tuple[str, str]]
    advice: str | None


def seen(run: RunOut, events: Sequence[RunEvent], zone: ZoneInfo) -> RunView:
    """The run with what it has reported so far."""
    asked = run.inputs.get("asked", {})
    # The search reports the first tier that is not proven yet: once service is, the figures are another tier's.
    told = [event for event in events if event.kind == "progress" and event.data.get("objective") is not None
            and event.data.get("tier") == TierName.SERVICE]  # fmt: skip
    newest = told[-1].data if told else {}
    objective = newest.get("objective")
    is_repair = run.kind == "roster" and run.inputs.get("mode") == "repair"
    return RunView(
        run=run,
        title=_title(run, asked, is_repair=is_repair),
        status=terms.RUN_STATUSES[run.status],
        phase=terms.phase(run.phase),
        is_finished=run.status in FINISHED,
        is_search=run.kind == "roster" and not is_repair,
        search=Search(objective, newest.get("bound") or None),
        chart=_chart(told, zone),
        links=_links(run, is_repair=is_repair),
        advice=_advice(run),
    )


def _title(run: RunOut, asked: dict[str, Any], *, is_repair: bool) -> str:
    if run.kind == "scenario":
        return f"What-if: {asked.get('name', '')}"
    if run.kind != "roster":
        return terms.kind(run.kind)
    weeks = terms.weeks_of(datetime.fromisoformat(run.inputs["week_start"]).date(), run.inputs.get("weeks", 1))
    return f"{'Repair' if is_repair else 'Roster'} of {weeks}"


def _chart(told: Sequence[RunEvent], zone: ZoneInfo) -> Chart | None:
    """Shortfall found and its limit over time, once there are two moments to draw between."""
    known = [event for event in told if event.data.get("bound")]
    if len(known) < 2:
        return None
    found = [float(event.data["objective"]) for event in known]
    return Chart(
        name="search",
        title="How the search went",
        unit="service shortfall, weighted",
        starts=[event.at for event in known],
        zone=zone,
        lines=[
            Line("best roster found", found, "rostered", "step"),
            Line("no roster can be below", [float(event.data["bound"]) for event in known], "required", "dashed"),
        ],
        summary=f"The best roster found went from {found[0]:,.0f} to {found[-1]:,.0f}; "
        f"no roster of these people can be below {known[-1].data['bound']:,.0f}.",
        places=0,
    )


def _links(run: RunOut, *, is_repair: bool) -> list[tuple[str, str]]:
    if run.result is None or run.kind not in _RESULTS:
        return []
    if is_repair:
        return [(f"/rosters/{run.inputs['from_roster_id']}/repair/{run.id}", "Choose among the repairs")]
    key, address, words = _RESULTS[run.kind]
    found = run.result.get(key)
    if found is None and "{}" in address:
        return []
    links = [(address.format(found), words)]
    if run.kind == "roster":
        links += [(f"/rosters/{found}/certificate", "Certificate"), (f"/rosters/{found}/steps", "Approve or publish")]
    return links


def _advice(run: RunOut) -> str | None:
    """What to do next where there is no result."""
    if run.result is not None or run.status not in FINISHED:
        return None
    if run.outcome == "infeasible":
        return (
            "No roster keeps every rule with these people. Mend what the reason names (leave, consents, fixed duties) "
            "and ask again."
        )
    if run.outcome == "unknown":
        return "Nothing legal was found in the time given. Ask again and let it look longer."
    if run.status == RunStatus.FAILED:
        return "Ask again. If it fails again, tell your administrator the run’s number."
    return "Nothing was kept. Ask again whenever you like."
