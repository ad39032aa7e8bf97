"""azurerm_resource_group."""

from __future__ import annotations

from typing import ClassVar

from tfsync.sandbox.provider.arm import Arm, Body
from tfsync.sandbox.provider.cluster.resource import normalize_location
from tfsync.sandbox.provider.resource import Resource, State
from tfsync.sandbox.provider.schema import STRING, STRING_MAP, optional, required, since

_API_VERSION = "2023-07-01"


class ResourceGroup(Resource):
    """The group that everything else is in."""

    type_name = "azurerm_resource_group"
    fields: ClassVar = {
        "name": required(STRING),
        "location": required(STRING, normalize=normalize_location),
        "managed_by": since("3.90.0", optional(STRING)),
        "tags": optional(STRING_MAP),
    }

    def create(self, arm: Arm, planned: State) -> str:
        path = f"/subscriptions/{arm.identity.subscription}/resourceGroups/{planned['name']}"
        arm.put(path, _API_VERSION, self.body(planned))
        return path

    def body(self, planned: State) -> Body:
        """What is PUT to create or to change the group."""
        body: Body = {"location": planned["location"], "tags": planned["tags"] or {}}
        return body | ({"managedBy": planned["managed_by"]} if planned.get("managed_by") else {})

    def read(self, arm: Arm, state: State) -> State | None:
        body = arm.get(state["id"], _API_VERSION)
        if body is None:
            return None
        return {
            **state,
            "name": str(state["id"]).rpartition("/")[2],
            "location": normalize_location(body["location"]),
            "managed_by": body.get("managedBy") or "",
            "tags": body.get("tags") or {},
        }

    def update(self, arm: Arm, prior: State, planned: State) -> None:
        arm.put(planned["id"], _API_VERSION, self.body(planned))

    def delete(self, arm: Arm, state: State) -> None:
        arm.delete(state["id"], _API_VERSION)
