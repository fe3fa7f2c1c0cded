"""What the demonstration prints at its end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from app.forces.schemas import ForceIn, ForceSettings

_SERVICE_SEATS = {"999": "999 seats", "101": "101 seats"}
_SCOPES = {
    "interval": "so that both targets hold in every quarter-hour",
    "day": "so that both targets hold over every day",
    "week": "so that both targets hold over every week",
}


def print_summary(
    console: Console,
    force: ForceIn,
    forecast: dict[str, Any],
    roster: dict[str, Any],
    handlers: list[dict[str, Any]],
    base: str,
    key: str,
    accounts: dict[str, str],
) -> None:
    """Service expected with its interval, hours, gaps, rules checked, and where to look."""
    table = Table(title=f"Week of {roster['week_start']} - {force.name}", show_header=False, title_justify="left")
    for name, queue in forecast["queues"].items():
        table.add_row(f"Forecast, {name} calls", _expected(queue, roster["week_start"]))
    _add_service(table, roster["service"], force.settings)
    _add_cover(table, roster, len(handlers))
    _add_proof(table, roster["certificate"])
    console.print()
    console.print(table, highlight=False)
    if force.settings.synthetic:
        made_up = (
            "Everything here is synthetic."
            if force.slug == "northshire"
            else (
                "The calls are yours; the handlers are made up, and handling times are assumed where the file has none."
            )
        )
        console.print(f"[italic]{made_up}[/italic]")
    _add_where(console, roster, base, key, accounts)


def _expected(queue: dict[str, Any], week_start: str) -> str:
    """Calls of the week, and its busiest day with the 80% prediction interval."""
    day = max(range(7), key=queue["mean"].__getitem__)
    low, high = (queue["quantiles"][level][day] for level in ("0.1", "0.9"))
    busiest = date.fromisoformat(week_start) + timedelta(days=day)
    return (
        f"{sum(queue['mean']):,.0f} in the week; busiest day {busiest:%A}: "
        f"{queue['mean'][day]:,.0f}, four times in five between {low:,.0f} and {high:,.0f}"
    )


def _add_service(table: Table, service: dict[str, Any], settings: ForceSettings) -> None:
    emergency, non_emergency = service["999"], service["101"]
    table.add_row("Seats are planned", _SCOPES[settings.targets.scope])
    within = f"999 answered within {emergency['threshold_s']:g} s"
    table.add_row(within, f"{_share(emergency['service_level'])}; target {emergency['target']:.0%}")
    transfer_s = settings.definitions.transfer.mean_s
    published = (
        f"{_share(emergency['service_level_published'])}; {transfer_s:g} s of transfer before"
        if transfer_s > 0
        else "the same: no transfer time is assumed"
    )
    table.add_row("  by the published clock", published)
    table.add_row("999 abandoned", _share(emergency["abandonment"]))
    table.add_row("999 mean wait", _wait(emergency["mean_wait_s"]))
    lost = _share(non_emergency["abandonment"])
    table.add_row("101 abandoned", f"{lost}; target below {non_emergency['target']:.0%}")
    table.add_row("101 mean wait", _wait(non_emergency["mean_wait_s"]))
    table.add_row("Simulated", f"{service['sampled_weeks']} weeks of the forecast, on-the-day absence included")


def _add_cover(table: Table, roster: dict[str, Any], n_handlers: int) -> None:
    hours, coverage = roster["hours"], roster["coverage"]
    table.add_row("Roster", f"{len(roster['duties'])} duties of {n_handlers} handlers, {hours['paid']:,.0f} paid hours")
    table.add_row(
        "Hours on calls",
        f"{hours['on_calls']:,.0f} rostered for {hours['to_roster']:,.0f} needed ({hours['seats']:,.0f} in seats, "
        f"the rest shrinkage): the need is {hours['to_roster'] / hours['on_calls']:.0%} of the hours available",
    )
    for skill, label in _SERVICE_SEATS.items():
        columns = coverage[skill]
        gaps = _short(columns, "required")
        with_shrinkage = _short(columns, "rostered")
        table.add_row(
            f"Gaps, {label}",
            f"{gaps[0]} quarter-hour{'' if gaps[0] == 1 else 's'} short ({gaps[1]:g} h); "
            f"with shrinkage {with_shrinkage[0]} ({with_shrinkage[1]:g} h)",
        )


def _add_proof(table: Table, certificate: dict[str, Any]) -> None:
    rules = certificate["rules"]
    facts = sum(rules["checked"].values())
    table.add_row(
        "Rules",
        f"{len(rules['violations'])} broken of {facts:,} facts tested against {len(rules['checked'])} rules "
        f"(set {rules['name']} {rules['version']}, {rules['hash'][:12]})",
    )
    for name in ("service", "people", "cost"):
        tier = certificate["solver"][name]
        table.add_row(
            f"Tier {name}",
            f"{tier['objective']:,} reached, {tier['bound']:,.0f} proven: gap {tier['gap']:.1%} ({tier['status']})",
        )


def _add_where(console: Console, roster: dict[str, Any], base: str, key: str, accounts: dict[str, str]) -> None:
    address = f"{base}/rosters/{roster['id']}"
    console.print("\nWhere to look", highlight=False)
    site = base.split("/v1/")[0]
    console.print(f"  pages          {site}/  (sign in by name and password, below)", highlight=False, soft_wrap=True)
    for name, password in accounts.items():
        console.print(f"    {name:<24} {password}", highlight=False, soft_wrap=True)
    console.print(f"  documentation  {site}/docs", highlight=False, soft_wrap=True)
    console.print(f"  roster         {address}", highlight=False, soft_wrap=True)
    console.print(
        f"  certificate    {address}/certificate  (save it, then: pacesetter check FILE)",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"  key            Authorization: Bearer {key}", highlight=False, soft_wrap=True)


def _share(estimate: dict[str, float]) -> str:
    return (
        f"{estimate['mean']:.1%} +- {max(1.96 * estimate['mean_se'], 0.001):.1%} "
        f"(nine weeks in ten lie between {estimate['p05']:.1%} and {estimate['p95']:.1%})"
    )


def _wait(estimate: dict[str, float]) -> str:
    """Of all calls, answered or given up, most of which do not wait at all."""
    return f"{estimate['mean']:.0f} s (nine weeks in ten between {estimate['p05']:.0f} and {estimate['p95']:.0f} s)"


def _short(columns: dict[str, list[int]], wanted: str) -> tuple[int, float]:
    """Quarter-hours with fewer on calls than wanted, and the handler-hours missing."""
    missing = [max(need - there, 0) for need, there in zip(columns[wanted], columns["on_calls"], strict=True)]
    return sum(gap > 0 for gap in missing), sum(missing) / 4
