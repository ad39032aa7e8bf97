"""The body of a write: it changes what was judged, and only that."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.converge.test_body import JSON, NAMES
from tfsync.converge.body import sendable, value_at
from tfsync.converge.patch import FrameViolation, check_frame, moved, patched, reached, steps
from tfsync.triage import ArmChange, ArmWrite

CLUSTER: dict[str, Any] = {
    "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks",
    "eTag": "1",
    "properties": {
        "provisioningState": "Succeeded",
        "agentPoolProfiles": [{"name": "system", "orchestratorVersion": "1.31.1", "count": 1}],
        "networkProfile": {"loadBalancerSku": "basic", "podCidr": "10.0.0.0/16", "podCidrs": ["10.0.0.0/16"]},
    },
}


def write(*changes: ArmChange, method: str = "PUT", omit: tuple[str, ...] = ()) -> ArmWrite:
    return ArmWrite("azurerm_kubernetes_cluster.aks", CLUSTER["id"], method, "2025-10-01", changes, omit)


SKU = write(ArmChange("properties.networkProfile.loadBalancerSku", ("standard",)))


def test_a_put_is_what_was_read_with_the_change_in_it() -> None:
    expected = sendable(CLUSTER)
    expected["properties"]["networkProfile"]["loadBalancerSku"] = "standard"
    before = copy.deepcopy(CLUSTER)
    assert patched(CLUSTER, SKU, 0) == expected
    assert before == CLUSTER, "what was read must not change"


def test_a_patch_holds_the_change_alone() -> None:
    change = write(ArmChange("properties.version", ("1.17.0",)), method="PATCH")
    assert patched({"properties": {"version": "1.16.2", "x": 1}}, change, 0) == {
        "properties": {"version": "1.17.0"}
    }


def test_intermediate_values_are_written_in_turn() -> None:
    change = write(ArmChange("properties.networkProfile.networkPolicy", ("none", "azure")))
    assert steps(change) == 2
    path = "properties.networkProfile.networkPolicy"
    assert [value_at(patched(CLUSTER, change, step), path) for step in (0, 1)] == ["none", "azure"]


def test_what_azure_derives_is_left_out() -> None:
    change = write(
        ArmChange("properties.networkProfile.podCidr", ("10.0.0.0/12",)),
        omit=("properties.networkProfile.podCidrs",),
    )
    assert patched(CLUSTER, change, 0)["properties"]["networkProfile"] == {
        "loadBalancerSku": "basic",
        "podCidr": "10.0.0.0/12",
    }


@given(st.dictionaries(NAMES, JSON, max_size=4), st.lists(NAMES, min_size=1, max_size=3), JSON)
def test_the_frame_holds_for_whatever_was_read(
    properties: dict[str, Any], names: list[str], value: Any
) -> None:
    live = {"properties": {**properties, "agentPoolProfiles": []}}
    change = write(ArmChange(".".join(("properties", "longerThanAny", *names)), (value,)))
    patched(live, change, 0)


def test_a_value_of_another_shape_is_not_overwritten() -> None:
    live = {"properties": {"agentPoolProfiles": [], "profile": ["a list"]}}
    with pytest.raises(FrameViolation, match="profile"):
        patched(live, write(ArmChange("properties.profile.enabled", (True,))), 0)


@given(st.dictionaries(NAMES, JSON, min_size=1, max_size=4), st.data())
def test_a_body_that_changes_anything_else_is_refused(
    properties: dict[str, Any], data: st.DataObject
) -> None:
    live = {"properties": {**properties, "agentPoolProfiles": []}}
    body = patched(live, SKU, 0)
    name = data.draw(st.sampled_from(sorted(properties.keys() - {"networkProfile"}) or ["agentPoolProfiles"]))
    body["properties"][name] = {"changed": "by mistake"}
    with pytest.raises(FrameViolation, match=name):
        check_frame(live, body, SKU)


@pytest.mark.parametrize(
    ("held", "wanted", "took"),
    [
        ("Standard", "standard", True),
        ("basic", "standard", False),
        (None, False, True),
        (None, "none", True),
        ("calico", "none", False),
        ({"enabled": False, "dnsServer": ""}, {"enabled": False}, True),
        (None, {"enabled": False}, True),
        (["IPv4", "IPv6"], ["IPv4", "IPv6"], True),
        (["IPv4"], ["IPv4", "IPv6"], False),
        (1, True, False),
    ],
)
def test_an_ignored_option_is_noticed(held: Any, wanted: Any, took: bool) -> None:
    live = {"properties": {"p": held}}
    assert reached(live, write(ArmChange("properties.p", (wanted,)))) == (() if took else ("properties.p",))


def test_only_what_people_can_write_counts_as_moved() -> None:
    now = copy.deepcopy(CLUSTER)
    now["eTag"] = "2"
    now["properties"]["provisioningState"] = "Updating"
    assert moved(CLUSTER, now) == ()
    now["properties"]["agentPoolProfiles"][0]["count"] = 2
    assert moved(CLUSTER, now) == ("properties.agentPoolProfiles[0].count",)
