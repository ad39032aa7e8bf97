"""Who a cluster is and who may reach it: identities, logins of its nodes, its API server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tfsync.sandbox.provider.cluster.addons import flatten_identity
from tfsync.sandbox.provider.schema import (
    BOOL,
    STRING,
    STRING_SET,
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

_API_SERVER: Final[Mapping[str, Fields]] = {
    "authorized_ip_ranges": (
        until("3.117.1", optional_computed(STRING_SET)),
        since("4.0.0", optional(STRING_SET)),
    ),
    "subnet_id": (until("3.117.1", optional(STRING)), since("4.46.0", optional(STRING))),
    "vnet_integration_enabled": until("3.117.1", optional(BOOL, default=False)),
    "virtual_network_integration_enabled": since("4.46.0", optional(BOOL, default=False)),
}
_AAD: Final[Mapping[str, Fields]] = {
    "managed": until("3.117.1", optional(BOOL)),
    "tenant_id": optional_computed(STRING),
    "azure_rbac_enabled": optional(BOOL),
    "admin_group_object_ids": optional(STRINGS),
}
_KUBELET_IDENTITY: Final[Mapping[str, Fields]] = {
    "client_id": optional_computed(STRING),
    "object_id": optional_computed(STRING),
    "user_assigned_identity_id": optional_computed(STRING),
}
_GMSA: Final[Mapping[str, Fields]] = {"dns_server": required(STRING), "root_domain": required(STRING)}

FIELDS: Final[Mapping[str, Fields]] = {
    "api_server_access_profile": (
        since("3.39.0", until("3.117.1", block(_API_SERVER, computed=True))),
        since("4.0.0", block(_API_SERVER)),
    ),
    "api_server_authorized_ip_ranges": (
        until("2.99.0", optional(STRING_SET)),
        since("3.0.0", until("3.117.1", optional_computed(STRING_SET))),
    ),
    "azure_active_directory_role_based_access_control": since("3.0.0", block(_AAD)),
    "identity": block(
        {
            "type": required(STRING),
            "identity_ids": since("3.0.0", optional(STRING_SET)),
            "principal_id": computed(STRING),
            "tenant_id": computed(STRING),
        },
        required=True,
    ),
    "kubelet_identity": (
        until(
            "2.62.1",
            computed(objects(client_id="string", object_id="string", user_assigned_identity_id="string")),
        ),
        since("2.63.0", block(_KUBELET_IDENTITY, computed=True)),
    ),
    "linux_profile": block(
        {
            "admin_username": required(STRING),
            "ssh_key": block({"key_data": required(STRING)}, required=True),
        }
    ),
    "private_cluster_enabled": (
        until("2.99.0", optional_computed(BOOL)),
        since("3.0.0", optional(BOOL, default=False)),
    ),
    "private_cluster_public_fqdn_enabled": since("3.0.0", optional(BOOL, default=False)),
    "private_dns_zone_id": since("2.47.0", optional_computed(STRING)),
    "run_command_enabled": since("3.0.0", optional(BOOL, default=True)),
    "windows_profile": block(
        {
            "admin_username": required(STRING),
            "admin_password": (
                until("3.117.1", optional(STRING, sensitive=True)),
                since("4.0.0", required(STRING, sensitive=True)),
            ),
            "license": since("3.0.0", optional(STRING)),
            "gmsa": since("3.22.0", block(_GMSA)),
        },
        computed=True,
    ),
}
API_SERVER_NAMES: Final = (
    "api_server_access_profile",
    "api_server_authorized_ip_ranges",
    "private_cluster_public_fqdn_enabled",
    "run_command_enabled",
)
"""The attributes whose change rewrites the API server's access profile."""


