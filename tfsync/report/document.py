"""The report as plain JSON values. Every other format is made from this document and from nothing else.

So what may be shown is decided once, here: a sensitive value does not get in, and cannot get out.
`schema.json` beside this file describes the shape.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from tfsync.attributes import MISSING, Path, to_text
from tfsync.triage.verdicts import (
    CASCADE,
    ArmChange,
    ArmWrite,
    AttributeVerdict,
    ResourceVerdict,
    Triage,
)

if TYPE_CHECKING:
    from tfsync.terraform.positions import Position

# Raised by one after the point when keys are added, before the point when one changes its meaning or goes.
FORMAT_VERSION: Final = "1.0"

Document = dict[str, Any]
Positions = Mapping[tuple[str, Path], "Position"]
_NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class Failure:
    """A resource that could not be written, and Azure's words for it. The message holds no secret."""

    address: str
    message: str


@dataclass(frozen=True)
class Run:
    """What a run of `tfsync apply` did, and what it cost. Resources are named by address."""

    applied: bool
    """Whether terraform applied what was left; false where the run stopped before."""
    kept: tuple[str, ...] = ()
    """What the plan would have destroyed and lives on."""
    written: tuple[str, ...] = ()
    """What was changed through ARM, and read back."""
    failed: tuple[Failure, ...] = ()
    differences: tuple[str, ...] = ()
    """Why the proof failed: what the plan after the refresh would do that nobody approved."""
    residual: Mapping[str, int] = field(default_factory=dict)
    """How many objects the plan after the refresh still creates, updates and deletes: `{"update": 1}`."""
    left: tuple[str, ...] = ()
    """What the last plan still wants to change."""
    arm_requests: int = 0
    terraform_invocations: int = 0
    seconds: float = 0.0
    """By the clock on the wall."""
    journal: str | None = None
    """The name of the run's journal."""


def document(
    triage: Triage,
    *,
    terraform_version: str,
    providers: Mapping[str, str],
    tfsync_version: str,
    positions: Positions = _NOTHING,
    live: Mapping[str, Mapping[str, Any]] = _NOTHING,
    run: Run | None = None,
) -> Document:
    """The report on a judged plan; with `run`, on what became of it.

    `providers` are versions by source address. `positions` say where an attribute is written, by address
    and path; `()` is the resource's own block, and stands in for whatever has no position of its own.
    `live` are the ARM bodies that were read, by address: what a write finds there before it.
    """
    # Only what is replaced takes others along; a deposed object may share its address with what stays.
    lost = {entry.address for entry in triage.resources if entry.destroyed and "create" in entry.actions}
    return {
        "format_version": FORMAT_VERSION,
        "tfsync_version": tfsync_version,
        "terraform_version": terraform_version,
        "providers": dict(sorted(providers.items())),
        "summary": dict(triage.summary),
        "resources": [_resource(entry, lost, positions) for entry in triage.resources],
        "writes": [_write(write, live.get(write.address)) for write in triage.writes],
        "outcome": None if run is None else _outcome(run),
    }


def _resource(resource: ResourceVerdict, lost: Collection[str], positions: Positions) -> Document:
    roots = {root for item in resource.attributes if item.verdict == CASCADE for root in item.roots}
    return {
        "address": resource.address,
        "type": resource.type,
        "actions": list(resource.actions),
        "verdict": resource.verdict,
        "root": resource.root,
        "reason": resource.reason,
        "advice": resource.advice,
        "blocked": resource.blocked,
        "destroyed": resource.destroyed,
        "goes_with": sorted(roots & set(lost)) if resource.destroyed else [],
        "arm_id": resource.arm_id,
        "position": _position(resource.address, (), positions),
        "attributes": [_attribute(resource.address, item, positions) for item in resource.attributes],
    }


def _attribute(address: str, item: AttributeVerdict, positions: Positions) -> Document:
    return {
        "path": to_text(item.path),
        "verdict": item.verdict,
        "rule": item.rule,
        "before": None if item.sensitive else item.before,
        "after": None if item.sensitive else item.after,
        "effects": list(item.effects),
        "reason": item.reason,
        "advice": item.advice,
        "sensitive": item.sensitive,
        "unknown": item.unknown,
        "edit": item.edit,
        "root": item.root,
        "roots": list(item.roots),
        "undecided": item.undecided,
        "position": _position(address, item.path, positions),
    }


def _position(address: str, path: Path, positions: Positions) -> Document | None:
    """Where the attribute is written; for one that is not, the nearest block around it."""
    for length in range(len(path), -1, -1):
        found = positions.get((address, path[:length]))
        if found is not None:
            return {"file": PurePath(found.file).as_posix(), "line": found.line}
    return None


def _write(write: ArmWrite, body: Mapping[str, Any] | None) -> Document:
    return {
        "address": write.address,
        "arm_id": write.arm_id,
        "method": write.method,
        "api_version": write.api_version,
        "changes": [_change(change, body) for change in write.changes],
        "omitted": list(write.omit),
        "read": body is not None,
    }


def _change(change: ArmChange, body: Mapping[str, Any] | None) -> Document:
    *through, after = (None,) if change.sensitive else change.values
    return {
        "arm_path": change.path,
        "before": None if change.sensitive or body is None else _live_value(body, change.path),
        "after": after,
        "through": through,
        "sensitive": change.sensitive,
    }


def _live_value(body: Mapping[str, Any], path: str) -> Any:
    from tfsync.converge.body import value_at  # not above: the loop imports this room

    value = value_at(body, path)
    return None if value is MISSING else value


def _outcome(run: Run) -> Document:
    return {
        "applied": run.applied,
        "kept": list(run.kept),
        "written": list(run.written),
        "failed": [{"address": failure.address, "message": failure.message} for failure in run.failed],
        "differences": list(run.differences),
        "residual": dict(sorted(run.residual.items())),
        "left": list(run.left),
        "arm_requests": run.arm_requests,
        "terraform_invocations": run.terraform_invocations,
        "seconds": round(run.seconds, 1),
        "journal": run.journal,
    }
