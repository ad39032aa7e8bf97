"""The ways in which Azure does not do what it was asked. `tfsync.azure.errors` sorts answers into them."""

from __future__ import annotations

from tfsync.errors import ArmError


class ArmFault(ArmError):
    """What went wrong between tfsync and Azure.

    `code` is Azure's own word for it, `target` the property it is about (in ARM's notation), `status` the
    HTTP status, `retry_after` the seconds that Azure asked to wait, `request_id` what its support asks for.
    """

    advice: str | None = None

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        code: str | None = None,
        target: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, where=where, hint=hint or self.advice)
        self.code = code
        self.target = target
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id


class NotFound(ArmFault):
    """The resource is not there, or this identity may not see it."""

    advice = (
        "Check that it still exists, and that subscription and tenant are the right ones; then plan again."
    )


class ChangedSinceRead(ArmFault):
    """It was changed between reading and writing. This request wrote nothing."""

    advice = "Something else changed it at the same time. Run tfsync again: it reads it anew."


class OperationInProgress(ArmFault):
    """An operation still works on it: another one's, or the one just started when the time limit ended."""

    advice = (
        "Wait until the operation has ended (az aks show, provisioningState) or abort it "
        "(az aks operation-abort), then run tfsync again."
    )


class ChangeNotAllowed(ArmFault):
    """Azure does not change this property of an existing resource. `target` names it."""

    advice = "Azure does not make this change in place with this api-version. It was not tried again."


class Throttled(ArmFault):
    """Too many requests, also after waiting as Azure asked."""

    advice = (
        "AKS takes 20 writes to a cluster in a burst, then one a minute. Wait a while, then run tfsync again."
    )


class Forbidden(ArmFault):
    """The identity may not do this: a missing permission, a policy or a lock."""

    advice = (
        "Give the identity that tfsync signs in with the action that the message names; the built-in role "
        "Azure Kubernetes Service Contributor Role holds those for clusters and node pools."
    )


class OperationFailed(ArmFault):
    """Azure accepted the change, worked on it and failed."""

    advice = (
        "The resource may now be in state Failed. Remove the reason; `az aks update` without options then "
        "moves a cluster to its goal state without changing its configuration."
    )


class Refused(ArmFault):
    """Azure refused the request as it is."""


class NoCredentials(ArmFault):
    """There is no token for Azure Resource Manager, or it does not accept the one there is."""

    advice = (
        "Sign in the way terraform does: az login, or ARM_TENANT_ID and ARM_CLIENT_ID with one of "
        "ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH or ARM_USE_OIDC, or ARM_USE_MSI."
    )


class Unreachable(ArmFault):
    """No usable answer: the network, the name, the certificate, or a server that keeps failing."""

    advice = "Check network, proxy and ARM_METADATA_HOSTNAME, then run tfsync again."


class ResponseLost(Unreachable):
    """A write was sent and its answer never came: it may or may not have been done. Read before deciding."""

    advice = "Run tfsync again: it reads the resource first and sees whether the change is there."
