"""Azure Resource Manager: read a resource, write it, and wait until the write has really happened."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tfsync.azure.errors import (
    ChangedSinceRead,
    NotFound,
    OperationFailed,
    OperationInProgress,
    ResponseLost,
    Throttled,
    Unreachable,
)
from tfsync.azure.patience import Patience, Progress, growing_delays
from tfsync.azure.redaction import secrets_in

if TYPE_CHECKING:
    from tfsync.azure.connection import Connection
    from tfsync.azure.pipeline import CountRequests, Response
    from tfsync.azure.settings import Settings

__all__ = ["Arm", "Progress", "Snapshot"]

_IDLE = frozenset({"", "succeeded", "failed", "canceled"})
_POOL = re.compile(r"/agentPools/[^/]+$", re.IGNORECASE)


@dataclass(frozen=True)
class Snapshot:
    """A resource as Resource Manager gave it at one moment. Treat `body` as read-only.

    `etag` is None where the api-version has none; AKS also left it out of some answers until late 2025.
    """

    arm_id: str
    api_version: str
    body: Mapping[str, Any]
    etag: str | None

    @property
    def provisioning_state(self) -> str | None:
        """Succeeded, Failed, Canceled, or one of an open set of words for work going on."""
        state = _properties(self.body).get("provisioningState")
        return state if isinstance(state, str) else None


def _silent(_: Progress) -> None:
    """Progress that nobody asked for."""


class Arm:
    """The door to Azure Resource Manager, for one run, one identity and any number of threads.

    Nothing is sent, and no SDK is imported, before the first request. Each call may take `timeout` seconds,
    all its waiting included. Raises the errors of `tfsync.azure.errors`, and BadInput for unusable settings.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_progress: Callable[[Progress], None] = _silent,
        timeout: float = 3600.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._on_progress = on_progress
        self._timeout = timeout
        self._sleep = sleep
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._counter: CountRequests | None = None

    @property
    def requests(self) -> int:
        """HTTP requests sent to Resource Manager so far, each repetition counted; sign-in is not."""
        return self._counter.count if self._counter else 0

    def get(self, arm_id: str, api_version: str) -> Snapshot:
        """Read a resource."""
        return self._read(arm_id, api_version, self._patience(arm_id))

    def put(self, arm_id: str, api_version: str, body: Mapping[str, Any], *, etag: str | None) -> None:
        """Write a whole resource and wait until its operation has succeeded. Read it to see what it did.

        `etag` is that of the snapshot the body was made from; it makes Azure refuse the write when something
        changed since. Without one a lost answer is not tried again (ResponseLost).
        """
        self._write("put", arm_id, api_version, body, etag)

    def patch(
        self, arm_id: str, api_version: str, body: Mapping[str, Any], *, etag: str | None = None
    ) -> None:
        """Write part of a resource (cluster extensions take this) and wait as `put` does."""
        self._write("patch", arm_id, api_version, body, etag)

    def wait_until_idle(self, arm_id: str, api_version: str) -> Snapshot:
        """Read a resource until no operation works on it. How the last one ended is in the snapshot."""
        return self._until_idle(arm_id, api_version, self._patience(arm_id))

    def close(self) -> None:
        """Close all connections. The next request would open new ones."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection:
            connection.close()

    def _patience(self, arm_id: str) -> Patience:
        return Patience(arm_id, limit=self._timeout, sleep=self._sleep, on_progress=self._on_progress)

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None:
                from tfsync.azure.connection import Connection
                from tfsync.azure.pipeline import CountRequests

                self._counter = self._counter or CountRequests()
                self._connection = Connection(self._settings, self._counter)
            return self._connection

    def _read(self, arm_id: str, api_version: str, patience: Patience) -> Snapshot:
        connection = self._connected()
        from tfsync.azure.sdk_errors import translated

        with translated(arm_id, connection.host):
            answer = connection.get(arm_id, api_version, patience).http_response
            body = answer.json()
            if not isinstance(body, dict):
                raise ValueError("no object")
            return Snapshot(arm_id, api_version, body, _etag(body, answer.headers))

    def _write(
        self,
        method: Literal["put", "patch"],
        arm_id: str,
        api_version: str,
        body: Mapping[str, Any],
        etag: str | None,
    ) -> None:
        connection = self._connected()
        from tfsync.azure.sdk_errors import translated

        patience = self._patience(arm_id)
        send = connection.put if method == "put" else connection.patch
        secrets = tuple(secrets_in(body))
        delays = growing_delays()
        while True:
            try:
                with translated(arm_id, connection.host, writing=True, secrets=secrets):
                    answer = send(arm_id, api_version, body, etag, patience)
                break
            except OperationInProgress as busy:
                if not patience.pause(busy.retry_after or next(delays), "another operation is running"):
                    raise
                now = self._await_turn(arm_id, api_version, patience)
                if method == "put" and _may_have_moved(etag, now.etag):
                    raise ChangedSinceRead(
                        "another operation changed it in the meantime", where=arm_id
                    ) from None
        self._follow(answer, arm_id, api_version, patience, secrets)

    def _await_turn(self, arm_id: str, api_version: str, patience: Patience) -> Snapshot:
        """Wait for the other operation by reading: AKS takes a read per second, but a write per minute."""
        cluster = _POOL.sub("", arm_id)
        if cluster != arm_id:
            self._until_idle(cluster, api_version, patience)
        return self._until_idle(arm_id, api_version, patience)

    def _until_idle(self, arm_id: str, api_version: str, patience: Patience) -> Snapshot:
        for delay in growing_delays():
            snapshot = self._read(arm_id, api_version, patience)
            state = snapshot.provisioning_state or ""
            if state.lower() in _IDLE:
                return snapshot
            if not patience.pause(delay, f"another operation is running ({state})"):
                break
        raise OperationInProgress(f"still {state} after {patience.elapsed:.0f} s", where=arm_id)

    def _follow(
        self, answer: Response, arm_id: str, api_version: str, patience: Patience, secrets: tuple[str, ...]
    ) -> None:
        """Wait for the operation that a write began. Azure works on it from here on, seen or not."""
        connection = self._connected()
        from tfsync.azure.operation import follow
        from tfsync.azure.sdk_errors import translated

        try:
            with translated(arm_id, connection.host, secrets=secrets):
                follow(connection.client, answer, patience)
        except (Unreachable, Throttled) as fault:
            raise ResponseLost(
                f"the write was accepted, then lost from sight: {fault.message}", where=arm_id
            ) from None
        except NotFound:
            # It is the record of the operation that is gone. The resource itself knows how it ended.
            state = self._until_idle(arm_id, api_version, patience).provisioning_state or "Succeeded"
            if state != "Succeeded":
                raise OperationFailed(f"the operation ended as {state}", where=arm_id) from None


def _may_have_moved(etag: str | None, now: str | None) -> bool:
    """Did what a body was made from change? Without an etag nobody can say, and a PUT would write over it."""
    if etag is None:
        return True
    return now is not None and now.strip('"') != etag.strip('"')


def _properties(body: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = body.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _etag(body: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """A cluster has its eTag at the top, a node pool in its properties, other types in a header."""
    return body.get("eTag") or _properties(body).get("eTag") or headers.get("ETag")
