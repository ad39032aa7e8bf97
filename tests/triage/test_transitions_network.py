"""Network: what each rule makes of a change, and what turns it down on state, plan or what Azure holds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.triage.plans import Json, only, subnet_id
from tests.triage.single import POOLS, SCALE_SET, arm, judge, network, no, written

SKU = ("network_profile[0].load_balancer_sku", {**SCALE_SET, **network(load_balancer_sku="basic")})
STANDARD = network(load_balancer_sku="Standard")


def test_the_load_balancer_goes_from_basic_to_standard() -> None:
    found = judge(*SKU, STANDARD, live=arm(loadBalancerSku="basic"))
    assert written(found) == {"properties.networkProfile.loadBalancerSku": "standard"}
    assert only(found).effects == ("downtime", "one_way")


def test_it_does_not_go_back() -> None:
    no(judge(SKU[0], {**SCALE_SET, **STANDARD}, network(load_balancer_sku="basic")), "never back")


@pytest.mark.parametrize(
    ("live", "word"),
    [
        (arm([{"type": "AvailabilitySet"}]), "availability-set"),
        (arm([*POOLS, {"type": "AvailabilitySet"}]), "availability-set"),
        ({"properties": {**arm()["properties"], "currentKubernetesVersion": "1.26.9"}}, "1.27"),
        (
            {
                "properties": {
                    **arm()["properties"],
                    "securityProfile": {"azureKeyVaultKms": {"keyVaultNetworkAccess": "Private"}},
                }
            },
            "private key vault",
        ),
    ],
)
def test_it_stays_where_azure_would_refuse(live: Json, word: str) -> None:
    no(judge(*SKU, STANDARD, live=live), word)


def test_the_state_answers_where_azure_was_not_asked() -> None:
    before = {**SKU[1], "kubernetes_version": "1.26"}
    attribute = no(judge(SKU[0], before, STANDARD), "1.27")
    assert attribute.undecided


def test_azure_has_the_last_word() -> None:
    before = {**SKU[1], "kubernetes_version": "1.26"}
    assert only(judge(SKU[0], before, STANDARD, live=arm())).verdict == "in_place"


def test_nothing_more_is_asked_when_azure_has_answered() -> None:
    assert not no(judge(*SKU, STANDARD, live=arm([{"type": "AvailabilitySet"}]))).undecided


def test_azure_is_to_be_asked_where_it_could_lead_to_another_transition() -> None:
    shrunk = (network(pod_cidr="10.240.0.0/12"), network(pod_cidr="10.244.0.0/16"))
    assert no(judge("network_profile[0].pod_cidr", *shrunk)).undecided
    assert not no(judge("network_profile[0].pod_cidr", *shrunk, live=arm())).undecided


@pytest.mark.parametrize("block", ["load_balancer_profile", "nat_gateway_profile"])
def test_a_profile_that_comes_along_is_left_for_later(block: str) -> None:
    found = judge(f"network_profile[0].{block}", network(**{block: []}), network(**{block: [{"x": 1}]}))
    assert only(found).verdict == "edit_config"
    assert only(found).edit == "Leave the block out of this change."


POLICY = "network_profile[0].network_policy"


@pytest.mark.parametrize(
    ("before", "after", "values"),
    [
        ("calico", "azure", ("none", "azure")),
        ("azure", "calico", ("none", "calico")),
        ("azure", None, "none"),
        ("calico", "", "none"),
        ("", "calico", "calico"),
        (None, "azure", "azure"),
    ],
)
def test_policy_engines_change_through_none(before: Any, after: Any, values: Any) -> None:
    found = judge(POLICY, network(network_policy=before), network(network_policy=after), live=arm())
    assert written(found) == {"properties.networkProfile.networkPolicy": values}


@pytest.mark.parametrize(("before", "after"), [("calico", "cilium"), ("", "cilium"), ("cilium", "azure")])
def test_cilium_is_not_one_of_them(before: str, after: str) -> None:
    no(judge(POLICY, network(network_policy=before), network(network_policy=after), live=arm()))


def test_policy_engines_need_kubernetes_1_30() -> None:
    old = {"properties": {**arm()["properties"], "currentKubernetesVersion": "1.29.13"}}
    no(judge(POLICY, network(network_policy="calico"), network(network_policy="azure"), live=old), "1.30")


PLUGIN, MODE = "network_profile[0].network_plugin", "network_profile[0].network_plugin_mode"
KUBENET = network(
    network_plugin="kubenet", network_plugin_mode="", pod_cidr="10.244.0.0/16", network_policy=""
)
OVERLAY = {"network_plugin": "azure", "network_plugin_mode": "overlay"}
OVERLAID = {
    "properties.networkProfile.networkPlugin": "azure",
    "properties.networkProfile.networkPluginMode": "overlay",
}


def test_kubenet_becomes_overlay_and_keeps_its_range() -> None:
    assert written(judge(PLUGIN, KUBENET, network(**OVERLAY), live=arm(networkPlugin="kubenet"))) == OVERLAID
    assert written(judge(MODE, KUBENET, network(**OVERLAY), live=arm(networkPlugin="kubenet"))) == OVERLAID


def test_kubenet_becomes_overlay_with_a_new_range() -> None:
    after = network(**OVERLAY, pod_cidr="192.168.0.0/16")
    for cause in (PLUGIN, MODE, "network_profile[0].pod_cidr"):
        assert written(judge(cause, KUBENET, after, live=arm(networkPlugin="kubenet"))) == {
            **OVERLAID,
            "properties.networkProfile.podCidr": "192.168.0.0/16",
        }


NODE_SUBNET = network(network_plugin="azure", network_plugin_mode="", pod_cidr="", network_policy="")


@pytest.mark.parametrize("cause", [MODE, "network_profile[0].pod_cidr"])
def test_azure_cni_becomes_overlay_with_a_range(cause: str) -> None:
    after = network(**OVERLAY, pod_cidr="192.168.0.0/16")
    assert written(judge(cause, NODE_SUBNET, after, live=arm(networkPlugin="azure"))) == {
        **OVERLAID,
        "properties.networkProfile.podCidr": "192.168.0.0/16",
    }


@pytest.mark.parametrize("after", [network(**OVERLAY), network(**OVERLAY, pod_cidr=None)])
def test_azure_cni_does_not_become_overlay_without_a_range(after: Json) -> None:
    no(judge(MODE, NODE_SUBNET, after, live=arm(networkPlugin="azure")), "names none")


@pytest.mark.parametrize(
    ("cause", "before", "after", "live", "word"),
    [
        (PLUGIN, KUBENET, network(network_plugin="azure"), arm(), 'network_plugin_mode = "overlay"'),
        (PLUGIN, KUBENET, network(network_plugin="none"), arm(), "only from kubenet"),
        (PLUGIN, NODE_SUBNET, network(network_plugin="kubenet"), arm(), "only from kubenet"),
        (PLUGIN, KUBENET, network(**OVERLAY), arm(networkPolicy="calico"), "must be removed first"),
        (PLUGIN, KUBENET, network(**OVERLAY, network_policy="azure"), arm(), "also installs"),
        (PLUGIN, KUBENET, network(**OVERLAY), arm([{"osType": "Windows"}]), "Windows"),
        (
            MODE,
            KUBENET,
            network(network_plugin="kubenet", network_plugin_mode="overlay"),
            arm(),
            "is a mode of",
        ),
        (
            MODE,
            NODE_SUBNET,
            network(**OVERLAY, pod_cidr="192.168.0.0/16"),
            arm([{"podSubnetID": subnet_id("pods")}]),
            "from a subnet",
        ),
        (
            MODE,
            network(**OVERLAY),
            network(network_plugin="azure", network_plugin_mode=""),
            arm(),
            "no way back",
        ),
    ],
)
def test_no_other_way_leads_to_overlay_and_none_back(
    cause: str, before: Json, after: Json, live: Json, word: str
) -> None:
    no(judge(cause, before, after, live=live), word)


CIDR = "network_profile[0].pod_cidr"
LIVE_OVERLAY = arm(networkPluginMode="overlay", ipFamilies=["IPv4"])


def overlay(cidr: str, **more: Any) -> Json:
    return network(**OVERLAY, pod_cidr=cidr, **more)


def test_the_range_of_an_overlay_grows() -> None:
    found = judge(CIDR, overlay("10.244.0.0/16"), overlay("10.240.0.0/12"), live=LIVE_OVERLAY)
    assert written(found) == {"properties.networkProfile.podCidr": "10.240.0.0/12"}
    assert only(found).effects == ()


@pytest.mark.parametrize(
    ("before", "after", "live", "word"),
    [
        (overlay("10.240.0.0/12"), overlay("10.244.0.0/16"), LIVE_OVERLAY, "only to a larger one"),
        (overlay("10.244.0.0/16"), overlay("10.0.0.0/16"), LIVE_OVERLAY, "only to a larger one"),
        (
            overlay("10.244.0.0/16"),
            overlay("10.240.0.0/12"),
            arm(networkPluginMode="overlay", ipFamilies=["IPv4", "IPv6"]),
            "dual-stack",
        ),
        (
            overlay("10.244.0.0/16"),
            overlay("10.240.0.0/12"),
            arm([{"osType": "Windows"}], networkPluginMode="overlay"),
            "Windows",
        ),
        # Azure changes the list along with the range, and the list would replace the cluster next time.
        (
            overlay("10.244.0.0/16", pod_cidrs=["10.244.0.0/16"]),
            overlay("10.240.0.0/12", pod_cidrs=["10.244.0.0/16"]),
            LIVE_OVERLAY,
            "pod_cidrs",
        ),
        (
            network(network_plugin="kubenet", pod_cidr="10.244.0.0/16"),
            network(network_plugin="kubenet", pod_cidr="10.240.0.0/12"),
            arm(),
            "only on Azure CNI Overlay",
        ),
    ],
)
def test_the_range_changes_in_no_other_way(before: Json, after: Json, live: Json, word: str) -> None:
    no(judge(CIDR, before, after, live=live), word)


def test_a_range_without_a_plugin_of_azures_is_free() -> None:
    before, after = (network(network_plugin="none", pod_cidr=cidr) for cidr in ("10.1.0.0/16", "10.2.0.0/16"))
    found = judge(CIDR, before, after, live=arm(networkPlugin="none"))
    assert written(found) == {"properties.networkProfile.podCidr": "10.2.0.0/16"}


def test_a_list_of_ranges_is_nothing_that_azure_takes() -> None:
    found = judge(
        "network_profile[0].pod_cidrs", network(pod_cidrs=["10.1.0.0/16"]), network(pod_cidrs=["10.0.0.0/8"])
    )
    no(found, "no list")


FAMILIES = "network_profile[0].ip_versions"
SINGLE, DUAL = (network(**OVERLAY, ip_versions=versions) for versions in (["IPv4"], ["IPv4", "IPv6"]))


def test_a_cluster_gets_ipv6_beside_ipv4() -> None:
    found = judge(FAMILIES, SINGLE, DUAL, live=LIVE_OVERLAY)
    assert written(found) == {"properties.networkProfile.ipFamilies": ["IPv4", "IPv6"]}
    assert "service_cidrs" in (only(found).advice or "")


def test_lists_that_azure_computes_are_no_hindrance() -> None:
    unknown = {"network_profile": [{"service_cidrs": True, "pod_cidrs": True}]}
    assert only(judge(FAMILIES, SINGLE, DUAL, live=LIVE_OVERLAY, unknown=unknown)).verdict == "in_place"


@pytest.mark.parametrize("name", ["service_cidrs", "pod_cidrs"])
def test_a_configured_list_of_ranges_would_replace_the_cluster_next_time(name: str) -> None:
    before, after = (
        network(**OVERLAY, ip_versions=versions, **{name: ["10.0.0.0/16"]})
        for versions in (["IPv4"], ["IPv4", "IPv6"])
    )
    no(judge(FAMILIES, before, after, live=LIVE_OVERLAY), name)


@pytest.mark.parametrize(
    ("before", "after", "live"),
    [
        (DUAL, SINGLE, LIVE_OVERLAY),
        (SINGLE, network(ip_versions=["IPv6", "IPv4"]), LIVE_OVERLAY),
        (SINGLE, DUAL, arm(networkPluginMode=None)),
        (
            SINGLE,
            DUAL,
            {"properties": {**LIVE_OVERLAY["properties"], "nodeProvisioningProfile": {"mode": "Auto"}}},
        ),
    ],
)
def test_families_change_in_no_other_way(before: Json, after: Json, live: Json) -> None:
    no(judge(FAMILIES, before, after, live=live))


PLANE = "network_profile[0].network_data_plane"
TO_CILIUM = (network(**OVERLAY, network_data_plane="azure"), network(**OVERLAY, network_data_plane="cilium"))


def test_the_data_plane_becomes_cilium_on_overlay() -> None:
    assert written(judge(PLANE, *TO_CILIUM, live=LIVE_OVERLAY)) == {
        "properties.networkProfile.networkDataplane": "cilium"
    }


@pytest.mark.parametrize(
    ("before", "after", "live", "word"),
    [
        (*TO_CILIUM, arm(networkPluginMode=None), "not on Azure CNI Overlay"),
        (*TO_CILIUM, arm(networkPluginMode="overlay", networkPolicy="calico"), "policy engine"),
        (
            TO_CILIUM[0],
            network(network_data_plane="cilium", network_policy="azure"),
            LIVE_OVERLAY,
            "policy engine",
        ),
        (*TO_CILIUM, arm([{"osType": "Windows"}], networkPluginMode="overlay"), "Windows"),
        (TO_CILIUM[1], TO_CILIUM[0], LIVE_OVERLAY, "leaves cilium"),
    ],
)
def test_the_data_plane_changes_in_no_other_way(before: Json, after: Json, live: Json, word: str) -> None:
    no(judge(PLANE, before, after, live=live), word)


EGRESS = "network_profile[0].outbound_type"
OWN = arm([{"vnetSubnetID": subnet_id("nodes")}])


@pytest.mark.parametrize(
    ("before", "after", "live", "omitted"),
    [
        ("loadBalancer", "managedNATGateway", arm(), True),
        ("loadBalancer", "userDefinedRouting", OWN, True),
        ("userDefinedRouting", "userAssignedNATGateway", OWN, True),
        ("userAssignedNATGateway", "loadBalancer", OWN, False),
    ],
)
def test_egress_moves_as_azures_table_says(before: str, after: str, live: Json, omitted: bool) -> None:
    found = judge(EGRESS, network(outbound_type=before), network(outbound_type=after), live=live)
    assert written(found) == {"properties.networkProfile.outboundType": after}
    assert bool(found.writes[0].omit) is omitted


@pytest.mark.parametrize(
    ("before", "after", "live"),
    [
        ("loadBalancer", "managedNATGateway", OWN),
        ("loadBalancer", "userDefinedRouting", arm()),
        ("managedNATGateway", "loadBalancer", arm()),
    ],
)
def test_egress_moves_no_other_way(before: str, after: str, live: Json) -> None:
    no(judge(EGRESS, network(outbound_type=before), network(outbound_type=after), live=live))


def test_a_configured_profile_would_replace_the_cluster_next_time() -> None:
    before, after = (
        network(outbound_type=kind, load_balancer_profile=[{"managed_outbound_ip_count": 1}])
        for kind in ("loadBalancer", "managedNATGateway")
    )
    no(judge(EGRESS, before, after, live=arm()), "load_balancer_profile")
