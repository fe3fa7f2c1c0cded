"""Rules as the page shows them: what holds, and what differs between two versions of the settings or two rule sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.errors import Invalid, invalid
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forces.service import StoredSettings
from app.web.admin.settings_view import by_path
from rostering.rules import RULE_SETS, Rule, RuleSet

NAMES: Final = {
    "england-wales-police-staff": "Police staff, England and Wales",
    "england-wales-officers": "Police officers, England and Wales",
    "scotland-officers": "Police officers, Scotland",
}


_UNITS: Final = {"_min": "minutes", "_h": "hours", "_days": "days", "_months": "months", "_percent": "percent"}


def words(name: str) -> str:
    """`rest_min`: `rest, minutes`."""
    for end, unit in _UNITS.items():
        if name.endswith(end):
            return f"{name.removesuffix(end).replace('_', ' ')}, {unit}"
    return name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Value:
    """A number of a rule, with that of the rule set where the force has its own."""

    name: str
    value: int
    published: int

    @property
    def words(self) -> str:
        return words(self.name)


@dataclass(frozen=True, slots=True)
class Holds:
    rule: Rule
    values: tuple[Value, ...]

    @property
    def is_own(self) -> bool:
        return any(value.value != value.published for value in self.values)


@dataclass(frozen=True, slots=True)
class Differs:
    """What two sides say of one thing; None: nothing."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Side:
    """What can be compared: a version of the settings, or a rule set as it is published."""

    key: str
    label: str
    rules: RuleSet
    stored: StoredSettings | None


def holding(settings: ForceSettings) -> list[Holds]:
    """Every rule of the force, with its own values."""
    rules, published = forces.rule_set(settings), RULE_SETS[settings.rule_set]
    return [
        Holds(rule, tuple(Value(name, value, published[rule.id][name]) for name, value in rule.values))
        for rule in rules.rules
    ]


def sides(versions: Sequence[StoredSettings]) -> list[Side]:
    """The force's versions, newest first, and the published sets. A version that is no longer valid is left out."""
    found = []
    for one in reversed(versions):
        try:
            rules = forces.rule_set(one.settings)
        except Invalid:
            continue
        by = f", {one.by}" if one.by else ""
        found.append(Side(f"v{one.version}", f"Version {one.version}, {one.created_at:%-d %b %Y}{by}", rules,
                          one))  # fmt: skip
    return [*found, *(Side(name, f"As published: {NAMES.get(name, name)}", rules, None) for name, rules in
                      RULE_SETS.items())]  # fmt: skip


def chosen(found: Sequence[Side], key: str | None, otherwise: Side) -> Side:
    """The side of this key. Raises `Invalid` where there is none."""
    if not key:
        return otherwise
    for side in found:
        if side.key == key:
            return side
    raise invalid("side", key, "a version of the settings or a rule set, as the page lists them")


def differences(before: Side, after: Side) -> list[Differs]:
    """Rules first, then the other settings where both sides have any."""
    return [*_of_rules(before.rules, after.rules), *_of_settings(before.stored, after.stored)]


def _of_rules(before: RuleSet, after: RuleSet) -> Iterator[Differs]:
    if before.name != after.name:
        yield Differs("Rule set", NAMES.get(before.name, before.name), NAMES.get(after.name, after.name))
    for rule in after.rules:
        old = before[rule.id]
        if old.text != rule.text:
            yield Differs(f"{rule.id}: what it says", old.text, rule.text)
        if old.hard != rule.hard:
            yield Differs(f"{rule.id}: kind", *("must hold" if one.hard else "preferred" for one in (old, rule)))
        was, now = dict(old.values), dict(rule.values)
        for name in sorted(was.keys() | now.keys()):
            if was.get(name) != now.get(name):
                yield Differs(f"{rule.id}: {words(name)}", _said(was.get(name)), _said(now.get(name)))


def _of_settings(before: StoredSettings | None, after: StoredSettings | None) -> Iterator[Differs]:
    if before is None or after is None:
        return
    now = by_path(after)
    for path, (_, was) in by_path(before).items():
        what, other = now[path]
        if was.text != other.text:
            same = " (otherwise)" if was.shown == other.shown else ""  # a list whose entries are called the same
            yield Differs(what, was.shown, other.shown + same)


def _said(value: int | None) -> str | None:
    return None if value is None else str(value)
