"""`pacesetter demo`: history, forecast, requirement and a verified roster, all over the public HTTP API."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd
from rich.console import Console

from app.database import utc_now
from app.demonstration.calls import (
    demonstration_load,
    load_of,
    mean_calls_by_slot,
)
from app.demonstration.client import Client, DemoError
from app.demonstration.people import demonstration_handlers
from app.demonstration.person import with_wishes
from app.demonstration.settings import HISTORY_WEEKS, N_HANDLERS, SEED, demonstration_force, file_force
from app.demonstration.summary import print_summary
from app.forces.schemas import ForceIn, ForceSettings
from app.server.supervisor import Service, make_admin_key

_TAIL = timedelta(hours=14)
_MOST_WEEKS = 8
_LOAD_SPAN = timedelta(weeks=12)


@dataclass(frozen=True, slots=True)
class Story:
    """What is demonstrated: a force, its history, and the week to roster."""

    force: ForceIn
    history: bytes
    week_start: date | None  # None: the first Monday after the history
    n_handlers: int | None  # None: as many as the history asks for
    known: tuple[datetime, datetime] | None = None  # last Monday's and today's midnight, where this week is shown too


@dataclass(frozen=True, slots=True)
class Week:
    """How a week comes from what is known to a roster."""

    client: Client
    base: str
    zone: ZoneInfo
    seconds: int

    def span(self, week_start: date) -> dict[str, str]:
        begin, end = (_midnight(week_start + timedelta(days=days), self.zone) for days in (0, 7))
        return {"from": begin.isoformat(), "to": end.isoformat()}

    def planned(self, week_start: date, known_until: datetime, title: str) -> dict[str, Any]:
        """Forecast, requirement and roster of the week, from the calls until `known_until`."""
        begin, end = (_midnight(week_start + timedelta(days=days), self.zone) for days in (0, 7))
        horizon_weeks = -(-(end + _TAIL - known_until) // timedelta(weeks=1))
        if not 1 <= horizon_weeks <= _MOST_WEEKS:
            raise DemoError(
                f"the week of {week_start} lies {horizon_weeks} weeks after the history: at most {_MOST_WEEKS}"
            )
        self.client.shown(f"{self.base}/forecasts", {"weeks": horizon_weeks, "seed": SEED}, f"{title}: forecast")
        span = {"from": begin.isoformat(), "to": (end + _TAIL).isoformat()}
        self.client.shown(f"{self.base}/requirements", span, f"{title}: requirement")
        order = {"week_start": week_start.isoformat(), "mode": "weekly", "seconds": self.seconds, "seed": SEED}
        run = self.client.shown(f"{self.base}/rosters", order, f"{title}: roster")
        roster: dict[str, Any] = self.client.get(f"{self.base}/rosters/{run.made('roster_id')}")
        return roster

    def publish(self, roster: dict[str, Any]) -> None:
        """Approve the roster and publish it, so that the day has people on duty."""
        address = f"{self.base}/rosters/{roster['id']}"
        tag = self.client.call("GET", address).headers["ETag"]
        for step in ("approve", "publish"):
            answer = self.client.call(
                "POST", f"{address}/{step}", json={"reason": "demonstration"}, headers={"If-Match": tag}
            )
            tag = answer.headers["ETag"]


def run_demo(service: Service, *, calls: Path | None, timezone: str, seconds: int) -> dict[str, str]:
    """Run the demonstration against `service` and print its summary; answers the password of each local account.

    Raises `DemoError`.
    """
    console = Console()
    story = _synthetic_story() if calls is None else _file_story(calls, timezone)
    key = service.first_key or make_admin_key(service.database_url, "demonstration", utc_now() + timedelta(days=1))
    with Client(service.address, key) as client:
        console.print(f"[bold]{story.force.name}[/bold]", highlight=False)
        base = _prepare_force(client, story.force)
        week = Week(client, base, story.force.settings.zone, seconds)
        if story.known is None:
            ends_at = _import(console, client, base, story.history)
        else:
            ends_at = _import(console, client, base, _until(story.history, story.known[0]))
        week_start = story.week_start or first_monday_after(ends_at.astimezone(week.zone))
        handlers = _handlers(client, base, story, story.force.settings, week_start, ends_at)
        client.call("POST", f"{base}/handlers", json={"handlers": handlers})
        console.print(f"{len(handlers)} made-up handlers with contracts, skills, patterns, consents and leave")
        if story.known is not None:
            this_week = week.planned(week_start - timedelta(weeks=1), ends_at, "This week")
            week.publish(this_week)
            ends_at = _import(console, client, base, _until(story.history, story.known[1]))
            _post_today(client, base, story.history, story.known[1])
        roster = week.planned(week_start, ends_at, "Next week")
        accounts = _accounts(client, base, handlers[0]["ref"])
        forecast = client.get(
            f"{base}/forecasts/latest",
            params={**week.span(week_start), "aggregate": "day", "levels": "0.1,0.9"},
        )
        print_summary(console, story.force, forecast, roster, handlers, f"{service.address}{base}", key, accounts)
        return accounts


def first_monday_after(end: datetime) -> date:
    """First Monday whose midnight is not before `end` (local, with zone)."""
    day = end.date() if end.time() == datetime.min.time() else end.date() + timedelta(days=1)
    return day + timedelta(days=-day.weekday() % 7)


def _synthetic_story() -> Story:
    force = demonstration_force()
    zone = force.settings.zone
    today = utc_now().astimezone(zone).date()
    last_monday = today - timedelta(days=today.weekday())
    history = _synthetic_history(today + timedelta(days=1))
    known = (_midnight(last_monday, zone), _midnight(today, zone))
    return Story(force, history, last_monday + timedelta(weeks=1), N_HANDLERS, known)


def _synthetic_history(end: date) -> bytes:
    """Made in a process of its own, since simulation loads what this one must not."""
    command = [sys.executable, "-m", "app.demonstration.control_room", end.isoformat(), str(SEED), str(HISTORY_WEEKS)]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode != 0:
        raise DemoError(f"the synthetic history could not be made: {made.stderr.decode(errors='replace')[-500:]}")
    return made.stdout


def _file_story(calls: Path, timezone: str) -> Story:
    if timezone not in available_timezones():
        raise DemoError(f"--timezone {timezone!r} is not known: give an IANA name such as Europe/London")
    history = calls.read_bytes()
    # Another file is another force, so that histories never mix; the same file again is the same force.
    stem = re.sub(r"[^a-z0-9]+", "-", calls.stem.lower()).strip("-")[:40] or "calls"
    slug = f"imported-{stem}-{hashlib.sha256(history).hexdigest()[:6]}"
    return Story(file_force(timezone, slug=slug), history, None, None)


def _prepare_force(client: Client, force: ForceIn) -> str:
    body = force.model_dump(mode="json", by_alias=True)
    created = client.call("POST", "/v1/forces", json=body, allow=(409,))
    base = f"/v1/forces/{force.slug}"
    if created.status_code == 409:
        client.call("PUT", f"{base}/settings", json=body["settings"])
    return base


def _handlers(
    client: Client, base: str, story: Story, settings: ForceSettings, week_start: date, ends_at: datetime
) -> list[dict[str, Any]]:
    """Made-up handlers whose patterns suit the load, as the API takes them."""
    if story.n_handlers is not None:
        load = demonstration_load()
    else:
        span = {"from": (ends_at - _LOAD_SPAN).isoformat(), "to": ends_at.isoformat()}
        stored = client.get(f"{base}/calls", params=span)["queues"]
        means = [
            mean_calls_by_slot(
                pd.DatetimeIndex(pd.to_datetime(stored[queue]["start"], utc=True)),
                np.array(stored[queue]["values"]["offered"], dtype=float),
                settings.timezone,
            )
            for queue in ("999", "101")
        ]
        assumed = settings.queues
        load = load_of(np.array(means), (assumed.emergency.mean_handling_s, assumed.non_emergency.mean_handling_s))
    handlers = demonstration_handlers(
        load,
        week_start=week_start,
        rng=np.random.default_rng(SEED),
        n_handlers=story.n_handlers,
        timezone=settings.timezone,
    )
    handlers = with_wishes(handlers, week_start=week_start, n_weeks=1, rng=np.random.default_rng([SEED, 1]))
    return [handler.model_dump(mode="json") for handler in handlers]


def _import(console: Console, client: Client, base: str, history: bytes) -> datetime:
    """Bring in the history and say what it held; answers until when calls are known."""
    report = client.call("POST", f"{base}/calls", content=history, headers={"Content-Type": "text/csv"}).json()
    console.print(_import_line(report), highlight=False)
    return max(_moment(queue["last"]) for queue in report["queues"]) + timedelta(minutes=15)


def _until(history: bytes, end: datetime, since: datetime | None = None) -> bytes:
    """The rows of the history that start before `end`, and not before `since`."""
    head, *rows = history.decode().splitlines()
    first, last = (f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at is not None else "" for at in (since, end))
    kept = [row for row in rows if first <= row.split(",", 2)[1] < last]
    return "\n".join([head, *kept, ""]).encode()


def _post_today(client: Client, base: str, history: bytes, midnight: datetime) -> None:
    """Today's calls so far, as the telephony would send them; the rest of the day is ranked anew."""
    rows = list(csv.DictReader(io.StringIO(_until(history, utc_now() - timedelta(minutes=15), midnight).decode())))
    whole = {"queue", "interval_start"}
    intervals = [{name: text if name in whole else int(text) for name, text in row.items()} for row in rows]
    if intervals:
        client.call("POST", f"{base}/actuals", json={"source": "demonstration", "intervals": intervals})


