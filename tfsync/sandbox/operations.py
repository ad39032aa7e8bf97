"""Long-running operations: they take their time, block others meanwhile, and then succeed or fail.

    PUT … 201/200, provisioningState Creating/Updating, Azure-AsyncOperation: URL
    GET URL → {"status": "InProgress"} … {"status": "Succeeded"} or {"status": "Failed", "error": …}

Nothing runs in the background. An operation knows when it ends, and is settled by the first request
that comes after; so it also goes on across a restart.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from tfsync.sandbox import versions
from tfsync.sandbox.store import Store
from tfsync.sandbox.wire import Answer, Body, Request, not_found

# How long a poll of an unfinished operation is held. The answers say `Retry-After: 0`, as the recorded
# exchanges do, and a client that takes that at its word would otherwise ask thousands of times.
HOLD_SECONDS = 0.2


class Operations:
    """The operations in a store. Times are epoch seconds from `clock`."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def start(
        self, target: str, *, location: str, seconds: float, removes: bool = False, error: Body | None = None
    ) -> Body:
        """Begin an operation on the resource `target`; `error` is how it will fail."""
        now = self._clock()
        operation: Body = {
            "id": str(uuid.uuid4()),
            "target": target,
            "location": location,
            "started": now,
            "ends": now + seconds,
            "removes": removes,
            "error": error,
            "done": False,
        }
        self._store.put_operation(operation)
        self.settle()
        return operation

    def running_at(self, target: str) -> Body | None:
        """The unfinished operation on exactly this resource."""
        self.settle()
        wanted = target.lower()
        return next((o for o in self._store.unfinished() if o["target"].lower() == wanted), None)

    def running_beneath(self, target: str) -> Body | None:
        """An unfinished operation on something beneath this resource: on a pool of a cluster."""
        self.settle()
        prefix = target.lower() + "/agentpools/"
        running = self._store.unfinished()
        return next((o for o in running if o["target"].lower().startswith(prefix)), None)

    def settle(self) -> None:
        """Bring every operation that is over to its end."""
        with self._store.lock:
            for operation in self._store.unfinished():
                if operation["ends"] <= self._clock():
                    self._end(operation)

    def hold(self, operation: Body) -> None:
        """Wait a little for an unfinished operation, so that polling it costs its client nothing."""
        left = operation["ends"] - self._clock()
        if not operation["done"] and left > 0:
            time.sleep(min(left, HOLD_SECONDS))

    def hold_removal(self, target: str, body: Body | None) -> None:
        """Hold a read of something that is being deleted: azurerm polls the resource until it is gone."""
        deleting = body is not None and body["properties"].get("provisioningState") == "Deleting"
        if deleting and (operation := self.running_at(target)):
            self.hold(operation)
            self.settle()

    def _end(self, operation: Body) -> None:
        target, error = operation["target"], operation["error"]
        if operation["removes"] and not error:
            self._store.remove(target)
        elif body := self._store.get(target):
            body["properties"]["provisioningState"] = "Failed" if error else "Succeeded"
            if not error:
                versions.catch_up(body)
            self._store.put(target, body)
        self._store.put_operation({**operation, "done": True})


def poll_headers(request: Request, operation: Body, *, location: bool = False) -> dict[str, str]:
    """The headers that send a client polling; `location` where the exchanges carry that one too."""
    url = (
        f"{request.origin}/subscriptions/{request.params['subscription']}/providers"
        f"/Microsoft.ContainerService/locations/{operation['location']}/operations/{operation['id']}"
        "?api-version=2017-08-31"
    )
    headers = {"Azure-AsyncOperation": url, "Retry-After": "0"}
    return {**headers, "Location": url} if location else headers


def show(operations: Operations, store: Store, request: Request) -> Answer:
    """GET …/locations/{location}/operations/{id}"""
    operation = store.operation(request.params["operation"])
    if operation is None:
        return not_found(request.path)
    operations.hold(operation)
    operations.settle()
    operation = store.operation(request.params["operation"])
    assert operation is not None
    body: Body = {"name": operation["id"], "status": "InProgress", "startTime": _text(operation["started"])}
    if not operation["done"]:
        return Answer(200, body, {"Retry-After": "0"})
    body["status"] = "Failed" if operation["error"] else "Succeeded"
    body["endTime"] = _text(operation["ends"])
    if operation["error"]:
        body["error"] = operation["error"]
    return Answer(200, body)


def _text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
