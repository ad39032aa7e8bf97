"""The network profile of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tfsync.sandbox.provider.schema import (
    BOOL,
    NUMBER,
    STRING,
    STRING_SET,
    STRINGS,
    Fields,
    block,
    computed,
    optional,
    optional_computed,
    required,
    since,
    until,
)

_LOAD_BALANCER: Final[Mapping[str, Fields]] = {
    "backend_pool_type": since("4.0.0", optional(STRING, default="NodeIPConfiguration")),
    "effective_outbound_ips": computed(STRING_SET),
    "idle_timeout_in_minutes": optional(NUMBER, default=30),
    "managed_outbound_ip_count": optional_computed(NUMBER),
    "managed_outbound_ipv6_count": since("3.0.0", optional_computed(NUMBER)),
    "outbound_ip_address_ids": optional(STRING_SET),
    "outbound_ip_prefix_ids": optional(STRING_SET),
    "outbound_ports_allocated": optional(NUMBER, default=0),
}
_NAT_GATEWAY: Final[Mapping[str, Fields]] = {
    "effective_outbound_ips": computed(STRING_SET),
    "idle_timeout_in_minutes": optional(NUMBER, default=4),
    "managed_outbound_ip_count": optional_computed(NUMBER),
}
_ADVANCED: Final[Mapping[str, Fields]] = {
    "observability_enabled": optional(BOOL, default=False),
    "security_enabled": optional(BOOL, default=False),
}


def _same_but_case(old: str, new: str) -> bool:
    return old.lower() == new.lower()


FIELDS: Final[Mapping[str, Fields]] = {
    "network_plugin": required(STRING),
    "network_plugin_mode": since("3.35.0", optional(STRING)),
    "network_mode": since("2.42.0", optional_computed(STRING)),
    "network_policy": optional_computed(STRING),
    "network_data_plane": (
        since("3.108.0", until("3.117.1", optional_computed(STRING))),
        since("4.0.0", optional(STRING, default="azure")),
    ),
    "ebpf_data_plane": since("3.35.0", until("3.117.1", optional_computed(STRING))),
    "docker_bridge_cidr": until("3.117.1", optional_computed(STRING)),
    "dns_service_ip": optional_computed(STRING),
    "pod_cidr": optional_computed(STRING),
    "pod_cidrs": since("3.26.0", optional_computed(STRINGS)),
    "service_cidr": optional_computed(STRING),
    "service_cidrs": since("3.26.0", optional_computed(STRINGS)),
    "ip_versions": since("3.1.0", optional_computed(STRINGS)),
    "outbound_type": optional(STRING, default="loadBalancer"),
    "load_balancer_sku": (
        until("2.99.0", optional(STRING, default="Standard", same=_same_but_case)),
        since("3.0.0", optional(STRING, default="standard")),
    ),
    "load_balancer_profile": block(_LOAD_BALANCER, computed=True),
    "nat_gateway_profile": since("2.86.0", block(_NAT_GATEWAY, computed=True)),
    "advanced_networking": since("4.45.0", block(_ADVANCED)),
}

_TEXTS: Final = {
    "network_plugin": "networkPlugin",
    "network_plugin_mode": "networkPluginMode",
    "network_mode": "networkMode",
    "network_policy": "networkPolicy",
    "network_data_plane": "networkDataplane",
    "ebpf_data_plane": "ebpfDataplane",
    "docker_bridge_cidr": "dockerBridgeCidr",
    "dns_service_ip": "dnsServiceIP",
    "pod_cidr": "podCidr",
    "service_cidr": "serviceCidr",
    "outbound_type": "outboundType",
    "load_balancer_sku": "loadBalancerSku",
}
_LISTS: Final = {"pod_cidrs": "podCidrs", "service_cidrs": "serviceCidrs", "ip_versions": "ipFamilies"}
# Written even when the configuration is silent, from azurerm 3 on.
_ALWAYS: Final = frozenset({"network_plugin_mode", "network_mode", "network_policy"})
# What an update writes of the profile; the rest forces replacement, so that it cannot have changed.
_UPDATED: Final = (
    "network_plugin",
    "network_plugin_mode",
    "network_policy",
    "network_data_plane",
    "outbound_type",
    "pod_cidr",
    "pod_cidrs",
    "load_balancer_profile",
    "nat_gateway_profile",
    "advanced_networking",
)


def expand(planned: Mapping[str, Any]) -> dict[str, Any] | None:
    """The profile to create a cluster with; None leaves it to Azure."""
    if not planned.get("network_profile"):
        return None
    profile = planned["network_profile"][0]
    written: dict[str, Any] = {
        arm: profile[name] or ""
        for name, arm in _TEXTS.items()
        if name in profile and (profile[name] or (name in _ALWAYS and "network_mode" in profile))
    }
    written |= {
        arm: profile[name] or []
        for name, arm in _LISTS.items()
        if name in profile and (name != "ip_versions" or profile[name])
    }
    return written | _blocks(profile)


def update(existing: dict[str, Any], prior: Mapping[str, Any], planned: Mapping[str, Any]) -> None:
    """Change in Azure's profile what the plan changes."""
    old, new = prior["network_profile"][0], planned["network_profile"][0]
    wanted = expand(planned) or {}
    for name in _UPDATED:
        if (old.get(name) or None) == (new.get(name) or None):
            continue
        arm = _TEXTS.get(name) or _LISTS.get(name) or _BLOCK_NAMES[name]
        if arm in wanted:
            existing[arm] = wanted[arm]
        else:
            existing.pop(arm, None)
        if name == "outbound_type":
            # Azure makes the new kind's profile itself.
            existing.pop("loadBalancerProfile", None)


