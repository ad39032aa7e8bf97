"""The smaller profiles of a cluster: issuer, upgrades, ingress, mesh, monitoring, storage.

Each is a block or a switch of the configuration and an object of its own in Azure's properties. The
provider writes one when its attributes changed, and then whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tfsync.sandbox.provider.cluster import security
from tfsync.sandbox.provider.cluster.addons import flatten_identity
from tfsync.sandbox.provider.resource import State, changed
from tfsync.sandbox.provider.schema import (
    BOOL,
    STRING,
    STRINGS,
    Fields,
    block,
    computed,
    objects,
    optional,
    optional_computed,
    required,
    since,
    until,
)
from tfsync.sandbox.provider.versions import Version

Properties = dict[str, Any]

# Recordings 3.117.1/oidc-enable and 5.2.0/oidc-enable: what a new cluster is created with.
_ISSUER_OFF_IS_WRITTEN: Final = (4, 68, 0)

_IDENTITY: Final = objects(client_id="string", object_id="string", user_assigned_identity_id="string")
_PROVISIONING: Final[Mapping[str, Fields]] = {
    "mode": optional(STRING, default="Manual"),
    "default_node_pools": optional(STRING, default="Auto"),
}
_DRIVERS: Final = {
    "blob_driver_enabled": "blobCSIDriver",
    "disk_driver_enabled": "diskCSIDriver",
    "file_driver_enabled": "fileCSIDriver",
    "snapshot_controller_enabled": "snapshotController",
}

FIELDS: Final[Mapping[str, Fields]] = {
    **security.FIELDS,
    "ai_toolchain_operator_enabled": since("4.0.0", optional(BOOL, default=False)),
    "automatic_channel_upgrade": since("3.0.0", until("3.117.1", optional(STRING))),
    "automatic_upgrade_channel": since("4.0.0", optional(STRING)),
    "cost_analysis_enabled": since("3.106.0", optional(BOOL)),
    "monitor_metrics": since(
        "3.0.0", block({"annotations_allowed": optional(STRING), "labels_allowed": optional(STRING)})
    ),
    "node_os_channel_upgrade": since("3.0.0", until("3.117.1", optional(STRING))),
    "node_os_upgrade_channel": since("4.0.0", optional(STRING, default="NodeImage")),
    # The 5.0 upgrade guide: the block is required from 5.0 on.
    "node_provisioning_profile": (
        since("4.57.0", until("4.81.0", block(_PROVISIONING, computed=True))),
        since("5.0.0", block(_PROVISIONING, required=True)),
    ),
    "oidc_issuer_enabled": (
        since("3.1.0", until("4.67.0", optional(BOOL))),
        since("4.68.0", until("4.81.0", optional_computed(BOOL))),
        since("5.0.0", optional(BOOL, default=True)),
    ),
    "oidc_issuer_url": since("3.1.0", computed(STRING)),
    "service_mesh_profile": since(
        "4.0.0",
        block(
            {
                "mode": required(STRING),
                "revisions": required(STRINGS),
                "internal_ingress_gateway_enabled": optional(BOOL),
                "external_ingress_gateway_enabled": optional(BOOL),
            }
        ),
    ),
    "storage_profile": since(
        "3.35.0",
        block(
            {
                "blob_driver_enabled": optional(BOOL, default=False),
                "disk_driver_enabled": optional(BOOL, default=True),
                "disk_driver_version": until("3.117.1", optional(STRING, default="v1")),
                "file_driver_enabled": optional(BOOL, default=True),
                "snapshot_controller_enabled": optional(BOOL, default=True),
            }
        ),
    ),
    "web_app_routing": since(
        "4.0.0",
        block(
            {
                "dns_zone_ids": required(STRINGS),
                "default_nginx_controller": optional(STRING, default="AnnotationControlled"),
                "web_app_routing_identity": computed(_IDENTITY),
            }
        ),
    ),
}


def expand(planned: State, version: Version) -> Properties:
    """The profiles to create a cluster with."""
    written: Properties = {
        "autoUpgradeProfile": _upgrades(planned),
        "azureMonitorProfile": _monitor(planned),
        "metricsProfile": {"costAnalysis": {"enabled": bool(planned.get("cost_analysis_enabled"))}},
        "securityProfile": security.expand(planned, None, version),
    }
    issuer = planned.get("oidc_issuer_enabled")
    if issuer or (issuer is False and version >= _ISSUER_OFF_IS_WRITTEN):
        written["oidcIssuerProfile"] = {"enabled": issuer}
    if planned.get("web_app_routing"):
        written["ingressProfile"] = _ingress(planned)
    if planned.get("service_mesh_profile"):
        written["serviceMeshProfile"] = _mesh(planned)
    if planned.get("storage_profile"):
        written["storageProfile"] = _storage(planned)
    if planned.get("node_provisioning_profile"):
        written["nodeProvisioningProfile"] = _provisioning(planned)
    if planned.get("ai_toolchain_operator_enabled"):
        written["aiToolchainOperatorProfile"] = {"enabled": True}
    return written


def update(properties: Properties, prior: State, planned: State, version: Version) -> None:
    """Change in Azure's properties the profiles that the plan changes."""

    def touched(*names: str) -> bool:
        return changed(prior, planned, *names)

    if touched(*_UPGRADE_NAMES):
        properties["autoUpgradeProfile"] = _upgrades(planned)
    if touched("cost_analysis_enabled"):
        properties["metricsProfile"] = {"costAnalysis": {"enabled": bool(planned["cost_analysis_enabled"])}}
    if touched("monitor_metrics"):
        properties["azureMonitorProfile"] = _monitor(planned)
    if touched("oidc_issuer_enabled"):
        properties["oidcIssuerProfile"] = {"enabled": bool(planned["oidc_issuer_enabled"])}
    if touched("web_app_routing"):
        properties["ingressProfile"] = _ingress(planned)
    if touched("service_mesh_profile"):
        properties["serviceMeshProfile"] = _mesh(planned)
    if touched("storage_profile"):
        properties["storageProfile"] = _storage(planned)
    if touched("node_provisioning_profile"):
        properties["nodeProvisioningProfile"] = _provisioning(planned)
    if touched("ai_toolchain_operator_enabled"):
        properties["aiToolchainOperatorProfile"] = {"enabled": bool(planned["ai_toolchain_operator_enabled"])}
    if touched(*security.FIELDS):
        kept = properties.get("securityProfile") or {}
        properties["securityProfile"] = {**kept, **security.expand(planned, prior, version)}


