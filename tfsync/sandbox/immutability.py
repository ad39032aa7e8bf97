"""Which changes of a cluster or pool are refused. The rows are in immutability.yaml.

It judges a body before and after the merge, and answers the first refusal, or nothing. Pure, but for
reading its own data once. Nothing of `tfsync.rules` is used: the sandbox must know for itself.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from tfsync.sandbox.wire import Answer, ApiVersion, Body, provider_error

# Ranges that overlay pods must stay out of ([CL 2026-05-29], arm-mutability §1.3).
_RESERVED = (ipaddress.ip_network("172.30.0.0/16"), ipaddress.ip_network("172.31.0.0/16"))


@dataclass(frozen=True)
class Allowance:
    """One case in which a change is let through; see the head of immutability.yaml."""

    from_: Any = None  # None: any value
    to: Any = None
    since: str = ""
    preview_since: str = ""
    was: Mapping[str, Any] = field(default_factory=dict)
    when: Mapping[str, Any] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    change: str = ""


@dataclass(frozen=True)
class Row:
    """A property, and what may be done to it once the resource exists."""

    path: str
    evidence: str
    default: Any = None
    code: str = "PropertyChangeNotAllowed"
    message: str = ""
    to: Any = None
    never_new_since: str = ""
    allow: tuple[Allowance, ...] = ()


@cache
def rows(kind: str) -> tuple[Row, ...]:
    """The rows for `cluster` or `pool`."""
    import yaml

    text = resources.files(__package__).joinpath("immutability.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return tuple(_row(row) for row in data[kind])


def refusal(
    kind: str, before: Body | None, after: Body, version: ApiVersion, *, target: str = ""
) -> Answer | None:
    """Why `after` is refused where `before` stood (None: where nothing stood), or None.

    For a pool both are its properties. `target` goes before the path in the error's own `target`:
    `properties.` in an answer of agentPools, `agentPoolProfile.` for a pool in a cluster PUT.
    """
    for row in rows(kind):
        if before is None:
            if not _may_be_new(row, after, version):
                return _refuse(row, target)
            continue
        old, new = _value(before, row), _value(after, row)
        if not _same(old, new) and not any(_fits(a, old, new, before, after, version) for a in row.allow):
            return _refuse(row, target)
    return None


def _refuse(row: Row, prefix: str) -> Answer:
    target = prefix + row.path
    message = row.message or f"Changing property '{target}' is not allowed."
    return provider_error(400, row.code, message, target=target)


def _may_be_new(row: Row, body: Body, version: ApiVersion) -> bool:
    blocked = bool(row.never_new_since) and version.since(row.never_new_since)
    return not (blocked and _one_of(_value(body, row), row.to))


def _fits(allowance: Allowance, old: Any, new: Any, before: Body, after: Body, version: ApiVersion) -> bool:
    return (
        _one_of(old, allowance.from_)
        and _one_of(new, allowance.to)
        and _in_version(allowance, version)
        and all(_holds(before, path, wanted) for path, wanted in allowance.was.items())
        and all(_holds(after, path, wanted) for path, wanted in allowance.when.items())
        and all(_same(_look(before, path), _look(after, path)) for path in allowance.unchanged)
        and (not allowance.change or _CHANGES[allowance.change](old, new))
    )


def _in_version(allowance: Allowance, version: ApiVersion) -> bool:
    if allowance.preview_since:
        return version.preview and version.since(allowance.preview_since)
    return version.since(allowance.since)


def _holds(body: Body, path: str, wanted: Any) -> bool:
    return all(_one_of(value, wanted) for value in _look_all(body, path.split(".")))


def _one_of(value: Any, wanted: Any) -> bool:
    """Whether the value is the wanted one, or one of them; `unset` and `set` speak of emptiness."""
    if wanted is None:
        return True
    for choice in wanted if isinstance(wanted, list) else [wanted]:
        if choice in ("set", "unset"):
            if _empty(value) == (choice == "unset"):
                return True
        elif _same(value, choice):
            return True
    return False


def _value(body: Body, row: Row) -> Any:
    value = _look(body, row.path)
    return row.default if _empty(value) and row.default is not None else value


def _look(body: Body, path: str) -> Any:
    return next(_look_all(body, path.split(".")), None)


def _look_all(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    """The values at a path: one, or one for each item where it says `[]`. Keys match without case."""
    if not steps:
        yield value
    elif steps[0] == "[]":
        for item in value or []:
            yield from _look_all(item, steps[1:])
    else:
        found = value.items() if isinstance(value, Mapping) else ()
        yield from _look_all(next((v for k, v in found if k.lower() == steps[0].lower()), None), steps[1:])


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _same(one: Any, other: Any) -> bool:
    """Equal as Azure sees it: emptiness is one value, and enums and ids have no case."""
    if _empty(one) or _empty(other):
        return _empty(one) and _empty(other)
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _wider_cidr(old: Any, new: Any) -> bool:
    """An IPv4 range that holds the old one and stays out of AKS's own."""
    try:
        inner, outer = ipaddress.IPv4Network(old), ipaddress.IPv4Network(new)
    except (ValueError, TypeError):
        return False
    return inner.subnet_of(outer) and not any(outer.overlaps(reserved) for reserved in _RESERVED)


_CHANGES = {"wider_cidr": _wider_cidr}


def _row(data: Mapping[str, Any]) -> Row:
    allow = tuple(_allowance(entry) for entry in data.get("allow", ()))
    return Row(**{**data, "allow": allow})


def _allowance(data: Mapping[str, Any]) -> Allowance:
    fields = {("from_" if key == "from" else key): value for key, value in data.items()}
    return Allowance(**{**fields, "unchanged": tuple(data.get("unchanged", ()))})
