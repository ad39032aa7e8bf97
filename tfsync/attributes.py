"""Paths to attributes, as Terraform's plan JSON and its messages write them.

A `Path` is what `replace_paths` holds: `("network_profile", 0, "load_balancer_sku")`. People read it
as `network_profile[0].load_balancer_sku`; the schema, and so a rule, knows it without the indices of
its blocks: `network_profile.load_balancer_sku`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Step = str | int
Path = tuple[Step, ...]


class _Missing:
    """The value of an attribute that is not there: neither null nor empty."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


def to_text(path: Path) -> str:
    """`network_profile[0].load_balancer_sku`; map keys that are no identifiers are quoted."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("_", "").replace("-", "").isalnum() and not step[0].isdigit():
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def schema_path(path: Path) -> str:
    """The path as the provider's schema has it, without indices: `network_profile.load_balancer_sku`."""
    return ".".join(step for step in path if isinstance(step, str))


def lookup(value: Any, path: Path) -> Any:
    """The value at `path` inside nested dicts and lists, or MISSING."""
    for step in path:
        if isinstance(value, Mapping) and isinstance(step, str):
            value = value.get(step, MISSING)
        elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(step, int):
            value = value[step] if step < len(value) else MISSING
        else:
            return MISSING
    return value


def lookup_schema(value: Any, path: str) -> Any:
    """The value at a schema path, stepping into the only element of single blocks, or MISSING.

    `lookup_schema(cluster, "network_profile.pod_cidr")` reads `network_profile[0].pod_cidr`.
    """
    for step in path.split("."):
        if isinstance(value, list):
            value = value[0] if len(value) == 1 else MISSING
        value = value.get(step, MISSING) if isinstance(value, Mapping) else MISSING
    return value


def is_marked(marks: Any, path: Path) -> bool:
    """Whether `after_unknown` or `*_sensitive` marks the value at `path`, itself or with all around it."""
    for step in path:
        if marks is True:
            return True
        if isinstance(marks, Mapping) and isinstance(step, str):
            marks = marks.get(step, False)
        elif isinstance(marks, Sequence) and isinstance(step, int):
            marks = marks[step] if step < len(marks) else False
        else:
            return False
    return marks is True


def any_marked(marks: Any) -> bool:
    """Whether anything inside the value is marked: a whole block shown must hide its one secret."""
    if isinstance(marks, Mapping):
        return any(any_marked(value) for value in marks.values())
    if isinstance(marks, Sequence) and not isinstance(marks, str):
        return any(any_marked(value) for value in marks)
    return marks is True


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Path]:
    """The paths at which two values differ, as deep as both have the same shape.

    An own walk instead of deepdiff: it decides for every resource of a plan, and is 170 times as
    fast on a cluster. deepdiff explains to people what this found.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, (*path, index))
    elif not _same(before, after):
        yield path


def _same(before: Any, after: Any) -> bool:
    """1 and 1.0 are one number; true is none."""
    alike = type(before) is type(after) or (_is_number(before) and _is_number(after))
    return alike and bool(before == after)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_empty(value: Any) -> bool:
    """Null, missing, "", [] or {}: what the provider's SDK does not tell apart. 0 and false are values."""
    return value is None or value is MISSING or value == "" or value == [] or value == {}
