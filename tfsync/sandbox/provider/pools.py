"""Node pools: the default pool of a cluster and the pools of their own, as Azure's agent pools."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tfsync.sandbox.provider.schema import (
    BOOL,
    NUMBER,
    STRING,
    STRING_MAP,
    STRING_SET,
    STRINGS,
    Fields,
    block,
    optional,
    optional_computed,
    required,
    since,
    until,
)

CRITICAL_ADDONS_ONLY: Final = "CriticalAddonsOnly=true:NoSchedule"

_KUBELET_CONFIG: Final[Mapping[str, Fields]] = {
    "cpu_manager_policy": optional(STRING),
    # Recordings 3.117.1/pool-kubelet-config and 5.2.0/pool-kubelet-config differ in the default.
    "cpu_cfs_quota_enabled": (
        until("3.117.1", optional(BOOL, default=False)),
        since("4.0.0", optional(BOOL, default=True)),
    ),
    "cpu_cfs_quota_period": optional(STRING),
    "image_gc_high_threshold": optional(NUMBER),
    "image_gc_low_threshold": optional(NUMBER),
    "topology_manager_policy": optional(STRING),
    "allowed_unsafe_sysctls": optional(STRING_SET),
    "container_log_max_size_mb": optional(NUMBER),
    "container_log_max_line": until("4.81.0", optional(NUMBER)),
    "container_log_max_files": since("5.0.0", optional(NUMBER)),
    "pod_max_pid": optional(NUMBER),
}
_KUBELET_PROPERTIES: Final = {
    "cpu_manager_policy": "cpuManagerPolicy",
    "cpu_cfs_quota_enabled": "cpuCfsQuota",
    "cpu_cfs_quota_period": "cpuCfsQuotaPeriod",
    "image_gc_high_threshold": "imageGcHighThreshold",
    "image_gc_low_threshold": "imageGcLowThreshold",
    "topology_manager_policy": "topologyManagerPolicy",
    "allowed_unsafe_sysctls": "allowedUnsafeSysctls",
    "container_log_max_size_mb": "containerLogMaxSizeMB",
    "container_log_max_line": "containerLogMaxFiles",
    "container_log_max_files": "containerLogMaxFiles",
    "pod_max_pid": "podMaxPids",
}

UPGRADE_SETTINGS: Final[Mapping[str, Fields]] = {
    "max_surge": optional(STRING),
    "drain_timeout_in_minutes": optional(NUMBER),
    "node_soak_duration_in_minutes": optional(NUMBER),
    "undrainable_node_behavior": since("4.53.0", optional(STRING)),
}

FIELDS: Final[Mapping[str, Fields]] = {
    "name": required(STRING),
    "vm_size": required(STRING),
    "node_count": optional_computed(NUMBER),
    "min_count": optional(NUMBER),
    "max_count": optional(NUMBER),
    "enable_auto_scaling": until("3.117.1", optional(BOOL)),
    "auto_scaling_enabled": since("4.0.0", optional(BOOL)),
    "enable_host_encryption": since("2.46.0", until("3.117.1", optional(BOOL))),
    "host_encryption_enabled": since("4.0.0", optional(BOOL)),
    "enable_node_public_ip": until("3.117.1", optional(BOOL)),
    "node_public_ip_enabled": since("4.0.0", optional(BOOL)),
    "availability_zones": until("2.99.0", optional(STRINGS)),
    "zones": since("3.0.0", optional(STRING_SET)),
    "capacity_reservation_group_id": since("3.13.0", optional(STRING)),
    "custom_ca_trust_enabled": since("3.0.0", until("3.117.1", optional(BOOL))),
    "fips_enabled": since("2.66.0", optional(BOOL)),
    "gpu_driver": since("4.40.0", optional(STRING)),
    "gpu_instance": since("3.82.0", optional(STRING)),
    "host_group_id": since("3.14.0", optional(STRING)),
    "kubelet_config": since("2.64.0", block(_KUBELET_CONFIG)),
    "kubelet_disk_type": since("3.0.0", optional_computed(STRING)),
    "max_pods": optional_computed(NUMBER),
    "message_of_the_day": since("3.26.0", until("3.117.1", optional(STRING))),
    "node_labels": (until("2.99.0", optional(STRING_MAP)), since("3.0.0", optional_computed(STRING_MAP))),
    "node_public_ip_prefix_id": since("2.62.0", optional(STRING)),
    "orchestrator_version": optional_computed(STRING),
    "os_disk_size_gb": optional_computed(NUMBER),
    "os_disk_type": since("2.37.0", optional(STRING, default="Managed")),
    "os_sku": since("2.76.0", optional_computed(STRING)),
    "pod_subnet_id": since("2.74.0", optional(STRING)),
    "proximity_placement_group_id": since("2.36.0", optional(STRING)),
    "scale_down_mode": since("3.26.0", optional(STRING, default="Delete")),
    "snapshot_id": since("3.55.0", optional(STRING)),
    "tags": optional(STRING_MAP),
    "ultra_ssd_enabled": since("2.73.0", optional(BOOL, default=False)),
    "upgrade_settings": since("3.0.0", block(UPGRADE_SETTINGS)),
    "vnet_subnet_id": optional(STRING),
}
"""What a default pool and a pool of its own have in common."""


@dataclass(frozen=True, slots=True)
class _Property:
    """How one attribute is written and read: `written` even when the configuration is silent."""

    arm: str
    written: bool = False
    zero: Any = None


def _text(arm: str) -> _Property:
    return _Property(arm, zero="")


def _flag(arm: str) -> _Property:
    return _Property(arm, written=True, zero=False)


_PROPERTIES: Final[Mapping[str, _Property]] = {
    "vm_size": _Property("vmSize", written=True),
    "node_count": _Property("count"),
    "min_count": _Property("minCount", zero=0),
    "max_count": _Property("maxCount", zero=0),
    "enable_auto_scaling": _flag("enableAutoScaling"),
    "auto_scaling_enabled": _flag("enableAutoScaling"),
    "enable_host_encryption": _flag("enableEncryptionAtHost"),
    "host_encryption_enabled": _flag("enableEncryptionAtHost"),
    "enable_node_public_ip": _flag("enableNodePublicIP"),
    "node_public_ip_enabled": _flag("enableNodePublicIP"),
    "availability_zones": _Property("availabilityZones", zero=[]),
    "zones": _Property("availabilityZones", zero=[]),
    "capacity_reservation_group_id": _text("capacityReservationGroupID"),
    "custom_ca_trust_enabled": _flag("enableCustomCATrust"),
    "fips_enabled": _flag("enableFIPS"),
    "gpu_instance": _text("gpuInstanceProfile"),
    "host_group_id": _text("hostGroupID"),
    "kubelet_disk_type": _Property("kubeletDiskType", written=True, zero=""),
    "max_pods": _Property("maxPods", zero=0),
    "node_labels": _Property("nodeLabels", zero={}),
    "node_public_ip_prefix_id": _text("nodePublicIPPrefixID"),
    "orchestrator_version": _text("orchestratorVersion"),
    "os_disk_size_gb": _Property("osDiskSizeGB", zero=0),
    "os_disk_type": _Property("osDiskType", written=True, zero="Managed"),
    "os_sku": _text("osSKU"),
    "pod_subnet_id": _text("podSubnetID"),
    "proximity_placement_group_id": _text("proximityPlacementGroupID"),
    "scale_down_mode": _Property("scaleDownMode", written=True, zero="Delete"),
    "tags": _Property("tags", written=True, zero={}),
    "ultra_ssd_enabled": _flag("enableUltraSSD"),
    "vnet_subnet_id": _text("vnetSubnetID"),
    "workload_runtime": _text("workloadRuntime"),
    # A pool of its own:
    "mode": _Property("mode", written=True),
    "os_type": _Property("osType", written=True),
    "priority": _Property("scaleSetPriority", written=True, zero="Regular"),
    "eviction_policy": _text("scaleSetEvictionPolicy"),
    "node_taints": _Property("nodeTaints", zero=[]),
}

# Where Azure says nothing of these, the state keeps what it has.
_LEFT_ALONE: Final = frozenset({"gpuInstanceProfile", "workloadRuntime"})

Expand = Callable[[Any], dict[str, Any]]
_SPECIAL: Final[Mapping[str, Expand]] = {
    "gpu_driver": lambda value: {"gpuProfile": {"driver": value}},
    "snapshot_id": lambda value: {"creationData": {"sourceResourceId": value}},
    "message_of_the_day": lambda value: {"messageOfTheDay": base64.b64encode(value.encode()).decode()},
    "kubelet_config": lambda value: {"kubeletConfig": _expand_kubelet(value[0])},
    "upgrade_settings": lambda value: {"upgradeSettings": expand_upgrade_settings(value[0])},
}


def expand(pool: Mapping[str, Any], only: Collection[str] | None = None) -> dict[str, Any]:
    """The agent pool properties of a pool's attributes.

    `only` names those that an update changes: they are written even when they were emptied. The price
    of a spot pool is written for such a pool, -1 (any price) included, and for no other.
    """
    properties: dict[str, Any] = {}
    for name in pool if only is None else only:
        value, found = pool[name], _PROPERTIES.get(name)
        if name in _SPECIAL and value:
            properties |= _SPECIAL[name](value)
        elif found and (found.written or only is not None or value not in (None, "", [], found.zero)):
            properties[found.arm] = found.zero if value is None else value
    if pool.get("priority") == "Spot":
        properties["spotMaxPrice"] = pool["spot_max_price"]
    return properties


def flatten(properties: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an agent pool, for those that `state` has; the others stay as they are."""
    read = {
        name: found.zero if (value := properties.get(found.arm)) is None else value
        for name, found in _PROPERTIES.items()
        if found.arm not in _LEFT_ALONE or properties.get(found.arm) is not None
    }
    read["orchestrator_version"] = (
        properties.get("orchestratorVersion") or properties.get("currentOrchestratorVersion") or ""
    )
    read["kubelet_config"] = _flatten_kubelet(properties.get("kubeletConfig"))
    read["spot_max_price"] = properties.get("spotMaxPrice", -1)
    read["upgrade_settings"] = flatten_upgrade_settings(properties.get("upgradeSettings"))
    read["message_of_the_day"] = base64.b64decode(properties.get("messageOfTheDay") or "").decode()
    if gpu := properties.get("gpuProfile"):
        read["gpu_driver"] = gpu.get("driver", "")
    if source := properties.get("creationData"):
        read["snapshot_id"] = source.get("sourceResourceId", "")
    return {name: read.get(name, value) for name, value in state.items()}