_UPGRADE_NAMES: Final = (
    "automatic_channel_upgrade",
    "automatic_upgrade_channel",
    "node_os_channel_upgrade",
    "node_os_upgrade_channel",
)


def flatten(properties: Mapping[str, Any], state: State) -> State:
    """Every attribute that comes from these profiles. storage_profile is not read: as the real one."""
    upgrades = properties.get("autoUpgradeProfile") or {}
    channel = upgrades.get("upgradeChannel") or ""
    issuer = properties.get("oidcIssuerProfile") or {}
    costs = (properties.get("metricsProfile") or {}).get("costAnalysis") or {}
    read: State = {
        "automatic_channel_upgrade": "" if channel == "none" else channel,
        "automatic_upgrade_channel": "" if channel == "none" else channel,
        "node_os_channel_upgrade": upgrades.get("nodeOSUpgradeChannel"),
        "node_os_upgrade_channel": upgrades.get("nodeOSUpgradeChannel") or "",
        "ai_toolchain_operator_enabled": _on(properties.get("aiToolchainOperatorProfile")),
        "cost_analysis_enabled": _on(costs),
        "monitor_metrics": _flatten_monitor(properties.get("azureMonitorProfile")),
        "oidc_issuer_enabled": _on(issuer),
        "oidc_issuer_url": issuer.get("issuerURL") or "",
        "service_mesh_profile": _flatten_mesh(properties.get("serviceMeshProfile")),
        "web_app_routing": _flatten_ingress(properties.get("ingressProfile")),
        **security.flatten(properties.get("securityProfile") or {}, state),
    }
    provisioning = properties.get("nodeProvisioningProfile")
    read["node_provisioning_profile"] = (
        [
            {
                "mode": provisioning.get("mode", ""),
                "default_node_pools": provisioning.get("defaultNodePools", ""),
            }
        ]
        if provisioning
        else []
    )
    return read


