"""What a PUT does to what is there: it merges (arm-mutability §3.4). Pure functions.

- what the request leaves out, or gives as null or "", keeps its current value;
- to remove something its off value is sent: `enabled: false`, `"none"`, `[]`;
- a list replaces the list, only that a pool of the same name is merged into;
- a map of the user's own keys (tags, labels, an add-on's config) replaces the map;
- what only Azure writes is not taken from a request at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from tfsync.sandbox.wire import Body

# Read-only fields, arm-mutability §3.2. `*` steps into every key of a map, `[]` into every item of a list.
_CLUSTER_READ_ONLY = (
    "id", "name", "type", "systemData", "eTag", "status",
    "identity.principalId", "identity.tenantId", "identity.userAssignedIdentities.*.*",
    "properties.provisioningState", "properties.powerState", "properties.maxAgentPools",
    "properties.currentKubernetesVersion", "properties.fqdn", "properties.privateFQDN",
    "properties.azurePortalFQDN", "properties.resourceUID",
    "properties.addonProfiles.*.identity", "properties.ingressProfile.webAppRouting.identity",
    "properties.oidcIssuerProfile.issuerURL",
    "properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs",
    "properties.networkProfile.natGatewayProfile.effectiveOutboundIPs",
)  # fmt: skip
# nodeImageVersion can be written from 2026 on, and then rolls the image back; nothing here plays that.
_POOL_READ_ONLY = ("eTag", "provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "status")
# Secrets that Azure takes and never gives back (§3.3). The sandbox does not even keep them.
_SECRETS = (
    "properties.servicePrincipalProfile.secret",
    "properties.windowsProfile.adminPassword",
    "properties.aadProfile.serverAppSecret",
)

# Maps whose keys belong to the user: the request's map is the new map.
_OPAQUE = frozenset({"tags", "nodeLabels", "config", "userAssignedIdentities"})
# Lists that are no list of the user's: the provider sends [] for "not set".
_EMPTY_MEANS_UNSET = frozenset({"podCidrs", "serviceCidrs"})
# Maps that know their keys without regard to case (§2.1: KubeDashboard and kubeDashboard are one add-on).
_CASELESS = frozenset({"addonProfiles"})
# The outbound IPs of a load balancer come from one of these; choosing one lets the others go (§1.3).
_OUTBOUND_CHOICE = ("managedOutboundIPs", "outboundIPs", "outboundIPPrefixes")


def writable_cluster(body: Mapping[str, Any]) -> Body:
    """A managedClusters request body without what only Azure writes, and without secrets."""
    kept = without(body, (*_CLUSTER_READ_ONLY, *_SECRETS))
    return without(kept, [f"properties.agentPoolProfiles.[].{field}" for field in _POOL_READ_ONLY])


def writable_pool(properties: Mapping[str, Any]) -> Body:
    """The `properties` of an agentPools request without what only Azure writes."""
    return without(properties, _POOL_READ_ONLY)


def merged(current: Mapping[str, Any], requested: Mapping[str, Any]) -> Body:
    """The body after a PUT of `requested`, before Azure fills in what it fills in."""
    return _merged_map(current, requested)


def without(body: Mapping[str, Any], paths: Iterable[str]) -> Body:
    """A copy of the body that lacks the values at these dotted paths.

    A step into a list may also be the `name` of an item: `properties.agentPoolProfiles.apps.vmSize`.
    """
    copy: Body = deepcopy(dict(body))
    for path in paths:
        _drop(copy, path.split("."))
    return copy


def _merged_map(current: Mapping[str, Any], requested: Mapping[str, Any], *, caseless: bool = False) -> Body:
    result: Body = deepcopy(dict(current))
    for key, value in requested.items():
        known = _spelling(result, key) if caseless else key
        before = result.pop(known) if known != key else result.get(key)
        result[key] = _merged_value(key, before, value)
    for chosen in _OUTBOUND_CHOICE:
        if requested.get(chosen) and not any(requested.get(o) for o in _OUTBOUND_CHOICE if o != chosen):
            for other in _OUTBOUND_CHOICE:
                if other != chosen:
                    result.pop(other, None)
    return result


def _merged_value(key: str, before: Any, value: Any) -> Any:
    if value is None or value == "" or (value == [] and key in _EMPTY_MEANS_UNSET):
        return value if before is None else before
    if key == "kubeletidentity" and _is_another_identity(before, value):
        return deepcopy(value)  # the old identity's clientId and objectId are not the new one's
    if isinstance(value, Mapping) and isinstance(before, Mapping) and key not in _OPAQUE:
        return _merged_map(before, value, caseless=key in _CASELESS)
    if key == "agentPoolProfiles" and isinstance(before, Sequence):
        pools = {pool["name"].lower(): pool for pool in before}
        return [_merged_map(pools.get(str(p.get("name")).lower(), {}), p) for p in value]
    return deepcopy(value)


def _is_another_identity(before: Any, value: Any) -> bool:
    wanted = str((value or {}).get("resourceId") or "").lower()
    return bool(wanted) and str((before or {}).get("resourceId")).lower() != wanted


def _spelling(names: Mapping[str, Any], wanted: str) -> str:
    return next((name for name in names if name.lower() == wanted.lower()), wanted)


def _drop(value: Any, steps: Sequence[str]) -> None:
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        chosen = [
            item for item in value if step == "[]" or (isinstance(item, dict) and item.get("name") == step)
        ]
    elif not isinstance(value, dict):
        return
    elif rest:
        chosen = list(value.values()) if step == "*" else [value.get(step)]
    else:
        for key in list(value) if step == "*" else [step]:
            value.pop(key, None)
        return
    for item in chosen:
        if rest:
            _drop(item, rest)
