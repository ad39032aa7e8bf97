"""azurerm_kubernetes_cluster_extension."""

from __future__ import annotations

from typing import ClassVar

from tfsync.sandbox.provider.arm import Arm, Body
from tfsync.sandbox.provider.resource import Resource, State, changed
from tfsync.sandbox.provider.schema import (
    STRING,
    STRING_MAP,
    computed,
    objects,
    optional,
    optional_computed,
    required,
)

_TYPE = "Microsoft.KubernetesConfiguration/extensions"


class Extension(Resource):
    """A cluster extension. Only its settings change in place."""

    type_name = "azurerm_kubernetes_cluster_extension"
    since = (3, 54, 0)
    fields: ClassVar = {
        "name": required(STRING),
        "cluster_id": required(STRING),
        "extension_type": required(STRING),
        "aks_assigned_identity": computed(objects(principal_id="string", tenant_id="string", type="string")),
        "configuration_protected_settings": optional(STRING_MAP, sensitive=True),
        "configuration_settings": optional(STRING_MAP),
        "current_version": computed(STRING),
        "release_namespace": optional_computed(STRING),
        "release_train": optional_computed(STRING),
        "target_namespace": optional_computed(STRING),
        "version": optional(STRING),
    }

    @property
    def _api_version(self) -> str:
        return "2022-11-01" if self.version < (4,) else "2024-11-01"

    def create(self, arm: Arm, planned: State) -> str:
        path = f"{planned['cluster_id']}/providers/{_TYPE}/{planned['name']}"
        arm.put(path, self._api_version, self.body(planned))
        return path

    def body(self, planned: State) -> Body:
        """What is PUT to create the extension."""
        properties = {
            "autoUpgradeMinorVersion": not planned["version"],
            "configurationProtectedSettings": planned["configuration_protected_settings"],
            "configurationSettings": planned["configuration_settings"],
            "extensionType": planned["extension_type"],
        }
        texts = {"releaseTrain": planned["release_train"], "version": planned["version"]}
        properties |= {name: value for name, value in texts.items() if value}
        if namespace := planned["release_namespace"]:
            properties["scope"] = {"cluster": {"releaseNamespace": namespace}}
        elif namespace := planned["target_namespace"]:
            properties["scope"] = {"namespace": {"targetNamespace": namespace}}
        return {"properties": properties}

    def read(self, arm: Arm, state: State) -> State | None:
        body = arm.get(state["id"], self._api_version)
        return None if body is None else self.flatten(body, state)

    def flatten(self, body: Body, state: State) -> State:
        """The state that a body of Azure makes of `state`; protected settings never come back."""
        properties = body["properties"]
        cluster, _, name = str(state["id"]).rpartition(f"/providers/{_TYPE}/")
        scope = properties.get("scope") or {}
        identity = properties.get("aksAssignedIdentity")
        return {
            **state,
            "name": name,
            "cluster_id": cluster,
            "extension_type": properties.get("extensionType") or "",
            "aks_assigned_identity": [
                {
                    "type": identity.get("type") or "",
                    "principal_id": identity.get("principalId") or "",
                    "tenant_id": identity.get("tenantId") or "",
                }
            ]
            if identity
            else [],
            "configuration_protected_settings": state["configuration_protected_settings"] or {},
            "configuration_settings": properties.get("configurationSettings") or {},
            "current_version": properties.get("currentVersion") or "",
            "release_namespace": (scope.get("cluster") or {}).get("releaseNamespace") or "",
            "release_train": properties.get("releaseTrain") or "",
            "target_namespace": (scope.get("namespace") or {}).get("targetNamespace") or "",
            "version": properties.get("version") or "",
        }

    def update(self, arm: Arm, prior: State, planned: State) -> None:
        arm.patch(planned["id"], self._api_version, self.patched(prior, planned))

    def patched(self, prior: State, planned: State) -> Body:
        """What is PATCHed: the settings that changed, and nothing else."""
        names = {
            "configuration_protected_settings": "configurationProtectedSettings",
            "configuration_settings": "configurationSettings",
        }
        touched = {name: arm for name, arm in names.items() if changed(prior, planned, name)}
        return {"properties": {arm: planned[name] or {} for name, arm in touched.items()}}

    def delete(self, arm: Arm, state: State) -> None:
        arm.delete(state["id"], self._api_version)