def _upgrades(planned: State) -> Properties:
    channel = planned.get("automatic_upgrade_channel") or planned.get("automatic_channel_upgrade")
    nodes = planned.get("node_os_upgrade_channel") or planned.get("node_os_channel_upgrade")
    written = {"upgradeChannel": channel or "none"}
    return written | ({"nodeOSUpgradeChannel": nodes} if nodes else {})


def _monitor(planned: State) -> Properties:
    for metrics in planned.get("monitor_metrics") or ():
        written: Properties = {"enabled": True}
        if any(metrics.values()):
            written["kubeStateMetrics"] = {
                "metricAnnotationsAllowList": metrics.get("annotations_allowed") or "",
                "metricLabelsAllowlist": metrics.get("labels_allowed") or "",
            }
        return {"metrics": written}
    return {"metrics": {"enabled": False}}


def _flatten_monitor(profile: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    metrics = (profile or {}).get("metrics") or {}
    if not metrics.get("enabled"):
        return []
    allowed = metrics.get("kubeStateMetrics") or {}
    return [
        {
            "annotations_allowed": allowed.get("metricAnnotationsAllowList") or "",
            "labels_allowed": allowed.get("metricLabelsAllowlist") or "",
        }
    ]


def _ingress(planned: State) -> Properties:
    for routing in planned["web_app_routing"] or ():
        written: Properties = {
            "enabled": True,
            "nginx": {"defaultIngressControllerType": routing["default_nginx_controller"]},
        }
        if routing.get("dns_zone_ids"):
            written["dnsZoneResourceIds"] = routing["dns_zone_ids"]
        return {"webAppRouting": written}
    return {"webAppRouting": {"enabled": False}}


def _flatten_ingress(profile: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    routing = (profile or {}).get("webAppRouting")
    if routing is None or routing.get("enabled") is False:
        return []
    return [
        {
            "dns_zone_ids": routing.get("dnsZoneResourceIds") or [],
            "default_nginx_controller": (routing.get("nginx") or {}).get("defaultIngressControllerType", ""),
            "web_app_routing_identity": flatten_identity(routing.get("identity")),
        }
    ]


def _mesh(planned: State) -> Properties:
    for mesh in planned["service_mesh_profile"] or ():
        gateways = [
            {"enabled": bool(mesh.get("internal_ingress_gateway_enabled")), "mode": "Internal"},
            {"enabled": bool(mesh.get("external_ingress_gateway_enabled")), "mode": "External"},
        ]
        istio = {"components": {"ingressGateways": gateways}, "revisions": mesh["revisions"]}
        return {"mode": mesh["mode"], "istio": istio}
    return {"mode": "Disabled"}


def _flatten_mesh(profile: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if (profile or {}).get("mode") != "Istio":
        return []
    istio = (profile or {}).get("istio") or {}
    gateways = (istio.get("components") or {}).get("ingressGateways") or []
    enabled = {gateway.get("mode"): bool(gateway.get("enabled")) for gateway in gateways}
    return [
        {
            "mode": "Istio",
            "revisions": istio.get("revisions") or [],
            "internal_ingress_gateway_enabled": enabled.get("Internal", False),
            "external_ingress_gateway_enabled": enabled.get("External", False),
        }
    ]


def _storage(planned: State) -> Properties:
    for storage in planned["storage_profile"] or ():
        written: Properties = {arm: {"enabled": bool(storage[name])} for name, arm in _DRIVERS.items()}
        if version := storage.get("disk_driver_version"):
            written["diskCSIDriver"]["version"] = version
        return written
    return {}


def _provisioning(planned: State) -> Properties:
    settings = planned["node_provisioning_profile"][0]
    return {"mode": settings["mode"], "defaultNodePools": settings["default_node_pools"]}


def _on(part: Mapping[str, Any] | None) -> bool:
    return bool((part or {}).get("enabled"))
