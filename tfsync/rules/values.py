"""Named encoders and predicates: the only vocabulary by which rules speak of values."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tfsync.attributes import is_empty
from tfsync.rules.model import Matcher, Pattern


def _bool_text(value: Any) -> str:
    """Addon configuration holds strings only (azure-cli addonconfiguration.py)."""
    return "true" if value else "false"


def _none_when_empty(value: Any) -> Any:
    """ARM back-fills what is empty; switching off needs the word (Azure/azure-cli-extensions#6809)."""
    return "none" if is_empty(value) else value


def _enabled(value: Any) -> bool:
    """A block that exists, or a flag that is true."""
    return bool(value)


ENCODERS: Mapping[str, Callable[[Any], Any]] = {
    "as_is": lambda value: value,
    "bool_text": _bool_text,
    "none_when_empty": _none_when_empty,
    "enabled": _enabled,
}


def _superset_cidr(before: Any, after: Any) -> bool:
    """The new range holds the old one and is larger; IPv4 only."""
    try:
        old, new = ipaddress.IPv4Network(before), ipaddress.IPv4Network(after)
    except (ValueError, TypeError):
        return False
    return old != new and old.subnet_of(new)


def _same_name(before: Any, after: Any) -> bool:
    """Two spellings of one name: Azure's are case-insensitive (learn.microsoft.com, resource-name-rules)."""
    return isinstance(before, str) and isinstance(after, str) and before.lower() == after.lower() != ""


def _later_version(before: Any, after: Any) -> bool:
    """A version of numbers and dots, and a later one; what follows a hyphen or plus is not looked at."""
    try:
        return _numbers(after) > _numbers(before)
    except (ValueError, AttributeError):
        return False


PREDICATES: Mapping[str, Callable[[Any, Any], bool]] = {
    "later_version": _later_version,
    "same_name": _same_name,
    "superset_cidr": _superset_cidr,
}


def same_id(before: Any, after: Any) -> bool:
    """Two spellings of one Azure id: ARM ids are case-insensitive."""
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    old, new = before.rstrip("/").lower(), after.rstrip("/").lower()
    return old.startswith("/subscriptions/") and old == new


def equal(left: Any, right: Any) -> bool:
    """Equality as ARM sees it: strings without regard to case, booleans never equal to numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def matches(pattern: Pattern, value: Any) -> bool:
    """Whether `value` is what a transition's `from` or `to` asks for: a literal or a matcher."""
    if isinstance(pattern, msgspec.UnsetType):
        return True
    if isinstance(pattern, Matcher):
        if pattern.empty is not None and is_empty(value) is not pattern.empty:
            return False
        return pattern.one_of is None or any(equal(option, value) for option in pattern.one_of)
    return equal(pattern, value)


def at_least(version: Any, minimum: str) -> bool:
    """Whether a Kubernetes version such as `1.29.4` is `minimum` or later."""
    try:
        return _numbers(str(version)) >= _numbers(minimum)
    except ValueError:
        return False


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.split(r"[-+]", version.removeprefix("v"))[0].split("."))
