"""azurerm_user_assigned_identity."""

from __future__ import annotations

from typing import ClassVar

from tfsync.sandbox.provider.arm import Arm, Body
from tfsync.sandbox.provider.cluster.resource import normalize_location
from tfsync.sandbox.provider.resource import Resource, State
from tfsync.sandbox.provider.schema import STRING, STRING_MAP, computed, optional, required

_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"


class UserAssignedIdentity(Resource):
    """An identity that a cluster, or its kubelet, can be given."""

    type_name = "azurerm_user_assigned_identity"
    fields: ClassVar = {
        "name": required(STRING),
        "location": required(STRING, normalize=normalize_location),
        "resource_group_name": required(STRING),
        "tags": optional(STRING_MAP),
        "client_id": computed(STRING),
        "principal_id": computed(STRING),
        "tenant_id": computed(STRING),
    }

    @property
    def _api_version(self) -> str:
        return "2018-11-30" if self.version < (3,) else "2023-01-31"

    def create(self, arm: Arm, planned: State) -> str:
        subscription, group = arm.identity.subscription, planned["resource_group_name"]
        path = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{_TYPE}/{planned['name']}"
        arm.put(path, self._api_version, self.body(planned))
        return path

    def body(self, planned: State) -> Body:
        """What is PUT to create or to change the identity."""
        return {"location": planned["location"], "tags": planned["tags"] or {}}

    def read(self, arm: Arm, state: State) -> State | None:
        body = arm.get(state["id"], self._api_version)
        if body is None:
            return None
        parts, properties = str(state["id"]).split("/"), body["properties"]
        return {
            **state,
            "name": parts[-1],
            "resource_group_name": parts[4],
            "location": normalize_location(body["location"]),
            "tags": body.get("tags") or {},
            "client_id": properties.get("clientId") or "",
            "principal_id": properties.get("principalId") or "",
            "tenant_id": properties.get("tenantId") or "",
        }

    def update(self, arm: Arm, prior: State, planned: State) -> None:
        arm.put(planned["id"], self._api_version, self.body(planned))

    def delete(self, arm: Arm, state: State) -> None:
        arm.delete(state["id"], self._api_version)
