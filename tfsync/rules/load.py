"""Reading rule files: YAML to `RuleFile`, with errors that name file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from tfsync.errors import BadInput
from tfsync.rules.model import Rule, RuleFile, Transition
from tfsync.rules.values import ENCODERS, PREDICATES

_AT = re.compile(r" - at `(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_VERSION = re.compile(r"^\d{4}-\d{2}-\d{2}(-preview)?$")
_RANGE = re.compile(r"^(>=|<=|<|>|=)\d+(\.\d+){0,2}(,(>=|<=|<|>)\d+(\.\d+){0,2})*$")
_HINT = "docs/rules.md describes the format."


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

    @property
    def resources(self) -> frozenset[str]:
        """The resource types that the rules know."""
        return frozenset(self._by_attribute)

    def find(self, resource: str, attribute: str) -> tuple[Rule, str] | None:
        """The rule for a schema path and the attribute it is written for.

        A rule for a block covers what is inside it, unless a rule names that itself.
        """
        table = self._by_attribute.get(resource, {})
        steps = attribute.split(".")
        for length in range(len(steps), 0, -1):
            covered = ".".join(steps[:length])
            if covered in table:
                return table[covered], covered
        return None

    def method(self, rule: Rule) -> str:
        """PUT for resources that ARM takes whole, PATCH where only named properties travel."""
        return self._file_of[rule.id].method

    def api_version(self, rule: Rule, transition: Transition) -> str:
        """The ARM api-version a transition is written with."""
        return transition.api_version or self._file_of[rule.id].api_version

    def read_version(self, resource: str) -> str | None:
        """The api-version to read a resource type with, where no write asks for another."""
        return next((file.api_version for file in self.files if file.resource == resource), None)

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """Every rule with its resource type."""
        return ((file.resource, rule) for file in self.files for rule in file.rules)


@cache
def builtin_rules() -> RuleBook:
    """The rules that come with tfsync."""
    return RuleBook(_builtin_files())


def load_rules(directory: Path) -> RuleBook:
    """The built-in rules and those of a team's own directory, which win over them.

    Raises BadInput: no such directory, no rule in it, a rule that is wrong.
    """
    paths = sorted(directory.glob("*.yaml")) + sorted(directory.glob("*.yml"))
    if not paths:
        raise BadInput("holds no rule file (*.yaml)", where=str(directory), hint=_HINT)
    own = [read_rule_file(path.read_text(encoding="utf-8"), str(path)) for path in paths]
    return RuleBook([*_builtin_files(), *own])


def _builtin_files() -> list[RuleFile]:
    folder = resources.files("tfsync.rules") / "data"
    entries = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name
    )
    return [read_rule_file(entry.read_text(encoding="utf-8"), entry.name) for entry in entries]


def read_rule_file(text: str, name: str) -> RuleFile:
    """One rule file. `name` is shown in messages. Raises BadInput with file and line."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(text, Loader=loader)  # noqa: S506  a safe loader, in C where there is one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"is no YAML: {error.problem}", where=f"{name}:{line}", hint=_HINT) from None
    try:
        file = msgspec.convert(data, type=RuleFile)
    except msgspec.ValidationError as error:
        raise _complaint(str(error), text, name) from None
    for index, rule in enumerate(file.rules):
        for problem, path in _problems(rule):
            raise _complaint(f"{problem} - at `$.rules[{index}]{path}`", text, name)
    _refuse_duplicates(file, text, name)
    return file


