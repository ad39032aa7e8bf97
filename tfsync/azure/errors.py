"""How Azure says no, sorted by what a person or a program does next.

    ArmFault (an ArmError)
    ├── NotFound             it is gone, or not visible to this identity
    ├── ChangedSinceRead     somebody else was faster: read again, compare, decide anew
    ├── OperationInProgress  something is still being done to it: wait
    ├── ChangeNotAllowed     this property never changes in place: do not retry; `target` names it
    ├── Throttled            too many requests; `retry_after` seconds where Azure said so
    ├── Forbidden            permission, policy or lock
    ├── OperationFailed      accepted, tried, and failed
    ├── Refused              any other no
    ├── NoCredentials        no token, or Azure does not take it
    └── Unreachable          no usable answer at all
        └── ResponseLost     ... after a write was sent: it may have been done

Azure answers in two shapes: the AKS resource provider's flat `{"code", "message", "target", "details"}`, and
the gateway's nested `{"error": {"code", "message"}}`. A code that is not listed here is judged by its status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tfsync.azure.faults import (
    ArmFault,
    ChangedSinceRead,
    ChangeNotAllowed,
    Forbidden,
    NoCredentials,
    NotFound,
    OperationFailed,
    OperationInProgress,
    Refused,
    ResponseLost,
    Throttled,
    Unreachable,
)
from tfsync.azure.redaction import redacted

__all__ = [
    "ArmFault",
    "ChangeNotAllowed",
    "ChangedSinceRead",
    "Forbidden",
    "NoCredentials",
    "NotFound",
    "OperationFailed",
    "OperationInProgress",
    "Refused",
    "ResponseLost",
    "Throttled",
    "Unreachable",
    "parse_error",
]

_LONGEST_MESSAGE = 1500

# Codes of the AKS resource provider as its documentation, recorded traffic and issues show them, and those of
# Resource Manager itself. OperationNotAllowed is missing on purpose: it says three things, see _kind.
_KINDS: Mapping[str, type[ArmFault]] = {
    "PreconditionFailed": ChangedSinceRead,
    # HTTP 409, AKS's internal lock, not If-Match (Azure/terraform-azurerm-aks issue 604).
    "EtagMismatch": ChangedSinceRead,
    # In the status of an operation that a later one replaced.
    "OriginalEtagNotExpect": ChangedSinceRead,
    "OperationPreempted": ChangedSinceRead,
    "AKSOperationPreempted": ChangedSinceRead,
    "AKSOperationPreemptedByDelete": ChangedSinceRead,
    "PropertyChangeNotAllowed": ChangeNotAllowed,
    "CannotChangeOSDiskType": ChangeNotAllowed,
    "CannotChangeKubeletDisk": ChangeNotAllowed,
    "CustomKubeletConfigOrCustomLinuxOSConfigCanNotBeChanged": ChangeNotAllowed,
    "OIDCIssuerFeatureCannotBeDisabled": ChangeNotAllowed,
    "OIDCIssuerCannotBeDisabled": ChangeNotAllowed,  # the name it had before
    "IngressAppGwAddonConfigInvalidSubnetCIDRCannotBeModified": ChangeNotAllowed,
    "Throttled": Throttled,
    "TooManyRequests": Throttled,
    "SubscriptionRequestsThrottled": Throttled,
    "ScopeLocked": Forbidden,
    "ResourceLocked": Forbidden,
    "ResourceGroupLocked": Forbidden,
    "RequestDisallowedByPolicy": Forbidden,
    "AuthorizationFailed": Forbidden,
    "LinkedAuthorizationFailed": Forbidden,
    "ResourceMissingPermissionError": Forbidden,
    "ResourceNotFound": NotFound,
    "ResourceGroupNotFound": NotFound,
    "ParentResourceNotFound": NotFound,
    "SubscriptionNotFound": NotFound,
    "NotFound": NotFound,
}
# What a failed operation still is besides failed. A code like NotFound or Throttled in there is about
# something that the operation needed, not about the resource or the request.
_KINDS_OF_FAILED_OPERATIONS = (ChangedSinceRead, ChangeNotAllowed)

_LOCK = "A management lock forbids it. Remove the lock or ask its owner; tfsync never removes one."
_CAPACITY = "There is no room for it: raise the quota or enlarge the subnet, then run tfsync again."
_PREVIEW = "Register the feature that the message names (az feature register), or leave the preview alone."
_HINTS: Mapping[str, str] = {
    "ScopeLocked": _LOCK,
    "ResourceLocked": _LOCK,
    "ResourceGroupLocked": _LOCK,
    "RequestDisallowedByPolicy": "An Azure Policy forbids it. The message names it; ask its owner.",
    "LinkedAuthorizationFailed": "The change refers to another resource, and the identity lacks the "
    "permission there which the message names (often .../join/action or .../assign/action).",
    "QuotaExceeded": _CAPACITY,
    "SubnetIsFull": _CAPACITY,
    "InsufficientSubnetSize": _CAPACITY,
    "PreviewFeatureNotRegistered": _PREVIEW,
    "LinkedInvalidPropertyId": "The cluster holds a malformed resource id: every write fails until that is "
    "corrected.",
}
_HINTS_BY_ENDING = {"OverConstrained": _CAPACITY, "FeatureFlagNotEnabled": _PREVIEW}
_START_IT = "A stopped cluster takes no changes. Start it (az aks start), then run tfsync again."

# An envelope around the reason, which is in `details`.
_WRAPPERS = frozenset({"ResourceOperationFailure", "MultipleErrorsOccurred", "DeploymentFailed"})

_BUSY = re.compile(r"aks-pending-operation|in progress|pending operation|another operation", re.IGNORECASE)
_STOPPED = re.compile(r"\bstopped\b|\bpower ?state\b", re.IGNORECASE)
# "Changing enablePrivateCluster is not allowed. It can only be set while creating the cluster." (400, and no
# code of its own: Azure/azure-cli issue 12669)
_NOT_ALLOWED = re.compile(r"\bChanging (?:property )?'?[\w.]+'? is not allowed", re.IGNORECASE)


def parse_error(
    status: int | None,
    body: bytes | str | Mapping[str, Any] | None,
    *,
    where: str | None = None,
    retry_after: float | None = None,
    request_id: str | None = None,
    secrets: Iterable[str] = (),
) -> ArmFault:
    """The kind of error that an answer of Azure is. Pure; never fails.

    `body` is what came with it: an error in either shape, the status of a failed operation, or nothing of
    use. `secrets` are values that must not be shown, should Azure repeat them.
    """
    document = _document(body)
    state, reason = _operation(document)
    failed_operation = state.lower() in ("failed", "canceled")
    reason = _innermost(_reason(reason))
    code = _text(reason.get("code")) or ""
    text = " ".join(dict.fromkeys(_messages(reason)))
    if failed_operation:
        kind = _kind_of_failed_operation(code)
        text = text or f"the operation ended as {state} and gave no reason"
    else:
        kind = _kind(status, code, text)
        text = text or (f"Azure answered HTTP {status}" if status else "Azure gave no reason")
    message = redacted(text, secrets)[:_LONGEST_MESSAGE]
    return kind(
        f"{message} ({code})" if code and code not in message else message,
        where=where,
        hint=_hint(kind, code, text),
        code=code or None,
        target=_text(reason.get("target")),
        status=status,
        retry_after=retry_after,
        request_id=request_id,
    )


def _document(body: bytes | str | Mapping[str, Any] | None) -> Mapping[str, Any]:
    if isinstance(body, (bytes, str)):
        try:
            body = json.loads(body)
        except ValueError:
            return {}
    return body if isinstance(body, Mapping) else {}


def _operation(document: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The state that an operation ended in, and where its reason is.

    An operation without an address of its own is followed on the resource: properties.provisioningState, and
    properties.status.provisioningError on AKS.
    """
    properties = document.get("properties")
    if not isinstance(properties, Mapping) or "error" in document:
        return _text(document.get("status")) or "", document
    status = properties.get("status")
    reason = status.get("provisioningError") if isinstance(status, Mapping) else None
    return _text(properties.get("provisioningState")) or "", reason if isinstance(reason, Mapping) else {}


