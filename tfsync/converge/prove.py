"""The proof: what is left to do after the in-place changes is part of what was approved.

For each resource the residual plan changes: it was changed in the approved plan, its action is no more
severe, and every attribute it sets was set there, to the same value, or was unknown then. Outputs and data
sources may differ; resources may not. Whatever the proof does not know, it refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tfsync.attributes import Path, is_marked, to_text
from tfsync.converge.sameness import Sameness
from tfsync.converge.unapproved import Sides, Walk
from tfsync.terraform.plan import Change, Plan, ResourceChange

_Actions = tuple[str, ...]
_HARMLESS: Final = frozenset({("no-op",), ("read",)})
_IN_PLACE: Final = frozenset({("update",), *_HARMLESS})
_REPLACEMENTS: Final = frozenset({("delete", "create"), ("create", "delete")})

# What each action may be the rest of. An object that is new since the approval was not there to be updated,
# and a delete alone leaves less than the replacement that was approved.
_PART_OF: Final[Mapping[_Actions, frozenset[_Actions]]] = {
    ("update",): _REPLACEMENTS | {("update",)},
    ("create",): _REPLACEMENTS | {("create",)},
    ("delete", "create"): _REPLACEMENTS,
    ("create", "delete"): _REPLACEMENTS,
    ("delete",): frozenset({("delete",)}),
    ("forget",): frozenset({("forget",)}),
    ("create", "forget"): frozenset({("create", "forget")}),
}


@dataclass(frozen=True)
class Difference:
    """One thing the residual plan would do that nobody approved. Never holds a value."""

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
    found = list(_of_the_plan(approved, residual))
    for entry in residual.resource_changes:
        if entry.mode != "data":
            before = known.get(_key(entry))
            # A deposed object shares its address with the one that lives on.
            must_live = entry.address in kept and entry.deposed is None
            found += _of_the_state(before, entry) or _of_the_object(before, entry, must_live)
    return tuple(found)


def _key(entry: ResourceChange) -> tuple[str, str | None]:
    return entry.address, entry.deposed


def _of_the_plan(approved: Plan, residual: Plan) -> Iterator[Difference]:
    if residual.errored:
        yield Difference("the plan", "failed half-way")
    if approved.complete and not residual.complete:
        yield Difference("the plan", "leaves something out, and left nothing out when it was approved")
    deferred = {entry.address for entry in approved.deferred_changes}
    for entry in residual.deferred_changes:
        if entry.address not in deferred:
            yield Difference(entry.address, "is put off, and was not when it was approved")
    for invocation in residual.action_invocations:
        if invocation not in approved.action_invocations:
            address = invocation.get("address") if isinstance(invocation, Mapping) else None
            yield Difference(str(address or "the plan"), "would invoke an action that was not approved")


def _of_the_state(before: ResourceChange | None, now: ResourceChange) -> list[Difference]:
    """Import and move change which object an address stands for, whatever the actions are."""
    found = []
    if now.change.importing is not None and (
        before is None or now.change.importing != before.change.importing
    ):
        found.append(Difference(now.address, "would be imported, and not so when it was approved"))
    if now.previous_address is not None and (
        before is None or now.previous_address != before.previous_address
    ):
        found.append(Difference(now.address, f"would be moved here from {now.previous_address}, unapproved"))
    return found


def _of_the_object(before: ResourceChange | None, now: ResourceChange, must_live: bool) -> list[Difference]:
    actions = now.change.actions
    if actions in _HARMLESS:
        return []
    if before is None:
        return [Difference(now.address, "was not in the approved plan")]
    if must_live and actions not in _IN_PLACE:
        return [Difference(now.address, f"must be kept, but the plan says {_words(actions)}")]
    approved = before.change.actions
    if approved not in _PART_OF.get(actions, ()):
        return [Difference(now.address, f"{_words(actions)} now, {_words(approved)} when it was approved")]
    if now.change.is_replacement:
        fresh = [path for path in now.change.replace_paths if path not in before.change.replace_paths]
        if fresh:
            return [Difference(now.address, "replaces it now, and did not when it was approved", fresh[0])]
    return [] if actions[0] in ("delete", "forget") and len(actions) == 1 else _of_the_values(before, now)


def _of_the_values(before: ResourceChange, now: ResourceChange) -> list[Difference]:
    made = "create" in now.change.actions
    # The SDK below azurerm (v2) reads null and the zero value alike, so azurerm can never mean one of them.
    # azapi and whatever is built on the plugin framework tell them apart: there a null that becomes false
    # or [] is a change.
    walk = Walk(Sameness(loose=now.type.startswith("azurerm_")))
    differences = walk.differences(_sides(before.change), _sides(now.change), made=made)
    return [Difference(now.address, reason, _shown(now.change, path)) for path, reason in differences]


def _sides(change: Change) -> Sides:
    return Sides(change.before, change.after, change.after_unknown)


def _shown(change: Change, path: Path) -> Path:
    """The path up to what is sensitive: the keys of a secret map are as secret as its values."""
    for length in range(len(path)):
        marks = (change.before_sensitive, change.after_sensitive)
        if any(is_marked(mark, path[:length]) for mark in marks):
            return path[:length]
    return path


def _words(actions: _Actions) -> str:
    return "replace" if actions in _REPLACEMENTS else "+".join(actions) or "nothing it names"
