"""The plan of one resource, made as the SDK behind the real provider makes it.

What counts, from terraform-plugin-sdk v2 (`helper/schema/schema.go`, as vendored in azurerm 5.2.0):

- values are compared as text, so null, "" and a missing value are the same, and no change;
- a default stands in for a silent configuration, also inside a block that is being removed;
- an optional and computed attribute that the configuration leaves out keeps what Azure has;
- on a block, "forces replacement" is about the number of its elements, not about what is in them;
- an unknown value of such an attribute replaces too: it may turn out to be another one;
- inside a block that is new in an update, a computed list is unknown but a computed string is null
  (that is how the real plans have it: recording 3.117.1/addon-agic-on).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from tfsync.sandbox.provider.schema import Attribute, Block, Schema
from tfsync.sandbox.provider.values import UNKNOWN

Path = tuple[str | int, ...]


@dataclass
class Diff:
    """Compares a resource with its configuration; `replaces` holds schema paths, dotted, without indices.

    After `resource`, `changed` says whether anything differs and `causes` which attributes replace.
    """

    replaces: Collection[str]
    exists: bool
    changed: bool = False
    causes: list[Path] = field(default_factory=list)

    def resource(self, schema: Schema, old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
        """The planned value. `old` is None for a resource that is to be created."""
        return self._object(schema, old, new, ())

    def _object(
        self, schema: Schema, old: dict[str, Any] | None, new: dict[str, Any] | None, path: Path
    ) -> dict[str, Any]:
        before, after = old or {}, new or {}
        return {
            name: self._field(field, before.get(name), after.get(name), (*path, name))
            for name, field in schema.items()
        }

    def _field(self, field: Attribute | Block, old: Any, new: Any, path: Path) -> Any:
        if isinstance(field, Block):
            # The SDK takes a resource's timeouts from the configuration as they are.
            return new if field.nesting == "single" else self._blocks(field, old, new, path)
        if new is UNKNOWN:
            return self._change(UNKNOWN, path)
        match field.kind:
            case "list" | "set":
                return self._elements(field, old, new, path)
            case "map":
                return self._map(field, old, new, path)
            case _:
                return self._primitive(field, old, new, path)

    def _primitive(self, field: Attribute, old: Any, new: Any, path: Path) -> Any:
        if new is None:
            new = field.default
        elif field.normalize:
            new = field.normalize(new)
        effective = field.zero if new is None and old is not None else new
        if _text(old) == _text(effective):
            unset = _text(old) == "" and not self.exists
            return self._change(UNKNOWN, path) if unset and field.computed else old
        if field.computed and _text(new) == "":
            return old
        if field.same and old is not None and new is not None and field.same(old, new):
            return old
        return self._change(new, path)

    def _elements(self, field: Attribute, old: Any, new: Any, path: Path) -> Any:
        if old is not None and new is None and field.computed:
            return old
        before, after = old or [], new or []
        if _same_elements(field.kind, before, after):
            nothing = not before and new is None and old is None
            return self._change(UNKNOWN, path) if nothing and field.computed else old
        if len(before) != len(after) or field.kind == "set":
            self._change(after, path)
        for index in range(max(len(before), len(after))) if field.kind == "list" else ():
            if before[index : index + 1] != after[index : index + 1]:
                self._change(after, (*path, index))
        return after

    def _map(self, field: Attribute, old: Any, new: Any, path: Path) -> Any:
        if new is None and field.computed:
            return old if old is not None else self._change(UNKNOWN, path)
        if (old or {}) == (new or {}):
            return old
        return self._change(new or {}, path)

    def _blocks(self, field: Block, old: Any, new: Any, path: Path) -> Any:
        if new is UNKNOWN:
            return self._change(UNKNOWN, path)
        if not new and field.computed:
            return old if old is not None else self._change(UNKNOWN, path)
        before, after = old or [], new or []
        if len(before) != len(after):
            self._change(after, path)
        planned = [
            self._object(
                field.schema,
                before[index] if index < len(before) else None,
                after[index] if index < len(after) else None,
                (*path, index),
            )
            for index in range(max(len(before), len(after)))
        ]
        return planned[: len(after)]

    def _change(self, value: Any, path: Path) -> Any:
        self.changed = True
        if ".".join(step for step in path if isinstance(step, str)) in self.replaces:
            self.causes.append(path)
        return value


def _same_elements(kind: str, before: list[Any], after: list[Any]) -> bool:
    if any(value is UNKNOWN for value in after):
        return False
    return before == after if kind == "list" else sorted(before, key=str) == sorted(after, key=str)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
