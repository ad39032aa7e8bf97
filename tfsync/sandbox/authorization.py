"""Microsoft.Authorization: role definitions and role assignments, at any scope."""

from __future__ import annotations

import re

from tfsync.sandbox.cloud import Cloud
from tfsync.sandbox.generated import guid
from tfsync.sandbox.wire import Answer, Body, Request, not_found

# Built-in roles that people give to and on clusters; ids as in Azure's list of built-in roles.
_BUILT_IN = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "4d97b98b-1d4f-4787-a291-c67834d212e7": "Network Contributor",
    "f1a07417-d97a-45cb-824c-7a7467783830": "Managed Identity Operator",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "befefa01-2a29-4197-83a8-272ff33ce314": "DNS Zone Contributor",
    "b12aa53e-6015-4669-85d0-8515ebb3ae7f": "Private DNS Zone Contributor",
}
_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions"
_ROLE_NAME = re.compile(r"roleName\s+eq\s+'([^']*)'", re.IGNORECASE)


def definition(cloud: Cloud, request: Request) -> Answer:
    """GET by id. A role that is not known by name is still a role: assignments of it must be readable."""
    role_id = request.params["role"]
    known = cloud.store.get(_definition_key(role_id))
    name = _BUILT_IN.get(role_id.lower()) or (known["name"] if known else role_id)
    return Answer(200, _definition(request.path, role_id, name))


def definitions(cloud: Cloud, request: Request) -> Answer:
    """GET of the list, as azurerm_role_assignment does to find the id of a `role_definition_name`."""
    match = _ROLE_NAME.search(request.query.get("$filter", ""))
    wanted = [match[1]] if match else list(_BUILT_IN.values())
    by_name = {name.lower(): role_id for role_id, name in _BUILT_IN.items()}
    scope = f"/subscriptions/{request.path.split('/')[2]}" if "/subscriptions/" in request.path else ""
    found = []
    for name in wanted:
        role_id = by_name.get(name.lower())
        if role_id is None:  # remembered, so that reading it by id gives the name back
            role_id = guid("role", name)
            cloud.store.put(_definition_key(role_id), {"id": role_id, "name": name})
        found.append(_definition(f"{scope}{_DEFINITIONS}/{role_id}", role_id, name))
    return Answer(200, {"value": found})


def get(cloud: Cloud, request: Request) -> Answer:
    assignment = cloud.store.get(request.path)
    return Answer(200, assignment) if assignment else not_found(request.path)


def put(cloud: Cloud, request: Request) -> Answer:
    """Always 201: azurerm's oldest client knows no other."""
    body: Body = {
        "properties": {
            "principalType": "ServicePrincipal",
            **(request.json.get("properties") or {}),
            "scope": request.params["scope"] or "/",
        },
        "id": request.path,
        "name": request.params["assignment"],
        "type": "Microsoft.Authorization/roleAssignments",
    }
    cloud.store.put(request.path, body)
    return Answer(201, body)


def delete(cloud: Cloud, request: Request) -> Answer:
    assignment = cloud.store.get(request.path)
    if assignment is None:
        return Answer(204)
    cloud.store.remove(request.path)
    return Answer(200, assignment)


def assignments(cloud: Cloud, request: Request) -> Answer:
    """GET of the list at a scope and beneath it."""
    scope = re.escape(request.params["scope"].lower())
    pattern = re.compile(scope + r"(/.*)?/providers/microsoft\.authorization/roleassignments/[^/]+")
    return Answer(200, {"value": list(cloud.store.matching(pattern))})


def _definition(arm_id: str, role_id: str, name: str) -> Body:
    return {
        "id": arm_id,
        "name": role_id,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {"roleName": name, "type": "BuiltInRole", "permissions": [], "assignableScopes": ["/"]},
    }


def _definition_key(role_id: str) -> str:
    return f"{_DEFINITIONS}/{role_id}"
