"""All rules in force, and the finding of the one that speaks of an attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfsync.rules.model import Rule, RuleFile, Transition


class RuleBook:
    """All rules in force, by resource type. Later files win over earlier ones for the same attribute."""

    def __init__(self, files: Sequence[RuleFile]) -> None:
        self.files = tuple(files)
        self._by_attribute: dict[str, dict[str, Rule]] = {}
        self._file_of: dict[str, RuleFile] = {}
        for file in files:
            table = self._by_attribute.setdefault(file.resource, {})
            for rule in file.rules:
                table.update(dict.fromkeys(rule.attributes, rule))
                self._file_of[rule.id] = file
        self._place = {rule_id: place for place, rule_id in enumerate(self._file_of)}

    @property
    def resources(self) -> frozenset[str]:
        """The resource types that the rules know."""
        return frozenset(self._by_attribute)

    def find(self, resource: str, attribute: str) -> tuple[Rule, str] | None:
        """The rule for a schema path and the attribute it is written for.

        A rule for a block covers what is inside it, unless a rule names that itself or the block's rule
        is about the block alone.
        """
        table = self._by_attribute.get(resource, {})
        steps = attribute.split(".")
        for length in range(len(steps), 0, -1):
            covered = ".".join(steps[:length])
            rule = table.get(covered)
            if rule and (length == len(steps) or not rule.block_only):
                return rule, covered
        return None

    def method(self, rule: Rule) -> str:
        """PUT for resources that ARM takes whole, PATCH where only named properties travel."""
        method = self._file_of[rule.id].method
        assert method, "checked on loading: a file that writes says how"
        return method

    def api_version(self, rule: Rule, transition: Transition) -> str:
        """The ARM api-version a transition is written with."""
        version = transition.api_version or self._file_of[rule.id].api_version
        assert version, "checked on loading: a file that writes says with which api-version"
        return version

    def read_version(self, resource: str) -> str | None:
        """The api-version to read a resource type with, where no write asks for another."""
        return next((file.api_version for file in self.files if file.resource == resource), None)

    def place(self, rule_id: str | None) -> int:
        """Where the rule stands: writes of one resource go out in this order."""
        return self._place.get(rule_id or "", len(self._place))

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """Every rule with its resource type."""
        return ((file.resource, rule) for file in self.files for rule in file.rules)
