"""The levers of a what-if in plain words: what the form offers, and what a stored change is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.web import words

Change = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A lever that the form offers; `variant` tells apart two ways to use one."""

    kind: str
    variant: str
    label: str
    help: str


OFFERED: Final = (
    Kind("demand", "demand", "More or fewer calls", "Growth, failure demand, a service that takes calls elsewhere."),
    Kind("surge", "surge", "A surge for some hours", "A match, a storm, an incident that many people report."),
    Kind("handling_time", "handling_time", "Longer or shorter calls", "Talk and wrap-up together."),
    Kind("absence", "absence", "More or less absence on the day", "Share of duties lost to sickness at short notice."),
    Kind("headcount", "headcount", "More or fewer people", "Drawn by lot among those of the roster."),
    Kind("skill_mix", "skill_mix", "More or fewer people trained for 999", "Below 0: people who give the skill up."),
    Kind("seats", "seats", "More or fewer seats at a desk", "Throughout a span of time."),
    Kind("callbacks", "callbacks_on", "Offer callbacks to waiting 101 callers", "They keep their place and ring off."),
    Kind("callbacks", "callbacks_off", "No callbacks", "Everybody waits on the line."),
    Kind("patience", "patience", "Callers who wait longer, or less long", "Before they give up."),
    Kind("repeats", "repeats", "How many dial again", "Of those who gave up; some 101 callers then dial 999."),
    Kind("channel_shift", "channel_shift", "101 calls that become digital contacts", "Fewer calls, more typing."),
    Kind("switchboard", "switchboard_on", "A switchboard before 101", "Someone answers at once and passes calls on."),
    Kind("switchboard", "switchboard_off", "No switchboard", "Callers reach the 101 queue directly."),
    Kind("targets", "targets", "Other targets", "What the service is held against."),
    Kind("roster", "roster", "Another roster of the same week", "Its people and times in place of what was there."),
)  # fmt: skip


def variant(change: Change) -> str:
    """Which of the offered levers a stored change is."""
    if change["kind"] == "callbacks":
        return "callbacks_off" if change.get("policy") is None else "callbacks_on"
    if change["kind"] == "switchboard":
        return "switchboard_on" if change.get("on") else "switchboard_off"
    return str(change["kind"])


def told(change: Change, zone: ZoneInfo) -> str:
    """A stored change in words, with when it holds."""
    write = _TOLD.get(change["kind"])
    words_ = str(change["kind"]).replace("_", " ") if write is None else write(change)
    return words_ + _span(change, zone)


def _of(change: Change) -> str:
    return f"{change['queue']} calls" if change.get("queue") else "all calls"


def _percent(value: Any) -> str:
    """`110%`, or `105% to 120%, likely 110%`."""
    if isinstance(value, Mapping):
        low, likely, high = (f"{100 * value[name]:g}%" for name in ("low", "likely", "high"))
        return likely if low == high else f"{low} to {high}, likely {likely}"
    return f"{100 * value:g}%"


def _signed(n: float, thing: str) -> str:
    return f"{n:+g} {thing}"


def _repeats(change: Change) -> str:
    named = (("redial_999", "999 redials"), ("redial_101", "101 redials"), ("spill", "101 callers who turn to 999"))
    return ", ".join(f"{words_}: {_percent(change[key])}" for key, words_ in named if change.get(key) is not None)


def _targets(change: Change) -> str:
    parts = []
    if change.get("service_level") is not None:
        parts.append(f"{_percent(change['service_level'])} of 999 in time")
    if change.get("threshold_999_s") is not None:
        parts.append(f"in time means {words.seconds(change['threshold_999_s'])}")
    if change.get("abandonment") is not None:
        parts.append(f"at most {_percent(change['abandonment'])} of 101 given up")
    return "targets: " + ", ".join(parts)


def _callbacks(change: Change) -> str:
    policy = change.get("policy")
    if policy is None:
        return "no callbacks"
    return f"callbacks offered after {words.seconds(policy['offer_after_s'])}, {_percent(policy['accepts'])} accept"


def _switchboard(change: Change) -> str:
    return f"a switchboard of {change['seats']} seats" if change.get("on") else "no switchboard"


def _demand(change: Change) -> str:
    category = f"{change['category']}, " if change.get("category") else ""
    return f"{category}{_of(change)} at {_percent(change['factor'])} of today’s"


_TOLD: Final[Mapping[str, Callable[[Change], str]]] = {
    "demand": _demand,
    "surge": lambda c: f"{_of(c)} at {_percent(c['multiplier'])} for {c['hours']:g} hours",
    "handling_time": lambda c: f"handling time of {_of(c)} at {_percent(c['factor'])}",
    "patience": lambda c: f"patience of {_of(c)} at {_percent(c['factor'])}",
    "absence": lambda c: f"{_percent(c['rate'])} of duties lost on the day",
    "headcount": lambda c: _signed(c["change"], "people" + (f" with {c['skill']}" if c.get("skill") else "")),
    "skill_mix": lambda c: _signed(c["change"], "people trained for 999"),
    "seats": lambda c: _signed(c["change"], f"seats at the {c['desk']} desk"),
    "callbacks": _callbacks,
    "repeats": lambda c: f"who dials again: {_repeats(c)}",
    "channel_shift": lambda c: f"{_percent(c['share'])} of {c.get('queue', '101')} calls become digital contacts",
    "switchboard": _switchboard,
    "targets": _targets,
    "roster": lambda _: "another roster",
    "pattern": lambda _: "another shift pattern",
}


def _span(change: Change, zone: ZoneInfo) -> str:
    since = change.get("from") or change.get("start")
    parts = []
    if since:
        parts.append(f"from {words.moment(_instant(since), zone)}")
    if change.get("to"):
        parts.append(f"to {words.moment(_instant(change['to']), zone)}")
    return f", {' '.join(parts)}" if parts else ""


def _instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
