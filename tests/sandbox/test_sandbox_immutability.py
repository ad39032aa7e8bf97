"""Every row of immutability.yaml both ways: the changes it lets through, and one that it refuses."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.sandbox.arm import CLUSTER, CURRENT, OLD, PREVIEW, cluster
from tfsync.sandbox import clusters, immutability
from tfsync.sandbox.immutability import Row, rows
from tfsync.sandbox.wire import Answer, ApiVersion

Body = dict[str, Any]
Changes = dict[str, Any]

NETWORK = "properties.networkProfile"
ACCESS = "properties.apiServerAccessProfile"
ROUTING = "properties.addonProfiles.httpApplicationRouting.enabled"
GATEWAY = "properties.addonProfiles.ingressApplicationGateway.config.subnetCIDR"
KUBELET = "properties.identityProfile.kubeletidentity.resourceId"
SUBNETS = "properties.agentPoolProfiles"
SCALING = "properties.controlPlaneScalingProfile"
POLICY = f"{NETWORK}.networkPolicy"
OUTBOUND = f"{NETWORK}.outboundType"
DATAPLANE = f"{NETWORK}.networkDataplane"
FAMILIES = f"{NETWORK}.ipFamilies"
PUBLIC_IP_TAGS = "networkProfile.nodePublicIPTags"


@dataclass(frozen=True)
class Change:
    """The row it is about, what is there before, and what a request sets."""

    path: str
    after: Changes
    before: Changes = field(default_factory=dict)
    version: str = CURRENT
    kind: str = "cluster"
    allowed_by: int = -1  # which entry of the row's `allow`
    code: str = "PropertyChangeNotAllowed"

    def __str__(self) -> str:
        return f"{self.path}-{'-'.join(str(v) for v in self.after.values())}-{self.version}"[:90]


def yes(path: str, entry: int, after: Changes, before: Changes | None = None, **options: Any) -> Change:
    return Change(path, after, before or {}, allowed_by=entry, **options)


def pool(path: str, after: Any, before: Any = None, **options: Any) -> Change:
    given = {} if before is None else before if isinstance(before, dict) else {path: before}
    return Change(path, {path: after}, given, kind="pool", **options)


def no(path: str, after: Any, before: Any = None, **options: Any) -> Change:
    given = {} if before is None else before if isinstance(before, dict) else {path: before}
    return Change(path, after if isinstance(after, dict) else {path: after}, given, **options)


IN_A_VNET = {SUBNETS: [{"name": "system", "vnetSubnetID": "/subnet"}]}
ON_KUBENET = {f"{NETWORK}.networkPlugin": "kubenet", f"{NETWORK}.networkPluginMode": None}
ON_NODE_SUBNET = {f"{NETWORK}.networkPluginMode": None, f"{NETWORK}.podCidr": None}
TO_OVERLAY = {f"{NETWORK}.networkPlugin": "azure", f"{NETWORK}.networkPluginMode": "overlay"}
WITH_VNET_INTEGRATION = {f"{ACCESS}.enableVnetIntegration": True}
SERVICE_PRINCIPAL = {"identity": None, "properties.servicePrincipalProfile": {"clientId": "sp"}}
USER_ASSIGNED = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/cp": {}}}}

ALLOWED = [
    yes("properties.linuxProfile.ssh.publicKeys", 0,
        {"properties.linuxProfile.ssh.publicKeys": [{"keyData": "two"}]},
        {"properties.linuxProfile": {"adminUsername": "a", "ssh": {"publicKeys": [{"keyData": "one"}]}}},
        version=PREVIEW),
    yes("sku.name", 0, {"sku.name": "Base"}, {"sku.name": "Basic"}),
    yes("sku.name", 1, {"sku.name": "Base"}, {"sku.name": "Automatic"}),
    yes("sku.tier", 0, {"sku.tier": "Standard"}),
    yes("sku.tier", 1, {"sku.tier": "Premium", "properties.supportPlan": "AKSLongTermSupport"}),
    yes("identity.type", 0, {"identity": {"type": "SystemAssigned"}}, SERVICE_PRINCIPAL),
    yes("identity.type", 1, USER_ASSIGNED),
    yes("properties.servicePrincipalProfile.clientId", 0,
        {"identity": {"type": "SystemAssigned"}, "properties.servicePrincipalProfile.clientId": "msi"},
        SERVICE_PRINCIPAL),
    yes(KUBELET, 0, {KUBELET: "/k2"}, USER_ASSIGNED),
    yes(KUBELET, 0, {KUBELET: "/k2", **USER_ASSIGNED}),
    yes("properties.aadProfile.managed", 0, {"properties.aadProfile.managed": True}),
    yes("properties.oidcIssuerProfile.enabled", 0, {"properties.oidcIssuerProfile.enabled": True}),
    yes(f"{ACCESS}.enableVnetIntegration", 0, {f"{ACCESS}.enableVnetIntegration": True}),
    yes(f"{ACCESS}.subnetId", 0, {f"{ACCESS}.subnetId": "/subnet", f"{ACCESS}.enableVnetIntegration": True}),
    yes(f"{ACCESS}.enablePrivateCluster", 0, {f"{ACCESS}.enablePrivateCluster": True}, WITH_VNET_INTEGRATION),
    yes(f"{ACCESS}.enablePrivateCluster", 0,
        {f"{ACCESS}.enablePrivateCluster": True, f"{ACCESS}.enableVnetIntegration": True}),
    yes(f"{ACCESS}.enablePrivateCluster", 1, {f"{ACCESS}.enablePrivateCluster": False},
        {**WITH_VNET_INTEGRATION, f"{ACCESS}.enablePrivateCluster": True}),
    yes(f"{ACCESS}.privateDNSZone", 0, {f"{ACCESS}.privateDNSZone": "none"},
        {f"{ACCESS}.privateDNSZone": "system", f"{ACCESS}.enablePrivateClusterPublicFQDN": True}),
    yes(f"{NETWORK}.networkPlugin", 0, TO_OVERLAY, ON_KUBENET),
    yes(f"{NETWORK}.networkPluginMode", 0, TO_OVERLAY, ON_NODE_SUBNET),
    yes(DATAPLANE, 0, {DATAPLANE: "cilium"}),
    yes(POLICY, 0, {POLICY: "calico"}),
    yes(POLICY, 1, {POLICY: "none"}, {POLICY: "azure"}),
    yes(POLICY, 2, {POLICY: "none"}, {POLICY: "calico"},
        version=PREVIEW),
    yes(POLICY, 3,
        {POLICY: "cilium", DATAPLANE: "cilium"},
        {POLICY: "calico"}),
    yes(f"{NETWORK}.podCidr", 0, {**TO_OVERLAY, f"{NETWORK}.podCidr": "10.9.0.0/16"}, ON_KUBENET),
    yes(f"{NETWORK}.podCidr", 1, {f"{NETWORK}.podCidr": "10.244.0.0/15"}),
    yes(f"{NETWORK}.podCidr", 2, {f"{NETWORK}.podCidr": "10.9.0.0/16"},
        {f"{NETWORK}.networkPlugin": "none", f"{NETWORK}.networkPluginMode": None}),
    yes(FAMILIES, 0, {FAMILIES: ["IPv4", "IPv6"]}),
    yes(OUTBOUND, 0, {OUTBOUND: "managedNATGateway"}),
    yes(OUTBOUND, 1, {OUTBOUND: "managedNATGatewayV2"},
        {OUTBOUND: "managedNATGateway"}),
    yes(OUTBOUND, 2, {OUTBOUND: "none"},
        {OUTBOUND: "managedNATGatewayV2"}),
    yes(OUTBOUND, 3, {OUTBOUND: "loadBalancer"}, {OUTBOUND: "none"}),
    yes(OUTBOUND, 4, {OUTBOUND: "userDefinedRouting"}, IN_A_VNET),
    yes(f"{NETWORK}.loadBalancerSku", 0, {f"{NETWORK}.loadBalancerSku": "standard"},
        {f"{NETWORK}.loadBalancerSku": "Basic"}),
    yes(f"{NETWORK}.loadBalancerProfile.backendPoolType", 0,
        {f"{NETWORK}.loadBalancerProfile.backendPoolType": "NodeIP"}),
    yes(ROUTING, 0, {ROUTING: False}, {ROUTING: True}),
    yes(GATEWAY, 0, {GATEWAY: "10.1.0.0/24"}),
    yes(GATEWAY, 1, {GATEWAY: None}, {GATEWAY: "10.1.0.0/24"}),
    yes("vmSize", 0, {"vmSize": "b"}, {"vmSize": "a"}, kind="pool", version="2026-01-02-preview"),
    yes("availabilityZones", 0, {"availabilityZones": []}, {"availabilityZones": ["1"]}, kind="pool",
        version="2026-01-02-preview"),
    yes("capacityReservationGroupID", 0, {"capacityReservationGroupID": "/g"}, kind="pool",
        version="2026-01-02-preview"),
    yes("type", 0, {"type": "VirtualMachines"}, {"type": "AvailabilitySet"}, kind="pool"),
    yes("osSKU", 0, {"osSKU": "AzureLinux"}, {"osSKU": "Ubuntu"}, kind="pool"),
    yes("enableFIPS", 0, {"enableFIPS": True}, kind="pool"),
]  # fmt: skip

REFUSED = [
    no("location", "westus"),
    no("properties.dnsPrefix", "other"),
    no("properties.fqdnSubdomain", "other"),
    no("properties.nodeResourceGroup", "other"),
    no("extendedLocation", {"extendedLocation": {"name": "edge"}}),
    no("properties.diskEncryptionSetID", "/des"),
    no("properties.enableRBAC", False),
    no("properties.linuxProfile.adminUsername", "b", "a"),
    no("properties.linuxProfile.ssh.publicKeys",
       {"properties.linuxProfile.ssh.publicKeys": [{"keyData": "two"}]},
       {"properties.linuxProfile": {"adminUsername": "a", "ssh": {"publicKeys": [{"keyData": "one"}]}}}),
    no("properties.windowsProfile.adminUsername", "b", "a"),
    no("sku.name", "Automatic"),
    no("sku.tier", "Premium"),
    no(SCALING, {SCALING: {"scalingSize": "H2"}}),
    no("identity.type", "None"),
    no("properties.servicePrincipalProfile.clientId", "sp2", SERVICE_PRINCIPAL),
    no(KUBELET, "/k2", code="CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster"),
    no("properties.aadProfile.managed", False, True),
    no("properties.oidcIssuerProfile.enabled", False, True, code="OIDCIssuerFeatureCannotBeDisabled"),
    no(f"{ACCESS}.enableVnetIntegration", False, True),
    no(f"{ACCESS}.subnetId", "/other", "/subnet"),
    no(f"{ACCESS}.enablePrivateCluster", True),
    no(f"{ACCESS}.enablePrivateCluster", False, True),
    no(f"{ACCESS}.enablePrivateCluster", True,
       {**WITH_VNET_INTEGRATION, f"{ACCESS}.authorizedIPRanges": ["1.2.3.4/32"]}),
    no(f"{ACCESS}.privateDNSZone", "/zone", "system"),
    no(f"{ACCESS}.privateDNSZone", "none", "system"),
    no(f"{NETWORK}.networkPlugin", "azure", ON_KUBENET),
    no(f"{NETWORK}.networkPlugin", TO_OVERLAY, {**ON_KUBENET, POLICY: "calico"}),
    no(f"{NETWORK}.networkPlugin", "kubenet", ON_NODE_SUBNET),
    no(f"{NETWORK}.networkPluginMode", TO_OVERLAY,
       {**ON_NODE_SUBNET, SUBNETS: [{"name": "system", "podSubnetID": "/pods"}]}),
    no(DATAPLANE, "azure", "cilium"),
    no(DATAPLANE, {**TO_OVERLAY, DATAPLANE: "cilium"}, ON_NODE_SUBNET),
    no(POLICY, "azure", "calico"),
    no(POLICY, "calico", "azure"),
    no(POLICY, "none", "calico", version="2024-02-01"),
    no(POLICY, "cilium", "calico"),
    no(f"{NETWORK}.podCidr", "10.244.0.0/17"),
    no(f"{NETWORK}.podCidr", "10.9.0.0/16"),
    no(f"{NETWORK}.podCidr", "172.16.0.0/12", "172.16.0.0/16"),
    no(f"{NETWORK}.podCidr", "10.244.0.0/15",
       {SUBNETS: [{"name": "system", "osType": "Linux"}, {"name": "win", "osType": "Windows"}]}),
    no(f"{NETWORK}.podCidr", "10.244.0.0/15", {FAMILIES: ["IPv4", "IPv6"]}),
    no(f"{NETWORK}.podCidrs", {f"{NETWORK}.podCidrs": ["10.9.0.0/16"]}),
    no(f"{NETWORK}.serviceCidr", "10.9.0.0/16"),
    no(f"{NETWORK}.serviceCidrs", {f"{NETWORK}.serviceCidrs": ["10.9.0.0/16"]}),
    no(f"{NETWORK}.dnsServiceIP", "10.0.0.11"),
    no(f"{NETWORK}.networkMode", "transparent"),
    no(FAMILIES, {FAMILIES: ["IPv4"]}, {FAMILIES: ["IPv4", "IPv6"]}),
    no(OUTBOUND, "loadBalancer", "managedNATGateway"),
    no(OUTBOUND, "userDefinedRouting"),
    no(OUTBOUND, {OUTBOUND: "managedNATGateway"}, IN_A_VNET),
    no(f"{NETWORK}.loadBalancerSku", "basic"),
    no(f"{NETWORK}.loadBalancerSku", "standard", "basic", version="2025-05-01"),
    no(f"{NETWORK}.loadBalancerProfile.backendPoolType", "nodeIPConfiguration", "nodeIP"),
    no(ROUTING, True),
    no(ROUTING, True, version=OLD),
    no(GATEWAY, "10.2.0.0/24", "10.1.0.0/24",
       code="IngressAppGwAddonConfigInvalidSubnetCIDRCannotBeModified"),
    pool("vmSize", "b", "a"),
    pool("vmSize", "b", "a", version=PREVIEW),
    pool("osDiskType", "Ephemeral"),
    pool("osDiskSizeGB", 256, 128),
    pool("kubeletDiskType", "Temporary"),
    pool("maxPods", 50, 30),
    pool("kubeletConfig", {"cpuManagerPolicy": "static"}),
    pool("linuxOSConfig", {"swapFileSizeMB": 1}),
    pool("vnetSubnetID", "/b", "/a"),
    pool("podSubnetID", "/b", "/a"),
    pool("availabilityZones", ["1", "2"], ["1"]),
    pool("availabilityZones", [], ["1"]),
    pool("enableEncryptionAtHost", True),
    pool("enableUltraSSD", True),
    pool("enableNodePublicIP", True),
    pool("nodePublicIPPrefixID", "/p"),
    Change(PUBLIC_IP_TAGS, {PUBLIC_IP_TAGS: [{"tag": "a"}]}, kind="pool"),
    pool("proximityPlacementGroupID", "/p"),
    pool("hostGroupID", "/h"),
    pool("capacityReservationGroupID", "/g"),
    pool("capacityReservationGroupID", "/h", "/g", version="2026-01-02-preview"),
    pool("scaleSetPriority", "Spot"),
    pool("scaleSetEvictionPolicy", "Delete", "Deallocate"),
    pool("spotMaxPrice", 0.5),
    pool("gpuInstanceProfile", "MIG1g"),
    Change("gpuProfile.driver", {"gpuProfile.driver": "None"}, kind="pool"),
    pool("osType", "Windows"),
    pool("type", "AvailabilitySet"),
    pool("osSKU", "Windows2025", {"osType": "Windows", "osSKU": "Windows2022"}),
    pool("enableFIPS", True, {"osType": "Windows"}),
    Change("windowsProfile.disableOutboundNat", {"windowsProfile.disableOutboundNat": True}, kind="pool"),
]  # fmt: skip

# Spellings and empty values that are no change.
UNCHANGED = [
    no("location", "EastUS"),
    no(f"{NETWORK}.loadBalancerSku", "Standard"),
    no(POLICY, "none", {POLICY: ""}),
    no(f"{NETWORK}.networkMode", ""),
    no(f"{NETWORK}.loadBalancerProfile.backendPoolType", "NodeIPConfiguration"),
    no("properties.enableRBAC", True, {"properties.enableRBAC": None}),
    pool("scaleSetPriority", "Regular"),
    pool("osDiskType", "managed"),
    pool("enableNodePublicIP", False),
    pool("hostGroupID", ""),
    pool("vnetSubnetID", "/SUBNET", "/subnet"),
]


@pytest.mark.parametrize("change", ALLOWED, ids=str)
def test_an_allowed_change_passes(change: Change) -> None:
    assert judged(change) is None


@pytest.mark.parametrize("change", ALLOWED, ids=str)
def test_it_passes_only_because_its_row_says_so(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_it(kind: str) -> tuple[Row, ...]:
        return tuple(_lacking(row, change) for row in rows(kind))

    monkeypatch.setattr(immutability, "rows", without_it)
    answer = judged(change)
    assert answer is not None
    assert answer.body["target"].endswith(change.path)


@pytest.mark.parametrize("change", REFUSED, ids=str)
def test_a_refused_change_answers_400_in_the_flat_shape(change: Change) -> None:
    answer = judged(change)
    assert answer is not None
    assert answer.status == 400
    assert answer.body.keys() == {"code", "details", "message", "subcode", "target"}
    assert (answer.body["code"], answer.body["target"]) == (change.code, change.path)


@pytest.mark.parametrize("change", UNCHANGED, ids=str)
def test_another_spelling_is_no_change(change: Change) -> None:
    assert judged(change) is None


def test_every_row_is_shown_both_ways() -> None:
    shown = {(c.kind, c.path, c.allowed_by) for c in ALLOWED}
    wanted = {(k, row.path, n) for k in ("cluster", "pool") for row in rows(k) for n in range(len(row.allow))}
    assert shown == wanted
    assert {(c.kind, c.path) for c in REFUSED} == {(k, r.path) for k in ("cluster", "pool") for r in rows(k)}


def test_every_row_says_what_it_rests_on() -> None:
    assert all(row.evidence for kind in ("cluster", "pool") for row in rows(kind))


@pytest.mark.parametrize(("version", "refused"), [(OLD, False), (PREVIEW, False), (CURRENT, True)])
def test_a_retired_addon_can_be_created_only_as_it_was_in_its_time(version: str, refused: bool) -> None:
    body = put_at(base(), {ROUTING: True})
    parsed = ApiVersion.parse(version)
    assert parsed is not None
    assert (immutability.refusal("cluster", None, body, parsed) is not None) is refused


def judged(change: Change) -> Answer | None:
    start = base() if change.kind == "cluster" else {"osType": "Linux"}
    before = put_at(start, change.before)
    after = put_at(before, change.after)
    version = ApiVersion.parse(change.version)
    assert version is not None
    return immutability.refusal(change.kind, before, after, version)


def base() -> Body:
    """A cluster as it stands in Azure."""
    body = {**cluster(), "id": CLUSTER, "name": "aks"}
    clusters.fill(body, None)
    return body


def put_at(body: Body, changes: Changes) -> Body:
    """A copy of the body with values at dotted paths; None takes the value away."""
    copy = deepcopy(body)
    for path, value in changes.items():
        *parents, last = path.split(".")
        holder = copy
        for step in parents:
            if holder.get(step) is None:
                holder[step] = {}
            holder = holder[step]
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    return copy


def _lacking(row: Row, change: Change) -> Row:
    if row.path != change.path:
        return row
    return replace(row, allow=tuple(a for n, a in enumerate(row.allow) if n != change.allowed_by))
