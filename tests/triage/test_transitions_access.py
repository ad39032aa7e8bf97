"""Identity and access: what each rule makes of a change, and what turns it down."""

from __future__ import annotations

import pytest

from tests.triage.plans import CLUSTER, Json, change, judged, only, subnet_id
from tests.triage.single import judge, no, written

KUBELET = "kubelet_identity[0].user_assigned_identity_id"
OLD = {
    "kubelet_identity": [
        {"user_assigned_identity_id": "/subscriptions/x/k1", "client_id": "1", "object_id": "2"}
    ]
}
NEW = {
    "kubelet_identity": [
        {"user_assigned_identity_id": "/subscriptions/x/k2", "client_id": "3", "object_id": "4"}
    ]
}


def test_the_kubelet_gets_another_identity() -> None:
    found = judge(KUBELET, OLD, NEW, live={"identity": {"type": "UserAssigned"}})
    assert written(found) == {
        "properties.identityProfile.kubeletidentity.resourceId": "/subscriptions/x/k2",
        "properties.identityProfile.kubeletidentity.clientId": "3",
        "properties.identityProfile.kubeletidentity.objectId": "4",
    }
    assert only(found).effects == ("reimage",)


def test_not_beside_an_identity_of_azures() -> None:
    found = judge(KUBELET, OLD, NEW, live={"identity": {"type": "SystemAssigned"}})
    no(found, "CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster")


def test_not_while_an_id_that_goes_along_is_unknown() -> None:
    after = {"kubelet_identity": [{"user_assigned_identity_id": "/subscriptions/x/k2"}]}
    unknown = {"kubelet_identity": [{"client_id": True, "object_id": True}]}
    no(
        judge(KUBELET, OLD, after, live={"identity": {"type": "UserAssigned"}}, unknown=unknown),
        "only known after",
    )


def test_the_kubelet_does_not_get_azures_identity_back() -> None:
    no(judge(KUBELET, OLD, {"kubelet_identity": []}), "of its own making")


@pytest.mark.parametrize("before", [{"service_principal": []}, {"service_principal": [{"client_id": "msi"}]}])
def test_a_managed_identity_does_not_become_a_service_principal(before: Json) -> None:
    after = {"service_principal": [{"client_id": "33333333-3333-3333-3333-333333333333"}]}
    entry = change(CLUSTER, {**before, "id": "x"}, after, causes=[["service_principal", 0, "client_id"]])
    no(judged(entry), "no way from a managed identity")


INTEGRATED = {"properties": {"apiServerAccessProfile": {"enableVnetIntegration": True}}}
PRIVATE = "private_cluster_enabled"


@pytest.mark.parametrize("to", [True, False])
def test_an_integrated_cluster_becomes_private_and_public(to: bool) -> None:
    found = judge(
        PRIVATE, {PRIVATE: not to}, {PRIVATE: to}, live=INTEGRATED, unknown={"private_dns_zone_id": True}
    )
    assert written(found) == {"properties.apiServerAccessProfile.enablePrivateCluster": to}


@pytest.mark.parametrize(
    ("to", "more", "profile", "word"),
    [
        (True, {}, {}, "VNet integration"),
        (False, {}, {}, "VNet integration"),
        (
            True,
            {},
            {"enableVnetIntegration": True, "authorizedIPRanges": ["1.2.3.4/32"]},
            "authorized IP ranges",
        ),
        # A public cluster has no zone, and a configured one would replace the cluster next time.
        (False, {"private_dns_zone_id": "System"}, {"enableVnetIntegration": True}, "private DNS zone"),
        (
            False,
            {"dns_prefix_private_cluster": "aks"},
            {"enableVnetIntegration": True},
            "dns_prefix_private_cluster",
        ),
    ],
)
def test_no_other_cluster_does(to: bool, more: Json, profile: Json, word: str) -> None:
    live = {"properties": {"apiServerAccessProfile": profile}}
    no(judge(PRIVATE, {PRIVATE: not to, **more}, {PRIVATE: to, **more}, live=live), word)


ZONE = "private_dns_zone_id"


@pytest.mark.parametrize("before", ["System", subnet_id("zone")])
def test_a_zone_is_given_up_with_a_public_name(before: str) -> None:
    live = {"properties": {"apiServerAccessProfile": {"enablePrivateClusterPublicFQDN": True}}}
    found = judge(ZONE, {ZONE: before}, {ZONE: "None"}, live=live)
    assert written(found) == {"properties.apiServerAccessProfile.privateDNSZone": "None"}


def test_a_zone_is_not_given_up_without_and_not_exchanged() -> None:
    no(judge(ZONE, {ZONE: "System"}, {ZONE: "None"}, live={"properties": {}}), "public FQDN")
    no(judge(ZONE, {ZONE: "System"}, {ZONE: subnet_id("zone")}), "only to None")