def expand_upgrade_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Azure's upgradeSettings; the two durations are written even when they are 0.

    A pool of its own is also told that no node may be unavailable, where nothing else is configured:
    recording 5.2.0/pool-drain-timeout-removed.
    """
    written: dict[str, Any] = {
        "drainTimeoutInMinutes": settings.get("drain_timeout_in_minutes") or 0,
        "nodeSoakDurationInMinutes": settings.get("node_soak_duration_in_minutes") or 0,
    }
    if "max_unavailable" in settings:
        written["maxUnavailable"] = settings["max_unavailable"] or "0"
    texts = {"maxSurge": "max_surge", "undrainableNodeBehavior": "undrainable_node_behavior"}
    return written | {arm: settings[name] for arm, name in texts.items() if settings.get(name)}


def flatten_upgrade_settings(settings: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The upgrade_settings block; none when Azure has no settings at all."""
    if not settings:
        return []
    unavailable = settings.get("maxUnavailable") or ""
    return [
        {
            "max_surge": settings.get("maxSurge") or "",
            "max_unavailable": "" if unavailable == "0" else unavailable,
            "drain_timeout_in_minutes": settings.get("drainTimeoutInMinutes") or 0,
            "node_soak_duration_in_minutes": settings.get("nodeSoakDurationInMinutes") or 0,
            "undrainable_node_behavior": settings.get("undrainableNodeBehavior") or "",
        }
    ]


def _expand_kubelet(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        arm: config[name]
        for name, arm in _KUBELET_PROPERTIES.items()
        if config.get(name) not in (None, "", 0, [])
    }


def _flatten_kubelet(config: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if config is None:
        return []
    zeros = {"cpu_cfs_quota_enabled": True, "allowed_unsafe_sysctls": []}
    texts = ("cpu_manager_policy", "cpu_cfs_quota_period", "topology_manager_policy")
    return [
        {
            name: config.get(arm, zeros.get(name, "" if name in texts else 0))
            for name, arm in _KUBELET_PROPERTIES.items()
        }
    ]