def expand_api_server(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Azure's apiServerAccessProfile, whole: what the configuration leaves out is left out."""
    profile = (planned.get("api_server_access_profile") or [{}])[0]
    ranges = profile.get("authorized_ip_ranges") or planned.get("api_server_authorized_ip_ranges") or []
    written: dict[str, Any] = {"enablePrivateCluster": bool(planned.get("private_cluster_enabled"))}
    if ranges or "api_server_authorized_ip_ranges" in planned:
        written["authorizedIPRanges"] = ranges
    if "run_command_enabled" in planned:
        written["disableRunCommand"] = not planned["run_command_enabled"]
        public = bool(planned.get("private_cluster_public_fqdn_enabled"))
        written["enablePrivateClusterPublicFQDN"] = public
    if zone := planned.get("private_dns_zone_id"):
        written["privateDNSZone"] = zone
    if profile.get("virtual_network_integration_enabled") or profile.get("vnet_integration_enabled"):
        written["enableVnetIntegration"] = True
    if subnet := profile.get("subnet_id"):
        written["subnetId"] = subnet
    return written


def flatten_api_server(profile: Mapping[str, Any] | None) -> dict[str, Any]:
    """Every attribute that comes from Azure's apiServerAccessProfile."""
    profile = profile or {}
    zone = profile.get("privateDNSZone") or ""
    ranges = profile.get("authorizedIPRanges")
    integrated = profile.get("enableVnetIntegration")
    subnet = profile.get("subnetId")
    present = ranges is not None or integrated is not None or subnet is not None
    return {
        "api_server_access_profile": [
            {
                "authorized_ip_ranges": ranges or [],
                "subnet_id": subnet or "",
                "vnet_integration_enabled": bool(integrated),
                "virtual_network_integration_enabled": bool(integrated),
            }
        ]
        if present
        else [],
        "api_server_authorized_ip_ranges": ranges or [],
        "private_cluster_enabled": bool(profile.get("enablePrivateCluster")),
        "private_cluster_public_fqdn_enabled": bool(profile.get("enablePrivateClusterPublicFQDN")),
        "private_dns_zone_id": {"system": "System", "none": "None"}.get(zone.lower(), zone),
        "run_command_enabled": not profile.get("disableRunCommand"),
    }


def expand_identity(planned: Mapping[str, Any]) -> dict[str, Any]:
    """The identity of the resource itself."""
    identity = planned["identity"][0]
    if "identity_ids" not in identity:
        return {"type": identity["type"]}
    ids = identity["identity_ids"] or []
    return {"type": identity["type"], "userAssignedIdentities": {one: {} for one in ids} or None}


def flatten_resource_identity(identity: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The identity block."""
    if not identity:
        return []
    return [
        {
            "type": identity.get("type", ""),
            "identity_ids": sorted(identity.get("userAssignedIdentities") or {}),
            "principal_id": identity.get("principalId") or "",
            "tenant_id": identity.get("tenantId") or "",
        }
    ]


def expand_kubelet_identity(planned: Mapping[str, Any]) -> dict[str, Any] | None:
    """Azure's identityProfile; None lets Azure make an identity for the kubelet."""
    wanted = (planned.get("kubelet_identity") or [{}])[0]
    if not wanted.get("user_assigned_identity_id"):
        return None
    names = {"clientId": "client_id", "objectId": "object_id", "resourceId": "user_assigned_identity_id"}
    return {"kubeletidentity": {arm: wanted[name] for arm, name in names.items()}}


def flatten_kubelet_identity(profile: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The kubelet_identity block."""
    return flatten_identity((profile or {}).get("kubeletidentity"))


def expand_aad(planned: Mapping[str, Any]) -> dict[str, Any] | None:
    """Azure's aadProfile; None is a cluster without Entra ID."""
    for aad in planned.get("azure_active_directory_role_based_access_control") or ():
        written = {
            "managed": True,
            "enableAzureRBAC": bool(aad.get("azure_rbac_enabled")),
            "adminGroupObjectIDs": aad.get("admin_group_object_ids") or [],
        }
        return written | ({"tenantID": aad["tenant_id"]} if aad.get("tenant_id") else {})
    return None


def flatten_aad(profile: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The azure_active_directory_role_based_access_control block."""
    if profile is None:
        return []
    return [
        {
            "managed": bool(profile.get("managed")),
            "tenant_id": profile.get("tenantID") or "",
            "azure_rbac_enabled": bool(profile.get("enableAzureRBAC")),
            "admin_group_object_ids": profile.get("adminGroupObjectIDs") or [],
        }
    ]


def expand_linux(planned: Mapping[str, Any]) -> dict[str, Any] | None:
    """Azure's linuxProfile."""
    for linux in planned.get("linux_profile") or ():
        keys = [{"keyData": key["key_data"]} for key in linux["ssh_key"]]
        return {"adminUsername": linux["admin_username"], "ssh": {"publicKeys": keys}}
    return None


def flatten_linux(profile: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The linux_profile block."""
    if not profile:
        return []
    keys = (profile.get("ssh") or {}).get("publicKeys") or []
    return [
        {
            "admin_username": profile.get("adminUsername") or "",
            "ssh_key": [{"key_data": key.get("keyData") or ""} for key in keys[:1]],
        }
    ]


def expand_windows(planned: Mapping[str, Any]) -> dict[str, Any] | None:
    """Azure's windowsProfile, with the password it never gives back."""
    for windows in planned.get("windows_profile") or ():
        written: dict[str, Any] = {"adminUsername": windows["admin_username"]}
        if windows.get("admin_password"):
            written["adminPassword"] = windows["admin_password"]
        if "license" in windows:
            written["licenseType"] = windows["license"] or "None"
        for gmsa in windows.get("gmsa") or ():
            domain = {"dnsServer": gmsa["dns_server"], "rootDomainName": gmsa["root_domain"]}
            written["gmsaProfile"] = {"enabled": True, **domain}
        return written
    return None


def flatten_windows(profile: Mapping[str, Any] | None, state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The windows_profile block; the password stays what the state has."""
    if not profile:
        return []
    known = (state.get("windows_profile") or [{}])[0]
    license_type = profile.get("licenseType") or ""
    gmsa = profile.get("gmsaProfile") or {}
    return [
        {
            "admin_username": profile.get("adminUsername") or "",
            "admin_password": known.get("admin_password") or "",
            "license": "" if license_type == "None" else license_type,
            "gmsa": [
                {"dns_server": gmsa.get("dnsServer") or "", "root_domain": gmsa.get("rootDomainName") or ""}
            ]
            if gmsa.get("enabled")
            else [],
        }
    ]
