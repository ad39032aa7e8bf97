"""The Azure behind the sandbox's front door: what every handler works with."""

from __future__ import annotations

from dataclasses import dataclass

from tfsync.sandbox import operations
from tfsync.sandbox.store import Store
from tfsync.sandbox.wire import Body, Refused, Request, provider_error

# The ids of the recorded exchanges. There is one tenant, one subscription's worth of ids is as good as
# another, and any client id and secret are welcome.
TENANT_ID = "11111111-1111-1111-1111-111111111111"
SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000000"
CLIENT_ID = "33333333-3333-3333-3333-333333333333"
OBJECT_ID = "22222222-2222-2222-2222-222222222222"


@dataclass(frozen=True)
class Cloud:
    """A store, its operations, and how long an operation takes."""

    store: Store
    operations: operations.Operations
    operation_seconds: float

    def start(self, request: Request, target: str, *, location: str, removes: bool = False) -> Body:
        """Begin the long-running operation that this request asks for, as its faults have it.

        A removal is over at once, as in the recorded exchanges, unless a fault slows it down.
        """
        seconds = 0.0 if removes else self.operation_seconds
        if request.injection.operation_seconds is not None:
            seconds = request.injection.operation_seconds
        error = request.injection.operation_error
        return self.operations.start(target, location=location, seconds=seconds, removes=removes, error=error)

    def refuse_if_busy(self, target: str, *, beneath: bool) -> None:
        """Refuse a write while an operation runs on the resource, or on what is beneath it."""
        running = self.operations.running_at(target)
        if running is None and beneath:
            running = self.operations.running_beneath(target)
        if running is not None:
            kind = "delete" if running["removes"] else "create or update"
            raise Refused(
                provider_error(
                    409,
                    "OperationNotAllowed",
                    f"Operation is not allowed because a {kind} operation is in progress on "
                    f"{running['target'].rsplit('/', 1)[-1]}. See https://aka.ms/aks-pending-operation.",
                )
            )
