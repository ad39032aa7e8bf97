"""Reading and writing many resources: clusters side by side, what belongs to one cluster in turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from tfsync.converge.write import Door, Read, Writer
from tfsync.errors import BadInput, TfsyncError
from tfsync.triage import ArmWrite

# ARM's write bucket holds 200 and the AKS provider's 20 per cluster; eight at a time stays far below both.
_AT_ONCE = 8
_In = TypeVar("_In")
_Out = TypeVar("_Out")
_CLUSTER = re.compile(r"(?i)^(.*/managedClusters/[^/]+)")


@dataclass(frozen=True)
class Result:
    """What became of the writes: addresses that hold what was wanted, and errors by address."""

    written: tuple[str, ...]
    failed: Mapping[str, TfsyncError] = field(default_factory=dict)


def read_live(door: Door, targets: Iterable[tuple[str, str, str]]) -> dict[str, Read]:
    """Read resources side by side: (address, ARM id, api-version) each. Raises the first ArmFault."""
    wanted = list(targets)
    bodies = _side_by_side(door, lambda target: door.get(target[1], target[2]), wanted)
    found = {address: body for (address, _, _), body in zip(wanted, bodies, strict=True)}
    for address, read in found.items():
        _refuse_stopped(address, read)
    return found


def _side_by_side(door: Door, work: Callable[[_In], _Out], items: Sequence[_In]) -> list[_Out]:
    """Do the work for each item in a thread of its own. Ctrl-C ends their waiting for Azure first."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            return list(pool.map(work, items))
        except KeyboardInterrupt:
            door.interrupt()
            raise


def _refuse_stopped(address: str, read: Read) -> None:
    """A stopped cluster takes nothing but start and delete (AKS: OperationNotAllowed)."""
    power = ((read.body.get("properties") or {}).get("powerState") or {}).get("code")
    if power == "Stopped":
        raise BadInput("the cluster is stopped", where=address, hint="Start it first: az aks start")


def write_all(
    door: Door, writes: Sequence[ArmWrite], reads: Mapping[str, Read], record: Callable[..., None]
) -> Result:
    """Carry out every write. A failure ends the writes of its own cluster and leaves the others alone."""
    writer = Writer(door, record)
    groups: dict[str, list[ArmWrite]] = {}
    for write in writes:
        match = _CLUSTER.match(write.arm_id)
        groups.setdefault((match[1] if match else write.arm_id).lower(), []).append(write)

    def carry_out(group: list[ArmWrite]) -> tuple[list[str], dict[str, TfsyncError]]:
        done: list[str] = []
        # The cluster before what belongs to it: its PUT holds its pools as well.
        for write in sorted(group, key=lambda write: write.arm_id.count("/")):
            try:
                writer.carry_out(write, None if done else reads[write.address])
            except TfsyncError as error:
                return [address for address in done if address != write.address], {write.address: error}
            done.append(write.address)
        return done, {}

    results = _side_by_side(door, carry_out, list(groups.values()))
    written = dict.fromkeys(address for done, _ in results for address in done)
    failed = {address: error for _, errors in results for address, error in errors.items()}
    return Result(tuple(written), failed)
