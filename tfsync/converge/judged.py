"""A plan that was judged, and what follows from that before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfsync.converge.patch import foreign
from tfsync.converge.write import Read, not_as_planned
from tfsync.errors import Blocked
from tfsync.rules import RuleBook
from tfsync.terraform.plan import Plan
from tfsync.triage import Triage


@dataclass(frozen=True)
class Judged:
    """A plan with its judgement and with what Azure held when it was judged."""

    plan: Plan
    triage: Triage
    reads: Mapping[str, Read] = field(default_factory=dict)

    @property
    def live(self) -> dict[str, Mapping[str, Any]]:
        """The ARM bodies that were read, by address."""
        return {address: read.body for address, read in self.reads.items()}

    @property
    def kept(self) -> frozenset[str]:
        """The addresses planned for destruction that live on."""
        return frozenset(
            resource.address
            for resource in self.triage.resources
            if "delete" in resource.actions and not resource.destroyed
        )


def to_read(judgement: Triage, rules: RuleBook) -> list[tuple[str, str, str]]:
    """What of Azure the judgement hangs on: (address, ARM id, api-version) of each resource to read."""
    targets: dict[str, tuple[str, str, str]] = {}
    for resource in judgement.resources:
        # Those too that are not to be written as things stand: what Azure says of another may change that.
        written = [write.api_version for item in resource.attributes for write in item.writes]
        undecided = any(item.undecided for item in resource.attributes)
        version = written[0] if written else rules.read_version(resource.type)
        if resource.arm_id and version and (written or undecided):
            targets[resource.address] = (resource.address, resource.arm_id, version)
    return list(targets.values())


def refuse_foreign(judged: Judged) -> None:
    """Raise ChangedSinceRead where Azure holds another value than the plan was made from."""
    for write in judged.triage.writes:
        paths = foreign(judged.reads[write.address].body, write)
        if paths:
            raise not_as_planned(write, paths)


def blocked(judgement: Triage) -> Blocked:
    """The error that says why nothing may be applied."""
    names = [f"{resource.address} ({resource.verdict})" for resource in judgement.blocked]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return Blocked(
        f"nothing was applied: {', '.join(names[:3])}{more}",
        hint="The report says what to do about each. --allow-replace ADDRESS lets one replacement through.",
    )


def refuse_errored(plan: Plan, plan_file: Path) -> None:
    """A plan that failed half-way shows only a part of what would happen."""
    if plan.errored:
        raise Blocked("is the plan of a run that failed; nothing was applied", where=str(plan_file))
