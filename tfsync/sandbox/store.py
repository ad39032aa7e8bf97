"""What the sandbox's Azure holds, on disk, so that it survives a restart.

One file, `state.json`, written to a neighbour and moved into place: a reader never sees half of it.
Ids are compared without case, as ARM does, and answered as they were first written.

A node pool is not stored on its own. It lives in `agentPoolProfiles` of its cluster, and
`…/agentPools/NAME` is a view of that: one truth, whichever way it is written.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import threading
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import IO, Any

from tfsync.errors import BadInput
from tfsync.sandbox.wire import Body

FORMAT = 1
OPERATIONS_KEPT = 100

_POOL_ID = re.compile(r"(?P<cluster>.+/managedClusters/[^/]+)/agentPools/(?P<pool>[^/]+)", re.IGNORECASE)
_POOL_TYPE = "Microsoft.ContainerService/managedClusters/agentPools"


class Store:
    """Resources by id, and operations by id. Everything handed out or taken in is a copy.

    `lock` guards a read and the write that follows from it; every method takes it by itself too.
    Raises BadInput when the directory cannot be written, is in use by another sandbox, or holds a
    state that this version did not write.
    """

    def __init__(self, directory: Path) -> None:
        self.lock = threading.RLock()
        self._file = directory / "state.json"
        self._claim = _claim(directory)
        try:
            self._resources, self._operations = _load(self._file)
        except BaseException:
            self._claim.close()
            raise

    def close(self) -> None:
        """Let another sandbox have the directory."""
        self._claim.close()

    def get(self, arm_id: str) -> Body | None:
        """The resource's body, with its eTag, or None."""
        with self.lock:
            if match := _POOL_ID.fullmatch(arm_id):
                return self._pool(match["cluster"], match["pool"])
            return deepcopy(self._resources.get(arm_id.lower()))

    def put(self, arm_id: str, body: Body) -> None:
        """Store the body as it is. A pool needs its cluster: KeyError without."""
        with self.lock:
            if match := _POOL_ID.fullmatch(arm_id):
                self._put_pool(match["cluster"], match["pool"], body)
            else:
                self._resources[arm_id.lower()] = deepcopy(body)
            self._save()

    def remove(self, arm_id: str) -> None:
        """Remove the resource and all that is beneath it; no matter if it is not there."""
        with self.lock:
            if match := _POOL_ID.fullmatch(arm_id):
                if cluster := self._resources.get(match["cluster"].lower()):
                    pools = cluster["properties"].get("agentPoolProfiles") or []
                    kept = [pool for pool in pools if pool["name"].lower() != match["pool"].lower()]
                    cluster["properties"]["agentPoolProfiles"] = kept
            else:
                key = arm_id.lower()
                for other in [k for k in self._resources if k == key or k.startswith(key + "/")]:
                    del self._resources[other]
            self._save()

    def matching(self, pattern: re.Pattern[str]) -> Iterator[Body]:
        """The bodies whose id matches as a whole, in the order they were created."""
        with self.lock:
            bodies = [deepcopy(b) for k, b in self._resources.items() if pattern.fullmatch(k)]
        yield from bodies

    def operation(self, operation_id: str) -> Body | None:
        with self.lock:
            return deepcopy(self._operations.get(operation_id))

    def unfinished(self) -> list[Body]:
        """The operations that have not been settled yet, oldest first."""
        with self.lock:
            return [deepcopy(o) for o in self._operations.values() if not o["done"]]

    def put_operation(self, operation: Body) -> None:
        """Store an operation. Of the settled ones only the latest are kept."""
        with self.lock:
            self._operations[operation["id"]] = deepcopy(operation)
            settled = [key for key, o in self._operations.items() if o["done"]]
            for key in settled[:-OPERATIONS_KEPT]:
                del self._operations[key]
            self._save()

    def _pool(self, cluster_id: str, name: str) -> Body | None:
        cluster = self._resources.get(cluster_id.lower())
        for profile in (cluster or {}).get("properties", {}).get("agentPoolProfiles") or []:
            if profile["name"].lower() == name.lower():
                properties = {k: v for k, v in deepcopy(profile).items() if k != "name"}
                return {
                    "id": f"{cluster_id}/agentPools/{profile['name']}",
                    "name": profile["name"],
                    "type": _POOL_TYPE,
                    "properties": properties,
                }
        return None

    def _put_pool(self, cluster_id: str, name: str, body: Body) -> None:
        profiles = self._resources[cluster_id.lower()]["properties"].setdefault("agentPoolProfiles", [])
        profile = {"name": name, **deepcopy(body["properties"])}
        for index, existing in enumerate(profiles):
            if existing["name"].lower() == name.lower():
                profiles[index] = {**profile, "name": existing["name"]}
                return
        profiles.append(profile)

    def _save(self) -> None:
        state = {"format": FORMAT, "resources": self._resources, "operations": self._operations}
        replace(self._file, json.dumps(state))


def replace(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file in one step, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def _claim(directory: Path) -> IO[str]:
    """Make the directory, and hold its lock for as long as the returned file is open."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        claim = (directory / "lock").open("w")
    except OSError as error:
        raise BadInput(
            f"cannot write there: {error.strerror}",
            where=str(directory),
            hint="Give --dir a directory that you may write to.",
        ) from None
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        claim.close()
        raise BadInput(
            "another sandbox is running on this directory",
            where=str(directory),
            hint="Stop it, or give --dir another directory.",
        ) from None
    return claim


def _load(path: Path) -> tuple[dict[str, Body], dict[str, Body]]:
    if not path.exists():
        return {}, {}
    try:
        state: Any = json.loads(path.read_text(encoding="utf-8"))
        if state["format"] != FORMAT:
            raise KeyError
        return dict(state["resources"]), dict(state["operations"])
    except (ValueError, KeyError, TypeError, OSError):
        raise BadInput(
            "not a state that this version of the sandbox wrote",
            where=str(path),
            hint="Remove the file to start with an empty Azure.",
        ) from None
