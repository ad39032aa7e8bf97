"""What Azure fills into clusters and pools. Changes the body it is given.

Which values: the bodies in tests/recordings (what the real provider accepted) and the list at the end of
provider-requests; the versions are filled because Azure fills them, where the recorded stand-in left "".
"""

from __future__ import annotations

from tfsync.sandbox import networking, versions
from tfsync.sandbox.generated import guid, managed_identity, node_group_resource, token
from tfsync.sandbox.networking import set_default
from tfsync.sandbox.wire import Body

NODE_IMAGE = "AKSUbuntu-2204gen2-202601"

# Add-ons that get an identity of their own in the recordings: all that exist but openServiceMesh,
# kubeDashboard and httpApplicationRouting.
_ADDONS_WITH_IDENTITY = frozenset({
    "aciconnectorlinux", "azurekeyvaultsecretsprovider", "azurepolicy", "ingressapplicationgateway",
    "omsagent",
})  # fmt: skip

_POOL = {
    "count": 1,
    "enableAutoScaling": False,
    "enableEncryptionAtHost": False,
    "enableFIPS": False,
    "enableNodePublicIP": False,
    "enableUltraSSD": False,
    "maxPods": 30,
    "mode": "User",
    "osDiskSizeGB": 128,
    "osDiskType": "Managed",
    "osType": "Linux",
    "scaleDownMode": "Delete",
    "type": "VirtualMachineScaleSets",
}
# Only in pools that a cluster PUT makes: one made through agentPools shows none of these, in the
# recorded exchanges too, and azurerm's node pool resource would read upgradeSettings back as a change.
_POOL_OF_NEW_CLUSTER = {
    "kubeletDiskType": "OS",
    "mode": "System",
    "upgradeSettings": {"maxSurge": "10%"},
    "workloadRuntime": "OCIContainer",
}


def fill_cluster(cluster: Body, *, tenant: str, known_pools: frozenset[str]) -> None:
    """Fill a managedClusters body that has its id, name and location. `known_pools` existed before."""
    properties = cluster["properties"]
    location = cluster["location"]
    group = cluster["id"].split("/")[4]
    set_default(properties, "dnsPrefix", cluster["name"])
    if not properties.get("nodeResourceGroup"):  # azurerm sends "" for a group that Azure is to name
        properties["nodeResourceGroup"] = f"MC_{group}_{cluster['name']}_{location}"
    if not properties.get("kubernetesVersion"):
        properties["kubernetesVersion"] = versions.DEFAULT
    set_default(properties, "currentKubernetesVersion", versions.full(properties["kubernetesVersion"]))
    set_default(properties, "enableRBAC", True)
    set_default(properties, "disableLocalAccounts", False)
    set_default(properties, "supportPlan", "KubernetesOfficial")
    set_default(properties, "maxAgentPools", 100)
    set_default(properties, "powerState", {"code": "Running"})
    set_default(cluster, "sku", {"name": "Base", "tier": "Free"})
    storage = properties["storageProfile"] = properties.get("storageProfile") or {}
    for driver in ("diskCSIDriver", "fileCSIDriver", "snapshotController"):
        set_default(storage, driver, {"enabled": True})
    _fill_identity(cluster, tenant)
    for pool in properties.get("agentPoolProfiles") or []:
        fill_pool(pool, properties, of_new_cluster_pool=pool["name"].lower() not in known_pools)
    networking.fill(cluster)
    _fill_host_names(cluster)
    _fill_addons(cluster)
    issuer = properties.get("oidcIssuerProfile") or {}
    if issuer.get("enabled"):
        path = f"{tenant}/{guid(cluster['id'], 'oidc')}"
        issuer["issuerURL"] = f"https://{location}.oic.prod-aks.azure.com/{path}/"


