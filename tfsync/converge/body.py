"""ARM bodies as plain JSON: finding a property, and dropping what a PUT must not send back.

Bodies stay raw so that properties newer than any SDK model survive. Sources of what is dropped: the SDK's
read-only markers (azure-mgmt-containerservice 41.8.0) and the recorded PUTs of azure-cli.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Mapping
from typing import Any

from tfsync.attributes import MISSING

Body = dict[str, Any]

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")

_READ_ONLY_TOP = ("id", "name", "type", "systemData", "eTag", "etag", "status")
_READ_ONLY_CLUSTER = (
    "provisioningState",
    "powerState",
    "maxAgentPools",
    "currentKubernetesVersion",
    "fqdn",
    "privateFQDN",
    "azurePortalFQDN",
    "resourceUID",
    "status",
    "eTag",
)
# orchestratorVersion: echoing a pool's lagging version is refused (NotAllAgentPoolOrchestratorVersion-
# SpecifiedAndUnchanged, hashicorp/terraform-provider-azurerm#20791); left out of all pools it stays as it is.
# nodeImageVersion: writable from 2026 on, and setting it rolls the nodes back (SDK docstring).
_READ_ONLY_POOL = (
    "eTag",
    "provisioningState",
    "currentOrchestratorVersion",
    "orchestratorVersion",
    "nodeImageVersion",
    "status",
)


def steps_of(path: str) -> tuple[str | int, ...]:
    """`a.b[0].c` as `("a", "b", 0, "c")`."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(path))


def value_at(body: Any, path: str) -> Any:
    """The value at a dotted ARM path, or MISSING. Keys match without regard to case, as ARM's do."""
    for step in steps_of(path):
        if isinstance(step, int):
            body = body[step] if isinstance(body, list) and step < len(body) else MISSING
        else:
            body = body[_spelling(body, step)] if isinstance(body, Mapping) and _has(body, step) else MISSING
    return body


def set_value(body: Body, path: str, value: Any) -> None:
    """Set the value at a dotted ARM path in place, making objects and first elements on the way."""
    steps = steps_of(path)
    target: Any = body
    for step, following in itertools.pairwise(steps):
        target = _descend(target, step, [] if isinstance(following, int) else {})
    last = steps[-1]
    if isinstance(last, int):
        if last == len(target):
            target.append(value)
        else:
            target[last] = value
    else:
        target[_spelling(target, last)] = value


def remove_value(body: Body, path: str) -> None:
    """Take the property at a dotted ARM path out, where it is there."""
    parent, _, last = path.rpartition(".")
    holder = value_at(body, parent) if parent else body
    if isinstance(holder, dict):
        holder.pop(_spelling(holder, last), None)


def sendable(body: Mapping[str, Any]) -> Body:
    """A copy of a managed cluster or an agent pool as read, without what a PUT must not send back."""
    sent: Body = copy.deepcopy({key: value for key, value in body.items() if key not in _READ_ONLY_TOP})
    properties = sent.get("properties")
    if not isinstance(properties, dict):
        return sent
    if "agentPoolProfiles" in properties or "dnsPrefix" in properties or "fqdnSubdomain" in properties:
        _drop(properties, _READ_ONLY_CLUSTER)
        for pool in properties.get("agentPoolProfiles") or ():
            _drop(pool, _READ_ONLY_POOL)
        _drop_identities(sent, properties)
        _drop_what_azure_fills(properties)
    else:
        _drop(properties, _READ_ONLY_POOL)
    return sent


def _drop(holder: Any, names: tuple[str, ...]) -> None:
    if isinstance(holder, dict):
        for name in names:
            holder.pop(name, None)


def _drop_identities(sent: Body, properties: Body) -> None:
    identity = sent.get("identity")
    _drop(identity, ("principalId", "tenantId"))
    if isinstance(identity, dict) and isinstance(identity.get("userAssignedIdentities"), dict):
        identity["userAssignedIdentities"] = {name: {} for name in identity["userAssignedIdentities"]}
    addons = properties.get("addonProfiles")
    if isinstance(addons, dict):
        for name, addon in list(addons.items()):
            _drop(addon, ("identity",))
            # Internal add-ons come and go by themselves (azure-cli recording test_aks_abort).
            if isinstance(addon, dict) and (addon.get("config") or {}).get("addonv2") == "true":
                del addons[name]
    _drop((properties.get("ingressProfile") or {}).get("webAppRouting"), ("identity",))
    principal = properties.get("servicePrincipalProfile")
    # The secret is never returned; azure-cli leaves the profile out rather than send half of it.
    if isinstance(principal, dict) and principal.get("clientId") != "msi":
        del properties["servicePrincipalProfile"]


def _drop_what_azure_fills(properties: Body) -> None:
    _drop(properties.get("oidcIssuerProfile"), ("issuerURL",))
    network = properties.get("networkProfile")
    if isinstance(network, dict):
        for name in ("loadBalancerProfile", "natGatewayProfile"):
            _drop(network.get(name), ("effectiveOutboundIPs",))


def _has(holder: Mapping[str, Any], name: str) -> bool:
    return _spelling(holder, name) in holder


def _spelling(holder: Mapping[str, Any], name: str) -> str:
    """The key as the body spells it: ARM echoes whatever casing was last written."""
    if name in holder:
        return name
    lowered = name.lower()
    return next((key for key in holder if key.lower() == lowered), name)


def _descend(target: Any, step: str | int, empty: Any) -> Any:
    if isinstance(step, int):
        if step == len(target):
            target.append(empty)
        return target[step]
    key = _spelling(target, step)
    if not isinstance(target.get(key), type(empty)):
        target[key] = empty
    return target[key]
