"""What a run came to, and what a plan still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfsync.converge.judged import Judged
from tfsync.converge.prove import Difference
from tfsync.errors import TfsyncError
from tfsync.terraform.plan import Plan


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    `left` are the addresses that the last plan still changes, `lost` those of them it would destroy although
    they were to live on.
    """

    judged: Judged
    applied: bool = False
    written: tuple[str, ...] = ()
    failed: Mapping[str, TfsyncError] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    left: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    residual: Mapping[str, int] = field(default_factory=dict)
    arm_requests: int = 0
    seconds: float = 0.0
    journal: str | None = None


def changed(plan: Plan) -> tuple[str, ...]:
    """The managed resources that a plan changes."""
    return tuple(
        entry.address
        for entry in plan.resource_changes
        if entry.mode == "managed" and entry.change.actions not in (("no-op",), ("read",))
    )


def counts(plan: Plan) -> dict[str, int]:
    """How many objects a plan creates, updates and destroys; a replacement counts for both ends."""
    actions = [action for entry in plan.resource_changes for action in entry.change.actions]
    return {name: actions.count(name) for name in ("create", "update", "delete")}
