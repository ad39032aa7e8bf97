"""The proof: the residual plan holds nothing that was not approved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.recorded import recordings
from tfsync.converge.prove import prove
from tfsync.terraform.plan import Plan, decode_plan

A = "azurerm_kubernetes_cluster.aks"
POOL = "azurerm_kubernetes_cluster_node_pool.apps"
UPDATED = [case for case in recordings() if case.plan().resource_changes]


def entry(
    address: str, actions: list[str], before: Any = None, after: Any = None, **more: Any
) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after, "after_unknown": more.pop("unknown", {})}
    if "replace_paths" in more:
        change["replace_paths"] = more.pop("replace_paths")
    kind, _, name = address.rpartition(".")[0].rpartition(".")[2], ".", address.rpartition(".")[2]
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": change, **more}


def plan(*entries: dict[str, Any]) -> Plan:
    return decode_plan(json.dumps({"format_version": "1.2", "resource_changes": entries}).encode())


REPLACED = entry(
    A,
    ["delete", "create"],
    {"sku": "basic", "tags": {}, "policy": False},
    {"sku": "standard", "tags": {"team": "a"}, "policy": None},
    unknown={"id": True, "fqdn": True},
    replace_paths=[["sku"]],
)


def reasons(approved: Plan, residual: Plan, kept: set[str] | None = None) -> list[str]:
    return [str(item) for item in prove(approved, residual, {A} if kept is None else kept)]


@pytest.mark.parametrize("case", UPDATED, ids=str)
def test_every_plan_proves_itself(case: Any) -> None:
    assert prove(case.plan(), case.plan(), ()) == ()


def test_a_clean_plan_is_proved() -> None:
    same = {"sku": "standard"}
    assert reasons(plan(REPLACED), plan(entry(A, ["no-op"], same, same))) == []


def test_what_is_left_of_an_approved_replacement_may_be_an_update() -> None:
    left = entry(A, ["update"], {"sku": "standard", "tags": {}}, {"sku": "standard", "tags": {"team": "a"}})
    assert reasons(plan(REPLACED), plan(left)) == []


def test_a_resource_nobody_approved_stops_everything() -> None:
    assert reasons(plan(REPLACED), plan(entry(POOL, ["update"], {"a": 1}, {"a": 2}))) == [
        f"{POOL}: was not in the approved plan"
    ]


def test_a_kept_cluster_is_not_replaced_after_all() -> None:
    assert reasons(plan(REPLACED), plan(REPLACED)) == [f"{A}: must be kept, but the plan says replace"]
    gone = entry(A, ["create"], None, {"sku": "standard"})
    assert reasons(plan(REPLACED), plan(gone)) == [f"{A}: must be kept, but the plan says create"]


def test_an_update_does_not_grow_into_a_replacement() -> None:
    approved = plan(entry(POOL, ["update"], {"a": 1}, {"a": 2}))
    grown = plan(entry(POOL, ["delete", "create"], {"a": 1}, {"a": 2}, replace_paths=[["a"]]))
    assert reasons(approved, grown) == [f"{POOL}: replace now, update when it was approved"]


def test_another_cause_of_a_replacement_was_not_approved() -> None:
    before, after = {"a": 1, "b": 1}, {"a": 2, "b": 2}
    approved = plan(entry(POOL, ["delete", "create"], before, after, replace_paths=[["a"]]))
    now = plan(entry(POOL, ["delete", "create"], before, after, replace_paths=[["b"]]))
    assert reasons(approved, now) == [f"{POOL}: b: replaces it now, and did not when it was approved"]


def test_a_value_that_was_not_approved_is_not_set() -> None:
    left = entry(A, ["update"], {"tags": {}}, {"tags": {"team": "b"}})
    assert reasons(plan(REPLACED), plan(left)) == [
        f"{A}: tags.team: would be set to another value than approved"
    ]


def test_a_value_that_was_unknown_then_may_be_anything_now() -> None:
    left = entry(A, ["update"], {"fqdn": "a"}, {"fqdn": "b"})
    assert reasons(plan(REPLACED), plan(left)) == []


def test_a_value_that_was_known_then_may_not_be_unknown_now() -> None:
    left = entry(A, ["update"], {"tags": {}}, {}, unknown={"tags": True})
    assert reasons(plan(REPLACED), plan(left)) == [f"{A}: tags: is unknown until apply, and was known before"]


def test_null_and_the_zero_value_are_one_to_the_provider() -> None:
    left = entry(A, ["update"], {"policy": True}, {"policy": False})
    assert reasons(plan(REPLACED), plan(left)) == []


def test_sets_have_no_order() -> None:
    approved = plan(entry(POOL, ["update"], {"zones": []}, {"zones": ["2", "1"]}))
    assert reasons(approved, plan(entry(POOL, ["update"], {"zones": []}, {"zones": ["1", "2"]}))) == []
    assert reasons(approved, plan(entry(POOL, ["update"], {"zones": []}, {"zones": ["1", "3"]}))) != []


def test_a_delete_needs_an_approved_delete() -> None:
    gone = entry(POOL, ["delete"], {"a": 1}, None)
    assert reasons(plan(gone), plan(gone), set()) == []
    assert reasons(plan(entry(POOL, ["update"], {"a": 1}, {"a": 2})), plan(gone), set()) != []


def test_data_sources_and_nothing_may_differ() -> None:
    data = {**entry("data.x.y", ["read"], None, {"a": 1}), "mode": "data"}
    assert reasons(plan(), plan(data, entry(POOL, ["no-op"], {"a": 1}, {"a": 1}))) == []