_BLOCK_NAMES: Final = {
    "load_balancer_profile": "loadBalancerProfile",
    "nat_gateway_profile": "natGatewayProfile",
    "advanced_networking": "advancedNetworking",
}


def _blocks(profile: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for balancer in profile.get("load_balancer_profile") or ():
        written["loadBalancerProfile"] = _expand_balancer(balancer)
    for gateway in profile.get("nat_gateway_profile") or ():
        written["natGatewayProfile"] = _drop_empty(
            {
                "idleTimeoutInMinutes": gateway.get("idle_timeout_in_minutes"),
                "managedOutboundIPProfile": _drop_empty({"count": gateway.get("managed_outbound_ip_count")}),
            }
        )
    if "advanced_networking" in profile:
        settings = (profile["advanced_networking"] or [{}])[0]
        written["advancedNetworking"] = {
            "enabled": bool(profile["advanced_networking"]),
            "observability": {"enabled": bool(settings.get("observability_enabled"))},
            "security": {"enabled": bool(settings.get("security_enabled"))},
        }
    return written


def _expand_balancer(balancer: Mapping[str, Any]) -> dict[str, Any]:
    addresses = [{"id": one} for one in balancer.get("outbound_ip_address_ids") or ()]
    prefixes = [{"id": one} for one in balancer.get("outbound_ip_prefix_ids") or ()]
    managed = _drop_empty(
        {
            "count": balancer.get("managed_outbound_ip_count"),
            "countIPv6": balancer.get("managed_outbound_ipv6_count"),
        }
    )
    return _drop_empty(
        {
            "allocatedOutboundPorts": balancer.get("outbound_ports_allocated"),
            "idleTimeoutInMinutes": balancer.get("idle_timeout_in_minutes"),
            "backendPoolType": balancer.get("backend_pool_type"),
            "managedOutboundIPs": managed,
            "outboundIPs": {"publicIPs": addresses} if addresses else None,
            "outboundIPPrefixes": {"publicIPPrefixes": prefixes} if prefixes else None,
        }
    )


def flatten(profile: Mapping[str, Any] | None, *, old: bool) -> list[dict[str, Any]]:
    """The network_profile block. azurerm 2 (`old`) shows a policy of "none" as such, later ones as "" ."""
    if not profile:
        return []
    read: dict[str, Any] = {name: profile.get(arm) or "" for name, arm in _TEXTS.items()}
    read |= {name: profile.get(arm) or [] for name, arm in _LISTS.items()}
    read["network_data_plane"] = profile.get("networkDataplane") or "azure"
    if not old and read["network_policy"] == "none":
        read["network_policy"] = ""
    if read["network_plugin_mode"].lower() == "overlay":
        read["network_plugin_mode"] = "overlay"
    read["load_balancer_profile"] = _flatten_balancer(profile.get("loadBalancerProfile"))
    read["nat_gateway_profile"] = _flatten_gateway(profile.get("natGatewayProfile"))
    advanced = profile.get("advancedNetworking") or {}
    read["advanced_networking"] = (
        [
            {
                "observability_enabled": bool((advanced.get("observability") or {}).get("enabled")),
                "security_enabled": bool((advanced.get("security") or {}).get("enabled")),
            }
        ]
        if advanced.get("enabled")
        else []
    )
    return [read]


def respell(profile: dict[str, Any]) -> None:
    """Azure's profile with the spelling of the provider's models, which is what an update PUTs back."""
    balancer = profile.get("loadBalancerProfile") or {}
    if kind := balancer.get("backendPoolType"):
        balancer["backendPoolType"] = _model_case(kind)


def _model_case(backend_pool_type: str) -> str:
    return backend_pool_type[:1].upper() + backend_pool_type[1:]


def _flatten_balancer(balancer: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if not balancer:
        return []
    managed = balancer.get("managedOutboundIPs") or {}
    return [
        {
            "backend_pool_type": _model_case(balancer.get("backendPoolType") or ""),
            "effective_outbound_ips": _ids(balancer.get("effectiveOutboundIPs")),
            "idle_timeout_in_minutes": balancer.get("idleTimeoutInMinutes") or 0,
            "managed_outbound_ip_count": managed.get("count") or 0,
            "managed_outbound_ipv6_count": managed.get("countIPv6") or 0,
            "outbound_ip_address_ids": _ids((balancer.get("outboundIPs") or {}).get("publicIPs")),
            "outbound_ip_prefix_ids": _ids(
                (balancer.get("outboundIPPrefixes") or {}).get("publicIPPrefixes")
            ),
            "outbound_ports_allocated": balancer.get("allocatedOutboundPorts") or 0,
        }
    ]


def _flatten_gateway(gateway: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if not gateway:
        return []
    return [
        {
            "effective_outbound_ips": _ids(gateway.get("effectiveOutboundIPs")),
            "idle_timeout_in_minutes": gateway.get("idleTimeoutInMinutes") or 0,
            "managed_outbound_ip_count": (gateway.get("managedOutboundIPProfile") or {}).get("count") or 0,
        }
    ]


def _ids(references: list[dict[str, Any]] | None) -> list[str]:
    return [one["id"] for one in references or ()]


def _drop_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", 0, {}, [])}
