"""default_node_pool: an agent pool that lives inside the cluster's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tfsync.sandbox.provider import pools
from tfsync.sandbox.provider.pools import CRITICAL_ADDONS_ONLY
from tfsync.sandbox.provider.schema import (
    BOOL,
    STRING,
    STRINGS,
    Block,
    Fields,
    block,
    optional,
    optional_computed,
    required,
    since,
    until,
)

_FIELDS: Final[Mapping[str, Fields]] = {
    **pools.FIELDS,
    "node_taints": until("3.117.1", optional(STRINGS)),
    "only_critical_addons_enabled": since("2.47.0", optional(BOOL)),
    "temporary_name_for_rotation": since("3.47.0", optional(STRING)),
    "type": optional(STRING, default="VirtualMachineScaleSets"),
    "upgrade_settings": since("3.0.0", block({**pools.UPGRADE_SETTINGS, "max_surge": required(STRING)})),
    "workload_runtime": since("3.0.0", optional_computed(STRING)),
}
FIELD: Final = Block(_FIELDS, required=True)


def expand(planned: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of the agent pool that the block describes."""
    pool = planned["default_node_pool"][0]
    properties = pools.expand(pool) | {
        "mode": "System",
        "nodeLabels": pool["node_labels"] or {},
        "osType": "Linux",
        "type": pool["type"],
    }
    critical = [CRITICAL_ADDONS_ONLY] if pool.get("only_critical_addons_enabled") else []
    taints = [*(pool.get("node_taints") or []), *critical]
    # azurerm 3, which has both attributes, writes an empty list, too.
    if taints or {"node_taints", "only_critical_addons_enabled"} <= pool.keys():
        properties["nodeTaints"] = taints
    return properties


def flatten(profiles: list[dict[str, Any]], state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The default_node_pool block: the pool that the state names, else the first system pool."""
    known = (state.get("default_node_pool") or [{}])[0]
    profile = next((one for one in profiles if one["name"] == known.get("name")), None) or next(
        (one for one in profiles if one.get("mode") == "System"), None
    )
    if profile is None:
        return []
    taints = profile.get("nodeTaints") or []
    # What the state may lack (an import) is read all the same.
    wanted = {"gpu_driver": "", "gpu_instance": "", "snapshot_id": "", "workload_runtime": ""}
    read = pools.flatten(profile, dict.fromkeys(_FIELDS) | wanted)
    return [
        read
        | {
            "name": profile["name"],
            "node_taints": [taint for taint in taints if taint != CRITICAL_ADDONS_ONLY],
            "only_critical_addons_enabled": CRITICAL_ADDONS_ONLY in taints,
            "temporary_name_for_rotation": known.get("temporary_name_for_rotation") or "",
            "type": profile.get("type") or "",
        }
    ]
