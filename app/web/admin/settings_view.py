"""Settings as the page shows them: each value with its unit, where it comes from, and who set it when."""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.forces.schemas import ForceSettings
from app.forces.service import StoredSettings

_UNITS: Final = {"_s": "seconds", "_min": "minutes", "_h": "hours", "_days": "days"}
_PER_HOUR: Final = "pay_per_h"
_SHARES: Final = frozenset({
    "service_level", "abandonment", "confidence", "floor_service_level", "floor_abandonment", "accepts", "reached",
    "resolves", "low", "likely", "high",
})  # fmt: skip
_GROUPS: Final = {
    "": "General",
    "queues.999": "999",
    "queues.101": "101",
    "targets": "Targets",
    "definitions": "How calls are counted",
    "publication": "Publication",
    "same_day": "Repairs on the day",
    "retention": "How long data are kept",
}
_APART: Final = frozenset({"rule_set", "rules"})  # on the page of rules
_LABELS: Final = {"pay_per_h": "Pay", "min_seats_999": "Fewest seats with skill 999", "timezone": "Time zone"}
_WORDS: Final = {
    "aht": "handling time", "cv": "spread (deviation over mean)", "999": "999", "101": "101", "n": "number of",
}  # fmt: skip

Kind = Literal["number", "integer", "share", "boolean", "choice", "text", "json"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value.

    path : of the value in the settings' JSON; text : as it is typed, a share in percent; unit : in words
    source : what the settings' own description says of it; limits : in words, where there are any
    is_own : another than the default; since, by : of the version that set it, None for a default
    """

    path: str
    label: str
    kind: Kind
    text: str
    unit: str
    source: str
    limits: str
    choices: tuple[str, ...]
    is_own: bool
    since: datetime | None
    by: str | None
    may_be_empty: bool

    @property
    def field_id(self) -> str:
        return "set-" + re.sub(r"\W", "-", self.path)

    @property
    def is_assumption(self) -> bool:
        return "ssumption" in self.source and not self.is_own

    def choices_shown(self) -> list[dict[str, object]]:
        """As the component for a select takes them."""
        words = {"true": "yes", "false": "no"}
        return [{"value": one, "text": words.get(one, one), "selected": one == self.text} for one in self.choices]

    @property
    def shown(self) -> str:
        if self.kind == "boolean":
            return "yes" if self.text == "true" else "no"
        if not self.text:
            return "not set"
        if self.kind == "json":
            return _summary(json.loads(self.text))
        return f"{self.text}%" if self.kind == "share" else f"{self.text} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Group:
    slug: str
    title: str
    settings: tuple[Setting, ...]


def groups(versions: Sequence[StoredSettings]) -> list[Group]:
    """The newest settings in groups; `versions` are all, oldest first."""
    found: dict[str, list[Setting]] = {}
    bodies = [_body(version.settings) for version in versions]
    for prefix, name, info in _leaves(ForceSettings, ""):
        path = f"{prefix}.{name}" if prefix else name
        group = next((key for key in _GROUPS if key and (prefix + ".").startswith(key + ".")), "")
        found.setdefault(group, []).append(_setting(path, name, info, versions, bodies))
    return [Group(re.sub(r"\W", "-", key) or "general", _GROUPS[key], tuple(found[key])) for key in _GROUPS]


def by_path(stored: StoredSettings) -> dict[str, tuple[str, Setting]]:
    """Every setting of a version by its path, each with what it is called where no group stands above it."""
    return {
        one.path: (f"{group.title}: {one.label}" if group.title != _GROUPS[""] else one.label, one)
        for group in groups([stored])
        for one in group.settings
    }


def _body(settings: ForceSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", by_alias=True)


def _leaves(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, FieldInfo]]:
    for name, info in model.model_fields.items():
        if not prefix and name in _APART:
            continue
        shown, inner = info.alias or name, info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _leaves_within(inner, f"{prefix}.{shown}" if prefix else shown, info)
        else:
            yield prefix, shown, info


def _leaves_within(model: type[BaseModel], path: str, info: FieldInfo) -> Iterator[tuple[str, str, FieldInfo]]:
    """Those of a part of the settings; low, likely and high take over what is said of the three."""
    for prefix, name, inner in _leaves(model, path):
        if not inner.description and info.description:
            inner = FieldInfo.merge_field_infos(inner, description=info.description)
        yield prefix, name, inner


def _setting(
    path: str, name: str, info: FieldInfo, versions: Sequence[StoredSettings], bodies: Sequence[dict[str, Any]]
) -> Setting:
    value, default = at(bodies[-1], path), at(_DEFAULT, path)
    kind, choices = _kind(name, info.annotation)
    first = len(bodies) - 1
    while first and at(bodies[first - 1], path) == value:
        first -= 1
    is_own = value != default
    unit = (
        "pounds an hour"
        if name == _PER_HOUR
        else next((words for end, words in _UNITS.items() if name.endswith(end)), "")
    )
    return Setting(
        path=path,
        label=_label(path),
        kind=kind,
        text=_text(value, kind),
        unit="percent" if kind == "share" else unit,
        source=info.description or "",
        limits=_limits(info, kind),
        choices=choices,
        is_own=is_own,
        since=versions[first].created_at if is_own else None,
        by=versions[first].by if is_own else None,
        may_be_empty=type(None) in get_args(info.annotation),
    )


def at(body: Any, path: str) -> Any:
    """The value at a path of settings; None where there is none."""
    for name in path.split("."):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def _kind(name: str, annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    options = [one for one in get_args(annotation) if one is not type(None)]
    if get_origin(annotation) is types.UnionType and len(options) == 1:
        annotation = options[0]
    if get_origin(annotation) is Literal:
        chosen = get_args(annotation)
        return ("choice" if isinstance(chosen[0], str) else "integer"), tuple(str(one) for one in chosen)
    if annotation is bool:
        return "boolean", ("true", "false")
    if annotation is int:
        return "integer", ()
    if annotation is float:
        return ("share" if name in _SHARES else "number"), ()
    return ("text" if annotation is str else "json"), ()


def _text(value: Any, kind: Kind) -> str:
    if value is None:
        return ""
    if kind == "json":
        return json.dumps(value, indent=1, ensure_ascii=False) if value else json.dumps(value)
    if isinstance(value, bool):
        return str(value).lower()
    if kind == "share":
        return f"{100 * value:.10g}"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _summary(value: Any) -> str:
    """Of a list what its entries are called, else how many there are."""
    if not value:
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {inner}" for name, inner in value.items())
    named = [one.get("name") or one.get("role") if isinstance(one, Mapping) else str(one) for one in value]
    return ", ".join(str(name) for name in named) if all(named) else f"{len(value)} entries"


def _label(path: str) -> str:
    """`queues.101.redial.low`: `Redial: low`; the group says the rest."""
    if path in _LABELS:
        return _LABELS[path]
    rest = path
    for key in _GROUPS:
        if key and path.startswith(key + "."):
            rest = path.removeprefix(key + ".")
    parts = []
    for part in rest.split("."):
        bare = next((part.removesuffix(end) for end in _UNITS if part.endswith(end)), part)
        parts.append(" ".join(_WORDS.get(word, word) for word in bare.split("_")))
    label = ": ".join(parts)
    return label[:1].upper() + label[1:]


def _limits(info: FieldInfo, kind: Kind) -> str:
    scale = 100 if kind == "share" else 1
    said = []
    for limit in info.metadata:
        for name, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
            value = getattr(limit, name, None)
            if isinstance(value, int | float) and math.isfinite(value):
                said.append(f"{words} {value * scale:.10g}")
    return ", ".join(said)


_DEFAULT: Final = _body(ForceSettings())
