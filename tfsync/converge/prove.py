"""The proof: what is left to do after the in-place changes is part of what was approved.

For each resource the residual plan changes: it was changed in the approved plan, its action is no more
severe, and every attribute it sets was set to the same value there, or was unknown then. Outputs and data
sources may differ; resources may not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tfsync.attributes import MISSING, Path, any_marked, differences, is_empty, is_marked, lookup, to_text
from tfsync.terraform.plan import Plan, ResourceChange

_RANK: Final[Mapping[str, int]] = {
    "no-op": 0,
    "read": 1,
    "create": 2,
    "update": 2,
    "forget": 2,
    "delete": 3,
}
_HARMLESS: Final = frozenset({("no-op",), ("read",)})


@dataclass(frozen=True)
class Difference:
    """One thing the residual plan would do that nobody approved."""

    address: str
    reason: str
    path: Path = ()

    def __str__(self) -> str:
        place = f"{self.address}: {to_text(self.path)}" if self.path else self.address
        return f"{place}: {self.reason}"


def prove(approved: Plan, residual: Plan, kept: Collection[str]) -> tuple[Difference, ...]:
    """What stands in the way of applying the residual plan; nothing means proved.

    `kept` are the addresses that must live on: what was written in place, and what hung on it.
    """
    known = {_key(entry): entry for entry in approved.resource_changes}
    return tuple(
        difference
        for entry in residual.resource_changes
        if entry.mode == "managed" and entry.change.actions not in _HARMLESS
        for difference in _differences(known.get(_key(entry)), entry, entry.address in kept)
    )


def _key(entry: ResourceChange) -> tuple[str, str | None]:
    return entry.address, entry.deposed


def _differences(before: ResourceChange | None, now: ResourceChange, kept: bool) -> list[Difference]:
    if before is None:
        return [Difference(now.address, "was not in the approved plan")]
    actions, approved = now.change.actions, before.change.actions
    if kept and not set(actions) <= {"update", "no-op", "read"}:
        return [Difference(now.address, f"must be kept, but the plan says {_words(actions)}")]
    worse = max(_RANK.get(action, 3) for action in actions) > max(_RANK.get(action, 3) for action in approved)
    if worse or not _part_of(actions, approved):
        return [Difference(now.address, f"{_words(actions)} now, {_words(approved)} when it was approved")]
    if now.change.is_replacement:
        fresh = [path for path in now.change.replace_paths if path not in before.change.replace_paths]
        if fresh:
            return [Difference(now.address, "replaces it now, and did not when it was approved", fresh[0])]
    if actions == ("delete",):
        return []
    return _changed_values(before, now)


def _part_of(actions: tuple[str, ...], approved: tuple[str, ...]) -> bool:
    """An update is part of a replacement; a create or delete only of what created or deleted."""
    return all(
        action in approved or (action in ("update", "no-op", "read") and "create" in approved)
        for action in actions
    )


def _changed_values(before: ResourceChange, now: ResourceChange) -> list[Difference]:
    found = []
    for path in _set_paths(now):
        if is_marked(before.change.after_unknown, path):
            continue
        if is_marked(now.change.after_unknown, path):
            found.append(Difference(now.address, "is unknown until apply, and was known before", path))
        elif not _same(lookup(before.change.after, path), lookup(now.change.after, path)):
            found.append(Difference(now.address, "would be set to another value than approved", path))
    return found


def _set_paths(entry: ResourceChange) -> list[Path]:
    """The paths whose value changes, and those that are only known after apply."""
    change = entry.change
    paths = list(differences(change.before, change.after))
    return [path for path in paths if not _inside_unknown(change.after_unknown, path)] + list(
        _unknown_paths(change.after_unknown)
    )


def _inside_unknown(marks: Any, path: Path) -> bool:
    return is_marked(marks, path) or any_marked(lookup(marks, path))


def _unknown_paths(marks: Any, path: Path = ()) -> list[Path]:
    if marks is True:
        return [path]
    if isinstance(marks, Mapping):
        return [found for key, inner in marks.items() for found in _unknown_paths(inner, (*path, key))]
    if isinstance(marks, list):
        return [found for index, inner in enumerate(marks) for found in _unknown_paths(inner, (*path, index))]
    return []


def _same(approved: Any, now: Any) -> bool:
    """Equal as the provider's SDK sees it: null is the zero value, and sets have no order."""
    if _is_zero(approved) and _is_zero(now):
        return True
    if isinstance(approved, Mapping) and isinstance(now, Mapping):
        return all(_same(approved.get(key), now.get(key)) for key in approved.keys() | now.keys())
    if isinstance(approved, list) and isinstance(now, list):
        if len(approved) != len(now):
            return False
        if all(_same(old, new) for old, new in zip(approved, now, strict=True)):
            return True
        return sorted(map(repr, approved)) == sorted(map(repr, now))
    return bool(approved == now) and isinstance(approved, bool) is isinstance(now, bool)


def _is_zero(value: Any) -> bool:
    return is_empty(value) or value is MISSING or value is False or value == 0


def _words(actions: tuple[str, ...]) -> str:
    return "replace" if set(actions) == {"create", "delete"} else "+".join(actions)
