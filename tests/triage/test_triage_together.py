"""Several causes of one replacement: which changes share a request, and in which order the others go."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.triage.plans import CLUSTER, Json, change, cluster_id, judged
from tests.triage.single import SCALE_SET, arm
from tfsync.triage import ArmChange, ArmWrite, Triage
from tfsync.triage.writes import merge_writes

Path = list[str | int]
NETWORK = "properties.networkProfile"


def replaced(*causes: str, before: Json, after: Json, live: Json | None = None) -> Triage:
    paths = [_path(name) for name in causes]
    entry = change(
        CLUSTER, {**SCALE_SET, **before, "id": cluster_id()}, after, causes=paths, unknown={"id": True}
    )
    return judged(entry, live={CLUSTER: live or arm(networkPluginMode="overlay")}, preview=True)


def _path(name: str) -> Path:
    """An attribute of the network profile, or `block.attribute`, or `.attribute` of the cluster itself."""
    block, dot, attribute = name.partition(".")
    if not dot:
        return ["network_profile", 0, name]
    return [block, 0, attribute] if block else [attribute]


def requests(found: Triage) -> list[list[str]]:
    return [[change.path.rpartition(".")[2] for change in write.changes] for write in found.writes]


OVERLAY = {"network_plugin": "azure", "network_plugin_mode": "overlay"}


@pytest.mark.parametrize(
    "order", list(itertools.permutations(("load_balancer_sku", "ip_versions", "pod_cidr")))
)
def test_changes_of_the_network_go_one_by_one_in_the_order_of_the_rules(order: tuple[str, ...]) -> None:
    before = {"load_balancer_sku": "basic", "ip_versions": ["IPv4"], "pod_cidr": "10.244.0.0/16", **OVERLAY}
    after = {
        "load_balancer_sku": "standard",
        "ip_versions": ["IPv4", "IPv6"],
        "pod_cidr": "10.240.0.0/12",
        **OVERLAY,
    }
    found = replaced(*order, before={"network_profile": [before]}, after={"network_profile": [after]})
    assert requests(found) == [["loadBalancerSku"], ["podCidr"], ["ipFamilies"]]


def test_what_moves_a_cluster_to_overlay_goes_in_one_request() -> None:
    """The plugin, its mode and the range ask for the same three properties, each on its own account."""
    before = {"network_plugin": "kubenet", "network_plugin_mode": "", "pod_cidr": "10.244.0.0/16"}
    after = {**OVERLAY, "pod_cidr": "192.168.0.0/16"}
    found = replaced(
        "network_plugin",
        "network_plugin_mode",
        "pod_cidr",
        before={"network_profile": [before]},
        after={"network_profile": [after]},
        live=arm(networkPlugin="kubenet"),
    )
    assert requests(found) == [["networkPlugin", "networkPluginMode", "podCidr"]]


def test_address_management_and_data_plane_do_not_change_in_one_plan() -> None:
    before = {
        "network_plugin": "azure",
        "network_plugin_mode": "",
        "pod_cidr": "",
        "network_data_plane": "azure",
    }
    after = {**OVERLAY, "pod_cidr": "192.168.0.0/16", "network_data_plane": "cilium"}
    found = replaced(
        "network_plugin_mode",
        "network_data_plane",
        before={"network_profile": [before]},
        after={"network_profile": [after]},
        live=arm(networkPlugin="azure"),
    )
    assert {item.verdict for item in found.resources[0].attributes} == {"in_place", "unavoidable"}
    assert (found.writes, len(found.blocked)) == ((), 1)


def test_a_policy_engine_is_not_installed_on_the_way_to_overlay() -> None:
    before = {"network_plugin": "kubenet", "network_policy": ""}
    after = {**OVERLAY, "network_policy": "azure"}
    found = replaced(
        "network_plugin",
        "network_policy",
        before={"network_profile": [before]},
        after={"network_profile": [after]},
        live=arm(networkPlugin="kubenet"),
    )
    assert (found.writes, len(found.blocked)) == ((), 1)


IDENTITIES = [
    {
        "user_assigned_identity_id": f"/subscriptions/x/k{number}",
        "client_id": f"c{number}",
        "object_id": f"o{number}",
    }
    for number in (1, 2)
]


def test_what_has_nothing_to_do_with_the_network_shares_one_request() -> None:
    found = replaced(
        "kubelet_identity.object_id",
        "kubelet_identity.client_id",
        "kubelet_identity.user_assigned_identity_id",
        ".custom_ca_trust_certificates_base64",
        before={"kubelet_identity": IDENTITIES[:1], "custom_ca_trust_certificates_base64": ["QQ=="]},
        after={"kubelet_identity": IDENTITIES[1:], "custom_ca_trust_certificates_base64": []},
        live={**arm(), "identity": {"type": "UserAssigned"}},
    )
    assert requests(found) == [["resourceId", "clientId", "objectId", "customCATrustCertificates"]]


def test_two_clusters_are_written_side_by_side() -> None:
    entries = []
    for name in "ab":
        before = {**SCALE_SET, "id": cluster_id(name), "network_profile": [{"load_balancer_sku": "basic"}]}
        after = {"network_profile": [{"load_balancer_sku": "standard"}]}
        path: Path = ["network_profile", 0, "load_balancer_sku"]
        entries.append(change(f"azurerm_kubernetes_cluster.{name}", before, after, causes=[path]))
    assert [write.arm_id for write in judged(*entries).writes] == [cluster_id("a"), cluster_id("b")]


def test_what_must_be_alone_stays_alone_when_its_like_did_not_ask_for_it() -> None:
    def write(path: str, alone: bool) -> ArmWrite:
        return ArmWrite(CLUSTER, "id", "PUT", "2025-10-01", (ArmChange(path, (1,)),), alone=alone)

    merged = merge_writes([write("a", False), write("a", True), write("b", False)])
    assert [asked(found) for found in merged] == [[("a", (1,))], [("b", (1,))]]


def test_what_the_plan_was_made_from_is_kept_by_whichever_cause_knows_it() -> None:
    before = {"network_plugin": "kubenet", "network_plugin_mode": "", "pod_cidr": "10.244.0.0/16"}
    after = {**OVERLAY, "pod_cidr": "192.168.0.0/16"}
    found = replaced(
        "network_plugin",
        "pod_cidr",
        before={"network_profile": [before]},
        after={"network_profile": [after]},
        live=arm(networkPlugin="kubenet"),
    )
    known = {change.path: change.was for write in found.writes for change in write.changes}
    assert known[f"{NETWORK}.networkPlugin"] == "kubenet"
    assert known[f"{NETWORK}.podCidr"] == "10.244.0.0/16"


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from([1, 2, [1], {"x": 1}, None])
CHANGES = st.builds(ArmChange, NAMES, st.tuples(VALUES), st.booleans())
WRITES = st.builds(
    ArmWrite,
    address=st.just(CLUSTER),
    arm_id=NAMES,
    method=st.sampled_from(["PUT", "PATCH"]),
    api_version=st.sampled_from(["2025-10-01", "2026-01-02-preview"]),
    changes=st.lists(CHANGES, min_size=1, max_size=3, unique_by=lambda change: change.path).map(tuple),
    omit=st.lists(NAMES, max_size=2).map(tuple),
    alone=st.booleans(),
)


def kind(write: ArmWrite) -> tuple[str, str, str]:
    return write.arm_id, write.method, write.api_version


def asked(write: ArmWrite) -> list[tuple[str, tuple[Any, ...]]]:
    return [(change.path, change.values) for change in write.changes]


@given(st.lists(WRITES, max_size=6))
def test_merging_loses_nothing_and_mixes_nothing(writes: list[ArmWrite]) -> None:
    merged = merge_writes(writes)
    for write in writes:
        same = [found for found in merged if kind(found) == kind(write)]
        paths = {change.path for found in same for change in found.changes}
        assert paths >= {change.path for change in write.changes}
        assert {path for found in same for path in found.omit} >= set(write.omit)
        if write.alone:
            assert any(asked(found) == asked(write) for found in same)
    assert {kind(found) for found in merged} == {kind(write) for write in writes}


@given(st.lists(WRITES, max_size=6))
def test_merging_twice_changes_nothing_more(writes: list[ArmWrite]) -> None:
    assert merge_writes(merge_writes(writes)) == merge_writes(writes)


@given(st.lists(WRITES, max_size=6))
def test_a_secret_stays_one(writes: list[ArmWrite]) -> None:
    secret = {(kind(write), change.path) for write in writes for change in write.changes if change.sensitive}
    merged = merge_writes(writes)
    kept = {(kind(write), change.path) for write in merged for change in write.changes if change.sensitive}
    assert kept == secret


@given(st.lists(WRITES, max_size=6))
def test_previews_go_last(writes: list[ArmWrite]) -> None:
    previews = [write.api_version.endswith("-preview") for write in merge_writes(writes)]
    assert previews == sorted(previews)
