"""What the rules say about an attribute, for a person who asks before there is a plan."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from tfsync.errors import BadInput
from tfsync.rules.book import RuleBook
from tfsync.rules.model import Matcher, Pattern, Rule, Transition

_INDEX = re.compile(r"\[[^\]]*\]|\.(?=\d+(\.|$))\d+")


@dataclass(frozen=True)
class Explanation:
    """One rule, as far as it speaks of one attribute of one resource type."""

    resource: str
    attribute: str
    rule: Rule
    book: RuleBook

    def document(self, provider: str | None = None) -> dict[str, Any]:
        """The explanation as plain JSON values; with `provider`, whether that version replaces."""
        return {
            "resource": self.resource,
            "attribute": self.attribute,
            "rule": self.rule.id,
            "replaces": list(self.rule.replaces),
            "provider": None
            if provider is None
            else {"version": provider, "replaces": self.replaces_in(provider)},
            "transitions": [self._transition(item) for item in self.rule.transitions],
            "evidence": list(self.rule.evidence),
        }

    def replaces_in(self, version: str) -> bool:
        """Whether azurerm of this version replaces for some of these changes. BadInput: no version."""
        return any(_within(_numbers(version), given) for given in self.rule.replaces)

    def _transition(self, item: Transition) -> dict[str, Any]:
        preview = item.maturity == "preview"
        writes = item.writes or ()
        paths = [write.arm_path for write in writes] or ([self.rule.arm_path] if self.rule.arm_path else [])
        in_place = item.verdict == "in_place"
        return {
            "from": described(item.from_),
            "to": described(item.to),
            "when": list(item.when),
            "verdict": "opt_in" if in_place and preview else item.verdict,
            "reason": item.reason,
            "advice": item.advice,
            "edit": item.edit,
            "effects": list(item.effects),
            "conditions": [condition.otherwise for condition in (*item.given, *item.requires)],
            "api_version": self.book.api_version(self.rule, item) if in_place else None,
            "arm_paths": paths if in_place else [],
            "through": [str(value) for value in item.via],
            "evidence": list(item.evidence),
        }


def explain(book: RuleBook, name: str) -> list[Explanation]:
    """The rules about an attribute, by its name, its path, or with the resource type in front.

    `load_balancer_sku`, `network_profile[0].load_balancer_sku` and
    `azurerm_kubernetes_cluster.network_profile.load_balancer_sku` all find the same. Raises BadInput with the
    names that come closest when nothing is found.
    """
    wanted = _INDEX.sub("", name)
    every = list(_attributes(book))
    found = [
        item
        for item in every
        if wanted in (item.attribute, f"{item.resource}.{item.attribute}")
        or item.attribute.endswith(f".{wanted}")
    ]
    if found:
        return found
    inside = [item for item in every if _covers(item, wanted)]
    if inside:
        longest = max(len(item.attribute) for item in inside)
        return [item for item in inside if len(item.attribute) == longest]
    names = {item.attribute.rpartition(".")[2]: item.attribute for item in every}
    close = difflib.get_close_matches(wanted.rpartition(".")[2], names, n=4, cutoff=0.6)
    raise BadInput(
        f"no rule speaks of {name}: azurerm does not replace a resource for it, or tfsync does not know that",
        hint=f"Did you mean {', '.join(close)}?" if close else "tfsync rules list names every attribute.",
    )


def described(pattern: Pattern) -> str:
    """A transition's `from` or `to` in words."""
    if isinstance(pattern, msgspec.UnsetType):
        return "anything"
    if isinstance(pattern, Matcher):
        parts = [] if pattern.empty is None else ["empty" if pattern.empty else "not empty"]
        parts += [" or ".join(str(option) or "empty" for option in pattern.one_of)] if pattern.one_of else []
        return " and ".join(parts) or "anything"
    if isinstance(pattern, tuple):
        return f"[{', '.join(map(str, pattern))}]"
    return "null" if pattern is None else str(pattern).lower() if isinstance(pattern, bool) else str(pattern)


def _attributes(book: RuleBook) -> Iterator[Explanation]:
    for resource, rule in book.rules():
        for attribute in rule.attributes:
            if book.find(resource, attribute) == (rule, attribute):
                yield Explanation(resource, attribute, rule, book)


def _covers(item: Explanation, wanted: str) -> bool:
    """A rule for a block speaks of what is inside it."""
    bare = wanted.removeprefix(f"{item.resource}.")
    return bare.startswith(f"{item.attribute}.") and not item.rule.block_only


def _numbers(version: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.removeprefix("v").split("."))
    except ValueError:
        raise BadInput(f"{version} is no provider version such as 4.81.0") from None


def _within(version: tuple[int, ...], given: str) -> bool:
    return all(_holds(version, part) for part in given.split(","))


def _holds(version: tuple[int, ...], bound: str) -> bool:
    operator, text = re.match(r"([<>=]+)(.*)", bound).groups()  # type: ignore[union-attr]
    limit = _numbers(text)
    have, want = _padded(version), _padded(limit)
    return {
        ">=": have >= want,
        "<=": have <= want,
        ">": have > want,
        "<": have < want,
        "=": have == want,
    }[operator]


def _padded(version: tuple[int, ...]) -> tuple[int, ...]:
    return (*version, 0, 0, 0)[:3]
