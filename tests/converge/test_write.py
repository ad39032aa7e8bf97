"""The write protocol against a loopback ARM, through the real SDK."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.recorded import recording
from tfsync.azure import Arm, from_environment
from tfsync.azure.connect import Doors
from tfsync.azure.errors import ChangedSinceRead, ChangeNotAllowed, NotFound, OperationFailed
from tfsync.converge.body import value_at
from tfsync.converge.interception import read_live, write_all
from tfsync.converge.write import Ignored, Writer
from tfsync.errors import BadInput
from tfsync.sandbox import Sandbox
from tfsync.triage import ArmChange, ArmWrite

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
VERSION = "2025-10-01"
SKU = "properties.networkProfile.loadBalancerSku"


def cluster_id(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/{name}"


def to_standard(name: str = "aks") -> ArmWrite:
    change = ArmChange(SKU, ("standard",))
    return ArmWrite(f"azurerm_kubernetes_cluster.{name}", cluster_id(name), "PUT", VERSION, (change,))


class Events(list[str]):
    """A journal that remembers the names of what was recorded."""

    def __call__(self, event: str, **details: Any) -> None:
        del details
        self.append(event)


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "azure", operation_seconds=0.05) as sandbox:
        for name in ("aks", "aks2", "aks3"):
            body = recording("5.2.0/lb-sku-basic-to-standard").arm_before()
            assert body is not None
            sandbox.replace_body(cluster_id(name), {**body, "id": cluster_id(name), "name": name})
        yield sandbox


@pytest.fixture
def arm(azure: Sandbox) -> Iterator[Doors]:
    one = Arm(from_environment(azure.environment()), timeout=30)
    ids = [cluster_id(name) for name in ("aks", "aks2", "aks3", "gone")]
    doors = Doors(dict.fromkeys([*ids, f"{ids[0]}/agentPools/system"], one), Event())
    yield doors
    doors.close()


def puts(azure: Sandbox) -> list[dict[str, Any]]:
    return [entry for entry in azure.requests() if entry["method"] == "PUT"]


def test_one_write_one_put_with_the_etag_that_was_read(azure: Sandbox, arm: Doors) -> None:
    events = Events()
    read = arm.get(cluster_id("aks"), VERSION)
    now = Writer(arm, events).carry_out(to_standard(), read)
    assert value_at(now.body, SKU) == "standard"
    (put,) = puts(azure)
    assert read.etag is not None
    assert put["if_match"].strip('"') == read.etag.strip('"')
    assert events == ["write", "written"]


def test_intermediate_values_are_awaited(azure: Sandbox, arm: Doors) -> None:
    body = azure.body(cluster_id("aks"))
    body["properties"]["networkProfile"]["networkPolicy"] = "calico"
    azure.replace_body(cluster_id("aks"), body)
    change = ArmChange("properties.networkProfile.networkPolicy", ("none", "azure"))
    write = ArmWrite("c", cluster_id("aks"), "PUT", VERSION, (change,))
    Writer(arm, Events()).carry_out(write, arm.get(cluster_id("aks"), VERSION))
    sent = [value_at(put["body"], "properties.networkProfile.networkPolicy") for put in puts(azure)]
    assert sent == ["none", "azure"]


def test_a_change_by_someone_else_is_not_overwritten(azure: Sandbox, arm: Doors) -> None:
    read = arm.get(cluster_id("aks"), VERSION)
    body = azure.body(cluster_id("aks"))
    body["properties"]["agentPoolProfiles"][0]["count"] = 7
    azure.replace_body(cluster_id("aks"), body)
    with pytest.raises(ChangedSinceRead, match=r"agentPoolProfiles\[0\]\.count"):
        Writer(arm, Events()).carry_out(to_standard(), read)
    after = azure.body(cluster_id("aks"))
    assert value_at(after, SKU) != "standard"
    assert after["properties"]["agentPoolProfiles"][0]["count"] == 7


def test_a_new_etag_over_the_same_content_is_no_change(azure: Sandbox, arm: Doors) -> None:
    read = arm.get(cluster_id("aks"), VERSION)
    azure.replace_body(cluster_id("aks"), azure.body(cluster_id("aks")))
    events = Events()
    Writer(arm, events).carry_out(to_standard(), read)
    assert events == ["write", "written"]


@pytest.mark.parametrize("fault", ["429", "409-in-progress", "409-etag", "500", "503", "reset"])
def test_what_passes_is_waited_out(azure: Sandbox, arm: Doors, fault: str) -> None:
    read = arm.get(cluster_id("aks"), VERSION)
    azure.put_fault({"fault": fault, "match": {"method": "PUT", "path": "managedClusters/aks"}})
    now = Writer(arm, Events()).carry_out(to_standard(), read)
    assert value_at(now.body, SKU) == "standard"


def test_an_answer_lost_after_the_write_is_recognised(azure: Sandbox, arm: Doors) -> None:
    read = arm.get(cluster_id("aks"), VERSION)
    azure.put_fault({"fault": "reset", "after": True, "match": {"method": "PUT"}})
    now = Writer(arm, Events()).carry_out(to_standard(), read)
    assert value_at(now.body, SKU) == "standard"


def test_a_failed_operation_is_an_error(azure: Sandbox, arm: Doors) -> None:
    read = arm.get(cluster_id("aks"), VERSION)
    azure.put_fault({"fault": "fail", "code": "SubnetIsFull", "match": {"method": "PUT"}})
    events = Events()
    with pytest.raises(OperationFailed, match="SubnetIsFull"):
        Writer(arm, events).carry_out(to_standard(), read)
    assert events == ["write", "failed"]


def test_an_option_that_azure_ignores_is_an_error(azure: Sandbox, arm: Doors) -> None:
    read = arm.get(cluster_id("aks"), VERSION)
    azure.put_fault({"fault": "ignore", "property": SKU, "match": {"method": "PUT"}})
    with pytest.raises(Ignored, match="loadBalancerSku"):
        Writer(arm, Events()).carry_out(to_standard(), read)


def test_a_refusal_is_not_tried_again(azure: Sandbox, arm: Doors) -> None:
    read = arm.get(cluster_id("aks"), VERSION)
    write = ArmWrite("c", cluster_id("aks"), "PUT", VERSION, (ArmChange("properties.dnsPrefix", ("other",)),))
    with pytest.raises(ChangeNotAllowed):
        Writer(arm, Events()).carry_out(write, read)
    assert len(puts(azure)) == 1


def is_read_back(place: int, entry: dict[str, Any], last_put: int) -> bool:
    return place > last_put and entry["method"] == "GET" and "/operations/" not in entry["path"]


def test_clusters_are_written_side_by_side_and_one_failure_stays_alone(azure: Sandbox, arm: Doors) -> None:
    writes = [to_standard(name) for name in ("aks", "aks2", "aks3")]
    reads = read_live(arm, [(write.address, write.arm_id, VERSION) for write in writes])
    azure.put_fault({"fault": "fail", "match": {"method": "PUT", "path": "managedClusters/aks2"}})
    for name in ("aks", "aks3"):
        slow = {
            "fault": "slow",
            "seconds": 1,
            "match": {"method": "PUT", "path": f"managedClusters/{name}[?]"},
        }
        azure.put_fault(slow)
    result = write_all(arm, writes, reads, Events())
    assert set(result.written) == {"azurerm_kubernetes_cluster.aks", "azurerm_kubernetes_cluster.aks3"}
    assert set(result.failed) == {"azurerm_kubernetes_cluster.aks2"}
    # Every PUT had arrived before the first of the slow operations was over.
    methods = [entry["method"] for entry in azure.requests()]
    last_put = len(methods) - 1 - methods[::-1].index("PUT")
    done = [place for place, entry in enumerate(azure.requests()) if is_read_back(place, entry, last_put)]
    assert len(puts(azure)) == 3
    assert len(done) == 2, "both survivors are read back after all writes had begun"


def test_what_is_there_already_is_not_written_again(azure: Sandbox, arm: Doors) -> None:
    read = arm.get(cluster_id("aks"), VERSION)
    Writer(arm, Events()).carry_out(to_standard(), read)
    events = Events()
    Writer(arm, events).carry_out(to_standard(), arm.get(cluster_id("aks"), VERSION))
    assert events == ["already"]
    assert len(puts(azure)) == 1


def policy(azure: Sandbox, live: str) -> ArmWrite:
    body = azure.body(cluster_id("aks"))
    body["properties"]["networkProfile"]["networkPolicy"] = live
    azure.replace_body(cluster_id("aks"), body)
    path = "properties.networkProfile.networkPolicy"
    change = ArmChange(path, ("none", "azure"), was="calico")
    return ArmWrite("c", cluster_id("aks"), "PUT", VERSION, (change,))


def test_a_run_that_was_stopped_half_way_goes_on_from_there(azure: Sandbox, arm: Doors) -> None:
    write = policy(azure, "none")
    Writer(arm, Events()).carry_out(write, arm.get(cluster_id("aks"), VERSION))
    sent = [value_at(put["body"], "properties.networkProfile.networkPolicy") for put in puts(azure)]
    assert sent == ["azure"]


def test_a_value_that_the_plan_was_not_made_from_is_left_alone(azure: Sandbox, arm: Doors) -> None:
    write = policy(azure, "cilium")
    with pytest.raises(ChangedSinceRead, match="since the plan was made"):
        Writer(arm, Events()).carry_out(write, arm.get(cluster_id("aks"), VERSION))
    assert puts(azure) == []


def test_a_resource_that_failed_is_no_success(azure: Sandbox, arm: Doors) -> None:
    """The answer is lost, the values are there, and the operation has failed."""
    read = arm.get(cluster_id("aks"), VERSION)
    azure.put_fault({"fault": "fail", "code": "SubnetIsFull", "match": {"method": "PUT"}})
    azure.put_fault({"fault": "reset", "after": True, "match": {"method": "PUT"}})
    with pytest.raises(OperationFailed):
        Writer(arm, Events()).carry_out(to_standard(), read)


def test_a_failed_resource_that_holds_the_values_is_reconciled(azure: Sandbox, arm: Doors) -> None:
    body = azure.body(cluster_id("aks"))
    body["properties"]["networkProfile"]["loadBalancerSku"] = "standard"
    body["properties"]["provisioningState"] = "Failed"
    azure.replace_body(cluster_id("aks"), body)
    now = Writer(arm, Events()).carry_out(to_standard(), arm.get(cluster_id("aks"), VERSION))
    assert now.provisioning_state == "Succeeded"
    assert len(puts(azure)) == 1


def test_the_cluster_goes_before_its_pools_and_takes_nothing_back(azure: Sandbox, arm: Doors) -> None:
    """A pool that changed between the judgement and the cluster's PUT stops it: that PUT holds all pools."""
    pool_id = f"{cluster_id('aks')}/agentPools/system"
    fips = ArmChange("properties.enableFIPS", (True,))
    pool = ArmWrite("pool", pool_id, "PUT", VERSION, (fips,))
    writes = [pool, to_standard()]
    reads = read_live(arm, [(write.address, write.arm_id, VERSION) for write in writes])
    result = write_all(arm, writes, reads, Events())
    assert result.failed == {}
    assert [put["path"].partition("?")[0] for put in puts(azure)] == [cluster_id("aks"), pool_id]
    assert value_at(arm.get(pool_id, VERSION).body, "properties.enableFIPS") is True
    assert value_at(arm.get(cluster_id("aks"), VERSION).body, SKU) == "standard"


def test_a_cluster_that_is_gone_is_named(arm: Doors) -> None:
    with pytest.raises(NotFound):
        read_live(arm, [("azurerm_kubernetes_cluster.gone", cluster_id("gone"), VERSION)])


def test_a_stopped_cluster_is_left_alone(azure: Sandbox, arm: Doors) -> None:
    body = azure.body(cluster_id("aks"))
    body["properties"]["powerState"] = {"code": "Stopped"}
    azure.replace_body(cluster_id("aks"), body)
    with pytest.raises(BadInput, match="stopped"):
        read_live(arm, [("azurerm_kubernetes_cluster.aks", cluster_id("aks"), VERSION)])
