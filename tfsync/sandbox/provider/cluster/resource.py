"""azurerm_kubernetes_cluster as a whole: create, read, update, delete."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from tfsync.sandbox.provider.arm import Arm, Body
from tfsync.sandbox.provider.cluster import access, addons, credentials, network, pool, profiles
from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.resource import Resource, State, changed, without_nulls
from tfsync.sandbox.provider.rotation import rotate, rotated
from tfsync.sandbox.provider.schema import (
    BOOL,
    STRING,
    STRING_MAP,
    block,
    computed,
    optional,
    optional_computed,
    required,
    since,
    until,
)
from tfsync.sandbox.provider.values import UNKNOWN
from tfsync.sandbox.provider.versions import Version

_TYPE: Final = "Microsoft.ContainerService/managedClusters"
# azurerm writes azure_policy_enabled with every change of an addon from here on.
_POLICY_ALWAYS: Final = (4, 55, 0)


def api_version(version: Version) -> str:
    """The api-version that azurerm uses for clusters and their pools."""
    if version < (3,):
        return "2020-09-01"
    return "2023-09-02-preview" if version < (4,) else "2025-10-01"


def normalize_location(text: str) -> str:
    """`West Europe` and `westeurope` are one place."""
    return text.replace(" ", "").lower()


class KubernetesCluster(Resource):
    """A managed cluster with its default node pool."""

    type_name = "azurerm_kubernetes_cluster"
    fields: ClassVar = {
        "name": required(STRING),
        "location": required(STRING, normalize=normalize_location),
        "resource_group_name": required(STRING),
        "current_kubernetes_version": since("3.0.0", computed(STRING)),
        "default_node_pool": pool.FIELD,
        "disk_encryption_set_id": optional(STRING),
        "dns_prefix": optional(STRING),
        "dns_prefix_private_cluster": since("2.57.0", optional(STRING)),
        "edge_zone": since("3.22.0", optional(STRING, normalize=normalize_location)),
        "fqdn": computed(STRING),
        "kubernetes_version": optional_computed(STRING),
        "local_account_disabled": since("3.0.0", optional(BOOL)),
        "network_profile": block(network.FIELDS, computed=True),
        "node_resource_group": optional_computed(STRING),
        "node_resource_group_id": since("3.0.0", computed(STRING)),
        "portal_fqdn": since("3.0.0", computed(STRING)),
        "private_fqdn": computed(STRING),
        "role_based_access_control": until("2.98.0", block({"enabled": required(BOOL)}, computed=True)),
        "role_based_access_control_enabled": since("2.99.0", optional(BOOL, default=True)),
        "sku_tier": optional(STRING, default="Free"),
        "support_plan": since("3.0.0", optional(STRING, default="KubernetesOfficial")),
        "tags": optional(STRING_MAP),
        **access.FIELDS,
        **addons.FIELDS,
        **credentials.FIELDS,
        **profiles.FIELDS,
    }

    @property
    def schema_version(self) -> int:
        return 0 if self.version < (3,) else 2

    @property
    def _api_version(self) -> str:
        return api_version(self.version)

    def validate(self, config: State) -> list[ProviderError]:
        prefixes = [config.get(name) for name in ("dns_prefix", "dns_prefix_private_cluster")]
        if any(value is UNKNOWN for value in prefixes) or sum(bool(value) for value in prefixes) == 1:
            return []
        return [
            ProviderError(
                "Invalid combination of arguments",
                "one of `dns_prefix,dns_prefix_private_cluster` must be specified",
                ("dns_prefix",),
            )
        ]

    def customize(self, prior: State, planned: State) -> State:
        if changed(prior, planned, "oidc_issuer_enabled"):
            return {**planned, "oidc_issuer_url": UNKNOWN}
        return planned

    def create(self, arm: Arm, planned: State) -> str:
        subscription, group = arm.identity.subscription, planned["resource_group_name"]
        path = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{_TYPE}/{planned['name']}"
        if arm.get(path, self._api_version):
            raise ProviderError(
                f"A resource with the ID {path!r} already exists - to be managed via Terraform this resource "
                f"needs to be imported into the State"
            )
        arm.put(path, self._api_version, self.body(planned))
        return path

    def body(self, planned: State) -> Body:
        """What is PUT to create the cluster."""
        properties: dict[str, Any] = {
            "addonProfiles": self._addons(planned, None),
            "agentPoolProfiles": [{"name": planned["default_node_pool"][0]["name"], **pool.expand(planned)}],
            "apiServerAccessProfile": access.expand_api_server(planned),
            "dnsPrefix": planned["dns_prefix"] or "",
            "enableRBAC": self._rbac(planned),
            "kubernetesVersion": planned["kubernetes_version"] or "",
            "nodeResourceGroup": planned["node_resource_group"] or "",
            "servicePrincipalProfile": {"clientId": "msi"},
        }
        optionals = {
            "aadProfile": access.expand_aad(planned),
            "diskEncryptionSetID": planned["disk_encryption_set_id"],
            "fqdnSubdomain": planned.get("dns_prefix_private_cluster"),
            "identityProfile": access.expand_kubelet_identity(planned),
            "linuxProfile": access.expand_linux(planned),
            "networkProfile": network.expand(planned),
            "supportPlan": planned.get("support_plan"),
            "windowsProfile": access.expand_windows(planned),
        }
        properties |= {name: value for name, value in optionals.items() if value}
        if self.version >= (3,):
            properties |= profiles.expand(planned, self.version)
            properties["disableLocalAccounts"] = bool(planned["local_account_disabled"])
        body: Body = {
            "identity": access.expand_identity(planned),
            "location": planned["location"],
            "properties": properties,
            "sku": {"name": "Basic" if self.version < (3,) else "Base", "tier": planned["sku_tier"]},
            "tags": planned["tags"] or {},
        }
        if zone := planned.get("edge_zone"):
            body["extendedLocation"] = {"name": zone, "type": "EdgeZone"}
        return body

    def read(self, arm: Arm, state: State) -> State | None:
        body = arm.get(state["id"], self._api_version)
        if body is None:
            return None
        return {**self.flatten(body, state), **credentials.read(arm, state["id"], self.version)}

    def flatten(self, body: Body, state: State) -> State:
        """The state that a body of Azure makes of `state`, but for the kubeconfig."""
        properties = body["properties"]
        parts = str(body["id"]).split("/")
        nodes = properties.get("nodeResourceGroup") or ""
        old = self.version < (3,)
        read: State = {
            "name": parts[-1],
            "resource_group_name": parts[4],
            "location": normalize_location(body["location"]),
            "tags": body.get("tags") or {},
            "identity": access.flatten_resource_identity(body.get("identity")),
            "sku_tier": (body.get("sku") or {}).get("tier") or "Free",
            "edge_zone": normalize_location((body.get("extendedLocation") or {}).get("name") or ""),
            "default_node_pool": pool.flatten(properties.get("agentPoolProfiles") or [], state),
            "disk_encryption_set_id": properties.get("diskEncryptionSetID") or "",
            "dns_prefix": properties.get("dnsPrefix") or "",
            "dns_prefix_private_cluster": properties.get("fqdnSubdomain") or "",
            "fqdn": properties.get("fqdn") or "",
            "portal_fqdn": properties.get("azurePortalFQDN") or "",
            "private_fqdn": properties.get("privateFQDN") or "",
            "current_kubernetes_version": properties.get("currentKubernetesVersion") or "",
            "kubernetes_version": properties.get("kubernetesVersion") or "",
            "local_account_disabled": bool(properties.get("disableLocalAccounts")),
            "node_resource_group": nodes,
            "node_resource_group_id": f"/subscriptions/{parts[2]}/resourceGroups/{nodes}" if nodes else "",
            "role_based_access_control": [{"enabled": bool(properties.get("enableRBAC"))}],
            "role_based_access_control_enabled": properties.get("enableRBAC") is not False,
            "support_plan": properties.get("supportPlan") or "",
            "network_profile": network.flatten(properties.get("networkProfile"), old=old),
            "azure_active_directory_role_based_access_control": access.flatten_aad(
                properties.get("aadProfile")
            ),
            "kubelet_identity": access.flatten_kubelet_identity(properties.get("identityProfile")),
            "linux_profile": access.flatten_linux(properties.get("linuxProfile")),
            "windows_profile": access.flatten_windows(properties.get("windowsProfile"), state),
            **access.flatten_api_server(properties.get("apiServerAccessProfile")),
            **profiles.flatten(properties, state),
        }
        flatten_addons = addons.flatten_old if old else addons.flatten
        return {**state, **read, **flatten_addons(properties.get("addonProfiles"))}

    def update(self, arm: Arm, prior: State, planned: State) -> None:
        if changed(prior, planned, "default_node_pool"):
            self._update_pool(arm, prior, planned)
        # A change of the default pool alone leaves the cluster's body as it is.
        rest = {name for name in self.schema if name not in ("default_node_pool", "timeouts")}
        if not changed(prior, planned, *rest):
            return
        body = arm.get(planned["id"], self._api_version)
        if body is None:
            raise ProviderError(f"{planned['id']} was not found")
        arm.put(planned["id"], self._api_version, self.updated(body, prior, planned))

    def updated(self, existing: Body, prior: State, planned: State) -> Body:
        """Azure's own body with what the plan changes, as it is PUT back."""
        body: Body = without_nulls(existing)
        if self.version < (4,):
            # The etag came into the provider's models, and so into its bodies, with azurerm 4.
            body.pop("eTag", None)
        properties = body["properties"]
        network.respell(properties.get("networkProfile") or {})
        body["identity"] = access.expand_identity(planned)
        if changed(prior, planned, "tags"):
            body["tags"] = planned["tags"] or {}
        if changed(prior, planned, "sku_tier"):
            body["sku"] = {**(existing.get("sku") or {}), "tier": planned["sku_tier"]}
        if changed(prior, planned, *(addons.NAMES if self.version >= (3,) else ("addon_profile",))):
            properties["addonProfiles"] = self._addons(planned, prior)
        if changed(prior, planned, *access.API_SERVER_NAMES):
            properties["apiServerAccessProfile"] = access.expand_api_server(planned)
        if changed(prior, planned, "azure_active_directory_role_based_access_control"):
            properties["aadProfile"] = access.expand_aad(planned)
        if changed(prior, planned, "linux_profile"):
            properties["linuxProfile"] = access.expand_linux(planned)
        if changed(prior, planned, "windows_profile"):
            properties["windowsProfile"] = access.expand_windows(planned)
        if changed(prior, planned, "network_profile"):
            network.update(properties["networkProfile"], prior, planned)
        scalars = {
            "kubernetes_version": "kubernetesVersion",
            "local_account_disabled": "disableLocalAccounts",
            "support_plan": "supportPlan",
        }
        for name, arm_name in scalars.items():
            if changed(prior, planned, name):
                properties[arm_name] = planned[name]
        profiles.update(properties, prior, planned, self.version)
        return body

    def delete(self, arm: Arm, state: State) -> None:
        arm.delete(state["id"], self._api_version)

    def _update_pool(self, arm: Arm, prior: State, planned: State) -> None:
        old, new = prior["default_node_pool"][0], planned["default_node_pool"][0]
        properties = pool.expand(planned)
        base = f"{planned['id']}/agentPools"
        body = {"name": new["name"], "properties": properties}
        if names := rotated(self.type_name, self.version, old, new, "default_node_pool."):
            rotate(arm, base, self._api_version, new, body, names)
        else:
            arm.put(f"{base}/{new['name']}", self._api_version, body)

    def _addons(self, planned: State, prior: State | None) -> addons.Profiles:
        if self.version >= (3,):
            return addons.expand(planned, prior, policy_always=self.version >= _POLICY_ALWAYS)
        return addons.expand_old(planned)

    def _rbac(self, planned: State) -> bool:
        if self.version >= (3,):
            return bool(planned["role_based_access_control_enabled"])
        return bool((planned["role_based_access_control"] or [{}])[0].get("enabled"))