def _problems(rule: Rule) -> Iterator[tuple[str, str]]:
    """What a schema cannot say: names that must exist, parts that need each other."""
    for index, version_range in enumerate(rule.replaces):
        if not _RANGE.match(version_range):
            yield f"`{version_range}` is no version range such as `>=2.63.0,<3.36.0`", f".replaces[{index}]"
    if rule.encode not in ENCODERS:
        yield _unknown("encoder", rule.encode, ENCODERS), ".encode"
    if not rule.evidence:
        yield "needs evidence: what says that this is so?", ".evidence"
    for index, transition in enumerate(rule.transitions):
        for problem, path in _transition_problems(rule, transition):
            yield problem, f".transitions[{index}]{path}"
    last = rule.transitions[-1] if rule.transitions else None
    if last is None or last.from_ is not msgspec.UNSET or last.to is not msgspec.UNSET or last.when:
        yield "the last transition must take everything else: no from, to or when", ".transitions"


def _transition_problems(rule: Rule, transition: Transition) -> Iterator[tuple[str, str]]:
    for index, predicate in enumerate(transition.when):
        if predicate not in PREDICATES:
            yield _unknown("predicate", predicate, PREDICATES), f".when[{index}]"
    for index, write in enumerate(transition.writes):
        if write.encode not in ENCODERS:
            yield _unknown("encoder", write.encode, ENCODERS), f".writes[{index}].encode"
        if (write.attribute is None) is (write.value is msgspec.UNSET):
            yield "needs either an attribute or a value", f".writes[{index}]"
    for index, condition in enumerate(transition.requires):
        if not (condition.live or condition.planned or condition.state):
            yield "needs a place to look: live, planned or state", f".requires[{index}]"
        tests = (
            condition.equals is not msgspec.UNSET,
            condition.one_of,
            condition.none_of,
            condition.at_least,
        )
        if not any(tests) and condition.empty is None:
            yield "needs a test: equals, one_of, none_of, empty or at_least", f".requires[{index}]"
    if transition.api_version and not _VERSION.match(transition.api_version):
        yield f"`{transition.api_version}` is no api-version such as 2025-10-01", ".api_version"
    if transition.verdict == "in_place" and not (transition.writes or rule.arm_path):
        yield "writes nothing: give the rule an arm_path, or this transition its writes", ".verdict"
    if transition.verdict == "edit_config" and not transition.edit:
        yield "shows no edit: what should the person write?", ".verdict"
    if transition.verdict == "unavoidable" and not transition.advice:
        yield "gives no advice: what is the safest alternative?", ".verdict"
    preview = transition.api_version is not None and transition.api_version.endswith("-preview")
    if preview and transition.maturity != "preview":
        yield "uses a preview api-version and so must say `maturity: preview`", ".api_version"


def _unknown(kind: str, name: str, known: Mapping[str, Any]) -> str:
    return f"there is no {kind} `{name}`; known: {', '.join(sorted(known))}"


def _refuse_duplicates(file: RuleFile, text: str, name: str) -> None:
    ids: set[str] = set()
    attributes: set[str] = set()
    for index, rule in enumerate(file.rules):
        if rule.id in ids:
            raise _complaint(f"the id `{rule.id}` is taken - at `$.rules[{index}].id`", text, name)
        ids.add(rule.id)
        for place, attribute in enumerate(rule.attributes):
            if attribute in attributes:
                at = f"$.rules[{index}].attributes[{place}]"
                raise _complaint(f"`{attribute}` has a rule already - at `{at}`", text, name)
            attributes.add(attribute)


def _complaint(message: str, text: str, name: str) -> BadInput:
    """The error for a message that ends in msgspec's ` - at `$.path``, with the line that path stands on."""
    found = _AT.search(message)
    path = found["path"].removeprefix("$") if found else ""
    steps = [name or int(index) for name, index in _STEP.findall(path)]
    unknown = re.search(r"unknown field `([^`]+)`", message)
    if unknown:
        steps.append(unknown[1])
    words = _AT.sub("", message)
    place = f"{path.lstrip('.')}: " if path else ""
    return BadInput(f"{place}{words}", where=f"{name}:{_line_of(text, steps)}", hint=_HINT)


def _line_of(text: str, steps: Sequence[str | int]) -> int:
    """The line of the deepest node on the way to `steps` that the YAML really has."""
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == step), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
