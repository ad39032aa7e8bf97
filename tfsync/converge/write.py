"""One write to ARM, from the body that was judged to the body that came back.

The protocol: change only what the verdict names; check the frame; PUT with If-Match; follow the operation;
read again and compare. A body that somebody else changed since it was judged is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tfsync.attributes import MISSING
from tfsync.azure.errors import ChangedSinceRead, OperationFailed, ResponseLost
from tfsync.converge.body import value_at
from tfsync.converge.patch import first_step, foreign, moved, patched, reached, steps
from tfsync.errors import ArmError
from tfsync.triage import ArmWrite

# EtagMismatch means that ARM's own bookkeeping moved; more than a few in a row mean something else.
_ATTEMPTS = 3
FAILED = "Failed"


class Read(Protocol):
    """What was read of a resource: see `tfsync.azure.arm.Snapshot`."""

    @property
    def api_version(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def etag(self) -> str | None: ...
    @property
    def provisioning_state(self) -> str | None: ...


class Door(Protocol):
    """What this needs of `tfsync.azure.connect.Doors`."""

    def get(self, arm_id: str, api_version: str) -> Read: ...
    def put(self, arm_id: str, api_version: str, body: Mapping[str, Any], *, etag: str | None) -> None: ...
    def patch(self, arm_id: str, api_version: str, body: Mapping[str, Any]) -> None: ...
    def wait_until_idle(self, arm_id: str, api_version: str) -> Read: ...
    def interrupt(self) -> None: ...


class Ignored(ArmError):
    """ARM accepted a write and did not do it."""


@dataclass(frozen=True)
class Writer:
    """Carries out writes through one door, telling `record` what happens before it happens."""

    arm: Door
    record: Callable[..., None]

    def carry_out(self, write: ArmWrite, judged: Read | None) -> Read:
        """Do one write, as far as it is not done already, and return what Azure holds afterwards.

        `judged` is the body that the verdict was made on; None where an earlier write of this run has
        changed the resource since. The resource is always read again first: an etag does not tell a
        cluster that one of its pools has changed (Azure docs, use-etags), and its PUT holds them all.

        Raises the ArmFaults of the door, and Ignored when ARM dropped an option.
        """
        read = self.arm.wait_until_idle(write.arm_id, write.api_version)
        if judged is not None and judged.api_version == write.api_version:
            self._refuse_moved(write, judged, read)
        self._refuse_foreign(write, read)
        begin = first_step(read.body, write)
        if begin == steps(write) and read.provisioning_state == FAILED:
            # It holds the values and did not get there: writing them once more is how AKS reconciles.
            begin -= 1
        if begin == steps(write):
            self.record("already", address=write.address)
        for step in range(begin, steps(write)):
            read = self._step(write, step, read)
        return read

    def _step(self, write: ArmWrite, step: int, read: Read) -> Read:
        for _ in range(_ATTEMPTS):
            self.record("write", **described(write, read, step))
            try:
                self._send(write, patched(read.body, write, step), read.etag)
            except (ChangedSinceRead, ResponseLost) as fault:
                now = self.arm.wait_until_idle(write.arm_id, write.api_version)
                if not reached(now.body, write, step):
                    # The answer was lost, not the write: this is what a retried PUT meets.
                    return self._arrived(write, step, now)
                self._refuse_moved(write, read, now)
                self.record("retry", address=write.address, step=step, reason=fault.code or str(fault.status))
                read = now
            except OperationFailed:
                self.record("failed", address=write.address, step=step)
                raise
            else:
                return self._arrived(write, step, self.arm.get(write.arm_id, write.api_version))
        raise ChangedSinceRead(
            "Azure refused the write each time although nothing changed", where=write.address
        )

    def _send(self, write: ArmWrite, body: Mapping[str, Any], etag: str | None) -> None:
        if write.method == "PATCH":
            self.arm.patch(write.arm_id, write.api_version, body)
        else:
            self.arm.put(write.arm_id, write.api_version, body, etag=etag)

    def _arrived(self, write: ArmWrite, step: int, now: Read) -> Read:
        """Compare what Azure holds now with what was written."""
        if now.provisioning_state == FAILED:
            self.record("failed", address=write.address, step=step)
            raise OperationFailed("Azure took the write and could not carry it out", where=write.address)
        ignored = reached(now.body, write, step)
        if ignored:
            self.record("ignored", address=write.address, step=step, paths=list(ignored))
            raise Ignored(
                f"Azure accepted the write and did not change {', '.join(ignored)}",
                where=write.address,
                hint="Nothing more was written to it. Is the feature offered in this region and tier?",
            )
        self.record("written", address=write.address, step=step, etag=now.etag)
        return now

    def _refuse_moved(self, write: ArmWrite, read: Read, now: Read) -> None:
        changed = moved(read.body, now.body)
        if changed:
            self.record("moved", address=write.address, paths=list(changed))
            raise ChangedSinceRead(
                f"somebody changed {_some(changed)} since it was read; nothing was written to it",
                where=write.address,
            )

    def _refuse_foreign(self, write: ArmWrite, read: Read) -> None:
        paths = foreign(read.body, write)
        if paths:
            self.record("moved", address=write.address, paths=list(paths))
            raise not_as_planned(write, paths)


def not_as_planned(write: ArmWrite, paths: tuple[str, ...]) -> ChangedSinceRead:
    """The error for a property that has another value in Azure than the plan was made from."""
    return ChangedSinceRead(
        f"{_some(paths)} has changed in Azure since the plan was made; nothing was written to it",
        where=write.address,
        hint="Plan again, and let what it finds be approved again.",
    )


def described(write: ArmWrite, read: Read, step: int) -> dict[str, Any]:
    """A write for the journal: addresses, ARM paths, before and after, etag; no sensitive value."""
    changes = []
    for change in write.changes:
        before = value_at(read.body, change.path)
        known = None if before is MISSING else before
        after = change.values[min(step, len(change.values) - 1)]
        values = {"sensitive": True} if change.sensitive else {"before": known, "after": after}
        changes.append({"arm_path": change.path, **values})
    return {
        "address": write.address,
        "arm_id": write.arm_id,
        "method": write.method,
        "api_version": write.api_version,
        "step": step,
        "etag": read.etag,
        "changes": changes,
    }


def _some(paths: tuple[str, ...]) -> str:
    shown = ", ".join(paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown
