"""What the shape of a rule file cannot say: names that must exist, parts that need each other.

Every check yields a sentence that ends as msgspec's do, in ` - at `$.path``, so that the line is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tfsync.rules.model import OWN_TYPES, Condition, Rule, RuleFile, Transition, Write
from tfsync.rules.values import ENCODERS, PREDICATES

_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_RANGE = re.compile(r"(>=|<=|<|>|=)\d+(\.\d+){0,2}(,(>=|<=|<|>)\d+(\.\d+){0,2})*")
_ATTRIBUTE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_ARM_PATH = re.compile(r"\w+(\[\d+\])?(\.\w+(\[\d+\])?)*")
_LIVE_PATH = re.compile(r"\w+(\[(\d+|\*)\])?(\.\w+(\[(\d+|\*)\])?)*")
_NUMBERS = re.compile(r"\d+(\.\d+)*")

Problems = Iterator[tuple[str, str]]


def problems(file: RuleFile, taken: Mapping[str, str]) -> Iterator[str]:
    """Everything that is wrong with a rule file. `taken` says which file has a rule's id already."""
    if not file.resource.startswith(OWN_TYPES):
        yield f"rules are for types that begin with `{OWN_TYPES}` - at `$.resource`"
    if file.api_version is not None and not _API_VERSION.fullmatch(file.api_version):
        yield f"{_no_api_version(file.api_version)} - at `$.api_version`"
    verdicts = {transition.verdict for rule in file.rules for transition in rule.transitions}
    if "in_place" in verdicts and not (file.method and file.api_version):
        yield "something is in_place, so the file needs a method and an api_version - at `$.resource`"
    for index, rule in enumerate(file.rules):
        for problem, path in _rule_problems(rule):
            yield f"{problem} - at `$.rules[{index}]{path}`"
    yield from _duplicates(file, taken)


def _rule_problems(rule: Rule) -> Problems:
    if not rule.attributes:
        yield "names no attribute", ".attributes"
    for index, attribute in enumerate(rule.attributes):
        yield from _path_problems(_ATTRIBUTE, attribute, f".attributes[{index}]")
    for index, version_range in enumerate(rule.replaces):
        if not _RANGE.fullmatch(version_range):
            yield f"`{version_range}` is no version range such as `>=2.63.0,<3.36.0`", f".replaces[{index}]"
    yield from _path_problems(_ARM_PATH, rule.arm_path, ".arm_path")
    yield from _unknown("encoder", rule.encode, ENCODERS, ".encode")
    if not rule.evidence:
        yield "needs evidence: what says that this is so?", ".evidence"
    for index, transition in enumerate(rule.transitions):
        for problem, path in _transition_problems(rule, transition):
            yield problem, f".transitions[{index}]{path}"
    if not rule.transitions or not _takes_everything(rule.transitions[-1]):
        yield "the last transition must take everything else: no from, to, when or given", ".transitions"


def _takes_everything(transition: Transition) -> bool:
    patterns = (transition.from_, transition.to)
    return all(item is msgspec.UNSET for item in patterns) and not (transition.when or transition.given)


def _transition_problems(rule: Rule, transition: Transition) -> Problems:
    for index, predicate in enumerate(transition.when):
        yield from _unknown("predicate", predicate, PREDICATES, f".when[{index}]")
    for index, write in enumerate(transition.writes):
        for problem, path in _write_problems(write):
            yield problem, f".writes[{index}]{path}"
    for name in ("given", "requires"):
        for index, condition in enumerate(getattr(transition, name)):
            for problem, path in _condition_problems(condition):
                yield problem, f".{name}[{index}]{path}"
    for index, omitted in enumerate(transition.omit):
        yield from _path_problems(_ARM_PATH, omitted, f".omit[{index}]")
    if transition.verdict == "in_place" and not (transition.writes or rule.arm_path):
        yield "writes nothing: give the rule an arm_path, or this transition its writes", ".verdict"
    if transition.verdict == "edit_config" and not transition.edit:
        yield "shows no edit: what should the person write?", ".verdict"
    if transition.verdict == "unavoidable" and not transition.advice:
        yield "gives no advice: what is the safest alternative?", ".verdict"
    if transition.api_version is not None:
        if not _API_VERSION.fullmatch(transition.api_version):
            yield _no_api_version(transition.api_version), ".api_version"
        if transition.api_version.endswith("-preview") and transition.maturity != "preview":
            yield "uses a preview api-version and so must say `maturity: preview`", ".api_version"


def _write_problems(write: Write) -> Problems:
    yield from _path_problems(_ARM_PATH, write.arm_path, ".arm_path")
    yield from _path_problems(_ATTRIBUTE, write.attribute, ".attribute")
    yield from _unknown("encoder", write.encode, ENCODERS, ".encode")
    if (write.attribute is None) is (write.value is msgspec.UNSET):
        yield "needs either an attribute or a value", ""


def _condition_problems(condition: Condition) -> Problems:
    if not (condition.live or condition.planned or condition.state):
        yield "needs a place to look: live, planned or state", ""
    yield from _path_problems(_LIVE_PATH, condition.live, ".live")
    yield from _path_problems(_ATTRIBUTE, condition.planned, ".planned")
    yield from _path_problems(_ATTRIBUTE, condition.state, ".state")
    lists = (condition.one_of, condition.none_of, condition.at_least)
    if condition.equals is msgspec.UNSET and condition.empty is None and not any(lists):
        yield "needs a test: equals, one_of, none_of, empty or at_least", ""
    if condition.at_least is not None and not _NUMBERS.fullmatch(condition.at_least):
        yield f"`{condition.at_least}` is no version such as 1.30", ".at_least"


def _path_problems(grammar: re.Pattern[str], path: str | None, where: str) -> Problems:
    if path is not None and not grammar.fullmatch(path):
        example = "network_profile.pod_cidr" if grammar is _ATTRIBUTE else "properties.networkProfile.podCidr"
        yield f"`{path}` is no path such as `{example}`", where


def _unknown(kind: str, name: str, known: Mapping[str, Any], where: str) -> Problems:
    if name not in known:
        yield f"there is no {kind} `{name}`; known: {', '.join(sorted(known))}", where


def _no_api_version(text: str) -> str:
    return f"`{text}` is no api-version such as 2025-10-01"


def _duplicates(file: RuleFile, taken: Mapping[str, str]) -> Iterator[str]:
    ids: set[str] = set()
    attributes: set[str] = set()
    for index, rule in enumerate(file.rules):
        if rule.id in ids or rule.id in taken:
            owner = taken.get(rule.id, "this file")
            yield f"the id `{rule.id}` is taken by a rule in {owner} - at `$.rules[{index}].id`"
        ids.add(rule.id)
        for place, attribute in enumerate(rule.attributes):
            if attribute in attributes:
                yield f"`{attribute}` has a rule already - at `$.rules[{index}].attributes[{place}]`"
            attributes.add(attribute)
