"""One write to ARM, from the body that was judged to the body that came back.

The protocol: change only what the verdict names; check the frame; PUT with If-Match; follow the operation;
read again and compare. A body that somebody else changed since it was judged is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tfsync.azure.errors import ChangedSinceRead, OperationFailed, ResponseLost
from tfsync.converge.body import value_at
from tfsync.converge.patch import moved, patched, reached, steps
from tfsync.errors import ArmError
from tfsync.triage import ArmWrite

# EtagMismatch means that ARM's own bookkeeping moved; more than a few in a row mean something else.
_ATTEMPTS = 3


class Read(Protocol):
    """What was read of a resource: see `tfsync.azure.arm.Snapshot`."""

    @property
    def api_version(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def etag(self) -> str | None: ...


class Door(Protocol):
    """What this needs of `tfsync.azure.connect.Doors`."""

    def get(self, arm_id: str, api_version: str) -> Read: ...
    def put(self, arm_id: str, api_version: str, body: Mapping[str, Any], *, etag: str | None) -> None: ...
    def patch(self, arm_id: str, api_version: str, body: Mapping[str, Any]) -> None: ...
    def interrupt(self) -> None: ...


class Ignored(ArmError):
    """ARM accepted a write and did not do it."""


@dataclass(frozen=True)
class Writer:
    """Carries out writes through one door, telling `record` what happens before it happens."""

    arm: Door
    record: Callable[..., None]

    def carry_out(self, write: ArmWrite, read: Read) -> Read:
        """Do one write, all its steps, and return what Azure holds afterwards.

        Raises the ArmFaults of the door, and Ignored when ARM dropped an option.
        """
        for step in range(steps(write)):
            read = self._step(write, step, read)
        return read

    def _step(self, write: ArmWrite, step: int, read: Read) -> Read:
        read = self._fresh_enough(write, read)
        for attempt in range(1, _ATTEMPTS + 1):
            body = patched(read.body, write, step)
            self.record("write", **described(write, read, step))
            try:
                self._send(write, body, read.etag)
            except (ChangedSinceRead, ResponseLost) as fault:
                now = self.arm.get(write.arm_id, write.api_version)
                if not reached(now.body, write, step):
                    # The answer was lost, not the write: this is what a retried PUT meets.
                    return self._noted(write, step, now)
                self._refuse_moved(write, read, now)
                if attempt == _ATTEMPTS:
                    raise
                self.record("retry", address=write.address, step=step, reason=fault.code or str(fault.status))
                read = now
                continue
            except OperationFailed:
                self.record("failed", address=write.address, step=step)
                raise
            break
        now = self.arm.get(write.arm_id, write.api_version)
        ignored = reached(now.body, write, step)
        if ignored:
            self.record("ignored", address=write.address, step=step, paths=list(ignored))
            raise Ignored(
                f"Azure accepted the write and did not change {', '.join(ignored)}",
                where=write.address,
                hint="Nothing more was written to it. Is the feature offered in this region and tier?",
            )
        return self._noted(write, step, now)

    def _send(self, write: ArmWrite, body: Mapping[str, Any], etag: str | None) -> None:
        if write.method == "PATCH":
            self.arm.patch(write.arm_id, write.api_version, body)
        else:
            self.arm.put(write.arm_id, write.api_version, body, etag=etag)

    def _fresh_enough(self, write: ArmWrite, read: Read) -> Read:
        """With an etag ARM itself refuses a stale body. Without one, read again and compare."""
        if read.etag is not None or write.method == "PATCH":
            return read
        now = self.arm.get(write.arm_id, write.api_version)
        self._refuse_moved(write, read, now)
        return now

    def _refuse_moved(self, write: ArmWrite, read: Read, now: Read) -> None:
        changed = moved(read.body, now.body)
        if changed:
            self.record("moved", address=write.address, paths=list(changed))
            raise ChangedSinceRead(
                f"somebody changed {_some(changed)} since it was read; nothing was written to it",
                where=write.address,
            )

    def _noted(self, write: ArmWrite, step: int, now: Read) -> Read:
        self.record("written", address=write.address, step=step, etag=now.etag)
        return now


def described(write: ArmWrite, read: Read, step: int) -> dict[str, Any]:
    """A write for the journal: addresses, ARM paths, before and after, etag; no sensitive value."""
    changes = []
    for change in write.changes:
        before = value_at(read.body, change.path)
        after = change.values[min(step, len(change.values) - 1)]
        values = {"sensitive": True} if change.sensitive else {"before": before or None, "after": after}
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