def _accounts(client: Client, base: str, handler_ref: str) -> dict[str, str]:
    """A local account for each role that looks at pages: its password by the name to sign in with, made anew."""
    known = {account["sign_in_name"]: account["id"] for account in client.get(f"{base}/accounts")["accounts"]}
    passwords = {}
    for role in ("manager", "planner", "supervisor", "handler", "admin"):
        name = f"{role}@{base.rsplit('/', 1)[1]}"
        if name in known:
            made = client.call("POST", f"{base}/accounts/{known[name]}/password")
        else:
            whose = {"handler_ref": handler_ref} if role == "handler" else {}
            made = client.call("POST", f"{base}/accounts", json={"name": role, "roles": [role]} | whose)
        passwords[name] = made.json()["password"]
    return passwords


def _import_line(report: dict[str, Any]) -> str:
    first = min(_moment(queue["first"]) for queue in report["queues"])
    last = max(_moment(queue["last"]) for queue in report["queues"])
    return (
        f"{report['rows_read']:,} history rows, {first:%-d %b %Y} to {last:%-d %b %Y}: {report['inserted']:,} new, "
        f"{report['updated']:,} changed, {report['unchanged']:,} known already; {report['gaps_total']} gaps, "
        f"{len(report['clock_changes'])} clock changes"
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), zone)
