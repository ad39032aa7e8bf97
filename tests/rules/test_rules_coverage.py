"""No replacement without a reason: every attribute that ever replaced has a rule, for just those releases."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tfsync.rules import Rule, builtin_rules

DATA = json.loads((Path(__file__).parent / "data" / "replacing.json").read_bytes())
RELEASES: list[str] = DATA["releases"]
REPLACING: dict[str, dict[str, list[list[str]]]] = DATA["replacing"]
OPERATORS = {
    ">=": lambda release, bound: release >= bound,
    "<=": lambda release, bound: release <= bound,
    ">": lambda release, bound: release > bound,
    "<": lambda release, bound: release < bound,
    "=": lambda release, bound: release == bound,
}


def numbers(version: str) -> tuple[int, ...]:
    found = tuple(int(part) for part in version.split("."))
    return found + (0,) * (3 - len(found))


def releases_between(first: str, last: str) -> set[str]:
    return set(RELEASES[RELEASES.index(first) : RELEASES.index(last) + 1])


def releases_in(version_range: str) -> set[str]:
    bounds = re.findall(r"([<>=]+)([\d.]+)", version_range)
    return {
        release
        for release in RELEASES
        if all(OPERATORS[operator](numbers(release), numbers(bound)) for operator, bound in bounds)
    }


@cache
def releases_by_rule() -> dict[str, set[str]]:
    """The releases in which anything that a rule covers replaces, by the rule's id."""
    table: dict[str, set[str]] = {}
    for resource, attributes in REPLACING.items():
        for attribute, spans in attributes.items():
            found = builtin_rules().find(resource, attribute)
            if found:
                wanted = table.setdefault(found[0].id, set())
                for first, last in spans:
                    wanted |= releases_between(first, last)
    return table


def test_the_data_is_what_it_claims_to_be() -> None:
    assert len(RELEASES) == 384
    assert sorted(RELEASES, key=numbers) == RELEASES
    assert sum(len(attributes) for attributes in REPLACING.values()) == 268


@pytest.mark.parametrize(
    ("resource", "attribute"),
    [(resource, attribute) for resource, attributes in REPLACING.items() for attribute in attributes],
    ids=lambda value: value,
)
def test_every_replacing_attribute_has_a_rule(resource: str, attribute: str) -> None:
    assert builtin_rules().find(resource, attribute)


def test_the_rules_know_no_other_types() -> None:
    assert builtin_rules().resources == REPLACING.keys()


@pytest.mark.parametrize("rule", [rule for _, rule in builtin_rules().rules()], ids=lambda rule: rule.id)
def test_a_rule_names_just_the_releases_that_replace(rule: Rule) -> None:
    named = set[str]().union(*map(releases_in, rule.replaces))
    assert named == releases_by_rule().get(rule.id)


def test_every_verdict_is_met() -> None:
    """`pytest -s` shows how many attributes of each type can meet which verdict."""
    counts: Counter[tuple[str, str]] = Counter()
    for resource, attributes in REPLACING.items():
        for attribute in attributes:
            rule = builtin_rules().find(resource, attribute)
            assert rule
            counts.update((resource, verdict) for verdict in {item.verdict for item in rule[0].transitions})
    for (resource, verdict), count in sorted(counts.items()):
        print(f"{resource:58} {verdict:12} {count:4}")  # noqa: T201
    assert {verdict for _, verdict in counts} == {"in_place", "edit_config", "phantom", "unavoidable"}