def _reason(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The error inside either shape. The gateway may pass a provider's answer on as a text of JSON."""
    inner = document.get("error")
    reason = inner if isinstance(inner, Mapping) else document
    message = _text(reason.get("message")) or ""
    nested = _document(message) if message.startswith("{") else {}
    return _reason(nested) if nested else reason


def _innermost(reason: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first error in an envelope that says nothing itself."""
    details = _details(reason)
    if _text(reason.get("code")) in _WRAPPERS and details:
        return _innermost(_reason(details[0]))
    return reason


def _details(reason: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = reason.get("details")
    return [detail for detail in found if isinstance(detail, Mapping)] if isinstance(found, list) else []


def _messages(reason: Mapping[str, Any]) -> Iterator[str]:
    """The message and those of its details, in order."""
    if text := _text(reason.get("message")):
        yield text
    for detail in _details(reason):
        yield from _messages(detail)
    if isinstance(inner := reason.get("innererror"), Mapping):
        yield from _messages(inner)


def _kind_of_failed_operation(code: str) -> type[ArmFault]:
    kind = _KINDS.get(code, OperationFailed)
    return kind if kind in _KINDS_OF_FAILED_OPERATIONS else OperationFailed


def _kind(status: int | None, code: str, text: str) -> type[ArmFault]:
    if code in _KINDS:
        return _KINDS[code]
    # OperationNotAllowed: busy, stopped, or a version that cannot be skipped; the message tells them apart.
    if status == 409 and _BUSY.search(text) and not _STOPPED.search(text):
        return OperationInProgress
    if _NOT_ALLOWED.search(text):
        return ChangeNotAllowed
    match status:
        case 401:
            return NoCredentials
        case 403:
            return Forbidden
        case 404 | 410:
            return NotFound
        case 412:
            return ChangedSinceRead
        case 429:
            return Throttled
        case 408:
            return Unreachable
        case int() if status >= 500 or status < 400:
            return Unreachable
    return Refused


def _hint(kind: type[ArmFault], code: str, text: str) -> str | None:
    if code in _HINTS:
        return _HINTS[code]
    for ending, hint in _HINTS_BY_ENDING.items():
        if code.endswith(ending):
            return hint
    return _START_IT if kind is Refused and _STOPPED.search(text) else None


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
