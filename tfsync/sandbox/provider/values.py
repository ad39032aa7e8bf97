"""Terraform's values as Python values, and their msgpack form on the wire.

null is None, objects and maps are dicts, lists and sets are lists. A value that will only be known
after apply is UNKNOWN.
"""

from __future__ import annotations

from typing import Any, Final

from tfsync.sandbox.provider.schema import Block, Schema


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        # `if value` on an unknown is a bug: neither answer is right.
        raise TypeError("the value is not known yet")


UNKNOWN: Final = _Unknown()

# Terraform sends code 12 for an unknown value of which it knows something ("not null"), else 0.
_UNKNOWN_CODES = frozenset({0, 12})


def decode(raw: bytes) -> Any:
    """A DynamicValue's msgpack bytes as a value."""
    import msgpack  # type: ignore[import-untyped]

    def extension(code: int, data: bytes) -> Any:
        if code not in _UNKNOWN_CODES:
            raise ValueError(f"unexpected msgpack extension {code}")
        return UNKNOWN

    return msgpack.unpackb(raw, ext_hook=extension, raw=False, strict_map_key=False)


def encode(value: Any) -> bytes:
    """A value as msgpack. Objects must be complete: see `complete`."""
    import msgpack

    def extension(value: Any) -> Any:
        if value is UNKNOWN:
            return msgpack.ExtType(0, b"\x00")
        raise TypeError(f"no Terraform value: {value!r}")

    packed: bytes = msgpack.packb(value, default=extension, use_bin_type=True)
    return packed


def complete(schema: Schema, value: Any) -> Any:
    """The object with exactly the fields of its schema: what is missing is null, or no block."""
    if value is None or value is UNKNOWN:
        return value
    whole: dict[str, Any] = {}
    for name, field in schema.items():
        part = value.get(name)
        if isinstance(field, Block) and field.nesting == "list":
            if part is not UNKNOWN:
                part = [complete(field.schema, one) for one in part or []]
        elif isinstance(field, Block):
            part = complete(field.schema, part)
        whole[name] = part
    return whole


def wholly_known(value: Any) -> bool:
    """Whether nothing in the value is unknown."""
    if isinstance(value, dict):
        return all(wholly_known(part) for part in value.values())
    if isinstance(value, list):
        return all(wholly_known(part) for part in value)
    return value is not UNKNOWN


def known_only(value: Any) -> Any:
    """The value with every unknown replaced by null: what an apply starts from."""
    if isinstance(value, dict):
        return {name: known_only(part) for name, part in value.items()}
    if isinstance(value, list):
        return [known_only(part) for part in value]
    return None if value is UNKNOWN else value