def fill_pool(pool: Body, cluster_properties: Body, *, of_new_cluster_pool: bool = False) -> None:
    """Fill a pool's properties, as they stand in agentPools and in agentPoolProfiles."""
    defaults = {**_POOL, **_POOL_OF_NEW_CLUSTER} if of_new_cluster_pool else _POOL
    for key, value in defaults.items():
        set_default(pool, key, dict(value) if isinstance(value, dict) else value)
    set_default(pool, "osSKU", "Windows2022" if pool["osType"] == "Windows" else "Ubuntu")
    if not pool.get("orchestratorVersion"):
        pool["orchestratorVersion"] = cluster_properties.get("kubernetesVersion") or versions.DEFAULT
    set_default(pool, "currentOrchestratorVersion", versions.full(pool["orchestratorVersion"]))
    set_default(pool, "provisioningState", "Succeeded")
    set_default(pool, "powerState", {"code": "Running"})
    set_default(pool, "nodeImageVersion", NODE_IMAGE)


def default_kubelet_identity(cluster: Body) -> str:
    """The identity that AKS makes for the kubelets when the user brings none."""
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    return node_group_resource(cluster, kind, f"{cluster['name']}-agentpool")


def _fill_identity(cluster: Body, tenant: str) -> None:
    identity, properties = cluster.get("identity") or {}, cluster["properties"]
    kind = identity.get("type") or "None"
    if kind == "None":
        return
    # Only a service principal cluster has another client here; moving to an identity sets this for good.
    properties["servicePrincipalProfile"] = {"clientId": "msi"}
    if "SystemAssigned" in kind:
        set_default(identity, "principalId", guid(cluster["id"], "principal"))
        set_default(identity, "tenantId", tenant)
    else:
        identity.pop("principalId", None)
        identity.pop("tenantId", None)
    if "UserAssigned" in kind:
        for resource_id in identity.get("userAssignedIdentities") or {}:
            known = managed_identity(resource_id)
            identity["userAssignedIdentities"][resource_id] = {
                "clientId": known["clientId"],
                "principalId": known["objectId"],
            }
    elif identity.get("userAssignedIdentities"):
        identity["userAssignedIdentities"] = None
    profile = properties["identityProfile"] = properties.get("identityProfile") or {}
    kubelet = profile["kubeletidentity"] = profile.get("kubeletidentity") or {}
    set_default(kubelet, "resourceId", default_kubelet_identity(cluster))
    for key, value in managed_identity(kubelet["resourceId"]).items():
        set_default(kubelet, key, value)


def _fill_host_names(cluster: Body) -> None:
    properties, location = cluster["properties"], cluster["location"]
    prefix = properties.get("fqdnSubdomain") or properties["dnsPrefix"]
    host = f"{prefix}-{token(cluster['id'], 'host')}"
    set_default(properties, "fqdn", f"{host}.hcp.{location}.azmk8s.io")
    set_default(properties, "azurePortalFQDN", f"{host}.portal.hcp.{location}.azmk8s.io")
    access = properties.get("apiServerAccessProfile") or {}
    if access.get("enablePrivateCluster"):
        set_default(access, "privateDNSZone", "system")
        set_default(properties, "privateFQDN", f"{host}.privatelink.{location}.azmk8s.io")
    else:
        properties.pop("privateFQDN", None)


def _fill_addons(cluster: Body) -> None:
    addons = cluster["properties"].get("addonProfiles") or {}
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    has_identity = bool((cluster.get("identity") or {}).get("type"))
    for name, addon in addons.items():
        known = name.lower()
        if not addon.get("enabled"):
            # Switched off, an add-on shows neither its configuration nor an identity.
            addon["config"] = None
            addon.pop("identity", None)
            continue
        config = addon["config"] = addon.get("config") or None
        if known == "httpapplicationrouting":
            zone = f"{token(cluster['id'], 'routing', length=20)}.{cluster['location']}.aksapp.io"
            addon["config"] = {**(config or {}), "HTTPApplicationRoutingZoneName": zone}
        if known == "ingressapplicationgateway" and config and config.get("applicationGatewayId"):
            config["effectiveApplicationGatewayId"] = config["applicationGatewayId"]
        if known in _ADDONS_WITH_IDENTITY and has_identity:
            set_default(
                addon,
                "identity",
                managed_identity(node_group_resource(cluster, kind, f"{known}-{cluster['name']}")),
            )
