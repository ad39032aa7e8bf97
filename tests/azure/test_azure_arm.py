"""Reading and writing through the real SDK, against real HTTPS."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.azure.conftest import Waited
from tests.azure.loopback import SUBSCRIPTION, TENANT, TOKEN, Answer, Asked, Loopback
from tfsync.azure import Arm
from tfsync.azure.errors import (
    ChangedSinceRead,
    ChangeNotAllowed,
    NotFound,
    OperationFailed,
    OperationInProgress,
)
from tfsync.errors import BadInput

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
POOL = f"{CLUSTER}/agentPools/user"
EXTENSION = f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/flux"
API = "2025-10-01"
OPERATION = "/subscriptions/s/providers/Microsoft.ContainerService/locations/westeurope/operations/op-1"
# Signed as the real ones are: what is in the query must come back to the letter.
SIGNED = "?api-version=2016-03-30&t=638&c=MIIHhzCC%2Bw&s=a-b_c%3D%3D&h=x+y"

BODY: dict[str, Any] = {
    "id": CLUSTER,
    "eTag": "e-1",
    "location": "westeurope",
    "futureTopLevel": {"deep": [1, 2.50, None, "ü"]},
    "properties": {
        "provisioningState": "Succeeded",
        "networkProfile": {"networkPlugin": "azure", "futureKnob": {"on": True, "off": None}},
        "agentPoolProfiles": [{"name": "system", "count": 3, "eTag": "p-1", "futurePoolKnob": "kept"}],
        "futureDate": "2031-01-01T00:00:00.1234567Z",
    },
}


def started(**headers: str) -> Answer:
    body = {**BODY, "properties": {**BODY["properties"], "provisioningState": "Updating"}}
    return Answer(200, body, {"Azure-AsyncOperation": "{url}" + OPERATION + SIGNED, **headers})


def poll(status: str, **more: Any) -> Answer:
    return Answer(200, {"name": "op-1", "status": status, **more})


def state(value: str, etag: str = "e-1") -> Answer:
    return Answer(200, {"id": CLUSTER, "eTag": etag, "properties": {"provisioningState": value}})


BUSY = Answer(
    409,
    {
        "code": "OperationNotAllowed",
        "message": "Operation is not allowed: Another operation (Updating) is in progress. "
        "See https://aka.ms/aks-pending-operation",
        "details": None,
        "subcode": "",
    },
)


def test_a_cluster_is_read_with_the_asked_api_version_and_its_etag(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", CLUSTER, Answer(200, BODY))
    snapshot = arm.get(CLUSTER, API)
    assert snapshot.body == BODY
    assert snapshot.etag == "e-1"
    assert snapshot.provisioning_state == "Succeeded"
    (asked,) = azure.requests("GET", CLUSTER)
    assert asked.query == {"api-version": [API]}
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["User-Agent"].startswith("tfsync/")


@pytest.mark.parametrize("api_version", ["2020-09-01", "2023-09-02-preview", "2031-01-02-preview"])
@pytest.mark.parametrize("arm_id", [CLUSTER, POOL])
def test_any_api_version_goes_through_the_sdk(
    arm: Arm, azure: Loopback, arm_id: str, api_version: str
) -> None:
    azure.on("GET", arm_id, Answer(200, BODY))
    azure.on("PUT", arm_id, Answer(200, {"properties": {}}))
    assert arm.get(arm_id, api_version).body == BODY
    arm.put(arm_id, api_version, BODY, etag="e-1")
    (put,) = azure.requests("PUT")
    assert (put.query, put.headers["If-Match"]) == ({"api-version": [api_version]}, '"e-1"')


def test_an_answer_without_an_etag_is_read_all_the_same(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", CLUSTER, Answer(200, {"properties": {}}))
    assert arm.get(CLUSTER, API).etag is None


def test_a_node_pool_has_its_etag_in_its_properties(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", POOL, Answer(200, {"name": "user", "properties": {"eTag": "p-7", "count": 2}}))
    assert arm.get(POOL, API).etag == "p-7"


def test_other_types_are_read_at_their_id(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", EXTENSION, Answer(200, {"properties": {"version": "1.2"}}, {"ETag": '"x-1"'}))
    snapshot = arm.get(EXTENSION, "2024-11-01")
    assert (snapshot.body, snapshot.etag) == ({"properties": {"version": "1.2"}}, '"x-1"')
    assert azure.requests("GET", EXTENSION)[0].query == {"api-version": ["2024-11-01"]}


def test_an_id_may_be_written_in_any_case(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", CLUSTER, Answer(200, BODY))
    assert arm.get(CLUSTER.replace("resourceGroups", "resourcegroups"), API).body == BODY


@pytest.mark.parametrize(
    "wrong", ["", "aks", "/subscriptions/x", "https://example.invalid/subscriptions/x/a/b"]
)
def test_what_is_no_id_is_never_sent(arm: Arm, azure: Loopback, wrong: str) -> None:
    with pytest.raises(BadInput):
        arm.get(wrong, API)
    assert arm.requests == 0


def test_a_put_carries_if_match_and_every_field_that_was_read(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", CLUSTER, Answer(200, BODY))
    azure.on("PUT", CLUSTER, started())
    azure.on("GET", OPERATION, poll("Succeeded"))
    snapshot = arm.get(CLUSTER, API)
    arm.put(CLUSTER, API, snapshot.body, etag=snapshot.etag)
    (put,) = azure.requests("PUT")
    assert put.headers["If-Match"] == '"e-1"'
    assert put.query == {"api-version": [API]}
    assert put.body == BODY
    assert put.raw == json.dumps(BODY).encode(), "nulls, order and the form of numbers survive, too"


def test_a_put_without_an_etag_has_no_condition(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, Answer(200, BODY))
    arm.put(CLUSTER, API, BODY, etag=None)
    assert "If-Match" not in azure.requests("PUT")[0].headers


@pytest.mark.parametrize("arm_id", [POOL, EXTENSION])
def test_pools_and_other_types_are_written_with_if_match_too(arm: Arm, azure: Loopback, arm_id: str) -> None:
    body = {"properties": {"futureKnob": [1]}}
    azure.on("PUT", arm_id, Answer(200, body))
    arm.put(arm_id, API, body, etag="p-7")
    (put,) = azure.requests("PUT")
    assert (put.path, put.body, put.headers["If-Match"]) == (arm_id, body, '"p-7"')


def test_an_extension_is_patched_and_its_operation_followed(arm: Arm, azure: Loopback) -> None:
    azure.on("PATCH", EXTENSION, Answer(202, None, {"Azure-AsyncOperation": "{url}" + OPERATION + SIGNED}))
    azure.on("GET", OPERATION, poll("Succeeded"))
    body = {"properties": {"version": "1.3", "autoUpgradeMinorVersion": False}}
    arm.patch(EXTENSION, "2024-11-01", body)
    (patch,) = azure.requests("PATCH")
    assert (patch.body, patch.query) == (body, {"api-version": ["2024-11-01"]})
    assert len(azure.requests("GET", OPERATION)) == 1


def test_an_operation_is_followed_at_its_signed_address_to_the_letter(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, started())
    azure.on("GET", OPERATION, poll("InProgress"), poll("Succeeded"))
    arm.put(CLUSTER, API, BODY, etag="e-1")
    assert {asked.target for asked in azure.requests("GET", OPERATION)} == {OPERATION + SIGNED}


def test_waits_grow_from_one_second_to_thirty_and_are_reported(
    arm: Arm, azure: Loopback, waited: Waited
) -> None:
    azure.on("PUT", CLUSTER, started())
    azure.on("GET", OPERATION, *[poll("InProgress")] * 8, poll("Succeeded"))
    arm.put(CLUSTER, API, BODY, etag="e-1")
    assert waited.slept == [1, 2, 4, 8, 16, 30, 30, 30]
    assert set(waited.said) == {"operation InProgress"}
    assert {progress.arm_id for progress in waited.progress} == {CLUSTER}


def test_retry_after_of_an_operation_wins(arm: Arm, azure: Loopback, waited: Waited) -> None:
    azure.on("PUT", CLUSTER, started())
    slow = Answer(200, {"status": "InProgress"}, {"Retry-After": "17"})
    azure.on("GET", OPERATION, slow, poll("Succeeded"))
    arm.put(CLUSTER, API, BODY, etag="e-1")
    assert waited.slept == [17]


def test_nothing_is_asked_that_is_not_needed(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, started())
    azure.on("GET", OPERATION, poll("InProgress"), poll("Succeeded"))
    arm.put(CLUSTER, API, BODY, etag="e-1")
    to_arm = [(asked.method, asked.path) for asked in azure.asked if asked.path.startswith("/subscriptions")]
    assert to_arm == [("PUT", CLUSTER), ("GET", OPERATION), ("GET", OPERATION)]
    assert arm.requests == 3


def test_an_operation_without_an_address_is_followed_on_the_resource(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, state("Updating"))
    azure.on("GET", CLUSTER, state("Updating"), state("Succeeded"))
    arm.put(CLUSTER, API, BODY, etag="e-1")
    assert len(azure.requests("GET", CLUSTER)) == 2


def test_an_operation_that_only_has_a_location_is_followed_there(arm: Arm, azure: Loopback) -> None:
    azure.on("PATCH", EXTENSION, Answer(202, None, {"Location": "{url}/results/1?t=1"}))
    azure.on("GET", "/results/1", Answer(202), Answer(200, {"properties": {}}))
    arm.patch(EXTENSION, API, {"properties": {}})
    assert [asked.target for asked in azure.requests("GET", "/results/1")] == ["/results/1?t=1"] * 2


def test_a_failed_operation_says_what_failed_inside(arm: Arm, azure: Loopback) -> None:
    inner = {
        "code": "ReconcileVMSSAgentPoolFailed",
        "message": "Drain of node aks-1 failed",
        "target": "pool",
    }
    wrapped = {"code": "ResourceOperationFailure", "message": "The operation failed.", "details": [inner]}
    azure.on("PUT", CLUSTER, started())
    azure.on("GET", OPERATION, poll("InProgress"), poll("Failed", error=wrapped))
    with pytest.raises(OperationFailed) as caught:
        arm.put(CLUSTER, API, BODY, etag="e-1")
    assert caught.value.code == "ReconcileVMSSAgentPoolFailed"
    assert caught.value.message == "Drain of node aks-1 failed (ReconcileVMSSAgentPoolFailed)"
    assert caught.value.where == CLUSTER
    assert len(azure.requests("PUT")) == 1


def test_a_resource_that_ends_as_failed_is_a_failed_operation(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, state("Updating"))
    error = {"code": "NodesNotReady", "message": "3 nodes are not ready"}
    ended = {"properties": {"provisioningState": "Failed", "status": {"provisioningError": error}}}
    azure.on("GET", CLUSTER, Answer(200, ended))
    with pytest.raises(OperationFailed, match="3 nodes are not ready"):
        arm.put(CLUSTER, API, BODY, etag="e-1")


def test_a_preempted_operation_asks_for_a_new_look(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, started())
    error = {"code": "OperationPreempted", "message": "superseded"}
    azure.on("GET", OPERATION, poll("Failed", error=error))
    with pytest.raises(ChangedSinceRead):
        arm.put(CLUSTER, API, BODY, etag="e-1")


@pytest.mark.parametrize(("ended", "fails"), [("Succeeded", False), ("Failed", True)])
def test_when_the_record_of_an_operation_is_gone_the_resource_tells(
    arm: Arm, azure: Loopback, ended: str, fails: bool
) -> None:
    azure.on("PUT", CLUSTER, started())
    azure.on("GET", OPERATION, Answer(404, {"error": {"code": "NotFound", "message": "no such operation"}}))
    azure.on("GET", CLUSTER, state("Updating"), state(ended))
    if fails:
        with pytest.raises(OperationFailed):
            arm.put(CLUSTER, API, BODY, etag="e-1")
    else:
        arm.put(CLUSTER, API, BODY, etag="e-1")


def test_an_operation_that_outlasts_the_limit_is_left_running_and_said_so(
    make_arm: Callable[..., Arm], azure: Loopback
) -> None:
    azure.on("PUT", CLUSTER, started())
    azure.on("GET", OPERATION, poll("InProgress"))
    with pytest.raises(OperationInProgress, match="goes on in Azure"):
        make_arm(timeout=0.3).put(CLUSTER, API, BODY, etag="e-1")


def test_another_operation_is_waited_out_by_reading_and_then_the_write_is_sent(
    arm: Arm, azure: Loopback, waited: Waited
) -> None:
    azure.on("PUT", CLUSTER, BUSY, started())
    azure.on("GET", CLUSTER, state("Upgrading"), state("Upgrading"), state("Succeeded"))
    azure.on("GET", OPERATION, poll("Succeeded"))
    arm.put(CLUSTER, API, BODY, etag="e-1")
    assert len(azure.requests("PUT")) == 2
    assert waited.said == [
        "another operation is running",
        "another operation is running (Upgrading)",
        "another operation is running (Upgrading)",
    ]


def test_when_the_other_operation_changed_the_etag_no_second_write_is_spent(
    arm: Arm, azure: Loopback
) -> None:
    azure.on("PUT", CLUSTER, BUSY)
    azure.on("GET", CLUSTER, state("Updating"), state("Succeeded", etag="e-2"))
    with pytest.raises(ChangedSinceRead):
        arm.put(CLUSTER, API, BODY, etag="e-1")
    assert len(azure.requests("PUT")) == 1


def test_without_an_etag_a_body_that_waited_is_not_written(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, BUSY)
    azure.on("GET", CLUSTER, Answer(200, {"properties": {"provisioningState": "Succeeded"}}))
    with pytest.raises(ChangedSinceRead):
        arm.put(CLUSTER, API, BODY, etag=None)
    assert len(azure.requests("PUT")) == 1


def test_a_patch_that_waited_is_sent_again(arm: Arm, azure: Loopback) -> None:
    azure.on("PATCH", EXTENSION, BUSY, Answer(200, {"properties": {}}))
    azure.on("GET", EXTENSION, Answer(200, {"properties": {"provisioningState": "Succeeded"}}))
    arm.patch(EXTENSION, API, {"properties": {}})
    assert len(azure.requests("PATCH")) == 2


def test_a_pool_waits_for_its_cluster_too(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", POOL, BUSY, Answer(200, {"properties": {}}))
    azure.on("GET", CLUSTER, state("Updating"), state("Succeeded"))
    azure.on("GET", POOL, Answer(200, {"properties": {"eTag": "p-1"}}))
    arm.put(POOL, API, {"properties": {}}, etag="p-1")
    assert len(azure.requests("GET", CLUSTER)) == 2


def test_waiting_for_another_operation_ends_at_the_limit(
    make_arm: Callable[..., Arm], azure: Loopback
) -> None:
    azure.on("PUT", CLUSTER, BUSY)
    azure.on("GET", CLUSTER, state("Updating"))
    with pytest.raises(OperationInProgress) as caught:
        make_arm(timeout=0.3).put(CLUSTER, API, BODY, etag="e-1")
    assert "az aks operation-abort" in str(caught.value)


def test_wait_until_idle_returns_what_the_last_operation_left(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", CLUSTER, state("Updating"), state("Canceling"), state("Canceled", etag="e-9"))
    snapshot = arm.wait_until_idle(CLUSTER, API)
    assert (snapshot.provisioning_state, snapshot.etag) == ("Canceled", "e-9")


def test_two_clusters_are_written_at_the_same_time_through_one_arm(arm: Arm, azure: Loopback) -> None:
    both = threading.Barrier(2, timeout=20)

    def together(asked: Asked) -> Answer:
        both.wait()  # neither is answered before both have arrived
        return Answer(200, {"properties": {"provisioningState": "Succeeded"}})

    others = [f"{CLUSTER}{number}" for number in range(2)]
    for cluster in others:
        azure.on("PUT", cluster, together)
    threads = [
        threading.Thread(target=arm.put, args=(cluster, API, {"name": cluster}), kwargs={"etag": "e"})
        for cluster in others
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {asked.path: asked.body["name"] for asked in azure.requests("PUT")} == dict(
        zip(others, others, strict=True)
    )
    assert arm.requests == 2
    assert len(azure.requests("POST", f"/{TENANT}/oauth2/v2.0/token")) == 1, "one token for all threads"


def test_a_conflict_with_registration_in_it_registers_nothing(arm: Arm, azure: Loopback) -> None:
    missing = {
        "error": {"code": "MissingSubscriptionRegistration", "message": "not registered to use namespace"}
    }
    azure.on("PUT", CLUSTER, Answer(409, missing))
    with pytest.raises(Exception, match="not registered"):
        arm.put(CLUSTER, API, BODY, etag="e-1")
    assert [a.method for a in azure.asked if "register" in a.path.lower()] == []


def test_what_azure_never_changes_is_said_with_its_property_and_not_repeated(
    arm: Arm, azure: Loopback, waited: Waited
) -> None:
    body = {
        "code": "PropertyChangeNotAllowed",
        "details": None,
        "message": "Changing property 'properties.dnsPrefix' is not allowed.",
        "subcode": "",
        "target": "properties.dnsPrefix",
    }
    azure.on("PUT", CLUSTER, Answer(400, body, {"Retry-After": "1"}))
    with pytest.raises(ChangeNotAllowed) as caught:
        arm.put(CLUSTER, API, BODY, etag="e-1")
    assert caught.value.target == "properties.dnsPrefix"
    assert len(azure.requests("PUT")) == 1
    assert waited.slept == []


def test_a_cluster_that_is_gone_is_not_found(arm: Arm, azure: Loopback) -> None:
    gone = {"error": {"code": "ResourceNotFound", "message": "The Resource 'aks' was not found."}}
    azure.on("GET", CLUSTER, Answer(404, gone, {"x-ms-failure-cause": "gateway", "x-ms-request-id": "r-1"}))
    with pytest.raises(NotFound) as caught:
        arm.get(CLUSTER, API)
    assert (caught.value.where, caught.value.request_id) == (CLUSTER, "r-1")


def test_a_closed_arm_lets_nothing_open_and_counts_on(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", CLUSTER, Answer(200, BODY))
    arm.get(CLUSTER, API)
    arm.close()
    arm.get(CLUSTER, API)
    assert arm.requests == 2
