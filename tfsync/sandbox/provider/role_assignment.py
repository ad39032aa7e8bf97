"""azurerm_role_assignment."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from tfsync.sandbox.provider.arm import Arm, Body
from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.resource import Resource, State
from tfsync.sandbox.provider.schema import BOOL, STRING, optional, optional_computed, required

_TYPE = "Microsoft.Authorization/roleAssignments"
_DEFINITIONS_API = "2022-05-01-preview"


class RoleAssignment(Resource):
    """A role for somebody on something."""

    type_name = "azurerm_role_assignment"
    fields: ClassVar = {
        "name": optional_computed(STRING),
        "scope": required(STRING),
        "role_definition_id": optional_computed(STRING),
        "role_definition_name": optional_computed(STRING),
        "principal_id": required(STRING),
        "principal_type": optional_computed(STRING),
        "skip_service_principal_aad_check": optional_computed(BOOL),
        "condition": optional(STRING),
        "condition_version": optional_computed(STRING),
        "delegated_managed_identity_resource_id": optional(STRING),
        "description": optional(STRING),
    }

    @property
    def _api_version(self) -> str:
        return "2020-04-01-preview" if self.version < (4,) else "2022-04-01"

    def create(self, arm: Arm, planned: State) -> str:
        name = planned["name"] or str(uuid.uuid4())
        path = f"{planned['scope'].rstrip('/')}/providers/{_TYPE}/{name}"
        role = planned["role_definition_id"] or self._definition_id(arm, planned)
        arm.put(path, self._api_version, {"properties": self._properties(planned, role)})
        return path

    def read(self, arm: Arm, state: State) -> State | None:
        body = arm.get(state["id"], self._api_version)
        if body is None:
            return None
        definition = arm.get(str(body["properties"]["roleDefinitionId"]), _DEFINITIONS_API) or {}
        return self.flatten(body, definition, state)

    def flatten(self, body: Body, definition: Body, state: State) -> State:
        """The state that the assignment and its role make of `state`."""
        properties = body["properties"]
        return {
            **state,
            "name": str(state["id"]).rpartition("/")[2],
            "scope": properties["scope"],
            "role_definition_id": properties["roleDefinitionId"],
            "role_definition_name": definition.get("properties", {}).get("roleName") or "",
            "principal_id": properties["principalId"],
            "principal_type": properties.get("principalType") or "",
            "condition": properties.get("condition") or "",
            "condition_version": properties.get("conditionVersion") or "",
            "delegated_managed_identity_resource_id": properties.get("delegatedManagedIdentityResourceId")
            or "",
            "description": properties.get("description") or "",
        }

    def update(self, arm: Arm, prior: State, planned: State) -> None:
        body = {"properties": self._properties(planned, planned["role_definition_id"])}
        arm.put(planned["id"], self._api_version, body)

    def delete(self, arm: Arm, state: State) -> None:
        arm.delete(state["id"], self._api_version)

    def _properties(self, planned: State, role: str) -> dict[str, Any]:
        written = {
            "description": planned["description"] or "",
            "principalId": planned["principal_id"],
            "roleDefinitionId": role,
        }
        texts = {
            "principalType": planned["principal_type"]
            or ("ServicePrincipal" if planned["skip_service_principal_aad_check"] else None),
            "condition": planned["condition"],
            "conditionVersion": planned["condition_version"],
            "delegatedManagedIdentityResourceId": planned["delegated_managed_identity_resource_id"],
        }
        return written | {name: value for name, value in texts.items() if value}

    def _definition_id(self, arm: Arm, planned: State) -> str:
        name = planned["role_definition_name"]
        if not name:
            raise ProviderError("either `role_definition_id` or `role_definition_name` must be set")
        path = f"{planned['scope'].rstrip('/')}/providers/Microsoft.Authorization/roleDefinitions"
        found = (arm.get(path, _DEFINITIONS_API, **{"$filter": f"roleName eq '{name}'"}) or {}).get("value")
        if not found:
            raise ProviderError(f"there is no role {name!r} for {planned['scope']}")
        return str(found[0]["id"])
