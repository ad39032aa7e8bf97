"""Replacements in which nothing changes, those that a person asked for, and what may pass all the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.triage.plans import (
    CLUSTER,
    EXTENSION,
    POOL,
    Json,
    change,
    cluster,
    cluster_id,
    judged,
    module,
    only,
    pool,
    resource,
    subnet_id,
    verdict_of,
)

Path = list[str | int]
SKU: Path = ["network_profile", 0, "load_balancer_sku"]
BASIC = {"default_node_pool": [{"type": "VirtualMachineScaleSets"}]}
KEY: Path = ["linux_profile", 0, "ssh_key", 0, "key_data"]


def in_place(**more: Any) -> Json:
    return cluster(SKU, "basic", "standard", with_values=BASIC, **more)


def opt_in() -> Json:
    return cluster(KEY, "ssh-rsa AAAA", "ssh-rsa BBBB", with_values=BASIC)


def unavoidable(**more: Any) -> Json:
    return cluster(["dns_prefix"], "old", "new", **more)


@pytest.mark.parametrize(
    ("address", "path", "before", "after"),
    [
        (CLUSTER, ["disk_encryption_set_id"], subnet_id("x"), subnet_id("X")),
        (CLUSTER, ["default_node_pool", 0, "vnet_subnet_id"], subnet_id("x"), subnet_id("x").upper()),
        (CLUSTER, ["kubelet_identity", 0, "user_assigned_identity_id"], subnet_id("x"), f"{subnet_id('x')}/"),
        (CLUSTER, ["something_without_a_rule"], subnet_id("x"), subnet_id("x").lower()),
        (CLUSTER, ["resource_group_name"], "My-Group", "my-group"),
        (CLUSTER, ["disk_encryption_set_id"], "", None),
        (CLUSTER, ["private_dns_zone_id"], None, ""),
        (
            POOL,
            ["kubernetes_cluster_id"],
            cluster_id(),
            cluster_id().replace("resourceGroups", "resourcegroups"),
        ),
        (EXTENSION, ["cluster_id"], cluster_id(), cluster_id().lower()),
        (EXTENSION, ["release_train"], "Stable", "stable"),
        ("azurerm_kubernetes_fleet_member.m", ["kubernetes_cluster_id"], cluster_id(), cluster_id().upper()),
        ("azurerm_kubernetes_flux_configuration.f", ["cluster_id"], cluster_id(), cluster_id().upper()),
    ],
)
def test_two_spellings_of_one_thing_are_a_phantom(address: str, path: Path, before: str, after: str) -> None:
    found = judged(cluster(path, before, after, address=address))
    assert only(found).verdict == "phantom"
    assert only(found).advice
    assert found.blocked
    assert not found.writes


def test_a_name_that_differs_in_more_than_spelling_is_no_phantom() -> None:
    assert only(judged(cluster(["resource_group_name"], "rg", "rg2"))).verdict == "unavoidable"
    assert (
        only(judged(cluster(["disk_encryption_set_id"], subnet_id("x"), subnet_id("y")))).verdict
        == "unavoidable"
    )


def test_a_value_known_after_apply_from_a_data_source_is_a_phantom_and_names_what_it_waits_for() -> None:
    data = "data.azurerm_subnet.nodes"
    late = change(data, None, {}, unknown={"id": True}, actions=["read"])
    entry = cluster(["disk_encryption_set_id"], "x", None)
    entry["change"]["after_unknown"] = {"disk_encryption_set_id": True}
    waited = change("azurerm_resource_group.rg", {"tags": {}}, {"tags": {"a": "b"}}, actions=["update"])
    root = module(
        resource("azurerm_resource_group.rg"),
        resource(data, depends_on=["azurerm_resource_group.rg"]),
        resource(CLUSTER, disk_encryption_set_id=[f"{data}.id"]),
    )
    found = verdict_of(judged(late, waited, entry, root=root), CLUSTER)
    (attribute,) = found.attributes
    assert (found.verdict, found.blocked) == ("phantom", True)
    assert attribute.unknown
    assert data in attribute.reason
    assert "azurerm_resource_group.rg" in attribute.reason
    assert "depends_on" in (attribute.advice or "")


def test_a_value_known_after_apply_from_a_new_resource_is_a_phantom_and_names_it() -> None:
    new = change("azurerm_disk_encryption_set.des", None, {}, unknown={"id": True}, actions=["create"])
    entry = cluster(["disk_encryption_set_id"], "x", None)
    entry["change"]["after_unknown"] = {"disk_encryption_set_id": True}
    root = module(
        resource("azurerm_disk_encryption_set.des"),
        resource(CLUSTER, disk_encryption_set_id=["azurerm_disk_encryption_set.des.id"]),
    )
    (attribute,) = verdict_of(judged(new, entry, root=root), CLUSTER).attributes
    assert attribute.verdict == "phantom"
    assert "azurerm_disk_encryption_set.des.id" in attribute.reason
    assert "-target" in (attribute.advice or "")


TAINTED = "replace_because_tainted"


def tainted(address: str = CLUSTER) -> Json:
    same = {"id": cluster_id(), "name": "aks"}
    return change(address, same, {"name": "aks"}, unknown={"id": True}, action_reason=TAINTED)


@pytest.mark.parametrize("live", [None, {CLUSTER: {"properties": {"provisioningState": "Succeeded"}}}])
def test_a_tainted_cluster_that_is_healthy_wants_untainting(live: Any) -> None:
    found = judged(tainted(), live=live)
    (verdict,) = found.resources
    assert (verdict.verdict, verdict.blocked) == ("phantom", True)
    assert verdict.advice == f"If it is healthy: terraform untaint '{CLUSTER}'"


def test_a_tainted_cluster_that_azure_calls_failed_wants_mending_first() -> None:
    (verdict,) = judged(tainted(), live={CLUSTER: {"properties": {"provisioningState": "Failed"}}}).resources
    assert (verdict.verdict, verdict.blocked) == ("unavoidable", True)
    assert "Failed" in (verdict.reason or "")


def test_a_tainted_resource_of_others_is_left_to_terraform() -> None:
    (verdict,) = judged(tainted("null_resource.x")).resources
    assert (verdict.verdict, verdict.destroyed, verdict.blocked) == ("terraform", True, False)


@pytest.mark.parametrize(
    ("reason", "words"),
    [("replace_by_request", "-replace"), ("replace_by_triggers", "replace_triggered_by")],
)
def test_what_was_asked_for_is_shown_and_neither_written_nor_blocked(reason: str, words: str) -> None:
    found = judged(in_place(action_reason=reason))
    (verdict,) = found.resources
    assert (verdict.verdict, verdict.destroyed, verdict.blocked) == ("requested", True, False)
    assert words in (verdict.reason or "")
    assert found.writes == ()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("delete_because_no_resource_config", "no longer in the configuration"),
        ("delete_because_no_module", "module"),
        ("delete_because_no_move_target", "moved"),
        ("delete_because_wrong_repetition", "for_each"),
        ("delete_because_count_index", "count"),
        ("delete_because_each_key", "for_each"),
        ("something_new", "removes"),
        (None, "removes"),
    ],
)
def test_what_was_removed_is_requested(reason: str | None, words: str) -> None:
    found = judged(change(CLUSTER, {"id": cluster_id()}, None, actions=["delete"], action_reason=reason))
    (verdict,) = found.resources
    assert (verdict.verdict, verdict.destroyed, verdict.blocked) == ("requested", True, False)
    assert words in (verdict.reason or "")
    assert (found.destroys_planned, found.destroys_after) == (1, 1)


def test_a_leftover_of_an_earlier_replacement_is_its_own_matter() -> None:
    leftover = change(CLUSTER, {"id": cluster_id("old")}, None, actions=["delete"], deposed="abcd1234")
    found = judged(in_place(), leftover)
    assert [(item.verdict, item.destroyed) for item in found.resources] == [
        ("in_place", False),
        ("requested", True),
    ]
    assert [write.arm_id for write in found.writes] == [cluster_id()]


@pytest.mark.parametrize("actions", [["no-op"], ["create"], ["read"], ["forget"]])
def test_what_destroys_and_updates_nothing_is_not_judged(actions: list[str]) -> None:
    assert judged(change(CLUSTER, {"id": "x"}, {"id": "x"}, actions=actions)).resources == ()


def test_an_update_is_terraforms_and_its_changes_are_shown() -> None:
    entry = change(
        CLUSTER,
        {"id": "x", "tags": {"a": "1"}, "fqdn": "f"},
        {"id": "x", "tags": {"a": "2"}},
        unknown={"fqdn": True},
        actions=["update"],
    )
    found = judged(entry)
    assert found.resources[0].verdict == "terraform"
    assert [(item.path, item.before, item.after) for item in found.resources[0].attributes] == [
        (("tags", "a"), "1", "2")
    ]
    assert found.destroys_planned == found.destroys_after == 0


def test_a_preview_is_written_only_when_allowed() -> None:
    held = judged(opt_in())
    assert (held.resources[0].verdict, held.resources[0].blocked, held.writes) == ("opt_in", True, ())
    allowed = judged(opt_in(), preview=True)
    assert (allowed.resources[0].verdict, allowed.resources[0].blocked) == ("opt_in", False)
    assert [write.api_version for write in allowed.writes] == ["2026-01-02-preview"]
    assert allowed.destroys_after == 0


def test_a_preview_beside_an_ordinary_change_holds_both_back() -> None:
    entry = in_place()
    for values, key in ((entry["change"]["before"], "A"), (entry["change"]["after"], "B")):
        values["linux_profile"] = [{"ssh_key": [{"key_data": key}]}]
    entry["change"]["replace_paths"].append(KEY)
    assert judged(entry).writes == ()
    assert judged(entry).resources[0].verdict == "opt_in"
    allowed = judged(entry, preview=True)
    assert [write.api_version for write in allowed.writes] == ["2025-10-01", "2026-01-02-preview"]


def test_one_replacement_may_be_let_through() -> None:
    found = judged(unavoidable(), replace=frozenset({CLUSTER}))
    assert (found.resources[0].destroyed, found.blocked, found.destroys_after) == (True, (), 1)


def test_what_may_be_replaced_is_not_written() -> None:
    found = judged(in_place(), replace=frozenset({CLUSTER}))
    assert (found.writes, found.destroys_after, found.blocked) == ((), 1, ())


def test_a_permission_for_one_address_is_none_for_another() -> None:
    found = judged(
        unavoidable(),
        unavoidable(address="azurerm_kubernetes_cluster.b", name="b"),
        replace=frozenset({CLUSTER}),
    )
    assert [item.address for item in found.blocked] == ["azurerm_kubernetes_cluster.b"]


def test_a_permission_for_a_pool_does_not_lose_it_when_its_cluster_is_kept() -> None:
    root = module(
        resource(CLUSTER), resource(POOL, kubernetes_cluster_id=["azurerm_kubernetes_cluster.aks.id"])
    )
    found = judged(in_place(), pool(), root=root, replace=frozenset({POOL}))
    assert found.destroys_after == 0
    assert [write.address for write in found.writes] == [CLUSTER]


def test_one_cause_that_azure_cannot_change_holds_back_all() -> None:
    entry = in_place()
    entry["change"]["before"]["dns_prefix"], entry["change"]["after"]["dns_prefix"] = "old", "new"
    entry["change"]["replace_paths"].append(["dns_prefix"])
    found = judged(entry)
    assert found.resources[0].verdict == "unavoidable"
    assert {item.verdict for item in found.resources[0].attributes} == {"in_place", "unavoidable"}
    assert (found.writes, found.destroys_after) == ((), 1)


def test_an_attribute_without_a_rule_is_unavoidable() -> None:
    attribute = only(judged(cluster(["something_new"], "a", "b")))
    assert (attribute.verdict, attribute.rule) == ("unavoidable", None)
    assert "no rule" in attribute.reason
    assert "docs/rules.md" in (attribute.advice or "")


def test_a_type_without_rules_is_unavoidable() -> None:
    assert only(judged(cluster(["x"], "a", "b", address="azurerm_kubernetes_new.x"))).verdict == "unavoidable"


def test_a_replacement_without_a_cause_is_unavoidable() -> None:
    (verdict,) = judged(change(CLUSTER, {"id": cluster_id()}, {})).resources
    assert (verdict.verdict, verdict.blocked) == ("unavoidable", True)
    assert "does not say why" in (verdict.reason or "")


def test_a_foreign_resource_is_left_to_terraform() -> None:
    found = judged(change("azurerm_subnet.x", {"name": "a"}, {"name": "b"}, causes=[["name"]]))
    assert (found.resources[0].verdict, found.resources[0].blocked, found.destroys_after) == (
        "terraform",
        False,
        1,
    )


def test_both_orders_of_a_replacement_are_replacements() -> None:
    entry = in_place()
    entry["change"]["actions"] = ["create", "delete"]
    assert judged(entry).resources[0].verdict == "in_place"


def test_the_summary_counts_every_verdict() -> None:
    found = judged(in_place(), unavoidable(address="azurerm_kubernetes_cluster.b", name="b"))
    assert found.summary == {
        "in_place": 1,
        "opt_in": 0,
        "edit_config": 0,
        "phantom": 0,
        "cascade": 0,
        "requested": 0,
        "unavoidable": 1,
        "terraform": 0,
        "destroys_planned": 2,
        "destroys_after": 1,
    }
    assert [item.address for item in found.intercepted] == [CLUSTER]
