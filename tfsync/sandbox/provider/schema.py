"""What a resource's schema is made of, in the terms of the SDK that the real provider is written with.

An attribute is required, optional, computed, or optional and computed (Azure fills it when the
configuration is silent). A block is a list of nested objects. Both may exist in some provider versions
only; `select` gives the schema of one version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, cast

from tfsync.sandbox.provider.versions import ALWAYS, Version, Window

Type: TypeAlias = "str | list[Any]"
"""A type as Terraform writes it in JSON: `"string"`, `["list", "string"]`, `["list", ["object", {…}]]`."""

STRING: Final = "string"
NUMBER: Final = "number"
BOOL: Final = "bool"
STRINGS: Final[Type] = ["list", "string"]
STRING_SET: Final[Type] = ["set", "string"]
STRING_MAP: Final[Type] = ["map", "string"]


def objects(**attributes: Type) -> Type:
    """A list of objects: how the SDK shows a block that only Azure fills."""
    return ["list", ["object", attributes]]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One argument or exported attribute.

    `default` is what the SDK plans when the configuration is silent. `normalize` is applied to the
    configured value before it is compared (a StateFunc), `same` says that two values differ in
    spelling only (a DiffSuppressFunc).
    """

    type: Type
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    default: Any = None
    normalize: Callable[[Any], Any] | None = None
    same: Callable[[Any, Any], bool] | None = None
    window: Window = ALWAYS

    @property
    def kind(self) -> str:
        """`string`, `number`, `bool`, `list`, `set` or `map`."""
        return self.type if isinstance(self.type, str) else str(self.type[0])

    @property
    def zero(self) -> Any:
        """What the SDK makes of null."""
        return {"string": "", "number": 0, "bool": False, "map": {}}.get(self.kind, [])


@dataclass(frozen=True, slots=True)
class Block:
    """A nested block: a list, with at most `max_items` elements (0: no limit), or a single object."""

    fields: Mapping[str, Fields]
    required: bool = False
    computed: bool = False
    max_items: int = 1
    nesting: Literal["list", "single"] = "list"
    window: Window = ALWAYS

    @property
    def zero(self) -> Any:
        """What the SDK makes of a block that is not there."""
        return []

    @property
    def schema(self) -> Schema:
        """The fields, once `select` has left one shape of each."""
        return cast("Schema", self.fields)


Field: TypeAlias = Attribute | Block
Fields: TypeAlias = Field | tuple[Field, ...]
"""One field, or its shapes in different versions, of which at most one applies."""
Schema: TypeAlias = Mapping[str, Field]


def required(kind: Type, **more: Any) -> Attribute:
    """An argument that the configuration must give."""
    return Attribute(kind, required=True, **more)


def optional(kind: Type, **more: Any) -> Attribute:
    """An argument that may be left out; it is then null, or `default`."""
    return Attribute(kind, optional=True, **more)


def optional_computed(kind: Type, **more: Any) -> Attribute:
    """An argument that Azure fills when it is left out."""
    return Attribute(kind, optional=True, computed=True, **more)


def computed(kind: Type, **more: Any) -> Attribute:
    """An attribute that only Azure fills."""
    return Attribute(kind, computed=True, **more)


def block(fields: Mapping[str, Fields], **more: Any) -> Block:
    """An optional block of at most one element, unless `more` says otherwise."""
    return Block(fields, **more)


def since(version: str, field: Field) -> Field:
    """The field as it is from this provider version on."""
    return replace(field, window=Window(version, field.window.until))


def until(version: str, field: Field) -> Field:
    """The field as it was up to and including this provider version."""
    return replace(field, window=Window(field.window.since, version))


def select(fields: Mapping[str, Fields], version: Version) -> dict[str, Field]:
    """The fields that exist in one provider version, in the shape they have there."""
    chosen: dict[str, Field] = {}
    for name, shapes in fields.items():
        for field in shapes if isinstance(shapes, tuple) else (shapes,):
            if version in field.window:
                chosen[name] = (
                    replace(field, fields=select(field.fields, version))
                    if isinstance(field, Block)
                    else field
                )
                break
    return chosen


TIMEOUTS: Final = Block(
    {step: optional(STRING) for step in ("create", "read", "update", "delete")}, nesting="single"
)
"""The SDK gives every resource this block; its values are of no consequence here."""
