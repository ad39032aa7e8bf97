"""Small resources that are kept as they are sent: trusted access, maintenance windows, managed identities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfsync.sandbox.cloud import TENANT_ID, Cloud
from tfsync.sandbox.generated import managed_identity
from tfsync.sandbox.wire import Answer, Body, Request, not_found

# The type an id ends with says what the resource is; more of the path would be the scope it is in.
_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
_CLUSTER = "Microsoft.ContainerService/managedClusters"
_TYPES = {
    "trustedaccessrolebindings": f"{_CLUSTER}/trustedAccessRoleBindings",
    "maintenanceconfigurations": f"{_CLUSTER}/maintenanceConfigurations",
    "userassignedidentities": _IDENTITY,
}


def get(cloud: Cloud, request: Request) -> Answer:
    found = cloud.store.get(request.path)
    return Answer(200, found) if found else not_found(request.path)


def list_all(cloud: Cloud, request: Request) -> Answer:
    return Answer(200, {"value": list(beneath(cloud, request.path))})


def put(cloud: Cloud, request: Request) -> Answer:
    """Create or replace, at once. 200 in both cases: every api-version of these calls knows that one."""
    collection, name = request.path.split("/")[-2:]
    kind = _TYPES[collection.lower()]
    properties: Body = dict(request.json.get("properties") or {})
    body: Body = {**request.json, "id": request.path, "name": name, "type": kind, "properties": properties}
    if kind == _IDENTITY:
        known = managed_identity(request.path)
        properties |= {"tenantId": TENANT_ID, "clientId": known["clientId"], "principalId": known["objectId"]}
    elif "maintenance" not in kind:
        properties["provisioningState"] = "Succeeded"
    cloud.store.put(request.path, body)
    return Answer(200, body)


def delete(cloud: Cloud, request: Request) -> Answer:
    """204 whether it was there or not: of 200, 202 and 204 the one that every api-version knows."""
    cloud.store.remove(request.path)
    return Answer(204)


def beneath(cloud: Cloud, collection: str) -> Iterator[Body]:
    """The resources of a collection, by its path."""
    yield from cloud.store.matching(re.compile(re.escape(collection.lower()) + "/[^/]+"))
