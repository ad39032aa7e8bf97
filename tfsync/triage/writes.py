"""The requests that carry an in-place change out, as few as may share one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tfsync.attributes import MISSING, is_empty, lookup_schema
from tfsync.rules import Rule, RuleBook, Transition, Write
from tfsync.rules.values import ENCODERS
from tfsync.terraform.plan import Change, ResourceChange
from tfsync.triage.conditions import is_secret, planned
from tfsync.triage.verdicts import ArmChange, ArmWrite


@dataclass(frozen=True)
class Obstacle:
    """Why a change that Azure can make cannot be asked for."""

    reason: str
    advice: str


def write_for(
    entry: ResourceChange, rule: Rule, covered: str, transition: Transition, rules: RuleBook, *, secret: bool
) -> ArmWrite | Obstacle:
    """The request for one transition of an attribute. `secret`: its value must not be shown."""
    before = entry.change.before
    arm_id = before.get("id") if isinstance(before, dict) else None
    writes = transition.writes or (
        Write(arm_path=rule.arm_path or "", attribute=covered, encode=rule.encode),
    )
    changes = []
    for write in writes:
        value = _value_of(write, entry.change)
        if value is not MISSING:
            hidden = is_secret(entry.change, write.attribute) if write.attribute else secret
            was = _was(write, entry.change) if write.attribute in rule.attributes else MISSING
            changes.append(ArmChange(write.arm_path, (*transition.via, value), hidden, was))
        elif not write.optional:
            return Obstacle(
                f"{write.attribute}, which Azure needs along with it, is only known after apply.",
                "Apply what it comes from first, then plan again.",
            )
    if not isinstance(arm_id, str) or not changes:
        return Obstacle(
            "State holds no Azure id for this resource, so there is nothing to write to.",
            "Run terraform refresh, then plan again.",
        )
    return ArmWrite(
        entry.address,
        arm_id,
        rules.method(rule),
        rules.api_version(rule, transition),
        tuple(changes),
        transition.omit,
        alone=transition.alone or bool(transition.via),
    )


def _value_of(write: Write, change: Change) -> Any:
    if write.attribute is None:
        return None if write.value is msgspec.UNSET else write.value
    value = planned(change, write.attribute)
    if value is MISSING or (write.optional and is_empty(value)):
        return MISSING
    return ENCODERS[write.encode](value)


def _was(write: Write, change: Change) -> Any:
    """What the plan was made from, as ARM would have been told; MISSING where state says nothing."""
    value = lookup_schema(change.before, write.attribute or "")
    return MISSING if is_empty(value) else ENCODERS[write.encode](value)


def merge_writes(writes: Iterable[ArmWrite]) -> list[ArmWrite]:
    """One write per resource, api-version and method, in the order given, GA before preview.

    A change that must be alone shares its request with nobody but its like: several causes of one
    replacement can ask for the very same change.
    """
    merged: list[ArmWrite] = []
    for write in writes:
        place = next((place for place, earlier in enumerate(merged) if _may_share(earlier, write)), None)
        if place is None:
            merged.append(write)
        else:
            merged[place] = _joined(merged[place], write)
    return sorted(merged, key=lambda write: write.api_version.endswith("-preview"))


def _may_share(first: ArmWrite, second: ArmWrite) -> bool:
    requests = [(write.arm_id, write.method, write.api_version) for write in (first, second)]
    if requests[0] != requests[1]:
        return False
    return _asked(first) == _asked(second) if first.alone or second.alone else True


def _asked(write: ArmWrite) -> list[tuple[str, tuple[Any, ...]]]:
    return [(change.path, change.values) for change in write.changes]


def _joined(first: ArmWrite, second: ArmWrite) -> ArmWrite:
    changes: dict[str, ArmChange] = {}
    for change in (*first.changes, *second.changes):
        earlier = changes.get(change.path, change)
        changes[change.path] = replace(
            change,
            sensitive=change.sensitive or earlier.sensitive,
            was=earlier.was if change.was is MISSING else change.was,
        )
    omit = dict.fromkeys((*first.omit, *second.omit))
    return replace(
        first, changes=tuple(changes.values()), omit=tuple(omit), alone=first.alone or second.alone
    )
