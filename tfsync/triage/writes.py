"""Several changes of one resource become as few requests as they may share."""

from __future__ import annotations

from collections.abc import Iterable

from tfsync.triage.verdicts import ArmChange, ArmWrite


def merge_writes(writes: Iterable[ArmWrite]) -> list[ArmWrite]:
    """One write per resource, api-version and method, GA before preview.

    A change that goes through intermediate values stays alone: what else would be written in between
    is nobody's decision.
    """
    merged: dict[tuple[object, ...], ArmWrite] = {}
    for write in writes:
        alone = any(len(change.values) > 1 for change in write.changes)
        key = (write.arm_id, write.method, write.api_version, write.changes if alone else None)
        earlier = merged.get(key)
        merged[key] = write if earlier is None else _joined(earlier, write)
    return sorted(merged.values(), key=lambda write: write.api_version.endswith("-preview"))


def _joined(first: ArmWrite, second: ArmWrite) -> ArmWrite:
    changes: dict[str, ArmChange] = {change.path: change for change in (*first.changes, *second.changes)}
    omit = dict.fromkeys((*first.omit, *second.omit))
    return ArmWrite(
        first.address, first.arm_id, first.method, first.api_version, tuple(changes.values()), tuple(omit)
    )
