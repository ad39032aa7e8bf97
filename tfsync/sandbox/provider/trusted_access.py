"""azurerm_kubernetes_cluster_trusted_access_role_binding."""

from __future__ import annotations

from typing import ClassVar

from tfsync.sandbox.provider.arm import Arm, Body
from tfsync.sandbox.provider.cluster.resource import api_version
from tfsync.sandbox.provider.resource import Resource, State
from tfsync.sandbox.provider.schema import STRING, STRINGS, required


class TrustedAccessRoleBinding(Resource):
    """What another Azure service may do in the cluster."""

    type_name = "azurerm_kubernetes_cluster_trusted_access_role_binding"
    since = (3, 67, 0)
    fields: ClassVar = {
        "name": required(STRING),
        "kubernetes_cluster_id": required(STRING),
        "roles": required(STRINGS),
        "source_resource_id": required(STRING),
    }

    @property
    def _api_version(self) -> str:
        # Recording 3.117.1/trusted-access-roles: newer than what it uses for clusters.
        return "2024-05-01" if self.version < (4,) else api_version(self.version)

    def create(self, arm: Arm, planned: State) -> str:
        path = f"{planned['kubernetes_cluster_id']}/trustedAccessRoleBindings/{planned['name']}"
        arm.put(path, self._api_version, self.body(planned))
        return path

    def body(self, planned: State) -> Body:
        """What is PUT to create the binding."""
        return {"properties": {"roles": planned["roles"], "sourceResourceId": planned["source_resource_id"]}}

    def read(self, arm: Arm, state: State) -> State | None:
        body = arm.get(state["id"], self._api_version)
        return None if body is None else self.flatten(body, state)

    def flatten(self, body: Body, state: State) -> State:
        """The state that a body of Azure makes of `state`."""
        cluster, _, name = str(state["id"]).rpartition("/trustedAccessRoleBindings/")
        return {
            **state,
            "name": name,
            "kubernetes_cluster_id": cluster,
            "roles": body["properties"]["roles"],
            "source_resource_id": body["properties"]["sourceResourceId"],
        }

    def update(self, arm: Arm, prior: State, planned: State) -> None:
        existing = arm.get(planned["id"], self._api_version) or {}
        properties = {**existing.get("properties", {}), "roles": planned["roles"]}
        arm.put(planned["id"], self._api_version, {**existing, "properties": properties})

    def delete(self, arm: Arm, state: State) -> None:
        arm.delete(state["id"], self._api_version)
