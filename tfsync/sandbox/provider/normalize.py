"""null, "" and []: which of them ends up in a plan or a state.

The SDK keeps values as text and loses the difference. It then restores what it can from a reference
(`normalizeNullValues` in its `helper/schema/grpc_provider.go`): a plan is held against the proposed
value, a state after apply against the plan, a refreshed state against the one before. That is why a real
cluster drifts from `tags = null` to `tags = {}` on the first refresh after its creation, and so does
this one.
"""

from __future__ import annotations

from typing import Any

from tfsync.sandbox.provider.schema import Attribute, Block, Schema
from tfsync.sandbox.provider.values import UNKNOWN, wholly_known


def normalize(
    value: dict[str, Any], reference: dict[str, Any], schema: Schema, *, applied: bool = False
) -> dict[str, Any]:
    """`value` with the kind of emptiness that `reference` has, where the two mean the same.

    `applied` is for the state after an apply: there null and empty collections count as the same, and
    a set stays as it was planned.
    """
    return {
        name: _field(value.get(name), reference.get(name), field, applied) for name, field in schema.items()
    }


def _field(value: Any, reference: Any, field: Attribute | Block, applied: bool) -> Any:
    if reference is UNKNOWN:
        return UNKNOWN if value is None and not applied else value
    if value is UNKNOWN:
        return value
    if isinstance(field, Attribute):
        return _attribute(value, reference, field, applied)
    if field.nesting == "single":
        return reference
    if not value or not reference or len(value) != len(reference):
        return value or []
    return [
        normalize(one, other, field.schema, applied=applied)
        for one, other in zip(value, reference, strict=True)
    ]


def _attribute(value: Any, reference: Any, field: Attribute, applied: bool) -> Any:
    if applied and field.kind in ("list", "set", "map"):
        if value in (None, [], {}) and reference in (None, [], {}):
            return reference
        if field.kind == "set" and reference is not None and wholly_known(reference):
            return reference
    if value is None and (reference == "" or (reference == [] and field.kind == "list" and not applied)):
        return reference
    return value
