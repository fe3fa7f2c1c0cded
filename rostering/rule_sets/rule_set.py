"""Rule sets: named, versioned and hashed; each rule id once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from rostering.errors import ProblemError
from rostering.rule_sets.rule import Rule, RuleId
from rostering.rule_sets.values import require_order, require_values


@dataclass(frozen=True)
class RuleSet:
    """Named, versioned rules; every rule id once.

    Raises
    ------
    ProblemError : an id is missing or comes twice, or a value is out of its range
    """

    name: str
    version: str
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        for name in ("name", "version"):
            if not getattr(self, name):
                raise ProblemError(f"rule set {name} is empty, expected what a certificate can refer to")
        ids = [rule.id for rule in self.rules]
        if sorted(ids) != sorted(RuleId):
            wrong = sorted({i for i in ids if ids.count(i) > 1} | (set(RuleId) - set(ids)))
            raise ProblemError(f"rule set {self.name!r}: expected each rule once, wrong: {', '.join(wrong)}")
        for rule in self.rules:
            require_values(rule)
        require_order(self.rules)

    def __getitem__(self, rule_id: RuleId) -> Rule:
        return self._by_id[rule_id]

    def replaced(self, rule_id: RuleId, **values: int) -> RuleSet:
        """The same rules with other values of one of them, for a what-if. Raises `ProblemError` for unknown names."""
        old = self[rule_id]
        if unknown := set(values) - {name for name, _ in old.values}:
            raise ProblemError(f"rule {rule_id} has no value {sorted(unknown)}, it has {[n for n, _ in old.values]}")
        return self.with_rules(replace(old, values=tuple((n, values.get(n, v)) for n, v in old.values)))

    def with_rules(self, *others: Rule) -> RuleSet:
        """The same set with ``others`` in place of the rules of their ids."""
        by_id = {rule.id: rule for rule in others}
        return RuleSet(self.name, self.version, tuple(by_id.get(rule.id, rule) for rule in self.rules))

    def own(self, name: str, version: str, values: Mapping[RuleId, Mapping[str, int]], source: str) -> RuleSet:
        """A force's own set: these rules under its name and version, with its values and where those come from.

        A collective agreement may so, for instance, count the 17 weeks as 52. Raises `ProblemError` as `replaced`.
        """
        rules = RuleSet(name, version, self.rules)
        for rule_id, changed in values.items():
            rules = rules.replaced(rule_id, **changed)
            told = f"{rules[rule_id].source}; changed: {source}"
            rules = rules.with_rules(replace(rules[rule_id], source=told))
        return rules

    @cached_property
    def hash(self) -> str:
        """sha256 of the canonical JSON of name, version and rules in the order of their ids."""
        rules = [
            {"id": r.id, "text": r.text, "values": dict(r.values), "source": r.source, "hard": r.hard}
            for r in sorted(self.rules, key=lambda r: r.id)
        ]
        text = json.dumps({"name": self.name, "version": self.version, "rules": rules}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _by_id(self) -> dict[RuleId, Rule]:
        return {rule.id: rule for rule in self.rules}
