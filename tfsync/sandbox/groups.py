"""Subscriptions, their resource providers, and resource groups."""

from __future__ import annotations

import re

from tfsync.sandbox.cloud import TENANT_ID, Cloud
from tfsync.sandbox.operations import poll_headers
from tfsync.sandbox.wire import Answer, Body, Refused, Request, gateway_error, not_found

# Where an operation is said to run that belongs to no cluster.
_LOCATION = "eastus"


def subscription(cloud: Cloud, request: Request) -> Answer:
    name = request.params["subscription"]
    return Answer(
        200,
        {
            "id": f"/subscriptions/{name}",
            "subscriptionId": name,
            "tenantId": TENANT_ID,
            "displayName": "tfsync sandbox",
            "state": "Enabled",
        },
    )


def providers(cloud: Cloud, request: Request) -> Answer:
    """An empty list is enough for a provider that registers nothing, as env.sh's users should have it."""
    return Answer(200, {"value": []})


def provider(cloud: Cloud, request: Request) -> Answer:
    """GET of one resource provider, and POST …/register: it is registered already."""
    namespace = request.params["namespace"]
    subscription_id = request.params["subscription"]
    body: Body = {
        "id": f"/subscriptions/{subscription_id}/providers/{namespace}",
        "namespace": namespace,
        "registrationState": "Registered",
        "resourceTypes": [],
    }
    return Answer(200, body)


def get(cloud: Cloud, request: Request) -> Answer:
    cloud.operations.hold_removal(_id(request), cloud.store.get(_id(request)))
    group = cloud.store.get(_id(request))
    return Answer(200, group) if group else not_found(request.path)


def head(cloud: Cloud, request: Request) -> Answer:
    return Answer(204 if cloud.store.get(_id(request)) else 404)


def put(cloud: Cloud, request: Request) -> Answer:
    """Create, or update the tags. The id is answered in the letters of the first PUT."""
    current = cloud.store.get(_id(request))
    body = request.json
    if not body.get("location"):
        raise Refused(gateway_error(400, "LocationRequired", "The location property is required."))
    group: Body = {
        **body,
        "location": body["location"],
        "id": current["id"] if current else request.path,
        "name": current["name"] if current else request.params["group"],
        "type": "Microsoft.Resources/resourceGroups",
        "properties": {"provisioningState": "Succeeded"},
    }
    cloud.store.put(_id(request), group)
    return Answer(200 if current else 201, group)


def delete(cloud: Cloud, request: Request) -> Answer:
    """Delete the group and all that is in it."""
    group = cloud.store.get(_id(request))
    if group is None:
        return not_found(request.path)
    cloud.store.put(_id(request), {**group, "properties": {"provisioningState": "Deleting"}})
    operation = cloud.start(request, _id(request), location=_LOCATION, removes=True)
    return Answer(202, None, poll_headers(request, operation, location=True))


def contents(cloud: Cloud, request: Request) -> Answer:
    """GET …/resources: azurerm looks whether a group is empty before it deletes it."""
    top_level = re.compile(re.escape(_id(request)) + r"/providers/[^/]+/[^/]+/[^/]+")
    found = [
        {key: resource.get(key) for key in ("id", "name", "type", "location")}
        for resource in cloud.store.matching(top_level)
    ]
    return Answer(200, {"value": found})


def _id(request: Request) -> str:
    """The group's id in lower case; old callers write `resourcegroups`, and ARM does not mind."""
    return f"/subscriptions/{request.params['subscription']}/resourceGroups/{request.params['group']}".lower()
