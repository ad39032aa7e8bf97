"""What becomes of the resources that a plan destroys, once all of them are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tfsync.triage.verdicts import (
    CASCADE,
    IN_PLACE,
    OPT_IN,
    REQUESTED,
    TERRAFORM,
    Permissions,
    ResourceVerdict,
    is_own,
)

NO_PERMISSIONS: Final = Permissions()


class Fates:
    """Who is destroyed in the end, because of whom, and whether that stands in the way of everything."""

    def __init__(self, judged: Mapping[str, ResourceVerdict], permissions: Permissions) -> None:
        self._judged = judged
        self._permissions = permissions

    def settle(self, verdict: ResourceVerdict) -> ResourceVerdict:
        """The verdict with its end: destroyed or not, and blocked or not."""
        if "delete" not in verdict.actions:
            return verdict
        culprits = self._culprits(verdict, frozenset())
        blockers = sorted(culprits) if self._is_blocked(verdict, culprits) else []
        reason = verdict.reason
        if blockers and verdict.address not in blockers:
            reason = f"It goes with {' and '.join(blockers)}, which terraform replaces."
        return replace(verdict, destroyed=bool(culprits), blocked=bool(blockers), reason=reason)

    def is_written(self, verdict: ResourceVerdict) -> bool:
        """Whether the resource lives on because ARM changes it in place."""
        return verdict.verdict in (IN_PLACE, OPT_IN) and not self._culprits(verdict, frozenset())

    def _culprits(self, verdict: ResourceVerdict, seen: frozenset[str]) -> frozenset[str]:
        """The resources for whose sake this one is destroyed; none when it lives."""
        address = verdict.address
        kept = verdict.verdict in (IN_PLACE, CASCADE) or (
            verdict.verdict == OPT_IN and self._permissions.preview
        )
        replaced_on_purpose = address in self._permissions.replace and verdict.verdict != CASCADE
        if not kept or replaced_on_purpose:
            return frozenset({address})
        roots = {root for item in verdict.attributes if item.verdict == CASCADE for root in item.roots}
        found: set[str] = set()
        for root in roots - seen:
            if root in self._judged:
                found |= self._culprits(self._judged[root], seen | {address, root})
        return frozenset(found)

    def _is_blocked(self, verdict: ResourceVerdict, culprits: frozenset[str]) -> bool:
        """Only AKS's own resources block. One that goes with another is not blocked when that one is."""
        if not culprits or not is_own(verdict.type) or verdict.verdict == REQUESTED:
            return False
        if verdict.address in self._permissions.replace:
            return False
        return verdict.address in culprits or any(self._is_beyond_us(culprit) for culprit in culprits)

    def _is_beyond_us(self, address: str) -> bool:
        """Whether nobody else speaks up for what goes with this resource: it is not of AKS."""
        verdict = self._judged[address]
        return not is_own(verdict.type) and verdict.verdict in (TERRAFORM, REQUESTED)
