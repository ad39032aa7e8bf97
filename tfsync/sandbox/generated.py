"""Names and ids that Azure makes up. Here they follow from the resource's id, so that they stay the same."""

from __future__ import annotations

import hashlib
import uuid

from tfsync.sandbox.wire import Body


def guid(*parts: str) -> str:
    """A GUID that is always the same for these parts; Azure ids among them are compared without case."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts).lower()))


def token(*parts: str, length: int = 8) -> str:
    """A few lower-case hex digits, as Azure puts into host names."""
    return hashlib.sha256("/".join(parts).lower().encode()).hexdigest()[:length]


def managed_identity(resource_id: str) -> Body:
    """A user-assigned identity as it stands in identityProfile and addonProfiles."""
    return {
        "resourceId": resource_id,
        "clientId": guid(resource_id, "client"),
        "objectId": guid(resource_id, "principal"),
    }


def ipv6_range(cluster_id: str, use: str, prefix: int) -> str:
    """A unique-local IPv6 range, as the RP picks when a cluster becomes dual stack (arm-mutability §1.3)."""
    digits = token(cluster_id, "ipv6", length=10)
    return f"fd{digits[:2]}:{digits[2:6]}:{digits[6:]}:{token(cluster_id, use, length=4)}::/{prefix}"


def node_group_resource(cluster: Body, kind: str, name: str) -> str:
    """The id of something that AKS made in the cluster's node resource group."""
    subscription = cluster["id"].split("/")[2]
    group = cluster["properties"]["nodeResourceGroup"]
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}"
