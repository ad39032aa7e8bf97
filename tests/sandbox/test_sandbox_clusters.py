"""Clusters and pools over the wire: what Azure fills, eTags, long-running operations, one truth for pools."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.arm import CLUSTER, CURRENT, GROUP, OLD, PREVIEW, SUBSCRIPTION, Client, cluster
from tfsync.sandbox import Sandbox

POOLS = f"{CLUSTER}/agentPools"


@pytest.fixture
def made(arm: Client) -> dict[str, Any]:
    """A cluster that is there, as it was read back."""
    reply = arm("PUT", CLUSTER, cluster(), version=CURRENT)
    assert reply.status == 201
    assert arm.finish(reply)["status"] == "Succeeded"
    body: dict[str, Any] = arm("GET", CLUSTER, version=CURRENT).body
    return body


def pool_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    return next(pool for pool in body["properties"]["agentPoolProfiles"] if pool["name"] == name)


def test_azure_fills_in_what_a_client_leaves_out(made: dict[str, Any]) -> None:
    properties, network = made["properties"], made["properties"]["networkProfile"]
    assert properties["kubernetesVersion"] == properties["currentKubernetesVersion"] != ""
    assert properties["nodeResourceGroup"] == "MC_my-rg_aks_eastus"
    assert properties["fqdn"].startswith("aks-")
    assert properties["identityProfile"]["kubeletidentity"].keys() == {"resourceId", "clientId", "objectId"}
    assert made["identity"].keys() == {"type", "principalId", "tenantId"}
    assert (network["podCidr"], network["podCidrs"]) == ("10.244.0.0/16", ["10.244.0.0/16"])
    assert (network["serviceCidrs"], network["dnsServiceIP"]) == (["10.0.0.0/16"], "10.0.0.10")
    assert (network["outboundType"], network["loadBalancerSku"]) == ("loadBalancer", "standard")
    assert pool_of(made, "system")["currentOrchestratorVersion"] == properties["kubernetesVersion"]
    assert properties["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("network", "pods"),
    [
        ({"networkPlugin": "kubenet"}, ["10.244.0.0/16"]),
        ({"networkPlugin": "azure"}, None),
        (
            {"networkPlugin": "azure", "networkPluginMode": "overlay", "podCidr": "10.9.0.0/16"},
            ["10.9.0.0/16"],
        ),
        ({"networkPlugin": "none"}, None),
    ],
)
def test_pods_have_a_range_of_their_own_where_the_plugin_wants_one(
    arm: Client, network: dict[str, Any], pods: list[str] | None
) -> None:
    body = arm("PUT", CLUSTER, cluster(networkProfile=network), version=CURRENT).body
    assert body["properties"]["networkProfile"].get("podCidrs") == pods


def test_a_move_to_dual_stack_is_answered_with_ipv6_ranges(arm: Client, made: dict[str, Any]) -> None:
    made["properties"]["networkProfile"]["ipFamilies"] = ["IPv4", "IPv6"]
    network = arm("PUT", CLUSTER, made, version=CURRENT).body["properties"]["networkProfile"]
    for ranges, old, prefix in (
        ("podCidrs", "10.244.0.0/16", "/64"),
        ("serviceCidrs", "10.0.0.0/16", "/108"),
    ):
        first, second = network[ranges]
        assert first == old
        assert second.startswith("fd")
        assert second.endswith(prefix)


def test_a_wider_pod_range_is_seen_in_both_places(arm: Client, made: dict[str, Any]) -> None:
    made["properties"]["networkProfile"]["podCidr"] = "10.244.0.0/15"
    network = arm("PUT", CLUSTER, made, version=CURRENT).body["properties"]["networkProfile"]
    assert network["podCidrs"] == ["10.244.0.0/15"]


def test_an_addon_gets_an_identity_and_loses_its_configuration_with_it(
    arm: Client, made: dict[str, Any]
) -> None:
    config = {"logAnalyticsWorkspaceResourceID": "/w", "useAADAuth": "false"}
    on = {
        "location": "eastus",
        "properties": {"addonProfiles": {"omsagent": {"enabled": True, "config": config}}},
    }
    addon = arm("PUT", CLUSTER, on, version=CURRENT).body["properties"]["addonProfiles"]["omsagent"]
    assert addon["config"] == config
    assert addon["identity"]["resourceId"].endswith("/omsagent-aks")

    untouched = arm("PUT", CLUSTER, {"location": "eastus", "properties": {}}, version=CURRENT)
    assert untouched.body["properties"]["addonProfiles"]["omsagent"] == addon

    off = {
        "location": "eastus",
        "properties": {"addonProfiles": {"omsagent": {"enabled": False, "config": None}}},
    }
    addons = arm("PUT", CLUSTER, off, version=CURRENT).body["properties"]["addonProfiles"]
    assert addons == {"omsagent": {"enabled": False, "config": None}}


def test_another_identity_gets_ids_and_the_old_ones_go(arm: Client, made: dict[str, Any]) -> None:
    mine = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cp"
    made["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {mine: {}}}
    made["properties"]["identityProfile"]["kubeletidentity"] = {"resourceId": mine}
    body = arm("PUT", CLUSTER, made, version=CURRENT).body
    known = arm("PUT", mine, {"location": "eastus"}, version="2023-01-31").body["properties"]
    assert body["identity"]["userAssignedIdentities"][mine] == {
        "clientId": known["clientId"],
        "principalId": known["principalId"],
    }
    assert "principalId" not in body["identity"]
    kubelet = body["properties"]["identityProfile"]["kubeletidentity"]
    assert (kubelet["clientId"], kubelet["objectId"]) == (known["clientId"], known["principalId"])


def test_putting_back_what_was_read_changes_only_etags(arm: Client, made: dict[str, Any]) -> None:
    arm.finish(arm("PUT", CLUSTER, made, version=CURRENT))
    again = arm("GET", CLUSTER, version=CURRENT).body
    assert again["eTag"] != made["eTag"]
    for body in (made, again):
        body.pop("eTag")
        for pool in body["properties"]["agentPoolProfiles"]:
            pool.pop("eTag")
    assert again == made


def test_a_path_in_other_letters_is_the_same_resource(arm: Client, made: dict[str, Any]) -> None:
    assert arm("GET", CLUSTER.upper().replace("MY-RG", "my-RG"), version=CURRENT).body == made


# Operations


def test_a_write_takes_its_time_and_blocks_others_meanwhile(
    sandbox: Sandbox, arm: Client, made: dict[str, Any]
) -> None:
    sandbox.put_fault("slow:seconds=60")
    first = arm("PUT", CLUSTER, made, version=CURRENT)
    assert (first.status, first.body["properties"]["provisioningState"]) == (200, "Updating")
    assert arm("GET", CLUSTER, version=CURRENT).body["properties"]["provisioningState"] == "Updating"
    operation = first.headers["azure-asyncoperation"].split("/", 3)[3]
    poll = arm("GET", f"/{operation}")
    assert (poll.body["status"], poll.headers["retry-after"]) == ("InProgress", "0")

    for method, path, body in (
        ("PUT", CLUSTER, made),
        ("DELETE", CLUSTER, None),
        ("PUT", f"{POOLS}/apps", {"properties": {"count": 3}}),
        ("DELETE", f"{POOLS}/apps", None),
    ):
        refused = arm(method, path, body, version=CURRENT)
        assert (refused.status, refused.code) == (409, "OperationNotAllowed")
        assert "aks-pending-operation" in refused.body["message"]


def test_pools_can_be_written_at_the_same_time_but_not_with_their_cluster(
    sandbox: Sandbox, arm: Client, made: dict[str, Any]
) -> None:
    sandbox.put_fault({"fault": "slow", "seconds": 60, "match": {"method": "PUT", "path": "agentPools/apps"}})
    assert arm("PUT", f"{POOLS}/apps", {"properties": {"count": 3}}, version=CURRENT).status == 200
    assert (
        arm("PUT", f"{POOLS}/apps", {"properties": {"count": 4}}, version=CURRENT).code
        == "OperationNotAllowed"
    )
    assert arm("PUT", f"{POOLS}/system", {"properties": {"count": 2}}, version=CURRENT).status == 200
    assert arm("PUT", CLUSTER, made, version=CURRENT).code == "OperationNotAllowed"


def test_a_failed_operation_says_why_and_leaves_the_cluster_failed(
    sandbox: Sandbox, arm: Client, made: dict[str, Any]
) -> None:
    sandbox.put_fault({"fault": "fail", "code": "QuotaExceeded", "message": "no cores left"})
    over = arm.finish(arm("PUT", CLUSTER, made, version=CURRENT))
    assert over["status"] == "Failed"
    assert (over["error"]["code"], over["error"]["message"]) == ("QuotaExceeded", "no cores left")
    assert arm("GET", CLUSTER, version=CURRENT).body["properties"]["provisioningState"] == "Failed"
    arm.finish(arm("PUT", CLUSTER, {"location": "eastus"}, version=CURRENT))
    assert arm("GET", CLUSTER, version=CURRENT).body["properties"]["provisioningState"] == "Succeeded"


def test_an_upgrade_runs_once_the_operation_is_over(sandbox: Sandbox, arm: Client) -> None:
    arm("PUT", CLUSTER, cluster(kubernetesVersion="1.32"), version=CURRENT)
    sandbox.put_fault("slow:seconds=60")
    upgrade = {"location": "eastus", "properties": {"kubernetesVersion": "1.33"}}
    properties = arm("PUT", CLUSTER, upgrade, version=CURRENT).body["properties"]
    assert (properties["kubernetesVersion"], properties["currentKubernetesVersion"]) == ("1.33", "1.32.5")


def test_an_unknown_operation_is_not_found(arm: Client) -> None:
    path = f"{SUBSCRIPTION}/providers/Microsoft.ContainerService/locations/eastus/operations/none"
    assert arm("GET", path, version="2017-08-31").status == 404


def test_what_is_deleted_is_gone_with_all_beneath_it(arm: Client, made: dict[str, Any]) -> None:
    extension = f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/flux"
    arm("PUT", extension, {"properties": {"extensionType": "microsoft.flux"}}, version="2024-11-01")
    reply = arm("DELETE", CLUSTER, version=CURRENT)
    assert (reply.status, reply.body, reply.headers["retry-after"]) == (202, None, "0")
    assert reply.headers["location"] == reply.headers["azure-asyncoperation"]
    assert arm.finish(reply)["status"] == "Succeeded"
    for path in (CLUSTER, f"{POOLS}/apps", extension):
        assert arm("GET", path, version=CURRENT).status == 404
    assert arm("DELETE", CLUSTER, version=CURRENT).status == 204


def test_a_slow_delete_is_seen_deleting(sandbox: Sandbox, arm: Client, made: dict[str, Any]) -> None:
    sandbox.put_fault({"fault": "slow", "seconds": 60, "match": {"method": "DELETE"}})
    arm("DELETE", f"{POOLS}/apps", version=CURRENT)
    state = arm("GET", f"{POOLS}/apps", version=CURRENT).body["properties"]["provisioningState"]
    assert state == "Deleting"


# ETags


def test_a_cluster_operation_changes_all_etags_and_a_pool_operation_one(
    arm: Client, made: dict[str, Any]
) -> None:
    def etags() -> tuple[str, str, str]:
        body = arm("GET", CLUSTER, version=CURRENT).body
        return body["eTag"], pool_of(body, "system")["eTag"], pool_of(body, "apps")["eTag"]

    before = etags()
    arm("PUT", f"{POOLS}/apps", {"properties": {"count": 3}}, version=CURRENT)
    after_pool = etags()
    assert [a == b for a, b in zip(before, after_pool, strict=True)] == [True, True, False]
    arm("PUT", CLUSTER, {"location": "eastus"}, version=CURRENT)
    assert all(a != b for a, b in zip(after_pool, etags(), strict=True))


@pytest.mark.parametrize("path", [CLUSTER, f"{POOLS}/apps"])
def test_if_match_lets_only_the_current_etag_through(arm: Client, made: dict[str, Any], path: str) -> None:
    body = {"location": "eastus", "properties": {}}
    read = arm("GET", path, version=CURRENT).body
    etag = read.get("eTag") or read["properties"]["eTag"]
    stale = arm("PUT", path, body, version=CURRENT, headers={"If-Match": '"stale"'})
    assert (stale.status, stale.code) == (412, "PreconditionFailed")
    assert arm("PUT", path, body, version=CURRENT, headers={"If-Match": f'"{etag}"'}).status == 200
    again = arm("PUT", path, body, version=CURRENT, headers={"If-Match": f'"{etag}"'})
    assert again.status == 412
    assert arm("PUT", path, body, version=CURRENT, headers={"If-Match": "*"}).status == 200
    assert arm("DELETE", path, version=CURRENT, headers={"If-Match": etag}).status == 412


def test_preconditions_on_what_is_there_and_what_is_not(arm: Client, made: dict[str, Any]) -> None:
    other = f"{CLUSTER}-2"
    assert arm("PUT", other, cluster(), version=CURRENT, headers={"If-Match": "*"}).status == 412
    assert arm("PUT", other, cluster(), version=CURRENT, headers={"If-None-Match": "*"}).status == 201
    assert arm("PUT", CLUSTER, made, version=CURRENT, headers={"If-None-Match": "*"}).status == 412
    assert arm("PUT", CLUSTER, made, version=CURRENT, headers={"If-None-Match": "x"}).status == 400
    both = {"If-Match": "*", "If-None-Match": "*"}
    assert arm("PUT", CLUSTER, made, version=CURRENT, headers=both).status == 400


@pytest.mark.parametrize("version", [OLD, PREVIEW])
def test_an_older_api_version_knows_no_etag(arm: Client, made: dict[str, Any], version: str) -> None:
    read = arm("GET", CLUSTER, version=version).body
    assert "eTag" not in read
    assert all("eTag" not in pool for pool in read["properties"]["agentPoolProfiles"])
    assert "eTag" not in arm("GET", f"{POOLS}/apps", version=version).body["properties"]
    assert arm("PUT", CLUSTER, read, version=version, headers={"If-Match": '"stale"'}).status == 200


# Pools


def test_a_pool_is_the_same_in_both_places(arm: Client, made: dict[str, Any]) -> None:
    arm("PUT", f"{POOLS}/apps", {"properties": {"count": 5}}, version=CURRENT)
    assert pool_of(arm("GET", CLUSTER, version=CURRENT).body, "apps")["count"] == 5
    pool_of(made, "apps")["count"] = 7
    arm("PUT", CLUSTER, made, version=CURRENT)
    read = arm("GET", f"{POOLS}/apps", version=CURRENT).body
    assert read["properties"]["count"] == 7
    assert read["id"] == f"{POOLS}/apps"

    arm("PUT", f"{POOLS}/batch", {"properties": {"vmSize": "Standard_D2s_v5"}}, version=CURRENT)
    arm("DELETE", f"{POOLS}/apps", version=CURRENT)
    listed = arm("GET", POOLS, version=CURRENT).body["value"]
    assert [pool["name"] for pool in listed] == ["system", "batch"]
    in_cluster = arm("GET", CLUSTER, version=CURRENT).body["properties"]["agentPoolProfiles"]
    assert [{"name": p["name"], **p["properties"]} for p in listed] == in_cluster


def test_a_pool_of_a_cluster_that_is_not_there_is_not_found(arm: Client) -> None:
    assert arm("PUT", f"{POOLS}/apps", {"properties": {}}, version=CURRENT).status == 404
    assert arm("GET", f"{POOLS}/apps", version=CURRENT).code == "ResourceNotFound"


@pytest.mark.parametrize("path", [CLUSTER, f"{POOLS}/apps"])
def test_a_refused_pool_property_is_named(arm: Client, made: dict[str, Any], path: str) -> None:
    pool_of(made, "apps")["vmSize"] = "Standard_D8s_v5"
    body = made if path == CLUSTER else {"properties": {"vmSize": "Standard_D8s_v5"}}
    refused = arm("PUT", path, body, version=CURRENT)
    assert (refused.status, refused.code) == (400, "PropertyChangeNotAllowed")
    assert refused.body["target"].endswith(".vmSize")
    assert pool_of(arm("GET", CLUSTER, version=CURRENT).body, "apps")["vmSize"] == "Standard_D4s_v5"


@pytest.mark.parametrize(
    ("versions", "accepted"),
    [
        ((None, None), True),
        (("", ""), True),
        (("1.32.5", "1.32.5"), True),
        (("1.33.2", "1.32.5"), True),
        (("1.32.5", None), False),
        (("1.31.1", "1.32.5"), False),
    ],
)
def test_pools_carry_all_their_versions_or_none(
    sandbox: Sandbox, arm: Client, made: dict[str, Any], versions: tuple[str | None, ...], accepted: bool
) -> None:
    for pool in made["properties"]["agentPoolProfiles"]:
        pool["currentOrchestratorVersion"] = "1.32.5"  # while the control plane runs 1.33.2
        pool["orchestratorVersion"] = "1.31.1"  # what was asked for long ago lags behind
    sandbox.replace_body(CLUSTER, made)
    for pool, version in zip(made["properties"]["agentPoolProfiles"], versions, strict=True):
        pool["orchestratorVersion"] = version
    reply = arm("PUT", CLUSTER, made, version=CURRENT)
    if accepted:
        assert reply.status == 200
    else:
        assert reply.code == "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged"


def test_versions_that_a_pool_may_have_are_listed(arm: Client, made: dict[str, Any]) -> None:
    body = arm("GET", f"{CLUSTER}/availableAgentPoolVersions", version=CURRENT).body
    listed = [entry["kubernetesVersion"] for entry in body["properties"]["agentPoolVersions"]]
    assert listed == ["1.32.5", "1.33.2"]


def test_clusters_are_listed_by_group_and_by_subscription(arm: Client, made: dict[str, Any]) -> None:
    other = CLUSTER.replace("/my-rg/", "/other-rg/")
    arm("PUT", other, cluster(), version=CURRENT)
    clusters = "/providers/Microsoft.ContainerService/managedClusters"
    everywhere = arm("GET", SUBSCRIPTION + clusters, version=CURRENT).body["value"]
    assert [found["id"] for found in everywhere] == [CLUSTER, other]
    assert arm("GET", GROUP + clusters, version=CURRENT).body["value"] == [made]


def test_patch_takes_tags_and_nothing_else(arm: Client, made: dict[str, Any]) -> None:
    assert arm("PATCH", CLUSTER, {"tags": {"a": "1"}}, version=CURRENT).body["tags"] == {"a": "1"}
    assert arm("PATCH", CLUSTER, {"properties": {}}, version=CURRENT).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"properties": {"agentPoolProfiles": [{"name": "system"}]}},
        {"location": "eastus", "properties": {}},
        {"location": "eastus", "properties": {"agentPoolProfiles": []}},
        {"location": "eastus", "properties": {"agentPoolProfiles": [{"count": 1}]}},
        {"location": "eastus", "properties": "text"},
        [],
    ],
)
def test_a_body_that_is_no_cluster_is_refused(arm: Client, body: object) -> None:
    assert arm("PUT", CLUSTER, body, version=CURRENT).status == 400
    assert arm("GET", CLUSTER, version=CURRENT).status == 404
