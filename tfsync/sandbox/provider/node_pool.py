"""azurerm_kubernetes_cluster_node_pool: an agent pool of its own."""

from __future__ import annotations

from typing import ClassVar, Final

from tfsync.sandbox.provider import pools
from tfsync.sandbox.provider.arm import Arm, Body
from tfsync.sandbox.provider.cluster.resource import api_version
from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.resource import Resource, State, changed
from tfsync.sandbox.provider.rotation import rotate, rotated
from tfsync.sandbox.provider.schema import NUMBER, STRING, STRINGS, block, computed, optional, required, since

# Azure's own words about a pool, which a pool to be made must not carry.
_OF_THE_OLD_NODES: Final = frozenset({"nodeImageVersion"})


class NodePool(Resource):
    """A node pool beside the default one."""

    type_name = "azurerm_kubernetes_cluster_node_pool"
    fields: ClassVar = {
        **pools.FIELDS,
        "kubernetes_cluster_id": required(STRING),
        "eviction_policy": optional(STRING),
        "mode": optional(STRING, default="User"),
        "node_image_version": since("4.0.0", computed(STRING)),
        "node_taints": optional(STRINGS),
        "os_type": optional(STRING, default="Linux"),
        "priority": optional(STRING, default="Regular"),
        "spot_max_price": optional(NUMBER, default=-1),
        "temporary_name_for_rotation": since("4.16.0", optional(STRING)),
        "upgrade_settings": since(
            "3.0.0", block({**pools.UPGRADE_SETTINGS, "max_unavailable": since("4.0.0", optional(STRING))})
        ),
        "workload_runtime": since("3.0.0", optional(STRING)),
    }

    @property
    def schema_version(self) -> int:
        return 0 if self.version < (3,) else 1

    @property
    def _api_version(self) -> str:
        return api_version(self.version)

    def create(self, arm: Arm, planned: State) -> str:
        path = f"{planned['kubernetes_cluster_id']}/agentPools/{planned['name']}"
        arm.put(path, self._api_version, self.body(planned))
        return path

    def body(self, planned: State) -> Body:
        """What is PUT to create the pool."""
        properties = pools.expand(planned) | {"type": "VirtualMachineScaleSets"}
        return {"name": planned["name"], "properties": properties}

    def read(self, arm: Arm, state: State) -> State | None:
        body = arm.get(state["id"], self._api_version)
        return None if body is None else self.flatten(body, state)

    def flatten(self, body: Body, state: State) -> State:
        """The state that a body of Azure makes of `state`."""
        properties = body["properties"]
        cluster, _, name = str(state["id"]).rpartition("/agentPools/")
        return {
            **pools.flatten(properties, state),
            "name": name,
            "kubernetes_cluster_id": cluster,
            "node_image_version": properties.get("nodeImageVersion") or "",
        }

    def update(self, arm: Arm, prior: State, planned: State) -> None:
        base, _, _ = str(planned["id"]).rpartition("/")
        body = arm.get(planned["id"], self._api_version)
        if body is None:
            raise ProviderError(f"{planned['id']} was not found")
        body = self.updated(body, prior, planned)
        if names := rotated(self.type_name, self.version, prior, planned):
            properties = body["properties"]
            fresh = {name: value for name, value in properties.items() if name not in _OF_THE_OLD_NODES}
            rotate(arm, base, self._api_version, planned, {**body, "properties": fresh}, names)
        else:
            arm.put(planned["id"], self._api_version, body)

    def updated(self, existing: Body, prior: State, planned: State) -> Body:
        """Azure's own body with what the plan changes, as it is PUT back."""
        body = {name: value for name, value in existing.items() if name != "eTag"}
        touched = [name for name in self.schema if changed(prior, planned, name)]
        body["properties"] = {**existing["properties"], **pools.expand(planned, touched)}
        return body

    def delete(self, arm: Arm, state: State) -> None:
        arm.delete(state["id"], self._api_version)
