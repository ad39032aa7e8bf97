"""Addons of a cluster: blocks and switches of azurerm 3 and later, `addon_profile` of azurerm 2.

Azure keeps them all in `properties.addonProfiles`, each with `enabled`, a `config` of strings, and the
identity it runs as. Names of addons come back in any case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tfsync.sandbox.provider.schema import (
    BOOL,
    STRING,
    Fields,
    block,
    computed,
    objects,
    optional,
    required,
    since,
    until,
)

Profiles = dict[str, dict[str, Any]]

_IDENTITY: Final = objects(client_id="string", object_id="string", user_assigned_identity_id="string")

FIELDS: Final[Mapping[str, Fields]] = {
    "aci_connector_linux": since(
        "3.0.0", block({"subnet_name": required(STRING), "connector_identity": computed(_IDENTITY)})
    ),
    "azure_policy_enabled": since("3.0.0", optional(BOOL)),
    "http_application_routing_enabled": since("3.0.0", optional(BOOL)),
    "http_application_routing_zone_name": since("3.0.0", computed(STRING)),
    "ingress_application_gateway": since(
        "3.0.0",
        block(
            {
                "gateway_id": optional(STRING),
                "gateway_name": optional(STRING),
                "subnet_cidr": optional(STRING),
                "subnet_id": optional(STRING),
                "effective_gateway_id": computed(STRING),
                "ingress_application_gateway_identity": computed(_IDENTITY),
            }
        ),
    ),
    "key_vault_secrets_provider": since(
        "3.0.0",
        block(
            {
                "secret_rotation_enabled": optional(BOOL),
                "secret_rotation_interval": optional(STRING, default="2m"),
                "secret_identity": computed(_IDENTITY),
            }
        ),
    ),
    "oms_agent": since(
        "3.0.0",
        block(
            {
                "log_analytics_workspace_id": required(STRING),
                "msi_auth_for_monitoring_enabled": optional(BOOL),
                "oms_agent_identity": computed(_IDENTITY),
            }
        ),
    ),
    "open_service_mesh_enabled": since("3.0.0", optional(BOOL)),
    "addon_profile": until(
        "2.99.0",
        block(
            {
                "aci_connector_linux": block({"enabled": required(BOOL), "subnet_name": optional(STRING)}),
                "azure_policy": block({"enabled": required(BOOL)}),
                "http_application_routing": block(
                    {"enabled": required(BOOL), "http_application_routing_zone_name": computed(STRING)}
                ),
                "kube_dashboard": block({"enabled": required(BOOL)}),
                "oms_agent": block(
                    {
                        "enabled": required(BOOL),
                        "log_analytics_workspace_id": optional(STRING),
                        "oms_agent_identity": computed(_IDENTITY),
                    }
                ),
            },
            computed=True,
        ),
    ),
}
SWITCHES: Final = {
    "azure_policy_enabled": "azurepolicy",
    "http_application_routing_enabled": "httpApplicationRouting",
    "open_service_mesh_enabled": "openServiceMesh",
}
BLOCKS: Final = {
    "aci_connector_linux": "aciConnectorLinux",
    "ingress_application_gateway": "ingressApplicationGateway",
    "key_vault_secrets_provider": "azureKeyvaultSecretsProvider",
    "oms_agent": "omsagent",
}
NAMES: Final = (*SWITCHES, *BLOCKS)
"""The attributes of azurerm 3 and later whose change rewrites the addons."""

_GATEWAY: Final = {
    "gateway_id": "applicationGatewayId",
    "gateway_name": "applicationGatewayName",
    "subnet_cidr": "subnetCIDR",
    "subnet_id": "subnetId",
}
_OLD: Final = {
    "aci_connector_linux": "aciConnectorLinux",
    "azure_policy": "azurepolicy",
    "http_application_routing": "httpApplicationRouting",
    "kube_dashboard": "kubeDashboard",
    "oms_agent": "omsagent",
}


def expand(planned: Mapping[str, Any], prior: Mapping[str, Any] | None, *, policy_always: bool) -> Profiles:
    """The addons to write: those configured, and as disabled those that were just removed.

    A switch is written when it changed; from azurerm 4.55.0 on (`policy_always`) azure_policy_enabled is
    written every time.
    """
    profiles: Profiles = {}
    for name, key in SWITCHES.items():
        on, was = bool(planned.get(name)), bool((prior or {}).get(name))
        if on or on != was or (policy_always and name == "azure_policy_enabled"):
            profiles[key] = {"enabled": on}
            if name == "azure_policy_enabled":
                profiles[key]["config"] = {"version": "v2"}
    for name, key in BLOCKS.items():
        if configured := planned.get(name):
            profiles[key] = {"enabled": True, "config": _config(name, configured[0])}
        elif (prior or {}).get(name):
            profiles[key] = {"enabled": False}
    return profiles


def _config(name: str, settings: Mapping[str, Any]) -> dict[str, str]:
    match name:
        case "aci_connector_linux":
            return {"SubnetName": settings["subnet_name"]}
        case "ingress_application_gateway":
            return {
                arm: settings[attribute] for attribute, arm in _GATEWAY.items() if settings.get(attribute)
            }
        case "key_vault_secrets_provider":
            return {
                "enableSecretRotation": _bool(settings.get("secret_rotation_enabled")),
                "rotationPollInterval": settings.get("secret_rotation_interval") or "",
            }
        case _:
            return {
                "logAnalyticsWorkspaceResourceID": settings["log_analytics_workspace_id"],
                "useAADAuth": _bool(settings.get("msi_auth_for_monitoring_enabled")),
            }


def flatten(profiles: Profiles | None) -> dict[str, Any]:
    """The attributes of azurerm 3 and later. Without any addonProfiles the state keeps what it has."""
    if profiles is None:
        return {}
    read: dict[str, Any] = {name: bool(_find(profiles, key).get("enabled")) for name, key in SWITCHES.items()}
    routing = _settings(_find(profiles, SWITCHES["http_application_routing_enabled"]))
    read["http_application_routing_zone_name"] = _caseless(routing, "HTTPApplicationRoutingZoneName")
    for name, key in BLOCKS.items():
        profile = _find(profiles, key)
        read[name] = [_block(name, profile)] if profile.get("enabled") else []
    return read


def _block(name: str, profile: Mapping[str, Any]) -> dict[str, Any]:
    config, identity = _settings(profile), flatten_identity(profile.get("identity"))
    match name:
        case "aci_connector_linux":
            return {"subnet_name": config.get("SubnetName", ""), "connector_identity": identity}
        case "ingress_application_gateway":
            return {
                **{attribute: _caseless(config, arm) for attribute, arm in _GATEWAY.items()},
                "effective_gateway_id": _caseless(config, "effectiveApplicationGatewayId"),
                "ingress_application_gateway_identity": identity,
            }
        case "key_vault_secrets_provider":
            return {
                # A missing key reads as true (since azurerm 3.29.0).
                "secret_rotation_enabled": _caseless(config, "enableSecretRotation") != "false",
                "secret_rotation_interval": _caseless(config, "rotationPollInterval"),
                "secret_identity": identity,
            }
        case _:
            return {
                "log_analytics_workspace_id": _caseless(config, "logAnalyticsWorkspaceResourceID"),
                "msi_auth_for_monitoring_enabled": _caseless(config, "useAADAuth") not in ("", "false"),
                "oms_agent_identity": identity,
            }


def expand_old(planned: Mapping[str, Any]) -> Profiles:
    """azurerm 2.36: the addons of the `addon_profile` block; without any, all five disabled."""
    blocks = (planned.get("addon_profile") or [{}])[0]
    if not any(blocks.values()):
        return {key: {"enabled": False} for key in _OLD.values()}
    profiles: Profiles = {}
    for name, key in _OLD.items():
        for settings in blocks.get(name) or ():
            profiles[key] = {"enabled": bool(settings["enabled"])}
            if name == "azure_policy":
                profiles[key]["config"] = {"version": "v2"}
            if name == "aci_connector_linux" and settings.get("subnet_name"):
                profiles[key]["config"] = {"SubnetName": settings["subnet_name"]}
            if name == "oms_agent" and settings.get("log_analytics_workspace_id"):
                workspace = settings["log_analytics_workspace_id"]
                profiles[key]["config"] = {"logAnalyticsWorkspaceResourceID": workspace}
    return profiles


def flatten_old(profiles: Profiles | None) -> dict[str, Any]:
    """azurerm 2.36: a sub-block for every addon that Azure mentions, also a disabled one."""
    found = {name: _find(profiles or {}, key) for name, key in _OLD.items()}
    if not any(found.values()):
        return {"addon_profile": []}
    return {"addon_profile": [{name: _old_block(name, profile) for name, profile in found.items()}]}


def _old_block(name: str, profile: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not profile:
        return []
    config = _settings(profile)
    settings: dict[str, Any] = {"enabled": bool(profile.get("enabled"))}
    match name:
        case "aci_connector_linux":
            settings["subnet_name"] = config.get("SubnetName", "")
        case "http_application_routing":
            zone = _caseless(config, "HTTPApplicationRoutingZoneName")
            settings["http_application_routing_zone_name"] = zone
        case "oms_agent":
            settings["log_analytics_workspace_id"] = _caseless(config, "logAnalyticsWorkspaceResourceID")
            settings["oms_agent_identity"] = flatten_identity(profile.get("identity"))
        case _:
            pass
    return [settings]


def flatten_identity(identity: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The identity that an addon (or the kubelet) runs as; none when Azure shows none."""
    if not identity:
        return []
    return [
        {
            "client_id": identity.get("clientId", ""),
            "object_id": identity.get("objectId", ""),
            "user_assigned_identity_id": identity.get("resourceId", ""),
        }
    ]


def _settings(profile: Mapping[str, Any]) -> Mapping[str, Any]:
    return profile.get("config") or {}


def _find(profiles: Profiles, key: str) -> Mapping[str, Any]:
    found: Iterable[Mapping[str, Any]] = (
        profile for name, profile in profiles.items() if name.lower() == key.lower()
    )
    return next(iter(found), {})


def _caseless(config: Mapping[str, Any], key: str) -> str:
    return next((str(value) for name, value in config.items() if name.lower() == key.lower()), "")


def _bool(value: object) -> str:
    return "true" if value else "false"
