"""Preconditions of a transition, on what is live, planned or in state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tfsync.attributes import MISSING, any_marked, is_empty, is_marked, lookup_schema
from tfsync.rules.model import Condition
from tfsync.rules.values import at_least, equal
from tfsync.terraform.plan import Change

_ARM_STEP = re.compile(r"([^.\[\]]+)(\[\*\])?")


def unmet(condition: Condition, change: Change, live: Mapping[str, Any] | None) -> bool:
    """Whether the condition does not hold, or cannot be shown to."""
    values = list(_known_values(condition, change, live))
    if not values:
        return condition.unknown == "blocks"
    return not all(_holds(condition, value) for value in values)


def _known_values(condition: Condition, change: Change, live: Mapping[str, Any] | None) -> Iterator[Any]:
    """The values of the first place that knows: Azure, then what is planned, then the state."""
    if condition.live and live is not None:
        # A body that was read and lacks the property says that Azure has it empty.
        yield from arm_values(live, condition.live) or [None]
        return
    if condition.planned:
        value = planned(change, condition.planned)
        if value is not MISSING:
            yield value
            return
    if condition.state:
        value = lookup_schema(change.before, condition.state)
        if value is not MISSING:
            yield value


def planned(change: Change, attribute: str) -> Any:
    """The planned value of an attribute by schema path; MISSING where it is known only after apply."""
    steps = attribute.split(".")
    marks: Any = change.after_unknown
    for step in steps:
        if isinstance(marks, list):
            marks = marks[0] if marks else False
        marks = marks.get(step, False) if isinstance(marks, Mapping) else marks
        if is_marked(marks, ()):
            return MISSING
    value = lookup_schema(change.after, attribute)
    return None if value is MISSING else value


def is_secret(change: Change, attribute: str) -> bool:
    """Whether anything in an attribute, by schema path, must not be shown."""
    steps = attribute.split(".")
    return _holds_mark(change.before_sensitive, steps) or _holds_mark(change.after_sensitive, steps)


def _holds_mark(marks: Any, steps: list[str]) -> bool:
    if marks is True or not steps:
        return any_marked(marks)
    if isinstance(marks, list):
        return any(_holds_mark(item, steps) for item in marks)
    return isinstance(marks, Mapping) and _holds_mark(marks.get(steps[0], False), steps[1:])


def arm_values(body: Mapping[str, Any], path: str) -> list[Any]:
    """The values at an ARM path; `[*]` reads all elements of an array. Absent ones are left out."""
    values: list[Any] = [body]
    for match in _ARM_STEP.finditer(path):
        name, every = match.groups()
        values = [value[name] for value in values if isinstance(value, Mapping) and name in value]
        if every:
            values = [element for value in values if isinstance(value, list) for element in value]
    return values


def _holds(condition: Condition, value: Any) -> bool:
    if condition.equals is not msgspec.UNSET and not equal(condition.equals, value):
        return False
    if condition.one_of is not None and not any(equal(option, value) for option in condition.one_of):
        return False
    if condition.none_of is not None and _contains_any(value, condition.none_of):
        return False
    if condition.empty is not None and is_empty(value) is not condition.empty:
        return False
    return condition.at_least is None or is_empty(value) or at_least(value, condition.at_least)


def _contains_any(value: Any, options: tuple[Any, ...]) -> bool:
    elements = value if isinstance(value, list) else [value]
    return any(equal(option, element) for option in options for element in elements)
