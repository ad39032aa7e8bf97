"""What Terraform Core does around a provider's plan, as far as a plan of one resource needs it.

The recorded plans were made by Core and the real provider together. To hold the stand-in against them
without starting terraform for each, these are Core's rules: how configuration and prior state become the
proposed value, which of the causes count, and that a replacement is planned a second time as a create.
A few recordings go through real terraform as well (test_provider_terraform.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tfsync.sandbox.provider.provider import Provider
from tfsync.sandbox.provider.schema import Attribute, Block, Schema
from tfsync.sandbox.provider.values import UNKNOWN, complete

Value = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A change as plan JSON has it; `after` with UNKNOWN in place of a separate `after_unknown`."""

    actions: tuple[str, ...]
    after: Value | None
    causes: frozenset[tuple[str | int, ...]]


def change(provider: Provider, type_name: str, prior: Value | None, config: Value) -> Change:
    """The change that Core makes of a resource's prior state and its configuration."""
    schema = provider.resources[type_name].schema
    if prior is None:
        created = provider.plan(type_name, None, propose(schema, None, config))
        return Change(("create",), created.value, frozenset())
    planned = provider.plan(type_name, prior, propose(schema, prior, config))
    assert planned.value is not None
    causes = frozenset(
        path for path in planned.causes if _at(prior, path) != _at(planned.value, path) and path != ("id",)
    )
    if causes:
        return Change(("delete", "create"), change(provider, type_name, None, config).after, causes)
    return Change(("no-op",) if planned.value == prior else ("update",), planned.value, causes)


def configured(schema: Schema, given: Mapping[str, Any], references: Mapping[str, Any]) -> Value:
    """A resource of .tf.json as Core hands it on: whole, with its references resolved."""

    def resolve(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("${"):
            return references[value[2:-1]]
        if isinstance(value, Mapping):
            return {name: resolve(part) for name, part in value.items()}
        return [resolve(part) for part in value] if isinstance(value, list) else value

    unknown = set(given) - set(schema)
    assert not unknown, f"not in the schema: {sorted(unknown)}"
    whole: Value = complete(schema, resolve(given))
    return whole


def propose(schema: Schema, prior: Value | None, config: Value) -> Value:
    """Core's proposed value: what Azure filled (optional and computed, or computed) is taken over."""
    return {
        name: _proposed(field, None if prior is None else prior.get(name), config.get(name))
        for name, field in schema.items()
    }


def _proposed(field: Attribute | Block, prior: Any, config: Any) -> Any:
    if isinstance(field, Attribute):
        return prior if config is None and field.computed else config
    if field.nesting == "single" or config is UNKNOWN:
        return config
    before = prior if isinstance(prior, list) else []
    return [
        propose(field.schema, before[index] if index < len(before) else None, one)
        for index, one in enumerate(config or ())
    ]


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def merged(after: Any, unknown: Any) -> Any:
    """`after` of plan JSON with UNKNOWN where `after_unknown` marks it."""
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict):
        known = after if isinstance(after, dict) else {}
        return {name: merged(known.get(name), unknown.get(name)) for name in known.keys() | unknown.keys()}
    if isinstance(unknown, list) and isinstance(after, list) and len(unknown) == len(after):
        return [merged(one, mark) for one, mark in zip(after, unknown, strict=True)]
    return after
